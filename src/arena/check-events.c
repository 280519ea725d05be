/* SPDX-License-Identifier: MIT */
/* Systems and events: descriptions and names, a system's list of events, and the bits that writers look at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena/check-internal.h"

/* Programs that have the event write to no recorder any more; its id means nothing else from now on. */
static int event_drop(struct utfs_check *check, uint64_t id)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_event_entry *entry = utfs_event_at(check->arena, id);
	struct utfs_event_state *state = utfs_event_state_at(check->arena, id);
	int ret = utfs_tx_reserve(check->arena, 8);

	if (ret)
		return ret;
	utfs_tx_set(check->arena, &state->mask, 0);
	utfs_tx_set(check->arena, &state->filtered, 0);
	utfs_tx_set(check->arena, &state->filters, 0);
	utfs_tx_set(check->arena, &state->triggers, 0);
	utfs_tx_set(check->arena, &entry->serial, 0);
	utfs_tx_set(check->arena, &entry->generation,
		    (UINT64_C(1) << (UTFS_SERIAL_BITS - UTFS_EVENT_SLOT_BITS)) - 1);
	return 0;
}

/* Return: NULL; what is wrong with a description. */
static const char *description_fault(const struct utfs_arena *arena, uint32_t id,
				     struct utfs_event_strings *event)
	UTFS_REQUIRES(arena->event_mutex)
{
	if (utfs_event_strings_get(arena, id, event))
		return "lengths that do not add up";
	if (event->system[event->system_bytes] || event->name[event->name_bytes] ||
	    event->fields[event->fields_bytes] || event->print_fmt[event->print_bytes])
		return "a text without an end";
	if (!utfs_event_name_valid(event->system, event->system_bytes) ||
	    !utfs_event_name_valid(event->name, event->name_bytes))
		return "a name that cannot be";
	if (event->record_bytes > UTFS_PAGE_BYTES)
		return "a record longer than a page";
	return NULL;
}

static void hash_check(struct utfs_check *check, uint32_t id,
		       const struct utfs_event_strings *event)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t offset = utfs_event_at(check->arena, id)->description;
	struct utfs_event_description *d =
		utfs_arena_heap_at(check->arena, offset, sizeof(struct utfs_event_description));
	const uint32_t hash =
		utfs_event_hash(event->system, event->system_bytes, event->name, event->name_bytes);

	if (d->hash == hash || !utfs_check_found(check, UTFS_DAMAGE_NAME, d,
						 "event %u is entered under a wrong hash", id))
		return;
	utfs_tx_save(check->arena, (uint64_t *)(void *)d);
	d->hash = hash;
	utfs_check_mend(check, 0);
}

/* The system that the description says; 0: there is none. */
static uint32_t system_by_name(const struct utfs_arena *arena, const char *name, size_t bytes)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint32_t index = 0;

	/* Not by the chains, which are looked at later. */
	while (utfs_system_next(arena, index, &index)) {
		size_t known_bytes;
		const char *known = utfs_system_name(arena, index, &known_bytes);

		if (known && known_bytes == bytes && !memcmp(known, name, bytes))
			return index;
	}
	return 0;
}

static bool system_named(const struct utfs_arena *arena, uint64_t index, const char *name,
			 size_t bytes)
{
	size_t known_bytes;
	const char *known;

	if (!index || index >= arena->header->nr_systems || !utfs_system_at(arena, index)->serial)
		return false;
	known = utfs_system_name(arena, (uint32_t)index, &known_bytes);
	return known && known_bytes == bytes && !memcmp(known, name, bytes);
}

/* An event's system is the one that its description names. */
static void event_system_check(struct utfs_check *check, uint32_t id,
			       const struct utfs_event_strings *event)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_event_entry *entry = utfs_event_at(check->arena, id);
	uint32_t index;
	int ret = 0;

	if (system_named(check->arena, entry->system, event->system, event->system_bytes))
		return;
	index = system_by_name(check->arena, event->system, event->system_bytes);
	/* A new system takes memory: not before it is known which is free. */
	if (check->repair && !index && !check->memory_good)
		return;
	if (!utfs_check_found(check, UTFS_DAMAGE_SYSTEM_LIST, &entry->system,
			      "event %u of system %s is entered under system %llu, which has "
			      "another name or none",
			      id, event->system, (unsigned long long)entry->system))
		return;
	if (!index)
		ret = utfs_system_get(check->arena, event->system, event->system_bytes, &index);
	if (!ret)
		utfs_tx_set(check->arena, &entry->system, index);
	utfs_check_mend(check, ret);
}

