/* SPDX-License-Identifier: MIT */
/*
 * What is evaluated before a record is written: filters, by event and recorder, and the gates of a recorder, for all events
 * (triggers: trigger-table.c). An event's `filtered` word says for which recorders there is anything to evaluate.
 */
#include <string.h>

#include "arena/internal.h"

static struct utfs_filter_table *table_get(const struct utfs_arena *arena, uint32_t id)
{
	uint64_t reference = utfs_event_state_at(arena, id)->filters;
	uint32_t bytes;

	if (!utfs_object_get(arena, reference, UTFS_MAGIC_TABLE, &bytes) ||
	    bytes != sizeof(struct utfs_filter_table))
		return NULL;
	return utfs_arena_heap_at(arena, reference & UTFS_REFERENCE_MASK, bytes);
}

const struct utfs_filter_program *utfs_filter_get(const struct utfs_arena *arena, uint32_t id,
						  unsigned int recorder, uint32_t *bytes)
{
	const struct utfs_filter_table *table = table_get(arena, id);
	const void *program =
		table ? utfs_object_get(arena, table->programs[recorder], UTFS_MAGIC_PROGRAM, bytes)
		      : NULL;

	return program && *bytes >= sizeof(struct utfs_filter_program) ? program : NULL;
}

/* Return: 0 and the event's table, made if there is none. */
static int table_ensure(struct utfs_arena *arena, uint32_t id, struct utfs_filter_table **table)
	UTFS_REQUIRES(arena->event_mutex)
{
	static const struct utfs_filter_table empty = {.object = {UTFS_MAGIC_TABLE, sizeof(empty)}};
	int ret = 0;

	*table = table_get(arena, id);
	if (*table)
		return 0;
	ret = utfs_object_replace(arena, &utfs_event_state_at(arena, id)->filters, &empty.object);
	if (!ret)
		*table = table_get(arena, id);
	return ret || *table ? ret : -EBADMSG;
}

bool utfs_filtered_wanted(const struct utfs_arena *arena, uint32_t id, unsigned int recorder)
{
	const struct utfs_filter_table *table = table_get(arena, id);
	const struct utfs_filter_program *program;
	uint32_t bytes;

	if (arena->header->gated >> recorder & 1 || utfs_triggers_any(arena, id, recorder))
		return true;
	if (!table || !table->programs[recorder])
		return false;
	/* One that is not what it should be filters, too: it lets nothing pass. */
	program = utfs_filter_get(arena, id, recorder, &bytes);
	return !program || program->nr_ops;
}

int utfs_filtered_update(struct utfs_arena *arena, uint32_t id, unsigned int recorder)
{
	struct utfs_event_state *state = utfs_event_state_at(arena, id);
	const uint64_t bit = UINT64_C(1) << recorder;
	int ret;

	if (utfs_filtered_wanted(arena, id, recorder) == !!(state->filtered & bit))
		return 0;
	ret = utfs_tx_reserve(arena, 1);
	if (!ret)
		utfs_tx_set(arena, &state->filtered, state->filtered ^ bit);
	return ret;
}

int utfs_filter_set(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
		    const struct utfs_filter_program *program)
{
	struct utfs_filter_table *table = table_get(arena, id);
	int ret = 0;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (recorder >= UTFS_MAX_RECORDERS || id >= utfs_nr_event_states(arena))
		return -EINVAL;
	if (program)
		ret = table_ensure(arena, id, &table);
	if (!ret && table)
		ret = utfs_object_replace(arena, &table->programs[recorder],
					  program ? &program->object : NULL);
	return ret ? ret : utfs_filtered_update(arena, id, recorder);
}

static struct utfs_recorder *recorder_at(const struct utfs_arena *arena, unsigned int recorder)
{
	return utfs_arena_element(arena, UTFS_REGION_RECORDERS, recorder,
				  sizeof(struct utfs_recorder));
}

/* Makes all events of a recorder be evaluated, or only those that have something of their own. */
static int gated_set(struct utfs_arena *arena, unsigned int recorder, bool gated)
	UTFS_REQUIRES(arena->event_mutex)
{
	const uint64_t bit = UINT64_C(1) << recorder;
	int ret = utfs_tx_reserve(arena, 1);

	if (ret || gated == !!(arena->header->gated & bit))
		return ret;
	/* New events begin with this word. */
	utfs_tx_set(arena, &arena->header->gated, arena->header->gated ^ bit);
	for (uint32_t id = UTFS_EVENT_ID_FIRST; !ret && id < utfs_nr_event_states(arena); id++)
		ret = utfs_filtered_update(arena, id, recorder);
	return ret;
}

bool utfs_gated_wanted(const struct utfs_arena *arena, unsigned int recorder)
{
	const struct utfs_recorder *at = recorder_at(arena, recorder);
	bool gated = false;

	for (unsigned int i = 0; i < UTFS_NR_GATES; i++)
		gated |= at->gates[i] != 0;
	if (at->state == UTFS_RECORDER_ACTIVE && at->instance < UTFS_MAX_INSTANCES)
		gated |= !!(utfs_instance_at(arena, at->instance)->options & UTFS_OPTIONS_STACKS);
	return gated;
}

int utfs_gated_update(struct utfs_arena *arena, unsigned int recorder)
{
	return gated_set(arena, recorder, utfs_gated_wanted(arena, recorder));
}

int utfs_gate_set(struct utfs_arena *arena, unsigned int recorder, enum utfs_gate gate,
		  const struct utfs_object *object)
{
	int ret = utfs_object_replace(arena, &recorder_at(arena, recorder)->gates[gate], object);

	return ret ? ret : utfs_gated_update(arena, recorder);
}

int utfs_filters_forget_event(struct utfs_arena *arena, uint32_t id)
{
	struct utfs_event_state *state = utfs_event_state_at(arena, id);
	struct utfs_filter_table *table = table_get(arena, id);
	int ret = utfs_tx_reserve(arena, 1);

	for (unsigned int r = 0; !ret && table && r < UTFS_MAX_RECORDERS; r++)
		if (table->programs[r])
			ret = utfs_object_replace(arena, &table->programs[r], NULL);
	if (!ret)
		utfs_tx_set(arena, &state->filtered, 0);
	return ret ? ret : utfs_object_replace(arena, &state->filters, NULL);
}

int utfs_filters_forget_recorder(struct utfs_arena *arena, unsigned int recorder)
{
	int ret = 0;

	for (unsigned int gate = 0; !ret && gate < UTFS_NR_GATES; gate++)
		ret = utfs_object_replace(arena, &recorder_at(arena, recorder)->gates[gate], NULL);
	if (!ret)
		ret = gated_set(arena, recorder, false);
	for (uint32_t id = UTFS_EVENT_ID_FIRST; !ret && id < utfs_nr_event_states(arena); id++)
		if (utfs_event_state_at(arena, id)->filters)
			ret = utfs_filter_set(arena, id, recorder, NULL);
	return ret;
}
