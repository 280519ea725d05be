/* SPDX-License-Identifier: MIT */
/* utracefs hist: an event's histograms, as bars. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/event-names.h"
#include "cli/histogram.h"
#include "json/json.h"
#include "cli/terminal.h"

#define ROWS_MAX 40 /* numbers that are more than these are put together */
#define BAR_MIN	 10 /* columns that are left for bars, if labels can be shortened for it */

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

/* Columns. */
struct layout {
	unsigned int label, value, bar;
};

static void layout_widen(unsigned int *columns, const char *text)
{
	unsigned int own = UINT_MAX;

	utfs_terminal_fit(text, &own);
	if (own > *columns)
		*columns = own;
}

static void layout_make(const struct utfs_terminal *terminal,
			const struct utfs_histogram *histogram, size_t rows, uint64_t largest,
			struct layout *layout)
{
	/* Not the last column. Three blanks, and "100.0%". */
	unsigned int room = terminal->columns > 10 ? terminal->columns - 10 : 0;
	char number[24];

	*layout = (struct layout){0};
	snprintf(number, sizeof(number), "%llu", (unsigned long long)largest);
	layout_widen(&layout->value, number);
	layout_widen(&layout->value, histogram->value ? histogram->value : "");
	room = room > layout->value ? room - layout->value : 0;
	layout_widen(&layout->label, histogram->key ? histogram->key : "");
	for (size_t i = 0; i < rows; i++)
		layout_widen(&layout->label, histogram->rows[i].label);
	if (layout->label > terminal->columns / 2)
		layout->label = terminal->columns / 2;
	if (layout->label + BAR_MIN > room)
		layout->label = room > 2 * BAR_MIN ? room - BAR_MIN : room / 2;
	layout->bar = room - layout->label;
}

/* Keys are padded for columns that several keys and long names have no room for. */
static void label_squeeze(char *label)
{
	char *to = label;

	for (const char *at = label; *at; at++)
		if (*at != ' ' || to == label || to[-1] != ' ')
			*to++ = *at;
	*to = '\0';
}

/* "     label", or as much of its beginning as there is room for. Return: the bytes. */
static int label_put(char *to, size_t bytes, const char *label, unsigned int columns)
{
	unsigned int filled = columns;
	const size_t length = utfs_terminal_fit(label, &filled);

	int n = snprintf(to, bytes, "%*s%.*s", (int)(columns - filled), "", (int)length, label);

	return (size_t)n < bytes ? n : (int)bytes - 1;
}

static void show_rows(struct utfs_terminal *terminal, struct utfs_histogram *histogram, size_t rows)
{
	uint64_t largest = 1;
	struct layout layout;
	char text[1024];
	int n;

	for (size_t i = 0; i < rows; i++) {
		label_squeeze(histogram->rows[i].label);
		if (histogram->rows[i].value > largest)
			largest = histogram->rows[i].value;
	}
	layout_make(terminal, histogram, rows, largest, &layout);
	n = label_put(text, sizeof(text) - 64, histogram->key ? histogram->key : "", layout.label);
	snprintf(text + n, sizeof(text) - (size_t)n, " %*.40s", (int)layout.value,
		 histogram->value ? histogram->value : "");
	utfs_terminal_row(terminal, false, text, 0);
	for (size_t i = 0; i < rows; i++) {
		const struct utfs_histogram_row *row = &histogram->rows[i];
		const double value = (double)row->value;

		n = label_put(text, sizeof(text) - 64, row->label, layout.label);
		snprintf(text + n, sizeof(text) - (size_t)n, " %*llu %5.1f%% ", (int)layout.value,
			 (unsigned long long)row->value,
			 histogram->total ? 100.0 * value / (double)histogram->total : 0.0);
		utfs_terminal_row(terminal, false, text,
				  (unsigned int)(value / (double)largest * layout.bar + 0.5));
	}
	if (rows < histogram->nr_rows) {
		snprintf(text, sizeof(text), "%zu more", histogram->nr_rows - rows);
		utfs_terminal_row(terminal, false, text, 0);
	}
}

static const double percents[] = {50, 90, 99, 99.9, 100};
#define NR_PERCENTS (sizeof(percents) / sizeof(percents[0]))

static bool has_percentiles(const struct utfs_histogram *histogram)
{
	return histogram->kind != UTFS_HISTOGRAM_NAMES && histogram->total;
}

