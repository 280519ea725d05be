/* SPDX-License-Identifier: MIT */
/* Thread names, and the clock that all processes share. */
#include <pthread.h>
#include <time.h>

#include "arena/counter.h"
#include "fixture.h"

static void save(struct utfs_arena *arena, pid_t tid, pid_t tgid, const char *name)
{
	char comm[16] = "";

	memcpy(comm, name, strnlen(name, sizeof(comm)));
	utfs_cmdline_save(arena, tid, tgid, comm);
}

static void a_name_that_was_saved_is_found(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	char comm[17];
	pid_t tgid;

	assert_int_equal(utfs_cmdline_find(arena, 1234, comm, &tgid), -ENOENT);
	assert_int_equal(utfs_cmdline_find(arena, 0, comm, &tgid), -ENOENT);
	save(arena, 1234, 1000, "worker");
	save(arena, 4194303, 4194303, "0123456789abcdef");
	assert_int_equal(utfs_cmdline_find(arena, 1234, comm, &tgid), 0);
	assert_string_equal(comm, "worker");
	assert_int_equal(tgid, 1000);
	assert_int_equal(utfs_cmdline_find(arena, 4194303, comm, &tgid), 0);
	assert_string_equal(comm, "0123456789abcdef");
	/* Another one with the same place takes it. */
	save(arena, 1234 + UTFS_DEFAULT_CMDLINES, 5, "later");
	assert_int_equal(utfs_cmdline_find(arena, 1234, comm, &tgid), -ENOENT);
	assert_int_equal(utfs_cmdline_find(arena, 1234 + UTFS_DEFAULT_CMDLINES, comm, &tgid), 0);
	assert_string_equal(comm, "later");
}

static void a_walk_finds_all(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t index = 0, n = 0;
	char comm[17];
	pid_t tid, tgid;

	assert_int_equal(utfs_cmdline_next(arena, &index, &tid, &tgid, comm), 0);
	for (pid_t i = 1; i <= 50; i++)
		save(arena, i * 100, i, "x");
	for (index = 0; utfs_cmdline_next(arena, &index, &tid, &tgid, comm); n++)
		assert_int_equal(tid, tgid * 100);
	assert_int_equal(n, 50);
	index = UINT32_MAX;
	assert_int_equal(utfs_cmdline_next(arena, &index, &tid, &tgid, comm), 0);
}

/* Whatever single word of an entry is not the one that was saved with the others. */
static void a_torn_entry_is_none(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t *words = utfs_arena_element(arena, UTFS_REGION_CMDLINES, 77, 32);
	char comm[17];
	pid_t tgid;

	save(arena, 77, 70, "first");
	for (int word = 0; word < 4; word++) {
		for (int bit = 0; bit < 64; bit++) {
			words[word] ^= UINT64_C(1) << bit;
			assert_int_equal(utfs_cmdline_find(arena, 77, comm, &tgid), -ENOENT);
			words[word] ^= UINT64_C(1) << bit;
		}
	}
	assert_int_equal(utfs_cmdline_find(arena, 77, comm, &tgid), 0);
}

static unsigned int savers_stop;

/* Two threads with the same place in the table, whose words differ everywhere. */
static void *saver(void *argument)
{
	struct fixture *f = argument;
	static unsigned int number;
	unsigned int n = __atomic_fetch_add(&number, 1, __ATOMIC_RELAXED) % 2;

	while (!__atomic_load_n(&savers_stop, __ATOMIC_RELAXED))
		save(&f->arena, n ? 5 : 5 + UTFS_DEFAULT_CMDLINES, n ? 1 : 2,
		     n ? "aaaaaaaaaaaaaaaa" : "bbbbbbbbbbbbbbbb");
	return NULL;
}

static void savers_at_once_never_mix(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[2];
	unsigned int found = 0;

	savers_stop = 0;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, saver, f), 0);
	for (unsigned int i = 0; i < 200000 || (!found && i < 100000000); i++) {
		char comm[17];
		pid_t tgid;

		if (utfs_cmdline_find(&f->arena, 5, comm, &tgid))
			continue;
		found++;
		assert_int_equal(tgid, 1);
		assert_string_equal(comm, "aaaaaaaaaaaaaaaa");
	}
	__atomic_store_n(&savers_stop, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_true(found);
}

static void the_table_can_be_resized(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	char comm[17];
	pid_t tgid;

	begin(arena);
	assert_int_equal(utfs_cmdline_resize(arena, 0), -EINVAL);
	assert_int_equal(utfs_cmdline_resize(arena, UTFS_MAX_CMDLINES + 1), -EINVAL);
	assert_int_equal(utfs_cmdline_resize(arena, UTFS_MAX_CMDLINES), 0);
	commit(arena);
	save(arena, 100, 1, "a");
	save(arena, 100 + UTFS_DEFAULT_CMDLINES, 1, "b");
	assert_int_equal(utfs_cmdline_find(arena, 100, comm, &tgid), 0);
	begin(arena);
	assert_int_equal(utfs_cmdline_resize(arena, 1), 0);
	commit(arena);
	assert_int_equal(utfs_cmdline_find(arena, 100, comm, &tgid), -ENOENT);
	save(arena, 100, 1, "a");
	save(arena, 101, 1, "b");
	assert_int_equal(utfs_cmdline_find(arena, 100, comm, &tgid), -ENOENT);
	assert_int_equal(utfs_cmdline_find(arena, 101, comm, &tgid), 0);
	/* A damaged number leads nobody out of the table. */
	arena->header->nr_cmdlines = 0;
	assert_int_equal(utfs_cmdline_find(arena, 101, comm, &tgid), 0);
	arena->header->nr_cmdlines = UINT64_MAX;
	save(arena, 4194303, 1, "c");
	assert_int_equal(utfs_cmdline_find(arena, 4194303, comm, &tgid), 0);
	arena->header->nr_cmdlines = UTFS_DEFAULT_CMDLINES;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t scaled_ns(const struct utfs_clock_scale *scale)
{
	return (uint64_t)((unsigned __int128)(utfs_counter_read() - scale->base_cycles) *
				  scale->mult >>
			  scale->shift) +
	       scale->base_ns;
}

/* The time that the counter and its scale say, between two readings of the clock. */
static void the_counter_s_scale_agrees_with_the_clock(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	const struct utfs_clock_scale *scale = &arena->header->local;
	const struct timespec pause = {0, 50000000};
	uint64_t clock[2][2], counter[2], least, most, passed;

	if (!scale->mult)
		skip();
	for (int i = 0; i < 2; i++) {
		clock[i][0] = now_ns();
		counter[i] = scaled_ns(scale);
		clock[i][1] = now_ns();
		if (!i)
			nanosleep(&pause, NULL);
	}
	passed = counter[1] - counter[0];
	least = clock[1][0] - clock[0][1];
	most = clock[1][1] - clock[0][0];
	/* A rate within 0.1 %, and the same zero within what 0.1 % of the arena's age may have done to it. */
	assert_in_range(passed, least - least / 1000, most + most / 1000);
	assert_in_range(counter[0], clock[0][0] - 10000000, clock[0][1] + 10000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(a_name_that_was_saved_is_found),
		test_with_arena(a_walk_finds_all),
		test_with_arena(a_torn_entry_is_none),
		test_with_arena(savers_at_once_never_mix),
		test_with_arena(the_table_can_be_resized),
		test_with_arena(the_counter_s_scale_agrees_with_the_clock),
	};

	return cmocka_run_group_tests_name("arena-cmdline", tests, NULL, NULL);
}
