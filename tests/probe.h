/* SPDX-License-Identifier: MIT */
/* What a machine can do, found out by trying: tests skip where it cannot. */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In a cmocka test: leaves it, saying why, where something does not work. */
#define SKIP_UNLESS(works, why)                                                                    \
	do {                                                                                       \
		if (!(works)) {                                                                    \
			print_message("%s\n", why);                                                \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* Does the kernel hand over a robust mutex when its owner dies? Emulators of other architectures do not. */
static inline bool probe_robust_mutex(void)
{
	pthread_mutex_t *mutex = mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;
	struct timespec soon;
	bool works;
	pid_t pid;

	if (mutex == MAP_FAILED)
		return false;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(mutex, &attr);
	pid = fork();
	if (!pid)
		_exit(pthread_mutex_lock(mutex));
	waitpid(pid, NULL, 0);
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_sec++;
	works = pthread_mutex_timedlock(mutex, &soon) == EOWNERDEAD;
	if (works) {
		pthread_mutex_consistent(mutex);
		pthread_mutex_unlock(mutex);
	}
	munmap(mutex, sizeof(*mutex));
	return works;
}

/* Does the kernel know restartable sequences? Registers nothing, so that whoever comes next can. */
static inline bool probe_rseq(void)
{
	return syscall(SYS_rseq, NULL, 0, 0, 0) && errno != ENOSYS;
}

#endif
