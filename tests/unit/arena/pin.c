/* SPDX-License-Identifier: MIT */
/* Pins: what is open cannot be removed, and a pipe has one reader. */
#include <signal.h>

#include "fixture.h"

#define ALL UTFS_PIN_ALL_CPUS

static int busy(struct utfs_arena *arena, uint64_t serial)
{
	int ret;

	begin(arena);
	ret = utfs_pin_busy(arena, serial);
	commit(arena);
	return ret;
}

static void a_pin_is_held_as_often_as_it_was_taken(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t serial = utfs_instance_at(arena, instance_add(arena, "i"))->serial;

	assert_int_equal(busy(arena, serial), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(utfs_pin_take(arena, serial, UTFS_PIN_OPEN, 0), 0);
	assert_int_equal(utfs_pin_take(arena, serial, UTFS_PIN_OPEN, 1), 0);
	assert_int_equal(busy(arena, UTFS_ROOT_SERIAL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(busy(arena, serial), 1);
		assert_int_equal(utfs_pin_drop(arena, serial, UTFS_PIN_OPEN, 0), 0);
	}
	assert_int_equal(busy(arena, serial), 1);
	assert_int_equal(utfs_pin_drop(arena, serial, UTFS_PIN_OPEN, 0), -ENOENT);
	assert_int_equal(utfs_pin_drop(arena, serial, UTFS_PIN_PIPE, 1), -ENOENT);
	assert_int_equal(utfs_pin_drop(arena, serial, UTFS_PIN_OPEN, 1), 0);
	assert_int_equal(busy(arena, serial), 0);
}

static void what_is_not_there_cannot_be_pinned(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t slot = instance_add(arena, "i");
	uint64_t serial = utfs_instance_at(arena, slot)->serial;

	assert_int_equal(utfs_pin_take(arena, serial + 1, UTFS_PIN_OPEN, 0), -ENOENT);
	begin(arena);
	assert_int_equal(utfs_instance_remove(arena, slot), 0);
	commit(arena);
	assert_int_equal(utfs_pin_take(arena, serial, UTFS_PIN_OPEN, 0), -ENOENT);
	/* Nor under the same name, which is another one. */
	assert_int_equal(instance_add(arena, "i"), slot);
	assert_int_equal(utfs_pin_take(arena, serial, UTFS_PIN_OPEN, 0), -ENOENT);
}

static void a_pipe_has_one_reader(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena *arena = &f->arena, other;
	const uint64_t root = UTFS_ROOT_SERIAL;
	uint64_t serial = utfs_instance_at(arena, instance_add(arena, "i"))->serial;

	fixture_open_ok(&other, f->dir, UTFS_PROC_FRONT_END);
	/* One per CPU, whoever asks. */
	assert_int_equal(utfs_pin_take(arena, root, UTFS_PIN_PIPE, 0), 0);
	assert_int_equal(utfs_pin_take(arena, root, UTFS_PIN_PIPE, 0), -EBUSY);
	assert_int_equal(utfs_pin_take(&other, root, UTFS_PIN_PIPE, 0), -EBUSY);
	assert_int_equal(utfs_pin_take(&other, root, UTFS_PIN_PIPE, 1), 0);
	/* All of them only when there is none of one. */
	assert_int_equal(utfs_pin_take(arena, root, UTFS_PIN_PIPE, ALL), -EBUSY);
	assert_int_equal(utfs_pin_drop(arena, root, UTFS_PIN_PIPE, 0), 0);
	assert_int_equal(utfs_pin_take(arena, root, UTFS_PIN_PIPE, ALL), -EBUSY);
	assert_int_equal(utfs_pin_drop(&other, root, UTFS_PIN_PIPE, 1), 0);
	assert_int_equal(utfs_pin_take(arena, root, UTFS_PIN_PIPE, ALL), 0);
	/* And one of one only when there is none of all. */
	assert_int_equal(utfs_pin_take(&other, root, UTFS_PIN_PIPE, 0), -EBUSY);
	assert_int_equal(utfs_pin_take(&other, root, UTFS_PIN_PIPE, ALL), -EBUSY);
	/* Other instances and other kinds of pins are not concerned. */
	assert_int_equal(utfs_pin_take(&other, serial, UTFS_PIN_PIPE, ALL), 0);
	assert_int_equal(utfs_pin_take(&other, root, UTFS_PIN_OPEN, ALL), 0);
	assert_int_equal(busy(arena, serial), 1);
	utfs_arena_close(&other);
	assert_int_equal(busy(arena, serial), 0);
	assert_int_equal(busy(arena, root), 1);
	assert_int_equal(utfs_pin_drop(arena, root, UTFS_PIN_PIPE, ALL), 0);
}

static void take_pipe(struct utfs_arena *arena)
{
	CHILD_CHECK(!utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_PIPE, ALL));
	CHILD_CHECK(!utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0));
}

static void the_dead_hold_nothing(void **state)
{
	struct fixture *f = *state;
	struct attached child;

	for (int i = 0; i < 2; i++) {
		attached_start(&child, f->dir, UTFS_PROC_FRONT_END, take_pipe);
		assert_int_equal(busy(&f->arena, UTFS_ROOT_SERIAL), 1);
		assert_int_equal(utfs_pin_take(&f->arena, UTFS_ROOT_SERIAL, UTFS_PIN_PIPE, 0),
				 -EBUSY);
		attached_kill(&child);
		if (i) {
			assert_int_equal(busy(&f->arena, UTFS_ROOT_SERIAL), 0);
			continue;
		}
		assert_int_equal(utfs_pin_take(&f->arena, UTFS_ROOT_SERIAL, UTFS_PIN_PIPE, 0), 0);
		assert_int_equal(utfs_pin_drop(&f->arena, UTFS_ROOT_SERIAL, UTFS_PIN_PIPE, 0), 0);
	}
}

static void a_full_table_is_an_error(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	struct utfs_pin *pins;

	/* As if somebody else had all of them. */
	begin(arena);
	assert_int_equal(utfs_region_ensure(arena, UTFS_REGION_PINS,
					    UTFS_MAX_PINS * sizeof(struct utfs_pin)),
			 0);
	commit(arena);
	pins = utfs_arena_element(arena, UTFS_REGION_PINS, 0, sizeof(*pins));
	for (int i = 0; i < UTFS_MAX_PINS; i++)
		pins[i] = (struct utfs_pin){arena->proc + 1, 99, 1, 1};
	arena->header->nr_pins = UTFS_MAX_PINS;
	assert_int_equal(utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0), -ENFILE);
	pins[7777].proc = 0;
	assert_int_equal(utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0), 0);
	assert_int_equal(pins[7777].count, 1);
	/* A damaged count leads nobody out of the table. */
	arena->header->nr_pins = UINT64_MAX;
	assert_int_equal(busy(arena, UTFS_ROOT_SERIAL), 1);
	assert_int_equal(utfs_pin_drop(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0), 0);
	/* Nor does a damaged owner. */
	pins[3] = (struct utfs_pin){UINT64_MAX, UTFS_ROOT_SERIAL, 1, 1};
	assert_int_equal(busy(arena, UTFS_ROOT_SERIAL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(a_pin_is_held_as_often_as_it_was_taken),
		test_with_arena(what_is_not_there_cannot_be_pinned),
		test_with_arena(a_pipe_has_one_reader),
		test_with_arena(the_dead_hold_nothing),
		test_with_arena(a_full_table_is_an_error),
	};

	return cmocka_run_group_tests_name("arena-pin", tests, NULL, NULL);
}
