/* SPDX-License-Identifier: MIT */
/* The tables of events and systems. */
#include <stdlib.h>

#include "fixture.h"

#define NR_IDS (UTFS_MAX_EVENTS - UTFS_EVENT_ID_FIRST)

static int add(struct utfs_arena *arena, const struct utfs_event_strings *event, uint32_t *id)
{
	begin(arena);
	return utfs_tx_end(arena, utfs_event_register(arena, event, id));
}

static int take_away(struct utfs_arena *arena, uint32_t id)
{
	begin(arena);
	return utfs_tx_end(arena, utfs_event_remove(arena, id));
}

static int find(struct utfs_arena *arena, const char *system, const char *name)
{
	uint32_t id = 0;
	int ret;

	begin(arena);
	ret = utfs_event_find(arena, system, strlen(system), name, strlen(name), &id);
	commit(arena);
	return ret ? ret : (int)id;
}

static int find_system(struct utfs_arena *arena, const char *name)
{
	uint32_t index = 0;
	int ret;

	begin(arena);
	ret = utfs_system_find(arena, name, strlen(name), &index);
	commit(arena);
	return ret ? ret : (int)index;
}

static void what_was_registered_is_found_whole(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	const struct utfs_event_strings event = {.system = "sys",
						 .system_bytes = 3,
						 .name = "event",
						 .name_bytes = 5,
						 .fields = "\tfield:int a;\n",
						 .fields_bytes = 14,
						 .print_fmt = "\"%d\", REC->a",
						 .print_bytes = 12,
						 .record_bytes = 12};
	struct utfs_event_strings found;
	uint32_t id = 0;
	size_t bytes;

	assert_int_equal(add(arena, &event, &id), 0);
	assert_int_equal(id, UTFS_EVENT_ID_FIRST);
	begin(arena);
	assert_int_equal(utfs_event_strings_get(arena, id, &found), 0);
	commit(arena);
	assert_string_equal(found.system, "sys");
	assert_string_equal(found.name, "event");
	assert_string_equal(found.fields, event.fields);
	assert_string_equal(found.print_fmt, event.print_fmt);
	assert_int_equal(found.system_bytes, 3);
	assert_int_equal(found.name_bytes, 5);
	assert_int_equal(found.fields_bytes, 14);
	assert_int_equal(found.print_bytes, 12);
	assert_int_equal(found.record_bytes, 12);
	assert_int_equal(find(arena, "sys", "event"), id);
	assert_int_equal(find(arena, "sys", "even"), -ENOENT);
	assert_int_equal(find(arena, "syse", "vent"), -ENOENT);
	assert_int_equal(find_system(arena, "sys"), 1);
	assert_string_equal(utfs_system_name(arena, 1, &bytes), "sys");
	assert_int_equal(bytes, 3);
	assert_int_equal(*utfs_event_mask(arena, id), 0);
}

static void the_same_event_is_one_event(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena other;
	uint32_t a = event_add(&f->arena, "sys", "event"), id = 0;
	struct utfs_event_strings again;

	fixture_open_ok(&other, f->dir, UTFS_PROC_APPLICATION);
	assert_int_equal(event_add(&other, "sys", "event"), a);
	/* Also with another print format; the first one stays. */
	begin(&other);
	assert_int_equal(utfs_event_strings_get(&other, a, &again), 0);
	again.print_fmt = "other";
	again.print_bytes = 5;
	assert_int_equal(utfs_event_register(&other, &again, &id), 0);
	assert_int_equal(id, a);
	assert_int_equal(utfs_event_strings_get(&other, a, &again), 0);
	assert_string_equal(again.print_fmt, "\"x\"");
	commit(&other);
	assert_int_equal(f->arena.header->nr_events, UTFS_EVENT_ID_FIRST + 1);
	utfs_arena_close(&other);
}

#define NR_IN_ORDER 6

