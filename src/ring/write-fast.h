/* SPDX-License-Identifier: MIT */
/*
 * The common event in one straight line, without a call and without a loop, to be inlined where each instruction counts:
 * short, its length a multiple of 4, in rseq mode, by the `local` clock, soon after the last one, on a page of order 0 that has room.
 *
 * The order of the loads matters:
 *   tail, then config and mask    a stop is "mask or config, then the tail": who sees a live tail later sees the rest
 *   commit, then the sequence     which compares it: an event that was committed in between fails our comparison
 * The clock may be read before all that: a time that the last event on the page is ahead of is not used here, so time stamps
 * of a CPU never decrease. It is read as early as it is known that it will be needed, since what comes behind does not wait
 * for it.
 *
 * What the arena says is loaded once and checked, as everywhere: a damaged tail never leads outside the heap, a damaged commit
 * word never outside its page.
 */
#ifndef UTFS_RING_WRITE_FAST_H
#define UTFS_RING_WRITE_FAST_H

#include "arena/counter.h"
#include "ring/internal.h"
#include "ring/rseq-seq.h"

/* config of a recorder that is on, uses the local clock, and has pages of order 0 */
#define UTFS_CONFIG_COMMON (UTFS_CONFIG_ON | (uint64_t)UTFS_CLOCK_LOCAL << UTFS_CONFIG_CLOCK_SHIFT)

static_assert(UTFS_MAX_RECORDERS * UTFS_MAX_CPUS <= UINT32_MAX / sizeof(struct utfs_cpu_buffer),
	      "32 bits suffice for an offset among them");
static_assert(UTFS_TAIL_SWAP == UTFS_TAIL_PAGE_MASK + 1, "no page of the heap has this number");

static inline __attribute__((always_inline)) struct utfs_cpu_buffer *
utfs_fast_buffer(const struct utfs_writer *writer, uint32_t recorder, uint32_t cpu)
{
	uint32_t index = recorder * writer->nr_cpus + cpu;
	uint32_t offset = index * (uint32_t)sizeof(struct utfs_cpu_buffer);

	return (struct utfs_cpu_buffer *)(void *)((char *)writer->cpu_buffers + offset);
}

static inline __attribute__((always_inline)) uint64_t
utfs_fast_config(const struct utfs_writer *writer, uint32_t recorder)
{
	uint32_t offset = recorder * (uint32_t)sizeof(struct utfs_recorder);
	const void *at = (const char *)writer->recorders + offset;

	return utfs_load(&((const struct utfs_recorder *)at)->config);
}

/*
 * The event header and the commit word. `words`: of the record. Return: false a delta that is too large for the header or went
 * back (it wrapped), one to the page's start that is so large that its top bit may soon be needed, no room.
 */
static inline __attribute__((always_inline)) bool utfs_fast_encode(struct utfs_page *page,
								   uint64_t commit, uint64_t now,
								   uint64_t words,
								   struct utfs_encoded *encoded)
{
	uint64_t delta = now - utfs_load(&page->time_stamp) - utfs_commit_delta(commit, 0);
	uint64_t length_words = commit & UTFS_COMMIT_LENGTH_MASK;

	if (utfs_unlikely(delta > UTFS_DELTA_MAX || (int64_t)commit < 0 ||
			  length_words + words > UTFS_PAGE_DATA_BYTES / 4 - 1))
		return false;
	encoded->at = page->data + length_words * 4;
	encoded->head = (uint32_t)words | (uint32_t)delta << 5;
	encoded->commit = commit + (words + 1) + (UINT64_C(1) << UTFS_COMMIT_LENGTH_BITS) +
			  (delta << UTFS_COMMIT_DELTA_SHIFT);
	return true;
}

/*
 * utfs_ring_write_fast() by a clock that was read before, or is read now (cycles NULL): a constant for the compiler. An event that is written
 * to several recorders has the same time in all of them, where it is a common one.
 */
static inline __attribute__((always_inline)) bool
utfs_ring_write_at(const struct utfs_writer *writer, uint32_t recorder, const void *record,
		   size_t bytes, const uint64_t *mask, uint64_t bit, const uint64_t *cycles,
		   struct utfs_cpu_buffer **cb)
{
	/* Rotated: what is not a multiple of 4 becomes huge. */
	uint64_t words = (uint64_t)bytes >> 2 | (uint64_t)bytes << 62;
	struct rseq *rseq = writer->rseq;
	struct utfs_encoded encoded;
	struct utfs_page *page;
	uint64_t tail, counter, config, commit, now;
	uint32_t cpu, page_index;

	if (utfs_unlikely(!rseq))
		return false;
	cpu = __atomic_load_n(&rseq->cpu_id, __ATOMIC_RELAXED);
	if (utfs_unlikely(cpu >= writer->nr_cpus))
		return false;
	*cb = utfs_fast_buffer(writer, recorder, cpu);
	/* Acquire: pairs with the release that published the buffer. */
	tail = utfs_load_acquire(&(*cb)->tail);
	counter = cycles ? *cycles : utfs_counter_read();
	config = utfs_fast_config(writer, recorder);
	/* Outside the heap: stopped, damaged, or UTFS_TAIL_SWAP has made it so. */
	page_index =
		(uint32_t)(tail & (UTFS_TAIL_SWAP | UTFS_TAIL_PAGE_MASK)) - writer->heap_first_page;
	if (utfs_unlikely(page_index >= writer->heap_pages || !(utfs_load(mask) & bit) ||
			  (config & UTFS_CONFIG_HOW_MASK & ~UTFS_CONFIG_OVERWRITE) !=
				  UTFS_CONFIG_COMMON ||
			  words - 1 >= UTFS_TYPE_DATA_MAX))
		return false;
	page = (struct utfs_page *)(void *)(writer->heap + (uint64_t)page_index * UTFS_PAGE_BYTES);
	commit = utfs_load_acquire(&page->commit);
	now = utfs_counter_scale(counter - writer->base_cycles, writer->factor) + writer->base_ns;
	if (utfs_unlikely(!utfs_fast_encode(page, commit, now, words, &encoded)))
		return false;
	encoded.rest = record;
	encoded.rest_bytes = (uint32_t)bytes;
	return utfs_likely(utfs_seq_commit(rseq, cpu, &(*cb)->tail, tail, page, commit, &encoded) ==
			   UTFS_SEQ_DONE);
}

/*
 * Writes a record, as utfs_ring_write(), if it is a common one. `record`: behind the headroom; mask: not NULL; recorder <
 * UTFS_MAX_RECORDERS. A writer that is all zeros will do: then nothing is written.
 * Return: true written, into *cb: where the caller is to look at waiters; false nothing was done, utfs_ring_write() knows what
 * to do. Context: any thread, signal handlers included. Keeps errno.
 */
static inline __attribute__((always_inline)) bool
utfs_ring_write_fast(const struct utfs_writer *writer, uint32_t recorder, const void *record,
		     size_t bytes, const uint64_t *mask, uint64_t bit, struct utfs_cpu_buffer **cb)
{
	return utfs_ring_write_at(writer, recorder, record, bytes, mask, bit, NULL, cb);
}

#endif
