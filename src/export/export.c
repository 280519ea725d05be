/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/internal.h"
#include "export/span.h"

#ifdef UTFS_WITH_PERFETTO
#define RUN_PERFETTO utfs_export_perfetto
#else
#define RUN_PERFETTO NULL
#endif

#ifdef UTFS_WITH_CTF
#define RUN_CTF utfs_export_ctf
#else
#define RUN_CTF NULL
#endif

const struct utfs_export_format utfs_export_formats[] = {
	{.name = "perfetto",
	 .suffixes = "pftrace perfetto-trace perfetto",
	 .summary = "for ui.perfetto.dev and its SQL",
	 .is_binary = true,
	 .wants_ns = true,
	 .run = RUN_PERFETTO},
	{.name = "ctf",
	 .suffixes = "ctf",
	 .summary = "Common Trace Format, for babeltrace2 and Trace Compass",
	 .is_directory = true,
	 .is_binary = true,
	 .wants_ns = true,
	 .run = RUN_CTF},
	{.name = "json",
	 .suffixes = "json",
	 .summary = "Chrome's trace events, for ui.perfetto.dev and chrome://tracing",
	 .wants_ns = true,
	 .run = utfs_export_chrome},
	{.name = "csv",
	 .suffixes = "csv",
	 .summary = "a table, with a column for each field",
	 .run = utfs_export_csv},
	{.name = "ndjson",
	 .suffixes = "ndjson jsonl",
	 .summary = "an object on each line, for jq and scripts",
	 .run = utfs_export_ndjson},
	{0},
};

const struct utfs_export_format *utfs_export_format_find(const char *name)
{
	const struct utfs_export_format *format = utfs_export_formats;

	while (format->name && strcmp(format->name, name) != 0)
		format++;
	return format->name ? format : NULL;
}

/* Is the word one of these? */
static bool is_among(const char *word, size_t word_bytes, const char *words)
{
	while (*words) {
		size_t bytes = strcspn(words, " ");

		if (bytes == word_bytes && memcmp(words, word, bytes) == 0)
			return true;
		words += bytes + (words[bytes] == ' ');
	}
	return false;
}

/* A directory may be written with a slash behind it. */
static size_t bytes_of_path(const char *path)
{
	size_t bytes = strlen(path);

	while (bytes > 1 && path[bytes - 1] == '/')
		bytes--;
	return bytes;
}

