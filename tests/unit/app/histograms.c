/* SPDX-License-Identifier: MIT */
/*
 * Counting in histograms: what is counted where, by several programs and threads at once, in a map that is full; variables, and what is
 * saved. histogram-deaths.c: what becomes of a map when programs are killed, and when it is freed.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../pin.h"
#include "hist-fixture.h"

static void numbers_are_counted_and_summed(void **state)
{
	plan_make("keys=key:vals=value");
	for (int i = 0; i < 10; i++)
		assert_true(count_key(&fixture, (uint64_t)i % 3, i));
	assert_shown("{ key:          1 } hitcount:          3  value:         12\n"
		     "{ key:          2 } hitcount:          3  value:         15\n"
		     "{ key:          0 } hitcount:          4  value:         18\n"
		     "\nTotals:\n    Hits: 10\n    Entries: 3\n    Dropped: 0\n");
}

static void strings_are_keys(void **state)
{
	struct record_image image = {.key = 5, .name = "fullname"};

	memcpy(image.room, "a text\0more of it", 18);
	image.text = 7 << 16 | offsetof(struct record_image, room);
	image.more = 11 << 16 | (offsetof(struct record_image, room) + 7 -
				 offsetof(struct record_image, more) - 4);
	plan_make("keys=name,text,key");
	assert_true(count(&fixture, &image));
	assert_true(count(&fixture, &image));
	assert_shown("{ name: fullnam                                           , "
		     "text: a text                                            , "
		     "key:          5 } hitcount:          2\n"
		     "\nTotals:\n    Hits: 2\n    Entries: 1\n    Dropped: 0\n");
	plan_make("keys=more");
	assert_true(count(&fixture, &image));
	/* One that does not lie in the record is none. */
	image.more = 11 << 16 | 1000;
	assert_true(count(&fixture, &image));
	image.more = UINT32_MAX;
	assert_true(count(&fixture, &image));
	assert_shown("{ more: more of it                                         } "
		     "hitcount:          1\n"
		     "{ more:                                                    } "
		     "hitcount:          2\n"
		     "\nTotals:\n    Hits: 3\n    Entries: 2\n    Dropped: 0\n");
}

static void modifiers_change_the_key(void **state)
{
	plan_make("keys=key.log2:sort=key");
	for (uint64_t i = 0; i < 10; i++)
		assert_true(count_key(&fixture, i, 0));
	assert_shown("{ key: ~ 2^0  } hitcount:          2\n{ key: ~ 2^1  } hitcount:          1\n"
		     "{ key: ~ 2^2  } hitcount:          2\n{ key: ~ 2^3  } hitcount:          4\n"
		     "{ key: ~ 2^4  } hitcount:          1\n"
		     "\nTotals:\n    Hits: 10\n    Entries: 5\n    Dropped: 0\n");
	plan_make("keys=key.buckets=4:sort=key.descending");
	for (uint64_t i = 0; i < 10; i++)
		assert_true(count_key(&fixture, i, 0));
	assert_shown("{ key: ~ 8-11 } hitcount:          2\n{ key: ~ 4-7 } hitcount:          4\n"
		     "{ key: ~ 0-3 } hitcount:          4\n"
		     "\nTotals:\n    Hits: 10\n    Entries: 3\n    Dropped: 0\n");
	plan_make("keys=key.hex,value");
	assert_true(count_key(&fixture, 0xabc, -1));
	assert_shown("{ key: abc, value: 18446744073709551615 } hitcount:          1\n"
		     "\nTotals:\n    Hits: 1\n    Entries: 1\n    Dropped: 0\n");
}

static void every_record_has_common_keys(void **state)
{
	char *text;

	assert_int_equal(pin_cpu(0), 0);
	prctl(PR_SET_NAME, "a-name");
	plan_make("keys=common_pid.execname,common_cpu");
	assert_true(count_key(&fixture, 0, 0));
	assert_shown("{ common_pid: a-name          [        77], common_cpu:          0 } "
		     "hitcount:          1\n"
		     "\nTotals:\n    Hits: 1\n    Entries: 1\n    Dropped: 0\n");
	plan_make("keys=common_timestamp.usecs");
	assert_true(count_key(&fixture, 0, 0));
	text = shown();
	assert_non_null(strstr(text, "{ common_timestamp: "));
	free(text);
}

