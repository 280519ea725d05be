/* SPDX-License-Identifier: MIT */
/* Events followed as records: each once, by time over all CPUs, the lost ones counted. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/follow.h"
#include "trace/merge.h"

static void test_each_event_comes_once_in_the_order_of_time(void **state)
{
	const uint32_t nr = 5000; /* several batches */
	struct tree *tree = *state;
	struct utfs_follow_event event;
	struct utfs_follow *follow;
	uint64_t last = 0;

	assert_int_equal(utfs_follow_open(tree->trace, "own", &follow), 0);
	assert_int_equal(utfs_follow_next(follow, &event), 0);
	assert_true(utfs_follow_is_empty(follow));
	assert_true(tree_write(tree, "instances/own/events/zoo/cat/enable", "1") > 0);
	for (uint32_t i = 0; i < nr; i++)
		assert_int_equal(tree_emit(tree, 64, i, (int)(i / 7 % tree->trace->arena.nr_cpus)),
				 1);
	for (uint32_t i = 0; i < nr;) {
		const struct timespec pause = {.tv_nsec = 1000000};
		uint32_t n;
		int ret = utfs_follow_next(follow, &event);

		assert_true(ret == 0 || ret == 1);
		/* They are held back. */
		if (!ret) {
			assert_false(utfs_follow_is_empty(follow));
			nanosleep(&pause, NULL);
			continue;
		}
		memcpy(&n, event.record + 8, sizeof(n));
		assert_int_equal(n, i);
		assert_true(event.timestamp >= last);
		assert_int_equal(event.cpu, i / 7 % tree->trace->arena.nr_cpus);
		assert_int_equal(event.lost, 0);
		last = event.timestamp;
		i++;
	}
	assert_int_equal(utfs_follow_next(follow, &event), 0);
	assert_true(utfs_follow_is_empty(follow));
	utfs_follow_close(follow);
}

static void test_the_next_event_wakes_who_found_nothing(void **state)
{
	struct tree *tree = *state;
	struct utfs_follow_event event;
	struct utfs_follow *follow;
	uint32_t seen;

	assert_true(tree_write(tree, "instances/own/events/zoo/cat/enable", "1") > 0);
	assert_int_equal(utfs_follow_open(tree->trace, "own", &follow), 0);
	seen = utfs_trace_data_sequence(tree->trace);
	assert_int_equal(utfs_follow_next(follow, &event), 0);
	assert_true(utfs_follow_is_empty(follow));
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_not_equal(utfs_trace_data_sequence(tree->trace), seen);
	utfs_follow_close(follow);
}

static void test_an_instance_has_one_reader_and_stays_for_it(void **state)
{
	struct tree *tree = *state;
	struct utfs_follow *follow, *other;
	struct eventfs_file *file;

	assert_int_equal(utfs_follow_open(tree->trace, "none", &other), -ENOENT);
	assert_null(other);
	assert_int_equal(utfs_follow_open(tree->trace, "own", &follow), 0);
	assert_int_equal(utfs_follow_open(tree->trace, "own", &other), -EBUSY);
	assert_int_equal(tree_handle(tree, "instances/own/trace_pipe", O_RDONLY, &file), -EBUSY);
	assert_int_equal(tree_rmdir(tree, "instances/own"), -EBUSY);
	utfs_follow_close(follow);
	assert_int_equal(tree_rmdir(tree, "instances/own"), 0);
}

static void test_types_are_described(void **state)
{
	struct tree *tree = *state;
	struct utfs_follow_type type;
	struct utfs_follow *follow;

	assert_int_equal(utfs_follow_open(tree->trace, "own", &follow), 0);
	assert_int_equal(utfs_follow_type(follow, 64, &type), 0);
	assert_string_equal(type.system, "zoo");
	assert_string_equal(type.name, "cat");
	assert_string_equal(type.fields, "\tfield:u32 n;\toffset:8;\tsize:4;\tsigned:0;\n");
	assert_string_equal(type.print_fmt, "\"n=%u\", REC->n");
	assert_int_equal(type.fields_bytes, strlen(type.fields));
	assert_int_equal(type.print_fmt_bytes, strlen(type.print_fmt));
	free(type.memory);
	assert_int_equal(utfs_follow_type(follow, 5, &type), 0);
	assert_string_equal(type.system, "ftrace");
	assert_string_equal(type.name, "print");
	free(type.memory);
	assert_int_equal(utfs_follow_type(follow, 4000, &type), -ENOENT);
	utfs_follow_close(follow);
}

