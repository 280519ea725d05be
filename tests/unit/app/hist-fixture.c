/* SPDX-License-Identifier: MIT */
#include "hist-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An event of this shape. */
static const char fields[] = "\tfield:unsigned long key;\toffset:8;\tsize:8;\tsigned:0;\n"
			     "\tfield:int value;\toffset:16;\tsize:4;\tsigned:1;\n"
			     "\tfield:char name[8];\toffset:20;\tsize:8;\tsigned:0;\n"
			     "\tfield:__data_loc char[] text;\toffset:28;\tsize:4;\tsigned:0;\n"
			     "\tfield:__rel_loc char[] more;\toffset:32;\tsize:4;\tsigned:0;\n";

struct fixture fixture;

void fixture_open(struct fixture *f)
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

int setup(void **state)
{
	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	fixture_open(&fixture);
	return utfs_event_format_parse(fields, strlen(fields), &fixture.format, NULL);
}

int teardown(void **state)
{
	(void)state;
	utfs_event_format_free(fixture.format);
	utfs_arena_close(&fixture.arena);
	return 0;
}

void plan_make(const char *text)
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

bool count(struct fixture *f, const struct record_image *image)
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

bool count_key(struct fixture *f, uint64_t key, int32_t value)
{
	const struct record_image image = {.pid = 77, .key = key, .value = value};

	return count(f, &image);
}

bool view_get(struct utfs_hist_view *view)
{
	uint64_t bytes;
	const struct utfs_hist_plan *plan =
		utfs_hist_plan_get(&fixture.arena, fixture.plan, &bytes);

	return plan && utfs_hist_view_get(&fixture.arena, plan->map, view);
}

char *shown(void)
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

void assert_shown(const char *expected)
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

struct utfs_hist_copy map_check(void)
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
