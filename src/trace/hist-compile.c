/* SPDX-License-Identifier: MIT */
/* The plan of a hist trigger: its values, keys and order, as applications and readers want them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-internal.h"

/* What is being made. */
struct definition {
	struct utfs_hist_compiler compiler; /* with the variables */
	char *vals, *keys, *sort;	    /* copies, cut into pieces */
	/* Values first, the hitcount before them; keys behind. In the plan the variables stand between the two. */
	struct utfs_hist_node *nodes[UTFS_HIST_FIELDS_MAX];
	unsigned int nr_vals, nr_keys;
	uint32_t key_bytes;
	unsigned int nr_sorts;
	uint8_t sort_field[UTFS_HIST_SORTS_MAX], sort_descending[UTFS_HIST_SORTS_MAX];
};

static int fail(struct definition *d, enum utfs_hist_error error, const char *piece, int ret)
{
	return utfs_hist_fail(d->compiler.failures, d->compiler.attributes, error, piece, ret);
}

static int hitcount_add(struct definition *d)
{
	struct utfs_hist_node *node = utfs_hist_node_make(&d->compiler, 0);

	if (!node)
		return -ENOMEM;
	node->flags = UTFS_HIST_HITCOUNT;
	node->name = "hitcount";
	node->type = "u64";
	node->size = sizeof(uint64_t);
	node->constant = 1;
	d->nodes[d->nr_vals++] = node;
	return 0;
}

static int value_add(struct definition *d, char *text)
{
	struct utfs_hist_node *node;
	int ret = utfs_hist_expression(&d->compiler, text, 0, &node);

	if (ret)
		return ret;
	if (node->flags & (UTFS_HIST_BUCKET | UTFS_HIST_LOG2 | UTFS_HIST_SYM |
			   UTFS_HIST_SYM_OFFSET | UTFS_HIST_SYSCALL | UTFS_HIST_STACKTRACE))
		return fail(d, UTFS_HIST_ERROR_MODIFIER, text, -EINVAL);
	d->nodes[d->nr_vals++] = node;
	return 0;
}

static int values_add(struct definition *d)
{
	char *rest = d->vals, *text;
	bool counted = false, others = false;
	int ret = hitcount_add(d);

	/* "hitcount" among them is the one that is there already. */
	for (unsigned int i = 0; !ret && i < UTFS_HIST_VALS_MAX &&
				 d->nr_vals < UTFS_HIST_VALS_MAX && (text = strsep(&rest, ","));
	     i++) {
		others = others || counted || strcmp(text, "hitcount") != 0;
		if (!strcmp(text, "hitcount") && !counted)
			counted = true;
		else
			ret = value_add(d, text);
	}
	if (!ret && rest && strcmp(rest, "hitcount") != 0)
		ret = -EINVAL;
	if (!others && d->compiler.attributes->no_hitcount)
		ret = fail(d, UTFS_HIST_ERROR_NEED_VALUE, NULL, -ENOENT);
	return ret;
}

static bool has_variables(const struct utfs_hist_node *node)
{
	return node->flags & UTFS_HIST_VAR_REF ||
	       (node->operands[0] && has_variables(node->operands[0])) ||
	       (node->operands[1] && has_variables(node->operands[1]));
}

static int key_add(struct definition *d, char *text)
{
	/* As a key, `stacktrace` is no field, whatever the event has. */
	char stack[] = "common_stacktrace";
	struct utfs_hist_node *node;
	int ret;

	if (!strcmp(text, "stacktrace"))
		text = stack;
	ret = utfs_hist_expression(&d->compiler, text, UTFS_HIST_KEY, &node);
	if (ret)
		return ret;
	if (has_variables(node))
		return fail(d, UTFS_HIST_ERROR_INVALID_REF_KEY, text, -EINVAL);
	node->size = (node->size + 7) / 8 * 8;
	d->key_bytes += node->size;
	if (d->key_bytes > UTFS_HIST_KEYS_BYTES)
		return -EINVAL;
	d->nodes[d->nr_vals + d->nr_keys++] = node;
	return 0;
}

