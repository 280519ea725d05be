/* SPDX-License-Identifier: MIT */
/*
 * What people change by writing to files. The file is open, and so pinned, before; the change is the write alone. Where a
 * write is more than one transaction (recorders are made, buffers are emptied), it has to be right when it is written again.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../pin.h"
#include "crash.h"
#include "ring/internal.h"
#include "trace/check.h"
#include "trace/trace.h"

static const struct eventfs_request nobody;

static struct {
	struct utfs_trace *trace;
	struct eventfs_file *file;
	struct eventfs_attr attr;
} opened;

static int tree_open(struct utfs_arena *arena, const char *path)
{
	char dir[80], why[UTFS_TRACE_WHY_BYTES];
	int ret;

	crash_directory(arena, dir);
	ret = utfs_trace_open(dir, &opened.trace, why);
	if (ret)
		fprintf(stderr, "%s\n", why);
	return ret ? ret : eventfs_walk(utfs_trace_fs(opened.trace), path, &opened.attr);
}

static int file_open(struct utfs_arena *arena, const char *path)
{
	int ret = tree_open(arena, path);

	if (!ret)
		ret = eventfs_open(utfs_trace_fs(opened.trace), opened.attr.id, &nobody, O_WRONLY,
				   &opened.file);
	if (ret)
		fprintf(stderr, "%s: %s\n", path, strerror(-ret));
	return ret;
}

static int file_write(const char *text)
{
	ssize_t n = eventfs_write(opened.file, &nobody, text, strlen(text), 0);

	return n < 0 ? (int)n : 0;
}

static int path_write(struct utfs_arena *arena, const char *path, const char *text)
{
	int ret = file_open(arena, path);

	if (!ret)
		ret = file_write(text);
	eventfs_release(opened.file);
	utfs_trace_close(opened.trace);
	memset(&opened, 0, sizeof(opened));
	return ret;
}

static int event(struct utfs_arena *arena)
{
	static const char fields[] =
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;\n";
	static const char *const names[] = {"one", "two"};
	uint32_t id;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	for (size_t i = 0; !ret && i < sizeof(names) / sizeof(*names); i++) {
		const struct utfs_event_strings strings = {.system = "sys",
							   .system_bytes = 3,
							   .name = names[i],
							   .name_bytes = 3,
							   .fields = fields,
							   .fields_bytes = sizeof(fields) - 1,
							   .print_fmt = "\"%d\", REC->a",
							   .print_bytes = 12,
							   .record_bytes = 12};

		ret = utfs_event_register(arena, &strings, &id);
	}
	if (!ret)
		utfs_tx_set(arena, &utfs_instance_at(arena, 0)->buffer_kb, 12);
	return utfs_tx_end(arena, ret);
}

static int event_enabled(struct utfs_arena *arena)
{
	int ret = event(arena);

	return ret ? ret : path_write(arena, "events/enable", "1");
}

static int event_filtered(struct utfs_arena *arena)
{
	int ret = event_enabled(arena);

	return ret ? ret : path_write(arena, "events/sys/one/filter", "a > 3");
}

static int event_counted(struct utfs_arena *arena)
{
	int ret = event_enabled(arena);

	return ret ? ret
		   : path_write(arena, "events/sys/one/trigger", "hist:keys=a:size=128:name=x");
}

static int events_counted(struct utfs_arena *arena)
{
	int ret = event_counted(arena);

	return ret ? ret
		   : path_write(arena, "events/sys/two/trigger", "hist:keys=a:size=128:name=x");
}

static int event_triggered(struct utfs_arena *arena)
{
	int ret = event_filtered(arena);

	if (!ret)
		ret = path_write(arena, "events/sys/one/trigger", "traceoff:9 if a > 5");
	if (!ret)
		ret = path_write(arena, "events/sys/two/trigger", "enable_event:sys:one:2");
	return ret ? ret : path_write(arena, "events/sys/one/enable", "0");
}

static int synthetic(struct utfs_arena *arena)
{
	int ret = event(arena);

	return ret ? ret : path_write(arena, "synthetic_events", "known u64 lat; char text[]");
}

static int variable_kept(struct utfs_arena *arena)
{
	int ret = event_enabled(arena);

	if (!ret)
		ret = path_write(arena, "synthetic_events", "known s32 d; s32 v");
	return ret ? ret : path_write(arena, "events/sys/one/trigger", "hist:keys=a:v=a:size=128");
}

static int field_helped(struct utfs_arena *arena)
{
	int ret = variable_kept(arena);

	return ret ? ret
		   : path_write(arena, "events/sys/two/trigger",
				"hist:keys=a:onmatch(sys.one).trace(known,sys.one.a,sys.one.a):"
				"size=128");
}

static int hist_switched(struct utfs_arena *arena)
{
	int ret = event_counted(arena);

	return ret ? ret : path_write(arena, "events/sys/two/trigger", "disable_hist:sys:one:5");
}

static int make(struct utfs_arena *arena, const char *name)
{
	struct eventfs_attr attr;
	int ret = tree_open(arena, "instances");

	if (!ret)
		ret = eventfs_mkdir(utfs_trace_fs(opened.trace), opened.attr.id, name, 0755, &attr);
	return ret;
}

static int instances_open(struct utfs_arena *arena)
{
	return tree_open(arena, "instances");
}

static int instance_made(struct utfs_arena *arena)
{
	(void)arena;
	return eventfs_mkdir(utfs_trace_fs(opened.trace), opened.attr.id, "new", 0755,
			     &opened.attr);
}

static int instance_enabled(struct utfs_arena *arena)
{
	int ret = event(arena);

	if (!ret)
		ret = make(arena, "old");
	utfs_trace_close(opened.trace);
	opened.trace = NULL;
	if (!ret)
		ret = path_write(arena, "instances/old/buffer_size_kb", "12");
	if (!ret)
		ret = path_write(arena, "instances/old/events/enable", "1");
	if (!ret)
		ret = path_write(arena, "instances/old/events/sys/one/trigger",
				 "enable_event:sys:two:3 if a == 1");
	return ret ? ret : path_write(arena, "instances/old/events/sys/two/trigger", "traceoff:4");
}

static int instance_removed(struct utfs_arena *arena)
{
	int ret = eventfs_rmdir(utfs_trace_fs(opened.trace), opened.attr.id, "old");

	(void)arena;
	/* The one before got as far as that. */
	return ret == -ENOENT ? 0 : ret;
}

