/* SPDX-License-Identifier: MIT */
/* Filters, set through the tree as by a person, and evaluated before a record is written. Other conditions: gates.c. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#include "../../probe.h"
#include "evaluated.h"

UTFS_EVENT(flt, all,
	   UTFS_FIELDS(UTFS_FIELD(int, i), UTFS_FIELD(uint8_t, u8), UTFS_FIELD(uint64_t, u64),
		       UTFS_FIELD(int16_t, s16), UTFS_CHARS(name, 16), UTFS_CHARS(full, 4),
		       UTFS_STRING(text), UTFS_FIELD(const char *, pointer),
		       UTFS_FIELD(double, ratio), UTFS_FIELD(float, small),
		       UTFS_ARRAY(int, ints, 3)));
UTFS_EVENT(flt, n, UTFS_FIELDS(UTFS_FIELD(int, n)));
UTFS_EVENT(flt, ints,
	   UTFS_FIELDS(UTFS_FIELD(int32_t, s32), UTFS_FIELD(uint32_t, u32),
		       UTFS_FIELD(int64_t, s64), UTFS_FIELD(uint64_t, u64)));

#define ALL "events/flt/all/filter"
#define N   "events/flt/n/filter"

static int setup(void **state)
{
	evaluated_open("flt");
	return 0;
}

static int clear(void **state)
{
	assert_int_equal(tree_write(&tree, "events/flt/filter", "0"), 1);
	return 0;
}

static void filter_set(const char *path, const char *text)
{
	ssize_t ret = tree_write(&tree, path, text);

	if (ret != (ssize_t)strlen(text))
		fail_msg("'%s': %zd", text, ret);
}

static void emit_all(void)
{
	static const int ints[] = {1, 2, 3};

	trace_flt_all(-5, 200, UINT64_C(0xfedcba9876543210), -300, "hello", "abcdef",
		      "/tmp/some.txt", "elsewhere", 2.5, -0.5f, ints);
}

static const struct {
	const char *filter;
	bool accepts;
} expressions[] = {
	{"i == -5", true},
	{"i == 5", false},
	{"i != -5", false},
	{"i < 0", true},
	{"i < -5", false},
	{"i <= -5", true},
	{"i > -6", true},
	{"i >= -4", false},
	{"i & 1", true},
	{"i & 4", false},
	{"i == 4294967291", true}, /* cut to the field's size, as in the kernel */
	{"u8 == 200", true},
	{"u8 > 100", true},
	{"u8 == 0xc8", true},
	{"u8 == 0310", true},
	{"u8 == 456", true},
	{"u64 == 0xfedcba9876543210", true},
	{"u64 > 9223372036854775807", true},
	{"u64 < 1", false},
	{"s16 == -300", true},
	{"s16 > 0", false},
	{"s16 & 0x8000", true},
	{"name == \"hello\"", true},
	{"name == 'hello'", true},
	{"name == \"hell\"", false},
	{"name == \"hellow\"", false},
	{"name != \"hello\"", false},
	{"name != \"x\"", true},
	{"name ~ \"hello\"", true},
	{"name ~ \"he*\"", true},
	{"name ~ \"*lo\"", true},
	{"name ~ \"*l\"", false},
	{"name ~ \"*ell*\"", true},
	{"name ~ \"*elL*\"", false},
	{"name ~ \"h*o\"", true},
	{"name ~ \"h*x\"", false},
	{"name ~ \"h?llo\"", true},
	{"name ~ \"?ello?\"", false},
	{"name ~ \"[a-h]ello\"", true},
	{"name ~ \"[!a-h]ello\"", false},
	{"name ~ \"[]h]*\"", true},
	{"name ~ \"*[\"", false},
	{"name ~ \"\\hel*o\"", true},
	{"name ~ \"!he*\"", false},
	{"name ~ \"!x*\"", true},
	{"name ~ \"*\"", true},
	{"name ~ \"**\"", true},
	{"name ~ \"\"", false},
	{"full == \"abc\"", true},
	{"text == \"/tmp/some.txt\"", true},
	{"text ~ \"*.txt\"", true},
	{"text ~ \"*.tx\"", false},
	{"text ~ \"/tmp/*\"", true},
	{"text ~ \"*some*\"", true},
	{"text ~ \"/*/s*t\"", true},
	{"pointer == \"elsewhere\"", true},
	{"pointer.ustring ~ \"else*\"", true},
	{"pointer ~ \"*where\"", true},
	{"pointer == \"other\"", false},
	{"ratio > 2", true},
	{"ratio == 2.5", true},
	{"ratio < 2.25", false},
	{"small == -0.5", true},
	{"small >= 0", false},
	{"ints == 1", false}, /* twelve bytes are no number */
	{"common_pid > 0", true},
	{"common_type > 0", true},
	{"cpu >= 0", true},
	{"CPU < 0", false},
	{"comm == \"filters-test\"", true},
	{"COMM ~ \"*-test\"", true},
	{"comm != \"filters-test\"", false},
	{"cpu & CPUS{all}", true},
	{"u8 & CPUS{0-N}", false},
	{"u8 != CPUS{0}", true},
	{"i == -5 && u8 == 200", true},
	{"i == -5 && u8 == 1", false},
	{"i == 0 || u8 == 200", true},
	{"i == 0 || u8 == 1", false},
	{"!i == 0", true},
	{"!(i == -5 && u8 == 200)", false},
	{"!(i == -5 && u8 == 1)", true},
	{"!(i == -5 || u8 == 1) || s16 == -300", true},
	{"i == 0 && u8 == 0 || s16 == -300", true},
	{"i == 0 && (u8 == 0 || s16 == -300)", false},
	{"i == -5 || u8 == 0 && s16 == 0", true},
	{"!!((i == -5))", true},
	{"!(!(i == -5) || !(u8 == 200 && !(s16 == 0)))", true},
};

