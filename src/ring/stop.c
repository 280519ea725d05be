/* SPDX-License-Identifier: MIT */
/* Getting writers and readers out of a buffer. */
#include <sys/syscall.h>
#include <unistd.h>

#include "ring/buffer.h"

#define STOP_LOCK_TIMEOUT_US 100000

int utfs_buffer_stop(struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, recorder, cpu);
	uint64_t tail = utfs_load(&cb->tail);
	int ret = 0;

	if (!utfs_tail_is_live(tail))
		return 0;
	if (arena->mode == UTFS_MODE_LOCKED)
		ret = utfs_cpu_lock(arena, cb,
				    utfs_cpu_lock_owner(arena, (pid_t)syscall(SYS_gettid)),
				    STOP_LOCK_TIMEOUT_US);
	if (ret)
		return -EBUSY;
	/* A switch or a swap under way expects the tail from before: it either comes first or fails. */
	while (utfs_tail_is_live(tail) && !utfs_tail_exchange(cb, &tail, utfs_tail_side(cb, tail)))
		;
	UTFS_INJECT();
	if (arena->mode == UTFS_MODE_LOCKED)
		utfs_cpu_unlock(cb);
	return 0;
}

int utfs_buffer_readers_out(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	/* With the mutex a reader looks at the tail first; so who comes after us finds no buffer. */
	int ret = utfs_reader_lock(arena, recorder, cpu);

	if (!ret)
		utfs_reader_unlock(arena, recorder, cpu);
	return ret;
}

/*
 * On a busy machine whoever has the lock word may be kept from his CPU for longer than utfs_buffer_stop() waits; whether he lives is asked
 * after each try. All of them take as long as a grace period.
 */
static int stop_patiently(struct utfs_arena *arena, unsigned int recorder, uint32_t cpu)
	UTFS_REQUIRES(arena->event_mutex)
{
	int ret, tries = UTFS_GRACE_TIMEOUT_MS * 1000 / STOP_LOCK_TIMEOUT_US;

	do {
		ret = utfs_buffer_stop(arena, recorder, cpu);
	} while (ret == -EBUSY && --tries);
	return ret;
}

int utfs_buffer_quiesce(struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all)
{
	uint32_t cpu;
	int ret = 0;

	for (cpu = utfs_cpus_first(cpu_or_all); !ret && cpu < utfs_cpus_end(arena, cpu_or_all);
	     cpu++)
		ret = stop_patiently(arena, recorder, cpu);
	if (!ret && arena->mode == UTFS_MODE_RSEQ)
		ret = utfs_grace_cpus(arena, recorder, cpu_or_all, UTFS_GRACE_TIMEOUT_MS);
	for (cpu = utfs_cpus_first(cpu_or_all); !ret && cpu < utfs_cpus_end(arena, cpu_or_all);
	     cpu++)
		ret = utfs_buffer_readers_out(arena, recorder, cpu);
	return ret;
}
