/* SPDX-License-Identifier: MIT */
/* The utracefs command. */
#include "cli/cli.h"

static const struct utfs_runner runners[] = {
	{"list", utfs_cmd_list},
	{"enable", utfs_cmd_enable},
	{"disable", utfs_cmd_disable},
	{"record", utfs_cmd_record},
	{"report", utfs_cmd_report},
	{"export", utfs_cmd_recordings},
	{"view", utfs_cmd_recordings},
	{"ls", utfs_cmd_ls},
	{"cat", utfs_cmd_cat},
	{"write", utfs_cmd_write},
	{"mkdir", utfs_cmd_mkdir},
	{"rmdir", utfs_cmd_rmdir},
	{"mount", utfs_cmd_mount},
	{"umount", utfs_cmd_umount},
	{"exec", utfs_cmd_exec},
	{"init", utfs_cmd_init},
	{"top", utfs_cmd_top},
	{"hist", utfs_cmd_hist},
	{"fsck", utfs_cmd_fsck},
	{"doctor", utfs_cmd_doctor},
	{"help", utfs_cmd_help},
	{"version", utfs_cmd_version},
	{0},
};

int main(int argc, char **argv)
{
	return utfs_cli_dispatch(runners, argc, argv);
}
