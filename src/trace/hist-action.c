/* SPDX-License-Identifier: MIT */
/* Handlers and actions of hist triggers: onmatch(SYSTEM.EVENT).trace(...), onmax($variable).save(...) and so on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-internal.h"
#include "trace/internal.h"

static int fail(struct utfs_hist_compiler *compiler, enum utfs_hist_error error, const char *piece)
{
	return utfs_hist_fail(compiler->failures, compiler->attributes, error, piece, -EINVAL);
}

static bool begins(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* ------------------------------------------------------------------------------------------------
 * Words
 */

static int params_cut(struct utfs_hist_compiler *compiler, struct utfs_hist_action_words *words,
		      char *rest)
{
	while (rest) {
		char *text = strsep(&rest, ",");
		size_t bytes = strlen(text);
		char *param = text + (utfs_parse_strip(text, &bytes) - text);

		param[bytes] = '\0';
		if (bytes < 2)
			return fail(compiler, UTFS_HIST_ERROR_INVALID_PARAM, param);
		if (words->by_keyword && !words->synthetic) {
			words->synthetic = param;
			continue;
		}
		if (words->nr_params == UTFS_HIST_PARAMS_MAX)
			return fail(compiler, UTFS_HIST_ERROR_TOO_MANY_PARAMS, NULL);
		words->params[words->nr_params++] = param;
	}
	return 0;
}

/* ".NAME(PARAMETERS)" */
static int action_cut(struct utfs_hist_compiler *compiler, struct utfs_hist_action_words *words,
		      char *rest)
{
	char *params;
	int ret = 0;

	strsep(&rest, ".");
	words->action = rest ? strsep(&rest, "(") : NULL;
	if (!rest)
		return fail(compiler, UTFS_HIST_ERROR_ACTION_NOT_FOUND, NULL);
	params = strsep(&rest, ")");
	if (begins(words->action, "snapshot")) {
		words->kind = UTFS_HIST_SNAPSHOT;
		if (!rest)
			return fail(compiler, UTFS_HIST_ERROR_NO_CLOSING_PAREN, params);
	} else {
		words->kind = begins(words->action, "save") ? UTFS_HIST_SAVE : UTFS_HIST_TRACE;
		words->by_keyword = begins(words->action, "trace");
		ret = params_cut(compiler, words, params);
		if (!words->by_keyword)
			words->synthetic = words->action;
	}
	if (!ret && words->kind != UTFS_HIST_TRACE && words->handler == UTFS_HIST_ONMATCH)
		ret = fail(compiler, UTFS_HIST_ERROR_ACTION_MISMATCH, words->action);
	return ret;
}

/* "SYSTEM.EVENT).ACTION" */
static int match_cut(struct utfs_hist_compiler *compiler, struct utfs_hist_action_words *words,
		     char *rest)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;
	char *event = strsep(&rest, ")");

	if (!rest)
		return fail(compiler, UTFS_HIST_ERROR_NO_CLOSING_PAREN, event);
	words->system = strsep(&event, ".");
	if (!event)
		return fail(compiler, UTFS_HIST_ERROR_SUBSYS_NOT_FOUND, words->system);
	words->event = event;
	if (!scope || !scope->event_exists(scope->ctx, words->system, event))
		return fail(compiler, UTFS_HIST_ERROR_INVALID_SUBSYS_EVENT, event);
	return action_cut(compiler, words, rest);
}

/* "$VARIABLE).ACTION" */
static int track_cut(struct utfs_hist_compiler *compiler, struct utfs_hist_action_words *words,
		     char *rest)
{
	words->tracked = strsep(&rest, ")");
	return rest ? action_cut(compiler, words, rest) : -EINVAL;
}

static int words_cut(struct utfs_hist_compiler *compiler, struct utfs_hist_action_words *words)
{
	static const struct {
		const char *prefix;
		enum utfs_hist_handler handler;
	} handlers[] = {
		{"onmatch(", UTFS_HIST_ONMATCH},
		{"onmax(", UTFS_HIST_ONMAX},
		{"onchange(", UTFS_HIST_ONCHANGE},
	};

	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		char *rest = words->copy + strlen(handlers[i].prefix);

		if (!begins(words->copy, handlers[i].prefix))
			continue;
		words->handler = handlers[i].handler;
		return words->handler == UTFS_HIST_ONMATCH ? match_cut(compiler, words, rest)
							   : track_cut(compiler, words, rest);
	}
	return -EINVAL;
}

int utfs_hist_actions_cut(struct utfs_hist_compiler *compiler)
{
	const struct utfs_hist_attributes *attributes = compiler->attributes;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < attributes->nr_actions; i++) {
		struct utfs_hist_action_words *words = &compiler->actions[i];

		words->text = attributes->actions[i];
		words->copy = strdup(words->text);
		compiler->nr_actions++;
		ret = words->copy ? words_cut(compiler, words) : -ENOMEM;
	}
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * What they do
 */

