/* SPDX-License-Identifier: MIT */
/* Between trigger.c, the way of most events, and trigger-list.c. */
#ifndef UTFS_APP_TRIGGER_INTERNAL_H
#define UTFS_APP_TRIGGER_INTERNAL_H

#include "app/known.h"
#include "app/trigger.h"

/* No reference: nor is its event recorded. */
#define NOT_FOUND UINT64_MAX

/*
 * Where the table's word stands after a word in it was read, that one was the table's: references never repeat.
 */
static inline bool utfs_trigger_path_stands(const struct utfs_event_state *state,
					    unsigned int recorder,
					    const struct utfs_trigger_path *path)
{
	bool stands;

	/* What was read of the list comes before the words that say whether it was one. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	stands =
		__atomic_load_n(&path->table->lists[recorder], __ATOMIC_ACQUIRE) == path->list_word;
	return stands && __atomic_load_n(&state->triggers, __ATOMIC_RELAXED) == path->table_word;
}

/*
 * One histogram and nothing else is the rule: what a list of triggers leads to then is kept in the process, so that the way there
 * is checked once.
 */
#define UTFS_TRIGGER_SLOTS 64

struct utfs_trigger_slot {
	uint64_t sequence; /* known.h */
	uint64_t words[UTFS_TRIGGER_KNOWN_WORDS];
};
extern struct utfs_trigger_slot utfs_trigger_slots[UTFS_TRIGGER_SLOTS];

static inline struct utfs_trigger_slot *utfs_trigger_slot(uint64_t table_word,
							  unsigned int recorder)
{
	/* By where the table lies. */
	return &utfs_trigger_slots[((uint32_t)table_word / sizeof(struct utfs_trigger_table) +
				    recorder) %
				   UTFS_TRIGGER_SLOTS];
}

/* trigger-list.c: as utfs_triggers_evaluate(), for a list that is not a known one; then it may be known. */
void utfs_triggers_evaluate_unknown(const struct utfs_event_state *state, unsigned int recorder,
				    const struct utfs_filter_subject *subject,
				    struct utfs_trigger_calls *calls);

#endif
