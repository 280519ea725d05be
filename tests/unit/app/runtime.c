/* SPDX-License-Identifier: MIT */
/* Events described at run time: what descriptions are taken, what records of them. */
#include <stdlib.h>
#include <string.h>

#include <utracefs/runtime.h>

#include "support.h"

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

static const struct {
	const char *description;
	const char *system, *name, *fields, *print;
} good[] = {
	{"g1", "user_events", "g1", "", "\"\""},
	{"  g2   u32   id ;  ", "user_events", "g2",
	 "\tfield:u32 id;\toffset:8;\tsize:4;\tsigned:0;\n", "\"id=%u\", REC->id"},
	{"app/g3 u8 a; s16 b;u64 c;s64 d;", "app", "g3",
	 "\tfield:u8 a;\toffset:8;\tsize:1;\tsigned:0;\n"
	 "\tfield:s16 b;\toffset:9;\tsize:2;\tsigned:1;\n"
	 "\tfield:u64 c;\toffset:11;\tsize:8;\tsigned:0;\n"
	 "\tfield:s64 d;\toffset:19;\tsize:8;\tsigned:1;\n",
	 "\"a=%u b=%d c=%llu d=%lld\", REC->a, REC->b, REC->c, REC->d"},
	{"g4:flag1,flag2 unsigned int a;unsigned char b;unsigned short c;short d;char e;int f",
	 "user_events", "g4",
	 "\tfield:unsigned int a;\toffset:8;\tsize:4;\tsigned:0;\n"
	 "\tfield:unsigned char b;\toffset:12;\tsize:1;\tsigned:0;\n"
	 "\tfield:unsigned short c;\toffset:13;\tsize:2;\tsigned:0;\n"
	 "\tfield:short d;\toffset:15;\tsize:2;\tsigned:1;\n"
	 "\tfield:char e;\toffset:17;\tsize:1;\tsigned:1;\n"
	 "\tfield:int f;\toffset:18;\tsize:4;\tsigned:1;\n",
	 "\"a=%u b=%d c=%u d=%d e=%d f=%d\", REC->a, REC->b, REC->c, REC->d, REC->e, REC->f"},
	{"g5 char[16] comm; char name[4]; unsigned char[3] raw", "user_events", "g5",
	 "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
	 "\tfield:char name[4];\toffset:24;\tsize:4;\tsigned:1;\n"
	 "\tfield:unsigned char raw[3];\toffset:28;\tsize:3;\tsigned:0;\n",
	 "\"comm=%s name=%s raw=%s\", REC->comm, REC->name, REC->raw"},
	{"g6 u32 id; __data_loc char[] path; __rel_loc char[] note; __data_loc u16[] values",
	 "user_events", "g6",
	 "\tfield:u32 id;\toffset:8;\tsize:4;\tsigned:0;\n"
	 "\tfield:__data_loc char[] path;\toffset:12;\tsize:4;\tsigned:1;\n"
	 "\tfield:__rel_loc char[] note;\toffset:16;\tsize:4;\tsigned:1;\n"
	 "\tfield:__data_loc u16[] values;\toffset:20;\tsize:4;\tsigned:1;\n",
	 "\"id=%u path=%s note=%s values=%s\", REC->id, __get_str(path), __get_rel_str(note), "
	 "__print_array(__get_dynamic_array(values), __get_dynamic_array_len(values) / 2, 2)"},
	{"g7 struct point where 16; u8 last", "user_events", "g7",
	 "\tfield:struct point where;\toffset:8;\tsize:16;\tsigned:1;\n"
	 "\tfield:u8 last;\toffset:24;\tsize:1;\tsigned:0;\n",
	 "\"where=%llu last=%u\", REC->where, REC->last"},
	{"g8 __data_loc unsigned char[] bytes", "user_events", "g8",
	 "\tfield:__data_loc unsigned char[] bytes;\toffset:8;\tsize:4;\tsigned:1;\n",
	 "\"bytes=%s\", __get_str(bytes)"},
};

static void descriptions_become_formats(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct utfs_runtime_event event = {0};
		char *fields, *print;

		if (utfs_runtime_event_register(&event, good[i].description))
			fail_msg("refused: %s", good[i].description);
		fields = domain_fields(&domain, good[i].system, good[i].name, &print);
		assert_string_equal(fields, good[i].fields);
		assert_string_equal(print, good[i].print);
		assert_int_equal(domain_flags(&domain, good[i].system, good[i].name),
				 UTFS_EVENT_DYNAMIC);
		free(fields);
		utfs_runtime_event_unregister(&event);
	}
}

