/* SPDX-License-Identifier: MIT */
/* An arena from before a reboot: the data stays, locks and processes are made anew. */
#include <signal.h>

#include "fixture.h"

/* As a reboot leaves it: another boot id, and a lock whose holder is no more. */
static void reboot(struct fixture *f)
{
	memcpy(f->arena.header->boot_id, "from-another-boot", 18);
	f->arena.header->event.word = f->arena.serial << 1;
	/* Not by closing, which would clean up. */
	f->arena.pid = 0;
	f->arena.lock_timeout_ms = 1;
	utfs_arena_close(&f->arena);
}

static void fill(struct utfs_arena *arena)
{
	uint32_t id, slot;

	CHILD_CHECK(!utfs_tx_begin(arena));
	CHILD_CHECK(!event_register(arena, "sys", "event", "f", &id));
	CHILD_CHECK(!utfs_proc_use_event(arena, id, true));
	utfs_tx_set(arena, utfs_event_mask(arena, id), 3);
	CHILD_CHECK(!utfs_instance_add(arena, "kept", 4, &slot));
	CHILD_CHECK(!utfs_tx_end(arena, 0));
	CHILD_CHECK(!utfs_pin_take(arena, utfs_instance_at(arena, slot)->serial, UTFS_PIN_PIPE,
				   UTFS_PIN_ALL_CPUS));
	CHILD_CHECK(!utfs_tx_begin(arena));
	CHILD_CHECK(!utfs_instance_add(arena, "lost", 4, &slot));
}

static void data_stays_and_locks_are_made_anew(void **state)
{
	struct fixture *f = *state;
	struct attached child;
	struct utfs_clock_scale scale;
	struct utfs_event_strings strings;
	uint32_t id = 0, slot = 0;
	uint64_t used, uses;

	/* Killed with the lock held and a change under way; nobody takes the lock before the reboot. */
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, fill);
	attached_kill(&child);
	assert_true(f->arena.header->nr_undo > 0);
	uses = utfs_proc_at(&f->arena, child.proc)->uses_offset;
	assert_true(uses);
	scale = f->arena.header->local;
	memset(&f->arena.header->local, 0, sizeof(scale));
	reboot(f);

	fixture_open_ok(&f->arena, f->dir, UTFS_PROC_FRONT_END);
	assert_int_equal(f->arena.proc, 0);
	assert_int_equal(f->arena.header->nr_procs, 1);
	assert_int_equal(f->arena.header->nr_pins, 0);
	assert_int_equal(f->arena.header->nr_undo, 0);
	begin(&f->arena);
	assert_int_equal(utfs_event_find(&f->arena, "sys", 3, "event", 5, &id), 0);
	assert_int_equal(utfs_event_strings_get(&f->arena, id, &strings), 0);
	assert_int_equal(*utfs_event_mask(&f->arena, id), 0);
	assert_int_equal(utfs_instance_find_name(&f->arena, "kept", 4, &slot), 0);
	assert_int_equal(utfs_pin_busy(&f->arena, utfs_instance_at(&f->arena, slot)->serial), 0);
	assert_int_equal(utfs_instance_find_name(&f->arena, "lost", 4, &slot), -ENOENT);
	/* Nobody uses it, so it can go; and what the dead used has been given back. */
	assert_int_equal(utfs_event_remove(&f->arena, id), 0);
	used = utfs_arena_used_bytes(&f->arena);
	assert_int_equal(utfs_proc_use_event(&f->arena, 64, true), 0);
	assert_int_equal(utfs_proc_at(&f->arena, 0)->uses_offset, uses);
	commit(&f->arena);
	assert_int_equal(!!f->arena.header->local.mult, !!scale.mult);
	/* Once: the next one finds the arena as it is. */
	begin(&f->arena);
	utfs_tx_set(&f->arena, utfs_event_mask(&f->arena, 70), 1);
	commit(&f->arena);
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, NULL);
	assert_int_equal(child.proc, 1);
	assert_int_equal(*utfs_event_mask(&f->arena, 70), 1);
	attached_kill(&child);
	begin(&f->arena);
	assert_int_equal(utfs_arena_used_bytes(&f->arena), used);
	commit(&f->arena);
}

/* A container may be shown another boot id than the rest of the machine. */
static void an_arena_in_use_is_of_this_boot_whatever_the_id_says(void **state)
{
	struct fixture *f = *state;
	struct attached child;

	begin(&f->arena);
	utfs_tx_set(&f->arena, utfs_event_mask(&f->arena, 70), 1);
	commit(&f->arena);
	memcpy(f->arena.header->boot_id, "another-container", 18);
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, NULL);
	assert_int_equal(child.proc, 1);
	assert_int_equal(*utfs_event_mask(&f->arena, 70), 1);
	assert_string_equal(f->arena.header->boot_id, "another-container");
	begin(&f->arena);
	commit(&f->arena);
	attached_kill(&child);
}

struct many {
	const char *dir;
	int report[2];
};

static void opener(void *argument)
{
	const struct many *many = argument;
	struct utfs_arena arena;

	CHILD_CHECK(!fixture_open(&arena, many->dir, UTFS_PROC_FRONT_END, NULL));
	CHILD_CHECK(!utfs_tx_begin(&arena));
	CHILD_CHECK(!utfs_tx_end(&arena, utfs_proc_use_event(&arena, 64 + arena.proc, true)));
	CHILD_CHECK(write(many->report[1], "r", 1) == 1);
	for (;;)
		pause();
}

/* One makes it anew; none of the others loses what it did since. */
static void many_at_once_make_it_anew_once(void **state)
{
	struct fixture *f = *state;
	struct many many = {.dir = f->dir};
	pid_t pids[8];
	char c;

	reboot(f);
	assert_int_equal(pipe(many.report), 0);
	for (size_t i = 0; i < COUNT(pids); i++)
		pids[i] = child_start(opener, &many);
	for (size_t i = 0; i < COUNT(pids); i++)
		assert_int_equal(read(many.report[0], &c, 1), 1);
	fixture_open_ok(&f->arena, f->dir, UTFS_PROC_FRONT_END);
	assert_int_equal(f->arena.proc, COUNT(pids));
	begin(&f->arena);
	for (uint32_t i = 0; i < COUNT(pids); i++)
		assert_true(utfs_proc_event_used(&f->arena, 64 + i));
	commit(&f->arena);
	for (size_t i = 0; i < COUNT(pids); i++) {
		kill(pids[i], SIGKILL);
		child_wait(pids[i]);
	}
	close(many.report[0]);
	close(many.report[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(data_stays_and_locks_are_made_anew),
		test_with_arena(an_arena_in_use_is_of_this_boot_whatever_the_id_says),
		test_with_arena(many_at_once_make_it_anew_once),
	};

	return cmocka_run_group_tests_name("arena-reboot", tests, NULL, NULL);
}
