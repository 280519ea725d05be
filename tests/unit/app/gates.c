/* SPDX-License-Identifier: MIT */
/* Who and where is recorded: set_event_pid, set_event_notrace_pid, tracing_cpumask, several instances. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#include "../../pin.h"
#include "evaluated.h"

UTFS_EVENT(gate, n, UTFS_FIELDS(UTFS_FIELD(int, n)));

static char every_cpu[2 * UTFS_MAX_CPUS]; /* what tracing_cpumask reads at first */

static int setup(void **state)
{
	evaluated_open("gate");
	assert_true(tree_read(&tree, "tracing_cpumask", every_cpu, sizeof(every_cpu)) > 0);
	return 0;
}

static int clear(void **state)
{
	assert_int_equal(tree_write(&tree, "set_event_pid", ""), 0);
	assert_int_equal(tree_write(&tree, "set_event_notrace_pid", ""), 0);
	assert_int_equal(tree_write(&tree, "options/event-fork", "0"), 1);
	assert_int_equal(tree_write(&tree, "tracing_cpumask", every_cpu), strlen(every_cpu));
	return 0;
}

static void pid_write(const char *path, pid_t pid, bool append)
{
	char text[32];

	sprintf(text, "%ld\n", (long)pid);
	assert_int_equal(append ? tree_append(&tree, path, text) : tree_write(&tree, path, text),
			 strlen(text));
}

static void *emit_in_thread(void *n)
{
	trace_gate_n(*(int *)n);
	return NULL;
}

static void thread_run(int n)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, emit_in_thread, &n), 0);
	pthread_join(thread, NULL);
}

