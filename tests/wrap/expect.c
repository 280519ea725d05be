/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <stdarg.h>
#include <stdio.h>

static char expected[65536];
static size_t expected_bytes;
static int failures;

void expect(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	expected_bytes += (size_t)vsnprintf(expected + expected_bytes,
					    sizeof(expected) - expected_bytes, format, arguments);
	va_end(arguments);
	expected[expected_bytes++] = '\n';
}

void check(int good, const char *what)
{
	if (good)
		return;
	failures++;
	expect("not as without the wrapper: %s", what);
}

int expect_save(const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out || fwrite(expected, 1, expected_bytes, out) != expected_bytes || fclose(out))
		return 2;
	return failures ? 1 : 0;
}
