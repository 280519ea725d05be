/* SPDX-License-Identifier: MIT */
/* Leaving a full page: what the switch will store. Slow path of both writers. */
#include "ring/internal.h"

bool utfs_switch_prepare(const struct utfs_arena *arena, struct utfs_cpu_buffer *cb, uint64_t tail,
			 uint64_t commit, uint64_t now, bool overwrite, struct utfs_switch *change)
{
	uint64_t sequence = utfs_tail_sequence(tail);
	const struct utfs_ring_side *side = &cb->sides[utfs_tail_side(cb, tail)];
	struct utfs_geometry geometry;
	struct utfs_page *page;
	uint64_t slot, next;

	if (!utfs_geometry_get(arena, side, &geometry) || !utfs_geometry_has_tail(&geometry, tail))
		return false;
	slot = utfs_geometry_tail_slot(&geometry, tail);
	next = slot + 1 == geometry.nr_pages ? 0 : slot + 1;
	/* Acquire pairs with the reader's release in utfs_reader_consume(): it has copied what is overwritten now. */
	if (!overwrite && sequence + 1 - geometry.base_sequence >= geometry.nr_pages &&
	    sequence + 1 - geometry.nr_pages >= utfs_load_acquire(&side->consumed))
		return false;
	page = utfs_geometry_page(&geometry, slot);
	*change = (struct utfs_switch){
		.tail_word = &cb->tail,
		.tail = tail,
		.commit_word = &page->commit,
		.commit = commit,
		.next = utfs_geometry_page(&geometry, next),
		.next_meta = &geometry.meta[next],
		.now = now,
		.first_entry = utfs_load(&geometry.meta[slot].first_entry) +
			       utfs_commit_count(commit, geometry.order),
		.sequence = sequence + 1,
		.new_tail = utfs_geometry_slot_tail(&geometry, sequence + 1, next),
	};
	return true;
}

void utfs_ring_drop(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, recorder, cpu);
	unsigned int side = utfs_side_wanted(utfs_recorder_at(arena, recorder), cb);

	__atomic_fetch_add(&cb->sides[side].dropped, 1, __ATOMIC_RELAXED);
}

void utfs_ring_wake(const struct utfs_arena *arena, uint64_t *waiters)
{
	/* Whoever takes the flag wakes; readers arm it again. */
	if (!__atomic_exchange_n(waiters, 0, __ATOMIC_ACQ_REL))
		return;
	__atomic_fetch_add(&arena->header->data_futex, 1, __ATOMIC_RELEASE);
	utfs_futex_wake(&arena->header->data_futex);
}

void utfs_ring_wake_pages(const struct utfs_arena *arena, struct utfs_cpu_buffer *cb,
			  uint64_t sequence)
{
	uint64_t waiters = utfs_load(&cb->waiters);

	if (waiters >= UTFS_WAITERS_PAGE && sequence >= waiters)
		utfs_ring_wake(arena, &cb->waiters);
}
