/* SPDX-License-Identifier: MIT */
/*
 * What writing one event costs. Arguments: which one (two-ints, text, filtered, never, pair), and the name under which the
 * nanoseconds are printed; of a pair, those of both. Without arguments it only registers its events, so that they can be enabled.
 */
#include "bench.h"

#include <string.h>

#include "events.h"

#define BATCH	   2000
#define BATCH_NONE 64000 /* of what costs next to nothing */

static void two_ints(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		BENCH_TWO_INTS((int)i, 7);
}

static void text(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		BENCH_TEXT("sixteen letters.", (int)i);
}

static void filtered(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		BENCH_FILTERED((int)i, 7);
}

/* A beginning and an end, of one of 64 things. */
static void pair(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		BENCH_TWO_INTS((int)(i % 64), (int)i);
		BENCH_FILTERED((int)(i % 64), (int)i);
	}
}

static void never(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++)
		BENCH_TIMES_16(BENCH_NEVER((int)i, 7); bench_barrier());
}

static void empty(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++)
		BENCH_TIMES_16(bench_barrier());
}

/* Return: nanoseconds; below 0 the event is not what it is to be. */
static double measure(const char *event)
{
	if (strcmp(event, "two-ints") == 0)
		return BENCH_TWO_INTS_ENABLED() ? bench_measure(two_ints, BATCH) : -1;
	if (strcmp(event, "text") == 0)
		return BENCH_TEXT_ENABLED() ? bench_measure(text, BATCH) : -1;
	if (strcmp(event, "filtered") == 0)
		return BENCH_FILTERED_ENABLED() ? bench_measure(filtered, BATCH) : -1;
	if (strcmp(event, "pair") == 0)
		return BENCH_TWO_INTS_ENABLED() && BENCH_FILTERED_ENABLED()
			       ? bench_measure(pair, BATCH / 2)
			       : -1;
	if (strcmp(event, "never") == 0) {
		/* A difference may lie below 0. */
		double ns = bench_measure_against(never, empty, BATCH_NONE);

		return ns > 0 ? ns : 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	double ns;

	if (argc == 1)
		return 0;
	if (argc != 3)
		return 2;
	bench_pin();
	ns = measure(argv[1]);
	if (ns < 0) {
		fprintf(stderr, "write: %s: no such event, or it is not enabled\n", argv[1]);
		return 1;
	}
	bench_print(argv[2], ns);
	return 0;
}
