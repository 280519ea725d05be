/* SPDX-License-Identifier: MIT */
/* Writers: the format of what they write (read back by libtraceevent, not by us), and what they count. */
#include <linux/rseq.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>
#include <traceevent/kbuffer.h>

#include "fixture.h"

#define OVERWRITE (UTFS_CONFIG_ON | UTFS_CONFIG_OVERWRITE)
#define COUNTER	  ((uint64_t)UTFS_CLOCK_COUNTER << UTFS_CONFIG_CLOCK_SHIFT)

/*
 * Every test runs in both modes. Where the kernel (or an emulator) has no rseq, the sequences run all the same, on an area that
 * nobody but the test knows: as long as nothing interrupts them they need no kernel.
 */
static enum utfs_mode mode;
static bool alone; /* such an area: nothing may interrupt */

static void start(struct fixture *f, uint64_t config, uint64_t nr_pages)
{
	static struct rseq own_area;

	alone = mode == UTFS_MODE_RSEQ && !utfs_rseq_usable();
	assert_int_equal(fixture_init(f, alone ? UTFS_MODE_LOCKED : mode, config, nr_pages), 0);
	if (alone) {
		f->arena.mode = UTFS_MODE_RSEQ;
		f->writer.rseq = &own_area;
	}
}

/* The next page for the consuming reader, in the kernel's form. Return: events on it, 0 nothing. */
static uint64_t take_page(const struct fixture *f, struct utfs_page *page)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_cursor cursor;

	utfs_reader_cursor(&f->arena, 0, 0, 0, &cursor);
	if (utfs_reader_copy(&f->arena, 0, 0, &cursor, &copy) != 1)
		return 0;
	utfs_page_export(&copy, page);
	utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
	utfs_reader_consume(&f->arena, 0, 0, &cursor, copy.nr_entries, copy.lost);
	return copy.nr_entries;
}

/* One event as libtraceevent sees it. */
struct seen {
	uint32_t value; /* first and last word of the record */
	unsigned int bytes;
	unsigned long long time_stamp;
};

/* Reads everything there is into an array. Return: number of events; *missed: lost ones as marked on the pages. */
static size_t take_all(const struct fixture *f, struct seen *seen, size_t max, uint64_t *missed)
{
	struct kbuffer *kbuf = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_LITTLE);
	static struct utfs_page page;
	unsigned long long time_stamp;
	size_t n = 0;
	uint64_t entries;

	assert_non_null(kbuf);
	*missed = 0;
	while ((entries = take_page(f, &page)) != 0) {
		uint64_t on_page = 0;
		const uint32_t *record;

		assert_int_equal(kbuffer_load_subbuffer(kbuf, &page), 0);
		if (kbuffer_missed_events(kbuf) > 0)
			*missed += (uint64_t)kbuffer_missed_events(kbuf);
		for (record = kbuffer_read_event(kbuf, &time_stamp); record;
		     record = kbuffer_next_event(kbuf, &time_stamp)) {
			unsigned int bytes = (unsigned int)kbuffer_event_size(kbuf);

			assert_true(n < max);
			assert_int_equal(record[bytes / 4 - 1], record[0]);
			seen[n++] = (struct seen){record[0], bytes, time_stamp};
			on_page++;
		}
		assert_int_equal(on_page, entries);
	}
	kbuffer_free(kbuf);
	return n;
}

static struct seen seen[200000];

static void events_come_back_in_order(void **state)
{
	struct fixture f;
	uint64_t missed;

	start(&f, OVERWRITE, 8);
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(fixture_write(&f, i, 16));
	assert_int_equal(take_all(&f, seen, 2000, &missed), 1000);
	assert_int_equal(missed, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(seen[i].value, i);
		assert_int_equal(seen[i].bytes, 16);
		assert_true(!i || seen[i].time_stamp >= seen[i - 1].time_stamp);
	}
	assert_int_equal(fixture_side(&f)->dropped, 0);
	fixture_fini(&f);
}

static void time_stamps_are_the_clock(void **state)
{
	struct fixture f;
	uint64_t before, after, missed;

	start(&f, OVERWRITE | (uint64_t)UTFS_CLOCK_MONO << UTFS_CONFIG_CLOCK_SHIFT, 4);
	before = utfs_clock_read(&f.arena, UTFS_CLOCK_MONO);
	assert_true(fixture_write(&f, 1, 8));
	after = utfs_clock_read(&f.arena, UTFS_CLOCK_MONO);
	assert_int_equal(take_all(&f, seen, 2, &missed), 1);
	assert_true(seen[0].time_stamp >= before && seen[0].time_stamp <= after);
	fixture_fini(&f);
}

