/* SPDX-License-Identifier: MIT */
/* The table of events: what any process has registered, by id, and by system and name. */
#include <string.h>

#include "arena/internal.h"

#define GENERATIONS (UINT64_C(1) << (UTFS_SERIAL_BITS - UTFS_EVENT_SLOT_BITS))

static_assert(UTFS_MAX_EVENTS == 1 << UTFS_EVENT_SLOT_BITS, "an id fits its bits");

static uint32_t nr_events(const struct utfs_arena *arena)
{
	uint64_t n = arena->header->nr_events;

	return n < UTFS_MAX_EVENTS ? (uint32_t)n : UTFS_MAX_EVENTS;
}

bool utfs_event_name_valid(const char *name, size_t bytes)
{
	if (!bytes || bytes > UTFS_NAME_MAX)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_'))
			return false;
	}
	return true;
}

uint32_t utfs_event_hash(const char *system, size_t system_bytes, const char *name,
			 size_t name_bytes)
{
	return utfs_hash_bytes(name, name_bytes, utfs_hash_bytes(system, system_bytes, 0));
}

/* The description of a live event, checked; NULL where it does not hold together. */
static const struct utfs_event_description *description_get(const struct utfs_arena *arena,
							    uint32_t id)
{
	const struct utfs_event_entry *entry = utfs_event_at(arena, id);
	uint64_t bytes = entry->bytes;
	const struct utfs_event_description *d =
		utfs_arena_heap_at(arena, entry->description, bytes);
	uint64_t strings;

	if (!d || bytes < sizeof(*d))
		return NULL;
	strings = (uint64_t)d->system_bytes + d->name_bytes + d->fields_bytes + d->print_bytes + 4;
	return strings == bytes - sizeof(*d) ? d : NULL;
}

int utfs_event_strings_get(const struct utfs_arena *arena, uint32_t id,
			   struct utfs_event_strings *strings)
{
	const struct utfs_event_description *d;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (id >= nr_events(arena) || id < UTFS_EVENT_ID_FIRST || !utfs_event_at(arena, id)->serial)
		return -ENOENT;
	d = description_get(arena, id);
	if (!d)
		return -EBADMSG;
	strings->system_bytes = d->system_bytes;
	strings->name_bytes = d->name_bytes;
	strings->fields_bytes = d->fields_bytes;
	strings->print_bytes = d->print_bytes;
	strings->record_bytes = d->record_bytes;
	strings->flags = d->flags;
	strings->system = d->strings;
	strings->name = strings->system + d->system_bytes + 1;
	strings->fields = strings->name + d->name_bytes + 1;
	strings->print_fmt = strings->fields + d->fields_bytes + 1;
	return 0;
}

/* id is that of a live event. */
static bool event_is(const struct utfs_arena *arena, uint32_t id,
		     const struct utfs_event_strings *wanted, uint32_t hash)
{
	const struct utfs_event_description *d = description_get(arena, id);

	return d && d->hash == hash && d->system_bytes == wanted->system_bytes &&
	       d->name_bytes == wanted->name_bytes &&
	       !memcmp(d->strings, wanted->system, wanted->system_bytes) &&
	       !memcmp(d->strings + wanted->system_bytes + 1, wanted->name, wanted->name_bytes);
}

static uint32_t hash_of(const struct utfs_event_strings *event)
{
	return utfs_event_hash(event->system, event->system_bytes, event->name, event->name_bytes);
}

/* By system and name; what else is in `wanted` is not looked at. */
static int event_find(const struct utfs_arena *arena, const struct utfs_event_strings *wanted,
		      uint32_t hash, uint32_t *id)
{
	uint64_t at = *utfs_hash_bucket(arena, UTFS_HASH_EVENTS, hash);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	for (uint32_t steps = 0; at && at < nr_events(arena) && steps < UTFS_MAX_EVENTS; steps++) {
		if (event_is(arena, (uint32_t)at, wanted, hash)) {
			*id = (uint32_t)at;
			return 0;
		}
		at = utfs_event_at(arena, at)->hash_next;
	}
	return -ENOENT;
}

