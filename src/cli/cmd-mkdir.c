/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

static int make(struct eventfs *fs, uint64_t parent, const char *name)
{
	struct eventfs_attr attr;

	return eventfs_mkdir(fs, parent, name, 0777, &attr);
}

int utfs_cmd_mkdir(const struct utfs_command *command, int argc, char **argv)
{
	return utfs_cli_on_directories(command, argc, argv, make);
}
