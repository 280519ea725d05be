/* SPDX-License-Identifier: MIT */
/* From a print format to a plan: the conversions of the format string, each with its arguments. */
#include <stdlib.h>

#include "trace/print-internal.h"

static const struct utfs_value_type int_type = {
	.kind = UTFS_VALUE_INT, .size_bytes = 4, .is_signed = true};
static const struct utfs_value_type s64_type = {
	.kind = UTFS_VALUE_INT, .size_bytes = 8, .is_signed = true};
static const struct utfs_value_type bytes_type = {.kind = UTFS_VALUE_BYTES, .element_bytes = 1};
static const struct utfs_value_type float_type = {.kind = UTFS_VALUE_FLOAT, .size_bytes = 8};

/* The format string, unescaped, lies in the pool, which moves as it grows. */
struct format_string {
	uint32_t offset;
	size_t len_bytes, pos;
};

static char format_at(const struct utfs_parser *parser, const struct format_string *string)
{
	return string->pos < string->len_bytes ? parser->plan->pool[string->offset + string->pos]
					       : '\0';
}

static bool format_accept(const struct utfs_parser *parser, struct format_string *string, char c)
{
	if (c == '\0' || format_at(parser, string) != c)
		return false;
	string->pos++;
	return true;
}

static int parse_flags(const struct utfs_parser *parser, struct format_string *string)
{
	static const char letters[] = "-0+ #";
	static const uint8_t flags[] = {UTFS_SPEC_LEFT, UTFS_SPEC_ZERO, UTFS_SPEC_PLUS,
					UTFS_SPEC_SPACE, UTFS_SPEC_PREFIX};
	uint8_t result = 0;

	for (;;) {
		char c = format_at(parser, string);
		const char *found = c ? strchr(letters, c) : NULL;

		if (!found)
			return result;
		result |= flags[found - letters];
		string->pos++;
	}
}

/* Digits; none is 0. Too large is the largest. */
static int16_t parse_width(const struct utfs_parser *parser, struct format_string *string)
{
	int width = 0;

	for (char c = format_at(parser, string); c >= '0' && c <= '9';
	     c = format_at(parser, string)) {
		width = width * 10 + (c - '0');
		if (width > UTFS_PLAN_WIDTH)
			width = UTFS_PLAN_WIDTH;
		string->pos++;
	}
	return (int16_t)width;
}

static uint8_t parse_length(const struct utfs_parser *parser, struct format_string *string)
{
	static const char longs[] = "lLqzZjt";
	uint8_t size_bytes = 4;

	if (format_accept(parser, string, 'h'))
		return format_accept(parser, string, 'h') ? 1 : 2;
	for (char c = format_at(parser, string); c && strchr(longs, c);
	     c = format_at(parser, string)) {
		size_bytes = 8;
		string->pos++;
	}
	return size_bytes;
}

/* %p and the letters behind it: the kernel takes all of them as belonging to it. */
static void parse_pointer(const struct utfs_parser *parser, struct format_string *string,
			  struct utfs_step *step)
{
	char c = format_at(parser, string);

	step->conversion = c == 's' || c == 'S' ? UTFS_CONV_ADDRESS : UTFS_CONV_POINTER;
	step->spec.base = 16;
	while ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
		string->pos++;
		c = format_at(parser, string);
	}
}

static int parse_letter(struct utfs_parser *parser, struct format_string *string,
			struct utfs_step *step)
{
	char c = format_at(parser, string);

	string->pos++;
	step->spec.base = 10;
	switch (c) {
	case 'd':
	case 'i':
		step->spec.flags |= UTFS_SPEC_SIGNED;
		break;
	case 'u':
		break;
	case 'X':
		step->spec.flags |= UTFS_SPEC_UPPER;
		step->spec.base = 16;
		break;
	case 'x':
		step->spec.base = 16;
		break;
	case 'o':
		step->spec.base = 8;
		break;
	case 'c':
		step->conversion = UTFS_CONV_CHAR;
		break;
	case 's':
		step->conversion = UTFS_CONV_STRING;
		break;
	case 'p':
		parse_pointer(parser, string, step);
		break;
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
	case 'a':
	case 'A':
		step->conversion = UTFS_CONV_FLOAT;
		step->letter = c;
		break;
	default:
		return utfs_parser_fail(parser);
	}
	return 0;
}

