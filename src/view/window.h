/* SPDX-License-Identifier: MIT */
/*
 * A part of the time as so many bins of equal length, and what is near a place in it. The time that it takes depends on the number of bins, threads
 * and types, and only by a logarithm on the number of events.
 */
#ifndef UTFS_VIEW_WINDOW_H
#define UTFS_VIEW_WINDOW_H

#include "view/filter.h"

#define UTFS_VIEW_NO_TYPE  UINT32_MAX
#define UTFS_VIEW_NO_PLACE UINT32_MAX

/* Which events are seen. */
struct utfs_view_eye {
	const struct utfs_view_store *store;
	const struct utfs_view_filter *filter; /* up to date; NULL: all */
	const bool *hidden;		       /* by type; NULL: none */
};

struct utfs_view_bin {
	uint32_t count;
	uint32_t
		type; /* the one with most of them, the lowest number of several; UTFS_VIEW_NO_TYPE: there is none */
};

/*
 * utfs_view_edges - places of the first event at each edge of the bins, or after it; edges has nr_bins + 1 of them
 * Edge k is at from + (to - from) * k / nr_bins, rounded down; from <= to.
 */
void utfs_view_edges(const struct utfs_view_store *store, uint64_t from, uint64_t to,
		     uint32_t nr_bins, uint32_t *edges);

/* utfs_view_bins - what is seen of a thread. scratch: nr_bins of them, whatever they hold. */
void utfs_view_bins(const struct utfs_view_eye *eye, uint32_t thread, const uint32_t *edges,
		    uint32_t nr_bins, struct utfs_view_bin *bins, uint32_t *scratch);

/* utfs_view_counts - what is seen of a type. Return: how many in all bins. */
uint64_t utfs_view_counts(const struct utfs_view_eye *eye, uint32_t type, const uint32_t *edges,
			  uint32_t nr_bins, uint32_t *counts);

/* utfs_view_nearest - the event of a thread that is seen and nearest to a time, the earlier one of two. Return: its place; UTFS_VIEW_NO_PLACE: none is seen. */
uint32_t utfs_view_nearest(const struct utfs_view_eye *eye, uint32_t thread, uint64_t time);

/* utfs_view_next, utfs_view_previous - the event of a thread that is seen, at `place` or behind it, or before it. Return: as utfs_view_nearest(). */
uint32_t utfs_view_next(const struct utfs_view_eye *eye, uint32_t thread, uint32_t place);
uint32_t utfs_view_previous(const struct utfs_view_eye *eye, uint32_t thread, uint32_t place);

#endif
