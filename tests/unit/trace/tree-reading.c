/* SPDX-License-Identifier: MIT */
/* trace, trace_pipe, trace_pipe_raw, trace_marker, stats: every event once, in order, the lost ones counted. */
#include "tree.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int setup(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	tree_open(tree);
	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	*state = tree;
	return 0;
}

static size_t allocated_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* The numbers behind "n=" in a text, in their order; returns how many. */
static size_t numbers(const char *text, unsigned int *n, size_t max)
{
	size_t count = 0;

	for (const char *at = text; count < max && (at = strstr(at, "n=")); at += 2)
		n[count++] = (unsigned int)strtoul(at + 2, NULL, 10);
	return count;
}

static void test_trace_has_the_kernels_head_and_lines(void **state)
{
	static const char head[] =
		"# tracer: nop\n"
		"#\n"
		"# entries-in-buffer/entries-written: 1/1   #P:%u\n"
		"#\n"
		"#                                _-----=> irqs-off/BH-disabled\n"
		"#                               / _----=> need-resched\n"
		"#                              | / _---=> hardirq/softirq\n"
		"#                              || / _--=> preempt-depth\n"
		"#                              ||| / _-=> migrate-disable\n"
		"#                              |||| /     delay\n"
		"#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
		"#              | |         |   |||||     |         |\n";
	struct tree *tree = *state;
	char text[4096], expected[4096], line[64];

	assert_int_equal(tree_emit(tree, 64, 42, 0), 1);
	assert_true(tree_read(tree, "trace", text, sizeof(text)) > 0);
	sprintf(expected, head, tree->trace->arena.nr_cpus);
	assert_memory_equal(text, expected, strlen(expected));
	sprintf(line, "%16s-%-7d [000] ..... ", "tester", (int)syscall(SYS_gettid));
	assert_memory_equal(text + strlen(expected), line, strlen(line));
	assert_non_null(strstr(text, ": cat: n=42\n"));
}

static void test_trace_does_not_consume_and_is_cleared_by_truncation(void **state)
{
	struct tree *tree = *state;

	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(tree_emit(tree, 64, i, (int)(i % tree->trace->arena.nr_cpus)), 1);
	assert_int_equal(tree_count(tree, "trace", "n="), 10);
	assert_int_equal(tree_count(tree, "trace", "n="), 10);
	assert_int_equal(tree_append(tree, "trace", "anything"), 8);
	assert_int_equal(tree_count(tree, "trace", "n="), 10);
	assert_int_equal(tree_write(tree, "per_cpu/cpu0/trace", ""), 0);
	assert_int_equal(tree_count(tree, "per_cpu/cpu0/trace", "n="), 0);
	assert_int_equal(tree_count(tree, "trace", "n="),
			 tree->trace->arena.nr_cpus > 1 ? 10 - 10 / tree->trace->arena.nr_cpus : 0);
	assert_int_equal(tree_write(tree, "trace", ""), 0);
	assert_int_equal(tree_count(tree, "trace", "n="), 0);
	assert_int_equal(tree_count(tree, "trace", "written: 0/0"), 1);
}

static void test_cpus_are_merged_in_the_order_of_time(void **state)
{
	struct tree *tree = *state;
	static char text[1 << 20];
	unsigned int n[5000];

	for (unsigned int i = 0; i < 5000; i++)
		assert_int_equal(tree_emit(tree, 64, i, (int)(i / 7 % tree->trace->arena.nr_cpus)),
				 1);
	assert_true(tree_read(tree, "trace", text, sizeof(text)) > 0);
	assert_int_equal(numbers(text, n, 5000), 5000);
	for (unsigned int i = 0; i < 5000; i++)
		assert_int_equal(n[i], i);
}

