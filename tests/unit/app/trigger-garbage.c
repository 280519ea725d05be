/* SPDX-License-Identifier: MIT */
/* Lists of triggers that hold anything: evaluating them ends, and touches nothing. Linked statically, with the internals in reach. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/app.h"
#include "app/trigger.h"

#define RECORDER   0
#define ROUNDS	   20000
#define LIST_BYTES 1024

static struct utfs_event_state *state;
static struct utfs_trigger_list *list;
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* An event with a table of triggers, whose list is as long as a random one may be. */
static int objects_make(struct utfs_arena *arena)
{
	static const struct utfs_event_strings event = {.system = "garbage",
							.system_bytes = 7,
							.name = "event",
							.name_bytes = 5,
							.fields = "",
							.print_fmt = "\"\"",
							.print_bytes = 2,
							.record_bytes = 12};
	const struct utfs_trigger trigger = {.kind = UTFS_TRIGGER_TRACEON, .count = 5};
	const struct utfs_trigger_table *table;
	uint32_t id, bytes;
	void *made;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_event_register(arena, &event, &id);
	if (!ret)
		ret = utfs_ring_create(arena, 0);
	if (!ret)
		ret = utfs_trigger_add(arena, id, RECORDER, &trigger, NULL, false);
	if (!ret) {
		state = utfs_event_state_at(arena, id);
		table = utfs_object_get(arena, state->triggers, UTFS_MAGIC_TRIGGER_TABLE, &bytes);
		ret = utfs_object_make(arena, (uint64_t *)&table->lists[RECORDER],
				       UTFS_MAGIC_TRIGGERS, LIST_BYTES, &made);
		list = made;
	}
	return utfs_tx_end(arena, ret);
}

static int setup(void **unused)
{
	struct utfs_app_context context;

	(void)unused;
	assert_int_equal(utfs_app_enter(&context), 0);
	assert_int_equal(utfs_app_attach(), 0);
	assert_int_equal(objects_make(&utfs_app.arena), 0);
	utfs_app_leave(&context);
	assert_true(utfs_thread_prepare(&utfs_thread));
	return 0;
}

/* Mostly something that comes near to a list: a small number of triggers, kinds that there are, programs within it. */
static void scribble(void)
{
	char *bytes = (char *)list + sizeof(list->object);

	for (size_t i = 0; i < LIST_BYTES - sizeof(list->object); i++)
		bytes[i] = (char)random_next();
	if (random_next() % 4)
		list->nr_triggers = (uint32_t)(random_next() % 26);
	for (uint32_t i = 0; i < 25; i++) {
		struct utfs_trigger *trigger = &list->triggers[i];

		if (random_next() % 4)
			trigger->kind = (uint32_t)(random_next() % 12);
		if (random_next() % 2)
			trigger->program = 0;
		else if (random_next() % 4)
			trigger->program = (uint32_t)(random_next() % (LIST_BYTES / 8) * 8);
		if (random_next() % 2)
			trigger->counter =
				random_next() % 8 << UTFS_REFERENCE_BITS | random_next() % 8;
		if (random_next() % 2)
			trigger->operands[1] =
				random_next() % 8 << UTFS_REFERENCE_BITS | random_next() % 8;
	}
	list->object.bytes = random_next() % 8 ? LIST_BYTES : (uint32_t)random_next();
	list->object.magic = random_next() % 16 ? UTFS_MAGIC_TRIGGERS : (uint32_t)random_next();
}

static void evaluation_ends(void **unused)
{
	uint64_t record[4] = {0};
	struct utfs_filter_subject subject = {
		.writer = &utfs_thread.writer,
		.tid = (pid_t)(utfs_thread.common >> 32),
		.tgid = utfs_thread.tgid,
		.record = (const char *)record,
		.bytes = 12,
		.mask = &state->mask,
		.frame = __builtin_frame_address(0),
	};
	const uint64_t life =
		utfs_recorder_at(&utfs_app.arena, RECORDER)->config >> UTFS_CONFIG_LIFE_SHIFT;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct utfs_trigger_calls calls = {.inside = true};

		scribble();
		utfs_triggers_evaluate(state, RECORDER, &subject, &calls);
		assert_true(calls.n <= UTFS_MAX_TRIGGERS);
		utfs_triggers_finish(RECORDER, &subject, &calls);
		(void)utfs_trigger_disabled(&utfs_app.arena, &calls);
		assert_int_equal(utfs_recorder_at(&utfs_app.arena, RECORDER)->config >>
					 UTFS_CONFIG_LIFE_SHIFT,
				 life);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluation_ends),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
