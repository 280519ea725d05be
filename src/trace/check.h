/* SPDX-License-Identifier: MIT */
/* A check of a whole arena, and its repair: all layers, in rounds (arena/check.h says how checks work). */
#ifndef UTFS_TRACE_CHECK_H
#define UTFS_TRACE_CHECK_H

#include "arena/check.h"

/* What was found, in the order in which it was. */
struct utfs_trace_check {
	char path[4096]; /* of the file */
	enum utfs_check_way way;
	struct utfs_check_seen seen; /* in the last round */
	struct utfs_finding *findings;
	uint64_t nr_findings, nr_left; /* left: not mended */
};

/*
 * Checks the arena of a directory, or a file, NULL: of $UTRACEFS_DIR or the user's default directory. Needs no slot, and no arena that
 * others would open. Without `repair` nothing is changed but what everybody does who takes the lock after its owner died.
 * *result is to be freed by utfs_trace_check_free(), also after an error; `why` (UTFS_WHY_BYTES) says what kept the check from being made.
 * Return: 0 it was made; -ENOMEM; errno of utfs_check_open(); -EAGAIN others came and went all the time.
 * Locks: none; takes event_mutex and reader mutexes. Context: any thread; starts a helper thread.
 */
int utfs_trace_check(const char *path, bool repair, struct utfs_trace_check *result, char *why);
void utfs_trace_check_free(struct utfs_trace_check *result);

#endif
