/* SPDX-License-Identifier: MIT */
/* Hist triggers as text: what `trigger` and the head of `hist` say. */
#include <string.h>

#include "ring/ring.h"
#include "trace/hist-internal.h"

const char *utfs_hist_plan_string(const struct utfs_hist_plan *plan, uint32_t offset)
{
	const char *text = (const char *)plan + offset;

	return offset >= sizeof(*plan) && offset < plan->bytes &&
			       memchr(text, '\0', plan->bytes - offset)
		       ? text
		       : "";
}

const char *utfs_hist_modifier(uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = {
		{UTFS_HIST_HEX, "hex"},
		{UTFS_HIST_SYM, "sym"},
		{UTFS_HIST_SYM_OFFSET, "sym-offset"},
		{UTFS_HIST_EXECNAME, "execname"},
		{UTFS_HIST_SYSCALL, "syscall"},
		{UTFS_HIST_LOG2, "log2"},
		{UTFS_HIST_BUCKET, "buckets"},
		{UTFS_HIST_USECS, "usecs"},
		{UTFS_HIST_PERCENT, "percent"},
		{UTFS_HIST_GRAPH, "graph"},
		{UTFS_HIST_STACKTRACE, "stacktrace"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (flags & words[i].flag)
			return words[i].word;
	return NULL;
}

static void field_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			const struct utfs_hist_field *field)
{
	const uint32_t flags = field->flags;
	const char *modifier = utfs_hist_modifier(flags);

	if (field->variable)
		eventfs_text_printf(out, "%s=", utfs_hist_plan_string(plan, field->variable));
	if (flags & UTFS_HIST_VAR_REF)
		eventfs_text_putc(out, '$');
	if (flags & UTFS_HIST_CPU)
		eventfs_text_puts(out, "common_cpu");
	else if (flags & UTFS_HIST_CONST)
		eventfs_text_printf(out, "%llu", (unsigned long long)field->operand);
	else
		eventfs_text_puts(out, utfs_hist_plan_string(plan, field->name));
	if (modifier && !(flags & (UTFS_HIST_VAR_REF | UTFS_HIST_EXPR | UTFS_HIST_STACKTRACE)))
		eventfs_text_printf(out, ".%s", modifier);
	if (flags & UTFS_HIST_BUCKET)
		eventfs_text_printf(out, "=%lld", (long long)field->operand);
}

static void values_write(struct eventfs_text *out, const struct utfs_hist_plan *plan)
{
	const char *separator = "";

	eventfs_text_puts(out, ":vals=");
	for (unsigned int i = 0; i < plan->nr_vals; i++) {
		if (plan->fields[i].flags & UTFS_HIST_VAR ||
		    (!i && plan->flags & UTFS_HIST_PLAN_NO_HITCOUNT))
			continue;
		eventfs_text_puts(out, separator);
		separator = ",";
		if (i)
			field_write(out, plan, &plan->fields[i]);
		else
			eventfs_text_puts(out, "hitcount");
	}
}

/* Those that somebody has named. */
static void variables_write(struct eventfs_text *out, const struct utfs_hist_plan *plan)
{
	char separator = ':';

	for (unsigned int i = 1; i < plan->nr_vals; i++) {
		if (!plan->fields[i].variable)
			continue;
		eventfs_text_putc(out, separator);
		separator = ',';
		field_write(out, plan, &plan->fields[i]);
	}
}

static void sorts_write(struct eventfs_text *out, const struct utfs_hist_plan *plan)
{
	eventfs_text_puts(out, ":sort=");
	for (unsigned int i = 0; i < plan->nr_sorts && i < UTFS_HIST_SORTS_MAX; i++) {
		const struct utfs_hist_field *field = utfs_hist_sort_field(plan, i);

		if (i)
			eventfs_text_putc(out, ',');
		if (field == &plan->fields[0])
			eventfs_text_puts(out, "hitcount");
		else if (field)
			field_write(out, plan, field);
		if (plan->sort_descending[i])
			eventfs_text_puts(out, ".descending");
	}
}

const struct utfs_hist_field *utfs_hist_sort_field(const struct utfs_hist_plan *plan,
						   unsigned int sort)
{
	unsigned int at = plan->sort_field[sort];

	/* Variables stand between the values and the keys. */
	if (at >= (unsigned int)plan->nr_vals - plan->nr_vars)
		at += plan->nr_vars;
	return at < (unsigned int)plan->nr_vals + plan->nr_keys && at < UTFS_HIST_FIELDS_MAX
		       ? &plan->fields[at]
		       : NULL;
}

void utfs_hist_plan_write(struct eventfs_text *out, const struct utfs_hist_plan *plan)
{
	const char *name = utfs_hist_plan_string(plan, plan->name);

	eventfs_text_puts(out, "hist:");
	if (*name)
		eventfs_text_printf(out, "%s:", name);
	eventfs_text_puts(out, "keys=");
	for (unsigned int i = 0; i < plan->nr_keys; i++) {
		const struct utfs_hist_field *field = &plan->fields[plan->nr_vals + i];

		if (i)
			eventfs_text_putc(out, ',');
		if (field->flags & UTFS_HIST_STACKTRACE && field->is_field)
			eventfs_text_printf(out, "%s.stacktrace",
					    utfs_hist_plan_string(plan, field->name));
		else
			field_write(out, plan, field);
	}
	values_write(out, plan);
	variables_write(out, plan);
	sorts_write(out, plan);
	eventfs_text_printf(out, ":size=%u", 1U << (plan->map_bits & 31));
	if (plan->flags & UTFS_HIST_PLAN_TIMESTAMPS)
		eventfs_text_printf(out, ":clock=%s", utfs_clock_name(plan->clock));
	if (plan->flags & UTFS_HIST_PLAN_NO_HITCOUNT)
		eventfs_text_puts(out, ":nohitcount");
	for (unsigned int i = 0; i < plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++)
		eventfs_text_printf(out, ":%s", utfs_hist_plan_string(plan, plan->actions[i].text));
	if (plan->filter)
		eventfs_text_printf(out, " if %s", utfs_hist_plan_string(plan, plan->filter));
	eventfs_text_puts(out, plan->paused ? " [paused]\n" : " [active]\n");
}

/* Are two fields of events the same, as their formats say? */
static bool field_matches(const struct utfs_hist_plan *plan, const struct utfs_hist_plan *other,
			  unsigned int i)
{
	const struct utfs_hist_field *one = &plan->fields[i], *two = &other->fields[i];

	if (one->flags != two->flags || one->is_field != two->is_field ||
	    one->is_signed != two->is_signed || one->key_offset != two->key_offset ||
	    one->key_bytes != two->key_bytes ||
	    strcmp(utfs_hist_plan_string(plan, one->variable),
		   utfs_hist_plan_string(other, two->variable)) != 0)
		return false;
	/* What a variable is made of is a part of what it is. */
	if (one->flags & (UTFS_HIST_VAR_REF | UTFS_HIST_EXPR) &&
	    strcmp(utfs_hist_plan_string(plan, one->name),
		   utfs_hist_plan_string(other, two->name)) != 0)
		return false;
	return !one->is_field || (one->bytes == two->bytes &&
				  !strcmp(utfs_hist_plan_string(plan, one->name),
					  utfs_hist_plan_string(other, two->name)) &&
				  !strcmp(utfs_hist_plan_string(plan, one->type),
					  utfs_hist_plan_string(other, two->type)));
}

bool utfs_hist_plan_matches(const struct utfs_hist_plan *plan, const struct utfs_hist_plan *other)
{
	bool same = plan->nr_vals == other->nr_vals && plan->nr_keys == other->nr_keys &&
		    plan->nr_vars == other->nr_vars && plan->nr_sorts == other->nr_sorts &&
		    plan->nr_actions == other->nr_actions;

	for (unsigned int i = 0; same && i < (unsigned int)plan->nr_vals + plan->nr_keys; i++)
		same = field_matches(plan, other, i);
	for (unsigned int i = 0; same && i < plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++)
		same = !strcmp(utfs_hist_plan_string(plan, plan->actions[i].text),
			       utfs_hist_plan_string(other, other->actions[i].text));
	for (unsigned int i = 0; same && i < plan->nr_sorts; i++)
		same = plan->sort_field[i] == other->sort_field[i] &&
		       plan->sort_descending[i] == other->sort_descending[i];
	return same;
}
