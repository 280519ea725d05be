/* SPDX-License-Identifier: MIT */
/*
 * Slices, instants and a counter, as a viewer draws them: a queue of jobs that two threads work off.
 *
 *	tracks [JOBS]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <utracefs/track.h>

UTFS_TRACKS(jobs);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int queue_length; /* under the lock */

static void work_ms(long ms)
{
	const struct timespec time = {0, ms * 1000000};

	nanosleep(&time, NULL);
}

/* Return: the number of a job; -1: there are no more. */
static int take_job(void)
{
	int job = -1;

	pthread_mutex_lock(&lock);
	if (queue_length > 0) {
		job = --queue_length;
		UTFS_COUNTER(jobs, "queue", queue_length);
		if (!job)
			UTFS_INSTANT(jobs, "queue is empty");
	}
	pthread_mutex_unlock(&lock);
	return job;
}

static void *work(void *arg)
{
	int job;

	(void)arg;
	while ((job = take_job()) >= 0) {
		UTFS_SLICE_BEGIN(jobs, "job");
		work_ms(1);
		UTFS_SLICE_BEGIN(jobs, job % 2 ? "compress" : "store");
		work_ms(job % 4);
		UTFS_SLICE_END(jobs);
		UTFS_SLICE_END(jobs);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];

	queue_length = argc > 1 ? atoi(argv[1]) : 20;
	UTFS_COUNTER(jobs, "queue", queue_length);
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL)) {
			perror("pthread_create");
			return 1;
		}
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
