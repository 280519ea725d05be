/* SPDX-License-Identifier: MIT */
/* Attached processes: who lives, and what the dead leave. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../../probe.h"
#include "fixture.h"

static void use_some(struct utfs_arena *arena)
{
	CHILD_CHECK(!utfs_tx_begin(arena));
	CHILD_CHECK(!utfs_proc_use_event(arena, 100, true));
	CHILD_CHECK(!utfs_tx_end(arena, utfs_proc_use_event(arena, 3000, true)));
}

static bool event_used(struct utfs_arena *arena, uint32_t id)
{
	bool used;

	begin(arena);
	used = utfs_proc_event_used(arena, id);
	commit(arena);
	return used;
}

static void kill_9_is_death_and_nothing_less(void **state)
{
	struct fixture *f = *state;
	struct attached app, front;

	attached_start(&app, f->dir, UTFS_PROC_APPLICATION, NULL);
	attached_start(&front, f->dir, UTFS_PROC_FRONT_END, NULL);
	assert_true(utfs_proc_alive(&f->arena, f->arena.proc));
	/* An application keeps no descriptor: its mapping keeps it alive. */
	assert_true(utfs_proc_alive(&f->arena, app.proc));
	assert_true(utfs_proc_alive(&f->arena, front.proc));
	kill(app.pid, SIGSTOP);
	assert_true(utfs_proc_alive(&f->arena, app.proc));
	attached_kill(&app);
	assert_false(utfs_proc_alive(&f->arena, app.proc));
	attached_kill(&front);
	assert_false(utfs_proc_alive(&f->arena, front.proc));
	assert_false(utfs_proc_alive(&f->arena, UTFS_MAX_PROCS - 1));
}

static void a_dead_process_s_slot_is_used_again(void **state)
{
	struct fixture *f = *state;
	struct attached a, b;
	uint64_t serial;

	attached_start(&a, f->dir, UTFS_PROC_APPLICATION, use_some);
	assert_int_equal(utfs_proc_at(&f->arena, a.proc)->pid, a.pid);
	assert_int_equal(utfs_proc_at(&f->arena, a.proc)->kind, UTFS_PROC_APPLICATION);
	serial = utfs_proc_at(&f->arena, a.proc)->serial;
	assert_true(event_used(&f->arena, 3000));
	attached_kill(&a);
	assert_false(event_used(&f->arena, 3000));
	attached_start(&b, f->dir, UTFS_PROC_FRONT_END, NULL);
	assert_int_equal(b.proc, a.proc);
	assert_true(utfs_proc_at(&f->arena, b.proc)->serial > serial);
	assert_int_equal(utfs_proc_at(&f->arena, b.proc)->kind, UTFS_PROC_FRONT_END);
	/* What the dead one used is not the new one's. */
	assert_false(event_used(&f->arena, 100));
	attached_kill(&b);
}

static void closing_gives_the_slot_back(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena second;

	fixture_open_ok(&second, f->dir, UTFS_PROC_APPLICATION);
	assert_int_equal(second.proc, 1);
	begin(&second);
	assert_int_equal(utfs_proc_use_event(&second, 77, true), 0);
	commit(&second);
	assert_true(event_used(&f->arena, 77));
	assert_int_equal(utfs_pin_take(&second, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0), 0);
	utfs_arena_close(&second);
	assert_int_equal(utfs_proc_at(&f->arena, 1)->kind, UTFS_PROC_FREE);
	assert_false(event_used(&f->arena, 77));
	begin(&f->arena);
	assert_int_equal(utfs_pin_busy(&f->arena, UTFS_ROOT_SERIAL), 0);
	commit(&f->arena);
	/* Safe twice. */
	utfs_arena_close(&second);
}

static void two_arenas_in_one_process_are_two(void **state)
{
	struct fixture *f = *state, *g;
	void *other_state = NULL;
	struct utfs_arena same;

	assert_int_equal(fixture_setup(&other_state), 0);
	g = other_state;
	/* Another domain, and the same domain twice. */
	assert_int_equal(g->arena.proc, 0);
	fixture_open_ok(&same, f->dir, UTFS_PROC_FRONT_END);
	assert_int_equal(same.proc, 1);
	assert_true(utfs_proc_alive(&f->arena, same.proc));
	assert_true(utfs_proc_alive(&same, f->arena.proc));
	assert_false(utfs_proc_alive(&g->arena, 1));
	event_add(&g->arena, "sys", "event");
	assert_int_equal(f->arena.header->nr_events, UTFS_EVENT_ID_FIRST);
	utfs_arena_close(&same);
	fixture_teardown(&other_state);
}

