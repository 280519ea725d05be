/* SPDX-License-Identifier: MIT */
/* C expressions, as they stand in print formats, by recursive descent straight into instructions. */
#include "trace/print-internal.h"

static const struct utfs_value_type int_type = {
	.kind = UTFS_VALUE_INT, .size_bytes = 4, .is_signed = true};
static const struct utfs_value_type size_type = {.kind = UTFS_VALUE_INT, .size_bytes = 8};
static const struct utfs_value_type text_type = {
	.kind = UTFS_VALUE_BYTES, .element_bytes = 1, .element_signed = true};

static int parse_unary(struct utfs_parser *parser, struct utfs_expr *expr);

static bool is_word(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

/* "->name" behind REC. */
static int parse_field_name(struct utfs_parser *parser, const struct utfs_field **field)
{
	const char *name;
	size_t len;

	if (utfs_parser_expect(parser, "->"))
		return -EINVAL;
	len = utfs_parser_identifier(parser, &name);
	*field = len ? utfs_event_format_field(parser->format, name, len) : NULL;
	return *field ? 0 : utfs_parser_fail(parser);
}

/* The type of what a field's bytes are when they are indexed. */
static struct utfs_value_type bytes_type(const struct utfs_field *field)
{
	struct utfs_value_type type = {.kind = UTFS_VALUE_BYTES};

	if (field->element_bytes == 1 || field->element_bytes == 2 || field->element_bytes == 4 ||
	    field->element_bytes == 8)
		type.element_bytes = (uint8_t)field->element_bytes;
	type.element_signed = field->is_signed;
	type.element_float = field->is_float_element || field->kind == UTFS_FIELD_FLOAT;
	return type;
}

static int emit_bytes(struct utfs_parser *parser, const struct utfs_field *field,
		      struct utfs_expr *expr)
{
	struct utfs_insn insn = {
		.op = UTFS_INSN_FIELD, .a = field->offset, .imm = field->size_bytes};

	if (field->kind == UTFS_FIELD_DYNAMIC) {
		insn.op = UTFS_INSN_DYNAMIC;
		insn.size_bytes = field->is_relative;
	}
	expr->type = bytes_type(field);
	expr->is_const = false;
	return utfs_emit(parser, &insn, 0, 1);
}

static int parse_field(struct utfs_parser *parser, struct utfs_expr *expr)
{
	const struct utfs_field *field;
	struct utfs_insn insn = {.op = UTFS_INSN_LOAD};

	if (parse_field_name(parser, &field))
		return -EINVAL;
	if (field->kind != UTFS_FIELD_INTEGER && field->kind != UTFS_FIELD_FLOAT)
		return emit_bytes(parser, field, expr);
	insn.a = field->offset;
	insn.size_bytes = (uint8_t)field->size_bytes;
	insn.is_signed = field->is_signed && !field->is_pointer;
	expr->is_const = false;
	expr->type = (struct utfs_value_type){.kind = UTFS_VALUE_INT,
					      .size_bytes = insn.size_bytes,
					      .is_signed = insn.is_signed,
					      .is_pointer = field->is_pointer};
	if (field->kind == UTFS_FIELD_FLOAT) {
		insn.op = UTFS_INSN_LOAD_FLOAT;
		expr->type = (struct utfs_value_type){.kind = UTFS_VALUE_FLOAT, .size_bytes = 8};
	}
	return utfs_emit(parser, &insn, 0, 1);
}

/* "(REC)" is REC. Takes nothing if that is not what stands here. */
static bool accept_record(struct utfs_parser *parser)
{
	size_t pos = parser->pos, len;
	const char *name;
	bool parenthesis = utfs_parser_accept(parser, "(");

	len = utfs_parser_identifier(parser, &name);
	if (is_word(name, len, "REC") && (!parenthesis || utfs_parser_accept(parser, ")")))
		return true;
	parser->pos = pos;
	return false;
}

/* sizeof(type), sizeof(REC->field), sizeof(REC->array[0]) */
static int parse_sizeof(struct utfs_parser *parser, struct utfs_expr *expr)
{
	const struct utfs_field *field;
	struct utfs_value_type type;
	struct utfs_expr index;
	size_t start = parser->plan->nr_code, depth = parser->depth;
	uint64_t size;

	if (utfs_parser_expect(parser, "("))
		return -EINVAL;
	if (accept_record(parser)) {
		if (parse_field_name(parser, &field))
			return -EINVAL;
		size = field->size_bytes;
		if (utfs_parser_accept(parser, "[")) {
			int ret = utfs_parse_expr(parser, &index);

			if (ret || utfs_parser_expect(parser, "]"))
				return ret ? ret : -EINVAL;
			parser->plan->nr_code = start;
			parser->depth = (unsigned int)depth;
			size = field->element_bytes;
		}
	} else {
		if (!utfs_parser_type(parser, &type) || type.size_bytes == 0)
			return utfs_parser_fail(parser);
		size = type.size_bytes;
	}
	if (utfs_parser_expect(parser, ")"))
		return -EINVAL;
	return utfs_emit_const(parser, &size_type, size, expr);
}

static int parse_identifier(struct utfs_parser *parser, struct utfs_expr *expr)
{
	const char *name;
	size_t len = utfs_parser_identifier(parser, &name);

	if (is_word(name, len, "REC"))
		return parse_field(parser, expr);
	if (is_word(name, len, "sizeof"))
		return parse_sizeof(parser, expr);
	if (is_word(name, len, "true") || is_word(name, len, "false"))
		return utfs_emit_const(parser, &int_type, name[0] == 't', expr);
	if (is_word(name, len, "NULL"))
		return utfs_emit_const(parser, &size_type, 0, expr);
	return utfs_parse_call(parser, name, len, expr);
}

static int parse_text(struct utfs_parser *parser, struct utfs_expr *expr)
{
	struct utfs_insn insn = {.op = UTFS_INSN_TEXT};
	size_t len;
	int ret = utfs_parser_string(parser, &insn.a, &len);

	if (ret)
		return ret;
	insn.imm = len;
	expr->type = text_type;
	expr->is_const = false;
	return utfs_emit(parser, &insn, 0, 1);
}

static int parse_primary(struct utfs_parser *parser, struct utfs_expr *expr)
{
	struct utfs_value_type type;
	uint64_t value;
	char c = utfs_parser_peek(parser);
	int ret;

	if (c == '"')
		return parse_text(parser, expr);
	if (c == '\'' || c == '.' || (c >= '0' && c <= '9')) {
		ret = utfs_parser_number(parser, &type, &value);
		return ret ? ret : utfs_emit_const(parser, &type, value, expr);
	}
	if (c == '(') {
		if (accept_record(parser))
			return parse_field(parser, expr);
		utfs_parser_accept(parser, "(");
		ret = utfs_parse_expr(parser, expr);
		return ret ? ret : utfs_parser_expect(parser, ")");
	}
	return parse_identifier(parser, expr);
}

/* An element, when bytes and index are on the stack. */
static int emit_index(struct utfs_parser *parser, struct utfs_expr *expr,
		      const struct utfs_expr *index)
{
	struct utfs_print_plan *plan = parser->plan;
	struct utfs_insn insn = {.op = UTFS_INSN_INDEX,
				 .size_bytes = expr->type.element_bytes,
				 .is_signed = expr->type.element_signed,
				 .a = expr->type.element_float};
	struct utfs_insn *base;

	if (expr->type.kind != UTFS_VALUE_BYTES || insn.size_bytes == 0 ||
	    index->type.kind != UTFS_VALUE_INT || (insn.a && insn.size_bytes < 4))
		return utfs_parser_fail(parser);
	expr->type = (struct utfs_value_type){.kind = insn.a ? UTFS_VALUE_FLOAT : UTFS_VALUE_INT,
					      .size_bytes = insn.a ? 8 : insn.size_bytes,
					      .is_signed = insn.is_signed};
	/* A fixed element of a fixed array is a field of its own. */
	base = plan->nr_code >= parser->last_label + 2 ? &plan->code[plan->nr_code - 2] : NULL;
	if (index->is_const && base && base->op == UTFS_INSN_FIELD && !insn.a &&
	    plan->code[plan->nr_code - 1].imm < base->imm / insn.size_bytes) {
		*base = (struct utfs_insn){.op = UTFS_INSN_LOAD,
					   .size_bytes = insn.size_bytes,
					   .is_signed = insn.is_signed,
					   .a = base->a +
						(uint32_t)plan->code[plan->nr_code - 1].imm *
							insn.size_bytes};
		plan->nr_code--;
		parser->depth--;
		return 0;
	}
	return utfs_emit(parser, &insn, 2, 1);
}

static int parse_postfix(struct utfs_parser *parser, struct utfs_expr *expr)
{
	int ret = parse_primary(parser, expr);

	while (!ret && utfs_parser_accept(parser, "[")) {
		struct utfs_expr index;

		ret = utfs_parse_expr(parser, &index);
		if (!ret)
			ret = utfs_parser_expect(parser, "]");
		if (!ret)
			ret = emit_index(parser, expr, &index);
	}
	return ret;
}

/* "&REC->field", "&REC->array[i]" */
static int parse_address(struct utfs_parser *parser, struct utfs_expr *expr)
{
	const struct utfs_field *field;
	struct utfs_expr index;
	int ret;

	if (!accept_record(parser) || parse_field_name(parser, &field))
		return utfs_parser_fail(parser);
	ret = emit_bytes(parser, field, expr);
	if (ret || !utfs_parser_accept(parser, "["))
		return ret;
	ret = utfs_parse_expr(parser, &index);
	if (!ret)
		ret = utfs_parser_expect(parser, "]");
	if (!ret && index.type.kind != UTFS_VALUE_INT)
		ret = utfs_parser_fail(parser);
	return ret ? ret : utfs_emit_binary(parser, UTFS_INSN_ADD, expr, &index);
}

static int parse_dereference(struct utfs_parser *parser, struct utfs_expr *expr)
{
	struct utfs_expr zero;
	int ret = parse_unary(parser, expr);

	if (!ret)
		ret = utfs_emit_const(parser, &int_type, 0, &zero);
	return ret ? ret : emit_index(parser, expr, &zero);
}

static int emit_cast(struct utfs_parser *parser, const struct utfs_value_type *type,
		     struct utfs_expr *expr)
{
	if (type->kind == UTFS_VALUE_BYTES)
		return utfs_parser_fail(parser);
	if (expr->type.kind == UTFS_VALUE_BYTES) {
		if (!type->is_pointer)
			return utfs_parser_fail(parser);
		expr->type.element_bytes = type->element_bytes;
		expr->type.element_signed = type->element_signed;
		expr->type.element_float = type->element_float;
		return 0;
	}
	return utfs_emit_convert(parser, expr, type, 0);
}

/* Can an operand start here? Tells a cast to a type nobody knows from a name in parentheses. */
static bool is_operand(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '(' || c == '"' || c == '\'' || c == '~';
}

/*
 * "(type)operand". A type that is not known leaves the value as it is. Takes nothing if it is no cast.
 * Return: 1 a cast was parsed; 0 none; -EINVAL, -ENOMEM.
 */
static int parse_cast(struct utfs_parser *parser, struct utfs_expr *expr)
{
	struct utfs_value_type type = {0};
	size_t pos = parser->pos;
	const char *name;
	bool known;
	int ret;

	if (!utfs_parser_accept(parser, "("))
		return 0;
	known = utfs_parser_type(parser, &type) == 1;
	if (!known) {
		if (utfs_parser_identifier(parser, &name) == 0)
			goto no_cast;
		while (utfs_parser_accept(parser, "*"))
			;
	}
	if (!utfs_parser_accept(parser, ")"))
		goto no_cast;
	if (!known && !is_operand(utfs_parser_peek(parser)))
		goto no_cast;
	ret = parse_unary(parser, expr);
	if (!ret && known)
		ret = emit_cast(parser, &type, expr);
	return ret ? ret : 1;
no_cast:
	parser->pos = pos;
	return 0;
}

static int parse_operator(struct utfs_parser *parser, struct utfs_expr *expr)
{
	static const struct {
		const char *token;
		enum utfs_insn_op op;
	} operators[] = {
		{"!", UTFS_INSN_NOT}, {"~", UTFS_INSN_COMPLEMENT}, {"-", UTFS_INSN_NEGATE}};
	int ret;

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (!utfs_parser_accept(parser, operators[i].token))
			continue;
		ret = parse_unary(parser, expr);
		return ret ? ret : utfs_emit_unary(parser, operators[i].op, expr);
	}
	if (utfs_parser_accept(parser, "+"))
		return parse_unary(parser, expr);
	if (utfs_parser_accept(parser, "&"))
		return parse_address(parser, expr);
	if (utfs_parser_accept(parser, "*"))
		return parse_dereference(parser, expr);
	ret = parse_cast(parser, expr);
	return ret == 0 ? parse_postfix(parser, expr) : ret < 0 ? ret : 0;
}

