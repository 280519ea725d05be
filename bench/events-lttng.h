/* SPDX-License-Identifier: MIT */
/* The benchmark's events, declared with LTTng-UST. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER bench_utracefs

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "events-lttng.h"

#if !defined(BENCH_EVENTS_LTTNG_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_EVENTS_LTTNG_H

#include <lttng/tracepoint.h>

/* clang-format off */
LTTNG_UST_TRACEPOINT_EVENT_CLASS(bench_utracefs, two_ints_class,
	LTTNG_UST_TP_ARGS(int, first, int, second),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int, first, first)
		lttng_ust_field_integer(int, second, second)
	)
)
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(bench_utracefs, two_ints_class, bench_utracefs, two_ints,
	LTTNG_UST_TP_ARGS(int, first, int, second))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(bench_utracefs, two_ints_class, bench_utracefs, filtered,
	LTTNG_UST_TP_ARGS(int, first, int, second))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(bench_utracefs, two_ints_class, bench_utracefs, never,
	LTTNG_UST_TP_ARGS(int, first, int, second))
LTTNG_UST_TRACEPOINT_EVENT(bench_utracefs, text,
	LTTNG_UST_TP_ARGS(const char *, name, int, first, int, second, int, third, int, fourth),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_string(name, name)
		lttng_ust_field_integer(int, first, first)
		lttng_ust_field_integer(int, second, second)
		lttng_ust_field_integer(int, third, third)
		lttng_ust_field_integer(int, fourth, fourth)
	)
)
/* clang-format on */

#define BENCH_TWO_INTS(first, second) lttng_ust_tracepoint(bench_utracefs, two_ints, first, second)
#define BENCH_TEXT(name, first)	      lttng_ust_tracepoint(bench_utracefs, text, name, first, 2, 3, 4)
#define BENCH_FILTERED(first, second) lttng_ust_tracepoint(bench_utracefs, filtered, first, second)
#define BENCH_NEVER(first, second)    lttng_ust_tracepoint(bench_utracefs, never, first, second)
#define BENCH_TWO_INTS_ENABLED()      lttng_ust_tracepoint_enabled(bench_utracefs, two_ints)
#define BENCH_TEXT_ENABLED()	      lttng_ust_tracepoint_enabled(bench_utracefs, text)
#define BENCH_FILTERED_ENABLED()      lttng_ust_tracepoint_enabled(bench_utracefs, filtered)

#endif

#include <lttng/tracepoint-event.h>
