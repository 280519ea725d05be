/* SPDX-License-Identifier: MIT */
/*
 * utracefs-recordings: the commands that need libraries for recordings, their formats, and HTTP. Two dozen of them are loaded in twice the time that
 * most commands take, and not every machine has them: so 'utracefs' runs this program for these commands only (cmd-recordings.c).
 */
#include "cli/cli.h"

static const struct utfs_runner runners[] = {
	{"export", utfs_cmd_export},
	{"view", utfs_cmd_view},
	{0},
};

int main(int argc, char **argv)
{
	return utfs_cli_dispatch(runners, argc, argv);
}
