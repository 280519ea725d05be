/* SPDX-License-Identifier: MIT */
/* The instance that a command takes events from: one of its own, so that nothing else is disturbed, or one that is there. */
#ifndef UTFS_CLI_SESSION_H
#define UTFS_CLI_SESSION_H

#include "cli/cli.h"

/* How it is to be. */
struct utfs_session_wish {
	const char *instance;	       /* NULL: one of its own, which goes with the session */
	const char *clock, *buffer_kb; /* NULL: as they are */
	char *const *patterns;	       /* events to enable, now and as they come; ends with NULL */
};

struct utfs_session {
	struct utfs_trace *trace;
	char instance[EVENTFS_NAME_MAX + 1];
	bool is_own;
};

/*
 * utfs_session_open - makes the instance, if it is to be its own, and removes those that processes left behind which were killed; says what is wrong
 * Return: 0 with *session, which the caller gives to utfs_session_close(); UTFS_CLI_FAILED: that may be left out.
 */
int utfs_session_open(struct utfs_session *session, struct utfs_trace *trace, const char *instance);
/* Removes the instance if it is its own; its files are closed. Of {0} nothing. Return: nothing. */
void utfs_session_close(struct utfs_session *session);

/* utfs_session_set_up - clock, buffers, events; says what is wrong. Return: 0; UTFS_CLI_FAILED. */
int utfs_session_set_up(struct utfs_session *session, const struct utfs_session_wish *wish);

/* utfs_session_write - write a file of the instance; says what is wrong. value NULL: it stays as it is. Return: 0; UTFS_CLI_FAILED. */
int utfs_session_write(struct utfs_session *session, const char *name, const char *value);

/* utfs_session_path - of a file of the instance. Return: path; it fits, as the instance is there. */
const char *utfs_session_path(const struct utfs_session *session, const char *name,
			      char path[UTFS_CLI_PATH_BYTES]);

#endif
