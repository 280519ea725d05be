/* SPDX-License-Identifier: MIT */
/*
 * Triggers that switch another event, "enable_event:SYSTEM:EVENT[:COUNT] [if FILTER]", "disable_event:...", or its histograms,
 * "enable_hist:...", "disable_hist:...".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trigger.h"

struct event_switch {
	uint64_t serial; /* of the other event */
	uint64_t count;
	struct utfs_filter_program *program;
};

/* Return: 0 and the serial of an event that can be enabled; -EINVAL there is none of this name. */
static int other_find(struct utfs_trace *trace, const char *system, const char *name,
		      uint64_t *serial)
{
	uint32_t id;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = utfs_event_find(&trace->arena, system, strlen(system), name, strlen(name), &id);
	if (!ret)
		*serial = utfs_event_at(&trace->arena, id)->serial;
	return utfs_tx_end(&trace->arena, ret ? -EINVAL : 0);
}

/* The errors come in the kernel's order: the other event, the count, the filter. */
static int event_parse(struct utfs_trigger_request *request)
{
	struct event_switch *event_switch = calloc(1, sizeof(*event_switch));
	char *filter = request->arguments, *count, *system, *name;
	int ret;

	request->private_data = event_switch;
	if (!event_switch)
		return -ENOMEM;
	event_switch->count = UINT64_MAX;
	if (!filter)
		return -EINVAL;
	count = strsep(&filter, " \t");
	filter = filter ? utfs_trigger_skip(filter) : NULL;
	system = strsep(&count, ":");
	if (!count)
		return -EINVAL;
	name = strsep(&count, ":");
	ret = other_find(request->trace, system, name, &event_switch->serial);
	if (ret || request->remove)
		return ret;
	if (count)
		ret = utfs_trigger_count(count, &event_switch->count);
	return ret ? ret
		   : utfs_trigger_filter(request, filter && *filter ? filter : NULL,
					 &event_switch->program);
}

static void event_free(struct utfs_trigger_request *request)
{
	struct event_switch *event_switch = request->private_data;

	if (event_switch)
		free(event_switch->program);
	free(event_switch);
}

static void event_pend(const struct utfs_trigger_request *request, struct utfs_trigger *trigger,
		       const struct utfs_filter_program **program)
{
	const struct event_switch *event_switch = request->private_data;

	*trigger = (struct utfs_trigger){
		.kind = request->command->kind,
		.count = event_switch->count,
		.operands = {event_switch->serial},
	};
	*program = event_switch->program;
}

static int event_apply(struct utfs_trigger_request *request, const struct utfs_trigger_place *place)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct utfs_trigger_list *list = utfs_trigger_list_at(place->trace, place);
	const struct utfs_filter_program *program;
	uint32_t n = list ? list->nr_triggers : 0, i;
	struct utfs_trigger trigger;
	int ret;

	event_pend(request, &trigger, &program);
	i = utfs_trigger_index(list, &trigger);
	if (request->remove)
		return i < n ? utfs_trigger_remove(&place->trace->arena, place->id, place->recorder,
						   i)
			     : 0;
	/* Enabling and disabling are one switch. */
	if (i < n)
		return -EEXIST;
	ret = utfs_trigger_add(&place->trace->arena, place->id, place->recorder, &trigger, program,
			       false);
	return ret == -ENOENT ? -EINVAL : ret;
}

static void event_print(const struct utfs_trigger_place *place,
			const struct utfs_trigger_list *list, const struct utfs_trigger *trigger,
			struct eventfs_text *out) UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct utfs_trigger_command *command = utfs_trigger_command_of(trigger->kind);
	struct utfs_event_strings other;
	uint32_t id;

	if (!command || utfs_event_find_serial(&place->trace->arena, trigger->operands[0], &id) ||
	    utfs_event_strings_get(&place->trace->arena, id, &other))
		return;
	eventfs_text_printf(out, "%s:%s:%s", command->name, other.system, other.name);
	utfs_trigger_print_rest(place, list, trigger, out);
}

#define EVENT_SWITCH(name_, kind_)                                                                 \
	{                                                                                          \
		.name = (name_), .kind = (kind_), .parse = event_parse, .apply = event_apply,      \
		.free = event_free, .print = event_print, .pend = event_pend,                      \
	}

const struct utfs_trigger_command utfs_trigger_enable_event =
	EVENT_SWITCH("enable_event", UTFS_TRIGGER_ENABLE_EVENT);
const struct utfs_trigger_command utfs_trigger_disable_event =
	EVENT_SWITCH("disable_event", UTFS_TRIGGER_DISABLE_EVENT);
const struct utfs_trigger_command utfs_trigger_enable_hist =
	EVENT_SWITCH("enable_hist", UTFS_TRIGGER_ENABLE_HIST);
const struct utfs_trigger_command utfs_trigger_disable_hist =
	EVENT_SWITCH("disable_hist", UTFS_TRIGGER_DISABLE_HIST);
