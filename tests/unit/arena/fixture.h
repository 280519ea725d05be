/* SPDX-License-Identifier: MIT */
/* What the tests of the arena share: an arena of its own for each test, and children that open it and die. */
#ifndef UTFS_TESTS_ARENA_FIXTURE_H
#define UTFS_TESTS_ARENA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "arena/internal.h"

/* The tests hold the lock across assertions, which the checker cannot follow. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct fixture {
	char dir[64];  /* empty at first, removed with all that is in it */
	char path[80]; /* of the arena's file */
	struct utfs_arena
		arena; /* open as a front end; header is NULL where the test opens itself */
};

/* For cmocka_unit_test_setup_teardown(): *state is a struct fixture. */
int fixture_setup(void **state);       /* with an open arena */
int fixture_setup_empty(void **state); /* only the directory */
int fixture_teardown(void **state);

#define test_with_arena(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
#define test_with_dir(f)   cmocka_unit_test_setup_teardown(f, fixture_setup_empty, fixture_teardown)

/* Opens (and makes) the arena of a directory. Return: as utfs_arena_open(). */
int fixture_open(struct utfs_arena *arena, const char *dir, enum utfs_proc_kind kind, char *why);
/* The same, where it must succeed. */
void fixture_open_ok(struct utfs_arena *arena, const char *dir, enum utfs_proc_kind kind);

#define begin(arena)  assert_int_equal(utfs_tx_begin(arena), 0)
#define commit(arena) assert_int_equal(utfs_tx_end(arena, 0), 0)

/* Registers an event; the error is the test's. */
int event_register(struct utfs_arena *arena, const char *system, const char *name,
		   const char *fields, uint32_t *id);
/* The same in a transaction of its own, where it must succeed. Return: id. */
uint32_t event_add(struct utfs_arena *arena, const char *system, const char *name);
/* Return: slot of a new instance, in a transaction of its own. */
uint32_t instance_add(struct utfs_arena *arena, const char *name);

/* In a child there is no cmocka: it says what is wrong and ends. */
#define CHILD_CHECK(condition)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)
/* What a child exits with where the machine does not let it do its test. */
#define CHILD_SKIP 77

/* Runs function(argument) in a child, which then exits with 0. */
pid_t child_start(void (*function)(void *argument), void *argument);
/* Waits for it. Return: exit status, or 128 + signal. */
int child_wait(pid_t pid);
/* Starts and waits; fails the test unless it exits with 0, skips it for CHILD_SKIP. */
void child_run(void (*function)(void *argument), void *argument);

/* A child that attaches to the arena, does something there, then stays until it is killed. */
struct attached {
	pid_t pid;
	uint32_t proc; /* its slot */
};
void attached_start(struct attached *child, const char *dir, enum utfs_proc_kind kind,
		    void (*function)(struct utfs_arena *arena));
/* Ends it with SIGKILL and waits for it. */
void attached_kill(struct attached *child);

/* A child in a mount namespace of its own with a tmpfs of so many KiB; function gets its path. Runs and waits as child_run(). */
void run_in_tmpfs(unsigned int kb, void (*function)(void *path));
/* In a child: a mount namespace of its own, private. Exits with CHILD_SKIP where that is not permitted. */
void child_unshare(int flags);

/* Bytes that the file occupies in its file system. */
uint64_t file_bytes(const char *path);
/* A number over all contents of a file, and its size. */
uint64_t file_digest(const char *path);

#endif