static int parse_unary(struct utfs_parser *parser, struct utfs_expr *expr)
{
	int ret;

	if (parser->nesting == UTFS_PLAN_NESTING)
		return utfs_parser_fail(parser);
	parser->nesting++;
	ret = parse_operator(parser, expr);
	parser->nesting--;
	return ret;
}

struct binary_operator {
	const char *token;
	unsigned int precedence;
	enum utfs_insn_op op;
};

/* Jumps stand for these two; the rest have instructions. */
#define OP_OR_ELSE  UTFS_INSN_JUMP
#define OP_AND_THEN UTFS_INSN_JUMP_FALSE

static const struct binary_operator binary_operators[] = {
	{"||", 1, OP_OR_ELSE},	  {"&&", 2, OP_AND_THEN},   {"|", 3, UTFS_INSN_OR},
	{"^", 4, UTFS_INSN_XOR},  {"&", 5, UTFS_INSN_AND},  {"==", 6, UTFS_INSN_EQ},
	{"!=", 6, UTFS_INSN_NE},  {"<=", 7, UTFS_INSN_LE},  {">=", 7, UTFS_INSN_GE},
	{"<<", 8, UTFS_INSN_SHL}, {">>", 8, UTFS_INSN_SHR}, {"<", 7, UTFS_INSN_LT},
	{">", 7, UTFS_INSN_GT},	  {"+", 9, UTFS_INSN_ADD},  {"-", 9, UTFS_INSN_SUB},
	{"*", 10, UTFS_INSN_MUL}, {"/", 10, UTFS_INSN_DIV}, {"%", 10, UTFS_INSN_MOD},
};

