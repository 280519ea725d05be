/* SPDX-License-Identifier: MIT */
/*
 * The beginning of a trace.dat, as trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5) describe it. Only what libtracecmd keeps for itself: the texts of formats,
 * the clock, and our option with the processes of threads.
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
	/* Of version 7: where the sections are. */
	uint64_t ftrace_events, event_formats;
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

static void read_ftrace_formats(struct reader *reader, struct utfs_dat_head *head)
{
	read_system(reader, head, "ftrace");
}

static void read_formats(struct reader *reader, struct utfs_dat_head *head)
{
	char system[256];
	uint64_t n;

	n = read_number(reader, 4);
	if (n > NR_MAX)
		reader->error = -EINVAL;
	for (uint64_t i = 0; i < n && !reader->error; i++) {
		read_string(reader, system, sizeof(system));
		read_system(reader, head, system);
	}
}

/* ------------------------------------------------------------------------------------------------
 * Pages: all that it tells of are there. libtracecmd prints, or crashes, where they are not.
 */

static uint64_t size_of(struct reader *reader)
{
	struct stat status = {0};

	if (fstat(fileno(reader->in), &status))
		reader->error = -errno;
	return (uint64_t)status.st_size;
}

/* Of so many CPUs, each with its number before its place and size where it has one. */
static void check_places(struct reader *reader, uint64_t nr_cpus, size_t number_bytes,
			 uint64_t size)
{
	if (nr_cpus > NR_MAX)
		reader->error = -EINVAL;
	for (uint64_t i = 0; i < nr_cpus && !reader->error; i++) {
		uint64_t offset, bytes;

		read_number(reader, number_bytes);
		offset = read_number(reader, 8);
		bytes = read_number(reader, 8);
		if (bytes > size || offset > size - bytes)
			reader->error = -EINVAL;
	}
}

/* Of version 6. */
static void check_pages(struct reader *reader, uint64_t nr_cpus)
{
	expect_string(reader, PAGES);
	check_places(reader, nr_cpus, 0, size_of(reader));
}

