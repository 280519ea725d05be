/* SPDX-License-Identifier: MIT */
/* What the files of the trace layer share with each other and with nobody else. */
#ifndef UTFS_TRACE_INTERNAL_H
#define UTFS_TRACE_INTERNAL_H

#include "arena/arena.h"
#include "ring/ring.h"
#include "trace/trace.h"

struct utfs_trace {
	struct utfs_arena arena;
	struct eventfs *fs;
	char *directory;
};

/*
 * Types of the tree's nodes. Keys: a is the instance's serial (0: the root's trace array); b is, by type, 0, a CPU, an
 * option, a system's serial (0: `ftrace`), an event's serial (below UTFS_EVENT_ID_FIRST: an event of `ftrace`).
 */
enum utfs_tree_type {
	UTFS_TREE_ARRAY, /* the root directory and instances/NAME */
	UTFS_TREE_AVAILABLE_EVENTS,
	UTFS_TREE_AVAILABLE_TRACERS,
	UTFS_TREE_BUFFER_PERCENT,
	UTFS_TREE_BUFFER_SIZE_KB,
	UTFS_TREE_BUFFER_SUBBUF_SIZE_KB,
	UTFS_TREE_BUFFER_TOTAL_SIZE_KB,
	UTFS_TREE_CURRENT_TRACER,
	UTFS_TREE_DYNAMIC_EVENTS,
	UTFS_TREE_ERROR_LOG,
	UTFS_TREE_EVENTS,
	UTFS_TREE_EVENTS_ENABLE,
	UTFS_TREE_HEADER_EVENT,
	UTFS_TREE_HEADER_PAGE,
	UTFS_TREE_SYSTEM,
	UTFS_TREE_SYSTEM_ENABLE,
	UTFS_TREE_SYSTEM_FILTER,
	UTFS_TREE_EVENT,
	UTFS_TREE_EVENT_ENABLE,
	UTFS_TREE_EVENT_FILTER,
	UTFS_TREE_EVENT_FORMAT,
	UTFS_TREE_EVENT_HIST,
	UTFS_TREE_EVENT_HIST_DEBUG,
	UTFS_TREE_EVENT_ID,
	UTFS_TREE_EVENT_TRIGGER,
	UTFS_TREE_FREE_BUFFER,
	UTFS_TREE_INSTANCES,
	UTFS_TREE_OPTIONS,
	UTFS_TREE_OPTION,
	UTFS_TREE_PENDING_EVENTS,
	UTFS_TREE_PER_CPU,
	UTFS_TREE_CPU,
	UTFS_TREE_CPU_BUFFER_SIZE_KB,
	UTFS_TREE_CPU_SNAPSHOT,
	UTFS_TREE_CPU_SNAPSHOT_RAW,
	UTFS_TREE_CPU_STATS,
	UTFS_TREE_CPU_TRACE,
	UTFS_TREE_CPU_TRACE_PIPE,
	UTFS_TREE_CPU_TRACE_PIPE_RAW,
	UTFS_TREE_PRINTK_FORMATS,
	UTFS_TREE_README,
	UTFS_TREE_SAVED_CMDLINES,
	UTFS_TREE_SAVED_CMDLINES_SIZE,
	UTFS_TREE_SAVED_TGIDS,
	UTFS_TREE_SET_EVENT,
	UTFS_TREE_SET_EVENT_NOTRACE_PID,
	UTFS_TREE_SET_EVENT_PID,
	UTFS_TREE_SNAPSHOT,
	UTFS_TREE_SYNTHETIC_EVENTS,
	UTFS_TREE_TIMESTAMP_MODE,
	UTFS_TREE_TRACE,
	UTFS_TREE_TRACE_CLOCK,
	UTFS_TREE_TRACE_MARKER,
	UTFS_TREE_TRACE_MARKER_RAW,
	UTFS_TREE_TRACE_OPTIONS,
	UTFS_TREE_TRACE_PIPE,
	UTFS_TREE_TRACING_CPUMASK,
	UTFS_TREE_TRACING_MAX_LATENCY,
	UTFS_TREE_TRACING_ON,
	UTFS_TREE_TRACING_THRESH,
	UTFS_NR_TREE_TYPES,
};