static void a_program_that_closes_all_descriptors_stays_attached(void **state)
{
	struct fixture *f = *state;
	struct attached child;

	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, use_some);
	/* Descriptors the application has left: none leads to the file. */
	for (int fd = 0; fd < 64; fd++) {
		char link[64], target[256];
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/%ld/fd/%d", (long)child.pid, fd);
		n = readlink(link, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		/* The one of our own, which it inherited, does not count. */
		if (!strcmp(target, f->path) && fd != f->arena.fd)
			fail_msg("descriptor %d", fd);
	}
	assert_true(utfs_proc_alive(&f->arena, child.proc));
	attached_kill(&child);
}

struct forked {
	struct utfs_arena *arena;
	int report[2], go[2];
};

/* A parent that forks a child, which takes its own slot; the parent is then killed while the child lives. */
static void parent(void *argument)
{
	struct forked *forked = argument;
	struct utfs_arena *arena = forked->arena;
	uint32_t slots[3] = {arena->proc, 0, 0};
	char c;

	if (fork())
		for (;;)
			pause();
	CHILD_CHECK(!utfs_arena_after_fork(arena));
	slots[1] = arena->proc;
	slots[2] = (uint32_t)getpid();
	CHILD_CHECK(write(forked->report[1], slots, sizeof(slots)) == sizeof(slots));
	CHILD_CHECK(read(forked->go[0], &c, 1) == 1);
	/* Still in business. */
	use_some(arena);
	CHILD_CHECK(write(forked->report[1], slots, sizeof(slots)) == sizeof(slots));
	CHILD_CHECK(read(forked->go[0], &c, 1) == 1);
	_exit(0);
}

static void parent_opens(void *argument)
{
	struct forked *forked = argument;
	static struct utfs_arena arena;
	char dir[64];

	snprintf(dir, sizeof(dir), "%.*s", (int)strlen(forked->arena->path) - 6,
		 forked->arena->path);
	CHILD_CHECK(!fixture_open(&arena, dir, forked->arena->kind, NULL));
	forked->arena = &arena;
	parent(forked);
}

static void fork_with(struct fixture *f, enum utfs_proc_kind kind)
{
	struct utfs_arena as = f->arena;
	struct forked forked = {.arena = &as};
	uint32_t slots[3];
	pid_t pid;

	as.kind = kind;
	/* The orphan becomes ours: only who has been waited for is surely dead. */
	SKIP_UNLESS(!prctl(PR_SET_CHILD_SUBREAPER, 1), "no subreapers here");
	assert_int_equal(pipe(forked.report), 0);
	assert_int_equal(pipe(forked.go), 0);
	pid = child_start(parent_opens, &forked);
	assert_int_equal(read(forked.report[0], slots, sizeof(slots)), sizeof(slots));
	assert_true(slots[0] != slots[1]);
	assert_true(utfs_proc_alive(&f->arena, slots[0]));
	assert_true(utfs_proc_alive(&f->arena, slots[1]));
	kill(pid, SIGKILL);
	child_wait(pid);
	assert_false(utfs_proc_alive(&f->arena, slots[0]));
	assert_true(utfs_proc_alive(&f->arena, slots[1]));
	assert_int_equal(write(forked.go[1], "x", 1), 1);
	assert_int_equal(read(forked.report[0], slots, sizeof(slots)), sizeof(slots));
	assert_true(event_used(&f->arena, 3000));
	assert_int_equal(write(forked.go[1], "x", 1), 1);
	assert_int_equal(child_wait((pid_t)slots[2]), 0);
	assert_false(event_used(&f->arena, 3000));
	close(forked.report[0]);
	close(forked.report[1]);
	close(forked.go[0]);
	close(forked.go[1]);
}

static void a_fork_is_seen_apart_from_its_parent(void **state)
{
	fork_with(*state, UTFS_PROC_APPLICATION);
	fork_with(*state, UTFS_PROC_FRONT_END);
}

static void closes(void *argument)
{
	struct utfs_arena *arena = argument;

	/* Neither in its parent's name nor at its cost. */
	CHILD_CHECK(utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0) == -ESRCH);
	CHILD_CHECK(utfs_pin_drop(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 1) == -ESRCH);
	CHILD_CHECK(utfs_tx_begin(arena) == -ESRCH);
	utfs_arena_close(arena);
}

