/* SPDX-License-Identifier: MIT */
/* Recordings: the order of events, what is known of each, fields by type, texts, several files, and files that are damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../place.h"
#include "dat-build.h"
#include "recording/recording.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define FORMAT(name, id, fields, print)                                                            \
	"name: " name "\nID: " id "\nformat:\n" COMMON fields "\nprint fmt: " print "\n"

static const char tick[] = FORMAT(
	"tick", "100", "\tfield:u32 seq;\toffset:8;\tsize:4;\tsigned:0;\n", "\"seq=%u\", REC->seq");
static const char all[] =
	FORMAT("all", "101",
	       "\tfield:s8 small;\toffset:8;\tsize:1;\tsigned:1;\n"
	       "\tfield:bool yes;\toffset:9;\tsize:1;\tsigned:0;\n"
	       "\tfield:u16 list[2];\toffset:10;\tsize:4;\tsigned:0;\n"
	       "\tfield:float f;\toffset:16;\tsize:4;\tsigned:1;\n"
	       "\tfield:__data_loc char[] text;\toffset:20;\tsize:4;\tsigned:1;\n"
	       "\tfield:double d;\toffset:24;\tsize:8;\tsigned:1;\n"
	       "\tfield:char name[8];\toffset:32;\tsize:8;\tsigned:1;\n"
	       "\tfield:void * p;\toffset:40;\tsize:8;\tsigned:0;\n"
	       "\tfield:struct odd odd;\toffset:48;\tsize:3;\tsigned:0;\n"
	       "\tfield:__data_loc double[] ds;\toffset:52;\tsize:4;\tsigned:1;\n",
	       "\"d=%.2f %s\", REC->d, __get_str(text)");
static const char message[] = FORMAT("print", "5",
				     "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
				     "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:1;\n",
				     "\"%ps: %s\", (void *)REC->ip, REC->buf");

struct record_tick {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint32_t seq;
};

struct record_all {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	int8_t small;
	uint8_t yes;
	uint16_t list[2];
	float f;
	uint32_t text;
	double d;
	char name[8];
	uint64_t p;
	uint8_t odd[3];
	uint32_t ds;
	double elements[2];
	char string[8];
};

static char directory[PLACE_BYTES], path[2][96];

static int setup(void **state)
{
	if (!place_make(directory, "recording"))
		return -1;
	for (int i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%d.dat", directory, i);
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < 2; i++)
		unlink(path[i]);
	return rmdir(directory);
}

static void add_tick(struct dat *dat, unsigned int cpu, uint64_t timestamp, int32_t pid,
		     uint32_t seq)
{
	struct record_tick record = {.type = 100, .pid = pid, .seq = seq};

	dat_event(dat, cpu, timestamp, &record, sizeof(record));
}

static struct dat *new_dat(void)
{
	struct dat *dat = calloc(1, sizeof(*dat));

	assert_non_null(dat);
	dat->formats[0] = "load";
	dat->formats[1] = tick;
	dat->cmdlines = "10 ten\n11 eleven\n";
	dat->clock = "local global [mono] tai\n";
	dat->version = "utracefs 9.9";
	dat->tgids = "11 10\n10 10\n";
	return dat;
}

static struct utfs_recording *open_files(size_t n)
{
	const char *paths[] = {path[0], path[1]};
	struct utfs_recording_failure failure;
	struct utfs_recording *recording;

	if (utfs_recording_open(paths, n, &recording, &failure))
		fail_msg("%s: %s", failure.path, failure.text);
	return recording;
}

static uint64_t number(const struct utfs_recording_event *event, const char *name)
{
	struct utfs_recording_value value;
	const struct utfs_field *field =
		utfs_event_format_field(event->type->format, name, strlen(name));

	assert_non_null(field);
	utfs_recording_value(event, field, &value);
	assert_true(value.kind == UTFS_RECORDING_SIGNED || value.kind == UTFS_RECORDING_UNSIGNED);
	return value.u;
}

static void expect_text(struct utfs_recording *recording, const struct utfs_recording_event *event,
			const char *wanted)
{
	struct eventfs_text text = {0};

	utfs_recording_text(recording, event, &text);
	eventfs_text_putc(&text, '\0');
	assert_int_equal(text.error, 0);
	assert_string_equal(text.data, wanted);
	eventfs_text_fini(&text);
}

static void test_order(void **state)
{
	static const struct {
		uint64_t timestamp, lost;
		uint32_t seq, cpu;
		int32_t tid;
	} wanted[] = {
		{1000, 0, 1, 1, 11},
		{1005, 0, 2, 0, 10},
		{1007, 0, 3, 1, 11},
		{1007, 0, 4, 1, 10},
		{1009, 0, 5, 0, 0},
		{2000, 7, 6, 0, 12},
		{2000, UTFS_RECORDING_LOST_SOME, 7, 1, 11},
	};
	struct dat *dat = new_dat();
	struct utfs_recording_event event;
	struct utfs_recording *recording;

	dat_page(dat, 0, 1000, 0);
	add_tick(dat, 0, 1005, 10, 2);
	add_tick(dat, 0, 1009, 0, 5);
	dat_page(dat, 0, 2000, 7);
	add_tick(dat, 0, 2000, 12, 6);
	dat_page(dat, 1, 1000, 0);
	add_tick(dat, 1, 1000, 11, 1);
	add_tick(dat, 1, 1007, 11, 3);
	add_tick(dat, 1, 1007, 10, 4);
	dat_page(dat, 1, 2000, DAT_LOST_UNKNOWN);
	add_tick(dat, 1, 2000, 11, 7);
	dat_write(dat, path[0]);
	recording = open_files(1);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(utfs_recording_next(recording, &event), 1);
		assert_int_equal(event.timestamp, wanted[i].timestamp);
		assert_int_equal(event.cpu, wanted[i].cpu);
		assert_int_equal(event.stream, wanted[i].cpu);
		assert_int_equal(event.tid, wanted[i].tid);
		assert_int_equal(event.lost, wanted[i].lost);
		assert_int_equal(number(&event, "seq"), wanted[i].seq);
		assert_string_equal(event.type->name, "tick");
		assert_string_equal(event.type->system, "load");
		assert_int_equal(event.tgid, event.tid == 10 || event.tid == 11 ? 10 : 0);
		assert_null(event.instance);
		if (event.tid == 11)
			assert_string_equal(event.comm, "eleven");
		if (event.tid == 12)
			assert_null(event.comm);
		if (event.tid == 0)
			assert_string_equal(event.comm, "<idle>");
	}
	assert_int_equal(utfs_recording_next(recording, &event), 0);
	assert_int_equal(utfs_recording_next(recording, &event), 0);
	assert_string_equal(utfs_recording_about(recording, 0)->clock, "mono");
	assert_true(utfs_recording_about(recording, 0)->is_ours);
	assert_true(utfs_recording_about(recording, 0)->clock_in_ns);
	assert_int_equal(utfs_recording_about(recording, 0)->nr_cpus, 2);
	assert_null(utfs_recording_about(recording, 1));
	utfs_recording_close(recording);
	free(dat);
}

static const struct utfs_recording_value *value_of(const struct utfs_recording_event *event,
						   const char *name,
						   struct utfs_recording_value *value)
{
	return utfs_recording_value(
		event, utfs_event_format_field(event->type->format, name, strlen(name)), value);
}

static void test_values(void **state)
{
	struct record_all record = {
		.type = 101,
		.pid = 10,
		.small = -3,
		.yes = 1,
		.list = {7, 65535},
		.f = 2.5f,
		.text = 6u << 16 | offsetof(struct record_all, string),
		.d = -0.125,
		.name = "abc",
		.p = UINT64_C(0xffffffffffffff00),
		.odd = {1, 2, 3},
		.ds = 16u << 16 | offsetof(struct record_all, elements),
		.elements = {0.5, 1e300},
		.string = "hello",
	};
	struct dat *dat = new_dat();
	struct utfs_recording_event event;
	struct utfs_recording_value value, element;
	struct utfs_recording *recording;

	dat->formats[0] = "load";
	dat->formats[1] = all;
	dat_page(dat, 0, 1, 0);
	dat_event(dat, 0, 1, &record, sizeof(record));
	dat_event(dat, 0, 1, &record, 24); /* cut off */
	dat_write(dat, path[0]);
	recording = open_files(1);
	assert_int_equal(utfs_recording_next(recording, &event), 1);
	assert_int_equal(value_of(&event, "small", &value)->kind, UTFS_RECORDING_SIGNED);
	assert_int_equal(value.i, -3);
	assert_int_equal(value_of(&event, "yes", &value)->kind, UTFS_RECORDING_UNSIGNED);
	assert_int_equal(value.u, 1);
	assert_int_equal(value_of(&event, "p", &value)->kind, UTFS_RECORDING_UNSIGNED);
	assert_true(value.u == UINT64_C(0xffffffffffffff00));
	assert_int_equal(value_of(&event, "f", &value)->kind, UTFS_RECORDING_FLOAT);
	assert_true(value.f == 2.5);
	assert_true(value_of(&event, "d", &value)->f == -0.125);
	assert_int_equal(value_of(&event, "name", &value)->kind, UTFS_RECORDING_STRING);
	assert_int_equal(value.bytes, 3);
	assert_memory_equal(value.data, "abc", 3);
	assert_int_equal(value_of(&event, "text", &value)->kind, UTFS_RECORDING_STRING);
	assert_int_equal(value.bytes, 5);
	assert_memory_equal(value.data, "hello", 5);
	assert_int_equal(value_of(&event, "odd", &value)->kind, UTFS_RECORDING_OPAQUE);
	assert_int_equal(value.bytes, 3);
	assert_int_equal(value_of(&event, "list", &value)->kind, UTFS_RECORDING_ARRAY);
	assert_int_equal(value.count, 2);
	assert_int_equal(utfs_recording_element(&value, 1, &element)->kind,
			 UTFS_RECORDING_UNSIGNED);
	assert_int_equal(element.u, 65535);
	assert_int_equal(utfs_recording_element(&value, 2, &element)->kind, UTFS_RECORDING_NONE);
	assert_int_equal(value_of(&event, "ds", &value)->element, UTFS_RECORDING_FLOAT);
	assert_int_equal(value.count, 2);
	assert_true(utfs_recording_element(&value, 1, &element)->f == 1e300);
	expect_text(recording, &event, "d=-0.12 hello");

	assert_int_equal(utfs_recording_next(recording, &event), 1);
	assert_int_equal(value_of(&event, "f", &value)->kind, UTFS_RECORDING_FLOAT);
	assert_int_equal(value_of(&event, "text", &value)->kind, UTFS_RECORDING_NONE);
	assert_int_equal(value_of(&event, "d", &value)->kind, UTFS_RECORDING_NONE);
	assert_int_equal(value_of(&event, "name", &value)->kind, UTFS_RECORDING_NONE);
	assert_int_equal(value_of(&event, "odd", &value)->kind, UTFS_RECORDING_NONE);
	utfs_recording_close(recording);
	free(dat);
}