static int file_cut(struct utfs_arena *arena)
{
	struct eventfs_file *file;
	int ret = eventfs_open(utfs_trace_fs(opened.trace), opened.attr.id, &nobody,
			       O_WRONLY | O_TRUNC, &file);

	(void)arena;
	if (!ret)
		eventfs_release(file);
	return ret;
}

/* A write that is refused, and says why in the error log. */
static int refused(const char *text)
{
	int ret = file_write(text);

	return ret < 0 ? 0 : -EINVAL;
}

static int path_refused(struct utfs_arena *arena, const char *path, const char *text)
{
	return path_write(arena, path, text) < 0 ? 0 : -EINVAL;
}

static int error_logged(struct utfs_arena *arena)
{
	int ret = event(arena);

	return ret ? ret : path_refused(arena, "events/sys/one/filter", "b == 1");
}

static int threads_chosen(struct utfs_arena *arena)
{
	int ret = event_enabled(arena);

	return ret ? ret : path_write(arena, "set_event_pid", "17 18");
}

static int rules_pending(struct utfs_arena *arena)
{
	int ret = event(arena);

	return ret ? ret : path_write(arena, "pending_events", "other:* enable");
}

static int snapshot_there(struct utfs_arena *arena)
{
	int ret = event_enabled(arena);

	return ret ? ret : path_write(arena, "snapshot", "1");
}

static int event_made(struct utfs_arena *arena)
{
	int ret = event(arena);

	return ret ? ret : path_write(arena, "dynamic_events", "u:user_event/one int a");
}

static int pausing(struct utfs_arena *arena)
{
	int ret = event_enabled(arena);

	return ret ? ret : path_write(arena, "options/pause-on-trace", "1");
}

static int trace_read(struct utfs_arena *arena)
{
	(void)arena;
	return eventfs_open(utfs_trace_fs(opened.trace), opened.attr.id, &nobody, O_RDONLY,
			    &opened.file);
}

static int reader_begins(struct utfs_arena *arena)
{
	int ret = tree_open(arena, "trace");

	return ret ? ret : trace_read(arena);
}

