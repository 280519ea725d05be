/* SPDX-License-Identifier: MIT */
/* The small files: numbers that an instance keeps, what is known of threads, README. The kernel's answers. */
#include "tree.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void test_numbers(void **state)
{
	static const struct exchange exchanges[] = {
		{"buffer_percent", "abc", -EINVAL, "50\n"},
		{"buffer_percent", "-1", -EINVAL, "50\n"},
		{"buffer_percent", "101", -EINVAL, "50\n"},
		{"buffer_percent", "", -EINVAL, "50\n"},
		{"buffer_percent", "100", 3, "100\n"},
		{"buffer_percent", "0\n", 2, "0\n"},
		{"buffer_subbuf_size_kb", "abc", -EINVAL, "4\n"},
		{"buffer_subbuf_size_kb", "0", -EINVAL, "4\n"},
		{"buffer_subbuf_size_kb", "-1", -EINVAL, "4\n"},
		{"buffer_subbuf_size_kb", "3", 1, "4\n"},
		{"buffer_subbuf_size_kb", "4", 1, "4\n"},
		{"buffer_subbuf_size_kb", "8", 1, "8\n"},
		{"buffer_subbuf_size_kb", "100000", -EINVAL, "8\n"},
		{"buffer_subbuf_size_kb", "513", -EINVAL, "8\n"},
		{"buffer_subbuf_size_kb", "5", 1, "8\n"},
		{"buffer_subbuf_size_kb", "129", 3, "256\n"},
		{"buffer_subbuf_size_kb", "512", 3, "512\n"},
		{"buffer_size_kb", "1", 1, "1023\n"},
		{"buffer_subbuf_size_kb", "4", 1, "4\n"},
		{"buffer_size_kb", "1408", 4, "1410\n"},
		{"tracing_max_latency", "abc", -EINVAL, "0\n"},
		{"tracing_max_latency", "-1", -EINVAL, "0\n"},
		{"tracing_max_latency", "17", 2, "17\n"},
		{"tracing_thresh", "abc", -EINVAL, "0\n"},
		{"tracing_thresh", "-1", -EINVAL, "0\n"},
		{"tracing_thresh", "1000000\n", 8, "1000000\n"},
		/* What the kernel makes of it, too. */
		{"tracing_thresh", "18446744073709551615", 20, "18446744073709550\n"},
		{"tracing_thresh", "0", 1, "0\n"},
		{"timestamp_mode", "1", -EINVAL, "[delta] absolute\n"},
		{"printk_formats", "1", -EINVAL, ""},
	};
	struct tree *tree = *state;

	CHECK(tree, exchanges);
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_text(tree, "instances/foo/buffer_percent", "50\n");
	assert_text(tree, "instances/foo/tracing_max_latency", "0\n");
	assert_int_equal(tree_write(tree, "instances/foo/tracing_max_latency", "5"), 1);
	assert_text(tree, "tracing_max_latency", "17\n");
	/* Who comes after it in the same slot does not inherit. */
	assert_int_equal(tree_rmdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_mkdir(tree, "instances/bar"), 0);
	assert_text(tree, "instances/bar/tracing_max_latency", "0\n");
}

static void test_readme_promises_what_is_there(void **state)
{
	static const char *const absent[] = {"[gid=<gid>]", "kprobe", "uprobe",
					     "set_ftrace_filter"};
	static const char *const present[] = {
		"synthetic_events\t-", "onmax(var)",   "onchange(var)", "snapshot()", "<var1>=",
		" s:[synthetic/]",     ".buckets=size"};
	struct tree *tree = *state;

	assert_int_equal(tree_count(tree, "README", "tracing mini-HOWTO"), 1);
	assert_int_equal(tree_count(tree, "README", "  trace_marker_raw\t\t- "), 1);
	assert_int_equal(tree_count(tree, "README", "  dynamic_events\t\t- "), 1);
	assert_int_equal(tree_count(tree, "README", "      filter\t\t- "), 2);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		assert_int_equal(tree_count(tree, "README", absent[i]), 0);
	for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		assert_true(tree_count(tree, "README", present[i]) > 0);
	assert_int_equal(tree_write(tree, "README", "1"), -EINVAL);
}

