/* SPDX-License-Identifier: MIT */
/* Directories: listings and their cursors, mkdir, rmdir. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zoo.h"

static int make(struct zoo *zoo, const char *parent, const char *name)
{
	struct eventfs_attr attr;

	return eventfs_mkdir(zoo->fs, zoo_id(zoo, parent), name, 0750, &attr);
}

static int drop(struct zoo *zoo, const char *parent, const char *name)
{
	return eventfs_rmdir(zoo->fs, zoo_id(zoo, parent), name);
}

static const char *list_all(struct zoo *zoo, const char *path)
{
	static struct zoo_listing list;

	memset(&list, 0, sizeof(list));
	assert_int_equal(eventfs_readdir(zoo->fs, zoo_id(zoo, path), 0, zoo_fill, &list), 0);
	return zoo_names(&list);
}

static void a_listing_has_dots_fixed_and_dynamic_entries(void **state)
{
	struct zoo *zoo = zoo_new();

	assert_string_equal(list_all(zoo, ""),
			    ". .. README motto notice box feed camera branches houses labels");
	assert_string_equal(list_all(zoo, "houses"), ". .. count apes birds");
	assert_string_equal(list_all(zoo, "houses/apes"), ". .. sign ada bob cleo");
	assert_string_equal(list_all(zoo, "labels"), ". .. apes birds");
	assert_string_equal(list_all(zoo, "branches"), ". ..");
	assert_int_equal(make(zoo, "branches", "north"), 0);
	assert_string_equal(list_all(zoo, "branches"), ". .. north");
	assert_string_equal(list_all(zoo, "branches/north"),
			    ". .. motto notice box feed camera houses labels");
	zoo_free(zoo);
}

/* readdirplus: what a listing says of an entry is what lookup says. */
static void a_listing_has_the_attributes(void **state)
{
	static const char *const dirs[] = {"",	     "houses",	 "houses/apes",	  "houses/apes/bob",
					   "labels", "branches", "branches/north"};
	struct zoo *zoo = zoo_new();

	assert_int_equal(make(zoo, "branches", "north"), 0);
	for (size_t d = 0; d < sizeof(dirs) / sizeof(dirs[0]); d++) {
		uint64_t dir = zoo_id(zoo, dirs[d]);
		struct zoo_listing list = {0};

		assert_int_equal(eventfs_readdir(zoo->fs, dir, 0, zoo_fill, &list), 0);
		for (size_t i = 0; i < list.count; i++) {
			struct eventfs_attr attr;

			memset(&attr, 0, sizeof(attr));
			assert_int_equal(eventfs_lookup(zoo->fs, dir, list.name[i], &attr), 0);
			assert_int_equal(attr.id, list.attr[i].id);
			assert_int_equal(attr.mode, list.attr[i].mode);
			assert_int_equal(attr.nlink, list.attr[i].nlink);
			assert_int_equal(attr.uid, list.attr[i].uid);
			assert_int_equal(attr.gid, list.attr[i].gid);
			assert_int_equal(attr.size_bytes, list.attr[i].size_bytes);
			assert_int_equal(attr.flags, list.attr[i].flags);
		}
	}
	zoo_free(zoo);
}

static void a_listing_goes_on_at_any_cursor(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t dir = zoo_id(zoo, "houses");
	struct zoo_listing all = {0};

	assert_int_equal(eventfs_readdir(zoo->fs, dir, 0, zoo_fill, &all), 0);
	assert_int_equal(all.count, 5);
	for (size_t i = 0; i < all.count; i++) {
		struct zoo_listing rest = {0};

		assert_true(all.cursor[i] > 0 && all.cursor[i] <= INT64_MAX);
		assert_int_equal(eventfs_readdir(zoo->fs, dir, all.cursor[i], zoo_fill, &rest), 0);
		assert_int_equal(rest.count, all.count - i - 1);
		for (size_t j = 0; j < rest.count; j++)
			assert_string_equal(rest.name[j], all.name[i + 1 + j]);
	}
	zoo_free(zoo);
}

static int refuse_all(void *arg, const char *name, const struct eventfs_attr *attr,
		      uint64_t next_cursor)
{
	unsigned int *asked = arg;

	(*asked)++;
	return -1;
}

