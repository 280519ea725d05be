/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a trace.dat, as trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5) describe it. Only what libtracecmd keeps for itself: the texts of formats
 * (of version 6: in 7 they may be compressed), the clock, and our option with the processes of threads.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "recording/dat-options.h"
#include "recording/internal.h"

#define MAGIC	     "\x17\x08\x44tracing"
#define OPTIONS	     "options  "
#define PAGES	     "flyrecord"
#define TEXT_MAX     (64u << 20) /* no part that is looked at is larger */
#define NR_MAX	     1000000u	 /* nor are there more of them */
#define COMPRESSED   1		 /* a section's flag */
#define SECTIONS_MAX 1000	 /* of options */

/* Errors are sticky: what is read after one is zeros. */
struct reader {
	FILE *in;
	int error;
};

static void read_bytes(struct reader *reader, void *to, size_t bytes)
{
	if (!reader->error && fread(to, 1, bytes, reader->in) != bytes)
		reader->error = ferror(reader->in) ? -EIO : -EINVAL;
	if (reader->error)
		memset(to, 0, bytes);
}

static uint64_t read_number(struct reader *reader, size_t bytes)
{
	uint64_t number = 0;

	read_bytes(reader, &number, bytes);
	return le64toh(number);
}

/* As many bytes as a number says, with a NUL behind them. Return: to be freed; NULL, after an error. */
static char *read_text(struct reader *reader, uint64_t bytes)
{
	char *text = NULL;

	if (!reader->error && bytes > TEXT_MAX)
		reader->error = -EINVAL;
	if (reader->error)
		return NULL;
	text = malloc(bytes + 1);
	if (!text) {
		reader->error = -ENOMEM;
		return NULL;
	}
	read_bytes(reader, text, bytes);
	text[bytes] = '\0';
	if (reader->error) {
		free(text);
		text = NULL;
	}
	return text;
}

static void skip(struct reader *reader, uint64_t bytes)
{
	if (reader->error)
		return;
	if (bytes > INT64_MAX || fseeko(reader->in, (off_t)bytes, SEEK_CUR))
		reader->error = -EINVAL;
}

/* A string that ends with its NUL. Too long is an error. */
static void read_string(struct reader *reader, char *to, size_t size)
{
	size_t n = 0;

	do {
		to[n] = (char)read_number(reader, 1);
	} while (to[n] && ++n < size);
	if (n == size) {
		reader->error = -EINVAL;
		n--;
	}
	to[n] = '\0';
}

static void expect_string(struct reader *reader, const char *wanted)
{
	char got[16];

	read_string(reader, got, sizeof(got));
	if (!reader->error && strcmp(got, wanted) != 0)
		reader->error = -EINVAL;
}

/* ------------------------------------------------------------------------------------------------
 * Formats
 */

static void add_format(struct reader *reader, struct utfs_dat_head *head, const char *system,
		       char *text, size_t bytes)
{
	struct utfs_dat_format *format;
	char *name = strdup(system);

	if (!name || utfs_recording_grow((void **)&head->formats, &head->cap_formats,
					 head->nr_formats, sizeof(*head->formats))) {
		reader->error = -ENOMEM;
		free(name);
		free(text);
		return;
	}
	format = &head->formats[head->nr_formats++];
	*format = (struct utfs_dat_format){name, text, bytes};
}

static void read_system(struct reader *reader, struct utfs_dat_head *head, const char *system)
{
	uint64_t n = read_number(reader, 4);

	if (n > NR_MAX)
		reader->error = -EINVAL;
	for (uint64_t i = 0; i < n && !reader->error; i++) {
		uint64_t bytes = read_number(reader, 8);
		char *text = read_text(reader, bytes);

		if (text)
			add_format(reader, head, system, text, bytes);
	}
}

static void read_formats(struct reader *reader, struct utfs_dat_head *head)
{
	char system[256];
	uint64_t n;

	read_system(reader, head, "ftrace");
	n = read_number(reader, 4);
	if (n > NR_MAX)
		reader->error = -EINVAL;
	for (uint64_t i = 0; i < n && !reader->error; i++) {
		read_string(reader, system, sizeof(system));
		read_system(reader, head, system);
	}
}

