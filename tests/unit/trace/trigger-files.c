/* SPDX-License-Identifier: MIT */
/* events/SYSTEM/EVENT/trigger and what error_log says of it: the kernel's answers, and that a wrong one changes nothing. */
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define CAT  "events/zoo/cat/trigger"
#define TREE "events/park/tree/trigger"

static const struct wrong {
	const char *text;
	int answer;
	const char *message; /* of error_log; NULL: it says nothing */
	const char *command;
	unsigned int caret;
} wrongs[] = {
	{"nosuch", -EINVAL, NULL, NULL, 0},
	{"\n", -EINVAL, NULL, NULL, 0},
	{" ", -EINVAL, NULL, NULL, 0},
	{"!", -EINVAL, NULL, NULL, 0},
	{":", -EINVAL, NULL, NULL, 0},
	{"!!traceon", -EINVAL, NULL, NULL, 0},
	{"! traceon", -EINVAL, NULL, NULL, 0},
	{"Traceon", -EINVAL, NULL, NULL, 0},
	{"traceonn", -EINVAL, NULL, NULL, 0},
	{"traceoff+0", -EINVAL, NULL, NULL, 0},
	{"traceoff=5", -EINVAL, NULL, NULL, 0},
	{"traceon:abc", -EINVAL, NULL, NULL, 0},
	{"traceon:-1", -EINVAL, NULL, NULL, 0},
	{"traceon:+1", -EINVAL, NULL, NULL, 0},
	{"traceon:1x", -EINVAL, NULL, NULL, 0},
	{"traceon:08", -EINVAL, NULL, NULL, 0},
	{"traceon:0x", -EINVAL, NULL, NULL, 0},
	{"traceon:0xg", -EINVAL, NULL, NULL, 0},
	{"traceon:18446744073709551616", -ERANGE, NULL, NULL, 0},
	{"traceon:99999999999999999999999", -ERANGE, NULL, NULL, 0},
	{"traceon n == 0", -EINVAL, NULL, NULL, 0},
	{"traceon iff n == 0", -EINVAL, NULL, NULL, 0},
	{"traceon:3 n == 0", -EINVAL, NULL, NULL, 0},
	{"traceon:3 unless n == 0", -EINVAL, NULL, NULL, 0},
	{"traceon if", -EINVAL, NULL, NULL, 0},
	{"traceon:3 if", -EINVAL, NULL, NULL, 0},
	{"traceon if bogus == 1", -EINVAL, "Field not found", "bogus == 1", 6},
	{"traceon:5 if bogus == 1", -EINVAL, "Field not found", "bogus == 1", 6},
	{"traceon if n ==", -EINVAL, "Invalid value (did you forget quotes)?", "n ==", 5},
	{"traceon if n", -EINVAL, "Invalid operator", "n", 2},
	{"traceon if n = 3", -EINVAL, "Invalid operator", "n = 3", 3},
	{"traceon if (n == 3", -ENOENT, "Too many '('", "(n == 3", 0},
	{"traceon if n == 3)", -EPERM, "Too few '('", "n == 3)", 6},
	{"traceon if n == 'x'", -EINVAL, "Expecting numeric field", "n == 'x'", 6},
	{"traceon if n ~ \"x\"", -EINVAL, "Expecting numeric field", "n ~ \"x\"", 5},
	{"traceon if n == \"x", -ESRCH, "Missing matching quote", "n == \"x", 5},
	{"traceon if n == 99999999999999999999", -EINVAL, "Illegal integer value",
	 "n == 99999999999999999999", 6},
	{"traceon if n == 1 n == 2", -EPERM, "Too many terms in predicate expression",
	 "n == 1 n == 2", 7},
	{"enable_event", -EINVAL, NULL, NULL, 0},
	{"enable_event:", -EINVAL, NULL, NULL, 0},
	{"enable_event if n == 1", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo:", -EINVAL, NULL, NULL, 0},
	{"enable_event::cat", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo:nosuch", -EINVAL, NULL, NULL, 0},
	{"enable_event:nosuch:cat", -EINVAL, NULL, NULL, 0},
	{"enable_event:ftrace:print", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo:nosuch if bogus == 1", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo:dog:", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo:dog:x", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo:dog:-1", -EINVAL, NULL, NULL, 0},
	{"enable_event:zoo:dog:3 n == 1", -EINVAL, NULL, NULL, 0},
	{"disable_event:zoo:dog if", -EINVAL, NULL, NULL, 0},
	{"disable_event:zoo:dog:2 if bogus == 1", -EINVAL, "Field not found", "bogus == 1", 6},
	{"enable_hist", -EINVAL, NULL, NULL, 0},
	{"enable_hist:zoo:nosuch", -EINVAL, NULL, NULL, 0},
	{"disable_hist:zoo:dog:x", -EINVAL, NULL, NULL, 0},
	{"disable_hist:zoo:dog if", -EINVAL, NULL, NULL, 0},
	{"!enable_event", -EINVAL, NULL, NULL, 0},
	{"!enable_event:zoo", -EINVAL, NULL, NULL, 0},
	{"!enable_event:zoo:nosuch", -EINVAL, NULL, NULL, 0},
	{"stacktrace:x", -EINVAL, NULL, NULL, 0},
	{"stacktrace n == 1", -EINVAL, NULL, NULL, 0},
	{"snapshot:x", -EINVAL, NULL, NULL, 0},
	{"snapshot if bogus == 1", -EINVAL, "Field not found", "bogus == 1", 6},
	{"traceon if n == 1 &&", -EINVAL, "Meaningless filter expression", "n == 1 &&", 9},
};

/* What error_log says, without the time. */
static void log_expect(char *to, size_t room, const struct wrong *wrong)
{
	if (wrong->message)
		snprintf(to, room,
			 "event filter parse error: error: %s\n  Command: %s\n           %*s\n",
			 wrong->message, wrong->command, (int)wrong->caret + 1, "^");
	else
		to[0] = '\0';
}

static void wrong_ones_change_nothing(void **state)
{
	static char text[1 << 16], expected[1024];
	struct tree *tree = *state;

	/* Beside one that is there, so that something could be lost. */
	assert_int_equal(tree_write(tree, TREE, "traceoff:4"), 10);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		const struct wrong *wrong = &wrongs[i];
		const char *found;
		ssize_t ret;

		assert_int_equal(tree_write(tree, "error_log", ""), 0);
		ret = tree_append(tree, CAT, wrong->text);
		assert_true(tree_read(tree, "error_log", text, sizeof(text)) >= 0);
		found = strstr(text, "] ");
		found = found ? found + 2 : text;
		log_expect(expected, sizeof(expected), wrong);
		if (ret != wrong->answer || strcmp(found, expected))
			fail_msg("'%s': %zd\n%s", wrong->text, ret, found);
		assert_int_equal(tree_count(tree, CAT, "# Available triggers:\n"), 1);
		assert_text(tree, "events/zoo/cat/enable", "0\n");
		assert_text(tree, "events/zoo/dog/enable", "0\n");
	}
	assert_text(tree, TREE, "traceoff:count=4\n");
	assert_text(tree, "events/park/tree/enable", "0*\n");
	memset(text, 'x', sizeof(text));
	assert_int_equal(tree_write_bytes(tree, CAT, text, 4096, O_WRONLY | O_APPEND), -EINVAL);
}

static void what_is_written_is_read(void **state)
{
	static const struct exchange exchanges[] = {
		{CAT, "traceon", 7, "traceon:unlimited\n"},
		{CAT, "traceon", -EEXIST, "traceon:unlimited\n"},
		/* The same switch. */
		{CAT, "traceoff", -EEXIST, "traceon:unlimited\n"},
		{CAT, "!traceoff", 9, NULL},
		{CAT, "!traceon", 8, NULL},
		{CAT, "  traceoff:5\n", 13, "traceoff:count=5\n"},
		{CAT, "!traceon:5", 10, NULL},
		{CAT, "traceon:0", 9, "traceon:count=0\n"},
		{CAT, "!traceon", 8, NULL},
		{CAT, "traceon:3:4", 11, "traceon:count=3\n"},
		{CAT, "!traceon", 8, NULL},
		{CAT, "traceon:0x10", 12, "traceon:count=16\n"},
		{CAT, "!traceon", 8, NULL},
		{CAT, "traceon:010", 11, "traceon:count=8\n"},
		{CAT, "!traceon", 8, NULL},
		{CAT, "traceon:18446744073709551615", 28, "traceon:unlimited\n"},
		{CAT, "!traceon", 8, NULL},
		{CAT, "traceon:9223372036854775807", 27, "traceon:count=9223372036854775807\n"},
		{CAT, "!traceon", 8, NULL},
		{CAT, "traceoff if n == 3", 18, "traceoff:unlimited if n == 3\n"},
		{CAT, "!traceoff if n == 3", 19, NULL},
		{CAT, "traceoff:7\t  if n == 3 || n == 4", 32,
		 "traceoff:count=7 if n == 3 || n == 4\n"},
		/* What stands behind a removal is not looked at. */
		{CAT, "!traceoff if bogus", 18, NULL},
		{CAT, "traceoff:  5", 12, "traceoff:count=5\n"},
		{CAT, "!traceoff", 9, NULL},
		{CAT, "traceoff:", 9, "traceoff:unlimited\n"},
		{CAT, "", 0, "traceoff:unlimited\n"},
	};
	struct tree *tree = *state;

	CHECK(tree, exchanges);
	/* O_TRUNC takes only histograms away, as in the kernel. */
	assert_int_equal(tree_write_bytes(tree, CAT, "", 0, O_WRONLY | O_TRUNC), 0);
	assert_text(tree, CAT, "traceoff:unlimited\n");
	assert_text(tree, "set_event", "zoo:cat\n");
	assert_int_equal(tree_write(tree, CAT, "!traceoff"), 9);
	assert_text(tree, "set_event", "");
	assert_int_equal(tree_count(tree, CAT, "# Available triggers:\n# traceon traceoff "), 1);
}

static void the_newest_comes_first(void **state)
{
	static const struct exchange exchanges[] = {
		{CAT, "enable_event:zoo:cat", 20, "enable_event:zoo:cat:unlimited\n"},
		{CAT, "enable_event:zoo:dog", 20,
		 "enable_event:zoo:dog:unlimited\nenable_event:zoo:cat:unlimited\n"},
		{CAT, "enable_event:zoo:dog", -EEXIST,
		 "enable_event:zoo:dog:unlimited\nenable_event:zoo:cat:unlimited\n"},
		/* The same switch. */
		{CAT, "disable_event:zoo:dog", -EEXIST,
		 "enable_event:zoo:dog:unlimited\nenable_event:zoo:cat:unlimited\n"},
		/* Another switch. */
		{CAT, "disable_hist:zoo:dog", 20,
		 "disable_hist:zoo:dog:unlimited\nenable_event:zoo:dog:unlimited\n"
		 "enable_event:zoo:cat:unlimited\n"},
		{CAT, "!enable_hist:zoo:dog", 20,
		 "enable_event:zoo:dog:unlimited\nenable_event:zoo:cat:unlimited\n"},
		{CAT, "!enable_event:zoo:dog", 21, "enable_event:zoo:cat:unlimited\n"},
		{CAT, "!disable_event:zoo:dog", 22, "enable_event:zoo:cat:unlimited\n"},
		{CAT, "disable_event:zoo:dog:1 if n == 3", 33,
		 "disable_event:zoo:dog:count=1 if n == 3\nenable_event:zoo:cat:unlimited\n"},
		{CAT, "traceon:2:9", 11,
		 "traceon:count=2\ndisable_event:zoo:dog:count=1 if n == 3\n"
		 "enable_event:zoo:cat:unlimited\n"},
		{CAT, "!enable_event:zoo:dog:1", 23,
		 "traceon:count=2\nenable_event:zoo:cat:unlimited\n"},
		{CAT, "!enable_event:zoo:cat if bogus", 30, "traceon:count=2\n"},
		{CAT, "!traceon", 8, NULL},
		{CAT, "!enable_event:zoo:cat", 21, NULL},
	};
	struct tree *tree = *state;

	CHECK(tree, exchanges);
	assert_text(tree, "events/zoo/enable", "0\n");
	for (unsigned int i = 0; i < UTFS_MAX_TRIGGERS; i++) {
		char text[64];

		sprintf(text, "many%u", i);
		tree_register(tree, "park", text, true);
		sprintf(text, "disable_event:park:many%u if n == %u", i, i);
		assert_true(tree_append(tree, CAT, text) > 0);
	}
	assert_int_equal(tree_append(tree, CAT, "traceon"), -EMFILE);
	assert_int_equal(tree_append(tree, CAT, "!disable_event:park:many7"), 25);
	assert_int_equal(tree_append(tree, CAT, "traceon"), 7);
	assert_int_equal(tree_count(tree, CAT, "disable_event:park:many8:unlimited if n == 8\n"),
			 1);
	assert_int_equal(tree_count(tree, CAT, "many7"), 0);
}

static void an_event_with_triggers_is_not_removed(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_append(tree, "dynamic_events", "u:made u32 n"), 12);
	assert_int_equal(tree_write(tree, "events/user_events/made/trigger", "traceoff"), 8);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:made"), -EBUSY);
	assert_int_equal(tree_write(tree, "events/user_events/made/trigger", "!traceoff"), 9);
	/* Nor one that another event's trigger switches. */
	assert_int_equal(tree_write(tree, CAT, "enable_event:user_events:made"), 29);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:made"), -EBUSY);
	assert_int_equal(tree_write(tree, CAT, "!enable_event:user_events:made"), 30);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:made"), 6);
}

