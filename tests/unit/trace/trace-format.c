/* SPDX-License-Identifier: MIT */
/* Field lists: what is understood, what is refused and where, and the text of a format file. */
#include "records.h"

#include "trace/ftrace-formats.h"

static const struct utfs_field *field(const struct utfs_event_format *format, const char *name)
{
	const struct utfs_field *found = utfs_event_format_field(format, name, strlen(name));

	assert_non_null(found);
	assert_string_equal(found->name, name);
	return found;
}

static void test_every_type(void **state)
{
	static const struct {
		const char *name, *type;
		enum utfs_field_kind kind;
		uint32_t offset, size, element;
		bool is_signed, is_string, is_pointer, is_relative;
	} expected[] = {
		{"common_type", "unsigned short", UTFS_FIELD_INTEGER, 0, 2, 2, 0, 0, 0, 0},
		{"common_pid", "int", UTFS_FIELD_INTEGER, 4, 4, 4, 1, 0, 0, 0},
		{"u8v", "u8", UTFS_FIELD_INTEGER, 8, 1, 1, 0, 0, 0, 0},
		{"s16v", "short", UTFS_FIELD_INTEGER, 12, 2, 2, 1, 0, 0, 0},
		{"u32v", "unsigned int", UTFS_FIELD_INTEGER, 16, 4, 4, 0, 0, 0, 0},
		{"s64v", "long", UTFS_FIELD_INTEGER, 32, 8, 8, 1, 0, 0, 0},
		{"ptr", "void *", UTFS_FIELD_INTEGER, 40, 8, 8, 0, 0, 1, 0},
		{"f", "float", UTFS_FIELD_FLOAT, 48, 4, 4, 1, 0, 0, 0},
		{"d", "double", UTFS_FIELD_FLOAT, 56, 8, 8, 1, 0, 0, 0},
		{"comm", "char[16]", UTFS_FIELD_ARRAY, 64, 16, 1, 1, 1, 0, 0},
		{"array", "int[4]", UTFS_FIELD_ARRAY, 80, 16, 4, 1, 0, 0, 0},
		{"bytes", "u8[6]", UTFS_FIELD_ARRAY, 96, 6, 1, 0, 0, 0, 0},
		{"str", "__data_loc char[]", UTFS_FIELD_DYNAMIC, 104, 4, 1, 1, 1, 0, 0},
		{"words", "__data_loc u32[]", UTFS_FIELD_DYNAMIC, 108, 4, 4, 0, 0, 0, 0},
		{"rel", "__rel_loc char[]", UTFS_FIELD_DYNAMIC, 112, 4, 1, 1, 1, 0, 1},
		{"mask", "__data_loc unsigned long[]", UTFS_FIELD_DYNAMIC, 116, 4, 8, 0, 0, 0, 0},
		{"name", "const char *", UTFS_FIELD_INTEGER, 120, 8, 8, 0, 0, 1, 0},
	};
	struct utfs_event_format *format = parse_fields(all_fields);

	assert_int_equal(format->nr_fields, UTFS_NR_COMMON + 21);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct utfs_field *found = field(format, expected[i].name);

		assert_string_equal(found->type, expected[i].type);
		assert_int_equal(found->kind, expected[i].kind);
		assert_int_equal(found->offset, expected[i].offset);
		assert_int_equal(found->size_bytes, expected[i].size);
		assert_int_equal(found->element_bytes, expected[i].element);
		assert_int_equal(found->is_signed, expected[i].is_signed);
		assert_int_equal(found->is_string, expected[i].is_string);
		assert_int_equal(found->is_pointer, expected[i].is_pointer);
		assert_int_equal(found->is_relative, expected[i].is_relative);
	}
	assert_null(utfs_event_format_field(format, "u8", 2));
	assert_null(utfs_event_format_field(format, "u8vv", 4));
	assert_non_null(utfs_event_format_field(format, "u8vv", 3));
	assert_null(utfs_event_format_field(format, "", 0));
	utfs_event_format_free(format);
}

