/* SPDX-License-Identifier: MIT */
/*
 * Pairs of events: what begins and what ends it, found by the thread or by the value of a field that both types have. As with the variables of histograms, of
 * several that began with the same value the last counts, and an end takes it: so pairs of one value do not overlap.
 *
 * Where events may be missing between a begin and its end (losses.h), there may have been another end and another begin. The pair is in doubt then, unless the field names one thing
 * each: no value of it begins twice or ends twice among all events that are there.
 */
#ifndef UTFS_VIEW_PAIRS_H
#define UTFS_VIEW_PAIRS_H

#include "view/window.h"

struct utfs_view_pair_wish {
	uint32_t begin, end; /* types; not the same */
	char field[64];	     /* "": by the thread */
};

struct utfs_view_span {
	uint32_t begin, end; /* places */
};

/* The spans of the thread that they began in. */
struct utfs_view_thread_spans {
	struct utfs_view_span *spans; /* by their begin */
	uint64_t *begins,
		*ends; /* nr + 1: sums of the times of the first so many begins; of ends, in the order of ends */
	uint64_t *last;	  /* the latest end of the first so many, from one on */
	uint64_t *sorted; /* ends, ascending */
	uint32_t nr;
};

struct utfs_view_pairs {
	struct utfs_view_pair_wish wish;
	struct utfs_view_span *spans; /* by their end */
	uint32_t nr, cap;
	struct utfs_view_span *doubtful; /* which are none of the spans; by their end */
	uint32_t nr_doubtful;
	struct utfs_view_thread_spans *threads;
	uint32_t nr_threads;
	uint32_t nr_events; /* what the store had then */
	uint64_t dropped;
};

/*
 * utfs_view_pairs_create - find them; *pairs belongs to the caller: utfs_view_pairs_free()
 * Return: 0; -EINVAL no such types, or the field is not in both, or cannot be compared; -ENOMEM.
 */
int utfs_view_pairs_create(const struct utfs_view_store *store,
			   const struct utfs_view_pair_wish *wish, struct utfs_view_pairs **pairs);
void utfs_view_pairs_free(struct utfs_view_pairs *pairs);

/* utfs_view_pairs_field_fits - may pairs of these types be found by this field of the first? */
bool utfs_view_pairs_field_fits(const struct utfs_recording_type *begin,
				const struct utfs_recording_type *end,
				const struct utfs_field *field);

/* Which spans are counted: those of which begin or end is accepted by the filter, that begin in [from, to), and take from shortest to longest, both included. */
struct utfs_view_latency_wish {
	const struct utfs_view_filter *filter; /* NULL: all */
	uint64_t from, to;
	uint64_t shortest, longest;
};

/* Latencies are counted in classes, eight to each power of two, so that none is wider than an eighth of its beginning; below 8 one for each number. */
#define UTFS_VIEW_CLASSES (8 * 62)
uint32_t utfs_view_class_of(uint64_t latency);
uint64_t utfs_view_class_begin(uint32_t number); /* of UTFS_VIEW_CLASSES: the end of the last */

#define UTFS_VIEW_SLOWEST 20

struct utfs_view_latencies {
	uint64_t nr, sum, shortest, longest; /* of none: 0 */
	uint64_t nr_doubtful;		     /* in doubt, and not counted otherwise */
	uint64_t p50, p90, p99, p999;	     /* the smallest that so many are not above */
	uint64_t counts[UTFS_VIEW_CLASSES];
	struct utfs_view_span
		slowest[UTFS_VIEW_SLOWEST]; /* the longest first; of equal ones the earliest */
	uint32_t nr_slowest;
};

/* utfs_view_latencies - of the spans that are wished for. Return: 0; -ENOMEM. */
int utfs_view_latencies(const struct utfs_view_pairs *pairs, const struct utfs_view_store *store,
			const struct utfs_view_latency_wish *wish,
			struct utfs_view_latencies *latencies);

/*
 * utfs_view_spans_find - the spans of a thread that [from, to) touches: from *first on, of which those that end before `from` are to be left out.
 * Return: how many.
 */
uint32_t utfs_view_spans_find(const struct utfs_view_pairs *pairs,
			      const struct utfs_view_store *store, uint32_t thread, uint64_t from,
			      uint64_t to, uint32_t *first);

/* utfs_view_spans_busy - the time that the spans of a thread have of the first `until`, all together */
uint64_t utfs_view_spans_busy(const struct utfs_view_pairs *pairs,
			      const struct utfs_view_store *store, uint32_t thread, uint64_t until);

#endif
