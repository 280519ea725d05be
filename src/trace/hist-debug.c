/* SPDX-License-Identifier: MIT */
/*
 * hist_debug: how a histogram is put together. The kernel's words for it: a variable that an action reads is a reference, as one of
 * another histogram is; fields that actions name are variables of their own.
 */
#include <string.h>

#include "trace/hist-internal.h"

/* What is shown, and the plans that it reads: NULL where one has gone. */
struct debug {
	struct eventfs_text *out;
	const struct utfs_hist_plan *plan;
	const struct utfs_hist_plan *const *read;
	unsigned int first_var; /* of the plan's values */
	/* Variables that are read, in the order of their first use. */
	unsigned int nr_refs;
	struct debug_ref {
		const struct utfs_hist_plan *plan;
		unsigned int value;
	} refs[UTFS_HIST_REFS_MAX + UTFS_HIST_VARS_MAX];
};

static unsigned int first_var(const struct utfs_hist_plan *plan)
{
	return plan->nr_vars < plan->nr_vals ? (unsigned int)plan->nr_vals - plan->nr_vars : 1;
}

static void ref_note(struct debug *d, const struct utfs_hist_plan *plan, unsigned int value)
{
	if (!plan || value >= plan->nr_vals || d->nr_refs == sizeof(d->refs) / sizeof(*d->refs))
		return;
	for (unsigned int i = 0; i < d->nr_refs; i++)
		if (d->refs[i].plan == plan && d->refs[i].value == value)
			return;
	d->refs[d->nr_refs++] = (struct debug_ref){plan, value};
}

static void foreign_note(struct debug *d, unsigned int ref)
{
	if (ref < d->plan->nr_refs && ref < UTFS_HIST_REFS_MAX)
		ref_note(d, d->read[ref], d->plan->refs[ref].value);
}

static const void *piece(const struct utfs_hist_plan *plan, uint32_t offset, uint64_t bytes)
{
	return offset % 8 || offset < sizeof(*plan) || bytes > plan->bytes ||
			       offset > plan->bytes - bytes
		       ? NULL
		       : (const char *)plan + offset;
}

/* What a field's value is made of. */
static void field_note(struct debug *d, const struct utfs_hist_field *field)
{
	const uint32_t nr_ops = (uint32_t)(field->operand >> 32);
	const struct utfs_hist_op *ops;

	if (field->source == UTFS_HIST_FROM_REF)
		foreign_note(d, (unsigned int)field->operand);
	if (field->source != UTFS_HIST_FROM_CODE)
		return;
	ops = piece(d->plan, (uint32_t)field->operand, nr_ops * (uint64_t)sizeof(*ops));
	for (uint32_t i = 0; ops && i < nr_ops; i++)
		if (ops[i].code == UTFS_HIST_CODE_REF)
			foreign_note(d, ops[i].operand);
}

static void action_note(struct debug *d, const struct utfs_hist_action *action)
{
	const struct utfs_hist_param *params =
		piece(d->plan, action->params, action->nr_params * sizeof(*params));

	if (action->handler != UTFS_HIST_ONMATCH)
		ref_note(d, d->plan, action->tracked);
	for (unsigned int i = 0; params && i < action->nr_params; i++) {
		if (params[i].is_ref)
			foreign_note(d, params[i].index);
		else
			ref_note(d, d->plan, params[i].index);
	}
}

static void refs_note(struct debug *d)
{
	for (unsigned int i = 1; i < d->plan->nr_vals; i++)
		field_note(d, &d->plan->fields[i]);
	for (unsigned int i = 0; i < d->plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++)
		action_note(d, &d->plan->actions[i]);
}

/* ------------------------------------------------------------------------------------------------
 * Words
 */

/* Variables that nobody has named are called as the field that they keep, or as what they are for. */
static const char *variable_name(const struct utfs_hist_plan *plan, unsigned int value)
{
	const struct utfs_hist_field *field = &plan->fields[value];
	const char *name = utfs_hist_plan_string(plan, field->name);

	if (field->variable)
		name = utfs_hist_plan_string(plan, field->variable);
	for (unsigned int i = 0; field->source == UTFS_HIST_FROM_ACTION && i < plan->nr_actions &&
				 i < UTFS_HIST_ACTIONS_MAX;
	     i++)
		if (plan->actions[i].value == value)
			name = plan->actions[i].handler == UTFS_HIST_ONMAX ? "__max" : "__change";
	return name;
}