static void test_small_and_repeated_reads_of_trace_agree_with_a_large_one(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	static char whole[1 << 18], part[1 << 18];
	size_t bytes, at = 0;
	ssize_t n;

	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(tree_emit(tree, 64, i, -1), 1);
	n = tree_read(tree, "trace", whole, sizeof(whole));
	assert_true(n > 0);
	bytes = (size_t)n;
	assert_int_equal(tree_handle(tree, "trace", O_RDONLY, &file), 0);
	while ((n = eventfs_read(file, &req, part + at, 7, (off_t)at)) > 0)
		at += (size_t)n;
	assert_int_equal(at, bytes);
	assert_memory_equal(part, whole, bytes);
	/* Back to the middle, without the start. */
	n = eventfs_read(file, &req, part, 100, (off_t)bytes / 2);
	assert_int_equal(n, 100);
	assert_memory_equal(part, whole + bytes / 2, 100);
	assert_int_equal(eventfs_read(file, &req, part, 100, (off_t)bytes + 50), 0);
	eventfs_release(file);
}

/* What was read is not kept: a trace may be larger than the memory. */
static void test_reading_a_long_trace_takes_little_memory(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	static char part[5000];
	size_t at = 0, before, most = 0;
	ssize_t n;

	for (unsigned int i = 0; i < 20000; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(tree_handle(tree, "trace", O_RDONLY, &file), 0);
	assert_true(eventfs_read(file, &req, part, sizeof(part), 0) > 0);
	before = allocated_bytes();
	for (at = sizeof(part); (n = eventfs_read(file, &req, part, sizeof(part), (off_t)at)) > 0;
	     at += (size_t)n)
		if (allocated_bytes() - before > most)
			most = allocated_bytes() - before;
	eventfs_release(file);
	assert_true(at > 1 << 20);
	if (most > 300000)
		fail_msg("%zu bytes of text took %zu of memory", at, most);
}

static void test_overwritten_events_are_counted(void **state)
{
	struct tree *tree = *state;
	static char text[1 << 20];
	unsigned int n[5000], lost;
	size_t count;
	const char *mark;

	assert_int_equal(tree_write(tree, "buffer_size_kb", "8"), 1);
	for (unsigned int i = 0; i < 5000; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_true(tree_read(tree, "per_cpu/cpu0/trace", text, sizeof(text)) > 0);
	mark = strstr(text, "CPU:0 [LOST ");
	assert_non_null(mark);
	lost = (unsigned int)strtoul(mark + 12, NULL, 10);
	count = numbers(text, n, 5000);
	assert_int_equal(count + lost, 5000);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(n[i], lost + i);
	/* Consuming says the same, once. */
	assert_true(tree_read(tree, "per_cpu/cpu0/trace_pipe", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "CPU:0 [LOST "));
	assert_int_equal(numbers(text, n, 5000), count);
	sprintf(text, "overrun: %u\n", lost);
	assert_int_equal(tree_count(tree, "per_cpu/cpu0/stats", text), 1);
	sprintf(text, "read events: %zu\n", count);
	assert_int_equal(tree_count(tree, "per_cpu/cpu0/stats", text), 1);
	assert_int_equal(tree_count(tree, "per_cpu/cpu0/stats", "entries: 0\n"), 1);
}

static void test_without_overwrite_the_first_stay_and_the_rest_is_dropped(void **state)
{
	struct tree *tree = *state;
	static char text[1 << 20];
	unsigned int n[5000], written = 0;
	size_t count;

	assert_int_equal(tree_write(tree, "options/overwrite", "0"), 1);
	assert_int_equal(tree_write(tree, "buffer_size_kb", "8"), 1);
	for (unsigned int i = 0; i < 5000; i++)
		written += (unsigned int)tree_emit(tree, 64, i, 0);
	assert_in_range(written, 100, 4000);
	assert_true(tree_read(tree, "per_cpu/cpu0/trace", text, sizeof(text)) > 0);
	count = numbers(text, n, 5000);
	assert_int_equal(count, written);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(n[i], i);
	sprintf(text, "dropped events: %u\n", 5000 - written);
	assert_int_equal(tree_count(tree, "per_cpu/cpu0/stats", text), 1);
}

static void test_trace_pipe_gives_each_event_once(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	unsigned int n[2000];
	static char text[1 << 20];
	size_t at = 0;
	ssize_t got;

	for (unsigned int i = 0; i < 2000; i++)
		assert_int_equal(tree_emit(tree, 64, i, (int)(i % tree->trace->arena.nr_cpus)), 1);
	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &file), 0);
	/* An odd small size: lines are cut between reads, nothing is lost or repeated. */
	while ((got = eventfs_read(file, &req, text + at, 37, 0)) > 0) {
		at += (size_t)got;
		assert_true(at < sizeof(text) - 100);
	}
	assert_int_equal(got, -EAGAIN);
	text[at] = '\0';
	assert_int_equal(numbers(text, n, 2000), 2000);
	for (unsigned int i = 0; i < 2000; i++)
		assert_int_equal(n[i], i);
	assert_int_equal(tree_count(tree, "trace", "n="), 0);
	assert_int_equal(tree_emit(tree, 64, 2000, 0), 1);
	got = eventfs_read(file, &req, text, sizeof(text), 0);
	assert_true(got > 0);
	text[got] = '\0';
	assert_int_equal(numbers(text, n, 10), 1);
	eventfs_release(file);
}

