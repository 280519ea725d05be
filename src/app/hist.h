/* SPDX-License-Identifier: MIT */
/*
 * Counting records in histograms (arena/abi.h): in place, without a lock or an allocation, safe against a process that dies on the
 * way. Nothing that lies in the arena is believed: what is damaged counts nothing.
 */
#ifndef UTFS_APP_HIST_H
#define UTFS_APP_HIST_H

#include "app/filter.h"
#include "arena/hist-map.h"

/*
 * Counts a record of recorder's event as a plan says, unless that is paused. A map that is full counts it as dropped.
 * Return: true counted; false not. Keeps errno. Locks: none; the caller is in a section (ring/section.h) since before it
 * loaded the reference. Context: any, signal handlers included.
 */
bool utfs_hist_count(const struct utfs_filter_subject *subject, unsigned int recorder,
		     uint64_t plan);

/* What a reference to a plan leads to, checked: holds as long as the reference does and the plan has this map. */
struct utfs_hist_target {
	const struct utfs_hist_plan *plan;
	uint64_t map;	    /* reference */
	uint32_t is_number; /* the key, in a word of its own */
	uint16_t nr_vals, nr_keys;
	struct utfs_hist_view view;
};

/* Return: false there is none, or it is damaged. Context: as utfs_hist_count(). */
bool utfs_hist_target_get(const struct utfs_arena *arena, uint64_t plan,
			  struct utfs_hist_target *target);
/* Is it still what the plan leads to, whose reference stands? Context: as utfs_hist_count(). */
static inline bool utfs_hist_target_stands(const struct utfs_hist_target *target)
{
	return __atomic_load_n(&target->plan->map, __ATOMIC_ACQUIRE) == target->map;
}
/* As utfs_hist_count(). */
bool utfs_hist_target_count(const struct utfs_filter_subject *subject, unsigned int recorder,
			    const struct utfs_hist_target *target);

#endif
