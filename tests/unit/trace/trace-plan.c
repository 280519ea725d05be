/* SPDX-License-Identifier: MIT */
/*
 * Print formats: every conversion, every operator, every helper. Where C gives the same answer as the kernel, the compiler of this
 * test says what is right: C("%d", REC->s32v + 1) is printed by snprintf and, from its own text, by a plan.
 */
#include "records.h"

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;

#define REC (&all_record)

static void check_c(const char *format, const char *arguments, const char *expected)
{
	char *print_fmt = NULL;

	assert_true(asprintf(&print_fmt, "\"%s\", %s", format, arguments) > 0);
	check(print_fmt, expected);
	free(print_fmt);
}

/* Unevaluated by the preprocessor in the text, by the compiler for the expectation. */
#define C(format, ...)                                                                             \
	do {                                                                                       \
		char expected[512];                                                                \
		snprintf(expected, sizeof(expected), format, __VA_ARGS__);                         \
		check_c(format, #__VA_ARGS__, expected);                                           \
	} while (0)

#ifdef __clang__
#pragma GCC diagnostic ignored "-Wtautological-constant-compare"
#else
#pragma GCC diagnostic ignored "-Wformat-truncation"
#endif
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wparentheses"
#pragma GCC diagnostic ignored "-Wsign-compare"

static void test_literals(void **state)
{
	check("\"\"", "");
	check("\"plain\"", "plain");
	check(" \"two\" \" strings\"\n\t\" joined\" ", "two strings joined");
	check("\"100%%\"", "100%");
	check("\"\\t\\n\\\\ \\\" \\x41\\101\\x0a\\e\"", "\t\n\\ \" AA\n\033");
	check("\"a longer literal than the chunks in which literals are copied\"",
	      "a longer literal than the chunks in which literals are copied");
	check("\"%d between %d\", 1, 2", "1 between 2");
	check("\"extra %d\", 1, REC->s32v, __get_str(str)", "extra 1");
}

static void test_integers_of_every_size(void **state)
{
	C("%u %d %x %o", REC->u8v, REC->u8v, REC->u8v, REC->u8v);
	C("%u %d %x %o", REC->s8v, REC->s8v, REC->s8v, REC->s8v);
	C("%u %d %x %X", REC->u16v, REC->u16v, REC->u16v, REC->u16v);
	C("%u %i %x %X", REC->s16v, REC->s16v, REC->s16v, REC->s16v);
	C("%u %d %x %X", REC->u32v, REC->u32v, REC->u32v, REC->u32v);
	C("%u %d %x %o", REC->s32v, REC->s32v, REC->s32v, REC->s32v);
	C("%lu %ld %lx %lo %lX", REC->u64v, REC->u64v, REC->u64v, REC->u64v, REC->u64v);
	C("%llu %lld %llx", REC->s64v, REC->s64v, REC->s64v);
	C("%zu %zd %jx %td", REC->s64v, REC->u64v, REC->u64v, REC->s64v);
	C("%hhu %hhd %hu %hd", REC->u32v, REC->u32v, REC->u32v, REC->u32v);
	C("%hhu %hd %hhx", REC->s32v, REC->s32v, REC->s16v);
	C("%d %u %x", (int)REC->u64v, (unsigned int)REC->s64v, (unsigned int)REC->s64v);
	C("%c%c", REC->letter, 'x');
	C("%d %d", REC->flag, REC->common_pid);
	check("\"%u %d %x\", REC->u64v, REC->s64v, REC->u64v", "3305635840 494665728 c5080000");
	check("\"%Lu %qd %Zu\", REC->u64v, REC->s64v, REC->u64v",
	      "18000000000000000000 -9000000000000000000 18000000000000000000");
	check("\"%llu %lld %llx\", REC->s8v, REC->s8v, REC->s32v",
	      "18446744073709551613 -3 fffffffffffffff9");
	check("\"%llu %lx\", REC->u32v, REC->u16v", "4000000000 fde8");
}

static void test_every_number_of_digits(void **state)
{
	static const char fields[] = "field:u64 v;offset:8;size:8;signed:0;";
	uint64_t record[2] = {0}, value = 0;

	for (unsigned int digits = 0; digits <= 19; digits++) {
		for (int near = -1; near <= 1; near++) {
			char expected[128], *printed;

			record[1] = value + (uint64_t)near;
			snprintf(expected, sizeof(expected), "%lu %ld %lx", record[1], record[1],
				 record[1]);
			printed = print(fields, "\"%lu %ld %lx\", REC->v, REC->v, REC->v", record,
					sizeof(record));
			assert_string_equal(printed, expected);
			free(printed);
		}
		value = value ? value * 10 : 1;
	}
}

static void test_width_and_flags(void **state)
{
	C("[%5d] [%-5d] [%05d] [%+d] [% d] [%+5d]", REC->s8v, REC->s8v, REC->s8v, 7, 7, 7);
	C("[%2d] [%08lx] [%#x] [%#o] [%#10x] [%-#10x]", 12345, REC->u64v, 255, 8, 255, 255);
	C("[%#010x] [%016lx] [%03u] [%-3u] [%3u]", 255, 0xabcUL, 7, 7, 7);
	C("[%.3d] [%.0d] [%6.3d] [%-6.3d]", 5, 5, 5, -5);
	C("[%5c] [%-5c]", 'x', 'x');
	C("[%8s] [%-8s] [%.2s] [%8.2s] [%-8.2s]", "abc", "abc", "abc", "abc", "abc");
	C("[%*d] [%-*d] [%.*s] [%*.*s]", 6, 42, 6, 42, 2, "abc", 6, 1, "abc");
	C("[%*d] [%.*s]", -6, 42, -1, "abc");
	C("[%*d]", REC->array[2] * 3, REC->s32v);
	/* Here the kernel and C differ, and the kernel is right. */
	check("\"[%#x] [%#08x] [%.0d] [%08.3d]\", 0, 0, 0, 5", "[0x0] [0x000000] [0] [00000005]");
	check("\"[%0x] [%.d] [%-05d]\", 255, 5, 5", "[ff] [5] [5    ]");
}

static void test_width_is_bounded(void **state)
{
	char *printed =
		print(all_fields, "\"%99999999999d%*d%.*d\", 1, 0x7fffffff, 2, 0x7fffffff, 3",
		      &all_record, sizeof(all_record));

	assert_int_equal(strlen(printed), 3 * 4096);
	free(printed);
}

static void test_pointers(void **state)
{
	check("\"%p %px %pK\", REC->ptr, REC->ptr, REC->ptr",
	      "00007f1234567890 00007f1234567890 00007f1234567890");
	check("\"%ps %pS %pF.\", REC->ptr, (void *)REC->u8v, (void *)0",
	      "0x7f1234567890 0xc8 0000000000000000.");
	check("\"[%20p] [%-20px] [%#p]\", REC->ptr, REC->ptr, REC->ptr",
	      "[        7f1234567890] [7f1234567890        ] [0x00007f1234567890]");
	check("\"%p\", REC->bytes", "0000000000000060");
	check("\"%pISpc,%pUb\", REC->array, REC->bytes", "0000000000000050,0000000000000060");
	check("\"%lx\", REC->ptr", "7f1234567890");
}

static void test_strings(void **state)
{
	check("\"%s|%s|%s\", REC->comm, __get_str(str), __get_rel_str(rel)",
	      "sixteen letters!|hello|relative");
	check("\"%s|%.3s|%10s|\", REC->str, __get_str(str), __get_str(str)",
	      "hello|hel|     hello|");
	check("\"%s\", (char *)__get_dynamic_array(str)", "hello");
	check("\"%.*s\", 4, (char *)__get_dynamic_array(rel)", "rela");
	check("\"%s\", __get_str(str) + 2", "llo");
	check("\"%s %s\", REC->flag ? \"yes\" : \"no\", !REC->flag ? \"yes\" : \"no\"", "yes no");
	check("\"%s\", REC->s8v < 0 ? __get_str(str) : REC->comm", "hello");
	/* What a pointer points to is in another process. */
	check("\"%s [%16s]\", REC->name, REC->name", "(0x5500001234) [  (0x5500001234)]");
	check("\"%s %s\", NULL, REC->flag ? NULL : \"set\"", "(null) (null)");
	check("\"%c\", __get_str(str)[1]", "e");
	check("\"%c%c\", *__get_str(str), *(__get_str(str) + 4)", "ho");
}

static void test_arithmetic(void **state)
{
	C("%d %d %d %d %d", 1 + 2 * 3, (1 + 2) * 3, 7 / 2, -7 / 2, -7 % 3);
	C("%d %d %d", 10 - 3 - 2, 100 / 10 / 5, 2 * 3 % 4);
	C("%u %d", REC->u32v + 1000000000, REC->s32v - 1);
	C("%ld %lu", REC->s64v + 1, REC->u64v - 1);
	C("%lu", (u64)REC->u32v * REC->u32v);
	C("%d", REC->u8v + REC->u8v);
	C("%u", (u32)REC->u16v * REC->u16v);
	check("\"%ld %d\", (long)REC->u32v * REC->u32v, REC->u16v * REC->u16v",
	      "-2446744073709551616 -69967296");
	C("%d %d %d", -REC->s8v, +REC->s8v, -REC->u8v);
	C("%u %lu %d", ~REC->u32v, ~REC->u64v, ~REC->u8v);
	C("%d %d %d", !REC->u8v, !!REC->u8v, !0);
	C("%x %x %x %x", 0xf0 | 0x0f, 0xff & 0x3c, 0xff ^ 0x0f, 0xf0 & ~0x30);
	C("%d %d %d", 1 | 2 ^ 3 & 4, 1 << 2 + 1, 16 >> 1 << 2);
	C("%u %d %lx", REC->u32v >> 4, REC->s32v >> 1, REC->s64v >> 60);
	C("%d %lx", 1 << 5, 1UL << 63);
	C("%d", REC->s32v / 2);
	C("%u", REC->u32v % 7);
	C("%lu", REC->u64v / 3);
	C("%d", -3 - -3);
	check("\"%d %d\", (-2147483647 - 1) / -1, (-2147483647 - 1) % -1", "-2147483648 0");
	check("\"%d\", 1 << 33", "2");
}

static void test_comparisons_and_logic(void **state)
{
	C("%d%d%d%d%d%d", 1 < 2, 2 <= 2, 3 > 4, 3 >= 4, 5 == 5, 5 != 5);
	C("%d%d%d", REC->s32v < 0, REC->s8v < REC->u8v, REC->s64v < REC->s32v);
	/* Both sides become unsigned. */
	C("%d%d%d", REC->s32v<1u, REC->s32v> REC->u32v, -1 < 1ul);
	C("%d%d", REC->s32v < (long)REC->u32v, -1 < (long)1);
	C("%d%d%d%d", 1 && 0, 1 && 2, 0 || 0, 0 || 3);
	C("%d%d%d", 1 || 0 && 0, (1 || 0) && 0, !1 || !0);
	C("%d %d", REC->u8v && REC->s8v, 0 && REC->u8v);
	C("%d %d", 1 ? 2 : 3, 0 ? 2 : 0 ? 4 : 5);
	C("%d %d", REC->s8v > 0 ? 1 : -1, REC->s8v < 0 ? REC->s8v + 1 : 0);
	C("%d", (REC->u8v > 100 ? 1 : 2) + 3);
	C("%d", 10 * (REC->u8v < 100 ? 1 : 2));
	C("%ld", REC->flag ? REC->s8v : REC->s64v);
	C("%lx", (unsigned long)(REC->flag ? REC->s32v : 1u));
	C("%d", 1 == 1 == 1);
	C("%d", 3 & 1 == 1);
	C("%d", (1 ? 1 : 2) && (0 ? 1 : 0));
	C("%d", (REC->flag ? REC->array : REC->array)[1]);
}

static void test_short_circuit(void **state)
{
	/* The other side would fault. */
	check("\"%d %d\", 0 && 1 / 0, 1 || 1 / 0", "0 1");
	check("\"%d\", REC->flag ? 1 : 1 / 0", "1");
	check("\"%d\", REC->u8v ? 1000 / REC->u8v : 0", "5");
}

static void test_constants(void **state)
{
	C("%d %x %o %d", 10, 0x1F, 017, 0b101);
	C("%u %lu %llu %ld", 10u, 10UL, 10ull, 10L);
	C("%d %d %d %d %d", 'a', '\n', '\\', '\'', '\x41');
	C("%ld %lu", 4294967296, 0xffffffffffffffff);
	C("%d %d", 0xffffffff > 0, -1 < 0xffffffff);
	C("%d", -1 < 4294967295);
	check("\"%d %d\", true, false", "1 0");
	check("\"%d\", 18446744073709551616", "EINVAL");
	check("\"%d\", 0x", "EINVAL");
	check("\"%d\", 12abc", "EINVAL");
	check("\"%d\", 089", "EINVAL");
	check("\"%d\", 'ab'", "EINVAL");
	check("\"%d\", ''", "EINVAL");
}

static void test_casts(void **state)
{
	C("%d %d %d %d", (u8)REC->u32v, (s8)REC->u8v, (u16)REC->s32v, (s16)REC->u16v);
	C("%u %d %lu %ld", (u32)REC->s64v, (s32)REC->u64v, (u64)REC->s32v, (s64)REC->u32v);
	C("%d %d", (unsigned char)REC->s8v, (signed char)REC->u8v);
	C("%u %u", (unsigned)REC->s8v, (unsigned int)REC->s16v);
	C("%lu %lld", (unsigned long)REC->s8v, (long long)REC->s8v);
	C("%llu", (unsigned long long int)REC->s32v);
	C("%d", (short)REC->u32v);
	C("%d", (pid_t)REC->s32v);
	C("%zu", (size_t)REC->u8v);
	C("%d", (const volatile int)REC->u8v);
	C("%ld", (s64)(int)(u8)REC->s8v);
	C("%d", -(u8)1);
	C("%d", (u8)300 + 1);
	C("%u", (u8)~REC->u8v);
	C("%lx", (unsigned long)(void *)REC->ptr);
	C("%lx", (unsigned long)(const char *)REC->name);
	check("\"%lx\", (u64)(struct page *)REC->ptr", "7f1234567890");
	/* A type that nobody knows changes nothing. */
	check("\"%u\", (my_own_t)REC->u32v", "4000000000");
	check("\"%u %d\", (my_own_t)(REC->u32v), (other_t)-1", "EINVAL");
}

static void test_arrays(void **state)
{
	C("%d %d %d %d", REC->array[0], REC->array[1], REC->array[1 + 1], REC->array[3]);
	C("%u %d", REC->bytes[3], REC->bytes[5] + 1);
	C("%d", REC->array[REC->array[0]]);
	C("%c", REC->comm[REC->flag + 1]);
	C("%zu %zu %zu %zu", sizeof(int), sizeof(REC->array), sizeof(REC->array[0]), sizeof(u64));
	C("%zu %zu", sizeof(REC->comm), sizeof(void *));
	C("%d", *(REC->array + 1));
	C("%x", ((u16 *)REC->array)[2]);
	C("%x", *(u8 *)(REC->bytes + 4));
	check("\"%u %u %d\", ((u32 *)__get_dynamic_array(words))[0], "
	      "((u32 *)__get_dynamic_array(words))[1], ((s32 *)__get_dynamic_array(words))[2]",
	      "1 2 -1");
	check("\"%d %d\", __get_dynamic_array_len(words), __get_dynamic_array_len(str)", "12 6");
	check("\"%d\", __get_dynamic_array_len(words) / sizeof(u32)", "3");
	check("\"%d\", __get_rel_dynamic_array_len(rel)", "9");
	check("\"%d\", __get_dynamic_array_len(comm)", "16");
	check("\"%x\", (REC)->bytes[1]", "1");
}

static void test_floats(void **state)
{
	C("%f %e %g %.1f %10.3f|%-10.2f|%+g", REC->d, REC->d, REC->d, REC->d, REC->d, REC->d,
	  REC->d);
	C("%f %g %G %E", REC->f, REC->f, REC->f, REC->f);
	C("%g %g %g %g", REC->d + 1, REC->d * 2.5, REC->d / REC->f, REC->f - 0.25);
	C("%g %g", -REC->d, (double)REC->s32v);
	C("%d %d %d", REC->d < 0, REC->d == -2.25, REC->f >= 2);
	C("%g", REC->flag ? REC->d : REC->s8v);
	C("%g", REC->flag ? REC->s8v : REC->d);
	C("%g", (float)0.1);
	C("%d", (int)REC->d);
	C("%g %g", 1e3, .5);
	C("%s", REC->d ? "set" : "zero");
	C("%g", (double)(1.5f + 1));
	check("\"%g\", REC->u8v", "200");
	check("\"%d %lu\", REC->d, 1e30", "-2 18446744073709551615");
	check("\"%d\", REC->d % 2", "EINVAL");
	check("\"%d\", REC->d & 1", "EINVAL");
	check("\"%s\", REC->d", "EINVAL");
}

static void test_symbolic(void **state)
{
	check("\"%s\", __print_symbolic(REC->u8v, { 100, \"one\" }, { 200, \"two\" })", "two");
	check("\"%s\", __print_symbolic(REC->u8v, { 1, \"one\" })", "0xc8");
	check("\"%s\", __print_symbolic(REC->u8v)", "0xc8");
	/* The first of several, an empty name counts as none. */
	check("\"%s\", __print_symbolic(1, { 2, \"b\" }, { 1, \"x\" }, { 1, \"y\" })", "x");
	check("\"%s\", __print_symbolic(1, { 1, \"\" }, { 1, \"y\" })", "0x1");
	/* Compared as unsigned long. */
	check("\"%s %s\", __print_symbolic(REC->s32v, { -7, \"minus\" }), "
	      "__print_symbolic(REC->s32v, { 0xfffffff9, \"minus\" })",
	      "minus 0xfffffffffffffff9");
	check("\"%s\", __print_symbolic(REC->u8v + 1, { 1 << 3, \"a\" }, { (200 | 1), \"b\" \"c\" "
	      "})",
	      "bc");
	check("\"%s\", __print_symbolic(REC->u8v, { (u8)456, \"cut\" })", "cut");
	check("\"[%6s] [%-6s] [%.1s]\", __print_symbolic(1, { 1, \"one\" }), "
	      "__print_symbolic(1, { 1, \"one\" }), __print_symbolic(1, { 1, \"one\" })",
	      "[   one] [one   ] [o]");
	check("\"%s\", REC->flag ? __print_symbolic(3, { 3, \"three\" }) : \"none\"", "three");
	/* What ends the kernel's table ends this one. */
	check("\"%s %s\", __print_symbolic(5, { 1, \"a\" }, { -1, NULL }, { 5, \"never\" }), "
	      "__print_symbolic(5, { 0, ((void *)0) })",
	      "0x5 0x5");
	check("\"%s\", __print_symbolic(5, { })", "0x5");
	check("\"%s\", __print_symbolic(5, { REC->u8v, \"a\" })", "EINVAL");
	check("\"%s\", __print_symbolic(5, { SOME_ENUM, \"a\" })", "EINVAL");
	check("\"%s\", __print_symbolic(5, { 1 \"a\" })", "EINVAL");
	check("\"%s\", __print_symbolic(5, { 1, \"a\" }", "EINVAL");
	check("\"%s\", __print_symbolic(REC->d, { 1, \"a\" })", "EINVAL");
}

static void test_flags(void **state)
{
	check("\"%s\", __print_flags(REC->u8v, \"|\", { 0x80, \"A\" }, { 0x40, \"B\" }, { 1, \"C\" "
	      "}, "
	      "{ 8, \"D\" })",
	      "A|B|D");
	check("\"%s\", __print_flags(REC->u8v, \"|\", { 0x80, \"A\" })", "A|0x48");
	check("\"%s\", __print_flags(REC->u8v, \", \", { 1, \"A\" })", "0xc8");
	check("\"[%s]\", __print_flags(0, \"|\", { 1, \"A\" })", "[]");
	check("\"%s\", __print_flags(7, \"\", { 1, \"A\" }, { 2, \"B\" }, { 4, \"C\" })", "ABC");
	/* A mask of several bits needs all of them; what it took is gone; 0 is in everything. */
	check("\"%s\", __print_flags(7, \"|\", { 6, \"six\" }, { 2, \"two\" }, { 9, \"nine\" }, "
	      "{ 0, \"zero\" })",
	      "six|zero|0x1");
	check("\"%s\", __print_flags(REC->s8v, \"|\", { 1, \"A\" })", "A|0xfffffffffffffffc");
	check("\"[%12s] [%.3s]\", __print_flags(3, \"|\", { 1, \"A\" }, { 2, \"B\" }), "
	      "__print_flags(3, \"|\", { 1, \"A\" }, { 2, \"B\" })",
	      "[         A|B] [A|B]");
	check("\"%s%s\", (REC->u8v & 8) ? __print_flags(REC->u8v & 8, \"|\", { 8, \"S\" }) : "
	      "\"R\", "
	      "REC->u8v & 1 ? \"+\" : \"\"",
	      "S");
	check("\"%s\", __print_flags(1, { 1, \"A\" })", "EINVAL");
}

static void test_hex_and_arrays(void **state)
{
	check("\"%s\", __print_hex(REC->bytes, 6)", "00 01 7f 80 fe ff");
	check("\"%s\", __print_hex_str(REC->bytes, sizeof(REC->bytes))", "00017f80feff");
	check("\"[%s] [%s]\", __print_hex(REC->bytes, 0), __print_hex(REC->bytes, -1)", "[] []");
	check("\"%s\", __print_hex(__get_dynamic_array(words), __get_dynamic_array_len(words))",
	      "01 00 00 00 02 00 00 00 ff ff ff ff");
	/* No further than there are bytes. */
	check("\"%s\", __print_hex(REC->bytes, 100)", "00 01 7f 80 fe ff");
	check("\"%s\", __print_array(REC->bytes, 6, 1)", "{0x0,0x1,0x7f,0x80,0xfe,0xff}");
	check("\"%s\", __print_array(REC->array, 4, sizeof(int))",
	      "{0x1,0xfffffffe,0x3,0x7fffffff}");
	check("\"%s\", __print_array(REC->array, 2, 8)", "{0xfffffffe00000001,0x7fffffff00000003}");
	check("\"%s\", __print_array(REC->bytes, 3, 2)", "{0x100,0x807f,0xfffe}");
	check("\"%s\", __print_array(__get_dynamic_array(words), "
	      "__get_dynamic_array_len(words) / sizeof(u32), sizeof(u32))",
	      "{0x1,0x2,0xffffffff}");
	check("\"%s %s\", __print_array(REC->array, 0, 4), __print_array(REC->array, -1, 4)",
	      "{} {}");
	check("\"%s\", __print_array(REC->array, 100, 8)",
	      "{0xfffffffe00000001,0x7fffffff00000003}");
	check("\"%s\", __print_array(REC->bytes, 2, 3)",
	      "{BAD SIZE:3 0x0,0x1,0x7f,0x80,0xfe,0xff}");
	check("\"%s\", __print_array(&REC->u16v, 1, 2)", "{0xfde8}");
	check("\"%s\", __print_hex(&REC->array[2], 4)", "03 00 00 00");
	check("\"%s\", __print_hex(REC->u8v, 1)", "EINVAL");
	check("\"%s\", __print_array(REC->bytes, 2)", "EINVAL");
	check("\"%s %s\", __get_bitmask(mask), __get_cpumask(mask)",
	      "00000005,deadbeef 00000005,deadbeef");
	check("\"%s\", __get_bitmask(bytes)", "fffe,807f0100");
	check("\"%llu.%09u\", __print_ns_to_secs(12345678901234), "
	      "__print_ns_without_secs(REC->u64v)",
	      "12345.000000000");
	check("\"%d\", __builtin_expect(REC->u8v > 5, 1)", "1");
}

static void test_what_does_not_compile(void **state)
{
	static const struct {
		const char *print_fmt;
		size_t at;
	} bad[] = {
		{"", 0},
		{"x", 0},
		{"\"open", 5},
		{"\"%d\"", 4},
		{"\"%d %d\", 1", 10},
		{"\"%d\", REC->nothing", 18},
		{"\"%d\", REC", 9},
		{"\"%d\", REC->", 11},
		{"\"%d\", unknown", 13},
		{"\"%d\", call(1)", 10},
		{"\"%d\", (1", 8},
		{"\"%d\", 1 +", 9},
		{"\"%d\", 1 ? 2", 11},
		{"\"%d\", 1 2", 8},
		{"\"%d\" 1", 5},
		{"\"%d\", REC->array[", 17},
		{"\"%d\", REC->u8v[0]", 17},
		{"\"%d\", __get_str(u8v)", 19},
		{"\"%d\", __get_str(str)", 20},
		{"\"%d\", \"text\"", 12},
		{"\"%d\", sizeof(struct page)", 24},
		{"\"%d\", sizeof(int", 16},
		{"\"%y\", 1", 4},
		{"\"%\"", 3},
		{"\"%n\", REC->ptr", 4},
		{"\"%d\", 1, ", 9},
		{"\"%d\", (u64)REC->array", 21},
		{"\"%d\", REC->array + REC->array", 29},
		{"\"%s\", \"\\q\"", 8},
	};
	struct utfs_event_format *format = parse_fields(all_fields);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct utfs_print_plan *plan;
		size_t at = 12345;

		assert_int_equal(utfs_plan_compile(format, bad[i].print_fmt,
						   strlen(bad[i].print_fmt), &plan, &at),
				 -EINVAL);
		if (at != bad[i].at)
			print_error("%s\n", bad[i].print_fmt);
		assert_int_equal(at, bad[i].at);
	}
	utfs_event_format_free(format);
}