/* A reader that held recording back, and is dead. */
static int reader_dead(struct utfs_arena *arena)
{
	char dir[80];
	int ret = pausing(arena);

	crash_directory(arena, dir);
	return ret ? ret : crash_dead_process(dir, reader_begins);
}

static int root_open(struct utfs_arena *arena)
{
	return tree_open(arena, "");
}

static int file_closed(struct utfs_arena *arena)
{
	(void)arena;
	eventfs_release(opened.file);
	return 0;
}

/* What is recorded goes to one CPU, that every process can use. */
static int one_cpu(void)
{
	const int cpu = pin_nth_cpu(0);

	return cpu < 0 ? cpu : 0;
}

static int marker_open(struct utfs_arena *arena)
{
	int ret = one_cpu();

	/* By time, a slow machine would need more bytes for it. */
	if (!ret)
		ret = path_write(arena, "trace_clock", "counter");
	return ret ? ret : file_open(arena, "trace_marker");
}

static int marker_write(struct utfs_arena *arena)
{
	(void)arena;
	return file_write("hello");
}

/* A setting, memory that nobody has, and a page that stops to make sense. */
static int damaged(struct utfs_arena *arena)
{
	const uint32_t bad = 29; /* padding, which is never written here */
	uint64_t page;
	int ret = one_cpu();

	if (!ret)
		ret = event_enabled(arena);
	if (!ret)
		ret = path_write(arena, "trace_marker", "hello");
	if (!ret)
		ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	ret = utfs_tx_end(arena, utfs_alloc_pages(arena, 3, &page));
	utfs_instance_at(arena, 0)->buffer_percent = 200;
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++) {
		const struct utfs_ring_side *side = &utfs_cpu_buffer_at(arena, 0, cpu)->sides[0];
		struct utfs_page *first = utfs_arena_heap_at(
			arena, side->first_page * UTFS_PAGE_BYTES, UTFS_PAGE_BYTES);

		if (first && first->commit)
			memcpy(first->data, &bad, sizeof(bad));
	}
	return ret;
}

static int repaired(struct utfs_arena *arena)
{
	struct utfs_trace_check result;
	char dir[80], why[UTFS_WHY_BYTES];
	int ret;

	crash_directory(arena, dir);
	ret = utfs_trace_check(dir, true, &result, why);
	if (!ret && result.nr_left)
		ret = -EBADMSG;
	utfs_trace_check_free(&result);
	return ret;
}

static int hist_trigger_open(struct utfs_arena *arena)
{
	return file_open(arena, "events/sys/one/trigger");
}

/* Another map each time: whoever comes after one that got so far leaves it at that. */
static int hist_cleared(struct utfs_arena *arena)
{
	const struct utfs_hist_plan *plan =
		utfs_block_get(arena, arena->header->hist_plans, UTFS_MAGIC_HIST_PLAN);
	/* What events_counted() makes: a plan and its map, another plan. */
	const uint64_t first_map = 2;

	if (!plan || plan->map >> UTFS_BLOCK_PAGE_BITS != first_map)
		return plan ? 0 : -ENOENT;
	return file_write("hist:keys=a:size=128:name=x:clear");
}

static int trace_open(struct utfs_arena *arena)
{
	return tree_open(arena, "trace");
}

static int free_buffer_open(struct utfs_arena *arena)
{
	return file_open(arena, "free_buffer");
}

