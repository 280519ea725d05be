/* SPDX-License-Identifier: MIT */
/*
 * What threads wait for one another with, apart from mutexes. What lets others go on is written before the deed: afterwards
 * another thread's event of going on would come first.
 */
#include "wrap.h"

UTFS_EVENT(libc, rwlock_rdlock,
	   UTFS_FIELDS(UTFS_FIELD(void *, rwlock), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("rwlock=0x%lx ret=%d wait_ns=%llu", REC->rwlock, REC->ret, REC->wait_ns));
UTFS_EVENT(libc, rwlock_wrlock,
	   UTFS_FIELDS(UTFS_FIELD(void *, rwlock), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("rwlock=0x%lx ret=%d wait_ns=%llu", REC->rwlock, REC->ret, REC->wait_ns));
UTFS_EVENT(libc, rwlock_trylock,
	   UTFS_FIELDS(UTFS_FIELD(void *, rwlock), UTFS_FIELD(int, write), UTFS_FIELD(int, ret)),
	   UTFS_PRINT("rwlock=0x%lx write=%d ret=%d", REC->rwlock, REC->write, REC->ret));
UTFS_EVENT(libc, rwlock_unlock, UTFS_FIELDS(UTFS_FIELD(void *, rwlock)),
	   UTFS_PRINT("rwlock=0x%lx", REC->rwlock));
UTFS_EVENT(libc, cond_wait,
	   UTFS_FIELDS(UTFS_FIELD(void *, cond), UTFS_FIELD(void *, mutex), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("cond=0x%lx mutex=0x%lx ret=%d wait_ns=%llu", REC->cond, REC->mutex, REC->ret,
		      REC->wait_ns));
UTFS_EVENT(libc, cond_signal, UTFS_FIELDS(UTFS_FIELD(void *, cond), UTFS_FIELD(int, broadcast)),
	   UTFS_PRINT("cond=0x%lx broadcast=%d", REC->cond, REC->broadcast));
UTFS_EVENT(libc, sem_wait,
	   UTFS_FIELDS(UTFS_FIELD(void *, sem), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("sem=0x%lx ret=%d wait_ns=%llu", REC->sem, REC->ret, REC->wait_ns));
UTFS_EVENT(libc, sem_trywait, UTFS_FIELDS(UTFS_FIELD(void *, sem), UTFS_FIELD(int, ret)),
	   UTFS_PRINT("sem=0x%lx ret=%d", REC->sem, REC->ret));
UTFS_EVENT(libc, sem_post, UTFS_FIELDS(UTFS_FIELD(void *, sem)), UTFS_PRINT("sem=0x%lx", REC->sem));
UTFS_EVENT(libc, barrier_wait,
	   UTFS_FIELDS(UTFS_FIELD(void *, barrier), UTFS_FIELD(int, serial),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("barrier=0x%lx serial=%d wait_ns=%llu", REC->barrier, REC->serial,
		      REC->wait_ns));
UTFS_EVENT(libc, spin_lock,
	   UTFS_FIELDS(UTFS_FIELD(void *, lock), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, wait_ns)),
	   UTFS_PRINT("lock=0x%lx ret=%d wait_ns=%llu", REC->lock, REC->ret, REC->wait_ns));
UTFS_EVENT(libc, spin_trylock, UTFS_FIELDS(UTFS_FIELD(void *, lock), UTFS_FIELD(int, ret)),
	   UTFS_PRINT("lock=0x%lx ret=%d", REC->lock, REC->ret));
UTFS_EVENT(libc, spin_unlock, UTFS_FIELDS(UTFS_FIELD(void *, lock)),
	   UTFS_PRINT("lock=0x%lx", REC->lock));

/* pthread functions return errno, semaphores leave it; events have it negative everywhere. */
WRAP_COLD static void rdlock_emit(pthread_rwlock_t *lock, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(rwlock_rdlock, lock, -ret, wrap_now_ns() - begin_ns);
}

WRAP_COLD static void wrlock_emit(pthread_rwlock_t *lock, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(rwlock_wrlock, lock, -ret, wrap_now_ns() - begin_ns);
}

WRAP_COLD static void trylock_emit(pthread_rwlock_t *lock, int write, int ret)
{
	WRAP_EMIT(rwlock_trylock, lock, write, -ret);
}

WRAP_COLD static void rwlock_unlock_emit(pthread_rwlock_t *lock)
{
	WRAP_EMIT(rwlock_unlock, lock);
}

WRAP_COLD static void cond_wait_emit(pthread_cond_t *cond, pthread_mutex_t *mutex, int ret,
				     uint64_t begin_ns)
{
	WRAP_EMIT(cond_wait, cond, mutex, -ret, wrap_now_ns() - begin_ns);
}

WRAP_COLD static void cond_signal_emit(pthread_cond_t *cond, int broadcast)
{
	WRAP_EMIT(cond_signal, cond, broadcast);
}

WRAP_COLD static void sem_wait_emit(sem_t *sem, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(sem_wait, sem, (int)wrap_result(ret), wrap_now_ns() - begin_ns);
}

WRAP_COLD static void sem_trywait_emit(sem_t *sem, int ret)
{
	WRAP_EMIT(sem_trywait, sem, (int)wrap_result(ret));
}

WRAP_COLD static void sem_post_emit(sem_t *sem)
{
	WRAP_EMIT(sem_post, sem);
}

WRAP_COLD static void barrier_emit(pthread_barrier_t *barrier, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(barrier_wait, barrier, ret == PTHREAD_BARRIER_SERIAL_THREAD,
		  wrap_now_ns() - begin_ns);
}

WRAP_COLD static void spin_lock_emit(pthread_spinlock_t *lock, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(spin_lock, (void *)(uintptr_t)lock, -ret, wrap_now_ns() - begin_ns);
}

WRAP_COLD static void spin_trylock_emit(pthread_spinlock_t *lock, int ret)
{
	WRAP_EMIT(spin_trylock, (void *)(uintptr_t)lock, -ret);
}

WRAP_COLD static void spin_unlock_emit(pthread_spinlock_t *lock)
{
	WRAP_EMIT(spin_unlock, (void *)(uintptr_t)lock);
}

/* clang-format off */
#define UNTIL  const struct timespec *until
#define RWLOCK pthread_rwlock_t *lock
#define COND   pthread_cond_t *cond, pthread_mutex_t *mutex

WRAP_AROUND(int, pthread_rwlock_rdlock, rwlock_rdlock, WRAP_SYNC, (RWLOCK), (lock), rdlock_emit(lock, ret, begin_ns))
WRAP_AROUND(int, pthread_rwlock_timedrdlock, rwlock_rdlock, WRAP_SYNC, (RWLOCK, UNTIL), (lock, until),
	    rdlock_emit(lock, ret, begin_ns))
WRAP_AROUND(int, pthread_rwlock_clockrdlock, rwlock_rdlock, WRAP_SYNC, (RWLOCK, clockid_t clock, UNTIL),
	    (lock, clock, until), rdlock_emit(lock, ret, begin_ns))
WRAP_AROUND(int, pthread_rwlock_wrlock, rwlock_wrlock, WRAP_SYNC, (RWLOCK), (lock), wrlock_emit(lock, ret, begin_ns))
WRAP_AROUND(int, pthread_rwlock_timedwrlock, rwlock_wrlock, WRAP_SYNC, (RWLOCK, UNTIL), (lock, until),
	    wrlock_emit(lock, ret, begin_ns))
WRAP_AROUND(int, pthread_rwlock_clockwrlock, rwlock_wrlock, WRAP_SYNC, (RWLOCK, clockid_t clock, UNTIL),
	    (lock, clock, until), wrlock_emit(lock, ret, begin_ns))
WRAP_AFTER(int, pthread_rwlock_tryrdlock, rwlock_trylock, WRAP_SYNC, (RWLOCK), (lock), trylock_emit(lock, 0, ret))
WRAP_AFTER(int, pthread_rwlock_trywrlock, rwlock_trylock, WRAP_SYNC, (RWLOCK), (lock), trylock_emit(lock, 1, ret))
WRAP_BEFORE(int, pthread_rwlock_unlock, rwlock_unlock, WRAP_SYNC, (RWLOCK), (lock), rwlock_unlock_emit(lock))

WRAP_AROUND(int, pthread_cond_wait, cond_wait, WRAP_SYNC, (COND), (cond, mutex), cond_wait_emit(cond, mutex, ret, begin_ns))
WRAP_AROUND(int, pthread_cond_timedwait, cond_wait, WRAP_SYNC, (COND, UNTIL), (cond, mutex, until),
	    cond_wait_emit(cond, mutex, ret, begin_ns))
WRAP_AROUND(int, pthread_cond_clockwait, cond_wait, WRAP_SYNC, (COND, clockid_t clock, UNTIL), (cond, mutex, clock, until),
	    cond_wait_emit(cond, mutex, ret, begin_ns))
WRAP_BEFORE(int, pthread_cond_signal, cond_signal, WRAP_SYNC, (pthread_cond_t *cond), (cond), cond_signal_emit(cond, 0))
WRAP_BEFORE(int, pthread_cond_broadcast, cond_signal, WRAP_SYNC, (pthread_cond_t *cond), (cond), cond_signal_emit(cond, 1))

WRAP_AROUND(int, sem_wait, sem_wait, WRAP_SYNC, (sem_t *sem), (sem), sem_wait_emit(sem, ret, begin_ns))
WRAP_AROUND(int, sem_timedwait, sem_wait, WRAP_SYNC, (sem_t *sem, UNTIL), (sem, until), sem_wait_emit(sem, ret, begin_ns))
WRAP_AROUND(int, sem_clockwait, sem_wait, WRAP_SYNC, (sem_t *sem, clockid_t clock, UNTIL), (sem, clock, until),
	    sem_wait_emit(sem, ret, begin_ns))
WRAP_AFTER(int, sem_trywait, sem_trywait, WRAP_SYNC, (sem_t *sem), (sem), sem_trywait_emit(sem, ret))
WRAP_BEFORE(int, sem_post, sem_post, WRAP_SYNC, (sem_t *sem), (sem), sem_post_emit(sem))

WRAP_AROUND(int, pthread_barrier_wait, barrier_wait, WRAP_SYNC, (pthread_barrier_t *barrier), (barrier),
	    barrier_emit(barrier, ret, begin_ns))

WRAP_AROUND(int, pthread_spin_lock, spin_lock, WRAP_SYNC, (pthread_spinlock_t *lock), (lock),
	    spin_lock_emit(lock, ret, begin_ns))
WRAP_AFTER(int, pthread_spin_trylock, spin_trylock, WRAP_SYNC, (pthread_spinlock_t *lock), (lock),
	   spin_trylock_emit(lock, ret))
WRAP_BEFORE(int, pthread_spin_unlock, spin_unlock, WRAP_SYNC, (pthread_spinlock_t *lock), (lock), spin_unlock_emit(lock))
/* clang-format on */
