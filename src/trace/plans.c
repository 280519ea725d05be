/* SPDX-License-Identifier: MIT */
#include "trace/plans.h"

#include <stdlib.h>
#include <string.h>

#include "trace/format.h"
#include "trace/ftrace-formats.h"

#define ROW_BITS 8
#define ROWS	 (UTFS_MAX_EVENTS >> ROW_BITS)
#define COLUMNS	 (1 << ROW_BITS)

struct plan_row {
	struct utfs_plan_entry *entries[COLUMNS];
};

struct utfs_plans {
	struct plan_row *rows[ROWS];
};

/* Stands for an event that could not be found: it is not looked for again. */
static struct utfs_plan_entry entry_missing;

int utfs_plans_create(struct utfs_plans **plans)
{
	*plans = calloc(1, sizeof(**plans));
	return *plans ? 0 : -ENOMEM;
}

static void entry_free(struct utfs_plan_entry *entry)
{
	if (!entry || entry == &entry_missing)
		return;
	utfs_plan_free(entry->plan);
	utfs_plan_free(entry->fields);
	free(entry->name);
	free(entry);
}

void utfs_plans_free(struct utfs_plans *plans)
{
	if (!plans)
		return;
	for (unsigned int r = 0; r < ROWS; r++) {
		for (unsigned int c = 0; plans->rows[r] && c < COLUMNS; c++)
			entry_free(plans->rows[r]->entries[c]);
		free(plans->rows[r]);
	}
	free(plans);
}

static int plan_make(const struct utfs_event_format *format, const struct utfs_event_strings *event,
		     struct utfs_print_plan **plan)
{
	if (event->flags & UTFS_EVENT_SYNTHETIC)
		return utfs_plan_synthetic(format, plan);
	return utfs_plan_create(format, event->print_fmt, event->print_bytes, plan);
}

static struct utfs_plan_entry *entry_compile(const struct utfs_event_strings *event)
{
	struct utfs_plan_entry *entry = calloc(1, sizeof(*entry));
	struct utfs_event_format *format = NULL;

	if (!entry)
		return NULL;
	entry->name = strndup(event->name, event->name_bytes);
	entry->name_bytes = event->name_bytes;
	if (!entry->name ||
	    utfs_event_format_parse(event->fields, event->fields_bytes, &format, NULL) ||
	    plan_make(format, event, &entry->plan) || utfs_plan_fields(format, &entry->fields)) {
		entry_free(entry);
		entry = NULL;
	}
	utfs_event_format_free(format);
	return entry;
}

/* An event of the ftrace system is the same everywhere. */
static struct utfs_event_strings strings_of_ftrace(const struct utfs_ftrace_event *event)
{
	return (struct utfs_event_strings){
		.system = "ftrace",
		.name = event->name,
		.fields = event->fields,
		.print_fmt = event->print_fmt,
		.system_bytes = strlen("ftrace"),
		.name_bytes = strlen(event->name),
		.fields_bytes = strlen(event->fields),
		.print_bytes = strlen(event->print_fmt),
	};
}

int utfs_event_strings_copy(struct utfs_trace *trace, uint32_t id,
			    struct utfs_event_strings *strings, char **copy)
{
	const struct utfs_ftrace_event *ftrace = utfs_ftrace_event_by_id(id);
	int ret;

	*copy = NULL;
	if (ftrace) {
		*strings = strings_of_ftrace(ftrace);
		return 0;
	}
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	ret = utfs_event_strings_get(&trace->arena, id, strings);
	if (!ret) {
		/* Name, fields and print format follow each other in the description. */
		const size_t bytes =
			strings->name_bytes + strings->fields_bytes + strings->print_bytes + 3;

		*copy = malloc(bytes + strings->system_bytes + 1);
		if (*copy) {
			memcpy(*copy, strings->name, bytes);
			memcpy(*copy + bytes, strings->system, strings->system_bytes);
			(*copy)[bytes + strings->system_bytes] = '\0';
			strings->name = *copy;
			strings->fields = *copy + strings->name_bytes + 1;
			strings->print_fmt = strings->fields + strings->fields_bytes + 1;
			strings->system = *copy + bytes;
		} else {
			ret = -ENOMEM;
		}
	}
	return utfs_tx_end(&trace->arena, ret);
}

static struct utfs_plan_entry *entry_make(struct utfs_trace *trace, uint32_t id)
{
	struct utfs_event_strings strings;
	struct utfs_plan_entry *entry = NULL;
	char *copy;

	if (!utfs_event_strings_copy(trace, id, &strings, &copy))
		entry = entry_compile(&strings);
	free(copy);
	return entry;
}

bool utfs_plans_has(const struct utfs_plans *plans, uint32_t id)
{
	const struct plan_row *row = id < UTFS_MAX_EVENTS ? plans->rows[id >> ROW_BITS] : NULL;

	return id >= UTFS_MAX_EVENTS || (row && row->entries[id & (COLUMNS - 1)]);
}

const struct utfs_plan_entry *utfs_plans_get(struct utfs_plans *plans, struct utfs_trace *trace,
					     uint32_t id)
{
	struct plan_row **row;
	struct utfs_plan_entry **entry;

	if (id >= UTFS_MAX_EVENTS)
		return NULL;
	row = &plans->rows[id >> ROW_BITS];
	if (!*row)
		*row = calloc(1, sizeof(**row));
	if (!*row)
		return NULL;
	entry = &(*row)->entries[id & (COLUMNS - 1)];
	if (!*entry)
		*entry = entry_make(trace, id);
	if (!*entry)
		*entry = &entry_missing;
	return *entry == &entry_missing ? NULL : *entry;
}
