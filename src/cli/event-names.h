/* SPDX-License-Identifier: MIT */
/* Events by name, and patterns for them. */
#ifndef UTFS_CLI_EVENT_NAMES_H
#define UTFS_CLI_EVENT_NAMES_H

#include "cli/cli.h"

/*
 * Does the event match "SYSTEM:EVENT", "SYSTEM:", ":EVENT" or a name of either? Parts may be globs, an empty one is all.
 */
bool utfs_event_name_matches(const char *pattern, const char *system, const char *event);

/* An event of available_events. */
struct utfs_event_name {
	const char *system, *event;
};

struct utfs_event_names {
	struct utfs_event_name *name;
	size_t nr;
	char *text; /* what they are parts of */
};

/*
 * utfs_event_names_read - all events that there are, in the tree's order; *names is to be given to utfs_event_names_fini(), whatever is returned
 * Return: 0; negative errno.
 */
int utfs_event_names_read(struct utfs_trace *trace, struct utfs_event_names *names);
void utfs_event_names_fini(struct utfs_event_names *names);

/* utfs_event_names_complain - say that no event matches the pattern, and what may be meant. Return: UTFS_CLI_FAILED. */
int utfs_event_names_complain(const struct utfs_event_names *names, const char *pattern);

#endif
