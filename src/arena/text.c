/* SPDX-License-Identifier: MIT */
#include "arena/text.h"

#include <string.h>

void utfs_text_init(struct utfs_text *text, char *buffer, size_t bytes)
{
	text->start = buffer;
	text->length = 0;
	text->room = bytes;
	text->overflow = false;
	buffer[0] = '\0';
}

void utfs_text_bytes(struct utfs_text *text, const char *bytes, size_t n)
{
	if (n >= text->room - text->length) {
		text->overflow = true;
		return;
	}
	memcpy(text->start + text->length, bytes, n);
	text->length += n;
	text->start[text->length] = '\0';
}

void utfs_text_string(struct utfs_text *text, const char *string)
{
	utfs_text_bytes(text, string, strlen(string));
}

void utfs_text_number(struct utfs_text *text, int64_t number)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		digits[--at] = '-';
	utfs_text_bytes(text, digits + at, sizeof(digits) - at);
}

void utfs_text_place(struct utfs_text *text, uint32_t offset, uint32_t bytes, bool is_signed)
{
	utfs_text_string(text, ";\toffset:");
	utfs_text_number(text, offset);
	utfs_text_string(text, ";\tsize:");
	utfs_text_number(text, bytes);
	utfs_text_string(text, is_signed ? ";\tsigned:1;\n" : ";\tsigned:0;\n");
}