static void values_are_shown_in_parts(void **state)
{
	plan_make("keys=key:vals=hitcount.percent,value.graph:sort=hitcount:nohitcount");
	for (int i = 0; i < 8; i++)
		assert_true(count_key(&fixture, i < 2, i < 2 ? 1 : 2));
	assert_shown("{ key:          1 }  hitcount (%):  25.00  value: ###                 \n"
		     "{ key:          0 }  hitcount (%):  75.00  value: ####################\n"
		     "\nTotals:\n    Hits: 8\n    Entries: 2\n    Dropped: 0\n");
}

static void a_full_map_counts_what_it_drops(void **state)
{
	struct utfs_hist_copy copy;

	plan_make("keys=key:size=128");
	for (uint64_t i = 0; i < 300; i++)
		assert_int_equal(count_key(&fixture, i, 0), i < 128);
	/* Who is in it is counted on. */
	for (uint64_t i = 0; i < 128; i++)
		assert_true(count_key(&fixture, i, 0));
	copy = map_check();
	assert_int_equal(copy.nr_entries, 128);
	assert_int_equal(copy.hits, 256);
	assert_int_equal(copy.drops, 172);
	free(copy.elements);
}

static void pause_stops_and_clear_empties(void **state)
{
	struct utfs_arena *arena = &fixture.arena;

	plan_make("keys=key");
	assert_true(count_key(&fixture, 1, 0));
	assert_int_equal(utfs_tx_begin(arena), 0);
	assert_int_equal(utfs_hist_pause(arena, fixture.plan, true), 0);
	assert_int_equal(utfs_tx_end(arena, 0), 0);
	assert_false(count_key(&fixture, 1, 0));
	assert_int_equal(utfs_tx_begin(arena), 0);
	assert_int_equal(utfs_hist_pause(arena, fixture.plan, false), 0);
	assert_int_equal(utfs_hist_clear(arena, fixture.plan), 0);
	assert_int_equal(utfs_tx_end(arena, 0), 0);
	assert_true(count_key(&fixture, 2, 0));
	assert_shown("{ key:          2 } hitcount:          1\n"
		     "\nTotals:\n    Hits: 1\n    Entries: 1\n    Dropped: 0\n");
}

/* ------ many at once ------ */

#define PROGRAMS 3
#define THREADS	 3
#define ROUNDS	 4000
#define KEYS	 700

static void *count_all(void *arg)
{
	struct fixture *shared = arg, own = *shared;

	own.section = (struct utfs_section_entry){0};
	if (utfs_writer_init(&own.writer, &shared->arena, (pid_t)syscall(SYS_gettid)))
		_exit(1);
	own.writer.arena = &shared->arena;
	for (uint64_t i = 0; i < ROUNDS; i++)
		if (!count_key(&own, i * 7919 % KEYS, 1))
			_exit(2);
	return NULL;
}

static void program_run(void)
{
	struct fixture own = {.plan = fixture.plan};
	pthread_t threads[THREADS];

	fixture_open(&own);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count_all, &own))
			_exit(3);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}