/* What stands behind a '%'. */
static int parse_conversion(struct utfs_parser *parser, struct format_string *string,
			    struct utfs_step *step)
{
	step->spec.flags = (uint8_t)parse_flags(parser, string);
	step->spec.precision = -1;
	step->star_width = format_accept(parser, string, '*');
	if (!step->star_width)
		step->spec.width = parse_width(parser, string);
	if (format_accept(parser, string, '.')) {
		char c = format_at(parser, string);

		step->star_precision = format_accept(parser, string, '*');
		/* A point alone means nothing to the kernel. */
		if (c >= '0' && c <= '9')
			step->spec.precision = parse_width(parser, string);
	}
	step->conversion = UTFS_CONV_INT;
	step->conv_bytes = parse_length(parser, string);
	return parse_letter(parser, string, step);
}

static int parse_argument(struct utfs_parser *parser, const struct utfs_value_type *type,
			  struct utfs_expr *expr)
{
	int ret = utfs_parser_expect(parser, ",");

	if (!ret)
		ret = utfs_parse_expr(parser, expr);
	if (!ret && type)
		ret = utfs_emit_convert(parser, expr, type, 0);
	return ret;
}

/* The value of a conversion, as the conversion wants it. */
static int parse_value(struct utfs_parser *parser, struct utfs_step *step)
{
	struct utfs_expr expr;
	int ret = parse_argument(parser, NULL, &expr);

	if (ret)
		return ret;
	switch (step->conversion) {
	case UTFS_CONV_STRING:
		if (expr.type.kind == UTFS_VALUE_FLOAT)
			return utfs_parser_fail(parser);
		return utfs_emit_convert(parser, &expr, &bytes_type, 0);
	case UTFS_CONV_FLOAT:
		return utfs_emit_convert(parser, &expr, &float_type, 0);
	case UTFS_CONV_POINTER:
	case UTFS_CONV_ADDRESS:
		/* Bytes of the record have no address worth telling; conv_bytes says that there are some. */
		step->conv_bytes = expr.type.kind == UTFS_VALUE_BYTES ? 0 : 8;
		return expr.type.kind == UTFS_VALUE_FLOAT ? utfs_parser_fail(parser) : 0;
	default:
		return expr.type.kind == UTFS_VALUE_INT
			       ? 0
			       : utfs_emit_convert(parser, &expr, &s64_type, 0);
	}
}

static bool is_plain(const struct utfs_step *step)
{
	return step->spec.width == 0 && step->spec.precision == -1 && !step->star_width &&
	       !step->star_precision &&
	       !(step->spec.flags & ~(UTFS_SPEC_SIGNED | UTFS_SPEC_LEFT | UTFS_SPEC_ZERO));
}

static uint8_t log2_bytes(unsigned int size_bytes)
{
	return (uint8_t)(size_bytes == 8 ? 3 : size_bytes >> 1);
}

/* An integer of the record as it is: loads just the bytes that the conversion shows. */
static void choose_integer(struct utfs_step *step, const struct utfs_insn *load)
{
	bool is_signed = step->spec.flags & UTFS_SPEC_SIGNED;
	unsigned int size_bytes = load->size_bytes;

	if (step->star_width || step->star_precision)
		return;
	if (size_bytes >= step->conv_bytes) {
		size_bytes = step->conv_bytes;
	} else {
		if (load->is_signed && !is_signed && step->conv_bytes != 8)
			return; /* extended, then cut */
		is_signed = load->is_signed;
	}
	step->load = UTFS_LOAD(log2_bytes(size_bytes), is_signed);
	step->offset = load->a;
	step->kind = UTFS_STEP_NUMBER;
	if (is_plain(step) && step->spec.base == 10)
		step->kind = UTFS_STEP_DEC;
	else if (is_plain(step) && step->spec.base == 16 && !(step->spec.flags & UTFS_SPEC_UPPER))
		step->kind = UTFS_STEP_HEX;
}

static void choose_string(struct utfs_step *step, const struct utfs_insn *code, size_t nr)
{
	if (!is_plain(step))
		return;
	if (nr == 1 && code->op == UTFS_INSN_FIELD) {
		step->kind = UTFS_STEP_STRING;
		step->offset = code->a;
		step->a = (uint32_t)code->imm;
	} else if (nr == 1 && code->op == UTFS_INSN_DYNAMIC) {
		step->kind = UTFS_STEP_DYNAMIC;
		step->offset = code->a;
		step->b = code->size_bytes;
	} else if (nr == 2 && code[0].op == UTFS_INSN_LOAD &&
		   (code[1].op == UTFS_INSN_SYMBOLIC || code[1].op == UTFS_INSN_FLAGS)) {
		step->kind =
			code[1].op == UTFS_INSN_SYMBOLIC ? UTFS_STEP_SYMBOLIC : UTFS_STEP_FLAGS;
		step->offset = code->a;
		step->load = UTFS_LOAD(log2_bytes(code->size_bytes), code->is_signed);
		step->a = code[1].a;
	}
}

