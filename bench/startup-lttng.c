/* SPDX-License-Identifier: MIT */
/* A program that does nothing, with LTTng-UST's library and tracepoints. */
#include "lttng-events.h"

int main(int argc, char **argv)
{
	lttng_ust_tracepoint(bench_utracefs, never, argc, 0);
	return 0;
}
