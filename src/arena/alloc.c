/* SPDX-License-Identifier: MIT */
/*
 * Memory of the arena: extents of whole pages, and small blobs carved from them.
 *
 * All bookkeeping words go through the undo log. Fresh memory is written without it: a rollback makes it free again,
 * and nobody reads free memory. What a transaction frees is not handed out before its commit, else a rollback would
 * bring back an owner whose content is gone.
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <unistd.h>

#include "arena/internal.h"

#define BLOB_CLASS_MIN	 32
#define NR_BLOB_CLASSES	 12 /* 32 .. 65536 */
#define BLOB_CHUNK_BYTES 32768

static_assert(BLOB_CLASS_MIN << (NR_BLOB_CLASSES - 1) == UTFS_BLOB_MAX, "largest class");
static_assert(sizeof(((struct utfs_header *)0)->free_blobs) >= NR_BLOB_CLASSES * sizeof(uint64_t),
	      "a list per class");

static int file_fallocate(struct utfs_arena *arena, int mode, uint64_t offset, uint64_t bytes)
{
	int fd = arena->fd;
	int ret;

	if (fd < 0)
		fd = utfs_arena_reopen(arena);
	if (fd < 0)
		return fd;
	do {
		ret = fallocate(fd, mode, (off_t)offset, (off_t)bytes) ? -errno : 0;
	} while (ret == -EINTR);
	if (fd != arena->fd)
		close(fd);
	return ret;
}

int utfs_file_allocate(struct utfs_arena *arena, uint64_t offset, uint64_t bytes)
{
	return file_fallocate(arena, 0, offset, bytes);
}

int utfs_region_ensure(struct utfs_arena *arena, enum utfs_region region, uint64_t bytes)
{
	uint64_t present = arena->header->present[region];
	uint64_t room = arena->region_offset[region + 1] - arena->region_offset[region];
	uint64_t want = (bytes + UTFS_PAGE_BYTES - 1) / UTFS_PAGE_BYTES * UTFS_PAGE_BYTES;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (bytes <= present)
		return 0;
	if (want < bytes || want > room || present > room)
		return -ENOSPC;
	ret = utfs_file_allocate(arena, arena->region_offset[region] + present, want - present);
	if (ret)
		return ret;
	/* Not undone: memory that is there may be touched, whoever asked for it. */
	__atomic_store_n(&arena->header->present[region], want, __ATOMIC_RELEASE);
	UTFS_INJECT();
	return 0;
}

static struct utfs_extent *extent_at(const struct utfs_arena *arena, uint64_t n)
{
	return utfs_arena_element(arena, UTFS_REGION_EXTENTS, n, sizeof(struct utfs_extent));
}

static uint64_t nr_extents(const struct utfs_arena *arena)
{
	uint64_t n = arena->header->nr_extents;

	return n < UTFS_MAX_EXTENTS ? n : UTFS_MAX_EXTENTS;
}

/* Best fit keeps large runs whole. Return: 0 and *first_page, or -ENOENT. */
static int extent_take(struct utfs_arena *arena, uint64_t nr_pages, uint64_t *first_page)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_extent *best = NULL;

	if (arena->pages_freed)
		return -ENOENT;
	for (uint64_t i = 0; i < nr_extents(arena); i++) {
		struct utfs_extent *extent = extent_at(arena, i);

		if (extent->nr_pages >= nr_pages && (!best || extent->nr_pages < best->nr_pages))
			best = extent;
	}
	if (!best)
		return -ENOENT;
	*first_page = best->first_page;
	utfs_tx_set(arena, &best->first_page, best->first_page + nr_pages);
	utfs_tx_set(arena, &best->nr_pages, best->nr_pages - nr_pages);
	return 0;
}

static int heap_extend(struct utfs_arena *arena, uint64_t nr_pages, uint64_t *first_page)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t end = arena->header->heap_end;

	if (end > arena->size_bytes || nr_pages > (arena->size_bytes - end) / UTFS_PAGE_BYTES)
		return -ENOMEM;
	*first_page = end / UTFS_PAGE_BYTES;
	utfs_tx_set(arena, &arena->header->heap_end, end + nr_pages * UTFS_PAGE_BYTES);
	return 0;
}

int utfs_alloc_pages(struct utfs_arena *arena, uint64_t nr_pages, uint64_t *first_page)
{
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!nr_pages)
		return -EINVAL;
	ret = utfs_tx_reserve(arena, 2);
	if (ret)
		return ret;
	ret = extent_take(arena, nr_pages, first_page);
	if (ret)
		ret = heap_extend(arena, nr_pages, first_page);
	if (ret)
		return ret;
	arena->pages_taken = true;
	ret = utfs_file_allocate(arena, *first_page * UTFS_PAGE_BYTES, nr_pages * UTFS_PAGE_BYTES);
	UTFS_INJECT();
	return ret;
}

