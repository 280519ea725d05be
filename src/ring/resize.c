/* SPDX-License-Identifier: MIT */
/*
 * Changing the size of buffers, or that of their pages (subbuffers).
 *
 *   in the transaction   allocate the new pages, free the old ones (they stay as they are until the commit)
 *   outside of it        stop the tails, wait until nobody is inside
 *   in the transaction   copy the newest pages, enter the new ones
 *   commit               from here on the old pages are gone
 *   outside of it        publish the new tails
 *
 * Whoever dies before the commit leaves the old pages, whole; after it, the new ones. In both cases a stopped tail
 * is published again from what lies in the pages (utfs_ring_repair()).
 *
 * With pages of another size nothing is copied: as in the kernel, what was recorded is gone, and does not count as lost.
 *
 * The pages are numbered on, and the writer begins with a fresh page, so that a tail never repeats with other pages behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "ring/buffer.h"

/* Words of the undo log for one CPU: for each side fields, two allocations, two frees. */
#define WORDS_PER_CPU 80

/* The new home of one side of a CPU's buffer; nr_pages 0: this one stays as it is. */
struct new_pages {
	uint64_t nr_pages, first_page, meta_offset;
	unsigned int order;
};

static struct utfs_ring_side *side_at(const struct utfs_arena *arena, unsigned int recorder,
				      uint32_t index)
{
	return &utfs_cpu_buffer_at(arena, recorder, index / UTFS_NR_SIDES)
			->sides[index % UTFS_NR_SIDES];
}

static int allocate_all(struct utfs_arena *arena, struct new_pages *news)
	UTFS_REQUIRES(arena->event_mutex)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < arena->nr_cpus * UTFS_NR_SIDES; i++)
		if (news[i].nr_pages)
			ret = utfs_buffer_allocate(arena, news[i].nr_pages, news[i].order,
						   &news[i].first_page, &news[i].meta_offset);
	return ret;
}

static int free_all(struct utfs_arena *arena, unsigned int recorder, const struct new_pages *news)
	UTFS_REQUIRES(arena->event_mutex)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < arena->nr_cpus * UTFS_NR_SIDES; i++) {
		struct utfs_geometry geometry;

		/* What the words say must be true before the pages are given away by it. */
		if (news[i].nr_pages &&
		    utfs_geometry_get(arena, side_at(arena, recorder, i), &geometry))
			ret = utfs_buffer_free(arena, &geometry);
	}
	return ret;
}

/* How many pages up to the newest one are there without a gap, at most `max`. */
static uint64_t pages_to_keep(const struct utfs_geometry *from, uint64_t newest, uint64_t max)
{
	uint64_t kept = 0;

	while (kept < max && kept < from->nr_pages && newest - kept >= from->base_sequence) {
		uint64_t sequence = newest - kept;

		if (utfs_load(&from->meta[utfs_geometry_slot(from, sequence)].sequence) != sequence)
			break;
		kept++;
	}
	return kept;
}

static void pages_copy(const struct utfs_geometry *from, const struct utfs_geometry *to,
		       uint64_t sequence, uint64_t nr_pages)
{
	for (; nr_pages; nr_pages--, sequence++) {
		uint64_t source = utfs_geometry_slot(from, sequence);
		uint64_t target = utfs_geometry_slot(to, sequence);

		memcpy(utfs_geometry_page(to, target), utfs_geometry_page(from, source),
		       (size_t)UTFS_PAGE_BYTES << to->order);
		to->meta[target] = from->meta[source];
		UTFS_INJECT();
	}
}

/* Nobody is inside: copies what fits and enters the new pages. */
static int move_one(struct utfs_arena *arena, unsigned int recorder, struct utfs_ring_side *side,
		    const struct new_pages *new) UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t kept = 0, next_sequence = utfs_load(&side->next_sequence);
	struct utfs_reader_position position;
	struct utfs_newest newest = {0};
	struct utfs_geometry from, to;

	utfs_position_get(side, &position);
	if (utfs_geometry_get(arena, side, &from) && utfs_buffer_newest(&from, &newest)) {
		/* One page is for the writer to go on. */
		if (from.order == new->order)
			kept = pages_to_keep(&from, newest.sequence, new->nr_pages - 1);
		else
			newest.next_entry = position.entry;
		next_sequence = newest.sequence + 1;
	} else {
		newest.next_entry = position.entry;
	}
	utfs_tx_set(arena, &side->first_page, new->first_page);
	utfs_tx_set(arena, &side->nr_pages, new->nr_pages);
	utfs_tx_set(arena, &side->page_order, new->order);
	utfs_tx_set(arena, &side->meta_offset, new->meta_offset);
	utfs_tx_set(arena, &side->base_sequence, next_sequence - kept);
	utfs_tx_set(arena, &side->next_sequence, next_sequence + 1);
	if (!utfs_geometry_get(arena, side, &to))
		return -EBADMSG;
	pages_copy(&from, &to, next_sequence - kept, kept);
	utfs_page_begin(&to, next_sequence, newest.next_entry, utfs_recorder_now(arena, recorder));
	return 0;
}

