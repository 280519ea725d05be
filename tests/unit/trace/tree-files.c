/* SPDX-License-Identifier: MIT */
/* Which files there are, and what the control files accept, answer, and refuse: the kernel's answers. */
#include "tree.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int list_one(void *arg, const char *name, const struct eventfs_attr *attr, uint64_t next)
{
	char *text = arg;

	(void)next;
	if (strcmp(name, ".") && strcmp(name, ".."))
		sprintf(text + strlen(text), "%o %s\n", attr->mode, name);
	return 0;
}

static void assert_listing(struct tree *tree, const char *path, const char *expected)
{
	char text[8192] = "";
	struct eventfs_attr attr;

	assert_int_equal(eventfs_walk(tree->fs, path, &attr), 0);
	assert_int_equal(eventfs_readdir(tree->fs, attr.id, 0, list_one, text), 0);
	assert_string_equal(text, expected);
}

/* What the root has, and an instance unless it is marked. */
static const struct entry {
	const char *text; /* as list_one() writes it */
	bool root_only;
} array_entries[] = {
	{"100440 README\n", true},
	{"100440 available_events\n", true},
	{"100440 available_tracers\n", false},
	{"100640 buffer_percent\n", false},
	{"100640 buffer_size_kb\n", false},
	{"100640 buffer_subbuf_size_kb\n", false},
	{"100440 buffer_total_size_kb\n", false},
	{"100640 current_tracer\n", false},
	{"100640 dynamic_events\n", true},
	{"100640 error_log\n", false},
	{"40755 events\n", false},
	{"100200 free_buffer\n", false},
	{"40750 instances\n", true},
	{"40750 options\n", false},
	{"100640 pending_events\n", false},
	{"40750 per_cpu\n", false},
	{"100440 printk_formats\n", true},
	{"100440 saved_cmdlines\n", true},
	{"100640 saved_cmdlines_size\n", true},
	{"100440 saved_tgids\n", true},
	{"100640 set_event\n", false},
	{"100640 set_event_notrace_pid\n", false},
	{"100640 set_event_pid\n", false},
	{"100640 snapshot\n", false},
	{"100640 synthetic_events\n", true},
	{"100440 timestamp_mode\n", false},
	{"100640 trace\n", false},
	{"100640 trace_clock\n", false},
	{"100220 trace_marker\n", false},
	{"100220 trace_marker_raw\n", false},
	{"100640 trace_options\n", false},
	{"100440 trace_pipe\n", false},
	{"100640 tracing_cpumask\n", false},
	{"100640 tracing_max_latency\n", false},
	{"100640 tracing_on\n", false},
	{"100640 tracing_thresh\n", true},
};

/* Every entry is there, and nothing else. */
static void assert_array(struct tree *tree, const char *path, bool root)
{
	size_t expected = 0, lines = 0;
	struct eventfs_attr attr;
	char text[8192] = "\n";

	assert_int_equal(eventfs_walk(tree->fs, path, &attr), 0);
	assert_int_equal(eventfs_readdir(tree->fs, attr.id, 0, list_one, text), 0);
	for (size_t i = 0; i < sizeof(array_entries) / sizeof(array_entries[0]); i++) {
		char line[64];

		if (array_entries[i].root_only && !root)
			continue;
		snprintf(line, sizeof(line), "\n%s", array_entries[i].text);
		if (!strstr(text, line))
			fail_msg("'%s' has no %s", path, array_entries[i].text);
		expected++;
	}
	for (const char *at = text + 1; *at; at = strchr(at, '\n') + 1)
		lines++;
	if (lines != expected)
		fail_msg("'%s' has %zu entries, not %zu:%s", path, lines, expected, text);
}

static void test_root_and_instances_have_the_files_of_a_trace_array(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_array(tree, "", true);
	assert_array(tree, "instances/foo", false);
	assert_listing(tree, "instances", "40750 foo\n");
}

