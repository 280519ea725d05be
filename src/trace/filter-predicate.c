/* SPDX-License-Identifier: MIT */
/* One comparison of a filter: a field, an operator, and a number, a string or a set of CPUs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/filter-internal.h"

/* How a field is compared, which its type decides. */
enum field_class {
	FIELD_NUMBER,
	FIELD_FLOAT,
	FIELD_CHARS,
	FIELD_DYNAMIC,
	FIELD_RELATIVE,
	FIELD_POINTER,
	FIELD_COMM,
	FIELD_CPU,
	FIELD_ANY,   /* there is no format yet: linked later by its name */
	FIELD_STACK, /* what the kernel makes of `stacktrace`: a number */
};

struct operand_field {
	enum field_class class;
	uint32_t offset, bytes;
	bool is_signed;
};

enum comparison { OP_GLOB, OP_NE, OP_EQ, OP_LE, OP_LT, OP_GE, OP_GT, OP_AND, OP_NONE };

/* A longer one before its beginning. */
static const char *const operators[] = {
	[OP_GLOB] = "~", [OP_NE] = "!=", [OP_EQ] = "==", [OP_LE] = "<=",
	[OP_LT] = "<",	 [OP_GE] = ">=", [OP_GT] = ">",	 [OP_AND] = "&",
};

static const uint8_t compares[] = {
	[OP_GLOB] = UTFS_COMPARE_EQ, [OP_NE] = UTFS_COMPARE_NE,	  [OP_EQ] = UTFS_COMPARE_EQ,
	[OP_LE] = UTFS_COMPARE_LE,   [OP_LT] = UTFS_COMPARE_LT,	  [OP_GE] = UTFS_COMPARE_GE,
	[OP_GT] = UTFS_COMPARE_GT,   [OP_AND] = UTFS_COMPARE_AND,
};

/* A comparison being read. `i` is where; positions in errors are one more, as the kernel counts. */
struct predicate {
	struct utfs_filter_parser *parser;
	size_t i;
	struct operand_field field;
	enum comparison comparison;
	struct utfs_filter_op *op;
};

static int fail(const struct predicate *p, enum utfs_filter_error error, size_t at)
{
	return utfs_filter_fail(p->parser, error, at + 1, -EINVAL);
}

static void skip_spaces(struct predicate *p)
{
	while (utfs_filter_space(p->parser->text[p->i]))
		p->i++;
}

/* "char *" or "const char *", however they are spaced. */
static bool is_char_pointer(const char *type)
{
	static const char full[] = "constchar*";
	const char *want = strncmp(type, "const", 5) ? full + 5 : full;

	for (; *type; type++)
		if (*type != ' ' && *type != *want++)
			return false;
	return !*want;
}

static enum field_class field_classify(const struct utfs_field *field)
{
	bool text = strstr(field->type, "char");

	if (strstr(field->type, "__data_loc") && text)
		return FIELD_DYNAMIC;
	if (strstr(field->type, "__rel_loc") && text)
		return FIELD_RELATIVE;
	if (strchr(field->type, '[') && text)
		return FIELD_CHARS;
	if (is_char_pointer(field->type))
		return FIELD_POINTER;
	return field->kind == UTFS_FIELD_FLOAT ? FIELD_FLOAT : FIELD_NUMBER;
}

static bool name_is(const char *name, size_t bytes, const char *word)
{
	return strlen(word) == bytes && !memcmp(name, word, bytes);
}

/* The event's own fields come before those that every event has. */
static bool field_find(const struct utfs_event_format *format, const char *name, size_t bytes,
		       struct operand_field *found)
{
	const struct utfs_field *field =
		format ? utfs_event_format_field(format, name, bytes) : NULL;

	*found = (struct operand_field){.bytes = 8};
	if (!format) {
		found->class = FIELD_ANY;
		return true;
	}
	if (field) {
		*found = (struct operand_field){
			.class = field_classify(field),
			.offset = field->offset,
			.bytes = field->size_bytes,
			.is_signed = field->is_signed,
		};
		return true;
	}
	if (name_is(name, bytes, "CPU") || name_is(name, bytes, "cpu") ||
	    name_is(name, bytes, "common_cpu"))
		*found = (struct operand_field){.class = FIELD_CPU, .bytes = 4, .is_signed = true};
	else if (name_is(name, bytes, "COMM") || name_is(name, bytes, "comm") ||
		 name_is(name, bytes, "common_comm"))
		found->class = FIELD_COMM;
	else if (name_is(name, bytes, "stacktrace") || name_is(name, bytes, "STACKTRACE") ||
		 name_is(name, bytes, "common_stacktrace"))
		found->class = FIELD_STACK;
	else
		return false;
	return true;
}

