/* SPDX-License-Identifier: MIT */
/*
 * A server that takes orders, for pictures of it: workers that take requests, ask a database that one of them may use at a time, and answer. Every
 * hundredth request takes the slow way. A second process, its warehouse, packs what was ordered.
 *
 *	shop REQUESTS [WORKERS [PAUSE_US]]
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

UTFS_EVENT(shop, request_begin, UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_STRING(path)));
UTFS_EVENT(shop, request_end, UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(int, status)));
UTFS_EVENT(shop, db_query_begin, UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_STRING(table)));
UTFS_EVENT(shop, db_query_end, UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(uint32_t, rows)));
UTFS_EVENT(shop, cache_hit, UTFS_FIELDS(UTFS_FIELD(uint64_t, id)));
UTFS_EVENT(shop, parcel, UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(double, kg)));

static pthread_mutex_t database = PTHREAD_MUTEX_INITIALIZER;
static uint64_t nr_requests;
static unsigned int nr_workers = 4, pause_us;

static void pause_for(uint64_t us)
{
	const struct timespec time = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};

	if (us)
		nanosleep(&time, NULL);
}

static void query(uint64_t id)
{
	trace_shop_db_query_begin(id, id % 3 ? "articles" : "orders");
	pthread_mutex_lock(&database);
	pause_for(id % 100 == 42 ? 12 * pause_us : pause_us / 4);
	pthread_mutex_unlock(&database);
	trace_shop_db_query_end(id, (uint32_t)(id % 17));
}

static void *work(void *argument)
{
	static const char *const paths[] = {"/", "/articles", "/basket", "/order"};
	const unsigned int number = (unsigned int)(uintptr_t)argument;
	char name[16];

	snprintf(name, sizeof(name), "worker-%u", number);
	prctl(PR_SET_NAME, name);
	for (uint64_t id = number; id < nr_requests; id += nr_workers) {
		trace_shop_request_begin(id, paths[id % 4]);
		pause_for(pause_us * (1 + id % 3) / 2);
		if (id % 5 == 1)
			trace_shop_cache_hit(id);
		else
			query(id);
		trace_shop_request_end(id, id % 50 == 7 ? 500 : 200);
		pause_for(pause_us);
	}
	return NULL;
}

static void pack(void)
{
	prctl(PR_SET_NAME, "warehouse");
	for (uint64_t id = 0; id < nr_requests; id += 4) {
		trace_shop_parcel(id, 0.25 * (double)(id % 12));
		pause_for(3 * pause_us);
	}
}

int main(int argc, char **argv)
{
	pthread_t *workers;
	pid_t warehouse;

	if (argc < 2)
		return 2;
	nr_requests = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		nr_workers = (unsigned int)strtoul(argv[2], NULL, 10);
	if (argc > 3)
		pause_us = (unsigned int)strtoul(argv[3], NULL, 10);
	workers = calloc(nr_workers ? nr_workers : 1, sizeof(*workers));
	if (!workers || !nr_workers)
		return 2;
	warehouse = fork();
	if (warehouse == 0) {
		pack();
		free(workers);
		return 0;
	}
	for (unsigned int i = 0; i < nr_workers; i++)
		pthread_create(&workers[i], NULL, work, (void *)(uintptr_t)i);
	for (unsigned int i = 0; i < nr_workers; i++)
		pthread_join(workers[i], NULL);
	free(workers);
	waitpid(warehouse, NULL, 0);
	return 0;
}
