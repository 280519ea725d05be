/* SPDX-License-Identifier: MIT */
/* utracefs report: a trace.dat as text, by trace-cmd, which knows these files best. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

int utfs_cmd_report(const struct utfs_command *command, int argc, char **argv)
{
	static char program[] = "trace-cmd", report[] = "report", input[] = "-i",
		    standard[] = "trace.dat";
	char **arguments;
	size_t n = 0;
	int error;

	/* What begins with a '-' is for trace-cmd, with all that follows. */
	if (argc > 1 && argv[1][0] != '-' && access(argv[1], R_OK))
		return utfs_cli_complain(argv[1], errno);
	arguments = calloc((size_t)argc + 5, sizeof(*arguments));
	if (!arguments)
		return utfs_cli_complain(command->name, ENOMEM);
	arguments[n++] = program;
	arguments[n++] = report;
	arguments[n++] = input;
	arguments[n++] = argc > 1 && argv[1][0] != '-' ? argv[1] : standard;
	for (int i = argc > 1 && argv[1][0] != '-' ? 2 : 1; i < argc; i++)
		arguments[n++] = argv[i];
	execvp(program, arguments);
	error = errno;
	free(arguments);
	utfs_cli_complain(program, error);
	if (error == ENOENT)
		fputs("utracefs: report: install trace-cmd, or open the file with KernelShark\n",
		      stderr);
	return error == ENOENT ? UTFS_CLI_NOT_FOUND : UTFS_CLI_NOT_EXECUTABLE;
}
