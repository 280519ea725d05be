/* SPDX-License-Identifier: MIT */
#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/enable.h"
#include "cli/event-names.h"

/* Instances of our own: "record-" and the process that made it. */
#define INSTANCE "record-"

/* Of our own instance: late enough that one call moves many pages, early enough that what comes until we are there has room. */
#define BUFFER_PERCENT "25"

static int in_instances(struct utfs_trace *trace, uint64_t *id)
{
	struct eventfs_attr attr;
	int ret = eventfs_walk(utfs_trace_fs(trace), "instances", &attr);

	*id = attr.id;
	return ret;
}

/* What a process that was killed left behind. One that lives has it open: it could not be removed. */
static void remove_left_over(struct utfs_trace *trace, uint64_t instances)
{
	struct utfs_cli_rows rows;

	if (utfs_cli_rows_read(utfs_trace_fs(trace), instances, &rows) == 0) {
		for (size_t i = 0; i < rows.count; i++) {
			const char *name = rows.row[i].name;
			char *end;
			long pid;

			if (strncmp(name, INSTANCE, sizeof(INSTANCE) - 1) != 0)
				continue;
			pid = strtol(name + sizeof(INSTANCE) - 1, &end, 10);
			if (!*end && pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH)
				(void)eventfs_rmdir(utfs_trace_fs(trace), instances, name);
		}
	}
	utfs_cli_rows_fini(&rows);
}

static int make_instance(struct utfs_session *session)
{
	struct eventfs_attr attr;
	uint64_t instances;
	int ret = in_instances(session->trace, &instances);

	snprintf(session->instance, sizeof(session->instance), INSTANCE "%d", (int)getpid());
	if (ret)
		return utfs_cli_complain_in(session->trace, "instances", ret);
	remove_left_over(session->trace, instances);
	ret = eventfs_mkdir(utfs_trace_fs(session->trace), instances, session->instance, 0750,
			    &attr);
	if (ret)
		return utfs_cli_complain_in(session->trace, session->instance, ret);
	session->is_own = true;
	return 0;
}

static void remove_instance(struct utfs_session *session)
{
	uint64_t instances;
	unsigned int tries = 0;
	int ret = in_instances(session->trace, &instances);

	while (!ret) {
		ret = eventfs_rmdir(utfs_trace_fs(session->trace), instances, session->instance);
		if (ret != -EBUSY || !utfs_cli_busy_again(&tries))
			break;
		ret = 0;
	}
	if (ret)
		utfs_cli_complain_in(session->trace, session->instance, ret);
}

const char *utfs_session_path(const struct utfs_session *session, const char *name,
			      char path[UTFS_CLI_PATH_BYTES])
{
	return utfs_cli_path(path, session->instance, name);
}

int utfs_session_write(struct utfs_session *session, const char *name, const char *value)
{
	char path[UTFS_CLI_PATH_BYTES];
	int ret = 0;

	if (value)
		ret = utfs_cli_write_file(session->trace, utfs_session_path(session, name, path),
					  O_TRUNC, value);
	if (ret)
		fprintf(stderr, "utracefs: %s: '%s': %s\n", name, value, strerror(-ret));
	return ret ? UTFS_CLI_FAILED : 0;
}

/* A name that no event has yet may be wrong, or that of a program which has not run. */
static void doubt(const struct utfs_session *session, const char *pattern)
{
	struct utfs_event_names names = {0};
	bool found = utfs_event_names_read(session->trace, &names) || !names.nr;

	for (size_t i = 0; i < names.nr && !found; i++)
		found = utfs_event_name_matches(pattern, names.name[i].system, names.name[i].event);
	if (!found) {
		utfs_event_names_complain(&names, pattern);
		fputs("utracefs: one that comes will be recorded\n", stderr);
	}
	utfs_event_names_fini(&names);
}

int utfs_session_set_up(struct utfs_session *session, const struct utfs_session_wish *wish)
{
	int status = utfs_session_write(session, "trace_clock", wish->clock);

	if (!status)
		status = utfs_session_write(session, "buffer_size_kb", wish->buffer_kb);
	if (!status && session->is_own)
		status = utfs_session_write(session, "buffer_percent", BUFFER_PERCENT);
	for (size_t i = 0; wish->patterns[i] && !status; i++) {
		int ret =
			utfs_cli_enable(session->trace, session->instance, wish->patterns[i], true);

		if (ret)
			status = utfs_cli_complain_in(session->trace, wish->patterns[i], ret);
		else
			doubt(session, wish->patterns[i]);
	}
	return status;
}

int utfs_session_open(struct utfs_session *session, struct utfs_trace *trace, const char *instance)
{
	*session = (struct utfs_session){.trace = trace};
	if (!instance)
		return make_instance(session);
	if (strlen(instance) > EVENTFS_NAME_MAX)
		return utfs_cli_complain(instance, ENAMETOOLONG);
	strcpy(session->instance, instance);
	return 0;
}

void utfs_session_close(struct utfs_session *session)
{
	if (session->is_own)
		remove_instance(session);
	session->is_own = false;
}
