/* SPDX-License-Identifier: MIT */
/*
 * Evaluating triggers (arena/abi.h) when an event is written. As filters are (app/filter.h): in place, without a lock, an
 * allocation or a loop that the arena's content could make endless; a list that is damaged does nothing.
 *
 *	utfs_triggers_evaluate()      which of them fire; those that come before the record act
 *	(the record is written, or not: utfs_trigger_disabled(), the filter)
 *	utfs_triggers_finish()        the others act
 *
 * The order is the kernel's. Where a trigger has a filter or comes after the record, it decides with the record at hand and acts
 * when that is written: the event at which tracing stops is in the trace. Where none does, they act before it. Triggers see
 * an event that is not recorded, whatever set_event_pid, tracing_cpumask, tracing_on or the event's own filter say.
 *
 * To add a kind: see arena/arena.h, trigger-table.c; here it gets its case in utfs_trigger_act().
 */
#ifndef UTFS_APP_TRIGGER_H
#define UTFS_APP_TRIGGER_H

#include "app/hist.h"

/* One that fires, copied from the list. */
struct utfs_trigger_call {
	uint64_t counter;
	uint64_t operands[2];
	uint32_t kind;
	uint32_t program; /* 0: it fires at each event */
};

/* What was followed to an event's triggers: followed again it says whether they were the ones all the time. */
struct utfs_trigger_path {
	const struct utfs_trigger_table *table; /* NULL: there is none */
	uint64_t table_word, list_word;
};

/* A list that has one histogram and nothing else. */
struct utfs_trigger_known {
	struct utfs_trigger_path path;
	uint64_t recorder;
	const struct utfs_cell *cell; /* says whether the event is recorded; NULL: none */
	uint64_t off;		      /* and this is its word while it is not */
	struct utfs_hist_target target;
};
#define UTFS_TRIGGER_KNOWN_WORDS (sizeof(struct utfs_trigger_known) / sizeof(uint64_t))
static_assert(sizeof(struct utfs_trigger_known) % sizeof(uint64_t) == 0, "copied by words");

struct utfs_trigger_calls {
	union {
		struct utfs_trigger_path path;
		struct utfs_trigger_known one; /* is_known */
	};
	uint32_t n;    /* left to act */
	uint64_t soft; /* reference of the cell that says whether the event is recorded; 0: it is */
	bool is_known; /* the list is a known one, and n is 0 */
	bool is_one;   /* the list has one trigger only */
	bool inside; /* said by the caller: the thread is in a section until the last of them has acted */
	uint64_t
		config; /* of the recorder, from before its list was read: says which life of it is meant */
	struct utfs_trigger_call calls[UTFS_MAX_TRIGGERS];
};

/*
 * Finds out which triggers of an event fire for a recorder, and lets those act that come before the record.
 * Return: true that was all, and the event is not to be recorded: a known histogram has counted it; false *calls says what is left for
 * utfs_triggers_finish(). Keeps errno. Locks: none. Context: any, signal handlers included.
 */
bool utfs_triggers_evaluate(const struct utfs_event_state *state, unsigned int recorder,
			    const struct utfs_filter_subject *subject,
			    struct utfs_trigger_calls *calls);

/*
 * All that an event comes to, where that is known, and is nothing but a count in a histogram by a number, which the map has already.
 * `record`: with its common fields; of a thread that has not been here before they need not be.
 * Return: false nothing was done. Keeps errno. Locks: none. Context: as above.
 */
bool utfs_triggers_count(const struct utfs_event_state *state, unsigned int recorder,
			 const char *record, size_t bytes);

/* trigger-act.c: one acts; `calls` says in which life of the recorder, and whether in a section. Context: as above. */
void utfs_trigger_act(const struct utfs_trigger_call *call, unsigned int recorder,
		      const struct utfs_filter_subject *subject,
		      const struct utfs_trigger_calls *calls);

/* Lets the rest act. Return, context: as above. */
void utfs_triggers_finish(unsigned int recorder, const struct utfs_filter_subject *subject,
			  struct utfs_trigger_calls *calls);

/*
 * Have triggers switched the event off for a recorder? After utfs_triggers_evaluate(), which says where to look.
 * Return: true it is not to be recorded. Context: as above.
 */
bool utfs_trigger_disabled(const struct utfs_arena *arena, const struct utfs_trigger_calls *calls);

#endif
