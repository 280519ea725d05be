/* SPDX-License-Identifier: MIT */
/* Declared events: what their format says, and that every type of field arrives as it was given. */
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utracefs/utracefs.h>

#include "support.h"

enum color { RED, GREEN = 7, BLUE = -3 };
#define NUMBER 42

UTFS_EVENT(test, numbers,
	   UTFS_FIELDS(UTFS_FIELD(uint8_t, u8), UTFS_FIELD(int8_t, s8), UTFS_FIELD(uint16_t, u16),
		       UTFS_FIELD(short, s16), UTFS_FIELD(unsigned int, u32),
		       UTFS_FIELD(int32_t, s32), UTFS_FIELD(unsigned long long, u64),
		       UTFS_FIELD(int64_t, s64), UTFS_FIELD(size_t, size),
		       UTFS_FIELD(ssize_t, ssize), UTFS_FIELD(bool, flag),
		       UTFS_FIELD(char, letter)));

UTFS_EVENT(test, others,
	   UTFS_FIELDS(UTFS_FIELD(enum color, color), UTFS_FIELD(const void *, pointer),
		       UTFS_FIELD(float, ratio), UTFS_FIELD(double, amount)));

UTFS_EVENT(test, arrays,
	   UTFS_FIELDS(UTFS_ARRAY(uint8_t, mac, 6), UTFS_CHARS(comm, 8), UTFS_ARRAY(char, raw, 4),
		       UTFS_ARRAY(int, triple, 3), UTFS_ARRAY(double, pair, 2)));

UTFS_EVENT(test, dynamic,
	   UTFS_FIELDS(UTFS_STRING(path), UTFS_FIELD(int, fd), UTFS_DYNAMIC_ARRAY(uint16_t, values),
		       UTFS_STRING_LEN(body), UTFS_DYNAMIC_ARRAY(double, samples)));

UTFS_EVENT(test, printed,
	   UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(int, color), UTFS_STRING(path)),
	   UTFS_PRINT("id=%" PRIu64 " \"%s\" %s %s", REC->id, __get_str(path),
		      __print_symbolic(REC->color, {RED, "RED"}, {GREEN, "green"}, {BLUE, "blue"}),
		      __print_flags(REC->id, "|", {NUMBER, "N"}, {0x10, "X"})),
	   UTFS_SYMBOLS(RED, GREEN, BLUE));

UTFS_EVENT(test, color, UTFS_FIELDS(UTFS_FIELD(int, RED), UTFS_FIELD(int, REDDER)),
	   UTFS_PRINT("%d %d %d", REC->RED, REC->REDDER == RED, REC->RED == NUMBER),
	   UTFS_SYMBOLS(RED));

UTFS_EVENT(test, tick, UTFS_NO_FIELDS);
UTFS_EVENT(test, tock, UTFS_NO_FIELDS, UTFS_PRINT("tock"));
UTFS_EVENT(test, padded,
	   UTFS_FIELDS(UTFS_FIELD(uint8_t, a), UTFS_FIELD(uint64_t, b), UTFS_FIELD(uint8_t, c)));
UTFS_EVENT(test, keywords,
	   UTFS_FIELDS(UTFS_FIELD(int, class), UTFS_FIELD(int, errno), UTFS_FIELD(int, new)));

#define F(n) UTFS_FIELD(int, f##n)
UTFS_EVENT(test, many,
	   UTFS_FIELDS(F(1), F(2), F(3), F(4), F(5), F(6), F(7), F(8), F(9), F(10), F(11), F(12),
		       F(13), F(14), F(15), F(16), F(17), F(18), F(19), F(20), F(21), F(22), F(23),
		       F(24), F(25), F(26), F(27), F(28), F(29), F(30), F(31), F(32)));

static struct domain domain;

static int setup(void **state)
{
	domain_open(&domain);
	return 0;
}

static int teardown(void **state)
{
	domain_close(&domain);
	return 0;
}

