/* SPDX-License-Identifier: MIT */
/* Fields of a histogram, with their modifiers, and expressions of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/filter-internal.h"
#include "trace/hist-internal.h"

#define SUBEXPRESSIONS_MAX 3

struct utfs_hist_node *utfs_hist_node_make(struct utfs_hist_compiler *compiler, size_t text_bytes)
{
	struct utfs_hist_node *node = calloc(1, sizeof(*node) + text_bytes);

	if (node) {
		node->next = compiler->nodes;
		compiler->nodes = node;
		node->name = "";
		node->type = "";
	}
	return node;
}

static int fail(struct utfs_hist_compiler *compiler, enum utfs_hist_error error, const char *piece,
		int ret)
{
	return utfs_hist_fail(compiler->failures, compiler->attributes, error, piece, ret);
}

/* "bucket=10", "buckets=0x10", whatever stands behind "bucket". Return: 0; -EINVAL, *modifier where it goes wrong. */
static int buckets_parse(const char **modifier, uint64_t *buckets)
{
	*modifier += strlen("bucket");
	*modifier += **modifier == 's';
	if (**modifier != '=')
		return -EINVAL;
	++*modifier;
	return utfs_hist_number(*modifier, buckets) || !*buckets ? -EINVAL : 0;
}

/* Return: 0 and the flag that a modifier sets; -EINVAL. */
static int modifier_parse(struct utfs_hist_compiler *compiler, const char *name,
			  const char *modifier, uint32_t *flags, uint64_t *buckets)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} words[] = {
		{"hex", UTFS_HIST_HEX},
		{"sym", UTFS_HIST_SYM},
		{"symXoffset", UTFS_HIST_SYM_OFFSET},
		{"execname", UTFS_HIST_EXECNAME},
		{"syscall", UTFS_HIST_SYSCALL},
		{"stacktrace", UTFS_HIST_STACKTRACE},
		{"log2", UTFS_HIST_LOG2},
		{"usecs", UTFS_HIST_USECS},
	};
	const bool shown_only = !(*flags & (UTFS_HIST_VAR | UTFS_HIST_KEY));
	uint32_t flag = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(modifier, words[i].word))
			flag = words[i].flag;
	if (flag == UTFS_HIST_EXECNAME && strcmp(name, "common_pid") != 0)
		flag = 0;
	if (!strncmp(modifier, "bucket", 6))
		flag = buckets_parse(&modifier, buckets) ? 0 : UTFS_HIST_BUCKET;
	else if (!strncmp(modifier, "percent", 7) && shown_only)
		flag = UTFS_HIST_PERCENT;
	else if (!strncmp(modifier, "graph", 5) && shown_only)
		flag = UTFS_HIST_GRAPH;
	*flags |= flag;
	return flag ? 0 : fail(compiler, UTFS_HIST_ERROR_MODIFIER, modifier, -EINVAL);
}

/* Names that mean something in every event. Return: its flag; 0: none. */
static uint32_t common_name(const char *name)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} names[] = {
		{"common_timestamp", UTFS_HIST_TIMESTAMP},
		{"common_stacktrace", UTFS_HIST_STACKTRACE},
		{"common_cpu", UTFS_HIST_CPU},
		{"hitcount", UTFS_HIST_HITCOUNT},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].flag;
	return 0;
}

/* Older names, for events that have no such field. Return: as common_name(). */
static uint32_t old_name(const char *name)
{
	if (!strcmp(name, "cpu") || !strcmp(name, "CPU"))
		return UTFS_HIST_CPU;
	if (!strcmp(name, "stacktrace") || !strcmp(name, "STACKTRACE"))
		return UTFS_HIST_STACKTRACE;
	return 0;
}

/* What a field of the event is. Return: 0; -ENOMEM, as the kernel answers to one that is no number it can load. */
static int field_describe(const struct utfs_field *field, struct utfs_hist_node *node)
{
	static const uint8_t sources[] = {
		[UTFS_FILTER_CHARS] = UTFS_HIST_FROM_CHARS,
		[UTFS_FILTER_DYNAMIC] = UTFS_HIST_FROM_DYNAMIC,
		[UTFS_FILTER_RELATIVE] = UTFS_HIST_FROM_RELATIVE,
	};
	const uint8_t what = utfs_filter_field_what(field);

	node->field = field;
	node->type = field->type;
	node->size = field->size_bytes;
	if (what < sizeof(sources) && sources[what]) {
		node->flags |= UTFS_HIST_STRING;
		node->source = sources[what];
		if (what != UTFS_FILTER_CHARS)
			node->size = UTFS_HIST_STRING_MAX;
		return 0;
	}
	node->source = UTFS_HIST_FROM_NUMBER;
	node->is_signed = field->is_signed;
	return node->size == 1 || node->size == 2 || node->size == 4 || node->size == 8 ? 0
											: -ENOMEM;
}