/* Stopped before ".", "..", a fixed entry, a dynamic one, or after all. */
static void a_listing_that_was_stopped_asks_no_more(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t dir = zoo_id(zoo, "houses");
	struct zoo_listing all = {0};

	assert_int_equal(eventfs_readdir(zoo->fs, dir, 0, zoo_fill, &all), 0);
	for (size_t i = 0; i <= all.count; i++) {
		unsigned int asked = 0;

		assert_int_equal(eventfs_readdir(zoo->fs, dir, i ? all.cursor[i - 1] : 0,
						 refuse_all, &asked),
				 0);
		assert_int_equal(asked, i < all.count ? 1 : 0);
	}
	zoo_free(zoo);
}

static void a_listing_in_steps_is_the_listing_at_once(void **state)
{
	struct zoo *zoo = zoo_new();

	for (size_t step = 1; step <= 6; step++) {
		struct zoo_listing list = {0};
		uint64_t dir = EVENTFS_ROOT_ID;
		size_t before;

		do {
			before = list.count;
			list.stop_after = before + step;
			assert_int_equal(
				eventfs_readdir(zoo->fs, dir, list.next_cursor, zoo_fill, &list),
				0);
		} while (list.count > before);
		assert_string_equal(
			zoo_names(&list),
			". .. README motto notice box feed camera branches houses labels");
	}
	zoo_free(zoo);
}

static void bad_cursors_are_refused(void **state)
{
	struct zoo *zoo = zoo_new();
	struct zoo_listing list = {0};
	const uint64_t bad[] = {3 + ZOO_TYPES, 255, UINT64_C(1) << 63, UINT64_MAX};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(eventfs_readdir(zoo->fs, EVENTFS_ROOT_ID, bad[i], zoo_fill, &list),
				 -EINVAL);
	assert_int_equal(eventfs_readdir(zoo->fs, zoo_id(zoo, "motto"), 0, zoo_fill, &list),
			 -ENOTDIR);
	assert_int_equal(list.count, 0);
	zoo_free(zoo);
}

/* List one entry at a time; remove each third house right after it was given. Nobody else may be missed. */
static void a_removal_skips_and_repeats_no_sibling(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t dir = zoo_id(zoo, "houses");
	unsigned int given[300] = {0};
	struct zoo_listing list = {0};
	char name[32];
	size_t before;

	for (unsigned int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		zoo_add_house(zoo, name);
	}
	do {
		unsigned int h;

		before = list.count;
		list.stop_after = before + 1;
		assert_int_equal(eventfs_readdir(zoo->fs, dir, list.next_cursor, zoo_fill, &list),
				 0);
		if (list.count == before || sscanf(list.name[before], "h%u", &h) != 1)
			continue;
		given[h]++;
		if (h % 3 == 0)
			zoo_remove_house(zoo, list.name[before]);
		if (h % 3 == 1 && h > 1) { /* one given before; its slot is used again */
			snprintf(name, sizeof(name), "h%u", h - 2);
			zoo_remove_house(zoo, name);
			snprintf(name, sizeof(name), "new%u", h);
			zoo_add_house(zoo, name);
		}
	} while (list.count > before);
	for (unsigned int h = 0; h < 300; h++)
		assert_int_equal(given[h], 1);
	zoo_free(zoo);
}

static void an_entry_removed_before_its_turn_is_not_given(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t dir = zoo_id(zoo, "houses/apes");
	struct zoo_listing list = {.stop_after = 4};

	assert_int_equal(eventfs_readdir(zoo->fs, dir, 0, zoo_fill, &list), 0);
	assert_string_equal(zoo_names(&list), ". .. sign ada");
	zoo_remove_animal(zoo, "ada");
	zoo_remove_animal(zoo, "bob");
	list.stop_after = 0;
	assert_int_equal(eventfs_readdir(zoo->fs, dir, list.next_cursor, zoo_fill, &list), 0);
	assert_string_equal(zoo_names(&list), ". .. sign ada cleo");
	zoo_free(zoo);
}

static void a_fixed_entry_hides_a_dynamic_one(void **state)
{
	struct zoo *zoo = zoo_new();

	zoo_add_house(zoo, "count");
	zoo_add_house(zoo, "dogs");
	assert_string_equal(list_all(zoo, "houses"), ". .. count apes birds dogs");
	assert_int_equal(eventfs_type_of(zoo_id(zoo, "houses/count")), ZOO_HOUSES_COUNT);
	/* labels/ has no fixed entry of that name. */
	assert_string_equal(list_all(zoo, "labels"), ". .. apes birds count dogs");
	zoo_free(zoo);
}