/* The one record since the last look. */
static const struct record *one(const char *name)
{
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 1);
	assert_int_equal(record_type(&domain.records[0]), domain_event(&domain, "test", name));
	assert_int_equal(record_number(&domain.records[0], 2, 2), 0);
	return &domain.records[0];
}

static void numbers_arrive(void **state)
{
	const struct record *r;

	domain_enable(&domain, "test", "numbers", true);
	assert_true(trace_test_numbers_enabled());
	trace_test_numbers(UINT8_MAX, INT8_MIN, UINT16_MAX, SHRT_MIN, UINT_MAX, INT32_MIN,
			   ULLONG_MAX, INT64_MIN, SIZE_MAX, -5, true, 'x');
	r = one("numbers");
	assert_int_equal(record_number(r, 8, 1), UINT8_MAX);
	assert_int_equal((int8_t)record_number(r, 9, 1), INT8_MIN);
	assert_int_equal(record_number(r, 10, 2), UINT16_MAX);
	assert_int_equal((int16_t)record_number(r, 12, 2), SHRT_MIN);
	assert_int_equal(record_number(r, 16, 4), UINT_MAX);
	assert_int_equal((int32_t)record_number(r, 20, 4), INT32_MIN);
	assert_true(record_number(r, 24, 8) == ULLONG_MAX);
	assert_true((int64_t)record_number(r, 32, 8) == INT64_MIN);
	assert_true(record_number(r, 40, 8) == SIZE_MAX);
	assert_true((int64_t)record_number(r, 48, 8) == -5);
	assert_int_equal(record_number(r, 56, 1), 1);
	assert_int_equal(record_number(r, 57, 1), 'x');
	assert_int_equal(r->bytes, 64);
}

static void numbers_are_described(void **state)
{
	char *print;
	char *fields = domain_fields(&domain, "test", "numbers", &print);

	assert_string_equal(fields,
			    "\tfield:uint8_t u8;\toffset:8;\tsize:1;\tsigned:0;\n"
			    "\tfield:int8_t s8;\toffset:9;\tsize:1;\tsigned:1;\n"
			    "\tfield:uint16_t u16;\toffset:10;\tsize:2;\tsigned:0;\n"
			    "\tfield:short s16;\toffset:12;\tsize:2;\tsigned:1;\n"
			    "\tfield:unsigned int u32;\toffset:16;\tsize:4;\tsigned:0;\n"
			    "\tfield:int32_t s32;\toffset:20;\tsize:4;\tsigned:1;\n"
			    "\tfield:unsigned long long u64;\toffset:24;\tsize:8;\tsigned:0;\n"
			    "\tfield:int64_t s64;\toffset:32;\tsize:8;\tsigned:1;\n"
			    "\tfield:size_t size;\toffset:40;\tsize:8;\tsigned:0;\n"
			    "\tfield:ssize_t ssize;\toffset:48;\tsize:8;\tsigned:1;\n"
			    "\tfield:bool flag;\toffset:56;\tsize:1;\tsigned:0;\n"
#ifdef __CHAR_UNSIGNED__
			    "\tfield:char letter;\toffset:57;\tsize:1;\tsigned:0;\n");
#else
			    "\tfield:char letter;\toffset:57;\tsize:1;\tsigned:1;\n");
#endif
	assert_string_equal(
		print,
		"\"u8=%u s8=%d u16=%u s16=%d u32=%u s32=%d u64=%llu s64=%lld size=%llu ssize=%lld "
		"flag=%d letter=%c\", REC->u8, REC->s8, REC->u16, REC->s16, REC->u32, REC->s32, "
		"REC->u64, "
		"REC->s64, REC->size, REC->ssize, REC->flag, REC->letter");
	free(fields);
}

