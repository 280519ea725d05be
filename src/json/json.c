/* SPDX-License-Identifier: MIT */
#include "json/json.h"

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

static FILE *stream_of(const struct utfs_json *json)
{
	return json->out ? json->out : stdout;
}

static void put_text(FILE *out, const char *text)
{
	putc('"', out);
	while (*text) {
		const unsigned char c = (unsigned char)*text;
		unsigned int n = character_bytes(text);

		if (!n)
			fputs("\\ufffd", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fwrite(text, 1, n, out);
		text += n ? n : 1;
	}
	putc('"', out);
}

/* What stands before a value. Return: where it goes. */
static FILE *begin(struct utfs_json *json, const char *name)
{
	FILE *out = stream_of(json);

	if (json->needs_comma)
		putc(',', out);
	json->needs_comma = true;
	if (name) {
		put_text(out, name);
		putc(':', out);
	}
	return out;
}

static void open_with(struct utfs_json *json, const char *name, char bracket)
{
	putc(bracket, begin(json, name));
	json->needs_comma = false;
}

static void close_with(struct utfs_json *json, char bracket)
{
	putc(bracket, stream_of(json));
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
	FILE *out = begin(json, name);

	if (text)
		put_text(out, text);
	else
		fputs("null", out);
}

void utfs_json_number(struct utfs_json *json, const char *name, uint64_t number)
{
	fprintf(begin(json, name), "%" PRIu64, number);
}

void utfs_json_signed(struct utfs_json *json, const char *name, int64_t number)
{
	fprintf(begin(json, name), "%" PRId64, number);
}

void utfs_json_real(struct utfs_json *json, const char *name, double number)
{
	fprintf(begin(json, name), "%.3f", number);
}

void utfs_json_bool(struct utfs_json *json, const char *name, bool value)
{
	fputs(value ? "true" : "false", begin(json, name));
}

void utfs_json_end(struct utfs_json *json)
{
	putc('\n', stream_of(json));
	json->needs_comma = false;
}
