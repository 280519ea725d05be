/* SPDX-License-Identifier: MIT */
/* What stands around events. The expected texts were read off a Linux 6.18 kernel. */
#include "records.h"

static const struct utfs_line_style plain = {
	.context_info = true, .irq_info = true, .clock_in_ns = true};

struct message {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint64_t ip;
	char text[32];
};

static char *print_one(const struct utfs_line_style *style, const struct utfs_line *line)
{
	struct eventfs_text text = {0};

	utfs_print_line(&text, style, line);
	return text_string(&text);
}

static void check_line(const struct utfs_line_style *style, const struct utfs_line *line,
		       const char *expected)
{
	char *printed = print_one(style, line);

	assert_string_equal(printed, expected);
	free(printed);
}

/* The beginning of a line is taken from the one before only where nothing in it differs. */
static void test_lines_in_a_row(void **state)
{
	struct message message = {.type = 5, .pid = 7, .text = "x\n"}, other;
	struct utfs_line_head head = {0};
	struct utfs_line_style alone = plain, row;
	static const char *const comms[] = {"a", "b", "sixteen letters.", NULL};
	struct utfs_line line = {.record_bytes = sizeof(message), .timestamp = 1000};
	char expected[128];

	alone.tgid = true;
	row = alone;
	row.head = &head;
	for (unsigned int i = 0; i < 64; i++) {
		/* Each of them alone, and all in some order. */
		other = message;
		other.pid += i & 1;
		other.flags = i & 2 ? 1 : 0;
		other.preempt_count = i & 4 ? 3 : 0;
		line.record = &other;
		line.cpu = i & 8 ? 1 : 0;
		line.tgid = i & 16 ? 70 : 0;
		line.comm = comms[(i ^ i >> 3) & 3];
		for (int twice = 0; twice < 2; twice++) {
			struct eventfs_text text = {0};

			utfs_print_line(&text, &alone, &line);
			assert_true(text.len_bytes < sizeof(expected));
			memcpy(expected, text.data, text.len_bytes);
			expected[text.len_bytes] = '\0';
			eventfs_text_fini(&text);
			check_line(&row, &line, expected);
			line.timestamp += 1234567;
		}
	}
}

static void test_context(void **state)
{
	struct message message = {
		.type = 5, .preempt_count = 1, .pid = 4206, .text = "clk global\n"};
	struct utfs_line line = {.record = &message,
				 .record_bytes = sizeof(message),
				 .timestamp = UINT64_C(1539886746600),
				 .cpu = 1};
	struct utfs_line_style style = plain;

	check_line(&style, &line,
		   "           <...>-4206    [001] ...1.  1539.886747: tracing_mark_write: clk "
		   "global\n");
	line.timestamp = UINT64_C(1795447556247309000);
	check_line(
		&style, &line,
		"           <...>-4206    [001] ...1. 1795447556.247309: tracing_mark_write: clk "
		"global\n");
	style.clock_in_ns = false;
	line.timestamp = 2;
	check_line(&style, &line,
		   "           <...>-4206    [001] ...1.            2: tracing_mark_write: clk "
		   "global\n");
	line.timestamp = UINT64_C(3998612295250);
	check_line(&style, &line,
		   "           <...>-4206    [001] ...1. 3998612295250: tracing_mark_write: clk "
		   "global\n");
	style.clock_in_ns = true;
	line.timestamp = UINT64_C(1540181506000);
	style.irq_info = false;
	check_line(
		&style, &line,
		"           <...>-4206    [001]   1540.181506: tracing_mark_write: clk global\n");
	style.irq_info = true;
	style.tgid = true;
	check_line(&style, &line,
		   "           <...>-4206    (-------) [001] ...1.  1540.181506: "
		   "tracing_mark_write: clk global\n");
	line.tgid = 4200;
	line.comm = "memfd:sealed-91";
	message.pid = 12345678;
	line.cpu = 1234;
	check_line(&style, &line,
		   " memfd:sealed-91-12345678 (   4200) [1234] ...1.  1540.181506: "
		   "tracing_mark_write: clk global\n");
	style.context_info = false;
	check_line(&style, &line, "tracing_mark_write: clk global\n");
}

