/* SPDX-License-Identifier: MIT */
/* events/SYSTEM/EVENT/filter, events/SYSTEM/filter and error_log: the kernel's answers, and what is left behind. */
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter-cases.h"

#define SWITCH "events/sched/sched_switch/filter"
#define WAKING "events/sched/sched_waking/filter"
#define SYSTEM "events/sched/filter"
#define HELP                                                                                       \
	"### global filter ###\n"                                                                  \
	"# Use this to set filters for multiple events.\n"                                         \
	"# Only events with the given fields will be affected.\n"                                  \
	"# If no events are modified, an error message will be displayed here\n"
#define NO_FIELD(text)                                                                             \
	text "\n^\nparse_error: Couldn't find or set field in one of a subsystem's events\n\n"
#define NO_FIELD_LOG(text)                                                                         \
	"event filter parse error: error: Couldn't find or set field in one of a subsystem's "     \
	"events\n  Command: " text "\n           ^\n"

static const char switch_fields[] = "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
				    "\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;\n"
				    "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
				    "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n"
				    "\tfield:int next_prio;\toffset:60;\tsize:4;\tsigned:1;\n";
static const char waking_fields[] = "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n";

static uint32_t event_add(struct tree *tree, const char *name, const char *fields, uint32_t bytes)
{
	const struct utfs_event_strings event = {
		.system = "sched",
		.system_bytes = 5,
		.name = name,
		.name_bytes = strlen(name),
		.fields = fields,
		.fields_bytes = strlen(fields),
		.print_fmt = "\"\"",
		.print_bytes = 2,
		.record_bytes = bytes,
	};
	uint32_t id = 0;

	assert_int_equal(utfs_tx_begin(&tree->trace->arena), 0);
	assert_int_equal(utfs_tx_end(&tree->trace->arena,
				     utfs_event_register(&tree->trace->arena, &event, &id)),
			 0);
	return id;
}

static int setup(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	tree_open(tree);
	event_add(tree, "sched_switch", switch_fields, 64);
	event_add(tree, "sched_waking", waking_fields, 28);
	*state = tree;
	return 0;
}

/* error_log is this, but for the times. */
static void assert_log(struct tree *tree, const char *path, const char *expected)
{
	static char text[1 << 16], without[1 << 16];
	char *to = without;

	assert_true(tree_read(tree, path, text, sizeof(text)) >= 0);
	for (const char *at = text; *at;) {
		const char *end = strchr(at, '\n');

		assert_non_null(end);
		if (*at == '[') {
			unsigned int seconds, micros;
			int n = 0;

			assert_int_equal(sscanf(at, "[%5u.%6u] %n", &seconds, &micros, &n), 2);
			assert_true(n >= 15);
			at += n;
		}
		memcpy(to, at, (size_t)(end + 1 - at));
		to += end + 1 - at;
		at = end + 1;
	}
	*to = '\0';
	assert_string_equal(without, expected);
}

static void test_event_filter_answers_as_the_kernel(void **state)
{
	struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(kernel_filters) / sizeof(*kernel_filters); i++) {
		const char *written = kernel_filters[i].written;
		ssize_t answer;

		assert_int_equal(tree_write(tree, "error_log", ""), 0);
		answer = tree_write(tree, SWITCH, written);
		if (answer != kernel_filters[i].answer)
			fail_msg("'%s': %zd, not %zd", written, answer, kernel_filters[i].answer);
		assert_text(tree, SWITCH, kernel_filters[i].filter);
		assert_log(tree, "error_log", kernel_filters[i].log ? kernel_filters[i].log : "");
	}
}

