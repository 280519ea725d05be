/* SPDX-License-Identifier: MIT */
/*
 * The one door to event_mutex. Nothing else in this layer calls pthread_mutex_*.
 *
 * Taking the lock from a dead owner repairs from the data: the undo log says what was changed, utfs_tx_recover()
 * puts it back, and only then is the mutex declared consistent.
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arena/internal.h"

#ifdef UTFS_DEBUG
static __thread unsigned int utfs_held_levels __attribute__((tls_model("initial-exec")));

void utfs_lock_order_take(enum utfs_lock_level level)
{
	/* Reader mutexes of one buffer are taken together, in ascending order. */
	unsigned int forbidden = level == UTFS_LEVEL_READER ? 0 : ~0U << level;

	if (utfs_held_levels & forbidden)
		__builtin_trap();
	utfs_held_levels |= 1U << level;
}

void utfs_lock_order_drop(enum utfs_lock_level level)
{
	utfs_held_levels &= ~(1U << level);
}

void utfs_lock_order_held(enum utfs_lock_level level)
{
	if (!(utfs_held_levels & 1U << level))
		__builtin_trap();
}
#endif

int utfs_mutex_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;
	int err = pthread_mutexattr_init(&attr);

	if (err)
		return -err;
	err = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (!err)
		err = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (!err)
		err = pthread_mutex_init(mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	return -err;
}

/* Bounded, so that a stopped owner is an error that names it and not a hang. */
static int event_mutex_lock(struct utfs_arena *arena)
{
	struct timespec until;
	int err = pthread_mutex_trylock(&arena->header->event.mutex);

	/* Anything else is an answer, and a dead owner's lock is ours already. */
	if (err != EBUSY)
		return err;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += arena->lock_timeout_ms / 1000;
	until.tv_nsec += arena->lock_timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	return pthread_mutex_timedlock(&arena->header->event.mutex, &until);
}

static UTFS_UNCHECKED int event_mutex_take(struct utfs_arena *arena)
{
	struct utfs_header *header = arena->header;
	int err;

	utfs_lock_order_take(UTFS_LEVEL_EVENT);
	err = event_mutex_lock(arena);
	if (err == EOWNERDEAD) {
		UTFS_INJECT();
		utfs_tx_recover(arena);
		err = pthread_mutex_consistent(&header->event.mutex);
		if (err)
			pthread_mutex_unlock(&header->event.mutex);
		UTFS_INJECT();
	} else if (!err && header->nr_undo) {
		/* Nobody leaves with a log that is not empty: the mutex was made anew over it. */
		utfs_tx_recover(arena);
	}
	if (err)
		utfs_lock_order_drop(UTFS_LEVEL_EVENT);
	return -err;
}

static UTFS_UNCHECKED void event_mutex_drop(struct utfs_arena *arena)
{
	pthread_mutex_unlock(&arena->header->event.mutex);
	utfs_lock_order_drop(UTFS_LEVEL_EVENT);
}

UTFS_UNCHECKED int utfs_tx_begin(struct utfs_arena *arena)
{
	int ret = event_mutex_take(arena);

	if (ret)
		return ret;
	__atomic_store_n(&arena->header->owner,
			 ((uint64_t)arena->proc + 1) << 32 | (uint32_t)syscall(SYS_gettid),
			 __ATOMIC_RELAXED);
	arena->slot_own = false;
	ret = utfs_tx_reserve(arena, UTFS_TX_FREE_WORDS);
	if (ret) {
		__atomic_store_n(&arena->header->owner, 0, __ATOMIC_RELAXED);
		event_mutex_drop(arena);
	} else if (arena->header->repair_due && arena->repair) {
		arena->repair(arena);
		arena->header->repair_due = 0;
	}
	return ret;
}

UTFS_UNCHECKED int utfs_tx_end(struct utfs_arena *arena, int ret)
{
	bool wake;

	if (!ret)
		ret = utfs_tx_checkpoint(arena);
	if (ret)
		utfs_tx_rollback(arena);
	wake = arena->wake_due;
	arena->wake_due = false;
	__atomic_store_n(&arena->header->owner, 0, __ATOMIC_RELAXED);
	event_mutex_drop(arena);
	if (wake)
		utfs_change_wake(arena);
	return ret;
}

pid_t utfs_lock_owner(const struct utfs_arena *arena, char comm[17])
{
	uint64_t owner = __atomic_load_n(&arena->header->owner, __ATOMIC_RELAXED);
	uint64_t proc = owner >> 32;

	memset(comm, 0, 17);
	if (proc && proc <= UTFS_MAX_PROCS)
		memcpy(comm, utfs_proc_at(arena, proc - 1)->comm, 16);
	return (pid_t)(uint32_t)owner;
}
