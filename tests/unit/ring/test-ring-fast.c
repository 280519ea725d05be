/* SPDX-License-Identifier: MIT */
/*
 * Which events take the straight line of write-fast.h, and that everything else finds nothing done there: then
 * utfs_ring_write() does it, counts it, or refuses it.
 */
#include <linux/rseq.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"
#include "ring/write-fast.h"

#define OVERWRITE (UTFS_CONFIG_ON | UTFS_CONFIG_OVERWRITE)

static uint64_t mask;
static uint32_t record[UTFS_PAGE_BYTES / 4];

/* Where nobody has rseq, on an area that only the test knows: as long as nothing interrupts it needs no kernel. */
static void start(struct fixture *f, uint64_t config)
{
	static struct rseq own_area;
	bool alone = !utfs_rseq_usable();

	assert_int_equal(fixture_init(f, alone ? UTFS_MODE_LOCKED : UTFS_MODE_RSEQ, config, 4), 0);
	if (alone) {
		f->arena.mode = UTFS_MODE_RSEQ;
		f->writer.rseq = &own_area;
	}
	mask = 1;
}

static struct utfs_page *first_page(const struct fixture *f)
{
	return utfs_heap_page(&f->arena, fixture_side(f)->first_page, 0);
}

/* A sequence may be interrupted, many in a row are not. */
static bool write_fast(const struct fixture *f, size_t bytes)
{
	struct utfs_cpu_buffer *cb;

	for (int i = 0; i < 10; i++) {
		if (utfs_ring_write_fast(&f->writer, 0, record, bytes, &mask, 1, &cb)) {
			assert_ptr_equal(cb, fixture_cb(f));
			return true;
		}
	}
	return false;
}

/* What is declined leaves the page, its meta and the CPU buffer as they are. */
static void assert_declined(const struct fixture *f, size_t bytes)
{
	struct utfs_cpu_buffer cb = *fixture_cb(f);
	struct utfs_page page = *first_page(f);

	assert_false(write_fast(f, bytes));
	assert_memory_equal(&page, first_page(f), sizeof(page));
	assert_memory_equal(&cb, fixture_cb(f), sizeof(cb));
}

static void common_events_are_written(void **state)
{
	static struct utfs_page_copy copy;
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	uint64_t before, last;
	struct fixture f;

	start(&f, OVERWRITE);
	before = utfs_clock_read(&f.arena, UTFS_CLOCK_LOCAL);
	for (uint32_t bytes = 4; bytes <= UTFS_SMALL_MAX_BYTES; bytes += 4) {
		for (uint32_t i = 0; i < bytes / 4; i++)
			record[i] = bytes << 16 | i;
		assert_true(write_fast(&f, bytes));
	}
	utfs_reader_cursor(&f.arena, 0, 0, 0, &cursor);
	assert_int_equal(utfs_reader_copy(&f.arena, 0, 0, &cursor, &copy), 1);
	utfs_event_iter_init(&iter, &copy);
	last = before;
	for (uint32_t bytes = 4; bytes <= UTFS_SMALL_MAX_BYTES; bytes += 4) {
		assert_true(utfs_event_iter_next(&iter));
		assert_int_equal(iter.bytes, bytes);
		for (uint32_t i = 0; i < bytes / 4; i++)
			assert_int_equal(((const uint32_t *)iter.record)[i], bytes << 16 | i);
		assert_true(iter.time_stamp >= last);
		last = iter.time_stamp;
	}
	assert_false(utfs_event_iter_next(&iter));
	assert_true(last <= utfs_clock_read(&f.arena, UTFS_CLOCK_LOCAL));
	fixture_fini(&f);
}