static void test_unusual_types(void **state)
{
	struct utfs_event_format *format = parse_fields(
		" field:struct page *page;offset:8;size:8;signed:0;"
		"field:struct timespec ts; offset:16; size:16; signed:0;\r\n\n"
		"\tfield:unsigned long caller [ 8 ];\toffset:32;\tsize:64;\tsigned:0;\n"
		"\tfield:char buf[];\toffset:96;\tsize:0;\tsigned:0;\n"
		"\tfield special:char name[NAME_LEN];\toffset:96;\tsize:9;\tsigned:0;\n"
		"\tfield:char *argv[2];\toffset:105;\tsize:16;\tsigned:0;\n"
		"\tfield:double samples[3];\toffset:121;\tsize:24;\tsigned:1;\n"
		"\tfield:long double wide;\toffset:200;\tsize:16;\tsigned:1;\n"
		"\tfield:s32 open[];\toffset:216;\tsize:16;\tsigned:1;\n"
		"\tfield:mystery_t what;\toffset:232;\tsize:4;\tsigned:1;\n"
		"\tfield:__data_loc double[] points;\toffset:236;\tsize:4;\tsigned:1;\n");

	assert_true(field(format, "page")->is_pointer);
	assert_string_equal(field(format, "page")->type, "struct page *");
	assert_int_equal(field(format, "ts")->kind, UTFS_FIELD_OPAQUE);
	assert_int_equal(field(format, "caller")->element_bytes, 8);
	assert_int_equal(field(format, "buf")->size_bytes, 0);
	assert_true(field(format, "buf")->is_string);
	assert_int_equal(field(format, "name")->element_bytes, 1);
	assert_int_equal(field(format, "argv")->element_bytes, 8);
	assert_false(field(format, "argv")->is_string);
	assert_false(field(format, "argv")->is_pointer);
	assert_true(field(format, "samples")->is_float_element);
	assert_int_equal(field(format, "wide")->kind, UTFS_FIELD_OPAQUE);
	assert_int_equal(field(format, "open")->element_bytes, 4);
	assert_int_equal(field(format, "what")->kind, UTFS_FIELD_INTEGER);
	assert_true(field(format, "points")->is_float_element);
	assert_int_equal(field(format, "points")->element_bytes, 8);
	utfs_event_format_free(format);
}

static void test_no_fields(void **state)
{
	struct utfs_event_format *format = parse_fields(" \n\t\n");

	assert_int_equal(format->nr_fields, UTFS_NR_COMMON);
	utfs_event_format_free(format);
	assert_int_equal(utfs_event_format_parse(NULL, 0, &format, NULL), 0);
	utfs_event_format_free(format);
}

static void test_errors_and_where(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} bad[] = {
		{"int x;", 0},
		{"field:", 6},
		{"field:int x", 6},
		{"field:x;offset:8;size:4;signed:1;", 6},
		{"field:int 9x;offset:8;size:4;signed:1;", 6},
		{"field:int x:3;offset:8;size:4;signed:1;", 6},
		{"field:char[16];offset:8;size:16;signed:1;", 6},
		{"field:int x];offset:8;size:4;signed:1;", 6},
		{"field:int x;size:4;offset:8;signed:1;", 12},
		{"field:int x;offset:;size:4;signed:1;", 19},
		{"field:int x;offset:-8;size:4;signed:1;", 19},
		{"field:int x;offset:65536;size:4;signed:1;", 23},
		{"field:int x;offset:8;size:99999999999999999999;signed:1;", 30},
		{"field:int x;offset:8;size:4;", 28},
		{"field:int x;offset:8;size:0;signed:1;", 6},
		{"field:__data_loc char[] x;offset:8;size:2;signed:1;", 6},
		{"field:int x;offset:8;size:4;signed:1;garbage", 37},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct utfs_event_format *format;
		size_t at = 12345;

		assert_int_equal(
			utfs_event_format_parse(bad[i].text, strlen(bad[i].text), &format, &at),
			-EINVAL);
		assert_null(format);
		if (at != bad[i].at)
			print_error("%s\n", bad[i].text);
		assert_int_equal(at, bad[i].at);
	}
}

static void test_too_much(void **state)
{
	static const char line[] = "field:u8 x;offset:8;size:1;signed:0;\n";
	size_t n = sizeof(line) - 1, nr = UTFS_FIELDS_MAX + 1;
	struct utfs_event_format *format;
	char *text = malloc(UTFS_FIELDS_TEXT_MAX + 1);

	assert_non_null(text);
	for (size_t i = 0; i < nr; i++)
		memcpy(text + i * n, line, n);
	assert_int_equal(utfs_event_format_parse(text, (nr - 1) * n, &format, NULL), 0);
	assert_int_equal(format->nr_fields, UTFS_NR_COMMON + UTFS_FIELDS_MAX);
	utfs_event_format_free(format);
	assert_int_equal(utfs_event_format_parse(text, nr * n, &format, NULL), -E2BIG);
	memset(text, ' ', UTFS_FIELDS_TEXT_MAX + 1);
	assert_int_equal(utfs_event_format_parse(text, UTFS_FIELDS_TEXT_MAX, &format, NULL), 0);
	utfs_event_format_free(format);
	assert_int_equal(utfs_event_format_parse(text, UTFS_FIELDS_TEXT_MAX + 1, &format, NULL),
			 -E2BIG);
	free(text);
}

