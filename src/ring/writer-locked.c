/* SPDX-License-Identifier: MIT */
/*
 * The writer, locked mode: the same steps as writer.c with the CPU buffer's lock word in the place of the kernel. Under the
 * lock nothing changes, so there is nothing to compare.
 */
#include <sched.h>

#include "ring/internal.h"
#include "ring/rseq-seq.h"

#define LOCK_TIMEOUT_US 250 /* for one CPU; the thread may find itself on another one after it */
#define LOCK_TRIES	4
/* A swap, a page switch, then the event; more where requests come in between, or where the page's words make no sense. */
#define MAX_ROUNDS 16

/* Is this event to be recorded now? */
static bool wanted(const struct utfs_recorder *recorder, const uint64_t *mask, uint64_t bit)
{
	return utfs_config_records(utfs_load(&recorder->config)) &&
	       (!mask || utfs_load(mask) & bit);
}

/* Return: true written. *drop: false not to be counted. *begun: the sequence of the page that was begun, if one was. */
static bool write_under_lock(const struct utfs_writer *writer, const struct utfs_recorder *recorder,
			     struct utfs_cpu_buffer *cb, void *buffer, size_t bytes,
			     const uint64_t *mask, uint64_t bit, bool *drop, uint64_t *begun)
{
	const struct utfs_arena *arena = writer->arena;

	for (int i = 0; i < MAX_ROUNDS; i++) {
		uint64_t tail = utfs_load_acquire(&cb->tail);
		uint64_t config = utfs_load(&recorder->config), commit, now;
		struct utfs_encoded encoded;
		struct utfs_switch change;
		struct utfs_swap swap;
		struct utfs_page *page;
		enum utfs_encode encode;

		*drop = wanted(recorder, mask, bit);
		page = *drop ? utfs_heap_page(arena, utfs_tail_page(tail),
					      utfs_config_order(config))
			     : NULL;
		if (!page)
			return false;
		if (tail & UTFS_TAIL_SWAP) {
			if (utfs_swap_prepare(arena, recorder, cb, tail, &swap) &&
			    utfs_plain_swap(&swap)) {
				utfs_swap_hint(recorder, cb);
				*begun = UTFS_SEQUENCE_MAX;
			}
			continue;
		}
		commit = utfs_load_acquire(&page->commit);
		now = utfs_clock_read(arena,
				      config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK);
		encode = utfs_event_encode(page, utfs_config_order(config), commit, now, buffer,
					   bytes, &encoded);
		if (encode == UTFS_ENCODE_FITS) {
			utfs_plain_commit(page, &encoded);
			return true;
		}
		if (encode == UTFS_ENCODE_BAD ||
		    !utfs_switch_prepare(arena, cb, tail, commit, now,
					 config & UTFS_CONFIG_OVERWRITE, &change))
			return false;
		if (utfs_plain_switch(&change) && *begun < change.sequence)
			*begun = change.sequence;
	}
	return false;
}

static uint32_t current_cpu(void)
{
	int saved_errno = errno;
	int cpu = sched_getcpu();

	errno = saved_errno;
	return (uint32_t)cpu;
}

bool utfs_ring_write_locked(const struct utfs_writer *writer, unsigned int recorder, void *buffer,
			    size_t bytes, const uint64_t *mask, uint64_t bit)
{
	const struct utfs_arena *arena = writer->arena;
	struct utfs_cpu_buffer *cb = NULL;
	bool written = false, drop = true;
	uint64_t begun = 0;
	uint32_t cpu = 0;
	int ret = -EBUSY;

	for (int i = 0; ret == -EBUSY && i < LOCK_TRIES; i++) {
		cpu = current_cpu();
		if (cpu >= arena->nr_cpus) {
			__atomic_fetch_add(&arena->header->lost_nowhere, 1, __ATOMIC_RELAXED);
			return false;
		}
		cb = utfs_cpu_buffer_at(arena, recorder, cpu);
		if (!wanted(utfs_recorder_at(arena, recorder), mask, bit))
			return false;
		ret = utfs_cpu_lock(arena, cb, writer->owner, LOCK_TIMEOUT_US);
	}
	if (!ret) {
		written = write_under_lock(writer, utfs_recorder_at(arena, recorder), cb, buffer,
					   bytes, mask, bit, &drop, &begun);
		utfs_cpu_unlock(cb);
	}
	if (begun && writer->switched)
		writer->switched();
	if (written && utfs_load(&cb->waiters) == UTFS_WAITERS_EVENT)
		utfs_ring_wake(arena, &cb->waiters);
	else if (begun)
		utfs_ring_wake_pages(arena, cb, begun);
	if (!written && drop)
		utfs_ring_drop(arena, recorder, cpu);
	return written;
}
