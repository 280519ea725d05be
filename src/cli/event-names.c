/* SPDX-License-Identifier: MIT */
#include "cli/event-names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena/match.h"

static bool glob_matches(const char *pattern, size_t pattern_bytes, const char *name)
{
	return !pattern_bytes || utfs_match_glob(name, strlen(name), pattern, pattern_bytes);
}

bool utfs_event_name_matches(const char *pattern, const char *system, const char *event)
{
	const char *colon = strchr(pattern, ':');
	size_t bytes = strlen(pattern);

	if (!colon)
		return glob_matches(pattern, bytes, system) || glob_matches(pattern, bytes, event);
	return glob_matches(pattern, (size_t)(colon - pattern), system) &&
	       glob_matches(colon + 1, strlen(colon + 1), event);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

int utfs_event_names_read(struct utfs_trace *trace, struct utfs_event_names *names)
{
	struct eventfs_text text;
	char *rest, *line;
	int ret = utfs_cli_read_file(trace, "available_events", &text);

	*names = (struct utfs_event_names){0};
	if (ret) {
		eventfs_text_fini(&text);
		return ret;
	}
	names->text = text.data;
	names->name = calloc(count_lines(text.data) + 1, sizeof(*names->name));
	if (!names->name)
		return -ENOMEM;
	for (rest = names->text; (line = strtok_r(rest, "\n", &rest));) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		names->name[names->nr++] = (struct utfs_event_name){line, colon + 1};
	}
	return 0;
}

void utfs_event_names_fini(struct utfs_event_names *names)
{
	free(names->name);
	free(names->text);
	*names = (struct utfs_event_names){0};
}

int utfs_event_names_complain(const struct utfs_event_names *names, const char *pattern)
{
	struct utfs_cli_guess guess = {.word = pattern};
	char full[2 * EVENTFS_NAME_MAX + 2];

	for (size_t i = 0; i < names->nr; i++) {
		const struct utfs_event_name *name = &names->name[i];

		if (strchr(pattern, ':')) {
			snprintf(full, sizeof(full), "%s:%s", name->system, name->event);
			utfs_cli_guess(&guess, full);
			snprintf(full, sizeof(full), "%s:", name->system);
			utfs_cli_guess(&guess, full);
			snprintf(full, sizeof(full), "%s:*", name->system);
			utfs_cli_guess(&guess, full);
		} else {
			utfs_cli_guess(&guess, name->system);
			utfs_cli_guess(&guess, name->event);
		}
	}
	fprintf(stderr, "utracefs: no event matches '%s'", pattern);
	utfs_cli_did_you_mean(&guess);
	fputs(names->nr ? "\n" : "; no program has registered any yet\n", stderr);
	return UTFS_CLI_FAILED;
}
