/* SPDX-License-Identifier: MIT */
/* Mutexes: how long a thread waited for one, and when it let go. */
#include "wrap.h"

UTFS_EVENT(libc, mutex_lock,
	   UTFS_FIELDS(UTFS_FIELD(void *, mutex), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("mutex=0x%lx ret=%d wait_ns=%llu", REC->mutex, REC->ret, REC->wait_ns));
UTFS_EVENT(libc, mutex_trylock, UTFS_FIELDS(UTFS_FIELD(void *, mutex), UTFS_FIELD(int, ret)),
	   UTFS_PRINT("mutex=0x%lx ret=%d", REC->mutex, REC->ret));
UTFS_EVENT(libc, mutex_unlock, UTFS_FIELDS(UTFS_FIELD(void *, mutex)),
	   UTFS_PRINT("mutex=0x%lx", REC->mutex));

WRAP_COLD static void lock_emit(pthread_mutex_t *mutex, int ret, uint64_t begin_ns)
{
	/* pthread functions return errno; events have it negative everywhere. */
	WRAP_EMIT(mutex_lock, mutex, -ret, wrap_now_ns() - begin_ns);
}

WRAP_COLD static void trylock_emit(pthread_mutex_t *mutex, int ret)
{
	WRAP_EMIT(mutex_trylock, mutex, -ret);
}

WRAP_COLD static void unlock_emit(pthread_mutex_t *mutex)
{
	WRAP_EMIT(mutex_unlock, mutex);
}

WRAP_EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	uint64_t begin_ns;
	int ret;

	if (!WRAP_TRACED(mutex_lock, WRAP_MUTEX))
		return wrap_real.pthread_mutex_lock(mutex);
	begin_ns = wrap_now_ns();
	ret = wrap_real.pthread_mutex_lock(mutex);
	lock_emit(mutex, ret, begin_ns);
	return ret;
}

WRAP_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
	uint64_t begin_ns;
	int ret;

	if (!WRAP_TRACED(mutex_lock, WRAP_MUTEX))
		return wrap_real.pthread_mutex_timedlock(mutex, until);
	begin_ns = wrap_now_ns();
	ret = wrap_real.pthread_mutex_timedlock(mutex, until);
	lock_emit(mutex, ret, begin_ns);
	return ret;
}

WRAP_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
					const struct timespec *until)
{
	uint64_t begin_ns;
	int ret;

	if (!WRAP_TRACED(mutex_lock, WRAP_MUTEX))
		return wrap_real.pthread_mutex_clocklock(mutex, clock, until);
	begin_ns = wrap_now_ns();
	ret = wrap_real.pthread_mutex_clocklock(mutex, clock, until);
	lock_emit(mutex, ret, begin_ns);
	return ret;
}

WRAP_EXPORT int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	int ret;

	if (!WRAP_TRACED(mutex_trylock, WRAP_MUTEX))
		return wrap_real.pthread_mutex_trylock(mutex);
	ret = wrap_real.pthread_mutex_trylock(mutex);
	trylock_emit(mutex, ret);
	return ret;
}

/* The event comes before the deed: afterwards another thread's event of having the lock would come first. */
WRAP_EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (WRAP_TRACED(mutex_unlock, WRAP_MUTEX))
		unlock_emit(mutex);
	return wrap_real.pthread_mutex_unlock(mutex);
}
