/* SPDX-License-Identifier: MIT */
/* utracefs view where it was built without a viewer. */
#include <stdio.h>

#include "cli/cli.h"

int utfs_cmd_view(const struct utfs_command *command, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fprintf(stderr, "utracefs: %s: built without libtracecmd, libmicrohttpd, esbuild or D3\n",
		command->name);
	return UTFS_CLI_FAILED;
}
