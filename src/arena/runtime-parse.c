/* SPDX-License-Identifier: MIT */
/*
 * The kernel's user_events syntax: "[system/]name[:flags] [field[; field]...]". What the kernel accepts is accepted and
 * laid out the same; where it would take nonsense (a name with a quote in it) this does not.
 */
#include "arena/runtime-parse.h"

#include <errno.h>
#include <string.h>

#define COMMON_BYTES	8    /* in front of every record */
#define ARRAY_BYTES_MAX 1024 /* the kernel's MAX_FIELD_ARRAY_SIZE */

struct parser {
	struct utfs_runtime_layout *layout;
	struct utfs_text *fields;
	const char *names[UTFS_RUNTIME_TEXT_BYTES / 4]; /* to find a name used twice */
	unsigned int nr_names;
};

/* One field, in pieces. */
struct field {
	char *type; /* without prefix and array */
	char *name;
	const char *prefix; /* "", "__data_loc ", "__rel_loc ", "struct " */
	uint32_t count;	    /* of an array, 0: none */
	uint32_t bytes;
	bool dynamic;
};

static bool is_name(const char *name)
{
	if (!*name || (*name >= '0' && *name <= '9'))
		return false;
	for (; *name; name++)
		if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
		      (*name >= '0' && *name <= '9') || *name == '_'))
			return false;
	return true;
}

static char *skip_spaces(char *at)
{
	while (*at == ' ' || *at == '\t' || *at == '\n')
		at++;
	return at;
}

/* Cuts the next word off. Return: it, or NULL at the end. */
static char *word_next(char **at)
{
	char *word = skip_spaces(*at);
	char *end = word + strcspn(word, " \t\n");

	if (word == end)
		return NULL;
	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static int number_parse(const char *digits, size_t n, uint32_t max, uint32_t *number)
{
	uint32_t value = 0;

	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return -EINVAL;
		value = value * 10 + (uint32_t)(digits[i] - '0');
		if (value > max)
			return -EINVAL;
	}
	*number = value;
	return value ? 0 : -EINVAL;
}

/* Cuts "[16]" off the end of a word. *count stays where there is none. Return: 0, -EINVAL. */
static int array_cut(char *word, uint32_t *count, bool *empty)
{
	char *open = strchr(word, '[');
	size_t n;
	int ret;

	if (!open)
		return 0;
	n = strlen(open);
	if (open[n - 1] != ']' || *count || *empty)
		return -EINVAL;
	*empty = n == 2;
	ret = *empty ? 0 : number_parse(open + 1, n - 2, ARRAY_BYTES_MAX, count);
	*open = '\0';
	return ret;
}

static uint32_t type_bytes(const char *type)
{
	static const struct {
		const char *name;
		uint32_t bytes;
	} types[] = {
		{"s64", 8},   {"u64", 8},
		{"s32", 4},   {"u32", 4},
		{"int", 4},   {"unsigned int", 4},
		{"s16", 2},   {"u16", 2},
		{"short", 2}, {"unsigned short", 2},
		{"s8", 1},    {"u8", 1},
		{"char", 1},  {"unsigned char", 1},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(type, types[i].name))
			return types[i].bytes;
	return 0;
}

static bool is_char(const char *type)
{
	return !strcmp(type, "char") || !strcmp(type, "unsigned char");
}

/* "unsigned" and the word behind it are one type: joins them with the blank that was cut. */
static char *type_next(char **at)
{
	char *word = word_next(at);
	char *second;

	if (!word || strcmp(word, "unsigned"))
		return word;
	second = word_next(at);
	if (!second)
		return word; /* no type: refused later */
	word[strlen(word)] = ' ';
	memmove(word + 9, second, strlen(second) + 1);
	return word;
}

static int struct_parse(char **at, struct field *field)
{
	char *bytes;

	field->prefix = "struct ";
	field->type = word_next(at);
	field->name = word_next(at);
	bytes = word_next(at);
	if (!bytes || !is_name(field->type))
		return -EINVAL;
	return number_parse(bytes, strlen(bytes), UTFS_RUNTIME_RECORD_MAX, &field->bytes);
}

/* "type name", "type[16] name", "type name[16]", "__data_loc type[] name" */
static int plain_parse(char **at, char *type, struct field *field)
{
	bool empty = false;
	int ret;

	field->prefix = "";
	if (!strcmp(type, "__data_loc") || !strcmp(type, "__rel_loc")) {
		field->prefix = type[2] == 'd' ? "__data_loc " : "__rel_loc ";
		field->dynamic = true;
		type = type_next(at);
	}
	field->type = type;
	field->name = word_next(at);
	if (!field->type || !field->name)
		return -EINVAL;
	ret = array_cut(field->type, &field->count, &empty);
	if (!ret)
		ret = array_cut(field->name, &field->count, &empty);
	field->bytes = type_bytes(field->type);
	if (ret || !field->bytes)
		return -EINVAL;
	if (field->dynamic) {
		field->bytes = 4;
		return empty && !field->count ? 0 : -EINVAL;
	}
	/* The kernel knows arrays of characters only. */
	if (empty || (field->count && !is_char(field->type)))
		return -EINVAL;
	if (field->count)
		field->bytes *= field->count;
	return 0;
}

