/* SPDX-License-Identifier: MIT */
/* Who looks at names learns which ones changed. */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "fixture.h"

static void note(struct utfs_arena *arena, uint64_t serial, const char *name, int ret)
{
	begin(arena);
	utfs_change_note(arena, UTFS_CHANGE_EVENT_ADDED, serial, serial + 1, name);
	assert_int_equal(utfs_tx_end(arena, ret), ret);
}

static void changes_come_in_order(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t cursor = utfs_change_now(arena);
	struct utfs_change change;
	char name[300];

	assert_int_equal(utfs_change_next(arena, &cursor, &change), 0);
	for (uint64_t i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "name%d", (int)i);
		note(arena, i, name, 0);
	}
	for (uint64_t i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "name%d", (int)i);
		assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
		assert_int_equal(change.kind, UTFS_CHANGE_EVENT_ADDED);
		assert_int_equal(change.serial, i);
		assert_int_equal(change.parent, i + 1);
		assert_string_equal(change.name, name);
	}
	assert_int_equal(utfs_change_next(arena, &cursor, &change), 0);
	/* A name that is too long is cut, and a short one behind it has nothing of it. */
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < UTFS_MAX_CHANGES; i++) {
		note(arena, 1, name, 0);
		assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
		assert_int_equal(strlen(change.name), UTFS_NAME_MAX);
	}
	note(arena, 1, "y", 0);
	assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
	assert_string_equal(change.name, "y");
}

static void who_is_too_slow_learns_that(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t cursor = utfs_change_now(arena);
	struct utfs_change change;

	for (uint64_t i = 0; i < UTFS_MAX_CHANGES; i++)
		note(arena, i, "n", 0);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
		assert_int_equal(change.serial, i);
	}
	for (uint64_t i = 0; i < 5; i++)
		note(arena, 1000 + i, "n", 0);
	assert_int_equal(utfs_change_next(arena, &cursor, &change), -EOVERFLOW);
	/* From there on nothing is missing. */
	for (uint64_t i = 5; i < UTFS_MAX_CHANGES; i++) {
		assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
		assert_int_equal(change.serial, i);
	}
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
		assert_int_equal(change.serial, 1000 + i);
	}
	assert_int_equal(utfs_change_next(arena, &cursor, &change), 0);
	/* A cursor from another world. */
	cursor = UINT64_MAX;
	assert_int_equal(utfs_change_next(arena, &cursor, &change), 0);
	assert_int_equal(cursor, utfs_change_now(arena));
}

static void a_change_that_is_rolled_back_is_not_seen(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena *arena = &f->arena, watcher;
	uint64_t cursor;
	struct utfs_change change;

	fixture_open_ok(&watcher, f->dir, UTFS_PROC_FRONT_END);
	cursor = utfs_change_now(&watcher);
	begin(arena);
	utfs_change_note(arena, UTFS_CHANGE_EVENT_ADDED, 1, 0, "never");
	/* Nor while it is under way. */
	assert_int_equal(utfs_change_next(&watcher, &cursor, &change), 0);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	assert_int_equal(utfs_change_next(&watcher, &cursor, &change), 0);
	note(arena, 2, "instead", 0);
	assert_int_equal(utfs_change_next(&watcher, &cursor, &change), 1);
	assert_string_equal(change.name, "instead");
	assert_int_equal(utfs_change_next(&watcher, &cursor, &change), 0);
	/* A checkpoint is a commit. */
	begin(arena);
	utfs_change_note(arena, UTFS_CHANGE_EVENT_ADDED, 3, 0, "kept");
	assert_int_equal(utfs_tx_checkpoint(arena), 0);
	utfs_change_note(arena, UTFS_CHANGE_EVENT_ADDED, 4, 0, "lost");
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	assert_int_equal(utfs_change_next(&watcher, &cursor, &change), 1);
	assert_string_equal(change.name, "kept");
	assert_int_equal(utfs_change_next(&watcher, &cursor, &change), 0);
	utfs_arena_close(&watcher);
}

struct waiter {
	const char *dir;
	int report[2];
};

static void waiter(void *argument)
{
	const struct waiter *w = argument;
	struct utfs_arena arena;
	uint64_t cursor;

	CHILD_CHECK(!fixture_open(&arena, w->dir, UTFS_PROC_FRONT_END, NULL));
	cursor = utfs_change_now(&arena);
	CHILD_CHECK(write(w->report[1], "r", 1) == 1);
	/* Whichever comes first, the change or the wait. */
	while (utfs_change_now(&arena) == cursor)
		CHILD_CHECK(!utfs_change_wait(&arena, cursor, -1));
}

