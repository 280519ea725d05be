/* SPDX-License-Identifier: MIT */
/*
 * Objects that are read without a lock, and the words that refer to them. An object is never changed: another one takes its
 * place, and the word's generation tells the two apart even where they lie in the same place.
 */
#include <string.h>

#include "arena/internal.h"

const void *utfs_object_get(const struct utfs_arena *arena, uint64_t reference, uint32_t magic,
			    uint32_t *bytes)
{
	return utfs_object_follow(arena, reference, magic, bytes);
}

/* Transactions are counted, and what one frees it does not hand out again: the two together never repeat. */
static uint64_t reference_make(const struct utfs_arena *arena, uint64_t offset)
{
	return offset | (arena->header->transactions + 1) << UTFS_REFERENCE_BITS;
}

static int object_free(struct utfs_arena *arena, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t offset = reference & UTFS_REFERENCE_MASK;
	const struct utfs_object *object =
		reference ? utfs_arena_heap_at(arena, offset, sizeof(*object)) : NULL;
	uint32_t bytes;

	/* A damaged one is lost to the arena, rather than something else being freed in its place. */
	if (!object || !utfs_object_get(arena, reference, object->magic, &bytes))
		return 0;
	return utfs_free_blob(arena, offset, bytes);
}

int utfs_object_draft(struct utfs_arena *arena, uint32_t magic, uint64_t bytes, uint64_t *reference,
		      void **object)
{
	struct utfs_object *head;
	uint64_t offset;
	int ret = utfs_alloc_blob(arena, bytes, &offset);

	if (ret)
		return ret;
	head = utfs_arena_heap_at(arena, offset, bytes);
	head->magic = magic;
	head->bytes = (uint32_t)bytes;
	*object = head;
	*reference = reference_make(arena, offset);
	return 0;
}

int utfs_object_refer(struct utfs_arena *arena, uint64_t *word, uint64_t reference)
{
	const uint64_t before = *word;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (reference == before)
		return 0;
	ret = utfs_tx_reserve(arena, 1);
	if (ret)
		return ret;
	UTFS_INJECT();
	/* The word before the old object's memory: who still reads that finds the word changed. */
	utfs_tx_set(arena, word, reference);
	return object_free(arena, before);
}

int utfs_object_make(struct utfs_arena *arena, uint64_t *word, uint32_t magic, uint64_t bytes,
		     void **object)
{
	uint64_t reference;
	int ret = utfs_object_draft(arena, magic, bytes, &reference, object);

	return ret ? ret : utfs_object_refer(arena, word, reference);
}

int utfs_object_replace(struct utfs_arena *arena, uint64_t *word, const struct utfs_object *object)
{
	uint64_t reference = 0;
	void *copy;
	int ret = 0;

	if (object) {
		if (object->bytes < sizeof(*object))
			return -EINVAL;
		ret = utfs_object_draft(arena, object->magic, object->bytes, &reference, &copy);
		if (ret)
			return ret;
		memcpy(copy, object, object->bytes);
	}
	return utfs_object_refer(arena, word, reference);
}
