/* SPDX-License-Identifier: MIT */
/*
 * csv (RFC 4180): a line for each event, and a column for each name that a field of one of them has. Which those are is looked for ahead.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/internal.h"

struct column {
	char *name; /* of the fields */
};

struct table {
	struct utfs_export *export;
	bool *seen; /* by a type's index */
	size_t nr_seen;
	struct column *columns;
	size_t nr_columns;
	/* By a type's index: the number of its field for each column, -1: none. */
	int **fields;
	struct eventfs_text text;
};

/* ------------------------------------------------------------------------------------------------
 * Columns
 */

static int look(void *ctx, const struct utfs_recording_event *event)
{
	struct table *table = ctx;
	const uint32_t index = event->type->index;

	if (index >= table->nr_seen) {
		size_t nr = index + 64;
		bool *seen = realloc(table->seen, nr * sizeof(*seen));

		if (!seen)
			return -ENOMEM;
		memset(seen + table->nr_seen, 0, (nr - table->nr_seen) * sizeof(*seen));
		table->seen = seen;
		table->nr_seen = nr;
	}
	table->seen[index] = true;
	return 0;
}

static int add_column(struct table *table, const char *name)
{
	struct column *columns;

	for (size_t i = 0; i < table->nr_columns; i++) {
		if (strcmp(table->columns[i].name, name) == 0)
			return 0;
	}
	columns = realloc(table->columns, (table->nr_columns + 1) * sizeof(*columns));
	if (!columns)
		return -ENOMEM;
	table->columns = columns;
	columns[table->nr_columns].name = strdup(name);
	return columns[table->nr_columns++].name ? 0 : -ENOMEM;
}

static const struct utfs_event_format *format_of(const struct table *table, size_t index)
{
	const struct utfs_recording_type *type =
		utfs_recording_type(table->export->recording, index);

	/* One that the file has no format for comes up later, and has no fields. */
	return table->seen[index] && type ? type->format : NULL;
}

static int map_fields(struct table *table, size_t index)
{
	const struct utfs_event_format *format = format_of(table, index);

	if (!format)
		return 0;
	table->fields[index] = calloc(table->nr_columns + 1, sizeof(int));
	if (!table->fields[index])
		return -ENOMEM;
	for (size_t i = 0; i < table->nr_columns; i++) {
		table->fields[index][i] = -1;
		for (size_t j = UTFS_NR_COMMON; j < format->nr_fields; j++) {
			if (strcmp(format->fields[j].name, table->columns[i].name) == 0)
				table->fields[index][i] = (int)j;
		}
	}
	return 0;
}

static int find_columns(struct table *table, struct utfs_recording_failure *failure)
{
	int ret = utfs_export_scan(table->export, look, table, failure);

	for (size_t i = 0; i < table->nr_seen && !ret; i++) {
		const struct utfs_event_format *format = format_of(table, i);

		for (size_t j = UTFS_NR_COMMON; format && j < format->nr_fields && !ret; j++)
			ret = add_column(table, format->fields[j].name);
	}
	table->fields = calloc(table->nr_seen + 1, sizeof(*table->fields));
	if (!table->fields)
		ret = -ENOMEM;
	for (size_t i = 0; i < table->nr_seen && !ret; i++)
		ret = map_fields(table, i);
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * Lines
 */

static void put_text(FILE *out, const char *text, size_t bytes)
{
	if (!bytes)
		return;
	if (!memchr(text, '"', bytes) && !memchr(text, ',', bytes) && !memchr(text, '\n', bytes) &&
	    !memchr(text, '\r', bytes)) {
		fwrite(text, bytes, 1, out);
		return;
	}
	putc('"', out);
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '"')
			putc('"', out);
		putc(text[i], out);
	}
	putc('"', out);
}

static void put_value(FILE *out, const struct utfs_recording_value *value)
{
	struct utfs_recording_value element;

	switch (value->kind) {
	case UTFS_RECORDING_SIGNED:
		fprintf(out, "%" PRId64, value->i);
		break;
	case UTFS_RECORDING_UNSIGNED:
		fprintf(out, "%" PRIu64, value->u);
		break;
	case UTFS_RECORDING_FLOAT:
		fprintf(out, "%.17g", value->f);
		break;
	case UTFS_RECORDING_STRING:
		put_text(out, (const char *)value->data, value->bytes);
		break;
	case UTFS_RECORDING_ARRAY:
		for (size_t i = 0; i < value->count; i++) {
			if (i)
				putc(' ', out);
			put_value(out, utfs_recording_element(value, i, &element));
		}
		break;
	case UTFS_RECORDING_OPAQUE:
		for (size_t i = 0; i < value->bytes; i++)
			fprintf(out, "%02x", value->data[i]);
		break;
	default:
		break;
	}
}

static void put_string(FILE *out, const char *string)
{
	putc(',', out);
	if (string)
		put_text(out, string, strlen(string));
}

static void put_head(const struct table *table)
{
	FILE *out = table->export->out;

	fputs("timestamp,cpu,pid,tid,comm,system,event,text", out);
	for (size_t i = 0; i < table->nr_columns; i++)
		fprintf(out, ",fields.%s", table->columns[i].name);
	fputs("\r\n", out);
}

static void put_event(struct table *table, const struct utfs_recording_event *event)
{
	const uint32_t index = event->type->index;
	const int *fields = index < table->nr_seen ? table->fields[index] : NULL;
	FILE *out = table->export->out;
	struct utfs_recording_value value;

	fprintf(out, "%" PRIu64 ",%" PRIu32 ",", event->timestamp, event->cpu);
	if (event->tgid || !event->tid)
		fprintf(out, "%" PRId32, event->tgid);
	fprintf(out, ",%" PRId32, event->tid);
	put_string(out, event->comm);
	put_string(out, event->type->system);
	put_string(out, event->type->name);
	putc(',', out);
	table->text.len_bytes = 0;
	utfs_recording_text(table->export->recording, event, &table->text);
	put_text(out, table->text.data, table->text.len_bytes);
	for (size_t i = 0; i < table->nr_columns; i++) {
		putc(',', out);
		if (fields && fields[i] >= 0)
			put_value(out, utfs_recording_value(event,
							    &event->type->format->fields[fields[i]],
							    &value));
	}
	fputs("\r\n", out);
}

static void table_fini(struct table *table)
{
	for (size_t i = 0; i < table->nr_columns; i++)
		free(table->columns[i].name);
	for (size_t i = 0; table->fields && i < table->nr_seen; i++)
		free(table->fields[i]);
	free(table->fields);
	free(table->columns);
	free(table->seen);
	eventfs_text_fini(&table->text);
}

int utfs_export_csv(struct utfs_export *export, struct utfs_recording_failure *failure)
{
	struct table table = {.export = export};
	struct utfs_recording_event event;
	int ret = find_columns(&table, failure);

	if (!ret) {
		put_head(&table);
		while (!table.text.error && !ferror(export->out) &&
		       (ret = utfs_export_next(export, &event)) > 0)
			put_event(&table, &event);
		if (table.text.error)
			ret = table.text.error;
	}
	table_fini(&table);
	return ret > 0 ? 0 : ret;
}
