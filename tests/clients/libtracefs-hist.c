/* SPDX-License-Identifier: MIT */
/*
 * A program that makes histograms and synthetic events with Debian's libtracefs, as such programs do on the kernel's tracefs, by its calls
 * and from SQL. What they find is compared with what the emitter emitted. Each test leaves the tree as it found it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libtracefs-common.h"

/* Histograms ---------------------------------------------------------------------------------------- */

/* The number behind a word in an event's histogram; -1: the word is not there. */
static long hist_number(const char *system, const char *event, const char *word)
{
	char *text = tracefs_event_file_read(NULL, system, event, "hist", NULL);
	const char *at = text ? strstr(text, word) : NULL;
	long number = at ? strtol(at + strlen(word), NULL, 10) : -1;

	free(text);
	return number;
}

static void histograms_count_pause_and_go(void **state)
{
	struct tracefs_hist *hist =
		tracefs_hist_alloc(events, "load", "tick", "writer", TRACEFS_HIST_KEY_NORMAL);

	assert_non_null(hist);
	assert_int_equal(tracefs_hist_add_value(hist, "seq"), 0);
	assert_int_equal(tracefs_hist_add_sort_key(hist, "writer"), 0);
	assert_int_equal(tracefs_hist_start(NULL, hist), 0);
	emit("ticks", 3, 10);
	assert_int_equal(hist_number("load", "tick", "Hits: "), 30);
	assert_int_equal(hist_number("load", "tick", "Entries: "), 3);
	assert_int_equal(hist_number("load", "tick", " seq: "), 45);
	assert_int_equal(tracefs_hist_pause(NULL, hist), 0);
	emit("ticks", 3, 10);
	assert_int_equal(hist_number("load", "tick", "Hits: "), 30);
	assert_int_equal(tracefs_hist_continue(NULL, hist), 0);
	emit("ticks", 3, 10);
	assert_int_equal(hist_number("load", "tick", "Hits: "), 60);
	assert_int_equal(tracefs_hist_reset(NULL, hist), 0);
	assert_int_equal(hist_number("load", "tick", "Hits: "), 0);
	assert_int_equal(tracefs_hist_destroy(NULL, hist), 0);
	assert_int_equal(hist_number("load", "tick", "Hits: "), -1);
	tracefs_hist_free(hist);
}