static void flags_write(struct eventfs_text *out, uint32_t flags)
{
	const char *what = "VAL: normal u64 value";

	if (flags & UTFS_HIST_KEY)
		what = "HIST_FIELD_FL_KEY";
	else if (flags & UTFS_HIST_HITCOUNT)
		what = "VAL: HIST_FIELD_FL_HITCOUNT";
	else if (flags & UTFS_HIST_VAR)
		what = "HIST_FIELD_FL_VAR";
	else if (flags & UTFS_HIST_VAR_REF)
		what = "HIST_FIELD_FL_VAR_REF";
	eventfs_text_printf(out, "      flags:\n        %s\n", what);
	if (flags & UTFS_HIST_VAR && flags & UTFS_HIST_VAR_REF)
		eventfs_text_puts(out, "        HIST_FIELD_FL_ALIAS\n");
	else if (flags & UTFS_HIST_CONST)
		eventfs_text_puts(out, "        HIST_FIELD_FL_CONST\n");
}

static void type_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
		       const struct utfs_hist_field *field, bool is_signed)
{
	eventfs_text_printf(out, "      type: %s\n      size: %u\n      is_signed: %u\n",
			    utfs_hist_plan_string(plan, field->type), field->key_bytes, is_signed);
}

static void event_field_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			      const struct utfs_hist_field *field)
{
	if (field->is_field)
		eventfs_text_printf(out, "      ftrace_event_field name: %s\n",
				    utfs_hist_plan_string(plan, field->name));
}

static void variable_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			   unsigned int value, const char *label)
{
	eventfs_text_printf(out, "      %s: %s\n      var.idx (into tracing_map_elt.vars[]): %u\n",
			    label, variable_name(plan, value), value - first_var(plan));
}

static void ref_write(const struct debug *d, unsigned int i)
{
	const struct debug_ref *ref = &d->refs[i];
	const struct utfs_hist_field *field = &ref->plan->fields[ref->value];

	flags_write(d->out, UTFS_HIST_VAR_REF);
	variable_write(d->out, ref->plan, ref->value, "name");
	eventfs_text_printf(d->out,
			    "      var.hist_data: %016llx\n"
			    "      var_ref_idx (into hist_data->var_refs[]): %u\n",
			    (unsigned long long)ref->plan->block.serial, i);
	type_write(d->out, ref->plan, field, field->variable && field->is_signed);
}

/* Which of the references a value is. */
static unsigned int ref_index(const struct debug *d, const struct utfs_hist_plan *plan,
			      unsigned int value)
{
	unsigned int i = 0;

	while (i < d->nr_refs && (d->refs[i].plan != plan || d->refs[i].value != value))
		i++;
	return i;
}

/* `shown`: its number without the variables of actions. */
static void field_write(const struct debug *d, unsigned int i, unsigned int shown)
{
	const struct utfs_hist_plan *plan = d->plan;
	const struct utfs_hist_field *field = &plan->fields[i];
	unsigned int ref = d->nr_refs;

	eventfs_text_printf(d->out, "    hist_data->fields[%u]:\n", shown);
	if (field->source == UTFS_HIST_FROM_REF && field->operand < UTFS_HIST_REFS_MAX)
		ref = ref_index(d, d->read[field->operand], plan->refs[field->operand].value);
	if (ref < d->nr_refs && !(field->flags & UTFS_HIST_VAR)) {
		ref_write(d, ref);
		return;
	}
	flags_write(d->out, field->flags);
	event_field_write(d->out, plan, field);
	if (field->flags & UTFS_HIST_VAR)
		variable_write(d->out, plan, i, "var.name");
	if (ref < d->nr_refs)
		eventfs_text_printf(d->out, "      var_ref_idx (into hist_data->var_refs[]): %u\n",
				    ref);
	else if (field->flags & UTFS_HIST_CONST)
		eventfs_text_printf(d->out, "      constant: %llu\n",
				    (unsigned long long)field->operand);
	type_write(d->out, plan, field, field->is_signed);
}

/* A variable that keeps a field for an action: "field_vars", "save_vars". */
static void kept_write(const struct debug *d, const char *list, unsigned int n, unsigned int value)
{
	const struct utfs_hist_field *field = &d->plan->fields[value];

	eventfs_text_printf(d->out, "\n    hist_data->%s[%u]:\n\n      %s[%u].var:\n", list, n,
			    list, n);
	flags_write(d->out, UTFS_HIST_VAR);
	variable_write(d->out, d->plan, value, "var.name");
	eventfs_text_printf(d->out, "\n      %s[%u].val:\n", list, n);
	event_field_write(d->out, d->plan, field);
	type_write(d->out, d->plan, field, field->is_signed);
}

