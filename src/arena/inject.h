/* SPDX-License-Identifier: MIT */
/*
 * Injection points: each store of a multi-step change passes one. Empty in the product; in the testing build a test
 * counts them and kills the process at the one it chose.
 */
#ifndef UTFS_ARENA_INJECT_H
#define UTFS_ARENA_INJECT_H

#ifdef UTFS_TESTING
/* Set by a test: called at every point with the place's file and line. */
extern void (*utfs_inject_hook)(const char *file, int line);
#define UTFS_INJECT()                                                                              \
	do {                                                                                       \
		if (utfs_inject_hook)                                                              \
			utfs_inject_hook(__FILE__, __LINE__);                                      \
	} while (0)
#else
#define UTFS_INJECT()                                                                              \
	do {                                                                                       \
	} while (0)
#endif

#endif