static void every_size_up_to_the_largest(void **state)
{
	struct fixture f;
	uint64_t missed;
	size_t n = 0, total;

	start(&f, OVERWRITE, 4096);
	for (size_t bytes = 4; bytes <= UTFS_RECORD_MAX; bytes += bytes < 160 ? 4 : 52, n++)
		assert_true(fixture_write(&f, (uint32_t)bytes, bytes));
	assert_true(fixture_write(&f, UTFS_RECORD_MAX, UTFS_RECORD_MAX));
	assert_true(fixture_write(&f, UTFS_RECORD_MAX, UTFS_RECORD_MAX));
	total = take_all(&f, seen, 200000, &missed);
	assert_int_equal(total, n + 2);
	for (size_t i = 0; i < total; i++)
		assert_int_equal(seen[i].value, seen[i].bytes);
	fixture_fini(&f);
}

static void odd_sizes_are_padded_with_zeros(void **state)
{
	struct fixture f;
	struct utfs_page page;
	uint32_t record[3];

	start(&f, OVERWRITE, 4);
	assert_true(fixture_write(&f, 0xffffffff, 9));
	assert_int_equal(take_page(&f, &page), 1);
	memcpy(record, page.data + 4, sizeof(record));
	assert_int_equal(record[1], 0xffffffff);
	assert_int_equal(record[2], 0xff);
	fixture_fini(&f);
}

static void too_large_or_empty_is_counted(void **state)
{
	struct fixture f;
	uint64_t missed;

	start(&f, OVERWRITE, 4);
	assert_false(fixture_write(&f, 1, UTFS_RECORD_MAX + 1));
	assert_false(fixture_write(&f, 1, 0));
	assert_int_equal(fixture_side(&f)->dropped, 2);
	assert_int_equal(take_all(&f, seen, 10, &missed), 0);
	fixture_fini(&f);
}

