/* SPDX-License-Identifier: MIT */
/* What triggers do when events are written. Set through the tree, as by a person. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#include "evaluated.h"

UTFS_EVENT(trg, one, UTFS_FIELDS(UTFS_FIELD(int, n)));
UTFS_EVENT(trg, two, UTFS_FIELDS(UTFS_FIELD(int, n)));

#define ONE	    "events/trg/one/"
#define TWO	    "events/trg/two/"
#define NONE_PREFIX "# Available triggers:\n"

static int setup(void **state)
{
	evaluated_open(NULL);
	return 0;
}

static void put(const char *path, const char *text)
{
	ssize_t ret = tree_write(&tree, path, text);

	if (ret != (ssize_t)strlen(text))
		fail_msg("%s < '%s': %zd", path, text, ret);
}

static int clear(void **state)
{
	(void)state;
	put(ONE "trigger", "!traceon");
	put(TWO "trigger", "!traceon");
	put("events/enable", "0");
	put("events/trg/filter", "0");
	put("set_event_pid", "");
	put("tracing_on", "1");
	domain_read(&domain);
	return 0;
}

static void tracing_stops_at_the_first_event(void **state)
{
	(void)state;
	put(ONE "enable", "1");
	put(TWO "enable", "1");
	put(ONE "trigger", "traceoff");
	trace_trg_two(1);
	trace_trg_one(2);
	trace_trg_two(3);
	/* As in the kernel: a trigger without a filter comes before the record. */
	assert_int_equal(taken(), 1);
	assert_text(&tree, "tracing_on", "0\n");
	put("tracing_on", "1");
	trace_trg_two(4);
	assert_int_equal(taken(), 1);
}

static void the_event_that_a_filter_picks_is_in_the_trace(void **state)
{
	(void)state;
	put(ONE "enable", "1");
	put(ONE "trigger", "traceoff if n == 3");
	for (int i = 0; i < 10; i++)
		trace_trg_one(i);
	assert_int_equal(taken(), 4);
	assert_int_equal(record_number(&domain.records[3], 8, 4), 3);
	assert_text(&tree, "tracing_on", "0\n");
}

static void tracing_starts_and_the_starting_event_is_not_in_the_trace_when_filtered(void **state)
{
	(void)state;
	put(ONE "enable", "1");
	put("tracing_on", "0");
	put(ONE "trigger", "traceon if n == 1");
	trace_trg_one(0);
	trace_trg_one(1);
	assert_int_equal(taken(), 0);
	trace_trg_one(2);
	assert_int_equal(taken(), 1);
	put(ONE "trigger", "!traceon");
	put("tracing_on", "0");
	put(ONE "trigger", "traceon");
	trace_trg_one(3);
	assert_int_equal(taken(), 1);
}

static void a_count_is_used_up_by_changes_only(void **state)
{
	(void)state;
	put(ONE "trigger", "traceoff:2");
	assert_text(&tree, ONE "trigger", "traceoff:count=2\n");
	trace_trg_one(0);
	trace_trg_one(1);
	assert_text(&tree, ONE "trigger", "traceoff:count=1\n");
	put("tracing_on", "1");
	trace_trg_one(2);
	assert_text(&tree, "tracing_on", "0\n");
	assert_text(&tree, ONE "trigger", "traceoff:count=0\n");
	put("tracing_on", "1");
	trace_trg_one(3);
	assert_text(&tree, "tracing_on", "1\n");
	assert_text(&tree, ONE "trigger", "traceoff:count=0\n");
}

static void triggers_see_events_that_are_not_recorded(void **state)
{
	(void)state;
	put(ONE "trigger", "traceoff if n == 7");
	assert_text(&tree, ONE "enable", "0*\n");
	assert_text(&tree, "events/trg/enable", "X\n");
	trace_trg_one(6);
	assert_text(&tree, "tracing_on", "1\n");
	trace_trg_one(7);
	assert_text(&tree, "tracing_on", "0\n");
	assert_int_equal(taken(), 0);
	put("tracing_on", "1");

	put(ONE "enable", "1");
	assert_text(&tree, ONE "enable", "1*\n");
	trace_trg_one(6);
	assert_int_equal(taken(), 1);
	/* Neither the event's own filter nor a gate holds a trigger back. */
	put(ONE "filter", "n == 100");
	put("set_event_pid", "1");
	trace_trg_one(7);
	assert_text(&tree, "tracing_on", "0\n");
	put("tracing_on", "1");
	put(ONE "enable", "0");
	assert_text(&tree, ONE "enable", "0*\n");
	put(ONE "trigger", "!traceoff");
	assert_text(&tree, ONE "enable", "0\n");
	put(ONE "trigger", "traceon");
	put(ONE "enable", "1");
	put(ONE "trigger", "!traceon");
	assert_text(&tree, ONE "enable", "1\n");
}

