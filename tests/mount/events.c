/* SPDX-License-Identifier: MIT */
/*
 * An application: events COUNT registers that many events, many:event0 and so on, each with a field n, and says "ready". For each line of the
 * standard input it writes that many of many:event0, and says so.
 */
#include <stdio.h>
#include <stdlib.h>

#include "utracefs/runtime.h"

static int emit(const struct utfs_runtime_event *event, unsigned long count)
{
	for (uint32_t n = 0; n < count; n++) {
		if (utfs_runtime_event_write(event, &n, sizeof(n)))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	struct utfs_runtime_event *events = calloc(count, sizeof(*events));
	char text[64];

	for (unsigned long i = 0; events && i < count; i++) {
		snprintf(text, sizeof(text), "many/event%lu u32 n", i);
		if (utfs_runtime_event_register(&events[i], text))
			return 1;
	}
	puts("ready");
	fflush(stdout);
	while (events && fgets(text, sizeof(text), stdin)) {
		if (emit(&events[0], strtoul(text, NULL, 10)))
			return 1;
		puts("written");
		fflush(stdout);
	}
	free(events);
	return 0;
}
