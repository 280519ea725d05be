/* SPDX-License-Identifier: MIT */
/* Transactions: all of a change or nothing of it. */
#include "fixture.h"

#define BLOB_WORDS (UTFS_BLOB_MAX / sizeof(uint64_t))

/* A blob of words to change, committed. */
static uint64_t *words_make(struct utfs_arena *arena)
{
	uint64_t offset, *words;

	begin(arena);
	assert_int_equal(utfs_alloc_blob(arena, UTFS_BLOB_MAX, &offset), 0);
	commit(arena);
	words = utfs_arena_heap_at(arena, offset, UTFS_BLOB_MAX);
	assert_non_null(words);
	return words;
}

static void commit_keeps_and_rollback_restores(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t *words = words_make(arena);

	begin(arena);
	utfs_tx_set(arena, &words[0], 1);
	utfs_tx_set(arena, &words[1], 2);
	commit(arena);
	begin(arena);
	utfs_tx_set(arena, &words[0], 3);
	utfs_tx_set(arena, &words[0], 4);
	utfs_tx_set(arena, &words[1], 5);
	assert_int_equal(words[0], 4);
	assert_int_equal(utfs_tx_end(arena, -EINVAL), -EINVAL);
	assert_int_equal(words[0], 1);
	assert_int_equal(words[1], 2);
	assert_int_equal(arena->header->nr_undo, 0);
}

static void save_restores_what_is_written_past_the_log(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t *words = words_make(arena);

	begin(arena);
	utfs_tx_save(arena, &words[0]);
	words[0] = 77;
	utfs_tx_set(arena, &words[0], 78);
	assert_int_equal(utfs_tx_end(arena, -EINVAL), -EINVAL);
	assert_int_equal(words[0], 0);
}

static void checkpoint_keeps_what_came_before(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t *words = words_make(arena);

	begin(arena);
	utfs_tx_set(arena, &words[0], 1);
	assert_int_equal(utfs_tx_checkpoint(arena), 0);
	utfs_tx_set(arena, &words[0], 2);
	utfs_tx_set(arena, &words[1], 2);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	assert_int_equal(words[0], 1);
	assert_int_equal(words[1], 0);
}

static void transactions_counts_committed_changes(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t *words = words_make(arena);
	uint64_t before = arena->header->transactions;

	begin(arena);
	commit(arena);
	assert_int_equal(arena->header->transactions, before);
	begin(arena);
	utfs_tx_set(arena, &words[0], 1);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	assert_int_equal(arena->header->transactions, before);
	begin(arena);
	utfs_tx_set(arena, &words[0], 1);
	assert_int_equal(utfs_tx_checkpoint(arena), 0);
	utfs_tx_set(arena, &words[0], 2);
	commit(arena);
	assert_int_equal(arena->header->transactions, before + 2);
}

static void a_change_without_room_fails_whole(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t *words = words_make(arena);
	uint64_t before, room;

	begin(arena);
	before = arena->header->transactions;
	room = utfs_tx_room(arena);
	assert_true(room < BLOB_WORDS);
	for (uint64_t i = 0; i <= room; i++)
		utfs_tx_set(arena, &words[i], 1);
	assert_int_equal(words[room], 0);
	assert_int_equal(utfs_tx_checkpoint(arena), -E2BIG);
	assert_int_equal(utfs_tx_end(arena, 0), -E2BIG);
	for (uint64_t i = 0; i <= room; i++)
		assert_int_equal(words[i], 0);
	assert_int_equal(arena->header->transactions, before);

	/* The last word is for the count of transactions: without it the change fails, and the next one does not. */
	begin(arena);
	for (uint64_t i = 0; i < room; i++)
		utfs_tx_set(arena, &words[i], 1);
	assert_int_equal(utfs_tx_end(arena, 0), -E2BIG);
	assert_int_equal(words[0], 0);
	begin(arena);
	utfs_tx_set(arena, &words[0], 1);
	commit(arena);
	assert_int_equal(words[0], 1);
}

static void reserve_makes_room_or_says_that_it_cannot(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t *words = words_make(arena);

	begin(arena);
	assert_int_equal(utfs_tx_reserve(arena, UTFS_MAX_UNDO), -E2BIG);
	assert_int_equal(utfs_tx_reserve(arena, UINT64_MAX - UTFS_TX_FREE_WORDS), -E2BIG);
	assert_int_equal(utfs_tx_reserve(arena, UTFS_MAX_UNDO - UTFS_TX_FREE_WORDS), 0);
	for (uint64_t round = 1; round <= 15; round++)
		for (uint64_t i = 0; i < BLOB_WORDS; i++)
			utfs_tx_set(arena, &words[i], round);
	assert_int_equal(utfs_tx_end(arena, -EIO), -EIO);
	for (uint64_t i = 0; i < BLOB_WORDS; i++)
		assert_int_equal(words[i], 0);
	begin(arena);
	assert_int_equal(utfs_tx_reserve(arena, BLOB_WORDS), 0);
	for (uint64_t i = 0; i < BLOB_WORDS; i++)
		utfs_tx_set(arena, &words[i], i);
	commit(arena);
	for (uint64_t i = 0; i < BLOB_WORDS; i++)
		assert_int_equal(words[i], i);
}

/* A log whose count or offsets were damaged must not lead a recovery out of the file. */
static void a_damaged_log_is_survived(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena *arena = &f->arena;
	struct utfs_undo *log = utfs_arena_element(arena, UTFS_REGION_UNDO, 0, 0);
	struct attached child;

	attached_start(&child, f->dir, UTFS_PROC_APPLICATION, NULL);
	attached_kill(&child);
	log[0] = (struct utfs_undo){UINT64_MAX - 7, 1};
	log[1] = (struct utfs_undo){arena->size_bytes, 1};
	log[2] = (struct utfs_undo){arena->size_bytes - 4, 1};
	log[3] = (struct utfs_undo){3, 1};
	arena->header->nr_undo = UINT64_MAX;
	begin(arena);
	assert_int_equal(arena->header->nr_undo, 0);
	commit(arena);
	assert_int_equal(arena->header->magic, UTFS_ABI_MAGIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(commit_keeps_and_rollback_restores),
		test_with_arena(save_restores_what_is_written_past_the_log),
		test_with_arena(checkpoint_keeps_what_came_before),
		test_with_arena(transactions_counts_committed_changes),
		test_with_arena(a_change_without_room_fails_whole),
		test_with_arena(reserve_makes_room_or_says_that_it_cannot),
		test_with_arena(a_damaged_log_is_survived),
	};

	return cmocka_run_group_tests_name("arena-tx", tests, NULL, NULL);
}