/* A variable that nobody has named. Return: which of the variables it is; -EINVAL there are too many; -ENOMEM. */
static int hidden_add(struct utfs_hist_compiler *compiler, struct utfs_hist_node *node)
{
	if (compiler->nr_vars == UTFS_HIST_VARS_MAX)
		return -EINVAL;
	compiler->vars[compiler->nr_vars] = node;
	return (int)compiler->nr_vars++;
}

/* A field of the event as a variable. */
static int field_add(struct utfs_hist_compiler *compiler, const char *name)
{
	struct utfs_hist_node *node;
	int ret = utfs_hist_atom(compiler, name, UTFS_HIST_VAR, &node);

	if (ret) {
		(void)fail(compiler, UTFS_HIST_ERROR_FIELD_VAR_PARSE_FAIL, name);
		return ret;
	}
	ret = hidden_add(compiler, node);
	return ret == -EINVAL ? fail(compiler, UTFS_HIST_ERROR_VAR_CREATE_FIND_FAIL, name) : ret;
}

/* What a parameter stands for. */
struct source {
	const char *type;
	uint32_t size;
	bool is_signed, is_string, is_stack;
	bool is_ref;
	unsigned int index; /* of the reference, else of the variable */
};

static void source_of_node(const struct utfs_hist_node *node, struct source *source)
{
	source->type = node->type;
	source->size = node->size;
	source->is_signed = node->is_signed;
	source->is_string = node->flags & UTFS_HIST_STRING;
	source->is_stack = node->flags & UTFS_HIST_STACKTRACE;
}

