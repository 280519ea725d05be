/* SPDX-License-Identifier: MIT */
/*
 * Counting in histograms: what is counted where, by several programs and threads at once, in a map that is full, by processes that
 * are killed on the way; and how maps are freed under those who count in them.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../pin.h"
#include "../../probe.h"
#include "app/hist.h"
#include "ring/section.h"
#include "support.h"
#include "trace/hist.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

/* An event of this shape. */
static const char fields[] = "\tfield:unsigned long key;\toffset:8;\tsize:8;\tsigned:0;\n"
			     "\tfield:int value;\toffset:16;\tsize:4;\tsigned:1;\n"
			     "\tfield:char name[8];\toffset:20;\tsize:8;\tsigned:0;\n"
			     "\tfield:__data_loc char[] text;\toffset:28;\tsize:4;\tsigned:0;\n"
			     "\tfield:__rel_loc char[] more;\toffset:32;\tsize:4;\tsigned:0;\n";

struct record_image {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint64_t key;
	int32_t value;
	char name[8];
	uint32_t text, more;
	char room[32];
} __attribute__((packed, aligned(8)));

struct fixture {
	struct utfs_arena arena; /* as an application */
	struct utfs_writer writer;
	struct utfs_section_entry section;
	struct utfs_event_format *format;
	uint64_t plan; /* reference */
};

static struct fixture fixture;

static void fixture_open(struct fixture *f)
{
	struct utfs_arena_options options = {
		.kind = UTFS_PROC_APPLICATION,
		.create = true,
		.rseq_usable = utfs_rseq_usable(),
	};
	char why[UTFS_WHY_BYTES];

	if (utfs_arena_open(&f->arena, &options, why)) {
		fprintf(stderr, "%s\n", why);
		_exit(99);
	}
	f->section = (struct utfs_section_entry){0};
	if (utfs_writer_init(&f->writer, &f->arena, (pid_t)syscall(SYS_gettid)))
		_exit(99);
}

static int setup(void **state)
{
	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	fixture_open(&fixture);
	return utfs_event_format_parse(fields, strlen(fields), &fixture.format, NULL);
}

static int teardown(void **state)
{
	(void)state;
	utfs_event_format_free(fixture.format);
	utfs_arena_close(&fixture.arena);
	return 0;
}

/* The plan of a trigger of this text, with a map, in place of the one before. */
static void plan_make(const char *text)
{
	struct utfs_hist_attributes attributes;
	struct utfs_hist_failures failures;
	struct utfs_hist_plan *plan = NULL;

	assert_int_equal(utfs_hist_parse(text, &attributes, &failures), 0);
	assert_int_equal(utfs_hist_compile(fixture.format, &attributes, &plan, NULL, &failures), 0);
	utfs_hist_attributes_free(&attributes);
	assert_int_equal(utfs_tx_begin(&fixture.arena), 0);
	if (fixture.plan)
		assert_int_equal(utfs_hist_release(&fixture.arena, fixture.plan), 0);
	assert_int_equal(utfs_hist_make(&fixture.arena, plan, 0, &fixture.plan), 0);
	assert_int_equal(utfs_hist_publish(&fixture.arena, fixture.plan), 0);
	assert_int_equal(utfs_tx_end(&fixture.arena, 0), 0);
	free(plan);
}

static bool count(struct fixture *f, const struct record_image *image)
{
	const struct utfs_filter_subject subject = {
		.writer = &f->writer,
		.tid = getpid(),
		.tgid = getpid(),
		.record = (const char *)image,
		.bytes = sizeof(*image),
	};
	bool counted;

	if (!utfs_section_enter(&f->writer, (pid_t)syscall(SYS_gettid), &f->section))
		return false;
	counted = utfs_hist_count(&subject, 0, f->plan);
	utfs_section_leave(&f->section);
	return counted;
}

static bool count_key(struct fixture *f, uint64_t key, int32_t value)
{
	const struct record_image image = {.pid = 77, .key = key, .value = value};

	return count(f, &image);
}

