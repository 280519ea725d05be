/* SPDX-License-Identifier: MIT */
/* The functions of print formats. Each is a macro in the kernel; there is no way to call anything else. */
#include <stdlib.h>

#include "trace/print-internal.h"

static const struct utfs_value_type int_type = {
	.kind = UTFS_VALUE_INT, .size_bytes = 4, .is_signed = true};
static const struct utfs_value_type unsigned_type = {.kind = UTFS_VALUE_INT, .size_bytes = 4};
static const struct utfs_value_type u64_type = {.kind = UTFS_VALUE_INT, .size_bytes = 8};
static const struct utfs_value_type text_type = {
	.kind = UTFS_VALUE_BYTES, .element_bytes = 1, .element_signed = true};

struct call {
	const char *name;
	int (*parse)(struct utfs_parser *parser, const struct call *call, struct utfs_expr *expr);
	enum utfs_insn_op op;
	uint8_t size_bytes; /* of the instruction */
};

/* A field by its name alone. */
static int parse_name(struct utfs_parser *parser, const struct utfs_field **field)
{
	const char *name;
	size_t len = utfs_parser_identifier(parser, &name);

	*field = len ? utfs_event_format_field(parser->format, name, len) : NULL;
	return *field ? 0 : utfs_parser_fail(parser);
}

/* Pushes the bytes of a dynamic field, or of a fixed array, which can stand in its place. */
static int emit_field(struct utfs_parser *parser, const struct utfs_field *field,
		      struct utfs_expr *expr)
{
	struct utfs_insn insn = {
		.op = UTFS_INSN_DYNAMIC, .a = field->offset, .size_bytes = field->is_relative};

	if (field->kind == UTFS_FIELD_ARRAY) {
		insn.op = UTFS_INSN_FIELD;
		insn.imm = field->size_bytes;
	} else if (field->kind != UTFS_FIELD_DYNAMIC) {
		return utfs_parser_fail(parser);
	}
	expr->is_const = false;
	expr->type = text_type;
	if (!field->is_string && field->element_bytes <= 8 &&
	    (field->element_bytes & (field->element_bytes - 1)) == 0) {
		expr->type.element_bytes = (uint8_t)field->element_bytes;
		expr->type.element_signed = field->is_signed;
		expr->type.element_float = field->is_float_element;
	}
	return utfs_emit(parser, &insn, 0, 1);
}

/* __get_str(field), __get_dynamic_array(field) */
static int parse_get_bytes(struct utfs_parser *parser, const struct call *call,
			   struct utfs_expr *expr)
{
	const struct utfs_field *field;
	int ret = parse_name(parser, &field);

	return ret ? ret : emit_field(parser, field, expr);
}

/* __get_dynamic_array_len(field) */
static int parse_get_len(struct utfs_parser *parser, const struct call *call,
			 struct utfs_expr *expr)
{
	struct utfs_insn insn = {.op = UTFS_INSN_DYNAMIC_LEN};
	const struct utfs_field *field;
	int ret = parse_name(parser, &field);

	if (ret)
		return ret;
	if (field->kind == UTFS_FIELD_ARRAY)
		return utfs_emit_const(parser, &int_type, field->size_bytes, expr);
	if (field->kind != UTFS_FIELD_DYNAMIC)
		return utfs_parser_fail(parser);
	insn.a = field->offset;
	insn.size_bytes = field->is_relative;
	expr->type = int_type;
	expr->is_const = false;
	return utfs_emit(parser, &insn, 0, 1);
}

/* __get_bitmask(field) */
static int parse_bitmask(struct utfs_parser *parser, const struct call *call,
			 struct utfs_expr *expr)
{
	struct utfs_insn insn = {.op = UTFS_INSN_BITMASK};
	int ret = parse_get_bytes(parser, call, expr);

	expr->type = text_type;
	return ret ? ret : utfs_emit(parser, &insn, 1, 1);
}

static int parse_integer(struct utfs_parser *parser, const struct utfs_value_type *type,
			 struct utfs_expr *expr)
{
	int ret = utfs_parse_expr(parser, expr);

	if (!ret && expr->type.kind != UTFS_VALUE_INT)
		ret = utfs_parser_fail(parser);
	return ret ? ret : utfs_emit_convert(parser, expr, type, 0);
}

/* __print_hex(bytes, length), __print_array(bytes, count, element size) */
static int parse_bytes_sink(struct utfs_parser *parser, const struct call *call,
			    struct utfs_expr *expr)
{
	struct utfs_insn insn = {.op = (uint8_t)call->op, .size_bytes = call->size_bytes};
	bool has_element = call->op == UTFS_INSN_ARRAY;
	struct utfs_expr number;
	int ret = utfs_parse_expr(parser, expr);

