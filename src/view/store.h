/* SPDX-License-Identifier: MIT */
/*
 * Events in columns, in the order of their time, and indexes of them.
 *
 * An event is known by its place in the columns, a 32-bit number. Where the store is full (utfs_view_store_limit()), the oldest quarter makes way and all places
 * are fewer by as many: `dropped` says how many went, so place + dropped names an event for ever. The numbers of lanes and threads that have no
 * events any more are given to those that come.
 *
 * Memory of an event: 22 bytes of columns, 8 of indexes (which grow by doubling), and its record.
 */
#ifndef UTFS_VIEW_STORE_H
#define UTFS_VIEW_STORE_H

#include "recording/recording.h"

/* Places of events, ascending. */
struct utfs_view_places {
	uint32_t *at;
	uint32_t nr, cap;
};

/* The events of one thread that are of one type. */
struct utfs_view_lane {
	uint32_t thread, type;
	struct utfs_view_places places;
	uint32_t next_spare; /* of a spare one: the next and 1, 0: the last */
	bool is_spare;	     /* waits for its number to be used again */
};

struct utfs_view_thread {
	int32_t tid, tgid; /* tgid: that of the last event that knew it; 0: none did */
	char comm[17];	   /* the last one that was known; "": none */
	uint32_t *lanes;   /* numbers of lanes */
	uint32_t nr_lanes, cap_lanes;
	uint64_t nr_events; /* those that are there */
	uint32_t next_spare;
	bool is_spare;
};

struct utfs_view_type {
	const struct utfs_recording_type *known;
	struct utfs_view_places places;
};

/* Events that are missing between two of a stream. */
struct utfs_view_gap {
	uint64_t begin; /* time of the event before them; 0: there is none */
	uint64_t end;	/* of the one after them */
	uint64_t lost;	/* UTFS_RECORDING_LOST_SOME: it is not known how many */
	uint16_t cpu, file;
};

struct utfs_view_store {
	uint64_t
		origin; /* time of the first event that ever came; all times but this count from it */
	uint64_t dropped;
	uint32_t nr, cap, limit; /* limit 0: none */
	uint64_t *time;
	uint32_t *lane;
	uint16_t *cpu;
	uint64_t *record; /* nr + 1 of them: where each begins in the heap, and the next one ends */
	unsigned char *heap;
	size_t heap_cap;

	struct utfs_view_lane *lanes;
	uint32_t nr_lanes, cap_lanes;
	struct utfs_view_thread *threads;
	uint32_t nr_threads, cap_threads;
	struct utfs_view_type
		*types; /* by index of the recording's type; known NULL: none came yet */
	uint32_t nr_types, cap_types;
	uint32_t *thread_slots, *lane_slots; /* hash tables of numbers + 1 */
	uint32_t cap_thread_slots, cap_lane_slots;
	uint32_t first_spare_thread, first_spare_lane; /* and 1; 0: none */

	struct utfs_view_gap *gaps; /* by their end */
	uint32_t nr_gaps, cap_gaps;
	uint64_t nr_lost;   /* of the gaps whose size is known, of all that ever were */
	bool has_lost_some; /* and there was one of another kind */
	uint64_t *last;	    /* by stream: time of its last event, and 1; 0: none came yet */
	uint32_t nr_last, cap_last;
};

/* {0} is an empty store. limit: events that are kept at most, at least 4; 0: all. */
static inline void utfs_view_store_limit(struct utfs_view_store *store, uint32_t limit)
{
	store->limit = limit;
}

/*
 * utfs_view_store_add - the next event; one that is earlier than the last is taken to be at its time
 * Return: 0; -ENOMEM, -EFBIG more than 2^32 - 2 events or 2^16 CPUs: the store is as it was. Context: alone with the store.
 */
int utfs_view_store_add(struct utfs_view_store *store, const struct utfs_recording_event *event);
void utfs_view_store_fini(struct utfs_view_store *store);

/* utfs_view_store_event - an event as it was given, but for lost, stream and instance. Return: nothing; what *event refers to lives until the store changes. */
void utfs_view_store_event(const struct utfs_view_store *store, uint32_t place,
			   struct utfs_recording_event *event);

/* utfs_view_places_between - the first, from `low` on and below `high`, that is not before `place`. Return: its index; high: there is none. */
uint32_t utfs_view_places_between(const struct utfs_view_places *places, uint32_t low,
				  uint32_t high, uint32_t place);

/* utfs_view_places_find - how many are before `place` */
uint32_t utfs_view_places_find(const struct utfs_view_places *places, uint32_t place);

/* utfs_view_store_find - the first event at `time` or after it. Return: its place; nr: there is none. */
uint32_t utfs_view_store_find(const struct utfs_view_store *store, uint64_t time);

#endif
