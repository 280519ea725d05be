/* SPDX-License-Identifier: MIT */
/*
 * Synthetic events: events that no program writes itself, but histograms, from what they have found. They are events of the
 * system `synthetic` like any others; UTFS_EVENT_SYNTHETIC tells them. Here: from a definition to the texts of an event and back.
 */
#ifndef UTFS_TRACE_SYNTHETIC_H
#define UTFS_TRACE_SYNTHETIC_H

#include "arena/text.h"
#include "trace/internal.h"

#define UTFS_SYNTHETIC_SYSTEM	    "synthetic"
#define UTFS_SYNTHETIC_FIELDS_MAX   64
#define UTFS_SYNTHETIC_STRING_BYTES 256	 /* what a string takes in a record, whatever its length */
#define UTFS_SYNTHETIC_COMMAND_MAX  4095 /* with its NUL: the longest line that the file takes */

/* What is wrong with a definition. */
struct utfs_synthetic_failure {
	const char *message; /* NULL: nothing that is logged */
	size_t position;     /* of the caret in the command */
};

/* What a definition says. */
struct utfs_synthetic {
	char name[UTFS_SYNTHETIC_COMMAND_MAX]; /* "": the definition does not come that far */
	struct utfs_text fields;	       /* the lines of its format file */
	struct utfs_text print;		       /* what stands behind "print fmt: " */
	uint32_t record_bytes;
	char fields_room[32768];
	char print_room[16384];
};

/*
 * Parses "NAME FIELD[;FIELD]...". `command` is the whole line, for carets; the definition begins at `at` in it.
 * Return: 0; -EINVAL, *failure; -E2BIG a record or text that is too long.
 * Locks: none. Context: any thread.
 */
int utfs_synthetic_parse(const char *command, const char *at, struct utfs_synthetic *synthetic,
			 struct utfs_synthetic_failure *failure);

/* "s:[synthetic/]NAME FIELDS" in dynamic_events. Return: 0; errno as the kernel's, the reason in the root's error_log. */
int utfs_synthetic_create_dynamic(struct utfs_trace *trace, const char *command);

/* Appends an event as synthetic_events lists it: "NAME\tFIELDS\n". */
void utfs_synthetic_show(struct eventfs_text *out, const struct utfs_event_strings *event);

#endif
