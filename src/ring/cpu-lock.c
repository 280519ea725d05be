/* SPDX-License-Identifier: MIT */
/*
 * The lock word of a CPU buffer in locked mode. It names its owner, so that it can be taken from the dead; what the dead
 * one had begun needs no repair (rseq-seq.h).
 *
 *   bits 63..35  low bits of the owner process's serial: a slot used again is not mistaken for its last user
 *   bits 34..22  its slot + 1
 *   bits 21..0   tid (the kernel's PID_MAX_LIMIT is 2^22)
 */
#include <sched.h>
#include <time.h>

#include "ring/internal.h"

#define TID_BITS     22
#define SLOT_BITS    13
#define SERIAL_SHIFT (TID_BITS + SLOT_BITS)

static_assert(UTFS_MAX_PROCS < 1 << SLOT_BITS, "slot + 1 fits");

/* Yields between two looks at the clock. */
#define SPINS_PER_LOOK 16

static uint64_t owner_slot(uint64_t owner)
{
	return (owner >> TID_BITS & ((1U << SLOT_BITS) - 1)) - 1;
}

uint64_t utfs_cpu_lock_owner(const struct utfs_arena *arena, pid_t tid)
{
	uint64_t serial = utfs_load(&utfs_proc_at(arena, arena->proc)->serial);

	return serial << SERIAL_SHIFT | ((uint64_t)arena->proc + 1) << TID_BITS |
	       ((uint64_t)tid & ((1U << TID_BITS) - 1));
}

static bool owner_alive(const struct utfs_arena *arena, uint64_t owner)
{
	uint64_t slot = owner_slot(owner);
	const struct utfs_proc *proc;

	/* A damaged word has no owner. */
	if (slot >= UTFS_MAX_PROCS)
		return false;
	proc = utfs_proc_at(arena, slot);
	if (utfs_load(&proc->kind) == UTFS_PROC_FREE ||
	    utfs_load(&proc->serial) << SERIAL_SHIFT != owner >> SERIAL_SHIFT << SERIAL_SHIFT)
		return false;
	return utfs_proc_alive(arena, slot);
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
	if (!holder || !owner_alive(arena, holder))
		return lock_take(cb, holder, owner) ? 0 : -EBUSY;
	return -EBUSY;
}

void utfs_cpu_unlock(struct utfs_cpu_buffer *cb)
{
	utfs_store_release(&cb->lock, 0);
}
