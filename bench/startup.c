/* SPDX-License-Identifier: MIT */
/* A program that does nothing: built once with UTFS_DISABLE and without the library, once with both events and library. */
#include "events.h"

int main(int argc, char **argv)
{
	trace_bench_never(argc, 0);
	return 0;
}
