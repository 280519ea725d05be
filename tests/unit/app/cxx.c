/* SPDX-License-Identifier: MIT */
/* Events of C++ arrive like those of C. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

void cxx_play(void);

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_the_same),
		cmocka_unit_test(records_are_the_same),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
