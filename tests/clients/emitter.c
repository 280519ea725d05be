/* SPDX-License-Identifier: MIT */
/*
 * A program to be traced: writers, each a process on a CPU of its own choice, emit events whose every field follows from writer and sequence number.
 *
 *	emitter ticks WRITERS COUNT	COUNT small events of each writer, as fast as it can
 *	emitter kinds WRITERS COUNT	every kind of field; prints what each should look like in trace-cmd's report: "CPU EVENT: TEXT"
 *	emitter messages COUNT		utfs_printf(), the text as "message N"
 *	emitter drip COUNT MS		one small event, a pause, and so on; "started" once it can be traced
 *
 * ticks ends with one line for each writer: "writer W pid P cpu C".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#include "../pin.h"

enum color { RED, GREEN, BLUE };

UTFS_EVENT(load, tick, UTFS_FIELDS(UTFS_FIELD(uint32_t, writer), UTFS_FIELD(uint64_t, seq)),
	   UTFS_PRINT("writer=%u seq=%llu", REC->writer, REC->seq));

UTFS_EVENT(load, numbers,
	   UTFS_FIELDS(UTFS_FIELD(uint32_t, writer), UTFS_FIELD(uint8_t, u8),
		       UTFS_FIELD(int8_t, s8), UTFS_FIELD(uint16_t, u16), UTFS_FIELD(int16_t, s16),
		       UTFS_FIELD(int32_t, s32), UTFS_FIELD(uint64_t, u64),
		       UTFS_FIELD(int64_t, s64), UTFS_FIELD(bool, odd)),
	   UTFS_PRINT("writer=%u u8=%u s8=%hhd u16=%u s16=%hd s32=%d u64=%llu s64=%lld odd=%d",
		      REC->writer, REC->u8, REC->s8, REC->u16, REC->s16, REC->s32, REC->u64,
		      REC->s64, REC->odd));

UTFS_EVENT(load, texts,
	   UTFS_FIELDS(UTFS_FIELD(uint32_t, writer), UTFS_STRING(path), UTFS_CHARS(name, 8),
		       UTFS_ARRAY(uint8_t, mac, 6), UTFS_DYNAMIC_ARRAY(uint16_t, list),
		       UTFS_FIELD(enum color, color), UTFS_FIELD(uint32_t, flags)),
	   UTFS_PRINT("writer=%u path=%s name=%s mac=%s list=%s color=%s flags=%s", REC->writer,
		      __get_str(path), REC->name, __print_hex(REC->mac, 6),
		      __print_array(__get_dynamic_array(list), __get_dynamic_array_len(list) / 2,
				    2),
		      __print_symbolic(REC->color, {RED, "red"}, {GREEN, "green"}, {BLUE, "blue"}),
		      __print_flags(REC->flags, "|", {1, "A"}, {2, "B"}, {4, "C"})),
	   UTFS_SYMBOLS(RED, GREEN, BLUE));

static const char *const color_names[] = {"red", "green", "blue"};
static const char *const flag_names[] = {"0x0", "A", "B", "A|B", "C", "A|C", "B|C", "A|B|C"};

static void emit_ticks(uint32_t writer, uint64_t count)
{
	for (uint64_t seq = 0; seq < count; seq++)
		trace_load_tick(writer, seq);
}

static void emit_numbers(FILE *expected, int cpu, uint32_t writer, uint64_t seq)
{
	uint8_t u8 = (uint8_t)seq;
	int8_t s8 = (int8_t) - (int)seq;
	uint16_t u16 = (uint16_t)(seq * 3 + writer);
	int16_t s16 = (int16_t) - (int)(seq * 5);
	int32_t s32 = (int32_t)(seq * 100003) * (seq % 2 ? -1 : 1);
	uint64_t u64 = seq << 40 | writer;
	int64_t s64 = -(int64_t)(seq << 35);

	trace_load_numbers(writer, u8, s8, u16, s16, s32, u64, s64, seq % 2);
	fprintf(expected,
		"%d numbers: writer=%u u8=%u s8=%d u16=%u s16=%d s32=%d u64=%" PRIu64
		" s64=%" PRId64 " odd=%d\n",
		cpu, writer, u8, s8, u16, s16, s32, u64, s64, (int)(seq % 2));
}

static void emit_texts(FILE *expected, int cpu, uint32_t writer, uint64_t seq)
{
	uint8_t mac[6];
	uint16_t list[4];
	size_t n_list = 1 + seq % 4;
	char path[300];
	char name[16];

	for (unsigned int i = 0; i < 6; i++)
		mac[i] = (uint8_t)(seq + i);
	for (unsigned int i = 0; i < n_list; i++)
		list[i] = (uint16_t)(seq * 7 + i);
	/* Lengths from one end of a page to the other. */
	snprintf(path, sizeof(path), "/%0*u", (int)(1 + seq % 250), (unsigned int)seq);
	snprintf(name, sizeof(name), "n%u", (unsigned int)(seq % 1000));
	trace_load_texts(writer, path, name, mac, list, n_list, (enum color)(seq % 3),
			 (uint32_t)(1 + seq % 7));
	fprintf(expected, "%d texts: writer=%u path=%s name=%s mac=", cpu, writer, path, name);
	for (unsigned int i = 0; i < 6; i++)
		fprintf(expected, "%s%02x", i ? " " : "", mac[i]);
	fputs(" list=", expected);
	for (unsigned int i = 0; i < n_list; i++)
		fprintf(expected, "%s%u", i ? " " : "", list[i]);
	fprintf(expected, " color=%s flags=%s\n", color_names[seq % 3], flag_names[1 + seq % 7]);
}

