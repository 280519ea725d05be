/* SPDX-License-Identifier: MIT */
/*
 * What people change by writing to files. The file is open, and so pinned, before; the change is the write alone. Where a
 * write is more than one transaction (recorders are made, buffers are emptied), it has to be right when it is written again.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"
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

static int trace_emptied(struct utfs_arena *arena)
{
	struct eventfs_file *file;
	int ret = eventfs_open(utfs_trace_fs(opened.trace), opened.attr.id, &nobody,
			       O_WRONLY | O_TRUNC, &file);

	(void)arena;
	if (!ret)
		eventfs_release(file);
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
	X(hist_pause, 0, event_counted, "events/sys/one/trigger",                                  \
	  "hist:keys=a:size=128:name=x:pause")                                                     \
	X(synthetic_add, 0, event, "synthetic_events", "new u64 lat; char text[]")                 \
	X(synthetic_remove, 0, synthetic, "synthetic_events", "!known")

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
#define WRITE_KIND(id, flags, setup, path, text)                                                   \
	{"trace-" #id, flags, setup, id##_open, id##_write},

WRITES(WRITE_FUNCTIONS)

static const struct crash_kind kinds[] = {
	WRITES(WRITE_KIND){"trace-mkdir", 0, event, instances_open, instance_made},
	{"trace-rmdir-of-recording", CRASH_AGAIN, instance_enabled, instances_open,
	 instance_removed},
	{"trace-hist_clear", CRASH_AGAIN, events_counted, hist_trigger_open, hist_cleared},
	{"trace-emptied", CRASH_AGAIN, event_enabled, trace_open, trace_emptied},
};

const struct crash_layer crash_layer_trace = {
	.name = "trace",
	.kinds = kinds,
	.nr_kinds = sizeof(kinds) / sizeof(*kinds),
};