static const struct binary_operator *accept_binary(struct utfs_parser *parser,
						   unsigned int precedence)
{
	for (size_t i = 0; i < sizeof(binary_operators) / sizeof(binary_operators[0]); i++)
		if (binary_operators[i].precedence >= precedence &&
		    utfs_parser_accept(parser, binary_operators[i].token))
			return &binary_operators[i];
	return NULL;
}

static int emit_bool(struct utfs_parser *parser, struct utfs_expr *expr)
{
	struct utfs_insn insn = {.op = UTFS_INSN_BOOL, .a = expr->type.kind};

	expr->type = int_type;
	expr->is_const = false;
	return utfs_emit(parser, &insn, 1, 1);
}

/* A jump whose target is set later by patch_jump(). */
static int emit_jump(struct utfs_parser *parser, enum utfs_insn_op op, size_t *at)
{
	struct utfs_insn insn = {.op = (uint8_t)op};

	*at = parser->plan->nr_code;
	return utfs_emit(parser, &insn, op == UTFS_INSN_JUMP_FALSE ? 1 : 0, 0);
}

static void patch_jump(struct utfs_parser *parser, size_t at)
{
	parser->plan->code[at].a = (uint32_t)parser->plan->nr_code;
	parser->last_label = parser->plan->nr_code;
}