static void test_event_directories(void **state)
{
	struct tree *tree = *state;

	assert_listing(tree, "events",
		       "100640 enable\n100440 header_event\n100440 header_page\n"
		       "40755 ftrace\n40755 zoo\n40755 park\n");
	assert_listing(tree, "events/zoo", "100640 enable\n100640 filter\n40755 cat\n40755 dog\n");
	assert_listing(
		tree, "events/zoo/cat",
		"100640 enable\n100640 filter\n100440 format\n100440 hist\n100440 hist_debug\n"
		"100440 id\n100640 trigger\n");
	assert_listing(tree, "events/ftrace/print", "100440 format\n100440 hist\n100440 id\n");
	assert_text(tree, "events/ftrace/print/hist", "");
	assert_listing(tree, "per_cpu/cpu0",
		       "100640 buffer_size_kb\n100640 snapshot\n100440 snapshot_raw\n"
		       "100440 stats\n100640 trace\n100440 trace_pipe\n"
		       "100440 trace_pipe_raw\n");
	assert_text(tree, "available_events", "zoo:cat\nzoo:dog\npark:tree\n");
	assert_text(tree, "events/ftrace/print/id", "5\n");
	assert_text(tree, "events/zoo/cat/id", "64\n");
	assert_text(tree, "events/zoo/cat/format",
		    "name: cat\nID: 64\nformat:\n"
		    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		    "\tfield:u32 n;\toffset:8;\tsize:4;\tsigned:0;\n\n"
		    "print fmt: \"n=%u\", REC->n\n");
}

static void test_event_enable_takes_0_and_1(void **state)
{
	static const struct exchange exchanges[] = {
		{"events/zoo/cat/enable", "0", 1, "0\n"},
		{"events/zoo/cat/enable", "1", 1, "1\n"},
		{"events/zoo/cat/enable", "0\n", 2, "0\n"},
		{"events/zoo/cat/enable", "1\n", 2, "1\n"},
		{"events/zoo/cat/enable", "2", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "abc", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "\n", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", " 1", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "1 ", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "1x", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "01", 2, "1\n"},
		{"events/zoo/cat/enable", "0x1", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "on", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "-1", -EINVAL, "1\n"},
		{"events/zoo/cat/enable", "99999999999999999999999", -ERANGE, "1\n"},
		{"events/zoo/cat/enable", "0", 1, "0\n"},
		{"events/zoo/enable", "2", -EINVAL, "0\n"},
		{"events/zoo/enable", "abc", -EINVAL, "0\n"},
		{"events/enable", "2", -EINVAL, "0\n"},
	};

	CHECK(*state, exchanges);
}

static void test_enable_at_three_levels(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_text(tree, "events/zoo/enable", "X\n");
	assert_text(tree, "events/enable", "X\n");
	assert_text(tree, "set_event", "zoo:cat\n");
	assert_int_equal(tree_write(tree, "events/zoo/enable", "1"), 1);
	assert_text(tree, "events/zoo/dog/enable", "1\n");
	assert_text(tree, "events/zoo/enable", "1\n");
	assert_text(tree, "events/park/enable", "0\n");
	assert_text(tree, "events/enable", "X\n");
	assert_int_equal(tree_write(tree, "events/enable", "1"), 1);
	assert_text(tree, "events/enable", "1\n");
	assert_int_equal(tree_write(tree, "events/enable", "0"), 1);
	assert_text(tree, "events/zoo/cat/enable", "0\n");
	assert_text(tree, "events/enable", "0\n");
}

static void test_an_instance_enables_for_itself(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_mkdir(tree, "instances/a"), 0);
	assert_int_equal(tree_mkdir(tree, "instances/b"), 0);
	assert_int_equal(tree_write(tree, "instances/a/events/zoo/cat/enable", "1"), 1);
	assert_text(tree, "instances/a/events/zoo/cat/enable", "1\n");
	assert_text(tree, "instances/b/events/zoo/cat/enable", "0\n");
	assert_text(tree, "events/zoo/cat/enable", "0\n");
	assert_int_equal(tree_emit(tree, 64, 1, -1), 1);
	assert_int_equal(tree_count(tree, "instances/a/trace", "cat: n=1"), 1);
	assert_int_equal(tree_count(tree, "instances/b/trace", "cat: n=1"), 0);
	assert_int_equal(tree_count(tree, "trace", "cat: n=1"), 0);
}

