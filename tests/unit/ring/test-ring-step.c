/* SPDX-License-Identifier: MIT */
/*
 * A writer is stopped before every single instruction that utfs_ring_write() executes, one run for each, and there: killed;
 * made to handle a signal whose handler writes; overtaken by another writer of its CPU; moved to another CPU; asked for a
 * snapshot. Afterwards the buffer must hold exactly what the results say, and where it is to swap, on the side it belongs to.
 *
 * One run is stepped through, to learn the instructions. Stepping a restartable sequence would abort it at each step, so that
 * run hides the sequence from the kernel (rseq_cs = 0). The others run at full speed into a breakpoint: being stopped there
 * is an interruption like any other, and the kernel aborts the sequence when the writer goes on.
 */
#include <elf.h>
#include <linux/rseq.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../probe.h"
#include "fixture.h"

#define OVERWRITE (UTFS_CONFIG_ON | UTFS_CONFIG_OVERWRITE)
#define COUNTER	  ((uint64_t)UTFS_CLOCK_COUNTER << UTFS_CONFIG_CLOCK_SHIFT)

#define RECORD_BYTES 20
#define PER_PAGE     170 /* of those: the page is then full to the last byte */
#define VICTIM	     0x1001
#define INTRUDER     0x2002
#define AFTERWARDS   0x3003
#define LARGE_BYTES  100
#define MAX_STEPS    100000
#define MAX_PLACES   20000
/* Sanitizers multiply the instructions: then every n-th place will do. */
#define ENOUGH_PLACES 1000
/* In locked mode every third will, too, where UTFS_STEP_LONG=1 does not want all: what is killed there holds a lock, or not. */
#define LOCKED_STRIDE 3

static enum utfs_mode mode;

/* What the child says; behind the arena's tables, in shared memory. */
struct report {
	volatile uint32_t begun, ended, written, handler_written;
};

static struct fixture fixture;
static size_t victim_bytes;
static struct report *report;

enum action {
	ACTION_KILL,
	ACTION_SIGNAL,
	ACTION_OVERTAKE,
	ACTION_MIGRATE,
	ACTION_REQUEST,
};

/* The snapshot: there is none; it may be asked for; it was asked for before the write. */
static enum {
	SNAPSHOT_NONE,
	SNAPSHOT_POSSIBLE,
	SNAPSHOT_PENDING,
} snapshot;

static void handler(int signal)
{
	report->handler_written = fixture_write(&fixture, INTRUDER, RECORD_BYTES);
}

static void child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A process of its own in the arena, which can be dead while the parent lives. */
	fixture.arena.serial = 2;
	if (utfs_writer_init(&fixture.writer, &fixture.arena, getpid()))
		_exit(1);
	signal(SIGUSR1, handler);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	report->begun = 1;
	report->written = fixture_write(&fixture, VICTIM, victim_bytes);
	report->ended = 1;
	_exit(0);
}

static void wait_stopped(pid_t pid, int *status)
{
	assert_int_equal(waitpid(pid, status, 0), pid);
}

/* The program counter of a stopped child; new_pc != 0 changes it. */
static uintptr_t child_pc(pid_t pid, uintptr_t new_pc)
{
	struct user_regs_struct regs;
	struct iovec io = {&regs, sizeof(regs)};
	uintptr_t pc;

	assert_int_equal(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io), 0);
#if defined(__x86_64__)
	pc = regs.rip;
	regs.rip = new_pc;
#else
	pc = regs.pc;
	regs.pc = new_pc;
#endif
	if (new_pc)
		assert_int_equal(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io), 0);
	return pc;
}

#if defined(__x86_64__)
#define BREAKPOINT	 0xccL
#define BREAKPOINT_MASK	 0xffL
#define BREAKPOINT_BYTES 1 /* the program counter stands behind it */
#else
#define BREAKPOINT	 0xd4200000L
#define BREAKPOINT_MASK	 0xffffffffL
#define BREAKPOINT_BYTES 0
#endif

/* Where the write has been, each place once, in the order of the first visit. */
static uintptr_t places[MAX_PLACES];
static unsigned int nr_places;

static void place_add(uintptr_t pc)
{
	for (unsigned int i = 0; i < nr_places; i++)
		if (places[i] == pc)
			return;
	assert_true(nr_places < MAX_PLACES);
	places[nr_places++] = pc;
}

