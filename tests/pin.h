/* SPDX-License-Identifier: MIT */
/* The calling thread, on one CPU only: whose buffer its events go to is then known. */
#ifndef TESTS_PIN_H
#define TESTS_PIN_H

#include <errno.h>
#include <sched.h>

/* Return: 0 or -errno; -EINVAL where the thread may not use that CPU. */
static inline int pin_cpu(unsigned int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}

/* The n-th, from 0 and round again, of the CPUs that the thread may use. Return: its number, or -errno. */
static inline int pin_nth_cpu(unsigned int n)
{
	cpu_set_t allowed;
	unsigned int cpu = 0;
	int ret;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return -errno;
	n %= (unsigned int)CPU_COUNT(&allowed);
	while (!CPU_ISSET(cpu, &allowed) || n--)
		cpu++;
	ret = pin_cpu(cpu);
	return ret ? ret : (int)cpu;
}

#endif
