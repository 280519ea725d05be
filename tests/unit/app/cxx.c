/* SPDX-License-Identifier: MIT */
/* Events of C++ arrive like those of C. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

void cxx_play(void);
void cxx_order(int table, const char *dish);
int cxx_scope(int table, const char *dish, void (*inside)(void));

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

static void formats_are_the_same(void **state)
{
	char *print;
	char *fields = domain_fields(&domain, "cxx", "note", &print);

	assert_string_equal(fields,
			    "\tfield:note pitch;\toffset:8;\tsize:1;\tsigned:0;\n"
			    "\tfield:tempo speed;\toffset:16;\tsize:8;\tsigned:1;\n"
			    "\tfield:bool loud;\toffset:24;\tsize:1;\tsigned:0;\n"
			    "\tfield:const void * where;\toffset:32;\tsize:8;\tsigned:0;\n"
			    "\tfield:double volume;\toffset:40;\tsize:8;\tsigned:1;\n"
			    "\tfield:__data_loc char[] name;\toffset:48;\tsize:4;\tsigned:0;\n"
			    "\tfield:__data_loc note[] chord;\toffset:52;\tsize:4;\tsigned:0;\n");
	assert_string_equal(print, "\"%s %d\", __print_symbolic(REC->pitch, {60, \"C\"}, {62, "
				   "\"D\"}), REC->speed == -1");
	free(fields);
}

static void records_are_the_same(void **state)
{
	const struct record *r;
	double volume;
	size_t bytes;

	domain_enable(&domain, "cxx", "note", true);
	domain_enable(&domain, "cxx", "lifetime", true);
	cxx_play();
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 3);
	assert_int_equal(record_number(&domain.records[0], 8, 4), 1);
	assert_int_equal(record_number(&domain.records[2], 8, 4), 2);
	r = &domain.records[1];
	assert_int_equal(record_number(r, 8, 1), 62);
	assert_true(record_number(r, 16, 8) == UINT64_C(1) << 40);
	assert_int_equal(record_number(r, 24, 1), 1);
	assert_true(record_number(r, 32, 8) == 0);
	memcpy(&volume, r->data + 40, sizeof(volume));
	assert_true(volume == 0.25);
	assert_string_equal(record_string(r, 48), "chord");
	assert_memory_equal(record_dynamic(r, 52, &bytes), "\x3c\x3e", 2);
	assert_int_equal(bytes, 2);
}

static void classes_take_strings_and_containers(void **state)
{
	const struct record *r;
	size_t bytes;

	domain_enable(&domain, "cxx", "order", true);
	cxx_order(7, "soup");
	domain_read(&domain);
	domain_enable(&domain, "cxx", "order", false);
	cxx_order(8, "salad");
	assert_int_equal(domain.nr_records, 2);
	r = &domain.records[0];
	assert_int_equal(record_number(r, 8, 4), 7);
	assert_memory_equal(r->data + 12, "soup\0\0\0\0", 8);
	assert_int_equal(record_number(r, 20, 2), 1);
	assert_int_equal(record_number(r, 24, 2), 3);
	assert_string_equal(record_string(r, 28), "soup");
	assert_string_equal(record_string(r, 32), "soup, hot");
	assert_memory_equal(record_dynamic(r, 36, &bytes), "\x04\0\0\0\x05\0\0\0", 8);
	assert_int_equal(bytes, 8);
	/* What is not there, and a container with nothing in it. */
	r = &domain.records[1];
	assert_int_equal(record_number(r, 20, 8), 0);
	assert_string_equal(record_string(r, 28), "(null)");
	assert_string_equal(record_string(r, 32), "plain");
	(void)record_dynamic(r, 36, &bytes);
	assert_int_equal(bytes, 0);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 0);
}

static void end_recording(void)
{
	domain_enable(&domain, "cxx", "meal_end", false);
}

static void begin_recording(void)
{
	domain_enable(&domain, "cxx", "meal_end", true);
}

static void scopes_are_two_events(void **state)
{
	uint32_t begin = domain_event(&domain, "cxx", "meal_begin");
	uint32_t end = domain_event(&domain, "cxx", "meal_end");

	/* Nobody: nothing, also where recording begins in the middle. */
	assert_int_equal(cxx_scope(1, "a", NULL), 1);
	domain_enable(&domain, "cxx", "meal_begin", false);
	assert_int_equal(cxx_scope(1, "b", begin_recording), 1);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 0);
	domain_enable(&domain, "cxx", "meal_begin", true);
	assert_int_equal(cxx_scope(2, "c", NULL), 1);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 2);
	assert_int_equal(record_type(&domain.records[0]), begin);
	assert_int_equal(record_number(&domain.records[0], 8, 4), 2);
	assert_string_equal(record_string(&domain.records[0], 12), "c, whole");
	assert_int_equal(record_type(&domain.records[1]), end);
	assert_true(record_number(&domain.records[1], 8, 8) > 0);
	/* It ends by an exception, and what was turned off meanwhile is not written. */
	assert_int_equal(cxx_scope(-1, "d", NULL), 0);
	assert_int_equal(cxx_scope(3, "e", end_recording), 1);
	domain_read(&domain);
	assert_int_equal(domain.nr_records, 3);
	assert_int_equal(record_type(&domain.records[1]), end);
	assert_int_equal(record_type(&domain.records[2]), begin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_the_same),
		cmocka_unit_test(records_are_the_same),
		cmocka_unit_test(classes_take_strings_and_containers),
		cmocka_unit_test(scopes_are_two_events),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