static bool view_get(struct utfs_hist_view *view)
{
	uint64_t bytes;
	const struct utfs_hist_plan *plan =
		utfs_hist_plan_get(&fixture.arena, fixture.plan, &bytes);

	return plan && utfs_hist_view_get(&fixture.arena, plan->map, view);
}

/* What `hist` would show, behind the line that describes the trigger. */
static char *shown(void)
{
	const struct utfs_hist_plan *plan;
	struct eventfs_text text = {0};
	struct utfs_hist_view view;
	struct utfs_hist_copy copy;
	char *result, *body;
	uint64_t bytes;

	plan = utfs_hist_plan_get(&fixture.arena, fixture.plan, &bytes);
	assert_true(view_get(&view));
	assert_int_equal(utfs_hist_copy_map(&view, &copy), 0);
	assert_int_equal(utfs_hist_write(&text, plan, &copy), 0);
	eventfs_text_putc(&text, '\0');
	body = strstr(text.data, "#\n\n") + 3;
	result = strdup(body);
	free(copy.elements);
	eventfs_text_fini(&text);
	return result;
}

static void assert_shown(const char *expected)
{
	char *text = shown();

	assert_string_equal(text, expected);
	free(text);
}

static int key_order(const void *a, const void *b, void *arg)
{
	const struct utfs_hist_view *view = arg;

	return memcmp((const char *)a + view->key, (const char *)b + view->key, view->key_bytes);
}

/* No key is there twice. */
static struct utfs_hist_copy map_check(void)
{
	struct utfs_hist_view view;
	struct utfs_hist_copy copy;

	assert_true(view_get(&view));
	assert_int_equal(utfs_hist_copy_map(&view, &copy), 0);
	qsort_r(copy.elements, copy.nr_entries, copy.element_bytes, key_order, &view);
	for (uint32_t i = 1; i < copy.nr_entries; i++) {
		const char *entry = copy.elements + (size_t)i * copy.element_bytes;

		assert_true(key_order(entry - copy.element_bytes, entry, &view) < 0);
	}
	return copy;
}

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

/* Fills what is left. Return: elements that are lost. */
static uint32_t elements_lost(void)
{
	struct utfs_hist_copy copy;
	struct utfs_hist_view view;
	uint64_t dropped = 0;

	assert_true(view_get(&view));
	for (uint64_t i = 0; i < view.nr_elements + 10; i++)
		dropped += !count_key(&fixture, UINT64_C(1) << 40 | i, 1);
	copy = map_check();
	assert_int_equal(copy.drops, dropped);
	free(copy.elements);
	return view.nr_elements - copy.nr_entries;
}

/* ------ killed ------ */

static void program_of_new_keys(uint64_t first)
{
	struct fixture own = {.plan = fixture.plan};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fixture_open(&own);
	for (uint64_t i = 0;; i++)
		(void)count_key(&own, first + i, 1);
}

static void a_killed_program_costs_one_element_at_most(void **state)
{
	const unsigned int nr_killed = 12;
	int status;

	plan_make("keys=key:size=65536");
	for (unsigned int i = 0; i < nr_killed; i++) {
		pid_t pid = fork();

		if (!pid)
			program_of_new_keys((uint64_t)i << 20);
		usleep(2000 + 317 * i);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	assert_true(elements_lost() <= nr_killed);
}

/* A child that counts one new key and is killed after so many instructions. Return: had it ended before? */
static bool killed_after(unsigned int steps, uint64_t key)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct fixture own = fixture;

		/* The parent's mapping and section table: it waits meanwhile. */
		own.section = (struct utfs_section_entry){0};
		own.writer.rseq = NULL;
		(void)count_key(&own, 0, 1);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		(void)count_key(&own, key, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (unsigned int i = 0; i < steps && WIFSTOPPED(status); i++) {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid)
			fail();
	}
	if (!WIFSTOPPED(status))
		return true;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return false;
}

