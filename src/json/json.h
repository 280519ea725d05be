/* SPDX-License-Identifier: MIT */
/*
 * JSON on a stream: what --json prints and what the viewer's page asks for. Uses libc only; errors stay in the stream. Values are written in their order, with the commas that they need; strings may hold any bytes:
 * what is no UTF-8 becomes U+FFFD.
 */
#ifndef UTFS_JSON_JSON_H
#define UTFS_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes of the UTF-8 character that begins here, of `bytes` there are; 0: none does. Overlong forms, surrogates and what is above U+10FFFF are none. */
unsigned int utfs_utf8_bytes(const char *text, size_t bytes);

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
/* Text of a length, which needs no NUL. */
void utfs_json_text(struct utfs_json *json, const char *name, const char *text, size_t bytes);
void utfs_json_number(struct utfs_json *json, const char *name, uint64_t number);
void utfs_json_signed(struct utfs_json *json, const char *name, int64_t number);
void utfs_json_real(struct utfs_json *json, const char *name, double number);
/* As many digits as tell it from any other; what is no number is null. */
void utfs_json_exact(struct utfs_json *json, const char *name, double number);
/* A time in microseconds, of ns: all its digits. */
void utfs_json_us(struct utfs_json *json, const char *name, uint64_t time_ns);
void utfs_json_bool(struct utfs_json *json, const char *name, bool value);
/* Ends the outermost value with a newline; what follows is another one. */
void utfs_json_end(struct utfs_json *json);

#endif
