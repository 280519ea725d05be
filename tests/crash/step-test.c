/* SPDX-License-Identifier: MIT */
/*
 * A second proof, which does not rely on injection points: the process is single-stepped through the change and killed
 * behind its k-th instruction. With UTRACEFS_CRASH_FULL=1 behind every one, otherwise behind a sample.
 *
 *   test-crash-step [KIND...]
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash.h"
#include "ring/ring.h"

#if defined(                                                                                       \
	__SANITIZE_ADDRESS__) /* many more instructions, and processes that cost ten times as much */
#define KILLS_PER_KIND 20
#define SHORT	       1
#else
#define KILLS_PER_KIND 40
/* Of a change that is shorter, every instruction. */
#define SHORT	       400
#endif
/* A change with more than that is for the injection points. */
#define MAX_STEPS  60000
#define MAX_POINTS 1000
#define ALL_POINTS UINT32_MAX

static const char *const default_kinds[] = {"instance-remove",
					    "pin",
					    "ring-consume",
#if !defined(__SANITIZE_ADDRESS__)
					    "instance-add-to-freed-slot",
					    "event-second-of-system",
					    "event-remove-last",
					    "use-with-growth",
					    "pages-from-extent",
#endif
					    NULL};

/*
 * To step from the start for each kill would take the square of the change's length: the process runs to an injection point
 * and is stepped from there.
 */
static unsigned int stop_at, passed;

static void point_stop(const char *file, int line)
{
	(void)file;
	(void)line;
	if (++passed == stop_at || stop_at == ALL_POINTS)
		kill(getpid(), SIGTRAP);
}

static void child(const char *dir, const struct crash_kind *kind)
{
	static struct utfs_arena arena;
	const struct utfs_arena_options options = {
		.kind = UTFS_PROC_FRONT_END, .directory = dir, .rseq_usable = utfs_rseq_usable()};
	char why[UTFS_WHY_BYTES];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (utfs_arena_open(&arena, &options, why) || (kind->prepare && kind->prepare(&arena)))
		_exit(2);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(77);
	utfs_inject_hook = point_stop;
	kill(getpid(), SIGTRAP);
	(void)kind->operate(&arena);
	kill(getpid(), SIGUSR2);
	_exit(2);
}

/* Starts a process that is stopped in front of the change. Return: its id, or -1 where that cannot be done here. */
static pid_t stepped_start(const char *dir, const struct crash_kind *kind, unsigned int point)
{
	int status;
	pid_t pid;

	fflush(NULL);
	stop_at = point;
	passed = 0;
	pid = fork();
	if (!pid)
		child(dir, kind);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) ? pid : -1;
}

/* Return: the signal it was stopped by, 0 when it ended. */
static int stepped_go(pid_t pid, bool one_instruction)
{
	int status;

	if (ptrace(one_instruction ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, NULL, NULL) ||
	    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 0;
	return WSTOPSIG(status);
}

static bool stepped_kill(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == pid && !WIFSIGNALED(status))
		;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* How many instructions lie behind each point, up to the next one. Return: points, the start included; or -1. */
static int measure(const char *dir, const struct crash_kind *kind, unsigned int lengths[MAX_POINTS])
{
	pid_t pid = stepped_start(dir, kind, ALL_POINTS);
	unsigned int steps = 0;
	int points = 1, signal;

	if (pid < 0)
		return -1;
	lengths[0] = 0;
	while ((signal = stepped_go(pid, true)) == SIGTRAP && steps++ < MAX_STEPS) {
		siginfo_t info;

		lengths[points - 1]++;
		if (ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) || info.si_code != SI_USER)
			continue;
		if (points == MAX_POINTS)
			break;
		lengths[points++] = 0;
	}
	return stepped_kill(pid) && signal == SIGUSR2 ? points : -1;
}

