/* SPDX-License-Identifier: MIT */
/* Where the regions lie, and a number that changes when any shared struct does. */
#include "arena/arena.h"

#define PAGE_UP(x) (((x) + UTFS_PAGE_BYTES - 1) / UTFS_PAGE_BYTES * UTFS_PAGE_BYTES)
#define HASH_BYTES                                                                                 \
	(sizeof(uint64_t) * (UTFS_INSTANCE_BUCKETS + UTFS_SYSTEM_BUCKETS + UTFS_EVENT_BUCKETS))

uint64_t utfs_layout_bytes(enum utfs_region region, uint32_t nr_cpus, uint64_t n)
{
	static const uint32_t element[UTFS_NR_REGIONS] = {
		[UTFS_REGION_HEADER] = UTFS_PAGE_BYTES,
		[UTFS_REGION_UNDO] = sizeof(struct utfs_undo),
		[UTFS_REGION_PROCS] = sizeof(struct utfs_proc),
		[UTFS_REGION_PINS] = sizeof(struct utfs_pin),
		[UTFS_REGION_CHANGES] = sizeof(struct utfs_change),
		[UTFS_REGION_CMDLINES] = sizeof(struct utfs_cmdline),
		[UTFS_REGION_INSTANCES] = sizeof(struct utfs_instance),
		[UTFS_REGION_SYSTEMS] = sizeof(struct utfs_system),
		[UTFS_REGION_EVENTS] = sizeof(struct utfs_event_entry),
		[UTFS_REGION_MASKS] = sizeof(struct utfs_event_state),
		[UTFS_REGION_HASHES] = HASH_BYTES,
		[UTFS_REGION_EXTENTS] = sizeof(struct utfs_extent),
		[UTFS_REGION_CELLS] = sizeof(struct utfs_cell),
		[UTFS_REGION_MAPPINGS] = sizeof(struct utfs_mapping),
		[UTFS_REGION_RECORDERS] = sizeof(struct utfs_recorder),
		[UTFS_REGION_CPUBUFS] = sizeof(struct utfs_cpu_buffer),
	};

	/* The CPU buffers of a recorder lie together. */
	return n * element[region] * (region == UTFS_REGION_CPUBUFS ? nr_cpus : 1);
}

int utfs_layout_compute(uint64_t offsets[UTFS_NR_REGIONS + 1], uint32_t nr_cpus,
			uint64_t size_bytes)
{
	static const uint32_t elements[UTFS_REGION_HEAP] = {
		[UTFS_REGION_HEADER] = 1,
		[UTFS_REGION_UNDO] = UTFS_MAX_UNDO,
		[UTFS_REGION_PROCS] = UTFS_MAX_PROCS,
		[UTFS_REGION_PINS] = UTFS_MAX_PINS,
		[UTFS_REGION_CHANGES] = UTFS_MAX_CHANGES,
		[UTFS_REGION_CMDLINES] = UTFS_MAX_CMDLINES,
		[UTFS_REGION_INSTANCES] = UTFS_MAX_INSTANCES,
		[UTFS_REGION_SYSTEMS] = UTFS_MAX_SYSTEMS,
		[UTFS_REGION_EVENTS] = UTFS_MAX_EVENTS,
		[UTFS_REGION_MASKS] = UTFS_MAX_EVENTS,
		[UTFS_REGION_HASHES] = 1,
		[UTFS_REGION_EXTENTS] = UTFS_MAX_EXTENTS,
		[UTFS_REGION_CELLS] = UTFS_MAX_CELLS,
		[UTFS_REGION_MAPPINGS] = UTFS_MAX_MAPPINGS,
		[UTFS_REGION_RECORDERS] = UTFS_MAX_RECORDERS,
		[UTFS_REGION_CPUBUFS] = UTFS_MAX_RECORDERS,
	};
	uint64_t at = 0;

	if (!nr_cpus || nr_cpus > UTFS_MAX_CPUS || size_bytes % UTFS_PAGE_BYTES ||
	    size_bytes > (UTFS_TAIL_PAGE_MASK + 1) * UTFS_PAGE_BYTES)
		return -EINVAL;
	for (int r = 0; r < UTFS_REGION_HEAP; r++) {
		offsets[r] = at;
		at += PAGE_UP(utfs_layout_bytes(r, nr_cpus, elements[r]));
	}
	offsets[UTFS_REGION_HEAP] = at;
	offsets[UTFS_NR_REGIONS] = size_bytes;
	/* Less than this and not even a few events fit. */
	return size_bytes < at + 64 * UTFS_PAGE_BYTES ? -EINVAL : 0;
}

uint64_t utfs_layout_signature(void)
{
	static const uint32_t facts[] = {
		UTFS_ABI_VERSION,
		UTFS_PAGE_BYTES,
		sizeof(struct utfs_header),
		sizeof(struct utfs_undo),
		sizeof(struct utfs_proc),
		sizeof(struct utfs_pin),
		sizeof(struct utfs_change),
		sizeof(struct utfs_cmdline),
		sizeof(struct utfs_instance),
		sizeof(struct utfs_system),
		sizeof(struct utfs_event_entry),
		sizeof(struct utfs_event_description),
		sizeof(struct utfs_event_state),
		sizeof(struct utfs_filter_op),
		sizeof(struct utfs_filter_program),
		sizeof(struct utfs_trigger),
		sizeof(struct utfs_cell),
		sizeof(struct utfs_mapping),
		sizeof(struct utfs_section),
		sizeof(struct utfs_hist_plan),
		sizeof(struct utfs_hist_map),
		sizeof(struct utfs_recorder),
		sizeof(struct utfs_cpu_buffer),
		sizeof(struct utfs_page_meta),
		offsetof(struct utfs_header, heap_end),
		offsetof(struct utfs_header, change_futex),
		offsetof(struct utfs_header, changes_public),
		offsetof(struct utfs_cpu_buffer, reader),
		UTFS_MAX_PROCS,
		UTFS_MAX_PINS,
		UTFS_MAX_CMDLINES,
		UTFS_MAX_INSTANCES,
		UTFS_MAX_SYSTEMS,
		UTFS_MAX_EVENTS,
		UTFS_MAX_RECORDERS,
		UTFS_MAX_UNDO,
		UTFS_NR_CLOCKS,
		sizeof(struct utfs_lock),
	};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		hash = (hash ^ facts[i]) * UINT64_C(0x100000001b3);
	return hash;
}

void *utfs_arena_heap_at(const struct utfs_arena *arena, uint64_t offset, uint64_t bytes)
{
	if (offset < arena->region_offset[UTFS_REGION_HEAP])
		return NULL;
	return utfs_arena_at(arena, offset, bytes);
}
