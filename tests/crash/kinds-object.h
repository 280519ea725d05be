/* SPDX-License-Identifier: MIT */
/* Changes of filters, gates, error logs and pending rules, for the table in kinds-arena.c. */
#ifndef UTFS_TESTS_CRASH_KINDS_OBJECT_H
#define UTFS_TESTS_CRASH_KINDS_OBJECT_H

#include "crash.h"

/* kinds-arena.c */
int crash_add_instance(struct utfs_arena *arena, const char *name);
int crash_events_three(struct utfs_arena *arena);

/* kinds-object.c */
int crash_filter_first(struct utfs_arena *arena);
int crash_filters_some(struct utfs_arena *arena);
int crash_filter_replace(struct utfs_arena *arena);
int crash_filter_remove(struct utfs_arena *arena);
int crash_gate_first(struct utfs_arena *arena);
int crash_gate_and_filters(struct utfs_arena *arena);
int crash_gate_other(struct utfs_arena *arena);
int crash_gate_open(struct utfs_arena *arena);
int crash_recorder_forgotten(struct utfs_arena *arena);
int crash_error_add(struct utfs_arena *arena);
int crash_instance_with_error(struct utfs_arena *arena);
int crash_errors_many(struct utfs_arena *arena);
int crash_errors_clear(struct utfs_arena *arena);
int crash_recorder_and_events(struct utfs_arena *arena);
int crash_pending_enable(struct utfs_arena *arena);
int crash_pending_both(struct utfs_arena *arena);
int crash_pending_removed(struct utfs_arena *arena);
int crash_pending_clear(struct utfs_arena *arena);

#endif
