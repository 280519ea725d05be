/* SPDX-License-Identifier: MIT */
/* Variables of histograms: which one a name means, and what a plan needs to read it. Where they are looked for is the kernel's order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-internal.h"

static int fail(struct utfs_hist_compiler *compiler, enum utfs_hist_error error, const char *piece)
{
	return utfs_hist_fail(compiler->failures, compiler->attributes, error, piece, -EINVAL);
}

unsigned int utfs_hist_value_find(const struct utfs_hist_plan *plan, const char *name)
{
	for (unsigned int i = 1; i < plan->nr_vals; i++)
		if (plan->fields[i].variable &&
		    !strcmp(utfs_hist_plan_string(plan, plan->fields[i].variable), name))
			return i;
	return 0;
}

static bool is_event(const struct utfs_hist_known *known, const char *system, const char *event)
{
	return !strcmp(known->system, system) && !strcmp(known->event, event);
}

/* A variable of an event. */
static bool event_find(const struct utfs_hist_compiler *compiler, const char *system,
		       const char *event, const char *name, struct utfs_hist_variable *found)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;

	for (unsigned int i = 0; scope && i < scope->nr_known; i++) {
		const struct utfs_hist_known *known = &scope->known[i];
		unsigned int value = is_event(known, system, event)
					     ? utfs_hist_value_find(known->plan, name)
					     : 0;

		if (value) {
			*found = (struct utfs_hist_variable){known, value};
			return true;
		}
	}
	return false;
}

/* A variable of any event. More than one event with it: which is meant? */
static bool any_find(struct utfs_hist_compiler *compiler, const char *name,
		     struct utfs_hist_variable *found)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;

	found->known = NULL;
	for (unsigned int i = 0; scope && i < scope->nr_known; i++) {
		const struct utfs_hist_known *known = &scope->known[i];
		unsigned int value = utfs_hist_value_find(known->plan, name);

		if (!value ||
		    (found->known && is_event(known, found->known->system, found->known->event)))
			continue;
		if (found->known) {
			(void)fail(compiler, UTFS_HIST_ERROR_VAR_NOT_UNIQUE, name);
			return false;
		}
		*found = (struct utfs_hist_variable){known, value};
	}
	return found->known;
}

/* A variable of the events that the trigger's onmatch() names. Return: 1; 0 none; -EINVAL several. */
static int match_find(struct utfs_hist_compiler *compiler, const char *name,
		      struct utfs_hist_variable *found)
{
	struct utfs_hist_variable other;
	int n = 0;

	for (unsigned int i = 0; i < compiler->nr_actions; i++) {
		const struct utfs_hist_action_words *words = &compiler->actions[i];

		if (words->handler != UTFS_HIST_ONMATCH ||
		    !event_find(compiler, words->system, words->event, name, &other))
			continue;
		if (n++)
			return fail(compiler, UTFS_HIST_ERROR_VAR_NOT_UNIQUE, name);
		*found = other;
	}
	return n;
}

bool utfs_hist_variable_find(struct utfs_hist_compiler *compiler, const char *system,
			     const char *event, const char *name, struct utfs_hist_variable *found)
{
	int ret = 0;

	if (system && event)
		return event_find(compiler, system, event, name, found);
	ret = match_find(compiler, name, found);
	return ret ? ret > 0 : any_find(compiler, name, found);
}

bool utfs_hist_variable_defined(const struct utfs_hist_compiler *compiler, const char *name)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;
	struct utfs_hist_variable found;

	for (unsigned int i = 0; i < compiler->nr_vars; i++)
		if (compiler->vars[i]->variable && !strcmp(compiler->vars[i]->variable, name))
			return true;
	return scope && event_find(compiler, scope->system, scope->event, name, &found);
}

int utfs_hist_ref_add(struct utfs_hist_compiler *compiler, const struct utfs_hist_ref *ref)
{
	if (compiler->nr_refs == UTFS_HIST_REFS_MAX)
		return -EINVAL;
	compiler->refs[compiler->nr_refs] = *ref;
	return (int)compiler->nr_refs++;
}

int utfs_hist_ref_get(struct utfs_hist_compiler *compiler,
		      const struct utfs_hist_variable *variable)
{
	const struct utfs_hist_ref ref = {
		.plan = variable->known->reference,
		.value = (uint8_t)variable->value,
		.string = variable->known->plan->fields[variable->value].string,
	};

	for (unsigned int i = 0; i < compiler->nr_refs; i++)
		if (compiler->refs[i].plan == ref.plan && compiler->refs[i].value == ref.value)
			return (int)i;
	return utfs_hist_ref_add(compiler, &ref);
}

int utfs_hist_ref_parse(struct utfs_hist_compiler *compiler, const char *system, const char *event,
			const char *name, uint32_t flags, struct utfs_hist_node **made)
{
	const size_t bytes = (system ? strlen(system) + strlen(event) + 2 : 0) + strlen(name) + 1;
	struct utfs_hist_variable variable;
	const struct utfs_hist_field *field;
	struct utfs_hist_node *node;
	int ref;

	if (!utfs_hist_variable_find(compiler, system, event, name, &variable))
		return fail(compiler, UTFS_HIST_ERROR_VAR, name);
	ref = utfs_hist_ref_get(compiler, &variable);
	node = ref < 0 ? NULL : utfs_hist_node_make(compiler, bytes);
	if (!node)
		return ref < 0 ? fail(compiler, UTFS_HIST_ERROR_TOO_MANY_VARS, name) : -ENOMEM;
	field = &variable.known->plan->fields[variable.value];
	if (system)
		snprintf(node->text, bytes, "%s.%s.%s", system, event, name);
	else
		memcpy(node->text, name, bytes);
	node->name = node->text;
	node->type = utfs_hist_plan_string(variable.known->plan, field->type);
	node->flags = flags | UTFS_HIST_VAR_REF |
		      (field->flags & (UTFS_HIST_TIMESTAMP | UTFS_HIST_USECS | UTFS_HIST_STRING |
				       UTFS_HIST_STACKTRACE));
	node->size = field->key_bytes;
	node->is_signed = field->is_signed;
	node->source = UTFS_HIST_FROM_REF;
	node->ref = (unsigned int)ref;
	*made = node;
	return 0;
}
