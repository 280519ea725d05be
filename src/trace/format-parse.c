/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format-types.h"
#include "trace/format.h"

/* Records are shorter than this; larger numbers are nonsense. */
#define FIELD_NUMBER_MAX 65535

struct field_parser {
	const char *text;
	size_t len;
	size_t pos;
};

/* Where names and types of a format go: one block, as large as the text can make it. */
struct builder {
	struct utfs_event_format *format;
	char *strings;
	size_t cap_fields;
};

static const struct {
	const char *name, *type;
	uint8_t offset, size;
	bool is_signed;
} common_fields[UTFS_NR_COMMON] = {
	{"common_type", "unsigned short", 0, 2, false},
	{"common_flags", "unsigned char", 2, 1, false},
	{"common_preempt_count", "unsigned char", 3, 1, false},
	{"common_pid", "int", 4, 4, true},
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_identifier(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static void skip_blanks(struct field_parser *parser)
{
	while (parser->pos < parser->len && is_blank(parser->text[parser->pos]))
		parser->pos++;
}

static bool accept(struct field_parser *parser, const char *token)
{
	size_t n = strlen(token);

	skip_blanks(parser);
	if (n > parser->len - parser->pos || memcmp(parser->text + parser->pos, token, n) != 0)
		return false;
	parser->pos += n;
	return true;
}

/* "label:123;" */
static int parse_number(struct field_parser *parser, const char *label, uint32_t *number)
{
	uint32_t value = 0;
	size_t digits = 0;

	if (!accept(parser, label) || !accept(parser, ":"))
		return -EINVAL;
	skip_blanks(parser);
	while (parser->pos < parser->len && parser->text[parser->pos] >= '0' &&
	       parser->text[parser->pos] <= '9') {
		value = value * 10 + (uint32_t)(parser->text[parser->pos] - '0');
		if (value > FIELD_NUMBER_MAX)
			return -EINVAL;
		parser->pos++;
		digits++;
	}
	if (digits == 0 || !accept(parser, ";"))
		return -EINVAL;
	*number = value;
	return 0;
}

static char *store(struct builder *builder, const char *text, size_t len)
{
	char *string = builder->strings;

	memcpy(string, text, len);
	string[len] = '\0';
	builder->strings += len + 1;
	return string;
}

static size_t trim(const char *text, size_t len)
{
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	return len;
}

/* Splits "unsigned long caller[8]" into the name and the type "unsigned long[8]". */
static int split_declaration(struct builder *builder, struct utfs_field *field, const char *text,
			     size_t len)
{
	size_t name_end, name_start, suffix;
	char *type;

	len = trim(text, len);
	suffix = len;
	while (suffix > 0 && text[suffix - 1] == ']') {
		while (suffix > 0 && text[suffix - 1] != '[')
			suffix--;
		if (suffix == 0)
			return -EINVAL;
		suffix = trim(text, suffix - 1);
	}
	name_end = suffix;
	name_start = name_end;
	while (name_start > 0 && is_identifier(text[name_start - 1]))
		name_start--;
	if (name_start == name_end || (text[name_start] >= '0' && text[name_start] <= '9'))
		return -EINVAL;
	field->name = store(builder, text + name_start, name_end - name_start);
	while (suffix < len && text[suffix] != '[')
		suffix++;
	name_start = trim(text, name_start);
	if (name_start == 0)
		return -EINVAL;
	type = store(builder, text, name_start);
	memcpy(type + name_start, text + suffix, len - suffix);
	type[name_start + len - suffix] = '\0';
	builder->strings += len - suffix;
	field->type = type;
	return 0;
}

/* The number between brackets, if it is one. */
static uint32_t bracket_count(const char *type)
{
	const char *open = strchr(type, '[');
	unsigned long count;
	char *end;

	if (!open || open[1] < '0' || open[1] > '9')
		return 0;
	count = strtoul(open + 1, &end, 10);
	return *end == ']' && count <= FIELD_NUMBER_MAX ? (uint32_t)count : 0;
}

static void classify_array(struct utfs_field *field, const struct utfs_c_type *type)
{
	uint32_t count = bracket_count(field->type);
	uint32_t element = type->stars ? 8 : type->size_bytes;

	field->is_string = !type->stars && strstr(field->type, "char");
	field->is_float_element = type->is_float && !type->stars && type->size_bytes <= 8;
	if (field->kind == UTFS_FIELD_DYNAMIC)
		field->is_signed = type->is_signed && !type->stars;
	else if (count > 0 && field->size_bytes % count == 0 && field->size_bytes > 0)
		element = field->size_bytes / count;
	if (element == 0 || (field->kind == UTFS_FIELD_ARRAY && field->size_bytes % element != 0))
		element = 1;
	field->element_bytes = element;
	if (element != 4 && element != 8)
		field->is_float_element = false;
}

static int classify(struct utfs_field *field)
{
	const char *base = field->type;
	struct utfs_c_type type;
	uint32_t size = field->size_bytes;

	field->is_relative = strncmp(base, "__rel_loc", 9) == 0;
	if (field->is_relative || strncmp(base, "__data_loc", 10) == 0) {
		/* Synthetic events have 8 bytes for the word. */
		if (size != 4 && size != 8)
			return -EINVAL;
		field->kind = UTFS_FIELD_DYNAMIC;
		base += field->is_relative ? 9 : 10;
	} else if (strchr(base, '[')) {
		field->kind = UTFS_FIELD_ARRAY;
	}
	utfs_c_type_parse(base, strlen(base), &type);
	field->element_bytes = size;
	if (field->kind == UTFS_FIELD_DYNAMIC || field->kind == UTFS_FIELD_ARRAY) {
		classify_array(field, &type);
		return 0;
	}
	if (size == 0)
		return -EINVAL;
	field->is_pointer = strchr(base, '*') != NULL;
	if (!field->is_pointer && type.is_float && (size == 4 || size == 8))
		field->kind = UTFS_FIELD_FLOAT;
	else if ((type.is_compound && !field->is_pointer) ||
		 (size != 1 && size != 2 && size != 4 && size != 8))
		field->kind = UTFS_FIELD_OPAQUE;
	return 0;
}

/* One line. Return: 0, -EINVAL. */
static int parse_field(struct field_parser *parser, struct builder *builder,
		       struct utfs_field *field)
{
	uint32_t is_signed;
	size_t start, end;
	int ret;

	memset(field, 0, sizeof(*field));
	if (!accept(parser, "field:") && !accept(parser, "field special:"))
		return -EINVAL;
	skip_blanks(parser);
	start = parser->pos;
	for (end = start; end < parser->len && parser->text[end] != ';'; end++)
		if (parser->text[end] == '\n' || parser->text[end] == '\0')
			return -EINVAL;
	if (end == parser->len)
		return -EINVAL;
	ret = split_declaration(builder, field, parser->text + start, end - start);
	if (ret)
		return ret;
	parser->pos = end + 1;
	ret = parse_number(parser, "offset", &field->offset);
	if (!ret)
		ret = parse_number(parser, "size", &field->size_bytes);
	if (!ret)
		ret = parse_number(parser, "signed", &is_signed);
	if (ret)
		return ret;
	field->is_signed = is_signed != 0;
	ret = classify(field);
	if (ret)
		parser->pos = start;
	return ret;
}

static void add_common(struct utfs_event_format *format)
{
	for (size_t i = 0; i < UTFS_NR_COMMON; i++) {
		format->fields[i] = (struct utfs_field){
			.name = common_fields[i].name,
			.type = common_fields[i].type,
			.offset = common_fields[i].offset,
			.size_bytes = common_fields[i].size,
			.element_bytes = common_fields[i].size,
			.kind = UTFS_FIELD_INTEGER,
			.is_signed = common_fields[i].is_signed,
		};
	}
	format->nr_fields = UTFS_NR_COMMON;
}

/* An upper bound, so that one allocation is enough. */
static size_t count_fields(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i + 5 <= len; i++)
		if (text[i] == 'f' && memcmp(text + i, "field", 5) == 0)
			count++;
	return count;
}

static int parse_all(struct field_parser *parser, struct builder *builder)
{
	struct utfs_event_format *format = builder->format;
	int ret = 0;

	for (skip_blanks(parser); !ret && parser->pos < parser->len; skip_blanks(parser)) {
		if (format->nr_fields - UTFS_NR_COMMON == UTFS_FIELDS_MAX)
			return -E2BIG;
		if (format->nr_fields == builder->cap_fields)
			return -EINVAL;
		ret = parse_field(parser, builder, &format->fields[format->nr_fields]);
		if (!ret)
			format->nr_fields++;
	}
	return ret;
}

int utfs_event_format_parse(const char *text, size_t len_bytes, struct utfs_event_format **format,
			    size_t *error_at)
{
	struct field_parser parser = {text, len_bytes, 0};
	struct builder builder = {0};
	size_t fields_bytes;
	int ret;

	*format = NULL;
	if (len_bytes > UTFS_FIELDS_TEXT_MAX)
		return -E2BIG;
	builder.cap_fields = UTFS_NR_COMMON + count_fields(text, len_bytes);
	fields_bytes = builder.cap_fields * sizeof(struct utfs_field);
	/* Names and types are parts of the text, each with a NUL more. */
	builder.format =
		malloc(sizeof(*builder.format) + fields_bytes + len_bytes + 2 * builder.cap_fields);
	if (!builder.format)
		return -ENOMEM;
	builder.format->fields = (struct utfs_field *)(builder.format + 1);
	builder.strings = (char *)builder.format->fields + fields_bytes;
	add_common(builder.format);
	ret = parse_all(&parser, &builder);
	if (ret) {
		free(builder.format);
		if (ret == -EINVAL && error_at)
			*error_at = parser.pos;
		return ret;
	}
	*format = builder.format;
	return 0;
}

void utfs_event_format_free(struct utfs_event_format *format)
{
	free(format);
}

const struct utfs_field *utfs_event_format_field(const struct utfs_event_format *format,
						 const char *name, size_t len_bytes)
{
	for (size_t i = 0; i < format->nr_fields; i++) {
		const struct utfs_field *field = &format->fields[i];

		if (strncmp(field->name, name, len_bytes) == 0 && field->name[len_bytes] == '\0')
			return field;
	}
	return NULL;
}

void utfs_format_write(struct eventfs_text *text, const char *name, unsigned int id,
		       const char *fields, size_t fields_bytes, const char *print_fmt,
		       size_t print_fmt_bytes)
{
	eventfs_text_printf(text, "name: %s\nID: %u\nformat:\n", name, id);
	for (size_t i = 0; i < UTFS_NR_COMMON; i++)
		eventfs_text_printf(text, "\tfield:%s %s;\toffset:%u;\tsize:%u;\tsigned:%d;\n",
				    common_fields[i].type, common_fields[i].name,
				    common_fields[i].offset, common_fields[i].size,
				    common_fields[i].is_signed);
	eventfs_text_putc(text, '\n');
	eventfs_text_write(text, fields, fields_bytes);
	eventfs_text_puts(text, "\nprint fmt: ");
	eventfs_text_write(text, print_fmt, print_fmt_bytes);
	eventfs_text_putc(text, '\n');
}

/* The rest of the line behind the label that it begins with; all that follows if it has no end. */
static bool line_behind(const char *text, size_t len_bytes, const char *label, const char **rest,
			size_t *rest_bytes)
{
	const size_t n = strlen(label);
	const char *at = text, *end = text + len_bytes, *newline;

	while (at < end) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			newline = end;
		if ((size_t)(newline - at) >= n && memcmp(at, label, n) == 0) {
			*rest = at + n;
			*rest_bytes = (size_t)(newline - at) - n;
			return true;
		}
		at = newline + 1;
	}
	return false;
}

