/* SPDX-License-Identifier: MIT */
/*
 * Cells: words that applications change while they evaluate triggers. They stay cells for the life of the arena, and each life
 * of one has a generation of its own: whoever still holds the reference of an earlier one does nothing to this one.
 */
#include "arena/internal.h"

#define GENERATION_MAX (UINT64_MAX >> UTFS_CELL_VALUE_BITS)

static uint64_t nr_cells(const struct utfs_arena *arena)
{
	uint64_t present = arena->header->present[UTFS_REGION_CELLS] / sizeof(struct utfs_cell);
	uint64_t n = arena->header->nr_cells;

	return n < present ? n : present;
}

static struct utfs_cell *cell_element(const struct utfs_arena *arena, uint64_t number)
{
	return utfs_arena_element(arena, UTFS_REGION_CELLS, number, sizeof(struct utfs_cell));
}

/* The cell that a reference means, in use; NULL: it is another one's by now. */
static struct utfs_cell *cell_get(const struct utfs_arena *arena, uint64_t reference)
{
	struct utfs_cell *cell = utfs_cell_at(arena, reference);

	return cell && utfs_cell_word_is(cell->word, reference) ? cell : NULL;
}

/* A free one: from the list, else a new one. Return: 0 and *number; -EMFILE, -ENOSPC. */
static int number_take(struct utfs_arena *arena, uint64_t *number) UTFS_REQUIRES(arena->event_mutex)
{
	const uint64_t n = nr_cells(arena), first = arena->header->free_cells;
	int ret;

	if (first && first <= n) {
		*number = first - 1;
		utfs_tx_set(arena, &arena->header->free_cells, cell_element(arena, *number)->link);
		return 0;
	}
	if (n >= UTFS_MAX_CELLS)
		return -EMFILE;
	ret = utfs_region_ensure(arena, UTFS_REGION_CELLS, (n + 1) * sizeof(struct utfs_cell));
	if (ret)
		return ret;
	*number = n;
	utfs_tx_set(arena, &arena->header->nr_cells, n + 1);
	return 0;
}

int utfs_cell_take(struct utfs_arena *arena, uint64_t value, uint64_t *reference)
{
	uint64_t number, generation;
	struct utfs_cell *cell;
	int ret = utfs_tx_reserve(arena, 4);

	if (!ret)
		ret = number_take(arena, &number);
	if (ret)
		return ret;
	cell = cell_element(arena, number);
	generation = (cell->word >> UTFS_CELL_VALUE_BITS) + 1;
	utfs_tx_set(arena, &cell->word, generation << UTFS_CELL_VALUE_BITS | value);
	utfs_tx_set(arena, &cell->link, 1);
	*reference = generation << UTFS_REFERENCE_BITS | number;
	return 0;
}

int utfs_cell_give(struct utfs_arena *arena, uint64_t reference)
{
	struct utfs_cell *cell = cell_get(arena, reference);
	int ret;

	/* One whose generations are used up stays unused: no reference ever means two. */
	if (!cell || reference >> UTFS_REFERENCE_BITS >= GENERATION_MAX - 1)
		return 0;
	ret = utfs_tx_reserve(arena, 3);
	if (ret)
		return ret;
	utfs_tx_set(arena, &cell->word,
		    ((reference >> UTFS_REFERENCE_BITS) + 1) << UTFS_CELL_VALUE_BITS);
	utfs_tx_set(arena, &cell->link, arena->header->free_cells);
	utfs_tx_set(arena, &arena->header->free_cells, (reference & UTFS_REFERENCE_MASK) + 1);
	return 0;
}

int utfs_cell_set(struct utfs_arena *arena, uint64_t reference, uint64_t value)
{
	struct utfs_cell *cell = cell_get(arena, reference);
	int ret = cell ? utfs_tx_reserve(arena, 1) : -ESTALE;

	if (!ret)
		utfs_tx_set(arena, &cell->word,
			    reference >> UTFS_REFERENCE_BITS << UTFS_CELL_VALUE_BITS | value);
	return ret;
}
