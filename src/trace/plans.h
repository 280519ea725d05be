/* SPDX-License-Identifier: MIT */
/* Print plans of the events that a reader met, compiled at the first one of each. Belongs to one open handle, so it needs no lock. */
#ifndef UTFS_TRACE_PLANS_H
#define UTFS_TRACE_PLANS_H

#include "trace/internal.h"
#include "trace/print.h"

struct utfs_plans;

/* What is needed to print a record of one event. */
struct utfs_plan_entry {
	char *name;
	size_t name_bytes;
	struct utfs_print_plan *plan;	/* what its print format says */
	struct utfs_print_plan *fields; /* every field, for options/fields */
};

/* Return: 0, *plans belongs to the caller: utfs_plans_free(); -ENOMEM. */
int utfs_plans_create(struct utfs_plans **plans);
/* NULL is allowed. */
void utfs_plans_free(struct utfs_plans *plans);
/*
 * Is there nothing to be made any more for this id: would utfs_plans_get() answer without a lock? Who holds reader mutexes must not call it
 * otherwise: they come after event_mutex in the lock order.
 */
bool utfs_plans_has(const struct utfs_plans *plans, uint32_t id);
/*
 * The entry of an event id; NULL: no such event (any more), or out of memory. Lives as long as the plans.
 * Locks: event_mutex for a moment, the first time.
 */
const struct utfs_plan_entry *utfs_plans_get(struct utfs_plans *plans, struct utfs_trace *trace,
					     uint32_t id);

/*
 * A copy of what describes an event, which outlives it: strings points into *copy, which is to be free()d, or to what is always there.
 * Return: 0; -ENOENT no such event (any more); -ENOMEM; errno of utfs_tx_begin(). Locks: event_mutex for a moment.
 */
int utfs_event_strings_copy(struct utfs_trace *trace, uint32_t id,
			    struct utfs_event_strings *strings, char **copy);

#endif