static void test_idle_and_odd_tasks(void **state)
{
	struct message message = {.type = 5, .text = "x"};
	struct utfs_line line = {.record = &message, .record_bytes = sizeof(message)};

	check_line(&plain, &line,
		   "          <idle>-0       [000] .....     0.000000: tracing_mark_write: x\n");
	message.pid = -1;
	line.comm = "a name that is longer than the column";
	line.timestamp = 999500;
	check_line(&plain, &line,
		   "a name that is longer than the column--1      [000] .....     0.001000: "
		   "tracing_mark_write: x\n");
	/* The head of the record is cut off. */
	line.record_bytes = 3;
	line.timestamp = UINT64_MAX;
	line.comm = "cut";
	check_line(
		&plain, &line,
		"             cut-0       [000] ..... 18446744073.709551: tracing_mark_write: \n");
}

static void test_flags(void **state)
{
	static const struct {
		uint8_t flags, preempt_count;
		const char *expected;
	} expected[] = {
		{0x00, 0x00, "....."}, {0x01, 0x00, "d...."}, {0x80, 0x00, "b...."},
		{0x81, 0x02, "D..2."}, {0x04, 0x00, ".n..."}, {0x20, 0x00, ".p..."},
		{0x24, 0x00, ".N..."}, {0x02, 0x00, ".l..."}, {0x06, 0x00, ".b..."},
		{0x22, 0x00, ".L..."}, {0x26, 0x00, ".B..."}, {0x08, 0x00, "..h.."},
		{0x10, 0x00, "..s.."}, {0x18, 0x00, "..H.."}, {0x40, 0x00, "..z.."},
		{0x48, 0x00, "..Z.."}, {0x50, 0x1f, "..zf1"}, {0xff, 0xff, "DBZff"},
	};
	struct message message = {.type = 5, .text = "x"};
	struct utfs_line line = {.record = &message, .record_bytes = sizeof(message)};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		char *printed;

		message.flags = expected[i].flags;
		message.preempt_count = expected[i].preempt_count;
		printed = print_one(&plain, &line);
		printed[strlen("          <idle>-0       [000] .....")] = '\0';
		assert_string_equal(printed + strlen("          <idle>-0       [000] "),
				    expected[i].expected);
		free(printed);
	}
}

static void test_messages(void **state)
{
	static const struct utfs_line_style bare = {0};
	static const struct {
		uint64_t ip;
		const char *text, *expected;
	} expected[] = {
		{0, "hello\n", "tracing_mark_write: hello\n"},
		{0, "hello", "tracing_mark_write: hello\n"},
		{0, "two\n\n", "tracing_mark_write: two\n\n"},
		{0, "a\nb\n", "tracing_mark_write: a\nb\n"},
		{0, "", "tracing_mark_write: \n"},
		{0, "100%d %s\n", "tracing_mark_write: 100%d %s\n"},
		{1, "from a program\n", "utfs_printf: from a program\n"},
		{0x401106, "there\n", "0x401106: there\n"},
	};
	struct message message = {.type = 5};
	struct utfs_line line = {.record = &message, .record_bytes = sizeof(message)};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		message.ip = expected[i].ip;
		strncpy(message.text, expected[i].text, sizeof(message.text) - 1);
		check_line(&bare, &line, expected[i].expected);
	}
	/* No NUL: the record's end is the message's. */
	strcpy(message.text, "abcdefgh");
	message.ip = 0;
	line.record_bytes = offsetof(struct message, text) + 4;
	check_line(&bare, &line, "tracing_mark_write: abcd\n");
	line.record_bytes = offsetof(struct message, text);
	check_line(&bare, &line, "tracing_mark_write: \n");
}

