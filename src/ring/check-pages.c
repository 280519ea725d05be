/* SPDX-License-Identifier: MIT */
/*
 * What was recorded. Pages are copied as readers do, so writers go on; a page that was overwritten meanwhile is left out. To mend, a
 * CPU's writers are kept out for a moment, as for a resize.
 */
#include <stdlib.h>
#include <string.h>

#include "ring/buffer.h"
#include "ring/check.h"

/* Pages that are looked at before somebody else may have the reader mutex. */
#define BATCH_PAGES 64

struct walk {
	unsigned int recorder, cpu, side;
	uint64_t sequence;   /* of the page to look at */
	uint64_t next_entry; /* number of its first event, if all is well; valid: follows */
	bool follows;
	uint64_t bad; /* pages */
	struct utfs_page_copy copy;
};

static void page_bad(struct utfs_check *check, struct walk *walk, const struct utfs_view *view,
		     const char *fault)
{
	const uint64_t slot = utfs_geometry_slot(&view->geometry, walk->sequence);

	walk->bad++;
	walk->follows = false;
	(void)utfs_check_found(check, UTFS_DAMAGE_PAGE, utfs_geometry_page(&view->geometry, slot),
			       "page %llu of recorder %u on CPU %u %s",
			       (unsigned long long)walk->sequence, walk->recorder, walk->cpu,
			       fault);
}

/* Is the page still one that nobody has begun to overwrite? The oldest may be next. */
static bool page_stays(const struct utfs_check *check, const struct walk *walk)
{
	struct utfs_view view;

	return !utfs_view_get(check->arena, walk->recorder, walk->cpu, walk->side, &view) &&
	       (walk->sequence > view.oldest ||
		view.sequence - view.oldest + 1 < view.geometry.nr_pages);
}

/* Return: false there is nothing more to look at. */
static bool page_check(struct utfs_check *check, struct walk *walk)
{
	struct utfs_page_copy *const copy = &walk->copy;
	struct utfs_cursor cursor;
	struct utfs_view view;
	uint64_t slot;
	int ret;

	if (utfs_view_get(check->arena, walk->recorder, walk->cpu, walk->side, &view))
		return false;
	if (walk->sequence < view.oldest) {
		walk->sequence = view.oldest;
		walk->follows = false;
	}
	if (walk->sequence > view.sequence)
		return false;
	slot = utfs_geometry_slot(&view.geometry, walk->sequence);
	if (utfs_load_acquire(&view.geometry.meta[slot].sequence) != walk->sequence) {
		if (page_stays(check, walk))
			page_bad(check, walk, &view, "is not where it should be");
		/* Overwritten meanwhile, or bad: nothing is known of what comes next. */
		walk->follows = false;
		walk->sequence++;
		return true;
	}
	cursor = (struct utfs_cursor){.side = walk->side, .sequence = walk->sequence};
	ret = utfs_reader_copy(check->arena, walk->recorder, walk->cpu, &cursor, copy);
	if (ret == 1 && copy->sequence == walk->sequence) {
		if (walk->follows && copy->entry != walk->next_entry)
			page_bad(check, walk, &view,
				 "does not go on with the number of its events");
		walk->next_entry = copy->entry + copy->nr_entries;
		walk->follows = copy->whole;
	} else if (!page_stays(check, walk)) {
		walk->follows = false;
	} else if (ret == -EBADMSG) {
		page_bad(check, walk, &view, "does not hold together");
	}
	check->seen.pages++;
	walk->sequence++;
	return true;
}

/* Return: false the recorder has gone, or all was seen. */
static bool batch_check(struct utfs_check *check, struct walk *walk)
{
	const int ret = utfs_reader_lock(check->arena, walk->recorder, walk->cpu);
	bool more = true;

	if (ret) {
		utfs_check_hopeless(
			check, UTFS_DAMAGE_LOCK,
			&utfs_cpu_buffer_at(check->arena, walk->recorder, walk->cpu)->reader,
			"the reader mutex of recorder %u on CPU %u cannot be taken: %s",
			walk->recorder, walk->cpu, strerror(-ret));
		return false;
	}
	for (unsigned int i = 0; more && i < BATCH_PAGES; i++)
		more = page_check(check, walk);
	utfs_reader_unlock(check->arena, walk->recorder, walk->cpu);
	return more;
}

