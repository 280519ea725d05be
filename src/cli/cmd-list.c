/* SPDX-License-Identifier: MIT */
/* utracefs list: events, whether they are enabled, and what hangs on them. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/event-names.h"
#include "json/json.h"
#include "cli/terminal.h"

struct listing {
	const char *instance; /* NULL: the root */
	char *const *patterns;
	bool only_enabled, is_json;
	struct utfs_trace *trace;
	struct utfs_terminal terminal;
	struct utfs_json json;
};

/* What the files of an event say. */
struct state {
	bool enabled;
	struct eventfs_text filter; /* its data is NULL where there is none */
	struct eventfs_text triggers;
};

/* NAME of the event. The last newline is cut off. */
static int event_file_read(const struct listing *listing, const struct utfs_event_name *event,
			   const char *name, struct eventfs_text *text)
{
	char path[UTFS_CLI_PATH_BYTES], file[2 * EVENTFS_NAME_MAX + 32];
	int ret;

	snprintf(file, sizeof(file), "events/%s/%s/%s", event->system, event->event, name);
	*text = (struct eventfs_text){0};
	if (!utfs_cli_path(path, listing->instance, file))
		return -ENAMETOOLONG;
	ret = utfs_cli_read_file(listing->trace, path, text);
	if (!ret && text->len_bytes && text->data[text->len_bytes - 1] == '\n')
		text->data[--text->len_bytes] = '\0';
	return ret;
}

static void state_fini(struct state *state)
{
	eventfs_text_fini(&state->filter);
	eventfs_text_fini(&state->triggers);
}

static int state_read(const struct listing *listing, const struct utfs_event_name *event,
		      struct state *state)
{
	struct eventfs_text enable;
	int ret = event_file_read(listing, event, "enable", &enable);

	*state = (struct state){0};
	if (!ret)
		state->enabled = enable.data[0] == '1';
	eventfs_text_fini(&enable);
	if (!ret)
		ret = event_file_read(listing, event, "filter", &state->filter);
	if (!ret && strcmp(state->filter.data, "none") == 0)
		eventfs_text_fini(&state->filter);
	if (!ret)
		ret = event_file_read(listing, event, "trigger", &state->triggers);
	/* A comment: none is set, these could be. */
	if (!ret && state->triggers.data[0] == '#')
		eventfs_text_fini(&state->triggers);
	return ret;
}

static void print_json(struct listing *listing, const struct utfs_event_name *event,
		       const struct state *state)
{
	struct utfs_json *json = &listing->json;
	char *rest = state->triggers.data;
	const char *line;

	utfs_json_object(json, NULL);
	utfs_json_string(json, "system", event->system);
	utfs_json_string(json, "event", event->event);
	utfs_json_bool(json, "enabled", state->enabled);
	utfs_json_string(json, "filter", state->filter.data);
	utfs_json_array(json, "triggers");
	while (rest && (line = strtok_r(rest, "\n", &rest)))
		utfs_json_string(json, NULL, line);
	utfs_json_array_end(json);
	utfs_json_object_end(json);
}

static void print_text(struct listing *listing, const struct utfs_event_name *event,
		       const struct state *state)
{
	const bool has_colors = listing->terminal.has_colors;
	char *rest = state->triggers.data;
	const char *line;

	printf("%s%s%s %s:%s\n", has_colors && state->enabled ? "\033[32m" : "",
	       state->enabled ? "on " : "off", has_colors && state->enabled ? "\033[0m" : "",
	       event->system, event->event);
	if (state->filter.data)
		printf("      if %s\n", state->filter.data);
	while (rest && (line = strtok_r(rest, "\n", &rest)))
		printf("      trigger %s\n", line);
}

static int print_event(struct listing *listing, const struct utfs_event_name *event)
{
	struct state state;
	int ret = state_read(listing, event, &state);

	if (!ret && (state.enabled || !listing->only_enabled)) {
		if (listing->is_json)
			print_json(listing, event, &state);
		else
			print_text(listing, event, &state);
	}
	state_fini(&state);
	/* Its program took it away meanwhile. */
	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

static bool is_wanted(const struct listing *listing, const struct utfs_event_name *event)
{
	if (!listing->patterns[0])
		return true;
	for (size_t i = 0; listing->patterns[i]; i++) {
		if (utfs_event_name_matches(listing->patterns[i], event->system, event->event))
			return true;
	}
	return false;
}

/* Return: exit status. */
static int complain_of_patterns(const struct listing *listing, const struct utfs_event_names *names)
{
	int status = 0;

	for (size_t i = 0; listing->patterns[i]; i++) {
		bool found = false;

		for (size_t j = 0; j < names->nr && !found; j++)
			found = utfs_event_name_matches(listing->patterns[i], names->name[j].system,
							names->name[j].event);
		if (!found)
			status = utfs_event_names_complain(names, listing->patterns[i]);
	}
	return status;
}

static int list_events(struct listing *listing, const struct utfs_event_names *names)
{
	int ret = 0;

	if (listing->is_json) {
		utfs_json_object(&listing->json, NULL);
		utfs_json_string(&listing->json, "instance", listing->instance);
		utfs_json_array(&listing->json, "events");
	}
	for (size_t i = 0; i < names->nr && !ret; i++) {
		if (is_wanted(listing, &names->name[i]))
			ret = print_event(listing, &names->name[i]);
	}
	if (listing->is_json) {
		utfs_json_array_end(&listing->json);
		utfs_json_object_end(&listing->json);
		utfs_json_end(&listing->json);
	}
	return ret;
}

/* Return: exit status. */
static int list(struct listing *listing)
{
	const char *where = listing->instance ? listing->instance : "/";
	struct utfs_event_names names;
	char path[UTFS_CLI_PATH_BYTES];
	struct eventfs_attr attr;
	int status, ret;

	ret = utfs_event_names_read(listing->trace, &names);
	if (!ret)
		ret = utfs_cli_path(path, listing->instance, "events")
			      ? eventfs_walk(utfs_trace_fs(listing->trace), path, &attr)
			      : -ENAMETOOLONG;
	if (!ret)
		ret = list_events(listing, &names);
	if (ret)
		status = utfs_cli_complain_in(listing->trace, where, ret);
	else
		status = complain_of_patterns(listing, &names);
	utfs_event_names_fini(&names);
	return utfs_cli_flushed() ? UTFS_CLI_FAILED : status;
}

int utfs_cmd_list(const struct utfs_command *command, int argc, char **argv)
{
	static const struct option longs[] = {
		{"instance", required_argument, NULL, 'B'},
		{"enabled", no_argument, NULL, 'e'},
		{"json", no_argument, NULL, 'j'},
		{0},
	};
	struct listing listing = {0};
	int opt, status;

	while ((opt = getopt_long(argc, argv, "B:e", longs, NULL)) != -1) {
		if (opt == 'B')
			listing.instance = optarg;
		else if (opt == 'e')
			listing.only_enabled = true;
		else if (opt == 'j')
			listing.is_json = true;
		else
			return utfs_cli_usage(command);
	}
	listing.patterns = argv + optind;
	utfs_terminal_look(&listing.terminal);
	if (utfs_cli_open(&listing.trace))
		return UTFS_CLI_FAILED;
	status = list(&listing);
	utfs_trace_close(listing.trace);
	return status;
}
