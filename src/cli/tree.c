/* SPDX-License-Identifier: MIT */
/* The open tree: its files and directories, by path. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define BUSY_TRIES 7
#define READ_BYTES 65536

int utfs_cli_open(struct utfs_trace **trace)
{
	char why[UTFS_TRACE_WHY_BYTES] = "";

	if (utfs_trace_open(NULL, trace, why) == 0)
		return 0;
	fprintf(stderr, "utracefs: %s\n", why);
	return UTFS_CLI_FAILED;
}

struct eventfs_request utfs_cli_request(void)
{
	return (struct eventfs_request){
		.tid = gettid(),
		.uid = geteuid(),
		.gid = getegid(),
	};
}

bool utfs_cli_busy_again(unsigned int *tries)
{
	/* 1, 2, 4 ... 64 ms */
	if (*tries == BUSY_TRIES)
		return false;
	usleep(1000u << *tries);
	++*tries;
	return true;
}

int utfs_cli_open_file(struct utfs_trace *trace, const char *path, int flags,
		       struct eventfs_file **file)
{
	struct eventfs_request who = utfs_cli_request();
	struct eventfs_attr attr;
	unsigned int tries = 0;
	int ret;

	do {
		ret = eventfs_walk(utfs_trace_fs(trace), path, &attr);
		if (ret == 0)
			ret = eventfs_open(utfs_trace_fs(trace), attr.id, &who, flags, file);
	} while (ret == -EBUSY && utfs_cli_busy_again(&tries));
	return ret;
}

const char *utfs_cli_path(char path[UTFS_CLI_PATH_BYTES], const char *instance, const char *name)
{
	int n = snprintf(path, UTFS_CLI_PATH_BYTES, "%s%s%s%s", instance ? "instances/" : "",
			 instance ? instance : "", instance ? "/" : "", name);

	return n >= 0 && n < UTFS_CLI_PATH_BYTES ? path : NULL;
}

int utfs_cli_read_file(struct utfs_trace *trace, const char *path, struct eventfs_text *text)
{
	struct eventfs_request who = utfs_cli_request();
	struct eventfs_file *file = NULL;
	ssize_t n = 1;
	int ret = utfs_cli_open_file(trace, path, O_RDONLY, &file);

	*text = (struct eventfs_text){0};
	while (!ret && n > 0) {
		char *room = eventfs_text_reserve(text, READ_BYTES);

		n = room ? eventfs_read(file, &who, room, READ_BYTES, (off_t)text->len_bytes)
			 : -ENOMEM;
		if (n < 0)
			ret = (int)n;
		else
			text->len_bytes += (size_t)n;
	}
	eventfs_release(file);
	if (!ret) {
		/* It is not part of the text. */
		eventfs_text_putc(text, '\0');
		ret = text->error;
		text->len_bytes -= !ret;
	}
	return ret;
}

int utfs_cli_write(struct eventfs_file *file, const char *buf, size_t len_bytes, off_t *off)
{
	struct eventfs_request who = utfs_cli_request();
	unsigned int tries = 0;

	while (len_bytes > 0) {
		ssize_t n = eventfs_write(file, &who, buf, len_bytes, *off);

		if (n == -EBUSY && utfs_cli_busy_again(&tries))
			continue;
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EIO;
		buf += n;
		len_bytes -= (size_t)n;
		*off += n;
	}
	return 0;
}

int utfs_cli_write_file(struct utfs_trace *trace, const char *path, int flags, const char *text)
{
	struct eventfs_file *file = NULL;
	off_t off = 0;
	int ret = utfs_cli_open_file(trace, path, O_WRONLY | flags, &file);

	if (!ret)
		ret = utfs_cli_write(file, text, strlen(text), &off);
	eventfs_release(file);
	return ret;
}

static int add_row(void *arg, const char *name, const struct eventfs_attr *attr,
		   uint64_t next_cursor)
{
	struct utfs_cli_rows *rows = arg;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (rows->count == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		struct utfs_cli_row *grown = reallocarray(rows->row, cap, sizeof(*grown));

		if (!grown)
			goto no_memory;
		rows->row = grown;
		rows->cap = cap;
	}
	rows->row[rows->count] = (struct utfs_cli_row){.name = strdup(name), .attr = *attr};
	if (!rows->row[rows->count].name)
		goto no_memory;
	rows->count++;
	return 0;
no_memory:
	rows->error = -ENOMEM;
	return 1;
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct utfs_cli_row *)a)->name,
		      ((const struct utfs_cli_row *)b)->name);
}

int utfs_cli_rows_read(struct eventfs *fs, uint64_t directory, struct utfs_cli_rows *rows)
{
	int ret;

	*rows = (struct utfs_cli_rows){0};
	ret = eventfs_readdir(fs, directory, 0, add_row, rows);
	if (ret == 0)
		ret = rows->error;
	if (ret == 0 && rows->count > 0)
		qsort(rows->row, rows->count, sizeof(*rows->row), compare_rows);
	return ret;
}

void utfs_cli_rows_fini(struct utfs_cli_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->row[i].name);
	free(rows->row);
	*rows = (struct utfs_cli_rows){0};
}

/* Cuts off slashes at the end; *name is what follows the last one of the others. */
static char *split_path(const char *path, const char **name)
{
	char *copy = strdup(path);
	size_t len_bytes;
	char *slash;

	if (!copy)
		return NULL;
	for (len_bytes = strlen(copy); len_bytes > 0 && copy[len_bytes - 1] == '/'; len_bytes--)
		copy[len_bytes - 1] = '\0';
	slash = strrchr(copy, '/');
	if (slash)
		*slash = '\0';
	*name = slash ? slash + 1 : copy;
	return copy;
}

static int on_directory(struct eventfs *fs, const char *path,
			int (*act)(struct eventfs *fs, uint64_t parent, const char *name))
{
	struct eventfs_attr parent;
	const char *name;
	char *copy = split_path(path, &name);
	int ret;

	if (!copy)
		return -ENOMEM;
	ret = eventfs_walk(fs, name == copy ? "" : copy, &parent);
	/* A path of slashes is the root: as a name that is ".". */
	if (ret == 0)
		ret = act(fs, parent.id, *name || !*path ? name : ".");
	free(copy);
	return ret;
}

int utfs_cli_on_directories(const struct utfs_command *command, int argc, char **argv,
			    int (*act)(struct eventfs *fs, uint64_t parent, const char *name))
{
	struct utfs_trace *trace;
	int status = 0;

	if (argc < 2 || argv[1][0] == '-')
		return utfs_cli_usage(command);
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	for (int i = 1; i < argc; i++) {
		int ret = on_directory(utfs_trace_fs(trace), argv[i], act);

		if (ret)
			status = utfs_cli_complain_in(trace, argv[i], ret);
	}
	utfs_trace_close(trace);
	return status;
}
