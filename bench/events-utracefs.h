/* SPDX-License-Identifier: MIT */
/* The benchmark's events, declared with utracefs. */
#ifndef BENCH_EVENTS_UTRACEFS_H
#define BENCH_EVENTS_UTRACEFS_H

#include <utracefs/utracefs.h>

UTFS_EVENT(bench, two_ints, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(bench, text,
	   UTFS_FIELDS(UTFS_STRING(name), UTFS_FIELD(int, first), UTFS_FIELD(int, second),
		       UTFS_FIELD(int, third), UTFS_FIELD(int, fourth)));
UTFS_EVENT(bench, filtered, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
UTFS_EVENT(bench, never, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));

#define BENCH_TWO_INTS(first, second) trace_bench_two_ints(first, second)
#define BENCH_TEXT(name, first)	      trace_bench_text(name, first, 2, 3, 4)
#define BENCH_FILTERED(first, second) trace_bench_filtered(first, second)
#define BENCH_NEVER(first, second)    trace_bench_never(first, second)
#define BENCH_TWO_INTS_ENABLED()      trace_bench_two_ints_enabled()
#define BENCH_TEXT_ENABLED()	      trace_bench_text_enabled()
#define BENCH_FILTERED_ENABLED()      trace_bench_filtered_enabled()

#endif
