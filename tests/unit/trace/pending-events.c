/* SPDX-License-Identifier: MIT */
/* pending_events: rules for events that do not exist yet. */
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_rules_are_listed_added_and_removed(void **state)
{
	struct tree *tree = *state;

	assert_text(tree, "pending_events", "");
	assert_int_equal(tree_write(tree, "pending_events", "myapp:req* enable"), 17);
	assert_text(tree, "pending_events", "myapp:req* enable\n");
	assert_int_equal(tree_append(tree, "pending_events",
				     "  myapp:request   filter   latency > 1000 \n\n# no rule\n"
				     "*:x enable\n"),
			 65);
	assert_text(tree, "pending_events",
		    "myapp:req* enable\nmyapp:request filter latency > 1000\n*:x enable\n");
	/* Once is enough. */
	assert_int_equal(tree_append(tree, "pending_events", "*:x  enable"), 11);
	assert_int_equal(
		tree_append(tree, "pending_events", "!myapp:request filter latency > 1000"), 36);
	assert_text(tree, "pending_events", "myapp:req* enable\n*:x enable\n");
	assert_int_equal(tree_append(tree, "pending_events", "!myapp:req* enable\na:b enable\n"),
			 30);
	assert_text(tree, "pending_events", "*:x enable\na:b enable\n");
	assert_int_equal(tree_write(tree, "pending_events", "c:d enable"), 10);
	assert_text(tree, "pending_events", "c:d enable\n");
	assert_int_equal(tree_append(tree, "pending_events", ""), 0);
	assert_text(tree, "pending_events", "c:d enable\n");
	assert_int_equal(tree_write(tree, "pending_events", ""), 0);
	assert_text(tree, "pending_events", "");
}

static void test_what_is_no_rule_changes_nothing(void **state)
{
	static const struct {
		const char *text;
		int answer;
		const char *logged; /* in error_log */
	} writes[] = {
		{"enable", -EINVAL,
		 "pending_events: error: Expecting SYSTEM:EVENT enable, "
		 "SYSTEM:EVENT filter EXPRESSION, or SYSTEM:EVENT trigger COMMAND\n  "
		 "Command: enable\n           ^\n"},
		{"a:b", -EINVAL, "Expecting"},
		{"a:b enable now", -EINVAL, "Expecting"},
		{"a:b disable", -EINVAL, "Expecting"},
		{"a:b filter", -EINVAL, "Expecting"},
		{"a enable", -EINVAL, "Expecting"},
		{":b enable", -EINVAL, "Invalid system or event name"},
		{"a: enable", -EINVAL, "Invalid system or event name"},
		{"a:b:c enable", -EINVAL, "Invalid system or event name"},
		{"a/b:c enable", -EINVAL, "Invalid system or event name"},
		{"!a:b enable", -ENOENT, NULL},
		{"a:b filter x ==", -EINVAL,
		 "event filter parse error: error: Invalid value (did you forget quotes)?\n  "
		 "Command: "
		 "x ==\n                ^\n"},
		{"a:b filter (x == 1", -ENOENT, "Too many '('"},
		{"a:b filter x == 1 y", -EPERM, "Too many terms in predicate expression"},
		{"a:b trigger hist:keys=x", -EINVAL,
		 "pending_events: error: A histogram cannot wait for its event: its fields have to "
		 "be known\n  Command: hist:keys=x\n"},
		{"good:one enable\nbad", -EINVAL, "Command: bad\n"},
		{"good:one enable\n!good:two enable", -ENOENT, NULL},
	};
	struct tree *tree = *state;

	assert_int_equal(tree_write(tree, "pending_events", "c:d enable"), 10);
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		ssize_t answer;

		assert_int_equal(tree_write(tree, "error_log", ""), 0);
		answer = tree_append(tree, "pending_events", writes[i].text);
		if (answer != writes[i].answer)
			fail_msg("'%s': %zd", writes[i].text, answer);
		if (writes[i].logged && !tree_count(tree, "error_log", writes[i].logged))
			fail_msg("'%s' is not logged so", writes[i].text);
		assert_text(tree, "pending_events", "c:d enable\n");
	}
}

