/* SPDX-License-Identifier: MIT */
#include "records.h"

#define LOC(offset, length) ((uint32_t)(length) << 16 | (uint32_t)(offset))

const char all_fields[] =
	"\tfield:u8 u8v;\toffset:8;\tsize:1;\tsigned:0;\n"
	"\tfield:s8 s8v;\toffset:9;\tsize:1;\tsigned:1;\n"
	"\tfield:u16 u16v;\toffset:10;\tsize:2;\tsigned:0;\n"
	"\tfield:short s16v;\toffset:12;\tsize:2;\tsigned:1;\n"
	"\tfield:char letter;\toffset:14;\tsize:1;\tsigned:1;\n"
	"\tfield:bool flag;\toffset:15;\tsize:1;\tsigned:0;\n"
	"\tfield:unsigned int u32v;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:int s32v;\toffset:20;\tsize:4;\tsigned:1;\n"
	"\tfield:unsigned long u64v;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:long s64v;\toffset:32;\tsize:8;\tsigned:1;\n"
	"\tfield:void * ptr;\toffset:40;\tsize:8;\tsigned:0;\n"
	"\tfield:float f;\toffset:48;\tsize:4;\tsigned:1;\n"
	"\tfield:double d;\toffset:56;\tsize:8;\tsigned:1;\n"
	"\tfield:char comm[16];\toffset:64;\tsize:16;\tsigned:1;\n"
	"\tfield:int array[4];\toffset:80;\tsize:16;\tsigned:1;\n"
	"\tfield:u8 bytes[6];\toffset:96;\tsize:6;\tsigned:0;\n"
	"\tfield:__data_loc char[] str;\toffset:104;\tsize:4;\tsigned:1;\n"
	"\tfield:__data_loc u32[] words;\toffset:108;\tsize:4;\tsigned:0;\n"
	"\tfield:__rel_loc char[] rel;\toffset:112;\tsize:4;\tsigned:1;\n"
	"\tfield:__data_loc unsigned long[] mask;\toffset:116;\tsize:4;\tsigned:0;\n"
	"\tfield:const char * name;\toffset:120;\tsize:8;\tsigned:0;\n";

const struct record all_record = {
	.common_type = 77,
	.common_pid = 4242,
	.u8v = 200,
	.s8v = -3,
	.u16v = 65000,
	.s16v = -1234,
	.letter = 'Q',
	.flag = true,
	.u32v = 4000000000u,
	.s32v = -7,
	.u64v = UINT64_C(18000000000000000000),
	.s64v = INT64_C(-9000000000000000000),
	.ptr = (void *)0x7f1234567890,
	.f = 1.5f,
	.d = -2.25,
	.comm = "sixteen letters!",
	.array = {1, -2, 3, 0x7fffffff},
	.bytes = {0, 1, 0x7f, 0x80, 0xfe, 0xff},
	.str = LOC(128, 6),
	.words = LOC(136, 12),
	.rel = LOC(148 - 116, 9),
	.mask = LOC(160, 8),
	.name = (char *)0x5500001234,
	.tail = "hello\0..\1\0\0\0\2\0\0\0\377\377\377\377relative\0...\xef\xbe\xad\xde\5\0\0\0",
};

struct utfs_event_format *parse_fields(const char *fields)
{
	struct utfs_event_format *format;

	assert_int_equal(utfs_event_format_parse(fields, strlen(fields), &format, NULL), 0);
	return format;
}

char *text_string(struct eventfs_text *text)
{
	char *string = calloc(1, text->len_bytes + 1);

	assert_non_null(string);
	assert_int_equal(text->error, 0);
	if (text->len_bytes > 0)
		memcpy(string, text->data, text->len_bytes);
	eventfs_text_fini(text);
	return string;
}

char *print(const char *fields, const char *print_fmt, const void *record, size_t len_bytes)
{
	struct utfs_event_format *format = parse_fields(fields);
	struct eventfs_text text = {0};
	struct utfs_print_plan *plan;
	/* A copy of exactly that size, so that a byte too far is an error that tools see. */
	void *copy = malloc(len_bytes);
	int ret = utfs_plan_compile(format, print_fmt, strlen(print_fmt), &plan, NULL);

	assert_true(copy || len_bytes == 0);
	if (len_bytes > 0)
		memcpy(copy, record, len_bytes);
	utfs_event_format_free(format);
	if (ret) {
		assert_int_equal(ret, -EINVAL);
		assert_null(plan);
		eventfs_text_puts(&text, "EINVAL");
	} else {
		assert_false(utfs_plan_is_fields(plan));
		utfs_print_event(plan, copy, len_bytes, &text);
	}
	utfs_plan_free(plan);
	free(copy);
	return text_string(&text);
}

void check(const char *print_fmt, const char *expected)
{
	char *printed = print(all_fields, print_fmt, &all_record, sizeof(all_record));

	if (strcmp(printed, expected) != 0)
		print_error("print fmt: %s\n", print_fmt);
	assert_string_equal(printed, expected);
	free(printed);
}

uint32_t random_number(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}
