/* SPDX-License-Identifier: MIT */
/*
 * Calls every wrapped function by which threads wait for one another, begin and end.
 *	waits EXPECTATIONS
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "expect.h"

static const struct timespec past = {0, 0};
static struct timespec later;

static void expect_rwlock(const char *event, pthread_rwlock_t *lock, int ret)
{
	expect("rwlock_%s: rwlock=0x%lx ret=%d wait_ns=N", event, HEX(lock), ret);
}

static void unlock(pthread_rwlock_t *lock)
{
	check(!pthread_rwlock_unlock(lock), "rwlock_unlock");
	expect("rwlock_unlock: rwlock=0x%lx", HEX(lock));
}

static void try_rwlock(void)
{
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

	check(!pthread_rwlock_rdlock(&lock), "rdlock");
	expect_rwlock("rdlock", &lock, 0);
	check(!pthread_rwlock_timedrdlock(&lock, &later), "timedrdlock");
	expect_rwlock("rdlock", &lock, 0);
	check(!pthread_rwlock_clockrdlock(&lock, CLOCK_REALTIME, &later), "clockrdlock");
	expect_rwlock("rdlock", &lock, 0);
	check(!pthread_rwlock_tryrdlock(&lock), "tryrdlock");
	expect("rwlock_trylock: rwlock=0x%lx write=0 ret=0", HEX(&lock));
	check(pthread_rwlock_trywrlock(&lock) == EBUSY, "trywrlock: EBUSY");
	expect("rwlock_trylock: rwlock=0x%lx write=1 ret=%d", HEX(&lock), -EBUSY);
	check(pthread_rwlock_timedwrlock(&lock, &past) == ETIMEDOUT, "timedwrlock: ETIMEDOUT");
	expect_rwlock("wrlock", &lock, -ETIMEDOUT);
	check(pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &past) == ETIMEDOUT,
	      "clockwrlock: ETIMEDOUT");
	expect_rwlock("wrlock", &lock, -ETIMEDOUT);
	for (int i = 0; i < 4; i++)
		unlock(&lock);
	check(!pthread_rwlock_wrlock(&lock), "wrlock");
	expect_rwlock("wrlock", &lock, 0);
	check(pthread_rwlock_rdlock(&lock) == EDEADLK, "rdlock: EDEADLK");
	expect_rwlock("rdlock", &lock, -EDEADLK);
	unlock(&lock);
}

static void try_semaphore(void)
{
	sem_t sem;

	check(!sem_init(&sem, 0, 2), "sem_init");
	check(!sem_wait(&sem), "sem_wait");
	expect("sem_wait: sem=0x%lx ret=0 wait_ns=N", HEX(&sem));
	check(!sem_trywait(&sem), "sem_trywait");
	expect("sem_trywait: sem=0x%lx ret=0", HEX(&sem));
	errno = 0;
	check(sem_trywait(&sem) == -1 && errno == EAGAIN, "sem_trywait: EAGAIN");
	expect("sem_trywait: sem=0x%lx ret=%d", HEX(&sem), -EAGAIN);
	errno = 0;
	check(sem_timedwait(&sem, &past) == -1 && errno == ETIMEDOUT, "sem_timedwait: ETIMEDOUT");
	expect("sem_wait: sem=0x%lx ret=%d wait_ns=N", HEX(&sem), -ETIMEDOUT);
	errno = 0;
	check(sem_clockwait(&sem, CLOCK_MONOTONIC, &past) == -1 && errno == ETIMEDOUT,
	      "sem_clockwait: ETIMEDOUT");
	expect("sem_wait: sem=0x%lx ret=%d wait_ns=N", HEX(&sem), -ETIMEDOUT);
	errno = 4711;
	check(!sem_post(&sem) && errno == 4711, "sem_post");
	expect("sem_post: sem=0x%lx", HEX(&sem));
}

static void try_spin(void)
{
	pthread_spinlock_t lock;

	check(!pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE), "spin_init");
	check(!pthread_spin_lock(&lock), "spin_lock");
	expect("spin_lock: lock=0x%lx ret=0 wait_ns=N", HEX(&lock));
	check(pthread_spin_trylock(&lock) == EBUSY, "spin_trylock: EBUSY");
	expect("spin_trylock: lock=0x%lx ret=%d", HEX(&lock), -EBUSY);
	check(!pthread_spin_unlock(&lock), "spin_unlock");
	expect("spin_unlock: lock=0x%lx", HEX(&lock));
}

static void expect_cond(pthread_cond_t *cond, pthread_mutex_t *mutex, int ret)
{
	expect("cond_wait: cond=0x%lx mutex=0x%lx ret=%d wait_ns=N", HEX(cond), HEX(mutex), ret);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static int told;

static void *tell(void *unused)
{
	pthread_barrier_wait(&barrier);
	pthread_mutex_lock(&mutex);
	told = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	pthread_exit(&told);
}

static void unlock_mutex(void *unused)
{
	pthread_mutex_unlock(&mutex);
}

static void *wait_for_ever(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock_mutex, NULL);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(1);
	return NULL;
}

static void expect_join(pthread_t thread, int ret)
{
	expect("thread_join: thread=0x%lx ret=%d wait_ns=N", (unsigned long)thread, ret);
}

/* The barrier is left once by the thread that says so. */
static void try_threads(void)
{
	pthread_t thread;
	void *result = NULL;
	int ret;

	check(!pthread_barrier_init(&barrier, NULL, 2), "barrier_init");
	check(!pthread_mutex_lock(&mutex), "lock");
	check(!pthread_create(&thread, NULL, tell, (void *)5), "create");
	expect("thread_create: thread=0x%lx start=0x%lx argument=0x5 ret=0 duration_ns=N",
	       (unsigned long)thread, HEX(tell));
	check(pthread_tryjoin_np(thread, &result) == EBUSY, "tryjoin: EBUSY");
	expect_join(thread, -EBUSY);
	check(pthread_timedjoin_np(thread, &result, &past) == ETIMEDOUT, "timedjoin: ETIMEDOUT");
	expect_join(thread, -ETIMEDOUT);
	check(pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &past) == ETIMEDOUT,
	      "clockjoin: ETIMEDOUT");
	expect_join(thread, -ETIMEDOUT);
	check(!pthread_setname_np(thread, "teller"), "setname");
	expect("thread_name: thread=0x%lx name=teller ret=0", (unsigned long)thread);
	check(pthread_setname_np(thread, "far too long a name") == ERANGE, "setname: ERANGE");
	expect("thread_name: thread=0x%lx name=far too long a name ret=%d", (unsigned long)thread,
	       -ERANGE);
	ret = pthread_barrier_wait(&barrier);
	check(!ret || ret == PTHREAD_BARRIER_SERIAL_THREAD, "barrier_wait");
	expect("barrier_wait: barrier=0x%lx serial=1 wait_ns=N", HEX(&barrier));
	expect("barrier_wait: barrier=0x%lx serial=0 wait_ns=N", HEX(&barrier));
	while (!told) {
		check(!pthread_cond_wait(&cond, &mutex), "cond_wait");
		expect_cond(&cond, &mutex, 0);
	}
	expect("cond_signal: cond=0x%lx broadcast=1", HEX(&cond));
	check(pthread_cond_timedwait(&cond, &mutex, &past) == ETIMEDOUT, "timedwait: ETIMEDOUT");
	expect_cond(&cond, &mutex, -ETIMEDOUT);
	check(pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &past) == ETIMEDOUT,
	      "clockwait: ETIMEDOUT");
	expect_cond(&cond, &mutex, -ETIMEDOUT);
	check(!pthread_mutex_unlock(&mutex), "unlock");
	check(!pthread_cond_signal(&cond), "cond_signal");
	expect("cond_signal: cond=0x%lx broadcast=0", HEX(&cond));
	check(!pthread_join(thread, &result) && result == &told, "join");
	expect("thread_exit: thread=0x%lx", (unsigned long)thread);
	expect_join(thread, 0);

	/* A thread that is cancelled while it waits has the mutex in its clean-up; it writes no event of a wait. */
	check(!pthread_create(&thread, NULL, wait_for_ever, NULL), "create");
	expect("thread_create: thread=0x%lx start=0x%lx argument=0x0 ret=0 duration_ns=N",
	       (unsigned long)thread, HEX(wait_for_ever));
	check(!pthread_cancel(thread) && !pthread_join(thread, &result) &&
		      result == PTHREAD_CANCELED,
	      "cancel");
	expect_join(thread, 0);
	check(!pthread_mutex_trylock(&mutex), "a cancelled wait's mutex");

	check(!pthread_create(&thread, NULL, tell, NULL), "create");
	expect("thread_create: thread=0x%lx start=0x%lx argument=0x0 ret=0 duration_ns=N",
	       (unsigned long)thread, HEX(tell));
	check(!pthread_detach(thread), "detach");
	expect("thread_detach: thread=0x%lx ret=0", (unsigned long)thread);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	clock_gettime(CLOCK_REALTIME, &later);
	later.tv_sec += 3600;
	try_rwlock();
	try_semaphore();
	try_spin();
	try_threads();
	return expect_save(argv[1]);
}
