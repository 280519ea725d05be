/* SPDX-License-Identifier: MIT */
/*
 * The one door to the CPU buffers' reader mutexes. A reader that died holding one left the old or the new position (one
 * store flips them), so there is nothing to repair.
 */
#include "ring/internal.h"

#define READER_LOCK_TIMEOUT_MS 10000

int utfs_reader_lock(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	uint64_t present = utfs_load(&arena->header->present[UTFS_REGION_CPUBUFS]);
	int ret;

	/* Memory that was not allocated must not be written. */
	if (utfs_layout_bytes(UTFS_REGION_CPUBUFS, arena->nr_cpus, recorder + 1ULL) > present)
		return -ENODEV;
	utfs_lock_order_take(UTFS_LEVEL_READER);
	ret = utfs_lock_take(arena, &utfs_cpu_buffer_at(arena, recorder, cpu)->reader,
			     READER_LOCK_TIMEOUT_MS);
	if (ret == -EOWNERDEAD)
		ret = 0;
	if (ret)
		utfs_lock_order_drop(UTFS_LEVEL_READER);
	return ret;
}

void utfs_reader_unlock(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	utfs_lock_drop(arena, &utfs_cpu_buffer_at(arena, recorder, cpu)->reader);
	utfs_lock_order_drop(UTFS_LEVEL_READER);
}
