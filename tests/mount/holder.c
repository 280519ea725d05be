/* SPDX-License-Identifier: MIT */
/*
 * Has a lock of the arena and does not go on: "holder event" event_mutex, in the middle of making instances/half; "holder reader" the reader
 * mutex of the root's first CPU. Says "holding", then waits to be stopped and killed.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ring/ring.h"

static UTFS_UNCHECKED int hold_event(struct utfs_arena *arena)
{
	uint32_t slot;
	int ret = utfs_tx_begin(arena);

	return ret ? ret : utfs_instance_add(arena, "half", 4, &slot);
}

int main(int argc, char **argv)
{
	const struct utfs_arena_options options = {.kind = UTFS_PROC_FRONT_END};
	static struct utfs_arena arena;
	char why[UTFS_WHY_BYTES];
	int ret = utfs_arena_open(&arena, &options, why);

	if (ret) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	ret = argc > 1 && !strcmp(argv[1], "reader") ? utfs_reader_lock(&arena, 0, 0)
						     : hold_event(&arena);
	if (ret) {
		fprintf(stderr, "%s\n", strerror(-ret));
		return 1;
	}
	puts("holding");
	fflush(stdout);
	for (;;)
		pause();
}