/* Kills behind the `steps`-th instruction behind a point. */
static bool kill_behind(const char *dir, const struct crash_kind *kind, unsigned int point,
			unsigned int steps)
{
	pid_t pid = stepped_start(dir, kind, point);

	if (pid < 0 || (point && stepped_go(pid, false) != SIGTRAP))
		return false;
	for (unsigned int i = 0; i < steps && stepped_go(pid, true) == SIGTRAP; i++)
		;
	return stepped_kill(pid);
}

/* Return: 0 old, 1 new, -1 neither. */
static int state(const struct crash_run *run, const struct crash_kind *kind,
		 const struct crash_text *before, const struct crash_text *after)
{
	struct crash_text found = {0};
	int ret = -1;

	if (crash_look(run->work, &found) || !crash_text_whole(kind, &found)) {
		ret = -1;
	} else if (crash_text_same(&found, before, false)) {
		ret = 0;
	} else if (crash_text_same(&found, after, false)) {
		ret = 1;
	} else {
		crash_text_differ("neither the old state:", &found, before);
		crash_text_differ("nor the new one:", &found, after);
	}
	crash_text_free(&found);
	return ret;
}

static bool steps_ok(const struct crash_run *run, const struct crash_kind *kind,
		     const struct crash_text *before, const struct crash_text *after,
		     const unsigned int *lengths, int points, unsigned int *kills)
{
	const char *full = getenv("UTRACEFS_CRASH_FULL");
	unsigned int total = 0, at = 0, seen[2] = {0, 0}, stride;

	for (int i = 0; i < points; i++)
		total += lengths[i];
	stride = full && *full == '1' ? 1 : total < SHORT ? 1 : total / KILLS_PER_KIND + 1;
	for (int point = 0; point < points; at -= lengths[point++]) {
		/* The end is looked at closely: the commit is there. */
		for (; at < lengths[point]; at += point < points - 3 ? stride : stride / 4 + 1) {
			int which;

			if (crash_copy(run->setup, run->work) ||
			    !kill_behind(run->work, kind, (unsigned int)point, at))
				return false;
			which = state(run, kind, before, after);
			++*kills;
			if (which < 0) {
				fprintf(stderr, "%s: killed behind point %d + %u instructions\n",
					kind->name, point, at);
				return false;
			}
			seen[which]++;
		}
	}
	printf("ok   %s: %u instructions: %u times old, %u times new\n", kind->name, total, seen[0],
	       seen[1]);
	return seen[0] && seen[1];
}

/* Return: 0 good, 1 bad, 77 cannot be done here. */
static int kind_run(const struct crash_run *run, const struct crash_kind *kind, unsigned int *kills)
{
	static unsigned int lengths[MAX_POINTS];
	struct crash_text before = {0}, after = {0};
	int points, ret = 1;

	if (crash_setup(run, kind) || crash_states(run, kind, &before, &after) ||
	    !crash_text_whole(kind, &before) || !crash_text_whole(kind, &after) ||
	    crash_copy(run->setup, run->work))
		goto out;
	points = measure(run->work, kind, lengths);
	if (points < 0)
		ret = 77;
	else
		ret = !steps_ok(run, kind, &before, &after, lengths, points, kills);
	if (ret)
		fprintf(stderr, "%s: failed\n", kind->name);
out:
	crash_text_free(&before);
	crash_text_free(&after);
	return ret;
}

static bool wanted(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names;
}

int main(int argc, char **argv)
{
	const char *const *names = argc > 1 ? (const char *const *)argv + 1 : default_kinds;
	unsigned int kinds = 0, kills = 0;
	struct crash_run run;
	int ret = 0;

	if (crash_start(&run))
		return 2;
	for (int i = 0; !ret && crash_layers[i]; i++)
		for (size_t j = 0; !ret && j < crash_layers[i]->nr_kinds; j++)
			if (wanted(crash_layers[i]->kinds[j].name, names)) {
				ret = kind_run(&run, &crash_layers[i]->kinds[j], &kills);
				kinds++;
			}
	crash_finish(&run);
	if (ret == 77)
		printf("a process cannot be single-stepped here\n");
	else
		printf("%u kinds, %u processes killed\n", kinds, kills);
	return ret ? ret : !kinds;
}
