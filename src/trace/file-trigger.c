/* SPDX-License-Identifier: MIT */
/*
 * events/SYSTEM/EVENT/trigger. A command is parsed without the lock, from a copy of the event's description, and applied to the
 * event if that is still the same one.
 */
#include <stdlib.h>
#include <string.h>

#include "ring/section.h"
#include "trace/trigger.h"

/* Longest command, with its NUL: a page, as in the kernel. */
#define TEXT_MAX 4096

static int place_get(struct utfs_trace *trace, struct eventfs_key key, uint32_t slot,
		     struct utfs_trigger_place *place) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t recorder = utfs_instance_at(&trace->arena, slot)->recorder;

	*place = (struct utfs_trigger_place){
		.trace = trace,
		.slot = slot,
		.recorder = recorder && recorder <= UTFS_MAX_RECORDERS ? (unsigned int)recorder - 1
								       : UTFS_NO_RECORDER,
	};
	return utfs_event_of_key(trace, key, &place->id) ? -ENODEV : 0;
}

/* The event's copy. */
static int event_copy(struct utfs_trigger_request *request, uint32_t id, char **fields,
		      size_t *fields_bytes) UTFS_REQUIRES(request->trace->arena.event_mutex)
{
	struct utfs_event_strings strings;
	int ret = utfs_event_strings_get(&request->trace->arena, id, &strings);

	if (ret)
		return ret;
	request->serial = utfs_event_at(&request->trace->arena, id)->serial;
	request->system = strndup(strings.system, strings.system_bytes);
	request->name = strndup(strings.name, strings.name_bytes);
	*fields = malloc(strings.fields_bytes + 1);
	if (!request->system || !request->name || !*fields)
		return -ENOMEM;
	memcpy(*fields, strings.fields, strings.fields_bytes);
	*fields_bytes = strings.fields_bytes;
	return 0;
}

static int event_take(struct utfs_trigger_request *request, struct eventfs_key key)
{
	struct utfs_trigger_place place;
	char *fields = NULL;
	size_t bytes = 0;
	uint32_t slot;
	int ret = utfs_trace_begin(request->trace, key, &slot);

	if (ret)
		return ret;
	ret = place_get(request->trace, key, slot, &place);
	if (!ret)
		ret = event_copy(request, place.id, &fields, &bytes);
	ret = utfs_tx_end(&request->trace->arena, ret);
	/* A format that cannot be read has no fields but the common ones. */
	if (!ret)
		ret = utfs_event_format_parse(fields, bytes, &request->format, NULL);
	if (ret == -EINVAL)
		ret = utfs_event_format_parse("", 0, &request->format, NULL);
	free(fields);
	return ret;
}

static int request_apply(struct utfs_trigger_request *request, struct eventfs_key key)
{
	struct utfs_trace *trace = request->trace;
	struct utfs_trigger_place place;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	/* First of all: it commits what was changed before it. */
	if (!request->remove)
		ret = utfs_ring_create(&trace->arena, slot);
	if (!ret && !request->remove && request->command->prepare)
		ret = request->command->prepare(trace, slot);
	if (!ret)
		ret = place_get(trace, key, slot, &place);
	if (!ret && utfs_event_at(&trace->arena, place.id)->serial != request->serial)
		ret = -ENODEV;
	if (!ret)
		ret = request->command->apply(request, &place);
	return utfs_tx_end(&trace->arena, ret);
}

/* In a transaction of its own: that of the change has been rolled back. */
static int errors_log(struct utfs_trigger_request *request, struct eventfs_key key)
{
	struct utfs_trace *trace = request->trace;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	for (unsigned int i = 0; !ret && i < request->nr_errors; i++) {
		const struct utfs_error error = {
			.time_ns = utfs_clock_read(&trace->arena, UTFS_CLOCK_LOCAL),
			.location = request->errors[i].location,
			.message = request->errors[i].message,
			.command = request->errors[i].command,
			.command_bytes = strlen(request->errors[i].command),
			.position = request->errors[i].position,
		};

		ret = utfs_errors_add(&trace->arena, slot, &error);
	}
	return utfs_tx_end(&trace->arena, ret);
}

static int trigger_write(struct utfs_trace *trace, struct eventfs_key key, const char *buf,
			 size_t len_bytes)
{
	struct utfs_trigger_request request = {.trace = trace, .instance = (uint32_t)key.a};
	size_t bytes = strnlen(buf, len_bytes);
	const char *text = utfs_parse_strip(buf, &bytes);
	int ret;

	request.text = strndup(text, bytes);
	ret = request.text ? event_take(&request, key) : -ENOMEM;
	if (!ret)
		ret = utfs_trigger_command_find(&request);
	if (!ret)
		ret = request.command->parse(&request);
	if (!ret)
		ret = request_apply(&request, key);
	/* The command's answer is the answer, whether there is room to explain it or not. */
	if (request.nr_errors)
		(void)errors_log(&request, key);
	utfs_trigger_request_free(&request);
	/* What has been replaced or removed; if it must wait, the next one sees to it. */
	(void)utfs_section_reap(&trace->arena);
	return ret;
}

static ssize_t trigger_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			     const char *buf, size_t len_bytes, off_t off)
{
	int ret;

	(void)req;
	(void)off;
	if (!len_bytes)
		return 0;
	ret = len_bytes < TEXT_MAX ? trigger_write(ctx, key, buf, len_bytes) : -EINVAL;
	return ret ? ret : (ssize_t)len_bytes;
}

static void commands_list(struct eventfs_text *out)
{
	eventfs_text_puts(out, "# Available triggers:\n#");
	for (size_t i = 0; i < utfs_nr_trigger_commands; i++)
		eventfs_text_printf(out, " %s", utfs_trigger_commands[i]->name);
	eventfs_text_putc(out, '\n');
}

static int trigger_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	const struct utfs_trigger_list *list = NULL;
	struct utfs_trigger_place place;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = place_get(trace, key, slot, &place);
	if (!ret)
		list = utfs_trigger_list_at(trace, &place);
	if (!ret && !list)
		commands_list(out);
	for (uint32_t i = 0; list && i < list->nr_triggers; i++) {
		const struct utfs_trigger_command *command =
			utfs_trigger_command_of(list->triggers[i].kind);

		if (command)
			command->print(&place, list, &list->triggers[i], out);
	}
	return utfs_tx_end(&trace->arena, ret);
}

/* As in the kernel, not all of them go. */
static int trigger_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	struct utfs_trace *trace = ctx;
	const struct utfs_trigger_list *list;
	struct utfs_trigger_place place;
	uint32_t slot, i = 0;
	int ret = utfs_trace_begin(trace, key, &slot);

	(void)req;
	if (ret)
		return ret;
	ret = place_get(trace, key, slot, &place);
	while (!ret && (list = utfs_trigger_list_at(trace, &place)) && i < list->nr_triggers) {
		const struct utfs_trigger_command *command =
			utfs_trigger_command_of(list->triggers[i].kind);

		if (command && command->truncates &&
		    !(command->in_use && command->in_use(&place, &list->triggers[i])))
			ret = utfs_trigger_remove(&trace->arena, place.id, place.recorder, i);
		else
			i++;
	}
	return utfs_tx_end(&trace->arena, ret);
}

const struct eventfs_file_ops utfs_file_event_trigger = {
	.show = trigger_show,
	.store = trigger_store,
	.truncate_open = trigger_truncate,
};
