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

#endif
