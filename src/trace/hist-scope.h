/* SPDX-License-Identifier: MIT */
/* What a hist trigger may refer to, taken from the arena. */
#ifndef UTFS_TRACE_HIST_SCOPE_H
#define UTFS_TRACE_HIST_SCOPE_H

#include "trace/hist.h"
#include "trace/internal.h"

/*
 * Copies what is there for a trigger of an event in an instance (its serial). system and event stay the caller's. *scope
 * belongs to the caller, also on an error: utfs_hist_scope_free(), which takes NULL as well. What has been found may be
 * gone when it is used: utfs_hist_stands() says so.
 * Return: 0; -ENOMEM; errno of utfs_tx_begin(). Locks: event_mutex for a moment. Context: any thread.
 */
int utfs_hist_scope_make(struct utfs_trace *trace, uint32_t instance, const char *system,
			 const char *event, const struct utfs_hist_scope **scope);
void utfs_hist_scope_free(const struct utfs_hist_scope *scope);

#endif
