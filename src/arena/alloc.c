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
#define BLOB_CHUNK_BYTES 32768
/* A signal breaks fallocate off, which then undoes what it did: a slice gets done between two ticks of a profiling timer. */
#define SLICE_BYTES (UINT64_C(1) << 20)
#define PUNCH	    (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static_assert(BLOB_CLASS_MIN << (UTFS_BLOB_CLASSES - 1) == UTFS_BLOB_MAX, "largest class");
static_assert(sizeof(((struct utfs_header *)0)->free_blobs) >= UTFS_BLOB_CLASSES * sizeof(uint64_t),
	      "a list per class");

static int range_fallocate(int fd, int mode, uint64_t offset, uint64_t bytes)
{
	int ret;

	do {
		ret = fallocate(fd, mode, (off_t)offset, (off_t)bytes) ? -errno : 0;
	} while (ret == -EINTR);
	return ret;
}

/* A descriptor of the file: the one that is kept, else a new one. */
static int file_get(const struct utfs_arena *arena)
{
	return arena->fd >= 0 ? arena->fd : utfs_arena_reopen(arena);
}

static void file_put(const struct utfs_arena *arena, int fd)
{
	if (fd >= 0 && fd != arena->fd)
		close(fd);
}

int utfs_file_allocate(int fd, uint64_t offset, uint64_t bytes)
{
	int ret = 0;

	for (uint64_t done = 0; !ret && done < bytes; done += SLICE_BYTES)
		ret = range_fallocate(fd, 0, offset + done,
				      bytes - done < SLICE_BYTES ? bytes - done : SLICE_BYTES);
	return ret;
}

/* All or nothing: the range holds nothing yet. */
static int arena_allocate(const struct utfs_arena *arena, uint64_t offset, uint64_t bytes)
{
	int fd = file_get(arena);
	int ret;

	if (fd < 0)
		return fd;
	ret = utfs_file_allocate(fd, offset, bytes);
	if (ret)
		(void)range_fallocate(fd, PUNCH, offset, bytes);
	file_put(arena, fd);
	return ret;
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
	ret = arena_allocate(arena, arena->region_offset[region] + present, want - present);
	UTFS_INJECT();
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

/* Do these pages lie in the part of the heap that was handed out? */
static bool pages_in_heap(const struct utfs_arena *arena, uint64_t first_page, uint64_t nr_pages)
{
	uint64_t low = arena->region_offset[UTFS_REGION_HEAP] / UTFS_PAGE_BYTES;
	uint64_t end = arena->header->heap_end;
	uint64_t high = (end < arena->size_bytes ? end : arena->size_bytes) / UTFS_PAGE_BYTES;

	return first_page >= low && first_page <= high && nr_pages <= high - first_page;
}

/* Best fit keeps large runs whole. NULL: none. */
static struct utfs_extent *extent_find(const struct utfs_arena *arena, uint64_t nr_pages)
{
	struct utfs_extent *best = NULL;

	if (arena->pages_freed)
		return NULL;
	for (uint64_t i = 0; i < nr_extents(arena); i++) {
		struct utfs_extent *extent = extent_at(arena, i);

		if (extent->nr_pages >= nr_pages && (!best || extent->nr_pages < best->nr_pages) &&
		    pages_in_heap(arena, extent->first_page, extent->nr_pages))
			best = extent;
	}
	return best;
}

int utfs_alloc_pages(struct utfs_arena *arena, uint64_t nr_pages, uint64_t *first_page)
{
	uint64_t end = arena->header->heap_end;
	struct utfs_extent *extent;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!nr_pages)
		return -EINVAL;
	ret = utfs_tx_reserve(arena, 2);
	if (ret)
		return ret;
	extent = extent_find(arena, nr_pages);
	if (!extent &&
	    (end > arena->size_bytes || nr_pages > (arena->size_bytes - end) / UTFS_PAGE_BYTES))
		return -ENOMEM;
	*first_page = extent ? extent->first_page : end / UTFS_PAGE_BYTES;
	/* Before the books: who gets -ENOSPC may try less and commit that. */
	ret = arena_allocate(arena, *first_page * UTFS_PAGE_BYTES, nr_pages * UTFS_PAGE_BYTES);
	UTFS_INJECT();
	if (ret)
		return ret;
	arena->pages_taken = true;
	if (extent) {
		utfs_tx_set(arena, &extent->first_page, extent->first_page + nr_pages);
		utfs_tx_set(arena, &extent->nr_pages, extent->nr_pages - nr_pages);
	} else {
		utfs_tx_set(arena, &arena->header->heap_end, end + nr_pages * UTFS_PAGE_BYTES);
	}
	return 0;
}

