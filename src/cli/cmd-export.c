/* SPDX-License-Identifier: MIT */
/* utracefs export: recordings in the formats of other tools. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/event-names.h"
#include "export/export.h"
#include "trace/follow.h"

struct exporting {
	struct utfs_export_wish wish;
	const char *format;
	const char *output;
	const char **patterns; /* ends with NULL; none: all events */
	const char *const *files;
	size_t nr_files;
	const char *instance; /* live: NULL is the root */
	bool is_live, of_snapshot;
};

static bool is_wanted(void *ctx, const char *system, const char *event)
{
	const struct exporting *exporting = ctx;

	for (size_t i = 0; exporting->patterns[i]; i++) {
		if (utfs_event_name_matches(exporting->patterns[i], system, event))
			return true;
	}
	return !exporting->patterns[0];
}

static int complain(const struct utfs_recording_failure *failure)
{
	fprintf(stderr, "utracefs: %s%s%s\n", failure->path ? failure->path : "",
		failure->path ? ": " : "", failure->text);
	return UTFS_CLI_FAILED;
}

/* ------------------------------------------------------------------------------------------------
 * Formats
 */

static void list_formats(void)
{
	fputs("utracefs: export: the formats are", stderr);
	for (const struct utfs_export_format *format = utfs_export_formats; format->name; format++)
		fprintf(stderr, "%s %s", format == utfs_export_formats ? "" : ",", format->name);
	fputc('\n', stderr);
}

/* Who asks for the file that all others are made of has a command for it. */
static bool is_dat(const char *word)
{
	const char *dot = strrchr(word, '.');

	return strcmp(dot ? dot + 1 : word, "dat") == 0;
}

static int find_format(struct exporting *exporting)
{
	const char *word = exporting->format ? exporting->format : exporting->output;
	struct utfs_cli_guess guess = {.word = exporting->format};

	if (exporting->format) {
		exporting->wish.format = utfs_export_format_find(exporting->format);
		if (exporting->wish.format)
			return 0;
		for (const struct utfs_export_format *format = utfs_export_formats; format->name;
		     format++)
			utfs_cli_guess(&guess, format->name);
		fprintf(stderr, "utracefs: export: no format is called '%s'", exporting->format);
		utfs_cli_did_you_mean(&guess);
		fputc('\n', stderr);
	} else if (!exporting->output) {
		fputs("utracefs: export: which format? Say -f FORMAT, or -o FILE with its suffix\n",
		      stderr);
	} else {
		exporting->wish.format = utfs_export_format_guess(exporting->output);
		if (exporting->wish.format)
			return 0;
		fprintf(stderr,
			"utracefs: export: '%s' does not end as a format's files do; say -f\n",
			exporting->output);
	}
	if (word && is_dat(word))
		fputs("utracefs: export: a trace.dat is what 'utracefs record' makes, and of what "
		      "buffers hold 'utracefs exec -- trace-cmd extract'\n",
		      stderr);
	list_formats();
	return UTFS_CLI_USAGE;
}

static int check_output(struct exporting *exporting)
{
	const struct utfs_export_format *format = exporting->wish.format;
	const bool is_stream = !exporting->output || strcmp(exporting->output, "-") == 0;

	exporting->wish.output = is_stream ? "-" : exporting->output;
	if (is_stream && format->is_directory)
		fprintf(stderr, "utracefs: export: %s is a directory of files: say -o DIRECTORY\n",
			format->name);
	else if (is_stream && format->is_binary && isatty(STDOUT_FILENO))
		fprintf(stderr, "utracefs: export: %s is not for a terminal: say -o FILE\n",
			format->name);
	else
		return 0;
	return UTFS_CLI_USAGE;
}

/* ------------------------------------------------------------------------------------------------
 * All of it
 */

/* A pattern that matches none of the events of the files is wrong. */
static int check_patterns(const struct exporting *exporting, const struct utfs_recording *recording)
{
	const struct utfs_recording_type *type;
	struct utfs_event_names names = {0};
	int status = 0;

	while (utfs_recording_type(recording, names.nr))
		names.nr++;
	names.name = calloc(names.nr + 1, sizeof(*names.name));
	if (!names.name)
		return utfs_cli_complain("export", ENOMEM);
	for (size_t i = 0; (type = utfs_recording_type(recording, i)); i++)
		names.name[i] = (struct utfs_event_name){type->system, type->name};
	for (size_t i = 0; exporting->patterns[i]; i++) {
		size_t n = 0;

		while (n < names.nr &&
		       !utfs_event_name_matches(exporting->patterns[i], names.name[n].system,
						names.name[n].event))
			n++;
		if (n == names.nr)
			status = utfs_event_names_complain(&names, exporting->patterns[i]);
	}
	utfs_event_names_fini(&names);
	return status;
}

