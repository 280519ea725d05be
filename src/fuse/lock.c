/* SPDX-License-Identifier: MIT */
#include "fuse/lock.h"

#define UNCHECKED UTFS_FUSE_ANNOTATE(no_thread_safety_analysis)

int utfs_fuse_lock_init(struct utfs_fuse_lock *lock)
{
	int ret = -pthread_mutex_init(&lock->mutex, NULL);

	if (ret)
		return ret;
	ret = -pthread_cond_init(&lock->work, NULL);
	if (ret)
		pthread_mutex_destroy(&lock->mutex);
	return ret;
}

void utfs_fuse_lock_fini(struct utfs_fuse_lock *lock)
{
	pthread_cond_destroy(&lock->work);
	pthread_mutex_destroy(&lock->mutex);
}

UNCHECKED void utfs_fuse_lock_take(struct utfs_fuse_lock *lock)
{
	pthread_mutex_lock(&lock->mutex);
}

UNCHECKED void utfs_fuse_lock_release(struct utfs_fuse_lock *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

void utfs_fuse_lock_sleep(struct utfs_fuse_lock *lock)
{
	pthread_cond_wait(&lock->work, &lock->mutex);
}

void utfs_fuse_lock_wake(struct utfs_fuse_lock *lock)
{
	pthread_cond_signal(&lock->work);
}