int utfs_free_pages(struct utfs_arena *arena, uint64_t first_page, uint64_t nr_pages)
{
	struct utfs_extent *unused = NULL, *left = NULL, *right = NULL;
	uint64_t n = nr_extents(arena);
	int ret = utfs_tx_reserve(arena, 6);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (ret)
		return ret;
	if (!nr_pages || !pages_in_heap(arena, first_page, nr_pages))
		return -EBADMSG;
	for (uint64_t i = 0; i < n; i++) {
		struct utfs_extent *extent = extent_at(arena, i);

		if (!extent->nr_pages)
			unused = extent;
		else if (extent->first_page < first_page + nr_pages &&
			 first_page < extent->first_page + extent->nr_pages)
			return -EBADMSG;
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

/* Free extents, and what lies behind the heap's end. */
static void punch_heap(const struct utfs_arena *arena, int fd)
{
	uint64_t end = arena->header->heap_end;

	/* A file system that cannot punch keeps the memory until it is handed out again. */
	for (uint64_t i = 0; i < nr_extents(arena); i++) {
		const struct utfs_extent *extent = extent_at(arena, i);

		if (extent->nr_pages && pages_in_heap(arena, extent->first_page, extent->nr_pages))
			(void)range_fallocate(fd, PUNCH, extent->first_page * UTFS_PAGE_BYTES,
					      extent->nr_pages * UTFS_PAGE_BYTES);
	}
	if (end >= arena->region_offset[UTFS_REGION_HEAP] && end < arena->size_bytes)
		(void)range_fallocate(fd, PUNCH, end, arena->size_bytes - end);
}

/* What lies behind each table. */
static void punch_tables(const struct utfs_arena *arena, int fd)
{
	for (int r = 0; r < UTFS_REGION_HEAP; r++) {
		uint64_t present = arena->header->present[r];
		uint64_t room = arena->region_offset[r + 1] - arena->region_offset[r];

		if (present < room)
			(void)range_fallocate(fd, PUNCH, arena->region_offset[r] + present,
					      room - present);
	}
}

void utfs_alloc_give_back(struct utfs_arena *arena, bool recovering)
{
	int fd = file_get(arena);

	if (fd < 0)
		return;
	punch_heap(arena, fd);
	if (recovering)
		punch_tables(arena, fd);
	file_put(arena, fd);
	UTFS_INJECT();
}

static unsigned int blob_class(uint64_t bytes)
{
	unsigned int class = 0;

	while ((uint64_t)BLOB_CLASS_MIN << class < bytes)
		class ++;
	return class;
}

/*
 * The word that leads to the next blob to hand out; NULL where the list is damaged. What this transaction has freed stands in
 * front and is passed by: a rollback gives it back to its owner, content and all.
 */
static uint64_t *blob_link(const struct utfs_arena *arena, unsigned int class)
{
	if (!arena->blobs_freed[class])
		return &arena->header->free_blobs[class];
	return utfs_arena_heap_at(arena, arena->blobs_freed[class],
				  (uint64_t)BLOB_CLASS_MIN << class);
}

/* Makes a chunk of blobs, which `link` then leads to. */
static int blob_refill(struct utfs_arena *arena, unsigned int class, uint64_t *link)
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

		*next = at + bytes < chunk ? offset + at + bytes : *link;
	}
	utfs_tx_set(arena, link, offset);
	return 0;
}

int utfs_alloc_blob(struct utfs_arena *arena, uint64_t bytes, uint64_t *offset)
{
	unsigned int class;
	uint64_t *link, *blob;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (bytes > UTFS_BLOB_MAX)
		return -E2BIG;
	class = blob_class(bytes);
	link = blob_link(arena, class);
	if (!link)
		return -EBADMSG;
	ret = utfs_tx_reserve(arena, 8);
	if (!ret && !*link)
		ret = blob_refill(arena, class, link);
	if (ret)
		return ret;
	*offset = *link;
	blob = utfs_arena_heap_at(arena, *offset, (uint64_t)BLOB_CLASS_MIN << class);
	if (!blob)
		return -EBADMSG;
	/* Its own link, too, also when it is 0: a rollback hangs the blob back with its link intact, whatever is written there. */
	utfs_tx_save(arena, blob);
	utfs_tx_set(arena, link, *blob);
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
	if (!arena->blobs_freed[class])
		arena->blobs_freed[class] = offset;
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
