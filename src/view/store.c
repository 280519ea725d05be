/* SPDX-License-Identifier: MIT */
#include "view/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_EVENTS 4096
#define FIRST_HEAP   (1024 * 1024)
#define FIRST_SLOTS  64

/* Room for one more element. */
static int grow(void *array_at, uint32_t nr, uint32_t *cap, size_t element_bytes)
{
	void **array = array_at, *grown;
	uint64_t wanted = *cap ? 2 * (uint64_t)*cap : 4;

	if (nr < *cap)
		return 0;
	if (wanted > UINT32_MAX)
		wanted = UINT32_MAX;
	if (nr >= wanted)
		return -EFBIG;
	grown = realloc(*array, wanted * element_bytes);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = (uint32_t)wanted;
	return 0;
}

/* ---- finding threads and lanes ---- */

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint64_t x = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(x >> 32);
}

/* Return: false: it is spare, and not to be found. */
static bool thread_hash(const struct utfs_view_store *store, uint32_t number, uint32_t *hash)
{
	*hash = mix(0, (uint32_t)store->threads[number].tid);
	return !store->threads[number].is_spare;
}

static bool lane_hash(const struct utfs_view_store *store, uint32_t number, uint32_t *hash)
{
	*hash = mix(store->lanes[number].thread, store->lanes[number].type);
	return !store->lanes[number].is_spare;
}

/* Fills an empty table. */
static void slots_fill(const struct utfs_view_store *store, uint32_t *slots, uint32_t cap,
		       uint32_t nr,
		       bool (*hash)(const struct utfs_view_store *, uint32_t, uint32_t *))
{
	for (uint32_t i = 0; i < nr; i++) {
		uint32_t at;

		if (!hash(store, i, &at))
			continue;
		at &= cap - 1;
		while (slots[at])
			at = (at + 1) & (cap - 1);
		slots[at] = i + 1;
	}
}