/* Steps the child through its write. */
static void learn_places(pid_t pid)
{
	char *cs_word = (char *)fixture.writer.rseq + offsetof(struct rseq, rseq_cs);
	unsigned int steps = 0;
	int status;

	nr_places = 0;
	while (!report->ended) {
		if (report->begun)
			place_add(child_pc(pid, 0));
		assert_true(++steps < MAX_STEPS);
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		wait_stopped(pid, &status);
		assert_true(WIFSTOPPED(status));
		if (mode == UTFS_MODE_RSEQ)
			assert_int_equal(ptrace(PTRACE_POKEDATA, pid, cs_word, NULL), 0);
	}
}

/* Lets the child run until it comes to a place. Return: true it stands there; false it ended before. */
static bool run_to(pid_t pid, uintptr_t place)
{
	long text = ptrace(PTRACE_PEEKTEXT, pid, place, NULL);
	int status;

	ptrace(PTRACE_POKETEXT, pid, place, (text & ~BREAKPOINT_MASK) | BREAKPOINT);
	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	wait_stopped(pid, &status);
	if (WIFEXITED(status))
		return false;
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), SIGTRAP);
	assert_int_equal(ptrace(PTRACE_POKETEXT, pid, place, text), 0);
	assert_int_equal(child_pc(pid, 0), place + BREAKPOINT_BYTES);
	(void)child_pc(pid, place);
	return true;
}

static void run_to_end(pid_t pid, int signal)
{
	int status;

	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal), 0);
	wait_stopped(pid, &status);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* How often each value is there, over all CPUs. */
struct found {
	uint32_t fill, victim, intruder, afterwards, victim_cpu;
	uint32_t old; /* of victim, intruder and afterwards, on the side where the fill is */
	uint64_t dropped;
};

static void count_side(unsigned int cpu, unsigned int side, struct found *found)
{
	static struct utfs_page_copy copy;
	struct utfs_event_iter iter;
	struct utfs_ring_stats stats;
	struct utfs_cursor cursor;
	uint64_t time_stamp = 0, n = 0;

	utfs_reader_cursor(&fixture.arena, 0, cpu, side, &cursor);
	assert_int_equal(utfs_ring_stats(&fixture.arena, 0, cpu, side, &stats), 0);
	while (utfs_reader_copy(&fixture.arena, 0, cpu, &cursor, &copy) == 1) {
		assert_int_equal(copy.lost, 0);
		utfs_event_iter_init(&iter, &copy);
		while (utfs_event_iter_next(&iter)) {
			uint32_t words[LARGE_BYTES / 4];

			assert_true(iter.bytes <= sizeof(words));
			memcpy(words, iter.record, iter.bytes);
			for (size_t i = 1; i < iter.bytes / 4; i++)
				assert_int_equal(words[i], words[0]);
			assert_int_equal(iter.bytes,
					 words[0] == VICTIM ? victim_bytes : RECORD_BYTES);
			assert_true(iter.time_stamp >= time_stamp);
			time_stamp = iter.time_stamp;
			n++;
			found->old += words[0] > VICTIM - 1 && !side;
			if (words[0] == VICTIM) {
				found->victim++;
				found->victim_cpu = cpu;
			}
			if (words[0] == INTRUDER)
				found->intruder++;
			else if (words[0] == AFTERWARDS)
				found->afterwards++;
			else if (words[0] != VICTIM)
				assert_int_equal(words[0], found->fill++);
		}
		utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
	}
	assert_int_equal(stats.entries, n);
	assert_int_equal(stats.entries + stats.overrun + stats.read, stats.written);
	found->dropped += utfs_cpu_buffer_at(&fixture.arena, 0, cpu)->sides[side].dropped;
}

/* Only what was committed before the snapshot was asked for is with the fill; in locked mode also what was under way. */
static void check_sides(enum action action, bool committed, const struct found *found)
{
	if (snapshot == SNAPSHOT_PENDING)
		assert_int_equal(found->old, 0);
	else if (action != ACTION_REQUEST)
		assert_int_equal(found->old, found->victim + found->intruder + found->afterwards);
	else if (mode == UTFS_MODE_RSEQ)
		assert_int_equal(found->old, committed);
	else
		assert_true(found->old >= committed && found->old <= 1);
}

