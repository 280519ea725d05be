/* SPDX-License-Identifier: MIT */
/* What dynamic_events and synthetic_events share: definitions of events, one per line. */
#ifndef UTFS_TRACE_DYNAMIC_H
#define UTFS_TRACE_DYNAMIC_H

#include "trace/internal.h"

/* What the kernel takes as one line. */
#define UTFS_DYNAMIC_LINE_MAX 4094

/*
 * Runs what was written line by line, without comments; what was done before a wrong line stays, as in the kernel.
 * `run` gets each line NUL-terminated and may cut it into pieces.
 * Return: len_bytes; what `run` answered; -EINVAL a line that is too long.
 */
ssize_t utfs_dynamic_lines_run(struct utfs_trace *trace, const char *buf, size_t len_bytes,
			       int (*run)(struct utfs_trace *trace, char *line, void *ctx),
			       void *ctx);

/* Appends an event's fields as in its definition: "TYPE NAME; TYPE NAME". */
void utfs_dynamic_fields_write(struct eventfs_text *out, const struct utfs_event_strings *event);

/*
 * Shows the events that have one of these flags (UTFS_EVENT_*), each in `write`'s words.
 * Return: 0; errno of utfs_tx_begin().
 */
int utfs_dynamic_events_show(struct utfs_trace *trace, uint32_t flags, struct eventfs_text *out,
			     void (*write)(struct eventfs_text *out,
					   const struct utfs_event_strings *event));

/*
 * Removes the events that have one of these flags (UTFS_EVENT_*): all of them, or if one is busy none.
 * Return: 0; -EBUSY; -ENOSPC; errno of utfs_tx_begin().
 */
int utfs_dynamic_remove_all(struct utfs_trace *trace, uint32_t flags);

#endif
