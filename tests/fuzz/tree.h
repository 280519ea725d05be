/* SPDX-License-Identifier: MIT */
/* An arena for a fuzz target, with two events and an instance, and what a front end does with it. */
#ifndef UTFS_TESTS_FUZZ_TREE_H
#define UTFS_TESTS_FUZZ_TREE_H

#include "trace/internal.h"

/* Opens the tree of a directory of its own, made at the first call and removed at exit; ends the program where that fails. */
struct utfs_trace *fuzz_tree(void);
const char *fuzz_directory(void);
/* What a front end answers is of no interest. */
void fuzz_write(struct utfs_trace *trace, const char *path, const void *data, size_t bytes);
/* Opens a file for writing from its start on, and writes nothing. */
void fuzz_clear(struct utfs_trace *trace, const char *path);
/* Reads a file to its end, or as far as 64 KiB. */
void fuzz_read(struct utfs_trace *trace, const char *path);
/* The same with every file of the tree. */
void fuzz_walk(struct utfs_trace *trace);
/* Writes some events into whatever records. */
void fuzz_emit(struct utfs_trace *trace);

#endif
