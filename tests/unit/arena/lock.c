/* SPDX-License-Identifier: MIT */
/* event_mutex: held by one, taken from the dead, not waited for without end. */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../../probe.h"
#include "fixture.h"

static void hold(struct utfs_arena *arena)
{
	CHILD_CHECK(!utfs_tx_begin(arena));
	utfs_tx_set(arena, &utfs_instance_at(arena, 0)->buffer_kb, 99);
	/* And is then stopped or killed, in the middle. */
}

static void a_dead_owner_s_change_is_undone_by_the_next(void **state)
{
	struct fixture *f = *state;
	struct attached child;

	SKIP_UNLESS(probe_robust_mutex(), "robust mutexes do not work here");
	for (int i = 0; i < 3; i++) {
		attached_start(&child, f->dir, UTFS_PROC_APPLICATION, hold);
		assert_int_equal(utfs_instance_at(&f->arena, 0)->buffer_kb, 99);
		attached_kill(&child);
		begin(&f->arena);
		assert_int_equal(utfs_instance_at(&f->arena, 0)->buffer_kb, UTFS_DEFAULT_BUFFER_KB);
		assert_int_equal(f->arena.header->nr_undo, 0);
		commit(&f->arena);
	}
	/* Also when the next one is a new one. */
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, hold);
	attached_kill(&child);
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, NULL);
	assert_int_equal(utfs_instance_at(&f->arena, 0)->buffer_kb, UTFS_DEFAULT_BUFFER_KB);
	attached_kill(&child);
}

static void a_stopped_owner_is_named_and_not_waited_for_without_end(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena other;
	struct attached child;
	char comm[17], why[UTFS_WHY_BYTES], own[17] = "";

	SKIP_UNLESS(probe_robust_mutex(), "robust mutexes do not work here");
	prctl(PR_GET_NAME, own);
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, hold);
	kill(child.pid, SIGSTOP);
	assert_int_equal(f->arena.lock_timeout_ms, UTFS_LOCK_TIMEOUT_FRONT_END_MS);
	f->arena.lock_timeout_ms = 20;
	assert_int_equal(utfs_tx_begin(&f->arena), -ETIMEDOUT);
	assert_int_equal(utfs_lock_owner(&f->arena, comm), child.pid);
	assert_string_equal(comm, own);
	assert_int_equal(utfs_pin_take(&f->arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0), -ETIMEDOUT);
	/* A program that only wants to be traced gives up sooner. */
	assert_int_equal(fixture_open(&other, f->dir, UTFS_PROC_APPLICATION, why), -ETIMEDOUT);
	assert_non_null(strstr(why, f->path));
	assert_non_null(strstr(why, own));
	snprintf(own, sizeof(own), "%ld", (long)child.pid);
	assert_non_null(strstr(why, own));
	/* Nothing changed, and when it goes on all is well; here it goes. */
	attached_kill(&child);
	begin(&f->arena);
	assert_int_equal(utfs_lock_owner(&f->arena, comm), gettid());
	commit(&f->arena);
	assert_int_equal(utfs_lock_owner(&f->arena, comm), 0);
	assert_int_equal(utfs_instance_at(&f->arena, 0)->buffer_kb, UTFS_DEFAULT_BUFFER_KB);
}

static void an_owner_that_goes_on_is_waited_for(void **state)
{
	struct fixture *f = *state;
	struct attached child;
	pid_t pid;

	SKIP_UNLESS(probe_robust_mutex(), "robust mutexes do not work here");
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, hold);
	pid = fork();
	if (!pid) {
		usleep(20000);
		kill(child.pid, SIGKILL);
		_exit(0);
	}
	begin(&f->arena);
	commit(&f->arena);
	child_wait(pid);
	child_wait(child.pid);
}

#define ROUNDS 300

static void count(void *argument)
{
	const struct fixture *f = argument;
	struct utfs_arena arena;
	uint64_t *word;

	CHILD_CHECK(!fixture_open(&arena, f->dir, UTFS_PROC_APPLICATION, NULL));
	arena.lock_timeout_ms = 60000;
	word = &utfs_instance_at(&arena, 0)->max_latency_ns;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t before;

		CHILD_CHECK(!utfs_tx_begin(&arena));
		before = *word;
		utfs_tx_set(&arena, word, before + 1);
		if (i % 7 == 0)
			sched_yield();
		CHILD_CHECK(*word == before + 1);
		CHILD_CHECK(utfs_tx_end(&arena, i % 3 ? 0 : -EIO) == (i % 3 ? 0 : -EIO));
	}
}

static void only_one_changes_at_a_time(void **state)
{
	struct fixture *f = *state;
	pid_t pids[4];

	for (size_t i = 0; i < COUNT(pids); i++)
		pids[i] = child_start(count, f);
	for (size_t i = 0; i < COUNT(pids); i++)
		assert_int_equal(child_wait(pids[i]), 0);
	assert_int_equal(utfs_instance_at(&f->arena, 0)->max_latency_ns,
			 COUNT(pids) * ROUNDS * 2 / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(a_dead_owner_s_change_is_undone_by_the_next),
		test_with_arena(a_stopped_owner_is_named_and_not_waited_for_without_end),
		test_with_arena(an_owner_that_goes_on_is_waited_for),
		test_with_arena(only_one_changes_at_a_time),
	};

	return cmocka_run_group_tests_name("arena-lock", tests, NULL, NULL);
}