	if (!ret && expr->type.kind != UTFS_VALUE_BYTES)
		ret = utfs_parser_fail(parser);
	if (!ret)
		ret = utfs_parser_expect(parser, ",");
	if (!ret)
		ret = parse_integer(parser, &int_type, &number);
	if (!ret && has_element)
		ret = utfs_parser_expect(parser, ",");
	if (!ret && has_element)
		ret = parse_integer(parser, &u64_type, &number);
	expr->type = text_type;
	return ret ? ret : utfs_emit(parser, &insn, has_element ? 3 : 2, 1);
}

/* The name of a symbol; one that is a null pointer ends the table there, as the kernel's walk over it does. */
static int parse_symbol_name(struct utfs_parser *parser, struct utfs_symbol *symbol, bool *ended)
{
	struct utfs_print_plan *plan = parser->plan;
	struct utfs_expr null;
	size_t len = 0;
	int ret;

	if (utfs_parser_peek(parser) == '"') {
		ret = utfs_parser_string(parser, &symbol->text, &len);
		symbol->text_bytes = (uint32_t)len;
		return ret;
	}
	ret = parse_integer(parser, &u64_type, &null);
	if (!ret && (!null.is_const || plan->code[plan->nr_code - 1].imm != 0))
		ret = utfs_parser_fail(parser);
	if (ret)
		return ret;
	plan->nr_code--;
	parser->depth--;
	*ended = true;
	return 0;
}

/* "{ value, "name" }" */
static int parse_symbol(struct utfs_parser *parser, bool *ended)
{
	struct utfs_print_plan *plan = parser->plan;
	struct utfs_symbol symbol;
	struct utfs_expr value;
	void *symbols;
	int ret = utfs_parser_expect(parser, "{");

	if (!ret && utfs_parser_accept(parser, "}")) {
		*ended = true;
		return 0;
	}
	if (!ret)
		ret = parse_integer(parser, &u64_type, &value);
	if (!ret && !value.is_const)
		ret = utfs_parser_fail(parser);
	if (ret)
		return ret;
	symbol.value = plan->code[--plan->nr_code].imm;
	parser->depth--;
	ret = utfs_parser_expect(parser, ",");
	if (!ret)
		ret = parse_symbol_name(parser, &symbol, ended);
	if (!ret)
		ret = utfs_parser_expect(parser, "}");
	if (ret || *ended)
		return ret;
	symbols = plan->symbols;
	ret = utfs_plan_grow(&symbols, &plan->cap_symbols, plan->nr_symbols + 1, sizeof(symbol));
	plan->symbols = symbols;
	if (!ret)
		plan->symbols[plan->nr_symbols++] = symbol;
	return ret;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct utfs_symbol *left = a, *right = b;

	if (left->value != right->value)
		return left->value < right->value ? -1 : 1;
	/* The pool grows with the text, so that the first one written comes first; an empty name takes no room in it. */
	if (left->text != right->text)
		return left->text < right->text ? -1 : 1;
	return (left->text_bytes > right->text_bytes) - (left->text_bytes < right->text_bytes);
}

/* For the binary search: sorted, and of several with one value only the first. */
static void sort_symbols(struct utfs_print_plan *plan, struct utfs_symbol_table *table)
{
	struct utfs_symbol *first;
	uint32_t kept = 0;

	/* Before there is one anywhere, there is no array either. */
	if (table->nr == 0)
		return;
	first = plan->symbols + table->first;
	qsort(first, table->nr, sizeof(*first), compare_symbols);
	for (uint32_t i = 1; i < table->nr; i++)
		if (first[i].value != first[kept].value)
			first[++kept] = first[i];
	table->nr = kept + 1;
	plan->nr_symbols = table->first + table->nr;
}

static void sum_up(const struct utfs_print_plan *plan, struct utfs_symbol_table *table,
		   bool is_flags)
{
	size_t all = UTFS_NUMBER_BYTES, longest = UTFS_NUMBER_BYTES;

	for (uint32_t i = 0; i < table->nr; i++) {
		size_t n = plan->symbols[table->first + i].text_bytes;

		all += n + table->delim_bytes;
		if (n > longest)
			longest = n;
	}
	table->max_bytes = (uint32_t)(is_flags ? all : longest);
}

/* __print_symbolic(value, { 1, "one" }, ...), __print_flags(value, "|", { 1, "A" }, ...) */
static int parse_symbols(struct utfs_parser *parser, const struct call *call,
			 struct utfs_expr *expr)
{
	struct utfs_print_plan *plan = parser->plan;
	struct utfs_insn insn = {.op = (uint8_t)call->op, .a = (uint32_t)plan->nr_tables};
	struct utfs_symbol_table table = {0};
	bool is_flags = call->op == UTFS_INSN_FLAGS, ended = false;
	size_t delim_bytes = 0;
	void *tables;
	int ret = parse_integer(parser, &u64_type, expr);