static void who_waits_is_woken(void **state)
{
	struct fixture *f = *state;
	struct waiter w = {.dir = f->dir};
	pid_t pids[3];
	char c;

	assert_int_equal(pipe(w.report), 0);
	for (int i = 0; i < 3; i++)
		pids[i] = child_start(waiter, &w);
	for (int i = 0; i < 3; i++)
		assert_int_equal(read(w.report[0], &c, 1), 1);
	/* One that changes no name, one that is rolled back, and at last one. */
	begin(&f->arena);
	utfs_tx_set(&f->arena, &utfs_instance_at(&f->arena, 0)->tracing_on, 0);
	commit(&f->arena);
	note(&f->arena, 1, "no", -EIO);
	begin(&f->arena);
	utfs_change_note(&f->arena, UTFS_CHANGE_EVENT_ADDED, 3, 0, "yes");
	/* Also when what follows the checkpoint is rolled back. */
	assert_int_equal(utfs_tx_checkpoint(&f->arena), 0);
	assert_int_equal(utfs_tx_end(&f->arena, -EIO), -EIO);
	for (int i = 0; i < 3; i++)
		assert_int_equal(child_wait(pids[i]), 0);
	close(w.report[0]);
	close(w.report[1]);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void waiting_ends_with_its_time_or_a_signal(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct itimerspec soon = {{0, 20000000}, {0, 20000000}};
	uint64_t cursor = utfs_change_now(arena);
	timer_t timer;

	assert_int_equal(utfs_change_wait(arena, cursor, 10), -ETIMEDOUT);
	note(arena, 1, "n", 0);
	assert_int_equal(utfs_change_wait(arena, cursor, 10), 0);
	sigaction(SIGALRM, &action, NULL);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
	assert_int_equal(utfs_change_wait(arena, utfs_change_now(arena), -1), -EINTR);
	timer_delete(timer);
}

static void note_and_die(struct utfs_arena *arena)
{
	/* It holds the lock when it is killed. */
	CHILD_CHECK(!utfs_tx_begin(arena));
	utfs_change_note(arena, UTFS_CHANGE_EVENT_ADDED, 7, 0, "torn");
}

static void a_dead_process_s_change_is_not_seen(void **state)
{
	struct fixture *f = *state;
	uint64_t cursor = utfs_change_now(&f->arena);
	struct utfs_change change;
	struct attached child;

	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, note_and_die);
	attached_kill(&child);
	note(&f->arena, 8, "whole", 0);
	assert_int_equal(utfs_change_next(&f->arena, &cursor, &change), 1);
	assert_string_equal(change.name, "whole");
	assert_int_equal(utfs_change_next(&f->arena, &cursor, &change), 0);
}

/* Readers beside a writer: each change is whole. */
static unsigned int readers_left;

static void *reader(void *argument)
{
	const struct utfs_arena *arena = argument;
	uint64_t cursor = utfs_change_now(arena), last = 0;
	struct utfs_change change = {0};

	while (change.serial != UINT32_MAX) {
		int ret = utfs_change_next(arena, &cursor, &change);
		char expected[32];

		if (ret == -EOVERFLOW)
			last = 0;
		if (ret != 1)
			continue;
		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)change.serial);
		if (strcmp(expected, change.name) || change.parent != change.serial + 1 ||
		    (last && change.serial != last + 1 && change.serial != UINT32_MAX))
			break;
		last = change.serial;
	}
	__atomic_fetch_sub(&readers_left, 1, __ATOMIC_RELEASE);
	return change.serial == UINT32_MAX ? NULL : argument;
}

static void no_reader_sees_half_of_a_change(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	pthread_t threads[2];
	void *bad;
	char name[32];

	readers_left = 2;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, arena), 0);
	for (uint64_t i = 1; i < 30000; i++) {
		snprintf(name, sizeof(name), "%llu", (unsigned long long)i);
		note(arena, i, name, 0);
	}
	/* Who is overrun sees a later one of these. */
	snprintf(name, sizeof(name), "%u", UINT32_MAX);
	while (__atomic_load_n(&readers_left, __ATOMIC_ACQUIRE))
		note(arena, UINT32_MAX, name, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(changes_come_in_order),
		test_with_arena(who_is_too_slow_learns_that),
		test_with_arena(a_change_that_is_rolled_back_is_not_seen),
		test_with_arena(who_waits_is_woken),
		test_with_arena(waiting_ends_with_its_time_or_a_signal),
		test_with_arena(a_dead_process_s_change_is_not_seen),
		test_with_arena(no_reader_sees_half_of_a_change),
	};

	return cmocka_run_group_tests_name("arena-change", tests, NULL, NULL);
}