static void one_event_switches_another(void **state)
{
	(void)state;
	put(ONE "trigger", "enable_event:trg:two if n == 1");
	assert_text(&tree, ONE "enable", "0*\n");
	assert_text(&tree, TWO "enable", "0*\n");
	trace_trg_two(0);
	trace_trg_one(0);
	trace_trg_two(1);
	assert_int_equal(taken(), 0);
	trace_trg_one(1);
	trace_trg_two(2);
	assert_int_equal(taken(), 1);
	assert_text(&tree, TWO "enable", "1*\n");
	put(TWO "trigger", "disable_event:trg:two:1 if n == 5");
	trace_trg_two(4);
	/* Off before it would have been recorded, as in the kernel. */
	trace_trg_two(5);
	trace_trg_two(6);
	assert_int_equal(taken(), 1);
	assert_text(&tree, TWO "enable", "0*\n");
	assert_text(&tree, TWO "trigger", "disable_event:trg:two:count=0 if n == 5\n");
	put(TWO "enable", "1");
	trace_trg_two(5);
	trace_trg_two(7);
	assert_int_equal(taken(), 2);
	put(TWO "trigger", "!disable_event:trg:two");
	put(ONE "trigger", "!enable_event:trg:two");
	assert_text(&tree, TWO "enable", "1\n");
	assert_text(&tree, ONE "enable", "0\n");
	/* What it is when the last one goes, it stays. */
	put(TWO "enable", "0");
	put(ONE "trigger", "enable_event:trg:one");
	put(ONE "trigger", "enable_event:trg:two:1");
	trace_trg_one(9);
	trace_trg_two(9);
	assert_int_equal(taken(), 2);
	put(ONE "trigger", "!enable_event:trg:two");
	put(ONE "trigger", "!disable_event:trg:one");
	assert_text(&tree, ONE "enable", "1\n");
	assert_text(&tree, TWO "enable", "1\n");
}

static void one_event_pauses_the_histograms_of_another(void **state)
{
	static const char paused[] = ":size=2048 [paused]\n", active[] = ":size=2048 [active]\n";

	(void)state;
	put(TWO "trigger", "hist:keys=n");
	assert_true(tree_append(&tree, TWO "trigger", "hist:keys=n.hex") > 0);
	put(ONE "trigger", "disable_hist:trg:two if n == 1");
	trace_trg_two(7);
	trace_trg_one(0);
	assert_int_equal(tree_count(&tree, TWO "trigger", active), 2);
	trace_trg_one(1);
	assert_int_equal(tree_count(&tree, TWO "trigger", paused), 2);
	trace_trg_two(7);
	assert_int_equal(tree_count(&tree, TWO "hist", "    Hits: 1\n"), 2);
	assert_text(&tree, ONE "trigger", "disable_hist:trg:two:unlimited if n == 1\n");
	assert_int_equal(tree_append(&tree, ONE "trigger", "enable_hist:trg:two:1"), -EEXIST);
	put(ONE "trigger", "!enable_hist:trg:two");
	put(ONE "trigger", "enable_hist:trg:two:1");
	trace_trg_one(0);
	assert_int_equal(tree_count(&tree, TWO "trigger", active), 2);
	trace_trg_two(7);
	assert_int_equal(tree_count(&tree, TWO "hist", "    Hits: 2\n"), 2);
	assert_text(&tree, ONE "trigger", "enable_hist:trg:two:count=0\n");
	put(ONE "trigger", "!enable_hist:trg:two");
	/* That removes them, too. */
	assert_int_equal(tree_write(&tree, TWO "trigger", ""), 0);
	assert_int_equal(taken(), 0);
}

static short ready(struct eventfs_file *file)
{
	return eventfs_poll(file) & (POLLIN | POLLPRI);
}

