/* SPDX-License-Identifier: MIT */
/* The code that LTTng-UST generates for its tracepoints. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "events-lttng.h"