static void a_trigger_may_wait_for_its_event(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_append(tree, "pending_events", "zoo:c* trigger traceoff:3 if n == 7"),
			 35);
	assert_int_equal(tree_append(tree, "pending_events", "zoo:* trigger stacktrace"), 24);
	assert_text(tree, "pending_events",
		    "zoo:c* trigger traceoff:3 if n == 7\nzoo:* trigger stacktrace\n");
	assert_text(tree, CAT, "stacktrace:unlimited\ntraceoff:count=3 if n == 7\n");
	assert_text(tree, "events/zoo/dog/trigger", "stacktrace:unlimited\n");
	tree_register(tree, "zoo", "cow", true);
	assert_text(tree, "events/zoo/cow/trigger",
		    "stacktrace:unlimited\ntraceoff:count=3 if n == 7\n");
	assert_text(tree, "events/zoo/cow/enable", "0*\n");
	/* One without the field does without. */
	tree_register(tree, "zoo", "crow", false);
	assert_text(tree, "events/zoo/crow/trigger", "stacktrace:unlimited\n");
	/* What is there already is not there twice. */
	assert_int_equal(tree_append(tree, "pending_events", "zoo:cow trigger traceon"), 23);
	assert_text(tree, "events/zoo/cow/trigger",
		    "stacktrace:unlimited\ntraceoff:count=3 if n == 7\n");
	assert_int_equal(tree_append(tree, "pending_events", "!zoo:* trigger stacktrace"), 25);
	tree_register(tree, "zoo", "cuckoo", true);
	assert_text(tree, "events/zoo/cuckoo/trigger", "traceoff:count=3 if n == 7\n");
	assert_int_equal(tree_append(tree, "pending_events",
				     "zoo:hen trigger enable_event:zoo:dog:2 if n == 1"),
			 48);
	assert_int_equal(
		tree_append(tree, "pending_events", "zoo:hen trigger disable_event:zoo:cat"), 37);
	/* One that is there already. */
	assert_int_equal(
		tree_append(tree, "pending_events", "zoo:hen trigger disable_event:zoo:dog"), 37);
	assert_int_equal(
		tree_append(tree, "pending_events", "zoo:hen trigger disable_hist:zoo:dog"), 36);
	tree_register(tree, "zoo", "hen", true);
	assert_text(tree, "events/zoo/hen/trigger",
		    "disable_hist:zoo:dog:unlimited\ndisable_event:zoo:cat:unlimited\n"
		    "enable_event:zoo:dog:count=2 if n == 1\n");
}