static void a_provider_that_stands_still_ends_the_listing(void **state)
{
	struct zoo *zoo = zoo_new();
	struct zoo_listing list = {0};

	zoo->next_stands_still = true;
	assert_int_equal(eventfs_readdir(zoo->fs, zoo_id(zoo, "houses"), 0, zoo_fill, &list),
			 -EOVERFLOW);
	zoo_free(zoo);
}

static void mkdir_makes_a_directory_and_rmdir_removes_it(void **state)
{
	struct zoo *zoo = zoo_new();
	struct eventfs_attr attr;

	assert_int_equal(eventfs_mkdir(zoo->fs, zoo_id(zoo, "branches"), "north", 0, &attr), 0);
	assert_int_equal(attr.mode, S_IFDIR | 0750);
	assert_int_equal(attr.id, zoo_id(zoo, "branches/north"));
	assert_int_equal(make(zoo, "branches", "a name, with spaces"), 0);
	assert_int_equal(make(zoo, "branches", ".hidden"), 0);
	assert_int_equal(make(zoo, "branches", "..."), 0);
	assert_int_equal(drop(zoo, "branches", "..."), 0);
	assert_int_equal(drop(zoo, "branches", ".hidden"), 0);
	assert_int_equal(drop(zoo, "branches", "a name, with spaces"), 0);
	assert_int_equal(drop(zoo, "branches", "north"), 0);
	assert_int_equal(zoo_walk(zoo, "branches/north"), -ENOENT);
	assert_int_equal(drop(zoo, "branches", "north"), -ENOENT);
	zoo_free(zoo);
}

static void mkdir_answers_as_the_kernel_does(void **state)
{
	struct zoo *zoo = zoo_new();
	char name[EVENTFS_NAME_MAX + 2];

	assert_int_equal(make(zoo, "branches", "north"), 0);
	assert_int_equal(make(zoo, "branches", "north"), -EEXIST);
	assert_int_equal(make(zoo, "branches", "."), -EEXIST);
	assert_int_equal(make(zoo, "branches", ".."), -EEXIST);
	assert_int_equal(make(zoo, "branches", ""), -ENOENT);
	assert_int_equal(make(zoo, "branches", "a/b"), -EINVAL);
	assert_int_equal(make(zoo, "", "branches"), -EEXIST);
	assert_int_equal(make(zoo, "", "motto"), -EEXIST);
	assert_int_equal(make(zoo, "", "new"), -EPERM);
	assert_int_equal(make(zoo, "houses", "new"), -EPERM);
	assert_int_equal(make(zoo, "houses/apes", "new"), -EPERM);
	assert_int_equal(make(zoo, "branches/north", "new"), -EPERM);
	assert_int_equal(make(zoo, "branches/north", "branches"), -EPERM);
	assert_int_equal(make(zoo, "motto", "new"), -ENOTDIR);
	memset(name, 'n', sizeof(name));
	name[EVENTFS_NAME_MAX + 1] = '\0';
	assert_int_equal(make(zoo, "branches", name), -ENAMETOOLONG);
	assert_int_equal(make(zoo, "houses", name), -ENAMETOOLONG);
	name[EVENTFS_NAME_MAX] = '\0';
	assert_int_equal(make(zoo, "branches", name), 0);
	assert_int_equal(drop(zoo, "branches", name), 0);
	for (int i = 1; i < ZOO_SLOTS; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		assert_int_equal(make(zoo, "branches", name), 0);
	}
	assert_int_equal(make(zoo, "branches", "one-more"), -ENOSPC);
	zoo_free(zoo);
}

