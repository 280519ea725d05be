/* SPDX-License-Identifier: MIT */
/*
 * Counting records in histograms (arena/abi.h): in place, without a lock or an allocation, safe against a process that dies on the
 * way. Nothing that lies in the arena is believed: what is damaged counts nothing.
 */
#ifndef UTFS_APP_HIST_H
#define UTFS_APP_HIST_H

#include "app/filter.h"

/*
 * Counts a record of recorder's event as a plan says, unless that is paused. A map that is full counts it as dropped.
 * Return: true counted; false not. Keeps errno. Locks: none; the caller is in a section (ring/section.h) since before it
 * loaded the reference. Context: any, signal handlers included.
 */
bool utfs_hist_count(const struct utfs_filter_subject *subject, unsigned int recorder,
		     uint64_t plan);

#endif