int utfs_format_split(const char *text, size_t len_bytes, struct utfs_format_parts *parts)
{
	const char *fields, *gap, *number;
	size_t bytes;

	if (!line_behind(text, len_bytes, "name: ", &parts->name, &parts->name_bytes) ||
	    !line_behind(text, len_bytes, "ID: ", &number, &bytes) ||
	    !line_behind(text, len_bytes, "format:", &fields, &bytes) ||
	    !line_behind(text, len_bytes, "print fmt: ", &parts->print_fmt,
			 &parts->print_fmt_bytes) ||
	    parts->print_fmt < fields)
		return -EINVAL;
	parts->id = (unsigned int)strtoul(number, NULL, 10);
	/* An empty line stands behind the common fields. */
	gap = memmem(fields, (size_t)(parts->print_fmt - fields), "\n\n", 2);
	if (!gap)
		return -EINVAL;
	/* Print formats have newlines of their own in some of the kernel's events: all of it, but the last. */
	parts->print_fmt_bytes =
		trim(parts->print_fmt, (size_t)(text + len_bytes - parts->print_fmt));
	parts->fields = gap + 2;
	parts->fields_bytes =
		(size_t)(parts->print_fmt - (sizeof("print fmt: ") - 1) - parts->fields);
	return 0;
}
