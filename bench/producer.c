/* SPDX-License-Identifier: MIT */
/*
 * A program that writes events at a steady rate, for those who record. Arguments: a name, how many events, how many in a second. Prints
 * its own CPU time per event in nanoseconds. Named "untraced" it wants the event to be disabled. Compiled for each library; with
 * BENCH_MARKER for the kernel's trace_marker, the file that the environment names so.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#ifdef BENCH_MARKER
static int marker_fd;
#define BENCH_TWO_INTS(first, second)                                                              \
	do {                                                                                       \
		if (write(marker_fd, "first=12345 second=7", 20) < 0)                              \
			exit(1);                                                                   \
	} while (0)

static int is_enabled(void)
{
	const char *path = getenv("BENCH_MARKER");

	marker_fd = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	return marker_fd >= 0;
}
#else
#include "events.h"

static int is_enabled(void)
{
	return BENCH_TWO_INTS_ENABLED();
}
#endif

#define BURST 2000

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void sleep_until(uint64_t due_ns)
{
	struct timespec due = {.tv_sec = (time_t)(due_ns / 1000000000u),
			       .tv_nsec = (long)(due_ns % 1000000000u)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	double events = argc == 4 ? strtod(argv[2], NULL) : 0;
	double rate = argc == 4 ? strtod(argv[3], NULL) : 0;
	uint64_t start_ns = bench_now_ns();
	double start_cpu_ns = cpu_ns();
	uint64_t done = 0;
	int enabled;

	if (events < 1 || rate < 1)
		return 2;
	enabled = is_enabled();
	if (!enabled != !strcmp(argv[1], "untraced")) {
		fprintf(stderr, "producer: the event is %s\n", enabled ? "enabled" : "not enabled");
		return 1;
	}
	bench_pin();
	while ((double)done < events) {
		for (int i = 0; i < BURST; i++)
			BENCH_TWO_INTS((int)done + i, 7);
		done += BURST;
		sleep_until(start_ns + (uint64_t)((double)done / rate * 1e9));
	}
	bench_print(argv[1], (cpu_ns() - start_cpu_ns) / (double)done);
	return 0;
}