static void child_run(int n)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		trace_gate_n(n);
		thread_run(n + 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void only_listed_threads_are_recorded(void **state)
{
	(void)state;
	pid_write("set_event_pid", 1, false);
	(void)taken();
	trace_gate_n(1);
	assert_int_equal(taken(), 0);
	pid_write("set_event_pid", getpid(), true);
	trace_gate_n(1);
	thread_run(2);
	child_run(3);
	assert_int_equal(taken(), 1);
	assert_int_equal(tree_write(&tree, "set_event_pid", ""), 0);
	child_run(3);
	assert_int_equal(taken(), 2);
}

static void unlisted_threads_are_recorded(void **state)
{
	(void)state;
	pid_write("set_event_notrace_pid", getpid(), false);
	(void)taken();
	trace_gate_n(1);
	thread_run(2);
	assert_int_equal(taken(), 1);
	assert_int_equal(record_number(&domain.records[0], 8, 4), 2);
}

static void lists_follow_forks_and_threads(void **state)
{
	char text[256], pid[32];

	(void)state;
	pid_write("set_event_pid", getpid(), false);
	assert_int_equal(tree_write(&tree, "options/event-fork", "1"), 1);
	(void)taken();
	thread_run(1);
	child_run(2);
	assert_int_equal(taken(), 3);
	assert_true(tree_read(&tree, "set_event_pid", text, sizeof(text)) > 0);
	sprintf(pid, "%ld\n", (long)getpid());
	assert_non_null(strstr(text, pid));
	/* The child that has ended makes room for the next one. */
	for (int i = 0; i < 5; i++)
		child_run(4);
	assert_int_equal(taken(), 10);
	assert_int_equal(tree_count(&tree, "set_event_pid", "\n"), 2);
	assert_int_equal(tree_write(&tree, "set_event_pid", ""), 0);
	pid_write("set_event_notrace_pid", getpid(), false);
	child_run(6);
	thread_run(7);
	assert_int_equal(taken(), 0);
}

static void events_that_come_later_are_gated(void **state)
{
	struct utfs_runtime_event event = {0};

	(void)state;
	pid_write("set_event_pid", 1, false);
	assert_int_equal(utfs_runtime_event_register(&event, "later/event u32 a"), 0);
	assert_int_equal(tree_write(&tree, "events/later/event/enable", "1"), 1);
	(void)taken();
	assert_int_equal(utfs_runtime_event_write(&event, "abcd", 4), 0);
	assert_int_equal(taken(), 0);
	assert_int_equal(tree_write(&tree, "set_event_pid", ""), 0);
	assert_int_equal(utfs_runtime_event_write(&event, "abcd", 4), 0);
	assert_int_equal(taken(), 1);
	utfs_runtime_event_unregister(&event);
}

static void only_masked_cpus_record(void **state)
{
	cpu_set_t before;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	if (domain.arena.nr_cpus < 2 || CPU_COUNT(&before) < 2)
		skip();
	assert_int_equal(tree_write(&tree, "tracing_cpumask", "2"), 1);
	(void)taken();
	assert_int_equal(pin_cpu(0), 0);
	trace_gate_n(1);
	assert_int_equal(utfs_printf("no"), 0);
	assert_int_equal(pin_cpu(1), 0);
	trace_gate_n(2);
	assert_int_equal(utfs_printf("yes"), 3);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(taken(), 2);
	assert_int_equal(domain.records[0].cpu, 1);
}

static void cpumask_reads_as_written(void **state)
{
	static const struct {
		const char *text;
		int answer;
	} writes[] = {
		{"zz", -EINVAL},
		{"", -EINVAL},
		{"\n", 1},
		{"0", 1},
		{"1", 1},
		{"0x1", -EINVAL},
		{"123456789", -EOVERFLOW},
		{"1\n", 2},
		{" 1 \n", 4},
		{",1,", 3},
	};
	char wide[2 * UTFS_MAX_CPUS], all[2 * UTFS_MAX_CPUS];

	(void)state;
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++)
		if (tree_write(&tree, "tracing_cpumask", writes[i].text) != writes[i].answer)
			fail_msg("'%s'", writes[i].text);
	/* One chunk, one bit more than there are CPUs. */
	memset(wide, 0, sizeof(wide));
	for (unsigned int i = 0; i <= (domain.arena.nr_cpus + 31) / 32; i++)
		strcat(wide, i ? ",1" : "1");
	assert_int_equal(tree_write(&tree, "tracing_cpumask", wide), -EOVERFLOW);
	if (domain.arena.nr_cpus % 32) {
		sprintf(wide, "%x", 1U << domain.arena.nr_cpus % 32);
		for (unsigned int i = 0; i < domain.arena.nr_cpus / 32; i++)
			strcat(wide, ",0");
		assert_int_equal(tree_write(&tree, "tracing_cpumask", wide), -EOVERFLOW);
	}
	assert_true(tree_write(&tree, "tracing_cpumask", "1") == 1);
	assert_true(tree_read(&tree, "tracing_cpumask", all, sizeof(all)) > 0);
	assert_int_equal(strtoul(strrchr(all, ',') ? strrchr(all, ',') + 1 : all, NULL, 16), 1);
	assert_int_equal(tree_mkdir(&tree, "instances/m"), 0);
	/* A new instance: all; and no memory is taken to say so again. */
	assert_true(tree_read(&tree, "instances/m/tracing_cpumask", all, sizeof(all)) > 0);
	assert_int_equal(tree_write(&tree, "instances/m/tracing_cpumask", all), strlen(all));
	assert_int_equal(tree_rmdir(&tree, "instances/m"), 0);
	assert_int_equal(tree_write(&tree, "tracing_cpumask", all), strlen(all));
	assert_text(&tree, "tracing_cpumask", all);
}

