/* SPDX-License-Identifier: MIT */
/*
 * How the CPU's counter relates to CLOCK_MONOTONIC. Measured once per boot, when an arena is made or made anew:
 * writers of all processes use the same numbers, so their time stamps compare.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "arena/counter.h"
#include "arena/internal.h"

#define MEASURE_NS UINT64_C(2000000)

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* One reading of both, the counter bracketing the clock as tightly as some tries allow. */
struct sample {
	uint64_t cycles, ns;
};

static struct sample sample_take(clockid_t clock)
{
	struct sample best = {0, 0};
	uint64_t best_width = UINT64_MAX;

	for (int i = 0; i < 32; i++) {
		uint64_t before = utfs_counter_read();
		uint64_t ns = clock_ns(clock);
		uint64_t width = utfs_counter_read() - before;

		if (width < best_width) {
			best_width = width;
			best = (struct sample){before + width / 2, ns};
		}
	}
	return best;
}

#if defined(__x86_64__)
/* Does the kernel itself keep time with the counter? If it says otherwise, the counter is no clock. */
static bool counter_is_clock(void)
{
	static const char *const good[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", NULL};
	unsigned int a, b, c, d = 0;
	char name[64] = "";
	ssize_t n;
	int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		      O_RDONLY | O_CLOEXEC);

	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1U << 8))
		return false;
	if (fd < 0)
		return true;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	if (n <= 0)
		return true;
	name[strcspn(name, "\n")] = '\0';
	for (int i = 0; good[i]; i++)
		if (!strcmp(name, good[i]))
			return true;
	return false;
}
#else
/* arm64's generic timer is constant and synchronised by architecture. */
static bool counter_is_clock(void)
{
	return true;
}
#endif

void utfs_clock_scale_measure(struct utfs_clock_scale *scale)
{
	struct sample first, last;
	uint64_t mult, ns, cycles;

	memset(scale, 0, sizeof(*scale));
	if (!counter_is_clock())
		return;
	/* The raw clock: its rate is the counter's own, not bent by time synchronisation. */
	first = sample_take(CLOCK_MONOTONIC_RAW);
	do {
		last = sample_take(CLOCK_MONOTONIC_RAW);
	} while (last.ns - first.ns < MEASURE_NS);
	ns = last.ns - first.ns;
	cycles = last.cycles - first.cycles;
	/* Who slept for seconds meanwhile has digits to spare. Divided in 64 bits: the other division is a function that every program would carry. */
	for (; ns >> 32; ns >>= 1)
		cycles >>= 1;
	if (last.cycles <= first.cycles || !cycles)
		return;
	mult = (ns << 32) / cycles;
	if (!mult || mult >> 40)
		return;
	last = sample_take(CLOCK_MONOTONIC);
	*scale = (struct utfs_clock_scale){
		.mult = mult, .shift = 32, .base_cycles = last.cycles, .base_ns = last.ns};
}