static void a_fork_that_has_no_slot_does_not_give_away_its_parent_s(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(utfs_pin_take(&f->arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 1), 0);
	begin(&f->arena);
	assert_int_equal(utfs_proc_use_event(&f->arena, 70, true), 0);
	commit(&f->arena);
	child_run(closes, &f->arena);
	assert_int_equal(utfs_proc_at(&f->arena, f->arena.proc)->kind, UTFS_PROC_FRONT_END);
	assert_true(event_used(&f->arena, 70));
	begin(&f->arena);
	assert_int_equal(utfs_pin_busy(&f->arena, UTFS_ROOT_SERIAL), 1);
	commit(&f->arena);
}

static void forks_in_vain(void *argument)
{
	struct utfs_arena *arena = argument;
	uint32_t slot = arena->proc;
	char moved[96];

	snprintf(moved, sizeof(moved), "%.80s-x", arena->path);
	CHILD_CHECK(!rename(arena->path, moved));
	CHILD_CHECK(utfs_arena_after_fork(arena) == -ENOENT);
	CHILD_CHECK(!rename(moved, arena->path));
	CHILD_CHECK(arena->header->magic == UTFS_ABI_MAGIC && arena->proc == slot);
	CHILD_CHECK(utfs_pin_take(arena, UTFS_ROOT_SERIAL, UTFS_PIN_OPEN, 0) == -ESRCH);
}

static void a_fork_without_the_file_keeps_the_mapping(void **state)
{
	struct fixture *f = *state;

	child_run(forks_in_vain, &f->arena);
	assert_true(utfs_proc_alive(&f->arena, f->arena.proc));
}

static void another_file_of_the_same_name_is_not_taken(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena second;
	uint64_t page;

	fixture_open_ok(&second, f->dir, UTFS_PROC_APPLICATION);
	utfs_arena_close(&f->arena);
	assert_int_equal(unlink(f->path), 0);
	fixture_open_ok(&f->arena, f->dir, UTFS_PROC_FRONT_END);
	begin(&second);
	assert_int_equal(utfs_tx_end(&second, utfs_alloc_pages(&second, 1, &page)), -ESTALE);
	/* It cannot be found out: so it lives. Who never was does not. */
	assert_false(utfs_proc_alive(&second, 5));
	utfs_proc_at(&second, 5)->serial = 1;
	assert_true(utfs_proc_alive(&second, 5));
	utfs_arena_close(&second);
}

static void uses_are_bits_that_reach_as_far_as_needed(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	static const uint32_t ids[] = {64, 511, 512, 65535, 65, 40000};
	const struct utfs_proc *proc = utfs_proc_at(arena, arena->proc);
	uint64_t bytes = 0;

	for (size_t i = 0; i < COUNT(ids); i++) {
		begin(arena);
		assert_int_equal(utfs_proc_use_event(arena, ids[i], true), 0);
		commit(arena);
		assert_true(proc->uses_bytes >= bytes && ids[i] < proc->uses_bytes * 8);
		bytes = proc->uses_bytes;
		/* What was there before is still there. */
		for (size_t j = 0; j < COUNT(ids); j++)
			assert_int_equal(event_used(arena, ids[j]), j <= i);
	}
	assert_int_equal(bytes, UTFS_MAX_EVENTS / 8);
	for (size_t i = 0; i < COUNT(ids); i++) {
		begin(arena);
		assert_int_equal(utfs_proc_use_event(arena, ids[i], false), 0);
		commit(arena);
		assert_false(event_used(arena, ids[i]));
	}
	begin(arena);
	assert_int_equal(utfs_proc_use_event(arena, UTFS_MAX_EVENTS, true), -EINVAL);
	assert_int_equal(utfs_proc_use_event(arena, 12, true), 0);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	assert_false(event_used(arena, 12));
}

static void a_damaged_bitmap_is_survived(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	struct utfs_proc *proc = utfs_proc_at(arena, arena->proc);
	static const uint64_t bad[][2] = {
		{8, 64}, {UINT64_MAX - 7, 64}, {0x10000, UINT64_MAX / 8 + 1}, {3, 3}};

	for (size_t i = 0; i < COUNT(bad); i++) {
		int ret;

		proc->uses_offset = bad[i][0];
		proc->uses_bytes = bad[i][1];
		assert_false(event_used(arena, 64));
		begin(arena);
		ret = utfs_proc_use_event(arena, 60000, true);
		assert_true(!ret || ret == -EBADMSG);
		assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	}
	proc->uses_offset = proc->uses_bytes = 0;
}