static void in_whatever_order_each_is_found(void **state)
{
	static const char *const name[NR_IN_ORDER] = {"e0", "e1", "e2", "e3", "e4", "e5"};
	static const int order[][NR_IN_ORDER] = {
		{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {0, 2, 1, 1, 5, 0}};
	struct fixture *f = *state;
	uint32_t id[NR_IN_ORDER], again, hash;
	struct utfs_arena other;

	for (int i = 0; i < NR_IN_ORDER; i++)
		id[i] = event_add(&f->arena, "sys", name[i]);
	fixture_open_ok(&other, f->dir, UTFS_PROC_APPLICATION);
	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (int i = 0; i < NR_IN_ORDER; i++)
			assert_int_equal(event_add(&other, "sys", name[order[o][i]]),
					 id[order[o][i]]);
	}
	/* One that is gone does not follow, though its entry leads to the memory that its successor has. */
	assert_int_equal(take_away(&other, id[3]), 0);
	again = event_add(&other, "sys", name[3]);
	assert_int_not_equal(again, id[3]);
	assert_int_equal(event_add(&other, "sys", name[2]), id[2]);
	assert_int_equal(event_add(&other, "sys", name[3]), again);
	/* In order, the buckets are not even looked at. */
	hash = utfs_event_hash("sys", 3, name[1], 2);
	*utfs_hash_bucket(&other, UTFS_HASH_EVENTS, hash) = 0;
	assert_int_equal(event_add(&other, "sys", name[0]), id[0]);
	assert_int_equal(event_add(&other, "sys", name[1]), id[1]);
	utfs_arena_close(&other);
}

static void other_fields_are_a_conflict_and_counted(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t id = event_add(arena, "sys", "event"), other = 0;

	for (uint64_t i = 1; i <= 3; i++) {
		begin(arena);
		assert_int_equal(
			utfs_tx_end(arena, event_register(arena, "sys", "event", "other", &other)),
			-EEXIST);
		/* The refusal changes nothing, but it is not forgotten. */
		assert_int_equal(utfs_event_at(arena, id)->conflicts, i);
		assert_int_equal(arena->header->conflicts, i);
	}
	/* A longer text that begins alike is another one. */
	begin(arena);
	assert_int_equal(utfs_tx_end(arena, event_register(arena, "sys", "event", "ff", &other)),
			 -EEXIST);
	assert_int_equal(event_add(arena, "sys", "event"), id);
}

static void names_are_words(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	static const char *const bad[] = {"", "a b", "a/b", "a:b", "a-b", ".", "\xc3\xa4", "a\n"};
	char longest[UTFS_NAME_MAX + 2];
	uint32_t id;

	memset(longest, 'x', sizeof(longest));
	longest[UTFS_NAME_MAX + 1] = '\0';
	for (size_t i = 0; i <= COUNT(bad); i++) {
		const char *name = i < COUNT(bad) ? bad[i] : longest;

		begin(arena);
		assert_int_equal(event_register(arena, "sys", name, "f", &id), -EINVAL);
		assert_int_equal(event_register(arena, name, "event", "f", &id), -EINVAL);
		commit(arena);
	}
	assert_int_equal(arena->header->nr_events, UTFS_EVENT_ID_FIRST);
	longest[UTFS_NAME_MAX] = '\0';
	event_add(arena, longest, longest);
	event_add(arena, "_9", "Az_09");
	assert_int_equal(find(arena, longest, longest), UTFS_EVENT_ID_FIRST);
}

static void a_description_has_a_limit(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	char *text = calloc(1, 2 * UTFS_BLOB_MAX);
	struct utfs_event_strings event = {.system = "sys",
					   .system_bytes = 3,
					   .name = "event",
					   .name_bytes = 5,
					   .fields = text,
					   .print_fmt = "p",
					   .print_bytes = 1};
	struct utfs_event_strings found;
	uint32_t id = 0;

	memset(text, 'f', 2 * UTFS_BLOB_MAX - 1);
	event.fields_bytes = UTFS_BLOB_MAX - sizeof(struct utfs_event_description) - 3 - 5 - 1 - 4;
	event.fields_bytes++;
	assert_int_equal(add(arena, &event, &id), -E2BIG);
	event.fields_bytes = SIZE_MAX - 10;
	assert_int_equal(add(arena, &event, &id), -E2BIG);
	event.fields_bytes = 10;
	event.print_bytes = SIZE_MAX - 40;
	assert_int_equal(add(arena, &event, &id), -E2BIG);
	event.print_bytes = 1;
	event.fields_bytes = UTFS_BLOB_MAX - sizeof(struct utfs_event_description) - 3 - 5 - 1 - 4;
	assert_int_equal(add(arena, &event, &id), 0);
	begin(arena);
	assert_int_equal(utfs_event_strings_get(arena, id, &found), 0);
	commit(arena);
	assert_int_equal(strlen(found.fields), event.fields_bytes);
	assert_string_equal(found.print_fmt, "p");
	assert_int_equal(take_away(arena, id), 0);
	free(text);
}