static void test_raw_data(void **state)
{
	static const struct utfs_line_style bare = {0};
	struct {
		uint16_t type;
		uint8_t flags, preempt_count;
		int32_t pid;
		uint32_t id;
		uint8_t bytes[8];
	} raw = {.type = UTFS_RAW_DATA_ID, .id = 0x201, .bytes = "abcdefgh"};
	struct utfs_line line = {.record = &raw, .record_bytes = 16};

	check_line(&bare, &line, "# 201 buf: 61 62 63 64\n");
	line.record_bytes = 20;
	raw.id = 1;
	check_line(&bare, &line, "# 1 buf: 61 62 63 64 65 66 67 68\n");
	line.record_bytes = 12;
	check_line(&bare, &line, "# 1 buf:\n");
	line.record_bytes = 9;
	check_line(&bare, &line, "# 0 buf:\n");
}

static void test_events(void **state)
{
	static const struct utfs_line_style bare = {0};
	struct utfs_event_format *format = parse_fields(all_fields);
	struct utfs_line line = {.record = &all_record,
				 .record_bytes = sizeof(all_record),
				 .name = "every_type",
				 .name_bytes = 10};
	struct utfs_print_plan *plan;

	check_line(&bare, &line, "Unknown type 77\n");
	assert_int_equal(utfs_plan_compile(format, "\"u8=%u\", REC->u8v", 17, &plan, NULL), 0);
	line.plan = plan;
	check_line(&bare, &line, "every_type: u8=200\n");
	check_line(&plain, &line,
		   "           <...>-4242    [000] .....     0.000000: every_type: u8=200\n");
	utfs_plan_free(plan);
	utfs_event_format_free(format);

	format = parse_fields("field:u8 u8v;offset:8;size:1;signed:0;");
	assert_int_equal(utfs_plan_fields(format, &plan), 0);
	line.plan = plan;
	check_line(&bare, &line, "every_type: u8v=(200)\n");
	utfs_plan_free(plan);
	utfs_event_format_free(format);

	format = parse_fields("");
	assert_int_equal(utfs_plan_fields(format, &plan), 0);
	line.plan = plan;
	check_line(&bare, &line, "every_type:No fields found\n");
	utfs_plan_free(plan);
	utfs_event_format_free(format);
}

static void test_lost(void **state)
{
	struct eventfs_text text = {0};
	char *printed;

	utfs_print_lost(&text, 3, 1234567890123);
	utfs_print_lost(&text, 0, 0);
	printed = text_string(&text);
	assert_string_equal(printed, "CPU:3 [LOST 1234567890123 EVENTS]\nCPU:0 [LOST EVENTS]\n");
	free(printed);
}

/* A kernel's own lines: "sh" wrote a marker, the next event came 32 ms later. */
static void test_latency_lines(void **state)
{
	struct message message = {.type = 5, .preempt_count = 1, .pid = 16889, .text = "hello\n"};
	struct utfs_line line = {.record = &message,
				 .record_bytes = sizeof(message),
				 .timestamp = UINT64_C(4749524568873),
				 .next_timestamp = UINT64_C(4749556628681),
				 .comm = "sh",
				 .cpu = 1};
	struct utfs_line_style style = plain;

	style.latency = true;
	check_line(&style, &line,
		   "      sh-16889     1...1. 4749524569us*: tracing_mark_write: hello\n");
	line.next_timestamp = line.timestamp;
	style.time_start = line.timestamp - 17000;
	check_line(&style, &line, "      sh-16889     1...1.   17us : tracing_mark_write: hello\n");
	line.next_timestamp = line.timestamp + 702000;
	check_line(&style, &line, "      sh-16889     1...1.   17us!: tracing_mark_write: hello\n");
	line.comm = "a-name-too-long";
	check_line(&style, &line, "a-name-t-16889     1...1.   17us!: tracing_mark_write: hello\n");
	line.comm = "sh";
	style.time_start = 0;
	style.verbose = true;
	line.index = 1;
	check_line(&style, &line,
		   "              sh   16889   1 0 00000001 00000001 [11b17fe59] "
		   "4749524.569ms (+0.702ms): tracing_mark_write: hello\n");
	style.clock_in_ns = false;
	line.timestamp = 0x12;
	line.next_timestamp = 0x15;
	check_line(&style, &line,
		   "              sh   16889   1 0 00000001 00000001 [0000000000000012] 18 (+3): "
		   "tracing_mark_write: hello\n");
	style.verbose = false;
	check_line(&style, &line, "      sh-16889     1...1.   18: tracing_mark_write: hello\n");
}