/* identifier, flags, setup, path, text */
#define WRITES(X)                                                                                  \
	X(enable_one, CRASH_AGAIN, event, "events/sys/one/enable", "1")                            \
	X(enable_system, CRASH_AGAIN, event, "events/sys/enable", "1")                             \
	X(enable_all, CRASH_AGAIN, event, "events/enable", "1")                                    \
	X(enable_by_set_event, CRASH_AGAIN, event, "set_event", "sys:two")                         \
	X(enable_a_second, 0, event_filtered, "events/sys/one/enable", "0")                        \
	X(disable_all, 0, event_enabled, "events/enable", "0")                                     \
	X(disable_by_set_event, 0, event_enabled, "set_event", "!sys:one")                         \
	X(tracing_off, 0, event_enabled, "tracing_on", "0")                                        \
	X(clock, CRASH_AGAIN, event_enabled, "trace_clock", "mono")                                \
	X(sizes, 0, event_enabled, "buffer_size_kb", "40")                                         \
	X(size_of_one, 0, event_enabled, "per_cpu/cpu0/buffer_size_kb", "24")                      \
	X(percent, 0, event, "buffer_percent", "10")                                               \
	X(option, 0, event_enabled, "options/overwrite", "0")                                      \
	X(cmdlines, 0, event, "saved_cmdlines_size", "100")                                        \
	X(filter, 0, event_enabled, "events/sys/one/filter", "a == 7")                             \
	X(filter_other, 0, event_filtered, "events/sys/one/filter", "a == 7 && a < 100")           \
	X(filter_none, 0, event_filtered, "events/sys/one/filter", "0")                            \
	X(filter_system, 0, event_filtered, "events/sys/filter", "a != 1")                         \
	X(trigger, 0, event_enabled, "events/sys/one/trigger", "traceoff:3 if a == 7")             \
	X(trigger_stacktrace, 0, event_enabled, "events/sys/one/trigger", "stacktrace")            \
	X(trigger_switch, 0, event_triggered, "events/sys/one/trigger", "disable_event:sys:two:5") \
	X(trigger_unswitch, 0, event_triggered, "events/sys/two/trigger", "!enable_event:sys:one") \
	X(trigger_remove, 0, event_triggered, "events/sys/one/trigger", "!traceoff")               \
	X(trigger_same, 0, event_triggered, "events/sys/one/trigger", "!traceon:9")                \
	X(triggered_enable, 0, event_triggered, "events/sys/one/enable", "1")                      \
	X(triggered_disable, 0, event_triggered, "events/sys/two/enable", "0")                     \
	X(trigger_pending, 0, event_enabled, "pending_events", "sys:* trigger traceon:2 if a > 1") \
	X(stacks, 0, event_filtered, "options/stacktrace", "1")                                    \
	X(dynamic_add, 0, event, "dynamic_events", "u:user_event/one int a")                       \
	X(dynamic_remove, 0, event, "dynamic_events", "-:sys/one")                                 \
	X(hist_add, CRASH_AGAIN, event_enabled, "events/sys/one/trigger",                          \
	  "hist:keys=a:size=128 if a > 3")                                                         \
	X(hist_share, CRASH_AGAIN, event_counted, "events/sys/two/trigger",                        \
	  "hist:keys=a:size=128:name=x")                                                           \
	X(hist_remove, CRASH_AGAIN, event_counted, "events/sys/one/trigger",                       \
	  "!hist:keys=a:size=128:name=x")                                                          \
	X(hist_unshare, CRASH_AGAIN, events_counted, "events/sys/one/trigger",                     \
	  "!hist:keys=a:size=128:name=x")                                                          \
	X(hist_variable, CRASH_AGAIN, event_counted, "events/sys/two/trigger",                     \
	  "hist:keys=a:v=a+1,w=a:onmax($v).save(common_pid):size=128")                             \
	X(hist_match, CRASH_AGAIN, variable_kept, "events/sys/two/trigger",                        \
	  "hist:keys=a:d=a-$v:onmatch(sys.one).trace(known,$d,$v):size=128")                       \
	X(hist_helped, CRASH_AGAIN, variable_kept, "events/sys/two/trigger",                       \
	  "hist:keys=a:onmatch(sys.one).trace(known,sys.one.a,sys.one.a):size=128")                \
	X(hist_unhelped, CRASH_AGAIN, field_helped, "events/sys/two/trigger",                      \
	  "!hist:keys=a:onmatch(sys.one).trace(known,sys.one.a,sys.one.a):size=128")               \
	X(hist_switch, 0, event_counted, "events/sys/two/trigger",                                 \
	  "enable_hist:sys:one:5 if a > 3")                                                        \
	X(hist_unswitch, 0, hist_switched, "events/sys/two/trigger", "!disable_hist:sys:one")      \
	X(hist_pause, 0, event_counted, "events/sys/one/trigger",                                  \
	  "hist:keys=a:size=128:name=x:pause")                                                     \
	X(synthetic_add, 0, event, "synthetic_events", "new u64 lat; char text[]")                 \
	X(synthetic_remove, 0, synthetic, "synthetic_events", "!known")                            \
	X(snapshot, CRASH_AGAIN, event_enabled, "snapshot", "1")                                   \
	X(snapshot_none, CRASH_AGAIN, snapshot_there, "snapshot", "0")                             \
	X(max_latency, 0, event, "tracing_max_latency", "100")                                     \
	X(threshold, 0, event, "tracing_thresh", "100")                                            \
	X(threads, CRASH_AGAIN, event_enabled, "set_event_pid", "17")                              \
	X(other_threads, 0, threads_chosen, "set_event_notrace_pid", "19")                         \
	X(cpumask, CRASH_AGAIN, event_enabled, "tracing_cpumask", "1")                             \
	X(subbuffers, CRASH_AGAIN, event_enabled, "buffer_subbuf_size_kb", "8")                    \
	X(option_by_name, 0, event_enabled, "trace_options", "nooverwrite")