static char *repeat(const char *start, const char *part, size_t times, const char *end)
{
	size_t n = strlen(part);
	char *text = malloc(strlen(start) + n * times + strlen(end) + 1), *p = text;

	assert_non_null(text);
	p = stpcpy(p, start);
	for (size_t i = 0; i < times; i++)
		p = stpcpy(p, part);
	strcpy(p, end);
	return text;
}

static void check_repeated(const char *start, const char *part, size_t times, const char *end,
			   const char *expected)
{
	char *print_fmt = repeat(start, part, times, end);

	check(print_fmt, expected);
	free(print_fmt);
}

static void test_depth_is_bounded(void **state)
{
	check_repeated("\"%d\", ", "(", 50, "7))))))))))))))))))))))))))))))))))))))))))))))))))",
		       "7");
	check_repeated("\"%d\", ", "(", 5000, "7", "EINVAL");
	check_repeated("\"%d\", ", "!", 5000, "7", "EINVAL");
	check_repeated("\"%d\", ", "-", 100, "7", "7");
	check_repeated("\"%d\", ", "0 ? 1 : ", 5000, "7", "EINVAL");
	check_repeated("\"%d\", ", "0 ? 1 : ", 100, "7", "7");
	check_repeated("\"%d\", 0", " + 1", 5000, "", "5000");
	/* Each parenthesis leaves a value on the stack. */
	check_repeated("\"%d\", ", "REC->u8v + (", 20, "0))))))))))))))))))))", "4000");
	check_repeated("\"%d\", ", "REC->u8v + (", 40, "0))))))))))))))))))))))))))))))))))))))))",
		       "EINVAL");
}

