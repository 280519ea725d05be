/* SPDX-License-Identifier: MIT */
/*
 * The events of one CPU or of all, in the order of time. Works on copies of pages, so nothing changes under the user of an event.
 */
#ifndef UTFS_TRACE_MERGE_H
#define UTFS_TRACE_MERGE_H

#include "trace/internal.h"

struct utfs_merge;

/* One event, valid until the next call on the merge. */
struct utfs_merge_event {
	const void *record;
	size_t bytes;
	uint64_t time_stamp;
	uint32_t cpu;
	uint64_t lost; /* events lost on this CPU right before it */
};

/*
 * For one CPU or UTFS_PIN_ALL_CPUS of a recorder, its main buffer or the snapshot. *merge belongs to the caller: utfs_merge_free().
 * Return: 0, -ENOMEM. Locks: none. Context: any thread.
 */
int utfs_merge_create(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu,
		      enum utfs_which which, struct utfs_merge **merge);
/* NULL is allowed. */
void utfs_merge_free(struct utfs_merge *merge);

/*
 * Begins an iteration that consumes nothing: from the consuming reader's position to what is there now, so that it ends although
 * writers go on. *totals: entries and written, of the CPUs concerned. Return: 0, errno of utfs_reader_lock().
 * Locks: reader mutexes, one after the other, here and in utfs_merge_peek().
 */
struct utfs_merge_totals {
	uint64_t entries, written, overrun;
};
int utfs_merge_iterate(struct utfs_merge *merge, struct utfs_merge_totals *totals);

/*
 * Begins consuming: takes the reader mutexes of its CPUs in ascending order and holds them until utfs_merge_consumed().
 * Return: 0, errno of utfs_reader_lock() (then none is held).
 */
int utfs_merge_consume(struct utfs_merge *merge);
/* Makes what was taken consumed, lets the mutexes go. */
void utfs_merge_consumed(struct utfs_merge *merge);

/* The earliest event that was not taken yet. Return: 1; 0 no more; errno of utfs_reader_lock(). */
int utfs_merge_peek(struct utfs_merge *merge, struct utfs_merge_event *event);
/* Takes the event that peek gave. */
void utfs_merge_take(struct utfs_merge *merge);

/*
 * Is there nothing to consume? Marks the buffers first, so that the next event counts the data sequence up and wakes whoever waits.
 * Return: so. Locks: none. Context: any thread.
 */
bool utfs_merge_still_empty(const struct utfs_merge *merge);

#endif
