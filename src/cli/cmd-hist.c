/* SPDX-License-Identifier: MIT */
/* utracefs hist: an event's histograms, as bars. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/histogram.h"
#include "cli/terminal.h"

#define ROWS_MAX    40 /* numbers that are more than these are put together */
#define LABEL_WIDTH 40
#define READ_BYTES  65536

struct view {
	const char *value; /* NULL: the hitcount */
	double interval;   /* 0: once */
	bool log2, all;
	char path[2 * EVENTFS_NAME_MAX + 64];
	const char *where; /* what an error is about */
};

/* [INSTANCE/]SYSTEM:EVENT. Return: false it is not of that form. */
static bool path_make(struct view *view, const char *spec)
{
	const char *slash = strrchr(spec, '/');
	const char *system = slash ? slash + 1 : spec;
	const char *colon = strchr(system, ':');
	int n;

	if (!colon || colon == system || !colon[1] || slash == spec)
		return false;
	n = snprintf(view->path, sizeof(view->path), "%s%.*s%sevents/%.*s/%s/hist",
		     slash ? "instances/" : "", slash ? (int)(slash - spec) : 0, spec,
		     slash ? "/" : "", (int)(colon - system), system, colon + 1);
	return n > 0 && (size_t)n < sizeof(view->path);
}

static int file_read(struct utfs_trace *trace, const char *path, struct eventfs_text *text)
{
	struct eventfs_request who = utfs_cli_request();
	struct eventfs_file *file = NULL;
	ssize_t n = 1;
	int ret = utfs_cli_open_file(trace, path, O_RDONLY, &file);

	while (!ret && n > 0) {
		char *room = eventfs_text_reserve(text, READ_BYTES);

		n = room ? eventfs_read(file, &who, room, READ_BYTES, (off_t)text->len_bytes)
			 : -ENOMEM;
		if (n < 0)
			ret = (int)n;
		else
			text->len_bytes += (size_t)n;
	}
	eventfs_release(file);
	if (!ret) {
		eventfs_text_putc(text, '\0');
		ret = text->error;
	}
	return ret;
}

static void show_bar(const struct utfs_terminal *terminal, double share)
{
	/* The label, two numbers and blanks are before it. */
	unsigned int taken = LABEL_WIDTH + 22;
	unsigned int room = terminal->columns > taken + 10 ? terminal->columns - taken : 10;
	unsigned int bar = (unsigned int)(share * room + 0.5);

	if (terminal->has_colors)
		fputs("\033[36m", stdout);
	for (unsigned int i = 0; i < bar; i++)
		putchar('#');
	if (terminal->has_colors)
		fputs("\033[0m", stdout);
}

static void show_rows(const struct utfs_terminal *terminal, const struct utfs_histogram *histogram,
		      size_t rows)
{
	uint64_t largest = 1;

	for (size_t i = 0; i < rows; i++)
		if (histogram->rows[i].value > largest)
			largest = histogram->rows[i].value;
	for (size_t i = 0; i < rows; i++) {
		const struct utfs_histogram_row *row = &histogram->rows[i];

		printf("%*.*s %12llu %5.1f%% ", LABEL_WIDTH, LABEL_WIDTH, row->label,
		       (unsigned long long)row->value,
		       histogram->total ? 100.0 * (double)row->value / (double)histogram->total
					: 0.0);
		show_bar(terminal, (double)row->value / (double)largest);
		puts(terminal->is_terminal ? "\033[K" : "");
	}
	if (rows < histogram->nr_rows)
		printf("%*s%zu more%s\n", LABEL_WIDTH - 4, "", histogram->nr_rows - rows,
		       terminal->is_terminal ? "\033[K" : "");
}

static void show_percentiles(const struct utfs_histogram *histogram)
{
	static const double percents[] = {50, 90, 99, 99.9, 100};

	if (histogram->kind == UTFS_HISTOGRAM_NAMES || !histogram->total)
		return;
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		const struct utfs_histogram_row *row =
			utfs_histogram_percentile(histogram, percents[i]);
		const char *gap = i ? ", " : "";

		if (!row)
			continue;
		if (percents[i] < 100)
			printf("%sp%g ", gap, percents[i]);
		else
			printf("%smax ", gap);
		if (histogram->kind == UTFS_HISTOGRAM_RANGES)
			printf("<= %lld", (long long)row->high);
		else
			printf("%lld", (long long)row->low);
	}
	putchar('\n');
}

