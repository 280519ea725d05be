/* SPDX-License-Identifier: MIT */
/* What utracefs hist reads out of a hist file. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/histogram.h"

#define HEAD(trigger) "# event histogram\n#\n# trigger info: " trigger " [active]\n#\n\n"
#define TAIL(hits)    "\nTotals:\n    Hits: " hits "\n    Entries: 3\n    Dropped: 2\n"

static const char numbers[] = HEAD(
	"hist:keys=lat") "{ lat:          7 } hitcount:          1  bytes:        100\n"
			 "{ lat:         -3 } hitcount:          2  bytes:         50\n"
			 "{ lat:       1000 } hitcount:          7  bytes:          1\n" TAIL("10");
static const char powers[] =
	HEAD("hist:keys=prev_pid.log2") "{ prev_pid: ~ 2^0  } hitcount:          1\n"
					"{ prev_pid: ~ 2^6  } hitcount:         12\n"
					"{ prev_pid: ~ 2^5  } hitcount:         24\n" TAIL("37");
static const char buckets[] =
	HEAD("hist:keys=n.buckets=10") "{ n: ~ 20-29 } hitcount:          1\n"
				       "{ n: ~ 0-9 } hitcount:          4\n" TAIL("5");
static const char names[] =
	HEAD("hist:keys=common_pid.execname") "{ common_pid: cat             [       309] } "
					      "hitcount:          3\n"
					      "{ common_pid: dog             [       310] } "
					      "hitcount:          9\n" TAIL("12");
static const char stacks[] =
	HEAD("hist:keys=common_stacktrace,common_pid") "{ common_stacktrace:\n"
						       "         main+0x18/0x20\n"
						       "         start+0x1\n"
						       ", common_pid:        313} hitcount:        "
						       "  2\n" TAIL("2");

static struct utfs_histogram parse(const char *text, const char *value)
{
	struct utfs_histogram histogram;

	assert_int_equal(utfs_histogram_parse(&text, value, &histogram), 1);
	utfs_histogram_sort(&histogram);
	return histogram;
}

static void test_numbers_are_understood(void **state)
{
	struct utfs_histogram histogram = parse(numbers, NULL);

	(void)state;
	assert_int_equal(histogram.kind, UTFS_HISTOGRAM_NUMBERS);
	assert_string_equal(histogram.trigger, "hist:keys=lat [active]");
	assert_string_equal(histogram.key, "lat");
	assert_string_equal(histogram.value, "hitcount");
	assert_int_equal(histogram.nr_rows, 3);
	assert_int_equal(histogram.rows[0].low, -3);
	assert_int_equal(histogram.rows[2].value, 7);
	assert_int_equal(histogram.total, 10);
	assert_int_equal(histogram.hits, 10);
	assert_int_equal(histogram.dropped, 2);
	assert_int_equal(utfs_histogram_percentile(&histogram, 20)->low, -3);
	assert_int_equal(utfs_histogram_percentile(&histogram, 30)->low, 7);
	assert_int_equal(utfs_histogram_percentile(&histogram, 31)->low, 1000);
	assert_int_equal(utfs_histogram_percentile(&histogram, 100)->low, 1000);
	utfs_histogram_fini(&histogram);
}

static void test_another_value(void **state)
{
	struct utfs_histogram histogram = parse(numbers, "bytes");
	const char *text = numbers;

	(void)state;
	assert_string_equal(histogram.value, "bytes");
	assert_int_equal(histogram.total, 151);
	utfs_histogram_fini(&histogram);
	assert_int_equal(utfs_histogram_parse(&text, "byte", &histogram), -ENOENT);
	utfs_histogram_fini(&histogram);
}

static void test_powers_and_buckets_are_ranges(void **state)
{
	struct utfs_histogram histogram = parse(powers, NULL);

	(void)state;
	assert_int_equal(histogram.kind, UTFS_HISTOGRAM_RANGES);
	assert_int_equal(histogram.rows[0].low, 0);
	assert_int_equal(histogram.rows[0].high, 1);
	assert_int_equal(histogram.rows[1].low, 17);
	assert_int_equal(histogram.rows[1].high, 32);
	assert_int_equal(utfs_histogram_percentile(&histogram, 50)->high, 32);
	utfs_histogram_fini(&histogram);
	histogram = parse(buckets, NULL);
	assert_int_equal(histogram.kind, UTFS_HISTOGRAM_RANGES);
	assert_int_equal(histogram.rows[0].high, 9);
	assert_int_equal(histogram.rows[1].low, 20);
	utfs_histogram_fini(&histogram);
}

static void test_names_come_by_value(void **state)
{
	struct utfs_histogram histogram = parse(names, NULL);

	(void)state;
	assert_int_equal(histogram.kind, UTFS_HISTOGRAM_NAMES);
	assert_string_equal(histogram.rows[0].label, "dog             [       310]");
	utfs_histogram_fini(&histogram);
	histogram = parse(stacks, NULL);
	assert_int_equal(histogram.nr_rows, 1);
	assert_int_equal(histogram.rows[0].value, 2);
	assert_null(strchr(histogram.rows[0].label, '\n'));
	utfs_histogram_fini(&histogram);
}

static void test_numbers_are_grouped(void **state)
{
	char text[4096];
	size_t n = (size_t)snprintf(text, sizeof(text), HEAD("hist:keys=n"));
	struct utfs_histogram histogram;

	(void)state;
	for (int i = -2; i <= 9; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "{ n: %d } hitcount: 1\n", i);
	histogram = parse(text, NULL);
	assert_int_equal(utfs_histogram_group(&histogram), 0);
	/* -2..-1, 0..1, 2, 3..4, 5..8, 9..16 */
	assert_int_equal(histogram.nr_rows, 6);
	assert_string_equal(histogram.rows[0].label, "-2..-1");
	assert_int_equal(histogram.rows[0].value, 2);
	assert_string_equal(histogram.rows[1].label, "0..1");
	assert_string_equal(histogram.rows[2].label, "2");
	assert_string_equal(histogram.rows[4].label, "5..8");
	assert_int_equal(histogram.rows[4].value, 4);
	assert_string_equal(histogram.rows[5].label, "9..16");
	utfs_histogram_fini(&histogram);
}