/* Keys, largest first, of one instance's histogram with a name and a filter; the others have none. */
static void histograms_have_keys_order_filter_and_instance(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-hist");
	struct tracefs_hist_axis_cnt axes[] = {
		{"writer", TRACEFS_HIST_KEY_NORMAL, 0},
		{"u64", TRACEFS_HIST_KEY_HEX, 0},
		{"u8", TRACEFS_HIST_KEY_BUCKETS, 10},
		{NULL, TRACEFS_HIST_KEY_NORMAL, 0},
	};
	struct tracefs_hist *hist = tracefs_hist_alloc_nd_cnt(events, "load", "numbers", axes);
	const char *at;
	char *text;
	int last = 5;

	assert_non_null(instance);
	assert_non_null(hist);
	assert_string_equal(tracefs_hist_get_system(hist), "load");
	assert_string_equal(tracefs_hist_get_event(hist), "numbers");
	assert_int_equal(tracefs_hist_add_name(hist, "lt"), 0);
	assert_int_equal(tracefs_hist_add_value(hist, "u16"), 0);
	assert_int_equal(tracefs_hist_add_sort_key(hist, "writer"), 0);
	assert_int_equal(
		tracefs_hist_sort_key_direction(hist, "writer", TRACEFS_HIST_SORT_DESCENDING), 0);
	assert_int_equal(tracefs_hist_append_filter(hist, TRACEFS_FILTER_COMPARE, "u8",
						    TRACEFS_COMPARE_EQ, "13"),
			 0);
	assert_int_equal(tracefs_hist_append_filter(hist, TRACEFS_FILTER_OR, NULL, 0, NULL), 0);
	assert_int_equal(tracefs_hist_append_filter(hist, TRACEFS_FILTER_COMPARE, "u8",
						    TRACEFS_COMPARE_EQ, "4"),
			 0);
	assert_int_equal(tracefs_hist_start(instance, hist), 0);
	emit("kinds", 5, 20);
	assert_int_equal(hist_number("load", "numbers", "Hits: "), -1);
	text = tracefs_event_file_read(instance, "load", "numbers", "hist", NULL);
	assert_non_null(text);
	assert_non_null(
		strstr(text, "# trigger info: hist:name=lt:keys=writer,u64.hex,u8.buckets="));
	assert_non_null(strstr(text, "u8 == 13"));
	assert_non_null(strstr(text, "Hits: 10"));
	assert_non_null(strstr(text, "Entries: 10"));
	assert_non_null(strstr(text, "{ writer:          4, u64: d0000000004, u8: ~ 10-19 } "
				     "hitcount:          1  u16:         43\n"));
	for (at = strstr(text, "{ writer:"); at; at = strstr(at + 1, "{ writer:")) {
		assert_true(atoi(at + 9) <= last);
		last = atoi(at + 9);
	}
	assert_int_equal(last, 0);
	free(text);
	assert_int_equal(tracefs_hist_destroy(instance, hist), 0);
	tracefs_hist_free(hist);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* What the library itself refuses, and what the tree does: nothing is there afterwards. */
static void bad_histograms_are_refused(void **state)
{
	struct tracefs_hist *hist;

	assert_null(tracefs_hist_alloc(events, "load", "none", "writer", TRACEFS_HIST_KEY_NORMAL));
	hist = tracefs_hist_alloc(events, "load", "tick", "writer", TRACEFS_HIST_KEY_NORMAL);
	assert_non_null(hist);
	assert_int_equal(tracefs_hist_start(NULL, hist), 0);
	assert_int_not_equal(tracefs_hist_start(NULL, hist), 0);
	assert_int_equal(tracefs_hist_destroy(NULL, hist), 0);
	tracefs_hist_free(hist);
	hist = tracefs_hist_alloc(events, "load", "tick", "none", TRACEFS_HIST_KEY_NORMAL);
	assert_non_null(hist);
	assert_int_not_equal(tracefs_hist_start(NULL, hist), 0);
	tracefs_hist_free(hist);
	assert_int_equal(hist_number("load", "tick", "Hits: "), -1);
}

/* Synthetic events ---------------------------------------------------------------------------------- */

/* A delta in time between each pair of events of one writer. */
static struct tracefs_synth *pair_of_events(const char *name)
{
	struct tracefs_synth *synth = tracefs_synth_alloc(events, name, "load", "numbers", "load",
							  "texts", "writer", "writer", "id");

	assert_non_null(synth);
	assert_int_equal(tracefs_synth_add_compare_field(synth, TRACEFS_TIMESTAMP_USECS,
							 TRACEFS_TIMESTAMP_USECS,
							 TRACEFS_SYNTH_DELTA_END, "delta"),
			 0);
	return synth;
}

static void destroy(struct tracefs_synth *synth)
{
	assert_int_equal(tracefs_synth_destroy(synth), 0);
	tracefs_synth_free(synth);
	/* Not even its histograms. */
	assert_int_equal(hist_number("load", "numbers", "Hits: "), -1);
	assert_int_equal(hist_number("load", "texts", "Hits: "), -1);
}

static void synthetic_events_join_two_events(void **state)
{
	struct tracefs_synth *synth = pair_of_events("numbers_to_texts");
	char *text;

	assert_int_equal(tracefs_synth_add_start_field(synth, "u64", "sent"), 0);
	assert_int_equal(tracefs_synth_add_end_field(synth, "flags", "flags"), 0);
	assert_int_equal(tracefs_synth_create(synth), 0);
	text = tracefs_instance_file_read(NULL, "synthetic_events", NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, "numbers_to_texts\t"));
	free(text);
	assert_int_equal(tracefs_event_enable(NULL, "synthetic", "numbers_to_texts"), 0);
	emit("kinds", 2, 20);
	/* Each pair once, and only pairs. */
	assert_int_equal(hist_number("load", "texts", "Hits: "), 40);
	text = tracefs_instance_file_read(NULL, "trace", NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, "numbers_to_texts: id="));
	free(text);
	assert_int_equal(tracefs_event_disable(NULL, "synthetic", "numbers_to_texts"), 0);
	destroy(synth);
	text = tracefs_instance_file_read(NULL, "synthetic_events", NULL);
	assert_true(!text || !strstr(text, "numbers_to_texts"));
	free(text);
}

struct pairs {
	unsigned int by_writer[4];
	unsigned int wrong;
};

