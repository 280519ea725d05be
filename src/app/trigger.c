/* SPDX-License-Identifier: MIT */
#include "app/trigger.h"

#include <string.h>

#include "app/hist.h"

/* A list that changes under every evaluation: none of its triggers fires. */
#define MAX_ROUNDS 8
/* No reference: nor is its event recorded. */
#define NOT_FOUND UINT64_MAX

static void path_follow(const struct utfs_event_state *state, const struct utfs_arena *arena,
			unsigned int recorder, struct utfs_trigger_calls *calls)
{
	struct utfs_trigger_path *path = &calls->path;
	uint32_t bytes;

	path->table_word = __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE);
	path->table = utfs_object_follow(arena, path->table_word, UTFS_MAGIC_TRIGGER_TABLE, &bytes);
	if (path->table && bytes != sizeof(*path->table))
		path->table = NULL;
	path->list_word = 0;
	calls->soft = 0;
	if (!path->table)
		return;
	calls->soft = __atomic_load_n(&path->table->soft[recorder], __ATOMIC_ACQUIRE);
	path->list_word = __atomic_load_n(&path->table->lists[recorder], __ATOMIC_ACQUIRE);
}

/*
 * Where the table's word stands after a word in it was read, that one was the table's: references never repeat.
 */
static bool path_stands(const struct utfs_event_state *state, unsigned int recorder,
			const struct utfs_trigger_path *path)
{
	bool stands;

	/* What was read of the list comes before the words that say whether it was one. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	stands =
		__atomic_load_n(&path->table->lists[recorder], __ATOMIC_ACQUIRE) == path->list_word;
	return stands && __atomic_load_n(&state->triggers, __ATOMIC_RELAXED) == path->table_word;
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
static inline int list_collect(const struct utfs_trigger_list *list, uint32_t bytes,
			       const struct utfs_filter_subject *subject,
			       struct utfs_trigger_calls *calls)
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

/* ------------------------------------------------------------------------------------------------
 * One histogram and nothing else is the rule: what a list of triggers leads to then is kept in the process, so that the way there
 * is checked once. A sequence lock, since any thread may keep another one in the same place: odd while somebody writes.
 */

static struct known_slot {
	uint64_t sequence;
	uint64_t words[UTFS_TRIGGER_KNOWN_WORDS];
} known_slots[64];

static struct known_slot *known_slot(uint64_t table_word, unsigned int recorder)
{
	/* By where the table lies. */
	return &known_slots[((uint32_t)table_word / sizeof(struct utfs_trigger_table) + recorder) %
			    (sizeof(known_slots) / sizeof(*known_slots))];
}

/* Return: is the list a known one? Then *calls has it. Context: in a section. */
static inline bool known_find(const struct utfs_event_state *state, unsigned int recorder,
			      struct utfs_trigger_calls *calls)
{
	const uint64_t table_word = __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE);
	const struct known_slot *slot = known_slot(table_word, recorder);
	const uint64_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);

#pragma GCC unroll 16
	for (size_t i = 0; i < UTFS_TRIGGER_KNOWN_WORDS; i++)
		calls->words[i] = __atomic_load_n(&slot->words[i], __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) != sequence || sequence & 1 ||
	    calls->path.table_word != table_word || calls->one.recorder != recorder ||
	    !calls->path.table)
		return false;
	calls->soft = __atomic_load_n(&calls->path.table->soft[recorder], __ATOMIC_RELAXED);
	return path_stands(state, recorder, &calls->path) &&
	       utfs_hist_target_stands(&calls->one.target);
}

/* Who finds somebody at it, a handler that interrupted him for one, leaves it. Context: in a section. */
static __attribute__((noinline)) void known_keep(const struct utfs_arena *arena,
						 unsigned int recorder,
						 const struct utfs_trigger_path *path,
						 uint64_t plan)
{
	struct known_slot *slot = known_slot(path->table_word, recorder);
	uint64_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) & ~UINT64_C(1);
	struct utfs_trigger_known known = {.path = *path, .recorder = recorder};
	uint64_t words[UTFS_TRIGGER_KNOWN_WORDS];

	if (!utfs_hist_target_get(arena, plan, &known.target) ||
	    !__atomic_compare_exchange_n(&slot->sequence, &sequence, sequence + 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	memcpy(words, &known, sizeof(words));
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (size_t i = 0; i < UTFS_TRIGGER_KNOWN_WORDS; i++)
		__atomic_store_n(&slot->words[i], words[i], __ATOMIC_RELAXED);
	__atomic_store_n(&slot->sequence, sequence + 2, __ATOMIC_RELEASE);
}

/* ------------------------------------------------------------------------------------------------
 * Lists
 */

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
		if (!calls->path.list_word && path_stands(state, recorder, &calls->path))
			return false;
		list = utfs_object_follow(arena, calls->path.list_word, UTFS_MAGIC_TRIGGERS,
					  &bytes);
		if (!list || bytes < sizeof(*list))
			continue;
		*conditional = __atomic_load_n(&list->conditional, __ATOMIC_RELAXED);
		calls->is_one = __atomic_load_n(&list->nr_triggers, __ATOMIC_RELAXED) == 1;
		if (!list_collect(list, bytes, subject, calls) &&
		    path_stands(state, recorder, &calls->path))
			return true;
	}
	calls->soft = NOT_FOUND;
	return false;
}

void utfs_triggers_evaluate(const struct utfs_event_state *state, unsigned int recorder,
			    const struct utfs_filter_subject *subject,
			    struct utfs_trigger_calls *calls)
{
	bool conditional = false;
	uint32_t n = 0, found;

	calls->n = 0;
	calls->is_known = calls->inside && known_find(state, recorder, calls);
	if (calls->is_known)
		return;
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
		known_keep(subject->writer->arena, recorder, &calls->path,
			   calls->calls[0].operands[0]);
	calls->n = n;
}

void utfs_triggers_finish(unsigned int recorder, const struct utfs_filter_subject *subject,
			  struct utfs_trigger_calls *calls)
{
	if (calls->is_known)
		(void)utfs_hist_target_count(subject, recorder, &calls->one.target);
	for (uint32_t i = 0; i < calls->n; i++)
		utfs_trigger_act(&calls->calls[i], recorder, subject, calls);
}

bool utfs_trigger_disabled(const struct utfs_arena *arena, const struct utfs_trigger_calls *calls)
{
	uint64_t value;

	return calls->soft == NOT_FOUND || (utfs_cell_read(arena, calls->soft, &value) && value);
}
