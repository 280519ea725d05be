/* SPDX-License-Identifier: MIT */
/*
 * LTTng-UST's side. Started with the name under which the enabled event is to be printed; scripts/bench has the session
 * running, which has bench_utracefs:two_ints enabled and nothing else.
 */
#include "bench.h"

#include "lttng-events.h"

static void enabled(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		lttng_ust_tracepoint(bench_utracefs, two_ints, (int)i, 7);
}

static void disabled(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++) {
		BENCH_TIMES_16(lttng_ust_tracepoint(bench_utracefs, never, (int)i, 7);
			       bench_barrier());
	}
}

static void empty(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++)
		BENCH_TIMES_16(bench_barrier());
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	bench_pin();
	/* As many as fit the session's buffers, so that none is thrown away. */
	printf("%s %.4f\n", argv[1], bench_measure(enabled, 10000));
	printf("lttng-disabled %.4f\n", bench_measure_against(disabled, empty, 1600000));
	if (!lttng_ust_tracepoint_enabled(bench_utracefs, two_ints)) {
		fprintf(stderr, "lttng: the event was not enabled\n");
		return 1;
	}
	return 0;
}
