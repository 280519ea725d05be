/* SPDX-License-Identifier: MIT */
/* Elements of a histogram's map, made where there are none yet. */
#include <string.h>
#include <sys/prctl.h>

#include "app/hist-internal.h"
#include "arena/inject.h"

/* An element of one's own: one that somebody gave back, else one that was never used. Return: element + 1; 0: the map is full. */
static uint32_t element_take(const struct utfs_hist_view *view)
{
	struct utfs_hist_map *map = view->map;
	uint64_t head = __atomic_load_n(&map->free_elements, __ATOMIC_ACQUIRE), next;

	while ((uint32_t)head && (uint32_t)head <= view->nr_elements) {
		struct utfs_hist_element *element = utfs_hist_element_at(view, (uint32_t)head - 1);

		next = __atomic_load_n(&element->next, __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | (uint32_t)next;
		if (__atomic_compare_exchange_n(&map->free_elements, &head, next, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return (uint32_t)head;
	}
	next = __atomic_load_n(&map->next_element, __ATOMIC_RELAXED);
	do {
		if (next >= view->nr_elements)
			return 0;
	} while (!__atomic_compare_exchange_n(&map->next_element, &next, next + 1, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return (uint32_t)next + 1;
}

/* Somebody else was faster. Between the two the element belongs to nobody: who dies there takes it along. */
static void element_give(const struct utfs_hist_view *view, uint32_t number)
{
	struct utfs_hist_element *element = utfs_hist_element_at(view, number - 1);
	uint64_t head = __atomic_load_n(&view->map->free_elements, __ATOMIC_RELAXED), next;

	do {
		__atomic_store_n(&element->next, (uint32_t)head, __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | number;
	} while (!__atomic_compare_exchange_n(&view->map->free_elements, &head, next, true,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

static void element_fill(const struct utfs_hist_counting *c, struct utfs_hist_element *element)
{
	memcpy(element->values, c->values, c->nr_sums * sizeof(uint64_t));
	/* Variables and strings; an element may have been another one's for a moment. */
	if (c->view->nr_values > c->nr_sums)
		memset(&element->values[c->nr_sums], 0,
		       c->view->key - offsetof(struct utfs_hist_element, values) -
			       c->nr_sums * sizeof(uint64_t));
	if (c->view->comm) {
		char comm[UTFS_HIST_COMM_BYTES] = "";

		/* Does not fail: errno is safe. */
		prctl(PR_GET_NAME, comm);
		memcpy((char *)element + c->view->comm, comm, sizeof(comm));
	}
	memcpy((char *)element + c->view->key, c->key, c->view->key_bytes);
}

struct utfs_hist_element *utfs_hist_element_insert(const struct utfs_hist_counting *c,
						   uint32_t hash, uint32_t at)
{
	const struct utfs_hist_view *view = c->view;
	uint32_t number = element_take(view);
	struct utfs_hist_element *element = NULL;

	UTFS_INJECT();
	if (number)
		element_fill(c, utfs_hist_element_at(view, number - 1));
	UTFS_INJECT();
	for (uint32_t i = 0; number && i < view->nr_slots; i++, at++) {
		uint64_t *slot = &view->map->slots[at & (view->nr_slots - 1)];
		uint64_t found = 0;

		/* Pairs with the acquire of who finds the slot: the element is whole. */
		if (__atomic_compare_exchange_n(slot, &found, (uint64_t)hash << 32 | number, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return utfs_hist_element_at(view, number - 1);
		element = found >> 32 == hash ? utfs_hist_slot_element(view, found) : NULL;
		if (element && utfs_hist_key_is(view, c->key, view->key_bytes, element)) {
			element_give(view, number);
			utfs_hist_element_add(c, element);
			return element;
		}
	}
	__atomic_fetch_add(&view->map->drops, 1, __ATOMIC_RELAXED);
	return NULL;
}
