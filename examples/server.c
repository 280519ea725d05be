/* SPDX-License-Identifier: MIT */
/*
 * A server that pretends to work: a few requests in each second, some of them slow, some failing. Shows events with
 * symbolic values and flags, a check before costly arguments, a message. Ends with Ctrl-C.
 *
 *	examples/server [REQUESTS-PER-SECOND [REQUESTS]]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <utracefs/utracefs.h>

enum method { GET, PUT, DELETE };
#define FLAG_CACHED 1
#define FLAG_SLOW   2

UTFS_EVENT(server, request_begin,
	   UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(enum method, method),
		       UTFS_STRING(path)),
	   UTFS_PRINT("id=%llu %s %s", REC->id,
		      __print_symbolic(REC->method, {GET, "GET"}, {PUT, "PUT"}, {DELETE, "DELETE"}),
		      __get_str(path)),
	   UTFS_SYMBOLS(GET, PUT, DELETE));

UTFS_EVENT(server, request_end,
	   UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(int, status),
		       UTFS_FIELD(uint32_t, flags), UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("id=%llu status=%d flags=%s duration=%llu ns", REC->id, REC->status,
		      __print_flags(REC->flags, "|", {FLAG_CACHED, "CACHED"}, {FLAG_SLOW, "SLOW"}),
		      REC->duration_ns));

UTFS_EVENT(server, queue, UTFS_FIELDS(UTFS_DYNAMIC_ARRAY(uint16_t, waiting)));

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void pause_ns(uint64_t ns)
{
	struct timespec time = {.tv_sec = (time_t)(ns / 1000000000),
				.tv_nsec = (long)(ns % 1000000000)};

	nanosleep(&time, NULL);
}

static void serve(uint64_t id)
{
	static const char *const paths[] = {"/", "/index.html", "/style.css", "/favicon.ico"};
	uint32_t flags = (id % 3 ? FLAG_CACHED : 0) | (id % 7 ? 0 : FLAG_SLOW);
	uint64_t duration_ns = flags & FLAG_SLOW ? 5000000 : 100000;

	trace_server_request_begin(id, (enum method)(id % 3), paths[id % 4]);
	pause_ns(duration_ns);
	trace_server_request_end(id, id % 11 ? 200 : 404, flags, duration_ns);
	/* Only when somebody looks is it worth to collect this. */
	if (trace_server_queue_enabled()) {
		uint16_t waiting[8];
		size_t n = id % 8;

		for (size_t i = 0; i < n; i++)
			waiting[i] = (uint16_t)(id + i);
		trace_server_queue(waiting, n);
	}
}

int main(int argc, char **argv)
{
	unsigned long per_second = argc > 1 ? strtoul(argv[1], NULL, 10) : 10;
	uint64_t requests = argc > 2 ? strtoull(argv[2], NULL, 10) : UINT64_MAX;
	struct utfs_status status;

	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	utfs_status_get(&status);
	printf("tracing: %s\n", status.text);
	fflush(stdout);
	for (uint64_t id = 1; id <= requests && !stop; id++) {
		serve(id);
		pause_ns(1000000000 / (per_second ? per_second : 1));
	}
	utfs_printf("server: good bye");
	return 0;
}