/* Until what it has counted has been read. */
static void a_histogram_is_polled(void **state)
{
	const struct eventfs_request request = {0};
	struct eventfs_file *file;
	char text[4096];

	(void)state;
	put(ONE "trigger", "hist:keys=n");
	assert_int_equal(tree_handle(&tree, ONE "hist", O_RDONLY, &file), 0);
	assert_int_equal(ready(file), 0);
	trace_trg_one(1);
	assert_int_equal(ready(file), POLLIN | POLLPRI);
	assert_true(eventfs_read(file, &request, text, sizeof(text), 0) > 0);
	assert_int_equal(ready(file), 0);
	trace_trg_one(1);
	assert_int_equal(ready(file), POLLIN | POLLPRI);
	eventfs_release(file);
	put(ONE "trigger", "!hist:keys=n");
}

/* That an event is counted and nothing else is known after the first time; it stops being so. */
static void what_is_counted_keeps_up_with_changes(void **state)
{
	(void)state;
	put(ONE "trigger", "hist:keys=n");
	for (int i = 0; i < 4; i++)
		trace_trg_one(-1);
	assert_int_equal(
		tree_count(&tree, ONE "hist", "{ n: 18446744073709551615 } hitcount:          4\n"),
		1);
	assert_int_equal(taken(), 0);
	put(ONE "enable", "1");
	trace_trg_one(-1);
	assert_int_equal(taken(), 1);
	put(ONE "enable", "0");
	trace_trg_one(-1);
	assert_int_equal(taken(), 0);
	assert_int_equal(
		tree_count(&tree, ONE "hist", "{ n: 18446744073709551615 } hitcount:          6\n"),
		1);
	assert_true(tree_append(&tree, ONE "trigger", "hist:keys=n:pause") > 0);
	trace_trg_one(-1);
	assert_true(tree_append(&tree, ONE "trigger", "hist:keys=n:cont") > 0);
	assert_int_equal(tree_count(&tree, ONE "hist", "hitcount:          6\n"), 1);
	assert_true(tree_append(&tree, ONE "trigger", "hist:keys=n:clear") > 0);
	trace_trg_one(-1);
	trace_trg_one(-1);
	assert_int_equal(tree_count(&tree, ONE "hist", "hitcount:          2\n"), 1);
	/* Another trigger beside it, then the histogram alone, then another histogram. */
	assert_true(tree_append(&tree, ONE "trigger", "hist:keys=common_pid") > 0);
	trace_trg_one(-1);
	assert_int_equal(tree_count(&tree, ONE "hist", "    Hits: 3\n"), 1);
	assert_int_equal(tree_count(&tree, ONE "hist", "    Hits: 1\n"), 1);
	assert_true(tree_append(&tree, ONE "trigger", "!hist:keys=common_pid") > 0);
	trace_trg_one(-1);
	assert_int_equal(tree_count(&tree, ONE "hist", "    Hits: 4\n"), 1);
	put(ONE "trigger", "!hist:keys=n");
	trace_trg_one(-1);
	put(ONE "trigger", "hist:keys=n.log2");
	trace_trg_one(5);
	trace_trg_one(5);
	assert_int_equal(tree_count(&tree, ONE "hist", "    Hits: 2\n"), 1);
	put(ONE "trigger", "!hist:keys=n.log2");
}

static void a_histogram_takes_snapshots(void **state)
{
	static const struct {
		const char *trigger;
		size_t events[5][2]; /* after each of the values: in the snapshot, in the trace */
	} cases[] = {
		{"hist:keys=common_pid:v=n:onmax($v).snapshot()",
		 {{1, 0}, {1, 1}, {1, 2}, {3, 1}, {3, 2}}},
		{"hist:keys=common_pid:v=n:onchange($v).snapshot()",
		 {{1, 0}, {1, 1}, {2, 1}, {2, 2}, {2, 3}}},
	};
	/* The buffers change sides: what the one that is left held comes back with the next. */
	static const int values[] = {5, 7, 6, 8, 8};
	char undo[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(tree_mkdir(&tree, "instances/s"), 0);
		put("instances/s/" ONE "enable", "1");
		put("instances/s/" ONE "trigger", cases[i].trigger);
		for (size_t j = 0; j < 5; j++) {
			trace_trg_one(values[j]);
			assert_int_equal(tree_count(&tree, "instances/s/snapshot", "one: n="),
					 cases[i].events[j][0]);
			assert_int_equal(tree_count(&tree, "instances/s/trace", "one: n="),
					 cases[i].events[j][1]);
		}
		snprintf(undo, sizeof(undo), "!%s", cases[i].trigger);
		put("instances/s/" ONE "trigger", undo);
		assert_int_equal(tree_rmdir(&tree, "instances/s"), 0);
	}
}

