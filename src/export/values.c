/* SPDX-License-Identifier: MIT */
/* Values of fields as JSON. */
#include "export/internal.h"

/* A struct: its bytes. */
static void put_bytes(struct utfs_json *json, const char *name, const unsigned char *data,
		      size_t bytes)
{
	utfs_json_array(json, name);
	for (size_t i = 0; i < bytes; i++)
		utfs_json_number(json, NULL, data[i]);
	utfs_json_array_end(json);
}

void utfs_export_put_value(struct utfs_json *json, const char *name,
			   const struct utfs_recording_value *value)
{
	struct utfs_recording_value element;

	switch (value->kind) {
	case UTFS_RECORDING_SIGNED:
		utfs_json_signed(json, name, value->i);
		break;
	case UTFS_RECORDING_UNSIGNED:
		utfs_json_number(json, name, value->u);
		break;
	case UTFS_RECORDING_FLOAT:
		utfs_json_exact(json, name, value->f);
		break;
	case UTFS_RECORDING_STRING:
		utfs_json_text(json, name, (const char *)value->data, value->bytes);
		break;
	case UTFS_RECORDING_ARRAY:
		utfs_json_array(json, name);
		for (size_t i = 0; i < value->count; i++)
			utfs_export_put_value(json, NULL,
					      utfs_recording_element(value, i, &element));
		utfs_json_array_end(json);
		break;
	case UTFS_RECORDING_OPAQUE:
		put_bytes(json, name, value->data, value->bytes);
		break;
	default:
		utfs_json_string(json, name, NULL);
		break;
	}
}

void utfs_export_put_fields(struct utfs_json *json, const char *name,
			    const struct utfs_recording_event *event)
{
	const struct utfs_event_format *format = event->type->format;
	struct utfs_recording_value value;

	utfs_json_object(json, name);
	for (size_t i = UTFS_NR_COMMON; i < format->nr_fields; i++)
		utfs_export_put_value(json, format->fields[i].name,
				      utfs_recording_value(event, &format->fields[i], &value));
	utfs_json_object_end(json);
}
