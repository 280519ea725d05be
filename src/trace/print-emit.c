/* SPDX-License-Identifier: MIT */
/* Instructions of a plan, with C's conversions between the types of their operands. */
#include <stdlib.h>

#include "trace/print-internal.h"

static const struct utfs_value_type int_type = {
	.kind = UTFS_VALUE_INT, .size_bytes = 4, .is_signed = true};
static const struct utfs_value_type float_type = {.kind = UTFS_VALUE_FLOAT, .size_bytes = 8};

int utfs_plan_grow(void **array, size_t *cap, size_t need, size_t element_bytes)
{
	size_t bigger = *cap ? *cap : 8;
	void *moved;

	if (need <= *cap)
		return 0;
	while (bigger < need)
		bigger *= 2;
	moved = realloc(*array, bigger * element_bytes);
	if (!moved)
		return -ENOMEM;
	*array = moved;
	*cap = bigger;
	return 0;
}

int utfs_plan_pool_add(struct utfs_print_plan *plan, const char *text, size_t len_bytes,
		       uint32_t *offset)
{
	void *pool = plan->pool;
	int ret = utfs_plan_grow(&pool, &plan->cap_pool, plan->pool_bytes + len_bytes, 1);

	plan->pool = pool;
	if (ret)
		return ret;
	*offset = (uint32_t)plan->pool_bytes;
	if (len_bytes > 0)
		memcpy(plan->pool + plan->pool_bytes, text, len_bytes);
	plan->pool_bytes += len_bytes;
	return 0;
}

int utfs_plan_step_add(struct utfs_print_plan *plan, const struct utfs_step *step)
{
	void *steps = plan->steps;
	int ret = utfs_plan_grow(&steps, &plan->cap_steps, plan->nr_steps + 1, sizeof(*step));

	plan->steps = steps;
	if (!ret)
		plan->steps[plan->nr_steps++] = *step;
	return ret;
}

int utfs_plan_finish(struct utfs_print_plan *plan, struct utfs_step *last)
{
	static const char padding[UTFS_LITERAL_CHUNK];
	uint32_t offset;
	int ret;

	last->kind = UTFS_STEP_END;
	ret = utfs_plan_step_add(plan, last);
	if (!ret)
		ret = utfs_plan_pool_add(plan, padding, sizeof(padding), &offset);
	if (ret)
		return ret;
	plan->fixed_bytes = UTFS_LITERAL_CHUNK;
	for (size_t i = 0; i < plan->nr_steps; i++)
		plan->fixed_bytes += plan->steps[i].literal_bytes + UTFS_NUMBER_BYTES;
	return 0;
}

int utfs_emit(struct utfs_parser *parser, const struct utfs_insn *insn, unsigned int pops,
	      unsigned int pushes)
{
	struct utfs_print_plan *plan = parser->plan;
	void *code = plan->code;
	int ret;

	if (parser->depth < pops || parser->depth - pops + pushes > UTFS_PLAN_STACK)
		return utfs_parser_fail(parser);
	ret = utfs_plan_grow(&code, &plan->cap_code, plan->nr_code + 1, sizeof(*insn));
	plan->code = code;
	if (ret)
		return ret;
	plan->code[plan->nr_code++] = *insn;
	parser->depth = parser->depth - pops + pushes;
	return 0;
}

int utfs_emit_const(struct utfs_parser *parser, const struct utfs_value_type *type, uint64_t value,
		    struct utfs_expr *expr)
{
	struct utfs_insn insn = {.op = UTFS_INSN_IMM, .imm = value};

	expr->type = *type;
	expr->is_const = true;
	return utfs_emit(parser, &insn, 0, 1);
}

/* Replaces the code from `start` on, which computes one constant, by its value. */
static void fold(struct utfs_parser *parser, size_t start, struct utfs_expr *expr)
{
	struct utfs_print_plan *plan = parser->plan;
	struct utfs_slot stack[UTFS_PLAN_STACK];
	struct utfs_eval eval = {.plan = plan, .stack = stack};

	expr->is_const = false;
	/* A division by zero stays, to fault when it is printed. */
	if (expr->type.kind == UTFS_VALUE_BYTES || utfs_eval(&eval, start, plan->nr_code - start))
		return;
	plan->code[start] = (struct utfs_insn){.op = UTFS_INSN_IMM, .imm = stack[0].u};
	plan->nr_code = start + 1;
	expr->is_const = true;
}

