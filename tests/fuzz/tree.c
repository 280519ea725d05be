/* SPDX-License-Identifier: MIT */
#include "../place.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

static const struct eventfs_request nobody;
static char directory[PLACE_BYTES], file[80];

static void remove_all(void)
{
	unlink(file);
	rmdir(directory);
}

static void event_add(struct utfs_arena *arena, const char *name)
{
	static const char fields[] =
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:u32 n;\toffset:8;\tsize:4;\tsigned:0;\n"
		"\tfield:char text[16];\toffset:12;\tsize:16;\tsigned:0;\n"
		"\tfield:__data_loc char[] path;\toffset:28;\tsize:4;\tsigned:0;\n";
	const struct utfs_event_strings event = {.system = "fuzz",
						 .system_bytes = 4,
						 .name = name,
						 .name_bytes = strlen(name),
						 .fields = fields,
						 .fields_bytes = strlen(fields),
						 .print_fmt = "\"n=%u\", REC->n",
						 .print_bytes = 14,
						 .record_bytes = 32};
	uint32_t id;

	if (utfs_tx_begin(arena) || utfs_tx_end(arena, utfs_event_register(arena, &event, &id)))
		abort();
}

const char *fuzz_directory(void)
{
	return directory;
}

struct utfs_trace *fuzz_tree(void)
{
	char why[UTFS_TRACE_WHY_BYTES];
	struct utfs_trace *trace;
	struct eventfs_attr attr;

	setenv("UTRACEFS_ARENA_SIZE", "64M", 1);
	if (!place_make(directory, "utracefs-fuzz") || utfs_trace_open(directory, &trace, why))
		abort();
	snprintf(file, sizeof(file), "%s/arena", directory);
	atexit(remove_all);
	event_add(&trace->arena, "one");
	event_add(&trace->arena, "two");
	if (eventfs_walk(utfs_trace_fs(trace), "instances", &attr) ||
	    eventfs_mkdir(utfs_trace_fs(trace), attr.id, "i", 0700, &attr))
		abort();
	/* Small: each input may have all of it put back. */
	fuzz_write(trace, "buffer_size_kb", "32", 2);
	fuzz_write(trace, "instances/i/buffer_size_kb", "32", 2);
	fuzz_write(trace, "events/enable", "1", 1);
	fuzz_write(trace, "instances/i/events/fuzz/one/enable", "1", 1);
	return trace;
}

void fuzz_write(struct utfs_trace *trace, const char *path, const void *data, size_t bytes)
{
	struct eventfs_file *handle;
	struct eventfs_attr attr;

	if (eventfs_walk(utfs_trace_fs(trace), path, &attr) ||
	    eventfs_open(utfs_trace_fs(trace), attr.id, &nobody, O_WRONLY, &handle))
		return;
	(void)eventfs_write(handle, &nobody, data, bytes, 0);
	eventfs_release(handle);
}

void fuzz_clear(struct utfs_trace *trace, const char *path)
{
	struct eventfs_file *handle;
	struct eventfs_attr attr;

	if (!eventfs_walk(utfs_trace_fs(trace), path, &attr) &&
	    !eventfs_open(utfs_trace_fs(trace), attr.id, &nobody, O_WRONLY | O_TRUNC, &handle))
		eventfs_release(handle);
}

void fuzz_read(struct utfs_trace *trace, const char *path)
{
	static char text[4096];
	struct eventfs_file *handle;
	struct eventfs_attr attr;
	off_t at = 0;
	ssize_t n;

	if (eventfs_walk(utfs_trace_fs(trace), path, &attr) ||
	    eventfs_open(utfs_trace_fs(trace), attr.id, &nobody, O_RDONLY, &handle))
		return;
	while (at < 65536 && (n = eventfs_read(handle, &nobody, text, sizeof(text), at)) > 0)
		at += n;
	eventfs_release(handle);
}

void fuzz_walk(struct utfs_trace *trace)
{
	static const char *const paths[] = {
		"available_events",
		"set_event",
		"dynamic_events",
		"error_log",
		"pending_events",
		"set_event_pid",
		"tracing_cpumask",
		"trace_options",
		"trace",
		"trace_pipe",
		"saved_cmdlines",
		"printk_formats",
		"buffer_total_size_kb",
		"per_cpu/cpu0/stats",
		"per_cpu/cpu0/trace_pipe_raw",
		"events/enable",
		"events/fuzz/filter",
		"events/fuzz/one/format",
		"events/fuzz/one/filter",
		"events/fuzz/one/trigger",
		"events/fuzz/two/id",
		"events/fuzz/two/enable",
		"instances/i/trace",
		"instances/i/events/fuzz/one/filter",
		"instances/i/per_cpu/cpu0/stats",
		"synthetic_events",
		"snapshot",
		"per_cpu/cpu0/snapshot_raw",
		"events/fuzz/one/hist",
		"events/fuzz/one/hist_debug",
		"events/fuzz/two/hist",
		"events/fuzz/two/hist_debug",
		"events/fuzz/two/trigger",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		fuzz_read(trace, paths[i]);
}

void fuzz_emit(struct utfs_trace *trace)
{
	struct utfs_writer writer = {0};

	if (utfs_writer_init(&writer, &trace->arena, gettid()))
		return;
	for (unsigned int recorder = 0; recorder < 3; recorder++) {
		uint64_t buffer[8] = {0};

		for (int i = 0; i < 40; i++)
			(void)utfs_ring_write(&writer, recorder, buffer, 32, NULL, 0);
	}
}