static void every_operator_and_type(void **state)
{
	bool pointers = probe_process_vm_readv();
	char before[17];

	(void)state;
	prctl(PR_GET_NAME, before);
	prctl(PR_SET_NAME, "filters-test");
	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions); i++) {
		if (!pointers && strstr(expressions[i].filter, "pointer"))
			continue;
		filter_set(ALL, expressions[i].filter);
		(void)taken();
		/* The second time it is known. */
		emit_all();
		emit_all();
		if (taken() != 2 * (size_t)expressions[i].accepts)
			fail_msg("'%s': %zu", expressions[i].filter, domain.nr_records);
	}
	prctl(PR_SET_NAME, before);
}

/* A random expression of comparisons of n, as text, and its value for each of n's values 0..7. */
static void expression_make(unsigned int *seed, int depth, char *text, unsigned int *values)
{
	char left[2048], right[2048];
	unsigned int a, b;
	int kind = depth ? rand_r(seed) % 5 : 0;

	if (kind == 0) {
		int bit = rand_r(seed) % 8;

		sprintf(text, "n == %d", bit);
		*values = 1U << bit;
		return;
	}
	expression_make(seed, depth - 1, left, &a);
	if (kind == 1) {
		sprintf(text, "!(%s)", left);
		*values = ~a & 0xff;
		return;
	}
	if (kind == 2) {
		sprintf(text, "(%s)", left);
		*values = a;
		return;
	}
	expression_make(seed, depth - 1, right, &b);
	/* && binds closer than ||: what is not its operand by itself stands in parentheses. */
	sprintf(text, kind == 3 ? "(%s) && (%s)" : "%s || %s", left, right);
	*values = kind == 3 ? a & b : a | b;
}

/* ==, !=, <, <=, >, >=: for less, equal, greater a bit each. */
static bool compare(size_t op, bool is_signed, uint64_t a, uint64_t b)
{
	const bool less = is_signed ? (int64_t)a < (int64_t)b : a < b;

	return "\2\5\1\3\4\6"[op] >> (a == b ? 1 : less ? 0 : 2) & 1;
}

