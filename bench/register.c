/* SPDX-License-Identifier: MIT */
/*
 * How long the registration of events takes. Arguments: a name, a shared object that is loaded first and not measured (a tracing
 * library, started by it), and shared objects with events. Prints the milliseconds that loading these takes.
 */
#include "bench.h"

#include <dlfcn.h>

int main(int argc, char **argv)
{
	uint64_t start_ns = 0;

	if (argc < 4)
		return 2;
	bench_pin();
	for (int i = 2; i < argc; i++) {
		if (i == 3)
			start_ns = bench_now_ns();
		if (!dlopen(argv[i], RTLD_NOW | RTLD_LOCAL)) {
			fprintf(stderr, "register: %s\n", dlerror());
			return 1;
		}
	}
	bench_print(argv[1], (double)(bench_now_ns() - start_ns) / 1e6);
	return 0;
}
