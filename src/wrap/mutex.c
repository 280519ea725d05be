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

/* clang-format off */
WRAP_AROUND(int, pthread_mutex_lock, mutex_lock, WRAP_MUTEX, (pthread_mutex_t *mutex), (mutex), lock_emit(mutex, ret, begin_ns))
WRAP_AROUND(int, pthread_mutex_timedlock, mutex_lock, WRAP_MUTEX, (pthread_mutex_t *mutex, const struct timespec *until),
	    (mutex, until), lock_emit(mutex, ret, begin_ns))
WRAP_AROUND(int, pthread_mutex_clocklock, mutex_lock, WRAP_MUTEX,
	    (pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until), (mutex, clock, until),
	    lock_emit(mutex, ret, begin_ns))
WRAP_AFTER(int, pthread_mutex_trylock, mutex_trylock, WRAP_MUTEX, (pthread_mutex_t *mutex), (mutex), trylock_emit(mutex, ret))
/* The event comes before the deed: afterwards another thread's event of having the lock would come first. */
WRAP_BEFORE(int, pthread_mutex_unlock, mutex_unlock, WRAP_MUTEX, (pthread_mutex_t *mutex), (mutex), unlock_emit(mutex))
/* clang-format on */