/* The name of a thread as a variable is a string. */
static void execname_make(struct utfs_hist_node *node)
{
	node->flags |= UTFS_HIST_STRING;
	node->size = UTFS_HIST_STRING_MAX;
	node->is_signed = false;
	node->type = "char[]";
	node->source = UTFS_HIST_FROM_COMM;
}

static int variables_add(struct definition *d)
{
	struct utfs_hist_compiler *compiler = &d->compiler;
	const struct utfs_hist_attributes *attributes = compiler->attributes;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < attributes->nr_vars; i++) {
		const char *name = attributes->vars[i].name;
		struct utfs_hist_node *node;
		char *expression;

		if (!attributes->removes && utfs_hist_variable_defined(compiler, name))
			return fail(d, UTFS_HIST_ERROR_DUPLICATE_VAR, name, -EINVAL);
		expression = strdup(attributes->vars[i].expression);
		ret = expression ? utfs_hist_expression(compiler, expression, UTFS_HIST_VAR, &node)
				 : -ENOMEM;
		free(expression);
		if (ret)
			break;
		if (node->flags & UTFS_HIST_EXECNAME)
			execname_make(node);
		node->variable = name;
		compiler->vars[compiler->nr_vars++] = node;
	}
	return ret;
}

static int keys_add(struct definition *d)
{
	char *rest = d->keys, *text;
	int ret = 0;

	while (!ret && d->nr_keys < UTFS_HIST_KEYS_MAX && (text = strsep(&rest, ",")))
		ret = key_add(d, text);
	d->compiler.keys = &d->nodes[d->nr_vals];
	d->compiler.nr_keys = d->nr_keys;
	return !ret && rest ? -EINVAL : ret;
}

/* Return: 0, 1; -EINVAL. */
static int descending_parse(struct definition *d, const char *text)
{
	if (!text || !strcmp(text, "ascending"))
		return 0;
	return !strcmp(text, "descending") ? 1
					   : fail(d, UTFS_HIST_ERROR_SORT_MODIFIER, text, -EINVAL);
}

/* Return: the field with a name, counted without variables; -EINVAL. */
static int sort_find(struct definition *d, const char *name)
{
	if (!strcmp(name, "hitcount"))
		return 0;
	for (unsigned int i = 1; i < d->nr_vals + d->nr_keys; i++)
		if (!strcmp(d->nodes[i]->name, name))
			return (int)i;
	return fail(d, UTFS_HIST_ERROR_SORT_FIELD, name, -EINVAL);
}

static int sort_add(struct definition *d, char *text, bool more)
{
	int field, descending;
	char *name;

	if (!*text)
		return fail(d, UTFS_HIST_ERROR_EMPTY_SORT_FIELD, "sort=", -EINVAL);
	if (more && d->nr_sorts == UTFS_HIST_SORTS_MAX - 1)
		return fail(d, UTFS_HIST_ERROR_TOO_MANY_SORT_FIELDS, "sort=", -EINVAL);
	name = strsep(&text, ".");
	if (!*name)
		return fail(d, UTFS_HIST_ERROR_EMPTY_SORT_FIELD, "sort=", -EINVAL);
	field = sort_find(d, name);
	descending = field < 0 ? field : descending_parse(d, text);
	if (descending < 0)
		return descending;
	d->sort_field[d->nr_sorts] = (uint8_t)field;
	d->sort_descending[d->nr_sorts++] = (uint8_t)descending;
	return 0;
}

static int sorts_add(struct definition *d)
{
	char *rest = d->sort, *text;
	int ret = 0;

	while (!ret && d->nr_sorts < UTFS_HIST_SORTS_MAX && (text = strsep(&rest, ",")))
		ret = sort_add(d, text, rest != NULL);
	if (!d->sort)
		d->nr_sorts = 1;
	return ret;
}

/* Puts a string behind what the plan holds. Return: its offset. */
static uint32_t string_put(struct utfs_hist_plan *plan, const char *text)
{
	uint32_t at = plan->bytes;

	strcpy((char *)plan + at, text);
	plan->bytes += (uint32_t)strlen(text) + 1;
	return at;
}

