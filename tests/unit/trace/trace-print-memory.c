/* SPDX-License-Identifier: MIT */
/* Every allocation may fail. Linked with --wrap, so that each one comes by here. */
#include "records.h"

static unsigned int allocations;
static unsigned int fail_at; /* the allocation that fails, counted from 1; 0: none */

static bool refused(void)
{
	allocations++;
	return fail_at && allocations == fail_at;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refused() ? NULL : __real_realloc(old, size);
}

static const char print_fmt[] =
	"\"%d %s %s %s %*d\", REC->u8v + REC->s8v, __get_str(str), "
	"__print_symbolic(REC->u8v, { 1, \"a\" }, { 200, \"b\" }), "
	"__print_flags(REC->u8v, \"|\", { 1, \"A\" }, { 200, \"B\" }), 5, REC->array[REC->flag]";

/* Everything once. Return: 0, -ENOMEM. */
static int everything(void)
{
	struct utfs_event_format *format;
	struct utfs_print_plan *plan = NULL, *fields = NULL;
	struct eventfs_text text = {0};
	int ret = utfs_event_format_parse(all_fields, strlen(all_fields), &format, NULL);

	if (!ret)
		ret = utfs_plan_create(format, print_fmt, sizeof(print_fmt) - 1, &plan);
	if (!ret)
		assert_false(utfs_plan_is_fields(plan));
	if (!ret)
		ret = utfs_plan_create(format, "?", 1, &fields);
	utfs_event_format_free(format);
	if (!ret) {
		utfs_print_event(plan, &all_record, sizeof(all_record), &text);
		utfs_print_event(fields, &all_record, sizeof(all_record), &text);
		ret = text.error;
	}
	if (!ret)
		assert_true(text.len_bytes > 100);
	eventfs_text_fini(&text);
	utfs_plan_free(plan);
	utfs_plan_free(fields);
	return ret;
}

static void test_each_allocation_fails(void **state)
{
	unsigned int total;

	fail_at = 0;
	allocations = 0;
	assert_int_equal(everything(), 0);
	total = allocations;
	assert_true(total > 10);
	for (unsigned int i = 1; i <= total; i++) {
		int ret;

		allocations = 0;
		fail_at = i;
		ret = everything();
		fail_at = 0;
		assert_int_equal(ret, -ENOMEM);
	}
}

/* Printing takes no memory but the text's. */
static void test_printing_allocates_nothing(void **state)
{
	struct utfs_event_format *format = parse_fields(all_fields);
	struct eventfs_text text = {0};
	struct utfs_print_plan *plan;
	unsigned int before;

	assert_int_equal(utfs_plan_create(format, print_fmt, sizeof(print_fmt) - 1, &plan), 0);
	assert_non_null(eventfs_text_reserve(&text, 65536));
	before = allocations;
	for (int i = 0; i < 100; i++) {
		text.len_bytes = 0;
		utfs_print_event(plan, &all_record, sizeof(all_record), &text);
	}
	assert_int_equal(allocations, before);
	eventfs_text_fini(&text);
	utfs_plan_free(plan);
	utfs_event_format_free(format);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails),
		cmocka_unit_test(test_printing_allocates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