/* Where values end: of each size, and as what they are when they are known. */
static void short_ones_compare_at_the_limits(void **state)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	static const char *const fields[] = {"s32", "u32", "s64", "u64"};
	static const uint64_t limits[] = {0,
					  1,
					  7,
					  INT32_MAX,
					  UINT32_MAX,
					  INT64_MAX,
					  UINT64_MAX,
					  (uint64_t)INT32_MIN,
					  (uint64_t)INT64_MIN};
	const size_t nr_limits = sizeof(limits) / sizeof(*limits);
	char text[64];

	(void)state;
	for (size_t i = 0; i < 4 * 6 * nr_limits; i++) {
		const unsigned int field = i / 6 / nr_limits;
		const bool small = field < 2, is_signed = !(field & 1);
		const uint64_t constant = limits[i / 6 % nr_limits];
		size_t expected = 0;

		if (small &&
		    constant != (is_signed ? (uint64_t)(int32_t)constant : (uint32_t)constant))
			continue;
		snprintf(text, sizeof(text), is_signed ? "%s %s %lld" : "%s %s %llu", fields[field],
			 ops[i % 6], (long long)constant);
		filter_set("events/flt/ints/filter", text);
		(void)taken();
		for (size_t j = 0; j < 2 * nr_limits; j++) {
			const uint64_t v = limits[j % nr_limits];

			trace_flt_ints((int32_t)v, (uint32_t)v, (int64_t)v, v);
			expected += compare(i % 6, is_signed,
					    !small	? v
					    : is_signed ? (uint64_t)(int32_t)v
							: (uint32_t)v,
					    constant);
		}
		if (taken() != expected)
			fail_msg("'%s': %zu, not %zu", text, domain.nr_records, expected);
	}
}

static void structure_is_evaluated_as_written(void **state)
{
	unsigned int seed = 17, values, seen;
	char text[4200];

	(void)state;
	for (int i = 0; i < 300; i++) {
		do
			expression_make(&seed, 5, text, &values);
		while (strlen(text) > 1500);
		filter_set(N, text);
		(void)taken();
		for (int n = 0; n < 8; n++)
			trace_flt_n(n);
		(void)taken();
		seen = 0;
		for (size_t j = 0; j < domain.nr_records; j++)
			seen |= 1U << record_number(&domain.records[j], 8, 4);
		if (seen != values)
			fail_msg("'%s': %x, not %x", text, seen, values);
	}
}

static void a_pointer_to_nothing_is_no_match(void **state)
{
	static const int ints[3];
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	SKIP_UNLESS(probe_process_vm_readv(), "process_vm_readv() does not work here");
	assert_true(page != MAP_FAILED);
	assert_int_equal(mprotect(page + 4096, 4096, PROT_NONE), 0);
	filter_set(ALL, "pointer ~ \"*\"");
	(void)taken();
	trace_flt_all(0, 0, 0, 0, "", "", "", NULL, 0, 0, ints);
	trace_flt_all(0, 0, 0, 0, "", "", "", page + 4096, 0, 0, ints);
	assert_int_equal(taken(), 0);
	/* The string ends with the memory. */
	strcpy(page + 4093, "ab");
	filter_set(ALL, "pointer == \"ab\"");
	trace_flt_all(0, 0, 0, 0, "", "", "", page + 4093, 0, 0, ints);
	assert_int_equal(taken(), 1);
	munmap(page, 8192);
}

static void a_wrong_filter_lets_everything_pass(void **state)
{
	(void)state;
	filter_set(N, "n == 1");
	(void)taken();
	trace_flt_n(2);
	assert_int_equal(taken(), 0);
	assert_int_equal(tree_write(&tree, N, "n == "), -EINVAL);
	trace_flt_n(2);
	assert_int_equal(taken(), 1);
}

static void instances_filter_for_themselves(void **state)
{
	(void)state;
	assert_int_equal(tree_mkdir(&tree, "instances/a"), 0);
	assert_int_equal(tree_write(&tree, "instances/a/events/flt/n/enable", "1"), 1);
	filter_set("instances/a/" N, "n > 10");
	filter_set(N, "n < 20");
	(void)taken();
	for (int n = 5; n < 30; n += 10)
		trace_flt_n(n);
	assert_int_equal(taken(), 2);
	assert_int_equal(tree_count(&tree, "instances/a/trace", "n: n=15"), 1);
	assert_int_equal(tree_count(&tree, "instances/a/trace", "n: n="), 2);
	assert_int_equal(tree_rmdir(&tree, "instances/a"), 0);
}

