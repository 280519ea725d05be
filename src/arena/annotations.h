/* SPDX-License-Identifier: MIT */
/*
 * The lock order, for the compiler (clang -Wthread-safety) and, in debug builds, for the run time.
 *
 *   1  an application's list of modules  app/state.c (for a mount, the VFS's own locks are here)
 *   2  an open handle's mutex            eventfs
 *   3  event_mutex                       arena/tx.c
 *   4  a CPU buffer's reader mutex       ring/reader-lock.c
 *   5  leaves: a mount's list of handles fuse/lock.c; changed attributes: eventfs
 *
 * A lock is only ever taken by somebody who holds none of the same or a higher number; reader mutexes
 * (several of one buffer) are taken in ascending order of their CPUs.
 */
#ifndef UTFS_ARENA_ANNOTATIONS_H
#define UTFS_ARENA_ANNOTATIONS_H

#if defined(__clang__)
#define UTFS_ATTRIBUTE(x) __attribute__((x))
#else
#define UTFS_ATTRIBUTE(x)
#endif

#define UTFS_CAPABILITY(name)	 UTFS_ATTRIBUTE(capability(name))
#define UTFS_ACQUIRED_AFTER(...) UTFS_ATTRIBUTE(acquired_after(__VA_ARGS__))
#define UTFS_ACQUIRES(...)	 UTFS_ATTRIBUTE(acquire_capability(__VA_ARGS__))
/* The function returns 0 when it has the lock, a negative errno when it has not. */
#define UTFS_TRY_ACQUIRES(...) UTFS_ATTRIBUTE(try_acquire_capability(0, __VA_ARGS__))
#define UTFS_RELEASES(...)     UTFS_ATTRIBUTE(release_capability(__VA_ARGS__))
#define UTFS_REQUIRES(...)     UTFS_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define UTFS_EXCLUDES(...)     UTFS_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define UTFS_UNCHECKED	       UTFS_ATTRIBUTE(no_thread_safety_analysis)

enum utfs_lock_level {
	UTFS_LEVEL_APP = 1,
	UTFS_LEVEL_HANDLE = 2,
	UTFS_LEVEL_EVENT = 3,
	UTFS_LEVEL_READER = 4,
	UTFS_LEVEL_LEAF = 5,
	UTFS_NR_LEVELS,
};

/*
 * Debug builds: stops the program when a lock is taken out of order; when one is not held that must be; when any is held
 * where somebody else may have to be waited for (a notification to the kernel). Otherwise nothing.
 */
#ifdef UTFS_DEBUG
void utfs_lock_order_none(void);
void utfs_lock_order_take(enum utfs_lock_level level);
void utfs_lock_order_drop(enum utfs_lock_level level);
void utfs_lock_order_held(enum utfs_lock_level level);
#else
static inline void utfs_lock_order_none(void)
{
}
static inline void utfs_lock_order_take(enum utfs_lock_level level)
{
	(void)level;
}
static inline void utfs_lock_order_drop(enum utfs_lock_level level)
{
	(void)level;
}
static inline void utfs_lock_order_held(enum utfs_lock_level level)
{
	(void)level;
}
#endif

#endif
