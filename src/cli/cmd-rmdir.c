/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "cli/cli.h"

static int take_away(struct eventfs *fs, uint64_t parent, const char *name)
{
	unsigned int tries = 0;
	int ret;

	do {
		ret = eventfs_rmdir(fs, parent, name);
	} while (ret == -EBUSY && utfs_cli_busy_again(&tries));
	return ret;
}

int utfs_cmd_rmdir(const struct utfs_command *command, int argc, char **argv)
{
	return utfs_cli_on_directories(command, argc, argv, take_away);
}
