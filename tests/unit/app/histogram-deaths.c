/* SPDX-License-Identifier: MIT */
/* Histograms' maps where programs are killed while they count, where the maps are freed under those who count in them, and where they are damaged. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../probe.h"
#include "hist-fixture.h"

/* Fills what is left. Return: elements that are lost. */
static uint32_t elements_lost(void)
{
	struct utfs_hist_copy copy;
	struct utfs_hist_view view;
	uint64_t dropped = 0;

	assert_true(view_get(&view));
	for (uint64_t i = 0; i < view.nr_elements + 10; i++)
		dropped += !count_key(&fixture, UINT64_C(1) << 40 | i, 1);
	copy = map_check();
	assert_int_equal(copy.drops, dropped);
	free(copy.elements);
	return view.nr_elements - copy.nr_entries;
}

/* ------ killed ------ */

static void program_of_new_keys(uint64_t first)
{
	struct fixture own = {.plan = fixture.plan};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fixture_open(&own);
	for (uint64_t i = 0;; i++)
		(void)count_key(&own, first + i, 1);
}

static void a_killed_program_costs_one_element_at_most(void **state)
{
	const unsigned int nr_killed = 12;
	int status;

	plan_make("keys=key:size=65536");
	for (unsigned int i = 0; i < nr_killed; i++) {
		pid_t pid = fork();

		if (!pid)
			program_of_new_keys((uint64_t)i << 20);
		usleep(2000 + 317 * i);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	assert_true(elements_lost() <= nr_killed);
}

/* A child that counts one new key and is killed after so many instructions. Return: had it ended before? */
static bool killed_after(unsigned int steps, uint64_t key)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct fixture own = fixture;

		/* The parent's mapping and section table: it waits meanwhile. */
		own.section = (struct utfs_section_entry){0};
		own.writer.rseq = NULL;
		(void)count_key(&own, 0, 1);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		(void)count_key(&own, key, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (unsigned int i = 0; i < steps && WIFSTOPPED(status); i++) {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid)
			fail();
	}
	if (!WIFSTOPPED(status))
		return true;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return false;
}

/* Each element's values are from 0 on what they were stored as, or not yet; a variable that is set has its value. */
static void element_check(const struct utfs_hist_element *element, unsigned int nr_values)
{
	static const uint64_t stored[] = {1, 1, 1, 2, 1, 1};

	assert_true(element->values[0] >= 1);
	for (unsigned int i = 2; nr_values == 7 && i < 6; i++)
		if (element->values[6] & UINT64_C(1) << i)
			assert_int_equal(element->values[i], stored[i]);
}

static void death_try(const char *text, unsigned int nr_values, unsigned int stride)
{
	unsigned int step = 0, killed = 0;
	bool ended = false;

	plan_make(text);
	/* The way through raise() and back, too. */
	for (uint64_t key = 1; !ended && step < 4000; key++, step += stride) {
		struct utfs_hist_copy copy;

		ended = killed_after(step, key);
		killed++;
		copy = map_check();
		for (uint32_t i = 0; i < copy.nr_entries; i++)
			element_check(
				(const void *)(copy.elements + (size_t)i * copy.element_bytes),
				nr_values);
		free(copy.elements);
	}
	assert_true(killed > 30);
	assert_true(elements_lost() <= killed);
}

/* Instructions between two deaths. A sanitizer makes many more instructions of it. */
#if defined(__SANITIZE_ADDRESS__)
#define STRIDE(normal, sanitized) (sanitized)
#else
#define STRIDE(normal, sanitized) (normal)
#endif

static void death_at_any_instruction_leaves_a_whole_map(void **state)
{
	SKIP_UNLESS(probe_ptrace(), "ptrace() does not work here");
	death_try("keys=key:vals=value:size=2048", 2, STRIDE(3, 45));
	/* hitcount, value, v, w; what onmax remembers, what save keeps; which are set. */
	death_try("keys=key:vals=value:v=value,w=value*2:onmax($v).save(value):size=2048", 7,
		  STRIDE(17, 85));
}

/* ------ freed under those who count ------ */

static void *reap_run(void *arg)
{
	struct utfs_arena *arena = arg;

	return (void *)(intptr_t)utfs_section_reap(arena);
}

static uint64_t used_bytes(void)
{
	uint64_t used;

	assert_int_equal(utfs_tx_begin(&fixture.arena), 0);
	used = utfs_arena_used_bytes(&fixture.arena);
	assert_int_equal(utfs_tx_end(&fixture.arena, 0), 0);
	return used;
}

static void release(void)
{
	assert_int_equal(utfs_tx_begin(&fixture.arena), 0);
	assert_int_equal(utfs_hist_release(&fixture.arena, fixture.plan), 0);
	assert_int_equal(utfs_tx_end(&fixture.arena, 0), 0);
	fixture.plan = 0;
}