/* At most so many bytes stand behind the plan. */
static size_t rest_bytes(const struct definition *d)
{
	const struct utfs_hist_compiler *compiler = &d->compiler;
	const struct utfs_hist_attributes *attributes = compiler->attributes;
	size_t bytes = (attributes->name ? strlen(attributes->name) + 1 : 0) +
		       (attributes->filter ? strlen(attributes->filter) + 1 : 0);

	for (const struct utfs_hist_node *node = compiler->nodes; node; node = node->next)
		bytes += strlen(node->name) + strlen(node->type) + 16 +
			 (node->variable ? strlen(node->variable) + 1 : 0) +
			 sizeof(struct utfs_hist_op) + sizeof(struct utfs_hist_field);
	for (unsigned int i = 0; i < compiler->nr_actions; i++)
		bytes += 2 * strlen(compiler->actions[i].text) + 16 +
			 compiler->actions[i].nr_params * sizeof(struct utfs_hist_param);
	return bytes;
}

static void field_put(struct utfs_hist_plan *plan, const struct utfs_hist_node *node,
		      uint32_t key_offset, struct utfs_hist_field *field)
{
	field->operand = node->buckets ? node->buckets : node->constant;
	field->flags = node->flags;
	field->key_offset = key_offset;
	field->key_bytes = node->size;
	field->name = string_put(plan, node->name);
	field->type = string_put(plan, node->type);
	if (node->field) {
		field->offset = (uint16_t)node->field->offset;
		field->bytes = (uint16_t)node->field->size_bytes;
		field->is_field = 1;
	}
	field->source = node->source;
	field->is_signed = node->is_signed;
	if (node->flags & UTFS_HIST_VAR && node->flags & (UTFS_HIST_STRING | UTFS_HIST_STACKTRACE))
		field->string = ++plan->nr_strings;
	if (node->variable)
		field->variable = string_put(plan, node->variable);
	if (node->source == UTFS_HIST_FROM_REF)
		field->operand = node->ref;
}

/* Room behind what the plan holds, for what is read as words. */
static void *words_put(struct utfs_hist_plan *plan, size_t bytes, uint32_t *offset)
{
	*offset = (plan->bytes + 7) / 8 * 8;
	plan->bytes = *offset + (uint32_t)bytes;
	return (char *)plan + *offset;
}

static unsigned int code_count(const struct utfs_hist_node *node)
{
	unsigned int n = 1;

	for (int i = 0; i < 2 && node->operands[i]; i++)
		n += code_count(node->operands[i]);
	return n;
}

/* An expression's operands, then what is done with them. Return: how many ops. */
static unsigned int code_put(struct utfs_hist_plan *plan, const struct utfs_hist_node *node,
			     struct utfs_hist_op *ops)
{
	static const uint32_t codes[] = {
		[UTFS_HIST_OP_PLUS] = UTFS_HIST_CODE_PLUS,
		[UTFS_HIST_OP_MINUS] = UTFS_HIST_CODE_MINUS,
		[UTFS_HIST_OP_NEGATE] = UTFS_HIST_CODE_NEGATE,
		[UTFS_HIST_OP_DIVIDE] = UTFS_HIST_CODE_DIVIDE,
		[UTFS_HIST_OP_MULTIPLY] = UTFS_HIST_CODE_MULTIPLY,
	};
	unsigned int n = 0;
	uint32_t offset;

	if (node->op == UTFS_HIST_OP_NONE) {
		if (node->source == UTFS_HIST_FROM_REF) {
			ops[n] = (struct utfs_hist_op){UTFS_HIST_CODE_REF, node->ref};
		} else {
			field_put(plan, node, 0,
				  words_put(plan, sizeof(struct utfs_hist_field), &offset));
			ops[n] = (struct utfs_hist_op){UTFS_HIST_CODE_FIELD, offset};
		}
		return 1;
	}
	for (int i = 0; i < 2 && node->operands[i]; i++)
		n += code_put(plan, node->operands[i], ops + n);
	ops[n] = (struct utfs_hist_op){codes[node->op], 0};
	return n + 1;
}

static void value_put(struct utfs_hist_plan *plan, const struct utfs_hist_node *node,
		      uint32_t key_offset, struct utfs_hist_field *field)
{
	const unsigned int n = code_count(node);
	struct utfs_hist_op *ops;
	uint32_t offset;

	field_put(plan, node, key_offset, field);
	if (node->op == UTFS_HIST_OP_NONE)
		return;
	ops = words_put(plan, n * sizeof(*ops), &offset);
	field->operand = (uint64_t)code_put(plan, node, ops) << 32 | offset;
	plan->flags |= UTFS_HIST_PLAN_VARIABLES;
}