static void what_is_enabled_or_in_use_stays(void **state)
{
	struct fixture *f = *state;
	struct utfs_arena *arena = &f->arena, other;
	uint32_t id = event_add(arena, "sys", "event");

	fixture_open_ok(&other, f->dir, UTFS_PROC_APPLICATION);
	begin(arena);
	utfs_tx_set(arena, utfs_event_mask(arena, id), UINT64_C(1) << 63);
	commit(arena);
	assert_int_equal(take_away(arena, id), -EBUSY);
	begin(arena);
	utfs_tx_set(arena, utfs_event_mask(arena, id), 0);
	commit(arena);
	begin(&other);
	assert_int_equal(utfs_proc_use_event(&other, id, true), 0);
	commit(&other);
	assert_int_equal(take_away(arena, id), -EBUSY);
	assert_int_equal(find(arena, "sys", "event"), id);
	utfs_arena_close(&other);
	assert_int_equal(take_away(arena, id), 0);
	assert_int_equal(take_away(arena, id), -ENOENT);
	assert_int_equal(take_away(arena, 5), -ENOENT);
	assert_int_equal(take_away(arena, UTFS_MAX_EVENTS), -ENOENT);
	assert_int_equal(take_away(arena, UINT32_MAX), -ENOENT);
	assert_int_equal(find(arena, "sys", "event"), -ENOENT);
}

static void a_system_goes_with_its_last_event(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t a = event_add(arena, "sys", "a"), b = event_add(arena, "sys", "b"), index = 0;
	uint64_t serial = utfs_system_at(arena, 1)->serial, cursor, used;
	struct utfs_change change;

	event_add(arena, "other", "a");
	begin(arena);
	assert_int_equal(utfs_system_find_serial(arena, serial, &index), 0);
	commit(arena);
	assert_int_equal(index, 1);
	assert_int_equal(take_away(arena, a), 0);
	assert_int_equal(find_system(arena, "sys"), 1);
	cursor = utfs_change_now(arena);
	assert_int_equal(take_away(arena, b), 0);
	assert_int_equal(find_system(arena, "sys"), -ENOENT);
	assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
	assert_int_equal(change.kind, UTFS_CHANGE_EVENT_REMOVED);
	assert_int_equal(change.parent, serial);
	assert_string_equal(change.name, "b");
	assert_int_equal(utfs_change_next(arena, &cursor, &change), 1);
	assert_int_equal(change.kind, UTFS_CHANGE_SYSTEM_REMOVED);
	assert_int_equal(change.serial, serial);
	assert_string_equal(change.name, "sys");
	begin(arena);
	assert_int_equal(utfs_system_find_serial(arena, serial, &index), -ENOENT);
	commit(arena);
	/* Its index is used again, under another serial; its memory, too. */
	used = arena->header->heap_end;
	for (int i = 0; i < 500; i++) {
		a = event_add(arena, "again", "a");
		assert_int_equal(find_system(arena, "again"), 1);
		assert_true(utfs_system_at(arena, 1)->serial > serial);
		serial = utfs_system_at(arena, 1)->serial;
		assert_int_equal(take_away(arena, a), 0);
	}
	assert_int_equal(arena->header->heap_end, used);
}

