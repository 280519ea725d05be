/* SPDX-License-Identifier: MIT */
/* Finding nodes: lookup, walk, path, and what happens to ids of things that have gone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zoo.h"

static int lookup(struct zoo *zoo, uint64_t parent, const char *name)
{
	struct eventfs_attr attr;

	return eventfs_lookup(zoo->fs, parent, name, &attr);
}

static uint64_t lookup_id(struct zoo *zoo, uint64_t parent, const char *name)
{
	struct eventfs_attr attr;

	assert_int_equal(eventfs_lookup(zoo->fs, parent, name, &attr), 0);
	return attr.id;
}

static uint64_t add_branch(struct zoo *zoo, const char *name)
{
	struct eventfs_attr attr;

	assert_int_equal(eventfs_mkdir(zoo->fs, zoo_id(zoo, "branches"), name, 0750, &attr), 0);
	return attr.id;
}

static void lookup_finds_fixed_and_dynamic_names(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t houses = lookup_id(zoo, EVENTFS_ROOT_ID, "houses");
	uint64_t apes = lookup_id(zoo, houses, "apes");
	uint64_t bob = lookup_id(zoo, apes, "bob");

	assert_int_equal(eventfs_type_of(houses), ZOO_HOUSES);
	assert_int_equal(eventfs_type_of(apes), ZOO_HOUSE);
	assert_int_equal(eventfs_type_of(bob), ZOO_ANIMAL);
	assert_int_equal(eventfs_type_of(lookup_id(zoo, bob, "sound")), ZOO_SOUND);
	assert_int_equal(eventfs_key_b(lookup_id(zoo, bob, "sound")), eventfs_key_b(bob));
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, "bears"), -ENOENT);
	assert_int_equal(lookup(zoo, houses, "bears"), -ENOENT);
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, "mottos"), -ENOENT);
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, "mott"), -ENOENT);
	assert_int_equal(lookup(zoo, lookup_id(zoo, apes, "sign"), "x"), -ENOTDIR);
	zoo_free(zoo);
}

static void lookup_of_every_name_in_the_table(void **state)
{
	struct zoo *zoo = zoo_new();

	for (unsigned int t = 1; t < ZOO_TYPES; t++) {
		if (zoo_types[t].name && zoo_types[t].parent == ZOO_ROOT)
			assert_int_equal(
				eventfs_type_of(lookup_id(zoo, EVENTFS_ROOT_ID, zoo_types[t].name)),
				t);
	}
	zoo_free(zoo);
}

static void lookup_knows_dots(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t branch = add_branch(zoo, "north");
	uint64_t apes = zoo_id(zoo, "branches/north/houses/apes");
	uint64_t ada = zoo_id(zoo, "branches/north/houses/apes/ada");

	assert_int_equal(lookup_id(zoo, EVENTFS_ROOT_ID, "."), EVENTFS_ROOT_ID);
	assert_int_equal(lookup_id(zoo, EVENTFS_ROOT_ID, ".."), EVENTFS_ROOT_ID);
	assert_int_equal(lookup_id(zoo, ada, "."), ada);
	assert_int_equal(lookup_id(zoo, ada, ".."), apes);
	assert_int_equal(lookup_id(zoo, apes, ".."), zoo_id(zoo, "branches/north/houses"));
	assert_int_equal(lookup_id(zoo, branch, ".."), zoo_id(zoo, "branches"));
	assert_int_equal(lookup(zoo, zoo_id(zoo, "motto"), "."), -ENOTDIR);
	assert_int_equal(lookup(zoo, zoo_id(zoo, "motto"), ".."), -ENOTDIR);
	zoo_free(zoo);
}

static void names_have_rules(void **state)
{
	struct zoo *zoo = zoo_new();
	char name[EVENTFS_NAME_MAX + 2];

	memset(name, 'n', sizeof(name));
	name[EVENTFS_NAME_MAX + 1] = '\0';
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, name), -ENAMETOOLONG);
	assert_int_equal(zoo_walk(zoo, name), -ENAMETOOLONG);
	name[EVENTFS_NAME_MAX] = '\0';
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, name), -ENOENT);
	assert_int_equal(zoo_walk(zoo, name), -ENOENT);
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, ""), -ENOENT);
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, "houses/apes"), -EINVAL);
	assert_int_equal(lookup(zoo, EVENTFS_ROOT_ID, "motto/"), -EINVAL);
	zoo_free(zoo);
}

static void a_branch_has_the_entries_of_the_main_zoo(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t branch = add_branch(zoo, "north");

	assert_int_equal(eventfs_type_of(branch), ZOO_ROOT);
	assert_int_equal(eventfs_key_a(zoo_id(zoo, "branches/north/motto")), eventfs_key_a(branch));
	assert_int_equal(eventfs_key_a(zoo_id(zoo, "branches/north/houses/apes/bob/weight")),
			 eventfs_key_a(branch));
	assert_int_equal(zoo_walk(zoo, "branches/north/README"), -ENOENT);
	assert_int_equal(zoo_walk(zoo, "branches/north/branches"), -ENOENT);
	/* Nor is it there for somebody who makes up the id. */
	assert_int_equal(
		lookup(zoo,
		       eventfs_id(ZOO_BRANCHES, (struct eventfs_key){.a = eventfs_key_a(branch)}),
		       "north"),
		-ENOENT);
	assert_int_equal(zoo_walk(zoo, "README"), 0);
	zoo_free(zoo);
}