int utfs_event_find(const struct utfs_arena *arena, const char *system, size_t system_bytes,
		    const char *name, size_t name_bytes, uint32_t *id)
{
	const struct utfs_event_strings wanted = {
		.system = system,
		.system_bytes = system_bytes,
		.name = name,
		.name_bytes = name_bytes,
	};

	return event_find(arena, &wanted, hash_of(&wanted), id);
}

int utfs_event_find_serial(const struct utfs_arena *arena, uint64_t serial, uint32_t *id)
{
	uint32_t slot = (uint32_t)(serial & (UTFS_MAX_EVENTS - 1));

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!serial || slot >= nr_events(arena) || utfs_event_at(arena, slot)->serial != serial)
		return -ENOENT;
	*id = slot;
	return 0;
}

int utfs_event_next(const struct utfs_arena *arena, uint32_t system, uint32_t after, uint32_t *id)
{
	const struct utfs_event_entry *last = utfs_event_at(arena, after);
	uint64_t at = utfs_system_at(arena, system)->first_event;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	/* Where the last one still stands, the list goes on from it; else from its place in the order. */
	if (after && after < nr_events(arena) && last->serial && last->system == system)
		at = last->sys_next;
	for (uint32_t steps = 0; at && at < nr_events(arena) && steps < UTFS_MAX_EVENTS; steps++) {
		if (at > after) {
			*id = (uint32_t)at;
			return 1;
		}
		at = utfs_event_at(arena, at)->sys_next;
	}
	return 0;
}

static int id_take(struct utfs_arena *arena, uint32_t *id) UTFS_REQUIRES(arena->event_mutex)
{
	uint32_t n = nr_events(arena);
	uint64_t free = arena->header->free_events;
	int ret = -EMFILE;

	/* New ids first: a recorded event is decoded by its id, which should mean what it meant. */
	if (n < UTFS_MAX_EVENTS) {
		ret = utfs_region_ensure(arena, UTFS_REGION_EVENTS,
					 (n + 1) * sizeof(struct utfs_event_entry));
		if (!ret)
			ret = utfs_region_ensure(arena, UTFS_REGION_MASKS,
						 (n + 1) * sizeof(struct utfs_event_state));
		if (!ret) {
			*id = n;
			utfs_tx_set(arena, &arena->header->nr_events, n + 1);
			return 0;
		}
	}
	/* No new one, or no room in the file system for its entry: one that was used before. */
	if (free < UTFS_EVENT_ID_FIRST || free >= n)
		return ret;
	*id = (uint32_t)free;
	utfs_tx_set(arena, &arena->header->free_events, utfs_event_at(arena, free)->hash_next);
	return 0;
}

static int description_make(struct utfs_arena *arena, const struct utfs_event_strings *event,
			    uint32_t hash, uint64_t *offset, uint64_t *bytes)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_event_description *d;
	char *at;
	int ret;

	if (event->fields_bytes > UTFS_BLOB_MAX || event->print_bytes > UTFS_BLOB_MAX)
		return -E2BIG;
	*bytes = sizeof(*d) + event->system_bytes + event->name_bytes + event->fields_bytes +
		 event->print_bytes + 4;
	ret = utfs_alloc_blob(arena, *bytes, offset);
	if (ret)
		return ret;
	d = utfs_arena_heap_at(arena, *offset, *bytes);
	d->hash = hash;
	d->system_bytes = (uint32_t)event->system_bytes;
	d->name_bytes = (uint32_t)event->name_bytes;
	d->fields_bytes = (uint32_t)event->fields_bytes;
	d->print_bytes = (uint32_t)event->print_bytes;
	d->record_bytes = event->record_bytes;
	d->flags = event->flags;
	/* The blob is zeroed: every string has its NUL. */
	at = d->strings;
	memcpy(at, event->system, event->system_bytes);
	at += event->system_bytes + 1;
	memcpy(at, event->name, event->name_bytes);
	at += event->name_bytes + 1;
	memcpy(at, event->fields, event->fields_bytes);
	at += event->fields_bytes + 1;
	memcpy(at, event->print_fmt, event->print_bytes);
	UTFS_INJECT();
	return 0;
}