static void other_scalars_arrive(void **state)
{
	const struct record *r;
	float ratio;
	double amount;

	domain_enable(&domain, "test", "others", true);
	trace_test_others(BLUE, &domain, -1.5F, DBL_MAX);
	r = one("others");
	memcpy(&ratio, r->data + 24, sizeof(ratio));
	memcpy(&amount, r->data + 32, sizeof(amount));
	assert_int_equal((int32_t)record_number(r, 8, 4), -3);
	assert_true(record_number(r, 16, 8) == (uintptr_t)&domain);
	assert_true(ratio == -1.5F);
	assert_true(amount == DBL_MAX);
}

static void other_scalars_are_described(void **state)
{
	char *print;
	char *fields = domain_fields(&domain, "test", "others", &print);

	assert_string_equal(fields,
			    "\tfield:enum color color;\toffset:8;\tsize:4;\tsigned:1;\n"
			    "\tfield:const void * pointer;\toffset:16;\tsize:8;\tsigned:0;\n"
			    "\tfield:float ratio;\toffset:24;\tsize:4;\tsigned:1;\n"
			    "\tfield:double amount;\toffset:32;\tsize:8;\tsigned:1;\n");
	assert_string_equal(
		print,
		"\"color=%d pointer=%p ratio=%f amount=%f\", REC->color, REC->pointer, REC->ratio, "
		"REC->amount");
	free(fields);
}

static void arrays_arrive(void **state)
{
	const uint8_t mac[6] = {1, 2, 3, 4, 5, 6};
	const int triple[3] = {-1, 0, INT_MAX};
	const double pair[2] = {0.5, -0.25};
	const struct record *r;

	domain_enable(&domain, "test", "arrays", true);
	trace_test_arrays(mac, "a name too long", "four", triple, pair);
	r = one("arrays");
	assert_memory_equal(r->data + 8, mac, 6);
	assert_memory_equal(r->data + 14, "a name ", 8);
	assert_memory_equal(r->data + 22, "four", 4);
	assert_memory_equal(r->data + 28, triple, 12);
	assert_memory_equal(r->data + 40, pair, 16);
	trace_test_arrays(NULL, NULL, NULL, NULL, NULL);
	r = one("arrays");
	for (size_t i = 8; i < r->bytes; i++)
		assert_int_equal(r->data[i], 0);
	trace_test_arrays(mac, "ab", "four", triple, pair);
	assert_memory_equal(one("arrays")->data + 14, "ab\0\0\0\0\0", 8);
}

static void arrays_are_described(void **state)
{
	char *print;
	char *fields = domain_fields(&domain, "test", "arrays", &print);

	assert_string_equal(fields, "\tfield:uint8_t mac[6];\toffset:8;\tsize:6;\tsigned:0;\n"
				    "\tfield:char comm[8];\toffset:14;\tsize:8;\tsigned:0;\n"
				    "\tfield:char raw[4];\toffset:22;\tsize:4;\tsigned:0;\n"
				    "\tfield:int triple[3];\toffset:28;\tsize:12;\tsigned:1;\n"
				    "\tfield:double pair[2];\toffset:40;\tsize:16;\tsigned:1;\n");
	assert_string_equal(
		print,
		"\"mac=%s comm=%s raw=%s triple=%s pair=%s\", __print_array(REC->mac, 6, 1), "
		"REC->comm, REC->raw, __print_array(REC->triple, 3, 4), "
		"__print_array(REC->pair, 2, 8)");
	free(fields);
}

