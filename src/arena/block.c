/* SPDX-License-Identifier: MIT */
/*
 * Blocks (abi.h): pages that threads are in without a lock. One that has been made is a retired one at first, and so is one that
 * nothing leads to any more: whoever dies between two transactions leaves nothing that is not found again.
 */
#include <string.h>

#include "arena/internal.h"

void *utfs_block_get(const struct utfs_arena *arena, uint64_t reference, uint32_t magic)
{
	return utfs_block_follow(arena, reference, magic);
}

/* The same of whatever kind. */
static struct utfs_block *block_any(const struct utfs_arena *arena, uint64_t reference)
{
	struct utfs_block *block = utfs_arena_heap_at(
		arena, (reference & UTFS_BLOCK_PAGE_MASK) * UTFS_PAGE_BYTES, UTFS_PAGE_BYTES);

	return reference && block ? utfs_block_get(arena, reference, block->magic) : NULL;
}

/* No list is longer than the heap has pages: a damaged one that leads back into itself ends. */
static uint64_t list_max(const struct utfs_arena *arena)
{
	return arena->size_bytes / UTFS_PAGE_BYTES;
}

int utfs_block_push(struct utfs_arena *arena, uint64_t *list, uint64_t reference)
{
	struct utfs_block *block = block_any(arena, reference);
	int ret = block ? utfs_tx_reserve(arena, 2) : -EBADMSG;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (ret)
		return ret;
	utfs_tx_set(arena, &block->next, *list);
	utfs_tx_set(arena, list, reference);
	return 0;
}

int utfs_block_take(struct utfs_arena *arena, uint64_t *list, uint64_t reference)
{
	uint64_t left = list_max(arena);
	struct utfs_block *block;
	int ret = utfs_tx_reserve(arena, 1);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	for (; !ret && left; left--) {
		block = block_any(arena, *list);
		if (!block)
			break;
		if (*list == reference) {
			utfs_tx_set(arena, list, block->next);
			return 0;
		}
		list = &block->next;
	}
	return ret ? ret : -ENOENT;
}

int utfs_block_make(struct utfs_arena *arena, uint32_t magic, uint64_t bytes, uint64_t *reference,
		    void **made)
{
	uint64_t nr_pages = (bytes + UTFS_PAGE_BYTES - 1) / UTFS_PAGE_BYTES;
	uint64_t serial = arena->header->block_serial + 1;
	struct utfs_block *block;
	uint64_t first_page;
	int ret = nr_pages > UTFS_BLOCK_PAGE_MASK ? -ENOMEM
						  : utfs_alloc_pages(arena, nr_pages, &first_page);

	if (!ret)
		ret = utfs_tx_reserve(arena, 1);
	if (ret)
		return ret;
	if (first_page > UTFS_BLOCK_PAGE_MASK || serial > UINT64_MAX >> UTFS_BLOCK_PAGE_BITS)
		return -ENOMEM;
	block = utfs_arena_heap_at(arena, first_page * UTFS_PAGE_BYTES, nr_pages * UTFS_PAGE_BYTES);
	memset(block, 0, nr_pages * UTFS_PAGE_BYTES);
	block->magic = magic;
	block->nr_pages = (uint32_t)nr_pages;
	block->serial = serial;
	*reference = first_page | serial << UTFS_BLOCK_PAGE_BITS;
	*made = block;
	utfs_tx_set(arena, &arena->header->block_serial, serial);
	return utfs_block_push(arena, &arena->header->retired, *reference);
}

int utfs_block_free_retired(struct utfs_arena *arena, uint64_t reference)
{
	uint64_t *list = &arena->header->retired;
	uint64_t left = list_max(arena);
	struct utfs_block *block;
	int ret = utfs_tx_reserve(arena, 1);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	/* Those in front came later. */
	while (!ret && *list != reference && left--) {
		block = block_any(arena, *list);
		if (!block)
			return 0;
		list = &block->next;
	}
	if (ret || *list != reference)
		return ret;
	utfs_tx_set(arena, list, 0);
	for (; !ret && reference && left--; reference = block->next) {
		block = block_any(arena, reference);
		/* A damaged one and what is behind it are lost to the arena; nothing else is freed in their place. */
		if (!block)
			break;
		ret = utfs_free_pages(arena, reference & UTFS_BLOCK_PAGE_MASK, block->nr_pages);
	}
	return ret;
}