static void an_instance_takes_its_switches_along(void **state)
{
	(void)state;
	assert_int_equal(tree_mkdir(&tree, "instances/i"), 0);
	put("instances/i/" ONE "trigger", "enable_event:trg:two");
	put("instances/i/" TWO "trigger", "disable_event:trg:one:3");
	put("instances/i/" ONE "trigger", "traceoff:9 if n == 4");
	assert_text(&tree, "instances/i/" TWO "enable", "0*\n");
	trace_trg_one(1);
	assert_text(&tree, "instances/i/" TWO "enable", "1*\n");
	assert_int_equal(tree_rmdir(&tree, "instances/i"), 0);
	assert_text(&tree, TWO "enable", "0\n");
	trace_trg_one(4);
	trace_trg_two(4);
	assert_int_equal(taken(), 0);
}

static void a_snapshot_is_taken_once(void **state)
{
	(void)state;
	assert_int_equal(tree_mkdir(&tree, "instances/s"), 0);
	put("instances/s/" ONE "enable", "1");
	put("instances/s/" ONE "trigger", "snapshot:1 if n == 2");
	for (int i = 0; i < 5; i++)
		trace_trg_one(i);
	/* With the event that asked for it. */
	assert_int_equal(tree_count(&tree, "instances/s/snapshot", "one: n="), 3);
	assert_int_equal(tree_count(&tree, "instances/s/snapshot", "one: n=2\n"), 1);
	assert_int_equal(tree_count(&tree, "instances/s/trace", "one: n="), 2);
	assert_text(&tree, "instances/s/" ONE "trigger", "snapshot:count=0 if n == 2\n");
	trace_trg_one(2);
	assert_int_equal(tree_count(&tree, "instances/s/snapshot", "one: n="), 3);
	assert_int_equal(tree_rmdir(&tree, "instances/s"), 0);
}

