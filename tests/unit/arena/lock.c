/* SPDX-License-Identifier: MIT */
/* event_mutex: held by one, taken from the dead, not waited for without end. */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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

	prctl(PR_GET_NAME, own);
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, hold);
	kill(child.pid, SIGSTOP);
	assert_int_equal(f->arena.lock_timeout_ms, UTFS_LOCK_TIMEOUT_FRONT_END_MS);
	f->arena.lock_timeout_ms = 20;
	assert_int_equal(utfs_tx_begin(&f->arena), -ETIMEDOUT);
	assert_int_equal(utfs_lock_holder(&f->arena, &f->arena.header->event, comm), child.pid);
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
	assert_int_equal(utfs_lock_holder(&f->arena, &f->arena.header->event, comm), getpid());
	commit(&f->arena);
	assert_int_equal(utfs_lock_holder(&f->arena, &f->arena.header->event, comm), 0);
	assert_int_equal(utfs_instance_at(&f->arena, 0)->buffer_kb, UTFS_DEFAULT_BUFFER_KB);
}

static void an_owner_that_goes_on_is_waited_for(void **state)
{
	struct fixture *f = *state;
	struct attached child;
	pid_t pid;

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

/* The word, when somebody sleeps for it. */
static void wait_for_waiter(const struct utfs_arena *arena)
{
	while (!(__atomic_load_n(&arena->header->event.word, __ATOMIC_RELAXED) &
		 UTFS_LOCK_CONTENDED))
		usleep(1000);
}

static void in_namespace_of_its_own(void *argument)
{
	const struct fixture *f = argument;
	static struct utfs_arena arena;
	pid_t pid;

	child_unshare(CLONE_NEWPID);
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CHILD_CHECK(getpid() == 1);
		/* Waits for the lock, in vain. */
		(void)fixture_open(&arena, f->dir, UTFS_PROC_FRONT_END, NULL);
		_exit(1);
	}
	wait_for_waiter(&f->arena);
	kill(pid, SIGKILL);
	CHILD_CHECK(child_wait(pid) == 128 + SIGKILL);
}

static void holds_in_namespace_of_its_own(void *argument)
{
	struct fixture *f = argument;
	struct attached holder;
	char comm[17];

	CHILD_CHECK(!utfs_arena_after_fork(&f->arena));
	child_unshare(CLONE_NEWPID);
	attached_start(&holder, f->dir, UTFS_PROC_APPLICATION, hold);
	CHILD_CHECK(utfs_lock_holder(&f->arena, &f->arena.header->event, comm) == 1);
	/* Of another namespace, the same number: it waits, and is killed. */
	child_run(in_namespace_of_its_own, f);
	f->arena.lock_timeout_ms = 100;
	CHILD_CHECK(utfs_tx_begin(&f->arena) == -ETIMEDOUT);
	CHILD_CHECK(utfs_instance_at(&f->arena, 0)->buffer_kb == 99);
	attached_kill(&holder);
	CHILD_CHECK(!utfs_tx_begin(&f->arena));
	CHILD_CHECK(!utfs_tx_end(&f->arena, 0));
	CHILD_CHECK(utfs_instance_at(&f->arena, 0)->buffer_kb == UTFS_DEFAULT_BUFFER_KB);
}

static void who_only_waited_does_not_take_the_lock_with_it(void **state)
{
	child_run(holds_in_namespace_of_its_own, *state);
}

static void begins_as_its_parent(void *argument)
{
	struct utfs_arena *arena = argument;

	CHILD_CHECK(utfs_tx_begin(arena) == -ESRCH);
	CHILD_CHECK(!utfs_arena_after_fork(arena));
	CHILD_CHECK(!utfs_tx_begin(arena));
	CHILD_CHECK(!utfs_tx_end(arena, 0));
}

static void a_forked_child_holds_nothing_in_its_parent_s_name(void **state)
{
	struct fixture *f = *state;

	child_run(begins_as_its_parent, &f->arena);
	begin(&f->arena);
	commit(&f->arena);
}

static void a_damaged_word_has_no_holder(void **state)
{
	struct fixture *f = *state;
	struct utfs_lock *lock = &f->arena.header->event;
	const uint64_t bad[] = {1,
				2 * UTFS_PROC_SERIAL_MAX,
				UINT64_MAX,
				UINT64_MAX - 1,
				(f->arena.header->last_proc_serial + 1) << 1,
				UINT64_C(1) << 40};
	char comm[17];

	for (size_t i = 0; i < COUNT(bad); i++) {
		lock->word = bad[i];
		(void)utfs_lock_holder(&f->arena, lock, comm);
		begin(&f->arena);
		assert_int_equal(lock->word >> 1, f->arena.serial);
		commit(&f->arena);
		assert_int_equal(lock->word, 0);
	}
	/* Somebody takes it from us: what is then not ours is not released. */
	begin(&f->arena);
	lock->word = 77 << 1;
	commit(&f->arena);
	assert_int_equal(lock->word, 77 << 1);
}

static void errno_is_kept(void **state)
{
	struct fixture *f = *state;
	struct attached child;

	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, hold);
	f->arena.lock_timeout_ms = 5;
	errno = 1234;
	assert_int_equal(utfs_tx_begin(&f->arena), -ETIMEDOUT);
	assert_int_equal(errno, 1234);
	attached_kill(&child);
	f->arena.lock_timeout_ms = 10000;
	begin(&f->arena);
	commit(&f->arena);
	assert_int_equal(errno, 1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(a_dead_owner_s_change_is_undone_by_the_next),
		test_with_arena(a_stopped_owner_is_named_and_not_waited_for_without_end),
		test_with_arena(an_owner_that_goes_on_is_waited_for),
		test_with_arena(only_one_changes_at_a_time),
		test_with_arena(who_only_waited_does_not_take_the_lock_with_it),
		test_with_arena(a_forked_child_holds_nothing_in_its_parent_s_name),
		test_with_arena(a_damaged_word_has_no_holder),
		test_with_arena(errno_is_kept),
	};

	return cmocka_run_group_tests_name("arena-lock", tests, NULL, NULL);
}