static bool is_string(const struct predicate *p)
{
	return p->field.class >= FIELD_CHARS && p->field.class <= FIELD_COMM;
}

static const uint8_t whats[] = {
	[FIELD_NUMBER] = UTFS_FILTER_NUMBER,	 [FIELD_FLOAT] = UTFS_FILTER_FLOAT,
	[FIELD_CHARS] = UTFS_FILTER_CHARS,	 [FIELD_DYNAMIC] = UTFS_FILTER_DYNAMIC,
	[FIELD_RELATIVE] = UTFS_FILTER_RELATIVE, [FIELD_POINTER] = UTFS_FILTER_POINTER,
	[FIELD_COMM] = UTFS_FILTER_COMM,	 [FIELD_CPU] = UTFS_FILTER_CPU,
	[FIELD_STACK] = UTFS_FILTER_NUMBER,
};

uint8_t utfs_filter_field_what(const struct utfs_field *field)
{
	return whats[field_classify(field)];
}

/* The op as far as the field decides it. */
static void op_begin(const struct predicate *p)
{
	struct utfs_filter_op *op = p->op;

	op->compare = compares[p->comparison];
	if (p->field.class == FIELD_ANY)
		return;
	op->what = whats[p->field.class];
	op->offset = (uint16_t)p->field.offset;
	op->bytes = (uint16_t)p->field.bytes;
	op->flags = p->field.is_signed ? UTFS_FILTER_SIGNED : 0;
	if (p->field.class == FIELD_NUMBER && op->bytes != 1 && op->bytes != 2 && op->bytes != 4 &&
	    op->bytes != 8)
		op->what = UTFS_FILTER_NEVER;
}

/*
 * What a pattern of the ~ operator means, by where its stars are; the pattern becomes what is to be found.
 */
static void glob_classify(struct utfs_filter_op *op, const char **pattern, size_t *bytes)
{
	const char *text = *pattern;
	size_t n = *bytes;

	op->match = UTFS_MATCH_FULL;
	if (n && *text == '!') {
		op->flags |= UTFS_FILTER_NOT;
		text++;
		n--;
	}
	*pattern = text;
	*bytes = n;
	if (!n || utfs_filter_digit(*text))
		return;
	for (size_t i = 0; i < n; i++) {
		if (strchr("[?\\", text[i]) || (text[i] == '*' && i && i < n - 1)) {
			op->match = UTFS_MATCH_GLOB;
			return;
		}
	}
	if (text[0] == '*') {
		op->match = UTFS_MATCH_END;
		++*pattern;
		--*bytes;
	}
	if (n > 1 && text[n - 1] == '*') {
		op->match = op->match == UTFS_MATCH_END ? UTFS_MATCH_MIDDLE : UTFS_MATCH_FRONT;
		--*bytes;
	}
}

static int string_parse(struct predicate *p)
{
	const char *text = p->parser->text;
	char quote = text[p->i];
	size_t start, bytes;
	const char *pattern;

	if (p->comparison != OP_NE && p->comparison != OP_EQ && p->comparison != OP_GLOB)
		return fail(p, UTFS_FILTER_ERROR_FIELD_OPERATOR, p->i);
	if (!is_string(p) && p->field.class != FIELD_ANY)
		return fail(p, UTFS_FILTER_ERROR_NOT_NUMBER, p->i);
	start = ++p->i;
	while (text[p->i] && text[p->i] != quote)
		p->i++;
	if (!text[p->i])
		return fail(p, UTFS_FILTER_ERROR_QUOTE, p->i);
	bytes = p->i - start;
	if (bytes >= UTFS_FILTER_PATTERN_MAX)
		return fail(p, UTFS_FILTER_ERROR_TOO_LONG, p->i);
	p->i++;
	pattern = text + start;
	op_begin(p);
	if (p->field.class == FIELD_ANY)
		p->op->what = UTFS_FILTER_NAMED_STRING;
	if (p->comparison == OP_NE)
		p->op->flags |= UTFS_FILTER_NOT;
	if (p->comparison == OP_GLOB)
		glob_classify(p->op, &pattern, &bytes);
	p->op->compare = UTFS_COMPARE_EQ;
	return utfs_filter_operand(p->parser, p->op, pattern, bytes);
}

/* Digits of a base that their beginning tells. Return: 0, -EINVAL, -ERANGE. */
static int magnitude_parse(const char *text, uint64_t *value)
{
	unsigned int base = 10;

	*value = 0;
	if (text[0] == '0') {
		bool hex = (text[1] == 'x' || text[1] == 'X') && text[2];

		base = hex ? 16 : 8;
		text += hex ? 2 : 0;
	}
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned int digit = 255;

		if (utfs_filter_digit(*text))
			digit = (unsigned int)(*text - '0');
		else if ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'f')
			digit = (unsigned int)((*text | 0x20) - 'a' + 10);
		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return -ERANGE;
	}
	return 0;
}