static void descriptions_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint32_t id = UTFS_EVENT_ID_FIRST; id < check->arena->header->nr_events; id++) {
		const struct utfs_event_entry *entry = utfs_event_at(check->arena, id);
		struct utfs_event_strings event;
		const char *fault;

		if (!entry->serial)
			continue;
		fault = description_fault(check->arena, id, &event);
		if (fault && utfs_check_found(check, UTFS_DAMAGE_EVENT, entry,
					      "the description of event %u has %s", id, fault)) {
			utfs_check_mend(check, event_drop(check, id));
			continue;
		}
		if (fault)
			continue;
		check->seen.events++;
		hash_check(check, id, &event);
		event_system_check(check, id, &event);
	}
}

/* A system without a readable name is nobody's: its events know what it was called. */
static void systems_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint32_t index = 1; index < check->arena->header->nr_systems; index++) {
		struct utfs_system *system = utfs_system_at(check->arena, index);
		size_t bytes;
		const char *name;

		if (!system->serial)
			continue;
		name = utfs_system_name(check->arena, index, &bytes);
		if (name && utfs_event_name_valid(name, bytes)) {
			check->seen.systems++;
			continue;
		}
		if (utfs_check_found(check, UTFS_DAMAGE_NAME, system,
				     "system %u has no name that "
				     "can be read",
				     index)) {
			utfs_tx_set(check->arena, &system->serial, 0);
			utfs_check_mend(check, 0);
		}
	}
}

/* What the lists of all systems must be, computed from the events. */
struct list {
	uint64_t first, last, nr_events;
};

static bool lists_compute(const struct utfs_arena *arena, struct list *lists, uint64_t *next)
{
	const uint64_t nr_events = arena->header->nr_events;

	for (uint64_t id = UTFS_EVENT_ID_FIRST; id < nr_events; id++) {
		const struct utfs_event_entry *entry = utfs_event_at(arena, id);
		struct list *list;

		if (!entry->serial)
			continue;
		/* Of an event whose system is wrong no list can be right. */
		if (!entry->system || entry->system >= arena->header->nr_systems)
			return false;
		list = &lists[entry->system];
		if (list->last)
			next[list->last] = id;
		else
			list->first = id;
		list->last = id;
		list->nr_events++;
	}
	return true;
}

static int lists_set(struct utfs_check *check, const struct list *lists, const uint64_t *next)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	int ret = utfs_tx_reserve(check->arena, 4 * check->arena->header->nr_systems +
							check->arena->header->nr_events);

	for (uint64_t index = 1; !ret && index < check->arena->header->nr_systems; index++) {
		struct utfs_system *system = utfs_system_at(check->arena, index);

		if (!system->serial)
			continue;
		utfs_tx_set(check->arena, &system->first_event, lists[index].first);
		utfs_tx_set(check->arena, &system->last_event, lists[index].last);
		utfs_tx_set(check->arena, &system->nr_events, lists[index].nr_events);
		/* As when its last event goes. */
		if (!lists[index].nr_events)
			utfs_tx_set(check->arena, &system->serial, 0);
	}
	for (uint64_t id = UTFS_EVENT_ID_FIRST; !ret && id < check->arena->header->nr_events; id++)
		if (utfs_event_at(check->arena, id)->serial)
			utfs_tx_set(check->arena, &utfs_event_at(check->arena, id)->sys_next,
				    next[id]);
	return ret;
}

static void lists_compare(struct utfs_check *check, const struct list *lists, const uint64_t *next)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	bool wrong = false;

	for (uint64_t index = 1; index < check->arena->header->nr_systems; index++) {
		const struct utfs_system *system = utfs_system_at(check->arena, index);
		const struct list *list = &lists[index];

		if (!system->serial ||
		    (list->nr_events && system->first_event == list->first &&
		     system->last_event == list->last && system->nr_events == list->nr_events))
			continue;
		wrong |= utfs_check_found(
			check, UTFS_DAMAGE_SYSTEM_LIST, system,
			"system %llu lists %llu events, %llu to %llu, and has %llu, %llu "
			"to %llu",
			(unsigned long long)index, (unsigned long long)system->nr_events,
			(unsigned long long)system->first_event,
			(unsigned long long)system->last_event, (unsigned long long)list->nr_events,
			(unsigned long long)list->first, (unsigned long long)list->last);
	}
	for (uint64_t id = UTFS_EVENT_ID_FIRST; id < check->arena->header->nr_events; id++)
		if (utfs_event_at(check->arena, id)->serial &&
		    utfs_event_at(check->arena, id)->sys_next != next[id])
			wrong |= utfs_check_found(
				check, UTFS_DAMAGE_SYSTEM_LIST, utfs_event_at(check->arena, id),
				"event %llu is followed by %llu in its system, not by %llu",
				(unsigned long long)id,
				(unsigned long long)utfs_event_at(check->arena, id)->sys_next,
				(unsigned long long)next[id]);
	if (wrong)
		utfs_check_mend(check, lists_set(check, lists, next));
}