static void check(enum action action, bool parent_written, uint32_t fill, bool committed)
{
	struct found found = {0};

	/* Whatever happened, the next writer goes on. */
	assert_true(fixture_write(&fixture, AFTERWARDS, RECORD_BYTES));
	for (unsigned int i = 0; i < fixture.arena.nr_cpus * UTFS_NR_SIDES; i++)
		if (snapshot || !(i % UTFS_NR_SIDES))
			count_side(i / UTFS_NR_SIDES, i % UTFS_NR_SIDES, &found);
	assert_int_equal(found.fill, fill);
	assert_int_equal(found.afterwards, 1);
	if (action == ACTION_KILL) {
		assert_int_equal(found.victim, committed);
	} else {
		assert_int_equal(found.victim, report->written);
		assert_int_equal(found.victim + found.intruder + found.dropped,
				 action == ACTION_MIGRATE || action == ACTION_REQUEST ? 1 : 2);
		if (mode == UTFS_MODE_RSEQ)
			assert_int_equal(found.dropped, 0);
	}
	/* Not committed yet when it was moved: it belongs to where it runs now. */
	if (mode == UTFS_MODE_RSEQ && action == ACTION_MIGRATE)
		assert_int_equal(found.victim_cpu, !committed);
	check_sides(action, committed, &found);
	assert_int_equal(found.intruder, action == ACTION_SIGNAL     ? report->handler_written
					 : action == ACTION_OVERTAKE ? parent_written
								     : 0);
}

static pid_t start(uint64_t config, uint32_t fill, uint64_t silence)
{
	int status;
	pid_t pid;

	assert_int_equal(fixture_init(&fixture, mode, config, 8), 0);
	report = (struct report *)((char *)fixture.arena.header + UTFS_PAGE_BYTES / 2);
	static_assert(sizeof(struct utfs_header) <= UTFS_PAGE_BYTES / 2, "room for the report");
	for (uint32_t i = 0; i < fill; i++)
		assert_true(fixture_write(&fixture, i, RECORD_BYTES));
	fixture.arena.header->counter += silence;
	if (snapshot)
		assert_int_equal(fixture_snapshot(&fixture), 0);
	if (snapshot == SNAPSHOT_PENDING)
		utfs_ring_snapshot_request(&fixture.arena, 0, NULL, 0);
	pid = fork();
	if (!pid)
		child();
	wait_stopped(pid, &status);
	assert_true(WIFSTOPPED(status));
	return pid;
}

static void end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	/* Who is not known has died. */
	fixture.arena.header->last_proc_serial = 1;
}

static void act(pid_t pid, enum action action, uint32_t fill)
{
	bool parent_written = false, committed;
	struct utfs_cursor main, other = {.entry = 0};
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(1, &cpus);
	assert_int_equal(utfs_end_get(&fixture.arena, 0, 0, 0, &main), 0);
	if (snapshot)
		assert_int_equal(utfs_end_get(&fixture.arena, 0, 0, 1, &other), 0);
	committed = main.entry + other.entry == fill + 1;
	if (action == ACTION_KILL) {
		end(pid);
		check(action, false, fill, committed);
		return;
	}
	if (action == ACTION_OVERTAKE)
		parent_written = fixture_write(&fixture, INTRUDER, RECORD_BYTES);
	else if (action == ACTION_REQUEST)
		utfs_ring_snapshot_request(&fixture.arena, 0, NULL, 0);
	else if (action == ACTION_MIGRATE)
		assert_int_equal(sched_setaffinity(pid, sizeof(cpus), &cpus), 0);
	run_to_end(pid, action == ACTION_SIGNAL ? SIGUSR1 : 0);
	check(action, parent_written, fill, committed);
}
/* All instructions of one kind of write. */
static void every_instruction(enum action action, uint64_t config, uint32_t fill, uint64_t silence,
			      size_t bytes)
{
	unsigned int hits = 0, runs = 0, fewer = 1, stride;
	pid_t pid;

	if ((mode == UTFS_MODE_RSEQ && !utfs_rseq_usable()) || !probe_ptrace() ||
	    (action == ACTION_MIGRATE && sysconf(_SC_NPROCESSORS_ONLN) < 2))
		skip();
	victim_bytes = bytes;
	pid = start(config, fill, silence);
	learn_places(pid);
	end(pid);
	fixture_fini(&fixture);
	if (mode == UTFS_MODE_LOCKED && !getenv("UTFS_STEP_LONG"))
		fewer = LOCKED_STRIDE;
	stride = (nr_places / ENOUGH_PLACES + 1) * fewer;
	for (unsigned int i = 0; i < nr_places; i += stride, runs++) {
		pid = start(config, fill, silence);
		if (run_to(pid, places[i])) {
			hits++;
			act(pid, action, fill);
		}
		fixture_fini(&fixture);
	}
	/* Only what depends on the time may be passed by now and then. */
	assert_true(hits > 80 / fewer && hits > runs - runs / 10);
}

#define STEP_TEST(name, action, ...)                                                               \
	static void name(void **state)                                                             \
	{                                                                                          \
		every_instruction(action, __VA_ARGS__);                                            \
	}

#define SWAP_TEST(name, action, snapshot_, ...)                                                    \
	static void name(void **state)                                                             \
	{                                                                                          \
		snapshot = snapshot_;                                                              \
		every_instruction(action, __VA_ARGS__);                                            \
		snapshot = SNAPSHOT_NONE;                                                          \
	}

