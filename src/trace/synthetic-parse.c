/* SPDX-License-Identifier: MIT */
/*
 * Definitions of synthetic events: what the kernel accepts is accepted and laid out the same. Where it looks for a type's name only
 * somewhere in the word ("mychar[5]"), this wants the type.
 */
#include <stdlib.h>
#include <string.h>

#include "ring/ring.h"
#include "trace/format.h"
#include "trace/synthetic.h"

#define BAD_NAME	   "Illegal name"
#define INVALID_COMMAND	   "Command must be of the form: <name> field[;field] ..."
#define TOO_MANY_FIELDS	   "Too many fields"
#define INCOMPLETE_TYPE	   "Incomplete type"
#define INVALID_TYPE	   "Invalid type"
#define INVALID_FIELD	   "Invalid field"
#define INVALID_ARRAY_SPEC "Invalid array specification"

#define SLOT_BYTES                                                                                 \
	8 /* what a number and the word that tells where dynamic bytes are take in a record */
#define SPACES " \t\n\v\f\r"

enum shape {
	SHAPE_NUMBER,
	SHAPE_STRING,  /* char[N] */
	SHAPE_DYNAMIC, /* char[] */
	SHAPE_STACK,   /* long[] */
};

struct field {
	char type[UTFS_SYNTHETIC_COMMAND_MAX]; /* "unsigned" and brackets included */
	const char *name;
	size_t name_bytes; /* without brackets */
	enum shape shape;
	uint32_t bytes; /* of a number or string */
	const char *conversion;
};

struct parser {
	const char *command;
	char words[UTFS_SYNTHETIC_COMMAND_MAX]; /* the fields, cut into words */
	struct utfs_synthetic *synthetic;
	struct utfs_text arguments; /* of the print format */
	unsigned int nr_fields;
	struct utfs_synthetic_failure *failure;
	struct field field;
	char arguments_room[8192];
};

static int fail(struct utfs_synthetic_failure *failure, const char *message, size_t position)
{
	*failure = (struct utfs_synthetic_failure){message, position};
	return -EINVAL;
}

/* As in the kernel: the caret is where the word occurs in the command for the first time. */
static int fail_at(struct parser *parser, const char *message, const char *word)
{
	const char *found = strstr(parser->command, word);

	return fail(parser->failure, message, found ? (size_t)(found - parser->command) : 0);
}

static bool is_name(const char *name, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		char c = name[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!is_letter && !(i && c >= '0' && c <= '9'))
			return false;
	}
	return bytes != 0;
}

/* Cuts the next word off. Return: it, or NULL at the end. */
static char *word_next(char **at)
{
	char *word = *at + strspn(*at, SPACES);
	char *end = word + strcspn(word, SPACES);

	*at = *end ? end + 1 : end;
	*end = '\0';
	return word == end ? NULL : word;
}

/* ------------------------------------------------------------------------------------------------
 * Types
 */

static const struct {
	const char *name;
	uint32_t bytes;
	const char *conversion;
} numbers[] = {
	{"s64", 8, "%lld"},
	{"u64", 8, "%llu"},
	{"s32", 4, "%d"},
	{"u32", 4, "%u"},
	{"s16", 2, "%d"},
	{"u16", 2, "%u"},
	{"s8", 1, "%d"},
	{"u8", 1, "%u"},
	{"char", 1, "%d"},
	{"unsigned char", 1, "%u"},
	{"int", 4, "%d"},
	{"unsigned int", 4, "%u"},
	{"long", sizeof(long), "%ld"},
	{"unsigned long", sizeof(long), "%lu"},
	{"bool", 1, "%d"},
	{"pid_t", 4, "%d"},
	{"gfp_t", 4, "%x"},
};

/* What stands between the brackets of char[N]: at most three characters, any base. Return: 0; -EINVAL. */
static int string_size(const char *bracket, uint32_t *bytes)
{
	char digits[4] = "", *end;
	size_t n = strcspn(bracket + 1, "]");
	unsigned long value = 0;

	if (n > 3 || strcmp(bracket + 1 + n, "]"))
		return -EINVAL;
	memcpy(digits, bracket + 1, n);
	if (n) {
		if (digits[0] < '0' || digits[0] > '9')
			return -EINVAL;
		value = strtoul(digits, &end, 0);
		if (*end || value > UTFS_SYNTHETIC_STRING_BYTES)
			return -EINVAL;
	}
	*bytes = (uint32_t)value;
	return 0;
}