static void what_is_released_is_freed_when_nobody_is_inside(void **state)
{
	uint64_t before, with;
	struct utfs_section_entry inside = {0};
	pthread_t thread;
	void *result;

	/* The first release makes tables of what is released and of what is free, which stay. */
	plan_make("keys=key:size=4096");
	release();
	assert_int_equal(utfs_section_reap(&fixture.arena), 0);
	before = used_bytes();
	plan_make("keys=key:size=4096");
	with = used_bytes();
	assert_true(with > before + 4096 * 24);
	assert_true(utfs_section_enter(&fixture.writer, (pid_t)syscall(SYS_gettid), &inside));
	release();
	assert_int_equal(pthread_create(&thread, NULL, reap_run, &fixture.arena), 0);
	usleep(20000);
	assert_int_equal(used_bytes(), with);
	utfs_section_leave(&inside);
	pthread_join(thread, &result);
	assert_int_equal((intptr_t)result, 0);
	assert_int_equal(used_bytes(), before);
}

static void program_inside(int ready)
{
	struct fixture own = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fixture_open(&own);
	if (!utfs_section_enter(&own.writer, getpid(), &own.section))
		_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void the_dead_hold_nothing(void **state)
{
	uint64_t before;
	int ends[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(utfs_section_reap(&fixture.arena), 0);
	before = used_bytes();
	plan_make("keys=key");
	pid = fork();
	if (!pid)
		program_inside(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	release();
	assert_int_equal(utfs_section_reap(&fixture.arena), -EBUSY);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(utfs_section_reap(&fixture.arena), 0);
	assert_true(used_bytes() <= before + 2 * UTFS_PAGE_BYTES + 32768);
	close(ends[0]);
	close(ends[1]);
}

static void *enter_and_leave(void *arg)
{
	struct utfs_section_entry *entry = arg;

	if (!utfs_section_enter(&fixture.writer, (pid_t)syscall(SYS_gettid), entry))
		return (void *)1;
	utfs_section_leave(entry);
	return NULL;
}

static void every_thread_finds_a_section(void **state)
{
	struct utfs_section_entry entries[3 * UTFS_SECTIONS] = {0};
	pthread_t threads[3 * UTFS_SECTIONS];
	struct utfs_section_entry first = {0};
	void *result;

	/* One after the other they have the same one: who is gone needs none. */
	for (unsigned int i = 0; i < 3 * UTFS_SECTIONS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, enter_and_leave, &entries[i]),
				 0);
		pthread_join(threads[i], &result);
		assert_null(result);
		assert_false(entries[i].shared);
	}
	/* Where all are taken they share the last. */
	for (unsigned int i = 0; i < UTFS_SECTIONS; i++)
		fixture.arena.sections[i].owner = (uint64_t)getpid();
	assert_true(utfs_section_claim(&fixture.arena, getppid(), &first));
	assert_true(first.shared);
	assert_true(utfs_section_enter(&fixture.writer, getppid(), &first));
	assert_int_equal(first.section->word & UTFS_SECTION_DEPTH, 1);
	utfs_section_leave(&first);
	assert_int_equal(first.section->word & UTFS_SECTION_DEPTH, 0);
}

/* ------ damaged ------ */

static void damage_try(const char *text)
{
	const struct utfs_hist_plan *plan;
	struct utfs_hist_view view;
	unsigned char *bytes;
	uint64_t plan_bytes;
	unsigned int seed = 1;
	size_t size;

	plan_make(text);
	assert_true(view_get(&view));
	plan = utfs_hist_plan_get(&fixture.arena, fixture.plan, &plan_bytes);
	assert_non_null(plan);
	for (int i = 0; i < 20000; i++) {
		bool of_plan = i % 2;
		unsigned char saved;

		bytes = of_plan ? (unsigned char *)plan : (unsigned char *)view.map;
		size = of_plan ? plan_bytes : utfs_hist_map_bytes(7, view.element_bytes);
		bytes += (size_t)rand_r(&seed) % (i % 4 < 2 ? 256 : size);
		saved = *bytes;
		*bytes = (unsigned char)rand_r(&seed);
		(void)count_key(&fixture, (uint64_t)rand_r(&seed) % 200, 1);
		*bytes = saved;
	}
	/* What is counted in a wild place is still in the map's own pages. */
	assert_true(view_get(&view));
}

static void damage_counts_nothing_and_harms_nobody(void **state)
{
	damage_try("keys=key,name,text:vals=value:size=128");
	damage_try("keys=key:vals=value*2+key:v=value,t=text,c=common_pid.execname,w=value*3-1/key:"
		   "onmax($v).save(name,text,value):onchange($w).snapshot():size=128");
}

/* histogram-deaths [TEST]: leaves that one out */
int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_killed_program_costs_one_element_at_most),
		TEST(death_at_any_instruction_leaves_a_whole_map),
		TEST(what_is_released_is_freed_when_nobody_is_inside),
		TEST(the_dead_hold_nothing),
		TEST(every_thread_finds_a_section),
		TEST(damage_counts_nothing_and_harms_nobody),
	};

	if (argc > 1)
		cmocka_set_skip_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