/* Those of synthetic events. */
static bool is_stack(const struct utfs_field *field)
{
	return field->kind == UTFS_FIELD_DYNAMIC && strstr(field->type, "long[");
}

/* The rest of what the flags say. The order is the kernel's. */
static int node_describe(const struct utfs_field *field, const char *name,
			 struct utfs_hist_node *node)
{
	int ret = 0;

	node->field = field;
	node->name = name;
	node->type = "u64";
	node->size = sizeof(uint64_t);
	if (field && is_stack(field) && !(node->flags & (UTFS_HIST_LOG2 | UTFS_HIST_BUCKET)))
		node->flags |= UTFS_HIST_STACKTRACE;
	if (node->flags & UTFS_HIST_HITCOUNT) {
		node->constant = 1;
	} else if (node->flags & UTFS_HIST_STACKTRACE) {
		node->name = field ? name : "common_stacktrace";
		node->type = "unsigned long[]";
		node->size = UTFS_HIST_STACK_BYTES;
		node->source = field ? UTFS_HIST_FROM_DYNAMIC : UTFS_HIST_FROM_STACK;
	} else if (node->flags & UTFS_HIST_TIMESTAMP) {
		node->source = UTFS_HIST_FROM_CLOCK;
	} else if (node->flags & UTFS_HIST_CPU) {
		node->type = "unsigned int";
		node->size = sizeof(uint32_t);
		node->source = UTFS_HIST_FROM_CPU;
	} else {
		ret = field_describe(field, node);
	}
	/* A value of a string is no string. */
	if (node->flags & (UTFS_HIST_LOG2 | UTFS_HIST_BUCKET) && node->flags & UTFS_HIST_STRING) {
		node->flags &= ~UTFS_HIST_STRING;
		node->source = UTFS_HIST_FROM_CONSTANT;
	}
	return ret;
}

/* "name" or "name.modifier". */
static int field_parse(struct utfs_hist_compiler *compiler, const char *text, uint32_t flags,
		       struct utfs_hist_node **made)
{
	struct utfs_hist_node *node = utfs_hist_node_make(compiler, strlen(text) + 1);
	const struct utfs_field *field = NULL;
	char *name, *modifier;
	uint32_t flag;
	int ret = 0;

	if (!node)
		return -ENOMEM;
	name = modifier = strcpy(node->text, text);
	strsep(&modifier, ".");
	if (modifier)
		ret = modifier_parse(compiler, name, modifier, &flags, &node->buckets);
	if (ret)
		return ret;
	flag = common_name(name);
	if (!flag) {
		field = utfs_event_format_field(compiler->format, name, strlen(name));
		if (!field || !field->size_bytes) {
			field = NULL;
			flag = old_name(name);
		}
		if (!field && !flag)
			return fail(compiler, UTFS_HIST_ERROR_FIELD, name, -EINVAL);
	}
	node->flags = flags | flag;
	if (flag == UTFS_HIST_TIMESTAMP) {
		compiler->timestamps = true;
		compiler->usecs = compiler->usecs || flags & UTFS_HIST_USECS;
	}
	if (modifier && !strcmp(modifier, "stacktrace") && field && !is_stack(field))
		return fail(compiler, UTFS_HIST_ERROR_MODIFIER, text, -EINVAL);
	*made = node;
	return node_describe(field, name, node);
}

static int constant_parse(struct utfs_hist_compiler *compiler, const char *text, uint32_t flags,
			  struct utfs_hist_node **made)
{
	struct utfs_hist_node *node = utfs_hist_node_make(compiler, 0);

	if (!node)
		return -ENOMEM;
	if (utfs_hist_number(text, &node->constant))
		return fail(compiler, UTFS_HIST_ERROR_NUMBER, text, -EINVAL);
	node->flags = flags | UTFS_HIST_CONST;
	node->size = sizeof(uint64_t);
	node->type = "u64";
	*made = node;
	return 0;
}

/* A variable of this trigger that is only another name for a field. Return: the field's text; NULL: none. */
static const char *local_field(const struct utfs_hist_compiler *compiler, const char *system,
			       const char *event, const char *name)
{
	const struct utfs_hist_attributes *attributes = compiler->attributes;
	const struct utfs_hist_scope *scope = attributes->scope;

	if (system && (!scope || strcmp(system, scope->system) || strcmp(event, scope->event)))
		return NULL;
	for (unsigned int i = 0; i < attributes->nr_vars; i++) {
		const char *expression = attributes->vars[i].expression;

		if (!strcmp(attributes->vars[i].name, name) && !strpbrk(expression, "-+*/") &&
		    !(expression[0] == '$' && expression[1]))
			return expression;
	}
	return NULL;
}