/* mending: nobody is inside ------------------------------------------------------------------------------ */

/* How far a page makes sense. */
struct extent {
	uint32_t bytes, count;
	uint64_t delta; /* of its last event */
};

static struct extent page_measure(const struct utfs_page *page, unsigned int order)
{
	const uint64_t start = page->time_stamp, commit = page->commit;
	uint64_t end = utfs_commit_bytes(commit, order), time_stamp = start;
	struct extent extent = {0};
	struct utfs_entry entry;

	if (end > utfs_page_room(order))
		end = utfs_page_room(order);
	while (utfs_entry_decode(page->data, extent.bytes, end, start, time_stamp, &entry)) {
		time_stamp = entry.time_stamp;
		extent.bytes = (uint32_t)entry.next;
		extent.count += entry.bytes != 0;
	}
	extent.delta = time_stamp >= start ? time_stamp - start : 0;
	return extent;
}

/* The page of a sequence: cut where it stops to make sense. Events that are cut off count as dropped. */
static void page_mend(struct utfs_ring_side *side, const struct utfs_geometry *geometry,
		      uint64_t sequence)
{
	const uint64_t slot = utfs_geometry_slot(geometry, sequence);
	struct utfs_page *page = utfs_geometry_page(geometry, slot);
	const uint32_t count = utfs_commit_count(page->commit, geometry->order);
	struct extent extent;

	if (geometry->meta[slot].sequence != sequence)
		page->commit = 0;
	extent = page_measure(page, geometry->order);
	if (extent.bytes == utfs_commit_bytes(page->commit, geometry->order) &&
	    extent.count == count)
		return;
	if (count > extent.count)
		__atomic_fetch_add(&side->dropped, count - extent.count, __ATOMIC_RELAXED);
	page->commit = utfs_commit_make(extent.bytes, extent.count, extent.delta, geometry->order);
}

/*
 * What the first page's number would be by most of the pages: a number that is wrong stands alone. (Boyer and Moore's vote: if there
 * is a majority, it remains.)
 */
static uint64_t first_entry_find(const struct utfs_geometry *geometry, uint64_t oldest,
				 uint64_t newest)
{
	uint64_t before = 0, candidate = 0, votes = 0;

	for (uint64_t sequence = oldest; sequence <= newest; sequence++) {
		const uint64_t slot = utfs_geometry_slot(geometry, sequence);
		const uint64_t first = geometry->meta[slot].first_entry - before;

		if (!votes)
			candidate = first;
		votes += first == candidate ? 1 : UINT64_MAX;
		before += utfs_commit_count(utfs_geometry_page(geometry, slot)->commit,
					    geometry->order);
	}
	/* Numbers below 0 would be those of no event. */
	return candidate > UINT64_MAX / 2 ? 0 : candidate;
}

/* Where the consuming reader stands must be where an event begins, and its number that event's. */
static void position_mend(struct utfs_ring_side *side, const struct utfs_geometry *geometry,
			  uint64_t oldest, uint64_t newest)
{
	struct utfs_reader_position position;
	const struct utfs_page *page;
	struct utfs_entry entry;
	uint64_t at = 0, time_stamp, slot;

	utfs_position_get(side, &position);
	if (position.sequence < oldest)
		return;
	if (position.sequence > newest) {
		position.sequence = newest;
		position.offset = (uint64_t)UTFS_PAGE_BYTES << geometry->order;
	}
	slot = utfs_geometry_slot(geometry, position.sequence);
	page = utfs_geometry_page(geometry, slot);
	time_stamp = page->time_stamp;
	position.entry = geometry->meta[slot].first_entry;
	while (at < position.offset &&
	       utfs_entry_decode(page->data, at, utfs_commit_bytes(page->commit, geometry->order),
				 time_stamp, time_stamp, &entry)) {
		position.entry += entry.bytes != 0;
		at = entry.next;
	}
	position.offset = at;
	position.stamp = 0;
	side->position[0] = side->position[1] = position;
	utfs_store_release(&side->consumed, position.sequence);
}

