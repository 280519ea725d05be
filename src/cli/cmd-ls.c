/* SPDX-License-Identifier: MIT */
/* utracefs ls: names in order, one per line. */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

struct row {
	char *name;
	struct eventfs_attr attr;
};

struct rows {
	struct row *row;
	size_t count;
	size_t cap;
	int error;
};

static int add_row(void *arg, const char *name, const struct eventfs_attr *attr,
		   uint64_t next_cursor)
{
	struct rows *rows = arg;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (rows->count == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		struct row *grown = reallocarray(rows->row, cap, sizeof(*grown));

		if (!grown)
			goto no_memory;
		rows->row = grown;
		rows->cap = cap;
	}
	rows->row[rows->count] = (struct row){.name = strdup(name), .attr = *attr};
	if (!rows->row[rows->count].name)
		goto no_memory;
	rows->count++;
	return 0;
no_memory:
	rows->error = -ENOMEM;
	return 1;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

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
	struct rows rows = {0};
	struct eventfs_attr attr;
	int ret;

	ret = eventfs_walk(fs, path, &attr);
	if (ret == 0 && !S_ISDIR(attr.mode)) {
		print_row(path, &attr, is_long);
		return 0;
	}
	if (ret == 0)
		ret = eventfs_readdir(fs, attr.id, 0, add_row, &rows);
	if (ret == 0)
		ret = rows.error;
	if (ret == 0) {
		if (with_heading)
			printf("%s:\n", path);
		if (rows.count > 0)
			qsort(rows.row, rows.count, sizeof(*rows.row), compare);
		for (size_t i = 0; i < rows.count; i++)
			print_row(rows.row[i].name, &rows.row[i].attr, is_long);
	}
	for (size_t i = 0; i < rows.count; i++)
		free(rows.row[i].name);
	free(rows.row);
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
	if (fflush(stdout) || ferror(stdout))
		status = utfs_cli_complain("standard output", errno);
	return status;
}
