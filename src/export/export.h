/* SPDX-License-Identifier: MIT */
/*
 * Export: a recording in the formats of other tools.
 *
 * What it is for: utracefs export. Each format is one file and one row of utfs_export_formats; it asks for the events one by one and writes them, so that memory does not grow
 * with the recording. What is a slice, an instant or a counter, and on which track, is decided in one place for all formats that have
 * such things (span.h). May use recording, json, eventfs (texts) and the library of a format. Never prints; an output is whole or is not there.
 */
#ifndef UTFS_EXPORT_EXPORT_H
#define UTFS_EXPORT_EXPORT_H

#include "recording/recording.h"

struct utfs_export;

struct utfs_export_format {
	const char *name;
	const char *suffixes; /* of file names, separated by blanks, the usual one first */
	const char *summary;  /* one line */
	bool is_directory;    /* the output is one, and cannot be a stream */
	bool is_binary;	      /* not for a terminal */
	bool wants_ns;	      /* it has no times but those in ns */
	/* NULL: the library it needs was missing when this was built. Return: 0; negative errno, with a failure that says more if it can. */
	int (*run)(struct utfs_export *export, struct utfs_recording_failure *failure);
};

extern const struct utfs_export_format utfs_export_formats[]; /* ends with a row without a name */

/* utfs_export_format_find - Return: the row of a name; NULL. */
const struct utfs_export_format *utfs_export_format_find(const char *name);
/* utfs_export_format_guess - Return: the row of a file name, by its suffix; NULL. */
const struct utfs_export_format *utfs_export_format_guess(const char *file);

struct utfs_export_wish {
	const struct utfs_export_format *format;
	const char *output; /* "-": the standard output */
	/* Is an event of this name to be exported? */
	bool (*wanted)(void *ctx, const char *system, const char *event);
	void *wanted_ctx;
};

/*
 * utfs_export_clock_note - what is to be said of a recording whose clock cannot be told in ns
 * Return: text; NULL: it can. Context: any thread.
 */
#define UTFS_EXPORT_NOTE_BYTES 96
const char *utfs_export_clock_note(const struct utfs_recording *recording,
				   char text[UTFS_EXPORT_NOTE_BYTES]);

/*
 * utfs_export_run - export all that is wanted of a recording that nobody has read from yet
 *
 * The output is made beside its place under another name, and gets its own when it is whole; a file that was there is replaced, a directory is not.
 *
 * Return: 0; -ENOTSUP the format's library was missing; -EEXIST a directory is there already; errno of reading and writing. *failure says what it is about.
 * Context: one thread per recording.
 */
int utfs_export_run(struct utfs_recording *recording, const struct utfs_export_wish *wish,
		    struct utfs_recording_failure *failure);

#endif