/* "onmatch(SYSTEM.EVENT)", "onmax($variable)" */
static void subject_write(struct eventfs_text *out, const struct utfs_hist_action_words *words)
{
	if (words->handler == UTFS_HIST_ONMATCH)
		eventfs_text_printf(out, "onmatch(%s.%s)", words->system, words->event);
	else
		eventfs_text_printf(out, "%s(%s)",
				    words->handler == UTFS_HIST_ONMAX ? "onmax" : "onchange",
				    words->tracked);
}

/* ".save(FIELD,FIELD)" */
static void action_write(struct eventfs_text *out, const struct utfs_hist_action_words *words)
{
	const char *separator = "";

	eventfs_text_printf(out, ".%s(", words->action);
	if (words->by_keyword) {
		eventfs_text_puts(out, words->synthetic);
		separator = ",";
	}
	for (unsigned int i = 0; i < words->nr_params; i++) {
		eventfs_text_printf(out, "%s%s", separator, words->params[i]);
		separator = ",";
	}
	eventfs_text_putc(out, ')');
}

static int action_put(struct utfs_hist_plan *plan, const struct utfs_hist_action_words *words,
		      unsigned int first_var, struct utfs_hist_action *action)
{
	struct eventfs_text subject = {0}, text = {0};
	struct utfs_hist_param *params;
	int ret;

	action->handler = (uint8_t)words->handler;
	action->kind = (uint8_t)words->kind;
	action->tracked = (uint8_t)(first_var + words->tracked_index);
	action->value = (uint8_t)(first_var + words->kept_index);
	if (words->kind == UTFS_HIST_TRACE) {
		action->event_serial = words->target.serial;
		action->record_bytes = words->target.record_bytes;
		action->nr_params = (uint8_t)words->nr_params;
		params = words_put(plan, words->nr_params * sizeof(*params), &action->params);
		memcpy(params, words->sources, words->nr_params * sizeof(*params));
		for (unsigned int i = 0; i < words->nr_params; i++)
			if (!params[i].is_ref)
				params[i].index = (uint8_t)(params[i].index + first_var);
	}
	subject_write(&subject, words);
	subject_write(&text, words);
	action_write(&text, words);
	eventfs_text_putc(&subject, '\0');
	eventfs_text_putc(&text, '\0');
	ret = subject.error ? subject.error : text.error;
	if (!ret) {
		action->subject = string_put(plan, subject.data);
		action->text = string_put(plan, text.data);
	}
	eventfs_text_fini(&subject);
	eventfs_text_fini(&text);
	return ret;
}

static int actions_put(const struct definition *d, struct utfs_hist_plan *plan)
{
	const struct utfs_hist_compiler *compiler = &d->compiler;
	int ret = 0;

	memcpy(plan->refs, compiler->refs, sizeof(plan->refs));
	plan->nr_refs = (uint8_t)compiler->nr_refs;
	plan->nr_actions = (uint8_t)compiler->nr_actions;
	plan->nr_saved = (uint8_t)compiler->nr_saved;
	if (compiler->nr_saved)
		plan->first_saved = (uint8_t)(d->nr_vals + compiler->first_saved);
	if (compiler->nr_vars || compiler->nr_refs || compiler->nr_actions)
		plan->flags |= UTFS_HIST_PLAN_VARIABLES;
	for (unsigned int i = 0; !ret && i < compiler->nr_actions; i++)
		ret = action_put(plan, &compiler->actions[i], d->nr_vals, &plan->actions[i]);
	return ret;
}

static void fields_put(const struct definition *d, struct utfs_hist_plan *plan)
{
	struct utfs_hist_field *field = plan->fields;
	uint32_t key_offset = 0;

	for (unsigned int i = 0; i < d->nr_vals; i++)
		value_put(plan, d->nodes[i], 0, field++);
	for (unsigned int i = 0; i < d->compiler.nr_vars; i++)
		value_put(plan, d->compiler.vars[i], 0, field++);
	for (unsigned int i = d->nr_vals; i < d->nr_vals + d->nr_keys; i++) {
		value_put(plan, d->nodes[i], key_offset, field++);
		key_offset += d->nodes[i]->size;
	}
}

