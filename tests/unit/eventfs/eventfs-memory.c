/* SPDX-License-Identifier: MIT */
/*
 * Memory: looking at things costs none, and every allocation may fail. Linked with --wrap, so that
 * each allocation of eventfs and of the zoo comes by here.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zoo.h"

static unsigned int allocations;
static unsigned int fail_at; /* the allocation that fails, counted from 1; 0: none */

static bool refused(void)
{
	allocations++;
	return fail_at && allocations == fail_at;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refused() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return refused() ? NULL : __real_reallocarray(old, n, size);
}

static int count_entry(void *arg, const char *name, const struct eventfs_attr *attr,
		       uint64_t next_cursor)
{
	unsigned int *count = arg;

	(*count)++;
	return 0;
}

static void look_around(struct zoo *zoo, unsigned int rounds)
{
	static const char *const names[] = {"motto", "houses", "branches", "README", "bears", ".."};
	uint64_t apes = zoo_id(zoo, "houses/apes");
	unsigned int count = 0;
	char path[256];

	for (unsigned int i = 0; i < rounds; i++) {
		struct eventfs_attr attr;

		eventfs_lookup(zoo->fs, EVENTFS_ROOT_ID, names[i % 6], &attr);
		eventfs_lookup(zoo->fs, apes, "cleo", &attr);
		eventfs_walk(zoo->fs, "branches/north/houses/birds/dodo/weight", &attr);
		eventfs_getattr(zoo->fs, attr.id, &attr);
		eventfs_path(zoo->fs, attr.id, path, sizeof(path));
		if (i % 8 == 0)
			eventfs_readdir(zoo->fs, i % 16 ? EVENTFS_ROOT_ID : apes, 0, count_entry,
					&count);
	}
	assert_int_not_equal(count, 0);
}

static void looking_costs_no_memory(void **state)
{
	struct zoo *zoo = zoo_new();
	struct mallinfo2 before;
	struct mallinfo2 after;
	struct eventfs_attr attr;
	unsigned int count;

	assert_int_equal(eventfs_mkdir(zoo->fs, zoo_id(zoo, "branches"), "north", 0, &attr), 0);
	look_around(zoo, 16);
	count = allocations;
	before = mallinfo2();
	look_around(zoo, 100000);
	after = mallinfo2();
	assert_int_equal(allocations, count);
	assert_int_equal(after.uordblks, before.uordblks);
	assert_int_equal(after.hblkhd, before.hblkhd);
	assert_int_equal(after.arena, before.arena);
	zoo_free(zoo);
}

static void open_and_close(struct zoo *zoo, unsigned int rounds)
{
	uint64_t ids[] = {zoo_id(zoo, "motto"), zoo_id(zoo, "feed"), zoo_id(zoo, "README")};

	for (unsigned int i = 0; i < rounds; i++) {
		struct eventfs_file *file;

		assert_int_equal(eventfs_open(zoo->fs, ids[i % 3], &zoo_asker, O_RDWR, &file), 0);
		zoo_read(file, 0);
		eventfs_release(file);
	}
}

/* The first rounds fill the allocator's own caches, which it counts as in use. */
static void a_closed_handle_leaves_nothing(void **state)
{
	struct zoo *zoo = zoo_new();
	struct mallinfo2 before;
	struct mallinfo2 after;

	open_and_close(zoo, 30);
	before = mallinfo2();
	open_and_close(zoo, 3000);
	after = mallinfo2();
	assert_int_equal(after.uordblks, before.uordblks);
	zoo_free(zoo);
}

static void chmod_and_remove(struct zoo *zoo)
{
	uint64_t branches = zoo_id(zoo, "branches");
	struct eventfs_attr attr;
	char name[16];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		assert_int_equal(eventfs_mkdir(zoo->fs, branches, name, 0, &attr), 0);
		assert_int_equal(eventfs_setattr(zoo->fs, attr.id, EVENTFS_SET_MODE, &attr), 0);
	}
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		assert_int_equal(eventfs_rmdir(zoo->fs, branches, name), 0);
	}
}

/* The table of overrides is empty and freed again. */
static void an_override_goes_with_its_node(void **state)
{
	struct zoo *zoo = zoo_new();
	struct mallinfo2 before;
	struct mallinfo2 after;
	unsigned int count;

	chmod_and_remove(zoo);
	before = mallinfo2();
	count = allocations;
	chmod_and_remove(zoo);
	after = mallinfo2();
	/* Anew from nothing: 16, 32, 64, 128 entries. */
	assert_int_equal(allocations - count, 4);
	assert_int_equal(after.uordblks, before.uordblks);
	zoo_free(zoo);
}

/* All that allocates, once. Return: the first error. */
static int use_everything(const struct eventfs_config *config)
{
	struct eventfs_file *file = NULL;
	struct eventfs_attr attr = {.mode = 0600};
	struct eventfs *fs = NULL;
	char buf[16];
	ssize_t n = 0;
	int ret;

	ret = eventfs_create(config, &fs);
	if (ret)
		goto out;
	ret = eventfs_walk(fs, "feed", &attr);
	if (ret == 0)
		ret = eventfs_open(fs, attr.id, &zoo_asker, O_RDWR, &file);
	if (ret)
		goto out;
	eventfs_release(file);
	file = NULL;
	ret = eventfs_walk(fs, "motto", &attr);
	if (ret == 0)
		ret = eventfs_open(fs, attr.id, &zoo_asker, O_RDWR, &file);
	if (ret)
		goto out;
	n = eventfs_read(file, &zoo_asker, buf, sizeof(buf), 0);
	ret = n < 0 ? (int)n : 0;
	if (ret == 0)
		ret = eventfs_setattr(fs, attr.id, EVENTFS_SET_MODE, &attr);
out:
	eventfs_release(file);
	assert_int_equal(eventfs_destroy(fs), 0);
	return ret;
}

static void every_allocation_may_fail(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_config config = {
		.types = zoo_types,
		.n_types = ZOO_TYPES,
		.ops = &zoo_ops,
		.ctx = zoo,
	};
	unsigned int needed;

	allocations = 0;
	assert_int_equal(use_everything(&config), 0);
	needed = allocations;
	/* file system, two handles, the feed's state, text, overrides */
	assert_int_equal(needed, 6);
	for (unsigned int i = 1; i <= needed; i++) {
		struct mallinfo2 before = mallinfo2();
		struct mallinfo2 after;
		int ret;

		allocations = 0;
		fail_at = i;
		ret = use_everything(&config);
		fail_at = 0;
		after = mallinfo2();
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(after.uordblks, before.uordblks);
		assert_int_equal(zoo->main.pins, 0);
	}
	zoo_free(zoo);
}

/* The text of a value is as long as memory allows; the read says so, and the handle goes on. */
static void a_text_without_memory_fails_the_read_only(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_file *file;

	assert_int_equal(eventfs_open(zoo->fs, zoo_id(zoo, "motto"), &zoo_asker, O_RDONLY, &file),
			 0);
	allocations = 0;
	fail_at = 1;
	assert_string_equal(zoo_read(file, 0), "errno 12");
	fail_at = 0;
	assert_string_equal(zoo_read(file, 0), "open\n");
	eventfs_release(file);
	zoo_free(zoo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looking_costs_no_memory),
		cmocka_unit_test(a_closed_handle_leaves_nothing),
		cmocka_unit_test(an_override_goes_with_its_node),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(a_text_without_memory_fails_the_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