/* An event on a page with room, one that needs a new page, one after a long silence (the slow way). */
STEP_TEST(killed_while_writing, ACTION_KILL, OVERWRITE, 5, 0, RECORD_BYTES)
STEP_TEST(killed_while_switching, ACTION_KILL, OVERWRITE, PER_PAGE, 0, RECORD_BYTES)
STEP_TEST(killed_while_extending, ACTION_KILL, OVERWRITE | COUNTER, 5, UINT64_C(1) << 40,
	  RECORD_BYTES)
STEP_TEST(signalled_while_writing, ACTION_SIGNAL, OVERWRITE, 5, 0, RECORD_BYTES)
STEP_TEST(signalled_while_switching, ACTION_SIGNAL, OVERWRITE, PER_PAGE, 0, RECORD_BYTES)
STEP_TEST(signalled_while_extending, ACTION_SIGNAL, OVERWRITE | COUNTER, 5, UINT64_C(1) << 40,
	  RECORD_BYTES)
STEP_TEST(overtaken_while_writing, ACTION_OVERTAKE, OVERWRITE, 5, 0, RECORD_BYTES)
STEP_TEST(overtaken_while_switching, ACTION_OVERTAKE, OVERWRITE, PER_PAGE, 0, RECORD_BYTES)
STEP_TEST(overtaken_before_the_switch, ACTION_OVERTAKE, OVERWRITE, PER_PAGE - 1, 0, RECORD_BYTES)
STEP_TEST(migrated_while_writing, ACTION_MIGRATE, OVERWRITE, 5, 0, RECORD_BYTES)
STEP_TEST(migrated_while_switching, ACTION_MIGRATE, OVERWRITE, PER_PAGE, 0, RECORD_BYTES)
/* The page has room for the other's event, not for ours: its number of events changes under the switch. */
STEP_TEST(signalled_with_room_left, ACTION_SIGNAL, OVERWRITE, PER_PAGE - 2, 0, LARGE_BYTES)
STEP_TEST(overtaken_with_room_left, ACTION_OVERTAKE, OVERWRITE, PER_PAGE - 2, 0, LARGE_BYTES)

/* The same of an event that is the first one after a snapshot was asked for, and of one during which it is. */
SWAP_TEST(killed_while_swapping, ACTION_KILL, SNAPSHOT_PENDING, OVERWRITE, 5, 0, RECORD_BYTES)
SWAP_TEST(signalled_while_swapping, ACTION_SIGNAL, SNAPSHOT_PENDING, OVERWRITE, 5, 0, RECORD_BYTES)
SWAP_TEST(overtaken_while_swapping, ACTION_OVERTAKE, SNAPSHOT_PENDING, OVERWRITE, 5, 0,
	  RECORD_BYTES)
SWAP_TEST(migrated_while_swapping, ACTION_MIGRATE, SNAPSHOT_PENDING, OVERWRITE, 5, 0, RECORD_BYTES)
SWAP_TEST(asked_while_writing, ACTION_REQUEST, SNAPSHOT_POSSIBLE, OVERWRITE, 5, 0, RECORD_BYTES)
SWAP_TEST(asked_while_switching, ACTION_REQUEST, SNAPSHOT_POSSIBLE, OVERWRITE, PER_PAGE, 0,
	  RECORD_BYTES)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_while_writing),
		cmocka_unit_test(killed_while_switching),
		cmocka_unit_test(killed_while_extending),
		cmocka_unit_test(signalled_while_writing),
		cmocka_unit_test(signalled_while_switching),
		cmocka_unit_test(signalled_while_extending),
		cmocka_unit_test(overtaken_while_writing),
		cmocka_unit_test(overtaken_while_switching),
		cmocka_unit_test(overtaken_before_the_switch),
		cmocka_unit_test(migrated_while_writing),
		cmocka_unit_test(migrated_while_switching),
		cmocka_unit_test(signalled_with_room_left),
		cmocka_unit_test(overtaken_with_room_left),
		cmocka_unit_test(killed_while_swapping),
		cmocka_unit_test(signalled_while_swapping),
		cmocka_unit_test(overtaken_while_swapping),
		cmocka_unit_test(migrated_while_swapping),
		cmocka_unit_test(asked_while_writing),
		cmocka_unit_test(asked_while_switching),
	};

	mode = argc > 1 && !strcmp(argv[1], "locked") ? UTFS_MODE_LOCKED : UTFS_MODE_RSEQ;
	return cmocka_run_group_tests_name(mode == UTFS_MODE_RSEQ ? "rseq" : "locked", tests, NULL,
					   NULL);
}
