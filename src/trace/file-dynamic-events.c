/* SPDX-License-Identifier: MIT */
/*
 * dynamic_events: events made at run time, in user_events syntax. Lists them, makes them without a program ("u:name fields"), and
 * removes them ("-:system/name": any event, also one that programs have declared, unless it is enabled or in use).
 */
#include <stdlib.h>
#include <string.h>

#include "arena/runtime-parse.h"
#include "trace/internal.h"

/* What the kernel takes as one line. */
#define LINE_BYTES_MAX 4094
#define SEPARATORS     " \t\n;"

static const char default_system[] = "user_events";

/* Names in the arena are compared by their lengths: nobody promises that their NUL is there. */
static bool is_named(const char *name, size_t bytes, const char *wanted)
{
	return strlen(wanted) == bytes && !memcmp(name, wanted, bytes);
}

/* ------------------------------------------------------------------------------------------------
 * From an event to its description
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

/* "char name[16]; offset ..." is "char[16] name" in a description; a struct's size follows its name. */
static void field_write(struct eventfs_text *out, const char *line, size_t bytes)
{
	const char *semicolon = memchr(line, ';', bytes);
	size_t all = semicolon ? (size_t)(semicolon - line) : bytes;
	const char *space = memrchr(line, ' ', all);
	const char *name = space ? space + 1 : line;
	const char *bracket = memchr(name, '[', all - (size_t)(name - line));
	size_t name_bytes = (size_t)((bracket ? bracket : line + all) - name);

	if (space)
		eventfs_text_write(out, line, (size_t)(space - line));
	if (bracket)
		eventfs_text_write(out, bracket, (size_t)(line + all - bracket));
	eventfs_text_putc(out, ' ');
	eventfs_text_write(out, name, name_bytes);
	if (all > 7 && !memcmp(line, "struct ", 7))
		eventfs_text_printf(out, " %lu", field_size(line, bytes));
}

static void fields_write(struct eventfs_text *out, const struct utfs_event_strings *event)
{
	const char *at = event->fields, *line, *gap = " ";
	size_t bytes;

	while ((line = field_next(&at, event->fields + event->fields_bytes, &bytes))) {
		eventfs_text_puts(out, gap);
		field_write(out, line, bytes);
		gap = "; ";
	}
}

static int dynamic_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;
	int ret = utfs_tx_begin(&trace->arena);

	(void)key;
	if (ret)
		return ret;
	while (utfs_event_walk_next(trace, 0, &walk)) {
		if (utfs_event_strings_get(&trace->arena, walk.id, &event) ||
		    !(event.flags & UTFS_EVENT_DYNAMIC))
			continue;
		eventfs_text_puts(out, "u:");
		if (!is_named(event.system, event.system_bytes, default_system)) {
			eventfs_text_write(out, event.system, event.system_bytes);
			eventfs_text_putc(out, '/');
		}
		eventfs_text_write(out, event.name, event.name_bytes);
		fields_write(out, &event);
		eventfs_text_putc(out, '\n');
	}
	return utfs_tx_end(&trace->arena, 0);
}

/* ------------------------------------------------------------------------------------------------
 * "u:name fields": an event without a program
 */

/* Room for the texts of one event. */
struct texts {
	char fields[32768];
	char print[32768];
};

static int event_create(struct utfs_trace *trace, char *description, struct texts *texts)
{
	struct utfs_text fields, print;
	struct utfs_runtime_layout layout;
	struct utfs_event_strings event;
	uint32_t id;
	int ret;

	utfs_text_init(&fields, texts->fields, sizeof(texts->fields));
	utfs_text_init(&print, texts->print, sizeof(texts->print));
	ret = utfs_runtime_parse(description, &layout, &fields, &print);
	if (ret)
		return ret;
	event = (struct utfs_event_strings){
		.system = layout.system,
		.name = layout.name,
		.fields = fields.start,
		.print_fmt = print.start,
		.system_bytes = strlen(layout.system),
		.name_bytes = strlen(layout.name),
		.fields_bytes = fields.length,
		.print_bytes = print.length,
		.record_bytes = layout.record_bytes,
		.flags = UTFS_EVENT_DYNAMIC,
	};
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, utfs_event_register(&trace->arena, &event, &id));
	/* The kernel's word for a name that stands for other fields. */
	return ret == -EEXIST ? -EADDRINUSE : ret;
}

/* ------------------------------------------------------------------------------------------------
 * "-:[system/]name [fields]"
 */

struct removal {
	const char *system; /* NULL: any, of events made at run time */
	const char *name;
	const char *fields; /* "": whatever they are */
};

/* The same words, whatever is between them. */
static bool words_equal(const char *one, const char *other)
{
	for (;;) {
		size_t bytes;

		one += strspn(one, SEPARATORS);
		other += strspn(other, SEPARATORS);
		bytes = strcspn(one, SEPARATORS);
		if (!bytes || bytes != strcspn(other, SEPARATORS) || memcmp(one, other, bytes))
			return !*one && !*other;
		one += bytes;
		other += bytes;
	}
}

