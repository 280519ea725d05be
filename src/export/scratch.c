/* SPDX-License-Identifier: MIT */
#include "export/scratch.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

struct utfs_scratch_block {
	struct utfs_scratch_block *next;
	size_t bytes;
	alignas(max_align_t) char data[];
};

static struct utfs_scratch_block *add_block(struct utfs_scratch *scratch, size_t bytes)
{
	struct utfs_scratch_block *block;

	if (bytes < BLOCK_BYTES)
		bytes = BLOCK_BYTES;
	block = malloc(sizeof(*block) + bytes);
	if (!block) {
		scratch->error = -ENOMEM;
		return NULL;
	}
	block->bytes = bytes;
	/* Behind the current one; what follows that is too small, and is kept for later. */
	if (scratch->current) {
		block->next = scratch->current->next;
		scratch->current->next = block;
	} else {
		block->next = NULL;
		scratch->first = block;
	}
	return block;
}

void *utfs_scratch_take(struct utfs_scratch *scratch, size_t bytes)
{
	struct utfs_scratch_block *block = scratch->current;
	void *taken;

	if (scratch->error)
		return NULL;
	bytes = (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (!block || bytes > block->bytes - scratch->used) {
		block = block ? block->next : scratch->first;
		if (!block || bytes > block->bytes)
			block = add_block(scratch, bytes);
		if (!block)
			return NULL;
		scratch->current = block;
		scratch->used = 0;
	}
	taken = block->data + scratch->used;
	scratch->used += bytes;
	return memset(taken, 0, bytes);
}

char *utfs_scratch_utf8(struct utfs_scratch *scratch, const char *text, size_t bytes)
{
	char *string = utfs_scratch_take(scratch, 3 * bytes + 1), *to = string;

	while (string && bytes) {
		unsigned int n = utfs_utf8_bytes(text, bytes);

		to = n ? mempcpy(to, text, n) : mempcpy(to, "\xef\xbf\xbd", 3);
		n += !n;
		text += n;
		bytes -= n;
	}
	return string;
}

void utfs_scratch_reset(struct utfs_scratch *scratch)
{
	scratch->current = scratch->first;
	scratch->used = 0;
}

void utfs_scratch_fini(struct utfs_scratch *scratch)
{
	while (scratch->first) {
		struct utfs_scratch_block *block = scratch->first;

		scratch->first = block->next;
		free(block);
	}
	*scratch = (struct utfs_scratch){0};
}