extern const struct eventfs_type utfs_tree_types[UTFS_NR_TREE_TYPES];
extern const struct eventfs_ops utfs_tree_ops;

/* Providers and files, each in the file named after it. */
extern const struct eventfs_provider utfs_instances_provider; /* tree-instances.c */
extern const struct eventfs_dir_ops utfs_instances_dir_ops;
extern const struct eventfs_provider utfs_systems_provider; /* tree-events.c */
extern const struct eventfs_provider utfs_events_provider;
extern const struct eventfs_provider utfs_cpus_provider;    /* tree-cpus.c */
extern const struct eventfs_provider utfs_options_provider; /* file-options.c */

extern const struct eventfs_file_ops utfs_file_available_events; /* file-set-event.c */
extern const struct eventfs_file_ops utfs_file_set_event;
extern const struct eventfs_file_ops utfs_file_dynamic_events;	 /* file-dynamic-events.c */
extern const struct eventfs_file_ops utfs_file_synthetic_events; /* file-synthetic-events.c */
extern const struct eventfs_file_ops utfs_file_events_enable;	 /* file-enable.c */
extern const struct eventfs_file_ops utfs_file_system_enable;
extern const struct eventfs_file_ops utfs_file_event_enable;
extern const struct eventfs_file_ops utfs_file_event_filter; /* file-filter.c */
extern const struct eventfs_file_ops utfs_file_system_filter;
extern const struct eventfs_file_ops utfs_file_event_trigger;  /* file-trigger.c */
extern const struct eventfs_file_ops utfs_file_error_log;      /* file-error-log.c */
extern const struct eventfs_file_ops utfs_file_pending_events; /* file-pending.c */
extern const struct eventfs_file_ops utfs_file_set_event_pid;  /* file-event-pid.c */
extern const struct eventfs_file_ops utfs_file_set_event_notrace_pid;
extern const struct eventfs_file_ops utfs_file_tracing_cpumask; /* file-cpumask.c */
extern const struct eventfs_file_ops utfs_file_header_page;	/* file-format.c */
extern const struct eventfs_file_ops utfs_file_header_event;
extern const struct eventfs_file_ops utfs_file_printk_formats;
extern const struct eventfs_file_ops utfs_file_event_format;
extern const struct eventfs_file_ops utfs_file_event_id;
extern const struct eventfs_file_ops utfs_file_event_hist; /* file-hist.c */
extern const struct eventfs_file_ops utfs_file_event_hist_debug;
extern const struct eventfs_file_ops utfs_file_available_tracers; /* file-tracer.c */
extern const struct eventfs_file_ops utfs_file_current_tracer;
extern const struct eventfs_file_ops utfs_file_tracing_on;  /* file-tracing-on.c */
extern const struct eventfs_file_ops utfs_file_trace_clock; /* file-clock.c */
extern const struct eventfs_file_ops utfs_file_timestamp_mode;
extern const struct eventfs_file_ops utfs_file_trace_options; /* file-options.c */
extern const struct eventfs_file_ops utfs_file_option;
extern const struct eventfs_file_ops utfs_file_buffer_size_kb; /* file-buffer.c */
extern const struct eventfs_file_ops utfs_file_buffer_total_size_kb;
extern const struct eventfs_file_ops utfs_file_buffer_subbuf_size_kb;
extern const struct eventfs_file_ops utfs_file_buffer_percent;
extern const struct eventfs_file_ops utfs_file_free_buffer;
extern const struct eventfs_file_ops utfs_file_cpu_buffer_size_kb;
extern const struct eventfs_file_ops utfs_file_cpu_stats;      /* file-stats.c */
extern const struct eventfs_file_ops utfs_file_saved_cmdlines; /* file-cmdlines.c */
extern const struct eventfs_file_ops utfs_file_saved_cmdlines_size;
extern const struct eventfs_file_ops utfs_file_saved_tgids;
extern const struct eventfs_file_ops utfs_file_readme;		    /* file-readme.c */
extern const struct eventfs_file_ops utfs_file_tracing_max_latency; /* file-latency.c */
extern const struct eventfs_file_ops utfs_file_tracing_thresh;
extern const struct eventfs_file_ops utfs_file_trace_marker_raw;
extern const struct eventfs_file_ops utfs_file_trace_marker; /* file-marker.c */
extern const struct eventfs_file_ops utfs_file_trace;	     /* file-trace.c */
extern const struct eventfs_file_ops utfs_file_cpu_trace;
extern const struct eventfs_file_ops utfs_file_trace_pipe; /* file-pipe.c */
extern const struct eventfs_file_ops utfs_file_cpu_trace_pipe;
extern const struct eventfs_file_ops utfs_file_cpu_trace_pipe_raw; /* file-pipe-raw.c */
extern const struct eventfs_file_ops utfs_file_cpu_snapshot_raw;
extern const struct eventfs_file_ops utfs_file_snapshot; /* file-snapshot.c */
extern const struct eventfs_file_ops utfs_file_cpu_snapshot;

