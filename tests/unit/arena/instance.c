/* SPDX-License-Identifier: MIT */
/* The table of trace arrays. */
#include "fixture.h"

static int add(struct utfs_arena *arena, const char *name, size_t bytes)
{
	uint32_t slot;

	begin(arena);
	return utfs_tx_end(arena, utfs_instance_add(arena, name, bytes, &slot));
}

static void take_away(struct utfs_arena *arena, uint32_t slot)
{
	begin(arena);
	assert_int_equal(utfs_tx_end(arena, utfs_instance_remove(arena, slot)), 0);
}

static int find(struct utfs_arena *arena, const char *name)
{
	uint32_t slot = 0;
	int ret;

	begin(arena);
	ret = utfs_instance_find_name(arena, name, strlen(name), &slot);
	commit(arena);
	return ret ? ret : (int)slot;
}

static void a_name_is_any_text_that_a_directory_could_have(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t before = arena->header->transactions;
	char name[400];

	memset(name, 'n', sizeof(name));
	assert_int_equal(add(arena, "", 0), -EINVAL);
	assert_int_equal(add(arena, ".", 1), -EINVAL);
	assert_int_equal(add(arena, "..", 2), -EINVAL);
	assert_int_equal(add(arena, "a/b", 3), -EINVAL);
	assert_int_equal(add(arena, "/", 1), -EINVAL);
	assert_int_equal(add(arena, "a\0b", 3), -EINVAL);
	assert_int_equal(add(arena, name, 256), -ENAMETOOLONG);
	assert_int_equal(add(arena, name, 300), -ENAMETOOLONG);
	assert_int_equal(arena->header->transactions, before);
	assert_int_equal(arena->header->nr_instances, 1);
	assert_int_equal(add(arena, name, 255), 0);
	assert_int_equal(add(arena, name, 255), -EEXIST);
	assert_int_equal(add(arena, name, 254), 0);
	assert_int_equal(add(arena, "...", 3), 0);
	assert_int_equal(add(arena, ".a", 2), 0);
	assert_int_equal(add(arena, " \n\xff\x80", 4), 0);
	name[255] = '\0';
	assert_int_equal(find(arena, name), 1);
	assert_int_equal(strlen(utfs_instance_at(arena, 1)->name), 255);
	name[254] = '\0';
	assert_int_equal(find(arena, name), 2);
	assert_int_equal(find(arena, "nobody"), -ENOENT);
	memset(name, 'n', sizeof(name));
	name[300] = '\0';
	assert_int_equal(find(arena, name), -ENOENT);
}

static void a_new_one_has_the_defaults_and_the_root_s_options(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t slot = instance_add(arena, "a");
	struct utfs_instance *instance = utfs_instance_at(arena, slot);

	begin(arena);
	utfs_tx_set(arena, &instance->tracing_on, 0);
	utfs_tx_set(arena, &instance->buffer_kb, 7);
	utfs_tx_set(arena, &instance->clock, UTFS_CLOCK_TAI);
	utfs_tx_set(arena, &instance->options, 0);
	commit(arena);
	take_away(arena, slot);
	assert_int_equal(instance_add(arena, "b"), slot);
	assert_int_equal(instance->tracing_on, 1);
	assert_int_equal(instance->buffer_kb, UTFS_DEFAULT_BUFFER_KB);
	assert_int_equal(instance->clock, UTFS_CLOCK_LOCAL);
	assert_int_equal(instance->options, UTFS_DEFAULT_OPTIONS & ~UTFS_OPTIONS_NOT_INHERITED);
	assert_int_equal(instance->paused, 0);
	assert_int_equal(instance->recorder, 0);
	assert_string_equal(instance->name, "b");
}

static void where_messages_go_falls_back_to_the_root(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	const uint64_t bit = UTFS_OPTION_BIT(UTFS_OPTION_TRACE_PRINTK_DEST);
	uint32_t slot = instance_add(arena, "a");

	assert_int_equal(arena->header->printk_slot, 0);
	begin(arena);
	utfs_instance_printk_set(arena, slot);
	commit(arena);
	assert_int_equal(arena->header->printk_slot, slot);
	assert_int_equal(utfs_instance_at(arena, 0)->options & bit, 0);
	assert_int_equal(utfs_instance_at(arena, slot)->options & bit, bit);
	take_away(arena, slot);
	assert_int_equal(arena->header->printk_slot, 0);
	assert_int_equal(utfs_instance_at(arena, 0)->options & bit, bit);
}

static void the_root_is_always_there(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t slot = 99;

	begin(arena);
	assert_int_equal(utfs_instance_find_serial(arena, UTFS_ROOT_SERIAL, &slot), 0);
	assert_int_equal(slot, 0);
	assert_int_equal(utfs_instance_remove(arena, 0), -ENOENT);
	assert_int_equal(utfs_instance_remove(arena, 1), -ENOENT);
	assert_int_equal(utfs_instance_remove(arena, UTFS_MAX_INSTANCES), -ENOENT);
	assert_int_equal(utfs_instance_remove(arena, UINT32_MAX), -ENOENT);
	assert_int_equal(utfs_instance_next(arena, 0, &slot), 0);
	commit(arena);
	slot = instance_add(arena, "a");
	take_away(arena, slot);
	begin(arena);
	assert_int_equal(utfs_instance_remove(arena, slot), -ENOENT);
	commit(arena);
}