static void test_saved_cmdlines_size(void **state)
{
	static const struct exchange exchanges[] = {
		{"saved_cmdlines_size", "abc", -EINVAL, "8192\n"},
		{"saved_cmdlines_size", "0", -EINVAL, "8192\n"},
		{"saved_cmdlines_size", "-1", -EINVAL, "8192\n"},
		{"saved_cmdlines_size", "32769", -EINVAL, "8192\n"},
		{"saved_cmdlines_size", "99999999999", -EINVAL, "8192\n"},
		{"saved_cmdlines_size", "32768", 5, "32768\n"},
		{"saved_cmdlines_size", "1\n", 2, "1\n"},
	};
	struct tree *tree = *state;
	struct utfs_arena *arena = &tree->trace->arena;
	char text[64];

	utfs_cmdline_save(arena, 12345, 12345, "before\0\0\0\0\0\0\0\0\0");
	assert_text(tree, "saved_cmdlines", "12345 before\n");
	CHECK(tree, exchanges);
	assert_text(tree, "saved_cmdlines", "");
	/* One slot: the last one stays. */
	utfs_cmdline_save(arena, 1000, 1000, "one\0\0\0\0\0\0\0\0\0\0\0\0");
	utfs_cmdline_save(arena, 1001, 1001, "two\0\0\0\0\0\0\0\0\0\0\0\0");
	assert_text(tree, "saved_cmdlines", "1001 two\n");
	/* As many threads as slots, each with its name. */
	assert_int_equal(tree_write(tree, "saved_cmdlines_size", "20000"), 5);
	for (int tid = 1; tid <= 20000; tid++) {
		snprintf(text, sizeof(text), "%-16d", tid);
		utfs_cmdline_save(arena, tid, tid, text);
	}
	assert_int_equal(tree_count(tree, "saved_cmdlines", "\n"), 20000);
}

static void test_saved_tgids_are_there_when_they_are_recorded(void **state)
{
	struct tree *tree = *state;

	utfs_cmdline_save(&tree->trace->arena, 101, 100, "thread\0\0\0\0\0\0\0\0\0");
	assert_text(tree, "saved_tgids", "");
	assert_int_equal(tree_write(tree, "options/record-tgid", "1"), 1);
	assert_text(tree, "saved_tgids", "101 100\n");
	assert_int_equal(tree_write(tree, "options/record-tgid", "0"), 1);
	assert_text(tree, "saved_tgids", "");
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_write(tree, "instances/foo/options/record-tgid", "1"), 1);
	assert_text(tree, "saved_tgids", "101 100\n");
	assert_int_equal(tree_write(tree, "saved_tgids", "1"), -EINVAL);
}

static void test_closing_free_buffer_shrinks_the_buffers(void **state)
{
	struct tree *tree = *state;
	struct eventfs_request req = {0};
	struct eventfs_file *file;
	char byte;

	assert_int_equal(tree_write(tree, "events/zoo/cat/enable", "1"), 1);
	assert_text(tree, "buffer_size_kb", "1410\n");
	assert_int_equal(tree_handle(tree, "free_buffer", O_RDWR, &file), 0);
	assert_int_equal(eventfs_read(file, &req, &byte, 1, 0), -EINVAL);
	assert_int_equal(eventfs_write(file, &req, "x", 1, 0), 1);
	assert_text(tree, "buffer_size_kb", "1410\n");
	eventfs_release(file);
	assert_text(tree, "buffer_size_kb", "7\n");
	assert_text(tree, "tracing_on", "1\n");
	assert_int_equal(tree_emit(tree, 64, 1, -1), 1);
	/* With disable_on_free tracing ends as well; also before there are buffers. */
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_write(tree, "instances/foo/options/disable_on_free", "1"), 1);
	assert_int_equal(tree_write(tree, "instances/foo/free_buffer", "x"), 1);
	assert_text(tree, "instances/foo/tracing_on", "0\n");
	assert_text(tree, "instances/foo/buffer_size_kb", "7\n");
	assert_text(tree, "tracing_on", "1\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_numbers),
		T(test_readme_promises_what_is_there),
		T(test_saved_cmdlines_size),
		T(test_saved_tgids_are_there_when_they_are_recorded),
		T(test_closing_free_buffer_shrinks_the_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
