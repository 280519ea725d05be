/* SPDX-License-Identifier: MIT */
/*
 * The lock word of a CPU buffer in locked mode. It names its owner, so that it can be taken from the dead; what the dead
 * one had begun needs no repair (rseq-seq.h).
 *
 *   bits 63..22  the owner process's serial
 *   bits 21..0   tid (the kernel's PID_MAX_LIMIT is 2^22)
 */
#include <sched.h>
#include <time.h>

#include "ring/internal.h"

#define TID_BITS 22

static_assert(UTFS_PROC_SERIAL_MAX < UINT64_C(1) << (64 - TID_BITS), "a serial fits");

/* Yields between two looks at the clock. */
#define SPINS_PER_LOOK 16

uint64_t utfs_cpu_lock_owner(const struct utfs_arena *arena, pid_t tid)
{
	return arena->serial << TID_BITS | ((uint64_t)tid & ((1U << TID_BITS) - 1));
}

static uint64_t now_us(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool lock_take(struct utfs_cpu_buffer *cb, uint64_t expected, uint64_t owner)
{
	return __atomic_compare_exchange_n(&cb->lock, &expected, owner, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

int utfs_cpu_lock(const struct utfs_arena *arena, struct utfs_cpu_buffer *cb, uint64_t owner,
		  uint64_t timeout_us)
{
	uint64_t holder, start_us;

	if (lock_take(cb, 0, owner))
		return 0;
	start_us = now_us();
	for (;;) {
		for (int i = 0; i < SPINS_PER_LOOK; i++) {
			holder = utfs_load(&cb->lock);
			if (holder == owner)
				return -EDEADLK;
			if (!holder && lock_take(cb, 0, owner))
				return 0;
			/* Does not fail on Linux: errno is safe. */
			sched_yield();
		}
		if (now_us() - start_us >= timeout_us)
			break;
	}
	holder = utfs_load(&cb->lock);
	/* Of a damaged word nobody is the owner. */
	if (!holder || !utfs_serial_alive(arena, holder >> TID_BITS))
		return lock_take(cb, holder, owner) ? 0 : -EBUSY;
	return -EBUSY;
}

void utfs_cpu_unlock(struct utfs_cpu_buffer *cb)
{
	utfs_store_release(&cb->lock, 0);
}