static void dynamic_data_arrives(void **state)
{
	const uint16_t values[3] = {1, 2, 65535};
	const double samples[1] = {M_PI};
	const struct record *r;
	size_t bytes;
	const void *data;

	domain_enable(&domain, "test", "dynamic", true);
	trace_test_dynamic("/etc/motd", 3, values, 3, "not all of this", 7, samples, 1);
	r = one("dynamic");
	assert_string_equal(record_string(r, 8), "/etc/motd");
	assert_int_equal(record_number(r, 12, 4), 3);
	data = record_dynamic(r, 16, &bytes);
	assert_int_equal(bytes, sizeof(values));
	assert_memory_equal(data, values, bytes);
	assert_string_equal(record_string(r, 20), "not all");
	data = record_dynamic(r, 24, &bytes);
	assert_int_equal(bytes, sizeof(samples));
	assert_memory_equal(data, samples, bytes);
	trace_test_dynamic(NULL, -1, NULL, 5, NULL, 9, samples, 0);
	r = one("dynamic");
	assert_string_equal(record_string(r, 8), "(null)");
	(void)record_dynamic(r, 16, &bytes);
	assert_int_equal(bytes, 0);
	assert_string_equal(record_string(r, 20), "(null)");
	(void)record_dynamic(r, 24, &bytes);
	assert_int_equal(bytes, 0);
}

static void dynamic_data_is_described(void **state)
{
	char *print;
	char *fields = domain_fields(&domain, "test", "dynamic", &print);

	assert_string_equal(
		fields, "\tfield:__data_loc char[] path;\toffset:8;\tsize:4;\tsigned:0;\n"
			"\tfield:int fd;\toffset:12;\tsize:4;\tsigned:1;\n"
			"\tfield:__data_loc uint16_t[] values;\toffset:16;\tsize:4;\tsigned:0;\n"
			"\tfield:__data_loc char[] body;\toffset:20;\tsize:4;\tsigned:0;\n"
			"\tfield:__data_loc double[] samples;\toffset:24;\tsize:4;\tsigned:1;\n");
	assert_string_equal(
		print,
		"\"path=%s fd=%d values=%s body=%s samples=%s\", __get_str(path), REC->fd, "
		"__print_array(__get_dynamic_array(values), __get_dynamic_array_len(values) / 2, "
		"2), __get_str(body), __print_array(__get_dynamic_array(samples), "
		"__get_dynamic_array_len(samples) / 8, 8)");
	free(fields);
}

static void too_much_is_cut(void **state)
{
	static char text[10000];
	static uint16_t values[10000];
	const double samples[1] = {1};
	const struct record *r;
	size_t bytes;

	memset(text, 'x', sizeof(text) - 1);
	memset(values, 7, sizeof(values));
	/* Each alone ... */
	trace_test_dynamic(text, 1, values, 0, "", 0, samples, 0);
	r = one("dynamic");
	assert_int_equal(r->bytes, UTFS_EVENT_RECORD_MAX);
	assert_int_equal(strlen(record_string(r, 8)), UTFS_EVENT_RECORD_MAX - 28 - 2);
	trace_test_dynamic("", 1, values, 10000, "", 0, samples, 0);
	r = one("dynamic");
	(void)record_dynamic(r, 16, &bytes);
	assert_int_equal(bytes, (UTFS_EVENT_RECORD_MAX - 28 - 2) / 2 * 2);
	trace_test_dynamic("", 1, values, SIZE_MAX, "", 0, samples, SIZE_MAX / 4);
	(void)one("dynamic");
	/* ... and together: the later strings keep their NULs, arrays hold whole elements. */
	trace_test_dynamic(text, 1, values, 10000, text, sizeof(text) - 1, samples, 1);
	r = one("dynamic");
	assert_int_equal(strlen(record_string(r, 8)), UTFS_EVENT_RECORD_MAX - 28 - 2);
	assert_string_equal(record_string(r, 20), "");
	(void)record_dynamic(r, 24, &bytes);
	assert_int_equal(bytes, 0);
	/* Every length around the end of a record. */
	for (size_t n = UTFS_EVENT_RECORD_MAX - 64; n < UTFS_EVENT_RECORD_MAX + 8; n++) {
		trace_test_dynamic("ab", 1, values, 1, text, n, samples, 1);
		r = one("dynamic");
		assert_true(r->bytes <= UTFS_EVENT_RECORD_MAX);
		assert_string_equal(record_string(r, 8), "ab");
		(void)record_dynamic(r, 16, &bytes);
		assert_int_equal(bytes, 2);
		assert_true(strlen(record_string(r, 20)) >= UTFS_EVENT_RECORD_MAX - 64);
		(void)record_dynamic(r, 24, &bytes);
		assert_true(bytes == 8 || (bytes == 0 && r->bytes > UTFS_EVENT_RECORD_MAX - 8));
	}
}

