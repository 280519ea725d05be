/* SPDX-License-Identifier: MIT */
/*
 * Cells, which are not memory of the heap: each is in the free list, or somebody's. Owners are the trigger tables, and the counters
 * in lists of triggers.
 */
#include <stdlib.h>

#include "arena/check-internal.h"

#define GENERATION_MAX (UINT64_MAX >> UTFS_CELL_VALUE_BITS)

enum state { UNKNOWN, OWNED, FREE };

static struct utfs_cell *cell_at(const struct utfs_arena *arena, uint64_t number)
{
	return utfs_arena_element(arena, UTFS_REGION_CELLS, number, sizeof(struct utfs_cell));
}

/* Marks the cell of a reference as owned. Return: false: the reference means none. */
static bool own(const struct utfs_arena *arena, uint64_t reference, unsigned char *states)
{
	const uint64_t number = reference & UTFS_REFERENCE_MASK;

	if (!reference || number >= arena->header->nr_cells ||
	    !utfs_cell_word_is(cell_at(arena, number)->word, reference))
		return false;
	states[number] = OWNED;
	return true;
}

static void list_own(const struct utfs_arena *arena, uint64_t reference, unsigned char *states)
{
	uint32_t bytes;
	const struct utfs_trigger_list *list =
		utfs_object_get(arena, reference, UTFS_MAGIC_TRIGGERS, &bytes);

	for (uint32_t i = 0; list && utfs_trigger_list_holds(list, bytes) && i < list->nr_triggers;
	     i++)
		(void)own(arena, list->triggers[i].counter, states);
}

/* What triggers of an event hold; a reference to a cell of another life is taken away. */
static void event_own(struct utfs_check *check, uint64_t id, unsigned char *states)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t reference = utfs_event_state_at(check->arena, id)->triggers;
	struct utfs_trigger_table *table;
	uint32_t bytes;

	if (!utfs_object_get(check->arena, reference, UTFS_MAGIC_TRIGGER_TABLE, &bytes) ||
	    bytes != sizeof(*table))
		return;
	table = utfs_arena_heap_at(check->arena, reference & UTFS_REFERENCE_MASK, bytes);
	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++) {
		list_own(check->arena, table->lists[r], states);
		if (!table->soft[r] || own(check->arena, table->soft[r], states))
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_CELL, &table->soft[r],
				     "the trigger table of event %llu refers to a cell of another "
				     "life for recorder %u",
				     (unsigned long long)id, r)) {
			utfs_tx_set(check->arena, &table->soft[r], 0);
			utfs_check_mend(check, 0);
		}
	}
}

/* Return: false the free list is wrong, and that was said. */
static bool free_list_good(struct utfs_check *check, unsigned char *states)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t *link = &check->arena->header->free_cells;

	while (*link) {
		const uint64_t number = *link - 1;

		if (number >= check->arena->header->nr_cells || states[number] != UNKNOWN) {
			(void)utfs_check_found(check, UTFS_DAMAGE_CELL, link,
					       "the list of free cells leads to %llu, which is %s",
					       (unsigned long long)number,
					       number >= check->arena->header->nr_cells
						       ? "none"
						       : "in use, or in it already");
			return false;
		}
		states[number] = FREE;
		link = &cell_at(check->arena, number)->link;
	}
	return true;
}

/* A cell that is nobody's begins another life, so that no reference to this one is any good. */
static int free_list_rebuild(struct utfs_check *check, const unsigned char *states)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t n = check->arena->header->nr_cells;
	uint64_t head = 0;
	int ret = utfs_tx_reserve(check->arena, 2 * n + 1);

	for (uint64_t number = n; !ret && number--;) {
		struct utfs_cell *cell = cell_at(check->arena, number);
		uint64_t generation = cell->word >> UTFS_CELL_VALUE_BITS;

		if (states[number] == OWNED || generation >= GENERATION_MAX - 1)
			continue;
		if (states[number] == UNKNOWN)
			utfs_tx_set(check->arena, &cell->word,
				    (generation + 1) << UTFS_CELL_VALUE_BITS);
		utfs_tx_set(check->arena, &cell->link, head);
		head = number + 1;
	}
	if (!ret)
		utfs_tx_set(check->arena, &check->arena->header->free_cells, head);
	return ret;
}

void utfs_check_cells(struct utfs_check *check)
{
	const uint64_t n = check->arena->header->nr_cells;
	unsigned char *states = calloc(n + 1, 1);
	bool good;

	if (!states) {
		check->error = -ENOMEM;
		return;
	}
	for (uint64_t id = UTFS_EVENT_ID_FIRST; id < check->arena->header->nr_events; id++)
		if (utfs_event_state_at(check->arena, id)->triggers)
			event_own(check, id, states);
	good = free_list_good(check, states);
	for (uint64_t number = 0; good && number < n; number++) {
		const struct utfs_cell *cell = cell_at(check->arena, number);

		if (states[number] != UNKNOWN ||
		    cell->word >> UTFS_CELL_VALUE_BITS >= GENERATION_MAX - 1)
			continue;
		(void)utfs_check_found(check, UTFS_DAMAGE_CELL, cell, "cell %llu belongs to nobody",
				       (unsigned long long)number);
		good = false;
	}
	if (!good && check->repair)
		utfs_check_mend(check, free_list_rebuild(check, states));
	free(states);
}
