/* SPDX-License-Identifier: MIT */
/*
 * synthetic_events: events that histograms write. "NAME FIELDS" defines one, "!NAME" removes it. dynamic_events defines and
 * lists them, too, with "s:" in front.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/dynamic.h"
#include "trace/synthetic.h"

static const char system_name[] = UTFS_SYNTHETIC_SYSTEM;

#define INVALID_DYNAMIC_COMMAND                                                                    \
	"Command must be of the form: s or -:[synthetic/]<name> field[;field] ..."

/* ------------------------------------------------------------------------------------------------
 * Definitions
 */

static int failure_log(struct utfs_trace *trace, const char *command,
		       const struct utfs_synthetic_failure *failure)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	const struct utfs_error error = {
		.time_ns = utfs_clock_read(&trace->arena, UTFS_CLOCK_LOCAL),
		.location = "synthetic_events",
		.message = failure->message,
		.command = command,
		.command_bytes = strlen(command),
		.position = (uint32_t)failure->position,
	};

	return utfs_errors_add(&trace->arena, 0, &error);
}

/* Answers with `error`, once its reason stands in the root's error_log. */
static int refuse(struct utfs_trace *trace, const char *command, int error,
		  const struct utfs_synthetic_failure *failure)
{
	int ret;

	if (!failure->message)
		return error;
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, failure_log(trace, command, failure));
	return ret ? ret : error;
}

static int event_register(struct utfs_trace *trace, const struct utfs_synthetic *synthetic)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	const struct utfs_event_strings event = {
		.system = system_name,
		.name = synthetic->name,
		.fields = synthetic->fields.start,
		.print_fmt = synthetic->print.start,
		.system_bytes = sizeof(system_name) - 1,
		.name_bytes = strlen(synthetic->name),
		.fields_bytes = synthetic->fields.length,
		.print_bytes = synthetic->print.length,
		.record_bytes = synthetic->record_bytes,
		.flags = UTFS_EVENT_SYNTHETIC,
	};
	uint32_t id;

	return utfs_event_register(&trace->arena, &event, &id);
}

/* Is there an event of that name, whoever made it? */
static int name_is_free(struct utfs_trace *trace, const char *name)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t id;
	int ret = utfs_event_find(&trace->arena, system_name, sizeof(system_name) - 1, name,
				  strlen(name), &id);

	return ret == -ENOENT ? 0 : -EEXIST;
}

/* What was parsed, `wrong` or not. A name that is taken comes before anything wrong behind it. */
static int event_add(struct utfs_trace *trace, const char *command,
		     const struct utfs_synthetic *synthetic, int wrong,
		     struct utfs_synthetic_failure *failure)
{
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = name_is_free(trace, synthetic->name);
	if (ret)
		*failure = (struct utfs_synthetic_failure){
			"Event already exists",
			(size_t)(strstr(command, synthetic->name) - command)};
	else
		ret = wrong ? wrong : event_register(trace, synthetic);
	return utfs_tx_end(&trace->arena, ret);
}

/* A definition that begins at `at` in the command. */
static int event_create(struct utfs_trace *trace, const char *command, const char *at)
{
	struct utfs_synthetic *synthetic = malloc(sizeof(*synthetic));
	struct utfs_synthetic_failure failure;
	int ret;

	if (!synthetic)
		return -ENOMEM;
	ret = utfs_synthetic_parse(command, at, synthetic, &failure);
	if (synthetic->name[0])
		ret = event_add(trace, command, synthetic, ret, &failure);
	free(synthetic);
	return ret ? refuse(trace, command, ret, &failure) : 0;
}

int utfs_synthetic_create_dynamic(struct utfs_trace *trace, const char *command)
{
	static const char prefix[] = UTFS_SYNTHETIC_SYSTEM "/";
	struct utfs_synthetic_failure failure = {INVALID_DYNAMIC_COMMAND, 0};
	const char *at = command + 2;

	/* As in the kernel, whereever the slash is. */
	if (strchr(at, '/')) {
		if (strncmp(at, prefix, sizeof(prefix) - 1) != 0)
			return refuse(trace, command, -EINVAL, &failure);
		at += sizeof(prefix) - 1;
	}
	return event_create(trace, command, at);
}

/* ------------------------------------------------------------------------------------------------
 * Removing
 */

static int removal_run(struct utfs_trace *trace, const char *name)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_strings event;
	uint32_t id;
	int ret = utfs_event_find(&trace->arena, system_name, sizeof(system_name) - 1, name,
				  strlen(name), &id);

	if (!ret)
		ret = utfs_event_strings_get(&trace->arena, id, &event);
	if (ret)
		return ret;
	/* A program's own event of that system is not one of these. */
	return event.flags & UTFS_EVENT_SYNTHETIC ? utfs_event_remove(&trace->arena, id) : -ENOENT;
}

static int event_remove(struct utfs_trace *trace, char *name)
{
	int ret = utfs_tx_begin(&trace->arena);

	name[strcspn(name, " \t")] = '\0';
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, removal_run(trace, name));
}

/* ------------------------------------------------------------------------------------------------
 * The file
 */

void utfs_synthetic_show(struct eventfs_text *out, const struct utfs_event_strings *event)
{
	eventfs_text_write(out, event->name, event->name_bytes);
	eventfs_text_putc(out, '\t');
	utfs_dynamic_fields_write(out, event);
	eventfs_text_putc(out, '\n');
}

static int synthetic_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	(void)key;
	return utfs_dynamic_events_show(ctx, UTFS_EVENT_SYNTHETIC, out, utfs_synthetic_show);
}

static int line_run(struct utfs_trace *trace, char *line, void *ctx)
{
	(void)ctx;
	while (utfs_parse_is_space(*line))
		line++;
	if (!*line)
		return 0;
	return *line == '!' ? event_remove(trace, line + 1) : event_create(trace, line, line);
}

static ssize_t synthetic_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			       const char *buf, size_t len_bytes, off_t off)
{
	(void)key;
	(void)req;
	(void)off;
	return utfs_dynamic_lines_run(ctx, buf, len_bytes, line_run, NULL);
}

static int synthetic_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	(void)key;
	(void)req;
	return utfs_dynamic_remove_all(ctx, UTFS_EVENT_SYNTHETIC);
}

const struct eventfs_file_ops utfs_file_synthetic_events = {
	.show = synthetic_show,
	.store = synthetic_store,
	.truncate_open = synthetic_truncate,
};
