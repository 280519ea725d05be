/* SPDX-License-Identifier: MIT */
/*
 * Events described at run time, in the kernel's user_events syntax: "[system/]name[:flags] [field[; field]...]". Programs bring
 * such descriptions, and people who write into dynamic_events.
 */
#ifndef UTFS_ARENA_RUNTIME_PARSE_H
#define UTFS_ARENA_RUNTIME_PARSE_H

#include "arena/text.h"

#define UTFS_RUNTIME_TEXT_BYTES 512  /* longest description, with its NUL: the kernel's limit */
#define UTFS_RUNTIME_RECORD_MAX 4072 /* longest record, common fields included */

/* A __data_loc or __rel_loc field. */
struct utfs_runtime_location {
	uint16_t offset; /* of its word in the record */
	bool relative;
	bool text; /* must end in NUL */
};
#define UTFS_RUNTIME_LOCATIONS 32

/* What a description says. */
struct utfs_runtime_layout {
	const char *system; /* "user_events" where none is given */
	const char *name;
	uint32_t record_bytes;
	uint32_t nr_locations;
	struct utfs_runtime_location locations[UTFS_RUNTIME_LOCATIONS];
};

/*
 * Parses a description. fields and print, which the caller has initialised, get the text of the event's field lines and what
 * stands behind "print fmt: ".
 * Ownership: `description` is cut into pieces in place; system and name point into it.
 * Return: 0; -EINVAL not in the syntax; -E2BIG longer than UTFS_RUNTIME_TEXT_BYTES, or than a record or the texts can be.
 * Locks: none. Context: any.
 */
int utfs_runtime_parse(char *description, struct utfs_runtime_layout *layout,
		       struct utfs_text *fields, struct utfs_text *print);

#endif