/* ------------------------------------------------------------------------------------------------
 * Options
 */

/* The clock is the word in brackets, or all of it. */
static void read_clock(const char *text, struct utfs_dat_head *head)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
	const char *from = close ? open + 1 : text;
	size_t bytes = close ? (size_t)(close - from) : strcspn(from, " \n");

	if (bytes < sizeof(head->clock)) {
		memcpy(head->clock, from, bytes);
		head->clock[bytes] = '\0';
	}
}

static int by_tid(const void *a, const void *b)
{
	const struct utfs_dat_thread *left = a, *right = b;

	return (left->tid > right->tid) - (left->tid < right->tid);
}

/* Lines "TID TGID", as in saved_tgids. */
static int read_threads(const char *text, struct utfs_dat_head *head)
{
	size_t lines = 1;

	if (head->threads)
		return 0;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	head->threads = calloc(lines, sizeof(*head->threads));
	if (!head->threads)
		return -ENOMEM;
	for (const char *line = text; *line && head->nr_threads < lines;) {
		char *rest;
		long tid = strtol(line, &rest, 10), tgid = strtol(rest, &rest, 10);

		if (tid > 0 && tid <= INT32_MAX && tgid > 0 && tgid <= INT32_MAX)
			head->threads[head->nr_threads++] =
				(struct utfs_dat_thread){(int32_t)tid, (int32_t)tgid};
		line = strchrnul(rest, '\n');
		line += *line != '\0';
	}
	qsort(head->threads, head->nr_threads, sizeof(*head->threads), by_tid);
	return 0;
}

/* One that is shorter than it has to be says nothing, to libtracecmd as well. */
static int read_scale(const char *text, size_t bytes, struct utfs_dat_head *head)
{
	struct utfs_dat_tsc2nsec scale;

	if (bytes < sizeof(scale))
		return 0;
	memcpy(&scale, text, sizeof(scale));
	head->scale = (struct utfs_trace_scale){
		.mult = le32toh(scale.mult),
		.shift = le32toh(scale.shift),
	};
	/* There are counters of a kHz, and none of a THz; the product stays within 128 bits. */
	return head->scale.mult >> 31 || head->scale.shift > 32 ? -EINVAL : 0;
}

/* One option. Return: where the next options are, of a version 7; 0. */
static uint64_t read_option(struct reader *reader, struct utfs_dat_head *head, uint64_t option)
{
	uint64_t bytes = read_number(reader, 4), next = 0;
	char *text;

	if (option != UTFS_DAT_CLOCK && option != UTFS_DAT_VERSION && option != UTFS_DAT_TGIDS &&
	    option != UTFS_DAT_TSC2NSEC && option != UTFS_DAT_DONE) {
		skip(reader, bytes);
		return 0;
	}
	text = read_text(reader, bytes);
	if (!text)
		return 0;
	if (option == UTFS_DAT_CLOCK)
		read_clock(text, head);
	else if (option == UTFS_DAT_VERSION)
		head->is_ours = strncmp(text, UTFS_DAT_MAKER, sizeof(UTFS_DAT_MAKER) - 1) == 0;
	else if (option == UTFS_DAT_TGIDS)
		reader->error = read_threads(text, head);
	else if (option == UTFS_DAT_TSC2NSEC)
		reader->error = read_scale(text, bytes, head);
	else if (bytes == sizeof(next))
		memcpy(&next, text, sizeof(next));
	free(text);
	return le64toh(next);
}

static void read_options_6(struct reader *reader, struct utfs_dat_head *head)
{
	uint64_t option;

	expect_string(reader, OPTIONS);
	while (!reader->error && (option = read_number(reader, 2)) != UTFS_DAT_DONE)
		read_option(reader, head, option);
}

