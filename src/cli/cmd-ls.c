/* SPDX-License-Identifier: MIT */
/* utracefs ls: names in order, one per line. */
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

static void print_mode(mode_t mode)
{
	static const char letters[] = "rwxrwxrwx";
	char text[11];

	text[0] = S_ISDIR(mode) ? 'd' : '-';
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode & (0400u >> i) ? letters[i] : '-';
	text[10] = '\0';
	fputs(text, stdout);
}

static void print_owner(const struct eventfs_attr *attr)
{
	const struct passwd *user = getpwuid(attr->uid);
	const struct group *group;

	if (user)
		printf(" %s", user->pw_name);
	else
		printf(" %u", attr->uid);
	group = getgrgid(attr->gid);
	if (group)
		printf(" %s", group->gr_name);
	else
		printf(" %u", attr->gid);
}

static void print_row(const char *name, const struct eventfs_attr *attr, bool is_long)
{
	if (is_long) {
		print_mode(attr->mode);
		printf(" %" PRIu32, attr->nlink);
		print_owner(attr);
		printf(" %" PRIu64 " ", attr->size_bytes);
	}
	puts(name);
}

static int list(struct eventfs *fs, const char *path, bool is_long, bool with_heading)
{
	struct utfs_cli_rows rows = {0};
	struct eventfs_attr attr;
	int ret;

	ret = eventfs_walk(fs, path, &attr);
	if (ret == 0 && !S_ISDIR(attr.mode)) {
		print_row(path, &attr, is_long);
		return 0;
	}
	if (ret == 0)
		ret = utfs_cli_rows_read(fs, attr.id, &rows);
	if (ret == 0 && with_heading)
		printf("%s:\n", path);
	for (size_t i = 0; ret == 0 && i < rows.count; i++)
		print_row(rows.row[i].name, &rows.row[i].attr, is_long);
	utfs_cli_rows_fini(&rows);
	return ret;
}

int utfs_cmd_ls(const struct utfs_command *command, int argc, char **argv)
{
	char *const root[] = {"/", NULL};
	struct utfs_trace *trace;
	bool is_long = false;
	char *const *paths;
	int status = 0;
	int opt;

	while ((opt = getopt(argc, argv, "+l")) != -1) {
		if (opt != 'l')
			return utfs_cli_usage(command);
		is_long = true;
	}
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	paths = optind < argc ? argv + optind : root;
	for (size_t i = 0; paths[i]; i++) {
		int ret = list(utfs_trace_fs(trace), paths[i], is_long, argc - optind > 1);

		if (ret)
			status = utfs_cli_complain_in(trace, paths[i], ret);
	}
	utfs_trace_close(trace);
	return utfs_cli_flushed() ? UTFS_CLI_FAILED : status;
}
