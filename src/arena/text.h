/* SPDX-License-Identifier: MIT */
/* Text of event descriptions, in memory that the caller provides: nothing is allocated, overflow is remembered. */
#ifndef UTFS_ARENA_TEXT_H
#define UTFS_ARENA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Growing text. Nothing is written past the end; after an overflow what stands there is cut off. */
struct utfs_text {
	char *start;
	size_t length;
	size_t room;
	bool overflow;
};

/* Appending to a text; each keeps it NUL-terminated. Locks: none. Context: any. */
void utfs_text_init(struct utfs_text *text, char *buffer, size_t bytes);
void utfs_text_bytes(struct utfs_text *text, const char *bytes, size_t n);
void utfs_text_string(struct utfs_text *text, const char *string);
void utfs_text_number(struct utfs_text *text, int64_t number);
/* A field's line in a `format` file. */
struct utfs_text_field {
	const char *prefix; /* of the type: "__data_loc ", "struct ", ... or "" */
	const char *type, *name;
	bool is_dynamic; /* an array whose length is in the record */
	bool is_signed;
	uint32_t count; /* of a fixed array; 0: none */
	uint32_t offset, bytes;
};
void utfs_text_field(struct utfs_text *text, const struct utfs_text_field *field);
/* The end of such a line: ";\toffset:8;\tsize:4;\tsigned:1;\n" */
void utfs_text_place(struct utfs_text *text, uint32_t offset, uint32_t bytes, bool is_signed);
/* What prints a dynamic array of elements that are no text: "__print_array(__get_dynamic_array(name), ...)" */
void utfs_text_dynamic_array(struct utfs_text *text, const char *name, uint32_t element_bytes);

#endif
