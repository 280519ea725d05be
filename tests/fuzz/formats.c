/* SPDX-License-Identifier: MIT */
/*
 * What an event says of itself, and records of it. An input is three pieces with a zero byte behind each of the first two: field lines (or,
 * where the first byte is 'u', a description as programs and people give it at run time), a print format, a record.
 */
#include <stdlib.h>
#include <string.h>

#include "arena/runtime-parse.h"
#include "trace/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define TEXT_BYTES 32768

/* The record in memory of its own length, so that whoever reads beyond it is seen. */
struct record {
	void *bytes;
	size_t len_bytes;
};

static void line_print(const struct utfs_print_plan *plan, const struct record *record,
		       const struct utfs_line_style *style)
{
	struct eventfs_text text = {0};
	const struct utfs_line line = {.record = record->bytes,
				       .record_bytes = record->len_bytes,
				       .name = "event",
				       .comm = "fuzz",
				       .plan = plan};

	utfs_print_line(&text, style, &line);
	eventfs_text_fini(&text);
}

/* In every way that a record is printed. */
static void record_print(struct utfs_print_plan *plan, const struct record *record)
{
	static const struct utfs_line_style styles[] = {
		{.context_info = true, .irq_info = true, .clock_in_ns = true},
		{.raw = true},
		{.hex = true},
		{.bin = true},
		{.latency = true, .verbose = true},
	};
	struct eventfs_text text = {0};

	if (!plan)
		return;
	utfs_print_event(plan, record->bytes, record->len_bytes, &text);
	eventfs_text_fini(&text);
	/* Who prints a line has looked at the head, which is there. */
	for (size_t i = 0; record->len_bytes >= UTFS_COMMON_BYTES && i < 5; i++)
		line_print(plan, record, &styles[i]);
	utfs_plan_free(plan);
}

static void event_try(const char *fields, size_t fields_bytes, const char *print,
		      size_t print_bytes, const struct record *record)
{
	struct utfs_event_format *format;
	struct utfs_print_plan *plan;
	struct eventfs_text text = {0};

	utfs_format_write(&text, "event", 77, fields, fields_bytes, print, print_bytes);
	eventfs_text_fini(&text);
	if (utfs_event_format_parse(fields, fields_bytes, &format, NULL))
		return;
	record_print(utfs_plan_compile(format, print, print_bytes, &plan, NULL) ? NULL : plan,
		     record);
	record_print(utfs_plan_fields(format, &plan) ? NULL : plan, record);
	record_print(utfs_plan_synthetic(format, &plan) ? NULL : plan, record);
	utfs_event_format_free(format);
}

/* Whatever a description makes must be what the others understand; what its print format cannot say is printed field by field. */
static void description_try(char *description, const struct record *record)
{
	static char fields_text[TEXT_BYTES], print_text[TEXT_BYTES];
	struct utfs_runtime_layout layout;
	struct utfs_text fields, print;
	struct utfs_event_format *format;
	struct utfs_print_plan *plan;

	utfs_text_init(&fields, fields_text, sizeof(fields_text));
	utfs_text_init(&print, print_text, sizeof(print_text));
	if (utfs_runtime_parse(description, &layout, &fields, &print))
		return;
	if (utfs_event_format_parse(fields.start, fields.length, &format, NULL) ||
	    utfs_plan_create(format, print.start, print.length, &plan))
		abort();
	utfs_plan_free(plan);
	utfs_event_format_free(format);
	event_try(fields.start, fields.length, print.start, print.length, record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *copy = malloc(bytes + 1);
	const char *end, *print;
	struct record record;
	size_t fields_bytes, print_bytes;

	if (!copy || !bytes) {
		free(copy);
		return 0;
	}
	memcpy(copy, data, bytes);
	copy[bytes] = '\0';
	end = copy + bytes;
	fields_bytes = strlen(copy);
	print = copy + fields_bytes + (copy + fields_bytes < end);
	print_bytes = strlen(print);
	record.len_bytes =
		(size_t)(end - print) > print_bytes ? (size_t)(end - print) - print_bytes - 1 : 0;
	record.bytes = malloc(record.len_bytes + !record.len_bytes);
	if (!record.bytes)
		abort();
	memcpy(record.bytes, end - record.len_bytes, record.len_bytes);
	if (*copy == 'u')
		description_try(copy + 1, &record);
	else
		event_try(copy, fields_bytes, print, print_bytes, &record);
	free(record.bytes);
	free(copy);
	return 0;
}
