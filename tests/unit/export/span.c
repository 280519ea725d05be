/* SPDX-License-Identifier: MIT */
/* What events are on a timeline: names that pair, slices that nest or not, whole ones, track events with their scopes, counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../place.h"
#include "../recording/dat-build.h"
#include "export/span.h"
#include "recording/pair.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define FORMAT(name, id, fields)                                                                   \
	"name: " name "\nID: " id "\nformat:\n" COMMON fields "\nprint fmt: \"x\"\n"
#define DURATION "\tfield:u64 duration_ns;\toffset:8;\tsize:8;\tsigned:0;\n"

/* Ids of the events. */
enum { LOAD_BEGIN = 100, LOAD_END, WAIT_BEGIN, WAIT_END, READ, SLICE, LEVEL, ALONE_END };

struct record {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint64_t number; /* duration; letter; counter's value */
	int32_t scope;
	uint32_t name, track;
	char text[12];
};

static char directory[PLACE_BYTES], path[96];
static struct dat *dat;
static struct utfs_recording *recording, *again;
static struct utfs_spans *spans;

static int setup(void **state)
{
	static const char *const formats[] = {
		"s", FORMAT("load_begin", "100", ""), "s", FORMAT("load_end", "101", DURATION),
		"s", FORMAT("wait_begin", "102", ""), "s", FORMAT("wait_end", "103", ""),
	};

	dat = calloc(1, sizeof(*dat));
	if (!dat || !place_make(directory, "span"))
		return -1;
	snprintf(path, sizeof(path), "%s/trace.dat", directory);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		dat->formats[i] = formats[i];
	dat->clock = "[mono]";
	dat->tgids = "11 10\n";
	dat->cmdlines = "10 main\n11 worker\n";
	dat_page(dat, 0, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	utfs_spans_free(spans);
	utfs_recording_close(recording);
	utfs_recording_close(again);
	recording = again = NULL;
	spans = NULL;
	free(dat);
	unlink(path);
	return rmdir(directory);
}

static void add(uint64_t timestamp, uint16_t type, int32_t pid, uint64_t number)
{
	struct record record = {.type = type, .pid = pid, .number = number};

	dat_event(dat, 0, timestamp, &record, sizeof(record));
}

static void add_track(uint64_t timestamp, uint16_t type, int32_t pid, uint64_t number,
		      int32_t scope, const char *name)
{
	struct record record = {.type = type, .pid = pid, .number = number, .scope = scope};

	snprintf(record.text, sizeof(record.text), "%s", name);
	record.name = (uint32_t)(strlen(record.text) + 1) << 16 | offsetof(struct record, text);
	dat_event(dat, 0, timestamp, &record, sizeof(record));
}

/* Writes the file, opens it, and looks at it ahead. */
static void begin(void)
{
	const char *paths[] = {path};
	struct utfs_recording_failure failure;
	struct utfs_recording_event event;

	dat_write(dat, path);
	assert_int_equal(utfs_recording_open(paths, 1, &recording, &failure), 0);
	assert_int_equal(utfs_recording_open(paths, 1, &again, &failure), 0);
	assert_int_equal(utfs_spans_create(recording, &spans), 0);
	while (utfs_spans_can_learn(spans) && utfs_recording_next(again, &event) == 1)
		assert_int_equal(utfs_spans_learn(spans, &event), 0);
}

static struct utfs_span next(enum utfs_span_kind kind, const char *name)
{
	struct utfs_recording_event event;
	struct utfs_span span;

	assert_int_equal(utfs_recording_next(recording, &event), 1);
	assert_int_equal(utfs_spans_take(spans, &event, &span), 0);
	assert_int_equal(span.kind, kind);
	if (kind != UTFS_SPAN_END) {
		assert_int_equal(span.name_bytes, strlen(name));
		assert_memory_equal(span.name, name, span.name_bytes);
	}
	return span;
}

static bool are_pair(const char *begin_name, const char *end_name)
{
	struct utfs_pair_name pair;
	bool matches = false;

	for (size_t n = 0; utfs_pair_name(begin_name, n, &pair); n++)
		matches |= pair.begins && utfs_pair_matches(&pair, end_name);
	return matches;
}

static void test_names(void **state)
{
	struct utfs_pair_name pair;

	assert_true(are_pair("load_begin", "load_end"));
	assert_true(are_pair("load_start", "load_done"));
	assert_true(are_pair("load_start", "load_end"));
	assert_true(are_pair("irq_handler_entry", "irq_handler_exit"));
	assert_true(are_pair("sys_enter_read", "sys_exit_read"));
	assert_true(are_pair("sys_enter", "sys_exit"));
	assert_false(are_pair("load_begin", "loud_end"));
	assert_true(are_pair("start_load", "stop_load"));
	assert_true(are_pair("mutex_lock_slow", "mutex_unlock_slow"));
	assert_true(are_pair("enter", "leave"));
	assert_true(are_pair("begin", "end"));
	assert_true(are_pair("start", "stop"));
	assert_true(are_pair("entry", "exit"));
	assert_false(are_pair("enter", "end"));
	assert_false(are_pair("enter", "load_leave"));
	assert_false(are_pair("load_enter", "leave"));
	assert_false(are_pair("load_begin", "load_stop"));
	assert_false(are_pair("load_end", "load_begin"));
	assert_false(are_pair("load_begin", "load_end_"));
	assert_false(are_pair("load_begin", "lo"));
	assert_false(are_pair("loadbegin", "loadend"));
	assert_false(are_pair("load", "load"));
	assert_false(utfs_pair_name("sched_switch", 0, &pair));
	assert_true(utfs_pair_name("load_end", 0, &pair));
	assert_false(pair.begins);
	assert_true(pair.is_slice);
	assert_true(utfs_pair_matches(&pair, "load_begin"));
	assert_true(utfs_pair_name("lock", 0, &pair));
	assert_true(pair.begins);
	assert_false(pair.is_slice);
}

static void expect_stem(const char *event, const char *wanted)
{
	struct utfs_pair_name pair;
	char *stem;

	assert_true(utfs_pair_name(event, 0, &pair));
	stem = utfs_pair_stem(&pair);
	assert_string_equal(stem, wanted);
	free(stem);
}

static void test_stems(void **state)
{
	expect_stem("load_begin", "load");
	expect_stem("end_load", "load");
	expect_stem("sys_enter_read", "sys_read");
	expect_stem("enter", "");
}

/* Names without a stem are one thing in one system, which gives the slice its name. */
static void test_bare(void **state)
{
	const struct utfs_track *track;

	dat->formats[0] = "database";
	dat->formats[1] = FORMAT("enter", "100", "");
	dat->formats[2] = "database";
	dat->formats[3] = FORMAT("leave", "101", "");
	dat->formats[4] = "network";
	dat->formats[5] = FORMAT("begin", "102", "");
	dat->formats[6] = "other";
	dat->formats[7] = FORMAT("end", "103", "");
	add(10, LOAD_BEGIN, 11, 0);
	add(20, WAIT_BEGIN, 11, 0);
	add(30, WAIT_END, 11, 0);
	add(40, LOAD_END, 11, 0);
	begin();
	track = next(UTFS_SPAN_BEGIN, "database").track;
	next(UTFS_SPAN_INSTANT, "begin");
	next(UTFS_SPAN_INSTANT, "end");
	assert_ptr_equal(next(UTFS_SPAN_END, NULL).track, track);
}

/* What is locked may be unlocked in any order: those are a pair to look at, and no slices. */
static void test_no_slices(void **state)
{
	dat->formats[1] = FORMAT("lock", "100", "");
	dat->formats[3] = FORMAT("unlock", "101", "");
	add(10, LOAD_BEGIN, 11, 0);
	add(20, LOAD_END, 11, 0);
	begin();
	next(UTFS_SPAN_INSTANT, "lock");
	next(UTFS_SPAN_INSTANT, "unlock");
}

static void test_nested(void **state)
{
	struct utfs_span span;
	const struct utfs_track *track;

	add(10, LOAD_BEGIN, 11, 0);
	add(20, WAIT_BEGIN, 11, 0);
	add(21, WAIT_BEGIN, 12, 0);
	add(30, WAIT_END, 11, 0);
	add(40, LOAD_END, 11, 0);
	add(50, WAIT_END, 11, 0);
	add(60, LOAD_END, 12, 55);
	begin();
	track = next(UTFS_SPAN_BEGIN, "load").track;
	assert_null(track->name);
	assert_int_equal(track->scope, UTFS_SCOPE_THREAD);
	assert_int_equal(track->id, 11);
	assert_int_equal(track->tgid, 10);
	assert_string_equal(track->comm, "worker");
	assert_ptr_equal(next(UTFS_SPAN_BEGIN, "wait").track, track);
	assert_ptr_not_equal(next(UTFS_SPAN_BEGIN, "wait").track, track);
	assert_ptr_equal(next(UTFS_SPAN_END, NULL).track, track);
	assert_ptr_equal(next(UTFS_SPAN_END, NULL).track, track);
	/* What did not begin is an instant, or a whole slice if it says how long it took. */
	assert_ptr_equal(next(UTFS_SPAN_INSTANT, "wait_end").track, track);
	span = next(UTFS_SPAN_WHOLE, "load");
	assert_int_equal(span.begin, 5);
	assert_int_equal(span.track->id, 12);
}

static void test_overlapping(void **state)
{
	const struct utfs_track *load, *wait;

	add(10, LOAD_BEGIN, 11, 0);
	add(20, WAIT_BEGIN, 11, 0);
	add(30, LOAD_END, 11, 0);
	add(40, WAIT_END, 11, 0);
	begin();
	load = next(UTFS_SPAN_BEGIN, "load").track;
	wait = next(UTFS_SPAN_BEGIN, "wait").track;
	assert_ptr_not_equal(load, wait);
	assert_string_equal(load->name, "load");
	assert_string_equal(wait->name, "wait");
	assert_int_equal(load->id, 11);
	assert_ptr_equal(next(UTFS_SPAN_END, NULL).track, load);
	assert_ptr_equal(next(UTFS_SPAN_END, NULL).track, wait);
}

static void test_whole(void **state)
{
	struct utfs_span span;

	dat->formats[0] = "libc";
	dat->formats[1] = FORMAT("read", "104", DURATION);
	add(100, READ, 11, 20);
	add(200, READ, 11, 10);
	/* It began before the one that lies in it, but was written a little late. */
	add(202, READ, 11, 11);
	add(300, READ, 11, 301);
	begin();
	span = next(UTFS_SPAN_WHOLE, "read");
	assert_int_equal(span.begin, 80);
	assert_int_equal(next(UTFS_SPAN_WHOLE, "read").begin, 190);
	assert_int_equal(next(UTFS_SPAN_WHOLE, "read").begin, 190);
	next(UTFS_SPAN_INSTANT, "read");
}

/* Where times are no ns, a length in ns says nothing of where the slice began. */
static void test_whole_of_counts(void **state)
{
	dat->formats[0] = "libc";
	dat->formats[1] = FORMAT("read", "104", DURATION);
	dat->clock = "[counter]";
	add(100, READ, 11, 20);
	begin();
	next(UTFS_SPAN_INSTANT, "read");
}

static void test_track_events(void **state)
{
	struct utfs_span span;
	const struct utfs_track *track;

	dat->formats[0] = "app";
	dat->formats[1] =
		FORMAT("slice", "105",
		       "\tfield:char track_event_type;\toffset:8;\tsize:1;\tsigned:0;\n"
		       "\tfield:__data_loc char[] slice_name;\toffset:20;\tsize:4;\tsigned:0;\n");
	dat->formats[2] = "app";
	dat->formats[3] =
		FORMAT("level", "106",
		       "\tfield:s64 counter_value;\toffset:8;\tsize:8;\tsigned:1;\n"
		       "\tfield:int scope_tgid;\toffset:16;\tsize:4;\tsigned:1;\n"
		       "\tfield:__data_loc char[] track_name;\toffset:20;\tsize:4;\tsigned:0;\n");
	dat->formats[4] = "app";
	dat->formats[5] =
		FORMAT("request", "107",
		       "\tfield:char track_event_type;\toffset:8;\tsize:1;\tsigned:0;\n"
		       "\tfield:int scope_request;\toffset:16;\tsize:4;\tsigned:1;\n"
		       "\tfield:__data_loc char[] slice_name;\toffset:20;\tsize:4;\tsigned:0;\n");
	dat->formats[6] = NULL;
	add_track(10, SLICE, 11, 'B', 0, "outer");
	add_track(20, SLICE, 11, 'B', 0, "inner");
	add_track(30, SLICE, 11, 'I', 0, "now");
	add_track(40, LEVEL, 11, (uint64_t)-7, 10, "queue");
	add_track(50, SLICE, 11, 'E', 0, "");
	add_track(60, SLICE, 11, 'E', 0, "");
	add_track(70, SLICE, 11, 'E', 0, "");
	add_track(80, ALONE_END, 11, 'B', 5, "one");
	add_track(90, ALONE_END, 12, 'B', 6, "two");
	add_track(95, ALONE_END, 12, 'E', 5, "");
	add_track(96, LEVEL, 12, 8, 10, "queue");
	begin();
	track = next(UTFS_SPAN_BEGIN, "outer").track;
	assert_null(track->name);
	assert_ptr_equal(next(UTFS_SPAN_BEGIN, "inner").track, track);
	assert_ptr_equal(next(UTFS_SPAN_INSTANT, "now").track, track);
	span = next(UTFS_SPAN_COUNTER, "level");
	assert_int_equal(span.value.kind, UTFS_RECORDING_SIGNED);
	assert_int_equal(span.value.i, -7);
	assert_true(span.track->is_counter);
	assert_string_equal(span.track->name, "queue");
	assert_int_equal(span.track->scope, UTFS_SCOPE_PROCESS);
	assert_int_equal(span.track->id, 10);
	assert_string_equal(span.track->comm, "main");
	next(UTFS_SPAN_END, NULL);
	next(UTFS_SPAN_END, NULL);
	next(UTFS_SPAN_INSTANT, "slice");
	track = next(UTFS_SPAN_BEGIN, "one").track;
	assert_int_equal(track->scope, UTFS_SCOPE_OTHER);
	assert_int_equal(track->id, 5);
	assert_string_equal(track->group, "scope_request");
	assert_string_equal(track->name, "request");
	assert_ptr_not_equal(next(UTFS_SPAN_BEGIN, "two").track, track);
	assert_ptr_equal(next(UTFS_SPAN_END, NULL).track, track);
	/* Whoever counts it. */
	assert_ptr_equal(next(UTFS_SPAN_COUNTER, "level").track, span.track);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_stems),
		cmocka_unit_test_setup_teardown(test_bare, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_slices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nested, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overlapping, setup, teardown),
		cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_whole_of_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_track_events, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