static void rmdir_answers_as_the_kernel_does(void **state)
{
	struct zoo *zoo = zoo_new();
	char name[EVENTFS_NAME_MAX + 2];

	assert_int_equal(make(zoo, "branches", "north"), 0);
	assert_int_equal(drop(zoo, "", "branches"), -EPERM);
	assert_int_equal(drop(zoo, "", "houses"), -EPERM);
	assert_int_equal(drop(zoo, "houses", "apes"), -EPERM);
	assert_int_equal(drop(zoo, "houses/apes", "ada"), -EPERM);
	assert_int_equal(drop(zoo, "branches/north", "houses"), -EPERM);
	assert_int_equal(drop(zoo, "", "README"), -ENOTDIR);
	assert_int_equal(drop(zoo, "README", "x"), -ENOTDIR);
	assert_int_equal(drop(zoo, "", "bears"), -ENOENT);
	assert_int_equal(drop(zoo, "branches", "bears"), -ENOENT);
	assert_int_equal(drop(zoo, "branches", ""), -ENOENT);
	assert_int_equal(drop(zoo, "branches", "."), -EINVAL);
	assert_int_equal(drop(zoo, "branches", ".."), -ENOTEMPTY);
	assert_int_equal(drop(zoo, "branches", "north/"), -EINVAL);
	memset(name, 'n', sizeof(name));
	name[EVENTFS_NAME_MAX + 1] = '\0';
	assert_int_equal(drop(zoo, "branches", name), -ENAMETOOLONG);
	assert_int_equal(zoo_walk(zoo, "branches/north"), 0);
	zoo_free(zoo);
}

static void a_fixed_directory_is_not_removed(void **state)
{
	struct eventfs_type types[ZOO_TYPES];
	struct zoo *zoo = zoo_new();
	struct eventfs_config config = {
		.types = types,
		.n_types = ZOO_TYPES,
		.ops = &zoo_ops,
		.ctx = zoo,
	};
	struct eventfs *fs;

	memcpy(types, zoo_types, sizeof(types));
	types[ZOO_LABELS].parent = ZOO_BRANCHES;
	assert_int_equal(eventfs_create(&config, &fs), 0);
	assert_int_equal(eventfs_rmdir(fs, zoo_id(zoo, "branches"), "labels"), -EPERM);
	assert_int_equal(eventfs_destroy(fs), 0);
	zoo_free(zoo);
}

static void a_pinned_directory_is_busy(void **state)
{
	static const char *const pinning[] = {"branches/north/motto", "branches/north/feed",
					      "branches/north/houses/apes/bob/weight"};
	struct zoo *zoo = zoo_new();
	struct eventfs_file *one;
	struct eventfs_file *two;

	for (size_t i = 0; i < sizeof(pinning) / sizeof(pinning[0]); i++) {
		uint64_t id;

		assert_int_equal(make(zoo, "branches", "north"), 0);
		id = zoo_id(zoo, pinning[i]);
		assert_int_equal(eventfs_open(zoo->fs, id, &zoo_asker, 0, &one), 0);
		assert_int_equal(eventfs_open(zoo->fs, id, &zoo_asker, 0, &two), 0);
		assert_int_equal(drop(zoo, "branches", "north"), -EBUSY);
		eventfs_release(one);
		assert_int_equal(drop(zoo, "branches", "north"), -EBUSY);
		eventfs_release(two);
		assert_int_equal(drop(zoo, "branches", "north"), 0);
	}
	assert_int_equal(make(zoo, "branches", "north"), 0);
	assert_int_equal(
		eventfs_open(zoo->fs, zoo_id(zoo, "branches/north/notice"), &zoo_asker, 0, &one),
		0);
	assert_int_equal(drop(zoo, "branches", "north"), 0);
	eventfs_release(one);
	zoo_free(zoo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listing_has_dots_fixed_and_dynamic_entries),
		cmocka_unit_test(a_listing_has_the_attributes),
		cmocka_unit_test(a_listing_goes_on_at_any_cursor),
		cmocka_unit_test(a_listing_that_was_stopped_asks_no_more),
		cmocka_unit_test(a_listing_in_steps_is_the_listing_at_once),
		cmocka_unit_test(bad_cursors_are_refused),
		cmocka_unit_test(a_removal_skips_and_repeats_no_sibling),
		cmocka_unit_test(an_entry_removed_before_its_turn_is_not_given),
		cmocka_unit_test(a_fixed_entry_hides_a_dynamic_one),
		cmocka_unit_test(a_provider_that_stands_still_ends_the_listing),
		cmocka_unit_test(mkdir_makes_a_directory_and_rmdir_removes_it),
		cmocka_unit_test(mkdir_answers_as_the_kernel_does),
		cmocka_unit_test(rmdir_answers_as_the_kernel_does),
		cmocka_unit_test(a_fixed_directory_is_not_removed),
		cmocka_unit_test(a_pinned_directory_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
