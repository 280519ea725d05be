/* SPDX-License-Identifier: MIT */
/*
 * From pages to a tail. A CPU buffer that is stopped although its recorder is active was left so by somebody who died
 * while making or resizing it: what the tail must be stands in the pages.
 */
#include <string.h>

#include "ring/buffer.h"

uint64_t utfs_meta_pages(uint64_t nr_pages)
{
	return (nr_pages * sizeof(struct utfs_page_meta) + UTFS_PAGE_BYTES - 1) / UTFS_PAGE_BYTES;
}

int utfs_buffer_allocate(struct utfs_arena *arena, uint64_t nr_pages, unsigned int order,
			 uint64_t *first_page, uint64_t *meta_offset)
{
	int ret;

	if (nr_pages < 2 || nr_pages > UTFS_TAIL_PAGE_MASK >> order)
		return -EINVAL;
	ret = utfs_alloc_pages(arena, (nr_pages << order) + utfs_meta_pages(nr_pages), first_page);
	UTFS_INJECT();
	if (ret)
		return ret;
	*meta_offset = (*first_page + (nr_pages << order)) * UTFS_PAGE_BYTES;
	memset(utfs_arena_at(arena, *meta_offset, utfs_meta_pages(nr_pages) * UTFS_PAGE_BYTES), 0,
	       utfs_meta_pages(nr_pages) * UTFS_PAGE_BYTES);
	return 0;
}

int utfs_buffer_free(struct utfs_arena *arena, const struct utfs_geometry *geometry)
{
	int ret = utfs_free_pages(arena, geometry->first_page,
				  (geometry->nr_pages << geometry->order) +
					  utfs_meta_pages(geometry->nr_pages));

	UTFS_INJECT();
	return ret;
}

/* Does this slot hold the page of a sequence? */
static bool slot_holds(const struct utfs_geometry *geometry, uint64_t slot, uint64_t sequence)
{
	return sequence >= geometry->base_sequence && sequence <= UTFS_SEQUENCE_MAX &&
	       utfs_geometry_slot(geometry, sequence) == slot &&
	       utfs_load(&geometry->meta[slot].sequence) == sequence;
}

bool utfs_buffer_newest(const struct utfs_geometry *geometry, struct utfs_newest *newest)
{
	uint64_t sequence = 0, slot, before, commit;
	struct utfs_page_meta *meta;

	for (slot = 0; slot < geometry->nr_pages; slot++) {
		uint64_t found = utfs_load(&geometry->meta[slot].sequence);

		if (found > sequence && slot_holds(geometry, slot, found))
			sequence = found;
	}
	if (!sequence)
		return false;
	slot = utfs_geometry_slot(geometry, sequence);
	meta = &geometry->meta[slot];
	commit = utfs_load_acquire(&utfs_geometry_page(geometry, slot)->commit);
	if (!utfs_commit_count(commit, geometry->order) && sequence > geometry->base_sequence) {
		/* Perhaps a switch that was not finished; its predecessor may have got events after it was prepared. */
		before = utfs_geometry_slot(geometry, sequence - 1);
		if (slot_holds(geometry, before, sequence - 1))
			utfs_store(&meta->first_entry,
				   utfs_load(&geometry->meta[before].first_entry) +
					   utfs_commit_count(
						   utfs_load(&utfs_geometry_page(geometry, before)
								      ->commit),
						   geometry->order));
	}
	*newest = (struct utfs_newest){
		.sequence = sequence,
		.next_entry =
			utfs_load(&meta->first_entry) + utfs_commit_count(commit, geometry->order),
	};
	return true;
}

void utfs_page_begin(const struct utfs_geometry *geometry, uint64_t sequence, uint64_t first_entry,
		     uint64_t time_stamp)
{
	uint64_t slot = utfs_geometry_slot(geometry, sequence);
	struct utfs_page *page = utfs_geometry_page(geometry, slot);

	utfs_store(&geometry->meta[slot].sequence, 0);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	utfs_store(&page->commit, 0);
	utfs_store(&page->time_stamp, time_stamp);
	utfs_store(&geometry->meta[slot].first_entry, first_entry);
	UTFS_INJECT();
	utfs_store_release(&geometry->meta[slot].sequence, sequence);
	UTFS_INJECT();
}