static void test_filters_that_are_too_long(void **state)
{
	struct tree *tree = *state;
	char text[8192];
	size_t n = (size_t)sprintf(text, "prev_comm == \"");

	assert_text(tree, SWITCH, "none\n");
	/* A pattern of 300 bytes is an error of its own... */
	memset(text + n, 'a', 300);
	strcpy(text + n + 300, "\"");
	assert_int_equal(tree_write(tree, SWITCH, text), -EINVAL);
	assert_int_equal(tree_count(tree, SWITCH, "\nparse_error: Operand too long\n"), 1);
	/* ... a text of a page changes nothing. */
	memset(text, 'x', 4096);
	text[4096] = '\0';
	assert_int_equal(tree_write(tree, SWITCH, text), -EINVAL);
	assert_int_equal(tree_count(tree, SWITCH, "\nparse_error: Operand too long\n"), 1);
	text[4095] = '\0';
	assert_int_equal(tree_write(tree, SWITCH, text), -EINVAL);
	assert_int_equal(tree_count(tree, SWITCH, "\nparse_error: Field not found\n"), 1);
	/* As many comparisons as a page holds. */
	for (n = 0; n < 4080; n += 4)
		memcpy(text + n, n % 8 ? "1 ||" : "cpu<", 4);
	strcpy(text + n, "cpu<2");
	assert_int_equal(tree_write(tree, SWITCH, text), strlen(text));
	memset(text, '(', 4095);
	text[4095] = '\0';
	assert_int_equal(tree_write(tree, SWITCH, text), -ENOENT);
}

static void test_what_stands_behind_a_nul_is_not_read(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_write_bytes(tree, SWITCH, "prev_pid > 1 \n\0bogus", 20, 0), 20);
	assert_text(tree, SWITCH, "prev_pid > 1\n");
}

static void test_system_filter(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_write(tree, SYSTEM, "prev_pid == 1"), 13);
	assert_text(tree, SYSTEM, HELP);
	assert_text(tree, SWITCH, "prev_pid == 1\n");
	assert_text(tree, WAKING, NO_FIELD("prev_pid == 1"));
	assert_log(tree, "error_log", NO_FIELD_LOG("prev_pid == 1"));
	assert_int_equal(tree_write(tree, "error_log", ""), 0);
	assert_int_equal(tree_write(tree, SYSTEM, "bogus == 1"), 10);
	assert_text(tree, SWITCH, NO_FIELD("bogus == 1"));
	assert_text(tree, WAKING, NO_FIELD("bogus == 1"));
	assert_log(tree, "error_log", NO_FIELD_LOG("bogus == 1") NO_FIELD_LOG("bogus == 1"));
	assert_int_equal(tree_write(tree, SYSTEM, "prev_pid =="), 11);
	assert_text(tree, SWITCH, NO_FIELD("prev_pid =="));
	assert_int_equal(tree_write(tree, SYSTEM, "common_pid == 1"), 15);
	assert_text(tree, SWITCH, "common_pid == 1\n");
	assert_text(tree, WAKING, "common_pid == 1\n");
	assert_text(tree, "events/zoo/cat/filter", "none\n");
	assert_int_equal(tree_write(tree, SYSTEM, "0"), 1);
	assert_text(tree, SWITCH, "none\n");
	assert_text(tree, WAKING, "none\n");
	assert_int_equal(tree_write(tree, SYSTEM, ""), 0);
	assert_text(tree, SWITCH, NO_FIELD(""));
}

static void test_the_ftrace_system_has_no_filters(void **state)
{
	struct tree *tree = *state;
	struct eventfs_attr attr;

	assert_int_equal(eventfs_walk(tree->fs, "events/ftrace/filter", &attr), -ENOENT);
	assert_int_equal(eventfs_walk(tree->fs, "events/ftrace/print/filter", &attr), -ENOENT);
	assert_int_equal(eventfs_walk(tree->fs, "events/filter", &attr), -ENOENT);
}

static void test_error_log_keeps_the_last_eight(void **state)
{
	struct tree *tree = *state;
	char text[32];

	for (int i = 0; i < 12; i++) {
		sprintf(text, "bogus%d", i);
		assert_int_equal(tree_write(tree, SWITCH, text), -EINVAL);
	}
	assert_int_equal(tree_count(tree, "error_log", "Command: "), 8);
	assert_int_equal(tree_count(tree, "error_log", "Command: bogus3\n"), 0);
	assert_int_equal(tree_count(tree, "error_log", "Command: bogus4\n"), 1);
	assert_int_equal(tree_count(tree, "error_log", "Command: bogus11\n"), 1);
	assert_int_equal(tree_append(tree, "error_log", "whatever"), 8);
	assert_int_equal(tree_count(tree, "error_log", "Command: "), 8);
	assert_int_equal(tree_write(tree, "error_log", "whatever"), 8);
	assert_text(tree, "error_log", "");
	assert_int_equal(tree_write(tree, SWITCH, "bogus"), -EINVAL);
	assert_int_equal(tree_count(tree, "error_log", "Command: bogus\n"), 1);
}

