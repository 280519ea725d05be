/* SPDX-License-Identifier: MIT */
/*
 * utracefs' side: the same loops as lttng.c. Without an argument it only registers its events, so that they can be
 * enabled; with one, that is the name under which the enabled event is printed.
 */
#include "bench.h"

#include "events.h"

static void enabled(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		trace_bench_two_ints((int)i, 7);
}

static void disabled(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++)
		BENCH_TIMES_16(trace_bench_never((int)i, 7); bench_barrier());
}

static void empty(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++)
		BENCH_TIMES_16(bench_barrier());
}

int main(int argc, char **argv)
{
	struct utfs_status status;

	utfs_status_get(&status);
	if (status.state != UTFS_STATE_ACTIVE || trace_bench_two_ints_status()) {
		fprintf(stderr, "utracefs: %s\n", status.text);
		return 1;
	}
	if (argc != 2)
		return 0;
	if (!trace_bench_two_ints_enabled()) {
		fprintf(stderr, "utracefs: the event is not enabled\n");
		return 1;
	}
	bench_pin();
	printf("%s %.4f\n", argv[1], bench_measure(enabled, 100000));
	printf("utracefs-disabled %.4f\n", bench_measure_against(disabled, empty, 1600000));
	return 0;
}
