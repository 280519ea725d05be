/* SPDX-License-Identifier: MIT */
#include "export/ctf-class.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The class of an element or a field that is a number. */
static bt_field_class *number_class(bt_trace_class *trace_class, size_t bytes, bool is_signed,
				    bool is_float, bool is_pointer)
{
	bt_field_class *class;

	if (is_float)
		return bytes == sizeof(float)
			       ? bt_field_class_real_single_precision_create(trace_class)
			       : bt_field_class_real_double_precision_create(trace_class);
	class = is_signed ? bt_field_class_integer_signed_create(trace_class)
			  : bt_field_class_integer_unsigned_create(trace_class);
	if (!class)
		return NULL;
	bt_field_class_integer_set_field_value_range(class, bytes * 8);
	if (is_pointer)
		bt_field_class_integer_set_preferred_display_base(
			class, BT_FIELD_CLASS_INTEGER_PREFERRED_DISPLAY_BASE_HEXADECIMAL);
	return class;
}

static bool is_number_size(size_t bytes)
{
	return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

/* Arrays, also those of one length, have their length in the trace: a record may be cut. */
static bt_field_class *array_class(bt_trace_class *trace_class, const struct utfs_field *field)
{
	const bool is_opaque =
		field->kind == UTFS_FIELD_OPAQUE || !is_number_size(field->element_bytes);
	bt_field_class *element = number_class(trace_class, is_opaque ? 1 : field->element_bytes,
					       !is_opaque && field->is_signed,
					       !is_opaque && field->is_float_element, false);
	bt_field_class *class = NULL;

	if (element)
		class = bt_field_class_array_dynamic_create(trace_class, element, NULL);
	bt_field_class_put_ref(element);
	return class;
}

static bt_field_class *field_class(bt_trace_class *trace_class, const struct utfs_field *field)
{
	if (field->kind == UTFS_FIELD_INTEGER || field->kind == UTFS_FIELD_FLOAT)
		return number_class(trace_class, field->size_bytes,
				    field->is_signed && !field->is_pointer,
				    field->kind == UTFS_FIELD_FLOAT, field->is_pointer);
	if (field->is_string && field->kind != UTFS_FIELD_OPAQUE)
		return bt_field_class_string_create(trace_class);
	return array_class(trace_class, field);
}

/* Appends a member, whose reference is taken. Return: 0, -ENOMEM. */
static int append(bt_field_class *structure, const char *name, bt_field_class *member)
{
	int ret = -ENOMEM;

	if (member && !bt_field_class_structure_append_member(structure, name, member))
		ret = 0;
	bt_field_class_put_ref(member);
	return ret;
}

/* Names of the same field come but once. */
static bool is_first(const struct utfs_event_format *format, size_t at)
{
	for (size_t i = UTFS_NR_COMMON; i < at; i++) {
		if (strcmp(format->fields[i].name, format->fields[at].name) == 0)
			return false;
	}
	return true;
}

static int make_event_class(struct utfs_ctf_classes *classes,
			    const struct utfs_recording_type *type, bt_event_class **made)
{
	const struct utfs_event_format *format = type->format;
	bt_field_class *payload = bt_field_class_structure_create(classes->trace_class);
	bt_event_class *class = bt_event_class_create(classes->stream_class);
	char name[512];
	int ret = payload && class ? 0 : -ENOMEM;

	for (size_t i = UTFS_NR_COMMON; i < format->nr_fields && !ret; i++) {
		if (is_first(format, i))
			ret = append(payload, format->fields[i].name,
				     field_class(classes->trace_class, &format->fields[i]));
	}
	snprintf(name, sizeof(name), "%s:%s", type->system, type->name);
	if (!ret && (bt_event_class_set_name(class, name) ||
		     bt_event_class_set_payload_field_class(class, payload)))
		ret = -ENOMEM;
	bt_field_class_put_ref(payload);
	if (ret)
		bt_event_class_put_ref(class);
	else
		*made = class;
	return ret;
}

int utfs_ctf_event_class(struct utfs_ctf_classes *classes, const struct utfs_recording_type *type,
			 const bt_event_class **event_class)
{
	bt_event_class **grown;
	size_t nr;
	int ret = 0;

	if (type->index >= classes->nr_event_classes) {
		nr = type->index + 64;
		grown = reallocarray(classes->event_classes, nr, sizeof(bt_event_class *));
		if (!grown)
			return -ENOMEM;
		memset(grown + classes->nr_event_classes, 0,
		       (nr - classes->nr_event_classes) * sizeof(bt_event_class *));
		classes->event_classes = grown;
		classes->nr_event_classes = nr;
	}
	if (!classes->event_classes[type->index])
		ret = make_event_class(classes, type, &classes->event_classes[type->index]);
	*event_class = classes->event_classes[type->index];
	return ret;
}

/* Who wrote the event, by the names that LTTng has for it, which Trace Compass knows. */
static int set_common_context(struct utfs_ctf_classes *classes)
{
	bt_field_class *context = bt_field_class_structure_create(classes->trace_class);
	int ret = context ? 0 : -ENOMEM;

	if (!ret)
		ret = append(context, "vpid",
			     number_class(classes->trace_class, 4, true, false, false));
	if (!ret)
		ret = append(context, "vtid",
			     number_class(classes->trace_class, 4, true, false, false));
	if (!ret)
		ret = append(context, "procname",
			     bt_field_class_string_create(classes->trace_class));
	if (!ret &&
	    bt_stream_class_set_event_common_context_field_class(classes->stream_class, context))
		ret = -ENOMEM;
	bt_field_class_put_ref(context);
	return ret;
}

static int set_packet_context(struct utfs_ctf_classes *classes)
{
	bt_field_class *context = bt_field_class_structure_create(classes->trace_class);
	int ret = context ? 0 : -ENOMEM;

	if (!ret)
		ret = append(context, "cpu_id",
			     number_class(classes->trace_class, 4, false, false, false));
	if (!ret && bt_stream_class_set_packet_context_field_class(classes->stream_class, context))
		ret = -ENOMEM;
	bt_field_class_put_ref(context);
	return ret;
}

static int set_clock(struct utfs_ctf_classes *classes, bt_self_component *self,
		     const struct utfs_ctf_clock *clock)
{
	bt_clock_class *class = bt_clock_class_create(self);
	int ret = -ENOMEM;

	if (!class)
		return ret;
	/* It counts from the machine's start, or so; its frequency is 1 GHz, that of ns, also where there is a note: readers have no times that are none. */
	bt_clock_class_set_origin_is_unix_epoch(class, BT_FALSE);
	if (!bt_clock_class_set_name(class, *clock->name ? clock->name : "trace_clock") &&
	    (!clock->note || !bt_clock_class_set_description(class, clock->note)) &&
	    !bt_stream_class_set_default_clock_class(classes->stream_class, class))
		ret = 0;
	bt_clock_class_put_ref(class);
	return ret;
}

int utfs_ctf_classes_init(struct utfs_ctf_classes *classes, bt_self_component *self,
			  const struct utfs_ctf_clock *clock)
{
	int ret;

	*classes = (struct utfs_ctf_classes){0};
	classes->trace_class = bt_trace_class_create(self);
	if (classes->trace_class)
		classes->stream_class = bt_stream_class_create(classes->trace_class);
	if (!classes->stream_class)
		return -ENOMEM;
	bt_stream_class_set_assigns_automatic_stream_id(classes->stream_class, BT_FALSE);
	ret = set_clock(classes, self, clock);
	if (ret)
		return ret;
	bt_stream_class_set_supports_packets(classes->stream_class, BT_TRUE, BT_TRUE, BT_TRUE);
	bt_stream_class_set_supports_discarded_events(classes->stream_class, BT_TRUE, BT_TRUE);
	ret = set_packet_context(classes);
	return ret ? ret : set_common_context(classes);
}

void utfs_ctf_classes_fini(struct utfs_ctf_classes *classes)
{
	for (size_t i = 0; i < classes->nr_event_classes; i++)
		bt_event_class_put_ref(classes->event_classes[i]);
	free(classes->event_classes);
	bt_stream_class_put_ref(classes->stream_class);
	bt_trace_class_put_ref(classes->trace_class);
}

/* ------------------------------------------------------------------------------------------------
 * Values
 */

static int fill_field(bt_field *to, const struct utfs_recording_value *value);

static int fill_string(bt_field *to, const char *text, size_t bytes)
{
	bt_field_string_clear(to);
	return bt_field_string_append_with_length(to, text, bytes) ? -ENOMEM : 0;
}

static int fill_array(bt_field *to, const struct utfs_recording_value *value)
{
	const bool is_opaque =
		value->kind == UTFS_RECORDING_OPAQUE || value->element == UTFS_RECORDING_OPAQUE;
	const size_t count = is_opaque ? value->bytes : value->count;
	struct utfs_recording_value element = {.kind = UTFS_RECORDING_UNSIGNED};
	int ret = bt_field_array_dynamic_set_length(to, count) ? -ENOMEM : 0;

	for (size_t i = 0; i < count && !ret; i++) {
		if (is_opaque)
			element.u = value->data[i];
		else
			utfs_recording_element(value, i, &element);
		ret = fill_field(bt_field_array_borrow_element_field_by_index(to, i), &element);
	}
	return ret;
}

/* Its class says what the field is; a value that is missing has no kind. */
static int fill_field(bt_field *to, const struct utfs_recording_value *value)
{
	static const struct utfs_recording_value nothing = {.data = (const unsigned char *)""};
	int ret = 0;

	if (value->kind == UTFS_RECORDING_NONE)
		value = &nothing;
	switch (bt_field_get_class_type(to)) {
	case BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER:
		bt_field_integer_unsigned_set_value(to, value->u);
		break;
	case BT_FIELD_CLASS_TYPE_SIGNED_INTEGER:
		bt_field_integer_signed_set_value(to, value->i);
		break;
	case BT_FIELD_CLASS_TYPE_SINGLE_PRECISION_REAL:
		bt_field_real_single_precision_set_value(to, (float)value->f);
		break;
	case BT_FIELD_CLASS_TYPE_DOUBLE_PRECISION_REAL:
		bt_field_real_double_precision_set_value(to, value->f);
		break;
	case BT_FIELD_CLASS_TYPE_STRING:
		ret = fill_string(to, (const char *)value->data, value->bytes);
		break;
	default:
		ret = fill_array(to, value);
		break;
	}
	return ret;
}

int utfs_ctf_fill(const struct utfs_recording_event *event, bt_event *to)
{
	const struct utfs_event_format *format = event->type->format;
	bt_field *context = bt_event_borrow_common_context_field(to);
	bt_field *payload = bt_event_borrow_payload_field(to);
	struct utfs_recording_value value;
	const char *comm = event->comm ? event->comm : "";
	uint64_t member = 0;
	int ret;

	bt_field_integer_signed_set_value(
		bt_field_structure_borrow_member_field_by_index(context, 0), event->tgid);
	bt_field_integer_signed_set_value(
		bt_field_structure_borrow_member_field_by_index(context, 1), event->tid);
	ret = fill_string(bt_field_structure_borrow_member_field_by_index(context, 2), comm,
			  strlen(comm));
	for (size_t i = UTFS_NR_COMMON; i < format->nr_fields && !ret; i++) {
		if (is_first(format, i))
			ret = fill_field(
				bt_field_structure_borrow_member_field_by_index(payload, member++),
				utfs_recording_value(event, &format->fields[i], &value));
	}
	return ret;
}