static void other_lengths_are_declined(void **state)
{
	static const size_t lengths[] = {0,
					 1,
					 2,
					 3,
					 5,
					 9,
					 18,
					 111,
					 113,
					 116,
					 UTFS_RECORD_MAX,
					 (size_t)1 << 32,
					 SIZE_MAX,
					 SIZE_MAX - 3,
					 ((size_t)1 << 34) + 16};
	struct fixture f;

	start(&f, OVERWRITE);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		assert_declined(&f, lengths[i]);
	assert_true(write_fast(&f, 16));
	fixture_fini(&f);
}

static void a_page_is_filled_to_its_last_byte(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE);
	for (uint32_t i = 0; i < UTFS_PAGE_DATA_BYTES / 20 - 1; i++)
		assert_true(write_fast(&f, 16));
	assert_declined(&f, 20);
	assert_true(write_fast(&f, 16));
	assert_int_equal(utfs_commit_bytes(first_page(&f)->commit, 0), UTFS_PAGE_DATA_BYTES);
	assert_declined(&f, 4);
	assert_true(fixture_write(&f, 1, 4));
	fixture_fini(&f);
}

static void a_clock_that_is_behind_or_far_ahead_is_declined(void **state)
{
	struct fixture f;
	uint64_t now;

	start(&f, OVERWRITE);
	now = utfs_clock_read(&f.arena, UTFS_CLOCK_LOCAL);
	first_page(&f)->time_stamp = now + (UINT64_C(1) << 40);
	assert_declined(&f, 16);
	first_page(&f)->time_stamp = now - (UINT64_C(1) << UTFS_DELTA_BITS);
	assert_declined(&f, 16);
	/* As long ago, but the last event on the page was not. */
	first_page(&f)->commit = utfs_commit_make(0, 0, (UINT64_C(1) << UTFS_DELTA_BITS) - 1, 0);
	assert_true(write_fast(&f, 16));
	fixture_fini(&f);
}

static void a_saturated_delta_is_declined(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE);
	first_page(&f)->time_stamp =
		utfs_clock_read(&f.arena, UTFS_CLOCK_LOCAL) - utfs_commit_delta_max(0);
	first_page(&f)->commit = utfs_commit_make(0, 0, utfs_commit_delta_max(0), 0);
	assert_declined(&f, 16);
	fixture_fini(&f);
}

static void a_recorder_that_is_off_or_has_another_clock_is_declined(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE);
	utfs_recorder_at(&f.arena, 0)->config = UTFS_CONFIG_OVERWRITE;
	assert_declined(&f, 16);
	for (uint64_t clock = 0; clock < UTFS_NR_CLOCKS; clock++) {
		utfs_recorder_at(&f.arena, 0)->config =
			OVERWRITE | clock << UTFS_CONFIG_CLOCK_SHIFT;
		if (clock != UTFS_CLOCK_LOCAL)
			assert_declined(&f, 16);
	}
	utfs_recorder_at(&f.arena, 0)->config = UTFS_CONFIG_ON;
	assert_true(write_fast(&f, 16));
	mask = 2;
	assert_declined(&f, 16);
	fixture_fini(&f);
}

static void a_tail_outside_the_heap_is_declined(void **state)
{
	struct utfs_cpu_buffer *cb;
	struct fixture f;
	uint64_t tail, first, last;

	start(&f, OVERWRITE);
	cb = fixture_cb(&f);
	tail = cb->tail;
	first = f.arena.region_offset[UTFS_REGION_HEAP] / UTFS_PAGE_BYTES;
	last = f.arena.size_bytes / UTFS_PAGE_BYTES - 1;
	for (uint64_t page = 0; page < first; page += first / 8) {
		cb->tail = utfs_tail_make(1, page);
		assert_declined(&f, 16);
	}
	cb->tail = utfs_tail_make(1, first - 1);
	assert_declined(&f, 16);
	cb->tail = utfs_tail_make(1, last + 1);
	assert_declined(&f, 16);
	cb->tail = utfs_tail_make(1, UTFS_TAIL_PAGE_MASK);
	assert_declined(&f, 16);
	cb->tail = 0;
	assert_declined(&f, 16);
	/* The last page is one like any other. */
	cb->tail = utfs_tail_make(1, last);
	utfs_heap_page(&f.arena, last, 0)->time_stamp = utfs_clock_read(&f.arena, UTFS_CLOCK_LOCAL);
	assert_true(write_fast(&f, 16));
	cb->tail = tail;
	assert_true(write_fast(&f, 16));
	fixture_fini(&f);
}