static void test_texts(void **state)
{
	struct {
		uint16_t type;
		uint8_t flags, preempt_count;
		int32_t pid;
		uint64_t ip;
		char buf[12];
	} __attribute__((packed)) print = {.type = 5, .buf = "so it was\n"};
	struct record_tick unknown = {.type = 77};
	struct dat *dat = new_dat();
	struct utfs_recording_event event;
	struct utfs_recording *recording;
	size_t n = 0;

	dat->formats[2] = "ftrace";
	dat->formats[3] = message;
	dat_page(dat, 0, 1, 0);
	add_tick(dat, 0, 1, 10, 17);
	dat_event(dat, 0, 2, &print, sizeof(print));
	dat_event(dat, 0, 3, &unknown, sizeof(unknown));
	dat_event(dat, 0, 4, &unknown, sizeof(unknown));
	dat_write(dat, path[0]);
	recording = open_files(1);
	assert_int_equal(utfs_recording_next(recording, &event), 1);
	expect_text(recording, &event, "seq=17");
	assert_int_equal(utfs_recording_next(recording, &event), 1);
	assert_string_equal(event.type->system, "ftrace");
	expect_text(recording, &event, "so it was");
	while (utfs_recording_next(recording, &event) == 1) {
		assert_string_equal(event.type->system, "unknown");
		assert_string_equal(event.type->name, "77");
		assert_int_equal(event.type->index, 2);
		n++;
	}
	assert_int_equal(n, 2);
	assert_non_null(utfs_recording_type(recording, 2));
	assert_null(utfs_recording_type(recording, 3));
	utfs_recording_close(recording);
	free(dat);
}

