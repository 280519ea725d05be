/* SPDX-License-Identifier: MIT */
/* Node ids and the table of types: what is a good one, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "zoo.h"

static void ids_and_their_parts_are_a_bijection(void **state)
{
	static const uint32_t keys[] = {
		0, 1, 2, 255, 4095, 0xffff, 0x7ffffff, 0x8000000, EVENTFS_KEY_MAX};
	uint64_t last = 0;

	/* In this order ids grow, so all are different. */
	for (unsigned int type = 0; type < EVENTFS_TYPES_MAX; type++) {
		for (size_t a = 0; a < sizeof(keys) / sizeof(keys[0]); a++) {
			for (size_t b = 0; b < sizeof(keys) / sizeof(keys[0]); b++) {
				struct eventfs_key key = {.a = keys[a], .b = keys[b]};
				uint64_t id = eventfs_id(type, key);

				assert_true(id > last);
				assert_int_equal(id >> 63, 0);
				assert_int_equal(eventfs_type_of(id), type);
				assert_int_equal(eventfs_key_a(id), key.a);
				assert_int_equal(eventfs_key_b(id), key.b);
				last = id;
			}
		}
	}
	assert_int_equal(eventfs_id(0, (struct eventfs_key){0}), EVENTFS_ROOT_ID);
	assert_int_equal(EVENTFS_ROOT_ID, 1);
}

static void aliases_differ_and_keep_the_keys(void **state)
{
	struct eventfs_key key = {.a = EVENTFS_KEY_MAX, .b = EVENTFS_ALIAS_KEY_MAX};
	uint64_t id = eventfs_id(ZOO_CAMERA, key);
	uint64_t last = id;

	for (uint32_t i = 1; i < EVENTFS_ALIASES; i++) {
		uint64_t alias = eventfs_id_alias(id, i);

		assert_true(alias > last);
		assert_int_equal(eventfs_type_of(alias), ZOO_CAMERA);
		assert_int_equal(eventfs_key_a(alias), key.a);
		assert_int_equal(eventfs_id_alias(alias, 0), id);
		last = alias;
	}
	assert_int_equal(eventfs_id_alias(id, EVENTFS_ALIASES), id);
	assert_int_equal(eventfs_id_alias(id, EVENTFS_ALIASES + 3), eventfs_id_alias(id, 3));
}

static void numbers_that_are_no_ids_are_stale(void **state)
{
	struct zoo *zoo = zoo_new();
	const uint64_t bad[] = {0, UINT64_MAX, UINT64_C(1) << 63,
				eventfs_id(ZOO_TYPES, (struct eventfs_key){0})};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct eventfs_file *file;
		struct eventfs_attr attr = {0};
		struct zoo_listing list = {0};
		char path[64];

		assert_int_equal(eventfs_getattr(zoo->fs, bad[i], &attr), -ESTALE);
		assert_int_equal(eventfs_setattr(zoo->fs, bad[i], EVENTFS_SET_MODE, &attr),
				 -ESTALE);
		assert_int_equal(eventfs_lookup(zoo->fs, bad[i], "motto", &attr), -ESTALE);
		assert_int_equal(eventfs_readdir(zoo->fs, bad[i], 0, zoo_fill, &list), -ESTALE);
		assert_int_equal(eventfs_path(zoo->fs, bad[i], path, sizeof(path)), -ESTALE);
		assert_int_equal(eventfs_mkdir(zoo->fs, bad[i], "x", 0750, &attr), -ESTALE);
		assert_int_equal(eventfs_rmdir(zoo->fs, bad[i], "x"), -ESTALE);
		assert_int_equal(eventfs_open(zoo->fs, bad[i], &zoo_asker, 0, &file), -ESTALE);
	}
	zoo_free(zoo);
}

