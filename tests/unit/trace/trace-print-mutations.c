/* SPDX-License-Identifier: MIT */
/*
 * Whatever print formats and records hold: no byte outside of the record is read (the record is a block of its own, so a tool or a
 * guard sees it), nothing runs for ever, and the text stays within what the record and the format can make.
 */
#include "records.h"

#include "kernel-records.h"
#include "trace/ftrace-formats.h"

/* Longest text of a line: every conversion may be padded to 4096 columns twice over. */
#define TEXT_MAX (1 << 20)

static const char *const formats[] = {
	"\"%d %*d %-8.3s|%s %#llx\", REC->s32v, REC->array[REC->u8v & 3], REC->s16v, REC->comm, "
	"__get_str(str), REC->u64v",
	"\"%s %s\", __print_symbolic(REC->u8v >> 3, { 25, \"a\" }, { 1 << 3, \"b\" }), "
	"__print_flags(REC->u32v, \"|\", { 1, \"A\" }, { 0x80000000, \"B\" })",
	"\"%s %s %s\", __print_hex(__get_dynamic_array(words), __get_dynamic_array_len(words)), "
	"__print_array(REC->array, REC->u8v, sizeof(int)), __get_bitmask(mask)",
	"\"%d %u %s\", REC->flag ? (int)REC->u8v * -1 / REC->s8v : !REC->s32v, "
	"((u32 *)__get_dynamic_array(words))[REC->flag] << 3, "
	"REC->s8v < 0 && REC->u8v ? __get_rel_str(rel) : \"none\"",
	"\"%f %g %p %ps %c\", REC->d * 1.5, REC->f, REC->ptr, REC->name, REC->letter",
};

#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

/* A print format and the fields that it belongs to. */
static const char *choose(uint32_t number, const char **fields)
{
	size_t nr_goldens = sizeof(goldens) / sizeof(goldens[0]);
	size_t i = number % (2 * NR_FORMATS + nr_goldens + utfs_nr_ftrace_events);

	*fields = all_fields;
	if (i < 2 * NR_FORMATS)
		return formats[i % NR_FORMATS];
	i -= 2 * NR_FORMATS;
	if (i < nr_goldens) {
		*fields = goldens[i].fields;
		return goldens[i].print_fmt;
	}
	*fields = utfs_ftrace_events[i - nr_goldens].fields;
	return utfs_ftrace_events[i - nr_goldens].print_fmt;
}

static void mutate(char *text, size_t len, uint32_t *seed)
{
	static const char bytes[] = "\"%(){}[],?:+-*/&|<>!~ 019xsdl.";

	for (unsigned int i = random_number(seed) % 4; i > 0; i--) {
		size_t at = random_number(seed) % len, from = random_number(seed) % len;
		size_t n = 1 + random_number(seed) % 8;

		switch (random_number(seed) % 3) {
		case 0:
			text[at] = (char)random_number(seed);
			break;
		case 1:
			text[at] = bytes[random_number(seed) % (sizeof(bytes) - 1)];
			break;
		default:
			n = at + n > len ? len - at : n;
			memmove(text + at, text + from, from + n > len ? len - from : n);
			break;
		}
	}
}

static void print_random_record(const struct utfs_print_plan *plan, uint32_t *seed)
{
	size_t len = random_number(seed) % (sizeof(all_record) + 1);
	unsigned char *record = malloc(len);
	struct eventfs_text text = {0};

	assert_true(record || len == 0);
	if (len > 0)
		memcpy(record, &all_record, len);
	for (unsigned int i = random_number(seed) % 16; i > 0 && len > 0; i--)
		record[random_number(seed) % len] = (unsigned char)random_number(seed);
	utfs_print_event(plan, record, len, &text);
	assert_int_equal(text.error, 0);
	assert_true(text.len_bytes < TEXT_MAX);
	eventfs_text_fini(&text);
	free(record);
}

static void test_print_formats(void **state)
{
	unsigned int compiled = 0, refused = 0;
	uint32_t seed = 424242;

	for (unsigned int round = 0; round < 20000; round++) {
		const char *fields, *print_fmt = choose(random_number(&seed), &fields);
		size_t n = strlen(print_fmt), len = n, at = 0;
		struct utfs_event_format *format = parse_fields(fields);
		struct utfs_print_plan *plan;
		char *text;
		int ret;

		if (round % 8 == 0)
			len = random_number(&seed) % n + 1;
		text = malloc(len);
		assert_non_null(text);
		memcpy(text, print_fmt, len);
		mutate(text, len, &seed);
		ret = utfs_plan_compile(format, text, len, &plan, &at);
		assert_true(ret == 0 || ret == -EINVAL);
		assert_true(at <= len);
		if (ret == 0) {
			compiled++;
			for (int i = 0; i < 3; i++)
				print_random_record(plan, &seed);
		} else {
			refused++;
			assert_null(plan);
		}
		utfs_plan_free(plan);
		utfs_event_format_free(format);
		free(text);
	}
	assert_true(compiled > 1000 && refused > 1000);
}

static void test_records(void **state)
{
	uint32_t seed = 7;

	for (unsigned int i = 0; i < 2 * NR_FORMATS + 30; i++) {
		const char *fields, *print_fmt = choose(i, &fields);
		struct utfs_event_format *format = parse_fields(fields);
		struct utfs_print_plan *plan, *plan_fields;

		assert_int_equal(
			utfs_plan_compile(format, print_fmt, strlen(print_fmt), &plan, NULL), 0);
		assert_int_equal(utfs_plan_fields(format, &plan_fields), 0);
		for (unsigned int round = 0; round < 300; round++) {
			print_random_record(plan, &seed);
			print_random_record(plan_fields, &seed);
		}
		utfs_plan_free(plan);
		utfs_plan_free(plan_fields);
		utfs_event_format_free(format);
	}
}

/* Formats that mutated as well: offsets and sizes that no record has. */
static void test_fields(void **state)
{
	size_t n = strlen(all_fields), printed = 0;
	uint32_t seed = 99;

	for (unsigned int round = 0; round < 5000; round++) {
		struct utfs_event_format *format;
		struct utfs_print_plan *plan;
		char *text = malloc(n);

		assert_non_null(text);
		memcpy(text, all_fields, n);
		for (unsigned int i = 1 + random_number(&seed) % 6; i > 0; i--) {
			size_t at = random_number(&seed) % n;

			if (text[at] >= '0' && text[at] <= '9')
				text[at] = (char)('0' + random_number(&seed) % 10);
		}
		if (utfs_event_format_parse(text, n, &format, NULL) == 0) {
			const char *print_fmt = formats[round % NR_FORMATS];

			assert_int_equal(
				utfs_plan_create(format, print_fmt, strlen(print_fmt), &plan), 0);
			for (int i = 0; i < 4; i++)
				print_random_record(plan, &seed);
			utfs_plan_free(plan);
			assert_int_equal(utfs_plan_fields(format, &plan), 0);
			for (int i = 0; i < 4; i++)
				print_random_record(plan, &seed);
			utfs_plan_free(plan);
			printed++;
		}
		utfs_event_format_free(format);
		free(text);
	}
	assert_true(printed > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_formats),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