static void test_two_files(void **state)
{
	const char *paths[] = {path[0], path[1]};
	struct dat *dat = new_dat();
	struct utfs_recording_failure failure;
	struct utfs_recording_event event;
	struct utfs_recording *recording;

	dat_page(dat, 0, 10, 0);
	add_tick(dat, 0, 10, 10, 0);
	add_tick(dat, 0, 30, 10, 2);
	dat_write(dat, path[0]);
	dat->nr_pages[0] = 0;
	memset(dat->page, 0, sizeof(dat->page));
	dat->version = "3.1.6";
	dat->clock = "local global counter [mono]";
	dat->cmdlines = "12 twelve\n";
	dat->tgids = NULL;
	dat_page(dat, 1, 20, 0);
	add_tick(dat, 1, 20, 11, 1);
	add_tick(dat, 1, 40, 12, 3);
	dat_write(dat, path[1]);
	recording = open_files(2);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(utfs_recording_next(recording, &event), 1);
		assert_int_equal(number(&event, "seq"), i);
		assert_int_equal(event.type->file, i % 2);
		assert_int_equal(event.stream, i % 2 ? DAT_CPUS + 1 : 0);
		/* What one file knows of a thread holds for the other's events. */
		assert_string_equal(event.comm, i == 1 ? "eleven" : i == 3 ? "twelve" : "ten");
		assert_int_equal(event.tgid, i == 3 ? 0 : 10);
	}
	assert_int_equal(utfs_recording_next(recording, &event), 0);
	utfs_recording_close(recording);

	dat->clock = "mono [boot]";
	dat_write(dat, path[1]);
	assert_int_equal(utfs_recording_open(paths, 2, &recording, &failure), -EXDEV);
	assert_null(recording);
	assert_non_null(strstr(failure.text, "'mono'"));
	assert_non_null(strstr(failure.text, "'boot'"));
	/* `local` is the kernel's own, and ours is ours. */
	dat->clock = "[local] mono";
	dat_write(dat, path[1]);
	dat->version = "utracefs 1";
	dat_write(dat, path[0]);
	assert_int_equal(utfs_recording_open(paths, 2, &recording, &failure), -EXDEV);
	dat_write(dat, path[1]);
	assert_int_equal(utfs_recording_open(paths, 2, &recording, &failure), 0);
	utfs_recording_close(recording);
	free(dat);
}