static void what_cannot_wait_is_refused(void **state)
{
	static const char *const wrong[] = {
		"zoo:c* trigger",
		"zoo:c* trigger nosuch",
		"zoo:c* trigger !traceon",
		"zoo:c* trigger traceon:x",
		"zoo:c* trigger traceon if",
		"zoo:c* trigger enable_event:zoo:nosuch",
		"zoo:c* trigger hist:keys=n",
		"zoo:c* triggers traceon",
	};
	static char text[4096];
	struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(tree_write(tree, "error_log", ""), 0);
		assert_int_equal(tree_append(tree, "pending_events", wrong[i]), -EINVAL);
		assert_int_equal(tree_count(tree, "error_log", "pending_events: error: "), 1);
	}
	assert_int_equal(tree_write(tree, "error_log", ""), 0);
	assert_int_equal(tree_append(tree, "pending_events", "zoo:c* trigger traceon if n = 1"),
			 -EINVAL);
	assert_true(tree_read(tree, "error_log", text, sizeof(text)) > 0);
	assert_non_null(strstr(text,
			       "event filter parse error: error: Invalid operator\n  Command: "
			       "n = 1\n              ^\n"));
	assert_text(tree, "pending_events", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(wrong_ones_change_nothing, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(what_is_written_is_read, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(the_newest_comes_first, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(a_trigger_may_wait_for_its_event, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(what_cannot_wait_is_refused, tree_setup,
						tree_teardown),
		cmocka_unit_test_setup_teardown(an_event_with_triggers_is_not_removed, tree_setup,
						tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
