/* SPDX-License-Identifier: MIT */
/*
 * events/SYSTEM/EVENT/filter and events/SYSTEM/filter. A filter is compiled without the lock, from a copy of the event's fields,
 * and given to the event if that is still the same one. A wrong one takes the place of the one before, as in the kernel:
 * everything passes, and the file says what is wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/filter.h"
#include "trace/internal.h"

/* One event that is to have a filter. */
struct target {
	uint64_t serial;
	char *fields;
	size_t fields_bytes;
	struct utfs_filter_program *program;
	struct utfs_filter_failure failure;
	int error; /* what writing this event's own file answers */
};

struct targets {
	struct target *list;
	size_t n, room;
};

/* What was written, as a string: up to a NUL, without the white space at its end. Return: 0; -EINVAL too long; -ENOMEM. */
static int text_take(const char *buf, size_t len_bytes, char **text)
{
	size_t n = strnlen(buf, len_bytes);

	if (len_bytes >= UTFS_FILTER_TEXT_MAX)
		return -EINVAL;
	while (n && utfs_parse_is_space(buf[n - 1]))
		n--;
	*text = strndup(buf, n);
	return *text ? 0 : -ENOMEM;
}

static bool text_clears(const char *text)
{
	while (utfs_parse_is_space(*text))
		text++;
	return !strcmp(text, "0");
}

static void targets_free(struct targets *targets)
{
	for (size_t i = 0; i < targets->n; i++) {
		free(targets->list[i].fields);
		free(targets->list[i].program);
	}
	free(targets->list);
}

static int target_add(struct utfs_trace *trace, struct targets *targets, uint32_t id)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_strings strings;
	struct target target = {.serial = utfs_event_at(&trace->arena, id)->serial};

	/* One that does not hold together has no fields to filter by. */
	if (utfs_event_strings_get(&trace->arena, id, &strings))
		return 0;
	if (targets->n == targets->room) {
		size_t room = 2 * targets->room + 16;
		struct target *list = realloc(targets->list, room * sizeof(*list));

		if (!list)
			return -ENOMEM;
		targets->list = list;
		targets->room = room;
	}
	target.fields = malloc(strings.fields_bytes + 1);
	if (!target.fields)
		return -ENOMEM;
	memcpy(target.fields, strings.fields, strings.fields_bytes);
	target.fields_bytes = strings.fields_bytes;
	targets->list[targets->n++] = target;
	return 0;
}

/* Return: 0; -E2BIG, -ENOMEM; a filter that is wrong is no error: target->error. */
static int target_compile(struct target *target, const char *text, uint32_t nr_cpus, bool system)
{
	struct utfs_event_format *format = NULL;
	int ret = utfs_event_format_parse(target->fields, target->fields_bytes, &format, NULL);

	/* A format that cannot be read has no fields but the common ones. */
	if (ret && ret != -ENOMEM)
		ret = utfs_event_format_parse("", 0, &format, NULL);
	if (!ret)
		ret = utfs_filter_compile(format, text, nr_cpus, &target->program,
					  &target->failure);
	utfs_event_format_free(format);
	if (!ret || ret == -ENOMEM || ret == -E2BIG)
		return ret;
	target->error = ret;
	if (system)
		target->failure = (struct utfs_filter_failure){UTFS_FILTER_ERROR_SYSTEM, 0};
	return utfs_filter_explain(text, &target->failure, &target->program);
}

int utfs_filter_log(struct utfs_trace *trace, uint32_t slot, const char *text,
		    const struct utfs_filter_failure *failure)
{
	const struct utfs_error error = {
		.time_ns = utfs_clock_read(&trace->arena, UTFS_CLOCK_LOCAL),
		.location = UTFS_FILTER_ERROR_LOCATION,
		.message = utfs_filter_error_text(failure->error),
		.command = text,
		.command_bytes = strlen(text),
		.position = failure->error ? failure->position : 0,
	};

	return utfs_errors_add(&trace->arena, slot, &error);
}

static int target_install(struct utfs_trace *trace, uint32_t slot, const char *text,
			  const struct target *target) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t id;
	int ret;

	if (utfs_event_find_serial(&trace->arena, target->serial, &id))
		return 0;
	ret = utfs_filter_set(&trace->arena, id,
			      (unsigned int)utfs_instance_at(&trace->arena, slot)->recorder - 1,
			      target->program);
	if (!ret && target->error)
		ret = utfs_filter_log(trace, slot, text, &target->failure);
	return ret;
}

