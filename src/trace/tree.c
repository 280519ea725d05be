/* SPDX-License-Identifier: MIT */
/* The table of the tree: every file and directory there is, in the kernel's words and modes. */
#include "trace/internal.h"

/* Root only: the trace array with serial 0. */
static bool is_root(void *ctx, struct eventfs_key key)
{
	(void)ctx;
	return key.a == UTFS_ROOT_SERIAL;
}

/* Events of the `ftrace` system describe records; they cannot be enabled. */
static bool is_not_ftrace(void *ctx, struct eventfs_key key)
{
	(void)ctx;
	return !utfs_event_serial_is_ftrace(key.b);
}

static bool is_not_ftrace_system(void *ctx, struct eventfs_key key)
{
	(void)ctx;
	return key.b != UTFS_FTRACE_SYSTEM;
}

#define DIRECTORY(name_, parent_, mode_)                                                           \
	.name = (name_), .parent = (parent_), .mode = S_IFDIR | (mode_)
#define READ_WRITE(name_, parent_, ops_)                                                           \
	.name = (name_), .parent = (parent_), .mode = S_IFREG | 0640, .file = &(ops_),             \
	.flags = EVENTFS_PIN
#define READ_ONLY(name_, parent_, ops_)                                                            \
	.name = (name_), .parent = (parent_), .mode = S_IFREG | 0440, .file = &(ops_),             \
	.flags = EVENTFS_PIN

/*
 * splice reads a file through the page cache and stops at its size; a size that is never reached lets it ask for what comes.
 */
#define ENDLESS_BYTES (UINT64_C(1) << 40)

#define PIPE(name_, parent_, ops_)                                                                 \
	.name = (name_), .parent = (parent_), .mode = S_IFREG | 0440, .file = &(ops_),             \
	.flags = EVENTFS_PIN | EVENTFS_UNSEEKABLE | EVENTFS_ALIAS | EVENTFS_SPLICE,                \
	.size_bytes = ENDLESS_BYTES

#define RAW(name_, ops_)                                                                           \
	.name = (name_), .parent = UTFS_TREE_CPU, .mode = S_IFREG | 0440, .file = &(ops_),         \
	.flags = EVENTFS_PIN | EVENTFS_UNSEEKABLE | EVENTFS_ALIAS, .size_bytes = ENDLESS_BYTES