static bool fields_match(const struct utfs_event_strings *event, const char *fields)
{
	struct eventfs_text text = {0};
	bool match;

	if (!fields[strspn(fields, SEPARATORS)])
		return true;
	fields_write(&text, event);
	eventfs_text_putc(&text, '\0');
	match = !text.error && words_equal(text.data, fields);
	eventfs_text_fini(&text);
	return match;
}

static bool removal_matches(const struct removal *removal, const struct utfs_event_strings *event)
{
	if (removal->system ? !is_named(event->system, event->system_bytes, removal->system)
			    : !(event->flags & UTFS_EVENT_DYNAMIC))
		return false;
	return is_named(event->name, event->name_bytes, removal->name) &&
	       fields_match(event, removal->fields);
}

static int removal_run(struct utfs_trace *trace, const struct removal *removal)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;
	int ret = -ENOENT;

	while (utfs_event_walk_next(trace, 0, &walk)) {
		if (utfs_event_strings_get(&trace->arena, walk.id, &event) ||
		    !removal_matches(removal, &event))
			continue;
		ret = utfs_event_remove(&trace->arena, walk.id);
		if (!ret)
			ret = utfs_tx_checkpoint(&trace->arena);
		if (ret)
			break;
	}
	return ret;
}

static int event_remove(struct utfs_trace *trace, char *line)
{
	struct removal removal = {0};
	size_t bytes = strcspn(line, " \t\n");
	char *event = line[0] == '-' ? line + 1 : memchr(line, ':', bytes), *slash;
	int ret;

	if (!event || *event != ':')
		return -EINVAL;
	removal.fields = line[bytes] ? line + bytes + 1 : "";
	line[bytes] = '\0';
	removal.name = event + 1;
	slash = strchr(event, '/');
	if (slash) {
		*slash = '\0';
		removal.system = event + 1;
		removal.name = slash + 1;
	} else if (!*removal.name) {
		return -EINVAL;
	}
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, removal_run(trace, &removal));
}

/* ------------------------------------------------------------------------------------------------
 * The file
 */

/* One line, NUL-terminated, cut into pieces. Nothing but white space or a comment is fine. */
static int line_run(struct utfs_trace *trace, char *line, struct texts *texts)
{
	line[strcspn(line, "#")] = '\0';
	if (line[0] == '-' || line[0] == '!')
		return event_remove(trace, line);
	if (!strncmp(line, "u:", 2))
		return event_create(trace, line + 2, texts);
	return line[strspn(line, " \t\n\v\f\r")] ? -EINVAL : 0;
}

/* As in the kernel: line by line; what was done before a wrong one stays. */
static ssize_t dynamic_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			     const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	char line[LINE_BYTES_MAX + 1];
	struct texts *texts = malloc(sizeof(*texts));
	size_t done = 0;
	int ret = texts ? 0 : -ENOMEM;

	(void)key;
	(void)req;
	(void)off;
	while (!ret && done < len_bytes) {
		const char *newline = memchr(buf + done, '\n', len_bytes - done);
		size_t bytes = newline ? (size_t)(newline - buf) - done : len_bytes - done;

		if (bytes > LINE_BYTES_MAX) {
			ret = -EINVAL;
			break;
		}
		memcpy(line, buf + done, bytes);
		line[bytes] = '\0';
		ret = line_run(trace, line, texts);
		done += bytes + (newline != NULL);
	}
	free(texts);
	return ret ? ret : (ssize_t)len_bytes;
}

/* Return: is any event that was made at run time enabled or in use? */
static bool any_busy(struct utfs_trace *trace) UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;

	while (utfs_event_walk_next(trace, 0, &walk))
		if (!utfs_event_strings_get(&trace->arena, walk.id, &event) &&
		    event.flags & UTFS_EVENT_DYNAMIC &&
		    (*utfs_event_mask(&trace->arena, walk.id) ||
		     utfs_proc_event_used(&trace->arena, walk.id)))
			return true;
	return false;
}

static int remove_all(struct utfs_trace *trace) UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;
	int ret = any_busy(trace) ? -EBUSY : 0;

	while (!ret && utfs_event_walk_next(trace, 0, &walk)) {
		if (utfs_event_strings_get(&trace->arena, walk.id, &event) ||
		    !(event.flags & UTFS_EVENT_DYNAMIC))
			continue;
		ret = utfs_event_remove(&trace->arena, walk.id);
		if (!ret)
			ret = utfs_tx_checkpoint(&trace->arena);
	}
	return ret;
}

/* As in the kernel: all of them, or if one is busy none. */
static int dynamic_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	struct utfs_trace *trace = ctx;
	int ret = utfs_tx_begin(&trace->arena);

	(void)key;
	(void)req;
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, remove_all(trace));
}

const struct eventfs_file_ops utfs_file_dynamic_events = {
	.show = dynamic_show,
	.store = dynamic_store,
	.truncate_open = dynamic_truncate,
};
