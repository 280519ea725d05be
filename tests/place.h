/* SPDX-License-Identifier: MIT */
/* Where a test keeps its arena and its files. */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_BYTES 64

/* Makes a directory of the test's own in $TMPDIR, or in /tmp. Return: false with errno, and path may be anything. */
static inline bool place_make(char path[PLACE_BYTES], const char *name)
{
	const char *top = getenv("TMPDIR");

	if (!top || !*top || strlen(top) + strlen(name) + sizeof("/-XXXXXX") > PLACE_BYTES)
		top = "/tmp";
	snprintf(path, PLACE_BYTES, "%s/%s-XXXXXX", top, name);
	return mkdtemp(path);
}

#endif