static void test_sixty_four_instances_can_record(void **state)
{
	struct tree *tree = *state;
	char path[64];

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	for (int i = 1; i <= 64; i++) {
		sprintf(path, "instances/i%d", i);
		assert_int_equal(tree_mkdir(tree, path), 0);
		sprintf(path, "instances/i%d/buffer_size_kb", i);
		assert_int_equal(tree_write(tree, path, "8"), i < 64 ? 1 : -EMFILE);
	}
	sprintf(path, "instances/i64/events/zoo/cat/enable");
	assert_int_equal(tree_write(tree, path, "1"), -EMFILE);
	assert_text(tree, path, "0\n");
	assert_int_equal(tree_rmdir(tree, "instances/i7"), 0);
	assert_int_equal(tree_write(tree, path, "1"), 1);
}

static void test_tracing_on(void **state)
{
	static const struct exchange exchanges[] = {
		{"tracing_on", "0", 1, "0\n"},	       {"tracing_on", "1", 1, "1\n"},
		{"tracing_on", "2", 1, "1\n"},	       {"tracing_on", "abc", -EINVAL, "1\n"},
		{"tracing_on", "", -EINVAL, "1\n"},    {"tracing_on", "\n", -EINVAL, "1\n"},
		{"tracing_on", "-1", -EINVAL, "1\n"},  {"tracing_on", "10 ", -EINVAL, "1\n"},
		{"tracing_on", "0x0", -EINVAL, "1\n"},
	};
	struct tree *tree = *state;

	CHECK(tree, exchanges);
	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 1, -1), 1);
	assert_int_equal(tree_write(tree, "tracing_on", "0"), 1);
	assert_int_equal(tree_emit(tree, 64, 2, -1), 0);
	assert_int_equal(tree_write(tree, "tracing_on", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 3, -1), 1);
	assert_int_equal(tree_count(tree, "trace", "n="), 2);
}

#if defined(__x86_64__)
#define CPU_CLOCK "x86-tsc"
#else
#define CPU_CLOCK "arm64-cntvct"
#endif
#define CLOCKS(a, b, c, d) a " " b " " c " uptime perf " d " mono_raw boot tai " CPU_CLOCK "\n"
#define LOCAL_CLOCK	   CLOCKS("[local]", "global", "counter", "mono")

static void test_trace_clock_and_current_tracer(void **state)
{
	static const struct exchange exchanges[] = {
		{"trace_clock", "bogus", -EINVAL, LOCAL_CLOCK},
		{"trace_clock", "", -EINVAL, LOCAL_CLOCK},
		{"trace_clock", "[local]", -EINVAL, LOCAL_CLOCK},
		{"trace_clock", "loc", -EINVAL, LOCAL_CLOCK},
		{"trace_clock",
		 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		 -EINVAL, LOCAL_CLOCK},
		{"trace_clock", " local", 6, LOCAL_CLOCK},
		{"trace_clock", "local\n\n", 7, LOCAL_CLOCK},
		{"trace_clock", "global\n", 7, CLOCKS("local", "[global]", "counter", "mono")},
		{"trace_clock", "mono", 4, CLOCKS("local", "global", "counter", "[mono]")},
		{"trace_clock", "counter", 7, CLOCKS("local", "global", "[counter]", "mono")},
		{"current_tracer", "nosuch", -EINVAL, "nop\n"},
		{"current_tracer", "", -EINVAL, "nop\n"},
		{"current_tracer", "nop ", 4, "nop\n"},
		{"current_tracer", " nop", 4, "nop\n"},
	};

	CHECK(*state, exchanges);
	assert_text(*state, "available_tracers", "nop\n");
}

static void test_a_new_clock_begins_an_empty_buffer(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 1, 0), 1);
	assert_int_equal(tree_write(tree, "trace_clock", "counter"), 7);
	assert_int_equal(tree_count(tree, "trace", "n="), 0);
	assert_int_equal(tree_emit(tree, 64, 2, 0), 1);
	assert_int_equal(tree_emit(tree, 64, 3, 0), 1);
	/* Small plain numbers, one more each: not clamped to the old clock's nanoseconds. */
	assert_int_equal(tree_count(tree, "trace", "] .....          "), 2);
}

