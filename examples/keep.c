/* SPDX-License-Identifier: MIT */
/*
 * A small server that keeps keys and values in memory, with a thread for each client, and saves them to a file now and then; and a
 * program that makes it work. The server of docs/tutorial.md, where a mistake in it is found.
 *
 *	keep serve FOLDER [apart]		listens at FOLDER/socket, saves to FOLDER/data; apart: with the mistake corrected
 *	keep load FOLDER [REQUESTS]		four clients send so many requests each; prints how long they took
 *
 * A request is a line, "get KEY" or "set KEY VALUE"; so is the answer.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

#define NR_ENTRIES  131072
#define NR_CLIENTS  4
#define SAVE_EVERY  300 /* changes */
#define NR_REQUESTS 2000

enum operation { GET, SET };

UTFS_EVENT(keep, request_begin,
	   UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(int, operation), UTFS_STRING(key)),
	   UTFS_PRINT("id=%llu %s %s", REC->id,
		      __print_symbolic(REC->operation, {GET, "get"}, {SET, "set"}), __get_str(key)),
	   UTFS_SYMBOLS(GET, SET));
UTFS_EVENT(keep, request_end, UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(int, found)));
UTFS_EVENT(keep, save_begin, UTFS_FIELDS(UTFS_FIELD(unsigned int, entries)));
UTFS_EVENT(keep, save_end, UTFS_FIELDS(UTFS_FIELD(long, bytes)));

struct entry {
	char key[24];
	char value[40];
};

static struct {
	pthread_mutex_t lock;
	struct entry entries[NR_ENTRIES];
	unsigned int nr_used, nr_changes;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static char data_path[200], socket_path[100];
static bool save_apart;
static sem_t save_wanted;
static atomic_ullong next_id;

static struct entry *table_find(const char *key)
{
	uint32_t hash = 2166136261u;

