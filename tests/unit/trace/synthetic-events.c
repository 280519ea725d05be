/* SPDX-License-Identifier: MIT */
/* synthetic_events and "s:" in dynamic_events: definitions, what they look like, what is wrong with them. */
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/print.h"
#include "trace/synthetic.h"

/* Appends what must succeed. */
static void run(struct tree *tree, const char *path, const char *line)
{
	ssize_t ret = tree_append(tree, path, line);

	if (ret != (ssize_t)strlen(line))
		fail_msg("'%s': %zd", line, ret);
}

static void test_an_event_is_defined_and_listed(void **state)
{
	struct tree *tree = *state;

	assert_text(tree, "synthetic_events", "");
	run(tree, "synthetic_events", "wakeup u64 lat; pid_t pid ;char comm[16];\n");
	run(tree, "synthetic_events",
	    "\t old u64 a s32 b # semicolons came later\nthird char[] text;;");
	run(tree, "dynamic_events", "s:four unsigned  long[] stack; bool b; gfp_t g\n");
	run(tree, "dynamic_events", "s:synthetic/five unsigned char c[020]\n");
	assert_text(tree, "synthetic_events",
		    "wakeup\tu64 lat; pid_t pid; char[16] comm\n"
		    "old\tu64 a; s32 b\n"
		    "third\tchar[] text\n"
		    "four\tunsigned long[] stack; bool b; gfp_t g\n"
		    "five\tunsigned char[16] c\n");
	assert_text(tree, "dynamic_events",
		    "s:synthetic/wakeup\tu64 lat; pid_t pid; char[16] comm\n"
		    "s:synthetic/old\tu64 a; s32 b\n"
		    "s:synthetic/third\tchar[] text\n"
		    "s:synthetic/four\tunsigned long[] stack; bool b; gfp_t g\n"
		    "s:synthetic/five\tunsigned char[16] c\n");
	assert_text(tree, "events/synthetic/wakeup/enable", "0\n");
	assert_text(
		tree, "available_events",
		"zoo:cat\nzoo:dog\npark:tree\nsynthetic:wakeup\nsynthetic:old\nsynthetic:third\n"
		"synthetic:four\nsynthetic:five\n");
}

static void test_the_format_is_the_kernels(void **state)
{
	struct tree *tree = *state;

	run(tree, "synthetic_events",
	    "ev u64 lat; pid_t pid; char comm[16]; char name[]; unsigned long[] stack; s16 c; "
	    "gfp_t o; unsigned char p[5]; bool b");
	assert_text(tree, "events/synthetic/ev/format",
		    "name: ev\nID: 67\nformat:\n"
		    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		    "\tfield:u64 lat;\toffset:8;\tsize:8;\tsigned:0;\n"
		    "\tfield:pid_t pid;\toffset:16;\tsize:4;\tsigned:1;\n"
		    "\tfield:char comm[];\toffset:24;\tsize:16;\tsigned:1;\n"
		    "\tfield:__data_loc char[] name;\toffset:280;\tsize:8;\tsigned:1;\n"
		    "\tfield:__data_loc unsigned long[] stack;\toffset:288;\tsize:8;\tsigned:1;\n"
		    "\tfield:s16 c;\toffset:296;\tsize:2;\tsigned:1;\n"
		    "\tfield:gfp_t o;\toffset:304;\tsize:4;\tsigned:0;\n"
		    "\tfield:unsigned char p[];\toffset:312;\tsize:5;\tsigned:0;\n"
		    "\tfield:bool b;\toffset:568;\tsize:1;\tsigned:1;\n\n"
		    "print fmt: \"lat=%llu, pid=%d, comm=%s, name=%s, stack=%s, c=%d, o=%x, "
		    "p=%s, b=%d\", REC->lat, REC->pid, REC->comm, __get_str(name), "
		    "__get_stacktrace(stack), REC->c, REC->o, REC->p, REC->b\n");
}

#define COMMAND "Command must be of the form: <name> field[;field] ..."