static void test_what_trace_pipe_did_not_give_stays(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	char text[256];

	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &file), 0);
	assert_int_equal(eventfs_read(file, &req, text, 10, 0), 10);
	eventfs_release(file);
	assert_int_equal(tree_count(tree, "trace_pipe", "n="), 99);
}

static void test_trace_pipe_has_one_reader(void **state)
{
	struct tree *tree = *state;
	struct eventfs_file *all, *cpu0, *other;

	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &all), 0);
	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &other), -EBUSY);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe", O_RDONLY, &other), -EBUSY);
	assert_int_equal(tree_handle(tree, "trace", O_RDONLY, &other), 0);
	eventfs_release(other);
	eventfs_release(all);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe", O_RDONLY, &cpu0), 0);
	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &other), -EBUSY);
	if (tree->trace->arena.nr_cpus > 1) {
		assert_int_equal(tree_handle(tree, "per_cpu/cpu1/trace_pipe", O_RDONLY, &other), 0);
		eventfs_release(other);
	}
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &other), 0);
	eventfs_release(other);
	eventfs_release(cpu0);
	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &other), 0);
	eventfs_release(other);
}

static void test_trace_pipe_ends_when_tracing_is_off(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {0}, nonblock = {.nonblock = true};
	struct eventfs_file *file;
	char text[256];

	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &file), 0);
	assert_int_equal(tree_write(tree, "tracing_on", "0"), 1);
	/* Nothing was read yet: it waits. */
	assert_int_equal(eventfs_read(file, &req, text, sizeof(text), 0), -EAGAIN);
	assert_int_equal(tree_write(tree, "tracing_on", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 1, -1), 1);
	assert_int_equal(tree_write(tree, "tracing_on", "0"), 1);
	assert_true(eventfs_read(file, &req, text, sizeof(text), 0) > 0);
	assert_int_equal(eventfs_read(file, &nonblock, text, sizeof(text), 0), -EAGAIN);
	assert_int_equal(eventfs_read(file, &req, text, sizeof(text), 0), 0);
	eventfs_release(file);
}

struct waiter {
	struct tree *tree;
	struct eventfs_file *file;
	int sleeping[2];
	char text[256];
	ssize_t got;
};

static void *wait_for_event(void *arg)
{
	struct waiter *waiter = arg;
	struct eventfs_request req = {0};

	for (;;) {
		uint32_t seen = utfs_trace_data_sequence(waiter->tree->trace);

		waiter->got =
			eventfs_read(waiter->file, &req, waiter->text, sizeof(waiter->text), 0);
		if (waiter->got != -EAGAIN)
			return NULL;
		if (write(waiter->sleeping[1], "x", 1) != 1)
			return NULL;
		/* Only a wake-up ends this: a time-out is a failure. */
		if (utfs_trace_data_wait(waiter->tree->trace, seen, 30000) == -ETIMEDOUT)
			return NULL;
	}
}