/* The list is in ascending order of ids; a new id is nearly always the highest. Return: 0, -EBADMSG a damaged list. */
static int system_link(struct utfs_arena *arena, uint32_t index, uint32_t id)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_system *system = utfs_system_at(arena, index);
	struct utfs_event_entry *entry = utfs_event_at(arena, id);
	uint64_t *link = &system->first_event;

	if (system->last_event && system->last_event < id)
		link = &utfs_event_at(arena, system->last_event)->sys_next;
	for (uint32_t steps = 0; *link && *link < id; steps++) {
		if (steps >= UTFS_MAX_EVENTS)
			return -EBADMSG;
		link = &utfs_event_at(arena, *link)->sys_next;
	}
	utfs_tx_set(arena, &entry->sys_next, *link);
	utfs_tx_set(arena, link, id);
	if (!entry->sys_next)
		utfs_tx_set(arena, &system->last_event, id);
	utfs_tx_set(arena, &system->nr_events, system->nr_events + 1);
	return 0;
}

static int event_add(struct utfs_arena *arena, const struct utfs_event_strings *event,
		     uint32_t hash, uint32_t *id) UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t description = 0, bytes = 0;
	struct utfs_event_entry *entry;
	uint64_t *bucket;
	uint32_t system = 0;
	int ret = utfs_tx_reserve(arena, 64);

	if (!ret)
		ret = description_make(arena, event, hash, &description, &bytes);
	if (!ret)
		ret = utfs_system_get(arena, event->system, event->system_bytes, &system);
	if (!ret)
		ret = id_take(arena, id);
	if (ret)
		return ret;
	entry = utfs_event_at(arena, *id);
	bucket = utfs_hash_bucket(arena, UTFS_HASH_EVENTS, hash);
	utfs_tx_set(arena, &entry->generation, entry->generation + 1);
	utfs_tx_set(arena, &entry->serial, entry->generation << UTFS_EVENT_SLOT_BITS | *id);
	utfs_tx_set(arena, &entry->system, system);
	utfs_tx_set(arena, &entry->description, description);
	utfs_tx_set(arena, &entry->bytes, bytes);
	utfs_tx_set(arena, &entry->conflicts, 0);
	utfs_tx_set(arena, utfs_event_mask(arena, *id), 0);
	utfs_tx_set(arena, &utfs_event_state_at(arena, *id)->filtered, arena->header->gated);
	utfs_tx_set(arena, &entry->hash_next, *bucket);
	utfs_tx_set(arena, bucket, *id);
	ret = system_link(arena, system, *id);
	if (ret)
		return ret;
	utfs_change_note(arena, UTFS_CHANGE_EVENT_ADDED, entry->serial,
			 utfs_system_at(arena, system)->serial, event->name);
	return utfs_pending_apply(arena, *id);
}

/*
 * Who registers what is known already does it in the order of the first time, as a rule: then each event is the one behind the last. Its name says whether it is,
 * and the buckets, which lie far from each other, are not looked at.
 */
static bool event_follows(const struct utfs_arena *arena, uint32_t id,
			  const struct utfs_event_strings *wanted, uint32_t hash)
{
	return id < nr_events(arena) && id >= UTFS_EVENT_ID_FIRST &&
	       utfs_event_at(arena, id)->serial && event_is(arena, id, wanted, hash);
}