static int show_histogram(const struct view *view, const struct utfs_terminal *terminal,
			  struct utfs_histogram *histogram)
{
	size_t rows = histogram->nr_rows;
	int ret = 0;

	printf("%s%s%s%s\n", terminal->has_colors ? "\033[1m" : "", histogram->trigger,
	       terminal->has_colors ? "\033[0m" : "", terminal->is_terminal ? "\033[K" : "");
	utfs_histogram_sort(histogram);
	/* Percentiles are those of the numbers, not of the groups. */
	show_percentiles(histogram);
	if (histogram->kind == UTFS_HISTOGRAM_NUMBERS &&
	    (view->log2 || (!view->all && rows > ROWS_MAX))) {
		ret = utfs_histogram_group(histogram);
		rows = histogram->nr_rows;
	}
	if (!view->all && histogram->kind == UTFS_HISTOGRAM_NAMES && rows > ROWS_MAX)
		rows = ROWS_MAX;
	if (!ret) {
		printf("%*s %12s\n", LABEL_WIDTH, histogram->key ? histogram->key : "",
		       histogram->value ? histogram->value : "");
		show_rows(terminal, histogram, rows);
		printf("%llu hits, %llu dropped%s\n", (unsigned long long)histogram->hits,
		       (unsigned long long)histogram->dropped,
		       terminal->is_terminal ? "\033[K" : "");
	}
	return ret;
}

/* One picture of all histograms of the event. Return: how many; negative errno, view->where. */
static int show(struct view *view, struct utfs_trace *trace, bool is_first)
{
	struct utfs_histogram histogram;
	struct utfs_terminal terminal;
	struct eventfs_text text = {0};
	const char *at;
	int n = 0, ret;

	view->where = view->path;
	ret = file_read(trace, view->path, &text);
	if (ret)
		goto out;
	utfs_terminal_look(&terminal);
	if (!view->interval)
		terminal.is_terminal = false;
	utfs_terminal_begin(&terminal, is_first);
	at = text.data;
	do {
		ret = utfs_histogram_parse(&at, view->value, &histogram);
		if (ret == -ENOENT)
			view->where = view->value;
		if (ret > 0) {
			ret = show_histogram(view, &terminal, &histogram);
			n++;
			ret = ret ? ret : 1;
		}
		utfs_histogram_fini(&histogram);
	} while (ret > 0);
	if (!ret) {
		ret = utfs_terminal_end(&terminal);
		if (ret)
			view->where = "standard output";
	}
out:
	eventfs_text_fini(&text);
	return ret ? ret : n;
}

static int run(struct view *view, struct utfs_trace *trace)
{
	bool is_first = true;
	int ret;

	do {
		ret = show(view, trace, is_first);
		is_first = false;
	} while (ret >= 0 && view->interval && utfs_terminal_wait(view->interval));
	if (ret)
		return ret < 0 ? utfs_cli_complain_in(trace, view->where, ret) : 0;
	fprintf(stderr, "utracefs: %s: no histogram; write a hist trigger first\n", view->path);
	return UTFS_CLI_FAILED;
}

int utfs_cmd_hist(const struct utfs_command *command, int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'},
		{"interval", required_argument, NULL, 'i'},
		{"log2", no_argument, NULL, 'l'},
		{"value", required_argument, NULL, 'v'},
		{0},
	};
	struct view view = {0};
	struct utfs_trace *trace;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "ai:lv:", longs, NULL)) != -1) {
		if (opt == 'a')
			view.all = true;
		else if (opt == 'l')
			view.log2 = true;
		else if (opt == 'v')
			view.value = optarg;
		else if (opt != 'i' || !utfs_terminal_seconds(optarg, &view.interval))
			return utfs_cli_usage(command);
	}
	if (argc - optind != 1 || !path_make(&view, argv[optind]))
		return utfs_cli_usage(command);
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	utfs_terminal_init();
	status = run(&view, trace);
	utfs_trace_close(trace);
	utfs_terminal_fini();
	return status;
}