static void test_too_long(void **state)
{
	struct utfs_event_format *format = parse_fields(all_fields);
	char *print_fmt = repeat("\"", "x", UTFS_FIELDS_TEXT_MAX - 2, "\"");
	struct utfs_print_plan *plan;

	assert_int_equal(utfs_plan_compile(format, print_fmt, UTFS_FIELDS_TEXT_MAX, &plan, NULL),
			 0);
	utfs_plan_free(plan);
	assert_int_equal(
		utfs_plan_compile(format, print_fmt, UTFS_FIELDS_TEXT_MAX + 1, &plan, NULL),
		-E2BIG);
	assert_null(plan);
	utfs_event_format_free(format);
	free(print_fmt);
}

/* A print format that does not compile leaves the fields. */
static void test_fallback(void **state)
{
	struct utfs_event_format *format = parse_fields(all_fields);
	struct utfs_print_plan *plan;
	struct eventfs_text text = {0};
	char *printed;

	assert_int_equal(utfs_plan_create(format, "\"%d\", REC->u8v", 14, &plan), 0);
	assert_false(utfs_plan_is_fields(plan));
	utfs_plan_free(plan);
	assert_int_equal(utfs_plan_create(format, "nonsense", 8, &plan), 0);
	assert_true(utfs_plan_is_fields(plan));
	utfs_print_event(plan, &all_record, sizeof(all_record), &text);
	printed = text_string(&text);
	assert_string_equal(
		printed, " u8v=(200) s8v=(253) u16v=0xfde8 (65000) s16v=0xfb2e (64302) "
			 "letter='Q'(81) flag=(1)"
			 " u32v=0xee6b2800 (-294967296) s32v=0xfffffff9 (-7)"
			 " u64v=0xf9ccd8a1c5080000 (-446744073709551616)"
			 " s64v=0x831993af1d7c0000 (-9000000000000000000)"
			 " ptr=0x7f1234567890 (139716164221072) f=1.5 d=-2.25 comm=sixteen letters!"
			 " array={0x1,0xfffffffe,0x3,0x7fffffff} "
			 "bytes={0x0,0x1,0x7f,0x80,0xfe,0xff} str=hello"
			 " words=01,00,00,00,02,00,00,00,ff,ff,ff,ff rel=relative "
			 "mask=ef,be,ad,de,05,00,00,00"
			 " name=(0x0000005500001234)");
	free(printed);
	utfs_plan_free(plan);
	utfs_event_format_free(format);
}