int utfs_free_pages(struct utfs_arena *arena, uint64_t first_page, uint64_t nr_pages)
{
	struct utfs_extent *unused = NULL, *left = NULL, *right = NULL;
	uint64_t n = nr_extents(arena);
	int ret = utfs_tx_reserve(arena, 6);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (ret)
		return ret;
	for (uint64_t i = 0; i < n; i++) {
		struct utfs_extent *extent = extent_at(arena, i);

		if (!extent->nr_pages)
			unused = extent;
		else if (extent->first_page + extent->nr_pages == first_page)
			left = extent;
		else if (first_page + nr_pages == extent->first_page)
			right = extent;
	}
	arena->pages_freed = true;
	if (right) {
		nr_pages += right->nr_pages;
		utfs_tx_set(arena, &right->nr_pages, 0);
		unused = right;
	}
	if (left) {
		utfs_tx_set(arena, &left->nr_pages, left->nr_pages + nr_pages);
		return 0;
	}
	if (!unused) {
		ret = n < UTFS_MAX_EXTENTS
			      ? utfs_region_ensure(arena, UTFS_REGION_EXTENTS,
						   (n + 1) * sizeof(struct utfs_extent))
			      : -ENOSPC;
		if (ret)
			return ret;
		unused = extent_at(arena, n);
		utfs_tx_set(arena, &arena->header->nr_extents, n + 1);
	}
	utfs_tx_set(arena, &unused->first_page, first_page);
	utfs_tx_set(arena, &unused->nr_pages, nr_pages);
	return 0;
}

void utfs_alloc_punch_free(struct utfs_arena *arena)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	uint64_t end = arena->header->heap_end;

	/* A file system that cannot punch keeps the memory until it is handed out again. */
	for (uint64_t i = 0; i < nr_extents(arena); i++) {
		const struct utfs_extent *extent = extent_at(arena, i);

		if (extent->nr_pages)
			(void)file_fallocate(arena, punch, extent->first_page * UTFS_PAGE_BYTES,
					     extent->nr_pages * UTFS_PAGE_BYTES);
	}
	if (end < arena->size_bytes)
		(void)file_fallocate(arena, punch, end, arena->size_bytes - end);
}

static unsigned int blob_class(uint64_t bytes)
{
	unsigned int class = 0;

	while ((uint64_t)BLOB_CLASS_MIN << class < bytes)
		class ++;
	return class;
}

/* Makes a chunk of blobs and puts them in front of the list of their class. */
static int blob_refill(struct utfs_arena *arena, unsigned int class)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t bytes = (uint64_t)BLOB_CLASS_MIN << class;
	uint64_t chunk = bytes > BLOB_CHUNK_BYTES ? bytes : BLOB_CHUNK_BYTES;
	uint64_t first_page, offset;
	int ret = utfs_alloc_pages(arena, chunk / UTFS_PAGE_BYTES, &first_page);

	if (ret)
		return ret;
	offset = first_page * UTFS_PAGE_BYTES;
	for (uint64_t at = 0; at < chunk; at += bytes) {
		uint64_t *next = utfs_arena_heap_at(arena, offset + at, bytes);

		*next = at + bytes < chunk ? offset + at + bytes : arena->header->free_blobs[class];
	}
	utfs_tx_set(arena, &arena->header->free_blobs[class], offset);
	return 0;
}

int utfs_alloc_blob(struct utfs_arena *arena, uint64_t bytes, uint64_t *offset)
{
	unsigned int class;
	uint64_t *head, *blob;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (bytes > UTFS_BLOB_MAX)
		return -E2BIG;
	class = blob_class(bytes);
	head = &arena->header->free_blobs[class];
	ret = utfs_tx_reserve(arena, 4);
	if (!ret && (!*head || arena->blobs_freed))
		ret = blob_refill(arena, class);
	if (ret)
		return ret;
	*offset = *head;
	blob = utfs_arena_heap_at(arena, *offset, (uint64_t)BLOB_CLASS_MIN << class);
	if (!blob)
		return -EBADMSG;
	utfs_tx_set(arena, head, *blob);
	/* The link is logged: a rollback hangs the blob back with its link intact. */
	utfs_tx_set(arena, blob, 0);
	memset(blob, 0, (size_t)BLOB_CLASS_MIN << class);
	return 0;
}

int utfs_free_blob(struct utfs_arena *arena, uint64_t offset, uint64_t bytes)
{
	unsigned int class;
	uint64_t *blob;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (bytes > UTFS_BLOB_MAX)
		return -E2BIG;
	class = blob_class(bytes);
	blob = utfs_arena_heap_at(arena, offset, (uint64_t)BLOB_CLASS_MIN << class);
	if (!blob)
		return -EBADMSG;
	ret = utfs_tx_reserve(arena, 2);
	if (ret)
		return ret;
	arena->blobs_freed = true;
	utfs_tx_set(arena, blob, arena->header->free_blobs[class]);
	utfs_tx_set(arena, &arena->header->free_blobs[class], offset);
	return 0;
}

uint64_t utfs_arena_used_bytes(const struct utfs_arena *arena)
{
	uint64_t used = arena->header->heap_end - arena->region_offset[UTFS_REGION_HEAP];

	for (int r = 0; r < UTFS_REGION_HEAP; r++)
		used += arena->header->present[r];
	for (uint64_t i = 0; i < nr_extents(arena); i++)
		used -= extent_at(arena, i)->nr_pages * UTFS_PAGE_BYTES;
	return used;
}