	for (const char *c = key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	while (table.entries[hash % NR_ENTRIES].key[0] &&
	       strcmp(table.entries[hash % NR_ENTRIES].key, key) != 0)
		hash++;
	return &table.entries[hash % NR_ENTRIES];
}

static void save(const struct entry *entries)
{
	char path[sizeof(data_path) + 4];
	FILE *file;

	snprintf(path, sizeof(path), "%s.new", data_path);
	file = fopen(path, "w");
	if (!file)
		return;
	trace_keep_save_begin(table.nr_used);
	for (size_t i = 0; i < NR_ENTRIES; i++)
		if (entries[i].key[0])
			fprintf(file, "%s %s\n", entries[i].key, entries[i].value);
	fflush(file);
	fsync(fileno(file));
	trace_keep_save_end(ftell(file));
	fclose(file);
	rename(path, data_path);
}

static bool table_get(const char *key, char *value)
{
	const struct entry *entry;

	pthread_mutex_lock(&table.lock);
	entry = table_find(key);
	strcpy(value, entry->value);
	pthread_mutex_unlock(&table.lock);
	return value[0] != '\0';
}

/* Called with the lock held, or before there are clients. */
static bool table_put(const char *key, const char *value)
{
	struct entry *entry = table_find(key);

	if (!entry->key[0] && table.nr_used < NR_ENTRIES / 2) {
		snprintf(entry->key, sizeof(entry->key), "%s", key);
		table.nr_used++;
	}
	if (entry->key[0])
		snprintf(entry->value, sizeof(entry->value), "%s", value);
	return entry->key[0] != '\0';
}

static bool table_set(const char *key, const char *value)
{
	bool found;

	pthread_mutex_lock(&table.lock);
	found = table_put(key, value);
	if (++table.nr_changes % SAVE_EVERY == 0) {
		if (save_apart)
			sem_post(&save_wanted);
		else
			save(table.entries);
	}
	pthread_mutex_unlock(&table.lock);
	return found;
}

/* The mistake corrected: others wait for a copy in memory, and not for the file. */
static void *save_thread(void *unused)
{
	static struct entry copy[NR_ENTRIES];

	(void)unused;
	for (;;) {
		if (sem_wait(&save_wanted))
			continue;
		pthread_mutex_lock(&table.lock);
		memcpy(copy, table.entries, sizeof(copy));
		pthread_mutex_unlock(&table.lock);
		save(copy);
	}
	return NULL;
}

static void answer(FILE *client, char *line)
{
	char value[sizeof(table.entries[0].value)] = "";
	char *rest = NULL, *operation = strtok_r(line, " \n", &rest),
	     *key = strtok_r(NULL, " \n", &rest);
	bool set = operation && !strcmp(operation, "set"), found = false;
	uint64_t id = atomic_fetch_add(&next_id, 1) + 1;

	if (key && strlen(key) < sizeof(table.entries[0].key)) {
		trace_keep_request_begin(id, set ? SET : GET, key);
		found = set ? table_set(key, rest) : table_get(key, value);
		trace_keep_request_end(id, found);
	}
	fprintf(client, "%s\n", set && found ? "ok" : found ? value : "-");
	fflush(client);
}

static void *serve_client(void *descriptor)
{
	FILE *client = fdopen((int)(intptr_t)descriptor, "r+");
	char line[128];

	while (client && fgets(line, sizeof(line), client))
		answer(client, line);
	if (client)
		fclose(client);
	return NULL;
}

static struct sockaddr_un socket_name(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	memcpy(name.sun_path, socket_path, strlen(socket_path) + 1);
	return name;
}

static int serve(bool apart)
{
	struct sockaddr_un name = socket_name();
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client;
	pthread_t thread;
	char key[24];

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < NR_ENTRIES / 2; i++) {
		snprintf(key, sizeof(key), "key-%d", i);
		table_put(key, "a value as it was in the beginning");
	}
	save_apart = apart && !sem_init(&save_wanted, 0, 0) &&
		     !pthread_create(&thread, NULL, save_thread, NULL);
	unlink(name.sun_path);
	if (listener < 0 || bind(listener, (struct sockaddr *)&name, sizeof(name)) ||
	    listen(listener, 16)) {
		perror(name.sun_path);
		return 1;
	}
	while ((client = accept(listener, NULL, NULL)) >= 0)
		if (!pthread_create(&thread, NULL, serve_client, (void *)(intptr_t)client))
			pthread_detach(thread);
	return 1;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct load {
	pthread_t thread;
	unsigned int number, nr_requests, nr_answered;
	double *took_us;
};

/* One in four changes something. */
static void *load_client(void *argument)
{
	struct load *load = argument;
	struct sockaddr_un name = socket_name();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *server = NULL;
	char line[128];

	for (int tries = 0; fd >= 0 && !server && tries < 100; tries++) {
		if (!connect(fd, (struct sockaddr *)&name, sizeof(name)))
			server = fdopen(fd, "r+");
		else
			usleep(50000); /* it may not be there yet */
	}
	for (unsigned int i = 0; server && i < load->nr_requests; i++) {
		unsigned int key = (i * 7919 + load->number * 104729) % (NR_ENTRIES / 2);
		double begin_us = now_us();

		fprintf(server, i % 4 ? "get key-%u\n" : "set key-%u value-%u\n", key, i);
		fflush(server);
		if (!fgets(line, sizeof(line), server))
			break;
		load->took_us[load->nr_answered++] = now_us() - begin_us;
	}
	if (!server)
		return NULL;
	fclose(server);
	return load->nr_answered == load->nr_requests ? load : NULL;
}

static int load(unsigned int nr_requests)
{
	size_t n = (size_t)nr_requests * NR_CLIENTS;
	double *took_us = calloc(n, sizeof(*took_us));
	struct load loads[NR_CLIENTS];
	unsigned int nr_started = 0;
	void *served;
	int ret = 0;

	while (took_us && nr_started < NR_CLIENTS) {
		struct load *one = &loads[nr_started];

		*one = (struct load){.number = nr_started,
				     .nr_requests = nr_requests,
				     .took_us = took_us + (size_t)nr_started * nr_requests};
		if (pthread_create(&one->thread, NULL, load_client, one))
			break;
		nr_started++;
	}
	for (unsigned int i = 0; i < nr_started; i++)
		if (pthread_join(loads[i].thread, &served) || !served)
			ret = 1;
	if (nr_started < NR_CLIENTS)
		ret = 1;
	if (!ret) {
		qsort(took_us, n, sizeof(*took_us), by_size);
		printf("%zu requests: half of them within %.0f us, 99 of 100 within %.0f us, the "
		       "slowest took %.0f us\n",
		       n, took_us[n / 2], took_us[n * 99 / 100], took_us[n - 1]);
	}
	free(took_us);
	return ret;
}

int main(int argc, char **argv)
{
	long nr_requests = argc > 3 ? atol(argv[3]) : NR_REQUESTS;

	if (argc < 3)
		return 2;
	snprintf(socket_path, sizeof(socket_path), "%s/socket", argv[2]);
	snprintf(data_path, sizeof(data_path), "%s/data", argv[2]);
	if (!strcmp(argv[1], "serve"))
		return serve(argc > 3 && !strcmp(argv[3], "apart"));
	return nr_requests > 0 && nr_requests <= 1000000 ? load((unsigned int)nr_requests) : 2;
}