static void lists_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct utfs_header *header = check->arena->header;
	struct list *lists = calloc(header->nr_systems + 1, sizeof(*lists));
	uint64_t *next = calloc(header->nr_events + 1, sizeof(*next));

	if (!lists || !next)
		check->error = -ENOMEM;
	else if (lists_compute(check->arena, lists, next))
		lists_compare(check, lists, next);
	free(lists);
	free(next);
}

/* Two of one name: the chains lead to the first, nothing to the second. */
static void names_unique_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint32_t id = UTFS_EVENT_ID_FIRST; id < check->arena->header->nr_events; id++) {
		struct utfs_event_strings event;
		uint32_t other;

		if (!utfs_event_at(check->arena, id)->serial ||
		    utfs_event_strings_get(check->arena, id, &event) ||
		    utfs_event_find(check->arena, event.system, event.system_bytes, event.name,
				    event.name_bytes, &other) ||
		    other == id)
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_EVENT, utfs_event_at(check->arena, id),
				     "events %u and %u are both called %s:%s", other, id,
				     event.system, event.name))
			utfs_check_mend(check, event_drop(check, id));
	}
}

static void claims_make(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct utfs_header *header = check->arena->header;

	for (uint32_t id = UTFS_EVENT_ID_FIRST; id < header->nr_events; id++) {
		const struct utfs_event_entry *entry = utfs_event_at(check->arena, id);

		if (entry->serial)
			utfs_check_claim(
				check, &(struct utfs_claim){.offset = entry->description,
							    .bytes = utfs_blob_bytes(entry->bytes),
							    .what = "the description of event",
							    .index = id,
							    .drop = event_drop});
	}
	for (uint32_t index = 1; index < header->nr_systems; index++) {
		struct utfs_system *system = utfs_system_at(check->arena, index);
		size_t bytes;

		if (system->serial && utfs_system_name(check->arena, index, &bytes))
			utfs_check_claim(check,
					 &(struct utfs_claim){.offset = system->name_offset,
							      .bytes = utfs_blob_bytes(bytes + 1),
							      .what = "the name of system",
							      .index = index,
							      .word = &system->serial});
	}
}

void utfs_check_events(struct utfs_check *check)
{
	struct utfs_check_table events, systems;

	utfs_check_table_get(check->arena, UTFS_HASH_SYSTEMS, &systems);
	utfs_check_table_get(check->arena, UTFS_HASH_EVENTS, &events);
	utfs_check_serials(check, &systems);
	utfs_check_serials(check, &events);
	systems_check(check);
	descriptions_check(check);
	lists_check(check);
	utfs_check_chains(check, &systems);
	utfs_check_chains(check, &events);
	names_unique_check(check);
	claims_make(check);
}

/* Bits of the recorders that record. */
static uint64_t active_recorders(const struct utfs_arena *arena)
{
	uint64_t active = 0;

	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++) {
		const struct utfs_recorder *recorder = utfs_arena_element(
			arena, UTFS_REGION_RECORDERS, r, sizeof(struct utfs_recorder));

		if (recorder->state == UTFS_RECORDER_ACTIVE)
			active |= UINT64_C(1) << r;
	}
	return active;
}

static void word_check(struct utfs_check *check, uint64_t *word, uint64_t wanted, uint32_t id,
		       const char *what) UTFS_REQUIRES(check->arena->event_mutex)
{
	char text[64];

	snprintf(text, sizeof(text), "the %s word of event %u", what, id);
	(void)utfs_check_word(check, UTFS_DAMAGE_EVENT_BITS, word, wanted, text);
}

void utfs_check_event_bits(struct utfs_check *check)
{
	const uint64_t active = active_recorders(check->arena);

	for (uint32_t id = 0; id < check->arena->header->nr_events; id++) {
		struct utfs_event_state *state = utfs_event_state_at(check->arena, id);
		const bool live =
			id >= UTFS_EVENT_ID_FIRST && utfs_event_at(check->arena, id)->serial;
		uint64_t filtered = 0;

		for (unsigned int r = 0; live && r < UTFS_MAX_RECORDERS; r++)
			filtered |= (uint64_t)utfs_filtered_wanted(check->arena, id, r) << r;
		word_check(check, &state->mask, live ? state->mask & active : 0, id, "mask");
		/* Of one that is free it means nothing: it is written when the id is used again. */
		if (live)
			word_check(check, &state->filtered, filtered, id, "filtered");
	}
}
