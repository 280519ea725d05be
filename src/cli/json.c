/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 character that begins here; 0: none does. Overlong forms, surrogates and what is above U+10FFFF are none. */
static unsigned int character_bytes(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	unsigned int n = c[0] < 0x80			? 1
			 : c[0] >= 0xc2 && c[0] <= 0xdf ? 2
			 : c[0] >= 0xe0 && c[0] <= 0xef ? 3
			 : c[0] >= 0xf0 && c[0] <= 0xf4 ? 4
							: 0;

	/* A NUL is no continuation, so this ends with the text. */
	for (unsigned int i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return n;
}

static void put_text(const char *text)
{
	putchar('"');
	while (*text) {
		const unsigned char c = (unsigned char)*text;
		unsigned int n = character_bytes(text);

		if (!n)
			fputs("\\ufffd", stdout);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else
			fwrite(text, 1, n, stdout);
		text += n ? n : 1;
	}
	putchar('"');
}

/* What stands before a value. */
static void begin(struct utfs_json *json, const char *name)
{
	if (json->needs_comma)
		putchar(',');
	json->needs_comma = true;
	if (name) {
		put_text(name);
		putchar(':');
	}
}

static void open_with(struct utfs_json *json, const char *name, char bracket)
{
	begin(json, name);
	putchar(bracket);
	json->needs_comma = false;
}

static void close_with(struct utfs_json *json, char bracket)
{
	putchar(bracket);
	json->needs_comma = true;
}

void utfs_json_object(struct utfs_json *json, const char *name)
{
	open_with(json, name, '{');
}

void utfs_json_object_end(struct utfs_json *json)
{
	close_with(json, '}');
}

void utfs_json_array(struct utfs_json *json, const char *name)
{
	open_with(json, name, '[');
}

void utfs_json_array_end(struct utfs_json *json)
{
	close_with(json, ']');
}

void utfs_json_string(struct utfs_json *json, const char *name, const char *text)
{
	begin(json, name);
	if (text)
		put_text(text);
	else
		fputs("null", stdout);
}

void utfs_json_number(struct utfs_json *json, const char *name, uint64_t number)
{
	begin(json, name);
	printf("%" PRIu64, number);
}

void utfs_json_signed(struct utfs_json *json, const char *name, int64_t number)
{
	begin(json, name);
	printf("%" PRId64, number);
}

void utfs_json_real(struct utfs_json *json, const char *name, double number)
{
	begin(json, name);
	printf("%.3f", number);
}

void utfs_json_bool(struct utfs_json *json, const char *name, bool value)
{
	begin(json, name);
	fputs(value ? "true" : "false", stdout);
}

void utfs_json_end(struct utfs_json *json)
{
	putchar('\n');
	json->needs_comma = false;
}