static void print_formats_are_the_kernels(void **state)
{
	char *print;
	char *fields = domain_fields(&domain, "test", "printed", &print);

	assert_string_equal(
		print,
		"\"id=%lu \\\"%s\\\" %s %s\", REC->id, __get_str(path), "
		"__print_symbolic(REC->color, {0, \"RED\"}, {7, \"green\"}, {-3, \"blue\"}), "
		"__print_flags(REC->id, \"|\", {42, \"N\"}, {0x10, \"X\"})");
	free(fields);
	fields = domain_fields(&domain, "test", "tock", &print);
	assert_string_equal(print, "\"tock\"");
	free(fields);
	fields = domain_fields(&domain, "test", "tick", &print);
	assert_string_equal(fields, "");
	assert_string_equal(print, "\"\"");
	assert_int_equal(domain_flags(&domain, "test", "tick"), 0);
	free(fields);
}

static void symbols_replace_only_themselves(void **state)
{
	char *print;
	char *fields = domain_fields(&domain, "test", "color", &print);

	assert_string_equal(print, "\"%d %d %d\", REC->RED, REC->REDDER == 0, REC->RED == 42");
	free(fields);
}

static void no_fields_is_a_record_too(void **state)
{
	domain_enable(&domain, "test", "tick", true);
	trace_test_tick();
	assert_int_equal(one("tick")->bytes, 8);
}

static __attribute__((noinline)) void dirty_stack(void)
{
	volatile unsigned char garbage[4096];

	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = 0xaa;
}

static void padding_is_zero(void **state)
{
	const struct record *r;

	domain_enable(&domain, "test", "padded", true);
	for (int i = 0; i < 3; i++) {
		dirty_stack();
		trace_test_padded(0xff, UINT64_MAX, 0xff);
	}
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 3);
	r = &domain.records[2];
	for (size_t i = 9; i < 16; i++)
		assert_int_equal(r->data[i], 0);
	for (size_t i = 25; i < r->bytes; i++)
		assert_int_equal(r->data[i], 0);
}

static void thirty_two_fields(void **state)
{
	const struct record *r;

	domain_enable(&domain, "test", "many", true);
	trace_test_many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
			22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32);
	r = one("many");
	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(record_number(r, 8 + 4 * i, 4), i + 1);
}

static void any_word_is_a_field_name(void **state)
{
	domain_enable(&domain, "test", "keywords", true);
	trace_test_keywords(1, 2, 3);
	assert_int_equal(record_number(one("keywords"), 12, 4), 2);
}

static void what_nobody_records_is_not_written(void **state)
{
	domain_enable(&domain, "test", "tick", false);
	assert_false(trace_test_tick_enabled());
	assert_int_equal(trace_test_tick_status(), 0);
	trace_test_tick();
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_arrive),
		cmocka_unit_test(numbers_are_described),
		cmocka_unit_test(other_scalars_arrive),
		cmocka_unit_test(other_scalars_are_described),
		cmocka_unit_test(arrays_arrive),
		cmocka_unit_test(arrays_are_described),
		cmocka_unit_test(dynamic_data_arrives),
		cmocka_unit_test(dynamic_data_is_described),
		cmocka_unit_test(too_much_is_cut),
		cmocka_unit_test(print_formats_are_the_kernels),
		cmocka_unit_test(symbols_replace_only_themselves),
		cmocka_unit_test(no_fields_is_a_record_too),
		cmocka_unit_test(padding_is_zero),
		cmocka_unit_test(thirty_two_fields),
		cmocka_unit_test(any_word_is_a_field_name),
		cmocka_unit_test(what_nobody_records_is_not_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
