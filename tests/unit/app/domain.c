/* SPDX-License-Identifier: MIT */
/*
 * Gives a test program a tracing domain of its own before its events are registered, and removes it at the end. The
 * priority is one of those that the compiler keeps for itself: anything later would come too late.
 */
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#include "../../place.h"

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wprio-ctor-dtor"
#endif

static char path[PLACE_BYTES];
static pid_t owner;

static void domain_remove(void)
{
	char file[sizeof(path) + 16];

	/* Not in forked children. */
	if (getpid() != owner)
		return;
	snprintf(file, sizeof(file), "%s/arena", path);
	unlink(file);
	rmdir(path);
}

__attribute__((constructor(40))) static void domain_make(void)
{
	if (!place_make(path, "utracefs-test"))
		_exit(99);
	owner = getpid();
	setenv("UTRACEFS_DIR", path, 1);
	unsetenv("UTRACEFS");
	atexit(domain_remove);
}