/* What is written, the errno, and what error_log says of it: the reason and where the caret is; NULL: nothing. */
static const struct wrong {
	const char *path, *command;
	ssize_t answer;
	const char *message;
	size_t caret;
} wrong[] = {
	{"synthetic_events", "junk", -EINVAL, COMMAND, 0},
	{"synthetic_events", "x u64", -EINVAL, COMMAND, 0},
	{"synthetic_events", "x u64 ", -EINVAL, COMMAND, 0},
	{"synthetic_events", ";", -EINVAL, COMMAND, 0},
	{"synthetic_events", "; u64 a", -EINVAL, COMMAND, 0},
	{"synthetic_events", "x; u64 a", -EINVAL, COMMAND, 0},
	{"synthetic_events", "1bad u64 a", -EINVAL, "Illegal name", 0},
	{"synthetic_events", "ba-d u64 a", -EINVAL, "Illegal name", 0},
	{"synthetic_events", "z u64 1a", -EINVAL, "Illegal name", 6},
	{"synthetic_events", "z u64 a-b", -EINVAL, "Illegal name", 6},
	{"synthetic_events", "z u64 [5]", -EINVAL, "Illegal name", 6},
	{"synthetic_events", "z bogus a", -EINVAL, "Invalid type", 2},
	{"synthetic_events", "z u64[5] a", -EINVAL, "Invalid type", 2},
	{"synthetic_events", "z u64 a[5]", -EINVAL, "Invalid type", 2},
	{"synthetic_events", "z float a", -EINVAL, "Invalid type", 2},
	{"synthetic_events", "z char[300] a", -EINVAL, "Invalid type", 2},
	{"synthetic_events", "z char[-1] a", -EINVAL, "Invalid type", 2},
	{"synthetic_events", "z char[ a", -EINVAL, "Invalid type", 2},
	{"synthetic_events", "z char a[300]", -EINVAL, "Invalid array specification", 7},
	{"synthetic_events", "z char a[1000]", -EINVAL, "Invalid array specification", 7},
	{"synthetic_events", "z char a[", -EINVAL, "Invalid array specification", 7},
	{"synthetic_events", "z char a[x]", -EINVAL, "Invalid array specification", 7},
	{"synthetic_events", "z char[5] a[4]", -EINVAL, "Invalid array specification", 10},
	{"synthetic_events", "z unsigned a", -EINVAL, "Incomplete type", 2},
	{"synthetic_events", "z u64 a; unsigned b", -EINVAL, "Incomplete type", 9},
	{"synthetic_events", "z u64 a; u32", -EINVAL, "Invalid field", 9},
	/* As in the kernel: where the word occurs first. */
	{"synthetic_events", "z u32 a; u32", -EINVAL, "Invalid field", 2},
	{"synthetic_events", "zz u64 a z", -EINVAL, "Invalid field", 0},
	{"synthetic_events", "there u64 a", -EEXIST, "Event already exists", 0},
	{"synthetic_events", "there bogus a", -EEXIST, "Event already exists", 0},
	{"synthetic_events", "!nosuch", -ENOENT, NULL, 0},
	{"synthetic_events", "!", -ENOENT, NULL, 0},
	{"synthetic_events", "! there", -ENOENT, NULL, 0},
	{"dynamic_events", "s:", -EINVAL, COMMAND, 0},
	{"dynamic_events", "s:x", -EINVAL, COMMAND, 0},
	{"dynamic_events", "s:x u64", -EINVAL, COMMAND, 0},
	{"dynamic_events", "s:other/x u64 a", -EINVAL,
	 "Command must be of the form: s or -:[synthetic/]<name> field[;field] ...", 0},
	{"dynamic_events", "s:x u64 a/b", -EINVAL,
	 "Command must be of the form: s or -:[synthetic/]<name> field[;field] ...", 0},
	{"dynamic_events", "s:synthetic/x bogus a", -EINVAL, "Invalid type", 14},
	{"dynamic_events", "s:there u64 a", -EEXIST, "Event already exists", 2},
	{"dynamic_events", "s:synthetic/there u64 a", -EEXIST, "Event already exists", 12},
	{"dynamic_events", "-:synthetic/nosuch", -ENOENT, NULL, 0},
	{"dynamic_events", "-:nosuch", -ENOENT, NULL, 0},
};

