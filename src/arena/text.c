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

/* Most are a few bytes long: one pass, not one for the length and one for the copy. */
void utfs_text_string(struct utfs_text *text, const char *string)
{
	char *at = text->start + text->length, *last = text->start + text->room - 1;

	while (*string && at < last)
		*at++ = *string++;
	if (*string) {
		text->overflow = true;
		at = text->start + text->length;
	}
	*at = '\0';
	text->length = (size_t)(at - text->start);
}

void utfs_text_number(struct utfs_text *text, int64_t number)
{
	char digits[24] = "";
	size_t at = sizeof(digits) - 1;
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		digits[--at] = '-';
	utfs_text_string(text, digits + at);
}

void utfs_text_place(struct utfs_text *text, uint32_t offset, uint32_t bytes, bool is_signed)
{
	utfs_text_string(text, ";\toffset:");
	utfs_text_number(text, offset);
	utfs_text_string(text, ";\tsize:");
	utfs_text_number(text, bytes);
	utfs_text_string(text, is_signed ? ";\tsigned:1;\n" : ";\tsigned:0;\n");
}

void utfs_text_field(struct utfs_text *text, const struct utfs_text_field *field)
{
	utfs_text_string(text, "\tfield:");
	utfs_text_string(text, field->prefix);
	utfs_text_string(text, field->type);
	utfs_text_string(text, field->is_dynamic ? "[] " : " ");
	utfs_text_string(text, field->name);
	if (field->count) {
		utfs_text_string(text, "[");
		utfs_text_number(text, field->count);
		utfs_text_string(text, "]");
	}
	utfs_text_place(text, field->offset, field->bytes, field->is_signed);
}

void utfs_text_dynamic_array(struct utfs_text *text, const char *name, uint32_t element_bytes)
{
	utfs_text_string(text, "__print_array(__get_dynamic_array(");
	utfs_text_string(text, name);
	utfs_text_string(text, "), __get_dynamic_array_len(");
	utfs_text_string(text, name);
	utfs_text_string(text, ") / ");
	utfs_text_number(text, element_bytes);
	utfs_text_string(text, ", ");
	utfs_text_number(text, element_bytes);
	utfs_text_string(text, ")");
}
