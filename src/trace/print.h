/* SPDX-License-Identifier: MIT */
/*
 * Text output of records: a print plan, compiled once per event from its print format, and the lines around it.
 *
 * The language of `print fmt` and every byte of the output are the kernel's. A plan is a flat list of steps; the common
 * ones (an integer field, a string) format straight into the text, the others run a small program without loops on a
 * stack whose depth was checked when it was compiled.
 * Records come from shared memory and may be cut off or garbage: every access is checked against the length that the
 * caller gives, and the record must be the caller's own copy (it must not change while it is printed).
 * May use libc and eventfs (for the text buffer); never prints to a stream, never touches the arena.
 */
#ifndef UTFS_TRACE_PRINT_H
#define UTFS_TRACE_PRINT_H

#include "trace/format.h"

struct utfs_print_plan;

/* Common_type of the events that lines treat specially: those of the kernel, as in ftrace-formats.c. */
#define UTFS_KERNEL_STACK_ID 4	/* ftrace/kernel_stack: by whom the event before it was written */
#define UTFS_PRINT_ID	     5	/* ftrace/print: a message */
#define UTFS_USER_STACK_ID   12 /* ftrace/user_stack: the same */
#define UTFS_RAW_DATA_ID     18 /* ftrace/raw_data: bytes of trace_marker_raw */

/* What wrote a ftrace/print record: the values of its `ip`. Any other prints as a number. */
#define UTFS_PRINT_IP_MARKER  0 /* "tracing_mark_write" */
#define UTFS_PRINT_IP_MESSAGE 1 /* "utfs_printf" */

/*
 * utfs_plan_compile - compile a print format (what stands behind "print fmt: " in a format file)
 *
 * format is only needed during the call. print_fmt need not be NUL-terminated. *plan belongs to the caller: utfs_plan_free().
 * *error_at (may be NULL) is set on -EINVAL: the offset in print_fmt of what could not be understood.
 *
 * Return: 0; -EINVAL not in the language (unknown field, function or name, wrong kind of argument, too few of them, nested
 * too deeply); -E2BIG more than UTFS_FIELDS_TEXT_MAX bytes; -ENOMEM.
 * Locks: none. Context: any thread.
 */
int utfs_plan_compile(const struct utfs_event_format *format, const char *print_fmt,
		      size_t len_bytes, struct utfs_print_plan **plan, size_t *error_at);

/*
 * utfs_plan_fields - a plan that prints every field, " name=value" each, as the kernel does with options/fields
 *
 * Return: 0, *plan belongs to the caller; -ENOMEM. Locks: none. Context: any thread.
 */
int utfs_plan_fields(const struct utfs_event_format *format, struct utfs_print_plan **plan);

/*
 * utfs_plan_create - the plan for an event: utfs_plan_compile(), or utfs_plan_fields() if that says -EINVAL or -E2BIG
 *
 * Return: 0, *plan belongs to the caller; -ENOMEM. Locks: none. Context: any thread.
 */
int utfs_plan_create(const struct utfs_event_format *format, const char *print_fmt,
		     size_t len_bytes, struct utfs_print_plan **plan);

/*
 * utfs_plan_synthetic - the plan for a synthetic event, which prints as its fields say, whatever its print format
 *
 * Return: 0, *plan belongs to the caller; -ENOMEM. Locks: none. Context: any thread.
 */
int utfs_plan_synthetic(const struct utfs_event_format *format, struct utfs_print_plan **plan);

/*
 * utfs_plan_is_fields - does this plan print fields (utfs_plan_fields()) rather than a print format?
 * Return: as asked. Locks: none. Context: anywhere.
 */
bool utfs_plan_is_fields(const struct utfs_print_plan *plan);

/*
 * utfs_plan_free - NULL is allowed
 * Return: nothing. Locks: none. Context: any thread.
 */
void utfs_plan_free(struct utfs_print_plan *plan);

/*
 * utfs_print_event - append the body of a line: what the print format makes of a record, without name and newline
 *
 * record: len_bytes, from the common fields on, no alignment needed. A conversion that needs bytes that the record does not have (a field beyond
 * its end, a dynamic array outside of it, an index out of range) or divides by zero prints "(fault)"; a string or array that
 * runs over the end prints the part that is there. In a plan of fields the kernel's "<OVERFLOW>" stands for both.
 *
 * Return: nothing; out of memory is remembered in text->error. Locks: none. Context: one thread per text; a plan may be used by many.
 */
