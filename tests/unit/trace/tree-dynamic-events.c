/* SPDX-License-Identifier: MIT */
/* dynamic_events: events without a program. */
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends what must succeed. */
static void run(struct tree *tree, const char *line)
{
	ssize_t ret = tree_append(tree, "dynamic_events", line);

	if (ret != (ssize_t)strlen(line))
		fail_msg("'%s': %zd", line, ret);
}

static void test_what_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *line;
		ssize_t answer;
	} wrong[] = {
		{"junk", -EINVAL},
		{"p:", -EINVAL},
		{"x:acc/ev foo", -EINVAL},
		{"u:", -EINVAL},
		{"u:1bad u32 x", -EINVAL},
		{"u:acc/ev bogus x", -EINVAL},
		{"u:acc/ev u32", -EINVAL},
		{"u:acc/ev u32 x; u32 x", -EINVAL},
		{"u:acc/ev struct foo x", -EINVAL},
		{"-", -EINVAL},
		{"-:", -EINVAL},
		{"- :x", -EINVAL},
		{"-x", -EINVAL},
		{"!x", -EINVAL},
		{"-:nosuch", -ENOENT},
		{"!:nosuch", -ENOENT},
		{"-:acc/nosuch", -ENOENT},
		{"-:acc/", -ENOENT},
		{"-:zoo/", -ENOENT},
		/* Not made at run time: only its full name says that it is meant. */
		{"-:cat", -ENOENT},
	};
	struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ssize_t ret = tree_append(tree, "dynamic_events", wrong[i].line);

		if (ret != wrong[i].answer)
			fail_msg("'%s': %zd, not %zd", wrong[i].line, ret, wrong[i].answer);
	}
	assert_text(tree, "dynamic_events", "");
	assert_text(tree, "available_events", "zoo:cat\nzoo:dog\npark:tree\n");
	run(tree, "");
	run(tree, " \t\n\n# a comment\n");
}

static void test_long_lines_are_refused(void **state)
{
	struct tree *tree = *state;
	static char line[5000];

	memset(line, ' ', sizeof(line) - 1);
	memcpy(line, "u:a u32 x", 9);
	assert_int_equal(tree_append(tree, "dynamic_events", line), -EINVAL);
	line[600] = '\0';
	assert_int_equal(tree_append(tree, "dynamic_events", line), -E2BIG);
	assert_text(tree, "dynamic_events", "");
}

static void test_an_event_is_made_and_listed(void **state)
{
	struct tree *tree = *state;

	run(tree, "u:acc/ev u32 count;char[20]   text; __data_loc char[] name\n");
	run(tree, "u:plain\nu: spaced   unsigned int n ;struct foo bar 12 # and so on\n");
	assert_text(tree, "dynamic_events",
		    "u:acc/ev u32 count; char[20] text; __data_loc char[] name\n"
		    "u:plain\n"
		    "u:spaced unsigned int n; struct foo bar 12\n");
	assert_text(tree, "events/acc/ev/format",
		    "name: ev\nID: 67\nformat:\n"
		    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		    "\tfield:u32 count;\toffset:8;\tsize:4;\tsigned:0;\n"
		    "\tfield:char text[20];\toffset:12;\tsize:20;\tsigned:1;\n"
		    "\tfield:__data_loc char[] name;\toffset:32;\tsize:4;\tsigned:1;\n\n"
		    "print fmt: \"count=%u text=%s name=%s\", REC->count, REC->text, "
		    "__get_str(name)\n");
	assert_text(tree, "events/user_events/plain/enable", "0\n");
	/* What is listed makes the same events again. */
	run(tree, "u:acc/ev u32 count; char[20] text; __data_loc char[] name\n");
	run(tree, "u:spaced unsigned int n; struct foo bar 12\n");
	assert_int_equal(tree_count(tree, "dynamic_events", "\n"), 3);
	/* The same name with other fields. */
	assert_int_equal(tree_append(tree, "dynamic_events", "u:acc/ev u32 count"), -EADDRINUSE);
	assert_int_equal(tree_append(tree, "dynamic_events", "u:plain u8 x"), -EADDRINUSE);
}

static void test_lines_before_a_wrong_one_stay(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_append(tree, "dynamic_events", "u:one\nu:two u8 x\njunk\nu:three\n"),
			 -EINVAL);
	assert_text(tree, "dynamic_events", "u:one\nu:two u8 x\n");
}