/*
 * Begins a transaction in which the instance of a key is alive. Ended by utfs_tx_end().
 * Return: 0, *slot; -ENODEV it has gone; errno of utfs_tx_begin(). On error the lock is not held.
 */
int utfs_trace_begin(struct utfs_trace *trace, struct eventfs_key key, uint32_t *slot)
	UTFS_TRY_ACQUIRES(trace->arena.event_mutex);

/* The instance of a name as a key's a; NULL: the root. Return: 0; -ENOENT; errno of utfs_tx_begin(). Locks: event_mutex for a moment. */
int utfs_array_find(struct utfs_trace *trace, const char *name, struct eventfs_key *key);

/* What readers of an instance need to know of it, copied. */
struct utfs_array_state {
	uint32_t slot;
	uint32_t recorder; /* UTFS_NO_RECORDER: nothing was ever recorded */
	uint64_t options;
	uint64_t time_start;
	uint64_t max_latency_ns;
	uint64_t buffer_percent;
	enum utfs_clock clock;
	bool tracing_on;
};
#define UTFS_NO_RECORDER UINT32_MAX
/* Return: 0; -ENODEV; errno of utfs_tx_begin(). Locks: event_mutex for a moment. */
int utfs_array_state_get(struct utfs_trace *trace, struct eventfs_key key,
			 struct utfs_array_state *state);

/*
 * As the kernel tells who polls a CPU: is its buffer as full as buffer_percent says, and at least with a page? The writer that
 * makes it so wakes who waits for that.
 */
bool utfs_array_is_full(const struct utfs_trace *trace, const struct utfs_array_state *state,
			uint32_t cpu);

/* Says in an instance's error_log what is wrong with a filter. Return: 0, errno of utfs_errors_add(). */
struct utfs_filter_failure;
int utfs_filter_log(struct utfs_trace *trace, uint32_t slot, const char *text,
		    const struct utfs_filter_failure *failure)
	UTFS_REQUIRES(trace->arena.event_mutex);

/*
 * Gives an instance another clock, as trace_clock does: what was recorded goes. file-clock.c. Return: 0, errno of utfs_reader_lock().
 * Locks: event_mutex held; takes reader mutexes.
 */
int utfs_array_clock_set(struct utfs_trace *trace, uint32_t slot, enum utfs_clock clock)
	UTFS_REQUIRES(trace->arena.event_mutex);