static void test_fields_of_cut_records(void **state)
{
	static const char fields[] = "field:char c[4];offset:8;size:4;signed:1;"
				     "field:__data_loc char[] s;offset:12;size:4;signed:1;"
				     "field:struct x y;offset:16;size:3;signed:1;"
				     "field:u32 last;offset:20;size:4;signed:0;";
	struct utfs_event_format *format = parse_fields(fields);
	uint32_t record[6] = {0, 0, 0x44434241, 4u << 16 | 20, 0, 0x31323334};
	static const struct {
		size_t len;
		const char *expected;
	} expected[] = {
		{24, " c=ABCD s=4321 y=<INVALID-SIZE> last=0x31323334 (825373492)"},
		{23, " c=ABCD s=<OVERFLOW> y=<INVALID-SIZE> last=<OVERFLOW>"},
		{18, " c=ABCD s=<OVERFLOW> y=<OVERFLOW> last=<OVERFLOW>"},
		{11, " c=<OVERFLOW> s=<OVERFLOW> y=<OVERFLOW> last=<OVERFLOW>"},
		{0, " c=<OVERFLOW> s=<OVERFLOW> y=<OVERFLOW> last=<OVERFLOW>"},
	};
	struct utfs_print_plan *plan;

	assert_int_equal(utfs_plan_fields(format, &plan), 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct eventfs_text text = {0};
		char *printed;

		utfs_print_event(plan, record, expected[i].len, &text);
		printed = text_string(&text);
		assert_string_equal(printed, expected[i].expected);
		free(printed);
	}
	utfs_plan_free(plan);
	utfs_event_format_free(format);
	format = parse_fields("");
	assert_int_equal(utfs_plan_fields(format, &plan), 0);
	for (int i = 0; i < 2; i++) {
		struct eventfs_text text = {0};
		char *printed;

		utfs_print_event(plan, record, 8, &text);
		printed = text_string(&text);
		assert_string_equal(printed, "No fields found");
		free(printed);
	}
	utfs_plan_free(plan);
	utfs_event_format_free(format);
}