/* The same address is another function in another program. */
static bool has_addresses(const struct utfs_hist_plan *plan)
{
	bool found = false;

	for (unsigned int i = plan->nr_vals; i < (unsigned int)plan->nr_vals + plan->nr_keys; i++)
		found = found || plan->fields[i].flags & (UTFS_HIST_STACKTRACE | UTFS_HIST_SYM |
							  UTFS_HIST_SYM_OFFSET);
	return found;
}

static int plan_make(const struct definition *d, struct utfs_hist_plan **made)
{
	const struct utfs_hist_attributes *attributes = d->compiler.attributes;
	struct utfs_hist_plan *plan = calloc(1, sizeof(*plan) + rest_bytes(d));
	int ret;

	if (!plan)
		return -ENOMEM;
	plan->bytes = sizeof(*plan);
	plan->map_bits = attributes->map_bits ? attributes->map_bits : UTFS_HIST_BITS_DEFAULT;
	plan->key_bytes = d->key_bytes;
	plan->nr_vals = (uint8_t)(d->nr_vals + d->compiler.nr_vars);
	plan->nr_vars = (uint8_t)d->compiler.nr_vars;
	plan->nr_keys = (uint8_t)d->nr_keys;
	plan->nr_sorts = (uint8_t)d->nr_sorts;
	memcpy(plan->sort_field, d->sort_field, sizeof(plan->sort_field));
	memcpy(plan->sort_descending, d->sort_descending, sizeof(plan->sort_descending));
	plan->flags = (attributes->no_hitcount ? UTFS_HIST_PLAN_NO_HITCOUNT : 0) |
		      (d->compiler.timestamps ? UTFS_HIST_PLAN_TIMESTAMPS : 0) |
		      (d->compiler.usecs ? UTFS_HIST_PLAN_USECS : 0);
	fields_put(d, plan);
	if (has_addresses(plan)) {
		plan->flags |= UTFS_HIST_PLAN_ADDRESSES;
		plan->key_bytes += sizeof(uint64_t);
	}
	ret = actions_put(d, plan);
	if (attributes->name)
		plan->name = string_put(plan, attributes->name);
	if (attributes->filter)
		plan->filter = string_put(plan, attributes->filter + strlen("if "));
	if (ret)
		free(plan);
	else
		*made = plan;
	return ret;
}

/* A copy to be cut; none of nothing. Return: false out of memory. */
static bool copy_make(const char *text, char **copy)
{
	*copy = text ? strdup(text) : NULL;
	return *copy || !text;
}

static void definition_free(struct definition *d)
{
	for (struct utfs_hist_node *node = d->compiler.nodes, *next; node; node = next) {
		next = node->next;
		free(node);
	}
	for (unsigned int i = 0; i < d->compiler.nr_actions; i++)
		free(d->compiler.actions[i].copy);
	free(d->vals);
	free(d->keys);
	free(d->sort);
	free(d);
}

int utfs_hist_compile(const struct utfs_event_format *format,
		      const struct utfs_hist_attributes *attributes, struct utfs_hist_plan **plan,
		      struct utfs_hist_helpers *helpers, struct utfs_hist_failures *failures)
{
	struct definition *d = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return -ENOMEM;
	d->compiler.format = format;
	d->compiler.attributes = attributes;
	d->compiler.failures = failures;
	d->compiler.helpers = helpers;
	ret = copy_make(attributes->vals, &d->vals) && copy_make(attributes->keys, &d->keys) &&
			      copy_make(attributes->sort, &d->sort)
		      ? 0
		      : -ENOMEM;
	if (!ret)
		ret = utfs_hist_actions_cut(&d->compiler);
	if (!ret)
		ret = values_add(d);
	if (!ret)
		ret = variables_add(d);
	if (!ret)
		ret = keys_add(d);
	if (!ret)
		ret = sorts_add(d);
	if (!ret)
		ret = utfs_hist_actions_make(&d->compiler);
	if (!ret)
		ret = plan_make(d, plan);
	definition_free(d);
	return ret;
}
