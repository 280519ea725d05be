/* SPDX-License-Identifier: MIT */
/* The table of systems: a system is there as long as it has an event. Index 0 means none. */
#include <string.h>

#include "arena/internal.h"

#define GENERATIONS (UINT64_C(1) << (UTFS_SERIAL_BITS - UTFS_SYSTEM_SLOT_BITS))

static_assert(UTFS_MAX_SYSTEMS == 1 << UTFS_SYSTEM_SLOT_BITS, "an index fits its bits");

static uint32_t nr_systems(const struct utfs_arena *arena)
{
	uint64_t n = arena->header->nr_systems;

	return n < UTFS_MAX_SYSTEMS ? (uint32_t)n : UTFS_MAX_SYSTEMS;
}

const char *utfs_system_name(const struct utfs_arena *arena, uint32_t index, size_t *bytes)
{
	const struct utfs_system *system = utfs_system_at(arena, index);
	const char *name;

	*bytes = system->name_bytes;
	if (*bytes > UTFS_NAME_MAX)
		return NULL;
	name = utfs_arena_heap_at(arena, system->name_offset, *bytes + 1);
	return name && !name[*bytes] ? name : NULL;
}

static uint64_t *name_bucket(const struct utfs_arena *arena, const char *name, size_t bytes)
{
	return utfs_hash_bucket(arena, UTFS_HASH_SYSTEMS, utfs_hash_bytes(name, bytes, 0));
}

int utfs_system_find(const struct utfs_arena *arena, const char *name, size_t bytes,
		     uint32_t *index)
{
	uint64_t at = *name_bucket(arena, name, bytes);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	for (uint32_t steps = 0; at && at < nr_systems(arena) && steps < UTFS_MAX_SYSTEMS;
	     steps++) {
		size_t known_bytes;
		const char *known = utfs_system_name(arena, (uint32_t)at, &known_bytes);

		if (known && known_bytes == bytes && !memcmp(known, name, bytes)) {
			*index = (uint32_t)at;
			return 0;
		}
		at = utfs_system_at(arena, at)->hash_next;
	}
	return -ENOENT;
}

int utfs_system_find_serial(const struct utfs_arena *arena, uint64_t serial, uint32_t *index)
{
	uint32_t slot = (uint32_t)(serial & (UTFS_MAX_SYSTEMS - 1));

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!serial || slot >= nr_systems(arena) || utfs_system_at(arena, slot)->serial != serial)
		return -ENOENT;
	*index = slot;
	return 0;
}

int utfs_system_next(const struct utfs_arena *arena, uint32_t after, uint32_t *index)
{
	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	for (uint32_t i = after + 1; i && i < nr_systems(arena); i++) {
		if (utfs_system_at(arena, i)->serial) {
			*index = i;
			return 1;
		}
	}
	return 0;
}

static int index_take(struct utfs_arena *arena, uint32_t *index) UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t free = arena->header->free_systems;
	uint32_t n = nr_systems(arena);
	int ret;

	if (free && free < n) {
		*index = (uint32_t)free;
		utfs_tx_set(arena, &arena->header->free_systems,
			    utfs_system_at(arena, free)->hash_next);
		return 0;
	}
	if (n >= UTFS_MAX_SYSTEMS)
		return -EMFILE;
	ret = utfs_region_ensure(arena, UTFS_REGION_SYSTEMS, (n + 1) * sizeof(struct utfs_system));
	if (ret)
		return ret;
	*index = n;
	utfs_tx_set(arena, &arena->header->nr_systems, n + 1);
	return 0;
}

int utfs_system_get(struct utfs_arena *arena, const char *name, size_t bytes, uint32_t *index)
{
	struct utfs_system *system;
	uint64_t offset, *bucket;
	int ret;

	if (!utfs_system_find(arena, name, bytes, index))
		return 0;
	ret = utfs_alloc_blob(arena, bytes + 1, &offset);
	if (!ret)
		ret = index_take(arena, index);
	if (!ret)
		ret = utfs_tx_reserve(arena, 16);
	if (ret)
		return ret;
	memcpy(utfs_arena_heap_at(arena, offset, bytes + 1), name, bytes);
	UTFS_INJECT();
	system = utfs_system_at(arena, *index);
	bucket = name_bucket(arena, name, bytes);
	utfs_tx_set(arena, &system->generation, system->generation + 1);
	utfs_tx_set(arena, &system->serial, system->generation << UTFS_SYSTEM_SLOT_BITS | *index);
	utfs_tx_set(arena, &system->first_event, 0);
	utfs_tx_set(arena, &system->last_event, 0);
	utfs_tx_set(arena, &system->nr_events, 0);
	utfs_tx_set(arena, &system->name_offset, offset);
	utfs_tx_set(arena, &system->name_bytes, bytes);
	utfs_tx_set(arena, &system->hash_next, *bucket);
	utfs_tx_set(arena, bucket, *index);
	utfs_change_note(arena, UTFS_CHANGE_SYSTEM_ADDED, system->serial, 0,
			 utfs_arena_heap_at(arena, offset, bytes + 1));
	return 0;
}

int utfs_system_remove(struct utfs_arena *arena, uint32_t index)
{
	struct utfs_system *system = utfs_system_at(arena, index);
	size_t bytes;
	const char *name = utfs_system_name(arena, index, &bytes);
	uint64_t *link;

	if (!name)
		return -EBADMSG;
	link = name_bucket(arena, name, bytes);
	for (uint32_t steps = 0; *link != index; steps++) {
		if (!*link || *link >= nr_systems(arena) || steps >= UTFS_MAX_SYSTEMS)
			return -EBADMSG;
		link = &utfs_system_at(arena, *link)->hash_next;
	}
	utfs_change_note(arena, UTFS_CHANGE_SYSTEM_REMOVED, system->serial, 0, name);
	utfs_tx_set(arena, link, system->hash_next);
	utfs_tx_set(arena, &system->serial, 0);
	if (system->generation + 1 < GENERATIONS) {
		utfs_tx_set(arena, &system->hash_next, arena->header->free_systems);
		utfs_tx_set(arena, &arena->header->free_systems, index);
	}
	return utfs_free_blob(arena, system->name_offset, bytes + 1);
}
