/* SPDX-License-Identifier: MIT */
/* utracefs exec: a command that finds this tree where it expects the kernel's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/exec.h"

int utfs_cmd_exec(const struct utfs_command *command, int argc, char **argv)
{
	const char *directory = NULL;
	int socket = -1;
	int error;
	int opt;

	while ((opt = getopt(argc, argv, "+m:")) != -1) {
		if (opt != 'm')
			return utfs_cli_usage(command);
		directory = optarg;
	}
	if (optind == argc)
		return utfs_cli_usage(command);
	if (!directory && utfs_exec_server_start(&socket))
		return UTFS_CLI_FAILED;
	if (utfs_exec_namespace() || utfs_exec_cover(directory, socket))
		return UTFS_CLI_FAILED;
	execvp(argv[optind], argv + optind);
	error = errno;
	utfs_cli_complain(argv[optind], error);
	return error == ENOENT ? UTFS_CLI_NOT_FOUND : UTFS_CLI_NOT_EXECUTABLE;
}