static void ids_nobody_gave_out_name_nothing(void **state)
{
	struct zoo *zoo = zoo_new();
	const uint64_t bad[] = {
		eventfs_id(ZOO_ROOT, (struct eventfs_key){.a = 77}),
		eventfs_id(ZOO_ROOT, (struct eventfs_key){.b = 1}),
		eventfs_id(ZOO_MOTTO, (struct eventfs_key){.a = 77}),
		eventfs_id(ZOO_HOUSE, (struct eventfs_key){0}),
		eventfs_id(ZOO_SIGN, (struct eventfs_key){.b = 99}),
		eventfs_id(ZOO_WEIGHT, (struct eventfs_key){.a = 5, .b = 2}),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct eventfs_attr attr;

		assert_int_equal(eventfs_getattr(zoo->fs, bad[i], &attr), -ENOENT);
	}
	zoo_free(zoo);
}

static int create(const struct eventfs_type *types, size_t n_types, const struct eventfs_ops *ops)
{
	struct eventfs_config config = {.types = types, .n_types = n_types, .ops = ops};
	struct eventfs *fs = NULL;
	int ret = eventfs_create(&config, &fs);

	if (ret == 0)
		assert_int_equal(eventfs_destroy(fs), 0);
	else
		assert_null(fs);
	return ret;
}

static void the_zoo_and_the_smallest_table_are_good(void **state)
{
	static const struct eventfs_type root = {.mode = S_IFDIR | 0755};

	assert_int_equal(create(zoo_types, ZOO_TYPES, &zoo_ops), 0);
	assert_int_equal(create(&root, 1, NULL), 0);
}

static void sizes_of_tables_are_checked(void **state)
{
	static struct eventfs_type many[EVENTFS_TYPES_MAX + 1];
	static char names[EVENTFS_TYPES_MAX + 1][8];
	static const struct eventfs_file_ops nothing;

	many[0].mode = S_IFDIR | 0755;
	for (size_t i = 1; i <= EVENTFS_TYPES_MAX; i++) {
		memcpy(names[i], (char[]){'f', (char)('a' + i / 26), (char)('a' + i % 26), 0}, 4);
		many[i] = (struct eventfs_type){
			.name = names[i], .mode = S_IFREG | 0444, .file = &nothing};
	}
	assert_int_equal(create(many, EVENTFS_TYPES_MAX, NULL), 0);
	assert_int_equal(create(many, EVENTFS_TYPES_MAX + 1, NULL), -EINVAL);
	assert_int_equal(create(many, 0, NULL), -EINVAL);
	assert_int_equal(create(NULL, 1, NULL), -EINVAL);
}

static void operations_of_the_file_system_come_in_pairs(void **state)
{
	const struct eventfs_ops no_pin = {.unpin = zoo_ops.unpin};
	const struct eventfs_ops no_unpin = {.pin = zoo_ops.pin};

	assert_int_equal(create(zoo_types, ZOO_TYPES, &no_pin), -EINVAL);
	assert_int_equal(create(zoo_types, ZOO_TYPES, &no_unpin), -EINVAL);
	/* motto is pinned */
	assert_int_equal(create(zoo_types, ZOO_TYPES, NULL), -EINVAL);
}

/* The zoo with one row replaced. */
static int create_with(enum zoo_type which, struct eventfs_type row)
{
	struct eventfs_type types[ZOO_TYPES];

	memcpy(types, zoo_types, sizeof(types));
	types[which] = row;
	return create(types, ZOO_TYPES, &zoo_ops);
}

#define ASSERT_BAD(which, change)                                                                  \
	do {                                                                                       \
		struct eventfs_type t = zoo_types[which];                                          \
                                                                                                   \
		change;                                                                            \
		assert_int_equal(create_with(which, t), -EINVAL);                                  \
	} while (0)

static void bad_names_in_a_table_are_refused(void **state)
{
	static char long_name[EVENTFS_NAME_MAX + 2];

	memset(long_name, 'x', EVENTFS_NAME_MAX + 1);
	ASSERT_BAD(ZOO_MOTTO, t.name = "");
	ASSERT_BAD(ZOO_MOTTO, t.name = ".");
	ASSERT_BAD(ZOO_MOTTO, t.name = "..");
	ASSERT_BAD(ZOO_MOTTO, t.name = "a/b");
	ASSERT_BAD(ZOO_MOTTO, t.name = long_name);
	ASSERT_BAD(ZOO_MOTTO, t.name = "notice");
	ASSERT_BAD(ZOO_LABELS, t.name = "README");
	ASSERT_BAD(ZOO_ROOT, t.name = "root");
	ASSERT_BAD(ZOO_MOTTO, t.name = NULL);
	ASSERT_BAD(ZOO_HOUSE, t.name = "house");
}

