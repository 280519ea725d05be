/* SPDX-License-Identifier: MIT */
/* The utracefs events of the benchmark: one that is enabled, one that never is. */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#include <utracefs/utracefs.h>

UTFS_EVENT(bench, two_ints, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(bench, never, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));

#endif
