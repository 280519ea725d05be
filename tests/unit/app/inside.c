/* SPDX-License-Identifier: MIT */
/* What only shows from within the library: linked statically, with its internals in reach. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/app.h"

static struct utfs_app_context context;

/* The first test: the root has no buffers yet. */
static void a_message_from_within_is_lost(void **state)
{
	struct utfs_runtime_event event = {0};
	struct utfs_status status;

	assert_int_equal(utfs_app_enter(&context), 0);
	assert_int_equal(utfs_app_attach(), 0);
	assert_int_equal(utfs_printf("deaf"), -EBUSY);
	assert_int_equal(utfs_marker("deaf", 4), -EBUSY);
	assert_int_equal(utfs_runtime_event_register(&event, "inside"), -EBUSY);
	assert_int_equal(utfs_app_enter(&context), -EBUSY);
	utfs_status_get(&status);
	assert_memory_equal(status.text, "busy", 4);
	utfs_app_leave(&context);
	utfs_status_get(&status);
	assert_int_equal(status.state, UTFS_STATE_ACTIVE);
	assert_int_equal(status.lost_messages, 2);
	/* Once there are buffers, nothing has to be taken. */
	assert_int_equal(utfs_printf("heard"), 5);
	assert_int_equal(utfs_app_enter(&context), 0);
	assert_int_equal(utfs_printf("heard"), 5);
	utfs_app_leave(&context);
	assert_int_equal(utfs_printf("heard"), 5);
}

static void signals_wait_while_the_lock_is_held(void **state)
{
	sigset_t before, now;

	sigprocmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(utfs_app_enter(&context), 0);
	sigprocmask(SIG_SETMASK, NULL, &now);
	assert_true(sigismember(&now, SIGALRM));
	assert_true(sigismember(&now, SIGTERM));
	utfs_app_leave(&context);
	sigprocmask(SIG_SETMASK, NULL, &now);
	for (int signal = 1; signal < NSIG; signal++)
		assert_int_equal(sigismember(&before, signal), sigismember(&now, signal));
}

/* The event of a child whose parent is gone may have been removed: it is registered again. */
static void a_child_registers_again_what_is_gone(void **state)
{
	struct utfs_runtime_event event = {0};
	uint64_t serial;
	int status;
	pid_t pid;

	assert_int_equal(utfs_runtime_event_register(&event, "inside_gone u32 n"), 0);
	serial = utfs_runtime_private(&event)->serial;
	/* As if it had been removed between fork() and the child's first steps. */
	utfs_runtime_private(&event)->serial = serial + 1;
	pid = fork();
	if (!pid)
		_exit(utfs_runtime_private(&event)->serial == serial &&
				      !utfs_runtime_private(&event)->status &&
				      utfs_runtime_event_write(&event, "abcd", 4) == 0
			      ? 0
			      : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	utfs_runtime_event_unregister(&event);
}

static void texts_do_not_overflow(void **state)
{
	struct utfs_text text;
	char buffer[8];

	memset(buffer, 'x', sizeof(buffer));
	utfs_text_init(&text, buffer, sizeof(buffer) - 1);
	utfs_text_string(&text, "12345");
	assert_false(text.overflow);
	utfs_text_number(&text, -1234);
	assert_true(text.overflow);
	assert_string_equal(buffer, "12345");
	utfs_text_number(&text, 6);
	assert_string_equal(buffer, "123456");
	assert_int_equal(buffer[7], 'x');
}

static void numbers_are_written(void **state)
{
	static const struct {
		int64_t number;
		const char *text;
	} cases[] = {{0, "0"},
		     {-1, "-1"},
		     {1234567890, "1234567890"},
		     {INT64_MAX, "9223372036854775807"},
		     {INT64_MIN, "-9223372036854775808"}};
	struct utfs_text text;
	char buffer[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		utfs_text_init(&text, buffer, sizeof(buffer));
		utfs_text_number(&text, cases[i].number);
		assert_string_equal(buffer, cases[i].text);
	}
}

static char described[1024];

static int describe(const char *print, const struct utfs_event_symbol *symbols)
{
	static const struct utfs_event_symbol none = {NULL, 0};
	struct utfs_event_info info = {
		.system = "s", .name = "n", .print = print, .symbols = symbols ? symbols : &none};
	struct utfs_text fields, text;
	char buffer[64];

	utfs_text_init(&fields, buffer, sizeof(buffer));
	utfs_text_init(&text, described, sizeof(described));
	return utfs_app_describe(&info, &fields, &text);
}

static void print_formats_are_tidied(void **state)
{
	static const struct utfs_event_symbol symbols[] = {
		{"A", 1}, {"AB", 2}, {"ns::A", -3}, {"sizeof(int)", 4}, {NULL, 0}};

	assert_int_equal(describe("\"a\" \"b\"   \"c\", REC->A", symbols), 0);
	assert_string_equal(described, "\"abc\", REC->A");
	assert_int_equal(describe("\"\\\"A\\\" \" \"A\", A, AB, ABC, BA, (A), ns::A, sizeof(int), "
				  "sizeof(long)",
				  symbols),
			 0);
	assert_string_equal(described, "\"\\\"A\\\" A\", 1, 2, ABC, BA, (1), -3, 4, sizeof(long)");
	assert_int_equal(describe("\"never closed", NULL), 0);
	assert_int_equal(describe("\"ends in a backslash\\", NULL), 0);
	assert_int_equal(describe("", NULL), 0);
	assert_string_equal(described, "");
}

static void bad_types_and_long_texts_are_refused(void **state)
{
	static const struct utfs_event_field bad[] = {
		{"name", "a;b", UTFS_P_SCALAR, UTFS_P_INTEGER, 8, 4, 1, 0},
		{"na me", "int", UTFS_P_SCALAR, UTFS_P_INTEGER, 8, 4, 1, 0},
	};
	struct utfs_event_symbol none = {NULL, 0};
	struct utfs_text fields, text;
	char a[256], b[16];

	for (size_t i = 0; i < 2; i++) {
		struct utfs_event_info info = {.fields = &bad[i], .nr_fields = 1, .symbols = &none};

		utfs_text_init(&fields, a, sizeof(a));
		utfs_text_init(&text, b, sizeof(b));
		assert_int_equal(utfs_app_describe(&info, &fields, &text), -EINVAL);
	}
	{
		struct utfs_event_info info = {.print = "\"longer than there is room for\"",
					       .symbols = &none};

		utfs_text_init(&fields, a, sizeof(a));
		utfs_text_init(&text, b, sizeof(b));
		assert_int_equal(utfs_app_describe(&info, &fields, &text), -E2BIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_from_within_is_lost),
		cmocka_unit_test(signals_wait_while_the_lock_is_held),
		cmocka_unit_test(a_child_registers_again_what_is_gone),
		cmocka_unit_test(texts_do_not_overflow),
		cmocka_unit_test(numbers_are_written),
		cmocka_unit_test(print_formats_are_tidied),
		cmocka_unit_test(bad_types_and_long_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
