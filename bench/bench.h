/* SPDX-License-Identifier: MIT */
/*
 * What the benchmark programs share: a pinned CPU, batches of one operation, the median of the batches. Each program
 * prints lines of "name value"; scripts/bench runs them in turn, several rounds, and makes the table.
 */
#ifndef BENCH_H
#define BENCH_H

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Many and short, so that the median is of batches that nothing else cut into. */
#define BENCH_BATCHES 301

static inline uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The cheapest time stamp of the machine: what an event cannot do without. */
static inline uint64_t bench_timestamp(void)
{
#if defined(__x86_64__)
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
#else
	uint64_t value;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
	return value;
#endif
}

/* Keeps the compiler from merging or hoisting what stands around it. */
static inline void bench_barrier(void)
{
	__asm__ volatile("" : : : "memory");
}

/* The nth CPU from the last that we may use, around in a circle. Failing costs precision only. */
static inline void bench_pin_nth(unsigned int n)
{
	cpu_set_t set;
	int cpu = CPU_SETSIZE;

	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) == 0)
		return;
	n %= (unsigned int)CPU_COUNT(&set);
	do {
		cpu--;
		if (CPU_ISSET(cpu, &set) && n-- == 0)
			break;
	} while (cpu > 0);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* The last CPU: the first one has the interrupts. */
static inline void bench_pin(void)
{
	bench_pin_nth(0);
}

/* One figure, as scripts/bench takes it. */
static inline void bench_print(const char *name, double value)
{
	printf("%s %.6g\n", name, value);
	fflush(stdout);
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline double bench_median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), bench_compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Nanoseconds that one operation of a batch of n took. */
static inline double bench_batch(void (*batch)(uint64_t n), uint64_t n)
{
	uint64_t start_ns = bench_now_ns();

	batch(n);
	return (double)(bench_now_ns() - start_ns) / (double)n;
}

/* The median of BENCH_BATCHES batches of n operations, after one that warms up. */
static inline double bench_measure(void (*batch)(uint64_t n), uint64_t n)
{
	double ns[BENCH_BATCHES];

	batch(n);
	for (int i = 0; i < BENCH_BATCHES; i++)
		ns[i] = bench_batch(batch, n);
	return bench_median(ns, BENCH_BATCHES);
}

/*
 * What an operation costs that is too cheap to stand alone: batches of it and of the same loop without it, in turn; the
 * median of the differences.
 */
static inline double bench_measure_against(void (*batch)(uint64_t n), void (*empty)(uint64_t n),
					   uint64_t n)
{
	double ns[BENCH_BATCHES];

	batch(n);
	empty(n);
	for (int i = 0; i < BENCH_BATCHES; i++) {
		double with = bench_batch(batch, n);

		ns[i] = with - bench_batch(empty, n);
	}
	return bench_median(ns, BENCH_BATCHES);
}

/* Sixteen times in a row, so that the loop around it does not count. */
#define BENCH_TIMES_4(statement)                                                                   \
	statement;                                                                                 \
	statement;                                                                                 \
	statement;                                                                                 \
	statement
#define BENCH_TIMES_16(statement)                                                                  \
	do {                                                                                       \
		BENCH_TIMES_4(statement);                                                          \
		BENCH_TIMES_4(statement);                                                          \
		BENCH_TIMES_4(statement);                                                          \
		BENCH_TIMES_4(statement);                                                          \
	} while (0)

#endif
