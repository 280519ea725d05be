/* SPDX-License-Identifier: MIT */
/*
 * Fields of other events in actions. What another event's records hold is at hand when the action runs only if a histogram there
 * has kept it in a variable. As the kernel does, one is made for that, with the keys and the filter of the first histogram there
 * that this one's keys go with.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-internal.h"

static int fail(struct utfs_hist_compiler *compiler, enum utfs_hist_error error, const char *piece)
{
	return utfs_hist_fail(compiler->failures, compiler->attributes, error, piece, -EINVAL);
}

/* Do the keys of a plan go with those of the one that is being made? */
static bool keys_fit(const struct utfs_hist_compiler *compiler, const struct utfs_hist_plan *plan)
{
	bool fit = plan->nr_keys == compiler->nr_keys;

	for (unsigned int i = 0; fit && i < compiler->nr_keys; i++) {
		const struct utfs_hist_field *field = &plan->fields[plan->nr_vals + i];
		const struct utfs_hist_node *node = compiler->keys[i];

		fit = (field->is_field || field->flags & UTFS_HIST_CPU) &&
		      !(field->flags & UTFS_HIST_STACKTRACE) &&
		      !strcmp(utfs_hist_plan_string(plan, field->type), node->type) &&
		      field->key_bytes == node->size && field->is_signed == node->is_signed;
	}
	return fit;
}

/* The first histogram of an event that has such keys. Return: NULL there is none. */
static const struct utfs_hist_known *known_find(const struct utfs_hist_compiler *compiler,
						const char *system, const char *event)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;

	/* The latest comes first. */
	for (unsigned int i = scope->nr_known; i--;)
		if (!strcmp(scope->known[i].system, system) &&
		    !strcmp(scope->known[i].event, event) &&
		    keys_fit(compiler, scope->known[i].plan))
			return &scope->known[i];
	return NULL;
}

/* A key as it is counted by: how it is shown is left out. */
static void key_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
		      const struct utfs_hist_field *field)
{
	eventfs_text_puts(out, field->flags & UTFS_HIST_CPU
				       ? "common_cpu"
				       : utfs_hist_plan_string(plan, field->name));
	if (field->flags &
	    (UTFS_HIST_LOG2 | UTFS_HIST_BUCKET | UTFS_HIST_SYM | UTFS_HIST_SYM_OFFSET))
		eventfs_text_printf(out, ".%s", utfs_hist_modifier(field->flags));
	if (field->flags & UTFS_HIST_BUCKET)
		eventfs_text_printf(out, "=%llu", (unsigned long long)field->operand);
}

/* "keys=KEY:synthetic_FIELD=FIELD if FILTER" */
static int command_write(const struct utfs_hist_plan *plan, const char *variable, const char *field,
			 struct eventfs_text *out)
{
	for (unsigned int i = 0; i < plan->nr_keys; i++) {
		eventfs_text_puts(out, i ? "," : "keys=");
		key_write(out, plan, &plan->fields[plan->nr_vals + i]);
	}
	eventfs_text_printf(out, ":%s=%s", variable, field);
	if (plan->filter)
		eventfs_text_printf(out, " if %s", utfs_hist_plan_string(plan, plan->filter));
	eventfs_text_putc(out, '\0');
	return out->error;
}

/* What is wrong is shown in what was written, not in what was made of it. */
static int helper_compile(const struct utfs_hist_compiler *compiler, const char *command,
			  struct utfs_hist_helper *helper)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;
	struct utfs_hist_attributes attributes;
	struct utfs_hist_failures failures;
	int ret = utfs_hist_parse(command, &attributes, &failures);

	if (!ret) {
		free(attributes.command);
		attributes.command = strdup(compiler->attributes->command);
		ret = attributes.command ? 0 : -ENOMEM;
	}
	if (!ret)
		ret = scope->event_get(scope->ctx, helper->system, helper->event,
				       &helper->event_serial, &helper->format);
	if (!ret)
		ret = utfs_hist_compile(helper->format, &attributes, &helper->plan, NULL,
					compiler->failures);
	utfs_hist_attributes_free(&attributes);
	if (!ret)
		helper->plan->flags |= UTFS_HIST_PLAN_HELPER;
	return ret;
}

