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
	OUTCOME_OFF,  /* not recorded, not counted */
	OUTCOME_DROP, /* not recorded, counted */
	OUTCOME_RETRY,
};

/* config of a recorder that is on and uses the local clock */
#define CONFIG_COMMON (UTFS_CONFIG_ON | (uint64_t)UTFS_CLOCK_LOCAL << UTFS_CONFIG_CLOCK_SHIFT)

/*
 * The common event: short, less than 2^27 after the last one, room on the page. Any other: false, nothing done.
 */
static inline bool encode_common(struct utfs_page *page, uint64_t commit, uint64_t now,
				 void *buffer, size_t bytes, struct utfs_encoded *encoded)
{
	uint64_t delta = now - (utfs_load(&page->time_stamp) + utfs_commit_delta(commit));
	uint32_t length = utfs_commit_bytes(commit);
	unsigned char *record = (unsigned char *)buffer + UTFS_RECORD_HEADROOM;
	uint32_t record_bytes = (uint32_t)(bytes + 3) & ~3U;

	/*
	 * Not for here: a delta to the page that is large enough to become saturated (its top bit is the word's), or a
	 * delta that went back: it wrapped.
	 */
	if (utfs_unlikely(delta >> UTFS_DELTA_BITS || (int64_t)commit < 0 ||
			  bytes - 1 >= UTFS_SMALL_MAX_BYTES ||
			  length + record_bytes > UTFS_PAGE_DATA_BYTES - 4))
		return false;
	if (bytes & 3)
		memset(record + bytes, 0, record_bytes - bytes);
	encoded->head = record_bytes / 4 | (uint32_t)delta << 5;
	encoded->rest = record;
	encoded->rest_bytes = record_bytes;
	encoded->at = page->data + length;
	encoded->commit = commit + (record_bytes / 4 + 1) +
			  (UINT64_C(1) << UTFS_COMMIT_LENGTH_BITS) +
			  (delta << UTFS_COMMIT_DELTA_SHIFT);
	return true;
}

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
		if (utfs_load(&cb->waiters) == UTFS_WAITERS_PAGE)
			utfs_ring_wake(writer->arena, cb);
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
	uint64_t tail, config, commit, now;

	/* Acquire: pairs with the release that published the buffer. */
	tail = utfs_load_acquire(&cb->tail);
	config = utfs_load(&recorder->config);
	if (!(config & UTFS_CONFIG_ON) || (mask && !(utfs_load(mask) & bit)))
		return OUTCOME_OFF;
	/* No page: tail is 0, stopped for a resize, or damaged. */
	page = utfs_heap_page(arena, utfs_tail_page(tail));
	if (!page)
		return OUTCOME_DROP;
	commit = utfs_load_acquire(&page->commit);
	now = utfs_clock_read(arena, config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK);
	switch (utfs_event_encode(page, commit, now, buffer, bytes, &encoded)) {
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

/* Everything that utfs_ring_write() does not do in its one straight line. Nothing has been written yet. */
static __attribute__((noinline)) bool write_slow(const struct utfs_writer *writer,
						 unsigned int recorder, void *buffer, size_t bytes,
						 const uint64_t *mask, uint64_t bit)
{
	const struct utfs_arena *arena = writer->arena;
	struct utfs_cpu_buffer *cb = NULL;
	enum outcome outcome = OUTCOME_RETRY;

	if (!writer->rseq)
		return utfs_ring_write_locked(writer, recorder, buffer, bytes, mask, bit);
	for (int i = 0; outcome == OUTCOME_RETRY && i < MAX_ATTEMPTS; i++) {
		uint32_t cpu = __atomic_load_n(&writer->rseq->cpu_id, __ATOMIC_RELAXED);

		if (cpu >= arena->nr_cpus) {
			__atomic_fetch_add(&arena->header->lost_nowhere, 1, __ATOMIC_RELAXED);
			return false;
		}
		cb = utfs_cpu_buffer_at(arena, recorder, cpu);
		outcome = attempt(writer, utfs_recorder_at(arena, recorder), cb, cpu, buffer, bytes,
				  mask, bit);
	}
	if (outcome == OUTCOME_WRITTEN && utfs_load(&cb->waiters) == UTFS_WAITERS_EVENT)
		utfs_ring_wake(arena, cb);
	else if (outcome == OUTCOME_DROP || outcome == OUTCOME_RETRY)
		utfs_ring_drop(cb);
	return outcome == OUTCOME_WRITTEN;
}

static __attribute__((noinline)) bool wake(const struct utfs_arena *arena,
					   struct utfs_cpu_buffer *cb)
{
	utfs_ring_wake(arena, cb);
	return true;
}

/*
 * One attempt at the common event, without a call and without a loop; anything else starts anew in write_slow().
 */
bool utfs_ring_write(const struct utfs_writer *writer, unsigned int recorder, void *buffer,
		     size_t bytes, const uint64_t *mask, uint64_t bit)
{
	struct rseq *rseq = writer->rseq;
	struct utfs_encoded encoded;
	const struct utfs_clock_scale *scale;
	struct utfs_cpu_buffer *cb;
	struct utfs_page *page;
	uint64_t tail, config, commit, offset;
	uint32_t cpu;

	if (utfs_unlikely(!rseq))
		goto slow;
	cpu = __atomic_load_n(&rseq->cpu_id, __ATOMIC_RELAXED);
	if (utfs_unlikely(cpu >= writer->nr_cpus))
		goto slow;
	cb = &writer->cpu_buffers[(uint64_t)recorder * writer->nr_cpus + cpu];
	/* Acquire: pairs with the release that published the buffer. */
	tail = utfs_load_acquire(&cb->tail);
	config = utfs_load(&writer->recorders[recorder].config);
	scale = &((struct utfs_header *)writer->base)->local;
	offset = utfs_tail_page(tail) * UTFS_PAGE_BYTES;
	/* Outside the heap: tail is 0, or damaged. */
	if (utfs_unlikely(offset - writer->heap_offset >= writer->heap_bytes ||
			  (mask && !(utfs_load(mask) & bit)) ||
			  (config & ~UTFS_CONFIG_OVERWRITE) != CONFIG_COMMON ||
			  !utfs_scale_usable(scale)))
		goto slow;
	page = (struct utfs_page *)(writer->base + offset);
	commit = utfs_load_acquire(&page->commit);
	if (utfs_unlikely(!encode_common(page, commit, utfs_clock_scaled(scale), buffer, bytes,
					 &encoded)))
		goto slow;
	if (utfs_unlikely(utfs_seq_commit(rseq, cpu, &cb->tail, tail, page, commit, &encoded) !=
			  UTFS_SEQ_DONE))
		goto slow;
	/* utfs_ring_arm() orders its store against this load with a membarrier. */
	if (utfs_unlikely(utfs_load(&cb->waiters) == UTFS_WAITERS_EVENT))
		return wake(writer->arena, cb);
	return true;
slow:
	return write_slow(writer, recorder, buffer, bytes, mask, bit);
}