static bool is_saved(const struct utfs_hist_plan *plan, unsigned int value)
{
	return plan->first_saved && value >= plan->first_saved &&
	       value - plan->first_saved < plan->nr_saved;
}

/* Those that save() fills, or those of the other actions. */
static void kept_list_write(const struct debug *d, bool saved, const char *head, const char *list)
{
	unsigned int n = 0;

	for (unsigned int i = d->first_var; i < d->plan->nr_vals; i++) {
		const struct utfs_hist_field *field = &d->plan->fields[i];

		if (field->variable || field->source == UTFS_HIST_FROM_ACTION ||
		    is_saved(d->plan, i) != saved)
			continue;
		if (!n)
			eventfs_text_puts(d->out, head);
		kept_write(d, list, n++, i);
	}
}

static void tracking_write(const struct debug *d, const struct utfs_hist_action *action,
			   unsigned int i)
{
	const unsigned int ref = ref_index(d, d->plan, action->tracked);

	if (ref == d->nr_refs || action->value >= d->plan->nr_vals)
		return;
	eventfs_text_printf(d->out, "\n    hist_data->actions[%u].track_data.var_ref:\n", i);
	ref_write(d, ref);
	eventfs_text_printf(d->out, "\n    hist_data->actions[%u].track_data.track_var:\n", i);
	flags_write(d->out, UTFS_HIST_VAR);
	variable_write(d->out, d->plan, action->value, "var.name");
	type_write(d->out, d->plan, &d->plan->fields[action->value], false);
}

/* "onmatch(SYSTEM.EVENT)" */
static void match_write(const struct debug *d, const struct utfs_hist_action *action,
			unsigned int i)
{
	const char *text = utfs_hist_plan_string(d->plan, action->subject);
	const char *system = strchr(text, '('), *event = system ? strchr(system, '.') : NULL;

	if (!event)
		return;
	eventfs_text_printf(d->out,
			    "\n    hist_data->actions[%u].match_data.event_system: %.*s\n"
			    "    hist_data->actions[%u].match_data.event: %.*s\n",
			    i, (int)(event - system - 1), system + 1, i,
			    (int)strcspn(event + 1, ")"), event + 1);
}

static void actions_write(const struct debug *d)
{
	if (d->plan->nr_actions)
		eventfs_text_puts(d->out, "\n  action tracking variables (for "
					  "onmax()/onchange()/onmatch()):\n");
	for (unsigned int i = 0; i < d->plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++) {
		if (d->plan->actions[i].handler == UTFS_HIST_ONMATCH)
			match_write(d, &d->plan->actions[i], i);
		else
			tracking_write(d, &d->plan->actions[i], i);
	}
}

/* Variables of actions are not counted as values. */
static unsigned int named_count(const struct utfs_hist_plan *plan)
{
	unsigned int n = first_var(plan);

	while (n < plan->nr_vals && plan->fields[n].variable)
		n++;
	return n;
}

void utfs_hist_debug_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			   const struct utfs_hist_plan *const read[UTFS_HIST_REFS_MAX])
{
	const unsigned int nr_vals = named_count(plan);
	struct debug d = {.out = out, .plan = plan, .read = read, .first_var = first_var(plan)};

	refs_note(&d);
	eventfs_text_puts(out, "# event histogram\n#\n# trigger info: ");
	utfs_hist_plan_write(out, plan);
	eventfs_text_printf(out,
			    "#\n\nhist_data: %016llx\n\n  n_vals: %u\n  n_keys: %u\n"
			    "  n_fields: %u\n\n  val fields:\n",
			    (unsigned long long)plan->block.serial, nr_vals, plan->nr_keys,
			    nr_vals + plan->nr_keys);
	for (unsigned int i = 0; i < nr_vals; i++) {
		eventfs_text_putc(out, '\n');
		field_write(&d, i, i);
	}
	eventfs_text_puts(out, "\n  key fields:\n");
	for (unsigned int i = 0; i < plan->nr_keys; i++) {
		eventfs_text_putc(out, '\n');
		field_write(&d, plan->nr_vals + i, nr_vals + i);
	}
	if (d.nr_refs)
		eventfs_text_puts(out, "\n  variable reference fields:\n");
	for (unsigned int i = 0; i < d.nr_refs; i++) {
		eventfs_text_printf(out, "\n    hist_data->var_refs[%u]:\n", i);
		ref_write(&d, i);
	}
	kept_list_write(&d, false, "\n  field variables:\n", "field_vars");
	actions_write(&d);
	kept_list_write(&d, true, "\n  save action variables (save() params):\n", "save_vars");
}