/* The option of a buffer of version 7. */
static int check_buffer(const char *option, size_t bytes, uint64_t size)
{
	struct reader reader = {.in = fmemopen((void *)(uintptr_t)option, bytes, "r")};
	char text[256];

	if (!reader.in)
		return -errno;
	read_number(&reader, 8);		  /* the place of its section */
	read_string(&reader, text, sizeof(text)); /* its name */
	read_string(&reader, text, sizeof(text)); /* its clock */
	read_number(&reader, 4);		  /* bytes of a page */
	check_places(&reader, read_number(&reader, 4), 4, size);
	fclose(reader.in);
	return reader.error;
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

static bool is_read(uint64_t option)
{
	switch (option) {
	case UTFS_DAT_DONE:
	case UTFS_DAT_BUFFER:
	case UTFS_DAT_CLOCK:
	case UTFS_DAT_VERSION:
	case UTFS_DAT_TSC2NSEC:
	case UTFS_DAT_FTRACE_EVENTS:
	case UTFS_DAT_EVENT_FORMATS:
	case UTFS_DAT_TGIDS:
		return true;
	default:
		return false;
	}
}

/* One option. Return: where the next options are, of a version 7; 0. */
static uint64_t read_option(struct reader *reader, struct utfs_dat_head *head, uint64_t option)
{
	uint64_t bytes = read_number(reader, 4), place = 0;
	char *text;

	if (!is_read(option)) {
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
	else if (option == UTFS_DAT_BUFFER && head->version == 7)
		reader->error = check_buffer(text, bytes, size_of(reader));
	else if (bytes == sizeof(place))
		memcpy(&place, text, sizeof(place));
	place = le64toh(place);
	if (option == UTFS_DAT_FTRACE_EVENTS)
		reader->ftrace_events = place;
	else if (option == UTFS_DAT_EVENT_FORMATS)
		reader->event_formats = place;
	free(text);
	return option == UTFS_DAT_DONE ? place : 0;
}

static void read_options_6(struct reader *reader, struct utfs_dat_head *head)
{
	uint64_t option;

	expect_string(reader, OPTIONS);
	while (!reader->error && (option = read_number(reader, 2)) != UTFS_DAT_DONE)
		read_option(reader, head, option);
}

/* Goes to what a section has. Return: is it compressed? */
static bool open_section(struct reader *reader, uint64_t at, uint64_t id)
{
	uint64_t flags;

	if (!reader->error && (at > INT64_MAX || fseeko(reader->in, (off_t)at, SEEK_SET)))
		reader->error = -EINVAL;
	if (read_number(reader, 2) != id)
		reader->error = reader->error ? reader->error : -EINVAL;
	flags = read_number(reader, 2);
	read_number(reader, 4); /* its name's place */
	read_number(reader, 8); /* its size */
	return flags & COMPRESSED;
}

static void read_options_7(struct reader *reader, struct utfs_dat_head *head)
{
	uint64_t at = read_number(reader, 8);

	for (unsigned int i = 0; i < SECTIONS_MAX && at && !reader->error; i++) {
		uint64_t option;

		if (open_section(reader, at, UTFS_DAT_DONE))
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

static void read_rest_6(struct reader *reader, struct utfs_dat_head *head)
{
	uint64_t nr_cpus;

	expect_string(reader, "header_page");
	skip(reader, read_number(reader, 8));
	expect_string(reader, "header_event");
	skip(reader, read_number(reader, 8));
	read_ftrace_formats(reader, head);
	read_formats(reader, head);
	skip(reader, read_number(reader, 4)); /* symbols */
	skip(reader, read_number(reader, 4)); /* formats of trace_printk() */
	skip(reader, read_number(reader, 8)); /* names of threads */
	nr_cpus = read_number(reader, 4);
	read_options_6(reader, head);
	check_pages(reader, nr_cpus);
}

/* What the block at hand is uncompressed. Return: to be freed, *bytes long; NULL, after an error or where its compression is not known. */
static char *read_packed(struct reader *reader, const struct utfs_dat_head *head, uint64_t *bytes)
{
	const uint64_t packed_bytes = read_number(reader, 4);
	char *packed = NULL, *text = NULL;
	int ret = 0;

	*bytes = read_number(reader, 4);
	packed = read_text(reader, packed_bytes);
	if (packed && (!*bytes || *bytes > TEXT_MAX))
		reader->error = -EINVAL;
	if (!reader->error && !(text = malloc(*bytes)))
		reader->error = -ENOMEM;
	if (!reader->error)
		ret = utfs_dat_unpack(head->compression, packed, packed_bytes, text, *bytes);
	if (ret && ret != -ENOTSUP)
		reader->error = ret;
	if (ret) {
		free(text);
		text = NULL;
	}
	free(packed);
	return text;
}

static void read_section(struct reader *reader, struct utfs_dat_head *head, uint64_t at,
			 uint64_t id, void (*parse)(struct reader *, struct utfs_dat_head *))
{
	struct reader inner = {0};
	uint64_t bytes;
	char *text;

	if (!at || reader->error)
		return;
	if (!open_section(reader, at, id)) {
		parse(reader, head);
		return;
	}
	text = read_packed(reader, head, &bytes);
	if (!text)
		return;
	inner.in = fmemopen(text, bytes, "r");
	if (inner.in) {
		parse(&inner, head);
		fclose(inner.in);
	} else {
		inner.error = -errno;
	}
	reader->error = inner.error;
	free(text);
}

static void read_rest_7(struct reader *reader, struct utfs_dat_head *head)
{
	char version[64];

	read_string(reader, head->compression, sizeof(head->compression));
	read_string(reader, version, sizeof(version));
	read_options_7(reader, head);
	read_section(reader, head, reader->ftrace_events, UTFS_DAT_FTRACE_EVENTS,
		     read_ftrace_formats);
	read_section(reader, head, reader->event_formats, UTFS_DAT_EVENT_FORMATS, read_formats);
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
