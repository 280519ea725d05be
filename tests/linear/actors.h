/* SPDX-License-Identifier: MIT */
/* Those who do things at the same time, and how each of them does it. */
#ifndef UTFS_TESTS_LINEAR_ACTORS_H
#define UTFS_TESTS_LINEAR_ACTORS_H

#include "history.h"

/* A way to the tree. Each returns 0, or what was read, or -errno. */
struct linear_way {
	const char *name;
	/* Once, in the actor's process. */
	int (*start)(const char *mountpoint);
	int (*mkdir)(unsigned int name);
	int (*rmdir)(unsigned int name);
	int (*open)(unsigned int name, unsigned int event);
	int (*read)(void);
	int (*write)(unsigned int value);
	int (*close)(void);
	int (*remove)(void);
	int (*enlist)(void); /* registers the event */
	int (*discharge)(void);
	bool close_lingers;
	/* The kernel may know the event's directory from before, for milliseconds (docs/reliability.md): it opens `stays` only. */
	bool stays_only;
};

extern const struct linear_way linear_core;  /* a program that embeds the core */
extern const struct linear_way linear_mount; /* system calls on a mount */
extern const struct linear_way
	linear_command; /* a process for each: utracefs mkdir, rmdir, write */
extern const struct linear_way linear_program; /* an application */

#endif
