/* SPDX-License-Identifier: MIT */
/*
 * Stacks of events, and the names of the functions in them. Built with frame pointers; and without, to be run with
 * UTRACEFS_UNWIND=tables.
 *   stacks PLUGIN
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#include "evaluated.h"

UTFS_EVENT(stk, hit, UTFS_FIELDS(UTFS_FIELD(int, n)));
UTFS_EVENT(stk, text, UTFS_FIELDS(UTFS_STRING(s)));
UTFS_EVENT(stk, at, UTFS_FIELDS(UTFS_FIELD(int, n), UTFS_FIELD(unsigned long, address)));
UTFS_EVENT(stk, end, UTFS_FIELDS(UTFS_FIELD(int, id)));

#define HIT  "events/stk/hit/"
#define TEXT "events/stk/text/"
#define AT   "events/stk/at/"
#define END  "events/stk/end/"

static const char *plugin;
static char text[1 << 20];

/* In all of them something follows the call: none is left by a jump. */
#define LAST __asm__ volatile("")

__attribute__((noinline)) static void innermost(int n)
{
	trace_stk_hit(n);
	LAST;
	trace_stk_text("a text");
	LAST;
}

__attribute__((noinline)) static void in_the_middle(int n)
{
	innermost(n);
	LAST;
}

__attribute__((noinline)) static void outermost(int n)
{
	in_the_middle(n);
	LAST;
}

static int setup(void **state)
{
	evaluated_open(NULL);
	return 0;
}

static void put(const char *path, const char *what)
{
	ssize_t ret = tree_write(&tree, path, what);

	if (ret != (ssize_t)strlen(what))
		fail_msg("%s < '%s': %zd", path, what, ret);
}

static int clear(void **state)
{
	static const char *const off[] = {"stacktrace", "userstacktrace", "sym-offset",
					  "sym-addr",	"sym-userobj",	  "raw"};
	char path[64];

	(void)state;
	put(HIT "trigger", "!stacktrace");
	put(TEXT "trigger", "!stacktrace");
	put("events/enable", "0");
	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++) {
		snprintf(path, sizeof(path), "options/%s", off[i]);
		put(path, "0");
	}
	assert_int_equal(tree_write(&tree, "trace", ""), 0);
	return 0;
}

/* The text of `trace` from the first place on where `start` stands. */
static const char *trace_from(const char *start)
{
	const char *found;

	assert_true(tree_read(&tree, "trace", text, sizeof(text)) >= 0);
	found = strstr(text, start);
	if (!found)
		fail_msg("'%s' is not in\n%s", start, text);
	return found;
}

/* Lines that begin so, in this order, one right after the other from the first on that does. */
static void assert_callers(const char *at, const char *const *names)
{
	at = strstr(at, names[0]);
	for (; *names; names++) {
		if (!at || strncmp(at, *names, strlen(*names)) != 0)
			fail_msg("no '%s' in\n%s", *names, text);
		at = strchr(at, '\n') + 1;
	}
}

static const char *const ours[] = {" => innermost+0x", " => in_the_middle+0x", " => outermost+0x",
				   NULL};

static void a_trigger_takes_the_stack(void **state)
{
	const char *stack;

	(void)state;
	put(HIT "enable", "1");
	put(HIT "trigger", "stacktrace if n == 2");
	outermost(1);
	outermost(2);
	outermost(3);
	/* After its event, and once. */
	stack = trace_from("hit: n=2");
	assert_non_null(strstr(stack, "<stack trace>\n"));
	assert_true(strstr(stack, "<stack trace>\n") < strstr(stack, "hit: n=3"));
	assert_callers(stack, ours);
	assert_int_equal(tree_count(&tree, "trace", "<stack trace>"), 1);
}

static void an_event_that_is_not_recorded_has_one_too(void **state)
{
	(void)state;
	put(TEXT "trigger", "stacktrace:2");
	for (int i = 0; i < 5; i++)
		outermost(i);
	assert_int_equal(tree_count(&tree, "trace", "<stack trace>"), 2);
	assert_int_equal(tree_count(&tree, "trace", "text: "), 0);
	assert_text(&tree, TEXT "trigger", "stacktrace:count=0\n");
	/* It has more of the library above it, which does not show. */
	assert_callers(trace_from("<stack trace>\n => utfs_event_stk_text_write"), ours);
}

