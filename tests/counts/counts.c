/* SPDX-License-Identifier: MIT */
/*
 * What is counted: each path a thousand times, and then callgrind is told to write down how many instructions that was, under the path's
 * name. counts.sh runs this and reads them.
 *
 * valgrind has no restartable sequences, so the arena is in locked mode there. The sequence needs no kernel as long as nothing interrupts
 * it, so the thread is given an area of its own: what is counted is the path that events take everywhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rseq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include <utracefs/utracefs.h>

#include "app/app.h"
#include "trace/trace.h"

#define TIMES 1000

UTFS_EVENT(counts, enabled, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(counts, disabled, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(counts, filtered, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(counts, counted, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(counts, both, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(counts, summed, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(counts, begun, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(counts, ended, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));

static struct utfs_trace *trace;
static struct eventfs *fs;

static void write_events(void)
{
	for (int i = 0; i < TIMES; i++)
		trace_counts_enabled(i, 7);
}

static void leave_out_events(void)
{
	for (int i = 0; i < TIMES; i++) {
		trace_counts_disabled(i, 7);
		__asm__ volatile("" : : : "memory");
	}
}

static void filter_events(void)
{
	for (int i = 0; i < TIMES; i++)
		trace_counts_filtered(i, 7);
}

static void count_events(void)
{
	for (int i = 0; i < TIMES; i++)
		trace_counts_counted(i, 7);
}

static void count_and_write_events(void)
{
	for (int i = 0; i < TIMES; i++)
		trace_counts_both(i, 7);
}

static void sum_events(void)
{
	for (int i = 0; i < TIMES; i++)
		trace_counts_summed(i, 7);
}

/* A beginning and an end, of one of 64 things. */
static void match_events(void)
{
	for (int i = 0; i < TIMES; i++) {
		trace_counts_begun(i % 64, i);
		trace_counts_ended(i % 64, i);
	}
}

static void must(int ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "counts: %s: %s\n", what, strerror(-ret));
		exit(1);
	}
}

static struct eventfs_file *open_file(const char *path, int flags)
{
	struct eventfs_request who = {0};
	struct eventfs_file *file = NULL;
	struct eventfs_attr attr;

	must(eventfs_walk(fs, path, &attr), path);
	must(eventfs_open(fs, attr.id, &who, flags, &file), path);
	return file;
}

static void write_file(const char *path, const char *text)
{
	struct eventfs_file *file = open_file(path, O_WRONLY);
	struct eventfs_request who = {0};

	must((int)eventfs_write(file, &who, text, strlen(text), 0), path);
	eventfs_release(file);
}

static void look_up(void)
{
	struct eventfs_attr system, attr;

	must(eventfs_walk(fs, "events/counts", &system), "events/counts");
	for (int i = 0; i < TIMES; i++)
		must(eventfs_lookup(fs, system.id, "enabled", &attr), "lookup");
}

static void read_file(const char *path)
{
	static char buf[65536];
	struct eventfs_file *file = open_file(path, O_RDONLY);
	struct eventfs_request who = {0};
	ssize_t n;
	off_t off = 0;

	do {
		n = eventfs_read(file, &who, buf, sizeof(buf), off);
		must(n == -EAGAIN ? 0 : (int)n, path);
		off += n;
	} while (n > 0);
	eventfs_release(file);
}

/* As many lines as there are events. */
static void print_lines(void)
{
	read_file("trace");
}

/* What a recorder does for each event, writing it included. */
static void move_events(void)
{
	write_events();
	read_file("per_cpu/cpu0/trace_pipe_raw");
}

static void record_in(const char *instance)
{
	char path[64];
	struct eventfs_attr attr, made;

	must(eventfs_walk(fs, "instances", &attr), "instances");
	must(eventfs_mkdir(fs, attr.id, instance, 0750, &made), instance);
	snprintf(path, sizeof(path), "instances/%s/events/counts/enabled/enable", instance);
	write_file(path, "1");
}

/* The second time counts: what the first sets up is not of the path. */
static void count(const char *name, void (*path)(void))
{
	path();
	CALLGRIND_ZERO_STATS;
	path();
	CALLGRIND_DUMP_STATS_AT(name);
}

int main(void)
{
	static struct rseq own_area;
	char why[UTFS_TRACE_WHY_BYTES];

	if (utfs_trace_open(NULL, &trace, why)) {
		fprintf(stderr, "counts: %s\n", why);
		return 1;
	}
	fs = utfs_trace_fs(trace);
	write_file("events/counts/filtered/filter", "second == 7 && first > 1000000000");
	write_file("events/counts/filtered/enable", "1");
	write_file("events/counts/enabled/enable", "1");
	trace_counts_enabled(0, 0);
	utfs_app.arena.mode = UTFS_MODE_RSEQ;
	utfs_thread.writer.rseq = &own_area;
	count("enabled", write_events);
	count("disabled", leave_out_events);
	count("filtered", filter_events);
	write_file("events/counts/counted/trigger", "hist:keys=first:size=4096");
	count("histogram", count_events);
	write_file("events/counts/summed/trigger", "hist:keys=first:vals=second:size=4096");
	count("summed", sum_events);
	write_file("events/counts/both/trigger", "hist:keys=first:size=4096");
	write_file("events/counts/both/enable", "1");
	count("counted-and-written", count_and_write_events);
	write_file("events/counts/begun/trigger", "hist:keys=first:since=second");
	write_file("events/counts/ended/trigger", "hist:keys=first:took=second-$since");
	count("match", match_events);
	count("lookup", look_up);
	count("moved", move_events);
	record_in("second");
	record_in("third");
	record_in("fourth");
	count("four-instances", write_events);
	/* Two thousand events are in the buffer, and so many lines are printed; the times are the same ones on all machines. */
	write_file("trace_clock", "counter");
	write_events();
	write_events();
	count("two-lines", print_lines);
	utfs_trace_close(trace);
	return 0;
}
