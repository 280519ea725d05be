/* SPDX-License-Identifier: MIT */
/*
 * The same events of both libraries: each program that writes them is compiled once for utracefs and once, with
 * BENCH_LTTNG, for LTTng-UST.
 */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#ifdef BENCH_LTTNG
#include "events-lttng.h"
#else
#include "events-utracefs.h"
#endif

#endif
