/* SPDX-License-Identifier: MIT */
/* utracefs export, utracefs view: what utracefs-recordings does. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define PROGRAM "utracefs-recordings"

/* Seen from this program's own directory: beside it where it was built, else where it was installed. */
static const char *const places[] = {"", UTFS_LIBEXEC_FROM_BIN "/"};

static int own_directory(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (n < 0)
		return -errno;
	path[n] = 0;
	/* It shortens the path where it stands. */
	dirname(path);
	return 0;
}

/* Does not return when the program is there. Return: negative errno. */
static int become(const char *directory, char **arguments)
{
	char path[2 * PATH_MAX];
	int ret = -ENOENT;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && ret == -ENOENT; i++) {
		snprintf(path, sizeof(path), "%s/%s" PROGRAM, *places[i] == '/' ? "" : directory,
			 places[i]);
		execv(path, arguments);
		ret = -errno;
	}
	return ret;
}

int utfs_cmd_recordings(const struct utfs_command *command, int argc, char **argv)
{
	char **arguments = calloc((size_t)argc + 2, sizeof(*arguments));
	char directory[PATH_MAX];
	int ret = arguments ? own_directory(directory) : -ENOMEM;

	if (!ret) {
		arguments[0] = argv[0];
		arguments[1] = (char *)(uintptr_t)command->name;
		memcpy(&arguments[2], &argv[1], ((size_t)argc - 1) * sizeof(*argv));
		ret = become(directory, arguments);
	}
	free(arguments);
	if (ret != -ENOENT)
		return utfs_cli_complain(PROGRAM, ret);
	fprintf(stderr,
		"utracefs: %s: there is no " PROGRAM
		" here: it was not installed, or this was built without libtracecmd\n",
		command->name);
	return UTFS_CLI_FAILED;
}