static void a_damaged_commit_word_is_declined(void **state)
{
	struct fixture f;

	start(&f, OVERWRITE);
	first_page(&f)->commit = UTFS_COMMIT_LENGTH_MASK;
	assert_declined(&f, 16);
	first_page(&f)->commit = UTFS_PAGE_DATA_BYTES / 4 + 1;
	assert_declined(&f, 16);
	first_page(&f)->commit = UINT64_MAX;
	assert_declined(&f, 16);
	fixture_fini(&f);
}

static void a_writer_that_cannot_is_declined(void **state)
{
	struct rseq no_cpu = {.cpu_id = (uint32_t)RSEQ_CPU_ID_UNINITIALIZED};
	struct utfs_writer writer;
	struct fixture f;

	start(&f, OVERWRITE);
	writer = f.writer;
	f.writer = (struct utfs_writer){0};
	assert_declined(&f, 16);
	f.writer = writer;
	f.writer.rseq = &no_cpu;
	assert_declined(&f, 16);
	no_cpu.cpu_id = f.arena.nr_cpus;
	assert_declined(&f, 16);
	/* The counter is no clock here: no writer may take its scale for one. */
	f.arena.header->local = (struct utfs_clock_scale){0};
	f.arena.mode = UTFS_MODE_LOCKED;
	assert_int_equal(utfs_writer_init(&f.writer, &f.arena, 1), 0);
	f.writer.rseq = writer.rseq;
	assert_declined(&f, 16);
	f.arena.header->local = (struct utfs_clock_scale){.mult = 1, .shift = 32};
	assert_int_equal(utfs_writer_init(&f.writer, &f.arena, 1), 0);
	assert_declined(&f, 16);
	fixture_fini(&f);
}

/* One multiplication by the factor is what the scale says, whatever the counter. */
static void the_factor_is_the_scale(void **state)
{
	static const uint64_t mults[] = {1,
					 3,
					 UINT64_C(1) << 31,
					 1431655765,
					 UINT32_MAX,
					 UINT64_C(1) << 32,
					 (UINT64_C(125) << 32) / 3};
	static const uint64_t cycles[] = {
		0, 1, 1000, UINT32_MAX, UINT64_C(1) << 40, UINT64_C(1) << 62, UINT64_MAX >> 8};

	for (size_t i = 0; i < sizeof(mults) / sizeof(mults[0]); i++) {
		uint64_t factor = utfs_counter_factor(mults[i]);

		if (mults[i] <= UINT32_MAX)
			assert_true(factor);
		for (size_t j = 0; factor && j < sizeof(cycles) / sizeof(cycles[0]); j++) {
			unsigned __int128 product = (unsigned __int128)cycles[j] * mults[i];

			assert_true(utfs_counter_scale(cycles[j], factor) ==
				    (uint64_t)(product >> 32));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_events_are_written),
		cmocka_unit_test(other_lengths_are_declined),
		cmocka_unit_test(a_page_is_filled_to_its_last_byte),
		cmocka_unit_test(a_clock_that_is_behind_or_far_ahead_is_declined),
		cmocka_unit_test(a_saturated_delta_is_declined),
		cmocka_unit_test(a_recorder_that_is_off_or_has_another_clock_is_declined),
		cmocka_unit_test(a_tail_outside_the_heap_is_declined),
		cmocka_unit_test(a_damaged_commit_word_is_declined),
		cmocka_unit_test(a_writer_that_cannot_is_declined),
		cmocka_unit_test(the_factor_is_the_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
