/* SPDX-License-Identifier: MIT */
/*
 * Event formats: what the bytes of a record are called.
 *
 * An event is described as in the kernel's tracefs, by the lines of its `format` file: one line per field with type,
 * name, offset, size and sign. The text comes from shared memory that other programs write: parsing trusts nothing in it,
 * and what was parsed is a copy. May use libc and eventfs (for the text buffer); never prints, never touches the arena.
 */
#ifndef UTFS_TRACE_FORMAT_H
#define UTFS_TRACE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eventfs/eventfs.h"

#define UTFS_FIELDS_TEXT_MAX                                                                       \
	65536		       /* bytes of field lines, and of a print format, that are accepted */
#define UTFS_FIELDS_MAX	  1024 /* fields of one event */
#define UTFS_COMMON_BYTES 8    /* type, flags, preempt count, pid: the head of every record */
#define UTFS_NR_COMMON	  4    /* fields of that head */

enum utfs_field_kind {
	UTFS_FIELD_INTEGER, /* 1, 2, 4 or 8 bytes; pointers too */
	UTFS_FIELD_FLOAT,   /* float, double */
	UTFS_FIELD_ARRAY,   /* fixed; size 0 in the format: to the end of the record */
	UTFS_FIELD_DYNAMIC, /* __data_loc, __rel_loc: length << 16 | offset, in the first 4 of 4 or 8 bytes */
	UTFS_FIELD_OPAQUE, /* a struct, or an integer of another size */
};

struct utfs_field {
	const char *name;
	const char *
		type; /* as in the format file, brackets of an array included: "char[16]", "__data_loc char[]" */
	uint32_t offset;
	uint32_t size_bytes;
	uint32_t element_bytes; /* arrays, dynamic arrays: at least 1; others: size_bytes */
	enum utfs_field_kind kind;
	bool is_signed;
	bool is_string;	       /* characters: an array or dynamic array of char */
	bool is_pointer;       /* the type has a '*' that is not an array's element */
	bool is_relative;      /* __rel_loc: the offset counts from the end of the field itself */
	bool is_float_element; /* elements of an array are float or double */
};

/* A parsed format. Immutable: may be read by any number of threads. The common fields come first. */
struct utfs_event_format {
	size_t nr_fields; /* UTFS_NR_COMMON included */
	struct utfs_field *fields;
};

/*
 * utfs_event_format_parse - parse the field lines of a format file, those behind the common fields
 *
 * "\tfield:int x;\toffset:8;\tsize:4;\tsigned:1;\n", any number of them, blanks and empty lines where they do not matter.
 * text need not be NUL-terminated and is not kept; empty is an event without fields.
 * *format belongs to the caller: utfs_event_format_free(). *error_at (may be NULL) is set on -EINVAL: the offset in text of
 * what could not be understood.
 *
 * Return: 0; -EINVAL not a field line, or a number out of range; -E2BIG more than UTFS_FIELDS_TEXT_MAX bytes or
 * UTFS_FIELDS_MAX fields; -ENOMEM.
 * Locks: none. Context: any thread.
 */
int utfs_event_format_parse(const char *text, size_t len_bytes, struct utfs_event_format **format,
			    size_t *error_at);

/*
 * utfs_event_format_free - NULL is allowed
 * Return: nothing. Locks: none. Context: any thread.
 */
void utfs_event_format_free(struct utfs_event_format *format);

/*
 * utfs_event_format_field - a field by its name (len_bytes, need not be NUL-terminated), common fields included
 * Return: the field, which lives as long as the format; NULL: there is none. The first one where a name occurs twice.
 * Locks: none. Context: anywhere.
 */
const struct utfs_field *utfs_event_format_field(const struct utfs_event_format *format,
						 const char *name, size_t len_bytes);

/*
 * utfs_format_write - append the text of an event's `format` file, exactly the kernel's
 *
 * fields and print_fmt are the event's texts, taken as they are (need not be NUL-terminated).
 *
 * Return: nothing; out of memory is remembered in text->error. Locks: none. Context: one thread per text.
 */
void utfs_format_write(struct eventfs_text *text, const char *name, unsigned int id,
		       const char *fields, size_t fields_bytes, const char *print_fmt,
		       size_t print_fmt_bytes);

/* The parts of a format file's text, which they point into: none has a NUL. */
struct utfs_format_parts {
	const char *name, *fields, *print_fmt; /* fields: the lines behind the common ones */
	size_t name_bytes, fields_bytes, print_fmt_bytes;
	unsigned int id;
};

/*
 * utfs_format_split - the inverse of utfs_format_write(), for formats of the kernel as well
 * Return: 0 with *parts; -EINVAL not a format. Locks: none. Context: anywhere.
 */
int utfs_format_split(const char *text, size_t len_bytes, struct utfs_format_parts *parts);

#endif