static int targets_install(struct utfs_trace *trace, struct eventfs_key key, const char *text,
			   const struct targets *targets)
{
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = utfs_ring_create(&trace->arena, slot);
	for (size_t i = 0; !ret && i < targets->n; i++)
		ret = target_install(trace, slot, text, &targets->list[i]);
	return utfs_tx_end(&trace->arena, ret);
}

/* Takes the filter from one event, or from those of a system. */
static int filters_clear(struct utfs_trace *trace, uint32_t slot, uint32_t system, uint32_t id)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t recorder = utfs_instance_at(&trace->arena, slot)->recorder;
	struct utfs_event_walk walk = {0};
	int ret = 0;

	if (!recorder)
		return 0;
	if (!system)
		return utfs_filter_set(&trace->arena, id, (unsigned int)recorder - 1, NULL);
	while (!ret && utfs_event_walk_next(trace, system, &walk))
		ret = utfs_filter_set(&trace->arena, walk.id, (unsigned int)recorder - 1, NULL);
	return ret;
}

/*
 * The event or the events of the system that a key names; or, where the text says so, their filters are cleared.
 * Return: 0; 1 cleared; -ENODEV; an errno.
 */
static int targets_choose(struct utfs_trace *trace, struct eventfs_key key, const char *text,
			  bool of_system, struct targets *targets)
{
	struct utfs_event_walk walk = {0};
	uint32_t slot, system = 0, id = 0;
	bool clears = text_clears(text);
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	if (of_system)
		ret = utfs_system_find_serial(&trace->arena, key.b, &system);
	else
		ret = utfs_event_of_key(trace, key, &id);
	if (ret)
		return utfs_tx_end(&trace->arena, -ENODEV);
	if (clears)
		ret = filters_clear(trace, slot, system, id);
	else if (!system)
		ret = target_add(trace, targets, id);
	while (!clears && system && !ret && utfs_event_walk_next(trace, system, &walk))
		ret = target_add(trace, targets, walk.id);
	ret = utfs_tx_end(&trace->arena, ret);
	return !ret && clears ? 1 : ret;
}

static int filter_write(struct utfs_trace *trace, struct eventfs_key key, const char *text,
			bool of_system)
{
	struct targets targets = {0};
	int ret = targets_choose(trace, key, text, of_system, &targets);

	for (size_t i = 0; !ret && i < targets.n; i++)
		ret = target_compile(&targets.list[i], text, trace->arena.nr_cpus, of_system);
	if (!ret)
		ret = targets_install(trace, key, text, &targets);
	if (!ret && !of_system && targets.n)
		ret = targets.list[0].error;
	targets_free(&targets);
	return ret > 0 ? 0 : ret;
}

static ssize_t filter_store(void *ctx, struct eventfs_key key, const char *buf, size_t len_bytes,
			    bool of_system)
{
	char *text;
	int ret = text_take(buf, len_bytes, &text);

	if (ret)
		return ret;
	ret = filter_write(ctx, key, text, of_system);
	free(text);
	return ret ? ret : (ssize_t)len_bytes;
}

static ssize_t event_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			   const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return filter_store(ctx, key, buf, len_bytes, false);
}

static ssize_t system_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			    const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return filter_store(ctx, key, buf, len_bytes, true);
}

static int event_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	const struct utfs_filter_program *program = NULL;
	uint64_t recorder;
	uint32_t slot, id, bytes;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = utfs_event_of_key(trace, key, &id) ? -ENODEV : 0;
	recorder = utfs_instance_at(&trace->arena, slot)->recorder;
	if (!ret && recorder && recorder <= UTFS_MAX_RECORDERS)
		program = utfs_filter_get(&trace->arena, id, (unsigned int)recorder - 1, &bytes);
	if (program && program->text_bytes <= bytes &&
	    program->text <= bytes - program->text_bytes) {
		eventfs_text_write(out, (const char *)program + program->text, program->text_bytes);
		eventfs_text_putc(out, '\n');
	} else if (!ret) {
		eventfs_text_puts(out, "none\n");
	}
	return utfs_tx_end(&trace->arena, ret);
}

static int system_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot, system;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena,
			  utfs_system_find_serial(&trace->arena, key.b, &system) ? -ENODEV : 0);
	if (!ret)
		eventfs_text_puts(out,
				  "### global filter ###\n"
				  "# Use this to set filters for multiple events.\n"
				  "# Only events with the given fields will be affected.\n"
				  "# If no events are modified, an error message will be displayed "
				  "here\n");
	return ret;
}

const struct eventfs_file_ops utfs_file_event_filter = {.show = event_show, .store = event_store};
const struct eventfs_file_ops utfs_file_system_filter = {.show = system_show,
							 .store = system_store};