static void sleeper_is_woken(struct tree *tree, const char *path)
{
	struct waiter waiter = {.tree = tree};
	pthread_t thread;
	char byte;

	assert_int_equal(pipe(waiter.sleeping), 0);
	assert_int_equal(tree_handle(tree, path, O_RDONLY, &waiter.file), 0);
	assert_int_equal(eventfs_poll(waiter.file) & POLLIN, 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_event, &waiter), 0);
	assert_int_equal(read(waiter.sleeping[0], &byte, 1), 1);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(waiter.got > 0);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(eventfs_poll(waiter.file) & POLLIN, POLLIN);
	eventfs_release(waiter.file);
	assert_int_equal(tree_write(tree, "trace", ""), 0);
	close(waiter.sleeping[0]);
	close(waiter.sleeping[1]);
}

static void test_the_first_event_wakes_a_reader(void **state)
{
	sleeper_is_woken(*state, "trace_pipe");
}

static void test_the_first_event_wakes_a_reader_that_waits_for_no_more(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_write(tree, "buffer_percent", "0"), 1);
	sleeper_is_woken(tree, "per_cpu/cpu0/trace_pipe_raw");
}

static void
test_the_first_event_of_an_instance_wakes_a_reader_that_came_before_its_buffers(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	uint32_t seen;
	char text[256];

	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_handle(tree, "instances/foo/trace_pipe", O_RDONLY, &file), 0);
	seen = utfs_trace_data_sequence(tree->trace);
	assert_int_equal(eventfs_read(file, &req, text, sizeof(text), 0), -EAGAIN);
	assert_int_equal(tree_write(tree, "instances/foo/trace_marker", "hello"), 5);
	assert_true(utfs_trace_data_sequence(tree->trace) != seen);
	assert_true(eventfs_read(file, &req, text, sizeof(text), 0) > 0);
	eventfs_release(file);
}

static void test_trace_pipe_raw_gives_kernel_pages(void **state)
{
	struct tree *tree = *state;
	const struct eventfs_request req = {0};
	struct eventfs_file *file;
	struct utfs_page page;

	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &file), 0);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, sizeof(page), 0), -EAGAIN);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, 16, 0), 0);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, 20, 0), 0);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, 8192 / 2, 0), 4096);
	/* One event: 4 bytes of header, 12 of record. */
	assert_int_equal(page.commit, 16);
	assert_int_equal(*(uint32_t *)(void *)page.data & 31, 3);
	assert_int_equal(*(uint16_t *)(void *)(page.data + 4), 64);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, sizeof(page), 0), -EAGAIN);
	assert_int_equal(tree_emit(tree, 64, 2, 0), 1);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, 4095, 0), 4095);
	assert_int_equal(page.commit, 16);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, 4096, 0), 1);
	assert_int_equal(eventfs_read(file, &req, (char *)&page, 4096, 0), -EAGAIN);
	eventfs_release(file);
}

