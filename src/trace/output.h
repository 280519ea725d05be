/* SPDX-License-Identifier: MIT */
/* Events as lines of text: what `trace` and `trace_pipe` have in common. */
#ifndef UTFS_TRACE_OUTPUT_H
#define UTFS_TRACE_OUTPUT_H

#include "trace/merge.h"
#include "trace/plans.h"
#include "trace/symbols.h"

struct utfs_output {
	struct utfs_trace *trace;
	struct eventfs_key key;
	uint32_t cpu; /* or UTFS_PIN_ALL_CPUS */
	enum utfs_which which;
	struct utfs_array_state state;
	struct utfs_line_style style;
	struct utfs_line_head head;
	struct utfs_merge *merge; /* NULL: nothing was ever recorded */
	struct utfs_plans *plans;
	struct utfs_symbols *symbols;
	struct eventfs_text text;
	uint64_t index; /* number of the next line: whoever begins a text sets it */
};

/* *output belongs to the caller: utfs_output_free(). Return: 0, -ENODEV, -ENOMEM, errno of utfs_tx_begin(). */
int utfs_output_create(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu,
		       enum utfs_which which, struct utfs_output **output);
/* NULL is allowed. */
void utfs_output_free(struct utfs_output *output);
/* Looks again how the instance is set up, and whether it records by now. Return: as create. */
int utfs_output_refresh(struct utfs_output *output);
/* The id of an event's type, for its plan: 0 where the record is too short to have one. */
uint32_t utfs_output_event_id(const struct utfs_merge_event *event);
/*
 * Appends an event's line to the text, with the line about lost events before it.
 * next_time_stamp: of the event that follows it (latency-format); its own where that is not known.
 */
void utfs_output_event(struct utfs_output *output, const struct utfs_merge_event *event,
		       uint64_t next_time_stamp);

#endif