static int helper_name(struct utfs_hist_helper *helper, const char *system, const char *event,
		       const char *variable)
{
	if (asprintf(&helper->names, "%s%c%s%c%s", system, 0, event, 0, variable) < 0) {
		helper->names = NULL;
		return -ENOMEM;
	}
	helper->system = helper->names;
	helper->event = helper->system + strlen(system) + 1;
	helper->variable = helper->event + strlen(event) + 1;
	return 0;
}

/* Return: the number of the reference that reads it; -EINVAL, having said why; -ENOMEM. */
static int helper_make(struct utfs_hist_compiler *compiler, const char *system, const char *event,
		       const char *field, const char *variable)
{
	struct utfs_hist_helpers *helpers = compiler->helpers;
	const struct utfs_hist_known *known = known_find(compiler, system, event);
	struct utfs_hist_helper *helper;
	struct eventfs_text command = {0};
	struct utfs_hist_ref ref = {0};
	unsigned int value;
	int ret;

	if (!known)
		return fail(compiler, UTFS_HIST_ERROR_HIST_NOT_FOUND, field);
	helper = &helpers->list[helpers->n++];
	ret = helper_name(helper, system, event, variable);
	if (!ret)
		ret = command_write(known->plan, variable, field, &command);
	if (!ret)
		ret = helper_compile(compiler, command.data, helper);
	eventfs_text_fini(&command);
	if (ret)
		return ret == -ENOMEM ? ret
				      : fail(compiler, UTFS_HIST_ERROR_HIST_CREATE_FAIL, field);
	value = utfs_hist_value_find(helper->plan, variable);
	ref.value = (uint8_t)value;
	ref.string = helper->plan->fields[value].string;
	ret = utfs_hist_ref_add(compiler, &ref);
	helper->ref = (unsigned int)ret;
	return ret;
}

/* One that another parameter has needed. */
static const struct utfs_hist_helper *helper_find(const struct utfs_hist_helpers *helpers,
						  const char *system, const char *event,
						  const char *variable)
{
	for (unsigned int i = 0; i < helpers->n; i++) {
		const struct utfs_hist_helper *helper = &helpers->list[i];

		if (!strcmp(helper->system, system) && !strcmp(helper->event, event) &&
		    !strcmp(helper->variable, variable))
			return helper;
	}
	return NULL;
}

/* Return: as utfs_hist_helper_get(). */
static int variable_get(struct utfs_hist_compiler *compiler, const char *system, const char *event,
			const char *field, const char *variable, const struct utfs_hist_plan **plan,
			unsigned int *value)
{
	struct utfs_hist_helpers *helpers = compiler->helpers;
	const struct utfs_hist_helper *helper = helper_find(helpers, system, event, variable);
	struct utfs_hist_variable found;
	int ref;

	if (!helper && utfs_hist_variable_find(compiler, system, event, variable, &found)) {
		*plan = found.known->plan;
		*value = found.value;
		ref = utfs_hist_ref_get(compiler, &found);
	} else {
		ref = helper ? (int)helper->ref
			     : helper_make(compiler, system, event, field, variable);
		if (ref >= 0) {
			*plan = helper ? helper->plan : helpers->list[helpers->n - 1].plan;
			*value = utfs_hist_value_find(*plan, variable);
		}
	}
	return ref;
}

int utfs_hist_helper_get(struct utfs_hist_compiler *compiler, const char *system, const char *event,
			 const char *field, const struct utfs_hist_plan **plan, unsigned int *value)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;
	char *variable;
	int ref;

	if (!scope || !compiler->helpers)
		return fail(compiler, UTFS_HIST_ERROR_HIST_CREATE_FAIL, field);
	if (compiler->helpers->n == UTFS_HIST_REFS_MAX || compiler->nr_refs == UTFS_HIST_REFS_MAX)
		return fail(compiler, UTFS_HIST_ERROR_TOO_MANY_FIELD_VARS, field);
	if (!scope->event_exists(scope->ctx, system, event))
		return fail(compiler, UTFS_HIST_ERROR_EVENT_FILE_NOT_FOUND, field);
	if (asprintf(&variable, "synthetic_%s", field) < 0)
		return -ENOMEM;
	ref = variable_get(compiler, system, event, field, variable, plan, value);
	free(variable);
	return ref;
}

void utfs_hist_helpers_free(struct utfs_hist_helpers *helpers)
{
	for (unsigned int i = 0; i < helpers->n; i++) {
		utfs_event_format_free(helpers->list[i].format);
		free(helpers->list[i].plan);
		free(helpers->list[i].names);
	}
	helpers->n = 0;
}
