/* SPDX-License-Identifier: MIT */
/* Reading the `local` clock, inline for the event path. */
#ifndef UTFS_RING_CLOCK_READ_H
#define UTFS_RING_CLOCK_READ_H

#include "arena/counter.h"
#include "ring/internal.h"

/* The counter in nanoseconds by the arena's scale. The scale's shift is below 64: one double shift, no branch. */
static inline uint64_t utfs_clock_scaled(const struct utfs_clock_scale *scale)
{
	uint64_t cycles = utfs_counter_read() - utfs_load(&scale->base_cycles);
	unsigned __int128 product = (unsigned __int128)cycles * utfs_load(&scale->mult);
	unsigned int shift = (unsigned int)utfs_load(&scale->shift) & 63;
	uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64);

	return (low >> shift | high << 1 << (63 - shift)) + utfs_load(&scale->base_ns);
}

#endif