/* A record of "pair": s32 is 100003 * seq, negative for odd ones; flags are 1 + seq % 7. */
static int take_pair(struct tep_event *event, struct tep_record *record, int cpu, void *context)
{
	struct pairs *pairs = context;
	unsigned long long id = 4, delta = 0, start = 0, flags = 0;
	long long seq;

	if (tep_get_field_val(NULL, event, "id", record, &id, 0) ||
	    tep_get_field_val(NULL, event, "delta", record, &delta, 0) ||
	    tep_get_field_val(NULL, event, "start", record, &start, 0) ||
	    tep_get_field_val(NULL, event, "flags", record, &flags, 0) || id >= 4) {
		pairs->wrong++;
		return 0;
	}
	seq = llabs((long long)(int32_t)start) / 100003;
	pairs->wrong += flags != (unsigned long long)(1 + seq % 7) || delta > 60000000;
	pairs->by_writer[id]++;
	return 0;
}

static void synthetic_events_are_read_as_records(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-synth");
	struct tracefs_synth *synth = pair_of_events("pair");
	struct pairs pairs = {0};
	struct tep_event *event;

	assert_string_equal(tracefs_synth_get_name(synth), "pair");
	assert_int_equal(tracefs_synth_add_start_field(synth, "s32", "start"), 0);
	assert_int_equal(tracefs_synth_add_end_field(synth, "flags", NULL), 0);
	/* Only some begin, only some end. */
	assert_int_equal(tracefs_synth_append_start_filter(synth, TRACEFS_FILTER_COMPARE, "u8",
							   TRACEFS_COMPARE_LT, "30"),
			 0);
	assert_int_equal(tracefs_synth_append_end_filter(synth, TRACEFS_FILTER_COMPARE, "writer",
							 TRACEFS_COMPARE_NE, "2"),
			 0);
	assert_true(tracefs_synth_complete(synth));
	assert_int_equal(tracefs_synth_create(synth), 0);
	event = tracefs_synth_get_event(events, synth);
	assert_non_null(event);
	assert_string_equal(event->name, "pair");
	assert_int_equal(tracefs_event_enable(instance, "synthetic", "pair"), 0);
	emit("kinds", 4, 50);
	assert_int_equal(
		tracefs_follow_event(events, instance, "synthetic", "pair", take_pair, &pairs), 0);
	assert_int_equal(tracefs_iterate_raw_events(events, instance, NULL, 0, NULL, NULL), 0);
	assert_int_equal(pairs.wrong, 0);
	assert_int_equal(pairs.by_writer[0], 30);
	assert_int_equal(pairs.by_writer[1], 30);
	assert_int_equal(pairs.by_writer[2], 0);
	assert_int_equal(pairs.by_writer[3], 30);
	/* Who records it holds it. */
	assert_int_equal(tracefs_event_disable(instance, "synthetic", "pair"), 0);
	destroy(synth);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* Of each writer but 0 the first is larger than what was: it is written, and the trace kept. */
static void what_is_largest_is_traced_with_a_snapshot(void **state)
{
	struct tracefs_instance *instance = tracefs_instance_create("lt-largest");
	struct tracefs_synth *synth = pair_of_events("largest");
	unsigned int lines = 0;
	char *text;

	assert_int_equal(tracefs_synth_snapshot(synth, TRACEFS_SYNTH_HANDLE_MAX, "id"), 0);
	assert_int_equal(tracefs_synth_trace(synth, TRACEFS_SYNTH_HANDLE_MAX, "id"), 0);
	assert_int_equal(tracefs_synth_create(synth), 0);
	assert_int_equal(tracefs_event_enable(NULL, "load", "texts"), 0);
	assert_int_equal(tracefs_event_enable(instance, "synthetic", "largest"), 0);
	emit("kinds", 4, 20);
	text = tracefs_event_file_read(NULL, "load", "texts", "hist", NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, "Snapshot taken (see tracing/snapshot).  Details:\n"));
	free(text);
	text = tracefs_instance_file_read(NULL, "snapshot", NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, ": texts: writer="));
	free(text);
	text = tracefs_instance_file_read(instance, "trace", NULL);
	assert_non_null(text);
	for (const char *at = text; (at = strstr(at, ": largest: id=")); at++)
		lines++;
	assert_int_equal(lines, 3);
	free(text);
	assert_int_equal(tracefs_event_disable(instance, "synthetic", "largest"), 0);
	assert_int_equal(tracefs_event_disable(NULL, "load", "texts"), 0);
	destroy(synth);
	assert_true(tracefs_instance_file_write(NULL, "snapshot", "0") > 0);
	assert_int_equal(tracefs_instance_destroy(instance), 0);
	tracefs_instance_free(instance);
}