static void show_percentiles(struct utfs_terminal *terminal, const struct utfs_histogram *histogram)
{
	char text[NR_PERCENTS * 48] = "";

	for (size_t i = 0; i < NR_PERCENTS; i++) {
		const struct utfs_histogram_row *row =
			utfs_histogram_percentile(histogram, percents[i]);
		const size_t n = strlen(text);
		char name[16] = "max";

		if (!row)
			continue;
		if (percents[i] < 100)
			snprintf(name, sizeof(name), "p%g", percents[i]);
		snprintf(text + n, sizeof(text) - n, "%s%s %s%lld", n ? ", " : "", name,
			 histogram->kind == UTFS_HISTOGRAM_RANGES ? "<= " : "",
			 (long long)row->high);
	}
	utfs_terminal_row(terminal, false, text, 0);
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

/* `lines`: that there are for it, or 0: no limit. */
static int show_histogram(const struct view *view, struct utfs_terminal *terminal,
			  struct utfs_histogram *histogram, size_t lines)
{
	/* The trigger, the names, the hits. */
	const size_t others = 3 + has_percentiles(histogram);
	const size_t room = lines > others ? lines - others : 1;
	size_t rows = view->all ? SIZE_MAX : ROWS_MAX;
	char text[96];
	int ret = 0;

	utfs_terminal_row(terminal, true, histogram->trigger, 0);
	utfs_histogram_sort(histogram);
	/* Percentiles are those of the numbers, not of the groups. */
	if (has_percentiles(histogram))
		show_percentiles(terminal, histogram);
	if (lines && rows > room)
		rows = room;
	if (histogram->kind == UTFS_HISTOGRAM_NUMBERS && (view->log2 || histogram->nr_rows > rows))
		ret = utfs_histogram_group(histogram);
	if (!ret && lines)
		ret = utfs_histogram_fit(histogram, rows);
	if (ret)
		return ret;
	if (histogram->kind == UTFS_HISTOGRAM_RANGES || histogram->nr_rows <= rows)
		rows = histogram->nr_rows;
	else if (lines && rows > 1)
		/* One line says how many more. */
		rows--;
	show_rows(terminal, histogram, rows);
	snprintf(text, sizeof(text), "%llu hits, %llu dropped", (unsigned long long)histogram->hits,
		 (unsigned long long)histogram->dropped);
	utfs_terminal_row(terminal, false, text, 0);
	return 0;
}

/* How many lines of the terminal the next one of n histograms may take. Return: 0 no limit. */
static size_t lines_for(const struct utfs_terminal *terminal, size_t n)
{
	const size_t taken = terminal->shown + 1;

	if (!terminal->is_terminal || !n)
		return 0;
	return terminal->rows > taken ? (terminal->rows - taken + n - 1) / n : 1;
}

/* How many histograms a text has. */
static size_t histograms_count(const char *text)
{
	size_t n = 0;

	for (; (text = strstr(text, UTFS_HISTOGRAM_TITLE)); text++)
		n++;
	return n;
}

/* One picture of all histograms of the event. Return: how many; negative errno, view->where. */
static int show(struct view *view, struct utfs_trace *trace, bool is_first)
{
	struct utfs_histogram histogram;
	struct utfs_terminal terminal;
	struct utfs_json json = {0};
	struct eventfs_text text = {0};
	const char *at;
	size_t left;
	int n = 0, ret;

	view->where = view->path;
	ret = utfs_cli_read_file(trace, view->path, &text);
	if (ret)
		goto out;
	utfs_terminal_look(&terminal);
	if (!view->interval || view->is_json)
		terminal.is_terminal = false;
	at = text.data;
	left = histograms_count(at);
	if (view->is_json)
		utfs_json_array(&json, NULL);
	else if (left)
		utfs_terminal_begin(&terminal, is_first);
	do {
		ret = utfs_histogram_parse(&at, view->value, &histogram);
		if (ret == -ENOENT)
			view->where = view->value;
		if (ret > 0) {
			ret = view->is_json ? print_json(view, &json, &histogram)
					    : show_histogram(view, &terminal, &histogram,
							     lines_for(&terminal, left));
			n++;
			left--;
			ret = ret ? ret : 1;
		}
		utfs_histogram_fini(&histogram);
	} while (ret > 0);
	if (view->is_json) {
		utfs_json_array_end(&json);
		utfs_json_end(&json);
	}
	if (!ret && (n || view->is_json)) {
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
	} while (ret > 0 && view->interval && utfs_terminal_wait(view->interval));
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