static void options_add_it_to_each_event(void **state)
{
	(void)state;
	put(HIT "enable", "1");
	put("options/stacktrace", "1");
	outermost(1);
	outermost(2);
	assert_int_equal(tree_count(&tree, "trace", "<stack trace>"), 2);
	put("options/stacktrace", "0");
	put("options/userstacktrace", "1");
	outermost(3);
	assert_int_equal(tree_count(&tree, "trace", "<user stack trace>"), 1);
	assert_callers(trace_from("hit: n=3"), ours);
	put("options/userstacktrace", "0");
	outermost(4);
	assert_int_equal(tree_count(&tree, "trace", "stack trace>"), 3);
}

static void options_say_how_it_looks(void **state)
{
	char program[4096], line[8192];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	(void)state;
	assert_true(n > 0);
	program[n] = '\0';
	put(HIT "trigger", "stacktrace");
	outermost(1);
	put("options/sym-offset", "1");
	assert_non_null(strstr(strchr(trace_from(" => innermost+0x"), 'x'), "/0x"));
	put("options/sym-addr", "1");
	snprintf(line, sizeof(line), "%.400s", trace_from(" => innermost+0x"));
	assert_non_null(strstr(line, " <0000"));
	put("options/sym-userobj", "1");
	snprintf(line, sizeof(line), " => %s[+0x", program);
	trace_from(line);
}

static void it_is_read_when_the_process_has_ended(void **state)
{
	int status;
	pid_t child;

	(void)state;
	put(HIT "trigger", "stacktrace");
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		outermost(7);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_callers(trace_from("<stack trace>\n"), ours);
}

static void what_is_loaded_later_has_names(void **state)
{
	void (*emit)(int n);
	void *handle;

	(void)state;
	put(HIT "trigger", "stacktrace");
	outermost(1);
	handle = dlopen(plugin, RTLD_NOW);
	if (!handle)
		fail_msg("%s", dlerror());
	*(void **)&emit = dlsym(handle, "plugin_emit");
	assert_non_null(emit);
	put("events/plugin/hello/trigger", "stacktrace");
	emit(1);
	assert_non_null(
		strstr(trace_from(" => utfs_event_plugin_hello_write"), "plugin-hello.so]\n"));
	put("events/plugin/hello/trigger", "!stacktrace");
	assert_int_equal(dlclose(handle), 0);
}

static void in_handler(int signal)
{
	(void)signal;
	outermost(9);
	LAST;
}

static void a_handler_has_one(void **state)
{
	static char stack[65536];
	const stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
	const struct sigaction action = {.sa_handler = in_handler, .sa_flags = SA_ONSTACK};

	(void)state;
	put(HIT "trigger", "stacktrace");
	assert_int_equal(sigaltstack(&own, NULL), 0);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
	assert_callers(trace_from("<stack trace>\n"), ours);
	trace_from(" => in_handler+0x");
}

/* Two processes with the same addresses in them. */
static void run_in_child(void (*what)(int n), int n)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		what(n);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
}

/* Is there a piece of the text that was read last? */
static void assert_there(const char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not in\n%s", what, text);
}

static void rows_read(const char *path)
{
	assert_true(tree_read(&tree, path, text, sizeof(text)) >= 0);
}

static void a_histogram_counts_by_stack(void **state)
{
	static const char *const rows[] = {"         innermost+0x", "         in_the_middle+0x",
					   "         outermost+0x", NULL};

	(void)state;
	put(HIT "trigger", "hist:keys=common_stacktrace,n:sort=n");
	/* Not unrolled: from one place. */
	for (volatile int i = 0; i < 3; i++)
		outermost(1);
	in_the_middle(2);
	run_in_child(outermost, 3);
	rows_read(HIT "hist");
	assert_there("{ common_stacktrace:\n         utfs_event_stk_hit_write+0x");
	assert_there(", n:          1} hitcount:          3\n");
	/* Also when its process has ended. */
	assert_callers(strstr(text, ", n:          2"), rows);
	assert_there(", n:          3} hitcount:          1\n");
	put(HIT "trigger", "!hist:keys=common_stacktrace,n:sort=n");
}