/* What a format's times are not. */
static void warn_of_clock(const struct exporting *exporting, const struct utfs_recording *recording)
{
	char text[UTFS_EXPORT_NOTE_BYTES];

	if (exporting->wish.format->wants_ns && utfs_export_clock_note(recording, text))
		fprintf(stderr, "utracefs: export: %s\n", text);
}

/* What an instance holds now; then nothing of the tree is needed any more. */
static int hold(const struct exporting *exporting, struct utfs_recording **recording)
{
	const char *subject = exporting->instance ? exporting->instance : "trace";
	struct utfs_follow *follow = NULL;
	struct utfs_trace *trace;
	int ret, status = utfs_cli_open(&trace);

	if (status)
		return status;
	ret = utfs_follow_held(trace, exporting->instance, exporting->of_snapshot, &follow);
	if (!ret)
		ret = utfs_recording_held(follow, subject, recording);
	if (ret)
		status = utfs_cli_complain_in(trace, subject, ret);
	utfs_follow_close(follow);
	utfs_trace_close(trace);
	return status;
}

static int open_recording(const struct exporting *exporting, struct utfs_recording **recording)
{
	struct utfs_recording_failure failure;

	*recording = NULL;
	if (exporting->is_live)
		return hold(exporting, recording);
	return utfs_recording_open(exporting->files, exporting->nr_files, recording, &failure)
		       ? complain(&failure)
		       : 0;
}

static int export_all(struct exporting *exporting)
{
	struct utfs_recording_failure failure;
	struct utfs_recording *recording;
	int status = open_recording(exporting, &recording);

	if (!status)
		status = check_patterns(exporting, recording);
	if (!status)
		warn_of_clock(exporting, recording);
	exporting->wish.wanted = is_wanted;
	exporting->wish.wanted_ctx = exporting;
	if (!status && utfs_export_run(recording, &exporting->wish, &failure))
		status = complain(&failure);
	utfs_recording_close(recording);
	return status;
}

static bool parse(struct exporting *exporting, int argc, char **argv)
{
	static const struct option longs[] = {
		{"instance", required_argument, NULL, 'B'},
		{"event", required_argument, NULL, 'e'},
		{"format", required_argument, NULL, 'f'},
		{"live", no_argument, NULL, 'L'},
		{"output", required_argument, NULL, 'o'},
		{"snapshot", no_argument, NULL, 's'},
		{0},
	};
	static const char *const standard = "trace.dat";
	size_t n = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "B:e:f:o:s", longs, NULL)) != -1) {
		if (opt == 'B')
			exporting->instance = optarg;
		else if (opt == 'L')
			exporting->is_live = true;
		else if (opt == 's')
			exporting->of_snapshot = true;
		else if (opt == 'e')
			exporting->patterns[n++] = optarg;
		else if (opt == 'f')
			exporting->format = optarg;
		else if (opt == 'o')
			exporting->output = optarg;
		else
			return false;
	}
	exporting->files = (const char *const *)&argv[optind];
	exporting->nr_files = (size_t)(argc - optind);
	if (exporting->is_live)
		return !exporting->nr_files;
	if (exporting->instance || exporting->of_snapshot)
		return false;
	if (!exporting->nr_files) {
		exporting->files = &standard;
		exporting->nr_files = 1;
	}
	return true;
}

int utfs_cmd_export(const struct utfs_command *command, int argc, char **argv)
{
	struct exporting exporting = {0};
	int status = UTFS_CLI_USAGE;

	exporting.patterns = calloc((size_t)argc + 1, sizeof(*exporting.patterns));
	if (!exporting.patterns)
		return utfs_cli_complain(command->name, ENOMEM);
	if (!parse(&exporting, argc, argv))
		utfs_cli_usage(command);
	else
		status = find_format(&exporting);
	if (!status)
		status = check_output(&exporting);
	if (!status)
		status = export_all(&exporting);
	free(exporting.patterns);
	return status;
}