static void check_cut(const char *print_fmt, size_t len_bytes, const char *expected)
{
	char *printed = print(all_fields, print_fmt, &all_record, len_bytes);

	assert_string_equal(printed, expected);
	free(printed);
}

/* A record that ends early faults where it ends, and a string that runs out prints what is there. */
static void test_cut_records(void **state)
{
	check_cut("\"%u %d\", REC->u32v, REC->s32v", 20, "4000000000 (fault)");
	check_cut("\"%u %d\", REC->u32v, REC->s32v", 19, "(fault) (fault)");
	check_cut("\"%x %5d end\", REC->u32v, REC->s32v", 23, "ee6b2800 (fault) end");
	check_cut("\"%d\", REC->s32v + 1", 23, "(fault)");
	check_cut("\"%s\", REC->comm", 71, "sixteen");
	check_cut("\"%s\", REC->comm", 64, "(fault)");
	check_cut("\"%s %s\", REC->comm, __get_str(str)", 131, "sixteen letters! hel");
	check_cut("\"%s\", __get_str(str)", 128, "(fault)");
	check_cut("\"%s\", __get_str(str)", 106, "(fault)");
	check_cut("\"[%8s]\", __get_str(str)", 131, "[     hel]");
	check_cut("\"%d\", __get_dynamic_array_len(words)", 140, "4");
	check_cut("\"%d\", REC->array[2]", 88, "(fault)");
	check_cut("\"%s\", __print_hex(REC->bytes, 6)", 99, "00 01 7f");
	check_cut("\"%s\", __print_array(REC->array, 4, 4)", 90, "{0x1,0xfffffffe}");
	check_cut("\"%s\", __print_symbolic(REC->s32v, { 1, \"a\" })", 23, "(fault)");
	check_cut("\"%s\", __print_flags(REC->s32v, \"|\", { 1, \"a\" })", 23, "(fault)");
	check_cut("\"%g %g\", REC->d, REC->f", 60, "(fault) 1.5");
	check_cut("\"%*d.\", REC->s32v, 5", 20, "(fault).");
	check_cut("\"nothing needed\"", 0, "nothing needed");
	check_cut("\"%d\", REC->common_pid", 8, "4242");
	check_cut("\"%d\", REC->common_pid", 0, "(fault)");
}