/* "[system.event.]name", cut into pieces. */
static int name_parse(struct utfs_hist_compiler *compiler, char *text, uint32_t flags,
		      struct utfs_hist_node **made)
{
	const char *system = NULL, *event = NULL, *name = text, *dot = strchr(text, '.'), *local;

	if (dot && strchr(dot + 1, '.')) {
		system = strsep(&text, ".");
		event = strsep(&text, ".");
		name = text;
	}
	if (name[0] != '$' || !name[1])
		return field_parse(compiler, name, flags, made);
	local = local_field(compiler, system, event, name + 1);
	if (local)
		return field_parse(compiler, local, flags, made);
	if (!utfs_hist_ref_parse(compiler, system, event, name + 1, flags, made))
		return 0;
	/* As in the kernel, it is then looked for among the fields. */
	return field_parse(compiler, name, flags, made);
}

int utfs_hist_atom(struct utfs_hist_compiler *compiler, const char *text, uint32_t flags,
		   struct utfs_hist_node **made)
{
	char *copy;
	int ret;

	if (utfs_filter_digit(*text))
		return constant_parse(compiler, text, flags, made);
	copy = strdup(text);
	ret = copy ? name_parse(compiler, copy, flags, made) : -ENOMEM;
	free(copy);
	return ret;
}

/* The operator at the root: the last of the weakest. A minus at the start stands before all of it. */
static enum utfs_hist_operator root_find(char *text, char **at)
{
	char *minus = strrchr(text, '-'), *plus = strrchr(text, '+');
	char *divide = strrchr(text, '/'), *multiply = strrchr(text, '*');

	*at = minus;
	if (minus == text)
		return UTFS_HIST_OP_NEGATE;
	if (plus || minus) {
		if (!minus || plus > minus)
			*at = plus;
		return *at == plus ? UTFS_HIST_OP_PLUS : UTFS_HIST_OP_MINUS;
	}
	*at = divide;
	if (multiply && (!divide || multiply > divide)) {
		*at = multiply;
		return UTFS_HIST_OP_MULTIPLY;
	}
	return divide ? UTFS_HIST_OP_DIVIDE : UTFS_HIST_OP_NONE;
}

static int expression_parse(struct utfs_hist_compiler *compiler, char *text, uint32_t flags,
			    unsigned int *subexpressions, struct utfs_hist_node **made);

/* An operand as the text of the whole shows it. */
static void operand_write(struct eventfs_text *out, const struct utfs_hist_node *node)
{
	const char *modifier = utfs_hist_modifier(node->flags);

	if (node->flags & UTFS_HIST_VAR_REF)
		eventfs_text_putc(out, '$');
	else if (node->flags & UTFS_HIST_CONST)
		eventfs_text_printf(out, "%llu", (unsigned long long)node->constant);
	eventfs_text_puts(out, node->name);
	if (modifier && !(node->flags & UTFS_HIST_VAR_REF))
		eventfs_text_printf(out, ".%s", modifier);
}

/* A node that does something with operands; its text is `text`, which is freed. Return: 0; -ENOMEM. */
static int expression_make(struct utfs_hist_compiler *compiler, enum utfs_hist_operator op,
			   struct utfs_hist_node *const operands[2], uint32_t flags,
			   struct eventfs_text *text, struct utfs_hist_node **made)
{
	struct utfs_hist_node *node;

	eventfs_text_putc(text, '\0');
	node = text->error ? NULL : utfs_hist_node_make(compiler, text->len_bytes);
	if (node) {
		memcpy(node->text, text->data, text->len_bytes);
		node->name = node->text;
		node->flags = flags | UTFS_HIST_EXPR |
			      (operands[0]->flags & (UTFS_HIST_TIMESTAMP | UTFS_HIST_USECS));
		node->op = op;
		node->source = UTFS_HIST_FROM_CODE;
		node->size = operands[0]->size;
		node->is_signed = operands[0]->is_signed;
		node->type = operands[0]->type;
		for (int i = 0; i < 2 && operands[i]; i++) {
			node->operands[i] = operands[i];
			/* What is calculated with a variable is calculated once. */
			if (operands[i]->flags & UTFS_HIST_VAR_REF)
				compiler->refs[operands[i]->ref].once = 1;
		}
		*made = node;
	}
	eventfs_text_fini(text);
	return node ? 0 : -ENOMEM;
}