/* What was overwritten before an event that was looked at and left is told when that is taken. */
static void test_what_was_lost_before_an_event_that_is_left_is_told_with_it(void **state)
{
	const uint32_t nr = 20000;
	struct tree *tree = *state;
	struct utfs_merge_event event;
	struct utfs_array_state array;
	struct utfs_merge *merge;
	struct eventfs_key key = {0};
	uint64_t counted = 1, lost;

	assert_true(tree_write(tree, "buffer_size_kb", "16") > 0);
	assert_true(tree_write(tree, "events/zoo/cat/enable", "1") > 0);
	assert_int_equal(tree_emit(tree, 64, 0, 0), 1);
	assert_int_equal(utfs_array_state_get(tree->trace, key, &array), 0);
	assert_int_equal(
		utfs_merge_create(&tree->trace->arena, array.recorder, 0, UTFS_MAIN, &merge), 0);
	assert_int_equal(utfs_merge_consume(merge), 0);
	assert_int_equal(utfs_merge_peek(merge, &event), 1);
	utfs_merge_take(merge);
	for (uint32_t i = 1; i < nr; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(utfs_merge_peek(merge, &event), 1);
	lost = event.lost;
	assert_true(lost > 0);
	utfs_merge_consumed(merge);
	assert_int_equal(utfs_merge_consume(merge), 0);
	assert_int_equal(utfs_merge_peek(merge, &event), 1);
	assert_int_equal(event.lost, lost);
	while (utfs_merge_peek(merge, &event) == 1) {
		counted += 1 + event.lost;
		utfs_merge_take(merge);
	}
	utfs_merge_consumed(merge);
	assert_int_equal(counted, nr);
	utfs_merge_free(merge);
}

static void expect_held(struct utfs_follow *follow, uint32_t from, uint32_t to)
{
	struct utfs_follow_event event;
	uint32_t n;

	for (uint32_t i = from; i < to; i++) {
		assert_int_equal(utfs_follow_next(follow, &event), 1);
		memcpy(&n, event.record + 8, sizeof(n));
		assert_int_equal(n, i);
		assert_int_equal(event.lost, 0);
	}
	assert_int_equal(utfs_follow_next(follow, &event), 0);
	assert_int_equal(utfs_follow_next(follow, &event), 0);
}

static void emit(struct tree *tree, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		assert_int_equal(
			tree_emit(tree, 64, i, (int)(i / 500 % tree->trace->arena.nr_cpus)), 1);
}

static void test_what_is_held_ends_at_its_moment_and_stays(void **state)
{
	struct tree *tree = *state;
	struct utfs_follow *follow, *held;

	assert_int_equal(utfs_follow_held(tree->trace, "none", false, &held), -ENOENT);
	assert_int_equal(utfs_follow_held(tree->trace, "own", false, &held), 0);
	assert_true(tree_write(tree, "instances/own/events/zoo/cat/enable", "1") > 0);
	/* Nothing was ever recorded, and what comes later came later. */
	emit(tree, 0, 3000);
	expect_held(held, 0, 0);
	utfs_follow_close(held);
	/* Beside the one reader that consumes, which has not begun. */
	assert_int_equal(utfs_follow_open(tree->trace, "own", &follow), 0);
	assert_int_equal(utfs_follow_held(tree->trace, "own", false, &held), 0);
	emit(tree, 3000, 3500);
	expect_held(held, 0, 3000);
	utfs_follow_close(follow);
	assert_int_equal(tree_rmdir(tree, "instances/own"), -EBUSY);
	utfs_follow_close(held);
	assert_int_equal(utfs_follow_held(tree->trace, "own", false, &held), 0);
	expect_held(held, 0, 3500);
	utfs_follow_close(held);
	/* The other side. */
	assert_true(tree_write(tree, "instances/own/snapshot", "1") > 0);
	emit(tree, 3500, 3600);
	assert_int_equal(utfs_follow_held(tree->trace, "own", true, &held), 0);
	expect_held(held, 0, 3500);
	utfs_follow_close(held);
	assert_int_equal(utfs_follow_held(tree->trace, "own", false, &held), 0);
	expect_held(held, 3500, 3600);
	utfs_follow_close(held);
	assert_int_equal(tree_rmdir(tree, "instances/own"), 0);
}

static void test_what_is_overwritten_while_it_is_read_is_counted_and_the_end_stays(void **state)
{
	const uint32_t nr = 20000;
	struct tree *tree = *state;
	struct utfs_follow_event event;
	struct utfs_follow *held;
	uint64_t counted = 0;
	uint32_t n;

	assert_true(tree_write(tree, "instances/own/buffer_size_kb", "128") > 0);
	assert_true(tree_write(tree, "instances/own/events/zoo/cat/enable", "1") > 0);
	for (uint32_t i = 0; i < nr; i++)
		assert_int_equal(tree_emit(tree, 64, i, 0), 1);
	assert_int_equal(utfs_follow_held(tree->trace, "own", false, &held), 0);
	/* The first of several batches is copied, then all pages are written anew. */
	for (bool is_first = true; utfs_follow_next(held, &event) == 1; is_first = false) {
		assert_true(!is_first || event.lost);
		counted += 1 + event.lost;
		memcpy(&n, event.record + 8, sizeof(n));
		assert_int_equal(n, counted - 1);
		for (uint32_t i = 0; is_first && i < nr; i++)
			assert_int_equal(tree_emit(tree, 64, nr + i, 0), 1);
	}
	assert_true(counted > 2048 && counted < nr);
	utfs_follow_close(held);
}

static int setup(void **state)
{
	int ret = tree_setup(state);

	return ret ? ret : tree_mkdir(*state, "instances/own");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_event_comes_once_in_the_order_of_time),
		TEST(the_next_event_wakes_who_found_nothing),
		TEST(an_instance_has_one_reader_and_stays_for_it),
		TEST(types_are_described),
		TEST(what_was_lost_before_an_event_that_is_left_is_told_with_it),
		TEST(what_is_held_ends_at_its_moment_and_stays),
		TEST(what_is_overwritten_while_it_is_read_is_counted_and_the_end_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
