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

/* Where hits are counted by a key of 4 or 8 bytes, and nothing else is done. */
struct utfs_trigger_plain {
	uint64_t key;	/* its offset in the record, and what follows; 0: it is not that simple */
	uint64_t slots; /* their number - 1; above that the bytes of an element */
};
#define UTFS_TRIGGER_KEY_WIDE	 (UINT64_C(1) << 16)
#define UTFS_TRIGGER_KEY_SIGNED	 (UINT64_C(1) << 17)
#define UTFS_TRIGGER_KEY_ELEMENT 32 /* from this bit on: its offset in an element */

struct utfs_trigger_kept {
	struct utfs_trigger_known known;
	struct utfs_trigger_plain plain;
};
#define UTFS_TRIGGER_KEPT_WORDS (sizeof(struct utfs_trigger_kept) / sizeof(uint64_t))

struct utfs_trigger_slot {
	uint64_t sequence; /* known.h */
	union {
		struct utfs_trigger_kept kept;
		uint64_t words[UTFS_TRIGGER_KEPT_WORDS];
	};
};
extern struct utfs_trigger_slot utfs_trigger_slots[UTFS_TRIGGER_SLOTS];

static inline struct utfs_trigger_slot *utfs_trigger_slot(const struct utfs_event_state *state,
							  unsigned int recorder)
{
	return &utfs_trigger_slots[((uintptr_t)state / sizeof(*state) + recorder) %
				   UTFS_TRIGGER_SLOTS];
}

/* trigger-list.c: as utfs_triggers_evaluate(), for a list that is not a known one; then it may be known. */
void utfs_triggers_evaluate_unknown(const struct utfs_event_state *state, unsigned int recorder,
				    const struct utfs_filter_subject *subject,
				    struct utfs_trigger_calls *calls);

#endif
