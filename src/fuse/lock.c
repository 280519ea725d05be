/* SPDX-License-Identifier: MIT */
#include "fuse/lock.h"

#include "arena/annotations.h"

#define UNCHECKED UTFS_FUSE_ANNOTATE(no_thread_safety_analysis)

int utfs_fuse_lock_init(struct utfs_fuse_lock *lock)
{
	pthread_condattr_t monotonic;
	int ret = -pthread_mutex_init(&lock->mutex, NULL);

	if (ret)
		return ret;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	ret = -pthread_cond_init(&lock->work, &monotonic);
	if (ret)
		goto no_work;
	ret = -pthread_cond_init(&lock->released, &monotonic);
	if (ret)
		pthread_cond_destroy(&lock->work);
no_work:
	if (ret)
		pthread_mutex_destroy(&lock->mutex);
	pthread_condattr_destroy(&monotonic);
	return ret;
}

void utfs_fuse_lock_fini(struct utfs_fuse_lock *lock)
{
	pthread_cond_destroy(&lock->released);
	pthread_cond_destroy(&lock->work);
	pthread_mutex_destroy(&lock->mutex);
}

int utfs_fuse_lock_sleep_released(struct utfs_fuse_lock *lock, const struct timespec *until)
{
	return -pthread_cond_timedwait(&lock->released, &lock->mutex, until);
}

void utfs_fuse_lock_wake_released(struct utfs_fuse_lock *lock)
{
	pthread_cond_broadcast(&lock->released);
}

UNCHECKED void utfs_fuse_lock_take(struct utfs_fuse_lock *lock)
{
	utfs_lock_order_take(UTFS_LEVEL_LEAF);
	pthread_mutex_lock(&lock->mutex);
}

UNCHECKED void utfs_fuse_lock_release(struct utfs_fuse_lock *lock)
{
	pthread_mutex_unlock(&lock->mutex);
	utfs_lock_order_drop(UTFS_LEVEL_LEAF);
}

void utfs_fuse_lock_sleep(struct utfs_fuse_lock *lock)
{
	pthread_cond_wait(&lock->work, &lock->mutex);
}

void utfs_fuse_lock_wake(struct utfs_fuse_lock *lock)
{
	pthread_cond_signal(&lock->work);
}
