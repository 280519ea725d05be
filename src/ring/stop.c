/* SPDX-License-Identifier: MIT */
/* Getting writers and readers out of a buffer. */
#include <sys/syscall.h>
#include <unistd.h>

#include "ring/buffer.h"

#define STOP_LOCK_TIMEOUT_US 100000
#define MAX_ROUNDS	     8

int utfs_buffer_stop(struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, recorder, cpu);
	int ret = 0;

	if (!utfs_load(&cb->tail))
		return 0;
	if (arena->mode == UTFS_MODE_LOCKED)
		ret = utfs_cpu_lock(arena, cb,
				    utfs_cpu_lock_owner(arena, (pid_t)syscall(SYS_gettid)),
				    STOP_LOCK_TIMEOUT_US);
	if (ret)
		return -EBUSY;
	utfs_store_release(&cb->tail, 0);
	UTFS_INJECT();
	if (arena->mode == UTFS_MODE_LOCKED)
		utfs_cpu_unlock(cb);
	return 0;
}

int utfs_buffer_readers_out(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	/* With the mutex a reader looks at tail first; so who comes after us finds no buffer. */
	int ret = utfs_reader_lock(arena, recorder, cpu);

	if (!ret)
		utfs_reader_unlock(arena, recorder, cpu);
	return ret;
}

static bool all_stopped(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all)
{
	bool stopped = true;

	for (uint32_t cpu = utfs_cpus_first(cpu_or_all); cpu < utfs_cpus_end(arena, cpu_or_all);
	     cpu++)
		stopped = stopped && !utfs_load(&utfs_cpu_buffer_at(arena, recorder, cpu)->tail);
	return stopped;
}

int utfs_buffer_quiesce(struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all)
{
	bool stopped = false;
	uint32_t cpu;
	int ret = 0;

	/*
	 * A writer that had compared tail before it became 0 may store its new tail after it. The grace period ends that
	 * writer's sequence, so a tail that is still 0 then stays 0; else once more.
	 */
	for (int round = 0; !ret && !stopped && round < MAX_ROUNDS; round++) {
		for (cpu = utfs_cpus_first(cpu_or_all);
		     !ret && cpu < utfs_cpus_end(arena, cpu_or_all); cpu++)
			ret = utfs_buffer_stop(arena, recorder, cpu);
		if (!ret && arena->mode == UTFS_MODE_RSEQ)
			ret = utfs_grace_cpus(arena, recorder, cpu_or_all, UTFS_GRACE_TIMEOUT_MS);
		stopped = all_stopped(arena, recorder, cpu_or_all);
	}
	if (!ret && !stopped)
		ret = -EBUSY;
	for (cpu = utfs_cpus_first(cpu_or_all); !ret && cpu < utfs_cpus_end(arena, cpu_or_all);
	     cpu++)
		ret = utfs_buffer_readers_out(arena, recorder, cpu);
	return ret;
}