/* Each element's values are from 0 on what they were stored as, or not yet; a variable that is set has its value. */
static void element_check(const struct utfs_hist_element *element, unsigned int nr_values)
{
	static const uint64_t stored[] = {1, 1, 1, 2, 1, 1};

	assert_true(element->values[0] >= 1);
	for (unsigned int i = 2; nr_values == 7 && i < 6; i++)
		if (element->values[6] & UINT64_C(1) << i)
			assert_int_equal(element->values[i], stored[i]);
}

static void death_try(const char *text, unsigned int nr_values, unsigned int stride)
{
	unsigned int step = 0, killed = 0;
	bool ended = false;

	plan_make(text);
	/* The way through raise() and back, too. */
	for (uint64_t key = 1; !ended && step < 4000; key++, step += stride) {
		struct utfs_hist_copy copy;

		ended = killed_after(step, key);
		killed++;
		copy = map_check();
		for (uint32_t i = 0; i < copy.nr_entries; i++)
			element_check(
				(const void *)(copy.elements + (size_t)i * copy.element_bytes),
				nr_values);
		free(copy.elements);
	}
	assert_true(killed > 30);
	assert_true(elements_lost() <= killed);
}

/* Instructions between two deaths. A sanitizer makes many more instructions of it. */
#if defined(__SANITIZE_ADDRESS__)
#define STRIDE(normal, sanitized) (sanitized)
#else
#define STRIDE(normal, sanitized) (normal)
#endif

static void death_at_any_instruction_leaves_a_whole_map(void **state)
{
	SKIP_UNLESS(probe_ptrace(), "ptrace() does not work here");
	death_try("keys=key:vals=value:size=2048", 2, STRIDE(3, 45));
	/* hitcount, value, v, w; what onmax remembers, what save keeps; which are set. */
	death_try("keys=key:vals=value:v=value,w=value*2:onmax($v).save(value):size=2048", 7,
		  STRIDE(17, 85));
}

/* ------ freed under those who count ------ */

static void *reap_run(void *arg)
{
	struct utfs_arena *arena = arg;

	return (void *)(intptr_t)utfs_section_reap(arena);
}

static uint64_t used_bytes(void)
{
	uint64_t used;

	assert_int_equal(utfs_tx_begin(&fixture.arena), 0);
	used = utfs_arena_used_bytes(&fixture.arena);
	assert_int_equal(utfs_tx_end(&fixture.arena, 0), 0);
	return used;
}

static void release(void)
{
	assert_int_equal(utfs_tx_begin(&fixture.arena), 0);
	assert_int_equal(utfs_hist_release(&fixture.arena, fixture.plan), 0);
	assert_int_equal(utfs_tx_end(&fixture.arena, 0), 0);
	fixture.plan = 0;
}

static void what_is_released_is_freed_when_nobody_is_inside(void **state)
{
	uint64_t before, with;
	struct utfs_section_entry inside = {0};
	pthread_t thread;
	void *result;

	assert_int_equal(utfs_section_reap(&fixture.arena), 0);
	before = used_bytes();
	plan_make("keys=key:size=4096");
	with = used_bytes();
	assert_true(with > before + 4096 * 24);
	assert_true(utfs_section_enter(&fixture.writer, (pid_t)syscall(SYS_gettid), &inside));
	release();
	assert_int_equal(pthread_create(&thread, NULL, reap_run, &fixture.arena), 0);
	usleep(20000);
	assert_int_equal(used_bytes(), with);
	utfs_section_leave(&inside);
	pthread_join(thread, &result);
	assert_int_equal((intptr_t)result, 0);
	assert_int_equal(used_bytes(), before);
}