static void the_dead_are_reaped_with_all_they_held(void **state)
{
	struct fixture *f = *state;
	struct attached children[5];
	uint64_t used;

	for (size_t i = 0; i < COUNT(children); i++)
		attached_start(&children[i], f->dir, UTFS_PROC_APPLICATION, use_some);
	for (size_t i = 0; i < COUNT(children); i += 2)
		attached_kill(&children[i]);
	begin(&f->arena);
	assert_int_equal(utfs_proc_reap(&f->arena), 0);
	commit(&f->arena);
	for (size_t i = 0; i < COUNT(children); i++) {
		const struct utfs_proc *proc = utfs_proc_at(&f->arena, children[i].proc);

		assert_int_equal(proc->kind, i % 2 ? UTFS_PROC_APPLICATION : UTFS_PROC_FREE);
		assert_int_equal(!!proc->uses_offset, i % 2);
	}
	assert_true(event_used(&f->arena, 100));
	attached_kill(&children[1]);
	attached_kill(&children[3]);
	/* Their memory is used again: no round needs more than the one before. */
	used = f->arena.header->heap_end;
	for (int i = 0; i < 20; i++) {
		attached_start(&children[0], f->dir, UTFS_PROC_APPLICATION, use_some);
		attached_kill(&children[0]);
	}
	assert_int_equal(f->arena.header->heap_end, used);
}

static void other_pid_namespace(void *argument)
{
	struct fixture *f = argument;
	struct attached child;
	pid_t pid;

	CHILD_CHECK(!utfs_arena_after_fork(&f->arena));
	/* The next child is process 1 of a namespace of its own. */
	child_unshare(CLONE_NEWPID);
	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, use_some);
	CHILD_CHECK(utfs_proc_at(&f->arena, child.proc)->pid == 1);
	CHILD_CHECK(utfs_proc_alive(&f->arena, child.proc));
	CHILD_CHECK(event_used(&f->arena, 100));
	pid = child.pid;
	kill(pid, SIGKILL);
	CHILD_CHECK(child_wait(pid) == 128 + SIGKILL);
	CHILD_CHECK(!utfs_proc_alive(&f->arena, child.proc));
	CHILD_CHECK(!event_used(&f->arena, 100));
}

static void life_is_seen_across_pid_namespaces(void **state)
{
	child_run(other_pid_namespace, *state);
}

static void when_all_slots_are_taken_it_says_so(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena second;
	char why[UTFS_WHY_BYTES];

	begin(&f->arena);
	assert_int_equal(utfs_region_ensure(&f->arena, UTFS_REGION_PROCS,
					    UTFS_MAX_PROCS * sizeof(struct utfs_proc)),
			 0);
	for (uint64_t i = 1; i < UTFS_MAX_PROCS; i++)
		*utfs_proc_at(&f->arena, i) = *utfs_proc_at(&f->arena, 0);
	f->arena.header->nr_procs = UTFS_MAX_PROCS;
	commit(&f->arena);
	assert_int_equal(fixture_open(&second, f->dir, UTFS_PROC_APPLICATION, why), -EUSERS);
	assert_non_null(strstr(why, f->path));
	/* One of them dies. */
	utfs_proc_at(&f->arena, 77)->serial = f->arena.header->last_proc_serial;
	fixture_open_ok(&second, f->dir, UTFS_PROC_APPLICATION);
	assert_int_equal(second.proc, 77);
	utfs_arena_close(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(kill_9_is_death_and_nothing_less),
		test_with_arena(a_dead_process_s_slot_is_used_again),
		test_with_arena(closing_gives_the_slot_back),
		test_with_arena(two_arenas_in_one_process_are_two),
		test_with_arena(a_program_that_closes_all_descriptors_stays_attached),
		test_with_arena(a_fork_is_seen_apart_from_its_parent),
		test_with_arena(a_fork_that_has_no_slot_does_not_give_away_its_parent_s),
		test_with_arena(a_fork_without_the_file_keeps_the_mapping),
		test_with_arena(another_file_of_the_same_name_is_not_taken),
		test_with_arena(uses_are_bits_that_reach_as_far_as_needed),
		test_with_arena(a_damaged_bitmap_is_survived),
		test_with_arena(the_dead_are_reaped_with_all_they_held),
		test_with_arena(life_is_seen_across_pid_namespaces),
		test_with_arena(when_all_slots_are_taken_it_says_so),
	};

	return cmocka_run_group_tests_name("arena-proc", tests, NULL, NULL);
}