static void long_silence_is_a_time_extend(void **state)
{
	struct fixture f;
	uint64_t missed, *counter;

	start(&f, OVERWRITE | COUNTER, 8);
	counter = &f.arena.header->counter;
	/* Deltas around what 27 bits hold, and one beyond what the commit word holds (37 bits). */
	static const uint64_t steps[] = {1,
					 (1 << 27) - 1,
					 1 << 27,
					 (1 << 27) + 1,
					 UINT64_C(1) << 36,
					 UINT64_C(1) << 37,
					 5,
					 UINT64_C(1) << 40,
					 7,
					 UINT64_C(1) << 58};
	uint64_t expected[10];

	for (size_t i = 0; i < 10; i++) {
		*counter += steps[i] - 1;
		assert_true(fixture_write(&f, (uint32_t)i, 8));
		expected[i] = *counter;
	}
	assert_int_equal(take_all(&f, seen, 20, &missed), 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(seen[i].time_stamp, expected[i]);
	/* All of it on one page: silence costs no page. */
	assert_int_equal(utfs_tail_sequence(fixture_cb(&f)->tail), 1);
	fixture_fini(&f);
}

static void saturated_delta_survives_page_switches(void **state)
{
	struct fixture f;
	uint64_t missed, last = 0;

	start(&f, OVERWRITE | COUNTER, 64);
	f.arena.header->counter += UINT64_C(1) << 38;
	for (uint32_t i = 0; i < 5000; i++) {
		if (i % 700 == 0)
			f.arena.header->counter += UINT64_C(1) << 38;
		assert_true(fixture_write(&f, i, 8));
	}
	assert_int_equal(take_all(&f, seen, 6000, &missed), 5000);
	for (uint32_t i = 0; i < 5000; i++) {
		assert_int_equal(seen[i].value, i);
		assert_true(seen[i].time_stamp > last);
		last = seen[i].time_stamp;
	}
	assert_int_equal(last, f.arena.header->counter);
	fixture_fini(&f);
}

static void largest_record_after_long_silence_fits(void **state)
{
	struct fixture f;
	uint64_t missed;

	start(&f, OVERWRITE | COUNTER, 8);
	/* The page is fresh, its time stamp is old: a time extend and the record do not fit together. */
	f.arena.header->counter += UINT64_C(1) << 30;
	assert_true(fixture_write(&f, 1, UTFS_RECORD_MAX));
	assert_true(fixture_write(&f, 2, UTFS_RECORD_MAX));
	assert_int_equal(take_all(&f, seen, 4, &missed), 2);
	assert_int_equal(seen[1].time_stamp, f.arena.header->counter);
	fixture_fini(&f);
}

static void small_step_back_is_held_large_begins_a_page(void **state)
{
	struct fixture f;
	uint64_t missed, *counter;

	start(&f, OVERWRITE | COUNTER, 8);
	counter = &f.arena.header->counter;
	*counter = UINT64_C(1) << 40;
	assert_true(fixture_write(&f, 1, 8));
	*counter -= 1000;
	assert_true(fixture_write(&f, 2, 8));
	assert_int_equal(utfs_tail_sequence(fixture_cb(&f)->tail), 1);
	*counter = 5;
	assert_true(fixture_write(&f, 3, 8));
	assert_int_equal(utfs_tail_sequence(fixture_cb(&f)->tail), 2);
	assert_int_equal(take_all(&f, seen, 4, &missed), 3);
	assert_int_equal(seen[1].time_stamp, seen[0].time_stamp);
	assert_int_equal(seen[2].time_stamp, *counter);
	fixture_fini(&f);
}

static void overwritten_events_are_counted_exactly(void **state)
{
	struct fixture f;
	uint64_t missed;
	size_t n;

	start(&f, OVERWRITE, 4);
	for (uint32_t i = 0; i < 10000; i++)
		assert_true(fixture_write(&f, i, 24));
	n = take_all(&f, seen, 10000, &missed);
	assert_int_equal(n + missed, 10000);
	assert_true(n >= 3 * 145);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(seen[i].value, missed + i);
	assert_int_equal(fixture_side(&f)->dropped, 0);
	fixture_fini(&f);
}

static void without_overwrite_the_rest_is_dropped_exactly(void **state)
{
	struct fixture f;
	uint64_t missed, written = 0;
	size_t n;

	start(&f, UTFS_CONFIG_ON, 4);
	for (uint32_t i = 0; i < 3000; i++)
		written += fixture_write(&f, i, 16);
	assert_int_equal(written, 4 * 204);
	assert_int_equal(fixture_side(&f)->dropped, 3000 - written);
	n = take_all(&f, seen, 10000, &missed);
	assert_int_equal(n, written);
	assert_int_equal(missed, 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(seen[i].value, i);
	/* What was read makes room: all of it but the page that the reader still stands on. */
	for (uint32_t i = 0; i < 3000; i++)
		written += fixture_write(&f, i, 16);
	assert_true(written >= 2 * 4 * 204 - 204);
	fixture_fini(&f);
}

static void off_unmasked_or_stopped_is_not_written(void **state)
{
	struct fixture f;
	struct {
		unsigned char headroom[UTFS_RECORD_HEADROOM];
		uint64_t record;
	} buffer = {.record = UINT64_C(0x100000001)};
	uint64_t mask = 2, missed;

	start(&f, OVERWRITE, 4);
	assert_false(utfs_ring_write(&f.writer, 0, &buffer, 8, &mask, 1));
	assert_true(utfs_ring_write(&f.writer, 0, &buffer, 8, &mask, 2));
	utfs_recorder_at(&f.arena, 0)->config = UTFS_CONFIG_OVERWRITE;
	assert_false(utfs_ring_write(&f.writer, 0, &buffer, 8, &mask, 2));
	assert_int_equal(fixture_side(&f)->dropped, 0);
	utfs_recorder_at(&f.arena, 0)->config = OVERWRITE;
	assert_int_equal(take_all(&f, seen, 4, &missed), 1);
	/* Stopped for a resize: that one is counted. */
	fixture_cb(&f)->tail = 0;
	assert_false(utfs_ring_write(&f.writer, 0, &buffer, 8, &mask, 2));
	assert_int_equal(fixture_side(&f)->dropped, 1);
	fixture_fini(&f);
}

static void writing_keeps_errno(void **state)
{
	struct fixture f;

	start(&f, UTFS_CONFIG_ON, 4);
	errno = 4711;
	for (uint32_t i = 0; i < 1000; i++) {
		fixture_cb(&f)->waiters = 1;
		(void)fixture_write(&f, i, 64);
	}
	assert_int_equal(errno, 4711);
	assert_int_equal(fixture_cb(&f)->waiters, 1);
	assert_true(f.arena.header->data_futex > 0);
	fixture_fini(&f);
}

static unsigned int switches;

static void count_switch(void)
{
	switches++;
}

static void page_switches_are_reported(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE, 4);
	f.writer.switched = count_switch;
	switches = 0;
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(fixture_write(&f, i, 16));
	assert_int_equal(switches, 1000 / 204);
	fixture_fini(&f);
}

#define MAX_HANDLED 20000 /* what `seen` has room for beside the other events */

/* A handler that writes, while the thread it interrupts writes: every event is there, in time order. */
static struct fixture *handler_fixture;
static volatile sig_atomic_t handled, handler_wrote, timer_runs;

static void handler(int signal)
{
	timer_runs = 0;
	handled++;
	handler_wrote += fixture_write(handler_fixture, 0x80000000U | (uint32_t)handled, 24);
}

static void handlers_may_write(void **state)
{
	/* Begun anew when it was handled: signals that come faster than a slow machine handles them would be all it does. */
	const struct itimerval once = {.it_value.tv_usec = 20};
	uint32_t next = 0, next_handled = 0;
	struct fixture f;
	uint64_t missed, dropped;
	size_t n;

	start(&f, OVERWRITE, 2000);
	if (alone)
		skip();
	handler_fixture = &f;
	handled = handler_wrote = timer_runs = 0;
	signal(SIGALRM, handler);
	for (uint32_t i = 0; i < 150000 || (handled < 100 && i < 180000); i++, next++) {
		if (!timer_runs && handled < MAX_HANDLED) {
			timer_runs = 1;
			setitimer(ITIMER_REAL, &once, NULL);
		}
		assert_true(fixture_write(&f, i, 16));
	}
	signal(SIGALRM, SIG_IGN);
	assert_true(handled > 0);
	dropped = fixture_side(&f)->dropped;
	n = take_all(&f, seen, 200000, &missed);
	assert_int_equal(missed, 0);
	assert_int_equal(n, next + (uint32_t)handler_wrote);
	/* In locked mode a handler that interrupts its own lock holder is dropped, and counted. */
	assert_int_equal(handler_wrote + dropped, handled);
	if (mode == UTFS_MODE_RSEQ)
		assert_int_equal(dropped, 0);
	next = 0;
	for (size_t i = 0; i < n; i++) {
		assert_true(!i || seen[i].time_stamp >= seen[i - 1].time_stamp);
		if (seen[i].value & 0x80000000U) {
			assert_true((seen[i].value & 0x7fffffff) > next_handled);
			next_handled = seen[i].value & 0x7fffffff;
		} else {
			assert_int_equal(seen[i].value, next++);
		}
	}
	fixture_fini(&f);
}

static void a_forked_child_writes_on(void **state)
{
	struct fixture f;
	uint64_t missed;
	int status;
	pid_t pid;

	start(&f, OVERWRITE, 16);
	if (alone)
		skip();
	assert_true(fixture_write(&f, 1, 8));
	pid = fork();
	if (!pid)
		_exit(utfs_writer_init(&f.writer, &f.arena, getpid()) || !fixture_write(&f, 2, 8));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(take_all(&f, seen, 4, &missed), 2);
	assert_int_equal(seen[1].value, 2);
	fixture_fini(&f);
}

/* Words that anybody may have put there: no crash, no write outside the heap, and the event is counted. */
static void damaged_words_drop_the_event(void **state)
{
	static const uint64_t bad[] = {1,
				       0xffffff,
				       0x7fffffff,
				       UINT64_MAX,
				       UINT64_C(1) << 63,
				       4096,
				       UINT64_C(0xfffffffffffff000)};
	struct fixture f;
	struct utfs_cpu_buffer *cb, saved;
	struct utfs_page *page;

	start(&f, OVERWRITE, 8);
	cb = fixture_cb(&f);
	for (uint32_t i = 0; i < 100; i++)
		(void)fixture_write(&f, i, 16);
	saved = *cb;
	page = utfs_heap_page(&f.arena, utfs_tail_page(cb->tail), 0);
	for (size_t word = 0; word < 5; word++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			uint64_t *words = (uint64_t *)cb;

			words[word] = bad[i];
			for (uint32_t n = 0; n < 1000; n++)
				(void)fixture_write(&f, n, 100);
			*cb = saved;
		}
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		page->commit = bad[i];
		for (uint32_t n = 0; n < 1000; n++)
			(void)fixture_write(&f, n, 100);
		*cb = saved;
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		page->commit = 0;
		cb->sides[0].meta_offset = bad[i];
		for (uint32_t n = 0; n < 1000; n++)
			(void)fixture_write(&f, n, 100);
		*cb = saved;
	}
	assert_int_equal(f.arena.header->magic, 0);
	fixture_fini(&f);
}

