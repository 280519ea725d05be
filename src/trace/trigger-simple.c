/* SPDX-License-Identifier: MIT */
/* Triggers that are a word, a count and a filter: "traceon", "traceoff:5 if n > 3". */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trigger.h"

struct simple {
	uint64_t count;
	struct utfs_filter_program *program;
};

/* As in the kernel: what begins with a digit is a count; anything else is a filter, or should be one. */
static int simple_parse(struct utfs_trigger_request *request)
{
	struct simple *simple = calloc(1, sizeof(*simple));
	char *filter = request->arguments, *count = NULL;
	int ret = 0;

	request->private_data = simple;
	if (!simple)
		return -ENOMEM;
	simple->count = UINT64_MAX;
	if (filter && isdigit((unsigned char)*filter)) {
		count = strsep(&filter, " \t");
		filter = filter ? utfs_trigger_skip(filter) : NULL;
		filter = filter && *filter ? filter : NULL;
	}
	if (request->remove)
		return 0;
	if (count)
		ret = utfs_trigger_count(count, &simple->count);
	return ret ? ret : utfs_trigger_filter(request, filter, &simple->program);
}

static void simple_free(struct utfs_trigger_request *request)
{
	struct simple *simple = request->private_data;

	if (simple)
		free(simple->program);
	free(simple);
}

static int simple_apply(struct utfs_trigger_request *request,
			const struct utfs_trigger_place *place)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct simple *simple = request->private_data;
	const struct utfs_trigger trigger = {.kind = request->command->kind,
					     .count = simple->count};
	const struct utfs_trigger_list *list = utfs_trigger_list_at(place->trace, place);
	uint32_t index = utfs_trigger_index(list, &trigger);
	bool found = list && index < list->nr_triggers;

	if (request->remove)
		return found ? utfs_trigger_remove(&place->trace->arena, place->id, place->recorder,
						   index)
			     : 0;
	if (found)
		return -EEXIST;
	return utfs_trigger_add(&place->trace->arena, place->id, place->recorder, &trigger,
				simple->program, false);
}

static void simple_print(const struct utfs_trigger_place *place,
			 const struct utfs_trigger_list *list, const struct utfs_trigger *trigger,
			 struct eventfs_text *out) UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct utfs_trigger_command *command = utfs_trigger_command_of(trigger->kind);

	if (!command)
		return;
	eventfs_text_puts(out, command->name);
	utfs_trigger_print_rest(place, list, trigger, out);
}

static void simple_pend(const struct utfs_trigger_request *request, struct utfs_trigger *trigger,
			const struct utfs_filter_program **program)
{
	const struct simple *simple = request->private_data;

	*trigger = (struct utfs_trigger){.kind = request->command->kind, .count = simple->count};
	*program = simple->program;
}

/* As in the kernel, the memory is there before the first event asks for a snapshot, and stays when the trigger goes. */
static int snapshot_prepare(struct utfs_trace *trace, uint32_t slot)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	return utfs_ring_snapshot_allocate(&trace->arena, slot);
}

#define SIMPLE(name_, kind_, prepare_)                                                             \
	{                                                                                          \
		.name = (name_), .kind = (kind_), .parse = simple_parse, .apply = simple_apply,    \
		.free = simple_free, .print = simple_print, .prepare = (prepare_),                 \
		.pend = simple_pend,                                                               \
	}

const struct utfs_trigger_command utfs_trigger_traceon =
	SIMPLE("traceon", UTFS_TRIGGER_TRACEON, NULL);
const struct utfs_trigger_command utfs_trigger_traceoff =
	SIMPLE("traceoff", UTFS_TRIGGER_TRACEOFF, NULL);
const struct utfs_trigger_command utfs_trigger_snapshot =
	SIMPLE("snapshot", UTFS_TRIGGER_SNAPSHOT, snapshot_prepare);
const struct utfs_trigger_command utfs_trigger_stacktrace =
	SIMPLE("stacktrace", UTFS_TRIGGER_STACKTRACE, NULL);