/* Who asks for more than a page gets all pages that the writer has left; the one that is written stays for the next read. */
static void test_trace_pipe_raw_gives_many_pages(void **state)
{
	enum { PAGES = 8, EVENTS = 1000 };
	struct tree *tree = *state;
	const struct eventfs_request req = {0}, whole = {.whole = true};
	struct utfs_page *pages = calloc(PAGES, sizeof(*pages));
	struct eventfs_file *file;
	uint32_t events = 0;
	ssize_t n;

	assert_non_null(pages);
	for (uint32_t i = 0; i < EVENTS; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &file), 0);
	/* A page that fits whole and half of one: no half is given. */
	assert_int_equal(eventfs_read(file, &req, (char *)pages, 4096 + 2048, 0), 4096);
	events += (uint32_t)pages[0].commit / 16;
	n = eventfs_read(file, &req, (char *)pages, PAGES * sizeof(*pages), 0);
	assert_true(n >= 2 * 4096 && n % 4096 == 0);
	for (ssize_t i = 0; i < n / 4096; i++) {
		assert_true(pages[i].commit > 4000 && pages[i].commit <= 4080);
		events += (uint32_t)pages[i].commit / 16;
	}
	/* Who wants what will not change any more does not get it; who wants a part of it gets the rest, too. */
	assert_int_equal(eventfs_read(file, &whole, (char *)pages, PAGES * sizeof(*pages), 0),
			 -EAGAIN);
	assert_int_equal(eventfs_read(file, &req, (char *)pages, 1000, 0), 1000);
	events += (uint32_t)pages[0].commit / 16;
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(eventfs_read(file, &req, (char *)pages, 4096, 0), 3096);
	n = eventfs_read(file, &whole, (char *)pages, PAGES * sizeof(*pages), 0);
	assert_int_equal(n, 2 * 4096);
	events += (uint32_t)(pages[0].commit + pages[1].commit) / 16;
	assert_true(pages[0].commit < 4000);
	assert_int_equal(eventfs_read(file, &req, (char *)pages, PAGES * sizeof(*pages), 0), 4096);
	assert_int_equal(events + (uint32_t)pages[0].commit / 16, EVENTS + 500);
	assert_int_equal(eventfs_read(file, &req, (char *)pages, PAGES * sizeof(*pages), 0),
			 -EAGAIN);
	eventfs_release(file);
	free(pages);
}

static void test_trace_pipe_raw_tells_of_lost_events(void **state)
{
	struct tree *tree = *state;
	const struct eventfs_request req = {0};
	struct eventfs_file *file;
	struct utfs_page page;
	uint64_t events = 0, lost = 0;

	assert_int_equal(tree_write(tree, "buffer_size_kb", "8"), 1);
	for (unsigned int i = 0; i < 3000; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &file), 0);
	/* A page that is full to the last byte has no room for the number: the first read takes less. */
	assert_int_equal(eventfs_read(file, &req, (char *)&page, 2048, 0), 2048);
	assert_int_equal(eventfs_read(file, &req, (char *)&page + 2048, 2048, 0), 2048);
	events = (page.commit & 0xfffff) / 16;
	assert_int_equal(page.commit >> 30, 3);
	memcpy(&lost, page.data + (page.commit & 0xfffff), sizeof(lost));
	while (eventfs_read(file, &req, (char *)&page, sizeof(page), 0) == 4096) {
		uint64_t bytes = page.commit & 0xfffff;

		assert_int_equal(page.commit >> 30, 0);
		events += bytes / 16;
	}
	assert_true(lost > 0);
	assert_int_equal(events + lost, 3000);
	eventfs_release(file);
}

/* What a front end's page cache asks for, as splice needs it. */
static ssize_t splice_page(struct eventfs_file *file, struct utfs_page *page, off_t off)
{
	const struct eventfs_request req = {.for_cache = true};

	return eventfs_read(file, &req, (char *)page, sizeof(*page), off);
}