static void test_wild_values(void **state)
{
	struct record record = all_record;
	char *printed;

	check("\"%d %d\", 1 / 0, 1 % 0", "(fault) (fault)");
	check("\"%d\", REC->u8v / (REC->s8v + 3)", "(fault)");
	check("\"%d %d\", REC->array[4], REC->array[-1]", "(fault) (fault)");
	check("\"%d\", REC->array[REC->u64v]", "(fault)");
	check("\"%s\", __get_str(str) + 7", "(fault)");
	check("\"[%s]\", __get_str(str) + 6", "[]");
	record.str = 0xffffffff;
	record.rel = 0xffff0000;
	record.words = 0x0004ffff;
	printed =
		print(all_fields, "\"%s|%s|%s\", __get_str(str), __get_str(rel), __get_str(words)",
		      &record, sizeof(record));
	assert_string_equal(printed, "(fault)|\xa0|(fault)");
	free(printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_integers_of_every_size),
		cmocka_unit_test(test_every_number_of_digits),
		cmocka_unit_test(test_width_and_flags),
		cmocka_unit_test(test_width_is_bounded),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_comparisons_and_logic),
		cmocka_unit_test(test_short_circuit),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_casts),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_symbolic),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_hex_and_arrays),
		cmocka_unit_test(test_what_does_not_compile),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_fallback),
		cmocka_unit_test(test_fields_of_cut_records),
		cmocka_unit_test(test_cut_records),
		cmocka_unit_test(test_wild_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
