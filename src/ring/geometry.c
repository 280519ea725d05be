/* SPDX-License-Identifier: MIT */
/* The checked way from a side's words to its pages. */
#include "ring/internal.h"

bool utfs_geometry_get(const struct utfs_arena *arena, const struct utfs_ring_side *side,
		       struct utfs_geometry *geometry)
{
	uint64_t heap_page = arena->region_offset[UTFS_REGION_HEAP] / UTFS_PAGE_BYTES;
	uint64_t end_page = arena->size_bytes / UTFS_PAGE_BYTES;
	uint64_t meta_offset = utfs_load(&side->meta_offset);
	uint64_t order = utfs_load(&side->page_order);

	geometry->first_page = utfs_load(&side->first_page);
	geometry->nr_pages = utfs_load(&side->nr_pages);
	geometry->base_sequence = utfs_load(&side->base_sequence);
	if (end_page > UTFS_TAIL_PAGE_MASK + 1)
		end_page = UTFS_TAIL_PAGE_MASK + 1;
	/* With one page the switch would reset the page it leaves. */
	if (order > UTFS_PAGE_ORDER_MAX || geometry->first_page < heap_page ||
	    geometry->first_page > end_page || geometry->nr_pages < 2 ||
	    geometry->nr_pages > (end_page - geometry->first_page) >> order)
		return false;
	geometry->order = (unsigned int)order;
	if (meta_offset < arena->region_offset[UTFS_REGION_HEAP])
		return false;
	geometry->meta = utfs_arena_at(arena, meta_offset,
				       geometry->nr_pages * sizeof(struct utfs_page_meta));
	geometry->pages = utfs_arena_at(arena, geometry->first_page * UTFS_PAGE_BYTES,
					(geometry->nr_pages << order) * UTFS_PAGE_BYTES);
	return geometry->meta && geometry->pages;
}
