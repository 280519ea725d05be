/* SPDX-License-Identifier: MIT */
/*
 * What the three tables of names have in common: serials, hash chains, free lists. Each entry that lives stands in the chain of its
 * name, each that is free and may be used again in the free list, and in no other.
 */
#include <stdlib.h>

#include "arena/check-internal.h"

struct entry {
	uint64_t *serial, *next, *generation;
};

static struct entry entry_at(const struct utfs_arena *arena, const struct utfs_check_table *table,
			     uint64_t n)
{
	struct utfs_instance *instance = utfs_instance_at(arena, n);
	struct utfs_system *system = utfs_system_at(arena, n);
	struct utfs_event_entry *event = utfs_event_at(arena, n);

	if (table->hash == UTFS_HASH_INSTANCES)
		return (struct entry){&instance->serial, &instance->hash_next,
				      &instance->generation};
	if (table->hash == UTFS_HASH_SYSTEMS)
		return (struct entry){&system->serial, &system->hash_next, &system->generation};
	return (struct entry){&event->serial, &event->hash_next, &event->generation};
}

/* The hash of an entry's name. Return: false the name cannot be read. */
static bool hash_of(const struct utfs_arena *arena, const struct utfs_check_table *table,
		    uint64_t n, uint32_t *hash) UTFS_REQUIRES(arena->event_mutex)
{
	const struct utfs_instance *instance = utfs_instance_at(arena, n);
	struct utfs_event_strings event;
	const char *name = NULL;
	size_t bytes = 0;

	if (table->hash == UTFS_HASH_INSTANCES) {
		name = instance->name;
		bytes = instance->name_bytes;
	} else if (table->hash == UTFS_HASH_SYSTEMS) {
		name = utfs_system_name(arena, (uint32_t)n, &bytes);
	} else if (!utfs_event_strings_get(arena, (uint32_t)n, &event)) {
		*hash = utfs_event_hash(event.system, event.system_bytes, event.name,
					event.name_bytes);
		return true;
	}
	if (!name || bytes > UTFS_NAME_MAX)
		return false;
	*hash = utfs_hash_bytes(name, bytes, 0);
	return true;
}

void utfs_check_table_get(const struct utfs_arena *arena, enum utfs_hash_table hash,
			  struct utfs_check_table *table)
{
	struct utfs_header *h = arena->header;
	const struct utfs_check_table tables[] = {
		[UTFS_HASH_INSTANCES] = {"instance", UTFS_HASH_INSTANCES, UTFS_INSTANCE_BUCKETS, 1,
					 h->nr_instances, 1, &h->free_instances,
					 UTFS_INSTANCE_SLOT_BITS},
		[UTFS_HASH_SYSTEMS] = {"system", UTFS_HASH_SYSTEMS, UTFS_SYSTEM_BUCKETS, 1,
				       h->nr_systems, 0, &h->free_systems, UTFS_SYSTEM_SLOT_BITS},
		[UTFS_HASH_EVENTS] = {"event", UTFS_HASH_EVENTS, UTFS_EVENT_BUCKETS,
				      UTFS_EVENT_ID_FIRST, h->nr_events, 0, &h->free_events,
				      UTFS_EVENT_SLOT_BITS},
	};

	*table = tables[hash];
}

static uint64_t last_generation(const struct utfs_check_table *table)
{
	return (UINT64_C(1) << (UTFS_SERIAL_BITS - table->slot_bits)) - 1;
}

void utfs_check_table_ends(struct utfs_check *check)
{
	static const struct {
		enum utfs_hash_table hash;
		enum utfs_region region;
		size_t bytes;
	} tables[] = {
		{UTFS_HASH_INSTANCES, UTFS_REGION_INSTANCES, sizeof(struct utfs_instance)},
		{UTFS_HASH_SYSTEMS, UTFS_REGION_SYSTEMS, sizeof(struct utfs_system)},
		{UTFS_HASH_EVENTS, UTFS_REGION_EVENTS, sizeof(struct utfs_event_entry)},
	};
	struct utfs_header *h = check->arena->header;
	uint64_t *const counts[] = {&h->nr_instances, &h->nr_systems, &h->nr_events};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		struct utfs_check_table table;
		uint64_t n = h->present[tables[i].region] / tables[i].bytes;

		utfs_check_table_get(check->arena, tables[i].hash, &table);
		while (n > table.end && !*entry_at(check->arena, &table, n - 1).generation)
			n--;
		if (n <= table.end)
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_COUNT, counts[i],
				     "%s %llu was used, behind a count of %llu", table.name,
				     (unsigned long long)n - 1, (unsigned long long)table.end)) {
			utfs_tx_set(check->arena, counts[i], n);
			utfs_check_mend(check, 0);
		}
	}
}

