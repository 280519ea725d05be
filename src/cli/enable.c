/* SPDX-License-Identifier: MIT */
/* Events by pattern turned on and off, those that are there and those that are to come. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/enable.h"
#include "cli/event-names.h"

/* Writes "PREFIX PATTERN SUFFIX\n" without the blanks to a file of the instance. */
static int write_words(struct utfs_trace *trace, const char *instance, const char *file,
		       const char *prefix, const char *pattern, const char *suffix)
{
	char path[UTFS_CLI_PATH_BYTES];
	char *text = NULL;
	int ret = -ENAMETOOLONG;

	if (!utfs_cli_path(path, instance, file))
		return ret;
	if (asprintf(&text, "%s%s%s\n", prefix, pattern, suffix) < 0)
		return -ENOMEM;
	ret = utfs_cli_write_file(trace, path, O_APPEND, text);
	free(text);
	return ret;
}

/* One rule for events that come later: both parts are named there. */
static int write_rule(struct utfs_trace *trace, const char *instance, const char *prefix,
		      const char *system, size_t system_bytes, const char *event)
{
	char *names = NULL;
	int ret;

	if (asprintf(&names, "%.*s:%s", (int)(system_bytes ? system_bytes : 1),
		     system_bytes ? system : "*", *event ? event : "*") < 0)
		return -ENOMEM;
	ret = write_words(trace, instance, "pending_events", prefix, names, " enable");
	free(names);
	return ret;
}

/* A name alone is that of a system or of an event. */
static int change_pending(struct utfs_trace *trace, const char *instance, const char *prefix,
			  const char *pattern)
{
	const char *colon = strchr(pattern, ':');
	int ret;

	if (colon)
		return write_rule(trace, instance, prefix, pattern, (size_t)(colon - pattern),
				  colon + 1);
	ret = write_rule(trace, instance, prefix, pattern, strlen(pattern), "");
	return ret ? ret : write_rule(trace, instance, prefix, "", 0, pattern);
}

static bool is_all(const char *part, size_t bytes)
{
	return bytes == 0 || (bytes == 1 && *part == '*');
}

/* set_event knows names, and a '*' that is a whole part. Other globs are for us to resolve. */
static bool has_glob(const char *pattern)
{
	const char *colon = strchr(pattern, ':');
	size_t bytes = colon ? (size_t)(colon - pattern) : strlen(pattern);

	if (!is_all(pattern, bytes) && strcspn(pattern, "*?[\\") < bytes)
		return true;
	return colon && !is_all(colon + 1, strlen(colon + 1)) && strpbrk(colon + 1, "*?[\\");
}

/* All that match, in one write. Return: 0; -EINVAL none does. */
static int write_matching(struct utfs_trace *trace, const char *instance, const char *prefix,
			  const char *pattern)
{
	struct eventfs_text text = {0};
	struct utfs_event_names names;
	char path[UTFS_CLI_PATH_BYTES];
	int ret = utfs_event_names_read(trace, &names);

	for (size_t i = 0; i < names.nr && !ret; i++) {
		const struct utfs_event_name *name = &names.name[i];

		if (utfs_event_name_matches(pattern, name->system, name->event))
			eventfs_text_printf(&text, "%s%s:%s\n", prefix, name->system, name->event);
	}
	if (!ret && !text.len_bytes)
		ret = -EINVAL;
	eventfs_text_putc(&text, '\0');
	if (!ret)
		ret = text.error;
	if (!ret)
		ret = utfs_cli_path(path, instance, "set_event")
			      ? utfs_cli_write_file(trace, path, O_APPEND, text.data)
			      : -ENAMETOOLONG;
	eventfs_text_fini(&text);
	utfs_event_names_fini(&names);
	return ret;
}

static int change_now(struct utfs_trace *trace, const char *instance, const char *prefix,
		      const char *pattern)
{
	return has_glob(pattern) ? write_matching(trace, instance, prefix, pattern)
				 : write_words(trace, instance, "set_event", prefix, pattern, "");
}

int utfs_cli_enable(struct utfs_trace *trace, const char *instance, const char *pattern,
		    bool pending)
{
	return pending ? change_pending(trace, instance, "", pattern)
		       : change_now(trace, instance, "", pattern);
}

int utfs_cli_disable(struct utfs_trace *trace, const char *instance, const char *pattern,
		     bool pending)
{
	int ret = pending ? change_pending(trace, instance, "!", pattern) : 0;
	int now_ret;

	if (ret)
		return ret;
	now_ret = change_now(trace, instance, "!", pattern);
	/* That no event is there yet is no error of a rule for those to come. */
	return pending && now_ret == -EINVAL ? 0 : now_ret;
}