/* A table that is at most half full, with a place for one more. */
static int slots_grow(const struct utfs_view_store *store, uint32_t **slots, uint32_t *cap,
		      uint32_t nr,
		      bool (*hash)(const struct utfs_view_store *, uint32_t, uint32_t *))
{
	uint32_t wanted = *cap ? 2 * *cap : FIRST_SLOTS;
	uint32_t *grown;

	if (nr < *cap / 2)
		return 0;
	grown = calloc(wanted, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	slots_fill(store, grown, wanted, nr, hash);
	free(*slots);
	*slots = grown;
	*cap = wanted;
	return 0;
}

static int thread_find(struct utfs_view_store *store, int32_t tid, uint32_t *number)
{
	uint32_t at;
	int ret = slots_grow(store, &store->thread_slots, &store->cap_thread_slots,
			     store->nr_threads, thread_hash);

	if (!ret)
		ret = grow(&store->threads, store->nr_threads, &store->cap_threads,
			   sizeof(*store->threads));
	if (ret)
		return ret;
	at = mix(0, (uint32_t)tid) & (store->cap_thread_slots - 1);
	while (store->thread_slots[at]) {
		*number = store->thread_slots[at] - 1;
		if (store->threads[*number].tid == tid)
			return 0;
		at = (at + 1) & (store->cap_thread_slots - 1);
	}
	if (store->first_spare_thread) {
		*number = store->first_spare_thread - 1;
		store->first_spare_thread = store->threads[*number].next_spare;
	} else {
		*number = store->nr_threads++;
	}
	store->threads[*number] = (struct utfs_view_thread){.tid = tid};
	store->thread_slots[at] = *number + 1;
	return 0;
}

static int lane_find(struct utfs_view_store *store, uint32_t thread_number, uint32_t type,
		     uint32_t *number)
{
	struct utfs_view_thread *thread = &store->threads[thread_number];
	uint32_t at;
	int ret = slots_grow(store, &store->lane_slots, &store->cap_lane_slots, store->nr_lanes,
			     lane_hash);

	if (!ret)
		ret = grow(&store->lanes, store->nr_lanes, &store->cap_lanes,
			   sizeof(*store->lanes));
	if (!ret)
		ret = grow(&thread->lanes, thread->nr_lanes, &thread->cap_lanes,
			   sizeof(*thread->lanes));
	if (ret)
		return ret;
	at = mix(thread_number, type) & (store->cap_lane_slots - 1);
	while (store->lane_slots[at]) {
		*number = store->lane_slots[at] - 1;
		if (store->lanes[*number].thread == thread_number &&
		    store->lanes[*number].type == type)
			return 0;
		at = (at + 1) & (store->cap_lane_slots - 1);
	}
	if (store->first_spare_lane) {
		*number = store->first_spare_lane - 1;
		store->first_spare_lane = store->lanes[*number].next_spare;
	} else {
		*number = store->nr_lanes++;
	}
	store->lanes[*number] = (struct utfs_view_lane){.thread = thread_number, .type = type};
	store->lane_slots[at] = *number + 1;
	thread->lanes[thread->nr_lanes++] = *number;
	return 0;
}

static int type_find(struct utfs_view_store *store, const struct utfs_recording_type *known)
{
	while (store->nr_types <= known->index) {
		int ret = grow(&store->types, store->nr_types, &store->cap_types,
			       sizeof(*store->types));

		if (ret)
			return ret;
		store->types[store->nr_types++] = (struct utfs_view_type){0};
	}
	store->types[known->index].known = known;
	return 0;
}

static int stream_find(struct utfs_view_store *store, uint32_t stream)
{
	while (store->nr_last <= stream) {
		int ret =
			grow(&store->last, store->nr_last, &store->cap_last, sizeof(*store->last));

		if (ret)
			return ret;
		store->last[store->nr_last++] = 0;
	}
	return 0;
}

/* ---- adding ---- */

static int columns_grow(struct utfs_view_store *store, size_t record_bytes)
{
	uint64_t cap = store->cap ? 2 * (uint64_t)store->cap : FIRST_EVENTS;
	size_t heap_end = store->nr ? store->record[store->nr] : 0;
	void *grown;

	if (cap > UINT32_MAX)
		cap = UINT32_MAX;
	if (store->nr + 1 >= cap)
		return -EFBIG;
	/* One more of each than events: `record` has an end, and the others need no case of their own. */
	if (store->nr + 1 >= store->cap) {
#define GROW(column)                                                                               \
	do {                                                                                       \
		grown = realloc(store->column, cap * sizeof(*store->column));                      \
		if (!grown)                                                                        \
			return -ENOMEM;                                                            \
		store->column = grown;                                                             \
	} while (0)
		GROW(time);
		GROW(lane);
		GROW(cpu);
		GROW(record);
#undef GROW
		store->cap = (uint32_t)cap;
		store->record[store->nr] = heap_end;
	}
	if (record_bytes > store->heap_cap - heap_end) {
		size_t bytes = 2 * store->heap_cap + record_bytes + FIRST_HEAP;

		grown = realloc(store->heap, bytes);
		if (!grown)
			return -ENOMEM;
		store->heap = grown;
		store->heap_cap = bytes;
	}
	return 0;
}

static int gap_add(struct utfs_view_store *store, const struct utfs_recording_event *event,
		   uint64_t time)
{
	uint64_t last;
	int ret = event->lost ? grow(&store->gaps, store->nr_gaps, &store->cap_gaps,
				     sizeof(*store->gaps))
			      : 0;

	if (ret || !event->lost)
		return ret;
	last = store->last[event->stream];
	store->gaps[store->nr_gaps++] = (struct utfs_view_gap){
		.begin = last ? last - 1 : 0,
		.end = time,
		.lost = event->lost,
		.cpu = (uint16_t)event->cpu,
		.file = event->type->file,
	};
	if (event->lost == UTFS_RECORDING_LOST_SOME)
		store->has_lost_some = true;
	else
		store->nr_lost += event->lost;
	return 0;
}

/* Takes away the places below `cut`; the others become fewer by it. Much room that is not needed any more goes, if it can. */
static void places_cut(struct utfs_view_places *places, uint32_t cut)
{
	uint32_t nr = utfs_view_places_find(places, cut);
	void *smaller;

	places->nr -= nr;
	for (uint32_t i = 0; i < places->nr; i++)
		places->at[i] = places->at[i + nr] - cut;
	if (places->cap <= 16 || places->cap / 4 < places->nr)
		return;
	smaller = realloc(places->at, (places->nr + 4) * sizeof(*places->at));
	if (!smaller)
		return;
	places->at = smaller;
	places->cap = places->nr + 4;
}

static void gaps_cut(struct utfs_view_store *store, uint64_t time)
{
	uint32_t nr = 0;

	while (nr < store->nr_gaps && store->gaps[nr].end < time)
		nr++;
	store->nr_gaps -= nr;
	memmove(store->gaps, store->gaps + nr, store->nr_gaps * sizeof(*store->gaps));
}

/* The lanes of a thread that have events. */
static void thread_cut(const struct utfs_view_store *store, struct utfs_view_thread *thread)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < thread->nr_lanes; i++) {
		if (!store->lanes[thread->lanes[i]].is_spare)
			thread->lanes[nr++] = thread->lanes[i];
	}
	thread->nr_lanes = nr;
}

