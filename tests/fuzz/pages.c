/* SPDX-License-Identifier: MIT */
/*
 * Pages of a ring buffer that hold anything, read in every way that there is. An input: which page, what its commit word says, the words
 * that say which page it is, and the page itself as far as it goes.
 */
#include <string.h>

#include "image.h"
#include "ring/internal.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define HEAD_BYTES 20

static void page_put(const struct utfs_arena *arena, const uint8_t *data, size_t bytes)
{
	const struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, 0, data[0] % arena->nr_cpus);
	const struct utfs_ring_side *side = &cb->sides[data[1] >> 4 & 1];
	const uint64_t number = side->nr_pages ? data[1] % 4 % side->nr_pages : 0;
	char *page = utfs_arena_heap_at(
		arena, (side->first_page + (number << side->page_order)) * UTFS_PAGE_BYTES,
		UTFS_PAGE_BYTES);
	struct utfs_page_meta *meta = utfs_arena_heap_at(
		arena, side->meta_offset + number * sizeof(*meta), sizeof(*meta));

	if (!page || !meta)
		return;
	/* How long it is, and how many events are in it: mostly something that may be. */
	memcpy(page + offsetof(struct utfs_page, commit), data + 4, data[2] & 1 ? 8 : 4);
	if (data[2] & 2)
		memcpy(&meta->sequence, data + 12, 4);
	if (data[2] & 4)
		memcpy(&meta->first_entry, data + 16, 4);
	bytes -= HEAD_BYTES;
	memcpy(page + offsetof(struct utfs_page, data), data + HEAD_BYTES,
	       bytes < UTFS_PAGE_BYTES - 16 ? bytes : UTFS_PAGE_BYTES - 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const char *const paths[] = {"trace",
					    "per_cpu/cpu0/trace",
					    "per_cpu/cpu1/trace",
					    "snapshot",
					    "per_cpu/cpu0/stats",
					    "per_cpu/cpu0/snapshot_raw",
					    "per_cpu/cpu0/trace_pipe_raw",
					    "trace_pipe"};
	static struct utfs_trace *trace;

	if (!trace) {
		trace = fuzz_tree();
		fuzz_write(trace, "buffer_size_kb", "16", 2);
		fuzz_emit(trace);
		fuzz_write(trace, "snapshot", "1", 1);
		fuzz_emit(trace);
		fuzz_image_take(&trace->arena);
	}
	if (bytes < HEAD_BYTES)
		return 0;
	page_put(&trace->arena, data, bytes);
	if (data[2] & 8)
		fuzz_write(trace, "trace_options", "raw", 3);
	if (data[2] & 16)
		fuzz_write(trace, "trace_options", "hex", 3);
	for (size_t i = data[2] >> 7; i < sizeof(paths) / sizeof(*paths); i++)
		fuzz_read(trace, paths[i]);
	if (data[2] & 32)
		fuzz_emit(trace);
	if (data[2] & 64)
		fuzz_write(trace, "buffer_size_kb", data[3] & 1 ? "8" : "40", 2 - (data[3] & 1));
	fuzz_read(trace, "trace");
	fuzz_image_put(&trace->arena);
	return 0;
}