static int location_add(struct utfs_runtime_layout *layout, const struct field *field)
{
	struct utfs_runtime_location *location = &layout->locations[layout->nr_locations];

	if (layout->nr_locations == UTFS_RUNTIME_LOCATIONS)
		return -E2BIG;
	location->offset = (uint16_t)layout->record_bytes;
	location->relative = field->prefix[2] == 'r';
	location->text = is_char(field->type);
	layout->nr_locations++;
	return 0;
}

static const char *conversion(const struct field *field)
{
	if (field->dynamic || field->count)
		return "%s";
	if (field->prefix[0])
		return "%llu"; /* a struct: the kernel prints the first 64 bits, too */
	if (field->bytes == 8)
		return field->type[0] == 'u' ? "%llu" : "%lld";
	return field->type[0] == 'u' && strcmp(field->type, "unsigned char") ? "%u" : "%d";
}

static void field_describe(struct utfs_text *text, const struct field *field, uint32_t offset)
{
	bool is_struct = field->prefix[0] == 's';

	utfs_text_field(text,
			&(struct utfs_text_field){
				.prefix = field->prefix,
				.type = field->type,
				.name = field->name,
				.is_dynamic = field->dynamic,
				/* As the kernel: everything that does not begin with a u. */
				.is_signed = is_struct || field->dynamic || field->type[0] != 'u',
				.count = field->count,
				.offset = offset,
				.bytes = field->bytes,
			});
}

/* Return: 0; what stands behind "print fmt: " goes to `print` in two parts, format and arguments. */
static void field_print(const struct parser *parser, struct utfs_text *format,
			struct utfs_text *arguments, const struct field *field)
{
	if (parser->nr_names > 1)
		utfs_text_string(format, " ");
	utfs_text_string(format, field->name);
	utfs_text_string(format, "=");
	utfs_text_string(format, conversion(field));
	utfs_text_string(arguments, ", ");
	if (field->dynamic && !is_char(field->type)) {
		utfs_text_dynamic_array(arguments, field->name, type_bytes(field->type));
		return;
	}
	utfs_text_string(arguments, !field->dynamic	      ? "REC->"
				    : field->prefix[2] == 'd' ? "__get_str("
							      : "__get_rel_str(");
	utfs_text_string(arguments, field->name);
	if (field->dynamic)
		utfs_text_string(arguments, ")");
}

static int name_add(struct parser *parser, const char *name)
{
	if (!is_name(name))
		return -EINVAL;
	for (unsigned int i = 0; i < parser->nr_names; i++)
		if (!strcmp(parser->names[i], name))
			return -EINVAL;
	if (parser->nr_names == sizeof(parser->names) / sizeof(parser->names[0]))
		return -E2BIG;
	parser->names[parser->nr_names++] = name;
	return 0;
}

static int field_parse(struct parser *parser, char *at, struct utfs_text *format,
		       struct utfs_text *arguments)
{
	struct utfs_runtime_layout *layout = parser->layout;
	struct field field = {0};
	char *word = type_next(&at);
	int ret;

	if (!word)
		return 0; /* nothing between two semicolons */
	if (!strcmp(word, "struct"))
		ret = struct_parse(&at, &field);
	else
		ret = plain_parse(&at, word, &field);
	if (!ret && word_next(&at))
		ret = -EINVAL;
	if (!ret)
		ret = name_add(parser, field.name);
	if (!ret && field.dynamic)
		ret = location_add(layout, &field);
	if (ret)
		return ret;
	field_describe(parser->fields, &field, layout->record_bytes);
	field_print(parser, format, arguments, &field);
	layout->record_bytes += field.bytes;
	return layout->record_bytes > UTFS_RUNTIME_RECORD_MAX ? -E2BIG : 0;
}

static int name_parse(char *name, struct utfs_runtime_layout *layout)
{
	char *slash = strchr(name, '/');
	char *flags = strchr(name, ':');

	layout->system = "user_events";
	layout->name = name;
	if (flags)
		*flags = '\0';
	if (slash && (!flags || slash < flags)) {
		*slash = '\0';
		layout->system = name;
		layout->name = slash + 1;
	}
	return is_name(layout->system) && is_name(layout->name) ? 0 : -EINVAL;
}

int utfs_runtime_parse(char *description, struct utfs_runtime_layout *layout,
		       struct utfs_text *fields, struct utfs_text *print)
{
	struct parser parser = {.layout = layout, .fields = fields};
	char buffer[2 * UTFS_RUNTIME_TEXT_BYTES];
	struct utfs_text arguments;
	char *at = description, *name;
	int ret;

	if (strnlen(description, UTFS_RUNTIME_TEXT_BYTES) == UTFS_RUNTIME_TEXT_BYTES)
		return -E2BIG;
	name = word_next(&at);
	memset(layout, 0, sizeof(*layout));
	layout->record_bytes = COMMON_BYTES;
	ret = name ? name_parse(name, layout) : -EINVAL;
	utfs_text_init(&arguments, buffer, sizeof(buffer));
	utfs_text_string(print, "\"");
	while (!ret && at) {
		char *field = at;

		at = strchr(at, ';');
		if (at)
			*at++ = '\0';
		ret = field_parse(&parser, field, print, &arguments);
	}
	utfs_text_string(print, "\"");
	utfs_text_string(print, buffer);
	if (!ret && (fields->overflow || print->overflow || arguments.overflow))
		ret = -E2BIG;
	return ret;
}