/* What has no events any more is not found again, and its number is spare. */
static void spare_empty(struct utfs_view_store *store)
{
	for (uint32_t i = 0; i < store->nr_lanes; i++) {
		struct utfs_view_lane *lane = &store->lanes[i];

		if (lane->is_spare || lane->places.nr)
			continue;
		free(lane->places.at);
		*lane = (struct utfs_view_lane){.is_spare = true,
						.next_spare = store->first_spare_lane};
		store->first_spare_lane = i + 1;
	}
	for (uint32_t i = 0; i < store->nr_threads; i++) {
		struct utfs_view_thread *thread = &store->threads[i];

		thread_cut(store, thread);
		if (thread->is_spare || thread->nr_lanes)
			continue;
		free(thread->lanes);
		*thread = (struct utfs_view_thread){.is_spare = true,
						    .next_spare = store->first_spare_thread};
		store->first_spare_thread = i + 1;
	}
	memset(store->thread_slots, 0, store->cap_thread_slots * sizeof(*store->thread_slots));
	slots_fill(store, store->thread_slots, store->cap_thread_slots, store->nr_threads,
		   thread_hash);
	memset(store->lane_slots, 0, store->cap_lane_slots * sizeof(*store->lane_slots));
	slots_fill(store, store->lane_slots, store->cap_lane_slots, store->nr_lanes, lane_hash);
}

static void drop_oldest(struct utfs_view_store *store)
{
	uint32_t cut = store->limit / 4, left = store->nr - cut;
	uint64_t heap_cut = store->record[cut];

	memmove(store->heap, store->heap + heap_cut, store->record[store->nr] - heap_cut);
	memmove(store->time, store->time + cut, left * sizeof(*store->time));
	memmove(store->lane, store->lane + cut, left * sizeof(*store->lane));
	memmove(store->cpu, store->cpu + cut, left * sizeof(*store->cpu));
	for (uint32_t i = 0; i <= left; i++)
		store->record[i] = store->record[i + cut] - heap_cut;
	for (uint32_t i = 0; i < store->nr_threads; i++)
		store->threads[i].nr_events = 0;
	for (uint32_t i = 0; i < store->nr_lanes; i++) {
		struct utfs_view_lane *lane = &store->lanes[i];

		places_cut(&lane->places, cut);
		store->threads[lane->thread].nr_events += lane->places.nr;
	}
	for (uint32_t i = 0; i < store->nr_types; i++)
		places_cut(&store->types[i].places, cut);
	spare_empty(store);
	store->nr = left;
	store->dropped += cut;
	if (store->nr_gaps)
		gaps_cut(store, store->time[0]);
}

static void thread_learn(struct utfs_view_thread *thread, const struct utfs_recording_event *event)
{
	if (event->tgid)
		thread->tgid = event->tgid;
	if (event->comm) {
		size_t bytes = strnlen(event->comm, sizeof(thread->comm) - 1);

		memcpy(thread->comm, event->comm, bytes);
		thread->comm[bytes] = '\0';
	}
	thread->nr_events++;
}

