/* SPDX-License-Identifier: MIT */
/* Names of C types, as they occur in formats. Shared by format-*.c and print-*.c only. */
#ifndef UTFS_TRACE_FORMAT_TYPES_H
#define UTFS_TRACE_FORMAT_TYPES_H

#include <stdbool.h>
#include <stddef.h>

struct utfs_c_type {
	unsigned int size_bytes; /* 0: not known (a struct, void) */
	bool is_signed;
	bool is_float;
	bool is_compound; /* struct, union */
	unsigned int stars;
};

/*
 * utfs_c_type_parse - understand a type name: "unsigned long", "const struct page **", "u32"
 *
 * Takes as many words as belong to the type; of `size_bytes` with stars that is the size of what the last star points to.
 *
 * Return: bytes taken, blanks between the words included; 0: text does not begin with a type. Locks: none. Context: anywhere.
 */
size_t utfs_c_type_parse(const char *text, size_t len_bytes, struct utfs_c_type *type);

#endif
