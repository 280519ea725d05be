/* SPDX-License-Identifier: MIT */
/*
 * How long it takes to register 1,000 events: what loading the shared object takes that has them (its argument), the
 * arena being open already. Prints the first time, when the events are new to the arena; scripts/bench
 * gives each run an arena of its own.
 */
#include "bench.h"

#include <dlfcn.h>

#include "events.h"

int main(int argc, char **argv)
{
	struct utfs_status before, after;
	uint64_t start_ns, took_ns;
	void *object;

	if (argc != 2)
		return 2;
	bench_pin();
	utfs_status_get(&before);
	start_ns = bench_now_ns();
	object = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	took_ns = bench_now_ns() - start_ns;
	utfs_status_get(&after);
	if (!object || after.events - before.events != 1000) {
		fprintf(stderr, "register: %llu events were registered: %s\n",
			(unsigned long long)(after.events - before.events),
			object ? after.text : dlerror());
		return 1;
	}
	printf("register %.4f\n", (double)took_ns / 1e6);
	return 0;
}
