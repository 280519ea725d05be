/* SPDX-License-Identifier: MIT */
/* The commands that there are, and what several of them do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trigger.h"

const struct utfs_trigger_command *const utfs_trigger_commands[] = {
	&utfs_trigger_traceon,	   &utfs_trigger_traceoff,     &utfs_trigger_snapshot,
	&utfs_trigger_stacktrace,  &utfs_trigger_enable_event, &utfs_trigger_disable_event,
	&utfs_trigger_enable_hist, &utfs_trigger_disable_hist, &utfs_trigger_hist,
};
const size_t utfs_nr_trigger_commands =
	sizeof(utfs_trigger_commands) / sizeof(utfs_trigger_commands[0]);

const struct utfs_trigger_command *utfs_trigger_command_of(uint32_t kind)
{
	for (size_t i = 0; i < utfs_nr_trigger_commands; i++)
		if (utfs_trigger_commands[i]->kind == kind)
			return utfs_trigger_commands[i];
	return NULL;
}

/* "[!]NAME[: \t]REST" */
int utfs_trigger_command_find(struct utfs_trigger_request *request)
{
	char *rest = strdup(request->text), *copy = rest, *name;
	int ret = -EINVAL;

	if (!rest)
		return -ENOMEM;
	name = strsep(&rest, ": \t");
	request->remove = *name == '!';
	name += request->remove;
	for (size_t i = 0; ret && i < utfs_nr_trigger_commands; i++) {
		if (strcmp(utfs_trigger_commands[i]->name, name))
			continue;
		request->command = utfs_trigger_commands[i];
		ret = 0;
	}
	if (rest)
		rest = utfs_trigger_skip(rest);
	if (!ret && rest && *rest) {
		request->arguments = strdup(rest);
		ret = request->arguments ? 0 : -ENOMEM;
	}
	free(copy);
	return ret;
}

void utfs_trigger_request_free(struct utfs_trigger_request *request)
{
	if (request->command && request->command->free)
		request->command->free(request);
	for (unsigned int i = 0; i < request->nr_errors; i++)
		free(request->errors[i].command);
	utfs_event_format_free(request->format);
	free(request->system);
	free(request->name);
	free(request->text);
	free(request->arguments);
}

int utfs_trigger_refuse(struct utfs_trigger_request *request, int ret, const char *location,
			const char *message, const char *command, uint32_t position)
{
	struct utfs_trigger_error *error = &request->errors[request->nr_errors];

	if (request->nr_errors == UTFS_TRIGGER_ERRORS)
		return ret;
	*error = (struct utfs_trigger_error){location, message, strdup(command), position};
	if (!error->command)
		return -ENOMEM;
	request->nr_errors++;
	return ret;
}

char *utfs_trigger_skip(char *text)
{
	while (utfs_parse_is_space(*text))
		text++;
	return text;
}

int utfs_trigger_count(char *text, uint64_t *count)
{
	char *number = strsep(&text, ":");

	return *number ? utfs_parse_ulong_any(number, strlen(number), count) : -EINVAL;
}

int utfs_trigger_filter(struct utfs_trigger_request *request, char *text,
			struct utfs_filter_program **program)
{
	struct utfs_filter_failure failure;
	char *word;
	int ret;

	*program = NULL;
	if (!text)
		return 0;
	word = strsep(&text, " \t");
	if (strcmp(word, "if") || !text)
		return -EINVAL;
	ret = utfs_filter_compile(request->format, text, request->trace->arena.nr_cpus, program,
				  &failure);
	if (!ret || ret == -ENOMEM || ret == -E2BIG)
		return ret;
	return utfs_trigger_refuse(request, ret, UTFS_FILTER_ERROR_LOCATION,
				   utfs_filter_error_text(failure.error), text,
				   failure.error ? failure.position : 0);
}

uint32_t utfs_trigger_index(const struct utfs_trigger_list *list,
			    const struct utfs_trigger *trigger)
{
	uint32_t i = 0;

	while (list && i < list->nr_triggers && !utfs_triggers_exclude(&list->triggers[i], trigger))
		i++;
	return i;
}

const struct utfs_trigger_list *utfs_trigger_list_at(const struct utfs_trace *trace,
						     const struct utfs_trigger_place *place)
{
	return place->recorder < UTFS_MAX_RECORDERS
		       ? utfs_triggers_get(&trace->arena, place->id, place->recorder)
		       : NULL;
}

void utfs_trigger_print_rest(const struct utfs_trigger_place *place,
			     const struct utfs_trigger_list *list,
			     const struct utfs_trigger *trigger, struct eventfs_text *out)
{
	const struct utfs_filter_program *program;
	uint64_t count = trigger->count;
	uint32_t bytes;

	if (trigger->counter)
		(void)utfs_cell_read(&place->trace->arena, trigger->counter, &count);
	if (count == UINT64_MAX)
		eventfs_text_puts(out, ":unlimited");
	else
		eventfs_text_printf(out, ":count=%lld", (long long)count);
	program = utfs_trigger_program(list, list->object.bytes, trigger, &bytes);
	if (program && program->text_bytes <= bytes &&
	    program->text <= bytes - program->text_bytes) {
		eventfs_text_puts(out, " if ");
		eventfs_text_write(out, (const char *)program + program->text, program->text_bytes);
	}
	eventfs_text_putc(out, '\n');
}