static void event_pid_answers_as_the_kernel(void **state)
{
	static const struct {
		const char *text;
		int answer;
		const char *read;
	} writes[] = {
		{"abc", -EINVAL, ""},
		{"-1", -EINVAL, ""},
		{"0", 1, "0\n"},
		{"1", 1, "1\n"},
		{"1 2 3", 5, "1\n2\n3\n"},
		{"1 abc", -EINVAL, ""},
		{"99999999", 8, "99999999\n"},
		{"999999999999", -EPERM, ""},
		{"", 0, ""},
		{"\n", 1, ""},
		{"1,2", -EINVAL, ""},
		{"3 1 2 1", 7, "1\n2\n3\n"},
		{"0x10 010", 8, "8\n16\n"},
	};
	static const char *const files[] = {"set_event_pid", "set_event_notrace_pid"};

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
			if (tree_write(&tree, files[f], writes[i].text) != writes[i].answer)
				fail_msg("'%s'", writes[i].text);
			assert_text(&tree, files[f], writes[i].read);
		}
		assert_int_equal(tree_write(&tree, files[f], "1"), 1);
		assert_int_equal(tree_append(&tree, files[f], "2"), 1);
		assert_text(&tree, files[f], "1\n2\n");
		assert_int_equal(tree_append(&tree, files[f], "x"), -EINVAL);
		assert_text(&tree, files[f], "1\n2\n");
		assert_int_equal(tree_write(&tree, files[f], ""), 0);
	}
}

/* "... seconds: n: n=NUMBER" at the beginning of a line or in it. Return: the next line; NULL there is none. */
static const char *line_next(const char *line, double *seconds, int *n)
{
	const char *at = strstr(line, ": n: n=");

	if (!at)
		return NULL;
	*n = atoi(at + strlen(": n: n="));
	while (at > line && at[-1] != ' ')
		at--;
	*seconds = strtod(at, NULL);
	return strchr(at, '\n') + 1;
}

/*
 * With nothing to evaluate the clock is read once for all of them, but where one comes to a new page, which they do at different events. In
 * microseconds two clocks would differ at one event in forty or more.
 */
static void instances_record_an_event_with_one_time(void **state)
{
	enum { EVENTS = 6000, PAGES = 2 * EVENTS / 200 };
	static char text[2][128 * EVENTS];
	const char *line[2] = {text[0], text[1]};
	double seconds[2];
	int n[2], differ = 0;

	(void)state;
	assert_int_equal(tree_mkdir(&tree, "instances/a"), 0);
	assert_int_equal(tree_write(&tree, "instances/a/events/gate/n/enable", "1"), 1);
	assert_int_equal(tree_write(&tree, "trace", ""), 0);
	assert_int_equal(tree_write(&tree, "tracing_on", "0"), 1);
	trace_gate_n(-1);
	assert_int_equal(tree_write(&tree, "tracing_on", "1"), 1);
	for (int i = 0; i < EVENTS; i++)
		trace_gate_n(i);
	assert_true(tree_read(&tree, "trace", text[0], sizeof(text[0])) > 0);
	assert_true(tree_read(&tree, "instances/a/trace", text[1], sizeof(text[1])) > 0);
	line[1] = line_next(line[1], &seconds[1], &n[1]);
	assert_int_equal(n[1], -1);
	for (int i = 0; i < EVENTS; i++) {
		for (int k = 0; k < 2; k++) {
			line[k] = line_next(line[k], &seconds[k], &n[k]);
			assert_non_null(line[k]);
			assert_int_equal(n[k], i);
		}
		differ += seconds[0] < seconds[1] || seconds[0] > seconds[1];
	}
	assert_true(differ <= PAGES || domain.arena.mode != UTFS_MODE_RSEQ);
	assert_int_equal(tree_rmdir(&tree, "instances/a"), 0);
	(void)taken();
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, clear)
	const struct CMUnitTest tests[] = {
		T(cpumask_reads_as_written),
		T(event_pid_answers_as_the_kernel),
		T(instances_record_an_event_with_one_time),
		T(only_listed_threads_are_recorded),
		T(unlisted_threads_are_recorded),
		T(lists_follow_forks_and_threads),
		T(events_that_come_later_are_gated),
		T(only_masked_cpus_record),
	};

	return cmocka_run_group_tests(tests, setup, evaluated_close);
}