static void bad_relations_in_a_table_are_refused(void **state)
{
	ASSERT_BAD(ZOO_MOTTO, t.parent = ZOO_TYPES);
	ASSERT_BAD(ZOO_MOTTO, t.parent = ZOO_README);
	ASSERT_BAD(ZOO_LABELS, t.parent = ZOO_LABELS);
	ASSERT_BAD(ZOO_HOUSES, t.parent = ZOO_ANIMAL);
	ASSERT_BAD(ZOO_HOUSE, t.parent = ZOO_HOUSES);
	ASSERT_BAD(ZOO_LABELS, t.child = ZOO_HOUSE);
	ASSERT_BAD(ZOO_LABELS, t.child = ZOO_LABELS);
	ASSERT_BAD(ZOO_LABELS, t.child = ZOO_TYPES);
	ASSERT_BAD(ZOO_LABELS, t.provider = NULL);
	ASSERT_BAD(ZOO_BRANCHES, (t.provider = NULL, t.child = 0));
	ASSERT_BAD(ZOO_HOUSE, t.child = ZOO_HOUSE);
}

static void rows_whose_parts_do_not_fit_are_refused(void **state)
{
	static const struct eventfs_file_ops nothing;
	struct eventfs_provider half = *zoo_types[ZOO_HOUSES].provider;
	struct eventfs_file_ops both = *zoo_types[ZOO_MOTTO].file;

	half.parent = NULL;
	both.read = zoo_types[ZOO_FEED].file->read;
	ASSERT_BAD(ZOO_HOUSES, t.provider = &half);
	ASSERT_BAD(ZOO_MOTTO, t.file = &both);
	both = *zoo_types[ZOO_MOTTO].file;
	both.write = zoo_types[ZOO_FEED].file->write;
	ASSERT_BAD(ZOO_MOTTO, t.file = &both);
	both = *zoo_types[ZOO_FEED].file;
	both.open = NULL;
	ASSERT_BAD(ZOO_FEED, t.file = &both);
	ASSERT_BAD(ZOO_MOTTO, t.file = NULL);
	ASSERT_BAD(ZOO_MOTTO, t.flags = 0x80);
	ASSERT_BAD(ZOO_MOTTO, t.mode = 0640);
	ASSERT_BAD(ZOO_MOTTO, t.mode = S_IFLNK | 0640);
	ASSERT_BAD(ZOO_MOTTO, t.mode |= 0x10000);
	ASSERT_BAD(ZOO_MOTTO, t.mode = S_IFDIR | 0750);
	ASSERT_BAD(ZOO_MOTTO, t.provider = zoo_types[ZOO_HOUSES].provider);
	ASSERT_BAD(ZOO_HOUSES, t.file = &nothing);
	ASSERT_BAD(ZOO_HOUSES, t.flags = EVENTFS_PIN);
	ASSERT_BAD(ZOO_HOUSES, t.size_bytes = 1);
	ASSERT_BAD(ZOO_ROOT, t.present = zoo_types[ZOO_README].present);
	ASSERT_BAD(ZOO_ROOT, (t.mode = S_IFREG | 0440, t.file = &nothing));
	ASSERT_BAD(ZOO_ANIMAL, t.present = zoo_types[ZOO_README].present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_and_their_parts_are_a_bijection),
		cmocka_unit_test(aliases_differ_and_keep_the_keys),
		cmocka_unit_test(numbers_that_are_no_ids_are_stale),
		cmocka_unit_test(ids_nobody_gave_out_name_nothing),
		cmocka_unit_test(the_zoo_and_the_smallest_table_are_good),
		cmocka_unit_test(sizes_of_tables_are_checked),
		cmocka_unit_test(operations_of_the_file_system_come_in_pairs),
		cmocka_unit_test(bad_names_in_a_table_are_refused),
		cmocka_unit_test(bad_relations_in_a_table_are_refused),
		cmocka_unit_test(rows_whose_parts_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
