/* SPDX-License-Identifier: MIT */
/* A thousand events of LTTng-UST. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER BENCH_SYSTEM

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "thousand-lttng.h"

#if !defined(BENCH_THOUSAND_LTTNG_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_THOUSAND_LTTNG_H

#include <lttng/tracepoint.h>

#include "thousand.h"

/* clang-format off */
/* One class for all: the least that LTTng has to do for an event, and a compiler, too. */
LTTNG_UST_TRACEPOINT_EVENT_CLASS(BENCH_SYSTEM, two_ints,
	LTTNG_UST_TP_ARGS(int, first, int, second),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int, first, first)
		lttng_ust_field_integer(int, second, second)
	)
)
#define EVENT_IN(system, number)                                                                   \
	LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(system, two_ints, system, e##number,                   \
		LTTNG_UST_TP_ARGS(int, first, int, second))
#define EVENT(number) EVENT_IN(BENCH_SYSTEM, number)

THOUSAND
/* clang-format on */

#endif

#include <lttng/tracepoint-event.h>