/* An rseq area that names a CPU the arena does not know. */
static void a_cpu_without_buffer_is_counted(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE, 4);
	f.arena.nr_cpus = 0;
	f.writer.nr_cpus = 0;
	assert_false(fixture_write(&f, 1, 8));
	assert_int_equal(f.arena.header->lost_nowhere, 1);
	fixture_fini(&f);
}

static void a_dead_owners_lock_is_stolen(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE, 4);
	/* Processes that never were. */
	fixture_cb(&f)->lock = (f.arena.header->last_proc_serial + 1) << 22 | 99;
	assert_true(fixture_write(&f, 1, 8));
	fixture_cb(&f)->lock = UINT64_MAX << 22 | 99;
	assert_true(fixture_write(&f, 2, 8));
	/* No process at all. */
	fixture_cb(&f)->lock = 99;
	assert_true(fixture_write(&f, 3, 8));
	assert_int_equal(fixture_cb(&f)->lock, 0);
	/* Another thread of ours, alive. */
	fixture_cb(&f)->lock = f.writer.owner + 1;
	assert_false(fixture_write(&f, 4, 8));
	assert_int_equal(fixture_side(&f)->dropped, 1);
	/* This very thread: the handler that interrupts the holder. */
	fixture_cb(&f)->lock = f.writer.owner;
	assert_false(fixture_write(&f, 5, 8));
	assert_int_equal(fixture_side(&f)->dropped, 2);
	fixture_fini(&f);
}