static int parse_binary(struct utfs_parser *parser, struct utfs_expr *left,
			unsigned int precedence);

/* The left side is on the stack, the operator was taken: "a && b", "a || b". */
static int parse_logical(struct utfs_parser *parser, const struct binary_operator *found,
			 struct utfs_expr *left)
{
	bool is_and = found->op == OP_AND_THEN;
	struct utfs_expr right, constant;
	size_t skip, end;
	int ret = emit_bool(parser, left);

	if (!ret)
		ret = emit_jump(parser, UTFS_INSN_JUMP_FALSE, &skip);
	if (!ret)
		ret = is_and ? parse_binary(parser, &right, found->precedence + 1)
			     : utfs_emit_const(parser, &int_type, 1, &constant);
	if (!ret && is_and)
		ret = emit_bool(parser, &right);
	if (!ret)
		ret = emit_jump(parser, UTFS_INSN_JUMP, &end);
	if (ret)
		return ret;
	patch_jump(parser, skip);
	parser->depth--;
	ret = is_and ? utfs_emit_const(parser, &int_type, 0, &constant)
		     : parse_binary(parser, &right, found->precedence + 1);
	if (!ret && !is_and)
		ret = emit_bool(parser, &right);
	if (ret)
		return ret;
	patch_jump(parser, end);
	return 0;
}