static const struct {
	const char *description;
	int error;
} bad[] = {
	{"", -EINVAL},
	{"   ", -EINVAL},
	{";", -EINVAL},
	{"/b u32 a", -EINVAL},
	{"app/ u32 a", -EINVAL},
	{"app/sub/b u32 a", -EINVAL},
	{"../b u32 a", -EINVAL},
	{"b-c u32 a", -EINVAL},
	{"1b u32 a", -EINVAL},
	{"b u32", -EINVAL},
	{"b u32 a b", -EINVAL},
	{"b u32 1a", -EINVAL},
	{"b u32 a\"", -EINVAL},
	{"b u32 a; u32 a", -EINVAL},
	{"b long a", -EINVAL},
	{"b unsigned long a", -EINVAL},
	{"b unsigned", -EINVAL},
	{"b unsigned a", -EINVAL},
	{"b unsigned a b", -EINVAL},
	{"b float a", -EINVAL},
	{"b void * a", -EINVAL},
	{"b char[] a", -EINVAL},
	{"b char[0] a", -EINVAL},
	{"b char[1025] a", -EINVAL},
	{"b char[99999999999] a", -EINVAL},
	{"b char[-1] a", -EINVAL},
	{"b char[4 a", -EINVAL},
	{"b char[4]x a", -EINVAL},
	{"b char[4] a[4]", -EINVAL},
	{"b u32[4] a", -EINVAL},
	{"b u32 a[4]", -EINVAL},
	{"b struct a", -EINVAL},
	{"b struct s a", -EINVAL},
	{"b struct s a 0", -EINVAL},
	{"b struct s a x", -EINVAL},
	{"b struct s a 5000", -EINVAL},
	{"b struct s a 4 4", -EINVAL},
	{"b __data_loc", -EINVAL},
	{"b __data_loc char", -EINVAL},
	{"b __data_loc char a", -EINVAL},
	{"b __data_loc char[4] a", -EINVAL},
	{"b __data_loc long[] a", -EINVAL},
	{"b __rel_loc char[4] a", -EINVAL},
	{"b struct s a 4072", -E2BIG},
	{"b struct s a 4000; struct s b 65", -E2BIG},
};

static void bad_descriptions_are_refused(void **state)
{
	static char text[UTFS_DESCRIPTION_BYTES + 1];
	struct utfs_runtime_event event = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = utfs_runtime_event_register(&event, bad[i].description);

		if (ret != bad[i].error)
			fail_msg("%d instead of %d: %s", ret, bad[i].error, bad[i].description);
		assert_false(utfs_runtime_event_enabled(&event));
		assert_int_equal(utfs_runtime_event_write(&event, "", 0), -ENODEV);
	}
	memset(text, 'a', UTFS_DESCRIPTION_BYTES);
	assert_int_equal(utfs_runtime_event_register(&event, text), -E2BIG);
	assert_int_equal(utfs_runtime_event_register(NULL, "a"), -EINVAL);
	assert_int_equal(utfs_runtime_event_register(&event, NULL), -EINVAL);
	assert_false(domain_event_exists(&domain, "user_events", "b"));
	utfs_runtime_event_unregister(&event);
	utfs_runtime_event_unregister(NULL);
}

static void records_arrive_as_given(void **state)
{
	struct utfs_runtime_event event = {0};
	const struct record *r;
	struct __attribute__((packed)) {
		uint32_t id;
		uint8_t small;
		uint32_t path, note;
		char text[11];
	} data = {.id = 77,
		  .small = 5,
		  .path = 6 << 16 | 21,
		  .note = 5 << 16 | 6,
		  .text = "first\0note"};

	assert_int_equal(utfs_runtime_event_register(&event,
						     "app/written u32 id; u8 small; __data_loc "
						     "char[] path; __rel_loc char[] note"),
			 0);
	assert_false(utfs_runtime_event_enabled(&event));
	assert_int_equal(utfs_runtime_event_write(&event, &data, sizeof(data)), 0);
	domain_enable(&domain, "app", "written", true);
	assert_true(utfs_runtime_event_enabled(&event));
	assert_int_equal(utfs_runtime_event_write(&event, &data, sizeof(data)), 0);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 1);
	r = &domain.records[0];
	assert_int_equal(record_type(r), domain_event(&domain, "app", "written"));
	assert_memory_equal(r->data + 8, &data, sizeof(data));
	assert_string_equal(record_string(r, 13), "first");
	assert_string_equal((char *)r->data + 21 + 6, "note");
	utfs_runtime_event_unregister(&event);
	assert_false(utfs_runtime_event_enabled(&event));
	assert_int_equal(utfs_runtime_event_write(&event, &data, sizeof(data)), -ENODEV);
	assert_false(domain_used(&domain, "app", "written"));
}

