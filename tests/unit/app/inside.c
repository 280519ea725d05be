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

struct named_value {
	const char *name;
	int64_t value;
};

/* One field and symbols, put together as UTFS_EVENT() does. Type NULL: no field. */
static const struct utfs_event_info *declare(const char *print, const struct named_value *symbols,
					     const char *type, const char *name)
{
	static struct {
		struct utfs_event_info info;
		unsigned char parts[512];
	} block __attribute__((aligned(8)));
	const struct utfs_event_field field = {type ? UTFS_P_SCALAR : UTFS_P_NONE,
					       UTFS_P_INTEGER | UTFS_P_SIGNED, 8, 4, 1};
	uint16_t n = 0;
	char *at;

	memset(&block, 0, sizeof(block));
	for (; symbols && symbols[n].name; n++)
		memcpy(block.parts + n * sizeof(int64_t), &symbols[n].value, sizeof(int64_t));
	block.info = (struct utfs_event_info){12, 1, n};
	at = (char *)block.parts + (n + 1) * sizeof(int64_t);
	memcpy(at, &field, sizeof(field));
	at = stpcpy(at + sizeof(field), print) + 1;
	at = stpcpy(at, "s") + 1;
	at = stpcpy(at, "n") + 1;
	at = stpcpy(at, type ? type : "") + 1;
	at = stpcpy(at, name ? name : "") + 1;
	for (uint16_t i = 0; i < n; i++)
		at = stpcpy(at, symbols[i].name) + 1;
	return &block.info;
}

/* Who was compiled with headers of another interface: what his events say is not even looked at. */
static void another_interface_is_left_alone(void **state)
{
	struct utfs_event event = {.mask = &event.never, .status = -EAGAIN};
	struct utfs_module module = {.abi = UTFS_P_HEADER_ABI - 1};
	struct utfs_status before, status;

	utfs_status_get(&before);
	utfs_module_register(&module, &event, &event + 1);
	assert_int_equal(event.status, -EPROTONOSUPPORT);
	assert_ptr_equal(event.mask, &event.never);
	utfs_status_get(&status);
	assert_int_equal(status.failures, before.failures + 1);
	assert_int_equal(status.events, before.events);
	utfs_module_unregister(&module);
	module.abi = UTFS_P_HEADER_ABI;
	event.info = declare("", NULL, "int", "n");
	utfs_module_register(&module, &event, &event + 1);
	assert_int_equal(module.registered, 1);
	assert_int_equal(event.status, 0);
	utfs_module_unregister(&module);
	assert_int_equal(module.registered, 0);
}

static char described_fields[256], described[1024];

static int describe(const struct utfs_event_info *info, size_t print_bytes)
{
	struct utfs_app_declared declared;
	struct utfs_text fields, text;

	utfs_text_init(&fields, described_fields, sizeof(described_fields));
	utfs_text_init(&text, described, print_bytes);
	utfs_app_declared_get(info, &declared);
	assert_string_equal(declared.system, "s");
	assert_string_equal(declared.name, "n");
	return utfs_app_describe(&declared, &fields, &text);
}

static int describe_print(const char *print, const struct named_value *symbols)
{
	return describe(declare(print, symbols, NULL, NULL), sizeof(described));
}

static void print_formats_are_tidied(void **state)
{
	static const struct named_value symbols[] = {
		{"A", 1}, {"AB", 2}, {"ns::A", -3}, {"sizeof(int)", 4}, {NULL, 0}};

	assert_int_equal(describe_print("\"a\" \"b\"   \"c\", REC->A", symbols), 0);
	assert_string_equal(described, "\"abc\", REC->A");
	assert_int_equal(describe_print("\"\\\"A\\\" \" \"A\", A, AB, ABC, BA, (A), ns::A, "
					"sizeof(int), sizeof(long)",
					symbols),
			 0);
	assert_string_equal(described, "\"\\\"A\\\" A\", 1, 2, ABC, BA, (1), -3, 4, sizeof(long)");
	assert_int_equal(describe_print("\"never closed", NULL), 0);
	assert_int_equal(describe_print("\"ends in a backslash\\", NULL), 0);
	assert_int_equal(describe_print("", NULL), 0);
	assert_string_equal(described, "\"\"");
}

/* The symbols' names lie behind the fields'. */
static void symbols_are_found_behind_fields(void **state)
{
	static const struct named_value symbols[] = {{"IDLE", 7}, {NULL, 0}};

	assert_int_equal(
		describe(declare("\"%d\", REC->n + IDLE", symbols, "int", "n"), sizeof(described)),
		0);
	assert_string_equal(described, "\"%d\", REC->n + 7");
	assert_string_equal(described_fields, "\tfield:int n;\toffset:8;\tsize:4;\tsigned:1;\n");
}

static void bad_types_and_long_texts_are_refused(void **state)
{
	assert_int_equal(describe(declare("", NULL, "int", "name"), sizeof(described)), 0);
	assert_string_equal(described, "\"name=%d\", REC->name");
	assert_int_equal(describe(declare("", NULL, "a;b", "name"), sizeof(described)), -EINVAL);
	assert_int_equal(describe(declare("", NULL, "int", "na me"), sizeof(described)), -EINVAL);
	assert_int_equal(
		describe(declare("\"longer than there is room for\"", NULL, NULL, NULL), 16),
		-E2BIG);
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
		cmocka_unit_test(another_interface_is_left_alone),
		cmocka_unit_test(symbols_are_found_behind_fields),
		cmocka_unit_test(bad_types_and_long_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
