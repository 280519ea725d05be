/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

int utfs_cmd_rmdir(const struct utfs_command *command, int argc, char **argv)
{
	return utfs_cli_on_directories(command, argc, argv, eventfs_rmdir);
}
