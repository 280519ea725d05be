/* SPDX-License-Identifier: MIT */
/* Pages and blobs. */
#include <stdlib.h>

#include "fixture.h"

static uint64_t pages_take(struct utfs_arena *arena, uint64_t nr_pages)
{
	uint64_t first = 0;

	begin(arena);
	assert_int_equal(utfs_alloc_pages(arena, nr_pages, &first), 0);
	commit(arena);
	return first;
}

static void pages_give(struct utfs_arena *arena, uint64_t first, uint64_t nr_pages)
{
	begin(arena);
	assert_int_equal(utfs_free_pages(arena, first, nr_pages), 0);
	commit(arena);
}

static void the_smallest_run_that_fits_is_taken(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t large = pages_take(arena, 20), wall, small;

	pages_take(arena, 1);
	small = pages_take(arena, 5);
	wall = pages_take(arena, 1);
	pages_give(arena, large, 20);
	pages_give(arena, small, 5);
	assert_int_equal(pages_take(arena, 4), small);
	assert_int_equal(pages_take(arena, 1), small + 4);
	assert_int_equal(pages_take(arena, 6), large);
	assert_true(pages_take(arena, 15) > wall);
	assert_int_equal(pages_take(arena, 14), large + 6);
}

static void neighbours_become_one_run(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t a = pages_take(arena, 3), b = pages_take(arena, 4), c = pages_take(arena, 5);

	pages_take(arena, 1);
	assert_int_equal(b, a + 3);
	assert_int_equal(c, b + 4);
	pages_give(arena, a, 3);
	pages_give(arena, c, 5);
	pages_give(arena, b, 4);
	assert_int_equal(pages_take(arena, 12), a);
	/* From either side alone. */
	pages_give(arena, a, 3);
	pages_give(arena, b, 4);
	assert_int_equal(pages_take(arena, 7), a);
	pages_give(arena, c, 5);
	pages_give(arena, b, 4);
	assert_int_equal(pages_take(arena, 9), b);
}

static void freed_pages_are_not_handed_out_before_the_commit(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t first = pages_take(arena, 4), other = 0;
	unsigned char *content = utfs_arena_heap_at(arena, first * UTFS_PAGE_BYTES, 1);

	memset(content, 0x77, 4 * UTFS_PAGE_BYTES);
	begin(arena);
	assert_int_equal(utfs_free_pages(arena, first, 4), 0);
	assert_int_equal(utfs_alloc_pages(arena, 4, &other), 0);
	assert_true(other != first);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	for (size_t i = 0; i < 4 * UTFS_PAGE_BYTES; i++)
		assert_int_equal(content[i], 0x77);
	pages_give(arena, first, 4);
	assert_int_equal(pages_take(arena, 4), first);
}

static void memory_goes_back_to_the_file_system(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena *arena = &f->arena;
	uint64_t before, wall, first, taken;

	wall = pages_take(arena, 1);
	first = pages_take(arena, 1);
	pages_give(arena, first, 1);
	before = file_bytes(f->path);
	first = pages_take(arena, 1000);
	assert_int_equal(file_bytes(f->path), before + 1000 * UTFS_PAGE_BYTES);
	pages_give(arena, first, 1000);
	assert_int_equal(file_bytes(f->path), before);
	/* A rollback gives back what was taken, new or used before. */
	begin(arena);
	assert_int_equal(utfs_alloc_pages(arena, 700, &taken), 0);
	assert_int_equal(utfs_alloc_pages(arena, 700, &taken), 0);
	assert_int_equal(file_bytes(f->path), before + 1400 * UTFS_PAGE_BYTES);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	assert_int_equal(file_bytes(f->path), before);
	begin(arena);
	assert_int_equal(file_bytes(f->path), utfs_arena_used_bytes(arena));
	commit(arena);
	(void)wall;
}