/* Return: 0; -EINVAL no such type, or wrong brackets. */
static int type_classify(struct field *field)
{
	static const char uns[] = "unsigned ";
	const char *type = field->type;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(type, numbers[i].name))
			continue;
		field->shape = SHAPE_NUMBER;
		field->bytes = numbers[i].bytes;
		field->conversion = numbers[i].conversion;
		return 0;
	}
	if (!strncmp(type, uns, sizeof(uns) - 1))
		type += sizeof(uns) - 1;
	if (!strncmp(type, "char[", 5)) {
		int ret = string_size(type + 4, &field->bytes);

		field->shape = field->bytes ? SHAPE_STRING : SHAPE_DYNAMIC;
		field->conversion = "%s";
		return ret;
	}
	if (!strncmp(type, "long[", 5) && strspn(type + 5, "0123456789") + 6 == strlen(type) &&
	    type[strlen(type) - 1] == ']') {
		field->shape = SHAPE_STACK;
		field->conversion = "%s";
		return 0;
	}
	return -EINVAL;
}

/* ------------------------------------------------------------------------------------------------
 * Fields
 */

static bool is_signed(const struct field *field)
{
	/* As in the kernel: all that does not begin with a u. The type of dynamic ones begins with __data_loc. */
	return field->shape > SHAPE_STRING ||
	       (field->type[0] != 'u' && strcmp(field->type, "gfp_t") != 0);
}

static void field_describe(struct parser *parser)
{
	const struct field *field = &parser->field;
	struct utfs_synthetic *synthetic = parser->synthetic;
	struct utfs_text *text = &synthetic->fields;
	bool is_string = field->shape == SHAPE_STRING;

	utfs_text_string(text, field->shape > SHAPE_STRING ? "\tfield:__data_loc " : "\tfield:");
	utfs_text_bytes(text, field->type,
			is_string ? strcspn(field->type, "[") : strlen(field->type));
	utfs_text_string(text, " ");
	utfs_text_bytes(text, field->name, field->name_bytes);
	if (is_string)
		utfs_text_string(text, "[]");
	utfs_text_place(text, synthetic->record_bytes,
			field->shape > SHAPE_STRING ? SLOT_BYTES : field->bytes, is_signed(field));
	synthetic->record_bytes += is_string ? UTFS_SYNTHETIC_STRING_BYTES : SLOT_BYTES;
}

static void field_print(struct parser *parser)
{
	static const struct {
		const char *before, *behind;
	} argument[] = {
		[SHAPE_NUMBER] = {", REC->", ""},
		[SHAPE_STRING] = {", REC->", ""},
		[SHAPE_DYNAMIC] = {", __get_str(", ")"},
		[SHAPE_STACK] = {", __get_stacktrace(", ")"},
	};
	const struct field *field = &parser->field;
	struct utfs_text *format = &parser->synthetic->print;

	if (parser->nr_fields)
		utfs_text_string(format, ", ");
	utfs_text_bytes(format, field->name, field->name_bytes);
	utfs_text_string(format, "=");
	utfs_text_string(format, field->conversion);
	utfs_text_string(&parser->arguments, argument[field->shape].before);
	utfs_text_bytes(&parser->arguments, field->name, field->name_bytes);
	utfs_text_string(&parser->arguments, argument[field->shape].behind);
}

/* Type and name, cut into words. The brackets may stand behind either. */
static int field_build(struct parser *parser, const char *prefix, const char *type,
		       const char *name)
{
	struct field *field = &parser->field;
	const char *bracket = strchr(name, '[');
	struct utfs_text text;

	field->name = name;
	field->name_bytes = bracket ? (size_t)(bracket - name) : strlen(name);
	if (!is_name(name, field->name_bytes))
		return fail_at(parser, BAD_NAME, name);
	/* All of it stands in the command, which is no longer than the type may be. */
	utfs_text_init(&text, field->type, sizeof(field->type));
	utfs_text_string(&text, prefix);
	utfs_text_string(&text, type);
	if (bracket)
		utfs_text_string(&text, bracket);
	if (!type_classify(field))
		return 0;
	if (bracket &&
	    (!strncmp(field->type, "char[", 5) || !strncmp(field->type, "unsigned char[", 14)))
		return fail_at(parser, INVALID_ARRAY_SPEC, name);
	return fail_at(parser, INVALID_TYPE, type);
}

