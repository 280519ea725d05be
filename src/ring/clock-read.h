/* SPDX-License-Identifier: MIT */
/* Reading the `local` clock, inline for the event path. */
#ifndef UTFS_RING_CLOCK_READ_H
#define UTFS_RING_CLOCK_READ_H

#include "arena/counter.h"
#include "ring/internal.h"

/* The one shift in use (arena/scale.c): as a constant it costs half. */
#define UTFS_SCALE_SHIFT 32

/* Is the counter a clock here? If not, CLOCK_MONOTONIC is read. */
static inline bool utfs_scale_usable(const struct utfs_clock_scale *scale)
{
	return utfs_load(&scale->shift) == UTFS_SCALE_SHIFT;
}

/* The counter in nanoseconds by a usable scale. */
static inline uint64_t utfs_clock_scaled(const struct utfs_clock_scale *scale)
{
	uint64_t cycles = utfs_counter_read() - utfs_load(&scale->base_cycles);
	unsigned __int128 product = (unsigned __int128)cycles * utfs_load(&scale->mult);

	return (uint64_t)(product >> UTFS_SCALE_SHIFT) + utfs_load(&scale->base_ns);
}

#endif
