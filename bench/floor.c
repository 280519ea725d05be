/* SPDX-License-Identifier: MIT */
/* The floor: a bare timestamp read, each one waiting for the last, as consecutive events do. */
#include "bench.h"

static volatile uint64_t sink;

static void batch(uint64_t n)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < n; i++)
		sum += bench_timestamp() ^ sum;
	sink = sum;
}

int main(void)
{
	bench_pin();
	bench_print("floor.timestamp", bench_measure(batch, 2000));
	return 0;
}