static struct utfs_filter_program *program_of(uint32_t id)
{
	const struct utfs_filter_table *table;
	const void *program;
	uint32_t bytes;

	table = utfs_object_get(&domain.arena, utfs_event_state_at(&domain.arena, id)->filters,
				UTFS_MAGIC_TABLE, &bytes);
	assert_non_null(table);
	program = utfs_object_get(&domain.arena,
				  table->programs[utfs_instance_at(&domain.arena, 0)->recorder - 1],
				  UTFS_MAGIC_PROGRAM, &bytes);
	assert_non_null(program);
	return (struct utfs_filter_program *)(uintptr_t)program;
}

static void a_damaged_filter_drops_the_event(void **state)
{
	const unsigned int recorder =
		(unsigned int)utfs_instance_at(&domain.arena, 0)->recorder - 1;
	struct utfs_filter_program *program;
	uint64_t dropped = 0, before = 0;

	(void)state;
	filter_set(N, "n == 1 || n == 2");
	program = program_of(domain_event(&domain, "flt", "n"));
	for (unsigned int cpu = 0; cpu < domain.arena.nr_cpus; cpu++)
		before += utfs_cpu_buffer_at(&domain.arena, recorder, cpu)->sides[0].dropped;
	(void)taken();
	program->nr_ops = 5000;
	trace_flt_n(1);
	program->nr_ops = 2;
	program->ops[0].what = 99;
	trace_flt_n(1);
	program->ops[0].what = UTFS_FILTER_NUMBER;
	/* Back to itself: not for ever. */
	program->ops[1].when_false = 0;
	trace_flt_n(3);
	program->ops[1].when_false = 1;
	trace_flt_n(3);
	program->ops[1].when_false = 4;
	trace_flt_n(3);
	program->ops[1].when_false = 3;
	trace_flt_n(3);
	assert_int_equal(taken(), 0);
	trace_flt_n(1);
	assert_int_equal(taken(), 1);
	for (unsigned int cpu = 0; cpu < domain.arena.nr_cpus; cpu++)
		dropped += utfs_cpu_buffer_at(&domain.arena, recorder, cpu)->sides[0].dropped;
	assert_int_equal(dropped - before, 5);
}

/* Any bytes: no crash, no endless loop. */
static void a_program_of_random_bytes_ends(void **state)
{
	static unsigned char saved[4096];
	struct utfs_filter_program *program;
	unsigned int seed = 3;
	uint32_t bytes;

	(void)state;
	filter_set(ALL, "name ~ \"h*l?o\" && text ~ \"*some*\" || pointer ~ \"*x\" && "
			"!(cpu & CPUS{all}) || ratio > 1 && i < 0 || comm == \"foo\"");
	program = program_of(domain_event(&domain, "flt", "all"));
	bytes = program->object.bytes;
	assert_true(bytes <= sizeof(saved));
	memcpy(saved, program, bytes);
	for (int i = 0; i < 20000; i++) {
		for (int j = rand_r(&seed) % 8; j >= 0; j--)
			((unsigned char *)program)[8 + (uint32_t)rand_r(&seed) % (bytes - 8)] =
				(unsigned char)rand_r(&seed);
		emit_all();
		memcpy(program, saved, bytes);
	}
	(void)taken();
}

static int stop;

/* Writes odd and even numbers; the filter is always one that lets only even ones pass, ever another one. */
static void *write_on(void *unused)
{
	for (int n = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++)
		trace_flt_n(n & 0xff);
	return unused;
}

static void a_filter_that_changes_is_always_a_whole_one(void **state)
{
	pthread_t writers[2];

	(void)state;
	filter_set(N, "!(n & 1)");
	(void)taken();
	stop = 0;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, write_on, NULL), 0);
	for (int i = 0; i < 1500; i++) {
		static const char *const texts[] = {
			"!(n & 1) && n < %d", "n == %d && !(n & 1) || n == 2 || n == 4",
			/* these are known */
			"n >= 4 && n <= 4 && n < %d", "n == 8 || n > 15 && n != %d && n < 17"};
		char text[64];

		snprintf(text, sizeof(text), texts[i % 4], 1000 + i);
		filter_set(N, text);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
	assert_true(taken() > 0);
	for (size_t i = 0; i < domain.nr_records; i++)
		assert_int_equal(record_number(&domain.records[i], 8, 4) & 1, 0);
}

