/* SPDX-License-Identifier: MIT */
/*
 * The viewer: what was recorded, served to a page in the user's own browser.
 *
 * What it is for: `utracefs view`. Events are loaded once, or as they come, in the order of their time, into columns (store.h). Beside them lie indexes from which a
 * picture of any part of the time is made in a time that depends on the width of the picture and not on how many events there are (window.h):
 * the numbers of the events of each thread and type, ascending. A filter (filter.h) adds to each index a bit for each event and counts of bits.
 * Pairs of events (pairs.h) are matched when they are asked for. Nothing here is an estimate.
 *
 *   store.c     columns and indexes
 *   bits.c      bits with counts
 *   filter.c    which events a filter accepts
 *   window.c    a part of the time as so many bins
 *   losses.c    events that are missing
 *   pairs.c     begin and end, their latencies
 *   spans.c     pairs as the timeline draws them
 *   answer*.c   what the page asks, and what it is told
 *   server.c    HTTP, by way of libmicrohttpd: loopback only, a token in the address
 *   page/       the page; esbuild makes one script of it and of D3
 *
 * May use recording, json, trace, eventfs, and of app what evaluates filters. Never prints.
 */
#ifndef UTFS_VIEW_VIEW_H
#define UTFS_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view/store.h"

/* What is served. */
struct utfs_view;

struct utfs_view_wish {
	const char *title;		  /* what the page calls it; it is not copied */
	struct utfs_recording *recording; /* whose events the store has */
	uint16_t port;			  /* 0: any that is free */
	bool is_live;
};

/*
 * utfs_view_open - serve a store on the loopback interface
 *
 * Store and recording stay the caller's, who locks the view (utfs_view_lock()) to use them. *view belongs to the caller: utfs_view_close().
 *
 * Return: 0; -EADDRINUSE the port is taken; -ENOMEM; other negative errno of making a socket or of random numbers. Locks: none. Context: any thread.
 */
int utfs_view_open(const struct utfs_view_wish *wish, struct utfs_view_store *store,
		   struct utfs_view **view);
/* utfs_view_close - NULL is allowed; requests that are answered are waited for. Return: nothing. Locks: none. Context: any thread. */
void utfs_view_close(struct utfs_view *view);

/* utfs_view_address - where it is. Return: "http://127.0.0.1:PORT/TOKEN/", which lives as long as the view. Locks: none. Context: any thread. */
const char *utfs_view_address(const struct utfs_view *view);

/* utfs_view_lock, utfs_view_unlock - around a change of the store. Return: nothing. Locks: takes or gives the view's mutex. Context: any thread. */
void utfs_view_lock(struct utfs_view *view);
void utfs_view_unlock(struct utfs_view *view);

#endif
