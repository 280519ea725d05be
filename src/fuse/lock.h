/* SPDX-License-Identifier: MIT */
/*
 * The mutex of a mount: a leaf. It guards the lists of handles, waiting reads and polls; nothing that can wait is called while it is held: no
 * eventfs, no reply, no notification. One file takes it.
 */
#ifndef UTFS_FUSE_LOCK_H
#define UTFS_FUSE_LOCK_H

#include <pthread.h>
#include <time.h>

#ifdef __clang__
#define UTFS_FUSE_ANNOTATE(x) __attribute__((x))
#else
#define UTFS_FUSE_ANNOTATE(x)
#endif
#define UTFS_FUSE_REQUIRES(lock) UTFS_FUSE_ANNOTATE(requires_capability(lock))
#define UTFS_FUSE_EXCLUDES(lock) UTFS_FUSE_ANNOTATE(locks_excluded(lock))

struct UTFS_FUSE_ANNOTATE(capability("mutex")) utfs_fuse_lock {
	pthread_mutex_t mutex;
	pthread_cond_t work;	 /* something to do, for the waiter */
	pthread_cond_t released; /* a handle was closed */
};

/*
 * Return: init 0, -ENOMEM, -EAGAIN; the others nothing. sleep lets go of the lock until somebody calls wake, as a condition variable does;
 * sleep_released until somebody calls wake_released or `until` (CLOCK_MONOTONIC), and returns 0 or -ETIMEDOUT.
 * Locks: as their names say. Context: any thread.
 */
int utfs_fuse_lock_init(struct utfs_fuse_lock *lock);
void utfs_fuse_lock_fini(struct utfs_fuse_lock *lock);
void utfs_fuse_lock_take(struct utfs_fuse_lock *lock) UTFS_FUSE_ANNOTATE(acquire_capability(lock));
void utfs_fuse_lock_release(struct utfs_fuse_lock *lock)
	UTFS_FUSE_ANNOTATE(release_capability(lock));
void utfs_fuse_lock_sleep(struct utfs_fuse_lock *lock) UTFS_FUSE_REQUIRES(lock);
int utfs_fuse_lock_sleep_released(struct utfs_fuse_lock *lock, const struct timespec *until)
	UTFS_FUSE_REQUIRES(lock);
void utfs_fuse_lock_wake_released(struct utfs_fuse_lock *lock) UTFS_FUSE_REQUIRES(lock);
void utfs_fuse_lock_wake(struct utfs_fuse_lock *lock) UTFS_FUSE_REQUIRES(lock);

#endif