static void an_entry_is_there_for_some_keys_only(void **state)
{
	struct zoo *zoo = zoo_new();
	uint32_t house = eventfs_key_b(zoo_id(zoo, "houses/apes"));
	uint32_t one = zoo_add_animal(zoo, house, "one");
	uint32_t two = zoo_add_animal(zoo, house, "two");

	assert_int_not_equal(one % 2, two % 2);
	assert_int_equal(zoo_walk(zoo, "houses/apes/one/tail"), one & 1 ? 0 : -ENOENT);
	assert_int_equal(zoo_walk(zoo, "houses/apes/two/tail"), two & 1 ? 0 : -ENOENT);
	zoo_free(zoo);
}

static void walk_follows_a_path(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t bob = zoo_id(zoo, "houses/apes/bob");

	assert_int_equal(zoo_id(zoo, ""), EVENTFS_ROOT_ID);
	assert_int_equal(zoo_id(zoo, "/"), EVENTFS_ROOT_ID);
	assert_int_equal(zoo_id(zoo, "."), EVENTFS_ROOT_ID);
	assert_int_equal(zoo_id(zoo, ".."), EVENTFS_ROOT_ID);
	assert_int_equal(zoo_id(zoo, "../../."), EVENTFS_ROOT_ID);
	assert_int_equal(zoo_id(zoo, "/houses/apes/bob"), bob);
	assert_int_equal(zoo_id(zoo, "///houses//apes///bob//"), bob);
	assert_int_equal(zoo_id(zoo, "./houses/./apes/../apes/bob/."), bob);
	assert_int_equal(zoo_id(zoo, "houses/apes/ada/../bob"), bob);
	zoo_free(zoo);
}

static void walk_refuses_what_the_vfs_refuses(void **state)
{
	struct zoo *zoo = zoo_new();
	char path[EVENTFS_PATH_MAX + 1];

	assert_int_equal(zoo_walk(zoo, "motto/"), -ENOTDIR);
	assert_int_equal(zoo_walk(zoo, "motto/."), -ENOTDIR);
	assert_int_equal(zoo_walk(zoo, "motto/.."), -ENOTDIR);
	assert_int_equal(zoo_walk(zoo, "motto/x"), -ENOTDIR);
	assert_int_equal(zoo_walk(zoo, "houses/bears/x"), -ENOENT);
	assert_int_equal(zoo_walk(zoo, "houses/bears/.."), -ENOENT);
	memset(path, '/', sizeof(path));
	path[EVENTFS_PATH_MAX] = '\0';
	assert_int_equal(zoo_walk(zoo, path), -ENAMETOOLONG);
	path[EVENTFS_PATH_MAX - 1] = '\0';
	assert_int_equal(zoo_walk(zoo, path), 0);
	zoo_free(zoo);
}