static uint64_t used_bytes(struct tree *tree)
{
	uint64_t used;

	assert_int_equal(utfs_tx_begin(&tree->trace->arena), 0);
	used = utfs_arena_used_bytes(&tree->trace->arena);
	assert_int_equal(utfs_tx_end(&tree->trace->arena, 0), 0);
	return used;
}

/* Two times, so that chunks of small blobs are there already at the second. */
static void test_an_instance_takes_its_filters_and_errors_with_it(void **state)
{
	struct tree *tree = *state;
	uint64_t used = 0;

	for (int i = 0; i < 2; i++) {
		used = used_bytes(tree);
		assert_int_equal(tree_mkdir(tree, "instances/a"), 0);
		assert_int_equal(tree_write(tree, "instances/a/buffer_size_kb", "8"), 1);
		for (int j = 0; j < 200; j++) {
			assert_int_equal(tree_write(tree, "instances/a/" SWITCH, "bogus"), -EINVAL);
			assert_int_equal(tree_write(tree, "instances/a/" SWITCH, "prev_pid == 17"),
					 14);
		}
		assert_text(tree, "instances/a/" SWITCH, "prev_pid == 17\n");
		assert_text(tree, SWITCH, "none\n");
		assert_text(tree, "error_log", "");
		assert_int_equal(tree_count(tree, "instances/a/error_log", "Command: "), 8);
		assert_int_equal(tree_rmdir(tree, "instances/a"), 0);
	}
	assert_int_equal(used_bytes(tree), used);
	assert_int_equal(tree_mkdir(tree, "instances/b"), 0);
	assert_text(tree, "instances/b/" SWITCH, "none\n");
	assert_text(tree, "instances/b/error_log", "");
}

static void test_open_files_pin_the_instance(void **state)
{
	static const char *const files[] = {SWITCH, SYSTEM, "error_log"};
	struct tree *tree = *state;
	struct eventfs_file *file;
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		sprintf(path, "instances/a/%s", files[i]);
		assert_int_equal(tree_mkdir(tree, "instances/a"), 0);
		assert_int_equal(tree_handle(tree, path, O_RDWR, &file), 0);
		assert_int_equal(tree_rmdir(tree, "instances/a"), -EBUSY);
		eventfs_release(file);
		assert_int_equal(tree_rmdir(tree, "instances/a"), 0);
	}
}

static void test_a_removed_event_takes_its_filters_with_it(void **state)
{
	struct tree *tree = *state;
	struct utfs_arena *arena = &tree->trace->arena;
	uint32_t id = event_add(tree, "other", waking_fields, 28);

	assert_int_equal(tree_write(tree, "events/sched/other/filter", "pid == 1"), 8);
	assert_true(utfs_event_state_at(arena, id)->filtered);
	assert_int_equal(utfs_tx_begin(arena), 0);
	assert_int_equal(utfs_tx_end(arena, utfs_event_remove(arena, id)), 0);
	assert_false(utfs_event_state_at(arena, id)->filtered);
	assert_false(utfs_event_state_at(arena, id)->filters);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_event_filter_answers_as_the_kernel),
		T(test_filters_that_are_too_long),
		T(test_what_stands_behind_a_nul_is_not_read),
		T(test_system_filter),
		T(test_the_ftrace_system_has_no_filters),
		T(test_error_log_keeps_the_last_eight),
		T(test_an_instance_takes_its_filters_and_errors_with_it),
		T(test_open_files_pin_the_instance),
		T(test_a_removed_event_takes_its_filters_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