static struct utfs_value_type promote(const struct utfs_value_type *type)
{
	struct utfs_value_type promoted = {.kind = UTFS_VALUE_INT,
					   .size_bytes = type->size_bytes,
					   .is_signed = type->is_signed};

	return type->size_bytes < 4 ? int_type : promoted;
}

int utfs_common_type(const struct utfs_value_type *left, const struct utfs_value_type *right,
		     struct utfs_value_type *common)
{
	struct utfs_value_type a, b;

	if (left->kind == UTFS_VALUE_BYTES || right->kind == UTFS_VALUE_BYTES)
		return -EINVAL;
	if (left->kind == UTFS_VALUE_FLOAT || right->kind == UTFS_VALUE_FLOAT) {
		*common = float_type;
		return 0;
	}
	a = promote(left);
	b = promote(right);
	if (a.size_bytes == b.size_bytes)
		a.is_signed = a.is_signed && b.is_signed;
	*common = a.size_bytes >= b.size_bytes ? a : b;
	return 0;
}

/* Is an integer of one type, extended to 64 bits, already what it is in the other? */
static bool same_extended(const struct utfs_value_type *from, const struct utfs_value_type *to)
{
	if (to->size_bytes == 8)
		return true;
	if (from->size_bytes == to->size_bytes)
		return from->is_signed == to->is_signed;
	return from->size_bytes < to->size_bytes && (!from->is_signed || to->is_signed);
}

int utfs_insn_convert(const struct utfs_value_type *from, const struct utfs_value_type *to,
		      unsigned int depth, struct utfs_insn *insn)
{
	*insn = (struct utfs_insn){.op = UTFS_INSN_NOP,
				   .depth = (uint8_t)depth,
				   .size_bytes = to->size_bytes,
				   .is_signed = to->is_signed};
	if (from->kind == UTFS_VALUE_INT && to->kind == UTFS_VALUE_INT) {
		if (!same_extended(from, to))
			insn->op = UTFS_INSN_CONVERT;
	} else if (from->kind == UTFS_VALUE_INT && to->kind == UTFS_VALUE_FLOAT) {
		insn->op = UTFS_INSN_TO_FLOAT;
		insn->is_signed = from->is_signed;
	} else if (from->kind == UTFS_VALUE_INT && to->kind == UTFS_VALUE_BYTES) {
		insn->op = UTFS_INSN_TO_BYTES;
	} else if (from->kind == UTFS_VALUE_FLOAT && to->kind == UTFS_VALUE_INT && depth == 0) {
		insn->op = UTFS_INSN_FROM_FLOAT;
	} else if (from->kind == UTFS_VALUE_FLOAT && to->kind == UTFS_VALUE_FLOAT) {
		if (to->size_bytes == 4)
			insn->op = UTFS_INSN_ROUND_FLOAT;
	} else if (from->kind != to->kind) {
		return -EINVAL;
	}
	return 0;
}

int utfs_emit_convert(struct utfs_parser *parser, struct utfs_expr *expr,
		      const struct utfs_value_type *to, unsigned int depth)
{
	size_t start = parser->plan->nr_code - 1;
	bool can_fold = expr->is_const && depth == 0;
	struct utfs_insn insn;
	int ret = 0;

	if (utfs_insn_convert(&expr->type, to, depth, &insn))
		return utfs_parser_fail(parser);
	if (insn.op != UTFS_INSN_NOP) {
		expr->is_const = false;
		ret = utfs_emit(parser, &insn, 0, 0);
	}
	if (expr->type.kind != UTFS_VALUE_BYTES || to->kind != UTFS_VALUE_BYTES)
		expr->type = *to;
	if (!ret && can_fold && insn.op != UTFS_INSN_NOP)
		fold(parser, start, expr);
	return ret;
}

static bool is_comparison(enum utfs_insn_op op)
{
	return op >= UTFS_INSN_EQ && op <= UTFS_INSN_GE;
}

