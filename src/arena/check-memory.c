/* SPDX-License-Identifier: MIT */
/*
 * Who owns the heap. Every owner claims its memory, the free lists claim what is free; sorted by offset, two that overlap and what
 * lies between two are seen at once.
 *
 * Free memory is mended in two steps that are each harmless: a list that is wrong is forgotten as a whole, which makes its memory
 * nobody's; then what is nobody's is given back.
 */
#include <stdlib.h>
#include <string.h>

#include "arena/check.h"
#include "arena/internal.h"

#define GRANULE_BYTES 32 /* the smallest blob */

struct utfs_check_claims {
	struct utfs_claim *at;
	size_t n, room;
};

uint64_t utfs_blob_bytes(uint64_t bytes)
{
	uint64_t blob = GRANULE_BYTES;

	while (blob < bytes && blob < UTFS_BLOB_MAX)
		blob *= 2;
	return blob;
}

void utfs_check_claim(struct utfs_check *check, const struct utfs_claim *claim)
{
	struct utfs_check_claims *claims = check->claims;
	struct utfs_claim *more;

	if (!claims)
		claims = check->claims = calloc(1, sizeof(*claims));
	if (claims && claims->n == claims->room) {
		more = realloc(claims->at, (2 * claims->room + 256) * sizeof(*more));
		if (more) {
			claims->at = more;
			claims->room = 2 * claims->room + 256;
		}
	}
	if (!claims || claims->n == claims->room) {
		check->error = -ENOMEM;
		return;
	}
	claims->at[claims->n++] = *claim;
}

void utfs_check_claims_clear(struct utfs_check *check)
{
	if (!check->claims)
		return;
	free(check->claims->at);
	free(check->claims);
	check->claims = NULL;
}

/* Free memory: its owner is the list, which is forgotten as a whole. */
static int extent_drop(struct utfs_check *check, uint64_t index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_extent *extent = utfs_arena_element(check->arena, UTFS_REGION_EXTENTS, index,
							sizeof(struct utfs_extent));

	utfs_tx_set(check->arena, &extent->nr_pages, 0);
	return 0;
}

static int blob_list_drop(struct utfs_check *check, uint64_t class)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	utfs_tx_set(check->arena, &check->arena->header->free_blobs[class], 0);
	return 0;
}

static void extents_claim(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t low = check->arena->region_offset[UTFS_REGION_HEAP] / UTFS_PAGE_BYTES;
	const uint64_t high = check->arena->header->heap_end / UTFS_PAGE_BYTES;

	for (uint64_t i = 0; i < check->arena->header->nr_extents; i++) {
		struct utfs_extent *extent = utfs_arena_element(check->arena, UTFS_REGION_EXTENTS,
								i, sizeof(struct utfs_extent));
		const struct utfs_claim claim = {.offset = extent->first_page * UTFS_PAGE_BYTES,
						 .bytes = extent->nr_pages * UTFS_PAGE_BYTES,
						 .what = "the free extent",
						 .index = i,
						 .drop = extent_drop};

		if (!extent->nr_pages)
			continue;
		if (extent->first_page >= low && extent->first_page <= high &&
		    extent->nr_pages <= high - extent->first_page)
			utfs_check_claim(check, &claim);
		else if (utfs_check_found(check, UTFS_DAMAGE_FREE_MEMORY, extent,
					  "free extent %llu, pages %llu+%llu, is not in the heap",
					  (unsigned long long)i,
					  (unsigned long long)extent->first_page,
					  (unsigned long long)extent->nr_pages))
			utfs_check_mend(check, extent_drop(check, i));
	}
}

/* What a list leads to; NULL the end or, *bad, nowhere. */
static const uint64_t *blob_at(const struct utfs_check *check, uint64_t offset, uint64_t bytes,
			       bool *bad)
{
	const uint64_t end = check->arena->header->heap_end;
	const uint64_t *blob = NULL;

	if (offset && offset % GRANULE_BYTES == 0 && bytes <= end && offset <= end - bytes)
		blob = utfs_arena_heap_at(check->arena, offset, bytes);
	*bad = offset && !blob;
	return blob;
}

/* Does a list end? Brent's way: the mark stays behind at each power of two steps; who meets it goes round. */
static bool list_ends(const struct utfs_check *check, uint64_t offset, uint64_t bytes)
{
	uint64_t mark = 0, steps = 0, limit = 1;
	bool bad = false;

	while (offset && offset != mark) {
		const uint64_t *blob;

		if (steps++ == limit) {
			mark = offset;
			limit *= 2;
		}
		blob = blob_at(check, offset, bytes, &bad);
		if (!blob)
			return !bad;
		offset = *blob;
	}
	return !offset;
}

