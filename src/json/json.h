/* SPDX-License-Identifier: MIT */
/*
 * JSON on a stream: what --json prints and what the viewer's page asks for. Uses libc only; errors stay in the stream. Values are written in their order, with the commas that they need; strings may hold any bytes:
 * what is no UTF-8 becomes U+FFFD.
 */
#ifndef UTFS_JSON_JSON_H
#define UTFS_JSON_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct utfs_json {
	bool needs_comma; /* {0}: at the beginning */
	FILE *out;	  /* NULL: the standard output */
};

/* name: of a value in an object; NULL: in an array, or outermost. Return: nothing, all of them. */
void utfs_json_object(struct utfs_json *json, const char *name);
void utfs_json_object_end(struct utfs_json *json);
void utfs_json_array(struct utfs_json *json, const char *name);
void utfs_json_array_end(struct utfs_json *json);
/* text NULL: null. */
void utfs_json_string(struct utfs_json *json, const char *name, const char *text);
void utfs_json_number(struct utfs_json *json, const char *name, uint64_t number);
void utfs_json_signed(struct utfs_json *json, const char *name, int64_t number);
void utfs_json_real(struct utfs_json *json, const char *name, double number);
void utfs_json_bool(struct utfs_json *json, const char *name, bool value);
/* Ends the outermost value with a newline; what follows is another one. */
void utfs_json_end(struct utfs_json *json);

#endif
