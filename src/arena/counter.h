/* SPDX-License-Identifier: MIT */
/* The CPU's own cycle counter. One of the two places with platform code (the other is the rseq assembly). */
#ifndef UTFS_ARENA_COUNTER_H
#define UTFS_ARENA_COUNTER_H

#include <stdint.h>

static inline uint64_t utfs_counter_read(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t value;

	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(value));
	return value;
#else
#error "utracefs supports x86-64 and arm64"
#endif
}

/*
 * cycles * mult >> 32, by a factor that is made once from mult; 0: this mult has none. x86-64 gives the upper half of a product
 * for nothing, and its counters are faster than 1 GHz; arm64 shifts a pair of registers in one instruction.
 */
static inline uint64_t utfs_counter_factor(uint64_t mult)
{
#if defined(__x86_64__)
	return mult >> 32 ? 0 : mult << 32;
#else
	return mult;
#endif
}

static inline uint64_t utfs_counter_scale(uint64_t cycles, uint64_t factor)
{
#if defined(__x86_64__)
	return (uint64_t)((unsigned __int128)cycles * factor >> 64);
#else
	return (uint64_t)((unsigned __int128)cycles * factor >> 32);
#endif
}

#endif
