/* SPDX-License-Identifier: MIT */
/* Readers: positions, losses, statistics, pages that do not hold together, and reading beside a writer. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "fixture.h"

#define OVERWRITE   (UTFS_CONFIG_ON | UTFS_CONFIG_OVERWRITE)
#define COUNTER	    ((uint64_t)UTFS_CLOCK_COUNTER << UTFS_CONFIG_CLOCK_SHIFT)
#define PER_PAGE    204 /* events with a record of 16 bytes */
#define RUN_SECONDS 1

static void start(struct fixture *f, uint64_t config, uint64_t nr_pages)
{
	enum utfs_mode mode = utfs_rseq_usable() ? UTFS_MODE_RSEQ : UTFS_MODE_LOCKED;

	assert_int_equal(fixture_init(f, mode, config, nr_pages), 0);
}

static void write_n(const struct fixture *f, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		assert_true(fixture_write(f, i, 16));
}

static int look(const struct fixture *f, struct utfs_cursor *cursor, struct utfs_page_copy *copy)
{
	return utfs_reader_copy(&f->arena, 0, 0, cursor, copy);
}

static struct utfs_cursor position(const struct fixture *f)
{
	struct utfs_cursor cursor;

	utfs_reader_cursor(&f->arena, 0, 0, 0, &cursor);
	return cursor;
}

static uint32_t value(const struct utfs_event_iter *iter)
{
	uint32_t word;

	memcpy(&word, iter->record, sizeof(word));
	return word;
}

/* Consumes up to `max` events, one by one. Return: how many; the first value in *first. */
static uint64_t consume(const struct fixture *f, uint64_t max, uint32_t *first, uint64_t *lost)
{
	struct utfs_cursor cursor = position(f);
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_event_iter iter;
	uint64_t n = 0;

	*first = 0;
	*lost = 0;
	while (n < max && look(f, &cursor, &copy) == 1) {
		utfs_event_iter_init(&iter, &copy);
		assert_true(utfs_event_iter_next(&iter));
		if (!n)
			*first = value(&iter);
		utfs_cursor_advance(&cursor, &copy, iter.next, 1);
		utfs_reader_consume(&f->arena, 0, 0, &cursor, 1, copy.lost);
		*lost += copy.lost;
		n++;
	}
	return n;
}

static struct utfs_ring_stats stats(const struct fixture *f)
{
	struct utfs_ring_stats s;

	assert_int_equal(utfs_ring_stats(&f->arena, 0, 0, 0, &s), 0);
	assert_int_equal(s.entries + s.overrun + s.read, s.written);
	return s;
}

static void an_empty_buffer_has_nothing(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_cursor cursor;
	struct fixture f;

	start(&f, OVERWRITE, 4);
	cursor = position(&f);
	assert_int_equal(look(&f, &cursor, &copy), 0);
	assert_false(utfs_ring_has_data(&f.arena, 0, 0, 0));
	assert_int_equal(stats(&f).entries, 0);
	assert_int_equal(stats(&f).oldest_ns, 0);
	fixture_cb(&f)->tail = 0;
	assert_int_equal(look(&f, &cursor, &copy), -ENODEV);
	assert_false(utfs_ring_has_data(&f.arena, 0, 0, 0));
	fixture_fini(&f);
}

static void events_are_consumed_once(void **state)
{
	struct fixture f;
	uint32_t first;
	uint64_t lost;

	start(&f, OVERWRITE, 8);
	write_n(&f, 0, 500);
	assert_int_equal(consume(&f, 100, &first, &lost), 100);
	assert_int_equal(first, 0);
	assert_int_equal(stats(&f).entries, 400);
	assert_int_equal(stats(&f).read, 100);
	assert_int_equal(consume(&f, 1000, &first, &lost), 400);
	assert_int_equal(first, 100);
	assert_int_equal(consume(&f, 1, &first, &lost), 0);
	assert_false(utfs_ring_has_data(&f.arena, 0, 0, 0));
	/* On, from the middle of the page where it stopped. */
	write_n(&f, 500, 1);
	assert_true(utfs_ring_has_data(&f.arena, 0, 0, 0));
	assert_int_equal(consume(&f, 10, &first, &lost), 1);
	assert_int_equal(first, 500);
	assert_int_equal(lost, 0);
	fixture_fini(&f);
}