static void read_options_7(struct reader *reader, struct utfs_dat_head *head)
{
	uint64_t at = read_number(reader, 8);

	for (unsigned int i = 0; i < SECTIONS_MAX && at && !reader->error; i++) {
		uint64_t option, flags;

		if (at > INT64_MAX || fseeko(reader->in, (off_t)at, SEEK_SET))
			reader->error = -EINVAL;
		if (read_number(reader, 2) != UTFS_DAT_DONE)
			reader->error = -EINVAL;
		flags = read_number(reader, 2);
		read_number(reader, 4); /* its name's place */
		read_number(reader, 8); /* its size */
		if (flags & COMPRESSED)
			return;
		do {
			option = read_number(reader, 2);
			at = read_option(reader, head, option);
		} while (option != UTFS_DAT_DONE && !reader->error);
	}
}

/* ------------------------------------------------------------------------------------------------
 * All of it
 */

/* All pages that it tells of are there. libtracecmd prints, or crashes, where they are not. */
static void check_pages(struct reader *reader, uint64_t nr_cpus)
{
	struct stat status;

	expect_string(reader, PAGES);
	if (fstat(fileno(reader->in), &status))
		reader->error = -errno;
	if (nr_cpus > NR_MAX)
		reader->error = -EINVAL;
	for (uint64_t i = 0; i < nr_cpus && !reader->error; i++) {
		uint64_t offset = read_number(reader, 8), bytes = read_number(reader, 8);
		uint64_t size = (uint64_t)status.st_size;

		if (bytes > size || offset > size - bytes)
			reader->error = -EINVAL;
	}
}

static void read_rest_6(struct reader *reader, struct utfs_dat_head *head)
{
	uint64_t nr_cpus;

	expect_string(reader, "header_page");
	skip(reader, read_number(reader, 8));
	expect_string(reader, "header_event");
	skip(reader, read_number(reader, 8));
	read_formats(reader, head);
	skip(reader, read_number(reader, 4)); /* symbols */
	skip(reader, read_number(reader, 4)); /* formats of trace_printk() */
	skip(reader, read_number(reader, 8)); /* names of threads */
	nr_cpus = read_number(reader, 4);
	read_options_6(reader, head);
	check_pages(reader, nr_cpus);
}

static void read_rest_7(struct reader *reader, struct utfs_dat_head *head)
{
	char name[64];

	read_string(reader, name, sizeof(name)); /* of the compression */
	read_string(reader, name, sizeof(name)); /* its version */
	read_options_7(reader, head);
}

int utfs_dat_head_read(const char *path, struct utfs_dat_head *head,
		       struct utfs_recording_failure *failure)
{
	struct reader reader = {.in = fopen(path, "re")};
	char magic[sizeof(MAGIC)] = "", version[8];
	int ret = 0;

	*head = (struct utfs_dat_head){0};
	if (!reader.in) {
		ret = -errno;
		return utfs_recording_fail(failure, path, ret, "%s", strerror(-ret));
	}
	read_bytes(&reader, magic, sizeof(MAGIC) - 1);
	if (reader.error || memcmp(magic, MAGIC, sizeof(MAGIC) - 1) != 0) {
		ret = utfs_recording_fail(failure, path, -EINVAL, "not a trace.dat");
		goto out;
	}
	read_string(&reader, version, sizeof(version));
	head->version = (unsigned int)strtoul(version, NULL, 10);
	if (read_number(&reader, 1)) {
		ret = utfs_recording_fail(failure, path, -ENOTSUP, "of a big-endian machine");
		goto out;
	}
	read_number(&reader, 1); /* bytes of a long */
	read_number(&reader, 4); /* of a page */
	if (head->version == 6)
		read_rest_6(&reader, head);
	else if (head->version == 7)
		read_rest_7(&reader, head);
	else
		ret = utfs_recording_fail(failure, path, -ENOTSUP,
					  "a trace.dat of version %s, which is not known here",
					  version);
	if (!ret && reader.error)
		ret = utfs_recording_fail(failure, path, reader.error, "%s",
					  reader.error == -EINVAL
						  ? "it ends in its middle, or is damaged"
						  : strerror(-reader.error));
out:
	fclose(reader.in);
	return ret;
}

void utfs_dat_head_fini(struct utfs_dat_head *head)
{
	for (size_t i = 0; i < head->nr_formats; i++) {
		free(head->formats[i].system);
		free(head->formats[i].text);
	}
	free(head->formats);
	free(head->threads);
	*head = (struct utfs_dat_head){0};
}
