/* SPDX-License-Identifier: MIT */
/*
 * The one door to the CPU buffers' reader mutexes: nothing else in this layer calls pthread_mutex_*. A reader that died
 * holding one left the old or the new position (one store flips them), so there is nothing to repair.
 */
#include <time.h>

#include "ring/internal.h"

#define READER_LOCK_TIMEOUT_S 10

int utfs_reader_lock(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, recorder, cpu);
	struct timespec until;
	int err;

	if (!utfs_load_acquire(&cb->reader_ready))
		return -ENODEV;
	utfs_lock_order_take(UTFS_LEVEL_READER);
	err = pthread_mutex_trylock(&cb->reader.mutex);
	if (err == EBUSY) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += READER_LOCK_TIMEOUT_S;
		err = pthread_mutex_timedlock(&cb->reader.mutex, &until);
	}
	if (err == EOWNERDEAD) {
		err = pthread_mutex_consistent(&cb->reader.mutex);
		if (err)
			pthread_mutex_unlock(&cb->reader.mutex);
	}
	if (err)
		utfs_lock_order_drop(UTFS_LEVEL_READER);
	return -err;
}

void utfs_reader_unlock(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu)
{
	pthread_mutex_unlock(&utfs_cpu_buffer_at(arena, recorder, cpu)->reader.mutex);
	utfs_lock_order_drop(UTFS_LEVEL_READER);
}