static void test_buffer_sizes(void **state)
{
	static const struct exchange exchanges[] = {
		{"buffer_size_kb", "abc", -EINVAL, "1410\n"},
		{"buffer_size_kb", "", -EINVAL, "1410\n"},
		{"buffer_size_kb", "0", -EINVAL, "1410\n"},
		{"buffer_size_kb", "-1", -EINVAL, "1410\n"},
		{"buffer_size_kb", "0x40", -EINVAL, "1410\n"},
		{"buffer_size_kb", "64kb", -EINVAL, "1410\n"},
		{"buffer_size_kb", "100000000000", -ENOMEM, "1410\n"},
		{"buffer_size_kb", "99999999999999999999999", -ERANGE, "1410\n"},
		{"buffer_size_kb", "1", 1, "7\n"},
		{"buffer_size_kb", "64\n", 3, "67\n"},
		{"per_cpu/cpu0/buffer_size_kb", "0", -EINVAL, "67\n"},
		{"per_cpu/cpu0/buffer_size_kb", "abc", -EINVAL, "67\n"},
		{"per_cpu/cpu0/buffer_size_kb", "128", 3, "131\n"},
		{"buffer_total_size_kb", "100", -EINVAL, NULL},
	};
	struct tree *tree = *state;
	char expected[32];

	CHECK(tree, exchanges);
	if (tree->trace->arena.nr_cpus > 1)
		assert_text(tree, "buffer_size_kb", "X\n");
	sprintf(expected, "%u\n", 131 + 67 * (tree->trace->arena.nr_cpus - 1));
	assert_text(tree, "buffer_total_size_kb", expected);
	assert_int_equal(tree_write(tree, "buffer_size_kb", "64"), 2);
	assert_text(tree, "buffer_size_kb", "67\n");
}

static void test_set_event(void **state)
{
	struct tree *tree = *state;
	char many[301];

	memset(many, 'x', 300);
	many[300] = '\0';
	assert_int_equal(tree_write(tree, "set_event", "nosuch:event"), -EINVAL);
	assert_int_equal(tree_write(tree, "set_event", "zoo:nosuch"), -EINVAL);
	assert_int_equal(tree_write(tree, "set_event", "!nosuch:event"), -EINVAL);
	assert_int_equal(tree_write(tree, "set_event", "zoo:ca*"), -EINVAL);
	assert_int_equal(tree_write(tree, "set_event", "zoo:cat:foo"), -EINVAL);
	assert_int_equal(tree_write(tree, "set_event", "#comment"), -EINVAL);
	assert_int_equal(tree_write(tree, "set_event", many), -EINVAL);
	assert_text(tree, "set_event", "");
	assert_int_equal(tree_write(tree, "set_event", "!zoo:cat"), 8);
	assert_int_equal(tree_write(tree, "set_event", ":"), 1);
	assert_text(tree, "set_event", "zoo:cat\nzoo:dog\npark:tree\n");
	assert_int_equal(tree_write(tree, "set_event", "zoo:"), 4);
	assert_text(tree, "set_event", "zoo:cat\nzoo:dog\n");
	assert_int_equal(tree_write(tree, "set_event", ":tree"), 5);
	assert_text(tree, "set_event", "park:tree\n");
	assert_int_equal(tree_write(tree, "set_event", "dog"), 3);
	assert_text(tree, "set_event", "zoo:dog\n");
	assert_int_equal(tree_append(tree, "set_event", "park"), 4);
	assert_text(tree, "set_event", "zoo:dog\npark:tree\n");
	assert_int_equal(tree_append(tree, "set_event", "!zoo:dog"), 8);
	assert_text(tree, "set_event", "park:tree\n");
	/* One word at a time, the rest is for the next write. */
	assert_int_equal(tree_write(tree, "set_event", "zoo:cat nosuch:ev"), 8);
	assert_text(tree, "set_event", "zoo:cat\n");
	assert_int_equal(tree_write(tree, "set_event", ""), 0);
	assert_text(tree, "set_event", "");
	assert_int_equal(tree_append(tree, "set_event", " \n"), 2);
}

