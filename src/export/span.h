/* SPDX-License-Identifier: MIT */
/*
 * What events are on a timeline: the begin or the end of a slice, a slice that is known whole, an instant, or the value of a counter; and on which
 * track. For the formats that have tracks. docs/export.md tells the rules to users.
 *
 * Slices of a track nest. Those of a thread lie on the thread's own track, as calls do. A kind of slice that was found not to nest
 * there (utfs_spans_learn()) has a track of its own below the thread.
 */
#ifndef UTFS_EXPORT_SPAN_H
#define UTFS_EXPORT_SPAN_H

#include "recording/recording.h"

struct utfs_spans;

enum utfs_scope {
	UTFS_SCOPE_THREAD,
	UTFS_SCOPE_PROCESS,
	UTFS_SCOPE_CPU,
	UTFS_SCOPE_OTHER, /* a number that the event gives */
};

struct utfs_track {
	uint32_t index; /* of all tracks, from 0 on, in the order in which they come up */
	enum utfs_scope scope;
	int64_t id;	   /* thread, process, CPU or other number */
	int32_t tgid;	   /* of a thread's or process's: the process; 0: not known */
	const char *name;  /* NULL: the thread itself */
	const char *group; /* other: the name of the number, as "scope_request" */
	const char *comm;  /* the thread's or process's name, NULL: not known */
	bool is_counter;
};

enum utfs_span_kind {
	UTFS_SPAN_INSTANT,
	UTFS_SPAN_BEGIN,
	UTFS_SPAN_END,	 /* of the last one that began on the track */
	UTFS_SPAN_WHOLE, /* from begin_ns on to the event */
	UTFS_SPAN_COUNTER,
};

struct utfs_span {
	enum utfs_span_kind kind;
	const struct utfs_track *track; /* lives as long as the spans */
	const char *name;		/* lives until the next call; not of an end */
	size_t name_bytes;
	uint64_t begin;			   /* whole */
	struct utfs_recording_value value; /* counter: SIGNED, UNSIGNED or FLOAT */
};

/* *spans belongs to the caller: utfs_spans_free(), which takes NULL as well. The recording lives longer. Return: 0, -ENOMEM. */
int utfs_spans_create(struct utfs_recording *recording, struct utfs_spans **spans);
void utfs_spans_free(struct utfs_spans *spans);

/* Are there kinds of slices that may not nest? Return: no: utfs_spans_learn() has nothing to learn. */
bool utfs_spans_can_learn(const struct utfs_spans *spans);

/* Looks at an event ahead; all of them once, by their time, before the first utfs_spans_take(). Return: 0, -ENOMEM. */
int utfs_spans_learn(struct utfs_spans *spans, const struct utfs_recording_event *event);

/* Takes the next event. Return: 0 with *span, -ENOMEM. */
int utfs_spans_take(struct utfs_spans *spans, const struct utfs_recording_event *event,
		    struct utfs_span *span);

#endif