static void test_lines_of_numbers(void **state)
{
	struct message message = {.type = 5, .pid = 16889, .ip = 0x10, .text = "hello\n"};
	struct utfs_line line = {.record = &message,
				 .record_bytes = sizeof(message),
				 .timestamp = UINT64_C(0x451d5b98b29),
				 .cpu = 1};
	struct utfs_line_style style = plain;

	style.raw = true;
	check_line(&style, &line, "16889 1 4749524568873 # 10 hello\n");
	style.hex = true;
	check_line(&style, &line, "000041f9 00000001 00000451d5b98b29 type: 5\n\n");
	/* An event that nobody knows. */
	message.type = 500;
	check_line(&style, &line, "000041f9 00000001 00000451d5b98b29 \n");
	style.hex = false;
	check_line(&style, &line, "16889 1 4749524568873 500 ?\n");
	style.messages_bare = true;
	check_line(&style, &line, "16889 1 4749524568873 500 ?\n");
	message.type = 5;
	check_line(&style, &line, "hello\n");
}

static void check_header(struct utfs_line_style style, const char *expected)
{
	static const struct utfs_trace_totals totals = {6, 7, 2};
	struct eventfs_text text = {0};
	char *printed;

	utfs_print_header(&text, &style, "nop", &totals);
	printed = text_string(&text);
	assert_string_equal(printed, expected);
	free(printed);
}

static void test_headers(void **state)
{
	check_header(plain, "# tracer: nop\n"
			    "#\n"
			    "# entries-in-buffer/entries-written: 6/7   #P:2\n"
			    "#\n"
			    "#                                _-----=> irqs-off/BH-disabled\n"
			    "#                               / _----=> need-resched\n"
			    "#                              | / _---=> hardirq/softirq\n"
			    "#                              || / _--=> preempt-depth\n"
			    "#                              ||| / _-=> migrate-disable\n"
			    "#                              |||| /     delay\n"
			    "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
			    "#              | |         |   |||||     |         |\n");
	check_header((struct utfs_line_style){.context_info = true},
		     "# tracer: nop\n"
		     "#\n"
		     "# entries-in-buffer/entries-written: 6/7   #P:2\n"
		     "#\n"
		     "#           TASK-PID     CPU#     TIMESTAMP  FUNCTION\n"
		     "#              | |         |         |         |\n");
	check_header((struct utfs_line_style){.context_info = true, .tgid = true},
		     "# tracer: nop\n"
		     "#\n"
		     "# entries-in-buffer/entries-written: 6/7   #P:2\n"
		     "#\n"
		     "#           TASK-PID       TGID    CPU#     TIMESTAMP  FUNCTION\n"
		     "#              | |           |       |         |         |\n");
	check_header((struct utfs_line_style){.context_info = true, .irq_info = true, .tgid = true},
		     "# tracer: nop\n"
		     "#\n"
		     "# entries-in-buffer/entries-written: 6/7   #P:2\n"
		     "#\n"
		     "#                                          _-----=> irqs-off/BH-disabled\n"
		     "#                                         / _----=> need-resched\n"
		     "#                                        | / _---=> hardirq/softirq\n"
		     "#                                        || / _--=> preempt-depth\n"
		     "#                                        ||| / _-=> migrate-disable\n"
		     "#                                        |||| /     delay\n"
		     "#           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION\n"
		     "#              | |           |       |   |||||     |         |\n");
	check_header((struct utfs_line_style){.irq_info = true}, "# tracer: nop\n#\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_lines_in_a_row),
		cmocka_unit_test(test_idle_and_odd_tasks),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_raw_data),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_latency_lines),
		cmocka_unit_test(test_lines_of_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
