/* SPDX-License-Identifier: MIT */
/* per_cpu/cpuN/stats. At rest entries + overrun + read == written, exactly: entries are numbers, not counters. */
#include "ring/internal.h"

/* The oldest page that is still there, from `sequence` on, and its first entry. The tail's page at the latest. */
static uint64_t oldest_page(const struct utfs_view *view, uint64_t sequence, uint64_t *first_entry)
{
	for (; sequence < view->sequence; sequence++) {
		const struct utfs_page_meta *meta =
			&view->geometry.meta[utfs_geometry_slot(&view->geometry, sequence)];
		uint64_t found = utfs_load_acquire(&meta->sequence);

		*first_entry = utfs_load(&meta->first_entry);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (found == sequence && utfs_load(&meta->sequence) == sequence)
			return sequence;
	}
	*first_entry =
		utfs_load(&view->geometry.meta[utfs_geometry_tail_slot(&view->geometry, view->tail)]
				   .first_entry);
	return sequence;
}

/* Bytes of data on the pages from `sequence` to the tail's. */
static uint64_t data_bytes(const struct utfs_view *view, uint64_t sequence)
{
	uint64_t bytes = 0;

	/* Oldest first: the slots of one round, so never more than nr_pages. */
	for (; sequence <= view->sequence; sequence++)
		bytes += utfs_commit_bytes(
			utfs_load(&utfs_geometry_page(&view->geometry,
						      utfs_geometry_slot(&view->geometry, sequence))
					   ->commit),
			view->geometry.order);
	return bytes;
}

/* Time stamp of the first event behind the position, 0 if there is none. */
static uint64_t oldest_time(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			    unsigned int side)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	uint64_t time_stamp = 0;

	utfs_reader_cursor(arena, recorder, cpu, side, &cursor);
	if (utfs_reader_copy(arena, recorder, cpu, &cursor, &copy) == 1) {
		utfs_event_iter_init(&iter, &copy);
		if (utfs_event_iter_next(&iter))
			time_stamp = iter.time_stamp;
	}
	utfs_page_copy_fini(&copy);
	return time_stamp;
}

int utfs_ring_stats(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		    unsigned int side, struct utfs_ring_stats *stats)
{
	uint64_t config = utfs_load(&utfs_recorder_at(arena, recorder)->config);
	uint64_t sequence, first_entry, start, overwritten;
	struct utfs_reader_position position;
	struct utfs_cursor end;
	struct utfs_view view;
	int ret = utfs_view_get(arena, recorder, cpu, side, &view);

	if (!ret)
		ret = utfs_end_get(arena, recorder, cpu, side, &end);
	if (ret)
		return ret;
	utfs_position_get(view.side, &position);
	sequence = position.sequence > view.oldest ? position.sequence : view.oldest;
	if (sequence > view.sequence)
		sequence = view.sequence;
	sequence = oldest_page(&view, sequence, &first_entry);
	start = first_entry > position.entry ? first_entry : position.entry;
	if (end.entry < start)
		end.entry = start;
	overwritten = start - position.entry;
	*stats = (struct utfs_ring_stats){
		.entries = end.entry - start,
		.overrun = position.lost + overwritten,
		.bytes = data_bytes(&view, sequence),
		.dropped = utfs_load(&view.side->dropped) - position.dropped_base,
		.read = position.read,
		.written = end.entry - position.base,
		.oldest_ns = oldest_time(arena, recorder, cpu, side),
		.now_ns = utfs_clock_read(arena, config >> UTFS_CONFIG_CLOCK_SHIFT &
							 UTFS_CONFIG_CLOCK_MASK),
		.end_entry = end.entry,
		.nr_pages = view.geometry.nr_pages,
	};
	if (sequence == position.sequence && stats->bytes >= position.offset)
		stats->bytes -= position.offset;
	return 0;
}