/* An application has no descriptor of the file: it opens it again each time. */
static void an_application_allocates_as_well(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena arena;
	uint64_t before, first;

	fixture_open_ok(&arena, f->dir, UTFS_PROC_APPLICATION);
	assert_int_equal(arena.fd, -1);
	/* The table of free pages gets its memory at the first one. */
	pages_give(&arena, pages_take(&arena, 1), 1);
	before = file_bytes(f->path);
	first = pages_take(&arena, 100);
	memset(utfs_arena_heap_at(&arena, first * UTFS_PAGE_BYTES, 1), 1, 100 * UTFS_PAGE_BYTES);
	assert_int_equal(file_bytes(f->path), before + 100 * UTFS_PAGE_BYTES);
	pages_give(&arena, first, 100);
	assert_int_equal(file_bytes(f->path), before);
	utfs_arena_close(&arena);
}

static void what_is_not_in_use_cannot_be_freed(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	const uint64_t heap = arena->region_offset[UTFS_REGION_HEAP] / UTFS_PAGE_BYTES;
	uint64_t first = pages_take(arena, 8);

	pages_take(arena, 1);
	pages_give(arena, first + 2, 2);
	const uint64_t bad[][2] = {
		{0, 1},		 {heap - 1, 2},	      {first + 2, 1},
		{first + 1, 2},	 {first + 3, 2},      {first + 1, 4},
		{first + 9, 1},	 {first + 8, 2},      {first, UINT64_MAX},
		{UINT64_MAX, 2}, {UINT64_MAX - 1, 1}, {first, 0},
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		begin(arena);
		assert_int_equal(utfs_free_pages(arena, bad[i][0], bad[i][1]), -EBADMSG);
		assert_int_equal(utfs_tx_end(arena, -EBADMSG), -EBADMSG);
	}
	assert_int_equal(pages_take(arena, 2), first + 2);
}

static void more_pages_than_there_are_are_refused(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	const uint64_t wanted[] = {arena->size_bytes / UTFS_PAGE_BYTES, UINT64_MAX,
				   UINT64_MAX / UTFS_PAGE_BYTES + 2};
	uint64_t first = 0, end = arena->header->heap_end;

	begin(arena);
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_int_equal(utfs_alloc_pages(arena, wanted[i], &first), -ENOMEM);
	assert_int_equal(utfs_alloc_pages(arena, 0, &first), -EINVAL);
	commit(arena);
	assert_int_equal(arena->header->heap_end, end);
}

/* A damaged table of free pages must lead nobody out of the heap. */
static void damaged_free_pages_are_passed_by(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena *arena = &f->arena;
	struct utfs_extent *extent;
	uint64_t first = pages_take(arena, 4), magic = arena->header->magic;

	pages_take(arena, 1);
	pages_give(arena, first, 4);
	extent = utfs_arena_element(arena, UTFS_REGION_EXTENTS, 0, sizeof(*extent));
	assert_int_equal(extent->nr_pages, 4);
	*extent = (struct utfs_extent){0, 4};
	assert_true(pages_take(arena, 4) > first);
	*extent = (struct utfs_extent){UINT64_MAX - 1, 4};
	pages_give(arena, pages_take(arena, 4), 4);
	*extent = (struct utfs_extent){0, UINT64_MAX};
	assert_true(pages_take(arena, 2) > first);
	assert_int_equal(arena->header->magic, magic);
}

static void blobs_of_every_size_are_zeroed_and_apart(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	static const uint64_t sizes[] = {0,    1,    31,   32,	  33,	 100,	500,
					 1000, 4096, 5000, 16384, 32768, 40000, UTFS_BLOB_MAX};
	uint64_t offsets[COUNT(sizes)];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			unsigned char *blob;

			begin(arena);
			assert_int_equal(utfs_alloc_blob(arena, sizes[i], &offsets[i]), 0);
			commit(arena);
			assert_int_equal(offsets[i] % 16, 0);
			blob = utfs_arena_heap_at(arena, offsets[i], sizes[i]);
			assert_non_null(blob);
			for (uint64_t j = 0; j < sizes[i]; j++)
				assert_int_equal(blob[j], 0);
			memset(blob, (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < COUNT(sizes); i++) {
			unsigned char *blob = utfs_arena_heap_at(arena, offsets[i], sizes[i]);

			for (uint64_t j = 0; j < sizes[i]; j++)
				assert_int_equal(blob[j], i + 1);
			begin(arena);
			assert_int_equal(utfs_free_blob(arena, offsets[i], sizes[i]), 0);
			commit(arena);
		}
	}
	begin(arena);
	assert_int_equal(utfs_alloc_blob(arena, UTFS_BLOB_MAX + 1, offsets), -E2BIG);
	assert_int_equal(utfs_free_blob(arena, offsets[0], UTFS_BLOB_MAX + 1), -E2BIG);
	assert_int_equal(utfs_free_blob(arena, 8, 32), -EBADMSG);
	assert_int_equal(utfs_free_blob(arena, arena->size_bytes, 32), -EBADMSG);
	assert_int_equal(utfs_free_blob(arena, offsets[1] + 1, 32), -EBADMSG);
	commit(arena);
}