/* The instruction for doubles, NOP if there is none. */
static enum utfs_insn_op float_op(enum utfs_insn_op op)
{
	if (op >= UTFS_INSN_ADD && op <= UTFS_INSN_DIV)
		return UTFS_INSN_FADD + (op - UTFS_INSN_ADD);
	if (is_comparison(op))
		return UTFS_INSN_FEQ + (op - UTFS_INSN_EQ);
	return UTFS_INSN_NOP;
}

static int emit_advance(struct utfs_parser *parser, struct utfs_expr *left)
{
	struct utfs_insn insn = {.op = UTFS_INSN_ADVANCE, .size_bytes = left->type.element_bytes};

	if (left->type.element_bytes == 0)
		return utfs_parser_fail(parser);
	return utfs_emit(parser, &insn, 2, 1);
}

/* Both sides to the type that the operator works on, and that type. */
static int convert_sides(struct utfs_parser *parser, enum utfs_insn_op op, struct utfs_expr *left,
			 struct utfs_expr *right, struct utfs_value_type *type)
{
	struct utfs_value_type count;
	int ret;

	if (op == UTFS_INSN_SHL || op == UTFS_INSN_SHR) {
		if (left->type.kind != UTFS_VALUE_INT || right->type.kind != UTFS_VALUE_INT)
			return utfs_parser_fail(parser);
		*type = promote(&left->type);
		count = promote(&right->type);
	} else {
		if (utfs_common_type(&left->type, &right->type, type))
			return utfs_parser_fail(parser);
		count = *type;
	}
	/* The right one first: it is on top, where a constant can still be folded. */
	ret = utfs_emit_convert(parser, right, &count, 0);
	return ret ? ret : utfs_emit_convert(parser, left, type, 1);
}

int utfs_emit_binary(struct utfs_parser *parser, enum utfs_insn_op op, struct utfs_expr *left,
		     struct utfs_expr *right)
{
	bool can_fold = left->is_const && right->is_const;
	size_t start = parser->plan->nr_code - (can_fold ? 2 : 0);
	struct utfs_value_type type;
	struct utfs_insn insn;
	int ret;

	if (left->type.kind == UTFS_VALUE_BYTES && right->type.kind == UTFS_VALUE_INT &&
	    op == UTFS_INSN_ADD)
		return emit_advance(parser, left);
	ret = convert_sides(parser, op, left, right, &type);
	if (ret)
		return ret;
	insn = (struct utfs_insn){
		.op = (uint8_t)op, .size_bytes = type.size_bytes, .is_signed = type.is_signed};
	if (type.kind == UTFS_VALUE_FLOAT)
		insn.op = (uint8_t)float_op(op);
	if (insn.op == UTFS_INSN_NOP)
		return utfs_parser_fail(parser);
	ret = utfs_emit(parser, &insn, 2, 1);
	if (ret)
		return ret;
	left->type = is_comparison(op) ? int_type : type;
	left->is_const = false;
	if (can_fold)
		fold(parser, start, left);
	return 0;
}

int utfs_emit_unary(struct utfs_parser *parser, enum utfs_insn_op op, struct utfs_expr *expr)
{
	struct utfs_insn insn = {.op = (uint8_t)op, .a = expr->type.kind};
	bool can_fold = expr->is_const;
	size_t start = parser->plan->nr_code - 1;
	struct utfs_value_type type = int_type;
	int ret = 0;

	if (op == UTFS_INSN_NEGATE && expr->type.kind == UTFS_VALUE_FLOAT) {
		insn.op = UTFS_INSN_NEGATE_FLOAT;
		type = expr->type;
	} else if (op == UTFS_INSN_NEGATE || op == UTFS_INSN_COMPLEMENT) {
		if (expr->type.kind != UTFS_VALUE_INT)
			return utfs_parser_fail(parser);
		type = promote(&expr->type);
		ret = utfs_emit_convert(parser, expr, &type, 0);
	}
	insn.size_bytes = type.size_bytes;
	insn.is_signed = type.is_signed;
	if (!ret)
		ret = utfs_emit(parser, &insn, 1, 1);
	if (ret)
		return ret;
	expr->type = type;
	expr->is_const = false;
	if (can_fold)
		fold(parser, start, expr);
	return 0;
}