const struct utfs_export_format *utfs_export_format_guess(const char *file)
{
	const char *end = file + bytes_of_path(file),
		   *dot = memrchr(file, '.', (size_t)(end - file));
	const struct utfs_export_format *format = utfs_export_formats;

	if (!dot || memchr(dot, '/', (size_t)(end - dot)))
		return NULL;
	while (format->name && !is_among(dot + 1, (size_t)(end - dot) - 1, format->suffixes))
		format++;
	return format->name ? format : NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Events
 */

int utfs_export_wants(struct utfs_export *export, const struct utfs_recording_type *type)
{
	signed char *is_wanted;
	size_t nr;

	if (type->index >= export->nr_wanted) {
		nr = type->index + 64;
		is_wanted = realloc(export->is_wanted, nr);
		if (!is_wanted)
			return -ENOMEM;
		memset(is_wanted + export->nr_wanted, 0, nr - export->nr_wanted);
		export->is_wanted = is_wanted;
		export->nr_wanted = nr;
	}
	is_wanted = &export->is_wanted[type->index];
	if (!*is_wanted)
		*is_wanted =
			export->wish->wanted(export->wish->wanted_ctx, type->system, type->name)
				? 1
				: -1;
	return *is_wanted > 0;
}

static int next_of(struct utfs_export *export, struct utfs_recording *recording,
		   struct utfs_recording_event *event)
{
	int ret, wants = 0;

	do {
		ret = utfs_recording_next(recording, event);
		if (ret > 0)
			wants = utfs_export_wants(export, event->type);
	} while (ret > 0 && !wants);
	return wants < 0 ? wants : ret;
}

int utfs_export_next(struct utfs_export *export, struct utfs_recording_event *event)
{
	return next_of(export, export->recording, event);
}

static int scan(struct utfs_export *export, struct utfs_recording *recording,
		int (*look)(void *ctx, const struct utfs_recording_event *event), void *ctx)
{
	struct utfs_recording_event event;
	int ret = 0;

	while (!ret && (ret = next_of(export, recording, &event)) > 0)
		ret = look(ctx, &event);
	return ret;
}

int utfs_export_scan(struct utfs_export *export,
		     int (*look)(void *ctx, const struct utfs_recording_event *event), void *ctx,
		     struct utfs_recording_failure *failure)
{
	const struct utfs_recording_about *about;
	struct utfs_recording *again = NULL;
	const char **paths;
	size_t n = 0;
	int ret;

	if (!utfs_recording_rewind(export->recording)) {
		ret = scan(export, export->recording, look, ctx);
		(void)utfs_recording_rewind(export->recording);
		return ret;
	}

	while (utfs_recording_about(export->recording, n))
		n++;
	paths = calloc(n + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; (about = utfs_recording_about(export->recording, i)); i++)
		paths[i] = about->path;
	ret = utfs_recording_open(paths, n, &again, failure);
	if (!ret)
		ret = scan(export, again, look, ctx);
	utfs_recording_close(again);
	free(paths);
	return ret;
}

const char *utfs_export_clock_note(const struct utfs_recording *recording,
				   char text[UTFS_EXPORT_NOTE_BYTES])
{
	const struct utfs_recording_about *about = utfs_recording_about(recording, 0);

	if (about->clock_in_ns)
		return NULL;
	snprintf(text, UTFS_EXPORT_NOTE_BYTES, "times are counts of the clock '%s', not ns",
		 about->clock);
	return text;
}

static int learn(void *ctx, const struct utfs_recording_event *event)
{
	return utfs_spans_learn(ctx, event);
}

int utfs_export_learn(struct utfs_export *export, struct utfs_spans **spans,
		      struct utfs_recording_failure *failure)
{
	int ret = utfs_spans_create(export->recording, spans);

	if (!ret && utfs_spans_can_learn(*spans))
		ret = utfs_export_scan(export, learn, *spans, failure);
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * The output
 */

static int fail_at(const struct utfs_export_wish *wish, int error,
		   struct utfs_recording_failure *failure)
{
	failure->path = wish->output;
	snprintf(failure->text, sizeof(failure->text), "%s", strerror(-error));
	return error;
}

/* What a new file or directory may not be. */
static mode_t mask_of_process(void)
{
	const mode_t mask = umask(077);

	umask(mask);
	return mask;
}

static int open_file(struct utfs_export *export)
{
	int fd = mkostemp(export->made, O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0666 & ~mask_of_process()) || !(export->out = fdopen(fd, "w"))) {
		ret = -errno;
		close(fd);
	}
	return ret;
}

static int open_output(struct utfs_export *export)
{
	const struct utfs_export_wish *wish = export->wish;

	if (strcmp(wish->output, "-") == 0) {
		export->out = stdout;
		return wish->format->is_directory ? -ENOTDIR : 0;
	}
	if (wish->format->is_directory && access(wish->output, F_OK) == 0)
		return -EEXIST;
	if (asprintf(&export->made, "%.*s.XXXXXX", (int)bytes_of_path(wish->output), wish->output) <
	    0) {
		export->made = NULL;
		return -ENOMEM;
	}
	if (!wish->format->is_directory)
		return open_file(export);
	if (!mkdtemp(export->made) || chmod(export->made, 0777 & ~mask_of_process()))
		return -errno;
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* What was made gets its name, or goes. Return: ret; errno of writing. */
static int close_output(struct utfs_export *export, int ret)
{
	if (export->out) {
		if (fflush(export->out) && !ret)
			ret = -errno;
		if (ferror(export->out) && !ret)
			ret = -EIO;
		if (export->out != stdout && fclose(export->out) && !ret)
			ret = -errno;
	}
	if (export->made) {
		if (!ret && rename(export->made, export->wish->output))
			ret = -errno;
		if (ret)
			nftw(export->made, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	}
	free(export->made);
	return ret;
}

int utfs_export_run(struct utfs_recording *recording, const struct utfs_export_wish *wish,
		    struct utfs_recording_failure *failure)
{
	struct utfs_export export = {.recording = recording, .wish = wish};
	int ret;

	*failure = (struct utfs_recording_failure){0};
	if (!wish->format->run) {
		snprintf(failure->text, sizeof(failure->text),
			 "this utracefs was built without the library for the format %s",
			 wish->format->name);
		return -ENOTSUP;
	}
	ret = open_output(&export);
	if (!ret)
		ret = wish->format->run(&export, failure);
	ret = close_output(&export, ret);
	if (ret && !*failure->text)
		fail_at(wish, ret, failure);
	free(export.is_wanted);
	return ret;
}