static void path_is_the_inverse_of_walk(void **state)
{
	static const char *const paths[] = {"motto",
					    "houses",
					    "houses/apes",
					    "houses/apes/bob",
					    "houses/apes/bob/weight",
					    "branches/north",
					    "branches/north/houses/birds/dodo/sound",
					    "labels/birds",
					    "branches/north/labels/apes"};
	struct zoo *zoo = zoo_new();
	char buf[EVENTFS_PATH_MAX];

	add_branch(zoo, "north");
	assert_int_equal(eventfs_path(zoo->fs, EVENTFS_ROOT_ID, buf, 1), 0);
	assert_string_equal(buf, "");
	assert_int_equal(eventfs_path(zoo->fs, EVENTFS_ROOT_ID, buf, 0), -ERANGE);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		uint64_t id = zoo_id(zoo, paths[i]);
		size_t len = strlen(paths[i]);

		assert_int_equal(eventfs_path(zoo->fs, id, buf, sizeof(buf)), len);
		assert_string_equal(buf, paths[i]);
		assert_int_equal(eventfs_path(zoo->fs, id, buf, len + 1), len);
		assert_string_equal(buf, paths[i]);
		for (size_t size = 0; size <= len; size++)
			assert_int_equal(eventfs_path(zoo->fs, id, buf, size), -ERANGE);
	}
	zoo_free(zoo);
}

static void ids_of_what_has_gone_name_nothing(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t gone[4] = {zoo_id(zoo, "houses/apes/bob"), zoo_id(zoo, "houses/apes/bob/weight")};
	struct zoo_listing list = {0};
	struct eventfs_attr attr = {.mode = 0600};
	struct eventfs_file *file;
	char path[64];

	gone[2] = add_branch(zoo, "north");
	gone[3] = zoo_id(zoo, "branches/north/motto");
	zoo_remove_animal(zoo, "bob");
	assert_int_equal(eventfs_rmdir(zoo->fs, zoo_id(zoo, "branches"), "north"), 0);
	/* The slots are used again, under the same names. */
	zoo_add_animal(zoo, eventfs_key_b(zoo_id(zoo, "houses/apes")), "bob");
	add_branch(zoo, "north");
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(eventfs_getattr(zoo->fs, gone[i], &attr), -ENOENT);
		assert_int_equal(eventfs_setattr(zoo->fs, gone[i], EVENTFS_SET_MODE, &attr),
				 -ENOENT);
		assert_int_equal(lookup(zoo, gone[i], "motto"), -ENOENT);
		assert_int_equal(lookup(zoo, gone[i], ".."), -ENOENT);
		assert_int_equal(eventfs_readdir(zoo->fs, gone[i], 0, zoo_fill, &list), -ENOENT);
		assert_int_equal(eventfs_path(zoo->fs, gone[i], path, sizeof(path)), -ENOENT);
		assert_int_equal(eventfs_mkdir(zoo->fs, gone[i], "x", 0750, &attr), -ENOENT);
		assert_int_equal(eventfs_rmdir(zoo->fs, gone[i], "x"), -ENOENT);
		assert_int_equal(eventfs_open(zoo->fs, gone[i], &zoo_asker, 0, &file), -ENOENT);
	}
	assert_int_equal(list.count, 0);
	assert_int_equal(zoo_walk(zoo, "houses/apes/bob/weight"), 0);
	zoo_free(zoo);
}

