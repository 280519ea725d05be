/* SPDX-License-Identifier: MIT */
/*
 * Plans of synthetic events. The kernel prints them by their fields, "lat=5 comm=cat"; their print format, which has a comma
 * between them, is for clients.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/print-internal.h"

static unsigned int log2_bytes(uint32_t bytes)
{
	return bytes < 2 ? 0 : bytes < 4 ? 1 : bytes < 8 ? 2 : 3;
}

static void step_fill(struct utfs_step *step, const struct utfs_field *field)
{
	step->offset = field->offset;
	if (field->kind == UTFS_FIELD_DYNAMIC) {
		step->kind = field->is_string ? UTFS_STEP_DYNAMIC : UTFS_STEP_STACK;
	} else if (field->kind == UTFS_FIELD_ARRAY) {
		step->kind = UTFS_STEP_STRING;
		step->a = field->size_bytes;
	} else {
		step->kind = strcmp(field->type, "gfp_t") ? UTFS_STEP_DEC : UTFS_STEP_HEX;
		step->load = UTFS_LOAD(log2_bytes(field->size_bytes), field->is_signed);
		step->spec.flags = field->is_signed ? UTFS_SPEC_SIGNED : 0;
	}
}

static int field_add(struct utfs_print_plan *plan, const struct utfs_field *field, const char *gap)
{
	struct utfs_step step = {.literal = (uint32_t)plan->pool_bytes};
	uint32_t offset;
	int ret;

	ret = utfs_plan_pool_add(plan, gap, strlen(gap), &offset);
	if (!ret)
		ret = utfs_plan_pool_add(plan, field->name, strlen(field->name), &offset);
	if (!ret)
		ret = utfs_plan_pool_add(plan, "=", 1, &offset);
	step.literal_bytes = (uint32_t)plan->pool_bytes - step.literal;
	step_fill(&step, field);
	return ret ? ret : utfs_plan_step_add(plan, &step);
}

int utfs_plan_synthetic(const struct utfs_event_format *format, struct utfs_print_plan **plan)
{
	struct utfs_print_plan *made = calloc(1, sizeof(*made));
	struct utfs_step end = {0};
	const char *gap = "";
	int ret = made ? 0 : -ENOMEM;

	for (size_t i = UTFS_NR_COMMON; !ret && i < format->nr_fields; i++) {
		ret = field_add(made, &format->fields[i], gap);
		/* A stack ends its line. */
		gap = made->nr_steps && made->steps[made->nr_steps - 1].kind == UTFS_STEP_STACK
			      ? ""
			      : " ";
	}
	if (!ret)
		ret = utfs_plan_finish(made, &end);
	if (ret) {
		utfs_plan_free(made);
		made = NULL;
	}
	*plan = made;
	return ret;
}
