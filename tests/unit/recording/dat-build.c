/* SPDX-License-Identifier: MIT */
#include "dat-build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_HEAD    16
#define LOST_SOME    (1u << 31)
#define LOST_COUNTED (1u << 30)

static const char header_page[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
				  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";
static const char header_event[] = "# compressed entry header\n"
				   "\ttype_len    :    5 bits\n"
				   "\ttime_delta  :   27 bits\n"
				   "\tarray       :   32 bits\n";

static struct dat_page *last_page(struct dat *dat, unsigned int cpu)
{
	return &dat->page[cpu][dat->nr_pages[cpu] - 1];
}

/* How much of a page is used stands in it, and with that what was lost; a number of them behind what is used. */
static void put_used(struct dat_page *page, uint64_t flags)
{
	uint64_t commit = page->used | flags;

	memcpy(page->bytes, &page->timestamp, sizeof(page->timestamp));
	memcpy(page->bytes + 8, &commit, sizeof(commit));
}

static uint64_t flags_of(const struct dat_page *page)
{
	uint64_t commit;

	memcpy(&commit, page->bytes + 8, sizeof(commit));
	return commit & (LOST_SOME | LOST_COUNTED);
}

void dat_page(struct dat *dat, unsigned int cpu, uint64_t timestamp, uint64_t lost)
{
	struct dat_page *page = &dat->page[cpu][dat->nr_pages[cpu]++];

	page->timestamp = timestamp;
	put_used(page, !lost ? 0 : lost == DAT_LOST_UNKNOWN ? LOST_SOME : LOST_SOME | LOST_COUNTED);
	if (lost && lost != DAT_LOST_UNKNOWN)
		memcpy(page->bytes + PAGE_HEAD, &lost, sizeof(lost));
}

void dat_event(struct dat *dat, unsigned int cpu, uint64_t timestamp, const void *record,
	       size_t bytes)
{
	struct dat_page *page = last_page(dat, cpu);
	unsigned char *at = page->bytes + PAGE_HEAD + page->used;
	uint64_t flags = flags_of(page), lost = 0, before = page->timestamp;
	uint32_t head = (uint32_t)bytes / 4;

	memcpy(&lost, at, sizeof(lost));
	/* Deltas: each event's is to the one before; the page's time is the first one's base. */
	for (size_t i = 0; i < page->used;) {
		uint32_t seen;

		memcpy(&seen, page->bytes + PAGE_HEAD + i, sizeof(seen));
		before += seen >> 5;
		i += 4 + (seen & 31) * 4;
	}
	head |= (uint32_t)(timestamp - before) << 5;
	memcpy(at, &head, sizeof(head));
	memcpy(at + 4, record, bytes);
	page->used += 4 + bytes;
	put_used(page, flags);
	if (flags & LOST_COUNTED)
		memcpy(at + 4 + bytes, &lost, sizeof(lost));
}

static void put(FILE *out, const void *data, size_t bytes)
{
	fwrite(data, bytes, 1, out);
}

static void put_text(FILE *out, const char *text, size_t size_bytes)
{
	uint64_t bytes = text ? strlen(text) : 0;

	put(out, &bytes, size_bytes);
	put(out, text ? text : "", bytes);
}

/* Systems with one event each; the first list is that of the system ftrace. */
static void put_formats(FILE *out, const struct dat *dat)
{
	uint32_t n = 0, ftrace = 0, one = 1;
	const size_t max = sizeof(dat->formats) / sizeof(dat->formats[0]);

	for (size_t i = 0; i + 1 < max && dat->formats[i]; i += 2) {
		ftrace += strcmp(dat->formats[i], "ftrace") == 0;
		n += strcmp(dat->formats[i], "ftrace") != 0;
	}
	put(out, &ftrace, sizeof(ftrace));
	for (size_t i = 0; i + 1 < max && dat->formats[i]; i += 2) {
		if (strcmp(dat->formats[i], "ftrace") == 0)
			put_text(out, dat->formats[i + 1], 8);
	}
	put(out, &n, sizeof(n));
	for (size_t i = 0; i + 1 < max && dat->formats[i]; i += 2) {
		if (strcmp(dat->formats[i], "ftrace") == 0)
			continue;
		put(out, dat->formats[i], strlen(dat->formats[i]) + 1);
		put(out, &one, sizeof(one));
		put_text(out, dat->formats[i + 1], 8);
	}
}

static void put_option(FILE *out, uint16_t option, const void *data, uint32_t bytes)
{
	put(out, &option, sizeof(option));
	put(out, &bytes, sizeof(bytes));
	put(out, data, bytes);
}

/* Its NUL is part of it: libtracecmd looks for that. */
static void put_text_option(FILE *out, uint16_t option, const char *text)
{
	if (text)
		put_option(out, option, text, (uint32_t)strlen(text) + 1);
}

static void put_pages(FILE *out, const struct dat *dat)
{
	uint64_t offset = (uint64_t)ftell(out) + 10 + 16ull * DAT_CPUS, bytes;

	offset = (offset + DAT_PAGE_BYTES - 1) / DAT_PAGE_BYTES * DAT_PAGE_BYTES;
	put(out, "flyrecord", 10);
	for (unsigned int i = 0; i < DAT_CPUS; i++) {
		bytes = dat->nr_pages[i] * DAT_PAGE_BYTES;
		put(out, &offset, sizeof(offset));
		put(out, &bytes, sizeof(bytes));
		offset += bytes;
	}
	while (ftell(out) % DAT_PAGE_BYTES)
		putc(0, out);
	for (unsigned int i = 0; i < DAT_CPUS; i++) {
		for (size_t j = 0; j < dat->nr_pages[i]; j++)
			put(out, dat->page[i][j].bytes, DAT_PAGE_BYTES);
	}
}

size_t dat_write(const struct dat *dat, const char *path)
{
	static const uint32_t page_bytes = DAT_PAGE_BYTES, nr_cpus = DAT_CPUS, none = 0;
	FILE *out = fopen(path, "we");
	long bytes;

	if (!out) {
		perror(path);
		exit(1);
	}
	/* Little-endian, longs of 8 bytes. */
	put(out, "\x17\x08\x44tracing6\0\0\x08", 14);
	put(out, &page_bytes, sizeof(page_bytes));
	put(out, "header_page", 12);
	put_text(out, header_page, 8);
	put(out, "header_event", 13);
	put_text(out, header_event, 8);
	put_formats(out, dat);
	put(out, &none, sizeof(none));
	put(out, &none, sizeof(none));
	put_text(out, dat->cmdlines, 8);
	put(out, &nr_cpus, sizeof(nr_cpus));
	put(out, "options  ", 10);
	put_text_option(out, UTFS_DAT_CLOCK, dat->clock);
	put_text_option(out, UTFS_DAT_VERSION, dat->version);
	put_text_option(out, UTFS_DAT_TGIDS, dat->tgids);
	if (dat->scale.mult)
		put_option(out, UTFS_DAT_TSC2NSEC, &dat->scale, sizeof(dat->scale));
	put(out, &none, 2);
	put_pages(out, dat);
	bytes = ftell(out);
	if (ferror(out) || fclose(out) || bytes < 0) {
		perror(path);
		exit(1);
	}
	return (size_t)bytes;
}