/* The cheapest step that does what the code from `first` on does. */
static void choose_step(struct utfs_parser *parser, struct utfs_step *step, size_t first)
{
	struct utfs_print_plan *plan = parser->plan;
	const struct utfs_insn *code = plan->code + first;
	size_t nr = plan->nr_code - first;

	step->kind = UTFS_STEP_EXPR;
	if (nr == 1 && code->op == UTFS_INSN_LOAD && step->conversion == UTFS_CONV_INT)
		choose_integer(step, code);
	else if (step->conversion == UTFS_CONV_STRING)
		choose_string(step, code, nr);
	if (step->kind == UTFS_STEP_EXPR) {
		step->a = (uint32_t)first;
		step->b = (uint32_t)nr;
	} else {
		plan->nr_code = first;
	}
}

static int compile_conversion(struct utfs_parser *parser, struct format_string *string,
			      struct utfs_step *step)
{
	size_t first = parser->plan->nr_code;
	struct utfs_expr expr;
	int ret = parse_conversion(parser, string, step);

	parser->depth = 0;
	parser->last_label = first;
	if (!ret && step->star_width)
		ret = parse_argument(parser, &int_type, &expr);
	if (!ret && step->star_precision)
		ret = parse_argument(parser, &int_type, &expr);
	if (!ret)
		ret = parse_value(parser, step);
	if (ret)
		return ret;
	choose_step(parser, step, first);
	return utfs_plan_step_add(parser->plan, step);
}

/* Arguments that no conversion wants: understood, then dropped. */
static int skip_arguments(struct utfs_parser *parser)
{
	size_t first = parser->plan->nr_code;
	struct utfs_expr expr;
	int ret = 0;

	while (!ret && utfs_parser_peek(parser) == ',') {
		parser->depth = 0;
		ret = parse_argument(parser, NULL, &expr);
		parser->plan->nr_code = first;
	}
	if (!ret && parser->pos != parser->len_bytes)
		ret = utfs_parser_fail(parser);
	return ret;
}

static int compile(struct utfs_parser *parser)
{
	struct utfs_print_plan *plan = parser->plan;
	struct utfs_step step = {0};
	struct format_string string = {0};
	int ret = utfs_parser_string(parser, &string.offset, &string.len_bytes);

	step.literal = (uint32_t)plan->pool_bytes;
	while (!ret && string.pos < string.len_bytes) {
		char c = format_at(parser, &string);
		uint32_t offset;

		string.pos++;
		if (c != '%' || format_accept(parser, &string, '%')) {
			ret = utfs_plan_pool_add(plan, &c, 1, &offset);
			continue;
		}
		step.literal_bytes = (uint32_t)plan->pool_bytes - step.literal;
		ret = compile_conversion(parser, &string, &step);
		step = (struct utfs_step){.literal = (uint32_t)plan->pool_bytes};
	}
	step.literal_bytes = (uint32_t)plan->pool_bytes - step.literal;
	if (!ret)
		ret = skip_arguments(parser);
	return ret ? ret : utfs_plan_finish(plan, &step);
}

int utfs_plan_compile(const struct utfs_event_format *format, const char *print_fmt,
		      size_t len_bytes, struct utfs_print_plan **plan, size_t *error_at)
{
	struct utfs_parser parser = {.format = format, .text = print_fmt, .len_bytes = len_bytes};
	int ret;

	*plan = NULL;
	if (len_bytes > UTFS_FIELDS_TEXT_MAX)
		return -E2BIG;
	parser.plan = calloc(1, sizeof(*parser.plan));
	if (!parser.plan)
		return -ENOMEM;
	ret = compile(&parser);
	if (ret) {
		utfs_plan_free(parser.plan);
		if (ret == -EINVAL && error_at)
			*error_at = parser.error_at;
		return ret;
	}
	*plan = parser.plan;
	return 0;
}

int utfs_plan_create(const struct utfs_event_format *format, const char *print_fmt,
		     size_t len_bytes, struct utfs_print_plan **plan)
{
	int ret = utfs_plan_compile(format, print_fmt, len_bytes, plan, NULL);

	return ret && ret != -ENOMEM ? utfs_plan_fields(format, plan) : ret;
}

bool utfs_plan_is_fields(const struct utfs_print_plan *plan)
{
	return plan->is_fields;
}

void utfs_plan_free(struct utfs_print_plan *plan)
{
	if (!plan)
		return;
	free(plan->steps);
	free(plan->code);
	free(plan->symbols);
	free(plan->tables);
	free(plan->pool);
	free(plan->fields);
	free(plan);
}
