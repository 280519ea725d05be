/* SPDX-License-Identifier: MIT */
/* The plan of a hist trigger: its values, keys and order, as applications and readers want them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-internal.h"

/* What is being made. Values first, the hitcount before them; keys behind. */
struct definition {
	struct utfs_hist_compiler compiler;
	char *vals, *keys, *sort; /* copies, cut into pieces */
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
	node->size = (node->size + 7) / 8 * 8;
	d->key_bytes += node->size;
	if (d->key_bytes > UTFS_HIST_KEY_MAX)
		return -EINVAL;
	d->nodes[d->nr_vals + d->nr_keys++] = node;
	return 0;
}

static int keys_add(struct definition *d)
{
	char *rest = d->keys, *text;
	int ret = 0;

	while (!ret && d->nr_keys < UTFS_HIST_KEYS_MAX && (text = strsep(&rest, ",")))
		ret = key_add(d, text);
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

/* Until there is something that evaluates them. */
static int supported(struct definition *d)
{
	const struct utfs_hist_attributes *attributes = d->compiler.attributes;
	bool all = !attributes->nr_vars && !attributes->nr_actions;

	for (unsigned int i = 0; i < d->nr_vals + d->nr_keys; i++)
		all = all && !(d->nodes[i]->flags & UTFS_HIST_EXPR);
	return all ? 0 : fail(d, UTFS_HIST_ERROR_NOT_SUPPORTED, NULL, -EOPNOTSUPP);
}

/* Puts a string behind what the plan holds. Return: its offset. */
static uint32_t string_put(struct utfs_hist_plan *plan, const char *text)
{
	uint32_t at = plan->bytes;

	strcpy((char *)plan + at, text);
	plan->bytes += (uint32_t)strlen(text) + 1;
	return at;
}

static size_t strings_bytes(const struct definition *d)
{
	const struct utfs_hist_attributes *attributes = d->compiler.attributes;
	size_t bytes = (attributes->name ? strlen(attributes->name) + 1 : 0) +
		       (attributes->filter ? strlen(attributes->filter) + 1 : 0);

	for (unsigned int i = 0; i < d->nr_vals + d->nr_keys; i++)
		bytes += strlen(d->nodes[i]->name) + strlen(d->nodes[i]->type) + 2;
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
}

static int plan_make(const struct definition *d, struct utfs_hist_plan **made)
{
	const struct utfs_hist_attributes *attributes = d->compiler.attributes;
	struct utfs_hist_plan *plan = calloc(1, sizeof(*plan) + strings_bytes(d));
	uint32_t key_offset = 0;

	if (!plan)
		return -ENOMEM;
	plan->bytes = sizeof(*plan);
	plan->map_bits = attributes->map_bits ? attributes->map_bits : UTFS_HIST_BITS_DEFAULT;
	plan->key_bytes = d->key_bytes;
	plan->nr_vals = (uint8_t)d->nr_vals;
	plan->nr_keys = (uint8_t)d->nr_keys;
	plan->nr_sorts = (uint8_t)d->nr_sorts;
	memcpy(plan->sort_field, d->sort_field, sizeof(plan->sort_field));
	memcpy(plan->sort_descending, d->sort_descending, sizeof(plan->sort_descending));
	plan->flags = (attributes->no_hitcount ? UTFS_HIST_PLAN_NO_HITCOUNT : 0) |
		      (d->compiler.timestamps ? UTFS_HIST_PLAN_TIMESTAMPS : 0) |
		      (d->compiler.usecs ? UTFS_HIST_PLAN_USECS : 0);
	for (unsigned int i = 0; i < d->nr_vals + d->nr_keys; i++) {
		field_put(plan, d->nodes[i], i < d->nr_vals ? 0 : key_offset, &plan->fields[i]);
		if (i >= d->nr_vals)
			key_offset += d->nodes[i]->size;
	}
	if (attributes->name)
		plan->name = string_put(plan, attributes->name);
	if (attributes->filter)
		plan->filter = string_put(plan, attributes->filter + strlen("if "));
	*made = plan;
	return 0;
}

/* A copy to be cut; none of nothing. Return: false out of memory. */
static bool copy_make(const char *text, char **copy)
{
	*copy = text ? strdup(text) : NULL;
	return *copy || !text;
}

int utfs_hist_compile(const struct utfs_event_format *format,
		      const struct utfs_hist_attributes *attributes, struct utfs_hist_plan **plan,
		      struct utfs_hist_failures *failures)
{
	struct definition d = {
		.compiler = {.format = format, .attributes = attributes, .failures = failures}};
	int ret = copy_make(attributes->vals, &d.vals) && copy_make(attributes->keys, &d.keys) &&
				  copy_make(attributes->sort, &d.sort)
			  ? 0
			  : -ENOMEM;

	if (!ret)
		ret = values_add(&d);
	if (!ret)
		ret = keys_add(&d);
	if (!ret)
		ret = sorts_add(&d);
	if (!ret)
		ret = supported(&d);
	if (!ret)
		ret = plan_make(&d, plan);
	for (struct utfs_hist_node *node = d.compiler.nodes, *next; node; node = next) {
		next = node->next;
		free(node);
	}
	free(d.vals);
	free(d.keys);
	free(d.sort);
	return ret;
}
