/* SPDX-License-Identifier: MIT */
/* utracefs export where libtracecmd was missing. */
#include <stdio.h>

#include "cli/cli.h"

int utfs_cmd_export(const struct utfs_command *command, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fprintf(stderr,
		"utracefs: %s: this utracefs was built without libtracecmd, which reads recorded "
		"files\n",
		command->name);
	return UTFS_CLI_FAILED;
}
