/* SPDX-License-Identifier: MIT */
/* Small trace.dat files of version 6, byte by byte, for the tests of recordings. */
#ifndef TESTS_UNIT_RECORDING_DAT_BUILD_H
#define TESTS_UNIT_RECORDING_DAT_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "recording/dat-options.h"

#define DAT_PAGE_BYTES	 4096
#define DAT_CPUS	 2
#define DAT_PAGES_MAX	 4
#define DAT_LOST_UNKNOWN UINT64_MAX

struct dat_page {
	unsigned char bytes[DAT_PAGE_BYTES];
	size_t used; /* behind the head */
	uint64_t timestamp;
};

/* What is to be in the file. Zeroed: no pages, no options. */
struct dat {
	const char *formats[8]; /* "SYSTEM", then the text of a format file, and so on */
	const char *cmdlines, *clock, *version, *tgids;
	struct utfs_dat_tsc2nsec scale; /* of 0: there is none */
	struct dat_page page[DAT_CPUS][DAT_PAGES_MAX];
	size_t nr_pages[DAT_CPUS];
};

/* A new page of a CPU; what comes next goes into it. lost: events that are missing before it. */
void dat_page(struct dat *dat, unsigned int cpu, uint64_t timestamp, uint64_t lost);
/* An event: `bytes` of a record, a multiple of 4 up to 112. Times of a page do not go back. */
void dat_event(struct dat *dat, unsigned int cpu, uint64_t timestamp, const void *record,
	       size_t bytes);
/* Writes it. Return: bytes of the file; exits if it cannot. */
size_t dat_write(const struct dat *dat, const char *path);

#endif
