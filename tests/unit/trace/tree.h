/* SPDX-License-Identifier: MIT */
/* A tree in an arena of its own, and the file operations of a shell on it. */
#ifndef UTFS_TEST_TREE_H
#define UTFS_TEST_TREE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../place.h"
#include "trace/internal.h"

/* An assertion around utfs_tx_begin() is not a shape that the lock checker follows. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety"
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#pragma clang diagnostic ignored "-Wthread-safety-precise"
#endif

struct tree {
	struct utfs_trace *trace;
	struct eventfs *fs;
	char directory[PLACE_BYTES];
};

/* Opens a tree in a new directory; events zoo:cat, zoo:dog (u32 n) and park:tree (no fields) are registered. */
void tree_open(struct tree *tree);
void tree_close(struct tree *tree);
/* The same for cmocka: *state is a struct tree of the test's own. */
int tree_setup(void **state);
int tree_teardown(void **state);

/* Registers an event of a field `u32 n` (or none) and returns its id. */
uint32_t tree_register(struct tree *tree, const char *system, const char *name, bool with_field);

/* All return 0 or bytes, or a negative errno. */
ssize_t tree_write(struct tree *tree, const char *path, const char *text); /* echo -n > */
ssize_t tree_write_bytes(struct tree *tree, const char *path, const void *data, size_t bytes,
			 int flags);
ssize_t tree_append(struct tree *tree, const char *path, const char *text); /* echo -n >> */
ssize_t tree_read(struct tree *tree, const char *path, char *text,
		  size_t bytes); /* cat, NUL-terminated */
int tree_mkdir(struct tree *tree, const char *path);
int tree_rmdir(struct tree *tree, const char *path);
int tree_handle(struct tree *tree, const char *path, int flags, struct eventfs_file **file);

/* The file's whole text is this. */
#define assert_text(tree, path, expected)                                                          \
	do {                                                                                       \
		static char text_[1 << 20];                                                        \
		assert_true(tree_read(tree, path, text_, sizeof(text_)) >= 0);                     \
		assert_string_equal(text_, expected);                                              \
	} while (0)

/* Writes an event, on the CPU given (-1: any), for every instance that has it enabled. Returns how many took it. */
int tree_emit(struct tree *tree, uint32_t id, uint32_t n, int cpu);
/* How often a text occurs in a file. */
size_t tree_count(struct tree *tree, const char *path, const char *needle);

/* A write, its answer, and what the file reads afterwards. */
struct exchange {
	const char *path, *written;
	ssize_t answer;	  /* bytes or -errno */
	const char *read; /* NULL: whatever */
};
void tree_exchange(struct tree *tree, const struct exchange *exchanges, size_t n);
#define CHECK(tree, exchanges)                                                                     \
	tree_exchange(tree, exchanges, sizeof(exchanges) / sizeof(*(exchanges)))

#endif
