/* SPDX-License-Identifier: MIT */
/*
 * The writer, rseq mode: all that is not a common event (write-fast.h). One attempt reads a consistent picture (the
 * comparisons in the sequence prove it), prepares the event, and runs the sequence; whatever came in between sends it back
 * to the start.
 *
 * The order of the loads matters, as there; and here also
 *   commit, then the clock        so time stamps of a CPU never decrease: an event that took its time before us and
 *                                 committed after our load of commit fails our comparison
 */
#include "ring/write-fast.h"

/* A thread that is stopped at every instruction (a debugger) can never finish a sequence: it gives up. */
#define MAX_ATTEMPTS 256

enum outcome {
	OUTCOME_WRITTEN,
	OUTCOME_OFF,  /* not recorded, not counted */
	OUTCOME_DROP, /* not recorded, counted */
	OUTCOME_RETRY,
};

static __attribute__((noinline)) enum outcome switch_page(const struct utfs_writer *writer,
							  struct utfs_cpu_buffer *cb, uint32_t cpu,
							  uint64_t tail, uint64_t commit,
							  uint64_t now, uint64_t config)
{
	struct utfs_switch change;

	if (!utfs_switch_prepare(writer->arena, cb, tail, commit, now,
				 config & UTFS_CONFIG_OVERWRITE, &change))
		return OUTCOME_DROP;
	if (utfs_seq_switch(writer->rseq, cpu, &change) == UTFS_SEQ_DONE) {
		if (writer->switched)
			writer->switched();
		utfs_ring_wake_pages(writer->arena, cb, change.sequence);
	}
	return OUTCOME_RETRY;
}

/* The tail has UTFS_TAIL_SWAP: no event may come before the swap, if there is one to make. */
static __attribute__((noinline)) enum outcome swap_sides(const struct utfs_writer *writer,
							 const struct utfs_recorder *recorder,
							 struct utfs_cpu_buffer *cb, uint32_t cpu,
							 uint64_t tail)
{
	struct utfs_swap swap;

	if (utfs_swap_prepare(writer->arena, recorder, cb, tail, &swap) &&
	    utfs_seq_swap(writer->rseq, cpu, &swap) == UTFS_SEQ_DONE) {
		utfs_swap_hint(recorder, cb);
		utfs_ring_wake_pages(writer->arena, cb, UTFS_SEQUENCE_MAX);
	}
	return OUTCOME_RETRY;
}

static __attribute__((noinline)) enum outcome attempt(const struct utfs_writer *writer,
						      const struct utfs_recorder *recorder,
						      struct utfs_cpu_buffer *cb, uint32_t cpu,
						      void *buffer, size_t bytes,
						      const uint64_t *mask, uint64_t bit)
{
	const struct utfs_arena *arena = writer->arena;
	struct utfs_encoded encoded;
	struct utfs_page *page;
	unsigned int order;
	uint64_t tail, config, commit, now;

	/* Acquire: pairs with the release that published the buffer. */
	tail = utfs_load_acquire(&cb->tail);
	config = utfs_load(&recorder->config);
	if (!utfs_config_records(config) || (mask && !(utfs_load(mask) & bit)))
		return OUTCOME_OFF;
	/* No page: no buffer, stopped for a resize, or damaged. */
	order = utfs_config_order(config);
	page = utfs_heap_page(arena, utfs_tail_page(tail), order);
	if (!page)
		return OUTCOME_DROP;
	if (tail & UTFS_TAIL_SWAP)
		return swap_sides(writer, recorder, cb, cpu, tail);
	commit = utfs_load_acquire(&page->commit);
	now = utfs_clock_read(arena, config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK);
	switch (utfs_event_encode(page, order, commit, now, buffer, bytes, &encoded)) {
	case UTFS_ENCODE_FITS:
		if (utfs_seq_commit(writer->rseq, cpu, &cb->tail, tail, page, commit, &encoded) ==
		    UTFS_SEQ_DONE)
			return OUTCOME_WRITTEN;
		return OUTCOME_RETRY;
	case UTFS_ENCODE_SWITCH:
		return switch_page(writer, cb, cpu, tail, commit, now, config);
	case UTFS_ENCODE_BAD:
		break;
	}
	return OUTCOME_DROP;
}

/* Everything that is not a common event. Nothing has been written yet. */
static __attribute__((noinline)) bool write_slow(const struct utfs_writer *writer,
						 unsigned int recorder, void *buffer, size_t bytes,
						 const uint64_t *mask, uint64_t bit)
{
	const struct utfs_arena *arena = writer->arena;
	struct utfs_cpu_buffer *cb = NULL;
	enum outcome outcome = OUTCOME_RETRY;
	uint32_t cpu = 0;

	if (!writer->rseq)
		return utfs_ring_write_locked(writer, recorder, buffer, bytes, mask, bit);
	for (int i = 0; outcome == OUTCOME_RETRY && i < MAX_ATTEMPTS; i++) {
		cpu = __atomic_load_n(&writer->rseq->cpu_id, __ATOMIC_RELAXED);
		if (cpu >= arena->nr_cpus) {
			__atomic_fetch_add(&arena->header->lost_nowhere, 1, __ATOMIC_RELAXED);
			return false;
		}
		cb = utfs_cpu_buffer_at(arena, recorder, cpu);
		outcome = attempt(writer, utfs_recorder_at(arena, recorder), cb, cpu, buffer, bytes,
				  mask, bit);
	}
	if (outcome == OUTCOME_WRITTEN && utfs_load(&cb->waiters) == UTFS_WAITERS_EVENT)
		utfs_ring_wake(arena, &cb->waiters);
	else if (outcome == OUTCOME_DROP || outcome == OUTCOME_RETRY)
		utfs_ring_drop(arena, recorder, cpu);
	return outcome == OUTCOME_WRITTEN;
}

bool utfs_ring_write(const struct utfs_writer *writer, unsigned int recorder, void *buffer,
		     size_t bytes, const uint64_t *mask, uint64_t bit)
{
	static const uint64_t always = 1;
	struct utfs_cpu_buffer *cb;

	if (!mask) {
		mask = &always;
		bit = always;
	}
	if (utfs_unlikely(!utfs_ring_write_fast(writer, recorder,
						(char *)buffer + UTFS_RECORD_HEADROOM, bytes, mask,
						bit, &cb)))
		return write_slow(writer, recorder, buffer, bytes, mask, bit);
	/* utfs_ring_arm() orders its store against this load with a membarrier. */
	if (utfs_unlikely(utfs_load(&cb->waiters) == UTFS_WAITERS_EVENT))
		utfs_ring_wake(writer->arena, &cb->waiters);
	return true;
}
