/* SPDX-License-Identifier: MIT */
/* From what UTFS_EVENT() makes of a declaration to the text of a `format` file: field lines and print format. */
#include <string.h>

#include "app/app.h"

static const char *behind(const char *string)
{
	return string + strlen(string) + 1;
}

void utfs_app_declared_get(const struct utfs_event_info *info, struct utfs_app_declared *declared)
{
	declared->info = info;
	declared->values = (const int64_t *)(const void *)(info + 1);
	declared->fields = (const struct utfs_event_field *)(const void *)(declared->values +
									   info->nr_symbols + 1);
	declared->print = (const char *)(declared->fields + info->nr_fields);
	declared->system = behind(declared->print);
	declared->name = behind(declared->system);
}

/* One field after the other, with its texts: the first one's lie behind the event's name. */
struct walk {
	const struct utfs_app_declared *declared;
	uint32_t next;
	const char *name;
	const char *type;
	const struct utfs_event_field *field;
};

static bool walk_on(struct walk *walk)
{
	do {
		if (walk->next == walk->declared->info->nr_fields)
			return false;
		walk->field = &walk->declared->fields[walk->next++];
		walk->type = behind(walk->name);
		walk->name = behind(walk->type);
	} while (walk->field->shape == UTFS_P_NONE);
	return true;
}

static bool is_dynamic(const struct utfs_event_field *field)
{
	return field->shape >= UTFS_P_STRING;
}

static unsigned int value_kind(const struct utfs_event_field *field)
{
	return field->value & ~(unsigned int)UTFS_P_SIGNED;
}

/* Text is unsigned in the kernel's formats, whatever the compiler thinks of char. */
static bool is_text(const struct utfs_event_field *field)
{
	return field->shape != UTFS_P_SCALAR && value_kind(field) == UTFS_P_CHARACTER;
}

static void describe_field(struct utfs_text *text, const struct walk *at)
{
	const struct utfs_event_field *field = at->field;
	bool is_array = field->shape == UTFS_P_ARRAY || field->shape == UTFS_P_CHARS;

	utfs_text_field(
		text,
		&(struct utfs_text_field){
			.prefix = is_dynamic(field) ? "__data_loc " : "",
			.type = at->type,
			.name = at->name,
			.is_dynamic = is_dynamic(field),
			.is_signed = !is_text(field) && field->value & UTFS_P_SIGNED,
			.count = is_array ? field->count : 0,
			.offset = field->offset,
			.bytes = is_dynamic(field) ? 4 : (uint32_t)field->bytes * field->count,
		});
}

static const char *conversion(const struct utfs_event_field *field)
{
	static const char integers[2][2][5] = {{"%u", "%d"}, {"%llu", "%lld"}};
	static const char others[][3] = {[UTFS_P_CHARACTER] = "%c",
					 [UTFS_P_BOOL] = "%d",
					 [UTFS_P_FLOAT] = "%f",
					 [UTFS_P_POINTER] = "%p"};
	unsigned int kind = value_kind(field);

	if (field->shape != UTFS_P_SCALAR)
		return "%s";
	if (kind > UTFS_P_INTEGER && kind <= UTFS_P_POINTER)
		return others[kind];
	return integers[field->bytes > 4][(field->value & UTFS_P_SIGNED) != 0];
}

static void argument(struct utfs_text *text, const struct walk *at)
{
	const struct utfs_event_field *field = at->field;

	if (field->shape == UTFS_P_DYNAMIC) {
		utfs_text_dynamic_array(text, at->name, field->bytes);
	} else if (is_dynamic(field)) {
		utfs_text_string(text, "__get_str(");
		utfs_text_string(text, at->name);
		utfs_text_string(text, ")");
	} else if (field->shape == UTFS_P_ARRAY && !is_text(field)) {
		utfs_text_string(text, "__print_array(REC->");
		utfs_text_string(text, at->name);
		utfs_text_string(text, ", ");
		utfs_text_number(text, field->count);
		utfs_text_string(text, ", ");
		utfs_text_number(text, field->bytes);
		utfs_text_string(text, ")");
	} else {
		utfs_text_string(text, "REC->");
		utfs_text_string(text, at->name);
	}
}

/* "name=%d other=%s", REC->name, __get_str(other) */
static void print_default(struct utfs_text *text, const struct utfs_app_declared *declared)
{
	const char *gap = "";

	for (int part = 0; part < 2; part++) {
		struct walk at = {.declared = declared, .name = declared->name};

		utfs_text_string(text, "\"");
		while (walk_on(&at)) {
			utfs_text_string(text, gap);
			if (part) {
				argument(text, &at);
				continue;
			}
			utfs_text_string(text, at.name);
			utfs_text_string(text, "=");
			utfs_text_string(text, conversion(at.field));
			gap = " ";
		}
		gap = ", ";
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

/* The longest symbol that stands here as a whole. Return: its value; NULL there is none. */
static const int64_t *symbol_at(const struct utfs_app_declared *declared, const char *symbol,
				const char *at, size_t *bytes)
{
	const int64_t *found = NULL;

	*bytes = 0;
	for (uint32_t i = 0; i < declared->info->nr_symbols; i++) {
		size_t n = strlen(symbol);

		if (n > *bytes && !strncmp(at, symbol, n) &&
		    !(is_word(symbol[n - 1]) && is_word(at[n]))) {
			found = &declared->values[i];
			*bytes = n;
		}
		symbol += n + 1;
	}
	return found;
}

static const char *copy_word(struct utfs_text *text, const struct utfs_app_declared *declared,
			     const char *symbols, const char *at, bool is_member)
{
	size_t bytes;
	const int64_t *value = is_member ? NULL : symbol_at(declared, symbols, at, &bytes);

	if (value) {
		utfs_text_number(text, *value);
		return at + bytes;
	}
	for (bytes = 0; is_word(at[bytes]);)
		bytes++;
	utfs_text_bytes(text, at, bytes);
	return at + bytes;
}

/* The text of UTFS_PRINT(), with literals joined and symbols replaced by their values. */
static void print_given(struct utfs_text *text, const struct utfs_app_declared *declared,
			const char *symbols)
{
	const char *start = declared->print, *at = start;

	while (*at) {
		if (*at == '"') {
			at = copy_literal(text, at);
		} else if (is_word(*at)) {
			bool is_member = at - start >= 2 && at[-1] == '>' && at[-2] == '-';

			at = copy_word(text, declared, symbols, at, is_member);
		} else {
			/* A format is one line. */
			utfs_text_bytes(text, *at == '\n' ? " " : at, 1);
			at++;
		}
	}
}

int utfs_app_describe(const struct utfs_app_declared *declared, struct utfs_text *fields,
		      struct utfs_text *print)
{
	struct walk at = {.declared = declared, .name = declared->name};

	while (walk_on(&at)) {
		/* These would end the line or the word early. */
		if (strpbrk(at.type, ";\n\t") || strpbrk(at.name, "; \n\t"))
			return -EINVAL;
		describe_field(fields, &at);
	}
	if (*declared->print)
		print_given(print, declared, behind(at.name));
	else
		print_default(print, declared);
	return fields->overflow || print->overflow ? -E2BIG : 0;
}