static void programs_and_threads_count_together(void **state)
{
	struct utfs_hist_copy copy;
	pid_t pids[PROGRAMS];
	int status;

	plan_make("keys=key:vals=value:size=1024");
	for (int i = 0; i < PROGRAMS; i++) {
		pids[i] = fork();
		if (!pids[i])
			program_run();
	}
	for (int i = 0; i < PROGRAMS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	copy = map_check();
	assert_int_equal(copy.nr_entries, KEYS);
	assert_int_equal(copy.hits, PROGRAMS * THREADS * ROUNDS);
	assert_int_equal(copy.drops, 0);
	free(copy.elements);
}

/* ------ variables ------ */

static void variables_are_kept_by_key(void **state)
{
	const struct utfs_hist_element *element;
	struct utfs_hist_view view;
	uint64_t set;

	plan_make("keys=key:vals=value+1:v=value,w=value*2-key/3:onmax($v).save(value):size=128");
	for (int32_t i = 1; i <= 5; i++)
		assert_true(count_key(&fixture, 6, i % 4));
	assert_true(view_get(&view));
	element = utfs_hist_element_at(&view, 0);
	/* hitcount, the sum, v, w; what onmax remembers, what save keeps; which of them are set. */
	assert_int_equal(element->values[0], 5);
	assert_int_equal(element->values[1], 2 + 3 + 4 + 1 + 2);
	assert_int_equal(element->values[2], 1);
	assert_int_equal((int64_t)element->values[3], 1 * 2 - 6 / 3);
	assert_int_equal(element->values[4], 3);
	assert_int_equal(element->values[5], 3);
	set = element->values[view.nr_values - 1];
	assert_int_equal(set, 0x3c);
}

static void saved_try(const char *handler, const char *word, int value, const char *name)
{
	static const struct record_image images[] = {{.key = 6, .value = 3, .name = "three"},
						     {.key = 6, .value = 9, .name = "nine"},
						     {.key = 6, .value = 9, .name = "again"},
						     {.key = 6, .value = 4, .name = "four"}};
	char text[512];

	snprintf(text, sizeof(text), "keys=key:v=value:%s($v).save(value,name):size=128", handler);
	plan_make(text);
	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++)
		assert_true(count(&fixture, &images[i]));
	snprintf(text, sizeof(text),
		 "{ key:          6 } hitcount:          4\n\t%s: %10d  value: %10d  name: %-32s\n"
		 "\nTotals:\n    Hits: 4\n    Entries: 1\n    Dropped: 0\n",
		 word, value, value, name);
	assert_shown(text);
}

/* Fields of the moment of the largest value, or of the last change, by row. */
static void what_is_saved_is_of_that_moment(void **state)
{
	saved_try("onmax", "max", 9, "nine");
	saved_try("onchange", "changed", 4, "four");
}

/* Whatever a command says, it is understood or refused, and what is understood can be counted by. */
static void any_command_is_survived(void **state)
{
	static const char *const words[] = {
		"keys=",     "vals=",
		":",	     ",",
		"key",	     "value",
		"name",	     "text",
		"x=",	     "$x",
		"y=",	     "$y",
		"+",	     "-",
		"*",	     "/",
		"-(",	     ")",
		"(",	     ".",
		"log2",	     "hex",
		"buckets=3", "onmax(",
		"$x).",	     "save(",
		"trace",     "snapshot",
		"onmatch(",  "a.b",
		"onchange(", "sort=",
		"hitcount",  "size=128",
		" if ",	     "==",
		"1",	     "common_timestamp",
		"usecs",     "name=",
	};
	struct utfs_hist_attributes attributes;
	struct utfs_hist_failures failures;
	struct utfs_hist_plan *plan;
	unsigned int seed = 7, understood = 0;
	char text[512];

	for (int i = 0; i < 40000; i++) {
		size_t n =
			(size_t)snprintf(text, sizeof(text), "%s", i % 4 ? "keys=key:x=value" : "");

		for (int left = rand_r(&seed) % 12; left && n < sizeof(text) - 32; left--)
			n += (size_t)snprintf(
				text + n, sizeof(text) - n, "%s",
				words[(size_t)rand_r(&seed) % (sizeof(words) / sizeof(*words))]);
		plan = NULL;
		if (!utfs_hist_parse(text, &attributes, &failures) &&
		    !utfs_hist_compile(fixture.format, &attributes, &plan, NULL, &failures))
			understood++;
		utfs_hist_attributes_free(&attributes);
		free(plan);
		if (plan && understood % 16 == 0) {
			plan_make(text);
			(void)count_key(&fixture, (uint64_t)i, i);
		}
	}
	assert_true(understood > 100);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_counted_and_summed), TEST(strings_are_keys),
		TEST(modifiers_change_the_key),	      TEST(every_record_has_common_keys),
		TEST(values_are_shown_in_parts),      TEST(a_full_map_counts_what_it_drops),
		TEST(pause_stops_and_clear_empties),  TEST(programs_and_threads_count_together),
		TEST(variables_are_kept_by_key),      TEST(what_is_saved_is_of_that_moment),
		TEST(any_command_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
