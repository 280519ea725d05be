/* SPDX-License-Identifier: MIT */
/*
 * Cells, which are not memory of the heap: each is in the free list, or somebody's. Owners are the trigger tables, and the counters
 * in lists of triggers. That of a table counts its users: the event's list, and triggers of any event that switch it.
 */
#include <stdlib.h>

#include "arena/check-internal.h"

#define GENERATION_MAX (UINT64_MAX >> UTFS_CELL_VALUE_BITS)

enum state { UNKNOWN, OWNED, FREE };

/* What was found of a cell. */
struct seen {
	enum state state;
	uint64_t users;
};

static struct utfs_cell *cell_at(const struct utfs_arena *arena, uint64_t number)
{
	return utfs_arena_element(arena, UTFS_REGION_CELLS, number, sizeof(struct utfs_cell));
}

/* Return: what was found of the cell of a reference; NULL: the reference means none. */
static struct seen *seen_of(const struct utfs_arena *arena, uint64_t reference, struct seen *seen)
{
	const uint64_t number = reference & UTFS_REFERENCE_MASK;

	if (!reference || number >= arena->header->nr_cells ||
	    !utfs_cell_word_is(cell_at(arena, number)->word, reference))
		return NULL;
	return &seen[number];
}

/* Marks the cell of a reference as owned. Return: false: the reference means none. */
static bool own(const struct utfs_arena *arena, uint64_t reference, struct seen *seen)
{
	struct seen *cell = seen_of(arena, reference, seen);

	if (cell)
		cell->state = OWNED;
	return cell;
}

static void use(const struct utfs_arena *arena, uint64_t reference, struct seen *seen)
{
	struct seen *cell = seen_of(arena, reference, seen);

	if (cell)
		cell->users++;
}

static void list_own(const struct utfs_arena *arena, uint64_t reference, struct seen *seen)
{
	uint32_t bytes;
	const struct utfs_trigger_list *list =
		utfs_object_get(arena, reference, UTFS_MAGIC_TRIGGERS, &bytes);

	for (uint32_t i = 0; list && utfs_trigger_list_holds(list, bytes) && i < list->nr_triggers;
	     i++) {
		const struct utfs_trigger *trigger = &list->triggers[i];

		(void)own(arena, trigger->counter, seen);
		if (utfs_trigger_is_switch(trigger->kind))
			use(arena, trigger->operands[1], seen);
	}
}

/* An event's table, where its words may be changed. Return: NULL: none. */
static struct utfs_trigger_table *table_at(const struct utfs_arena *arena, uint64_t id)
{
	const uint64_t reference = utfs_event_state_at(arena, id)->triggers;
	uint32_t bytes;

	if (!reference || !utfs_object_get(arena, reference, UTFS_MAGIC_TRIGGER_TABLE, &bytes) ||
	    bytes != sizeof(struct utfs_trigger_table))
		return NULL;
	return utfs_arena_heap_at(arena, reference & UTFS_REFERENCE_MASK, bytes);
}

/* What triggers of an event hold; a reference to a cell of another life is taken away. */
static void event_own(struct utfs_check *check, uint64_t id, struct seen *seen)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_trigger_table *table = table_at(check->arena, id);

	for (unsigned int r = 0; table && r < UTFS_MAX_RECORDERS; r++) {
		list_own(check->arena, table->lists[r], seen);
		if (table->lists[r])
			use(check->arena, table->soft[r], seen);
		if (!table->soft[r] || own(check->arena, table->soft[r], seen))
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

/* The cells of an event's table have as many users as they say; one without any is nobody's. */
static void users_check(struct utfs_check *check, uint64_t id, struct seen *seen)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_trigger_table *table = table_at(check->arena, id);

	for (unsigned int r = 0; table && r < UTFS_MAX_RECORDERS; r++) {
		struct seen *found = seen_of(check->arena, table->soft[r], seen);
		struct utfs_cell *cell;

		if (!found)
			continue;
		cell = cell_at(check->arena, (uint64_t)(found - seen));
		if (cell->link == found->users && found->users)
			continue;
		if (!utfs_check_found(check, UTFS_DAMAGE_CELL, &cell->link,
				      "the cell of event %llu for recorder %u has %llu users, "
				      "says %llu",
				      (unsigned long long)id, r, (unsigned long long)found->users,
				      (unsigned long long)cell->link))
			continue;
		if (found->users)
			utfs_tx_set(check->arena, &cell->link, found->users);
		else
			utfs_tx_set(check->arena, &table->soft[r], 0);
		utfs_check_mend(check, 0);
	}
}

/* Return: false the free list is wrong, and that was said. */
static bool free_list_good(struct utfs_check *check, struct seen *seen)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t *link = &check->arena->header->free_cells;

	while (*link) {
		const uint64_t number = *link - 1;

		if (number >= check->arena->header->nr_cells || seen[number].state != UNKNOWN) {
			(void)utfs_check_found(check, UTFS_DAMAGE_CELL, link,
					       "the list of free cells leads to %llu, which is %s",
					       (unsigned long long)number,
					       number >= check->arena->header->nr_cells
						       ? "none"
						       : "in use, or in it already");
			return false;
		}
		seen[number].state = FREE;
		link = &cell_at(check->arena, number)->link;
	}
	return true;
}

/* A cell that is nobody's begins another life, so that no reference to this one is any good. */
static int free_list_rebuild(struct utfs_check *check, const struct seen *seen)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t n = check->arena->header->nr_cells;
	uint64_t head = 0;
	int ret = utfs_tx_reserve(check->arena, 2 * n + 1);

	for (uint64_t number = n; !ret && number--;) {
		struct utfs_cell *cell = cell_at(check->arena, number);
		uint64_t generation = cell->word >> UTFS_CELL_VALUE_BITS;

		if (seen[number].state == OWNED || generation >= GENERATION_MAX - 1)
			continue;
		if (seen[number].state == UNKNOWN)
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
	struct seen *seen = calloc(n + 1, sizeof(*seen));
	bool good;

	if (!seen) {
		check->error = -ENOMEM;
		return;
	}
	for (uint64_t id = UTFS_EVENT_ID_FIRST; id < check->arena->header->nr_events; id++)
		if (utfs_event_state_at(check->arena, id)->triggers)
			event_own(check, id, seen);
	for (uint64_t id = UTFS_EVENT_ID_FIRST; id < check->arena->header->nr_events; id++)
		if (utfs_event_state_at(check->arena, id)->triggers)
			users_check(check, id, seen);
	good = free_list_good(check, seen);
	for (uint64_t number = 0; good && number < n; number++) {
		const struct utfs_cell *cell = cell_at(check->arena, number);

		if (seen[number].state != UNKNOWN ||
		    cell->word >> UTFS_CELL_VALUE_BITS >= GENERATION_MAX - 1)
			continue;
		(void)utfs_check_found(check, UTFS_DAMAGE_CELL, cell, "cell %llu belongs to nobody",
				       (unsigned long long)number);
		good = false;
	}
	if (!good && check->repair)
		utfs_check_mend(check, free_list_rebuild(check, seen));
	free(seen);
}