int utfs_view_store_add(struct utfs_view_store *store, const struct utfs_recording_event *event)
{
	uint32_t thread, lane, at;
	struct utfs_view_places *by_lane, *by_type;
	uint64_t time;
	int ret = event->cpu > UINT16_MAX ? -EFBIG : 0;

	if (!ret && store->limit && store->nr >= store->limit)
		drop_oldest(store);
	if (!ret)
		ret = columns_grow(store, event->record_bytes);
	if (!ret)
		ret = type_find(store, event->type);
	if (!ret)
		ret = thread_find(store, event->tid, &thread);
	if (!ret)
		ret = lane_find(store, thread, event->type->index, &lane);
	if (!ret)
		ret = stream_find(store, event->stream);
	if (ret)
		return ret;
	by_lane = &store->lanes[lane].places;
	by_type = &store->types[event->type->index].places;
	ret = grow(&by_lane->at, by_lane->nr, &by_lane->cap, sizeof(*by_lane->at));
	if (!ret)
		ret = grow(&by_type->at, by_type->nr, &by_type->cap, sizeof(*by_type->at));
	at = store->nr;
	if (!at && !store->dropped) {
		store->origin = event->timestamp;
		store->record[0] = 0;
	}
	time = event->timestamp > store->origin ? event->timestamp - store->origin : 0;
	if (at && time < store->time[at - 1])
		time = store->time[at - 1];
	if (!ret)
		ret = gap_add(store, event, time);
	if (ret)
		return ret;
	store->time[at] = time;
	store->lane[at] = lane;
	store->cpu[at] = (uint16_t)event->cpu;
	if (event->record_bytes)
		memcpy(store->heap + store->record[at], event->record, event->record_bytes);
	store->record[at + 1] = store->record[at] + event->record_bytes;
	by_lane->at[by_lane->nr++] = at;
	by_type->at[by_type->nr++] = at;
	thread_learn(&store->threads[thread], event);
	store->last[event->stream] = time + 1;
	store->nr++;
	return 0;
}

void utfs_view_store_fini(struct utfs_view_store *store)
{
	for (uint32_t i = 0; i < store->nr_lanes; i++)
		free(store->lanes[i].places.at);
	for (uint32_t i = 0; i < store->nr_types; i++)
		free(store->types[i].places.at);
	for (uint32_t i = 0; i < store->nr_threads; i++)
		free(store->threads[i].lanes);
	free(store->time);
	free(store->lane);
	free(store->cpu);
	free(store->record);
	free(store->heap);
	free(store->lanes);
	free(store->threads);
	free(store->types);
	free(store->thread_slots);
	free(store->lane_slots);
	free(store->gaps);
	free(store->last);
	*store = (struct utfs_view_store){0};
}

/* ---- reading ---- */

void utfs_view_store_event(const struct utfs_view_store *store, uint32_t place,
			   struct utfs_recording_event *event)
{
	const struct utfs_view_lane *lane = &store->lanes[store->lane[place]];
	const struct utfs_view_thread *thread = &store->threads[lane->thread];

	*event = (struct utfs_recording_event){
		.timestamp = store->origin + store->time[place],
		.type = store->types[lane->type].known,
		.record = store->heap + store->record[place],
		.record_bytes = (uint32_t)(store->record[place + 1] - store->record[place]),
		.cpu = store->cpu[place],
		.tid = thread->tid,
		.tgid = thread->tgid,
		.comm = *thread->comm ? thread->comm : NULL,
	};
}

uint32_t utfs_view_places_between(const struct utfs_view_places *places, uint32_t low,
				  uint32_t high, uint32_t place)
{
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (places->at[middle] < place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t utfs_view_places_find(const struct utfs_view_places *places, uint32_t place)
{
	return utfs_view_places_between(places, 0, places->nr, place);
}

uint32_t utfs_view_store_find(const struct utfs_view_store *store, uint64_t time)
{
	uint32_t low = 0, high = store->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (store->time[middle] < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