/* Opens a file of a clock with events at 1000 and 3000. Return: are the times in ns? */
static bool opens_clock(const char *clock, uint32_t mult, uint32_t shift, uint64_t times[2])
{
	struct dat *dat = new_dat();
	struct utfs_recording_event event;
	struct utfs_recording *recording;
	bool in_ns;

	dat->clock = clock;
	dat->scale = (struct utfs_dat_tsc2nsec){.mult = mult, .shift = shift, .offset = 7};
	dat_page(dat, 0, 1000, 0);
	add_tick(dat, 0, 1000, 10, 0);
	add_tick(dat, 0, 3000, 10, 1);
	dat_write(dat, path[0]);
	free(dat);
	recording = open_files(1);
	in_ns = utfs_recording_about(recording, 0)->clock_in_ns;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(utfs_recording_next(recording, &event), 1);
		times[i] = event.timestamp;
	}
	utfs_recording_close(recording);
	return in_ns;
}

static void test_clocks(void **state)
{
	uint64_t times[2];

	assert_true(opens_clock("[local] mono", 0, 0, times));
	assert_int_equal(times[0], 1000);
	assert_true(opens_clock("local [uptime]", 0, 0, times));
	assert_int_equal(times[0], UINT64_C(10000000000));
	assert_int_equal(times[1], UINT64_C(30000000000));
	assert_false(opens_clock("local [counter]", 0, 0, times));
	assert_int_equal(times[1], 3000);
	assert_false(opens_clock("local [ppc-tb]", 0, 0, times));
	assert_int_equal(times[1], 3000);
	/* The CPU's counter, as it is and with what its rate is. */
	assert_false(opens_clock("local [x86-tsc]", 0, 0, times));
	assert_int_equal(times[1], 3000);
	assert_true(opens_clock("local [x86-tsc]", 3, 1, times));
	assert_int_equal(times[0], 1500);
	assert_int_equal(times[1], 4500);
}

