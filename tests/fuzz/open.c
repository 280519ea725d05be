/* SPDX-License-Identifier: MIT */
/*
 * A file that is opened as an arena, whatever it holds. The first three bytes of an input cut the file, or not; then each eight bytes are
 * a place, in its head more often than elsewhere, and what is written there. A front end opens it, and reads everything where that
 * works; then it is checked, and repaired. Nothing may crash or go on for ever.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image.h"
#include "trace/check.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The file as it is, without being attached to it. */
static struct utfs_arena file;

static void file_make(void)
{
	struct utfs_trace *trace = fuzz_tree();
	char path[80];

	fuzz_write(trace, "events/fuzz/one/filter", "n > 5", 5);
	fuzz_emit(trace);
	file.size_bytes = trace->arena.size_bytes;
	utfs_trace_close(trace);
	snprintf(path, sizeof(path), "%s/arena", fuzz_directory());
	file.fd = open(path, O_RDWR | O_CLOEXEC);
	file.header = mmap(NULL, file.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
	if (file.fd < 0 || file.header == MAP_FAILED)
		abort();
	fuzz_image_take(&file);
}

static void damage(const uint8_t *change)
{
	const unsigned int number = change[0] | (unsigned int)change[1] << 8;
	const uint64_t page = fuzz_image_page(number & 1 ? number >> 1 : 0);
	const uint64_t at = page + (change[2] | (unsigned int)change[3] << 8) % UTFS_PAGE_BYTES;

	memcpy((char *)file.header + at / 4 * 4, change + 4, 4);
}

static void check(bool repair)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];

	(void)utfs_trace_check(fuzz_directory(), repair, &result, why);
	utfs_trace_check_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char why[UTFS_TRACE_WHY_BYTES];
	struct utfs_trace *trace;

	if (!file.header)
		file_make();
	if (bytes < 3)
		return 0;
	for (size_t at = 3; at + 8 <= bytes; at += 8)
		damage(data + at);
	if (data[0] & 1 &&
	    ftruncate(file.fd, (data[1] | data[2] << 8) * (data[0] & 2 ? 1L : 1024L)))
		abort();
	if (!utfs_trace_open(fuzz_directory(), &trace, why)) {
		trace->arena.lock_timeout_ms = 50;
		fuzz_walk(trace);
		fuzz_write(trace, "events/fuzz/enable", "0", 1);
		utfs_trace_close(trace);
	}
	check(false);
	check(true);
	if (ftruncate(file.fd, (off_t)file.size_bytes))
		abort();
	fuzz_image_put(&file);
	return 0;
}
