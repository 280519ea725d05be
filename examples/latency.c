/* SPDX-License-Identifier: MIT */
/*
 * Two programs that a request goes through. Each of the processes does one side of it.
 *
 *	latency enter FIRST COUNT		requests enter, with the ids FIRST and so on
 *	latency leave FIRST COUNT [MS]		they leave, after MS milliseconds each
 *	latency both FIRST COUNT MS		in one program: each enters, takes MS milliseconds, leaves
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utracefs/utracefs.h>

UTFS_EVENT(request, enter,
	   UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_CHARS(client, 16), UTFS_STRING(path)));
UTFS_EVENT(request, leave, UTFS_FIELDS(UTFS_FIELD(uint64_t, id), UTFS_FIELD(int32_t, status)));

static void pause_ms(long ms)
{
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	if (ms)
		nanosleep(&time, NULL);
}

int main(int argc, char **argv)
{
	bool enters, leaves;
	uint64_t first, count;
	long ms;

	if (argc < 4)
		return 2;
	enters = strcmp(argv[1], "leave") != 0;
	leaves = strcmp(argv[1], "enter") != 0;
	first = strtoull(argv[2], NULL, 10);
	count = strtoull(argv[3], NULL, 10);
	ms = argc > 4 ? strtol(argv[4], NULL, 10) : 0;
	for (uint64_t id = first; id < first + count; id++) {
		if (enters)
			trace_request_enter(id, "tester", "/index.html");
		pause_ms(ms);
		if (leaves)
			trace_request_leave(id, 200);
	}
	return 0;
}