/* The next field, whose type begins with a word that was taken. Return: 0; -EINVAL. */
static int field_parse(struct parser *parser, char *type, char **at)
{
	const char *prefix = "", *name;
	int ret;

	if (!strcmp(type, "unsigned")) {
		const char *word = type;

		prefix = "unsigned ";
		type = word_next(at);
		name = word_next(at);
		if (!name)
			return fail_at(parser, INCOMPLETE_TYPE, word);
	} else {
		name = word_next(at);
		if (!name)
			return fail_at(parser, INVALID_FIELD, type);
	}
	ret = field_build(parser, prefix, type, name);
	if (ret)
		return ret;
	if (parser->nr_fields == UTFS_SYNTHETIC_FIELDS_MAX)
		return fail(parser->failure, TOO_MANY_FIELDS, 0);
	field_describe(parser);
	field_print(parser);
	parser->nr_fields++;
	return 0;
}

static int fields_parse(struct parser *parser)
{
	char *rest = parser->words, *part;
	int ret = 0;

	while (!ret && (part = strsep(&rest, ";"))) {
		char *word;

		/* Old definitions have no semicolons: fields may follow each other without. */
		while (!ret && (word = word_next(&part)))
			ret = field_parse(parser, word, &part);
	}
	return ret;
}

/* Before the first semicolon there must be a name and a whole field. */
static bool is_complete(const char *at)
{
	unsigned int words = 0;

	while (*at && *at != ';') {
		size_t bytes;

		at += strspn(at, SPACES);
		bytes = strcspn(at, SPACES ";");
		words += bytes != 0;
		at += bytes;
	}
	return words >= 3;
}

static int definition_parse(struct parser *parser, const char *at)
{
	struct utfs_synthetic *synthetic = parser->synthetic;
	const char *end = strpbrk(at, " \t");
	int ret;

	if (!is_complete(at) || !end || end == at)
		return fail(parser->failure, INVALID_COMMAND, 0);
	memcpy(parser->words, at, (size_t)(end - at));
	parser->words[end - at] = '\0';
	if (!is_name(parser->words, (size_t)(end - at)))
		return fail_at(parser, BAD_NAME, parser->words);
	strcpy(synthetic->name, parser->words);
	strcpy(parser->words, end);
	utfs_text_string(&synthetic->print, "\"");
	ret = fields_parse(parser);
	utfs_text_string(&synthetic->print, "\"");
	utfs_text_string(&synthetic->print, parser->arguments.start);
	return ret;
}

int utfs_synthetic_parse(const char *command, const char *at, struct utfs_synthetic *synthetic,
			 struct utfs_synthetic_failure *failure)
{
	struct parser *parser = malloc(sizeof(*parser));
	int ret;

	if (!parser)
		return -ENOMEM;
	*failure = (struct utfs_synthetic_failure){0};
	parser->command = command;
	parser->synthetic = synthetic;
	parser->nr_fields = 0;
	parser->failure = failure;
	utfs_text_init(&parser->arguments, parser->arguments_room, sizeof(parser->arguments_room));
	utfs_text_init(&synthetic->fields, synthetic->fields_room, sizeof(synthetic->fields_room));
	utfs_text_init(&synthetic->print, synthetic->print_room, sizeof(synthetic->print_room));
	synthetic->name[0] = '\0';
	synthetic->record_bytes = UTFS_COMMON_BYTES;
	ret = strlen(command) < UTFS_SYNTHETIC_COMMAND_MAX ? definition_parse(parser, at) : -E2BIG;
	if (!ret && (synthetic->fields.overflow || synthetic->print.overflow ||
		     parser->arguments.overflow || synthetic->record_bytes > UTFS_RECORD_MAX))
		ret = -E2BIG;
	free(parser);
	return ret;
}