static void test_what_is_wrong_is_refused(void **state)
{
	struct tree *tree = *state;
	static char log[4096], expected[4096];

	run(tree, "synthetic_events", "there u64 a");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct wrong *at = &wrong[i];
		ssize_t ret;

		assert_int_equal(tree_write(tree, "error_log", ""), 0);
		ret = tree_append(tree, at->path, at->command);
		if (ret != at->answer)
			fail_msg("'%s': %zd", at->command, ret);
		assert_true(tree_read(tree, "error_log", log, sizeof(log)) >= 0);
		expected[0] = '\0';
		if (at->message)
			snprintf(expected, sizeof(expected),
				 "synthetic_events: error: %s\n  Command: %s\n           %*s\n",
				 at->message, at->command, (int)at->caret + 1, "^");
		if (at->message ? !strstr(log, expected) : log[0] != '\0')
			fail_msg("'%s':\n%s\nnot\n%s", at->command, log, expected);
	}
	assert_text(tree, "synthetic_events", "there\tu64 a\n");
}

static void test_too_much_is_refused(void **state)
{
	struct tree *tree = *state;
	static char line[8192], log[8192];
	size_t n = (size_t)snprintf(line, sizeof(line), "many u8 f0");

	for (int i = 1; i < UTFS_SYNTHETIC_FIELDS_MAX; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "; u8 f%d", i);
	run(tree, "synthetic_events", line);
	run(tree, "synthetic_events", "!many");
	snprintf(line + n, sizeof(line) - n, "; u8 over");
	assert_int_equal(tree_append(tree, "synthetic_events", line), -EINVAL);
	assert_true(tree_read(tree, "error_log", log, sizeof(log)) > 0);
	assert_non_null(strstr(log, "error: Too many fields\n"));
	/* No record could hold it. */
	n = (size_t)snprintf(line, sizeof(line), "large char f0[16]");
	for (int i = 1; i < 16; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "; char f%d[16]", i);
	assert_int_equal(tree_append(tree, "synthetic_events", line), -E2BIG);
	memset(line, ' ', 5000);
	assert_int_equal(tree_append(tree, "synthetic_events", line), -EINVAL);
	assert_text(tree, "synthetic_events", "");
}

static void test_events_are_removed(void **state)
{
	struct tree *tree = *state;
	struct eventfs_attr attr;

	run(tree, "synthetic_events", "one u64 a\ntwo u64 a\nthree u64 a\nfour u64 a\n!two\n");
	/* What stands behind the name does not matter. */
	run(tree, "synthetic_events", "!three u32 nonsense");
	run(tree, "dynamic_events", "-:synthetic/four u8 x");
	assert_text(tree, "synthetic_events", "one\tu64 a\n");
	run(tree, "synthetic_events", "two u32 b");
	run(tree, "dynamic_events", "-:one\n!s:two\n");
	assert_text(tree, "synthetic_events", "");
	assert_int_equal(eventfs_walk(tree->fs, "events/synthetic", &attr), -ENOENT);
}

static void test_what_is_busy_is_not_removed(void **state)
{
	struct tree *tree = *state;
	struct eventfs_file *file;

	run(tree, "synthetic_events", "one u64 a\ntwo u64 a");
	run(tree, "dynamic_events", "u:user u64 a");
	assert_int_equal(tree_mkdir(tree, "instances/foo"), 0);
	assert_int_equal(tree_write(tree, "instances/foo/events/synthetic/two/enable", "1"), 1);
	assert_int_equal(tree_append(tree, "synthetic_events", "!two"), -EBUSY);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:synthetic/two"), -EBUSY);
	assert_int_equal(tree_handle(tree, "synthetic_events", O_WRONLY | O_TRUNC, &file), -EBUSY);
	assert_text(tree, "synthetic_events", "one\tu64 a\ntwo\tu64 a\n");
	assert_int_equal(tree_write(tree, "instances/foo/events/synthetic/two/enable", "0"), 1);
	/* Only its own kind. */
	assert_int_equal(tree_write(tree, "synthetic_events", ""), 0);
	assert_text(tree, "synthetic_events", "");
	assert_text(tree, "dynamic_events", "u:user u64 a\n");
	run(tree, "synthetic_events", "one u64 a");
	assert_int_equal(tree_write(tree, "dynamic_events", ""), 0);
	assert_text(tree, "dynamic_events", "");
}

