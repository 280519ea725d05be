/* SPDX-License-Identifier: MIT */
/* Hash buckets of the three tables; what a bucket holds is the table's business (slot + 1, index, id; 0: empty). */
#include "arena/internal.h"

uint32_t utfs_hash_bytes(const char *bytes, size_t n, uint32_t seed)
{
	uint32_t hash = seed ^ 0x811c9dc5U;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x01000193U;
	return hash;
}

uint64_t *utfs_hash_bucket(const struct utfs_arena *arena, enum utfs_hash_table table,
			   uint32_t hash)
{
	static const uint32_t first[] = {0, UTFS_INSTANCE_BUCKETS,
					 UTFS_INSTANCE_BUCKETS + UTFS_SYSTEM_BUCKETS};
	static const uint32_t buckets[] = {UTFS_INSTANCE_BUCKETS, UTFS_SYSTEM_BUCKETS,
					   UTFS_EVENT_BUCKETS};

	return utfs_arena_element(arena, UTFS_REGION_HASHES, first[table] + hash % buckets[table],
				  sizeof(uint64_t));
}
