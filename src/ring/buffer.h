/* SPDX-License-Identifier: MIT */
/* Making, publishing and stopping buffers: what create.c, resize.c and drain.c share. */
#ifndef UTFS_RING_BUFFER_H
#define UTFS_RING_BUFFER_H

#include "ring/internal.h"

/* publish.c ---------------------------------------------------------------------------------------- */

/*
 * Pages for one CPU, and behind them, in the same extent, those of their metas, which are zeroed.
 * Return: 0, -ENOSPC, -ENOMEM, -EINVAL; the transaction of the caller undoes what was taken.
 */
int utfs_buffer_allocate(struct utfs_arena *arena, uint64_t nr_pages, uint64_t *first_page,
			 uint64_t *meta_offset) UTFS_REQUIRES(arena->event_mutex);
/* Gives them back at the commit; nothing in them changes before. Return: 0, -ENOSPC. */
int utfs_buffer_free(struct utfs_arena *arena, const struct utfs_geometry *geometry)
	UTFS_REQUIRES(arena->event_mutex);

/* The newest page and the number of the event that comes after it. */
struct utfs_newest {
	uint64_t sequence;
	uint64_t next_entry;
};
/*
 * Finds the newest page from the pages themselves, tail being 0; completes the first entry of one that a switch
 * had prepared. Return: false no page makes sense.
 */
bool utfs_buffer_newest(const struct utfs_geometry *geometry, struct utfs_newest *newest);
/* Empties the page of a sequence and gives it its first entry and time. */
void utfs_page_begin(const struct utfs_geometry *geometry, uint64_t sequence, uint64_t first_entry,
		     uint64_t time_stamp);
/* The recorder's clock, now. */
uint64_t utfs_recorder_now(const struct utfs_arena *arena, unsigned int recorder);

/*
 * Lets writers in (again), where tail is 0: one store, which needs no transaction because it can be repeated from what
 * lies in the pages. Does nothing where tail is not 0.
 */
void utfs_buffer_publish(struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
	UTFS_REQUIRES(arena->event_mutex);

/* stop.c ------------------------------------------------------------------------------------------- */

/*
 * Keeps new writers out: tail = 0. In rseq mode some may still be inside, and one that is switching pages may even undo
 * it: see utfs_buffer_quiesce(). Return: 0; -EBUSY locked mode: somebody alive holds the lock word.
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

/* grace.c: as utfs_ring_grace(), for one CPU or all. */
int utfs_grace_cpus(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all,
		    int timeout_ms);
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
