/* SPDX-License-Identifier: MIT */
/*
 * The writer, rseq mode. One attempt reads a consistent picture (the comparisons in the sequence prove it), prepares the
 * event, and runs the sequence; whatever came in between sends it back to the start.
 *
 * The order of the loads matters:
 *   tail, then config and mask    a stop is "mask or config, then tail = 0": who sees a live tail later sees the rest
 *   commit, then the clock        so time stamps of a CPU never decrease: an event that took its time before us and
 *                                 committed after our load of commit fails our comparison
 */
#include "ring/clock-read.h"
#include "ring/internal.h"
#include "ring/rseq-seq.h"

/* A thread that is stopped at every instruction (a debugger) can never finish a sequence: it gives up. */
#define MAX_ATTEMPTS 256

enum outcome {
	OUTCOME_WRITTEN,
	OUTCOME_OFF,   /* not recorded, not counted */
	OUTCOME_DROP,  /* not recorded, counted */
	OUTCOME_RETRY,
};

static inline uint64_t read_clock(const struct utfs_arena *arena, uint64_t config)
{
	uint64_t clock = config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK;

	if (utfs_likely(clock == UTFS_CLOCK_LOCAL && utfs_load(&arena->header->local.mult)))
		return utfs_clock_scaled(&arena->header->local);
	return utfs_clock_read(arena, (enum utfs_clock)clock);
}

/*
 * The common event: short, less than 2^27 after the last one, room on the page. Any other: false, nothing done.
 */
static inline bool encode_common(struct utfs_page *page, uint64_t commit, uint64_t now, void *buffer, size_t bytes,
				 struct utfs_encoded *encoded)
{
	uint64_t delta_page = utfs_commit_delta(commit);
	uint64_t delta = now - (utfs_load(&page->time_stamp) + delta_page);
	uint32_t length = utfs_commit_bytes(commit);
	unsigned char *record = (unsigned char *)buffer + UTFS_RECORD_HEADROOM;
	uint32_t words = (uint32_t)(bytes + 3) / 4;

	/* A delta_page that is saturated, or becomes so, is not for here; nor a delta that went back: it wrapped. */
	if (utfs_unlikely(delta >> UTFS_DELTA_BITS || delta_page + delta >= UTFS_COMMIT_DELTA_MAX ||
			  bytes - 1 >= UTFS_SMALL_MAX_BYTES || length + 4 + words * 4 > UTFS_PAGE_DATA_BYTES))
		return false;
	if (bytes & 3)
		memset(record + bytes, 0, words * 4 - bytes);
	encoded->head = words | (uint32_t)delta << 5;
	encoded->rest = record;
	encoded->rest_bytes = words * 4;
	encoded->at = page->data + length;
	encoded->commit = commit + (words + 1) + (UINT64_C(1) << UTFS_COMMIT_LENGTH_BITS) +
			  (delta << UTFS_COMMIT_DELTA_SHIFT);
	return true;
}

static __attribute__((noinline)) enum outcome switch_page(const struct utfs_writer *writer, struct utfs_cpu_buffer *cb,
							  uint32_t cpu, uint64_t tail, uint64_t commit, uint64_t now,
							  uint64_t config)
{
	struct utfs_switch change;

	if (!utfs_switch_prepare(writer->arena, cb, tail, commit, now, config & UTFS_CONFIG_OVERWRITE, &change))
		return OUTCOME_DROP;
	if (utfs_seq_switch(writer->rseq, cpu, &change) == UTFS_SEQ_DONE && writer->switched)
		writer->switched();
	return OUTCOME_RETRY;
}

/* What encode_common() would not take. */
static __attribute__((noinline)) enum outcome write_uncommon(const struct utfs_writer *writer,
							     struct utfs_cpu_buffer *cb, uint32_t cpu, uint64_t tail,
							     struct utfs_page *page, uint64_t commit, uint64_t now,
							     uint64_t config, void *buffer, size_t bytes)
{
	struct utfs_encoded encoded;

	switch (utfs_event_encode(page, commit, now, buffer, bytes, &encoded)) {
	case UTFS_ENCODE_FITS:
		if (utfs_seq_commit(writer->rseq, cpu, &cb->tail, tail, page, commit, &encoded) == UTFS_SEQ_DONE)
			return OUTCOME_WRITTEN;
		return OUTCOME_RETRY;
	case UTFS_ENCODE_SWITCH:
		return switch_page(writer, cb, cpu, tail, commit, now, config);
	case UTFS_ENCODE_BAD:
		break;
	}
	return OUTCOME_DROP;
}

static inline __attribute__((always_inline)) enum outcome
attempt(const struct utfs_writer *writer, const struct utfs_recorder *recorder, struct utfs_cpu_buffer *cb,
	uint32_t cpu, void *buffer, size_t bytes, const uint64_t *mask, uint64_t bit)
{
	const struct utfs_arena *arena = writer->arena;
	struct utfs_encoded encoded;
	struct utfs_page *page;
	uint64_t tail, config, commit, now;

	/* Acquire: pairs with the release that published the buffer. */
	tail = utfs_load_acquire(&cb->tail);
	config = utfs_load(&recorder->config);
	if (utfs_unlikely(!tail || !(config & UTFS_CONFIG_ON) || (mask && !(utfs_load(mask) & bit))))
		return OUTCOME_OFF;
	page = utfs_heap_page(arena, utfs_tail_page(tail));
	if (utfs_unlikely(!page))
		return OUTCOME_DROP;
	commit = utfs_load_acquire(&page->commit);
	now = read_clock(arena, config);
	if (utfs_unlikely(!encode_common(page, commit, now, buffer, bytes, &encoded)))
		return write_uncommon(writer, cb, cpu, tail, page, commit, now, config, buffer, bytes);
	if (utfs_unlikely(utfs_seq_commit(writer->rseq, cpu, &cb->tail, tail, page, commit, &encoded) !=
			  UTFS_SEQ_DONE))
		return OUTCOME_RETRY;
	return OUTCOME_WRITTEN;
}

bool utfs_ring_write(const struct utfs_writer *writer, unsigned int recorder, void *buffer, size_t bytes,
		     const uint64_t *mask, uint64_t bit)
{
	const struct utfs_arena *arena = writer->arena;
	struct utfs_cpu_buffer *cb = NULL;
	enum outcome outcome;

	if (utfs_unlikely(!writer->rseq))
		return utfs_ring_write_locked(writer, recorder, buffer, bytes, mask, bit);
	for (int i = 0; i < MAX_ATTEMPTS; i++) {
		uint32_t cpu = __atomic_load_n(&writer->rseq->cpu_id, __ATOMIC_RELAXED);

		if (utfs_unlikely(cpu >= arena->nr_cpus)) {
			__atomic_fetch_add(&arena->header->lost_nowhere, 1, __ATOMIC_RELAXED);
			return false;
		}
		cb = utfs_cpu_buffer_at(arena, recorder, cpu);
		outcome = attempt(writer, utfs_recorder_at(arena, recorder), cb, cpu, buffer, bytes, mask, bit);
		if (utfs_likely(outcome == OUTCOME_WRITTEN)) {
			/* utfs_ring_arm() orders its store against this load with a membarrier. */
			if (utfs_unlikely(utfs_load(&cb->waiters)))
				utfs_ring_wake(arena, cb);
			return true;
		}
		if (outcome == OUTCOME_OFF)
			return false;
		if (outcome == OUTCOME_DROP)
			break;
	}
	if (cb)
		utfs_ring_drop(cb);
	return false;
}
