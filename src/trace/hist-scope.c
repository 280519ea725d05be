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

/* An event, copied. */
struct event_copy {
	uint64_t serial;
	uint32_t flags, record_bytes;
	char *fields;
	size_t fields_bytes;
};

static int event_take(struct utfs_trace *trace, const char *system, const char *name,
		      struct event_copy *copy) UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_strings event;
	uint32_t id;
	int ret = utfs_event_find(&trace->arena, system, strlen(system), name, strlen(name), &id);

	if (!ret)
		ret = utfs_event_strings_get(&trace->arena, id, &event);
	if (ret)
		return ret;
	copy->serial = utfs_event_at(&trace->arena, id)->serial;
	copy->flags = event.flags;
	copy->record_bytes = event.record_bytes;
	copy->fields_bytes = event.fields_bytes;
	copy->fields = malloc(event.fields_bytes + 1);
	if (!copy->fields)
		return -ENOMEM;
	memcpy(copy->fields, event.fields, event.fields_bytes);
	return 0;
}

/* An event and its format. Return: as the scope's functions; *format is to be freed. */
static int event_read(struct utfs_trace *trace, const char *system, const char *name,
		      struct event_copy *copy, struct utfs_event_format **format)
{
	int ret = utfs_tx_begin(&trace->arena);

	*copy = (struct event_copy){0};
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, event_take(trace, system, name, copy));
	if (!ret)
		ret = utfs_event_format_parse(copy->fields, copy->fields_bytes, format, NULL);
	free(copy->fields);
	return ret;
}

static int event_get(void *ctx, const char *system, const char *event, uint64_t *serial,
		     struct utfs_event_format **format)
{
	struct event_copy copy;
	int ret = event_read(ctx, system, event, &copy, format);

	*serial = copy.serial;
	return ret;
}

static int synthetic_get(void *ctx, const char *name, struct utfs_hist_synthetic *synthetic)
{
	struct utfs_event_format *format = NULL;
	struct event_copy copy;
	int ret = event_read(ctx, UTFS_SYNTHETIC_SYSTEM, name, &copy, &format);

	if (!ret && !(copy.flags & UTFS_EVENT_SYNTHETIC))
		ret = -ENOENT;
	synthetic->serial = copy.serial;
	synthetic->record_bytes = copy.record_bytes;
	for (size_t i = UTFS_NR_COMMON; !ret && i < format->nr_fields; i++) {
		if (synthetic->nr_fields == UTFS_HIST_PARAMS_MAX)
			ret = -E2BIG;
		else
			field_take(&format->fields[i], &synthetic->fields[synthetic->nr_fields++]);
	}
	utfs_event_format_free(format);
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

	if (!plan || plan->instance_serial != instance ||
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
	data->scope.event_get = event_get;
	*scope = &data->scope;
	return ret;
}

void utfs_hist_scope_free(const struct utfs_hist_scope *scope)
{
	for (unsigned int i = 0; scope && i < scope->nr_known; i++)
		free((void *)(uintptr_t)scope->known[i].plan);
	free((void *)(uintptr_t)scope);
}
