/* SPDX-License-Identifier: MIT */
#include "app/trigger-internal.h"

struct utfs_trigger_slot utfs_trigger_slots[UTFS_TRIGGER_SLOTS];

/* Return: is the list a known one? Then *calls has it. Context: in a section. */
static inline bool known_find(const struct utfs_event_state *state, unsigned int recorder,
			      struct utfs_trigger_calls *calls)
{
	const uint64_t table_word = __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE);
	const struct utfs_trigger_slot *slot = utfs_trigger_slot(table_word, recorder);
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
	return utfs_trigger_path_stands(state, recorder, &calls->path) &&
	       utfs_hist_target_stands(&calls->one.target);
}

void utfs_triggers_evaluate(const struct utfs_event_state *state, unsigned int recorder,
			    const struct utfs_filter_subject *subject,
			    struct utfs_trigger_calls *calls)
{
	calls->n = 0;
	calls->is_known = calls->inside && known_find(state, recorder, calls);
	if (!calls->is_known)
		utfs_triggers_evaluate_unknown(state, recorder, subject, calls);
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
