/* SPDX-License-Identifier: MIT */
/* Memory for what is made of one event: taken piece by piece, given back all at once. */
#ifndef UTFS_EXPORT_SCRATCH_H
#define UTFS_EXPORT_SCRATCH_H

#include <stddef.h>

struct utfs_scratch_block;

/* Zeroed: empty. Errors are sticky, as those of a text. */
struct utfs_scratch {
	struct utfs_scratch_block *first, *current;
	size_t used; /* of the current block */
	int error;
};

/* Return: zeroed memory for anything, until utfs_scratch_reset(); NULL: out of memory, now or before. Context: any. */
void *utfs_scratch_take(struct utfs_scratch *scratch, size_t bytes);
/* The text as a string of valid UTF-8: what is none becomes U+FFFD. Return: as utfs_scratch_take(). Context: any. */
char *utfs_scratch_utf8(struct utfs_scratch *scratch, const char *text, size_t bytes);
/* Nothing that was taken is used any more. The memory is kept for what comes next. */
void utfs_scratch_reset(struct utfs_scratch *scratch);
void utfs_scratch_fini(struct utfs_scratch *scratch);

#endif
