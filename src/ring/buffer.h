/* SPDX-License-Identifier: MIT */
/* Making, publishing and stopping buffers: what create.c, resize.c and drain.c share. */
#ifndef UTFS_RING_BUFFER_H
#define UTFS_RING_BUFFER_H

#include "ring/internal.h"

/* publish.c ---------------------------------------------------------------------------------------- */

/*
 * Pages of an order for one side of a CPU, and behind them, in the same extent, those of their metas, which are zeroed.
 * Return: 0, -ENOSPC, -ENOMEM, -EINVAL; the transaction of the caller undoes what was taken.
 */
int utfs_buffer_allocate(struct utfs_arena *arena, uint64_t nr_pages, unsigned int order,
			 uint64_t *first_page, uint64_t *meta_offset)
	UTFS_REQUIRES(arena->event_mutex);
/* Gives them back at the commit; nothing in them changes before. Return: 0, -ENOSPC. */
int utfs_buffer_free(struct utfs_arena *arena, const struct utfs_geometry *geometry)
	UTFS_REQUIRES(arena->event_mutex);

/* The newest page and the number of the event that comes after it. */
struct utfs_newest {
	uint64_t sequence;
	uint64_t next_entry;
};
/*
 * Finds the newest page from the pages themselves, nobody writing there; completes the first entry of one that a switch
 * had prepared. Return: false no page makes sense.
 */
bool utfs_buffer_newest(const struct utfs_geometry *geometry, struct utfs_newest *newest);
/* Empties the page of a sequence and gives it its first entry and time. */
void utfs_page_begin(const struct utfs_geometry *geometry, uint64_t sequence, uint64_t first_entry,
		     uint64_t time_stamp);
/*
 * Gives a side without pages nr_pages of an order, empty from `now` on. utfs_side_tail() is where it can be written.
 * Return: as utfs_buffer_allocate(); -EBADMSG.
 */
int utfs_side_make(struct utfs_arena *arena, struct utfs_ring_side *side, uint64_t nr_pages,
		   unsigned int order, uint64_t now) UTFS_REQUIRES(arena->event_mutex);
/* Takes the pages from the words of a side, nobody being inside; the caller frees them. */
void utfs_side_clear(struct utfs_arena *arena, struct utfs_ring_side *side)
	UTFS_REQUIRES(arena->event_mutex);
/* Where a side goes on, nobody writing there, from what lies in its pages. Return: a tail; 0 it has no pages. */
uint64_t utfs_side_tail(struct utfs_arena *arena, unsigned int recorder,
			const struct utfs_ring_side *side) UTFS_REQUIRES(arena->event_mutex);
/* The recorder's clock, now. */
uint64_t utfs_recorder_now(const struct utfs_arena *arena, unsigned int recorder);

/*
 * Lets writers in (again), where they were stopped, on the side that is wanted: one store, which needs no transaction because
 * it can be repeated from what lies in the pages. Does nothing where writers are in.
 */
void utfs_buffer_publish(struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
	UTFS_REQUIRES(arena->event_mutex);

/* stop.c ------------------------------------------------------------------------------------------- */

/*
 * Keeps new writers out: nobody but utfs_buffer_publish() ends that. In rseq mode some may still be inside: see
 * utfs_buffer_quiesce(). Return: 0; -EBUSY locked mode: somebody alive holds the lock word.
 */
int utfs_buffer_stop(struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * Stops one CPU's buffer or all (UTFS_PIN_ALL_CPUS) and waits until writers and readers are out.
 * Return: 0; -EBUSY, -ETIMEDOUT (some are stopped, some not).
 */
int utfs_buffer_quiesce(struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all)
	UTFS_REQUIRES(arena->event_mutex);
/* Waits for a reader that is copying from a stopped buffer. Return: 0, errno of utfs_reader_lock(). */
int utfs_buffer_readers_out(const struct utfs_arena *arena, unsigned int recorder,
			    unsigned int cpu);

/* snapshot.c: makes what a snapshot needs whole where somebody died over it. */
void utfs_snapshot_repair(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);

/* drain.c: no event records for a recorder any more. Return: 0, -ENOSPC, -E2BIG. */
int utfs_masks_clear(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);

/* publish.c: pages that hold the metas of so many. */
uint64_t utfs_meta_pages(uint64_t nr_pages);
/* create.c: what writers read of an instance's settings. */
uint64_t utfs_config_of(const struct utfs_instance *instance);

/* grace.c: as utfs_ring_grace(), for one CPU or all. */
int utfs_grace_cpus(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all,
		    int timeout_ms);
/* grace.c: a thread of ours runs once on every CPU: whatever ran there before has passed a barrier. Return: as utfs_ring_grace(). */
int utfs_cpus_visit(const struct utfs_arena *arena, int timeout_ms);
#define UTFS_GRACE_TIMEOUT_MS 2000

/* The CPUs of cpu_or_all: for (cpu = first; cpu < end; ...). */
static inline uint32_t utfs_cpus_first(uint32_t cpu_or_all)
{
	return cpu_or_all == UTFS_PIN_ALL_CPUS ? 0 : cpu_or_all;
}
static inline uint32_t utfs_cpus_end(const struct utfs_arena *arena, uint32_t cpu_or_all)
{
	return cpu_or_all == UTFS_PIN_ALL_CPUS || cpu_or_all >= arena->nr_cpus ? arena->nr_cpus
									       : cpu_or_all + 1;
}

#endif