	if (!ret && is_flags) {
		ret = utfs_parser_expect(parser, ",");
		if (!ret)
			ret = utfs_parser_string(parser, &table.delim, &delim_bytes);
	}
	table.first = (uint32_t)plan->nr_symbols;
	table.delim_bytes = (uint32_t)delim_bytes;
	while (!ret && utfs_parser_accept(parser, ","))
		ret = parse_symbol(parser, &ended);
	if (ret)
		return ret;
	table.nr = (uint32_t)plan->nr_symbols - table.first;
	if (!is_flags)
		sort_symbols(plan, &table);
	sum_up(plan, &table, is_flags);
	tables = plan->tables;
	insn.a = (uint32_t)plan->nr_tables;
	ret = utfs_plan_grow(&tables, &plan->cap_tables, plan->nr_tables + 1, sizeof(table));
	plan->tables = tables;
	if (ret)
		return ret;
	plan->tables[plan->nr_tables++] = table;
	expr->type = text_type;
	expr->is_const = false;
	return utfs_emit(parser, &insn, 1, 1);
}

/* __print_ns_to_secs(ns), __print_ns_without_secs(ns) */
static int parse_ns(struct utfs_parser *parser, const struct call *call, struct utfs_expr *expr)
{
	struct utfs_expr second;
	int ret = parse_integer(parser, &u64_type, expr);

	if (!ret)
		ret = utfs_emit_const(parser, &u64_type, 1000000000, &second);
	if (!ret)
		ret = utfs_emit_binary(parser, call->op, expr, &second);
	if (!ret && call->op == UTFS_INSN_MOD)
		ret = utfs_emit_convert(parser, expr, &unsigned_type, 0);
	return ret;
}

/* __builtin_expect(value, likely) */
static int parse_expect(struct utfs_parser *parser, const struct call *call, struct utfs_expr *expr)
{
	struct utfs_expr likely;
	int ret = utfs_parse_expr(parser, expr);

	if (!ret)
		ret = utfs_parser_expect(parser, ",");
	if (!ret)
		ret = parse_integer(parser, &int_type, &likely);
	if (!ret && !likely.is_const)
		ret = utfs_parser_fail(parser);
	if (ret)
		return ret;
	parser->plan->nr_code--;
	parser->depth--;
	return 0;
}

/* What is relative and what is not is known from the field, so both kinds of names do. */
static const struct call calls[] = {
	{"__get_str", parse_get_bytes, UTFS_INSN_NOP, 0},
	{"__get_rel_str", parse_get_bytes, UTFS_INSN_NOP, 0},
	{"__get_dynamic_array", parse_get_bytes, UTFS_INSN_NOP, 0},
	{"__get_rel_dynamic_array", parse_get_bytes, UTFS_INSN_NOP, 0},
	{"__get_dynamic_array_len", parse_get_len, UTFS_INSN_NOP, 0},
	{"__get_rel_dynamic_array_len", parse_get_len, UTFS_INSN_NOP, 0},
	{"__get_bitmask", parse_bitmask, UTFS_INSN_NOP, 0},
	{"__get_rel_bitmask", parse_bitmask, UTFS_INSN_NOP, 0},
	{"__get_cpumask", parse_bitmask, UTFS_INSN_NOP, 0},
	{"__get_rel_cpumask", parse_bitmask, UTFS_INSN_NOP, 0},
	{"__print_symbolic", parse_symbols, UTFS_INSN_SYMBOLIC, 0},
	{"__print_symbolic_u64", parse_symbols, UTFS_INSN_SYMBOLIC, 0},
	{"__print_flags", parse_symbols, UTFS_INSN_FLAGS, 0},
	{"__print_flags_u64", parse_symbols, UTFS_INSN_FLAGS, 0},
	{"__print_hex", parse_bytes_sink, UTFS_INSN_HEX, 0},
	{"__print_hex_str", parse_bytes_sink, UTFS_INSN_HEX, 1},
	{"__print_array", parse_bytes_sink, UTFS_INSN_ARRAY, 0},
	{"__print_ns_to_secs", parse_ns, UTFS_INSN_DIV, 0},
	{"__print_ns_without_secs", parse_ns, UTFS_INSN_MOD, 0},
	{"__builtin_expect", parse_expect, UTFS_INSN_NOP, 0},
};

int utfs_parse_call(struct utfs_parser *parser, const char *name, size_t len_bytes,
		    struct utfs_expr *expr)
{
	for (size_t i = 0; len_bytes > 0 && i < sizeof(calls) / sizeof(calls[0]); i++) {
		int ret;

		if (strlen(calls[i].name) != len_bytes ||
		    memcmp(calls[i].name, name, len_bytes) != 0)
			continue;
		ret = utfs_parser_expect(parser, "(");
		if (!ret)
			ret = calls[i].parse(parser, &calls[i], expr);
		return ret ? ret : utfs_parser_expect(parser, ")");
	}
	return utfs_parser_fail(parser);
}