static void test_options(void **state)
{
	static const struct exchange exchanges[] = {
		{"options/overwrite", "2", -EINVAL, "1\n"},
		{"options/overwrite", "", -EINVAL, "1\n"},
		{"options/overwrite", "0", 1, "0\n"},
		{"options/overwrite", "1", 1, "1\n"},
		{"trace_options", "nosuch", -EINVAL, NULL},
		{"trace_options", "no", -EINVAL, NULL},
		{"trace_options", "", -EINVAL, NULL},
		{"trace_options", "NOOVERWRITE", -EINVAL, NULL},
		{"trace_options", "overwrite nomarkers", -EINVAL, NULL},
	};
	struct tree *tree = *state;
	struct eventfs_attr attr;

	CHECK(tree, exchanges);
	assert_int_equal(tree_write(tree, "trace_options", "nooverwrite "), 12);
	assert_text(tree, "options/overwrite", "0\n");
	assert_int_equal(eventfs_walk(tree->fs, "options/nosuch", &attr), -ENOENT);
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	/* A new instance begins with the root's options. */
	assert_text(tree, "instances/foo/options/overwrite", "0\n");
	assert_int_equal(eventfs_walk(tree->fs, "options/record-cmd", &attr), 0);
	assert_int_equal(eventfs_walk(tree->fs, "instances/foo/options/record-cmd", &attr),
			 -ENOENT);
	assert_int_equal(tree_write(tree, "options/markers", "0"), 1);
	assert_int_equal(tree_write(tree, "trace_marker", "hello"), -EINVAL);
}

static void test_options_change_the_text(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_int_equal(tree_emit(tree, 64, 7, 0), 1);
	assert_int_equal(tree_count(tree, "trace", "] ..... "), 1);
	assert_int_equal(tree_write(tree, "trace_options", "noirq-info"), 10);
	assert_int_equal(tree_count(tree, "trace", "] ..... "), 0);
	assert_int_equal(tree_write(tree, "options/context-info", "0"), 1);
	assert_text(tree, "trace", "# tracer: nop\n#\ncat: n=7\n");
	assert_int_equal(tree_write(tree, "options/fields", "1"), 1);
	assert_text(tree, "trace", "# tracer: nop\n#\ncat: n=0x7 (7)\n");
}

static void test_files_answer_the_wrong_operation_with_einval(void **state)
{
	static const char *const read_only[] = {
		"available_events",	"available_tracers",
		"buffer_total_size_kb", "events/zoo/cat/format",
		"events/zoo/cat/id",	"per_cpu/cpu0/stats",
		"trace_pipe",		"per_cpu/cpu0/trace_pipe_raw",
		"events/header_page",	"saved_cmdlines",
	};
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	char byte;

	for (size_t i = 0; i < sizeof(read_only) / sizeof(*read_only); i++)
		assert_int_equal(tree_write(*state, read_only[i], "1"), -EINVAL);
	assert_int_equal(tree_handle(*state, "trace_marker", O_RDWR, &file), 0);
	assert_int_equal(eventfs_read(file, &req, &byte, 1, 0), -EINVAL);
	assert_int_equal(eventfs_poll(file) & POLLOUT, POLLOUT);
	eventfs_release(file);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_root_and_instances_have_the_files_of_a_trace_array),
		T(test_event_directories),
		T(test_event_enable_takes_0_and_1),
		T(test_enable_at_three_levels),
		T(test_an_instance_enables_for_itself),
		T(test_sixty_four_instances_can_record),
		T(test_tracing_on),
		T(test_trace_clock_and_current_tracer),
		T(test_a_new_clock_begins_an_empty_buffer),
		T(test_buffer_sizes),
		T(test_set_event),
		T(test_options),
		T(test_options_change_the_text),
		T(test_files_answer_the_wrong_operation_with_einval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