static void an_iterating_reader_leaves_the_position(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	uint32_t next = 0, first;
	struct fixture f;
	uint64_t lost, time_stamp = 0;

	start(&f, OVERWRITE | COUNTER, 8);
	write_n(&f, 0, 1000);
	cursor = position(&f);
	while (look(&f, &cursor, &copy) == 1) {
		/* Copied again, it is the same. */
		assert_int_equal(look(&f, &cursor, &copy), 1);
		assert_int_equal(copy.entry, next);
		utfs_event_iter_init(&iter, &copy);
		while (utfs_event_iter_next(&iter)) {
			assert_int_equal(value(&iter), next++);
			assert_true(iter.time_stamp > time_stamp);
			time_stamp = iter.time_stamp;
		}
		utfs_cursor_advance(&cursor, &copy, iter.next, copy.nr_entries);
	}
	assert_int_equal(next, 1000);
	assert_int_equal(consume(&f, 2000, &first, &lost), 1000);
	assert_int_equal(first, 0);
	fixture_fini(&f);
}

static void an_overtaken_reader_counts_what_it_lost(void **state)
{
	struct fixture f;
	uint32_t first;
	uint64_t lost, n;

	start(&f, OVERWRITE, 4);
	write_n(&f, 0, 300);
	assert_int_equal(consume(&f, 250, &first, &lost), 250);
	write_n(&f, 300, 5000);
	assert_int_equal(stats(&f).read, 250);
	assert_int_equal(stats(&f).overrun, 5300 - 250 - stats(&f).entries);
	n = consume(&f, 1, &first, &lost);
	assert_int_equal(n, 1);
	assert_int_equal(first, 250 + lost);
	n += consume(&f, 10000, &first, &lost);
	assert_int_equal(lost, 0);
	assert_int_equal(250 + n + stats(&f).overrun, 5300);
	assert_int_equal(stats(&f).entries, 0);
	fixture_fini(&f);
}

static void reset_forgets_events_and_counts(void **state)
{
	struct fixture f;
	uint32_t first;
	uint64_t lost;

	start(&f, UTFS_CONFIG_ON, 4);
	for (uint32_t i = 0; i < 2000; i++)
		(void)fixture_write(&f, i, 16);
	assert_int_equal(stats(&f).dropped, 2000 - 4 * PER_PAGE);
	utfs_reader_reset(&f.arena, 0, 0, 0);
	assert_int_equal(stats(&f).written, 0);
	assert_int_equal(stats(&f).dropped, 0);
	assert_int_equal(stats(&f).bytes, 0);
	assert_false(utfs_ring_has_data(&f.arena, 0, 0, 0));
	/* And makes room. */
	write_n(&f, 5000, 2 * PER_PAGE);
	assert_int_equal(consume(&f, 10000, &first, &lost), 2 * PER_PAGE);
	assert_int_equal(first, 5000);
	assert_int_equal(lost, 0);
	fixture_fini(&f);
}

static void stats_know_bytes_and_times(void **state)
{
	struct fixture f;
	uint32_t first;
	uint64_t lost;

	start(&f, OVERWRITE | COUNTER, 4);
	f.arena.header->counter = 1000;
	write_n(&f, 0, 10);
	assert_int_equal(stats(&f).bytes, 10 * 20);
	assert_int_equal(stats(&f).oldest_ns, 1001);
	assert_int_equal(stats(&f).nr_pages, 4);
	assert_int_equal(consume(&f, 3, &first, &lost), 3);
	assert_int_equal(stats(&f).bytes, 7 * 20);
	assert_int_equal(stats(&f).oldest_ns, 1004);
	assert_true(stats(&f).now_ns > 1010);
	fixture_fini(&f);
}

/* A reader that died between the spare copy and the flip: the position is the old one. */
static void a_half_written_position_does_not_count(void **state)
{
	struct utfs_cpu_buffer *cb;
	struct fixture f;
	uint32_t first;
	uint64_t lost;

	start(&f, OVERWRITE, 4);
	write_n(&f, 0, 20);
	assert_int_equal(consume(&f, 5, &first, &lost), 5);
	cb = fixture_cb(&f);
	memset(&cb->sides[0].position[~cb->sides[0].reader_which & 1], 0x5a,
	       sizeof(cb->sides[0].position[0]));
	assert_int_equal(consume(&f, 1, &first, &lost), 1);
	assert_int_equal(first, 5);
	fixture_fini(&f);
}

#define POSITIONS 200000

