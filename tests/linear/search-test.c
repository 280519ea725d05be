/* SPDX-License-Identifier: MIT */
/* The checker itself: histories that have an order, and such that have none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history.h"

#define A 0
#define B 1

#define OP(from, to, by, what, ...)                                                                \
	{                                                                                          \
		.start_ns = (from), .end_ns = (to), .actor = (by), .kind = LINEAR_##what,          \
		__VA_ARGS__                                                                        \
	}
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool has_order(const struct linear_op *ops, size_t n)
{
	size_t states;

	return linear_search(ops, n, &states);
}

#define EXPLAINED(name, ...)                                                                       \
	static void name(void **state)                                                             \
	{                                                                                          \
		const struct linear_op ops[] = {__VA_ARGS__};                                      \
                                                                                                   \
		(void)state;                                                                       \
		assert_true(has_order(ops, COUNT(ops)));                                           \
	}
#define UNEXPLAINED(name, ...)                                                                     \
	static void name(void **state)                                                             \
	{                                                                                          \
		const struct linear_op ops[] = {__VA_ARGS__};                                      \
                                                                                                   \
		(void)state;                                                                       \
		assert_false(has_order(ops, COUNT(ops)));                                          \
	}

EXPLAINED(one_after_the_other, OP(1, 2, 0, MKDIR), OP(3, 4, 0, OPEN),
	  OP(5, 6, 0, WRITE, .value = 1), OP(7, 8, 0, READ, .result = 1),
	  OP(9, 10, 1, RMDIR, .result = -EBUSY), OP(11, 12, 0, CLOSE), OP(13, 14, 1, RMDIR),
	  OP(15, 16, 1, RMDIR, .result = -ENOENT))
/* Two at once: one is told that it is there. */
EXPLAINED(the_second_to_begin_may_be_first, OP(1, 10, 0, MKDIR, .result = -EEXIST),
	  OP(2, 9, 1, MKDIR))
/* Gone in the middle of an open that is long. */
EXPLAINED(an_open_finds_the_moment_between, OP(1, 2, 0, MKDIR),
	  OP(3, 20, 1, OPEN, .result = -ENOENT), OP(4, 5, 0, RMDIR), OP(6, 7, 0, MKDIR))
EXPLAINED(a_close_may_be_heard_of_later, OP(1, 2, 0, MKDIR), OP(3, 4, 0, OPEN),
	  OP(5, 6, 0, CLOSE, .lingers = 1), OP(7, 8, 1, RMDIR, .result = -EBUSY),
	  OP(9, 10, 1, RMDIR))
EXPLAINED(a_removed_event_s_open_file, OP(1, 2, 2, REGISTER), OP(3, 4, 0, MKDIR),
	  OP(5, 6, 0, OPEN, .event = 1), OP(7, 8, 2, UNREGISTER), OP(9, 10, 1, REMOVE),
	  OP(11, 12, 2, REGISTER), OP(13, 14, 0, WRITE, .value = 1, .result = -ENODEV))

UNEXPLAINED(both_made_it, OP(1, 10, 0, MKDIR), OP(2, 9, 1, MKDIR))
UNEXPLAINED(both_removed_it, OP(1, 2, 0, MKDIR), OP(3, 10, 0, RMDIR), OP(4, 9, 1, RMDIR))
UNEXPLAINED(there_before_it_was_made, OP(1, 2, 0, MKDIR, .result = -EEXIST), OP(3, 4, 1, MKDIR))
UNEXPLAINED(gone_while_it_was_there, OP(1, 2, 0, MKDIR), OP(3, 4, 1, OPEN, .result = -ENOENT))
UNEXPLAINED(removed_while_open, OP(1, 2, 0, MKDIR), OP(3, 4, 0, OPEN), OP(5, 6, 1, RMDIR),
	    OP(7, 8, 0, CLOSE))
UNEXPLAINED(busy_after_the_last_close, OP(1, 2, 0, MKDIR), OP(3, 4, 0, OPEN), OP(5, 6, 0, CLOSE),
	    OP(7, 8, 1, RMDIR, .result = -EBUSY))
UNEXPLAINED(a_value_that_nobody_wrote, OP(1, 2, 0, MKDIR), OP(3, 4, 0, OPEN),
	    OP(5, 6, 0, READ, .result = 1))
/* A new instance does not begin with the old one's value. */
UNEXPLAINED(a_value_from_before, OP(1, 2, 0, MKDIR), OP(3, 4, 0, OPEN),
	    OP(5, 6, 0, WRITE, .value = 1), OP(7, 8, 0, CLOSE), OP(9, 10, 1, RMDIR),
	    OP(11, 12, 1, MKDIR), OP(13, 14, 0, OPEN), OP(15, 16, 0, READ, .result = 1))