static void clocks_have_names_and_move(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE, 4);
	for (unsigned int clock = 0; clock < UTFS_NR_CLOCKS; clock++) {
		uint64_t before = utfs_clock_read(&f.arena, clock);

		assert_non_null(utfs_clock_name(clock));
		assert_true(utfs_clock_read(&f.arena, clock) >= before);
	}
	assert_null(utfs_clock_name(UTFS_NR_CLOCKS));
	assert_true(utfs_clock_in_ns(UTFS_CLOCK_LOCAL));
	assert_false(utfs_clock_in_ns(UTFS_CLOCK_COUNTER));
	assert_false(utfs_clock_in_ns(UTFS_CLOCK_UPTIME));
	assert_false(utfs_clock_in_ns(UTFS_CLOCK_CPU));
	fixture_fini(&f);
}

static void the_scaled_counter_is_the_monotonic_clock(void **state)
{
	struct fixture f;
	uint64_t mono, local;

	start(&f, OVERWRITE, 4);
	/* Twice the counter, begun at 1000. */
	f.arena.header->local = (struct utfs_clock_scale){
		.mult = UINT64_C(2) << 32, .shift = 32, .base_cycles = 500, .base_ns = 1000};
	local = utfs_clock_read(&f.arena, UTFS_CLOCK_LOCAL);
	assert_true(local / 2 <= utfs_clock_read(&f.arena, UTFS_CLOCK_CPU));
	/* No scale: the kernel's clock. */
	f.arena.header->local = (struct utfs_clock_scale){0};
	mono = utfs_clock_read(&f.arena, UTFS_CLOCK_MONO);
	local = utfs_clock_read(&f.arena, UTFS_CLOCK_LOCAL);
	assert_true(local >= mono && local <= utfs_clock_read(&f.arena, UTFS_CLOCK_MONO));
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_back_in_order),
		cmocka_unit_test(time_stamps_are_the_clock),
		cmocka_unit_test(every_size_up_to_the_largest),
		cmocka_unit_test(odd_sizes_are_padded_with_zeros),
		cmocka_unit_test(too_large_or_empty_is_counted),
		cmocka_unit_test(long_silence_is_a_time_extend),
		cmocka_unit_test(saturated_delta_survives_page_switches),
		cmocka_unit_test(largest_record_after_long_silence_fits),
		cmocka_unit_test(small_step_back_is_held_large_begins_a_page),
		cmocka_unit_test(overwritten_events_are_counted_exactly),
		cmocka_unit_test(without_overwrite_the_rest_is_dropped_exactly),
		cmocka_unit_test(off_unmasked_or_stopped_is_not_written),
		cmocka_unit_test(writing_keeps_errno),
		cmocka_unit_test(page_switches_are_reported),
		cmocka_unit_test(handlers_may_write),
		cmocka_unit_test(a_forked_child_writes_on),
		cmocka_unit_test(damaged_words_drop_the_event),
		cmocka_unit_test(a_cpu_without_buffer_is_counted),
		cmocka_unit_test(clocks_have_names_and_move),
		cmocka_unit_test(the_scaled_counter_is_the_monotonic_clock),
	};
	/* About lock words, which the other mode has not. */
	const struct CMUnitTest locked_tests[] = {
		cmocka_unit_test(a_dead_owners_lock_is_stolen),
	};
	int failed;

	mode = UTFS_MODE_RSEQ;
	failed = cmocka_run_group_tests_name("rseq", tests, NULL, NULL);
	mode = UTFS_MODE_LOCKED;
	failed += cmocka_run_group_tests_name("locked", tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("lock words", locked_tests, NULL, NULL);
}