static void test_rules_hold_for_events_that_come_and_that_are_there(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_mkdir(tree, "instances/a"), 0);
	assert_int_equal(tree_write(tree, "instances/a/pending_events",
				    "zoo:[a-d]* enable\nzoo:b* filter n > 3"),
			 37);
	assert_text(tree, "instances/a/events/zoo/cat/enable", "1\n");
	assert_text(tree, "events/zoo/cat/enable", "0\n");
	tree_register(tree, "zoo", "bird", true);
	tree_register(tree, "zoo", "fish", true);
	tree_register(tree, "zoo", "bat", false);
	assert_text(tree, "instances/a/events/zoo/bird/enable", "1\n");
	assert_text(tree, "instances/a/events/zoo/bird/filter", "n > 3\n");
	assert_text(tree, "instances/a/events/zoo/fish/enable", "0\n");
	assert_text(tree, "instances/a/events/zoo/fish/filter", "none\n");
	assert_text(tree, "instances/a/events/zoo/cat/filter", "none\n");
	assert_text(tree, "instances/a/events/zoo/bat/filter",
		    "n > 3\n^\nparse_error: Field not found\n\n");
	assert_text(tree, "events/zoo/bird/enable", "0\n");
	assert_text(tree, "events/zoo/bird/filter", "none\n");
	/* What a rule has done is not undone with it, and what was undone is not done again. */
	assert_int_equal(tree_write(tree, "instances/a/events/zoo/cat/enable", "0"), 1);
	assert_int_equal(tree_append(tree, "instances/a/pending_events", "!zoo:b* filter n > 3"),
			 20);
	assert_text(tree, "instances/a/events/zoo/bird/filter", "n > 3\n");
	assert_text(tree, "instances/a/events/zoo/cat/enable", "0\n");
	tree_register(tree, "zoo", "bee", true);
	assert_text(tree, "instances/a/events/zoo/bee/enable", "1\n");
	assert_text(tree, "instances/a/events/zoo/bee/filter", "none\n");
	assert_int_equal(tree_rmdir(tree, "instances/a"), 0);
	assert_int_equal(tree->trace->arena.header->nr_pending, 0);
	assert_int_equal(tree_mkdir(tree, "instances/a"), 0);
	assert_text(tree, "instances/a/pending_events", "");
}

/* Another boot: who traces what is forgotten, but not what was to be done with an event. */
static void test_rules_and_masks_outlast_a_reboot(void **state)
{
	struct tree *tree = *state;
	char why[UTFS_TRACE_WHY_BYTES];

	assert_int_equal(tree_write(tree, "pending_events", "zoo:cat enable"), 14);
	assert_int_equal(tree_write(tree, "events/zoo/dog/enable", "1"), 1);
	assert_int_equal(tree_write(tree, "events/zoo/dog/filter", "n == 1"), 6);
	assert_int_equal(tree_write(tree, "set_event_pid", "1 2"), 3);
	assert_true(utfs_event_state_at(&tree->trace->arena, 64)->filtered);
	memcpy(tree->trace->arena.header->boot_id, "from-another-boot", 18);
	utfs_trace_close(tree->trace);
	assert_int_equal(utfs_trace_open(tree->directory, &tree->trace, why), 0);
	tree->fs = utfs_trace_fs(tree->trace);
	assert_text(tree, "pending_events", "zoo:cat enable\n");
	assert_text(tree, "events/zoo/cat/enable", "1\n");
	assert_text(tree, "events/zoo/dog/enable", "0\n");
	assert_text(tree, "events/zoo/dog/filter", "n == 1\n");
	assert_text(tree, "set_event_pid", "");
	assert_false(utfs_event_state_at(&tree->trace->arena, 64)->filtered);
	assert_true(utfs_event_state_at(&tree->trace->arena, 65)->filtered);
}

static void test_more_rules_than_fit(void **state)
{
	struct tree *tree = *state;
	char *text = malloc(400000);
	size_t n = 0;

	assert_non_null(text);
	for (int i = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n,
				     "system%d:event_with_a_name_that_is_quite_long_%d "
				     "enable\n",
				     i, i);
	/* 1000 rules of about 100 bytes are more than an object holds; 400 are not. */
	assert_int_equal(tree_write(tree, "pending_events", text), -E2BIG);
	assert_text(tree, "pending_events", "");
	*(strstr(text, "system400:")) = '\0';
	assert_int_equal(tree_write(tree, "pending_events", text), strlen(text));
	assert_text(tree, "pending_events", text);
	free(text);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(test_rules_are_listed_added_and_removed),
		T(test_what_is_no_rule_changes_nothing),
		T(test_rules_hold_for_events_that_come_and_that_are_there),
		T(test_rules_and_masks_outlast_a_reboot),
		T(test_more_rules_than_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