static void *positions_write(void *arg)
{
	struct fixture *f = arg;

	for (uint64_t n = 1; n <= POSITIONS; n++) {
		const struct utfs_cursor cursor = {.sequence = n, .offset = n, .entry = n};

		utfs_reader_consume(&f->arena, 0, 0, &cursor, 1, 0);
	}
	return NULL;
}

/* Who looks without the mutex sees one of the positions, however often they change meanwhile. */
static void a_position_is_seen_whole(void **state)
{
	struct utfs_reader_position position = {0}, first;
	struct fixture f;
	pthread_t thread;

	start(&f, OVERWRITE, 4);
	utfs_position_get(fixture_side(&f), &first);
	assert_int_equal(pthread_create(&thread, NULL, positions_write, &f), 0);
	while (position.sequence < POSITIONS) {
		utfs_position_get(fixture_side(&f), &position);
		if (position.read != first.read &&
		    (position.sequence != position.read || position.offset != position.read ||
		     position.entry != position.read))
			fail_msg("%llu %llu %llu %llu", (unsigned long long)position.sequence,
				 (unsigned long long)position.offset,
				 (unsigned long long)position.entry,
				 (unsigned long long)position.read);
	}
	pthread_join(thread, NULL);
	fixture_fini(&f);
}

static void a_damaged_page_is_skipped_and_counted(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_geometry geometry;
	struct utfs_cursor cursor;
	struct fixture f;

	start(&f, OVERWRITE, 8);
	write_n(&f, 0, 3 * PER_PAGE);
	assert_true(utfs_geometry_get(&f.arena, fixture_side(&f), &geometry));
	/* Page 1: an entry of no known type in the middle. */
	geometry.pages[1].data[100] = 29;
	cursor = position(&f);
	assert_int_equal(look(&f, &cursor, &copy), 1);
	utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
	assert_int_equal(look(&f, &cursor, &copy), -EBADMSG);
	assert_int_equal(look(&f, &cursor, &copy), 1);
	assert_int_equal(copy.sequence, 3);
	assert_int_equal(copy.lost, PER_PAGE);
	fixture_fini(&f);
}

/* Anything anywhere: no crash, no endless loop. (The sanitizers watch the borders.) */
static void random_damage_is_survived(void **state)
{
	static struct utfs_page_copy copy;
	struct utfs_page page;
	uint64_t seed = 88172645463325252U;
	struct fixture f;

	start(&f, OVERWRITE, 4);
	for (int round = 0; round < 3000; round++) {
		struct utfs_geometry geometry;
		struct utfs_cursor cursor;
		struct utfs_event_iter iter;
		struct utfs_ring_stats s;
		uint64_t *word;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		for (uint32_t i = 0; i < 20; i++)
			(void)fixture_write(&f, i, 16 + seed % 40 * 4);
		if (!utfs_geometry_get(&f.arena, fixture_side(&f), &geometry))
			fail();
		word = (uint64_t *)&geometry.pages[seed % 4] + (seed >> 8) % 512;
		if (seed >> 32 & 1)
			word = (uint64_t *)&geometry.meta[seed % 4] + (seed >> 8) % 2;
		if (!(seed >> 33 & 15))
			word = (uint64_t *)&fixture_side(&f)->position[0] + (seed >> 8) % 16;
		*word = seed >> 34 & 1 ? seed * 0x9e3779b97f4a7c15U : seed % 5000;
		cursor = position(&f);
		for (int i = 0; i < 20; i++) {
			if (look(&f, &cursor, &copy) != 1)
				continue;
			utfs_event_iter_init(&iter, &copy);
			while (utfs_event_iter_next(&iter))
				;
			utfs_page_export(&copy, &page);
			utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
		}
		(void)utfs_ring_stats(&f.arena, 0, 0, 0, &s);
		if (seed >> 40 & 1)
			utfs_reader_reset(&f.arena, 0, 0, 0);
	}
	fixture_fini(&f);
}

static void damaged_geometry_is_an_error(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_ring_stats s;
	struct utfs_cursor cursor;
	struct fixture f;

	start(&f, OVERWRITE, 4);
	write_n(&f, 0, 10);
	cursor = position(&f);
	fixture_side(&f)->nr_pages = UINT64_MAX / 2;
	assert_int_equal(look(&f, &cursor, &copy), -ENODEV);
	assert_int_equal(utfs_ring_stats(&f.arena, 0, 0, 0, &s), -EBADMSG);
	fixture_side(&f)->nr_pages = 4;
	fixture_side(&f)->first_page = 1;
	assert_int_equal(look(&f, &cursor, &copy), -ENODEV);
	fixture_fini(&f);
}