static void test_events_are_removed(void **state)
{
	struct tree *tree = *state;
	struct eventfs_attr attr;

	run(tree, "u:acc/ev u32 x\nu:ev u32 x\nu:other/ev u32 x\nu:keep");
	/* With the fields it must be them. */
	assert_int_equal(tree_append(tree, "dynamic_events", "-:acc/ev u32 y"), -ENOENT);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:acc/ev u32 x; u8 z"), -ENOENT);
	run(tree, "-:acc/ev  u32   x ;");
	assert_int_equal(eventfs_walk(tree->fs, "events/acc", &attr), -ENOENT);
	/* Without a system: all of that name. */
	run(tree, "-:ev");
	assert_text(tree, "dynamic_events", "u:keep\n");
	run(tree, "!u:user_events/keep\n");
	assert_text(tree, "dynamic_events", "");
	/* An event that a program declared stays when the program ends, and is removed here. */
	run(tree, "-:park/tree");
	assert_text(tree, "available_events", "zoo:cat\nzoo:dog\n");
}

static void test_what_is_busy_is_not_removed(void **state)
{
	struct tree *tree = *state;
	struct utfs_arena *arena = &tree->trace->arena;
	struct eventfs_file *file;
	uint32_t id;

	run(tree, "u:one\nu:two\n");
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_write(tree, "instances/foo/events/user_events/one/enable", "1"), 1);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:user_events/one"), -EBUSY);
	/* O_TRUNC removes all of them, or none. */
	assert_int_equal(tree_handle(tree, "dynamic_events", O_WRONLY | O_TRUNC, &file), -EBUSY);
	assert_text(tree, "dynamic_events", "u:one\nu:two\n");
	assert_int_equal(tree_write(tree, "instances/foo/events/enable", "0"), 1);
	/* A process has it. */
	assert_int_equal(utfs_tx_begin(arena), 0);
	assert_int_equal(utfs_event_find(arena, "user_events", 11, "two", 3, &id), 0);
	assert_int_equal(utfs_tx_end(arena, utfs_proc_use_event(arena, id, true)), 0);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:two"), -EBUSY);
	assert_int_equal(tree_handle(tree, "dynamic_events", O_WRONLY | O_TRUNC, &file), -EBUSY);
	assert_int_equal(utfs_tx_begin(arena), 0);
	assert_int_equal(utfs_tx_end(arena, utfs_proc_use_event(arena, id, false)), 0);
	assert_int_equal(tree_write(tree, "dynamic_events", "u:three"), 7);
	assert_text(tree, "dynamic_events", "u:three\n");
	/* Declared events are not among them. */
	assert_text(tree, "available_events", "zoo:cat\nzoo:dog\npark:tree\nuser_events:three\n");
}

static void test_an_open_file_of_a_removed_event_says_so(void **state)
{
	static const char *const files[] = {"enable", "id", "format", "filter", "trigger"};
	struct tree *tree = *state;
	struct eventfs_file *opened[5];
	struct eventfs_request req = {0};
	char path[64], text[64];

	for (int again = 0; again < 2; again++) {
		assert_int_equal(tree_append(tree, "dynamic_events", "u:zoo/gone u32 n"), 16);
		for (size_t i = 0; i < 5; i++) {
			sprintf(path, "events/zoo/gone/%s", files[i]);
			assert_int_equal(tree_handle(tree, path, i ? O_RDONLY : O_RDWR, &opened[i]),
					 0);
		}
		assert_int_equal(tree_append(tree, "dynamic_events", "-:zoo/gone"), 10);
		/* Another one of the same name is another one. */
		if (again)
			assert_int_equal(tree_append(tree, "dynamic_events", "u:zoo/gone u32 n"),
					 16);
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(eventfs_read(opened[i], &req, text, sizeof(text), 0),
					 -ENODEV);
		assert_int_equal(eventfs_write(opened[0], &req, "1", 1, 0), -ENODEV);
		for (size_t i = 0; i < 5; i++)
			eventfs_release(opened[i]);
		if (again)
			assert_text(tree, "events/zoo/gone/enable", "0\n");
		else
			assert_int_equal(
				tree_read(tree, "events/zoo/gone/enable", text, sizeof(text)),
				-ENOENT);
	}
}

static void test_many_events_are_removed_at_once(void **state)
{
	struct tree *tree = *state;
	static char lines[5000 * 16];
	size_t at = 0;

	for (int i = 0; i < 5000; i++)
		at += (size_t)sprintf(lines + at, "u:many/e%d\n", i);
	run(tree, lines);
	assert_int_equal(tree_count(tree, "dynamic_events", "u:many/e"), 5000);
	assert_int_equal(tree_write(tree, "dynamic_events", ""), 0);
	assert_text(tree, "dynamic_events", "");
	assert_text(tree, "available_events", "zoo:cat\nzoo:dog\npark:tree\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_is_wrong_is_refused),
		T(test_long_lines_are_refused),
		T(test_an_event_is_made_and_listed),
		T(test_lines_before_a_wrong_one_stay),
		T(test_events_are_removed),
		T(test_what_is_busy_is_not_removed),
		T(test_an_open_file_of_a_removed_event_says_so),
		T(test_many_events_are_removed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