static int move_all(struct utfs_arena *arena, unsigned int recorder, const struct new_pages *news)
	UTFS_REQUIRES(arena->event_mutex)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < arena->nr_cpus * UTFS_NR_SIDES; i++)
		if (news[i].nr_pages)
			ret = move_one(arena, recorder, side_at(arena, recorder, i), &news[i]);
	return ret;
}

static void publish_all(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		utfs_buffer_publish(arena, recorder, cpu);
}

/* Moves the sides that have a new home. */
static int move(struct utfs_arena *arena, uint32_t instance_slot, uint32_t cpu_or_all,
		struct new_pages *news) UTFS_REQUIRES(arena->event_mutex)
{
	unsigned int recorder = (unsigned int)utfs_instance_at(arena, instance_slot)->recorder - 1;
	int ret = utfs_tx_reserve(arena, (uint64_t)arena->nr_cpus * WORDS_PER_CPU);

	if (!ret)
		ret = allocate_all(arena, news);
	if (!ret)
		ret = free_all(arena, recorder, news);
	if (ret)
		return ret;
	if (utfs_buffer_quiesce(arena, recorder, cpu_or_all)) {
		/* No word has changed: they go on where they were. */
		publish_all(arena, recorder);
		return -EBUSY;
	}
	ret = move_all(arena, recorder, news);
	/* Writers learn the order of the pages together with the pages. */
	utfs_ring_configure(arena, instance_slot);
	if (!ret)
		ret = utfs_tx_checkpoint(arena);
	/* Otherwise the words are not the old ones before the caller's rollback: utfs_ring_repair() publishes. */
	if (!ret)
		publish_all(arena, recorder);
	return ret;
}

int utfs_ring_resize(struct utfs_arena *arena, uint32_t instance_slot, uint32_t cpu,
		     uint64_t nr_pages)
{
	const struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	unsigned int recorder = (unsigned int)instance->recorder - 1;
	struct new_pages *news;
	int ret;

	if (!instance->recorder || instance->recorder > UTFS_MAX_RECORDERS)
		return -ENODEV;
	if (cpu != UTFS_PIN_ALL_CPUS && cpu >= arena->nr_cpus)
		return -EINVAL;
	news = calloc((size_t)arena->nr_cpus * UTFS_NR_SIDES, sizeof(*news));
	if (!news)
		return -ENOMEM;
	for (uint32_t i = utfs_cpus_first(cpu) * UTFS_NR_SIDES;
	     i < utfs_cpus_end(arena, cpu) * UTFS_NR_SIDES; i++) {
		uint64_t now = utfs_load(&side_at(arena, recorder, i)->nr_pages);

		/* A side without pages is that of a snapshot that there is not. */
		if (now && now != nr_pages)
			news[i] = (struct new_pages){
				.nr_pages = nr_pages,
				.order = utfs_ring_order(arena, instance_slot),
			};
	}
	ret = move(arena, instance_slot, cpu, news);
	free(news);
	return ret;
}

int utfs_ring_set_order(struct utfs_arena *arena, uint32_t instance_slot, unsigned int order)
{
	struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	unsigned int recorder = (unsigned int)instance->recorder - 1;
	unsigned int before = utfs_ring_order(arena, instance_slot);
	struct new_pages *news;
	uint64_t room;
	int ret;

	if (order > UTFS_PAGE_ORDER_MAX)
		return -EINVAL;
	if (instance->recorder > UTFS_MAX_RECORDERS)
		return -EBADMSG;
	if (order == before)
		return 0;
	room = utfs_page_room(order);
	utfs_tx_set(arena, &instance->page_order, order);
	if (!instance->recorder)
		return 0;
	news = calloc((size_t)arena->nr_cpus * UTFS_NR_SIDES, sizeof(*news));
	if (!news)
		return -ENOMEM;
	for (uint32_t i = 0; i < arena->nr_cpus * UTFS_NR_SIDES; i++) {
		uint64_t now = utfs_load(&side_at(arena, recorder, i)->nr_pages);

		if (!now)
			continue;
		/* As many bytes as before. */
		news[i].nr_pages = (now * utfs_page_room(before) + room - 1) / room;
		if (news[i].nr_pages < 2)
			news[i].nr_pages = 2;
		news[i].order = order;
	}
	ret = move(arena, instance_slot, UTFS_PIN_ALL_CPUS, news);
	free(news);
	return ret;
}