static int parse_binary(struct utfs_parser *parser, struct utfs_expr *left, unsigned int precedence)
{
	const struct binary_operator *found;
	int ret = parse_unary(parser, left);

	while (!ret && (found = accept_binary(parser, precedence))) {
		struct utfs_expr right;

		if (found->precedence <= 2) {
			ret = parse_logical(parser, found, left);
			continue;
		}
		ret = parse_binary(parser, &right, found->precedence + 1);
		if (!ret)
			ret = utfs_emit_binary(parser, found->op, left, &right);
	}
	return ret;
}

/* What "c ? a : b" is. */
static int choice_type(const struct utfs_value_type *a, const struct utfs_value_type *b,
		       struct utfs_value_type *type)
{
	if (a->kind != UTFS_VALUE_BYTES && b->kind != UTFS_VALUE_BYTES)
		return utfs_common_type(a, b, type);
	*type = a->kind == UTFS_VALUE_BYTES ? *a : *b;
	if (a->kind == b->kind && a->element_bytes != b->element_bytes)
		type->element_bytes = 1;
	return 0;
}

/* Behind "condition ?". */
static int parse_choice(struct utfs_parser *parser, struct utfs_expr *expr)
{
	struct utfs_insn nop = {.op = UTFS_INSN_NOP};
	struct utfs_value_type type;
	struct utfs_expr a, b;
	size_t skip, end, hole = 0;
	int ret = emit_bool(parser, expr);

	if (!ret)
		ret = emit_jump(parser, UTFS_INSN_JUMP_FALSE, &skip);
	if (!ret)
		ret = utfs_parse_expr(parser, &a);
	if (!ret) {
		/* Its conversion goes here once the type of the other side is known. */
		hole = parser->plan->nr_code;
		ret = utfs_emit(parser, &nop, 0, 0);
	}
	if (!ret)
		ret = emit_jump(parser, UTFS_INSN_JUMP, &end);
	if (!ret)
		ret = utfs_parser_expect(parser, ":");
	if (ret)
		return ret;
	patch_jump(parser, skip);
	parser->depth--;
	ret = utfs_parse_expr(parser, &b);
	if (ret)
		return ret;
	if (choice_type(&a.type, &b.type, &type) ||
	    utfs_insn_convert(&a.type, &type, 0, &parser->plan->code[hole]))
		return utfs_parser_fail(parser);
	b.is_const = false;
	ret = utfs_emit_convert(parser, &b, &type, 0);
	patch_jump(parser, end);
	expr->type = type;
	expr->is_const = false;
	return ret;
}

int utfs_parse_expr(struct utfs_parser *parser, struct utfs_expr *expr)
{
	int ret;

	if (parser->nesting == UTFS_PLAN_NESTING)
		return utfs_parser_fail(parser);
	parser->nesting++;
	ret = parse_binary(parser, expr, 1);
	if (!ret && utfs_parser_accept(parser, "?"))
		ret = parse_choice(parser, expr);
	parser->nesting--;
	return ret;
}