static void freed_blobs_are_used_again_after_the_commit(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t a = 0, b = 0, end;
	uint64_t *words;

	begin(arena);
	assert_int_equal(utfs_alloc_blob(arena, 64, &a), 0);
	commit(arena);
	words = utfs_arena_heap_at(arena, a, 64);
	memset(words, 0x33, 64);
	begin(arena);
	assert_int_equal(utfs_free_blob(arena, a, 64), 0);
	assert_int_equal(utfs_alloc_blob(arena, 64, &b), 0);
	assert_true(a != b);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	for (int i = 0; i < 8; i++)
		assert_int_equal(words[i], 0x3333333333333333);
	begin(arena);
	assert_int_equal(utfs_free_blob(arena, a, 64), 0);
	commit(arena);
	begin(arena);
	assert_int_equal(utfs_alloc_blob(arena, 64, &b), 0);
	assert_int_equal(a, b);
	commit(arena);
	/* Freeing does not make each later allocation of the transaction take a chunk of its own. */
	end = arena->header->heap_end;
	begin(arena);
	assert_int_equal(utfs_free_blob(arena, b, 64), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(utfs_alloc_blob(arena, 64, &a), 0);
	commit(arena);
	assert_int_equal(arena->header->heap_end, end);
}

/* The link of the last blob of a list is 0, which looks as if there were nothing to put back. */
static void the_last_blob_of_a_list_survives_a_rollback(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t offset = 0, again = 0;

	begin(arena);
	assert_int_equal(utfs_alloc_blob(arena, UTFS_BLOB_MAX / 2, &offset), 0);
	commit(arena);
	begin(arena);
	assert_int_equal(utfs_free_blob(arena, offset, UTFS_BLOB_MAX / 2), 0);
	commit(arena);
	begin(arena);
	assert_int_equal(utfs_alloc_blob(arena, UTFS_BLOB_MAX / 2, &again), 0);
	assert_int_equal(again, offset);
	memset(utfs_arena_heap_at(arena, again, 1), 0xff, UTFS_BLOB_MAX / 2);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	begin(arena);
	assert_int_equal(utfs_alloc_blob(arena, UTFS_BLOB_MAX / 2, &again), 0);
	assert_int_equal(again, offset);
	assert_int_equal(utfs_alloc_blob(arena, UTFS_BLOB_MAX / 2, &again), 0);
	assert_true(again != offset);
	commit(arena);
}

/* A shadow of what is in use, and random changes of which some are rolled back. */
#define MODEL_SLOTS 64

struct thing {
	uint64_t at, size; /* pages, or bytes of a blob; 0: none */
	bool blob;
	unsigned char fill;
};

static void thing_fill(struct utfs_arena *arena, const struct thing *thing)
{
	uint64_t scale = thing->blob ? 1 : UTFS_PAGE_BYTES;
	unsigned char *at = utfs_arena_heap_at(arena, thing->at * scale, thing->size * scale);

	assert_non_null(at);
	memset(at, thing->fill, thing->size * scale);
}

static void thing_check(struct utfs_arena *arena, const struct thing *thing)
{
	uint64_t scale = thing->blob ? 1 : UTFS_PAGE_BYTES;
	const unsigned char *at = utfs_arena_heap_at(arena, thing->at * scale, thing->size * scale);

	assert_int_equal(at[0], thing->fill);
	assert_memory_equal(at, at + 1, thing->size * scale - 1);
}

/* Free runs are apart from each other and from all that is in use, and the file holds what the books say. */
static void books_check(struct utfs_arena *arena, const struct thing *things)
{
	uint64_t n = arena->header->nr_extents, end = arena->header->heap_end / UTFS_PAGE_BYTES;
	unsigned char *used = calloc(1, end + 1);

	assert_non_null(used);
	for (uint64_t i = 0; i < n; i++) {
		const struct utfs_extent *extent =
			utfs_arena_element(arena, UTFS_REGION_EXTENTS, i, sizeof(*extent));

		for (uint64_t j = 0; j < extent->nr_pages; j++)
			assert_int_equal(used[extent->first_page + j]++, 0);
	}
	for (int i = 0; i < MODEL_SLOTS; i++)
		for (uint64_t j = 0; !things[i].blob && j < things[i].size; j++)
			assert_int_equal(used[things[i].at + j]++, 0);
	for (int i = 0; i < MODEL_SLOTS; i++)
		if (things[i].blob && things[i].size)
			assert_int_equal(used[things[i].at / UTFS_PAGE_BYTES], 0);
	free(used);
	assert_int_equal(file_bytes(arena->path), utfs_arena_used_bytes(arena));
}

static void model_step(struct utfs_arena *arena, struct thing *thing)
{
	if (thing->size) {
		assert_int_equal(thing->blob ? utfs_free_blob(arena, thing->at, thing->size)
					     : utfs_free_pages(arena, thing->at, thing->size),
				 0);
		thing->size = 0;
		return;
	}
	thing->blob = rand() % 2;
	thing->fill = (unsigned char)rand();
	thing->size = 1 + (uint64_t)rand() % (thing->blob ? 9000 : 40);
	assert_int_equal(thing->blob ? utfs_alloc_blob(arena, thing->size, &thing->at)
				     : utfs_alloc_pages(arena, thing->size, &thing->at),
			 0);
	thing_fill(arena, thing);
}

static void random_changes_agree_with_a_model(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	struct thing things[MODEL_SLOTS] = {0}, saved[MODEL_SLOTS];

	srand(1);
	for (int round = 0; round < 1000; round++) {
		bool touched[MODEL_SLOTS] = {0};
		int ret = rand() % 3 ? 0 : -EIO;

		memcpy(saved, things, sizeof(saved));
		begin(arena);
		for (int steps = rand() % 6; steps >= 0; steps--) {
			int i = rand() % MODEL_SLOTS;

			/* What the transaction freed may be overwritten by its link. */
			if (!touched[i])
				model_step(arena, &things[i]);
			touched[i] = true;
		}
		assert_int_equal(utfs_tx_end(arena, ret), ret);
		if (ret)
			memcpy(things, saved, sizeof(saved));
		for (int i = 0; i < MODEL_SLOTS; i++)
			if (things[i].size)
				thing_check(arena, &things[i]);
		if (round % 10)
			continue;
		begin(arena);
		books_check(arena, things);
		commit(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(the_smallest_run_that_fits_is_taken),
		test_with_arena(neighbours_become_one_run),
		test_with_arena(freed_pages_are_not_handed_out_before_the_commit),
		test_with_arena(memory_goes_back_to_the_file_system),
		test_with_arena(an_application_allocates_as_well),
		test_with_arena(what_is_not_in_use_cannot_be_freed),
		test_with_arena(more_pages_than_there_are_are_refused),
		test_with_arena(damaged_free_pages_are_passed_by),
		test_with_arena(blobs_of_every_size_are_zeroed_and_apart),
		test_with_arena(freed_blobs_are_used_again_after_the_commit),
		test_with_arena(the_last_blob_of_a_list_survives_a_rollback),
		test_with_arena(random_changes_agree_with_a_model),
	};

	return cmocka_run_group_tests_name("arena-alloc", tests, NULL, NULL);
}
