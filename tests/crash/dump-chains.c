/* SPDX-License-Identifier: MIT */
/* The hash chains and free lists of the tables: each entry stands in exactly one of them, and in the right one. */
#include <stdlib.h>
#include <string.h>

#include "crash.h"

struct table {
	const char *name;
	enum utfs_hash_table hash;
	uint32_t nr_buckets;
	uint64_t first, end; /* entries that were ever used */
	uint64_t bias;	     /* what a link has on top of the entry's number */
	uint64_t free;	     /* head of the free list */
	uint64_t last_generation;
};

/* The three words that all tables have. */
struct entry {
	uint64_t serial, next, generation;
};

static struct entry entry_get(const struct utfs_arena *arena, const struct table *table, uint64_t n)
{
	const struct utfs_instance *instance = utfs_instance_at(arena, n);
	const struct utfs_system *system = utfs_system_at(arena, n);
	const struct utfs_event_entry *event = utfs_event_at(arena, n);

	if (table->hash == UTFS_HASH_INSTANCES)
		return (struct entry){instance->serial, instance->hash_next, instance->generation};
	if (table->hash == UTFS_HASH_SYSTEMS)
		return (struct entry){system->serial, system->hash_next, system->generation};
	return (struct entry){event->serial, event->hash_next, event->generation};
}

/* Follows a list; counts each entry it meets. */
static void list_walk(struct utfs_arena *arena, struct crash_text *text, const struct table *table,
		      uint64_t link, bool live, unsigned char *met)
{
	while (link) {
		uint64_t n = link - table->bias;

		if (n < table->first || n >= table->end) {
			crash_broken(text, "%s: a list leads to %llu", table->name,
				     (unsigned long long)n);
			return;
		}
		if (met[n]++) {
			crash_broken(text, "%s: lists meet in %llu", table->name,
				     (unsigned long long)n);
			return;
		}
		if (!entry_get(arena, table, n).serial == live)
			crash_broken(text, "%s: %llu is in the wrong list", table->name,
				     (unsigned long long)n);
		link = entry_get(arena, table, n).next;
	}
}

static void table_check(struct utfs_arena *arena, struct crash_text *text,
			const struct table *table)
{
	unsigned char *met = calloc(table->end + 1, 1);

	if (!met)
		return;
	for (uint32_t bucket = 0; bucket < table->nr_buckets; bucket++)
		list_walk(arena, text, table, *utfs_hash_bucket(arena, table->hash, bucket), true,
			  met);
	list_walk(arena, text, table, table->free, false, met);
	for (uint64_t n = table->first; n < table->end; n++)
		if (!met[n] && entry_get(arena, table, n).generation < table->last_generation)
			crash_broken(text, "%s: %llu is in no list", table->name,
				     (unsigned long long)n);
	free(met);
}

void crash_check_chains(struct utfs_arena *arena, struct crash_text *text)
{
	const struct utfs_header *h = arena->header;
	const struct table tables[] = {
		{"instances", UTFS_HASH_INSTANCES, UTFS_INSTANCE_BUCKETS, 1, h->nr_instances, 1,
		 h->free_instances, (1 << (UTFS_SERIAL_BITS - UTFS_INSTANCE_SLOT_BITS)) - 1},
		{"systems", UTFS_HASH_SYSTEMS, UTFS_SYSTEM_BUCKETS, 1, h->nr_systems, 0,
		 h->free_systems, (1 << (UTFS_SERIAL_BITS - UTFS_SYSTEM_SLOT_BITS)) - 1},
		{"events", UTFS_HASH_EVENTS, UTFS_EVENT_BUCKETS, UTFS_EVENT_ID_FIRST, h->nr_events,
		 0, h->free_events, (1 << (UTFS_SERIAL_BITS - UTFS_EVENT_SLOT_BITS)) - 1},
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		table_check(arena, text, &tables[i]);
}
