/* SPDX-License-Identifier: MIT */
/*
 * Plans that print every field, " name=value" each: what options/fields shows, and what is left where a print format cannot
 * be understood. The look is the kernel's print_fields(), which shows arrays of numbers as "<INVALID-SIZE>" or as one number;
 * here they print like __print_array(). Floating-point fields, which the kernel does not have, print as %g.
 */
#include <stdlib.h>

#include "trace/print-internal.h"

static const struct utfs_number_spec signed_dec = {
	.base = 10, .flags = UTFS_SPEC_SIGNED, .precision = -1};
static const struct utfs_number_spec prefixed_hex = {
	.base = 16, .flags = UTFS_SPEC_PREFIX, .precision = -1};
static const struct utfs_number_spec general = {.base = 10, .precision = -1};

int utfs_plan_fields(const struct utfs_event_format *format, struct utfs_print_plan **plan)
{
	size_t nr = format->nr_fields - UTFS_NR_COMMON;
	struct utfs_print_plan *made = calloc(1, sizeof(*made));
	struct utfs_step step = {0};
	uint32_t offset;
	int ret = -ENOMEM;

	*plan = NULL;
	if (!made)
		return -ENOMEM;
	made->is_fields = true;
	made->nr_fields = nr;
	made->fields = calloc(nr + 1, sizeof(*made->fields));
	if (!made->fields)
		goto out;
	ret = 0;
	for (size_t i = 0; i < nr && !ret; i++) {
		const struct utfs_field *field = &format->fields[UTFS_NR_COMMON + i];

		made->fields[i] = *field;
		made->fields[i].is_string =
			strstr(field->type, "char") && !strstr(field->type, "*[");
		made->fields[i].name = made->fields[i].type = NULL;
		step = (struct utfs_step){.kind = UTFS_STEP_FIELD,
					  .literal = (uint32_t)made->pool_bytes,
					  .literal_bytes = (uint32_t)strlen(field->name) + 2,
					  .a = (uint32_t)i};
		ret = utfs_plan_pool_add(made, " ", 1, &offset);
		if (!ret)
			ret = utfs_plan_pool_add(made, field->name, strlen(field->name), &offset);
		if (!ret)
			ret = utfs_plan_pool_add(made, "=", 1, &offset);
		if (!ret)
			ret = utfs_plan_step_add(made, &step);
	}
	step = (struct utfs_step){.literal = (uint32_t)made->pool_bytes};
	if (!ret && nr == 0) {
		step.literal_bytes = sizeof("No fields found") - 1;
		ret = utfs_plan_pool_add(made, "No fields found", step.literal_bytes, &offset);
	}
	if (!ret)
		ret = utfs_plan_finish(made, &step);
out:
	if (ret)
		utfs_plan_free(made);
	else
		*plan = made;
	return ret;
}

static void sink_puts(struct utfs_sink *sink, const char *string)
{
	utfs_sink_write(sink, string, strlen(string));
}

static void sink_integer(struct utfs_sink *sink, const struct utfs_field *field, const uint8_t *at)
{
	unsigned int size_bytes = field->size_bytes;
	uint64_t value = 0;

	memcpy(&value, at, size_bytes);
	if (field->is_pointer && field->is_string) {
		/* The string is in another process. */
		struct utfs_number_spec spec = prefixed_hex;

		spec.flags |= UTFS_SPEC_ZERO;
		spec.width = 18;
		utfs_sink_putc(sink, '(', 1);
		utfs_sink_number(sink, value, &spec);
		utfs_sink_putc(sink, ')', 1);
		return;
	}
	if (size_bytes == 1) {
		if (value >= ' ' && value <= '~') {
			utfs_sink_putc(sink, '\'', 1);
			utfs_sink_putc(sink, (char)value, 1);
			utfs_sink_putc(sink, '\'', 1);
		}
	} else {
		utfs_sink_number(sink, value, &prefixed_hex);
		utfs_sink_putc(sink, ' ', 1);
	}
	if (size_bytes >= 4)
		value = utfs_int_extend(value, size_bytes, true);
	utfs_sink_putc(sink, '(', 1);
	utfs_sink_number(sink, value, &signed_dec);
	utfs_sink_putc(sink, ')', 1);
}

static void sink_float(struct utfs_sink *sink, const uint8_t *at, unsigned int size_bytes)
{
	utfs_sink_float(sink, utfs_record_float(at, size_bytes), 'g', &general);
}

static void sink_float_array(struct utfs_sink *sink, const struct utfs_field *field,
			     const uint8_t *bytes, size_t len_bytes)
{
	utfs_sink_putc(sink, '{', 1);
	for (size_t pos = 0; pos + field->element_bytes <= len_bytes; pos += field->element_bytes) {
		if (pos > 0)
			utfs_sink_putc(sink, ',', 1);
		sink_float(sink, bytes + pos, field->element_bytes);
	}
	utfs_sink_putc(sink, '}', 1);
}

/* Bytes of an array or a dynamic field. */
static void sink_bytes(struct utfs_sink *sink, const struct utfs_field *field, const uint8_t *bytes,
		       size_t len_bytes)
{
	uint32_t element_bytes = field->element_bytes;

	if (field->is_string)
		utfs_sink_write(sink, bytes, strnlen((const char *)bytes, len_bytes));
	else if (field->is_float_element)
		sink_float_array(sink, field, bytes, len_bytes);
	else if (field->kind == UTFS_FIELD_ARRAY && (element_bytes == 1 || element_bytes == 2 ||
						     element_bytes == 4 || element_bytes == 8))
		utfs_sink_array(sink, bytes, len_bytes, len_bytes / element_bytes, element_bytes);
	else
		utfs_sink_hex(sink, bytes, len_bytes, ",");
}

/* Longer than anything that one field prints, per byte of it: an element of a float array. */
#define FIELD_BYTES_PER_BYTE 8
#define FIELD_BYTES	     64

void utfs_print_field(const struct utfs_field *field, const uint8_t *record, size_t len_bytes,
		      struct eventfs_text *text)
{
	size_t size = field->size_bytes;
	const uint8_t *bytes;
	struct utfs_sink sink;
	char *start;

	if (size > len_bytes || field->offset > len_bytes - size) {
		eventfs_text_puts(text, "<OVERFLOW>");
		return;
	}
	bytes = record + field->offset;
	if (field->kind == UTFS_FIELD_DYNAMIC) {
		uint32_t where;

		memcpy(&where, bytes, sizeof(where));
		if (!utfs_record_dynamic(record, len_bytes, field->offset, field->is_relative,
					 &bytes, &size) ||
		    size < where >> 16) {
			eventfs_text_puts(text, "<OVERFLOW>");
			return;
		}
	} else if (size == 0) {
		size = len_bytes - field->offset;
	}
	start = eventfs_text_reserve(text, size * FIELD_BYTES_PER_BYTE + FIELD_BYTES);
	if (!start)
		return;
	sink = (struct utfs_sink){start, start + size * FIELD_BYTES_PER_BYTE + FIELD_BYTES};
	if (field->kind == UTFS_FIELD_INTEGER)
		sink_integer(&sink, field, bytes);
	else if (field->kind == UTFS_FIELD_FLOAT)
		sink_float(&sink, bytes, field->size_bytes);
	else if (field->kind == UTFS_FIELD_OPAQUE)
		sink_puts(&sink, "<INVALID-SIZE>");
	else
		sink_bytes(&sink, field, bytes, size);
	text->len_bytes += (size_t)(sink.p - start);
}