static void part_of_a_page_is_exported_with_its_time(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	struct utfs_page page;
	struct fixture f;
	uint32_t head;

	start(&f, OVERWRITE | COUNTER, 4);
	f.arena.header->counter = 1000;
	write_n(&f, 0, 5);
	cursor = position(&f);
	assert_int_equal(look(&f, &cursor, &copy), 1);
	utfs_event_iter_init(&iter, &copy);
	assert_true(utfs_event_iter_next(&iter) && utfs_event_iter_next(&iter));
	utfs_cursor_advance(&cursor, &copy, iter.next, 2);
	assert_int_equal(look(&f, &cursor, &copy), 1);
	assert_int_equal(copy.nr_entries, 3);
	assert_int_equal(copy.entry, 2);
	utfs_page_export(&copy, &page);
	assert_int_equal(page.commit, 3 * 20);
	assert_int_equal(page.time_stamp, iter.time_stamp);
	memcpy(&head, page.data, 4);
	assert_int_equal(head, 1 << 5 | 4);
	/* What was read before does not travel along behind the end. */
	for (size_t i = 60; i < sizeof(page.data); i++)
		assert_int_equal(page.data[i], 0);
	fixture_fini(&f);
}

static void losses_are_marked_on_the_page(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_page page;
	struct fixture f;
	uint64_t lost;

	start(&f, OVERWRITE, 4);
	memset(&copy, 0, sizeof(copy));
	copy.lost = 77;
	copy.page.commit = 20;
	copy.page.data[0] = 4;
	copy.data = copy.page.data;
	utfs_page_export(&copy, &page);
	assert_int_equal(page.commit, UINT64_C(3) << 30 | 20);
	memcpy(&lost, page.data + 20, sizeof(lost));
	assert_int_equal(lost, 77);
	/* No room for the number. */
	copy.page.commit = UTFS_PAGE_DATA_BYTES - 4;
	utfs_page_export(&copy, &page);
	assert_int_equal(page.commit, UINT64_C(1) << 31 | (UTFS_PAGE_DATA_BYTES - 4));
	fixture_fini(&f);
}

/* A child writes as fast as it can; the parent iterates and consumes: every gap is one that was counted. */
static void reading_beside_a_writer(void **state)
{
	static struct utfs_page_copy copy;
	uint64_t n = 0, lost = 0, pages = 0;
	struct utfs_cursor cursor;
	struct utfs_event_iter iter;
	struct fixture f;
	uint32_t next = 0;
	time_t end;
	pid_t pid;
	int ret;

	start(&f, OVERWRITE, 8);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (utfs_writer_init(&f.writer, &f.arena, getpid()))
			_exit(1);
		for (uint32_t i = 0;; i++)
			(void)fixture_write(&f, i, 16);
	}
	cursor = position(&f);
	for (end = time(NULL) + RUN_SECONDS + 1; time(NULL) < end && pages < 200000;) {
		ret = look(&f, &cursor, &copy);
		if (ret != 1) {
			assert_int_equal(ret, 0);
			continue;
		}
		lost += copy.lost;
		next += (uint32_t)copy.lost;
		utfs_event_iter_init(&iter, &copy);
		while (utfs_event_iter_next(&iter)) {
			assert_int_equal(value(&iter), next++);
			n++;
		}
		utfs_cursor_advance(&cursor, &copy, iter.next, copy.nr_entries);
		pages++;
		/* Sometimes slow enough to be overtaken. */
		if (pages % 64 == 0)
			usleep(300);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	utfs_reader_consume(&f.arena, 0, 0, &cursor, n, lost);
	assert_true(n > 0);
	stats(&f);
	fixture_fini(&f);
}

static void a_sleeping_reader_is_woken(void **state)
{
	struct fixture f;
	uint32_t armed;
	pid_t pid;

	start(&f, OVERWRITE, 4);
	utfs_ring_register_membarrier();
	armed = utfs_ring_arm(&f.arena, 0, UTFS_PIN_ALL_CPUS);
	assert_false(utfs_ring_has_data(&f.arena, 0, 0, 0));
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 1), -ETIMEDOUT);
	pid = fork();
	if (!pid) {
		utfs_ring_register_membarrier();
		usleep(20000);
		_exit(utfs_writer_init(&f.writer, &f.arena, getpid()) || !fixture_write(&f, 1, 16));
	}
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 60000), 0);
	assert_true(utfs_ring_has_data(&f.arena, 0, 0, 0));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* What was written before the sleep is not slept through. */
	armed = utfs_ring_arm(&f.arena, 0, 0);
	write_n(&f, 2, 1);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 60000), 0);
	fixture_fini(&f);
}