/* What another process has at an address is another function. */
static void stacks_of_two_processes_are_two(void **state)
{
	(void)state;
	put(HIT "trigger", "hist:keys=stacktrace");
	outermost(1);
	run_in_child(outermost, 1);
	rows_read(HIT "hist");
	assert_there("    Hits: 2\n    Entries: 2\n");
	put(HIT "trigger", "!hist:keys=stacktrace");
}

static void address_emit(int n)
{
	trace_stk_at(n, (unsigned long)(uintptr_t)outermost + (unsigned long)n);
}

static void modifiers_name_functions(void **state)
{
	char row[128];

	(void)state;
	put(AT "trigger", "hist:keys=n,address.sym");
	assert_true(tree_append(&tree, AT "trigger", "hist:keys=n,address.sym-offset") > 0);
	address_emit(2);
	run_in_child(address_emit, 3);
	rows_read(AT "hist");
	for (int n = 2; n < 4; n++) {
		const unsigned long address = (unsigned long)(uintptr_t)outermost + (unsigned)n;

		snprintf(row, sizeof(row), "{ n: %10d, address: [%lx] %-45s } hitcount: %10d\n", n,
			 address, "outermost", 1);
		assert_there(row);
		snprintf(row, sizeof(row), "{ n: %10d, address: [%lx] outermost+0x%d/0x", n,
			 address, n);
		assert_there(row);
	}
	put(AT "trigger", "!hist:keys=n,address.sym-offset");
	put(AT "trigger", "!hist:keys=n,address.sym");
}

static void end_emit(int n)
{
	trace_stk_end(n);
}

/* Taken in one process, told by another, which has ended, too. */
static void a_variable_keeps_a_stack(void **state)
{
	static const char *const lines[] = {"=> innermost+0x", "=> in_the_middle+0x",
					    "=> outermost+0x", NULL};
	static const char match[] =
		"hist:keys=id:kept=$stack:onmatch(stk.hit).trace(way,id,$stack,common_stacktrace)";
	static const char row[] = "{ from.stacktrace         utfs_event_stk_hit_write+0x";
	char undo[sizeof(match) + 1];

	(void)state;
	put("synthetic_events", "way int id; unsigned long[] from; unsigned long[] to");
	put(HIT "trigger", "hist:keys=n:stack=common_stacktrace");
	put(END "trigger", match);
	put("events/synthetic/way/trigger", "hist:keys=from.stacktrace");
	put("events/synthetic/way/enable", "1");
	run_in_child(outermost, 5);
	run_in_child(end_emit, 5);
	assert_callers(trace_from("way: id=5 from=STACK:\n"), lines);
	assert_there("to=STACK:\n=> utfs_event_stk_end_write+0x");
	rows_read("events/synthetic/way/hist");
	assert_there(row);
	assert_text(&tree, "events/synthetic/way/trigger",
		    "hist:keys=from.stacktrace:vals=hitcount:sort=hitcount:size=2048 [active]\n");
	put("events/synthetic/way/enable", "0");
	put("events/synthetic/way/trigger", "!hist:keys=from");
	snprintf(undo, sizeof(undo), "!%s", match);
	put(END "trigger", undo);
	put(HIT "trigger", "!hist:keys=n:stack=common_stacktrace");
	assert_int_equal(tree_write(&tree, "synthetic_events", ""), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		/* First: nothing else has asked for what is mapped where. */
		cmocka_unit_test_setup(a_histogram_counts_by_stack, clear),
		cmocka_unit_test_setup(a_trigger_takes_the_stack, clear),
		cmocka_unit_test_setup(an_event_that_is_not_recorded_has_one_too, clear),
		cmocka_unit_test_setup(options_add_it_to_each_event, clear),
		cmocka_unit_test_setup(options_say_how_it_looks, clear),
		cmocka_unit_test_setup(it_is_read_when_the_process_has_ended, clear),
		cmocka_unit_test_setup(what_is_loaded_later_has_names, clear),
		cmocka_unit_test_setup(a_handler_has_one, clear),
		cmocka_unit_test_setup(stacks_of_two_processes_are_two, clear),
		cmocka_unit_test_setup(modifiers_name_functions, clear),
		cmocka_unit_test_setup(a_variable_keeps_a_stack, clear),
	};

	plugin = argc > 1 ? argv[1] : "";
	return cmocka_run_group_tests(tests, setup, evaluated_close);
}
