/* SPDX-License-Identifier: MIT */
/* The clocks of trace_clock. */
#include <time.h>

#include "ring/clock-read.h"

/* USER_HZ: what `uptime` counts in, whatever the kernel ticks in. */
#define UPTIME_TICK_NS UINT64_C(10000000)

static const char *const clock_names[UTFS_NR_CLOCKS] = {
	[UTFS_CLOCK_LOCAL] = "local",	    [UTFS_CLOCK_GLOBAL] = "global",
	[UTFS_CLOCK_COUNTER] = "counter",   [UTFS_CLOCK_UPTIME] = "uptime",
	[UTFS_CLOCK_PERF] = "perf",	    [UTFS_CLOCK_MONO] = "mono",
	[UTFS_CLOCK_MONO_RAW] = "mono_raw", [UTFS_CLOCK_BOOT] = "boot",
	[UTFS_CLOCK_TAI] = "tai",
#if defined(__x86_64__)
	[UTFS_CLOCK_CPU] = "x86-tsc",
#else
	[UTFS_CLOCK_CPU] = "arm64-cntvct",
#endif
};

static uint64_t posix_clock_ns(clockid_t clock)
{
	struct timespec now = {0};

	/* None of these clocks can fail on Linux, so errno is safe. */
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t utfs_clock_read(const struct utfs_arena *arena, enum utfs_clock clock)
{
	struct utfs_header *header = arena->header;

	switch (clock) {
	case UTFS_CLOCK_COUNTER:
		return __atomic_add_fetch(&header->counter, 1, __ATOMIC_RELAXED);
	case UTFS_CLOCK_UPTIME:
		return posix_clock_ns(CLOCK_MONOTONIC_COARSE) / UPTIME_TICK_NS;
	case UTFS_CLOCK_MONO:
		return posix_clock_ns(CLOCK_MONOTONIC);
	case UTFS_CLOCK_MONO_RAW:
		return posix_clock_ns(CLOCK_MONOTONIC_RAW);
	case UTFS_CLOCK_BOOT:
		return posix_clock_ns(CLOCK_BOOTTIME);
	case UTFS_CLOCK_TAI:
		return posix_clock_ns(CLOCK_TAI);
	case UTFS_CLOCK_CPU:
		return utfs_counter_read();
	default:
		break;
	}
	/* local, global and perf: one counter for all CPUs, so they are the same here. */
	if (!utfs_scale_usable(&header->local))
		return posix_clock_ns(CLOCK_MONOTONIC);
	return utfs_clock_scaled(&header->local);
}

const char *utfs_clock_name(unsigned int clock)
{
	return clock < UTFS_NR_CLOCKS ? clock_names[clock] : NULL;
}

bool utfs_clock_in_ns(enum utfs_clock clock)
{
	return clock != UTFS_CLOCK_COUNTER && clock != UTFS_CLOCK_UPTIME && clock != UTFS_CLOCK_CPU;
}
