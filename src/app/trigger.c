/* SPDX-License-Identifier: MIT */
#include "app/trigger.h"

#include <string.h>

#include "app/hist.h"
#include "app/stack.h"

/* A list that changes under every evaluation: none of its triggers fires. */
#define MAX_ROUNDS 8

/* The references that were followed; followed again they say whether it was the list all the time. */
struct path {
	uint64_t table, list;
};

/* The word of a recorder in an event's table: a list's or a cell's reference. Return: false there is no table. */
static bool table_word(const struct utfs_event_state *state, const struct utfs_arena *arena,
		       size_t offset, unsigned int recorder, uint64_t *table, uint64_t *word)
{
	const char *at;
	uint32_t bytes;

	*table = __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE);
	at = utfs_object_get(arena, *table, UTFS_MAGIC_TRIGGER_TABLE, &bytes);
	if (!at || bytes != sizeof(struct utfs_trigger_table))
		return false;
	*word = __atomic_load_n((const uint64_t *)(const void *)(at + offset) + recorder,
				__ATOMIC_ACQUIRE);
	return true;
}

static bool path_stands(const struct utfs_event_state *state, const struct utfs_arena *arena,
			unsigned int recorder, const struct path *path)
{
	struct path now = {0, 0};

	/* What was read of the list comes before the words that say whether it was one. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return table_word(state, arena, offsetof(struct utfs_trigger_table, lists), recorder,
			  &now.table, &now.list) &&
	       now.table == path->table && now.list == path->list;
}

/* Return: 1 it fires; 0 not; -EBADMSG. */
static int trigger_matches(const struct utfs_trigger_list *list, uint32_t bytes,
			   const struct utfs_trigger *trigger,
			   const struct utfs_filter_subject *subject)
{
	const struct utfs_filter_program *program;
	uint32_t program_bytes;

	if (!trigger->program)
		return 1;
	program = utfs_trigger_program(list, bytes, trigger, &program_bytes);
	return program ? utfs_filter_run(program, program_bytes, subject) : -EBADMSG;
}

/* Those that fire, in order. Return: 0; -EBADMSG. */
static int list_collect(const struct utfs_trigger_list *list, uint32_t bytes,
			const struct utfs_filter_subject *subject, struct utfs_trigger_calls *calls)
{
	uint32_t n = __atomic_load_n(&list->nr_triggers, __ATOMIC_RELAXED);
	int ret = 0;

	calls->n = 0;
	/* Checked by the caller, but it may have become another one since. */
	if (n > UTFS_MAX_TRIGGERS || n > (bytes - sizeof(*list)) / sizeof(struct utfs_trigger))
		return -EBADMSG;
	for (uint32_t i = 0; ret >= 0 && i < n; i++) {
		const struct utfs_trigger trigger = list->triggers[i];

		ret = trigger_matches(list, bytes, &trigger, subject);
		if (ret == 1)
			calls->calls[calls->n++] = (struct utfs_trigger_call){
				.counter = trigger.counter,
				.operands = {trigger.operands[0], trigger.operands[1]},
				.kind = trigger.kind,
			};
	}
	return ret < 0 ? ret : 0;
}

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

static void call_act(const struct utfs_trigger_call *call, unsigned int recorder,
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

/* Does it come before the record, although that is at hand? */
static bool acts_early(const struct utfs_trigger_call *call)
{
	return call->kind == UTFS_TRIGGER_ENABLE_EVENT || call->kind == UTFS_TRIGGER_DISABLE_EVENT;
}

void utfs_triggers_evaluate(const struct utfs_event_state *state, unsigned int recorder,
			    const struct utfs_filter_subject *subject,
			    struct utfs_trigger_calls *calls)
{
	const struct utfs_arena *arena = subject->writer->arena;
	bool stands = false, conditional = false;
	uint32_t n = 0;

	calls->n = 0;
	for (int round = 0; !stands && round < MAX_ROUNDS; round++) {
		const struct utfs_trigger_list *list;
		struct path path;
		uint32_t bytes;

		/* First of all: a list that stands afterwards is one of this life. */
		calls->config = __atomic_load_n(&utfs_recorder_at(arena, recorder)->config,
						__ATOMIC_ACQUIRE);
		if (!table_word(state, arena, offsetof(struct utfs_trigger_table, lists), recorder,
				&path.table, &path.list) ||
		    !path.list)
			return;
		list = utfs_object_get(arena, path.list, UTFS_MAGIC_TRIGGERS, &bytes);
		if (!list || !utfs_trigger_list_holds(list, bytes))
			continue;
		conditional = __atomic_load_n(&list->conditional, __ATOMIC_RELAXED);
		stands = !list_collect(list, bytes, subject, calls) &&
			 path_stands(state, arena, recorder, &path);
	}
	for (uint32_t i = 0; stands && i < calls->n; i++) {
		if (!conditional || acts_early(&calls->calls[i]))
			call_act(&calls->calls[i], recorder, subject, calls);
		else
			calls->calls[n++] = calls->calls[i];
	}
	calls->n = n;
}

void utfs_triggers_finish(unsigned int recorder, const struct utfs_filter_subject *subject,
			  struct utfs_trigger_calls *calls)
{
	for (uint32_t i = 0; i < calls->n; i++)
		call_act(&calls->calls[i], recorder, subject, calls);
}

bool utfs_trigger_disabled(const struct utfs_event_state *state, unsigned int recorder,
			   const struct utfs_arena *arena)
{
	uint64_t table, soft, value = 0;

	for (int round = 0; round < MAX_ROUNDS; round++) {
		if (!table_word(state, arena, offsetof(struct utfs_trigger_table, soft), recorder,
				&table, &soft))
			return false;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&state->triggers, __ATOMIC_RELAXED) == table)
			return utfs_cell_read(arena, soft, &value) && value;
	}
	return true;
}