static void assert_taken(const int *numbers, size_t n)
{
	assert_int_equal(taken(), n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(record_number(&domain.records[i], 8, 4), numbers[i]);
}

/* The buffers change sides, as in the kernel with what is in them: what nobody has read comes back, and nothing is read twice. */
static void a_reader_reads_on_when_the_root_is_swapped(void **state)
{
	(void)state;
	put(ONE "enable", "1");
	trace_trg_one(1);
	assert_taken((const int[]){1}, 1);
	trace_trg_one(2);
	put("snapshot", "1");
	trace_trg_one(3);
	assert_taken((const int[]){3}, 1);
	assert_int_equal(tree_count(&tree, "snapshot", "one: n="), 1);
	assert_int_equal(tree_count(&tree, "snapshot", "one: n=2\n"), 1);
	trace_trg_one(4);
	put("snapshot", "1");
	trace_trg_one(5);
	assert_taken((const int[]){2, 5}, 2);
	assert_int_equal(tree_count(&tree, "snapshot", "one: n="), 1);
	assert_int_equal(tree_count(&tree, "snapshot", "one: n=4\n"), 1);
	put("snapshot", "0");
	trace_trg_one(6);
	assert_taken((const int[]){6}, 1);
}

static void each_instance_has_its_own(void **state)
{
	(void)state;
	assert_int_equal(tree_mkdir(&tree, "instances/i"), 0);
	put("instances/i/" ONE "trigger", "traceoff");
	put(ONE "enable", "1");
	assert_true(tree_count(&tree, ONE "trigger", NONE_PREFIX));
	trace_trg_one(1);
	assert_text(&tree, "tracing_on", "1\n");
	assert_text(&tree, "instances/i/tracing_on", "0\n");
	assert_int_equal(taken(), 1);
	assert_text(&tree, ONE "enable", "1\n");
	assert_text(&tree, "instances/i/" ONE "enable", "0*\n");
	assert_int_equal(tree_rmdir(&tree, "instances/i"), 0);
	trace_trg_one(2);
	assert_int_equal(taken(), 1);
	/* What comes after it knows nothing of it. */
	assert_int_equal(tree_mkdir(&tree, "instances/j"), 0);
	put("instances/j/" TWO "enable", "1");
	trace_trg_one(3);
	trace_trg_two(3);
	assert_text(&tree, "instances/j/tracing_on", "1\n");
	assert_text(&tree, "instances/j/" ONE "enable", "0\n");
	assert_int_equal(tree_rmdir(&tree, "instances/j"), 0);
}

static int stop;

static void *emitter(void *unused)
{
	(void)unused;
	for (int i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		trace_trg_one(i % 8);
		trace_trg_two(i % 8);
	}
	return NULL;
}

static void round_of_changes(void)
{
	assert_int_equal(tree_mkdir(&tree, "instances/fire"), 0);
	put("instances/fire/" ONE "trigger", "enable_event:trg:two:3 if n == 3");
	put("instances/fire/" TWO "trigger", "traceoff:2");
	put(ONE "trigger", "traceoff:1 if n == 5");
	put(TWO "trigger", "traceon if n == 6");
	put("instances/fire/" TWO "trigger", "disable_event:trg:one if n == 2");
	put("instances/fire/" ONE "trigger", "stacktrace:1");
	put(ONE "trigger", "!traceoff");
	put("instances/fire/" ONE "trigger", "!enable_event:trg:two");
	put(TWO "trigger", "!traceon");
	assert_int_equal(tree_rmdir(&tree, "instances/fire"), 0);
}

/* Lists are replaced, and instances go, under threads that evaluate them: nothing is left that anybody changed too late. */
static void they_change_while_threads_write(void **state)
{
	pthread_t threads[4];

	(void)state;
	put("events/trg/enable", "1");
	__atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, emitter, NULL), 0);
	for (int i = 0; i < 20; i++)
		round_of_changes();
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	put("tracing_on", "1");
	assert_text(&tree, ONE "enable", "1\n");
	assert_text(&tree, TWO "enable", "1\n");
	(void)taken();
	trace_trg_one(1);
	trace_trg_two(1);
	assert_int_equal(taken(), 2);
	/* What comes after the instances that went is as new. */
	assert_int_equal(tree_mkdir(&tree, "instances/fire"), 0);
	put("instances/fire/" TWO "enable", "1");
	assert_text(&tree, "instances/fire/" TWO "enable", "1\n");
	assert_text(&tree, "instances/fire/tracing_on", "1\n");
	assert_int_equal(tree_rmdir(&tree, "instances/fire"), 0);
}

static void a_forked_child_has_them(void **state)
{
	int status;
	pid_t child;

	(void)state;
	put(ONE "trigger", "traceoff:1 if n == 5");
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		trace_trg_one(5);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_text(&tree, "tracing_on", "0\n");
	assert_text(&tree, ONE "trigger", "traceoff:count=0 if n == 5\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tracing_stops_at_the_first_event, clear),
		cmocka_unit_test_setup(the_event_that_a_filter_picks_is_in_the_trace, clear),
		cmocka_unit_test_setup(
			tracing_starts_and_the_starting_event_is_not_in_the_trace_when_filtered,
			clear),
		cmocka_unit_test_setup(a_count_is_used_up_by_changes_only, clear),
		cmocka_unit_test_setup(triggers_see_events_that_are_not_recorded, clear),
		cmocka_unit_test_setup(one_event_switches_another, clear),
		cmocka_unit_test_setup(a_histogram_is_polled, clear),
		cmocka_unit_test_setup(what_is_counted_keeps_up_with_changes, clear),
		cmocka_unit_test_setup(a_histogram_takes_snapshots, clear),
		cmocka_unit_test_setup(one_event_pauses_the_histograms_of_another, clear),
		cmocka_unit_test_setup(an_instance_takes_its_switches_along, clear),
		cmocka_unit_test_setup(a_snapshot_is_taken_once, clear),
		cmocka_unit_test_setup(a_reader_reads_on_when_the_root_is_swapped, clear),
		cmocka_unit_test_setup(each_instance_has_its_own, clear),
		cmocka_unit_test_setup(they_change_while_threads_write, clear),
		cmocka_unit_test_setup(a_forked_child_has_them, clear),
	};

	return cmocka_run_group_tests(tests, setup, evaluated_close);
}