static void blob_lists_claim(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (unsigned int class = 0; class < UTFS_BLOB_CLASSES; class ++) {
		const uint64_t bytes = (uint64_t)GRANULE_BYTES << class;
		uint64_t *head = &check->arena->header->free_blobs[class];
		struct utfs_claim claim = {.bytes = bytes,
					   .what = "the list of free blobs",
					   .index = class,
					   .drop = blob_list_drop};
		bool bad;

		if (!list_ends(check, *head, bytes)) {
			if (utfs_check_found(check, UTFS_DAMAGE_FREE_MEMORY, head,
					     "the list of free blobs of %llu bytes goes round, or "
					     "out of the heap",
					     (unsigned long long)bytes))
				utfs_check_mend(check, blob_list_drop(check, class));
			continue;
		}
		for (const uint64_t *at = blob_at(check, *head, bytes, &bad); at;
		     at = blob_at(check, *at, bytes, &bad)) {
			claim.offset =
				(uint64_t)((const char *)at - (const char *)check->arena->header);
			utfs_check_claim(check, &claim);
		}
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct utfs_claim *left = a, *right = b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool is_free(const struct utfs_claim *claim)
{
	return claim->drop == extent_drop || claim->drop == blob_list_drop;
}

static int claim_drop(struct utfs_check *check, const struct utfs_claim *claim)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	int ret = utfs_tx_reserve(check->arena, 1);

	if (ret)
		return ret;
	if (claim->drop)
		return claim->drop(check, claim->index);
	utfs_tx_set(check->arena, claim->word, 0);
	return 0;
}

/* Forgets what was claimed by the owner that is no more. */
static void claims_forget(struct utfs_check_claims *claims, struct utfs_claim gone)
{
	for (size_t i = 0; i < claims->n; i++) {
		struct utfs_claim *at = &claims->at[i];

		if (at->drop == gone.drop && at->index == gone.index && at->word == gone.word)
			at->bytes = 0;
	}
}

/* Two share memory: what is free is not; else what can be dropped is dropped. Return: false: it stays as it is. */
static bool overlap_mend(struct utfs_check *check, const struct utfs_claim *a,
			 const struct utfs_claim *b) UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct utfs_claim *loser = is_free(a) || !(is_free(b) || b->drop || b->word) ? a : b;
	const char *start = (const char *)check->arena->header;

	if (!loser->drop && !loser->word) {
		utfs_check_hopeless(check, UTFS_DAMAGE_OVERLAP, start + b->offset,
				    "%s %llu and %s %llu share memory", a->what,
				    (unsigned long long)a->index, b->what,
				    (unsigned long long)b->index);
		return false;
	}
	if (!utfs_check_found(check, is_free(loser) ? UTFS_DAMAGE_FREE_MEMORY : UTFS_DAMAGE_OVERLAP,
			      start + b->offset, "%s %llu and %s %llu share memory", a->what,
			      (unsigned long long)a->index, b->what, (unsigned long long)b->index))
		return false;
	utfs_check_mend(check, claim_drop(check, loser));
	claims_forget(check->claims, *loser);
	return true;
}

static void overlaps_find(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_check_claims *claims = check->claims;
	struct utfs_claim *last = NULL;

	for (size_t i = 0; i < claims->n; i++) {
		struct utfs_claim *at = &claims->at[i];

		if (at->bytes && last && last->bytes && at->offset < last->offset + last->bytes)
			(void)overlap_mend(check, last, at);
		/* The one that reaches further is met by the next. */
		if (at->bytes &&
		    (!last || !last->bytes || at->offset + at->bytes > last->offset + last->bytes))
			last = at;
	}
}

static int blobs_give(struct utfs_check *check, uint64_t from, uint64_t to)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	int ret = 0;

	while (!ret && to - from >= GRANULE_BYTES) {
		uint64_t bytes = UTFS_BLOB_MAX;

		while (bytes > to - from)
			bytes /= 2;
		ret = utfs_free_blob(check->arena, from, bytes);
		from += bytes;
	}
	return ret;
}