static void test_splice_takes_pages_that_the_writer_has_left(void **state)
{
	const struct eventfs_request direct = {0};
	struct tree *tree = *state;
	struct eventfs_file *file;
	struct utfs_page page, again;
	unsigned int emitted = 0, read = 0;
	off_t off = 0;

	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &file), 0);
	assert_int_equal(splice_page(file, &page, 0), -EAGAIN);
	for (; splice_page(file, &page, 0) == -EAGAIN; emitted++)
		assert_int_equal(tree_emit(tree, 64, emitted, 0), 1);
	/* 16 bytes for each event; the last one is on the next page. */
	assert_int_equal(page.commit, (emitted - 1) * 16);
	assert_int_equal(splice_page(file, &again, 4096), -EAGAIN);
	for (; emitted < 3000; emitted++)
		assert_int_equal(tree_emit(tree, 64, emitted, 0), 1);
	read += (unsigned int)page.commit / 16;
	for (off = 4096; splice_page(file, &page, off) == 4096; off += 4096) {
		assert_memory_equal(page.data + 12, &read, sizeof(read));
		read += (unsigned int)page.commit / 16;
		/* Thrown out of the cache before it was seen: the same one comes again. */
		assert_int_equal(splice_page(file, &again, off), 4096);
		assert_memory_equal(&page, &again, sizeof(page));
	}
	/* The rest is for read(2), as in the kernel. */
	assert_int_equal(eventfs_read(file, &direct, (char *)&page, sizeof(page), off), 4096);
	read += (unsigned int)page.commit / 16;
	assert_int_equal(read, 3000);
	/* Behind a piece of a page there is no place for a page. */
	assert_int_equal(tree_emit(tree, 64, emitted, 0), 1);
	assert_int_equal(eventfs_read(file, &direct, (char *)&page, 100, off), 100);
	assert_int_equal(splice_page(file, &page, off), -EINVAL);
	eventfs_release(file);
}

