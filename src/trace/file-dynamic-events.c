/* SPDX-License-Identifier: MIT */
/*
 * dynamic_events: events made at run time, in user_events syntax. Lists them, makes them without a program ("u:name fields"), and
 * removes them ("-:system/name": any event, also one that programs have declared, unless it is enabled or in use).
 */
#include <stdlib.h>
#include <string.h>

#include "arena/runtime-parse.h"
#include "trace/dynamic.h"
#include "trace/synthetic.h"

#define SEPARATORS " \t\n;"

static const char default_system[] = "user_events";

/* Names in the arena are compared by their lengths: nobody promises that their NUL is there. */
static bool is_named(const char *name, size_t bytes, const char *wanted)
{
	return strlen(wanted) == bytes && !memcmp(name, wanted, bytes);
}

static void user_event_show(struct eventfs_text *out, const struct utfs_event_strings *event)
{
	eventfs_text_puts(out, "u:");
	if (!is_named(event->system, event->system_bytes, default_system)) {
		eventfs_text_write(out, event->system, event->system_bytes);
		eventfs_text_putc(out, '/');
	}
	eventfs_text_write(out, event->name, event->name_bytes);
	if (event->fields_bytes)
		eventfs_text_putc(out, ' ');
	utfs_dynamic_fields_write(out, event);
	eventfs_text_putc(out, '\n');
}

static void any_event_show(struct eventfs_text *out, const struct utfs_event_strings *event)
{
	if (event->flags & UTFS_EVENT_SYNTHETIC) {
		eventfs_text_puts(out, "s:" UTFS_SYNTHETIC_SYSTEM "/");
		utfs_synthetic_show(out, event);
	} else {
		user_event_show(out, event);
	}
}

static int dynamic_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	(void)key;
	return utfs_dynamic_events_show(ctx, UTFS_EVENT_SYNTHETIC | UTFS_EVENT_DYNAMIC, out,
					any_event_show);
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
	const char *system; /* NULL: any, of events made at run time or synthetic */
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
	utfs_dynamic_fields_write(&text, event);
	eventfs_text_putc(&text, '\0');
	match = !text.error && words_equal(text.data, fields);
	eventfs_text_fini(&text);
	return match;
}

static bool removal_matches(const struct removal *removal, const struct utfs_event_strings *event)
{
	bool is_synthetic = event->flags & UTFS_EVENT_SYNTHETIC;

	if (removal->system ? !is_named(event->system, event->system_bytes, removal->system)
			    : !is_synthetic && !(event->flags & UTFS_EVENT_DYNAMIC))
		return false;
	/* As in the kernel, the fields of a synthetic event do not matter. */
	return is_named(event->name, event->name_bytes, removal->name) &&
	       (is_synthetic || fields_match(event, removal->fields));
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

/* Nothing but white space is fine. */
static int line_run(struct utfs_trace *trace, char *line, void *texts)
{
	if (line[0] == '-' || line[0] == '!')
		return event_remove(trace, line);
	if (!strncmp(line, "u:", 2))
		return event_create(trace, line + 2, texts);
	if (!strncmp(line, "s:", 2))
		return utfs_synthetic_create_dynamic(trace, line);
	return line[strspn(line, " \t\n\v\f\r")] ? -EINVAL : 0;
}

static ssize_t dynamic_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			     const char *buf, size_t len_bytes, off_t off)
{
	struct texts *texts = malloc(sizeof(*texts));
	ssize_t ret = -ENOMEM;

	(void)key;
	(void)req;
	(void)off;
	if (texts)
		ret = utfs_dynamic_lines_run(ctx, buf, len_bytes, line_run, texts);
	free(texts);
	return ret;
}

/* As in the kernel: all of them, or if one is busy none. */
static int dynamic_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	(void)key;
	(void)req;
	return utfs_dynamic_remove_all(ctx, UTFS_EVENT_DYNAMIC | UTFS_EVENT_SYNTHETIC);
}

const struct eventfs_file_ops utfs_file_dynamic_events = {
	.show = dynamic_show,
	.store = dynamic_store,
	.truncate_open = dynamic_truncate,
};
