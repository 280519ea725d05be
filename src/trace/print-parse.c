/* SPDX-License-Identifier: MIT */
/* Tokens of a print format. The text has no NUL at its end and may hold anything. */
#include <stdlib.h>

#include "trace/format-types.h"
#include "trace/print-internal.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_identifier(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/* The byte so far from here; 0 beyond the end. */
static char byte_at(const struct utfs_parser *parser, size_t ahead)
{
	return ahead < parser->len_bytes - parser->pos ? parser->text[parser->pos + ahead] : '\0';
}

char utfs_parser_peek(struct utfs_parser *parser)
{
	char c;

	for (c = byte_at(parser, 0); c == ' ' || c == '\t' || c == '\n' || c == '\r';
	     c = byte_at(parser, 0))
		parser->pos++;
	return c;
}

/* Is what follows a one-letter operator the rest of a longer one? */
static bool is_longer(char c, char next)
{
	switch (c) {
	case '|':
	case '&':
		return next == c;
	case '<':
	case '>':
		return next == c || next == '=';
	case '!':
	case '=':
		return next == '=';
	case '-':
		return next == '>';
	default:
		return false;
	}
}

bool utfs_parser_accept(struct utfs_parser *parser, const char *token)
{
	size_t n = strlen(token);

	if (utfs_parser_peek(parser) != token[0])
		return false;
	if (n > parser->len_bytes - parser->pos ||
	    memcmp(parser->text + parser->pos, token, n) != 0)
		return false;
	if (n == 1 && is_longer(token[0], byte_at(parser, 1)))
		return false;
	parser->pos += n;
	return true;
}

int utfs_parser_expect(struct utfs_parser *parser, const char *token)
{
	return utfs_parser_accept(parser, token) ? 0 : utfs_parser_fail(parser);
}

size_t utfs_parser_identifier(struct utfs_parser *parser, const char **name)
{
	size_t n = 0;

	if (is_digit(utfs_parser_peek(parser)))
		return 0;
	*name = parser->text + parser->pos;
	while (is_identifier(byte_at(parser, n)))
		n++;
	parser->pos += n;
	return n;
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* What stands behind a backslash. */
static int parse_escape(struct utfs_parser *parser, char *c)
{
	static const char letters[] = "ntrabfve\\\"'?";
	static const char meanings[] = "\n\t\r\a\b\f\v\033\\\"'?";
	char letter = byte_at(parser, 0);
	const char *found = letter ? strchr(letters, letter) : NULL;
	int value = 0, digits = 0;

	if (found) {
		parser->pos++;
		*c = meanings[found - letters];
		return 0;
	}
	if (letter == 'x') {
		parser->pos++;
		for (; digit_value(byte_at(parser, 0)) < 16; parser->pos++, digits++)
			value = (value << 4 | digit_value(byte_at(parser, 0))) & 0xff;
	} else {
		for (; digits < 3 && digit_value(byte_at(parser, 0)) < 8; parser->pos++, digits++)
			value = value << 3 | digit_value(byte_at(parser, 0));
	}
	*c = (char)value;
	return digits > 0 ? 0 : utfs_parser_fail(parser);
}

static int parse_one_string(struct utfs_parser *parser)
{
	int ret = utfs_parser_expect(parser, "\"");

	while (!ret && byte_at(parser, 0) != '"') {
		uint32_t offset;
		char c = byte_at(parser, 0);

		if (c == '\0')
			return utfs_parser_fail(parser);
		parser->pos++;
		if (c == '\\')
			ret = parse_escape(parser, &c);
		if (!ret)
			ret = utfs_plan_pool_add(parser->plan, &c, 1, &offset);
	}
	parser->pos += !ret;
	return ret;
}

int utfs_parser_string(struct utfs_parser *parser, uint32_t *offset, size_t *len_bytes)
{
	size_t start = parser->plan->pool_bytes;
	int ret;

	do {
		ret = parse_one_string(parser);
	} while (!ret && utfs_parser_peek(parser) == '"');
	*offset = (uint32_t)start;
	*len_bytes = parser->plan->pool_bytes - start;
	return ret;
}

static int parse_char(struct utfs_parser *parser, uint64_t *value)
{
	char c;
	int ret = 0;

	parser->pos++;
	c = byte_at(parser, 0);
	if (c == '\0' || c == '\'')
		return utfs_parser_fail(parser);
	parser->pos++;
	if (c == '\\')
		ret = parse_escape(parser, &c);
	if (!ret && byte_at(parser, 0) != '\'')
		ret = utfs_parser_fail(parser);
	if (ret)
		return ret;
	parser->pos++;
	*value = (uint64_t)(int64_t)(signed char)c;
	return 0;
}

static int parse_float(struct utfs_parser *parser, size_t n, struct utfs_value_type *type,
		       uint64_t *value)
{
	char copy[64], *end;
	double number;

	if (n >= sizeof(copy))
		return utfs_parser_fail(parser);
	memcpy(copy, parser->text + parser->pos, n);
	copy[n] = '\0';
	number = strtod(copy, &end);
	if ((*end == 'f' || *end == 'F' || *end == 'L') && end[1] == '\0')
		end++;
	if (*end != '\0' || end == copy)
		return utfs_parser_fail(parser);
	memcpy(value, &number, sizeof(number));
	*type = (struct utfs_value_type){.kind = UTFS_VALUE_FLOAT, .size_bytes = 8};
	parser->pos += n;
	return 0;
}

/* How long the number is, and whether it is one with a point or an exponent. */
static size_t number_length(struct utfs_parser *parser, bool *is_float)
{
	bool hex = byte_at(parser, 0) == '0' && (byte_at(parser, 1) | 0x20) == 'x';
	size_t n = 0;

	*is_float = false;
	for (;; n++) {
		char c = byte_at(parser, n);

		if (!hex && (c == '.' || (c | 0x20) == 'e'))
			*is_float = true;
		else if ((c == '+' || c == '-') && *is_float &&
			 (byte_at(parser, n - 1) | 0x20) == 'e')
			continue;
		else if (!is_identifier(c))
			return n;
	}
}

static int parse_suffix(struct utfs_parser *parser, bool *is_unsigned, bool *is_long)
{
	for (; is_identifier(byte_at(parser, 0)); parser->pos++) {
		char c = (char)(byte_at(parser, 0) | 0x20);

		if (c == 'u' && !*is_unsigned)
			*is_unsigned = true;
		else if (c == 'l')
			*is_long = true;
		else
			return utfs_parser_fail(parser);
	}
	return 0;
}

static int parse_integer(struct utfs_parser *parser, struct utfs_value_type *type, uint64_t *value)
{
	bool is_unsigned = false, is_long = false;
	int base = 10, digit;

	if (byte_at(parser, 0) == '0') {
		char letter = (char)(byte_at(parser, 1) | 0x20);

		base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
		parser->pos += base == 8 ? 0 : 2;
		if (base != 8 && digit_value(byte_at(parser, 0)) >= base)
			return utfs_parser_fail(parser);
	}
	*value = 0;
	for (; (digit = digit_value(byte_at(parser, 0))) < base; parser->pos++)
		if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
		    __builtin_add_overflow(*value, (uint64_t)digit, value))
			return utfs_parser_fail(parser);
	if (parse_suffix(parser, &is_unsigned, &is_long))
		return -EINVAL;
	*type = (struct utfs_value_type){.kind = UTFS_VALUE_INT, .size_bytes = 4};
	/* Numbers that are not decimal take an unsigned type before a longer one. */
	if (is_long || *value > UINT32_MAX || (*value > INT32_MAX && base == 10 && !is_unsigned))
		type->size_bytes = 8;
	type->is_signed = !is_unsigned && *value <= (type->size_bytes == 8 ? (uint64_t)INT64_MAX
									   : (uint64_t)INT32_MAX);
	return 0;
}

