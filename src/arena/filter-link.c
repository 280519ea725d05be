/* SPDX-License-Identifier: MIT */
/*
 * Filters of events that were not known when the filter was written: names become places in the record, by the lines of the
 * event's format. What the compiler (trace/filter-predicate.c) decides from a field's type is decided here.
 */
#include <string.h>

#include "arena/arena.h"

struct linked_field {
	uint8_t what; /* enum utfs_filter_what */
	uint32_t offset, bytes;
	bool is_signed;
};

/* A piece of text. */
struct span {
	const char *at, *end;
};

static bool contains(struct span text, const char *word)
{
	return memmem(text.at, (size_t)(text.end - text.at), word, strlen(word));
}

static bool equals(struct span text, const char *word)
{
	return (size_t)(text.end - text.at) == strlen(word) && !memcmp(text.at, word, strlen(word));
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The number behind a label of the line. */
static uint32_t number_get(struct span line, const char *label)
{
	const char *at = memmem(line.at, (size_t)(line.end - line.at), label, strlen(label));
	uint32_t number = 0;

	if (!at)
		return 0;
	for (at += strlen(label); at < line.end && *at >= '0' && *at <= '9' && number < 65536; at++)
		number = number * 10 + (uint32_t)(*at - '0');
	return number;
}

/* "char *" or "const char *", however they are spaced. */
static bool is_char_pointer(struct span type)
{
	static const char full[] = "constchar*";
	bool is_const = type.end - type.at > 5 && !memcmp(type.at, "const", 5);
	const char *want = is_const ? full : full + 5;

	for (; type.at < type.end; type.at++)
		if (*type.at != ' ' && *type.at != *want++)
			return false;
	return !*want;
}

static uint8_t classify(struct span type, bool is_array)
{
	bool text = contains(type, "char");

	if (contains(type, "__data_loc") && text)
		return UTFS_FILTER_DYNAMIC;
	if (contains(type, "__rel_loc") && text)
		return UTFS_FILTER_RELATIVE;
	if (is_array && text)
		return UTFS_FILTER_CHARS;
	if (is_char_pointer(type))
		return UTFS_FILTER_POINTER;
	if (!is_array && (equals(type, "float") || equals(type, "double")))
		return UTFS_FILTER_FLOAT;
	return UTFS_FILTER_NUMBER;
}

/* "type name[3]" of one line. Return: is it the field with this name? */
static bool declaration_read(struct span text, struct span wanted, struct linked_field *field)
{
	struct span name = text, type = text;
	bool is_array = contains(text, "[");

	while (name.end > name.at && name.end[-1] == ']') {
		while (name.end > name.at && name.end[-1] != '[')
			name.end--;
		name.end -= name.end > name.at;
	}
	while (name.end > name.at && name.end[-1] == ' ')
		name.end--;
	name.at = name.end;
	while (name.at > text.at && is_word(name.at[-1]))
		name.at--;
	if (name.end - name.at != wanted.end - wanted.at ||
	    memcmp(name.at, wanted.at, (size_t)(name.end - name.at)) != 0)
		return false;
	type.end = name.at;
	while (type.end > type.at && type.end[-1] == ' ')
		type.end--;
	field->what = classify(type, is_array);
	return true;
}

static bool own_find(struct span fields, struct span wanted, struct linked_field *field)
{
	static const char label[] = "field:";

	while (fields.at < fields.end) {
		struct span line = {fields.at,
				    memchr(fields.at, '\n', (size_t)(fields.end - fields.at))};
		struct span text = line;

		if (!line.end)
			line.end = fields.end;
		fields.at = line.end + (line.end < fields.end);
		text.at = memmem(line.at, (size_t)(line.end - line.at), label, strlen(label));
		if (!text.at)
			continue;
		text.at += strlen(label);
		text.end = memchr(text.at, ';', (size_t)(line.end - text.at));
		if (!text.end || !declaration_read(text, wanted, field))
			continue;
		line.at = text.end;
		field->offset = number_get(line, "offset:");
		field->bytes = number_get(line, "size:");
		field->is_signed = number_get(line, "signed:");
		return true;
	}
	return false;
}

/* The event's own fields come before those that every event has. */
static bool field_find(struct span fields, struct span name, struct linked_field *field)
{
	/* Without pointers, which would have to be relocated in every program. */
	static const struct {
		char name[21];
		uint8_t what, offset, bytes;
		bool is_signed;
	} common[] = {
		{"common_type", UTFS_FILTER_NUMBER, 0, 2, false},
		{"common_flags", UTFS_FILTER_NUMBER, 2, 1, false},
		{"common_preempt_count", UTFS_FILTER_NUMBER, 3, 1, false},
		{"common_pid", UTFS_FILTER_NUMBER, 4, 4, true},
		{"CPU", UTFS_FILTER_CPU, 0, 4, true},
		{"cpu", UTFS_FILTER_CPU, 0, 4, true},
		{"common_cpu", UTFS_FILTER_CPU, 0, 4, true},
		{"COMM", UTFS_FILTER_COMM, 0, 8, false},
		{"comm", UTFS_FILTER_COMM, 0, 8, false},
		{"common_comm", UTFS_FILTER_COMM, 0, 8, false},
	};

	if (own_find(fields, name, field))
		return true;
	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++) {
		if (equals(name, common[i].name)) {
			*field = (struct linked_field){common[i].what, common[i].offset,
						       common[i].bytes, common[i].is_signed};
			return true;
		}
	}
	return false;
}