void utfs_print_event(const struct utfs_print_plan *plan, const void *record, size_t len_bytes,
		      struct eventfs_text *text);

/*
 * The last line's beginning, up to its time, and what it was made of: most lines come from the thread and the CPU of the one before.
 * One for each text; zeroed it is empty, and is to be when the style changes.
 */
struct utfs_line_head {
	uint64_t comm[2]; /* filled with NULs */
	int32_t pid, tgid;
	unsigned int cpu;
	uint8_t flags, preempt_count;
	uint8_t bytes; /* 0: there is none */
	char text[64];
};

/* How lines look: the options of an instance. */
struct utfs_line_style {
	bool context_info;	 /* options/context-info */
	bool irq_info;		 /* options/irq-info */
	bool tgid;		 /* options/record-tgid */
	bool clock_in_ns;	 /* false: timestamps are plain numbers (counter, x86-tsc) */
	bool raw, hex, bin;	 /* options of these names; the last one that is set counts */
	bool messages_bare;	 /* options/printk-msg-only: of messages, the text */
	bool latency;		 /* options/latency-format */
	bool verbose;		 /* options/verbose */
	uint64_t time_start;	 /* latency: what times are counted from */
	uint64_t max_latency_ns; /* latency: for the head */
	bool sym_offset, sym_addr, sym_userobj; /* options of these names, for stacks */
	/* Appends what an address of a process is called; NULL: addresses are numbers. */
	void (*symbols)(void *ctx, const struct utfs_line_style *style, int32_t tgid,
			uint64_t address, struct eventfs_text *text);
	void *symbols_ctx;
	struct utfs_line_head *head; /* NULL: nothing is kept from line to line */
};

/* One record with what is known about it. */
struct utfs_line {
	const void *
		record; /* from the common fields on; type, flags, preempt count and pid are taken from there */
	size_t record_bytes;
	uint64_t timestamp;
	uint64_t next_timestamp; /* latency: of the next event; the same: there is none */
	uint64_t index;		 /* latency, verbose: number of the line */
	unsigned int cpu;
	const char *comm;		    /* NULL: "<...>", or "<idle>" for pid 0 */
	int32_t tgid;			    /* 0: not known */
	const char *name;		    /* of the event */
	size_t name_bytes;		    /* without the NUL */
	const struct utfs_print_plan *plan; /* NULL: unknown event */
};

/*
 * utfs_print_context - append what precedes the event: task, pid, cpu, flags, time ("           <...>-4206    [001] .....  1539.882805: ")
 * Return: nothing. Locks: none. Context: one thread per text.
 */
void utfs_print_context(struct eventfs_text *text, const struct utfs_line_style *style,
			const struct utfs_line *line);

/*
 * utfs_print_line - append a whole line with its newline, as in `trace` and `trace_pipe`
 *
 * ftrace/print and ftrace/raw_data records print as the kernel prints them and need neither name nor plan.
 * Other records without a plan: "Unknown type 77".
 *
 * Return: nothing. Locks: none. Context: one thread per text.
 */
void utfs_print_line(struct eventfs_text *text, const struct utfs_line_style *style,
		     const struct utfs_line *line);

/*
 * utfs_print_lost - append the line that tells of lost events. lost 0: their number is not known.
 * Return: nothing. Locks: none. Context: one thread per text.
 */
void utfs_print_lost(struct eventfs_text *text, unsigned int cpu, uint64_t lost);

/* The figures in the head of `trace`. */
struct utfs_trace_totals {
	uint64_t entries; /* in the buffer */
	uint64_t written; /* entries and what was overwritten */
	unsigned int nr_cpus;
};

/*
 * utfs_print_header - append the comment lines at the top of `trace`
 * Return: nothing. Locks: none. Context: one thread per text.
 */
void utfs_print_header(struct eventfs_text *text, const struct utfs_line_style *style,
		       const char *tracer, const struct utfs_trace_totals *totals);

#endif
