/* SPDX-License-Identifier: MIT */
/* utracefs hist: an event's histograms, as bars. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/event-names.h"
#include "cli/histogram.h"
#include "json/json.h"
#include "cli/terminal.h"

#define ROWS_MAX    40 /* numbers that are more than these are put together */
#define LABEL_WIDTH 40

struct view {
	const char *value; /* NULL: the hitcount */
	double interval;   /* 0: once */
	bool log2, all, is_json;
	char path[2 * EVENTFS_NAME_MAX + 64];
	const char *event; /* SYSTEM:EVENT */
	const char *where; /* what an error is about */
};

/* [INSTANCE/]SYSTEM:EVENT. Return: false it is not of that form. */
static bool path_make(struct view *view, const char *spec)
{
	const char *slash = strrchr(spec, '/');
	const char *system = slash ? slash + 1 : spec;
	const char *colon = strchr(system, ':');
	int n;

	view->event = system;
	if (!colon || colon == system || !colon[1] || slash == spec)
		return false;
	n = snprintf(view->path, sizeof(view->path), "%s%.*s%sevents/%.*s/%s/hist",
		     slash ? "instances/" : "", slash ? (int)(slash - spec) : 0, spec,
		     slash ? "/" : "", (int)(colon - system), system, colon + 1);
	return n > 0 && (size_t)n < sizeof(view->path);
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

static const double percents[] = {50, 90, 99, 99.9, 100};
#define NR_PERCENTS (sizeof(percents) / sizeof(percents[0]))

static void show_percentiles(const struct utfs_histogram *histogram)
{
	if (histogram->kind == UTFS_HISTOGRAM_NAMES || !histogram->total)
		return;
	for (size_t i = 0; i < NR_PERCENTS; i++) {
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

static void print_json_row(struct utfs_json *json, const struct utfs_histogram *histogram,
			   const struct utfs_histogram_row *row)
{
	utfs_json_object(json, NULL);
	utfs_json_string(json, "key", row->label);
	if (histogram->kind != UTFS_HISTOGRAM_NAMES) {
		utfs_json_signed(json, "low", row->low);
		utfs_json_signed(json, "high", row->high);
	}
	utfs_json_number(json, "value", row->value);
	utfs_json_object_end(json);
}

/* All rows, whatever --all says. */
static int print_json(const struct view *view, struct utfs_json *json,
		      struct utfs_histogram *histogram)
{
	char name[32];
	int ret = 0;

	utfs_histogram_sort(histogram);
	utfs_json_object(json, NULL);
	utfs_json_string(json, "trigger", histogram->trigger);
	utfs_json_string(json, "key", histogram->key);
	utfs_json_string(json, "value", histogram->value);
	utfs_json_number(json, "hits", histogram->hits);
	utfs_json_number(json, "dropped", histogram->dropped);
	utfs_json_number(json, "total", histogram->total);
	utfs_json_object(json, "percentiles");
	for (size_t i = 0; histogram->kind != UTFS_HISTOGRAM_NAMES && i < NR_PERCENTS; i++) {
		const struct utfs_histogram_row *row =
			utfs_histogram_percentile(histogram, percents[i]);

		snprintf(name, sizeof(name), "%g", percents[i]);
		if (row)
			utfs_json_signed(json, name, row->high);
	}
	utfs_json_object_end(json);
	if (histogram->kind == UTFS_HISTOGRAM_NUMBERS && view->log2)
		ret = utfs_histogram_group(histogram);
	utfs_json_array(json, "rows");
	for (size_t i = 0; i < histogram->nr_rows; i++)
		print_json_row(json, histogram, &histogram->rows[i]);
	utfs_json_array_end(json);
	utfs_json_object_end(json);
	return ret;
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
	struct utfs_json json = {0};
	struct eventfs_text text = {0};
	const char *at;
	int n = 0, ret;

	view->where = view->path;
	ret = utfs_cli_read_file(trace, view->path, &text);
	if (ret)
		goto out;
	utfs_terminal_look(&terminal);
	if (!view->interval || view->is_json)
		terminal.is_terminal = false;
	if (view->is_json)
		utfs_json_array(&json, NULL);
	else
		utfs_terminal_begin(&terminal, is_first);
	at = text.data;
	do {
		ret = utfs_histogram_parse(&at, view->value, &histogram);
		if (ret == -ENOENT)
			view->where = view->value;
		if (ret > 0) {
			ret = view->is_json ? print_json(view, &json, &histogram)
					    : show_histogram(view, &terminal, &histogram);
			n++;
			ret = ret ? ret : 1;
		}
		utfs_histogram_fini(&histogram);
	} while (ret > 0);
	if (view->is_json) {
		utfs_json_array_end(&json);
		utfs_json_end(&json);
	}
	if (!ret) {
		ret = utfs_terminal_end(&terminal);
		if (ret)
			view->where = "standard output";
	}
out:
	eventfs_text_fini(&text);
	return ret ? ret : n;
}

/* Return: UTFS_CLI_FAILED. */
static int complain(const struct view *view, struct utfs_trace *trace, int error)
{
	struct utfs_event_names names = {0};
	bool is_unknown = error == -ENOENT && view->where == view->path &&
			  !utfs_event_names_read(trace, &names);

	for (size_t i = 0; i < names.nr && is_unknown; i++)
		is_unknown = !utfs_event_name_matches(view->event, names.name[i].system,
						      names.name[i].event);
	if (is_unknown)
		utfs_event_names_complain(&names, view->event);
	else
		utfs_cli_complain_in(trace, view->where, error);
	utfs_event_names_fini(&names);
	return UTFS_CLI_FAILED;
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
		return ret < 0 ? complain(view, trace, ret) : 0;
	fprintf(stderr, "utracefs: %s: no histogram; write a hist trigger first\n", view->path);
	return UTFS_CLI_FAILED;
}

int utfs_cmd_hist(const struct utfs_command *command, int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'},	 {"interval", required_argument, NULL, 'i'},
		{"json", no_argument, NULL, 'j'},	 {"log2", no_argument, NULL, 'l'},
		{"value", required_argument, NULL, 'v'}, {0},
	};
	struct view view = {0};
	struct utfs_trace *trace;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "ai:lv:", longs, NULL)) != -1) {
		if (opt == 'a')
			view.all = true;
		else if (opt == 'l')
			view.log2 = true;
		else if (opt == 'j')
			view.is_json = true;
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