static void a_reader_of_pages_sleeps_until_one_is_left(void **state)
{
	uint64_t full, pages;
	struct fixture f;
	uint32_t armed;

	start(&f, OVERWRITE, 4);
	utfs_ring_register_membarrier();
	assert_true(utfs_ring_fill(&f.arena, 0, 0, &full, &pages));
	assert_int_equal(full, 0);
	assert_int_equal(pages, 4);
	armed = utfs_ring_arm_pages(&f.arena, 0, 0, 1);
	write_n(&f, 1, 1);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 1), -ETIMEDOUT);
	assert_int_equal(fixture_cb(&f)->waiters, UTFS_WAITERS_PAGE);
	while (utfs_ring_fill(&f.arena, 0, 0, &full, &pages) && !full)
		write_n(&f, 1, 1);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 60000), 0);
	assert_int_equal(fixture_cb(&f)->waiters, UTFS_WAITERS_NONE);
	/* What was overwritten is not there to be read. */
	write_n(&f, 1, 10000);
	assert_true(utfs_ring_fill(&f.arena, 0, 0, &full, &pages));
	assert_int_equal(full, 3);
	/* Who waits for any event is not kept waiting for a page. */
	armed = utfs_ring_arm(&f.arena, 0, 0);
	assert_int_equal(utfs_ring_arm_pages(&f.arena, 0, 0, 1), armed);
	write_n(&f, 1, 1);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 60000), 0);
	fixture_fini(&f);
}

static void write_until_full(struct fixture *f, uint64_t wanted)
{
	uint64_t full = 0, pages;

	while (full < wanted) {
		write_n(f, 1, 1);
		assert_true(utfs_ring_fill(&f->arena, 0, 0, &full, &pages));
	}
}

static void a_reader_of_many_pages_sleeps_until_they_are_left(void **state)
{
	struct fixture f;
	uint32_t armed;

	start(&f, OVERWRITE, 8);
	utfs_ring_register_membarrier();
	armed = utfs_ring_arm_pages(&f.arena, 0, 0, 3);
	write_until_full(&f, 2);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 1), -ETIMEDOUT);
	write_until_full(&f, 3);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 60000), 0);
	assert_int_equal(fixture_cb(&f)->waiters, UTFS_WAITERS_NONE);
	/* Of two who wait, who wants less is woken in time; who comes later and wants more changes nothing. */
	(void)utfs_ring_arm_pages(&f.arena, 0, 0, 6);
	armed = utfs_ring_arm_pages(&f.arena, 0, 0, 4);
	(void)utfs_ring_arm_pages(&f.arena, 0, 0, 5);
	write_until_full(&f, 4);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 60000), 0);
	/* As much as there can be of them, the writer having come round. */
	write_until_full(&f, 7);
	write_n(&f, 1, 10000);
	armed = utfs_ring_arm_pages(&f.arena, 0, 0, 7);
	write_n(&f, 1, 1000);
	assert_int_equal(utfs_ring_wait(&f.arena, armed, 60000), 0);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_has_nothing),
		cmocka_unit_test(events_are_consumed_once),
		cmocka_unit_test(an_iterating_reader_leaves_the_position),
		cmocka_unit_test(an_overtaken_reader_counts_what_it_lost),
		cmocka_unit_test(reset_forgets_events_and_counts),
		cmocka_unit_test(stats_know_bytes_and_times),
		cmocka_unit_test(a_half_written_position_does_not_count),
		cmocka_unit_test(a_position_is_seen_whole),
		cmocka_unit_test(a_damaged_page_is_skipped_and_counted),
		cmocka_unit_test(random_damage_is_survived),
		cmocka_unit_test(damaged_geometry_is_an_error),
		cmocka_unit_test(part_of_a_page_is_exported_with_its_time),
		cmocka_unit_test(losses_are_marked_on_the_page),
		cmocka_unit_test(reading_beside_a_writer),
		cmocka_unit_test(a_sleeping_reader_is_woken),
		cmocka_unit_test(a_reader_of_pages_sleeps_until_one_is_left),
		cmocka_unit_test(a_reader_of_many_pages_sleeps_until_they_are_left),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