static void an_id_never_comes_to_mean_another_thing(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t branches = zoo_id(zoo, "branches");
	uint64_t first = add_branch(zoo, "north");
	struct eventfs_attr attr;
	uint64_t last = first;

	assert_int_equal(eventfs_rmdir(zoo->fs, branches, "north"), 0);
	for (int i = 0; i < 200000; i++) {
		assert_int_equal(eventfs_mkdir(zoo->fs, branches, "north", 0750, &attr), 0);
		if (attr.id <= last || eventfs_getattr(zoo->fs, last, &attr) != -ENOENT)
			fail_msg("round %d: an id is alive again", i);
		last = lookup_id(zoo, branches, "north");
		assert_int_equal(eventfs_rmdir(zoo->fs, branches, "north"), 0);
	}
	assert_int_equal(eventfs_getattr(zoo->fs, first, &attr), -ENOENT);
	zoo_free(zoo);
}

static void keys_out_of_range_are_not_believed(void **state)
{
	struct zoo *zoo = zoo_new();
	uint64_t branches = zoo_id(zoo, "branches");
	uint64_t ada = zoo_id(zoo, "houses/apes/ada");
	struct zoo_listing list = {0};
	struct eventfs_attr attr;
	char path[64];

	add_branch(zoo, "north");
	zoo->finds_bad_key = true;
	assert_int_equal(lookup(zoo, branches, "north"), -EOVERFLOW);
	assert_int_equal(lookup(zoo, ada, ".."), -EOVERFLOW);
	assert_int_equal(eventfs_path(zoo->fs, ada, path, sizeof(path)), -EOVERFLOW);
	assert_int_equal(eventfs_readdir(zoo->fs, ada, 0, zoo_fill, &list), -EOVERFLOW);
	assert_int_equal(eventfs_mkdir(zoo->fs, branches, "south", 0750, &attr), -EOVERFLOW);
	zoo_free(zoo);
}

/* A tree whose provider is wrong in every way: what it says is handed on or refused, never followed. */
struct wrong {
	int find;
	int valid;
	int parent;
	struct eventfs_key child_key;
	struct eventfs_key parent_key;
	const char *name;
};

static int wrong_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		      struct eventfs_key *child)
{
	*child = ((struct wrong *)ctx)->child_key;
	return ((struct wrong *)ctx)->find;
}

static int wrong_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
		      struct eventfs_dirent *out)
{
	return ((struct wrong *)ctx)->find;
}

static int wrong_valid(void *ctx, struct eventfs_key key)
{
	return ((struct wrong *)ctx)->valid;
}

static int wrong_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	strcpy(name, ((struct wrong *)ctx)->name);
	return 0;
}

static int wrong_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	*dir = ((struct wrong *)ctx)->parent_key;
	return ((struct wrong *)ctx)->parent;
}

static const struct eventfs_provider wrong_provider = {
	.find = wrong_find,
	.next = wrong_next,
	.valid = wrong_valid,
	.name = wrong_name,
	.parent = wrong_parent,
};

static const struct eventfs_type wrong_types[] = {
	{.mode = S_IFDIR | 0755},
	{.name = "d", .mode = S_IFDIR | 0755, .provider = &wrong_provider, .child = 2},
	{.mode = S_IFDIR | 0755},
};