const struct eventfs_type utfs_tree_types[UTFS_NR_TREE_TYPES] = {
	[UTFS_TREE_ARRAY] = {.mode = S_IFDIR | 0750},
	[UTFS_TREE_AVAILABLE_EVENTS] = {READ_ONLY("available_events", UTFS_TREE_ARRAY,
						  utfs_file_available_events),
					.present = is_root},
	[UTFS_TREE_AVAILABLE_TRACERS] = {READ_ONLY("available_tracers", UTFS_TREE_ARRAY,
						   utfs_file_available_tracers)},
	[UTFS_TREE_BUFFER_PERCENT] = {READ_WRITE("buffer_percent", UTFS_TREE_ARRAY,
						 utfs_file_buffer_percent)},
	[UTFS_TREE_BUFFER_SIZE_KB] = {READ_WRITE("buffer_size_kb", UTFS_TREE_ARRAY,
						 utfs_file_buffer_size_kb)},
	[UTFS_TREE_BUFFER_SUBBUF_SIZE_KB] = {READ_WRITE("buffer_subbuf_size_kb", UTFS_TREE_ARRAY,
							utfs_file_buffer_subbuf_size_kb)},
	[UTFS_TREE_BUFFER_TOTAL_SIZE_KB] = {READ_ONLY("buffer_total_size_kb", UTFS_TREE_ARRAY,
						      utfs_file_buffer_total_size_kb)},
	[UTFS_TREE_CURRENT_TRACER] = {READ_WRITE("current_tracer", UTFS_TREE_ARRAY,
						 utfs_file_current_tracer)},
	[UTFS_TREE_DYNAMIC_EVENTS] = {READ_WRITE("dynamic_events", UTFS_TREE_ARRAY,
						 utfs_file_dynamic_events),
				      .present = is_root},

	[UTFS_TREE_ERROR_LOG] = {READ_WRITE("error_log", UTFS_TREE_ARRAY, utfs_file_error_log)},
	[UTFS_TREE_EVENTS] = {DIRECTORY("events", UTFS_TREE_ARRAY, 0755),
			      .provider = &utfs_systems_provider, .child = UTFS_TREE_SYSTEM},
	[UTFS_TREE_EVENTS_ENABLE] = {READ_WRITE("enable", UTFS_TREE_EVENTS,
						utfs_file_events_enable)},
	[UTFS_TREE_HEADER_EVENT] = {READ_ONLY("header_event", UTFS_TREE_EVENTS,
					      utfs_file_header_event)},
	[UTFS_TREE_HEADER_PAGE] = {READ_ONLY("header_page", UTFS_TREE_EVENTS,
					     utfs_file_header_page)},
	[UTFS_TREE_SYSTEM] = {.mode = S_IFDIR | 0755,
			      .provider = &utfs_events_provider,
			      .child = UTFS_TREE_EVENT},
	[UTFS_TREE_SYSTEM_ENABLE] = {READ_WRITE("enable", UTFS_TREE_SYSTEM,
						utfs_file_system_enable),
				     .present = is_not_ftrace_system},
	[UTFS_TREE_SYSTEM_FILTER] = {READ_WRITE("filter", UTFS_TREE_SYSTEM,
						utfs_file_system_filter),
				     .present = is_not_ftrace_system},
	[UTFS_TREE_EVENT] = {.mode = S_IFDIR | 0755},
	[UTFS_TREE_EVENT_ENABLE] = {READ_WRITE("enable", UTFS_TREE_EVENT, utfs_file_event_enable),
				    .present = is_not_ftrace},
	[UTFS_TREE_EVENT_FILTER] = {READ_WRITE("filter", UTFS_TREE_EVENT, utfs_file_event_filter),
				    .present = is_not_ftrace},
	/* As in the kernel, what only describes an event does not pin the instance. */
	[UTFS_TREE_EVENT_FORMAT] = {.name = "format",
				    .parent = UTFS_TREE_EVENT,
				    .mode = S_IFREG | 0440,
				    .file = &utfs_file_event_format},
	/* In the kernel those of ftrace have one as well, and it stays empty. */
	[UTFS_TREE_EVENT_HIST] = {READ_ONLY("hist", UTFS_TREE_EVENT, utfs_file_event_hist)},
	[UTFS_TREE_EVENT_HIST_DEBUG] = {.name = "hist_debug",
					.parent = UTFS_TREE_EVENT,
					.mode = S_IFREG | 0440,
					.flags = EVENTFS_PIN,
					.file = &utfs_file_event_hist_debug,
					.present = is_not_ftrace},
	[UTFS_TREE_EVENT_ID] = {.name = "id",
				.parent = UTFS_TREE_EVENT,
				.mode = S_IFREG | 0440,
				.file = &utfs_file_event_id},
	[UTFS_TREE_EVENT_TRIGGER] = {.name = "trigger",
				     .parent = UTFS_TREE_EVENT,
				     .mode = S_IFREG | 0640,
				     .file = &utfs_file_event_trigger,
				     .present = is_not_ftrace},

	[UTFS_TREE_FREE_BUFFER] = {.name = "free_buffer",
				   .parent = UTFS_TREE_ARRAY,
				   .mode = S_IFREG | 0200,
				   .file = &utfs_file_free_buffer,
				   .flags = EVENTFS_PIN},
	[UTFS_TREE_INSTANCES] = {DIRECTORY("instances", UTFS_TREE_ARRAY, 0750), .present = is_root,
				 .provider = &utfs_instances_provider, .child = UTFS_TREE_ARRAY,
				 .dir = &utfs_instances_dir_ops},

	[UTFS_TREE_OPTIONS] = {DIRECTORY("options", UTFS_TREE_ARRAY, 0750),
			       .provider = &utfs_options_provider, .child = UTFS_TREE_OPTION},
	[UTFS_TREE_OPTION] = {.mode = S_IFREG | 0640,
			      .file = &utfs_file_option,
			      .flags = EVENTFS_PIN},

	[UTFS_TREE_PENDING_EVENTS] = {READ_WRITE("pending_events", UTFS_TREE_ARRAY,
						 utfs_file_pending_events)},
	[UTFS_TREE_PER_CPU] = {DIRECTORY("per_cpu", UTFS_TREE_ARRAY, 0750),
			       .provider = &utfs_cpus_provider, .child = UTFS_TREE_CPU},
	[UTFS_TREE_CPU] = {.mode = S_IFDIR | 0750},
	[UTFS_TREE_CPU_BUFFER_SIZE_KB] = {READ_WRITE("buffer_size_kb", UTFS_TREE_CPU,
						     utfs_file_cpu_buffer_size_kb)},
	[UTFS_TREE_CPU_SNAPSHOT] = {READ_WRITE("snapshot", UTFS_TREE_CPU, utfs_file_cpu_snapshot)},
	[UTFS_TREE_CPU_SNAPSHOT_RAW] = {RAW("snapshot_raw", utfs_file_cpu_snapshot_raw)},
	[UTFS_TREE_CPU_STATS] = {READ_ONLY("stats", UTFS_TREE_CPU, utfs_file_cpu_stats)},
	[UTFS_TREE_CPU_TRACE] = {READ_WRITE("trace", UTFS_TREE_CPU, utfs_file_cpu_trace)},
	[UTFS_TREE_CPU_TRACE_PIPE] = {PIPE("trace_pipe", UTFS_TREE_CPU, utfs_file_cpu_trace_pipe)},
	[UTFS_TREE_CPU_TRACE_PIPE_RAW] = {RAW("trace_pipe_raw", utfs_file_cpu_trace_pipe_raw)},

	[UTFS_TREE_PRINTK_FORMATS] = {READ_ONLY("printk_formats", UTFS_TREE_ARRAY,
						utfs_file_printk_formats),
				      .present = is_root},
	[UTFS_TREE_README] = {READ_ONLY("README", UTFS_TREE_ARRAY, utfs_file_readme),
			      .present = is_root},
	[UTFS_TREE_SAVED_CMDLINES] = {READ_ONLY("saved_cmdlines", UTFS_TREE_ARRAY,
						utfs_file_saved_cmdlines),
				      .present = is_root},
	[UTFS_TREE_SAVED_CMDLINES_SIZE] = {READ_WRITE("saved_cmdlines_size", UTFS_TREE_ARRAY,
						      utfs_file_saved_cmdlines_size),
					   .present = is_root},
	[UTFS_TREE_SAVED_TGIDS] = {READ_ONLY("saved_tgids", UTFS_TREE_ARRAY, utfs_file_saved_tgids),
				   .present = is_root},
	[UTFS_TREE_SET_EVENT] = {READ_WRITE("set_event", UTFS_TREE_ARRAY, utfs_file_set_event)},
	[UTFS_TREE_SET_EVENT_NOTRACE_PID] = {READ_WRITE("set_event_notrace_pid", UTFS_TREE_ARRAY,
							utfs_file_set_event_notrace_pid)},
	[UTFS_TREE_SET_EVENT_PID] = {READ_WRITE("set_event_pid", UTFS_TREE_ARRAY,
						utfs_file_set_event_pid)},
	[UTFS_TREE_SYNTHETIC_EVENTS] = {READ_WRITE("synthetic_events", UTFS_TREE_ARRAY,
						   utfs_file_synthetic_events),
					.present = is_root},
	[UTFS_TREE_SNAPSHOT] = {READ_WRITE("snapshot", UTFS_TREE_ARRAY, utfs_file_snapshot)},
	[UTFS_TREE_TIMESTAMP_MODE] = {READ_ONLY("timestamp_mode", UTFS_TREE_ARRAY,
						utfs_file_timestamp_mode)},
	[UTFS_TREE_TRACE] = {READ_WRITE("trace", UTFS_TREE_ARRAY, utfs_file_trace)},
	[UTFS_TREE_TRACE_CLOCK] = {READ_WRITE("trace_clock", UTFS_TREE_ARRAY,
					      utfs_file_trace_clock)},
	[UTFS_TREE_TRACE_MARKER] = {.name = "trace_marker",
				    .parent = UTFS_TREE_ARRAY,
				    .mode = S_IFREG | 0220,
				    .file = &utfs_file_trace_marker,
				    .flags = EVENTFS_PIN | EVENTFS_UNSEEKABLE},
	[UTFS_TREE_TRACE_MARKER_RAW] = {.name = "trace_marker_raw",
					.parent = UTFS_TREE_ARRAY,
					.mode = S_IFREG | 0220,
					.file = &utfs_file_trace_marker_raw,
					.flags = EVENTFS_PIN | EVENTFS_UNSEEKABLE},
	[UTFS_TREE_TRACE_OPTIONS] = {READ_WRITE("trace_options", UTFS_TREE_ARRAY,
						utfs_file_trace_options)},
	[UTFS_TREE_TRACE_PIPE] = {PIPE("trace_pipe", UTFS_TREE_ARRAY, utfs_file_trace_pipe)},
	[UTFS_TREE_TRACING_CPUMASK] = {READ_WRITE("tracing_cpumask", UTFS_TREE_ARRAY,
						  utfs_file_tracing_cpumask)},
	[UTFS_TREE_TRACING_MAX_LATENCY] = {READ_WRITE("tracing_max_latency", UTFS_TREE_ARRAY,
						      utfs_file_tracing_max_latency)},
	[UTFS_TREE_TRACING_ON] = {READ_WRITE("tracing_on", UTFS_TREE_ARRAY, utfs_file_tracing_on)},
	[UTFS_TREE_TRACING_THRESH] = {READ_WRITE("tracing_thresh", UTFS_TREE_ARRAY,
						 utfs_file_tracing_thresh),
				      .present = is_root},
};

/* The root's trace array cannot be removed: its files need no pin. */
static int tree_pin(void *ctx, struct eventfs_key key)
{
	struct utfs_trace *trace = ctx;

	return key.a == UTFS_ROOT_SERIAL ? 0
					 : utfs_pin_take(&trace->arena, key.a, UTFS_PIN_OPEN, 0);
}

static void tree_unpin(void *ctx, struct eventfs_key key)
{
	struct utfs_trace *trace = ctx;

	if (key.a != UTFS_ROOT_SERIAL)
		(void)utfs_pin_drop(&trace->arena, key.a, UTFS_PIN_OPEN, 0);
}

const struct eventfs_ops utfs_tree_ops = {.pin = tree_pin, .unpin = tree_unpin};