static void a_system_s_events_come_in_order_and_none_is_skipped(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t ids[100], id = 0, index = 0, n = 0;
	char name[16];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "e%d", i);
		ids[i] = event_add(arena, i % 2 ? "odd" : "even", name);
	}
	index = (uint32_t)find_system(arena, "odd");
	for (;;) {
		int more;

		begin(arena);
		more = utfs_event_next(arena, index, id, &id);
		commit(arena);
		if (!more)
			break;
		assert_int_equal(id, ids[2 * n + 1]);
		n++;
		/* The one just seen goes, and the one after the next. */
		if (n % 5 == 0) {
			assert_int_equal(take_away(arena, id), 0);
			if (2 * n + 3 < 100) {
				assert_int_equal(take_away(arena, ids[2 * n + 3]), 0);
				ids[2 * n + 3] = ids[2 * n + 5];
				for (uint32_t i = n + 1; 2 * i + 3 < 100; i++)
					ids[2 * i + 1] = ids[2 * i + 3];
			}
		}
	}
	assert_true(n > 40);
	begin(arena);
	id = UINT32_MAX;
	assert_int_equal(utfs_event_next(arena, index, id, &id), 0);
	for (n = 0, id = 0, index = 0; utfs_system_next(arena, index, &index);)
		n++;
	assert_int_equal(n, 2);
	assert_int_equal(utfs_system_next(arena, UINT32_MAX, &index), 0);
	commit(arena);
}

/* Registers until ids run out, many in one transaction. Return: the error that ended it. */
static int fill(struct utfs_arena *arena, uint32_t *n)
{
	char system[16], name[16];
	uint32_t id, batch = 0;
	int ret = 0;

	begin(arena);
	for (*n = 0; !ret; ++*n) {
		snprintf(system, sizeof(system), "s%u", *n % 300);
		snprintf(name, sizeof(name), "e%u", *n);
		ret = event_register(arena, system, name, "f", &id);
		if (!ret && ++batch % 500 == 0)
			ret = utfs_tx_checkpoint(arena);
	}
	--*n;
	return utfs_tx_end(arena, ret);
}

static void ids_run_out_and_come_back(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t n, id;
	uint64_t serial;

	assert_int_equal(fill(arena, &n), -EMFILE);
	assert_int_equal(n, NR_IDS);
	/* The last, unfinished batch was rolled back with the error: begin again there. */
	assert_int_equal(arena->header->nr_events, UTFS_EVENT_ID_FIRST + NR_IDS / 500 * 500);
	for (uint32_t i = NR_IDS / 500 * 500; i < NR_IDS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%u", i);
		id = event_add(arena, "rest", name);
	}
	assert_int_equal(id, UTFS_MAX_EVENTS - 1);
	begin(arena);
	assert_int_equal(utfs_tx_end(arena, event_register(arena, "sys", "one_more", "f", &id)),
			 -EMFILE);
	assert_int_equal(find(arena, "s299", "e299"), UTFS_EVENT_ID_FIRST + 299);
	assert_int_equal(find(arena, "s0", "e60000"), UTFS_EVENT_ID_FIRST + 60000);
	/* Its place is taken by the next; its serial is not. */
	serial = utfs_event_at(arena, 1000)->serial;
	assert_int_equal(take_away(arena, 1000), 0);
	assert_int_equal(event_add(arena, "sys", "one_more"), 1000);
	assert_true(utfs_event_at(arena, 1000)->serial != serial);
	begin(arena);
	assert_int_equal(utfs_event_find_serial(arena, serial, &id), -ENOENT);
	assert_int_equal(utfs_event_find_serial(arena, utfs_event_at(arena, 1000)->serial, &id), 0);
	assert_int_equal(id, 1000);
	commit(arena);
	/* In its system's list it stands where its id says. */
	assert_int_equal(take_away(arena, 64), 0);
	assert_int_equal(event_add(arena, "sys", "lower"), 64);
	id = 0;
	begin(arena);
	assert_int_equal(utfs_event_next(arena, (uint32_t)utfs_event_at(arena, 64)->system, 0, &id),
			 1);
	assert_int_equal(id, 64);
	assert_int_equal(
		utfs_event_next(arena, (uint32_t)utfs_event_at(arena, 64)->system, 64, &id), 1);
	assert_int_equal(id, 1000);
	commit(arena);
	/* One id has 4,095 lives; two are behind it. */
	assert_int_equal(take_away(arena, 64), 0);
	for (n = 2; n < 5000; n++) {
		int ret;

		begin(arena);
		ret = utfs_tx_end(arena, event_register(arena, "sys", "lives", "f", &id));
		if (ret) {
			assert_int_equal(ret, -EMFILE);
			break;
		}
		assert_int_equal(id, 64);
		assert_int_equal(take_away(arena, id), 0);
	}
	assert_int_equal(n, 4095);
}

