/* SPDX-License-Identifier: MIT */
/* Fields of records by type, and their text. */
#include <string.h>

#include "recording/internal.h"
#include "trace/record.h"

static void load_integer(struct utfs_recording_value *value, const unsigned char *at, size_t bytes,
			 bool is_signed)
{
	value->kind = is_signed ? UTFS_RECORDING_SIGNED : UTFS_RECORDING_UNSIGNED;
	value->u = utfs_record_integer(at, (unsigned int)bytes, is_signed);
}

static void load_float(struct utfs_recording_value *value, const unsigned char *at, size_t bytes)
{
	value->kind = UTFS_RECORDING_FLOAT;
	value->f = utfs_record_float(at, (unsigned int)bytes);
}

static bool is_number_size(size_t bytes)
{
	return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

/* A string or an array of so many bytes. */
static void load_bytes(struct utfs_recording_value *value, const struct utfs_field *field,
		       const unsigned char *at, size_t bytes)
{
	value->data = at;
	value->bytes = bytes;
	if (field->is_string) {
		value->kind = UTFS_RECORDING_STRING;
		value->bytes = strnlen((const char *)at, bytes);
		return;
	}
	value->kind = UTFS_RECORDING_ARRAY;
	value->element_bytes = field->element_bytes;
	value->count = bytes / field->element_bytes;
	value->element = field->is_float_element		  ? UTFS_RECORDING_FLOAT
			 : !is_number_size(field->element_bytes)  ? UTFS_RECORDING_OPAQUE
			 : field->is_signed && !field->is_pointer ? UTFS_RECORDING_SIGNED
								  : UTFS_RECORDING_UNSIGNED;
}

const struct utfs_recording_value *utfs_recording_value(const struct utfs_recording_event *event,
							const struct utfs_field *field,
							struct utfs_recording_value *value)
{
	const size_t left =
		field->offset <= event->record_bytes ? event->record_bytes - field->offset : 0;
	const unsigned char *at = event->record + field->offset, *bytes;
	size_t nr_bytes;

	*value = (struct utfs_recording_value){.kind = UTFS_RECORDING_NONE};
	if (field->kind == UTFS_FIELD_DYNAMIC) {
		if (utfs_record_dynamic(event->record, event->record_bytes, field->offset,
					field->is_relative, &bytes, &nr_bytes))
			load_bytes(value, field, bytes, nr_bytes);
	} else if (field->size_bytes > left || !left) {
		/* It was cut off. */
	} else if (field->kind == UTFS_FIELD_ARRAY) {
		load_bytes(value, field, at, field->size_bytes ? field->size_bytes : left);
	} else if (field->kind == UTFS_FIELD_FLOAT) {
		load_float(value, at, field->size_bytes);
	} else if (field->kind == UTFS_FIELD_INTEGER) {
		load_integer(value, at, field->size_bytes, field->is_signed && !field->is_pointer);
	} else {
		value->kind = UTFS_RECORDING_OPAQUE;
		value->data = at;
		value->bytes = field->size_bytes;
	}
	return value;
}

const struct utfs_recording_value *utfs_recording_element(const struct utfs_recording_value *array,
							  size_t index,
							  struct utfs_recording_value *value)
{
	const size_t bytes = array->element_bytes;
	const unsigned char *at = array->data + index * bytes;

	*value = (struct utfs_recording_value){.kind = UTFS_RECORDING_NONE};
	if (index >= array->count)
		return value;
	if (array->element == UTFS_RECORDING_FLOAT) {
		load_float(value, at, bytes);
	} else if (array->element == UTFS_RECORDING_OPAQUE) {
		value->kind = UTFS_RECORDING_OPAQUE;
		value->data = at;
		value->bytes = bytes;
	} else {
		load_integer(value, at, bytes, array->element == UTFS_RECORDING_SIGNED);
	}
	return value;
}

void utfs_recording_text(struct utfs_recording *recording, const struct utfs_recording_event *event,
			 struct eventfs_text *text)
{
	const struct utfs_type *type = recording->types[event->type->index];
	struct utfs_recording_value message;

	if (type->message) {
		utfs_recording_value(event, type->message, &message);
		if (message.kind == UTFS_RECORDING_STRING) {
			/* The newline is the writer's, and ended its line. */
			if (message.bytes && message.data[message.bytes - 1] == '\n')
				message.bytes--;
			eventfs_text_write(text, message.data, message.bytes);
		}
	} else if (type->plan) {
		utfs_print_event(type->plan, event->record, event->record_bytes, text);
	} else {
		type->source->ops->text(type, event, text);
	}
}
