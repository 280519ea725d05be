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

#include "cli/recordings.h"

#define PROGRAM "utracefs-recordings"

/* Seen from this program's own directory: beside it where it was built, else where it was installed. */
static const char *const places[] = {"", UTFS_LIBEXEC_FROM_BIN "/"};

int utfs_recordings_find(char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *directory;

	if (n < 0)
		return -errno;
	self[n] = 0;
	directory = dirname(self);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int bytes = snprintf(path, PATH_MAX, "%s/%s" PROGRAM,
				     *places[i] == '/' ? "" : directory, places[i]);

		if (bytes < PATH_MAX && access(path, X_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

int utfs_cmd_recordings(const struct utfs_command *command, int argc, char **argv)
{
	char **arguments = calloc((size_t)argc + 2, sizeof(*arguments));
	char path[PATH_MAX];
	int ret = arguments ? utfs_recordings_find(path) : -ENOMEM;

	if (!ret) {
		arguments[0] = argv[0];
		arguments[1] = (char *)(uintptr_t)command->name;
		memcpy(&arguments[2], &argv[1], ((size_t)argc - 1) * sizeof(*argv));
		execv(path, arguments);
		ret = -errno;
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