static void a_wrong_provider_does_no_harm(void **state)
{
	struct wrong wrong = {.name = "child"};
	struct eventfs_config config = {.types = wrong_types, .n_types = 3, .ctx = &wrong};
	struct zoo_listing list = {0};
	struct eventfs_attr attr;
	struct eventfs *fs;
	uint64_t child;
	char path[64];

	assert_int_equal(eventfs_create(&config, &fs), 0);
	for (int i = 0; i < 4; i++) {
		wrong.child_key.a = EVENTFS_KEY_MAX + (i & 1);
		wrong.child_key.b = EVENTFS_KEY_MAX + (i >> 1);
		assert_int_equal(eventfs_walk(fs, "d/child", &attr), i ? -EOVERFLOW : 0);
	}
	wrong.child_key = (struct eventfs_key){.b = 1};
	assert_int_equal(eventfs_walk(fs, "d/child", &attr), 0);
	child = attr.id;
	assert_int_equal(eventfs_path(fs, child, path, sizeof(path)), 7);

	/* The root has no provider: with another key it is nothing. */
	assert_int_equal(eventfs_getattr(fs, eventfs_id(0, (struct eventfs_key){.b = 1}), &attr),
			 -ENOENT);
	assert_int_equal(eventfs_getattr(fs, eventfs_id(1, (struct eventfs_key){.a = 1}), &attr),
			 -ENOENT);
	wrong.parent_key.a = 1;
	assert_int_equal(eventfs_path(fs, child, path, sizeof(path)), -ENOENT);
	assert_int_equal(eventfs_walk(fs, "d/child/../../..", &attr), -ENOENT);
	wrong.parent_key.a = 0;
	wrong.name = "";
	assert_int_equal(eventfs_path(fs, child, path, sizeof(path)), -ENOENT);
	wrong.name = "child";
	wrong.parent = -EIO;
	assert_int_equal(eventfs_path(fs, child, path, sizeof(path)), -EIO);
	assert_int_equal(eventfs_lookup(fs, child, "..", &attr), -EIO);
	assert_int_equal(eventfs_readdir(fs, child, 0, zoo_fill, &list), -EIO);
	wrong.find = -EIO;
	assert_int_equal(eventfs_walk(fs, "d/child", &attr), -EIO);
	assert_int_equal(eventfs_walk(fs, "d/child/..", &attr), -EIO);
	assert_int_equal(eventfs_mkdir(fs, eventfs_id(1, (struct eventfs_key){0}), "x", 0, &attr),
			 -EIO);
	assert_int_equal(
		eventfs_readdir(fs, eventfs_id(1, (struct eventfs_key){0}), 0, zoo_fill, &list),
		-EIO);
	wrong.valid = -EIO;
	assert_int_equal(eventfs_getattr(fs, child, &attr), -EIO);
	assert_int_equal(eventfs_destroy(fs), 0);
}

static void no_lock_is_held_while_a_provider_is_asked(void **state)
{
	struct zoo *zoo = zoo_new();
	struct zoo_listing list = {0};
	struct eventfs_attr attr = {.mode = 0700};
	struct eventfs_file *file;

	zoo->reenter = true;
	add_branch(zoo, "north");
	assert_int_equal(eventfs_setattr(zoo->fs, zoo_id(zoo, "houses/apes/ada/weight"),
					 EVENTFS_SET_MODE, &attr),
			 0);
	assert_int_equal(eventfs_readdir(zoo->fs, zoo_id(zoo, "houses"), 0, zoo_fill, &list), 0);
	assert_int_equal(
		eventfs_open(zoo->fs, zoo_id(zoo, "branches/north/motto"), &zoo_asker, 2, &file),
		0);
	assert_string_equal(zoo_read(file, 0), "\n");
	assert_int_equal(eventfs_write(file, &zoo_asker, "x", 1, 0), 1);
	eventfs_release(file);
	assert_int_equal(eventfs_rmdir(zoo->fs, zoo_id(zoo, "branches"), "north"), 0);
	zoo_free(zoo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookup_finds_fixed_and_dynamic_names),
		cmocka_unit_test(lookup_of_every_name_in_the_table),
		cmocka_unit_test(lookup_knows_dots),
		cmocka_unit_test(names_have_rules),
		cmocka_unit_test(a_branch_has_the_entries_of_the_main_zoo),
		cmocka_unit_test(an_entry_is_there_for_some_keys_only),
		cmocka_unit_test(walk_follows_a_path),
		cmocka_unit_test(walk_refuses_what_the_vfs_refuses),
		cmocka_unit_test(path_is_the_inverse_of_walk),
		cmocka_unit_test(ids_of_what_has_gone_name_nothing),
		cmocka_unit_test(an_id_never_comes_to_mean_another_thing),
		cmocka_unit_test(keys_out_of_range_are_not_believed),
		cmocka_unit_test(a_wrong_provider_does_no_harm),
		cmocka_unit_test(no_lock_is_held_while_a_provider_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
