/* SPDX-License-Identifier: MIT */
/*
 * What an application evaluates when it writes events, holding anything: filters, gates, triggers, histograms, and the words that lead to them.
 * An input: how an event's record begins, then changes: which object, where in it, how many bytes, the bytes. Events are written; a
 * front end reads what it can and takes it all away.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "image.h"
#include "tree.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define RECORD_BYTES 48
#define NR_EVENTS    2
#define MAP_BYTES    8192
#define OBJECTS_MAX  64

static struct {
	char *at;
	size_t bytes;
} objects[OBJECTS_MAX];
static unsigned int nr_objects;

static void object_add(const void *at, size_t bytes)
{
	if (!at || nr_objects == OBJECTS_MAX)
		return;
	objects[nr_objects].at = (char *)(uintptr_t)at;
	objects[nr_objects++].bytes = bytes;
}

/* Return: what a word refers to. */
static const void *object_find(const struct utfs_arena *arena, uint64_t reference, uint32_t magic)
{
	uint32_t bytes = 0;
	const void *object = utfs_object_get(arena, reference, magic, &bytes);

	object_add(object, bytes);
	return object;
}

static void event_find(const struct utfs_arena *arena, uint32_t id)
{
	const struct utfs_event_state *state = utfs_event_state_at(arena, id);
	const struct utfs_filter_table *filters;
	const struct utfs_trigger_table *triggers;

	object_add(state, sizeof(*state));
	filters = object_find(arena, state->filters, UTFS_MAGIC_TABLE);
	triggers = object_find(arena, state->triggers, UTFS_MAGIC_TRIGGER_TABLE);
	if (filters)
		(void)object_find(arena, filters->programs[0], UTFS_MAGIC_PROGRAM);
	if (triggers)
		(void)object_find(arena, triggers->lists[0], UTFS_MAGIC_TRIGGERS);
}

static void hists_find(const struct utfs_arena *arena)
{
	uint64_t reference = 0;

	while (utfs_hist_plan_next(arena, &reference)) {
		uint64_t bytes = 0;
		const struct utfs_hist_plan *plan = utfs_hist_plan_get(arena, reference, &bytes);

		object_add(plan, bytes);
		object_add(plan ? utfs_block_get(arena, plan->map, UTFS_MAGIC_HIST_MAP) : NULL,
			   MAP_BYTES);
	}
}

static void objects_find(const struct utfs_arena *arena)
{
	struct utfs_recorder *recorder = utfs_recorder_at(arena, 0);

	object_add(recorder, sizeof(*recorder));
	for (uint32_t cpu = 0; cpu < arena->nr_cpus && cpu < 2; cpu++)
		object_add(utfs_cpu_buffer_at(arena, 0, cpu), sizeof(struct utfs_cpu_buffer));
	object_add(utfs_arena_element(arena, UTFS_REGION_CELLS, 0, sizeof(struct utfs_cell)),
		   arena->header->nr_cells * sizeof(struct utfs_cell));
	for (int gate = 0; gate < UTFS_NR_GATES; gate++)
		(void)object_find(arena, recorder->gates[gate],
				  gate == UTFS_GATE_CPUS ? UTFS_MAGIC_CPUS : UTFS_MAGIC_PIDS);
	for (uint32_t id = UTFS_EVENT_ID_FIRST; id < UTFS_EVENT_ID_FIRST + NR_EVENTS; id++)
		event_find(arena, id);
	hists_find(arena);
}

static void events_write(const uint8_t *begin)
{
	const struct utfs_arena *arena = &utfs_app.arena;
	union {
		uint64_t words[8];
		char bytes[UTFS_RECORD_HEADROOM + RECORD_BYTES];
	} record;

	static_assert(sizeof(record.words) >= UTFS_RECORD_HEADROOM + RECORD_BYTES, "aligned");
	for (uint32_t i = 0; i < 2 * NR_EVENTS; i++) {
		const uint32_t id = UTFS_EVENT_ID_FIRST + i % NR_EVENTS;

		memset(&record, 0, sizeof(record));
		memcpy(record.bytes + UTFS_RECORD_HEADROOM + 8, begin, RECORD_BYTES - 8);
		utfs_app_record_write(id, &utfs_event_state_at(arena, id)->mask, record.bytes,
				      RECORD_BYTES);
	}
}