/* The trigger's own variable. */
static bool own_find(const struct utfs_hist_compiler *compiler, const char *name,
		     unsigned int *index)
{
	for (unsigned int i = 0; i < compiler->nr_vars; i++) {
		const struct utfs_hist_node *node = compiler->vars[i];

		if (node->variable && !strcmp(node->variable, name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

static bool is_own_event(const struct utfs_hist_compiler *compiler, const char *system,
			 const char *event)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;

	return !system || (scope && !strcmp(system, scope->system) && !strcmp(event, scope->event));
}

/* What another plan keeps in a variable. */
static void source_of_variable(const struct utfs_hist_plan *plan, unsigned int value, int ref,
			       struct source *source)
{
	const struct utfs_hist_field *field = &plan->fields[value];

	source->type = utfs_hist_plan_string(plan, field->type);
	source->size = field->key_bytes;
	source->is_signed = field->is_signed;
	source->is_string = field->flags & UTFS_HIST_STRING;
	source->is_stack = field->flags & UTFS_HIST_STACKTRACE;
	source->is_ref = true;
	source->index = (unsigned int)ref;
}

static int variable_source(struct utfs_hist_compiler *compiler,
			   const struct utfs_hist_action_words *words, const char *system,
			   const char *event, const char *name, struct source *source)
{
	struct utfs_hist_variable variable;
	int ref;

	if (is_own_event(compiler, system, event) && own_find(compiler, name, &source->index)) {
		source_of_node(compiler->vars[source->index], source);
		return 0;
	}
	if (!system && words->handler == UTFS_HIST_ONMATCH) {
		system = words->system;
		event = words->event;
	}
	if (!utfs_hist_variable_find(compiler, system, event, name, &variable))
		return fail(compiler, UTFS_HIST_ERROR_PARAM_NOT_FOUND, name);
	ref = utfs_hist_ref_get(compiler, &variable);
	if (ref < 0)
		return fail(compiler, UTFS_HIST_ERROR_TOO_MANY_PARAMS, name);
	source_of_variable(variable.known->plan, variable.value, ref, source);
	return 0;
}

static int field_source(struct utfs_hist_compiler *compiler,
			const struct utfs_hist_action_words *words, const char *system,
			const char *event, const char *name, struct source *source)
{
	int index = is_own_event(compiler, system, event) ? field_add(compiler, name) : -EINVAL;
	const struct utfs_hist_plan *plan;
	unsigned int value;

	if (index >= 0) {
		source->index = (unsigned int)index;
		source_of_node(compiler->vars[index], source);
		return 0;
	}
	/* None of its own: one of the event that is matched. */
	if (!system && words->handler == UTFS_HIST_ONMATCH) {
		system = words->system;
		event = words->event;
	}
	if (index == -ENOMEM || !system)
		return index;
	index = utfs_hist_helper_get(compiler, system, event, name, &plan, &value);
	if (index >= 0)
		source_of_variable(plan, value, index, source);
	return index < 0 ? index : 0;
}

/* "[SYSTEM.EVENT.]NAME", "[SYSTEM.EVENT.]$VARIABLE" */
static int param_source(struct utfs_hist_compiler *compiler,
			const struct utfs_hist_action_words *words, char *text, char **name,
			struct source *source)
{
	char *system = strsep(&text, "."), *event = NULL;

	*source = (struct source){0};
	if (!text) {
		text = system;
		system = NULL;
	} else {
		event = strsep(&text, ".");
		if (!text)
			return -EINVAL;
	}
	*name = text;
	if (*text == '$')
		return variable_source(compiler, words, system, event, text + 1, source);
	return field_source(compiler, words, system, event, text, source);
}

static bool source_fits(const struct utfs_hist_synthetic_field *field, const struct source *source)
{
	if (field->kind == UTFS_HIST_PARAM_DYNAMIC || field->kind == UTFS_HIST_PARAM_STRING) {
		if (!source->is_string)
			return false;
		return field->kind == UTFS_HIST_PARAM_DYNAMIC ||
		       !strcmp(field->type, source->type) || field->bytes == source->size;
	}
	if (source->is_stack || field->kind == UTFS_HIST_PARAM_STACK)
		return source->is_stack && field->kind == UTFS_HIST_PARAM_STACK;
	if (source->is_string)
		return false;
	return !strcmp(field->type, source->type) ||
	       (field->bytes == source->size && field->is_signed == source->is_signed);
}

static int trace_make(struct utfs_hist_compiler *compiler, struct utfs_hist_action_words *words)
{
	const struct utfs_hist_scope *scope = compiler->attributes->scope;
	struct utfs_hist_synthetic *synthetic = &words->target;
	unsigned int n = 0;
	int ret = -ENOENT;

	if (scope && words->synthetic)
		ret = scope->synthetic_get(scope->ctx, words->synthetic, synthetic);
	if (ret == -ENOENT)
		return fail(compiler, UTFS_HIST_ERROR_SYNTH_EVENT_NOT_FOUND, words->synthetic);
	for (; !ret && n < words->nr_params; n++) {
		char *copy = strdup(words->params[n]), *name;
		struct source source;

		ret = copy ? param_source(compiler, words, copy, &name, &source) : -ENOMEM;
		if (!ret &&
		    (n >= synthetic->nr_fields || !source_fits(&synthetic->fields[n], &source)))
			ret = fail(compiler, UTFS_HIST_ERROR_SYNTH_TYPE_MISMATCH, name);
		if (!ret)
			words->sources[n] = (struct utfs_hist_param){
				.offset = synthetic->fields[n].offset,
				.bytes = synthetic->fields[n].bytes,
				.kind = synthetic->fields[n].kind,
				.is_ref = source.is_ref,
				.index = (uint8_t)source.index,
			};
		free(copy);
	}
	if (!ret && n != synthetic->nr_fields)
		ret = fail(compiler, UTFS_HIST_ERROR_SYNTH_COUNT_MISMATCH, words->synthetic);
	return ret;
}

static int save_make(struct utfs_hist_compiler *compiler,
		     const struct utfs_hist_action_words *words)
{
	int index;

	if (compiler->nr_saved)
		return utfs_hist_fail(compiler->failures, compiler->attributes,
				      UTFS_HIST_ERROR_TOO_MANY_SAVE_ACTIONS, NULL, -EEXIST);
	compiler->first_saved = compiler->nr_vars;
	for (unsigned int i = 0; i < words->nr_params; i++) {
		index = field_add(compiler, words->params[i]);
		if (index < 0) {
			(void)fail(compiler, UTFS_HIST_ERROR_FIELD_VAR_CREATE_FAIL,
				   words->params[i]);
			return index;
		}
		compiler->nr_saved++;
	}
	return 0;
}

/* onmax, onchange: the variable, and one that remembers. */
static int track_make(struct utfs_hist_compiler *compiler, struct utfs_hist_action_words *words)
{
	struct utfs_hist_node *node;
	int index;

	if (words->tracked[0] != '$')
		return fail(compiler, UTFS_HIST_ERROR_ONX_NOT_VAR, words->tracked);
	if (!own_find(compiler, words->tracked + 1, &words->tracked_index))
		return fail(compiler, UTFS_HIST_ERROR_ONX_VAR_NOT_FOUND, words->tracked + 1);
	node = utfs_hist_node_make(compiler, 0);
	if (!node)
		return -ENOMEM;
	node->flags = UTFS_HIST_VAR;
	node->source = UTFS_HIST_FROM_ACTION;
	node->size = sizeof(uint64_t);
	node->type = "u64";
	index = hidden_add(compiler, node);
	if (index < 0)
		return fail(compiler, UTFS_HIST_ERROR_ONX_VAR_CREATE_FAIL, NULL);
	words->kept_index = (unsigned int)index;
	return 0;
}

int utfs_hist_actions_make(struct utfs_hist_compiler *compiler)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < compiler->nr_actions; i++) {
		struct utfs_hist_action_words *words = &compiler->actions[i];

		if (words->handler != UTFS_HIST_ONMATCH)
			ret = track_make(compiler, words);
		if (!ret && words->kind == UTFS_HIST_TRACE)
			ret = trace_make(compiler, words);
		else if (!ret && words->kind == UTFS_HIST_SAVE)
			ret = save_make(compiler, words);
	}
	return ret;
}
