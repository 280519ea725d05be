/* SPDX-License-Identifier: MIT */
/* A shared object with a thousand events of utracefs. */
#include <utracefs/utracefs.h>

#include "thousand.h"

#define EVENT_OF(system, number)                                                                   \
	UTFS_EVENT(system, e##number, UTFS_FIELDS(UTFS_FIELD(int, first), UTFS_FIELD(int, second)));
#define EVENT_IN(system, number) EVENT_OF(system, number)
#define EVENT(number)		 EVENT_IN(BENCH_SYSTEM, number)

/* clang-format off */
THOUSAND
/* clang-format on */