/* Two joined tables are a synthetic event, one is a histogram. */
static void sql_makes_both(void **state)
{
	struct tracefs_synth *synth;
	struct tracefs_hist *hist;
	char *error = NULL;

	synth = tracefs_sql(events, "from_sql",
			    "SELECT start.writer AS who, end.flags AS flags, "
			    "(end.TIMESTAMP_USECS - start.TIMESTAMP_USECS) AS delta "
			    "FROM load.numbers AS start JOIN load.texts AS end "
			    "ON start.writer = end.writer WHERE end.flags = 3",
			    &error);
	assert_non_null(synth);
	assert_int_equal(tracefs_synth_create(synth), 0);
	assert_int_equal(tracefs_event_enable(NULL, "synthetic", "from_sql"), 0);
	emit("kinds", 2, 14);
	/* Flags are 3 for two of fourteen. */
	assert_int_equal(hist_number("load", "numbers", "Hits: "), 28);
	assert_int_equal(hist_number("load", "texts", "Hits: "), 4);
	assert_int_equal(tracefs_event_disable(NULL, "synthetic", "from_sql"), 0);
	destroy(synth);

	synth = tracefs_sql(events, NULL,
			    "SELECT writer, CAST(seq AS LOG) FROM load.tick WHERE seq < 8", &error);
	assert_non_null(synth);
	hist = tracefs_synth_get_start_hist(synth);
	assert_non_null(hist);
	assert_int_equal(tracefs_hist_start(NULL, hist), 0);
	emit("ticks", 1, 20);
	assert_int_equal(hist_number("load", "tick", "Hits: "), 8);
	/* 0, 1, 2-3, 4-7 */
	assert_int_equal(hist_number("load", "tick", "Entries: "), 4);
	assert_int_equal(tracefs_hist_destroy(NULL, hist), 0);
	tracefs_hist_free(hist);
	tracefs_synth_free(synth);
	assert_null(tracefs_sql(events, "bad", "SELECT none FROM load.tick", &error));
	free(error);
}

static void synthetic_events_are_dynamic_events(void **state)
{
	struct tracefs_synth *synth = pair_of_events("dynamic");
	struct tracefs_dynevent **list;
	struct tracefs_dynevent *event;
	char *system = NULL, *name = NULL;

	assert_int_equal(tracefs_synth_create(synth), 0);
	list = tracefs_dynevent_get_all(TRACEFS_DYNEVENT_ALL, NULL);
	assert_non_null(list);
	assert_non_null(list[0]);
	assert_null(list[1]);
	assert_int_equal(tracefs_dynevent_info(list[0], &system, &name, NULL, NULL, NULL),
			 TRACEFS_DYNEVENT_SYNTH);
	assert_string_equal(name, "dynamic");
	free(system);
	free(name);
	tracefs_dynevent_list_free(list);
	event = tracefs_dynevent_get(TRACEFS_DYNEVENT_SYNTH, NULL, "dynamic");
	assert_non_null(event);
	/* Histograms use it. */
	assert_int_not_equal(tracefs_dynevent_destroy(event, false), 0);
	tracefs_dynevent_free(event);
	destroy(synth);
	assert_null(tracefs_dynevent_get(TRACEFS_DYNEVENT_SYNTH, NULL, "dynamic"));

	/* One that nothing uses. */
	assert_true(tracefs_instance_file_append(NULL, "dynamic_events", "s:alone u64 a") > 0);
	assert_int_equal(tracefs_dynevent_destroy_all(TRACEFS_DYNEVENT_SYNTH, true), 0);
	assert_null(tracefs_dynevent_get(TRACEFS_DYNEVENT_SYNTH, NULL, "alone"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(histograms_count_pause_and_go),
		cmocka_unit_test(histograms_have_keys_order_filter_and_instance),
		cmocka_unit_test(bad_histograms_are_refused),
		cmocka_unit_test(synthetic_events_join_two_events),
		cmocka_unit_test(synthetic_events_are_read_as_records),
		cmocka_unit_test(what_is_largest_is_traced_with_a_snapshot),
		cmocka_unit_test(sql_makes_both),
		cmocka_unit_test(synthetic_events_are_dynamic_events),
	};

	return cmocka_run_group_tests(tests, load_events, free_events);
}
