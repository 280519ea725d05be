/* SPDX-License-Identifier: MIT */
/* Where things lie in a histogram's map (abi.h): for those who count, and for those who read. */
#ifndef UTFS_ARENA_HIST_MAP_H
#define UTFS_ARENA_HIST_MAP_H

#include "arena/arena.h"

#define UTFS_HIST_COMM_BYTES 16

/* A map's words, loaded once and checked: all that is computed from them lies in its pages. */
struct utfs_hist_view {
	struct utfs_hist_map *map;
	char *elements;
	uint32_t nr_slots, nr_elements, element_bytes;
	uint32_t comm, key, strings; /* offsets in an element; comm 0: none */
	uint32_t nr_strings;
	uint32_t key_bytes;
	uint32_t nr_values;
};

static inline uint32_t utfs_hist_element_bytes(uint32_t nr_values, bool has_comm,
					       uint32_t nr_strings, uint32_t key_bytes)
{
	return (uint32_t)sizeof(struct utfs_hist_element) + 8 * nr_values +
	       (has_comm ? UTFS_HIST_COMM_BYTES : 0) + nr_strings * UTFS_HIST_STRING_MAX +
	       (key_bytes + 7) / 8 * 8;
}

/* Values of a plan's elements: with variables there is one more, which says which of them are set. */
static inline uint32_t utfs_hist_nr_values(const struct utfs_hist_plan *plan)
{
	return (uint32_t)plan->nr_vals + (plan->nr_vars != 0);
}

static inline uint64_t utfs_hist_map_bytes(uint32_t map_bits, uint32_t element_bytes)
{
	return sizeof(struct utfs_hist_map) + (UINT64_C(2) << map_bits) * sizeof(uint64_t) +
	       (UINT64_C(1) << map_bits) * element_bytes;
}

/* Return: false there is no such map, or it is damaged. Context: any; without the lock in a section. */
static inline __attribute__((always_inline)) bool
utfs_hist_view_get(const struct utfs_arena *arena, uint64_t reference, struct utfs_hist_view *view)
{
	struct utfs_hist_map *map = utfs_block_follow(arena, reference, UTFS_MAGIC_HIST_MAP);
	uint32_t bits, has_comm;

	if (__builtin_expect(!map, 0))
		return false;
	bits = __atomic_load_n(&map->map_bits, __ATOMIC_RELAXED);
	has_comm = __atomic_load_n(&map->has_comm, __ATOMIC_RELAXED);
	view->nr_values = __atomic_load_n(&map->nr_values, __ATOMIC_RELAXED);
	view->key_bytes = __atomic_load_n(&map->key_bytes, __ATOMIC_RELAXED);
	view->nr_strings = __atomic_load_n(&map->nr_strings, __ATOMIC_RELAXED);
	if (bits > UTFS_HIST_BITS_MAX || view->nr_values > UTFS_HIST_FIELDS_MAX ||
	    view->nr_strings > UTFS_HIST_VARS_MAX || !view->nr_values ||
	    view->key_bytes > UTFS_HIST_KEY_MAX || view->key_bytes % 8)
		return false;
	view->map = map;
	view->nr_slots = 2U << bits;
	view->nr_elements = 1U << bits;
	view->element_bytes = utfs_hist_element_bytes(view->nr_values, has_comm, view->nr_strings,
						      view->key_bytes);
	view->comm =
		has_comm ? (uint32_t)sizeof(struct utfs_hist_element) + 8 * view->nr_values : 0;
	view->key = view->element_bytes - view->key_bytes;
	view->strings = view->key - view->nr_strings * UTFS_HIST_STRING_MAX;
	view->elements = (char *)&map->slots[view->nr_slots];
	return (uint64_t)__atomic_load_n(&map->block.nr_pages, __ATOMIC_RELAXED) *
		       UTFS_PAGE_BYTES >=
	       utfs_hist_map_bytes(bits, view->element_bytes);
}

static inline struct utfs_hist_element *utfs_hist_element_at(const struct utfs_hist_view *view,
							     uint32_t index)
{
	return (struct utfs_hist_element *)(void *)(view->elements +
						    (uint64_t)index * view->element_bytes);
}

/* The element that a slot's word, loaded once, leads to; NULL: none, or a wild one. */
static inline struct utfs_hist_element *utfs_hist_slot_element(const struct utfs_hist_view *view,
							       uint64_t slot)
{
	uint32_t index = (uint32_t)slot - 1;

	return (uint32_t)slot && index < view->nr_elements ? utfs_hist_element_at(view, index)
							   : NULL;
}

#endif
