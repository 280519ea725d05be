/* SPDX-License-Identifier: MIT */
/* Checking the ring buffers of an arena (arena/check.h says how checks work). */
#ifndef UTFS_RING_CHECK_H
#define UTFS_RING_CHECK_H

#include "arena/check.h"

/* Recorders and where their buffers lie; claims their memory. Locks: event_mutex held. Context: front ends (starts a helper thread). */
void utfs_check_recorders(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);

/*
 * What was recorded: every page that is there, every event on it, while writers go on. Locks: none held; takes reader mutexes, and
 * event_mutex to mend. Context: as above.
 */
void utfs_check_pages(struct utfs_check *check) UTFS_EXCLUDES(check->arena->event_mutex);

#endif
