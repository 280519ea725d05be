/* SPDX-License-Identifier: MIT */
/* What programs record now, added to what is viewed by a thread of its own. */
#ifndef UTFS_CLI_LIVE_H
#define UTFS_CLI_LIVE_H

#include "cli/session.h"
#include "view/view.h"

struct utfs_live;

/*
 * utfs_live_open - makes an instance of our own and sets it up; says what is wrong
 * Return: 0 with *live, which the caller gives to utfs_live_close(); UTFS_CLI_FAILED.
 */
int utfs_live_open(const struct utfs_session_wish *wish, struct utfs_live **live);
/* The instance goes; nothing of the recording is used any more. NULL is allowed. Return: nothing. */
void utfs_live_close(struct utfs_live *live);

/* utfs_live_recording - its events. Return: it lives as long as the live. */
struct utfs_recording *utfs_live_recording(const struct utfs_live *live);

/*
 * utfs_live_start - from now on events are added to a store, under the lock of its view. If that cannot go on, the process gets SIGTERM.
 * The caller has the signals blocked that it waits for, and calls utfs_live_stop() before it closes the view.
 * Return: 0; UTFS_CLI_FAILED, after it was said.
 */
int utfs_live_start(struct utfs_live *live, struct utfs_view *view, struct utfs_view_store *store);
/* utfs_live_stop - also of one that was not started. Return: 0; UTFS_CLI_FAILED: it could not go on, which was said. */
int utfs_live_stop(struct utfs_live *live);

#endif
