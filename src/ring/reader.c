/* SPDX-License-Identifier: MIT */
/*
 * Readers: they copy a page while writers go on, and prove afterwards that it was not overwritten meanwhile.
 *
 * Everything in the arena is taken as what anybody may have written: loaded once, checked, then used.
 */
#include <string.h>

#include "ring/internal.h"

/* Looking for a page that stays: writers overtake us at most this often before we take the one being written. */
#define MAX_TRIES 64

unsigned int utfs_ring_side(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			    enum utfs_which which)
{
	unsigned int wanted = utfs_side_wanted(utfs_recorder_at(arena, recorder),
					       utfs_cpu_buffer_at(arena, recorder, cpu));

	return which == UTFS_SNAPSHOT ? wanted ^ 1 : wanted;
}

/*
 * What a side's tail is now. Where the other side is written it is parked, and was so before the swap released the tail;
 * where it is unparked in that moment, it was this side's tail a moment ago.
 */
static uint64_t side_tail(const struct utfs_cpu_buffer *cb, unsigned int side)
{
	/* Acquire: pairs with the switch's, the swap's and the publisher's release. */
	uint64_t tail = utfs_load_acquire(&cb->tail);

	if (utfs_tail_is_live(tail) && utfs_tail_side(cb, tail) != side)
		tail = utfs_load_acquire(&cb->sides[side].parked);
	return tail & ~UTFS_TAIL_SWAP;
}

int utfs_view_get(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		  unsigned int side, struct utfs_view *view)
{
	view->cb = utfs_cpu_buffer_at(arena, recorder, cpu);
	view->side = &view->cb->sides[side];
	view->tail = side_tail(view->cb, side);
	if (!utfs_tail_is_live(view->tail))
		return -ENODEV;
	if (!utfs_geometry_get(arena, view->side, &view->geometry) ||
	    !utfs_geometry_has_tail(&view->geometry, view->tail))
		return -EBADMSG;
	view->sequence = utfs_tail_sequence(view->tail);
	view->oldest = view->geometry.base_sequence;
	if (view->sequence - view->oldest >= view->geometry.nr_pages)
		view->oldest = view->sequence - view->geometry.nr_pages + 1;
	return 0;
}

bool utfs_view_stands(const struct utfs_view *view)
{
	return side_tail(view->cb, view->side == &view->cb->sides[1]) == view->tail;
}

void utfs_position_get(const struct utfs_ring_side *side, struct utfs_reader_position *position)
{
	/* Once with the mutex; without, as often as others read pages meanwhile. An odd stamp for ever is damage: then what is there. */
	for (int i = 0; i < MAX_TRIES; i++) {
		const struct utfs_reader_position *valid =
			&side->position[utfs_load_acquire(&side->reader_which) & 1];
		uint64_t stamp = utfs_load_acquire(&valid->stamp);

		position->sequence = utfs_load(&valid->sequence);
		position->offset = utfs_load(&valid->offset);
		position->entry = utfs_load(&valid->entry);
		position->lost = utfs_load(&valid->lost);
		position->read = utfs_load(&valid->read);
		position->base = utfs_load(&valid->base);
		position->dropped_base = utfs_load(&valid->dropped_base);
		position->stamp = stamp;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(stamp & 1) && utfs_load(&valid->stamp) == stamp)
			break;
	}
}

void utfs_reader_cursor(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			unsigned int side, struct utfs_cursor *cursor)
{
	struct utfs_reader_position position;

	utfs_position_get(&utfs_cpu_buffer_at(arena, recorder, cpu)->sides[side], &position);
	*cursor = (struct utfs_cursor){
		.side = side,
		.sequence = position.sequence,
		.offset = position.offset,
		.entry = position.entry,
	};
}

/* What of a page the copy of it needs to know. */
struct page_words {
	uint64_t first_entry;
	uint64_t commit;
};

/*
 * Copies a page as far as it is committed. Return: 0; -ESTALE it is not (any more) the page with this sequence;
 * -EBADMSG its commit word makes no sense; -ENOMEM.
 */
static int page_copy(const struct utfs_view *view, uint64_t sequence, struct utfs_page_copy *copy,
		     struct page_words *words)
{
	uint64_t slot = utfs_geometry_slot(&view->geometry, sequence);
	const struct utfs_page_meta *meta = &view->geometry.meta[slot];
	const struct utfs_page *page = utfs_geometry_page(&view->geometry, slot);
	const uint32_t room = utfs_page_room(view->geometry.order);
	unsigned char *data = utfs_page_copy_data(copy, view->geometry.order);
	uint32_t bytes;