static int integer_parse(const char *text, bool is_signed, uint64_t *value)
{
	bool negative = *text == '-';
	int ret;

	if (negative && !is_signed)
		return -EINVAL;
	ret = magnitude_parse(text + negative, value);
	if (ret)
		return ret;
	if (is_signed && *value > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	if (negative)
		*value = -*value;
	return 0;
}

/* Compared as a double: its bits. A fraction may follow. */
static int float_parse(struct predicate *p, const char *digits, size_t start)
{
	const char *text = p->parser->text;
	double value, scale = 1;
	uint64_t magnitude;
	int ret = magnitude_parse(digits + (*digits == '-'), &magnitude);

	if (ret)
		return fail(p, UTFS_FILTER_ERROR_NUMBER, start);
	value = (double)magnitude;
	if (text[p->i] == '.')
		for (p->i++; utfs_filter_digit(text[p->i]); p->i++)
			value += (text[p->i] - '0') * (scale /= 10);
	if (*digits == '-')
		value = -value;
	if (p->comparison == OP_AND || (p->op->bytes != 4 && p->op->bytes != 8))
		return fail(p, UTFS_FILTER_ERROR_FIELD_OPERATOR, start);
	memcpy(&p->op->value, &value, sizeof(value));
	return 0;
}

/* For a field of unknown size and sign; a fraction makes it one of a float. */
static int named_number_parse(struct predicate *p, const char *digits, size_t start)
{
	if (p->parser->text[p->i] == '.') {
		p->op->what = UTFS_FILTER_NAMED_FLOAT;
		p->op->bytes = sizeof(double);
		return float_parse(p, digits, start);
	}
	p->op->what = UTFS_FILTER_NAMED_NUMBER;
	if (*digits == '-')
		p->op->flags |= UTFS_FILTER_MINUS;
	if (magnitude_parse(digits + (*digits == '-'), &p->op->value))
		return fail(p, UTFS_FILTER_ERROR_NUMBER, start);
	return 0;
}

static int number_parse(struct predicate *p)
{
	const char *text = p->parser->text;
	char digits[UTFS_FILTER_NUMBER_MAX];
	size_t start = p->i, bytes;

	if (is_string(p))
		return fail(p, UTFS_FILTER_ERROR_NOT_STRING, p->i);
	if (p->comparison == OP_GLOB)
		return fail(p, UTFS_FILTER_ERROR_FIELD_OPERATOR, p->i);
	if (text[p->i] == '-')
		p->i++;
	while (utfs_filter_alnum(text[p->i]))
		p->i++;
	bytes = p->i - start;
	if (bytes >= sizeof(digits))
		return fail(p, UTFS_FILTER_ERROR_TOO_LONG, p->i);
	memcpy(digits, text + start, bytes);
	digits[bytes] = '\0';
	op_begin(p);
	if (p->field.class == FIELD_FLOAT)
		return float_parse(p, digits, start);
	if (p->field.class == FIELD_ANY)
		return named_number_parse(p, digits, start);
	if (integer_parse(digits, p->field.is_signed, &p->op->value))
		return fail(p, UTFS_FILTER_ERROR_NUMBER, start);
	/* As in the kernel, whose CPU number has no bits. */
	if (p->field.class == FIELD_CPU && p->comparison == OP_AND)
		p->op->what = UTFS_FILTER_NEVER;
	return 0;
}

/* The op for a set of CPUs: one CPU is a number; of several, the field can be one, but not equal them. */
static int cpus_finish(struct predicate *p, const uint64_t *words, size_t nr_words)
{
	unsigned int weight = 0;
	uint64_t only = 0;

	op_begin(p);
	for (size_t i = 0; i < nr_words; i++) {
		weight += (unsigned int)__builtin_popcountll(words[i]);
		if (words[i])
			only = 64 * i + (unsigned int)__builtin_ctzll(words[i]);
	}
	p->op->flags &= (uint8_t)~UTFS_FILTER_SIGNED;
	if (p->field.class == FIELD_ANY) {
		p->op->what = UTFS_FILTER_NAMED_CPUS;
		p->op->value = weight == 1 ? only : UINT64_MAX;
		return utfs_filter_operand(p->parser, p->op, words, nr_words * sizeof(*words));
	}
	if (weight == 1) {
		p->op->value = only;
		if (p->comparison == OP_AND)
			p->op->compare = UTFS_COMPARE_EQ;
		return 0;
	}
	if (p->comparison == OP_AND) {
		p->op->compare = UTFS_COMPARE_CPUS;
		return utfs_filter_operand(p->parser, p->op, words, nr_words * sizeof(*words));
	}
	p->op->what = UTFS_FILTER_NEVER;
	if (p->comparison == OP_NE)
		p->op->flags |= UTFS_FILTER_NOT;
	return 0;
}

static int cpus_parse(struct predicate *p)
{
	const char *text = p->parser->text;
	size_t nr_words = (p->parser->nr_cpus + 63) / 64, start;
	uint64_t *words;
	int ret;

	if (p->field.class != FIELD_CPU && p->field.class != FIELD_NUMBER &&
	    p->field.class != FIELD_ANY)
		return fail(p, UTFS_FILTER_ERROR_FIELD_OPERATOR, p->i);
	if (p->comparison != OP_EQ && p->comparison != OP_NE && p->comparison != OP_AND)
		return fail(p, UTFS_FILTER_ERROR_FIELD_OPERATOR, p->i);
	p->i += 4;
	if (text[p->i++] != '{')
		return fail(p, UTFS_FILTER_ERROR_BRACE_OPEN, p->i);
	start = p->i;
	while (text[p->i] && text[p->i] != '}')
		p->i++;
	if (text[p->i] != '}')
		return fail(p, UTFS_FILTER_ERROR_BRACE_CLOSE, p->i);
	if (p->i == start)
		return fail(p, UTFS_FILTER_ERROR_CPUS, p->i);
	words = calloc(nr_words, sizeof(*words));
	if (!words)
		return -ENOMEM;
	if (utfs_cpulist_parse(text + start, p->i - start, p->parser->nr_cpus, words))
		ret = fail(p, UTFS_FILTER_ERROR_CPUS, p->i);
	else
		ret = cpus_finish(p, words, nr_words);
	p->i++;
	free(words);
	return ret;
}

/* `.function`: no field of a program's event holds a function of the kernel's. */
static int function_parse(struct predicate *p)
{
	const char *text = p->parser->text;

	if (p->field.bytes != sizeof(uint64_t))
		return fail(p, UTFS_FILTER_ERROR_FIELD_OPERATOR, p->i);
	if (p->comparison != OP_EQ && p->comparison != OP_NE)
		return fail(p, UTFS_FILTER_ERROR_OPERATOR, p->i);
	while (text[p->i] && !utfs_filter_space(text[p->i]))
		p->i++;
	return fail(p, UTFS_FILTER_ERROR_FUNCTION, p->i);
}

static bool suffix_take(struct predicate *p, const char *suffix)
{
	if (strncmp(p->parser->text + p->i, suffix, strlen(suffix)))
		return false;
	p->i += strlen(suffix);
	return true;
}

static int value_parse(struct predicate *p, bool function)
{
	const char *value = p->parser->text + p->i;

	if (function)
		return function_parse(p);
	if (!strncmp(value, "CPUS", 4))
		return cpus_parse(p);
	if (*value == '\'' || *value == '"')
		return string_parse(p);
	if (utfs_filter_digit(*value) || *value == '-')
		return number_parse(p);
	return fail(p, UTFS_FILTER_ERROR_VALUE, p->i);
}

/* The name that the op is linked by. */
static int name_keep(struct predicate *p, const char *name, size_t bytes)
{
	struct utfs_filter_op kept = {0};
	int ret = utfs_filter_operand(p->parser, &kept, name, bytes);

	p->op->name = kept.operand;
	p->op->bytes = (uint16_t)bytes;
	return ret;
}

int utfs_filter_predicate(struct utfs_filter_parser *parser, size_t at, struct utfs_filter_op *op,
			  size_t *end)
{
	struct predicate p = {.parser = parser, .i = at, .op = op};
	const char *text = parser->text;
	size_t name_bytes;
	bool function;
	int ret;

	while (utfs_filter_alnum(text[p.i]) || text[p.i] == '_')
		p.i++;
	if (p.i == at)
		return -EPERM;
	name_bytes = p.i - at;
	if (!field_find(parser->format, text + at, name_bytes, &p.field))
		return fail(&p, UTFS_FILTER_ERROR_FIELD, p.i);
	/* Whose memory a string is in makes no difference here. */
	(void)suffix_take(&p, ".ustring");
	function = suffix_take(&p, ".function");
	skip_spaces(&p);
	while (p.comparison < OP_NONE &&
	       strncmp(text + p.i, operators[p.comparison], strlen(operators[p.comparison])) != 0)
		p.comparison++;
	if (p.comparison == OP_NONE)
		return fail(&p, UTFS_FILTER_ERROR_OPERATOR, p.i);
	p.i += strlen(operators[p.comparison]);
	skip_spaces(&p);
	ret = value_parse(&p, function);
	*end = p.i;
	if (!ret && p.field.class == FIELD_ANY)
		ret = name_keep(&p, text + at, name_bytes);
	return ret;
}
