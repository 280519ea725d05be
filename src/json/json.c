/* SPDX-License-Identifier: MIT */
#include "json/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

unsigned int utfs_utf8_bytes(const char *text, size_t bytes)
{
	const unsigned char *c = (const unsigned char *)text;
	unsigned int n = !bytes				? 0
			 : c[0] < 0x80			? 1
			 : c[0] >= 0xc2 && c[0] <= 0xdf ? 2
			 : c[0] >= 0xe0 && c[0] <= 0xef ? 3
			 : c[0] >= 0xf0 && c[0] <= 0xf4 ? 4
							: 0;

	if (n > bytes)
		return 0;
	for (unsigned int i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	}
	if (n > 1 && ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
		      (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f)))
		return 0;
	return n;
}

static FILE *stream_of(const struct utfs_json *json)
{
	return json->out ? json->out : stdout;
}

static void put_text(FILE *out, const char *text, size_t bytes)
{
	putc('"', out);
	while (bytes) {
		const unsigned char c = (unsigned char)*text;
		unsigned int n = utfs_utf8_bytes(text, bytes);

		if (!n)
			fputs("\\ufffd", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fwrite(text, 1, n, out);
		n += !n;
		text += n;
		bytes -= n;
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
		put_text(out, name, strlen(name));
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
		put_text(out, text, strlen(text));
	else
		fputs("null", out);
}

void utfs_json_text(struct utfs_json *json, const char *name, const char *text, size_t bytes)
{
	put_text(begin(json, name), text, bytes);
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

void utfs_json_exact(struct utfs_json *json, const char *name, double number)
{
	FILE *out = begin(json, name);

	if (isfinite(number))
		fprintf(out, "%.17g", number);
	else
		fputs("null", out);
}

void utfs_json_us(struct utfs_json *json, const char *name, uint64_t time_ns)
{
	fprintf(begin(json, name), "%" PRIu64 ".%03u", time_ns / 1000,
		(unsigned int)(time_ns % 1000));
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