static void emit_kinds(FILE *expected, int cpu, uint32_t writer, uint64_t count)
{
	for (uint64_t seq = 0; seq < count; seq++) {
		emit_numbers(expected, cpu, writer, seq);
		emit_texts(expected, cpu, writer, seq);
	}
}

static void run_writer(const char *what, uint32_t writer, uint64_t count)
{
	int cpu = pin_nth_cpu(writer);

	if (strcmp(what, "kinds") == 0) {
		emit_kinds(stdout, cpu, writer, count);
	} else {
		emit_ticks(writer, count);
		printf("writer %u pid %d cpu %d\n", writer, getpid(), cpu);
	}
	fflush(stdout);
}

static int run_writers(const char *what, uint32_t n_writers, uint64_t count)
{
	int failed = 0;
	int status;

	for (uint32_t writer = 0; writer < n_writers; writer++) {
		pid_t pid = fork();

		if (pid == 0) {
			run_writer(what, writer, count);
			_exit(0);
		}
		failed |= pid < 0;
	}
	while (wait(&status) > 0 || errno == EINTR)
		failed |= status != 0;
	return failed;
}

static int drip(uint64_t count, unsigned int pause_ms)
{
	const struct timespec pause = {.tv_sec = pause_ms / 1000,
				       .tv_nsec = pause_ms % 1000 * 1000000L};

	puts("started");
	fflush(stdout);
	for (uint64_t seq = 0; seq < count; seq++) {
		trace_load_tick(0, seq);
		nanosleep(&pause, NULL);
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t second = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;

	/* Lines of several writers in one file stay whole. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

	if (trace_load_tick_status()) {
		fprintf(stderr, "emitter: not traced: %s\n", strerror(-trace_load_tick_status()));
		return 1;
	}
	if (argc == 4 && (strcmp(argv[1], "ticks") == 0 || strcmp(argv[1], "kinds") == 0))
		return run_writers(argv[1], (uint32_t)first, second);
	if (argc == 4 && strcmp(argv[1], "drip") == 0)
		return drip(first, (unsigned int)second);
	if (argc == 3 && strcmp(argv[1], "messages") == 0) {
		for (uint64_t i = 0; i < first; i++)
			utfs_printf("message %" PRIu64, i);
		return 0;
	}
	fputs("usage: emitter ticks|kinds WRITERS COUNT | drip COUNT MS | messages COUNT\n",
	      stderr);
	return 2;
}