static void side_mend(struct utfs_ring_side *side, const struct utfs_geometry *geometry,
		      uint64_t tail)
{
	const uint64_t newest = utfs_tail_sequence(tail);
	uint64_t oldest = geometry->base_sequence, entry;

	if (newest - oldest >= geometry->nr_pages)
		oldest = newest - geometry->nr_pages + 1;
	/* The events' numbers are found while all pages still say theirs. */
	entry = first_entry_find(geometry, oldest, newest);
	for (uint64_t sequence = oldest; sequence <= newest; sequence++) {
		struct utfs_page_meta *meta =
			&geometry->meta[utfs_geometry_slot(geometry, sequence)];

		page_mend(side, geometry, sequence);
		meta->sequence = sequence;
		meta->first_entry = entry;
		entry += utfs_commit_count(
			utfs_geometry_page(geometry, utfs_geometry_slot(geometry, sequence))
				->commit,
			geometry->order);
	}
	/* No other slot may look as if it held a newer page. */
	for (uint64_t slot = 0; slot < geometry->nr_pages; slot++)
		if (geometry->meta[slot].sequence > newest)
			geometry->meta[slot].sequence = 0;
	position_mend(side, geometry, oldest, newest);
}

/*
 * The tail when writers were stopped: they may have gone on for some pages since it was looked at. A damaged page must not pass for
 * the newest.
 */
static uint64_t tail_find(const struct utfs_geometry *geometry, uint64_t tail)
{
	const uint64_t sequence = utfs_tail_sequence(tail);
	struct utfs_newest newest;

	if (!utfs_buffer_newest(geometry, &newest) || newest.sequence < sequence ||
	    newest.sequence - sequence > geometry->nr_pages)
		return tail;
	return utfs_geometry_tail(geometry, newest.sequence);
}

/* What is done here is done again by the next one, if somebody dies in the middle: no transaction is needed. */
static int walk_mend(struct utfs_check *check, const struct walk *walk)
{
	struct utfs_arena *arena = check->arena;
	struct utfs_ring_side *side =
		&utfs_cpu_buffer_at(arena, walk->recorder, walk->cpu)->sides[walk->side];
	struct utfs_geometry geometry;
	struct utfs_view view;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	if (utfs_view_get(arena, walk->recorder, walk->cpu, walk->side, &view))
		return utfs_tx_end(arena, -EBADMSG);
	if (check->way == UTFS_CHECK_LIVE)
		ret = utfs_buffer_quiesce(arena, walk->recorder, walk->cpu);
	if (!ret && utfs_geometry_get(arena, side, &geometry) &&
	    utfs_geometry_has_tail(&geometry, view.tail))
		side_mend(side, &geometry, tail_find(&geometry, view.tail));
	utfs_buffer_publish(arena, walk->recorder, walk->cpu);
	return utfs_tx_end(arena, ret);
}

static void side_check(struct utfs_check *check, unsigned int recorder, unsigned int cpu,
		       unsigned int number)
{
	struct utfs_ring_side *side =
		&utfs_cpu_buffer_at(check->arena, recorder, cpu)->sides[number];
	struct walk walk = {.recorder = recorder, .cpu = cpu, .side = number};

	while (batch_check(check, &walk))
		;
	utfs_page_copy_fini(&walk.copy);
	if (utfs_load(&side->reader_which) > 1) {
		walk.bad++;
		(void)utfs_check_found(
			check, UTFS_DAMAGE_BUFFER, &side->reader_which,
			"the reader of recorder %u on CPU %u has position %llu, of 2", recorder,
			cpu, (unsigned long long)utfs_load(&side->reader_which));
		if (check->repair)
			utfs_store_release(&side->reader_which, utfs_load(&side->reader_which) & 1);
	}
	if (walk.bad && check->repair)
		utfs_check_done(check, walk_mend(check, &walk));
}

static void cpu_check(struct utfs_check *check, unsigned int recorder, unsigned int cpu)
{
	struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(check->arena, recorder, cpu);

	/* A private copy's lock is free, whoever had it. */
	if (check->way == UTFS_CHECK_COPY)
		cb->reader = (struct utfs_lock){0};
	for (unsigned int side = 0; side < UTFS_NR_SIDES; side++)
		if (utfs_load(&cb->sides[side].nr_pages))
			side_check(check, recorder, cpu, side);
}

void utfs_check_pages(struct utfs_check *check)
{
	struct utfs_arena *arena = check->arena;

	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++)
		for (uint32_t cpu = 0; cpu < arena->nr_cpus &&
				       utfs_recorder_at(arena, r)->state == UTFS_RECORDER_ACTIVE;
		     cpu++)
			cpu_check(check, r, cpu);
}