static void program_inside(int ready)
{
	struct fixture own = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fixture_open(&own);
	if (!utfs_section_enter(&own.writer, getpid(), &own.section))
		_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void the_dead_hold_nothing(void **state)
{
	uint64_t before;
	int ends[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(utfs_section_reap(&fixture.arena), 0);
	before = used_bytes();
	plan_make("keys=key");
	pid = fork();
	if (!pid)
		program_inside(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	release();
	assert_int_equal(utfs_section_reap(&fixture.arena), -EBUSY);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(utfs_section_reap(&fixture.arena), 0);
	assert_true(used_bytes() <= before + 2 * UTFS_PAGE_BYTES + 32768);
	close(ends[0]);
	close(ends[1]);
}

static void *enter_and_leave(void *arg)
{
	struct utfs_section_entry *entry = arg;

	if (!utfs_section_enter(&fixture.writer, (pid_t)syscall(SYS_gettid), entry))
		return (void *)1;
	utfs_section_leave(entry);
	return NULL;
}

static void every_thread_finds_a_section(void **state)
{
	struct utfs_section_entry entries[3 * UTFS_SECTIONS] = {0};
	pthread_t threads[3 * UTFS_SECTIONS];
	struct utfs_section_entry first = {0};
	void *result;

	/* One after the other they have the same one: who is gone needs none. */
	for (unsigned int i = 0; i < 3 * UTFS_SECTIONS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, enter_and_leave, &entries[i]),
				 0);
		pthread_join(threads[i], &result);
		assert_null(result);
		assert_false(entries[i].shared);
	}
	/* Where all are taken they share the last. */
	for (unsigned int i = 0; i < UTFS_SECTIONS; i++)
		fixture.arena.sections[i].owner = (uint64_t)getpid();
	assert_true(utfs_section_claim(&fixture.arena, getppid(), &first));
	assert_true(first.shared);
	assert_true(utfs_section_enter(&fixture.writer, getppid(), &first));
	assert_int_equal(first.section->word & UTFS_SECTION_DEPTH, 1);
	utfs_section_leave(&first);
	assert_int_equal(first.section->word & UTFS_SECTION_DEPTH, 0);
}

/* ------ damaged ------ */

static void damage_try(const char *text)
{
	const struct utfs_hist_plan *plan;
	struct utfs_hist_view view;
	unsigned char *bytes;
	uint64_t plan_bytes;
	unsigned int seed = 1;
	size_t size;

	plan_make(text);
	assert_true(view_get(&view));
	plan = utfs_hist_plan_get(&fixture.arena, fixture.plan, &plan_bytes);
	assert_non_null(plan);
	for (int i = 0; i < 20000; i++) {
		bool of_plan = i % 2;
		unsigned char saved;

		bytes = of_plan ? (unsigned char *)plan : (unsigned char *)view.map;
		size = of_plan ? plan_bytes : utfs_hist_map_bytes(7, view.element_bytes);
		bytes += (size_t)rand_r(&seed) % (i % 4 < 2 ? 256 : size);
		saved = *bytes;
		*bytes = (unsigned char)rand_r(&seed);
		(void)count_key(&fixture, (uint64_t)rand_r(&seed) % 200, 1);
		*bytes = saved;
	}
	/* What is counted in a wild place is still in the map's own pages. */
	assert_true(view_get(&view));
}

static void damage_counts_nothing_and_harms_nobody(void **state)
{
	damage_try("keys=key,name,text:vals=value:size=128");
	damage_try("keys=key:vals=value*2+key:v=value,t=text,c=common_pid.execname,w=value*3-1/key:"
		   "onmax($v).save(name,text,value):onchange($w).snapshot():size=128");
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

/* histograms [TEST]: leaves that one out */
int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_counted_and_summed),
		TEST(strings_are_keys),
		TEST(modifiers_change_the_key),
		TEST(every_record_has_common_keys),
		TEST(values_are_shown_in_parts),
		TEST(a_full_map_counts_what_it_drops),
		TEST(pause_stops_and_clear_empties),
		TEST(programs_and_threads_count_together),
		TEST(a_killed_program_costs_one_element_at_most),
		TEST(death_at_any_instruction_leaves_a_whole_map),
		TEST(what_is_released_is_freed_when_nobody_is_inside),
		TEST(the_dead_hold_nothing),
		TEST(every_thread_finds_a_section),
		TEST(damage_counts_nothing_and_harms_nobody),
		TEST(variables_are_kept_by_key),
		TEST(what_is_saved_is_of_that_moment),
		TEST(any_command_is_survived),
	};

	if (argc > 1)
		cmocka_set_skip_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