static void there_is_room_for_4095(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t slot = 0, n = 0;
	char name[16];

	for (int i = 1; i < UTFS_MAX_INSTANCES; i++) {
		snprintf(name, sizeof(name), "i%d", i);
		assert_int_equal(instance_add(arena, name), i);
	}
	assert_int_equal(add(arena, "one more", 8), -EMFILE);
	for (int i = 1; i < UTFS_MAX_INSTANCES; i += 111) {
		snprintf(name, sizeof(name), "i%d", i);
		assert_int_equal(find(arena, name), i);
	}
	begin(arena);
	while (utfs_instance_next(arena, slot, &slot))
		n++;
	assert_int_equal(n, UTFS_MAX_INSTANCES - 1);
	assert_int_equal(utfs_instance_next(arena, UINT32_MAX, &slot), 0);
	commit(arena);
	take_away(arena, 2000);
	assert_int_equal(find(arena, "i2000"), -ENOENT);
	assert_int_equal(instance_add(arena, "one more"), 2000);
	for (int i = 1; i < UTFS_MAX_INSTANCES; i++)
		take_away(arena, (uint32_t)i);
	assert_int_equal(find(arena, "i5"), -ENOENT);
	begin(arena);
	assert_int_equal(utfs_instance_next(arena, 0, &slot), 0);
	commit(arena);
}

static void a_serial_never_names_two(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint64_t last = 0;
	uint32_t slot, found;

	for (int i = 0; i < 65535; i++) {
		uint64_t serial;

		begin(arena);
		assert_int_equal(utfs_instance_add(arena, "a", 1, &slot), 0);
		assert_int_equal(slot, 1);
		serial = utfs_instance_at(arena, slot)->serial;
		assert_true(serial > last);
		assert_true(serial < UINT64_C(1) << UTFS_SERIAL_BITS);
		assert_int_equal(utfs_instance_find_serial(arena, serial, &found), 0);
		assert_int_equal(found, slot);
		assert_int_equal(utfs_instance_find_serial(arena, last, &found),
				 i ? -ENOENT : 0 /* the root's */);
		last = serial;
		assert_int_equal(utfs_instance_remove(arena, slot), 0);
		assert_int_equal(utfs_instance_find_serial(arena, serial, &found), -ENOENT);
		commit(arena);
	}
	/* Its generations are used up: the slot is retired. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(instance_add(arena, "a"), 2);
		take_away(arena, 2);
	}
	assert_int_equal(utfs_instance_at(arena, 1)->serial, 0);
}

static void a_walk_skips_nobody_when_others_go(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	bool seen[101] = {0};
	uint32_t slot = 0;
	char name[16];

	for (int i = 1; i <= 100; i++) {
		snprintf(name, sizeof(name), "i%d", i);
		instance_add(arena, name);
	}
	/* Each one seen is removed, and now and then one that was not reached yet. */
	for (int step = 0;; step++) {
		int more;

		begin(arena);
		more = utfs_instance_next(arena, slot, &slot);
		commit(arena);
		if (!more)
			break;
		assert_false(seen[slot]);
		seen[slot] = true;
		take_away(arena, slot);
		if (step % 3 == 0 && slot + 2 <= 100 && utfs_instance_at(arena, slot + 2)->serial) {
			take_away(arena, slot + 2);
			seen[slot + 2] = true;
		}
	}
	for (int i = 1; i <= 100; i++)
		assert_true(seen[i]);
}

static void a_damaged_chain_ends(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t a = instance_add(arena, "a");
	uint64_t *bucket = utfs_hash_bucket(arena, UTFS_HASH_INSTANCES, utfs_hash_bytes("a", 1, 0));

	/* A ring that the name is not in, a link to nowhere. */
	utfs_instance_at(arena, a)->name_bytes = 0;
	utfs_instance_at(arena, a)->hash_next = a + 1;
	assert_int_equal(find(arena, "a"), -ENOENT);
	utfs_instance_at(arena, a)->hash_next = UINT64_MAX;
	assert_int_equal(find(arena, "a"), -ENOENT);
	*bucket = UTFS_MAX_INSTANCES;
	assert_int_equal(find(arena, "a"), -ENOENT);
	begin(arena);
	assert_int_equal(utfs_tx_end(arena, utfs_instance_remove(arena, a)), -EBADMSG);
	arena->header->free_instances = 1;
	assert_int_equal(instance_add(arena, "b"), 2);
	arena->header->free_instances = UINT64_MAX;
	assert_int_equal(instance_add(arena, "c"), 3);
	arena->header->free_instances = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(a_name_is_any_text_that_a_directory_could_have),
		test_with_arena(a_new_one_has_the_defaults_and_the_root_s_options),
		test_with_arena(where_messages_go_falls_back_to_the_root),
		test_with_arena(the_root_is_always_there),
		test_with_arena(there_is_room_for_4095),
		test_with_arena(a_serial_never_names_two),
		test_with_arena(a_walk_skips_nobody_when_others_go),
		test_with_arena(a_damaged_chain_ends),
	};

	return cmocka_run_group_tests_name("arena-instance", tests, NULL, NULL);
}