/* Does tracing_cpumask let a recorder record on a CPU? Locks: none; an answer, not a promise. */
bool utfs_array_cpu_traced(const struct utfs_trace *trace, uint32_t recorder, uint32_t cpu);

/*
 * Forgets what a recorder holds, in its main buffer or in its snapshot, on one CPU or on UTFS_PIN_ALL_CPUS.
 * Return: 0, errno of utfs_reader_lock(). Locks: reader mutexes.
 */
int utfs_array_reset(struct utfs_trace *trace, uint32_t recorder, uint32_t cpu,
		     enum utfs_which which);

/*
 * Holds recording back while somebody reads `trace` (options/pause-on-trace), and lets it go on: a claim of this process, which
 * ends when it dies: whoever opens the tree next (utfs_array_unpause()), or uses a file of the instance (utfs_trace_begin()), sees to that.
 * Return: 0; errno of utfs_pin_take().
 */
int utfs_array_pause(struct utfs_trace *trace, struct eventfs_key key, bool pause);
/* Lets an instance record if nobody alive holds it back any more. Return: 0, -ENOSPC. */
int utfs_array_pause_update(struct utfs_trace *trace, uint32_t slot)
	UTFS_REQUIRES(trace->arena.event_mutex);
/* Lets all instances record that nobody alive holds back. Return: 0, -ENOSPC, errno of utfs_tx_begin(). */
int utfs_array_unpause(struct utfs_trace *trace);

/* Lets an instance record an event, or not; it gets its buffers if it has none. Return: 0, errno of utfs_ring_create(). */
int utfs_event_enable(struct utfs_trace *trace, uint32_t slot, uint32_t id, bool enable)
	UTFS_REQUIRES(trace->arena.event_mutex);
/* Does it, and do triggers have a say in it? */
struct utfs_event_recording utfs_event_recording_of(const struct utfs_trace *trace, uint32_t slot,
						    uint32_t id)
	UTFS_REQUIRES(trace->arena.event_mutex);

/*
 * Walks events: all, or one system's (system != 0). Begin with {0}. The lock may not be let go in between.
 * Return: 1 and cursor->system, cursor->id; 0 at the end.
 */
struct utfs_event_walk {
	uint32_t system, id;
};
int utfs_event_walk_next(const struct utfs_trace *trace, uint32_t only_system,
			 struct utfs_event_walk *walk) UTFS_REQUIRES(trace->arena.event_mutex);

/*
 * kstrtoul(text, 10): digits, an optional '+' before and one newline behind. Return: 0; -EINVAL; -ERANGE.
 */
int utfs_parse_ulong(const char *text, size_t bytes, uint64_t *value);
/* kstrtoul(text, 0): also 0x and digits, or 0 and octal ones. Return: as above. */
int utfs_parse_ulong_any(const char *text, size_t bytes, uint64_t *value);
/* As the kernel's boolean files: 0 or 1, else -EINVAL. */
int utfs_parse_bool(const char *text, size_t bytes, bool *value);
/* Strips white space on both sides; *bytes becomes what is left. Return: its start. */
const char *utfs_parse_strip(const char *text, size_t *bytes);
bool utfs_parse_is_space(char c);

/* The event that a key names, in a live instance. Return: 0, *id; -ENOENT. */
int utfs_event_of_key(const struct utfs_trace *trace, struct eventfs_key key, uint32_t *id)
	UTFS_REQUIRES(trace->arena.event_mutex);
/* An event of the `ftrace` system; NULL: no such id. */
struct utfs_ftrace_event;
const struct utfs_ftrace_event *utfs_ftrace_event_by_id(unsigned int id);

/* The serial of the ftrace system, and how its events are told from programs' events. */
#define UTFS_FTRACE_SYSTEM 0
static inline bool utfs_event_serial_is_ftrace(uint64_t serial)
{
	return serial < UTFS_EVENT_ID_FIRST;
}

#endif
