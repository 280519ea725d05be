/* SPDX-License-Identifier: MIT */
/*
 * What an event costs where several write at once. Arguments: threads or processes, how many, and the name under which the
 * nanoseconds of CPU time per event are printed. The workers are spread over the CPUs, each stays on its own.
 */
#include "bench.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events.h"

#define WORKERS_MAX 64
#define EVENTS	    1000000

static struct shared {
	pthread_barrier_t start;
	double ns[WORKERS_MAX];
} * shared;

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *work(void *arg)
{
	size_t number = (size_t)(uintptr_t)arg;
	double start_ns;

	bench_pin_nth((unsigned int)number);
	for (int i = 0; i < 1000; i++)
		BENCH_TWO_INTS(i, 7);
	pthread_barrier_wait(&shared->start);
	start_ns = cpu_ns();
	for (int i = 0; i < EVENTS; i++)
		BENCH_TWO_INTS(i, 7);
	shared->ns[number] = (cpu_ns() - start_ns) / EVENTS;
	return NULL;
}

static int run_threads(size_t n)
{
	pthread_t threads[WORKERS_MAX];
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++)
		ret = pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i);
	for (size_t i = 0; i < n && !ret; i++)
		ret = pthread_join(threads[i], NULL);
	return ret;
}

static int run_processes(size_t n)
{
	int status, ret = 0;

	for (size_t i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid == 0) {
			work((void *)(uintptr_t)i);
			_exit(0);
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (wait(&status) < 0 || status)
			ret = 1;
	}
	return ret;
}

static int share(unsigned int n)
{
	pthread_barrierattr_t attr;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || pthread_barrierattr_init(&attr) ||
	    pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED))
		return 1;
	return pthread_barrier_init(&shared->start, &attr, n);
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	double sum_ns = 0;

	if (n < 1 || n > WORKERS_MAX)
		return 2;
	if (!BENCH_TWO_INTS_ENABLED() || share((unsigned int)n) ||
	    (strcmp(argv[1], "threads") == 0 ? run_threads(n) : run_processes(n))) {
		fprintf(stderr, "workers: the event is not enabled, or there is no room\n");
		return 1;
	}
	for (size_t i = 0; i < n; i++)
		sum_ns += shared->ns[i];
	bench_print(argv[3], sum_ns / (double)n);
	return 0;
}