/* A program may have events in that system, too: they are its own. */
static void test_an_event_of_a_program_is_not_synthetic(void **state)
{
	struct tree *tree = *state;

	tree_register(tree, "synthetic", "mine", true);
	assert_text(tree, "synthetic_events", "");
	assert_int_equal(tree_append(tree, "synthetic_events", "!mine"), -ENOENT);
	assert_int_equal(tree_append(tree, "synthetic_events", "mine u64 a"), -EEXIST);
	run(tree, "synthetic_events", "other u64 a");
	assert_int_equal(tree_write(tree, "synthetic_events", ""), 0);
	assert_text(tree, "events/synthetic/mine/enable", "0\n");
}

static void test_fields_can_be_filtered(void **state)
{
	struct tree *tree = *state;
	static const struct exchange exchanges[] = {
		{"events/synthetic/ev/filter", "lat > 5 && comm ~ \"ca*\"", 23,
		 "lat > 5 && comm ~ \"ca*\"\n"},
		{"events/synthetic/ev/filter", "name == \"x\"", 11, "name == \"x\"\n"},
		{"events/synthetic/ev/filter", "0", 1, "none\n"},
	};

	run(tree, "synthetic_events", "ev u64 lat; char comm[16]; char name[]");
	CHECK(tree, exchanges);
}

/* How a record of a definition prints. */
static void assert_prints(const char *definition, const void *record, size_t bytes,
			  const char *expected)
{
	struct utfs_synthetic *synthetic = malloc(sizeof(*synthetic));
	struct utfs_synthetic_failure failure;
	struct utfs_event_format *format;
	struct utfs_print_plan *plan;
	struct eventfs_text text = {0};

	assert_non_null(synthetic);
	assert_int_equal(utfs_synthetic_parse(definition, definition, synthetic, &failure), 0);
	assert_int_equal(utfs_event_format_parse(synthetic->fields.start, synthetic->fields.length,
						 &format, NULL),
			 0);
	assert_int_equal(utfs_plan_synthetic(format, &plan), 0);
	utfs_print_event(plan, record, bytes, &text);
	eventfs_text_putc(&text, '\0');
	assert_int_equal(text.error, 0);
	assert_string_equal(text.data, expected);
	eventfs_text_fini(&text);
	utfs_plan_free(plan);
	utfs_event_format_free(format);
	free(synthetic);
}

static void test_records_print_as_the_kernel_prints_them(void **state)
{
	struct {
		uint64_t common;
		uint64_t lat;
		int32_t pid, pad;
		char comm[256];
		uint32_t name, pad1, stack, pad2;
		int8_t c, pad3[7];
		uint64_t flags;
		uint64_t last;
		char text[8];
		uint64_t addresses[3];
	} record = {.lat = 5,
		    .pid = -2,
		    .comm = "cat",
		    .name = 4 << 16 | offsetof(typeof(record), text),
		    .stack = sizeof(record.addresses) << 16 | offsetof(typeof(record), addresses),
		    .c = -1,
		    .flags = 0xcc0,
		    .last = 7,
		    .text = "dog",
		    .addresses = {0x1234, 0x5678}};

	(void)state;
	assert_prints("ev u64 lat; pid_t pid; char comm[16]; char[] name; long[] stack; s8 c; "
		      "gfp_t flags; u64 last",
		      &record, sizeof(record),
		      "lat=5 pid=-2 comm=cat name=dog stack=STACK:\n=> 0x1234\n=> 0x5678\n"
		      "c=-1 flags=cc0 last=7");
	/* A record that is cut off. */
	assert_prints("ev u64 lat; char comm[16]; char[] name; long[] stack", &record, 12,
		      "lat=(fault) comm=(fault) name=(fault) stack=(fault)");
	record.stack = 0xffffffff;
	assert_prints("ev u64 a; u64 b; char c[9]; u64 d; long[] stack", &record, sizeof(record),
		      "a=5 b=4294967294 c=cat d=262464 stack=(fault)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_event_is_defined_and_listed, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(test_the_format_is_the_kernels, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_wrong_is_refused, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(test_too_much_is_refused, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(test_events_are_removed, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_busy_is_not_removed, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(test_an_event_of_a_program_is_not_synthetic,
						tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_fields_can_be_filtered, tree_setup,
						tree_teardown),
		cmocka_unit_test(test_records_print_as_the_kernel_prints_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
