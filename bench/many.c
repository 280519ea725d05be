/* SPDX-License-Identifier: MIT */
/*
 * Registers events that outlive it. Arguments: how many, over how many systems (s0, s1, ...), each with two fields.
 */
#include <stdio.h>
#include <stdlib.h>

#include <utracefs/runtime.h>

int main(int argc, char **argv)
{
	unsigned long events = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long systems = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct utfs_runtime_event *all = calloc(events, sizeof(*all));
	char text[64];
	int ret = 0;

	if (!events || !systems || !all)
		return 2;
	for (unsigned long i = 0; i < events && !ret; i++) {
		snprintf(text, sizeof(text), "s%lu/event%lu int first; int second", i % systems, i);
		ret = utfs_runtime_event_register(&all[i], text);
	}
	if (ret)
		fprintf(stderr, "many: %d\n", ret);
	return ret ? 1 : 0;
}
