/* SPDX-License-Identifier: MIT */
#include "arena/mapping.h"

#include <string.h>

#define TABLE_BYTES (UTFS_MAX_MAPPINGS * sizeof(struct utfs_mapping))
#define STEP_BYTES  (8 * UTFS_PAGE_BYTES)
#define WORDS	    (sizeof(struct utfs_mapping) / sizeof(uint64_t))

/* Step by step: who dies in between leaves no more memory unaccounted for than one step takes. */
int utfs_mappings_ensure(struct utfs_arena *arena)
{
	int ret = 0;

	for (uint64_t bytes = 0; !ret && bytes < TABLE_BYTES;) {
		bytes += STEP_BYTES;
		ret = utfs_region_ensure(arena, UTFS_REGION_MAPPINGS, bytes);
	}
	return ret;
}

static struct utfs_mapping *table_get(const struct utfs_arena *arena)
{
	uint64_t present =
		__atomic_load_n(&arena->header->present[UTFS_REGION_MAPPINGS], __ATOMIC_RELAXED);

	return present < TABLE_BYTES ? NULL : utfs_arena_element(arena, UTFS_REGION_MAPPINGS, 0, 0);
}

/* Of all words but the first. */
static uint64_t check_of(const struct utfs_mapping *mapping)
{
	uint64_t words[WORDS], hash = UINT64_C(0xcbf29ce484222325);

	memcpy(words, mapping, sizeof(words));
	for (size_t i = 1; i < WORDS; i++)
		hash = (hash ^ words[i]) * UINT64_C(0x100000001b3);
	return hash;
}

void utfs_mapping_put(const struct utfs_arena *arena, struct utfs_mapping *mapping)
{
	struct utfs_mapping *table = table_get(arena), *entry;

	if (!table)
		return;
	mapping->sequence = __atomic_add_fetch(&arena->header->mappings, 1, __ATOMIC_RELAXED);
	mapping->check = check_of(mapping);
	entry = &table[mapping->sequence % UTFS_MAX_MAPPINGS];
	/* Two who write the same entry, a round apart, leave one that does not hold together, as does one who dies. */
	__atomic_store_n(&entry->check, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy((char *)entry + sizeof(entry->check), (const char *)mapping + sizeof(entry->check),
	       sizeof(*entry) - sizeof(entry->check));
	__atomic_store_n(&entry->check, mapping->check, __ATOMIC_RELEASE);
}

bool utfs_mapping_find(const struct utfs_arena *arena, pid_t tgid, uint64_t address,
		       struct utfs_mapping *mapping)
{
	const struct utfs_mapping *table = table_get(arena);
	uint64_t newest = 0;

	for (uint64_t i = 0; table && i < UTFS_MAX_MAPPINGS; i++) {
		struct utfs_mapping copy;
		uint64_t check = __atomic_load_n(&table[i].check, __ATOMIC_ACQUIRE);

		if (!check || table[i].tgid != (uint64_t)(uint32_t)tgid ||
		    address < table[i].start || address >= table[i].end)
			continue;
		memcpy(&copy, &table[i], sizeof(copy));
		if (copy.sequence < newest || check_of(&copy) != check ||
		    copy.tgid != (uint64_t)(uint32_t)tgid || address < copy.start ||
		    address >= copy.end || copy.path_bytes >= sizeof(copy.path) ||
		    copy.build_id_bytes > sizeof(copy.build_id))
			continue;
		newest = copy.sequence;
		*mapping = copy;
		mapping->path[copy.path_bytes] = '\0';
	}
	return newest;
}