int utfs_event_register(struct utfs_arena *arena, const struct utfs_event_strings *event,
			uint32_t *id)
{
	struct utfs_event_strings known;
	struct utfs_event_entry *entry;
	uint32_t hash;
	int ret = 0;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!utfs_event_name_valid(event->system, event->system_bytes) ||
	    !utfs_event_name_valid(event->name, event->name_bytes))
		return -EINVAL;
	hash = hash_of(event);
	*id = arena->registered + 1;
	if (!event_follows(arena, *id, event, hash))
		ret = event_find(arena, event, hash, id);
	if (ret) {
		ret = event_add(arena, event, hash, id);
		arena->registered = *id;
		return ret;
	}
	arena->registered = *id;
	ret = utfs_event_strings_get(arena, *id, &known);
	if (ret)
		return ret;
	if (known.fields_bytes == event->fields_bytes &&
	    !memcmp(known.fields, event->fields, known.fields_bytes))
		return 0;
	/* Counted for good although the registration fails: the caller commits what it did before. */
	entry = utfs_event_at(arena, *id);
	__atomic_fetch_add(&entry->conflicts, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&arena->header->conflicts, 1, __ATOMIC_RELAXED);
	return -EEXIST;
}

/* Takes `id` out of a chain. Return: false where the chain does not lead to it. */
static bool chain_unlink(struct utfs_arena *arena, uint64_t *link, uint32_t id, bool by_hash,
			 uint64_t *before) UTFS_REQUIRES(arena->event_mutex)
{
	*before = 0;
	for (uint32_t steps = 0; *link && *link < nr_events(arena) && steps < UTFS_MAX_EVENTS;
	     steps++) {
		struct utfs_event_entry *at = utfs_event_at(arena, *link);

		if (*link == id) {
			utfs_tx_set(arena, link, by_hash ? at->hash_next : at->sys_next);
			return true;
		}
		*before = *link;
		link = by_hash ? &at->hash_next : &at->sys_next;
	}
	return false;
}

bool utfs_event_busy(struct utfs_arena *arena, uint32_t id)
{
	return *utfs_event_mask(arena, id) || utfs_proc_event_used(arena, id) ||
	       utfs_hist_is_written(arena, utfs_event_at(arena, id)->serial);
}

int utfs_event_remove(struct utfs_arena *arena, uint32_t id)
{
	struct utfs_event_strings strings;
	struct utfs_event_entry *entry = utfs_event_at(arena, id);
	struct utfs_system *system;
	uint64_t before;
	int ret = utfs_event_strings_get(arena, id, &strings);

	if (ret)
		return ret;
	if (utfs_event_busy(arena, id))
		return -EBUSY;
	ret = utfs_tx_reserve(arena, 32);
	if (!ret && (!entry->system || entry->system >= arena->header->nr_systems ||
		     entry->system >= UTFS_MAX_SYSTEMS))
		ret = -EBADMSG;
	if (ret)
		return ret;
	system = utfs_system_at(arena, entry->system);
	utfs_change_note(arena, UTFS_CHANGE_EVENT_REMOVED, entry->serial, system->serial,
			 strings.name);
	if (!chain_unlink(arena, utfs_hash_bucket(arena, UTFS_HASH_EVENTS, hash_of(&strings)), id,
			  true, &before) ||
	    !chain_unlink(arena, &system->first_event, id, false, &before))
		return -EBADMSG;
	if (system->last_event == id)
		utfs_tx_set(arena, &system->last_event, before);
	utfs_tx_set(arena, &system->nr_events, system->nr_events - 1);
	utfs_tx_set(arena, &entry->serial, 0);
	if (entry->generation + 1 < GENERATIONS) {
		utfs_tx_set(arena, &entry->hash_next, arena->header->free_events);
		utfs_tx_set(arena, &arena->header->free_events, id);
	}
	ret = utfs_filters_forget_event(arena, id);
	if (!ret)
		ret = utfs_triggers_forget_event(arena, id);
	if (!ret && !system->nr_events)
		ret = utfs_system_remove(arena, (uint32_t)entry->system);
	return ret ? ret : utfs_free_blob(arena, entry->description, entry->bytes);
}