/* Subbuffers of 16 KiB: read(2) gives one in pieces or whole, splice in pieces of a page, and both leave none out. */
static void test_larger_subbuffers_are_given_whole(void **state)
{
	const struct eventfs_request direct = {0};
	static struct {
		struct utfs_page page;
		unsigned char more[3 * UTFS_PAGE_BYTES];
	} whole;
	struct tree *tree = *state;
	struct eventfs_file *file;
	unsigned int read = 0;
	char *many;
	struct utfs_page page;
	off_t off = 0;

	/* No event is so late that it needs more room. */
	assert_int_equal(tree_write(tree, "trace_clock", "counter"), 7);
	assert_int_equal(tree_write(tree, "buffer_subbuf_size_kb", "16"), 2);
	assert_int_equal(tree_count(tree, "events/header_page", "size:16368;"), 1);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &file), 0);
	for (unsigned int i = 0; i < 4000; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(splice_page(file, &page, off), 4096);
	assert_int_equal(page.commit, 16368);
	for (; splice_page(file, (struct utfs_page *)&whole, off) == 4096; off += 16384) {
		uint64_t bytes = whole.page.commit;

		for (int i = 1; i < 4; i++)
			assert_int_equal(
				splice_page(file, (struct utfs_page *)((char *)&whole + 4096 * i),
					    off + 4096 * i),
				4096);
		for (uint64_t at = 0; at < bytes; at += 16, read++)
			assert_memory_equal(whole.page.data + at + 12, &read, sizeof(read));
	}
	assert_int_equal(read, 16368 / 16 * 3);
	/* The last one is being written: read(2) takes what there is. */
	assert_int_equal(eventfs_read(file, &direct, (char *)&whole, sizeof(whole), 0), 16384);
	assert_int_equal(whole.page.commit, (4000 - read) * 16);
	for (unsigned int i = 0; i < 500; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(eventfs_read(file, &direct, (char *)&whole, sizeof(whole), 0), 16384);
	assert_int_equal(whole.page.commit, 16368 - (4000 - read) * 16);
	assert_int_equal(eventfs_read(file, &direct, (char *)&whole, 4096, 0), 4096);
	assert_int_equal(whole.page.commit, 4080);
	for (int i = 1; i < 4; i++)
		assert_int_equal(eventfs_read(file, &direct, (char *)&page, 4096, 0), 4096);
	assert_int_equal(eventfs_read(file, &direct, (char *)&whole, sizeof(whole), 0), 16384);
	assert_int_equal(whole.page.commit, (4500 - read) * 16 - 16368 - 4080);
	/* As many of them as fit, each in its place. */
	for (unsigned int i = 0; i < 3000; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	many = calloc(3, 16384);
	assert_non_null(many);
	assert_int_equal(eventfs_read(file, &direct, many, 3 * 16384 - 1, 0), 2 * 16384);
	assert_int_equal(((struct utfs_page *)(void *)(many + 16384))->commit, 16368);
	assert_int_equal(((struct utfs_page *)(void *)many)->data[12], 0);
	free(many);
	assert_int_equal(eventfs_read(file, &direct, (char *)&whole, sizeof(whole), 0), 16384);
	/* In a tree of small ones again, also through what is open. */
	assert_int_equal(tree_write(tree, "buffer_subbuf_size_kb", "4"), 1);
	assert_int_equal(eventfs_read(file, &direct, (char *)&whole, sizeof(whole), 0), -EAGAIN);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(eventfs_read(file, &direct, (char *)&whole, sizeof(whole), 0), 4096);
	assert_int_equal(whole.page.commit, 16);
	eventfs_release(file);
	/* As text. */
	assert_int_equal(tree_write(tree, "buffer_subbuf_size_kb", "64"), 2);
	for (unsigned int i = 0; i < 3000; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(tree_count(tree, "trace", " n="), 3000);
	assert_int_equal(tree_count(tree, "trace_pipe", " n="), 3000);
	assert_int_equal(tree_count(tree, "trace", " n="), 0);
}

static void test_splice_of_text_fills_pages(void **state)
{
	const struct eventfs_request for_cache = {.for_cache = true};
	struct tree *tree = *state;
	char page[4097] = "", again[4096];
	struct eventfs_file *file;
	unsigned int lines = 0;
	const char *line;

	assert_int_equal(tree_handle(tree, "trace_pipe", O_RDONLY, &file), 0);
	assert_int_equal(eventfs_read(file, &for_cache, page, 4096, 0), -EAGAIN);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(eventfs_read(file, &for_cache, page, 100, 0), -EINVAL);
	assert_int_equal(eventfs_read(file, &for_cache, page, 4096, 0), 4096);
	/* One line, as long as the page. */
	assert_ptr_equal(strchr(page, '\n'), page + 4095);
	assert_non_null(strstr(page, "n=1 "));
	assert_int_equal(eventfs_read(file, &for_cache, again, 4096, 0), 4096);
	assert_memory_equal(page, again, 4096);
	assert_int_equal(eventfs_read(file, &for_cache, page, 4096, 4096), -EAGAIN);
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	for (off_t off = 4096; eventfs_read(file, &for_cache, page, 4096, off) == 4096; off += 4096)
		for (line = strchr(page, '\n'); line; line = strchr(line + 1, '\n'))
			lines++;
	assert_int_equal(lines, 200);
	eventfs_release(file);
}

static bool is_ready(struct eventfs_file *file)
{
	return eventfs_poll(file) & POLLIN;
}

static void test_poll_of_raw_pages_waits_for_buffer_percent(void **state)
{
	static const struct {
		const char *percent;
		unsigned int pages; /* left ones that it takes, of 9 */
	} cases[] = {{"50", 4}, {"1", 1}, {"100", 8}};
	struct tree *tree = *state;
	struct eventfs_file *file;

	assert_int_equal(tree_write(tree, "buffer_size_kb", "32"), 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t full = 0, nr_pages = 0;

		assert_true(tree_write(tree, "buffer_percent", cases[i].percent) > 0);
		assert_int_equal(tree_write(tree, "trace", ""), 0);
		assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &file),
				 0);
		for (uint32_t n = 0; !is_ready(file); n++) {
			assert_true(n < 10000);
			assert_int_equal(tree_emit(tree, 64, n, 0), 1);
		}
		assert_true(utfs_ring_fill(&tree->trace->arena, 0, 0, &full, &nr_pages));
		assert_int_equal(nr_pages, 9);
		assert_int_equal(full, cases[i].pages);
		eventfs_release(file);
	}
}

static void test_poll_of_raw_pages_calls_nothing_ready_that_splice_does_not_give(void **state)
{
	struct tree *tree = *state;
	struct eventfs_file *file;
	struct utfs_page page;

	assert_int_equal(tree_write(tree, "buffer_percent", "1"), 1);
	assert_int_equal(tree_write(tree, "buffer_size_kb", "32"), 2);
	/* The page is full to the last event, then emptied: what the next event leaves holds nothing. */
	for (uint32_t n = 0; n < 4080 / 16; n++)
		assert_int_equal(tree_emit(tree, 64, n, 0), 1);
	assert_int_equal(tree_write(tree, "trace", ""), 0);
	assert_int_equal(tree_emit(tree, 64, 0, 0), 1);
	assert_int_equal(tree_handle(tree, "per_cpu/cpu0/trace_pipe_raw", O_RDONLY, &file), 0);
	assert_int_equal(splice_page(file, &page, 0), -EAGAIN);
	assert_false(is_ready(file));
	eventfs_release(file);
}

static void test_trace_marker(void **state)
{
	struct tree *tree = *state;
	char *large = malloc(70000), text[64];

	memset(large, 'a', 70000);
	assert_int_equal(tree_write(tree, "trace_marker", ""), 0);
	assert_int_equal(tree_write(tree, "trace_marker", "hello"), 5);
	assert_int_equal(tree_write(tree, "trace_marker", "with newline\n"), 13);
	assert_int_equal(tree_count(tree, "trace", ": tracing_mark_write: hello\n"), 1);
	assert_int_equal(tree_count(tree, "trace", ": tracing_mark_write: with newline\n"), 1);
	assert_int_equal(tree_count(tree, "trace", "\n\n"), 0);
	assert_int_equal(tree_write_bytes(tree, "trace_marker", large, 4000, 0), 4000);
	assert_int_equal(tree_write_bytes(tree, "trace_marker", large, 4096, 0), 4054);
	assert_int_equal(tree_write_bytes(tree, "trace_marker", large, 70000, 0), 4054);
	assert_int_equal(tree_write_bytes(tree, "trace_marker", "a\0b", 3, 0), 3);
	/* The line is the writer's: its thread, its name. */
	sprintf(text, "-%-7d [", (int)syscall(SYS_gettid));
	assert_int_equal(tree_count(tree, "trace", text), 6);
	assert_int_equal(tree_write(tree, "tracing_on", "0"), 1);
	assert_int_equal(tree_write(tree, "trace_marker", "hello"), -EBADF);
	free(large);
}

static void test_saved_cmdlines(void **state)
{
	struct tree *tree = *state;
	char line[64];

	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	sprintf(line, "%d tester\n", (int)syscall(SYS_gettid));
	assert_text(tree, "saved_cmdlines", line);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_trace_has_the_kernels_head_and_lines),
		T(test_trace_does_not_consume_and_is_cleared_by_truncation),
		T(test_cpus_are_merged_in_the_order_of_time),
		T(test_small_and_repeated_reads_of_trace_agree_with_a_large_one),
		T(test_reading_a_long_trace_takes_little_memory),
		T(test_overwritten_events_are_counted),
		T(test_without_overwrite_the_first_stay_and_the_rest_is_dropped),
		T(test_trace_pipe_gives_each_event_once),
		T(test_what_trace_pipe_did_not_give_stays),
		T(test_trace_pipe_has_one_reader),
		T(test_trace_pipe_ends_when_tracing_is_off),
		T(test_the_first_event_wakes_a_reader),
		T(test_the_first_event_wakes_a_reader_that_waits_for_no_more),
		T(test_the_first_event_of_an_instance_wakes_a_reader_that_came_before_its_buffers),
		T(test_trace_pipe_raw_gives_kernel_pages),
		T(test_trace_pipe_raw_gives_many_pages),
		T(test_trace_pipe_raw_tells_of_lost_events),
		T(test_splice_takes_pages_that_the_writer_has_left),
		T(test_larger_subbuffers_are_given_whole),
		T(test_splice_of_text_fills_pages),
		T(test_poll_of_raw_pages_waits_for_buffer_percent),
		T(test_poll_of_raw_pages_calls_nothing_ready_that_splice_does_not_give),
		T(test_trace_marker),
		T(test_saved_cmdlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
