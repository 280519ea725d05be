/* SPDX-License-Identifier: MIT */
/*
 * Gives a test program a tracing domain of its own before its events are registered, and removes it at the end. The
 * priority is one of those that the compiler keeps for itself: anything later would come too late.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wprio-ctor-dtor"
#endif

static char path[256];
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
	const char *top = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/utracefs-test-XXXXXX",
		 top && strlen(top) < 200 ? top : "/tmp");
	if (!mkdtemp(path))
		_exit(99);
	owner = getpid();
	setenv("UTRACEFS_DIR", path, 1);
	unsetenv("UTRACEFS");
	atexit(domain_remove);
}
