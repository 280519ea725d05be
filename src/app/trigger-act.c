/* SPDX-License-Identifier: MIT */
/* What triggers do. */
#include "app/app.h"
#include "app/stack.h"
#include "app/trigger.h"

/* Counts down. Return: false it is at its end, or no more. */
static bool counter_use(const struct utfs_arena *arena, uint64_t reference)
{
	struct utfs_cell *cell = utfs_cell_at(arena, reference);
	uint64_t word;

	if (!reference)
		return true;
	if (!cell)
		return false;
	word = __atomic_load_n(&cell->word, __ATOMIC_RELAXED);
	do {
		if (!utfs_cell_word_is(word, reference) || !(word & UTFS_CELL_VALUE_MAX))
			return false;
	} while (!__atomic_compare_exchange_n(&cell->word, &word, word - 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

/* As in the kernel, a switch that stands as it should is not counted. */
static void tracing_switch(const struct utfs_arena *arena, unsigned int recorder,
			   const struct utfs_trigger_calls *calls,
			   const struct utfs_trigger_call *call, bool on)
{
	uint64_t *word = &utfs_recorder_at(arena, recorder)->config;
	uint64_t config = __atomic_load_n(word, __ATOMIC_RELAXED);

	if (!(config & UTFS_CONFIG_ON) == !on || !counter_use(arena, call->counter))
		return;
	while (!((config ^ calls->config) >> UTFS_CONFIG_LIFE_SHIFT) &&
	       !__atomic_compare_exchange_n(word, &config,
					    on ? config | UTFS_CONFIG_ON : config & ~UTFS_CONFIG_ON,
					    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void event_switch(const struct utfs_arena *arena, const struct utfs_trigger_call *call,
			 uint64_t disabled)
{
	const uint64_t reference = call->operands[1];
	struct utfs_cell *cell = utfs_cell_at(arena, reference);
	uint64_t word;

	if (!cell)
		return;
	word = __atomic_load_n(&cell->word, __ATOMIC_RELAXED);
	if (!utfs_cell_word_is(word, reference) || (word & 1) == disabled ||
	    !counter_use(arena, call->counter))
		return;
	while (utfs_cell_word_is(word, reference) &&
	       !__atomic_compare_exchange_n(&cell->word, &word,
					    (word & ~UTFS_CELL_VALUE_MAX) | disabled, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* All histograms of an event. Context: in a section. */
static void hists_pause(const struct utfs_arena *arena, unsigned int recorder, uint64_t serial,
			uint64_t paused)
{
	uint32_t id, bytes;
	const uint64_t *mask = utfs_app_event_find(arena, serial, &id);
	const struct utfs_event_state *state = (const void *)mask;
	const struct utfs_trigger_list *list = NULL;
	const struct utfs_trigger_table *table;
	uint64_t word = 0;

	if (!mask)
		return;
	table = utfs_object_get(arena, __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE),
				UTFS_MAGIC_TRIGGER_TABLE, &bytes);
	if (table && bytes == sizeof(*table)) {
		word = __atomic_load_n(&table->lists[recorder], __ATOMIC_ACQUIRE);
		list = utfs_object_get(arena, word, UTFS_MAGIC_TRIGGERS, &bytes);
	}
	for (uint32_t i = 0; list && utfs_trigger_list_holds(list, bytes) && i < list->nr_triggers;
	     i++) {
		struct utfs_hist_plan *plan = NULL;

		/* A list that is another one by now has references that lead nowhere, or to a histogram that was in one. */
		if (list->triggers[i].kind == UTFS_TRIGGER_HIST)
			plan = utfs_block_get(arena, list->triggers[i].operands[0],
					      UTFS_MAGIC_HIST_PLAN);
		if (plan && plan->event_serial == serial)
			__atomic_store_n(&plan->paused, paused, __ATOMIC_RELAXED);
	}
}

void utfs_trigger_act(const struct utfs_trigger_call *call, unsigned int recorder,
		      const struct utfs_filter_subject *subject,
		      const struct utfs_trigger_calls *calls)
{
	const struct utfs_arena *arena = subject->writer->arena;

	switch (call->kind) {
	case UTFS_TRIGGER_TRACEON:
	case UTFS_TRIGGER_TRACEOFF:
		tracing_switch(arena, recorder, calls, call, call->kind == UTFS_TRIGGER_TRACEON);
		break;
	case UTFS_TRIGGER_ENABLE_EVENT:
	case UTFS_TRIGGER_DISABLE_EVENT:
		event_switch(arena, call, call->kind == UTFS_TRIGGER_DISABLE_EVENT);
		break;
	case UTFS_TRIGGER_ENABLE_HIST:
	case UTFS_TRIGGER_DISABLE_HIST:
		if (calls->inside && counter_use(arena, call->counter))
			hists_pause(arena, recorder, call->operands[0],
				    call->kind == UTFS_TRIGGER_DISABLE_HIST);
		break;
	case UTFS_TRIGGER_SNAPSHOT:
		if (counter_use(arena, call->counter))
			utfs_ring_snapshot_request(arena, recorder, subject->mask,
						   UINT64_C(1) << recorder);
		break;
	case UTFS_TRIGGER_STACKTRACE:
		if (counter_use(arena, call->counter))
			utfs_stack_write(subject, recorder, false);
		break;
	case UTFS_TRIGGER_HIST:
		if (calls->inside)
			(void)utfs_hist_count(subject, recorder, call->operands[0]);
		break;
	default:
		break;
	}
}