void utfs_check_serials(struct utfs_check *check, const struct utfs_check_table *table)
{
	const uint64_t last = last_generation(table);

	for (uint64_t n = table->first; n < table->end; n++) {
		const struct entry entry = entry_at(check->arena, table, n);
		const uint64_t serial = *entry.serial, generation = *entry.generation;
		uint64_t next = generation ? generation : 1;

		if ((!serial && generation <= last) ||
		    (serial && serial == (generation << table->slot_bits | n) && generation &&
		     generation <= last))
			continue;
		if (!utfs_check_found(check, UTFS_DAMAGE_SERIAL, entry.serial,
				      "%s %llu has serial %#llx in generation %llu", table->name,
				      (unsigned long long)n, (unsigned long long)serial,
				      (unsigned long long)generation))
			continue;
		/* Above both that it may have had. */
		if (serial >> table->slot_bits > next)
			next = serial >> table->slot_bits;
		next = next < last ? next + 1 : last;
		utfs_tx_set(check->arena, entry.generation, next);
		if (serial)
			utfs_tx_set(check->arena, entry.serial, next << table->slot_bits | n);
		utfs_check_mend(check, 0);
	}
}

/* Follows a list, counting each entry in `met`. Return: false: it is not as it should be, and that was said. */
static bool list_good(struct utfs_check *check, const struct utfs_check_table *table,
		      const uint64_t *head, uint32_t bucket, bool live, unsigned char *met)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const char *what = live ? "chain" : "free list";
	bool good = true;

	for (const uint64_t *link = head; *link;
	     link = entry_at(check->arena, table, *link - table->bias).next) {
		const uint64_t n = *link - table->bias;
		uint32_t hash;

		if (n < table->first || n >= table->end || met[n]) {
			(void)utfs_check_found(check, UTFS_DAMAGE_CHAIN, link,
					       n < table->first || n >= table->end
						       ? "a %s of the %ss leads out of the table, "
							 "to %llu"
						       : "a %s of the %ss leads a second time to "
							 "%llu",
					       what, table->name, (unsigned long long)n);
			return false;
		}
		met[n] = 1;
		if (!*entry_at(check->arena, table, n).serial == live ||
		    (live && hash_of(check->arena, table, n, &hash) &&
		     hash % table->nr_buckets != bucket)) {
			(void)utfs_check_found(check, UTFS_DAMAGE_CHAIN, link,
					       "%s %llu is in the wrong %s", table->name,
					       (unsigned long long)n, what);
			good = false;
		}
	}
	return good;
}

/* Hangs every entry in anew, so that the lowest are found first. Each word is changed once: the log holds no more. */
static int chains_rebuild(struct utfs_arena *arena, const struct utfs_check_table *table)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t *heads = calloc(table->nr_buckets + 1, sizeof(*heads));
	int ret = heads ? utfs_tx_reserve(arena, table->nr_buckets + 1 + table->end - table->first)
			: -ENOMEM;

	for (uint64_t n = table->end; !ret && n-- > table->first;) {
		const struct entry entry = entry_at(arena, table, n);
		uint64_t *head = &heads[table->nr_buckets];
		uint32_t hash;

		/* One without a name stays where nobody finds it: what is wrong with it was said. */
		if (*entry.serial && table->nr_buckets && hash_of(arena, table, n, &hash))
			head = &heads[hash % table->nr_buckets];
		else if (*entry.serial || *entry.generation >= last_generation(table))
			continue;
		utfs_tx_set(arena, entry.next, *head);
		*head = n + table->bias;
	}
	for (uint32_t bucket = 0; !ret && bucket < table->nr_buckets; bucket++)
		utfs_tx_set(arena, utfs_hash_bucket(arena, table->hash, bucket), heads[bucket]);
	if (!ret)
		utfs_tx_set(arena, table->free, heads[table->nr_buckets]);
	free(heads);
	return ret;
}

void utfs_check_chains(struct utfs_check *check, const struct utfs_check_table *table)
{
	unsigned char *met = calloc(table->end + 1, 1);
	bool good = true;

	if (!met) {
		check->error = -ENOMEM;
		return;
	}
	for (uint32_t bucket = 0; bucket < table->nr_buckets; bucket++)
		good &= list_good(check, table, utfs_hash_bucket(check->arena, table->hash, bucket),
				  bucket, true, met);
	good &= list_good(check, table, table->free, 0, false, met);
	/* Where a list breaks off, what comes behind it is lost with it. */
	for (uint64_t n = table->first; good && n < table->end; n++) {
		const struct entry entry = entry_at(check->arena, table, n);

		if (met[n] || (!*entry.serial && *entry.generation >= last_generation(table)))
			continue;
		(void)utfs_check_found(check, UTFS_DAMAGE_CHAIN, entry.next, "%s %llu is in no %s",
				       table->name, (unsigned long long)n,
				       *entry.serial ? "chain" : "free list");
		good = false;
	}
	if (!good && check->repair)
		utfs_check_mend(check, chains_rebuild(check->arena, table));
	free(met);
}