UNEXPLAINED(two_values_swapped, OP(1, 2, 0, MKDIR), OP(3, 4, 0, OPEN), OP(3, 4, 1, OPEN),
	    OP(5, 20, 0, WRITE, .value = 1), OP(6, 7, 1, READ, .result = 1),
	    OP(8, 9, 1, READ, .result = 0))
UNEXPLAINED(removed_while_used, OP(1, 2, 2, REGISTER), OP(3, 4, 1, REMOVE), OP(5, 6, 2, UNREGISTER))
UNEXPLAINED(removed_while_enabled, OP(1, 2, 2, REGISTER), OP(3, 4, 0, MKDIR),
	    OP(5, 6, 0, OPEN, .event = 1), OP(7, 8, 0, WRITE, .value = 1), OP(9, 10, 2, UNREGISTER),
	    OP(11, 12, 1, REMOVE))
UNEXPLAINED(a_stale_file_takes_a_value, OP(1, 2, 2, REGISTER), OP(3, 4, 0, MKDIR),
	    OP(5, 6, 0, OPEN, .event = 1), OP(7, 8, 2, UNREGISTER), OP(9, 10, 1, REMOVE),
	    OP(11, 12, 2, REGISTER), OP(13, 14, 0, WRITE, .value = 1))
UNEXPLAINED(an_answer_that_never_fits, OP(1, 2, 0, MKDIR, .result = -EIO))

static void the_shortest_is_found(void **state)
{
	struct linear_op ops[LINEAR_MAX], shortest[LINEAR_MAX];
	size_t n = 0, kept;
	uint64_t t = 1;

	(void)state;
	for (int i = 0; i < 100; i++) {
		ops[n++] = (struct linear_op)OP(t, t + 1, 0, MKDIR, .name = B);
		ops[n++] =
			(struct linear_op)OP(t + 2, t + 3, 1, MKDIR, .name = B, .result = -EEXIST);
		ops[n++] = (struct linear_op)OP(t + 4, t + 5, 0, RMDIR, .name = B);
		t += 6;
		if (i == 2)
			ops[n++] = (struct linear_op)OP(t - 1, t - 1, 3, RMDIR, .name = A,
							.result = -EBUSY);
	}
	assert_false(has_order(ops, n));
	kept = linear_shorten(ops, n, shortest);
	/* Three times mkdir and rmdir, and what nothing explains. */
	assert_int_equal(kept, 7);
	assert_int_equal(shortest[kept - 1].result, -EBUSY);
	assert_false(has_order(shortest, kept));
}

/* Eight at once, all of it overlapping: the memory keeps the search small. */
static void many_at_once_are_not_too_many(void **state)
{
	struct linear_op ops[LINEAR_MAX];
	size_t n = 0, states;

	(void)state;
	for (uint64_t round = 0; round < 60; round++) {
		for (uint8_t actor = 0; actor < 8; actor++)
			ops[n++] = (struct linear_op)OP(
				round * 100 + actor, round * 100 + 50 + actor, actor, MKDIR,
				.name = actor % LINEAR_NAMES, .result = -EEXIST);
		if (!round)
			for (uint8_t actor = 0; actor < LINEAR_NAMES; actor++)
				ops[7 - actor].result = 0;
	}
	assert_true(linear_search(ops, n, &states));
	assert_true(states < 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(the_second_to_begin_may_be_first),
		cmocka_unit_test(an_open_finds_the_moment_between),
		cmocka_unit_test(a_close_may_be_heard_of_later),
		cmocka_unit_test(a_removed_event_s_open_file),
		cmocka_unit_test(both_made_it),
		cmocka_unit_test(both_removed_it),
		cmocka_unit_test(there_before_it_was_made),
		cmocka_unit_test(gone_while_it_was_there),
		cmocka_unit_test(removed_while_open),
		cmocka_unit_test(busy_after_the_last_close),
		cmocka_unit_test(a_value_that_nobody_wrote),
		cmocka_unit_test(a_value_from_before),
		cmocka_unit_test(two_values_swapped),
		cmocka_unit_test(removed_while_used),
		cmocka_unit_test(removed_while_enabled),
		cmocka_unit_test(a_stale_file_takes_a_value),
		cmocka_unit_test(an_answer_that_never_fits),
		cmocka_unit_test(the_shortest_is_found),
		cmocka_unit_test(many_at_once_are_not_too_many),
	};

	return cmocka_run_group_tests_name("linear-search", tests, NULL, NULL);
}
