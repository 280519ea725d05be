/* SPDX-License-Identifier: MIT */
/* A list of triggers as it stands in the arena: followed, checked and evaluated one by one. */
#include "app/hist-internal.h"
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

static void plain_get(const struct utfs_trigger_known *known, struct utfs_trigger_plain *plain)
{
	const struct utfs_hist_target *target = &known->target;
	const struct utfs_hist_view *view = &target->view;
	const struct utfs_hist_field *key = &target->plan->fields[target->nr_vals];
	const uint32_t bytes = key->bytes;

	plain->slots = (uint64_t)view->element_bytes << 32 | (view->nr_slots - 1);
	plain->key = 0;
	if (known->cell && target->is_number && key->source == UTFS_HIST_FROM_NUMBER &&
	    !(key->flags & UTFS_HIST_NO_NUMBER) && target->nr_vals == 1 && view->nr_values == 1 &&
	    (bytes == sizeof(uint32_t) || bytes == sizeof(uint64_t)) &&
	    !(target->plan->flags & UTFS_HIST_PLAN_VARIABLES))
		plain->key = (uint64_t)view->key << UTFS_TRIGGER_KEY_ELEMENT |
			     (bytes == sizeof(uint64_t) ? UTFS_TRIGGER_KEY_WIDE : 0) |
			     (key->is_signed ? UTFS_TRIGGER_KEY_SIGNED : 0) | key->offset;
}

/* Context: in a section. */
static void keep(const struct utfs_event_state *state, const struct utfs_arena *arena,
		 unsigned int recorder, const struct utfs_trigger_calls *calls)
{
	struct utfs_trigger_slot *slot = utfs_trigger_slot(state, recorder);
	const uint64_t soft = __atomic_load_n(&calls->path.table->soft[recorder], __ATOMIC_RELAXED);
	union {
		struct utfs_trigger_kept kept;
		uint64_t words[UTFS_TRIGGER_KEPT_WORDS];
	} now;
	struct utfs_trigger_known *known = &now.kept.known;

	known->path = calls->path;
	known->recorder = recorder;
	known->cell = utfs_cell_at(arena, soft);
	known->off = (soft & ~UTFS_CELL_VALUE_MAX) | 1;
	/* The cell is the same one as long as there are triggers. */
	if (!utfs_hist_target_get(arena, calls->calls[0].operands[0], &known->target) ||
	    !utfs_trigger_path_stands(state, recorder, &known->path))
		return;
	plain_get(known, &now.kept.plain);
	utfs_known_keep(&slot->sequence, slot->words, now.words, UTFS_TRIGGER_KEPT_WORDS);
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
		keep(state, subject->writer->arena, recorder, calls);
	calls->n = n;
}
