/* SPDX-License-Identifier: MIT */
/* From the tables that UTFS_EVENT() makes to the text of a `format` file: field lines and print format. */
#include <string.h>

#include "app/app.h"

static bool is_dynamic(const struct utfs_event_field *field)
{
	return field->shape == UTFS_P_STRING || field->shape == UTFS_P_COUNTED ||
	       field->shape == UTFS_P_DYNAMIC;
}

static unsigned int value_kind(const struct utfs_event_field *field)
{
	return field->value & ~(uint32_t)UTFS_P_SIGNED;
}

/* Text is unsigned in the kernel's formats, whatever the compiler thinks of char. */
static bool is_text(const struct utfs_event_field *field)
{
	return field->shape != UTFS_P_SCALAR && value_kind(field) == UTFS_P_CHARACTER;
}

static void describe_field(struct utfs_text *text, const struct utfs_event_field *field)
{
	uint32_t bytes = is_dynamic(field) ? 4 : field->bytes * field->count;

	utfs_text_string(text, is_dynamic(field) ? "\tfield:__data_loc " : "\tfield:");
	utfs_text_string(text, field->type);
	utfs_text_string(text, is_dynamic(field) ? "[] " : " ");
	utfs_text_string(text, field->name);
	if (field->shape == UTFS_P_ARRAY || field->shape == UTFS_P_CHARS) {
		utfs_text_string(text, "[");
		utfs_text_number(text, field->count);
		utfs_text_string(text, "]");
	}
	utfs_text_place(text, field->offset, bytes,
			!is_text(field) && field->value & UTFS_P_SIGNED);
}

static const char *conversion(const struct utfs_event_field *field)
{
	bool is_signed = field->value & UTFS_P_SIGNED;

	if (field->shape != UTFS_P_SCALAR)
		return "%s";
	switch (value_kind(field)) {
	case UTFS_P_CHARACTER:
		return "%c";
	case UTFS_P_BOOL:
		return "%d";
	case UTFS_P_FLOAT:
		return "%f";
	case UTFS_P_POINTER:
		return "%p";
	default:
		if (field->bytes > 4)
			return is_signed ? "%lld" : "%llu";
		return is_signed ? "%d" : "%u";
	}
}

static void argument(struct utfs_text *text, const struct utfs_event_field *field)
{
	const char *before = "REC->", *behind = "";

	if (field->shape == UTFS_P_STRING || field->shape == UTFS_P_COUNTED) {
		before = "__get_str(";
		behind = ")";
	} else if (field->shape == UTFS_P_DYNAMIC) {
		before = "__print_array(__get_dynamic_array(";
		behind = "), __get_dynamic_array_len(";
	} else if (field->shape == UTFS_P_ARRAY && !is_text(field)) {
		before = "__print_array(REC->";
		behind = ", ";
	}
	utfs_text_string(text, before);
	utfs_text_string(text, field->name);
	utfs_text_string(text, behind);
	if (field->shape == UTFS_P_DYNAMIC) {
		utfs_text_string(text, field->name);
		utfs_text_string(text, ") / ");
		utfs_text_number(text, field->bytes);
	} else if (field->shape == UTFS_P_ARRAY && !is_text(field)) {
		utfs_text_number(text, field->count);
	} else {
		return;
	}
	utfs_text_string(text, ", ");
	utfs_text_number(text, field->bytes);
	utfs_text_string(text, ")");
}

/* "name=%d other=%s", REC->name, __get_str(other) */
static void print_default(struct utfs_text *text, const struct utfs_event_info *info)
{
	const char *gap = "";

	utfs_text_string(text, "\"");
	for (uint32_t i = 0; i < info->nr_fields; i++) {
		if (!info->fields[i].name)
			continue;
		utfs_text_string(text, gap);
		utfs_text_string(text, info->fields[i].name);
		utfs_text_string(text, "=");
		utfs_text_string(text, conversion(&info->fields[i]));
		gap = " ";
	}
	utfs_text_string(text, "\"");
	for (uint32_t i = 0; i < info->nr_fields; i++) {
		if (!info->fields[i].name)
			continue;
		utfs_text_string(text, ", ");
		argument(text, &info->fields[i]);
	}
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static const char *skip_spaces(const char *at)
{
	while (*at == ' ' || *at == '\t' || *at == '\n')
		at++;
	return at;
}

/* Copies a string literal; literals that follow each other become one, as in C ("%" PRIu64). Return: what is behind. */
static const char *copy_literal(struct utfs_text *text, const char *at)
{
	utfs_text_string(text, "\"");
	at++;
	for (;;) {
		const char *start = at;

		while (*at && *at != '"')
			at += at[0] == '\\' && at[1] ? 2 : 1;
		utfs_text_bytes(text, start, (size_t)(at - start));
		if (!*at || *skip_spaces(at + 1) != '"')
			break;
		at = skip_spaces(at + 1) + 1;
	}
	utfs_text_string(text, "\"");
	return *at ? at + 1 : at;
}

/* The longest symbol that stands here as a whole. */
static const struct utfs_event_symbol *symbol_at(const struct utfs_event_info *info, const char *at,
						 size_t *bytes)
{
	const struct utfs_event_symbol *found = NULL;

	*bytes = 0;
	for (const struct utfs_event_symbol *symbol = info->symbols; symbol->name; symbol++) {
		size_t n = strlen(symbol->name);

		if (n > *bytes && !strncmp(at, symbol->name, n) &&
		    !(is_word(symbol->name[n - 1]) && is_word(at[n]))) {
			found = symbol;
			*bytes = n;
		}
	}
	return found;
}

static const char *copy_word(struct utfs_text *text, const struct utfs_event_info *info,
			     const char *at, bool is_member)
{
	size_t bytes;
	const struct utfs_event_symbol *symbol = is_member ? NULL : symbol_at(info, at, &bytes);

	if (symbol) {
		utfs_text_number(text, symbol->value);
		return at + bytes;
	}
	for (bytes = 0; is_word(at[bytes]);)
		bytes++;
	utfs_text_bytes(text, at, bytes);
	return at + bytes;
}

/* The text of UTFS_PRINT(), with literals joined and symbols replaced by their values. */
static void print_given(struct utfs_text *text, const struct utfs_event_info *info)
{
	const char *at = info->print;

	while (*at) {
		if (*at == '"') {
			at = copy_literal(text, at);
		} else if (is_word(*at)) {
			bool is_member = at - info->print >= 2 && at[-1] == '>' && at[-2] == '-';

			at = copy_word(text, info, at, is_member);
		} else if (*at == '\n') {
			/* A format is one line. */
			utfs_text_string(text, " ");
			at++;
		} else {
			utfs_text_bytes(text, at, 1);
			at++;
		}
	}
}

int utfs_app_describe(const struct utfs_event_info *info, struct utfs_text *fields,
		      struct utfs_text *print)
{
	for (uint32_t i = 0; i < info->nr_fields; i++) {
		const struct utfs_event_field *field = &info->fields[i];

		if (!field->name)
			continue;
		/* These would end the line or the word early. */
		if (strpbrk(field->type, ";\n\t") || strpbrk(field->name, "; \n\t"))
			return -EINVAL;
		describe_field(fields, field);
	}
	if (info->print)
		print_given(print, info);
	else
		print_default(print, info);
	return fields->overflow || print->overflow ? -E2BIG : 0;
}
