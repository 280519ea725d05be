/* SPDX-License-Identifier: MIT */
#include "trace/dynamic.h"

#include <string.h>

ssize_t utfs_dynamic_lines_run(struct utfs_trace *trace, const char *buf, size_t len_bytes,
			       int (*run)(struct utfs_trace *trace, char *line, void *ctx),
			       void *ctx)
{
	char line[UTFS_DYNAMIC_LINE_MAX + 1];
	size_t done = 0;
	int ret = 0;

	while (!ret && done < len_bytes) {
		const char *newline = memchr(buf + done, '\n', len_bytes - done);
		size_t bytes = newline ? (size_t)(newline - buf) - done : len_bytes - done;

		if (bytes > UTFS_DYNAMIC_LINE_MAX) {
			ret = -EINVAL;
			break;
		}
		memcpy(line, buf + done, bytes);
		line[bytes] = '\0';
		line[strcspn(line, "#")] = '\0';
		ret = run(trace, line, ctx);
		done += bytes + (newline != NULL);
	}
	return ret ? ret : (ssize_t)len_bytes;
}

/* ------------------------------------------------------------------------------------------------
 * From an event to its definition
 */

/* The next field line of a format. Return: it, without "\tfield:", and its length; NULL: no more. */
static const char *field_next(const char **at, const char *end, size_t *bytes)
{
	static const char mark[] = "\tfield:";

	while (*at < end) {
		const char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line));

		*at = newline ? newline + 1 : end;
		*bytes = (size_t)((newline ? newline : end) - line);
		if (*bytes < sizeof(mark) - 1 || memcmp(line, mark, sizeof(mark) - 1))
			continue;
		*bytes -= sizeof(mark) - 1;
		return line + sizeof(mark) - 1;
	}
	return NULL;
}

/* The number behind ";\tsize:". */
static unsigned long field_size(const char *line, size_t bytes)
{
	static const char mark[] = "\tsize:";
	const char *at = memmem(line, bytes, mark, sizeof(mark) - 1);
	unsigned long size = 0;

	for (at = at ? at + sizeof(mark) - 1 : line + bytes;
	     at < line + bytes && *at >= '0' && *at <= '9'; at++)
		size = size * 10 + (unsigned long)(*at - '0');
	return size;
}

/*
 * "char name[16]; offset ..." is "char[16] name" in a definition; a struct's size follows its name. Of synthetic events, as in the
 * kernel, the format tells a string's length only as the field's size, and the definition is without __data_loc.
 */
static void field_write(struct eventfs_text *out, const char *line, size_t bytes, bool is_synthetic)
{
	static const char located[] = "__data_loc ";
	const unsigned long size = field_size(line, bytes);
	const char *semicolon = memchr(line, ';', bytes);
	const char *end = semicolon ? semicolon : line + bytes;
	const char *space = memrchr(line, ' ', (size_t)(end - line));
	const char *name = space ? space + 1 : line;
	const char *bracket = memchr(name, '[', (size_t)(end - name));

	if (space) {
		bool skip = is_synthetic && space - line > (ptrdiff_t)sizeof(located) &&
			    !memcmp(line, located, sizeof(located) - 1);

		line += skip ? sizeof(located) - 1 : 0;
		eventfs_text_write(out, line, (size_t)(space - line));
	}
	if (bracket && is_synthetic)
		eventfs_text_printf(out, "[%lu]", size);
	else if (bracket)
		eventfs_text_write(out, bracket, (size_t)(end - bracket));
	eventfs_text_putc(out, ' ');
	eventfs_text_write(out, name, (size_t)((bracket ? bracket : end) - name));
	if (end - line > 7 && !memcmp(line, "struct ", 7))
		eventfs_text_printf(out, " %lu", size);
}

void utfs_dynamic_fields_write(struct eventfs_text *out, const struct utfs_event_strings *event)
{
	const char *at = event->fields, *line, *gap = "";
	size_t bytes;

	while ((line = field_next(&at, event->fields + event->fields_bytes, &bytes))) {
		eventfs_text_puts(out, gap);
		field_write(out, line, bytes, event->flags & UTFS_EVENT_SYNTHETIC);
		gap = "; ";
	}
}

int utfs_dynamic_events_show(struct utfs_trace *trace, uint32_t flags, struct eventfs_text *out,
			     void (*write)(struct eventfs_text *out,
					   const struct utfs_event_strings *event))
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	while (utfs_event_walk_next(trace, 0, &walk))
		if (!utfs_event_strings_get(&trace->arena, walk.id, &event) && event.flags & flags)
			write(out, &event);
	return utfs_tx_end(&trace->arena, 0);
}

/* ------------------------------------------------------------------------------------------------
 * Removing
 */

/* Return: is any of them enabled or in use? */
static bool any_busy(struct utfs_trace *trace, uint32_t flags)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;

	while (utfs_event_walk_next(trace, 0, &walk))
		if (!utfs_event_strings_get(&trace->arena, walk.id, &event) &&
		    event.flags & flags && utfs_event_busy(&trace->arena, walk.id))
			return true;
	return false;
}

static int remove_all(struct utfs_trace *trace, uint32_t flags)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;
	int ret = any_busy(trace, flags) ? -EBUSY : 0;

	while (!ret && utfs_event_walk_next(trace, 0, &walk)) {
		if (utfs_event_strings_get(&trace->arena, walk.id, &event) ||
		    !(event.flags & flags))
			continue;
		ret = utfs_event_remove(&trace->arena, walk.id);
		if (!ret)
			ret = utfs_tx_checkpoint(&trace->arena);
	}
	return ret;
}

int utfs_dynamic_remove_all(struct utfs_trace *trace, uint32_t flags)
{
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, remove_all(trace, flags));
}