static void locations_are_checked(void **state)
{
	struct utfs_runtime_event event = {0};
	struct {
		uint32_t path, note;
		char text[8];
	} data = {.text = "ab\0cdef"};
	static const struct {
		uint32_t path, note;
		int error;
	} cases[] = {
		{3 << 16 | 16, 5 << 16 | 3, 0},
		{8 << 16 | 16, 1 << 16 | 7, 0},
		{9 << 16 | 16, 5 << 16 | 3, -EFAULT}, /* one too long */
		{1 << 16 | 24, 5 << 16 | 3, -EFAULT}, /* one too far */
		{0, 5 << 16 | 3, -EFAULT},	      /* a text without even a NUL */
		{2 << 16 | 16, 5 << 16 | 3, -EFAULT}, /* a text without its NUL */
		{3 << 16 | 16, 6 << 16 | 3, -EFAULT}, /* relative, too long */
		{0xffffffff, 5 << 16 | 3, -EFAULT},
		{3 << 16 | 16, 0xffffffff, -EFAULT},
	};

	assert_int_equal(utfs_runtime_event_register(
				 &event, "checked __data_loc char[] path; __rel_loc char[] note"),
			 0);
	domain_enable(&domain, "user_events", "checked", true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		data.path = cases[i].path;
		data.note = cases[i].note;
		assert_int_equal(utfs_runtime_event_write(&event, &data, sizeof(data)),
				 cases[i].error);
	}
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 2);
	utfs_runtime_event_unregister(&event);
}

static void sizes_are_checked(void **state)
{
	static char data[UTFS_EVENT_RECORD_MAX];
	struct utfs_runtime_event event = {0}, empty = {0};

	assert_int_equal(utfs_runtime_event_register(&event, "sized u64 a"), 0);
	assert_int_equal(utfs_runtime_event_register(&empty, "empty"), 0);
	domain_enable(&domain, "user_events", "sized", true);
	domain_enable(&domain, "user_events", "empty", true);
	assert_int_equal(utfs_runtime_event_write(&event, data, 7), -EINVAL);
	assert_int_equal(utfs_runtime_event_write(&event, data, 8), 0);
	/* More than described is taken, as the kernel takes it. */
	assert_int_equal(utfs_runtime_event_write(&event, data, UTFS_EVENT_RECORD_MAX - 8), 0);
	assert_int_equal(utfs_runtime_event_write(&event, data, UTFS_EVENT_RECORD_MAX - 7), -E2BIG);
	assert_int_equal(utfs_runtime_event_write(&event, data, SIZE_MAX), -E2BIG);
	assert_int_equal(utfs_runtime_event_write(&empty, NULL, 0), 0);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 3);
	assert_int_equal(domain.records[2].bytes, 8);
	utfs_runtime_event_unregister(&event);
	utfs_runtime_event_unregister(&empty);
}

static void registered_twice(void **state)
{
	struct utfs_runtime_event a = {0}, b = {0}, other = {0};
	struct utfs_status status;

	assert_int_equal(utfs_runtime_event_register(&a, "twice u32 x"), 0);
	assert_int_equal(utfs_runtime_event_register(&a, "twice u32 x"), 0);
	assert_int_equal(utfs_runtime_event_register(&a, "twice u32 y"), -EBUSY);
	assert_int_equal(utfs_runtime_event_register(&b, "user_events/twice u32 x"), 0);
	assert_int_equal(utfs_runtime_event_register(&other, "twice s32 x"), -EEXIST);
	assert_int_equal(utfs_runtime_event_write(&other, "abcd", 4), -ENODEV);
	utfs_status_get(&status);
	assert_int_equal(status.events, 2);
	assert_int_equal(status.conflicts, 1);
	utfs_runtime_event_unregister(&a);
	assert_true(domain_used(&domain, "user_events", "twice"));
	/* A copy elsewhere is not what was registered. */
	other = b;
	utfs_runtime_event_unregister(&other);
	assert_true(domain_used(&domain, "user_events", "twice"));
	utfs_runtime_event_unregister(&b);
	assert_false(domain_used(&domain, "user_events", "twice"));
	/* The memory may be used again, whatever is in it. */
	memset(&a, 0x55, sizeof(a));
	assert_int_equal(utfs_runtime_event_register(&a, "twice u32 x"), 0);
	utfs_runtime_event_unregister(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptions_become_formats),
		cmocka_unit_test(bad_descriptions_are_refused),
		cmocka_unit_test(records_arrive_as_given),
		cmocka_unit_test(locations_are_checked),
		cmocka_unit_test(sizes_are_checked),
		cmocka_unit_test(registered_twice),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