static void systems_run_out(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t id;
	char name[16];

	for (int i = 1; i < UTFS_MAX_SYSTEMS; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		event_add(arena, name, "event");
	}
	begin(arena);
	assert_int_equal(utfs_tx_end(arena, event_register(arena, "more", "event", "f", &id)),
			 -EMFILE);
	assert_int_equal(find(arena, "more", "event"), -ENOENT);
	assert_int_equal(take_away(arena, (uint32_t)find(arena, "s77", "event")), 0);
	event_add(arena, "more", "event");
	assert_int_equal(find_system(arena, "more"), 77);
}

static void damaged_entries_are_survived(void **state)
{
	struct utfs_arena *arena = &((struct fixture *)*state)->arena;
	uint32_t id = event_add(arena, "sys", "event"), other = 0;
	struct utfs_event_entry good = *utfs_event_at(arena, id), *entry = utfs_event_at(arena, id);
	struct utfs_event_description *d = utfs_arena_heap_at(arena, good.description, good.bytes);
	struct utfs_event_strings strings;

	/* Lengths that wrap, a description nowhere, a ring, a list that leads away. */
	const uint32_t name_bytes = d->name_bytes;

	d->name_bytes = UINT32_MAX;
	begin(arena);
	assert_int_equal(utfs_event_strings_get(arena, id, &strings), -EBADMSG);
	commit(arena);
	assert_int_equal(find(arena, "sys", "event"), -ENOENT);
	d->name_bytes = name_bytes;
	entry->description = UINT64_MAX - 7;
	assert_int_equal(find(arena, "sys", "event"), -ENOENT);
	assert_int_equal(take_away(arena, id), -EBADMSG);
	*entry = good;
	entry->hash_next = id;
	assert_int_equal(find(arena, "sys", "event"), id);
	d->hash++;
	assert_int_equal(find(arena, "sys", "event"), -ENOENT);
	d->hash--;
	entry->hash_next = UINT64_MAX;
	entry->sys_next = id;
	begin(arena);
	other = id - 1;
	assert_int_equal(utfs_event_next(arena, 1, other, &other), 1);
	assert_int_equal(utfs_event_next(arena, 1, other, &other), 0);
	commit(arena);
	*entry = good;
	entry->system = UINT64_MAX;
	assert_int_equal(take_away(arena, id), -EBADMSG);
	*entry = good;
	utfs_system_at(arena, 1)->name_bytes = UINT64_MAX;
	assert_int_equal(take_away(arena, id), -EBADMSG);
	assert_int_equal(find_system(arena, "sys"), -ENOENT);
	utfs_system_at(arena, 1)->name_bytes = 3;
	utfs_system_at(arena, 1)->hash_next = 1;
	assert_int_equal(find_system(arena, "none"), -ENOENT);
	utfs_system_at(arena, 1)->hash_next = 0;
	assert_int_equal(take_away(arena, id), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_arena(what_was_registered_is_found_whole),
		test_with_arena(the_same_event_is_one_event),
		test_with_arena(in_whatever_order_each_is_found),
		test_with_arena(other_fields_are_a_conflict_and_counted),
		test_with_arena(names_are_words),
		test_with_arena(a_description_has_a_limit),
		test_with_arena(what_is_enabled_or_in_use_stays),
		test_with_arena(a_system_goes_with_its_last_event),
		test_with_arena(a_system_s_events_come_in_order_and_none_is_skipped),
		test_with_arena(ids_run_out_and_come_back),
		test_with_arena(systems_run_out),
		test_with_arena(damaged_entries_are_survived),
	};

	return cmocka_run_group_tests_name("arena-event", tests, NULL, NULL);
}