static void put(struct utfs_trace *trace, const char *path, const char *text)
{
	fuzz_write(trace, path, text, strlen(text));
}

static struct utfs_trace *tree_make(void)
{
	static const char *const one[] = {
		"hist:keys=n:seen=common_timestamp.usecs,last=text",
		"hist:keys=n.log2,text,path:vals=n,hitcount:sort=n",
		"hist:keys=stacktrace:vals=n.buckets=8",
		"traceoff:2 if n == 77 || path ~ \"/x*\"",
		"stacktrace:3 if n > 5",
		"enable_event:fuzz:two",
		"snapshot:1 if n == 3",
	};
	static const uint8_t begin[RECORD_BYTES] = {7};
	struct utfs_trace *trace = fuzz_tree();
	struct utfs_app_context context;

	setenv("UTRACEFS_DIR", fuzz_directory(), 1);
	if (utfs_app_enter(&context) || utfs_app_attach())
		abort();
	utfs_app_leave(&context);
	put(trace, "buffer_size_kb", "16");
	put(trace, "synthetic_events", "made u64 lat; u32 n; char last[16]; char path[]");
	put(trace, "set_event_notrace_pid", "99998 99999");
	put(trace, "tracing_cpumask", "3");
	put(trace, "events/fuzz/one/filter",
	    "n > 5 && (text ~ \"a*\" || path == \"/x\" || CPUS{0-63})");
	put(trace, "events/fuzz/two/filter", "COMM ~ \"*fuzz*\" || n & 3");
	for (size_t i = 0; i < sizeof(one) / sizeof(*one); i++)
		put(trace, "events/fuzz/one/trigger", one[i]);
	put(trace, "events/fuzz/two/trigger",
	    "hist:keys=n:lat=common_timestamp.usecs-$seen,t=$last:"
	    "onmatch(fuzz.one).trace(made,$lat,n,$t,path):"
	    "onmax($lat).save(text,path):onchange($lat).snapshot()");
	put(trace, "events/synthetic/enable", "1");
	events_write(begin);
	return trace;
}

static void damage(const uint8_t *data, size_t bytes)
{
	size_t n;

	for (size_t at = 0; at + 4 < bytes; at += 4 + n) {
		const unsigned int object = data[at] % nr_objects;
		const size_t place =
			(data[at + 1] | (size_t)data[at + 2] << 8) % objects[object].bytes;

		n = data[at + 3] % 64;
		if (n > bytes - at - 4)
			n = bytes - at - 4;
		if (n > objects[object].bytes - place)
			n = objects[object].bytes - place;
		memcpy(objects[object].at + place, data + at + 4, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct utfs_trace *trace;

	if (!trace) {
		trace = tree_make();
		objects_find(&utfs_app.arena);
		fuzz_image_take(&trace->arena);
	}
	if (bytes < RECORD_BYTES)
		return 0;
	trace->arena.lock_timeout_ms = 50;
	damage(data + RECORD_BYTES, bytes - RECORD_BYTES);
	events_write(data);
	for (const char *const *path =
		     (const char *const[]){"events/fuzz/one/hist", "events/fuzz/two/hist",
					   "events/fuzz/one/trigger", "events/fuzz/two/trigger",
					   "events/fuzz/one/filter", "set_event_notrace_pid",
					   "trace", NULL};
	     *path; path++)
		fuzz_read(trace, *path);
	fuzz_clear(trace, "events/fuzz/two/trigger");
	fuzz_clear(trace, "events/fuzz/one/trigger");
	put(trace, "events/fuzz/filter", "0");
	events_write(data);
	fuzz_image_put(&trace->arena);
	return 0;
}