/* Likewise; the write is refused. */
#define REFUSALS(X)                                                                                \
	X(trigger_refused, 0, event, "events/sys/one/trigger", "traceoff if b")                    \
	X(pending_refused, 0, event, "pending_events", "sys:* filter (a")                          \
	X(synthetic_refused, 0, event, "synthetic_events", "new u64")

/* identifier, flags, setup, path: opened, as by a shell's '>', for being written anew */
#define CUTS(X)                                                                                    \
	X(emptied, CRASH_AGAIN, event_enabled, "trace")                                            \
	X(errors_cut, 0, error_logged, "error_log")                                                \
	X(threads_cut, 0, threads_chosen, "set_event_pid")                                         \
	X(pending_cut, 0, rules_pending, "pending_events")                                         \
	X(trigger_cut, CRASH_AGAIN, event_counted, "events/sys/one/trigger")                       \
	X(set_event_cut, CRASH_AGAIN, event_enabled, "set_event")                                  \
	X(dynamic_cut, CRASH_AGAIN, event_made, "dynamic_events")

#define WRITE_FUNCTIONS(id, flags, setup, path, text)                                              \
	static int id##_open(struct utfs_arena *arena)                                             \
	{                                                                                          \
		return file_open(arena, path);                                                     \
	}                                                                                          \
	static int id##_write(struct utfs_arena *arena)                                            \
	{                                                                                          \
		(void)arena;                                                                       \
		return file_write(text);                                                           \
	}
#define REFUSAL_FUNCTIONS(id, flags, setup, path, text)                                            \
	static int id##_open(struct utfs_arena *arena)                                             \
	{                                                                                          \
		return file_open(arena, path);                                                     \
	}                                                                                          \
	static int id##_write(struct utfs_arena *arena)                                            \
	{                                                                                          \
		(void)arena;                                                                       \
		return refused(text);                                                              \
	}
#define CUT_FUNCTIONS(id, flags, setup, path)                                                      \
	static int id##_open(struct utfs_arena *arena)                                             \
	{                                                                                          \
		return tree_open(arena, path);                                                     \
	}
#define CUT_KIND(id, flags, setup, path) {"trace-" #id, flags, setup, id##_open, file_cut},
#define WRITE_KIND(id, flags, setup, path, text)                                                   \
	{"trace-" #id, flags, setup, id##_open, id##_write},

WRITES(WRITE_FUNCTIONS)
REFUSALS(REFUSAL_FUNCTIONS)
CUTS(CUT_FUNCTIONS)

static const struct crash_kind kinds[] = {
	WRITES(WRITE_KIND) REFUSALS(WRITE_KIND)
		CUTS(CUT_KIND){"trace-mkdir", 0, event, instances_open, instance_made},
	{"trace-rmdir-of-recording", CRASH_AGAIN, instance_enabled, instances_open,
	 instance_removed},
	{"trace-hist_clear", CRASH_AGAIN, events_counted, hist_trigger_open, hist_cleared},
	{"trace-free_buffer", CRASH_AGAIN, event_enabled, free_buffer_open, file_closed},
	{"trace-pause", CRASH_AGAIN, pausing, trace_open, trace_read},
	{"trace-resume", CRASH_AGAIN, reader_dead, NULL, root_open},
	{"trace-marker", CRASH_AGAIN, event, marker_open, marker_write},
	{"trace-repair", CRASH_AGAIN | CRASH_MADE_UP, damaged, NULL, repaired},
};

const struct crash_layer crash_layer_trace = {
	.name = "trace",
	.rare_recoveries = true,
	.kinds = kinds,
	.nr_kinds = sizeof(kinds) / sizeof(*kinds),
};
