/* SPDX-License-Identifier: MIT */
/* What a hist trigger may refer to: the variables of its instance's other ones, events, synthetic events. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-scope.h"
#include "trace/synthetic.h"

struct utfs_hist_scope_data {
	struct utfs_hist_scope scope;
	struct utfs_trace *trace;
	struct utfs_hist_known known[];
};

static bool event_exists(void *ctx, const char *system, const char *event)
{
	struct utfs_trace *trace = ctx;
	uint32_t id;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return false;
	ret = utfs_event_find(&trace->arena, system, strlen(system), event, strlen(event), &id);
	return !utfs_tx_end(&trace->arena, ret);
}

static void field_take(const struct utfs_field *field, struct utfs_hist_synthetic_field *out)
{
	out->offset = (uint16_t)field->offset;
	out->bytes = (uint16_t)field->size_bytes;
	out->is_signed = field->is_signed;
	out->kind = UTFS_HIST_PARAM_NUMBER;
	if (field->kind == UTFS_FIELD_DYNAMIC)
		out->kind = field->is_string ? UTFS_HIST_PARAM_DYNAMIC : UTFS_HIST_PARAM_STACK;
	else if (field->kind == UTFS_FIELD_ARRAY)
		out->kind = UTFS_HIST_PARAM_STRING;
	/* Its format does not tell how long a string is, but its size does. */
	if (out->kind == UTFS_HIST_PARAM_STRING)
		snprintf(out->type, sizeof(out->type), "%.*s[%u]", (int)strcspn(field->type, "["),
			 field->type, field->size_bytes);
	else
		snprintf(out->type, sizeof(out->type), "%s", field->type);
}

/* The lock is held; what is taken is a copy. */
static int fields_take(struct utfs_trace *trace, const char *name, char **fields, size_t *bytes,
		       struct utfs_hist_synthetic *synthetic)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	static const char system[] = UTFS_SYNTHETIC_SYSTEM;
	struct utfs_event_strings event;
	uint32_t id;
	int ret =
		utfs_event_find(&trace->arena, system, sizeof(system) - 1, name, strlen(name), &id);

	if (!ret)
		ret = utfs_event_strings_get(&trace->arena, id, &event);
	if (!ret && !(event.flags & UTFS_EVENT_SYNTHETIC))
		ret = -ENOENT;
	if (ret)
		return ret;
	synthetic->serial = utfs_event_at(&trace->arena, id)->serial;
	synthetic->record_bytes = event.record_bytes;
	*bytes = event.fields_bytes;
	*fields = malloc(event.fields_bytes + 1);
	if (!*fields)
		return -ENOMEM;
	memcpy(*fields, event.fields, event.fields_bytes);
	return 0;
}

static int synthetic_get(void *ctx, const char *name, struct utfs_hist_synthetic *synthetic)
{
	struct utfs_trace *trace = ctx;
	struct utfs_event_format *format = NULL;
	char *fields = NULL;
	size_t bytes = 0;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = fields_take(trace, name, &fields, &bytes, synthetic);
	ret = utfs_tx_end(&trace->arena, ret);
	if (!ret)
		ret = utfs_event_format_parse(fields, bytes, &format, NULL);
	for (size_t i = UTFS_NR_COMMON; !ret && i < format->nr_fields; i++) {
		if (synthetic->nr_fields == UTFS_HIST_PARAMS_MAX)
			ret = -E2BIG;
		else
			field_take(&format->fields[i], &synthetic->fields[synthetic->nr_fields++]);
	}
	utfs_event_format_free(format);
	free(fields);
	return ret;
}

/* A plan's copy with its event's name behind. Return: 0; -ENOENT it is none of the instance; -ENOMEM. */
static int known_take(struct utfs_trace *trace, uint32_t instance, uint64_t reference,
		      struct utfs_hist_known *known) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t bytes;
	const struct utfs_hist_plan *plan = utfs_hist_plan_get(&trace->arena, reference, &bytes);
	struct utfs_event_strings event;
	struct utfs_hist_plan *copy;
	char *names;
	uint32_t id;

	if (!plan || plan->instance_serial != instance || !plan->nr_vars ||
	    utfs_event_find_serial(&trace->arena, plan->event_serial, &id) ||
	    utfs_event_strings_get(&trace->arena, id, &event))
		return -ENOENT;
	copy = malloc(bytes + event.system_bytes + event.name_bytes + 2);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, plan, bytes);
	copy->bytes = (uint32_t)bytes;
	names = (char *)copy + bytes;
	memcpy(names, event.system, event.system_bytes);
	names[event.system_bytes] = '\0';
	memcpy(names + event.system_bytes + 1, event.name, event.name_bytes);
	names[event.system_bytes + 1 + event.name_bytes] = '\0';
	*known = (struct utfs_hist_known){reference, names, names + event.system_bytes + 1, copy};
	return 0;
}

static int scope_fill(struct utfs_trace *trace, uint32_t instance,
		      struct utfs_hist_scope_data **made) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t left = trace->arena.size_bytes / UTFS_PAGE_BYTES, n = 0, at = 0;
	struct utfs_hist_scope_data *data;
	int ret = 0;

	while (n < left && utfs_hist_plan_next(&trace->arena, &at))
		n++;
	data = calloc(1, sizeof(*data) + n * sizeof(data->known[0]));
	*made = data;
	if (!data)
		return -ENOMEM;
	for (at = 0; ret != -ENOMEM && n && utfs_hist_plan_next(&trace->arena, &at); n--) {
		ret = known_take(trace, instance, at, &data->known[data->scope.nr_known]);
		data->scope.nr_known += !ret;
	}
	return ret == -ENOMEM ? ret : 0;
}

int utfs_hist_scope_make(struct utfs_trace *trace, uint32_t instance, const char *system,
			 const char *event, const struct utfs_hist_scope **scope)
{
	struct utfs_hist_scope_data *data = NULL;
	int ret = utfs_tx_begin(&trace->arena);

	*scope = NULL;
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, scope_fill(trace, instance, &data));
	if (!data)
		return ret;
	data->trace = trace;
	data->scope.system = system;
	data->scope.event = event;
	data->scope.known = data->known;
	data->scope.ctx = trace;
	data->scope.event_exists = event_exists;
	data->scope.synthetic_get = synthetic_get;
	*scope = &data->scope;
	return ret;
}

void utfs_hist_scope_free(const struct utfs_hist_scope *scope)
{
	for (unsigned int i = 0; scope && i < scope->nr_known; i++)
		free((void *)(uintptr_t)scope->known[i].plan);
	free((void *)(uintptr_t)scope);
}
