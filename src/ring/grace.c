/* SPDX-License-Identifier: MIT */
/*
 * Grace periods. A sequence in flight on a CPU ends when that CPU runs anything else: the kernel sends its thread to
 * ABORTED. So a thread of ours that has run on every CPU has ended every sequence that was under way.
 *
 * The thread is a helper, not the caller: the caller's affinity stays as it is, and a CPU that never lets the helper run
 * (a real-time thread hogs it) costs a timeout, not a hang. Then the helper is left behind with its own memory and
 * ends when it can.
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ring/buffer.h"

struct grace_job {
	uint32_t users; /* [atomic] the last one frees it */
	uint32_t done;	/* [atomic] futex */
	uint32_t first, end;
	int result;
	bool online[UTFS_MAX_CPUS];
};

static void job_put(struct grace_job *job)
{
	if (__atomic_sub_fetch(&job->users, 1, __ATOMIC_ACQ_REL) == 0)
		free(job);
}

/* "0-3,5\n". What cannot be read is taken as all online: then a CPU that refuses us is an error, not skipped. */
static void online_read(bool online[UTFS_MAX_CPUS])
{
	FILE *file = fopen("/sys/devices/system/cpu/online", "re");
	unsigned int first, last;
	char separator = ',';

	memset(online, !file, UTFS_MAX_CPUS * sizeof(*online));
	while (file && separator == ',' && fscanf(file, "%u", &first) == 1) {
		last = first;
		separator = '\n';
		if (fscanf(file, "%c", &separator) == 1 && separator == '-' &&
		    (fscanf(file, "%u", &last) != 1 || fscanf(file, "%c", &separator) != 1))
			separator = '\n';
		for (; first <= last && first < UTFS_MAX_CPUS; first++)
			online[first] = true;
	}
	if (file)
		fclose(file);
}

/* Runs this thread on a CPU. Return: 0; -EBUSY it is online and does not take us. */
static int cpu_visit(uint32_t cpu, bool online[UTFS_MAX_CPUS])
{
	unsigned long mask[UTFS_MAX_CPUS / (CHAR_BIT * sizeof(unsigned long))] = {0};

	if (!online[cpu])
		return 0;
	mask[cpu / (CHAR_BIT * sizeof(*mask))] = 1UL << cpu % (CHAR_BIT * sizeof(*mask));
	/* When it returns we run there. */
	if (syscall(SYS_sched_setaffinity, 0, sizeof(mask), mask) == 0)
		return 0;
	/* Perhaps it has just gone offline: that, too, ends what ran there. */
	online_read(online);
	return online[cpu] ? -EBUSY : 0;
}

static void *grace_thread(void *arg)
{
	struct grace_job *job = arg;

	for (uint32_t cpu = job->first; !job->result && cpu < job->end; cpu++)
		job->result = cpu_visit(cpu, job->online);
	__atomic_store_n(&job->done, 1, __ATOMIC_RELEASE);
	utfs_futex_wake(&job->done);
	job_put(job);
	return NULL;
}

static int thread_start(struct grace_job *job)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int err = pthread_attr_init(&attr);

	if (err)
		return -err;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/* The program's signals are not for our helper. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, &attr, grace_thread, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return -err;
}

static int64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Return: the job's result, or -EBUSY after the timeout. */
static int job_wait(struct grace_job *job, int timeout_ms)
{
	int64_t end_ms = now_ms() + timeout_ms, left_ms = timeout_ms;

	while (!__atomic_load_n(&job->done, __ATOMIC_ACQUIRE)) {
		struct timespec timeout = {left_ms / 1000, left_ms % 1000 * 1000000L};

		if (left_ms <= 0)
			return -EBUSY;
		(void)syscall(SYS_futex, &job->done, FUTEX_WAIT, 0, &timeout, NULL, 0);
		left_ms = end_ms - now_ms();
	}
	return job->result;
}

static int grace_rseq(uint32_t first, uint32_t end, int timeout_ms)
{
	struct grace_job *job = calloc(1, sizeof(*job));
	int ret;

	if (!job)
		return -ENOMEM;
	job->users = 2;
	job->first = first;
	job->end = end;
	online_read(job->online);
	ret = thread_start(job);
	if (ret)
		job->users = 1; /* ourselves: no thread has it */
	else
		ret = job_wait(job, timeout_ms);
	job_put(job);
	return ret;
}

static int grace_locked(const struct utfs_arena *arena, unsigned int recorder, uint32_t first,
			uint32_t end, int timeout_ms)
{
	uint64_t owner = utfs_cpu_lock_owner(arena, (pid_t)syscall(SYS_gettid));
	int64_t end_ms = now_ms() + timeout_ms;

	for (uint32_t cpu = first; cpu < end; cpu++) {
		struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, recorder, cpu);
		int64_t left_ms = end_ms - now_ms();

		if (utfs_cpu_lock(arena, cb, owner, left_ms > 0 ? (uint64_t)left_ms * 1000 : 0))
			return -EBUSY;
		utfs_cpu_unlock(cb);
	}
	return 0;
}

int utfs_grace_cpus(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all,
		    int timeout_ms)
{
	uint32_t first = utfs_cpus_first(cpu_or_all), end = utfs_cpus_end(arena, cpu_or_all);

	if (arena->mode == UTFS_MODE_LOCKED)
		return grace_locked(arena, recorder, first, end, timeout_ms);
	return grace_rseq(first, end, timeout_ms);
}

int utfs_cpus_visit(const struct utfs_arena *arena, int timeout_ms)
{
	return grace_rseq(0, arena->nr_cpus, timeout_ms);
}

int utfs_ring_grace(const struct utfs_arena *arena, unsigned int recorder, int timeout_ms)
{
	return utfs_grace_cpus(arena, recorder, UTFS_PIN_ALL_CPUS, timeout_ms);
}