int utfs_parser_number(struct utfs_parser *parser, struct utfs_value_type *type, uint64_t *value)
{
	char first = utfs_parser_peek(parser);
	bool is_float;
	size_t n;

	if (first == '\'') {
		*type = (struct utfs_value_type){
			.kind = UTFS_VALUE_INT, .size_bytes = 4, .is_signed = true};
		return parse_char(parser, value);
	}
	if (!is_digit(first) && !(first == '.' && is_digit(byte_at(parser, 1))))
		return utfs_parser_fail(parser);
	n = number_length(parser, &is_float);
	return is_float ? parse_float(parser, n, type, value) : parse_integer(parser, type, value);
}

int utfs_parser_type(struct utfs_parser *parser, struct utfs_value_type *type)
{
	struct utfs_c_type c_type;
	size_t n;

	utfs_parser_peek(parser);
	n = utfs_c_type_parse(parser->text + parser->pos, parser->len_bytes - parser->pos, &c_type);
	if (n == 0)
		return 0;
	parser->pos += n;
	*type = (struct utfs_value_type){0};
	if (c_type.stars > 0) {
		type->kind = UTFS_VALUE_INT;
		type->size_bytes = 8;
		type->is_pointer = true;
		type->element_bytes = (uint8_t)(c_type.stars > 1 ? 8 : c_type.size_bytes);
		type->element_signed = c_type.stars == 1 && c_type.is_signed;
		type->element_float = c_type.stars == 1 && c_type.is_float;
		if (type->element_bytes == 0 && !c_type.is_compound)
			type->element_bytes = 1; /* void */
		if (type->element_bytes > 8)
			type->element_bytes = 0; /* long double */
		return 1;
	}
	type->kind = c_type.is_float	     ? UTFS_VALUE_FLOAT
		     : c_type.size_bytes > 0 ? UTFS_VALUE_INT
					     : UTFS_VALUE_BYTES;
	type->size_bytes = (uint8_t)c_type.size_bytes;
	type->is_signed = c_type.is_signed;
	return 1;
}