uint64_t utfs_recorder_now(const struct utfs_arena *arena, unsigned int recorder)
{
	uint64_t config = utfs_load(&utfs_recorder_at(arena, recorder)->config);

	return utfs_clock_read(arena, config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK);
}

/* Nobody looks at the position of a side without pages: plain stores. */
static void position_begin(struct utfs_ring_side *side, uint64_t sequence)
{
	side->position[0] = (struct utfs_reader_position){.sequence = sequence};
	side->position[1] = side->position[0];
	UTFS_INJECT();
	utfs_store(&side->reader_which, 0);
	utfs_store(&side->consumed, sequence);
	utfs_store(&side->dropped, 0);
	utfs_store(&side->parked, 0);
	UTFS_INJECT();
}

int utfs_side_make(struct utfs_arena *arena, struct utfs_ring_side *side, uint64_t nr_pages,
		   unsigned int order, uint64_t now)
{
	uint64_t first_page, meta_offset, sequence = side->next_sequence ? side->next_sequence : 1;
	struct utfs_geometry geometry;
	int ret = utfs_buffer_allocate(arena, nr_pages, order, &first_page, &meta_offset);

	if (ret)
		return ret;
	/* The number of pages last, or a tail of the other side might seem to lie in them; and when they go, first. */
	utfs_tx_set(arena, &side->first_page, first_page);
	utfs_tx_set(arena, &side->page_order, order);
	utfs_tx_set(arena, &side->meta_offset, meta_offset);
	utfs_tx_set(arena, &side->base_sequence, sequence);
	utfs_tx_set(arena, &side->next_sequence, sequence + 1);
	utfs_tx_set(arena, &side->nr_pages, nr_pages);
	position_begin(side, sequence);
	if (!utfs_geometry_get(arena, side, &geometry))
		return -EBADMSG;
	utfs_page_begin(&geometry, sequence, 0, now);
	return 0;
}

void utfs_side_clear(struct utfs_arena *arena, struct utfs_ring_side *side)
{
	struct utfs_geometry geometry;
	struct utfs_newest newest;

	if (utfs_geometry_get(arena, side, &geometry) && utfs_buffer_newest(&geometry, &newest) &&
	    newest.sequence >= side->next_sequence)
		utfs_tx_set(arena, &side->next_sequence, newest.sequence + 2);
	utfs_tx_set(arena, &side->nr_pages, 0);
	utfs_tx_set(arena, &side->first_page, 0);
	utfs_tx_set(arena, &side->meta_offset, 0);
}

uint64_t utfs_side_tail(struct utfs_arena *arena, unsigned int recorder,
			const struct utfs_ring_side *side)
{
	struct utfs_reader_position position;
	struct utfs_geometry geometry;
	struct utfs_newest newest;

	if (!utfs_geometry_get(arena, side, &geometry))
		return 0;
	if (!utfs_buffer_newest(&geometry, &newest)) {
		/* Damaged. What was there counts as lost: numbering goes on where the reader stands. */
		utfs_position_get(side, &position);
		newest.sequence = utfs_load(&side->next_sequence);
		if (newest.sequence < geometry.base_sequence)
			newest.sequence = geometry.base_sequence;
		utfs_page_begin(&geometry, newest.sequence, position.entry,
				utfs_recorder_now(arena, recorder));
	}
	return utfs_geometry_tail(&geometry, newest.sequence);
}

void utfs_buffer_publish(struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	const struct utfs_recorder *at = utfs_recorder_at(arena, recorder);
	struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, recorder, cpu);
	struct utfs_ring_side *main, *other;
	unsigned int wanted;
	uint64_t tail;

	if (utfs_tail_is_live(utfs_load(&cb->tail)))
		return;
	wanted = utfs_side_wanted(at, cb);
	main = &cb->sides[wanted];
	other = &cb->sides[wanted ^ 1];
	utfs_store(&other->parked, utfs_side_tail(arena, recorder, other));
	/* Words that describe no pages cannot be published: such a CPU records nothing until it is resized. */
	tail = utfs_side_tail(arena, recorder, main);
	if (!tail)
		return;
	/* Release: pairs with the writers' acquire load of tail; the words and pages above are seen. */
	__atomic_store_n(&cb->tail, tail, __ATOMIC_SEQ_CST);
	UTFS_INJECT();
	utfs_swap_hint(at, cb);
}