/* Files of one counter are told with one rate: that of the first that has one. */
static void test_rates(void **state)
{
	struct dat *dat = new_dat();
	struct utfs_recording_event event;
	struct utfs_recording *recording;
	/* The first file's rate, the second's; what 2000 of the one and 2001 of the other are. */
	static const struct {
		struct utfs_dat_tsc2nsec scale[2];
		uint64_t time[2];
	} cases[] = {
		{{{.mult = 3, .shift = 1}, {.mult = 3, .shift = 1}}, {3000, 3001}},
		{{{.mult = 3, .shift = 1}, {.mult = 0}}, {3000, 3001}},
		{{{.mult = 0}, {.mult = 3, .shift = 1}}, {3000, 3001}},
		{{{.mult = 3, .shift = 1}, {.mult = 1u << 30, .shift = 29}}, {3000, 3001}},
		{{{.mult = 1u << 30, .shift = 29}, {.mult = 3, .shift = 1}}, {4000, 4002}},
	};

	dat->clock = "local [x86-tsc]";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int j = 0; j < 2; j++) {
			dat->nr_pages[0] = 0;
			memset(dat->page, 0, sizeof(dat->page));
			dat_page(dat, 0, 2000, 0);
			add_tick(dat, 0, 2000 + (uint64_t)j, 10, 0);
			dat->scale = cases[i].scale[j];
			dat->version = j ? "3.1.6" : "utracefs 1";
			dat_write(dat, path[j]);
		}
		recording = open_files(2);
		for (uint16_t j = 0; j < 2; j++) {
			assert_true(utfs_recording_about(recording, j)->clock_in_ns);
			assert_int_equal(utfs_recording_next(recording, &event), 1);
			assert_int_equal(event.type->file, j);
			assert_int_equal(event.timestamp, cases[i].time[j]);
		}
		utfs_recording_close(recording);
	}
	free(dat);
}

/* Whatever a file begins with: no crash, and no recording out of half of one. */
static void test_damage(void **state)
{
	const char *paths[] = {path[0]};
	struct dat *dat = new_dat();
	struct utfs_recording_failure failure;
	struct utfs_recording *recording;
	size_t bytes;

	dat_page(dat, 0, 10, 0);
	add_tick(dat, 0, 10, 10, 0);
	bytes = dat_write(dat, path[0]);
	assert_true(bytes > 2 * DAT_PAGE_BYTES / 2);
	recording = open_files(1);
	utfs_recording_close(recording);
	/* Its head is in front of the page. */
	for (size_t at = bytes - DAT_PAGE_BYTES - 1; at-- > 0;) {
		assert_int_equal(truncate(path[0], (off_t)at), 0);
		if (utfs_recording_open(paths, 1, &recording, &failure) == 0)
			utfs_recording_close(recording);
		else
			assert_null(recording);
		if (at < 800) {
			assert_null(recording);
			assert_true(*failure.text);
			assert_ptr_equal(failure.path, path[0]);
		}
	}
	unlink(path[0]);
	assert_int_equal(utfs_recording_open(paths, 1, &recording, &failure), -ENOENT);
	assert_string_equal(failure.text, "No such file or directory");
	assert_int_equal(utfs_recording_open(paths, 0, &recording, &failure), -ENOENT);
	free(dat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clocks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
