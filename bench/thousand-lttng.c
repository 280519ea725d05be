/* SPDX-License-Identifier: MIT */
/* A shared object with a thousand events of LTTng-UST. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "thousand-lttng.h"
