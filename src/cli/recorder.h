/* SPDX-License-Identifier: MIT */
/*
 * What an instance records, moved from its buffers to a trace.dat: by whole pages while it runs, and what is left at the end.
 */
#ifndef UTFS_CLI_RECORDER_H
#define UTFS_CLI_RECORDER_H

#include "cli/session.h"

struct utfs_recorder;

/* What is wanted. */
struct utfs_recorder_wish {
	const char *output;
	struct utfs_session_wish session;
};

struct utfs_recorder_counts {
	uint64_t events; /* in the file */
	uint64_t bytes;
	uint64_t lost; /* overwritten before they were read, or dropped */
};

/*
 * utfs_recorder_open - makes the instance, sets it up and makes the file; says what is wrong
 * Return: 0 with *recorder, which the caller gives to utfs_recorder_close(); UTFS_CLI_FAILED.
 */
int utfs_recorder_open(struct utfs_trace *trace, const struct utfs_recorder_wish *wish,
		       struct utfs_recorder **recorder);
/* The instance goes if it is its own. NULL is allowed. Return: nothing. */
void utfs_recorder_close(struct utfs_recorder *recorder);

/*
 * utfs_recorder_move - move the pages that writers have left; *moved: were there any? Without, the next page wakes utfs_trace_data_wait().
 * Return: 0; UTFS_CLI_FAILED, after it was said.
 */
int utfs_recorder_move(struct utfs_recorder *recorder, bool *moved);

/* utfs_recorder_count - so far. Return: 0; UTFS_CLI_FAILED, after it was said. */
int utfs_recorder_count(struct utfs_recorder *recorder, struct utfs_recorder_counts *counts);

/* utfs_recorder_finish - stop recording, move all that is left, complete the file. Return: 0; UTFS_CLI_FAILED, after it was said. */
int utfs_recorder_finish(struct utfs_recorder *recorder);

#endif