/* Ranges side by side become one, so that there are few enough. */
static void test_ranges_are_fitted(void **state)
{
	char text[4096];
	size_t n = (size_t)snprintf(text, sizeof(text), HEAD("hist:keys=n.buckets=10"));
	struct utfs_histogram histogram = parse(powers, NULL);

	(void)state;
	assert_int_equal(utfs_histogram_fit(&histogram, 3), 0);
	assert_string_equal(histogram.rows[1].label, "~ 2^5");
	assert_int_equal(utfs_histogram_fit(&histogram, 2), 0);
	/* 2^4 to 2^7 are one place. */
	assert_int_equal(histogram.nr_rows, 2);
	assert_string_equal(histogram.rows[0].label, "0..1");
	assert_string_equal(histogram.rows[1].label, "17..64");
	assert_int_equal(histogram.rows[1].value, 36);
	assert_int_equal(utfs_histogram_percentile(&histogram, 100)->high, 64);
	utfs_histogram_fini(&histogram);
	/* One is not there, and they keep their width. */
	for (int i = -20; i < 60; i += 10)
		if (i != 30)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "{ n: ~ %d-%d } hitcount: 1\n", i, i + 9);
	histogram = parse(text, NULL);
	assert_int_equal(histogram.nr_rows, 7);
	assert_int_equal(utfs_histogram_fit(&histogram, 4), 0);
	assert_int_equal(histogram.nr_rows, 4);
	assert_string_equal(histogram.rows[0].label, "-20..-1");
	assert_string_equal(histogram.rows[1].label, "0..19");
	assert_string_equal(histogram.rows[2].label, "20..29");
	assert_string_equal(histogram.rows[3].label, "40..59");
	/* What is below 0 stays by itself. */
	assert_int_equal(utfs_histogram_fit(&histogram, 1), 0);
	assert_int_equal(histogram.nr_rows, 2);
	assert_int_equal(histogram.rows[1].value, 5);
	utfs_histogram_fini(&histogram);
	histogram = parse(names, NULL);
	assert_int_equal(utfs_histogram_fit(&histogram, 1), 0);
	assert_int_equal(histogram.nr_rows, 2);
	utfs_histogram_fini(&histogram);
}

static void test_several_follow_each_other(void **state)
{
	char text[4096];
	const char *at = text;
	struct utfs_histogram histogram;

	(void)state;
	snprintf(text, sizeof(text), "%s\n\n%s", powers, names);
	assert_int_equal(utfs_histogram_parse(&at, NULL, &histogram), 1);
	assert_int_equal(histogram.nr_rows, 3);
	utfs_histogram_fini(&histogram);
	assert_int_equal(utfs_histogram_parse(&at, NULL, &histogram), 1);
	assert_int_equal(histogram.nr_rows, 2);
	utfs_histogram_fini(&histogram);
	assert_int_equal(utfs_histogram_parse(&at, NULL, &histogram), 0);
	utfs_histogram_fini(&histogram);
}

/* Whatever it reads, it comes to an end and stays in its text. */
static void test_any_text_is_survived(void **state)
{
	static const char *const texts[] = {numbers, powers, buckets, names, stacks};
	uint32_t random = 12345;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char *text = strdup(texts[(size_t)i % (sizeof(texts) / sizeof(texts[0]))]);
		struct utfs_histogram histogram;
		const char *at = text;
		int ret;

		assert_non_null(text);
		for (int edits = 0; edits < 4; edits++) {
			random = random * 1664525 + 1013904223;
			text[random % strlen(text)] = "{}:~^-, \n0#9\tx"[(random >> 16) % 14];
		}
		do {
			ret = utfs_histogram_parse(&at, NULL, &histogram);
			if (ret == 1 && histogram.kind == UTFS_HISTOGRAM_NUMBERS)
				assert_int_equal(utfs_histogram_group(&histogram), 0);
			utfs_histogram_sort(&histogram);
			if (ret == 1)
				assert_int_equal(utfs_histogram_fit(&histogram, 1), 0);
			(void)utfs_histogram_percentile(&histogram, 50);
			utfs_histogram_fini(&histogram);
		} while (ret == 1);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_understood),
		cmocka_unit_test(test_another_value),
		cmocka_unit_test(test_powers_and_buckets_are_ranges),
		cmocka_unit_test(test_names_come_by_value),
		cmocka_unit_test(test_numbers_are_grouped),
		cmocka_unit_test(test_ranges_are_fitted),
		cmocka_unit_test(test_several_follow_each_other),
		cmocka_unit_test(test_any_text_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