	if (!data)
		return -ENOMEM;
	/* Acquire: pairs with the switch's release of sequence; what it stored before is seen. */
	if (utfs_load_acquire(&meta->sequence) != sequence)
		return -ESTALE;
	words->first_entry = utfs_load(&meta->first_entry);
	/* Acquire: pairs with the commit's release; the data is seen. */
	words->commit = utfs_load_acquire(&page->commit);
	copy->page.time_stamp = utfs_load(&page->time_stamp);
	bytes = utfs_commit_bytes(words->commit, view->geometry.order);
	if (bytes <= room)
		memcpy(data, page->data, bytes);
	/* Pairs with the switch's store-store barrier: data of the next content comes with its sequence 0. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (utfs_load(&meta->sequence) != sequence)
		return -ESTALE;
	if (bytes > room)
		return -EBADMSG;
	copy->page.commit = bytes;
	copy->sequence = sequence;
	return 0;
}

/*
 * Counts the events from *at to `stop`, which is at most `end`, the committed bytes: all of these are multiples of 4, so there is a header
 * wherever something is left. Return: true, *at: `stop`; false entries do not hold together, or none begins there.
 */
static bool page_count(const unsigned char *data, uint64_t *at, uint64_t stop, uint64_t end,
		       uint64_t *count)
{
	struct utfs_entry entry;
	uint64_t offset = *at;

	while (offset < stop) {
		uint32_t words = utfs_entry_words(data + offset);

		/* What nearly all entries are: an event whose length stands in the header. Of all others decode knows more. */
		if (words - 1 < UTFS_TYPE_DATA_MAX && 4 + words * 4 <= end - offset) {
			offset += 4 + words * 4;
			(*count)++;
		} else if (utfs_entry_decode(data, offset, end, 0, 0, &entry)) {
			offset = entry.next;
			*count += entry.bytes != 0;
		} else {
			return false;
		}
	}
	*at = offset;
	return offset == stop;
}

/* Counts what lies before and behind `offset`, which must be where an entry begins. Return: 0, -EBADMSG. */
static int page_check(struct utfs_page_copy *copy, const struct page_words *words, uint64_t offset)
{
	uint64_t end = copy->page.commit, at = 0, before = 0, behind = 0;

	if (offset > end || !page_count(copy->data, &at, offset, end, &before) ||
	    !page_count(copy->data, &at, end, end, &behind) ||
	    before + behind != utfs_commit_count(words->commit, copy->order))
		return -EBADMSG;
	copy->offset = offset;
	copy->entry = words->first_entry + before;
	copy->nr_entries = behind;
	return 0;
}

static void cursor_move(struct utfs_cursor *cursor, uint64_t sequence)
{
	cursor->sequence = sequence;
	cursor->offset = 0;
}

/*
 * One look at the cursor's page. Return: 1 something to read; 0 nothing; -EAGAIN the cursor was moved, look again;
 * -ENODEV; -EBADMSG (the cursor stands behind the page).
 */
static int cursor_look(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		       struct utfs_cursor *cursor, bool last_try, struct utfs_page_copy *copy)
{
	struct page_words words;
	struct utfs_view view;
	int ret = utfs_view_get(arena, recorder, cpu, cursor->side, &view);

	/* Where the buffer itself does not hold together, no page could be passed over. */
	if (ret)
		return -ENODEV;
	if (cursor->sequence > view.sequence)
		return 0;
	if (cursor->sequence < view.oldest)
		cursor_move(cursor, last_try ? view.sequence : view.oldest);
	ret = page_copy(&view, cursor->sequence, copy, &words);
	if (ret == -ENOMEM)
		return ret;
	if (ret == -ESTALE) {
		bool tail_stays = utfs_view_stands(&view);

		/* Being overwritten, or just was; but the page that is written now cannot be. */
		ret = cursor->sequence == view.sequence && tail_stays ? -EBADMSG : -EAGAIN;
		cursor_move(cursor, cursor->sequence + 1);
		return ret;
	}
	if (!ret)
		ret = page_check(copy, &words, cursor->offset);
	/* The tail was loaded before the commit word: where the writer had left the page, the copy is all of it. */
	copy->whole = view.sequence > cursor->sequence;
	if (ret) {
		cursor_move(cursor, cursor->sequence + 1);
		return ret;
	}
	if (copy->nr_entries)
		return 1;
	if (!copy->whole)
		return 0;
	cursor_move(cursor, cursor->sequence + 1);
	return -EAGAIN;
}

int utfs_reader_copy(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		     struct utfs_cursor *cursor, struct utfs_page_copy *copy)
{
	int ret = -EAGAIN;

	/*
	 * Every -EAGAIN moves the cursor towards the tail or saw the tail move; the last tries go where it cannot be
	 * overtaken soon. A run of empty pages is as long as the buffer at most.
	 */
	for (uint64_t i = 0; ret == -EAGAIN && i < 2 * MAX_TRIES; i++)
		ret = cursor_look(arena, recorder, cpu, cursor, i >= MAX_TRIES, copy);
	if (ret == -EAGAIN)
		return 0;
	if (ret == 1)
		/* Entries are numbered without end: what is missing was lost. A number that went back is damage: none. */
		copy->lost = copy->entry > cursor->entry ? copy->entry - cursor->entry : 0;
	return ret;
}

void utfs_cursor_advance(struct utfs_cursor *cursor, const struct utfs_page_copy *copy,
			 uint64_t offset, uint64_t entries)
{
	cursor->sequence = copy->sequence;
	cursor->offset = offset;
	cursor->entry = copy->entry + entries;
	if (copy->whole && offset >= copy->page.commit)
		cursor_move(cursor, copy->sequence + 1);
}

/* Writes the spare copy of the position, then makes it the valid one. */
static void position_set(struct utfs_ring_side *side, const struct utfs_reader_position *position)
{
	uint64_t spare = ~utfs_load(&side->reader_which) & 1, stamp;
	struct utfs_reader_position *at = &side->position[spare];

	stamp = utfs_load(&at->stamp) | 1;
	utfs_store(&at->stamp, stamp);
	/* Whoever sees one of the words sees the stamp. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	utfs_store(&at->sequence, position->sequence);
	UTFS_INJECT();
	utfs_store(&at->offset, position->offset);
	utfs_store(&at->entry, position->entry);
	utfs_store(&at->lost, position->lost);
	utfs_store(&at->read, position->read);
	utfs_store(&at->base, position->base);
	utfs_store(&at->dropped_base, position->dropped_base);
	utfs_store_release(&at->stamp, stamp + 1);
	UTFS_INJECT();
	utfs_store_release(&side->reader_which, spare);
	UTFS_INJECT();
	/* A hint for no-overwrite writers; release: our copy of those pages is done before they are overwritten. */
	utfs_store_release(&side->consumed, position->sequence);
	UTFS_INJECT();
}

void utfs_reader_consume(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			 const struct utfs_cursor *cursor, uint64_t read, uint64_t lost)
{
	struct utfs_ring_side *side =
		&utfs_cpu_buffer_at(arena, recorder, cpu)->sides[cursor->side];
	struct utfs_reader_position position;

	utfs_position_get(side, &position);
	position.sequence = cursor->sequence;
	position.offset = cursor->offset;
	position.entry = cursor->entry;
	position.read += read;
	position.lost += lost;
	position_set(side, &position);
}

int utfs_end_get(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		 unsigned int side, struct utfs_cursor *end)
{
	end->side = side;
	for (int i = 0; i < MAX_TRIES; i++) {
		struct utfs_view view;
		uint64_t slot, commit;
		int ret = utfs_view_get(arena, recorder, cpu, side, &view);

		if (ret)
			return ret;
		slot = utfs_geometry_tail_slot(&view.geometry, view.tail);
		end->sequence = view.sequence;
		end->entry = utfs_load(&view.geometry.meta[slot].first_entry);
		commit = utfs_load_acquire(&utfs_geometry_page(&view.geometry, slot)->commit);
		end->entry += utfs_commit_count(commit, view.geometry.order);
		end->offset = utfs_commit_bytes(commit, view.geometry.order);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* The page was the one being written all the time, so the words belong together. */
		if (utfs_view_stands(&view))
			return 0;
	}
	/* Overtaken again and again: the last answer is as good as any. */
	return 0;
}

void utfs_reader_reset(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		       unsigned int side)
{
	struct utfs_ring_side *at = &utfs_cpu_buffer_at(arena, recorder, cpu)->sides[side];
	struct utfs_reader_position position = {0};
	struct utfs_cursor end;

	if (utfs_end_get(arena, recorder, cpu, side, &end))
		return;
	position.sequence = end.sequence;
	position.offset = end.offset;
	position.entry = position.base = end.entry;
	position.dropped_base = utfs_load(&at->dropped);
	position_set(at, &position);
}

bool utfs_ring_has_data(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			unsigned int side)
{
	struct utfs_reader_position position;
	struct utfs_cursor end;

	if (utfs_end_get(arena, recorder, cpu, side, &end))
		return false;
	utfs_position_get(&utfs_cpu_buffer_at(arena, recorder, cpu)->sides[side], &position);
	return end.entry > position.entry;
}

/* The first page of the main buffer that the consuming reader has still to read. Return: as utfs_view_get(). */
static int first_unread(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			struct utfs_view *view, uint64_t *first)
{
	unsigned int side = utfs_ring_side(arena, recorder, cpu, UTFS_MAIN);
	struct utfs_reader_position position;
	int ret = utfs_view_get(arena, recorder, cpu, side, view);

	if (ret)
		return ret;
	utfs_position_get(view->side, &position);
	*first = position.sequence > view->oldest ? position.sequence : view->oldest;
	return 0;
}

uint64_t utfs_reader_first(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	struct utfs_view view;
	uint64_t first;

	return first_unread(arena, recorder, cpu, &view, &first) ? 0 : first;
}

bool utfs_ring_fill(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		    uint64_t *full_pages, uint64_t *nr_pages)
{
	struct utfs_view view;
	uint64_t first;

	if (first_unread(arena, recorder, cpu, &view, &first))
		return false;
	*full_pages = view.sequence > first ? view.sequence - first : 0;
	*nr_pages = view.geometry.nr_pages;
	return true;
}