static char *format_file(const char *name, unsigned int id, const char *fields,
			 const char *print_fmt)
{
	struct eventfs_text text = {0};

	utfs_format_write(&text, name, id, fields, strlen(fields), print_fmt, strlen(print_fmt));
	return text_string(&text);
}

/* The files of a Linux 6.12 kernel. */
static void test_format_file_is_the_kernels(void **state)
{
	static const char common[] =
		"format:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n";
	char expected[2048];
	char *text = format_file("print", 5,
				 "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
				 "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n",
				 "\"%ps: %s\", (void *)REC->ip, REC->buf");

	snprintf(expected, sizeof(expected),
		 "name: print\nID: 5\n%s"
		 "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
		 "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n"
		 "\nprint fmt: \"%%ps: %%s\", (void *)REC->ip, REC->buf\n",
		 common);
	assert_string_equal(text, expected);
	free(text);
	text = format_file("nothing", 99, "", "\"\"");
	snprintf(expected, sizeof(expected), "name: nothing\nID: 99\n%s\nprint fmt: \"\"\n",
		 common);
	assert_string_equal(text, expected);
	free(text);
}

/* The events of the ftrace system are what the kernel's format files say, and mean something to the same parser. */
static void test_ftrace_events(void **state)
{
	static const struct {
		const char *name;
		unsigned int id;
	} ids[] = {{"function", 1}, {"context_switch", 2}, {"kernel_stack", 4}, {"print", 5},
		   {"bprint", 6},   {"user_stack", 12},	   {"bputs", 14},	{"raw_data", 18}};
	size_t found = 0;

	assert_int_equal(utfs_nr_ftrace_events, 18);
	for (size_t i = 0; i < utfs_nr_ftrace_events; i++) {
		const struct utfs_ftrace_event *event = &utfs_ftrace_events[i];
		struct utfs_event_format *format = parse_fields(event->fields);
		uint32_t end = UTFS_COMMON_BYTES;
		struct utfs_print_plan *plan;

		if (i > 0)
			assert_true(strcmp(utfs_ftrace_events[i - 1].name, event->name) < 0);
		for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++)
			found += strcmp(ids[j].name, event->name) == 0 && ids[j].id == event->id;
		for (size_t j = UTFS_NR_COMMON; j < format->nr_fields; j++) {
			assert_true(format->fields[j].offset >= end);
			assert_true(format->fields[j].offset < end + 8);
			end = format->fields[j].offset + format->fields[j].size_bytes;
		}
		assert_int_equal(utfs_plan_compile(format, event->print_fmt,
						   strlen(event->print_fmt), &plan, NULL),
				 0);
		utfs_plan_free(plan);
		utfs_event_format_free(format);
	}
	assert_int_equal(found, sizeof(ids) / sizeof(ids[0]));
}

/* Whatever the bytes are: an answer, and if it is yes, one that holds together. */
static void test_mutations(void **state)
{
	uint32_t seed = 20240607;
	size_t n = strlen(all_fields), accepted = 0;

	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = n - (round % 4 == 0 ? random_number(&seed) % n : 0);
		struct utfs_event_format *format;
		char *text = malloc(len);
		size_t at = 0;
		int ret;

		assert_non_null(text);
		memcpy(text, all_fields, len);
		for (unsigned int i = random_number(&seed) % 4; i > 0; i--)
			text[random_number(&seed) % len] =
				round % 2 ? (char)random_number(&seed)
					  : all_fields[random_number(&seed) % n];
		ret = utfs_event_format_parse(text, len, &format, &at);
		assert_true(ret == 0 || ret == -EINVAL);
		assert_true(at <= len);
		for (size_t i = 0; ret == 0 && i < format->nr_fields; i++) {
			const struct utfs_field *f = &format->fields[i];

			assert_true(strlen(f->name) > 0 && strlen(f->type) > 0);
			assert_true(f->element_bytes > 0);
			if (f->kind == UTFS_FIELD_INTEGER || f->kind == UTFS_FIELD_FLOAT)
				assert_true(f->size_bytes == 1 || f->size_bytes == 2 ||
					    f->size_bytes == 4 || f->size_bytes == 8);
			accepted++;
		}
		utfs_event_format_free(format);
		free(text);
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_unusual_types),
		cmocka_unit_test(test_no_fields),
		cmocka_unit_test(test_errors_and_where),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_format_file_is_the_kernels),
		cmocka_unit_test(test_ftrace_events),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