static bool is_string(uint8_t what)
{
	return what == UTFS_FILTER_CHARS || what == UTFS_FILTER_DYNAMIC ||
	       what == UTFS_FILTER_RELATIVE || what == UTFS_FILTER_POINTER ||
	       what == UTFS_FILTER_COMM;
}

/* A number, of a magnitude and a sign, for a field. */
static const char *number_link(struct utfs_filter_op *op, const struct linked_field *field)
{
	const bool minus = op->flags & UTFS_FILTER_MINUS;
	double value;

	if (field->what == UTFS_FILTER_FLOAT) {
		if (op->compare == UTFS_COMPARE_AND)
			return "Illegal operation for field type";
		value = minus ? -(double)op->value : (double)op->value;
		memcpy(&op->value, &value, sizeof(value));
		return NULL;
	}
	if ((minus && !field->is_signed) ||
	    (field->is_signed && op->value > (uint64_t)INT64_MAX + minus))
		return "Illegal integer value";
	if (minus)
		op->value = -op->value;
	/* As in the kernel, whose CPU number has no bits. */
	if (field->what == UTFS_FILTER_CPU && op->compare == UTFS_COMPARE_AND)
		op->what = UTFS_FILTER_NEVER;
	return NULL;
}

/* A set of CPUs: of several, a number can be one, but not equal them; `value` is the one, if it is one. */
static const char *cpus_link(struct utfs_filter_op *op, const struct linked_field *field)
{
	if (field->what != UTFS_FILTER_NUMBER && field->what != UTFS_FILTER_CPU)
		return "Illegal operation for field type";
	op->flags &= (uint8_t)~UTFS_FILTER_SIGNED;
	if (op->value != UINT64_MAX) {
		if (op->compare == UTFS_COMPARE_AND)
			op->compare = UTFS_COMPARE_EQ;
	} else if (op->compare == UTFS_COMPARE_AND) {
		op->compare = UTFS_COMPARE_CPUS;
	} else {
		op->what = UTFS_FILTER_NEVER;
		if (op->compare == UTFS_COMPARE_NE)
			op->flags |= UTFS_FILTER_NOT;
	}
	return NULL;
}

static const char *op_link(struct utfs_filter_op *op, struct span fields, struct span name)
{
	const uint8_t named = op->what;
	struct linked_field field;

	if (!field_find(fields, name, &field))
		return "Field not found";
	if (named == UTFS_FILTER_NAMED_STRING && !is_string(field.what))
		return "Expecting numeric field";
	if (named != UTFS_FILTER_NAMED_STRING && named != UTFS_FILTER_NAMED_CPUS &&
	    is_string(field.what))
		return "Expecting string field";
	if (named == UTFS_FILTER_NAMED_FLOAT && field.what != UTFS_FILTER_FLOAT)
		return "Illegal integer value";
	op->what = field.what;
	op->offset = (uint16_t)field.offset;
	op->bytes = (uint16_t)field.bytes;
	if (field.is_signed)
		op->flags |= UTFS_FILTER_SIGNED;
	if (field.what == UTFS_FILTER_NUMBER && field.bytes != 1 && field.bytes != 2 &&
	    field.bytes != 4 && field.bytes != 8)
		op->what = UTFS_FILTER_NEVER;
	if (named == UTFS_FILTER_NAMED_NUMBER)
		return number_link(op, &field);
	return named == UTFS_FILTER_NAMED_CPUS ? cpus_link(op, &field) : NULL;
}

const char *utfs_filter_link(struct utfs_filter_program *program, const char *fields,
			     size_t fields_bytes)
{
	const uint32_t bytes = program->object.bytes;
	const struct span lines = {fields, fields + fields_bytes};
	const char *why = NULL;

	if (program->nr_ops > (bytes - sizeof(*program)) / sizeof(program->ops[0]))
		return "Error";
	for (uint32_t i = 0; !why && i < program->nr_ops; i++) {
		struct utfs_filter_op *op = &program->ops[i];
		const char *name = (const char *)program + op->name;

		if (op->bytes > bytes || op->name > bytes - op->bytes)
			return "Error";
		why = op_link(op, lines, (struct span){name, name + op->bytes});
	}
	return why;
}
