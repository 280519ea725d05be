/* SPDX-License-Identifier: MIT */
/*
 * What others take for an event: a function that is entered and left (for uftrace), a USDT probe (which the kernel or a debugger may turn on).
 * Arguments: which one (function, probe, probe-off), and the name under which the nanoseconds are printed.
 */
#include "bench.h"

#include <string.h>

/* Without the header there is nothing to measure: main() says so. */
#ifdef BENCH_SDT
#include <sys/sdt.h>
#define BENCH_PROBE(i)	   DTRACE_PROBE2(bench, probe, i, 7)
#define BENCH_PROBE_OFF(i) DTRACE_PROBE2(bench, probe_off, i, 7)
#else
#define BENCH_PROBE(i)	   (void)(i)
#define BENCH_PROBE_OFF(i) (void)(i)
#endif

#define BATCH	   2000
#define BATCH_TRAP 200
#define BATCH_NONE 64000 /* of what costs next to nothing */

/* The only function that is traced: its two arguments are the event's two integers. */
__attribute__((noinline, patchable_function_entry(5))) void bench_function(int first, int second);

void bench_function(int first, int second)
{
	__asm__ volatile("" : : "r"(first), "r"(second) : "memory");
}

static void function(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		bench_function((int)i, 7);
}

/* One place in the code: what turns a probe on changes its instruction. */
static void probe(uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		BENCH_PROBE((int)i);
}

static void probe_off(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++)
		BENCH_TIMES_16(BENCH_PROBE_OFF((int)i); bench_barrier());
}

static void empty(uint64_t n)
{
	for (uint64_t i = 0; i < n / 16; i++)
		BENCH_TIMES_16(bench_barrier());
}

int main(int argc, char **argv)
{
	double ns;

	if (argc != 3)
		return 2;
	bench_pin();
	if (strcmp(argv[1], "function") == 0) {
		ns = bench_measure(function, BATCH);
	} else {
#ifndef BENCH_SDT
		fputs("peers: compiled without sys/sdt.h\n", stderr);
		return 1;
#endif
		ns = strcmp(argv[1], "probe") == 0
			     ? bench_measure(probe, BATCH_TRAP)
			     : bench_measure_against(probe_off, empty, BATCH_NONE);
	}
	bench_print(argv[2], ns > 0 ? ns : 0);
	return 0;
}