/* The rule is there before the event: the first one is caught, filtered as the rule says. */
static void pending_rules_catch_the_first_event(void **state)
{
	static const struct {
		const char *filter;
		bool accepts;
	} rules[] = {
		{"a == -7 && b == 250", true},
		{"a > 0 || b < 5", false},
		{"a == 4294967289", true},
		{"b & 0xf0 && !(a >= 0)", true},
		{"name ~ \"w*d\" && text == 'hello'", true},
		{"name == \"x\"", false},
		{"relative ~ \"*lo\"", true},
		{"text ~ \"!h*\"", false},
		{"comm != \"\" && cpu >= 0 && cpu & CPUS{all} && common_pid > 1", true},
		{"a != CPUS{0} && b != CPUS{0-N}", true},
		{"b == CPUS{0}", false},
		{"where == 3", false},
		{"nosuch == 1", true}, /* no such field: not filtered */
		{"name == 3", true},
		{"a == \"x\"", true},
		{"b == -1", true},
		{"b == 1.5", true},
	};
	/* name, two locations and what they refer to: "hello", twice */
	struct __attribute__((packed)) {
		int32_t a;
		uint8_t b;
		char name[8];
		uint32_t text, relative;
		char where[3], texts[12];
	} data = {-7, 250, "world", 6 << 16 | 32, 6 << 16 | (38 - 29), "", "hello\0hello"};
	char text[256];

	(void)state;
	assert_int_equal(tree_write(&tree, "pending_events", "first:e* enable"), 15);
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		struct utfs_runtime_event event = {0};

		sprintf(text, "first:event%zu filter %s", i, rules[i].filter);
		assert_int_equal(tree_append(&tree, "pending_events", text), strlen(text));
		sprintf(text,
			"first/event%zu s32 a; u8 b; char[8] name; __data_loc char[] text; "
			"__rel_loc char[] relative; struct point where 3",
			i);
		assert_int_equal(utfs_runtime_event_register(&event, text), 0);
		(void)taken();
		assert_int_equal(utfs_runtime_event_write(&event, &data, sizeof(data)), 0);
		if (taken() != rules[i].accepts)
			fail_msg("'%s': %zu", rules[i].filter, domain.nr_records);
		utfs_runtime_event_unregister(&event);
	}
	assert_int_equal(tree_write(&tree, "pending_events", ""), 0);
}

static void pending_rules_know_floating_point(void **state)
{
	(void)state;
	assert_int_equal(tree_append(&tree, "pending_events",
				     "flt:all filter ratio == 2.5 && small > -1 && small < 0"),
			 54);
	(void)taken();
	emit_all();
	assert_int_equal(taken(), 1);
	assert_int_equal(tree_write(&tree, "pending_events", "flt:all filter ratio < -2"), 25);
	emit_all();
	assert_int_equal(taken(), 0);
	assert_int_equal(
		tree_write(&tree, "pending_events", "flt:all filter pointer == 'elsewhere'"), 37);
	emit_all();
	assert_int_equal(taken(), probe_process_vm_readv());
	assert_int_equal(tree_write(&tree, "pending_events", ""), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, clear)
	const struct CMUnitTest tests[] = {
		T(every_operator_and_type),
		T(short_ones_compare_at_the_limits),
		T(structure_is_evaluated_as_written),
		T(a_pointer_to_nothing_is_no_match),
		T(a_wrong_filter_lets_everything_pass),
		T(instances_filter_for_themselves),
		T(a_damaged_filter_drops_the_event),
		T(a_program_of_random_bytes_ends),
		T(a_filter_that_changes_is_always_a_whole_one),
		T(pending_rules_catch_the_first_event),
		T(pending_rules_know_floating_point),
	};

	return cmocka_run_group_tests(tests, setup, evaluated_close);
}
