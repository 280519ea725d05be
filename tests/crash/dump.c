/* SPDX-License-Identifier: MIT */
/* The look at an arena: a dump of all layers, in text that can be compared. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crash.h"
#include "ring/check.h"

static void print_args(struct crash_text *text, const char *format, va_list args)
{
	if (text->room - text->bytes < 2048) {
		char *more = realloc(text->text, text->room * 2 + 8192);

		if (!more)
			return;
		text->text = more;
		text->room = text->room * 2 + 8192;
	}
	text->bytes += (size_t)vsnprintf(text->text + text->bytes, 2048, format, args);
}

void crash_print(struct crash_text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_args(text, format, args);
	va_end(args);
}

void crash_broken(struct crash_text *text, const char *format, ...)
{
	va_list args;

	text->broken++;
	crash_print(text, "BROKEN ");
	va_start(args, format);
	print_args(text, format, args);
	va_end(args);
	crash_print(text, "\n");
}

void crash_text_free(struct crash_text *text)
{
	free(text->text);
	memset(text, 0, sizeof(*text));
}

/* Skips lines that do not count. */
static const char *line_start(const char *at, bool loose)
{
	while (at && *at == '~' && loose) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return at && *at ? at : NULL;
}

static size_t line_bytes(const char *at)
{
	return at ? strcspn(at, "\n") : 0;
}

bool crash_text_same(const struct crash_text *a, const struct crash_text *b, bool loose)
{
	const char *x = line_start(a->text, loose), *y = line_start(b->text, loose);

	while (x && y && line_bytes(x) == line_bytes(y) && !memcmp(x, y, line_bytes(x))) {
		x = line_start(x + line_bytes(x) + 1, loose);
		y = line_start(y + line_bytes(y) + 1, loose);
	}
	return !x && !y;
}

bool crash_text_whole(const struct crash_kind *kind, const struct crash_text *text)
{
	if (!*text->finding || kind->flags & CRASH_MADE_UP)
		return !text->broken;
	fprintf(stderr, "%s: a check finds %s\n", kind->name, text->finding);
	return false;
}

void crash_text_differ(const char *what, const struct crash_text *found,
		       const struct crash_text *expected)
{
	const char *x = found->text, *y = expected->text;
	int shown = 0;

	fprintf(stderr, "%s\n", what);
	while (x && y && *x && *y && shown < 5) {
		if (line_bytes(x) != line_bytes(y) || memcmp(x, y, line_bytes(x))) {
			fprintf(stderr, "  found    %.*s\n  expected %.*s\n", (int)line_bytes(x), x,
				(int)line_bytes(y), y);
			shown++;
		}
		x += line_bytes(x) + 1;
		y += line_bytes(y) + 1;
	}
	if (x && *x)
		fprintf(stderr, "  found more:    %.*s\n", (int)line_bytes(x), x);
	if (y && *y)
		fprintf(stderr, "  expected more: %.*s\n", (int)line_bytes(y), y);
}

static void repair_all(struct utfs_arena *arena)
{
	for (int i = 0; crash_layers[i]; i++)
		if (crash_layers[i]->repair)
			crash_layers[i]->repair(arena);
}

static void dump_all(struct utfs_arena *arena, struct crash_text *text)
{
	for (int i = 0; crash_layers[i]; i++)
		if (crash_layers[i]->dump)
			crash_layers[i]->dump(arena, text);
}

/* The file system holds what the books say: nothing leaks, and nothing in use is missing. */
static void check_memory(struct utfs_arena *arena, struct crash_text *text)
{
	uint64_t used = utfs_arena_used_bytes(arena), held;
	struct stat st;

	if (fstat(arena->fd, &st))
		return;
	held = (uint64_t)st.st_blocks * 512;
	if (held != used)
		crash_broken(text, "the file system holds %llu bytes, the books say %llu",
			     (unsigned long long)held, (unsigned long long)used);
}

static void finding_note(void *ctx, const struct utfs_finding *finding)
{
	struct crash_text *text = ctx;

	if (!*text->finding)
		snprintf(text->finding, sizeof(text->finding), "%s: %s", finding->kind,
			 finding->text);
}

/* Does one of the kinds keep memory for which the product has no owner? */
static bool notes_kept(const struct utfs_arena *arena)
{
	const struct utfs_instance *root = utfs_instance_at(arena, 0);

	for (size_t i = 0; i < sizeof(root->reserved) / sizeof(root->reserved[0]); i++)
		if (root->reserved[i])
			return true;
	return false;
}

/* What `utracefs fsck` looks at. */
static void check_invariants(struct utfs_arena *arena, struct crash_text *text)
{
	struct utfs_check check = {.arena = arena,
				   .way = UTFS_CHECK_LIVE,
				   .report = finding_note,
				   .ctx = text,
				   .fd = -1};

	utfs_check_arena(&check);
	utfs_check_recorders(&check);
	if (!notes_kept(arena))
		utfs_check_memory(&check);
	utfs_check_pages(&check);
	utfs_check_claims_clear(&check);
}

/* A change of every sort works, and leaves nothing when it is rolled back. */
static int probe(struct utfs_arena *arena)
{
	static const struct utfs_event_strings event = {.system = "crash_probe",
							.system_bytes = 11,
							.name = "probe",
							.name_bytes = 5,
							.fields = "f",
							.fields_bytes = 1,
							.print_fmt = "p",
							.print_bytes = 1,
							.record_bytes = 8};
	uint32_t slot, id;
	uint64_t page;
	int ret = utfs_instance_add(arena, "crash-probe", 11, &slot);

	if (!ret)
		ret = utfs_event_register(arena, &event, &id);
	if (!ret)
		ret = utfs_alloc_pages(arena, 3, &page);
	if (!ret)
		ret = utfs_free_pages(arena, page, 3);
	return ret;
}

int crash_look(const char *dir, struct crash_text *text)
{
	struct crash_text again = {0};
	struct utfs_arena arena;
	int ret = crash_look_open(&arena, dir);

	crash_text_free(text);
	if (ret)
		return ret;
	ret = utfs_tx_begin(&arena);
	if (ret)
		goto out;
	repair_all(&arena);
	dump_all(&arena, text);
	check_memory(&arena, text);
	check_invariants(&arena, text);
	ret = probe(&arena);
	(void)utfs_tx_end(&arena, -ECANCELED);
	if (ret) {
		crash_broken(text, "a change fails with %d", ret);
		ret = 0;
		goto out;
	}
	ret = utfs_tx_begin(&arena);
	if (ret)
		goto out;
	dump_all(&arena, &again);
	ret = utfs_tx_end(&arena, 0);
	if (!crash_text_same(text, &again, false)) {
		crash_text_differ("a change and its rollback leave something", &again, text);
		crash_broken(text, "a change and its rollback leave something");
	}
out:
	crash_text_free(&again);
	crash_look_close(&arena);
	if (text->broken)
		fprintf(stderr, "%s", strstr(text->text, "BROKEN"));
	return ret;
}