/* Whole pages go back as such; what is left at both ends as blobs, the page being one of blobs. */
static int gap_give(struct utfs_check *check, uint64_t from, uint64_t to)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	uint64_t first = (from + UTFS_PAGE_BYTES - 1) / UTFS_PAGE_BYTES;
	uint64_t end = to / UTFS_PAGE_BYTES;
	int ret;

	if (first >= end)
		return blobs_give(check, from, to);
	ret = blobs_give(check, from, first * UTFS_PAGE_BYTES);
	if (!ret)
		ret = utfs_free_pages(check->arena, first, end - first);
	return ret ? ret : blobs_give(check, end * UTFS_PAGE_BYTES, to);
}

static void gap_found(struct utfs_check *check, uint64_t from, uint64_t to)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	from = (from + GRANULE_BYTES - 1) / GRANULE_BYTES * GRANULE_BYTES;
	to = to / GRANULE_BYTES * GRANULE_BYTES;
	if (from >= to)
		return;
	if (utfs_check_found(check, UTFS_DAMAGE_LEAK, (const char *)check->arena->header + from,
			     "%llu bytes belong to nobody", (unsigned long long)(to - from)))
		utfs_check_mend(check, gap_give(check, from, to));
}

/* Memory that was handed out is allocated; in a copy that was made without its holes it need not be. */
static void memory_allocate(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct utfs_check_claims *claims = check->claims;
	uint64_t done = 0;
	int ret = 0;

	for (int r = 0; !ret && r < UTFS_REGION_HEAP; r++)
		ret = utfs_file_allocate(check->arena->fd, check->arena->region_offset[r],
					 check->arena->header->present[r]);
	for (size_t i = 0; !ret && claims && i < claims->n; i++) {
		const struct utfs_claim *claim = &claims->at[i];
		uint64_t from = claim->offset / UTFS_PAGE_BYTES * UTFS_PAGE_BYTES;
		const uint64_t to = (claim->offset + claim->bytes + UTFS_PAGE_BYTES - 1) /
				    UTFS_PAGE_BYTES * UTFS_PAGE_BYTES;

		if (from < done)
			from = done;
		if (!claim->bytes || claim->drop == extent_drop || to <= from)
			continue;
		ret = utfs_file_allocate(check->arena->fd, from, to - from);
		done = to;
	}
	if (ret)
		check->error = ret;
}

/* Owned memory behind the end of what was handed out: the end is wrong. */
static void end_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	uint64_t *heap_end = &check->arena->header->heap_end, end = *heap_end;

	for (size_t i = 0; check->claims && i < check->claims->n; i++) {
		const struct utfs_claim *claim = &check->claims->at[i];

		if (claim->bytes && claim->offset + claim->bytes > end)
			end = claim->offset + claim->bytes;
	}
	end = (end + UTFS_PAGE_BYTES - 1) / UTFS_PAGE_BYTES * UTFS_PAGE_BYTES;
	if (end == *heap_end ||
	    !utfs_check_found(check, UTFS_DAMAGE_COUNT, heap_end,
			      "the heap ends at %#llx, and is used up to %#llx",
			      (unsigned long long)*heap_end, (unsigned long long)end))
		return;
	utfs_tx_set(check->arena, heap_end, end);
	utfs_check_mend(check, 0);
}

static void gaps_find(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct utfs_check_claims *claims = check->claims;
	uint64_t at = check->arena->region_offset[UTFS_REGION_HEAP];

	for (size_t i = 0; claims && i < claims->n; i++) {
		const struct utfs_claim *claim = &claims->at[i];

		if (!claim->bytes)
			continue;
		if (claim->offset > at)
			gap_found(check, at, claim->offset);
		if (claim->offset + claim->bytes > at)
			at = claim->offset + claim->bytes;
	}
	if (at < check->arena->header->heap_end)
		gap_found(check, at, check->arena->header->heap_end);
}

void utfs_check_memory(struct utfs_check *check)
{
	const uint64_t left = check->left;

	/* Owners first: what they own is no free memory, wherever the end is said to be. */
	end_check(check);
	extents_claim(check);
	blob_lists_claim(check);
	/* Not all owners are known: nothing can be said of what seems to be nobody's. */
	if (check->error)
		return;
	if (check->claims) {
		qsort(check->claims->at, check->claims->n, sizeof(*check->claims->at), by_offset);
		overlaps_find(check);
	}
	/* What could not be mended may own more than it says: then nothing is given back. */
	if (!check->repair || !check->left)
		gaps_find(check);
	check->memory_good = check->left == left;
	if (check->way == UTFS_CHECK_ALONE && check->repair)
		memory_allocate(check);
}