/* "-(...)". */
static int negation_parse(struct utfs_hist_compiler *compiler, char *text, uint32_t flags,
			  unsigned int *subexpressions, struct utfs_hist_node **made)
{
	struct utfs_hist_node *operands[2] = {NULL, NULL};
	struct eventfs_text name = {0};
	char *close;
	int ret;

	if (++*subexpressions > SUBEXPRESSIONS_MAX)
		return fail(compiler, UTFS_HIST_ERROR_TOO_MANY_SUBEXPR, text, -EINVAL);
	text++;
	close = strrchr(text, ')');
	if (!strchr(text, '(') || !close)
		return -EINVAL;
	text++;
	if (close[1])
		return fail(compiler, UTFS_HIST_ERROR_UNARY_MINUS, text, -EINVAL);
	if (close < text)
		return -EINVAL;
	*close = '\0';
	ret = expression_parse(compiler, text, 0, subexpressions, &operands[0]);
	if (!ret && operands[0]->flags & UTFS_HIST_STRING)
		ret = fail(compiler, UTFS_HIST_ERROR_STRING_OPERAND, text, -EINVAL);
	if (ret)
		return ret;
	eventfs_text_puts(&name, "-(");
	operand_write(&name, operands[0]);
	eventfs_text_putc(&name, ')');
	return expression_make(compiler, UTFS_HIST_OP_NEGATE, operands, flags, &name, made);
}

/* Two constants are one. */
static int constants_fold(struct utfs_hist_compiler *compiler, enum utfs_hist_operator op,
			  uint64_t left, uint64_t right, uint32_t flags,
			  struct utfs_hist_node **made)
{
	struct utfs_hist_node *node = utfs_hist_node_make(compiler, 0);

	if (!node)
		return -ENOMEM;
	node->flags = flags | UTFS_HIST_CONST;
	node->size = sizeof(uint64_t);
	node->type = "u64";
	if (op == UTFS_HIST_OP_PLUS)
		node->constant = left + right;
	else if (op == UTFS_HIST_OP_MINUS)
		node->constant = left - right;
	else if (op == UTFS_HIST_OP_MULTIPLY)
		node->constant = left * right;
	else
		node->constant = left / right;
	*made = node;
	return 0;
}

/* Both sides of an operator that stands at `at`. */
static int operation_parse(struct utfs_hist_compiler *compiler, char *text, char *at,
			   enum utfs_hist_operator op, uint32_t flags, unsigned int *subexpressions,
			   struct utfs_hist_node **made)
{
	static const char signs[] = {[UTFS_HIST_OP_PLUS] = '+',
				     [UTFS_HIST_OP_MINUS] = '-',
				     [UTFS_HIST_OP_DIVIDE] = '/',
				     [UTFS_HIST_OP_MULTIPLY] = '*'};
	struct utfs_hist_node *operands[2] = {NULL, NULL};
	struct eventfs_text name = {0};
	char *sides[2] = {text, at + 1};

	++*subexpressions;
	*at = '\0';
	if (!*sides[0] || !*sides[1])
		return -EINVAL;
	for (int i = 0; i < 2; i++) {
		int ret = expression_parse(compiler, sides[i], 0, subexpressions, &operands[i]);

		if (ret)
			return ret;
		if (operands[i]->flags & UTFS_HIST_STRING)
			return fail(compiler, UTFS_HIST_ERROR_STRING_OPERAND, sides[i], -EINVAL);
	}
	if ((operands[0]->flags ^ operands[1]->flags) & UTFS_HIST_USECS)
		return fail(compiler, UTFS_HIST_ERROR_TIMESTAMP_MISMATCH, NULL, -EINVAL);
	if (op == UTFS_HIST_OP_DIVIDE && operands[1]->flags & UTFS_HIST_CONST &&
	    !operands[1]->constant)
		return fail(compiler, UTFS_HIST_ERROR_DIVISION_BY_ZERO, sides[1], -EDOM);
	if (operands[0]->flags & operands[1]->flags & UTFS_HIST_CONST)
		return constants_fold(compiler, op, operands[0]->constant, operands[1]->constant,
				      flags, made);
	operand_write(&name, operands[0]);
	eventfs_text_putc(&name, signs[op]);
	operand_write(&name, operands[1]);
	return expression_make(compiler, op, operands, flags, &name, made);
}

static int expression_parse(struct utfs_hist_compiler *compiler, char *text, uint32_t flags,
			    unsigned int *subexpressions, struct utfs_hist_node **made)
{
	enum utfs_hist_operator op;
	char *at;

	if (*subexpressions > SUBEXPRESSIONS_MAX)
		return fail(compiler, UTFS_HIST_ERROR_TOO_MANY_SUBEXPR, text, -EINVAL);
	op = root_find(text, &at);
	if (op == UTFS_HIST_OP_NONE)
		return utfs_hist_atom(compiler, text, flags, made);
	if (op == UTFS_HIST_OP_NEGATE)
		return negation_parse(compiler, text, flags, subexpressions, made);
	return operation_parse(compiler, text, at, op, flags, subexpressions, made);
}

int utfs_hist_expression(struct utfs_hist_compiler *compiler, char *text, uint32_t flags,
			 struct utfs_hist_node **node)
{
	unsigned int subexpressions = 0;

	return expression_parse(compiler, text, flags, &subexpressions, node);
}
