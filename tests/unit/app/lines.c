/* SPDX-License-Identifier: MIT */
/*
 * Threads on different CPUs write no cache line in common, neither of the arena nor of the library's own data: so what an event costs does not
 * depend on how many write. Shown without counters, by looking at what changes while each of two CPUs writes alone.
 */
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#include "../../pin.h"
#include "support.h"

#define LINE_BYTES 64
#define EVENTS	   1000 /* several pages */

UTFS_EVENT(lines, event, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));

/* All bytes that the arena's file has, and the library's writable data. */
struct snapshot {
	unsigned char *data;
	size_t bytes;
};

static void append(struct snapshot *snapshot, size_t bytes)
{
	snapshot->data = realloc(snapshot->data, snapshot->bytes + bytes);
	assert_non_null(snapshot->data);
	snapshot->bytes += bytes;
}

static void take_range(struct snapshot *snapshot, int fd, uint64_t at, uint64_t bytes)
{
	const size_t before = snapshot->bytes;

	append(snapshot, bytes);
	assert_int_equal(pread(fd, snapshot->data + before, bytes, (off_t)at), bytes);
}

/* What is allocated, whether it was touched or not. */
static void take_arena(struct snapshot *snapshot)
{
	struct utfs_header header;
	char path[512];
	uint64_t heap;
	int fd;

	snprintf(path, sizeof(path), "%s/arena", getenv("UTRACEFS_DIR"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
	for (int r = 0; r < UTFS_REGION_HEAP; r++)
		take_range(snapshot, fd, header.region_offset[r], header.present[r]);
	heap = header.region_offset[UTFS_REGION_HEAP];
	take_range(snapshot, fd, heap, header.heap_end - heap);
	close(fd);
}

/* By hand: between the variables lies what a sanitizer lets nobody read. */
__attribute__((no_sanitize("address"))) static void copy_all(unsigned char *to, uintptr_t from,
							     size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = ((const volatile unsigned char *)from)[i];
}

static int take_object(struct dl_phdr_info *info, size_t bytes, void *arg)
{
	struct snapshot *snapshot = arg;

	for (int i = 0; strstr(info->dlpi_name, "libutracefs.so") && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t start = (info->dlpi_addr + header->p_vaddr) / LINE_BYTES * LINE_BYTES;
		size_t before = snapshot->bytes;

		if (header->p_type != PT_LOAD || !(header->p_flags & PF_W))
			continue;
		append(snapshot, header->p_memsz / LINE_BYTES * LINE_BYTES);
		copy_all(snapshot->data + before, start, snapshot->bytes - before);
	}
	return 0;
}

static struct snapshot take(void)
{
	struct snapshot snapshot = {0};

	take_arena(&snapshot);
	dl_iterate_phdr(take_object, &snapshot);
	return snapshot;
}

static bool differs(const struct snapshot *a, const struct snapshot *b, size_t line)
{
	return memcmp(a->data + line * LINE_BYTES, b->data + line * LINE_BYTES, LINE_BYTES);
}

static void write_on(int cpu)
{
	assert_int_equal(pin_cpu((unsigned int)cpu), 0);
	for (int i = 0; i < EVENTS; i++)
		trace_lines_event(i, 7);
}

/* Return: false: there is one CPU only. */
static bool two_cpus(int cpus[2])
{
	cpu_set_t set;
	int n = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++) {
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	}
	return n == 2;
}

static void cpus_write_no_line_in_common(void **state)
{
	struct snapshot before, between, after;
	size_t first = 0, second = 0;
	struct domain domain;
	int cpus[2];

	if (!two_cpus(cpus))
		skip();
	domain_open(&domain);
	domain_enable(&domain, "lines", "event", true);
	/* What a thread's first event sets up is not of the path. */
	write_on(cpus[0]);
	write_on(cpus[1]);
	before = take();
	write_on(cpus[0]);
	between = take();
	write_on(cpus[1]);
	after = take();
	/* Nothing was allocated, so the same bytes lie in the same places. */
	assert_int_equal(before.bytes, between.bytes);
	assert_int_equal(between.bytes, after.bytes);
	for (size_t line = 0; line < before.bytes / LINE_BYTES; line++) {
		bool by_first = differs(&before, &between, line);
		bool by_second = differs(&between, &after, line);

		first += by_first;
		second += by_second;
		assert_false(by_first && by_second);
	}
	/* The records alone take so many. */
	assert_true(first > EVENTS * 20 / LINE_BYTES);
	assert_true(second > EVENTS * 20 / LINE_BYTES);
	free(before.data);
	free(between.data);
	free(after.data);
	domain_close(&domain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_write_no_line_in_common),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
