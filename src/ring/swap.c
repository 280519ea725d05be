/* SPDX-License-Identifier: MIT */
/*
 * Swapping the sides of CPU buffers, as far as writers take part.
 *
 *   request:  snapshot += SWAP          the one store that takes the snapshot, of all CPUs
 *             tail |= UTFS_TAIL_SWAP    on each CPU: its fast path does not know such a page, so its next writer looks
 *   writer:   tail = parked             in a restartable sequence (rseq-seq.h), only where the side is not the wanted one
 *
 * Which side is the main one follows from `snapshot` alone: a CPU on which nobody writes need not be waited for, its readers
 * find the sides swapped already. Two requests before a writer comes by are two swaps with nothing written in between: none.
 *
 * The bit is a hint that can neither be lost nor harm: the tail is changed by compare-and-exchange only, so who clears the bit has
 * cleared one that he saw, and looks at `snapshot` again afterwards (both are full barriers: either he sees a request that came
 * meanwhile, or that one sees the bit cleared and sets it). Only one who dies between a request and its hints, or between clearing
 * and looking, leaves a CPU without it; such a CPU writes on where it is until utfs_ring_repair() comes by.
 */
#include "ring/internal.h"

static bool can_be_written(const struct utfs_arena *arena, const struct utfs_ring_side *side,
			   uint64_t tail)
{
	struct utfs_geometry geometry;

	return utfs_tail_is_live(tail) && utfs_geometry_get(arena, side, &geometry) &&
	       utfs_geometry_has_tail(&geometry, tail);
}

bool utfs_swap_prepare(const struct utfs_arena *arena, const struct utfs_recorder *recorder,
		       struct utfs_cpu_buffer *cb, uint64_t tail, struct utfs_swap *swap)
{
	unsigned int side = utfs_tail_side(cb, tail);
	unsigned int wanted = utfs_side_wanted(recorder, cb);
	/* Acquire: pairs with the release that parked it, and with the publisher's. */
	uint64_t parked = utfs_load_acquire(&cb->sides[side ^ 1].parked);

	if (side == wanted || !can_be_written(arena, &cb->sides[side ^ 1], parked)) {
		uint64_t expected = tail;

		/* A side that cannot be written is damaged: then the events are better kept where they are. */
		if (utfs_tail_exchange(cb, &expected, tail & ~UTFS_TAIL_SWAP) && side == wanted)
			utfs_swap_hint(recorder, cb);
		return false;
	}
	*swap = (struct utfs_swap){
		.tail_word = &cb->tail,
		.tail = tail,
		.other_parked = &cb->sides[side ^ 1].parked,
		.new_tail = parked,
		.parked = &cb->sides[side].parked,
		.parked_tail = tail & ~UTFS_TAIL_SWAP,
	};
	return true;
}

void utfs_swap_hint(const struct utfs_recorder *recorder, struct utfs_cpu_buffer *cb)
{
	uint64_t tail;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	tail = utfs_load_acquire(&cb->tail);
	if (utfs_tail_is_live(tail) && !(tail & UTFS_TAIL_SWAP) &&
	    utfs_tail_side(cb, tail) != utfs_side_wanted(recorder, cb))
		__atomic_fetch_or(&cb->tail, UTFS_TAIL_SWAP, __ATOMIC_SEQ_CST);
}

void utfs_ring_snapshot_request(const struct utfs_arena *arena, unsigned int recorder,
				const uint64_t *mask, uint64_t bit)
{
	struct utfs_recorder *at = utfs_recorder_at(arena, recorder);
	uint64_t before = utfs_load_acquire(&at->snapshot);

	do {
		if (!(before & UTFS_SNAPSHOT_ALLOCATED) || (mask && !(utfs_load(mask) & bit))) {
			__atomic_fetch_add(&at->snapshots_missed, 1, __ATOMIC_RELAXED);
			return;
		}
	} while (!__atomic_compare_exchange_n(&at->snapshot, &before, before + UTFS_SNAPSHOT_SWAP,
					      false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE));
	UTFS_INJECT();
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		utfs_swap_hint(at, utfs_cpu_buffer_at(arena, recorder, cpu));
}
