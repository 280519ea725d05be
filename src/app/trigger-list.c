/* SPDX-License-Identifier: MIT */
/* A list of triggers as it stands in the arena: followed, checked and evaluated one by one. */
#include <string.h>

#include "app/trigger-internal.h"

/* A list that changes under every evaluation: none of its triggers fires. */
#define MAX_ROUNDS 8

static void path_follow(const struct utfs_event_state *state, const struct utfs_arena *arena,
			unsigned int recorder, struct utfs_trigger_calls *calls)
{
	struct utfs_trigger_path *path = &calls->path;
	uint32_t bytes;

	path->table_word = __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE);
	path->table = utfs_object_get(arena, path->table_word, UTFS_MAGIC_TRIGGER_TABLE, &bytes);
	if (path->table && bytes != sizeof(*path->table))
		path->table = NULL;
	path->list_word = 0;
	calls->soft = 0;
	if (!path->table)
		return;
	calls->soft = __atomic_load_n(&path->table->soft[recorder], __ATOMIC_ACQUIRE);
	path->list_word = __atomic_load_n(&path->table->lists[recorder], __ATOMIC_ACQUIRE);
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

/* Those that fire, in order. `bytes`: of the list, its head at least. Return: 0; -EBADMSG. */
static int list_collect(const struct utfs_trigger_list *list, uint32_t bytes,
			const struct utfs_filter_subject *subject, struct utfs_trigger_calls *calls)
{
	uint32_t n = __atomic_load_n(&list->nr_triggers, __ATOMIC_RELAXED);
	int ret = 0;

	calls->n = 0;
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
				.program = trigger.program,
			};
	}
	return ret < 0 ? ret : 0;
}

/* Return: those that fire, in calls, and *conditional; false there are none, or they change all the time. */
static bool list_evaluate(const struct utfs_event_state *state, unsigned int recorder,
			  const struct utfs_filter_subject *subject,
			  struct utfs_trigger_calls *calls, bool *conditional)
{
	const struct utfs_arena *arena = subject->writer->arena;

	for (int round = 0; round < MAX_ROUNDS; round++) {
		const struct utfs_trigger_list *list;
		uint32_t bytes;

		/* First of all: a list that stands afterwards is one of this life. */
		calls->config = __atomic_load_n(&utfs_recorder_at(arena, recorder)->config,
						__ATOMIC_ACQUIRE);
		path_follow(state, arena, recorder, calls);
		if (!calls->path.table)
			return false;
		if (!calls->path.list_word &&
		    utfs_trigger_path_stands(state, recorder, &calls->path))
			return false;
		list = utfs_object_get(arena, calls->path.list_word, UTFS_MAGIC_TRIGGERS, &bytes);
		if (!list || bytes < sizeof(*list))
			continue;
		*conditional = __atomic_load_n(&list->conditional, __ATOMIC_RELAXED);
		calls->is_one = __atomic_load_n(&list->nr_triggers, __ATOMIC_RELAXED) == 1;
		if (!list_collect(list, bytes, subject, calls) &&
		    utfs_trigger_path_stands(state, recorder, &calls->path))
			return true;
	}
	calls->soft = NOT_FOUND;
	return false;
}

/* Context: in a section. */
static void keep(const struct utfs_arena *arena, unsigned int recorder,
		 const struct utfs_trigger_calls *calls)
{
	struct utfs_trigger_slot *slot = utfs_trigger_slot(calls->path.table_word, recorder);
	struct utfs_trigger_known known = {.path = calls->path, .recorder = recorder};
	uint64_t words[UTFS_TRIGGER_KNOWN_WORDS];

	if (!utfs_hist_target_get(arena, calls->calls[0].operands[0], &known.target))
		return;
	memcpy(words, &known, sizeof(words));
	utfs_known_keep(&slot->sequence, slot->words, words, UTFS_TRIGGER_KNOWN_WORDS);
}

void utfs_triggers_evaluate_unknown(const struct utfs_event_state *state, unsigned int recorder,
				    const struct utfs_filter_subject *subject,
				    struct utfs_trigger_calls *calls)
{
	bool conditional = false;
	uint32_t n = 0, found;

	found = list_evaluate(state, recorder, subject, calls, &conditional) ? calls->n : 0;
	for (uint32_t i = 0; i < found; i++) {
		/* A switch comes before the record, although that is at hand. */
		if (!conditional || utfs_trigger_is_switch(calls->calls[i].kind))
			utfs_trigger_act(&calls->calls[i], recorder, subject, calls);
		else
			calls->calls[n++] = calls->calls[i];
	}
	if (n && calls->is_one && calls->inside && !calls->calls[0].program &&
	    calls->calls[0].kind == UTFS_TRIGGER_HIST)
		keep(subject->writer->arena, recorder, calls);
	calls->n = n;
}
