/* SPDX-License-Identifier: MIT */
/* utracefs top: how often events are recorded, by name. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <time.h>

#include "cli/cli.h"
#include "json/json.h"
#include "cli/terminal.h"

struct top {
	const char *instance; /* NULL: the root's */
	double interval;
	bool once, is_json;
	struct timespec last;
};

/* Since the last call. */
static double elapsed(struct top *top)
{
	struct timespec now;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = (double)(now.tv_sec - top->last.tv_sec) +
		  (double)(now.tv_nsec - top->last.tv_nsec) / 1e9;
	top->last = now;
	return seconds > 0 ? seconds : 1e-9;
}

static void show_head(const struct top *top, struct utfs_terminal *terminal,
		      const struct utfs_rates_sample *sample, double seconds)
{
	char text[EVENTFS_NAME_MAX + 160];

	snprintf(text, sizeof(text), "%s: %s%.0f events/s, %.0f dropped/s, every %g s",
		 top->instance ? top->instance : "/", sample->recording ? "" : "not recording, ",
		 (double)sample->events / seconds, (double)sample->dropped / seconds,
		 top->interval);
	utfs_terminal_row(terminal, true, text, 0);
	snprintf(text, sizeof(text), "%14s %7s  %s", "EVENTS/S", "SHARE", "EVENT");
	utfs_terminal_row(terminal, true, text, 0);
}

/* A picture is an object, on a line of its own. */
static int show_json(const struct top *top, const struct utfs_rates_sample *sample, double seconds)
{
	struct utfs_json json = {0};

	utfs_json_object(&json, NULL);
	utfs_json_string(&json, "instance", top->instance);
	utfs_json_real(&json, "seconds", seconds);
	utfs_json_number(&json, "events", sample->events);
	utfs_json_number(&json, "dropped", sample->dropped);
	utfs_json_bool(&json, "recording", sample->recording);
	utfs_json_bool(&json, "exact", sample->exact);
	utfs_json_array(&json, "rates");
	for (size_t i = 0; i < sample->nr_lines; i++) {
		utfs_json_object(&json, NULL);
		utfs_json_string(&json, "event", sample->lines[i].name);
		utfs_json_number(&json, "events", sample->lines[i].events);
		utfs_json_real(&json, "per_second", (double)sample->lines[i].events / seconds);
		utfs_json_object_end(&json);
	}
	utfs_json_array_end(&json);
	utfs_json_object_end(&json);
	utfs_json_end(&json);
	return fflush(stdout) || ferror(stdout) ? -(errno ? errno : EIO) : 0;
}

static int show(const struct top *top, const struct utfs_rates_sample *sample, double seconds,
		bool is_first)
{
	struct utfs_terminal terminal;

	utfs_terminal_look(&terminal);
	utfs_terminal_begin(&terminal, is_first);
	show_head(top, &terminal, sample, seconds);
	for (size_t i = 0; i < sample->nr_lines; i++) {
		const struct utfs_rates_line *line = &sample->lines[i];
		char text[2 * EVENTFS_NAME_MAX + 64];

		snprintf(text, sizeof(text), "%s%13.1f %6.1f%%  %s", sample->exact ? " " : "~",
			 (double)line->events / seconds,
			 sample->events ? 100.0 * (double)line->events / (double)sample->events
					: 0.0,
			 line->name);
		utfs_terminal_row(&terminal, false, text, 0);
	}
	return utfs_terminal_end(&terminal);
}

/* Until it is told to end. Return: 0; negative errno, *where. */
static int run(struct top *top, struct utfs_rates *rates, const char **where)
{
	struct utfs_rates_sample sample;
	bool is_first = true;
	int ret;

	*where = top->instance ? top->instance : "/";
	ret = utfs_rates_look(rates, &sample);
	(void)elapsed(top);
	while (!ret && utfs_terminal_wait(top->interval)) {
		ret = utfs_rates_look(rates, &sample);
		if (ret)
			break;
		ret = top->is_json ? show_json(top, &sample, elapsed(top))
				   : show(top, &sample, elapsed(top), is_first);
		if (ret)
			*where = "standard output";
		is_first = false;
		if (top->once)
			break;
	}
	return ret;
}

int utfs_cmd_top(const struct utfs_command *command, int argc, char **argv)
{
	static const struct option longs[] = {
		{"interval", required_argument, NULL, 'i'},
		{"json", no_argument, NULL, 'j'},
		{"once", no_argument, NULL, 'o'},
		{0},
	};
	struct top top = {.interval = 1};
	struct utfs_rates *rates = NULL;
	struct utfs_trace *trace;
	const char *where;
	int opt, ret;

	while ((opt = getopt_long(argc, argv, "i:", longs, NULL)) != -1) {
		if (opt == 'o')
			top.once = true;
		else if (opt == 'j')
			top.is_json = true;
		else if (opt != 'i' || !utfs_terminal_seconds(optarg, &top.interval))
			return utfs_cli_usage(command);
	}
	if (argc - optind > 1)
		return utfs_cli_usage(command);
	if (optind < argc)
		top.instance = argv[optind];
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	utfs_terminal_init();
	where = top.instance;
	ret = utfs_rates_open(trace, top.instance, &rates);
	if (!ret)
		ret = run(&top, rates, &where);
	utfs_rates_close(rates);
	utfs_trace_close(trace);
	utfs_terminal_fini();
	return ret ? utfs_cli_complain(where, ret) : 0;
}
