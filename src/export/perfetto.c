/* SPDX-License-Identifier: MIT */
/*
 * perfetto: packets of a trace, one for each event and before the first one of a track a description of it. Names of events, their systems and fields are written
 * once and numbered. Packets may stand in any order of their times, so a slice that is known whole is a begin and an end behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "export/internal.h"
#include "export/scratch.h"
#include "export/span.h"
#include "perfetto.pb-c.h"

/* All packets are of one sequence. */
#define SEQUENCE	1
#define STATE_CLEARED	1
#define STATE_IS_NEEDED 2

/* Numbers of tracks: a process and a thread by their ids, others by their index. */
#define PROCESS_UUID (UINT64_C(1) << 32)
#define THREAD_UUID  (UINT64_C(2) << 32)
#define TRACK_UUID   (UINT64_C(3) << 32)

/* What names are known by; those of a type's fields follow each other. 0: not known yet. */
struct numbers {
	uint64_t event, first_field;
};

struct perfetto {
	struct utfs_export *export;
	struct utfs_spans *spans;
	struct utfs_scratch scratch; /* for a packet */
	uint8_t *packed;
	size_t packed_cap;
	struct numbers *numbers; /* by a type's index */
	size_t nr_numbers;
	uint64_t last_number;
	uint64_t *described; /* uuids, a hash table of a power of two; 0: free */
	size_t nr_described, cap_described;
	bool began;
};

/* ------------------------------------------------------------------------------------------------
 * Packets
 */

static int put_packet(struct perfetto *perfetto, UtfsPerfetto__TracePacket *packet)
{
	UtfsPerfetto__Trace trace = UTFS_PERFETTO__TRACE__INIT;
	uint8_t *packed;
	size_t bytes;

	packet->has_trusted_packet_sequence_id = packet->has_sequence_flags = true;
	packet->trusted_packet_sequence_id = SEQUENCE;
	packet->sequence_flags = STATE_IS_NEEDED | (perfetto->began ? 0 : STATE_CLEARED);
	perfetto->began = true;
	/* Traces one behind the other are one trace. */
	trace.n_packet = 1;
	trace.packet = &packet;
	bytes = utfs_perfetto__trace__get_packed_size(&trace);
	if (bytes > perfetto->packed_cap) {
		packed = realloc(perfetto->packed, bytes * 2);
		if (!packed)
			return -ENOMEM;
		perfetto->packed = packed;
		perfetto->packed_cap = bytes * 2;
	}
	utfs_perfetto__trace__pack(&trace, perfetto->packed);
	fwrite(perfetto->packed, bytes, 1, perfetto->export->out);
	return 0;
}

/* ------------------------------------------------------------------------------------------------
 * Tracks
 */

/* Return: 1 it was not described before, and counts as described now; 0; -ENOMEM. */
static int is_new(struct perfetto *perfetto, uint64_t uuid)
{
	const uint64_t *old = perfetto->described;
	size_t cap = perfetto->cap_described, at;

	if (perfetto->nr_described * 2 >= cap) {
		perfetto->cap_described = cap ? cap * 2 : 256;
		perfetto->described = calloc(perfetto->cap_described, sizeof(uint64_t));
		perfetto->nr_described = 0;
		for (size_t i = 0; perfetto->described && i < cap; i++) {
			if (old[i])
				is_new(perfetto, old[i]);
		}
		free((void *)(uintptr_t)old);
		if (!perfetto->described) {
			perfetto->cap_described = 0;
			return -ENOMEM;
		}
	}
	at = (uuid * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (perfetto->cap_described - 1);
	while (perfetto->described[at] && perfetto->described[at] != uuid)
		at = (at + 1) & (perfetto->cap_described - 1);
	if (perfetto->described[at])
		return 0;
	perfetto->described[at] = uuid;
	perfetto->nr_described++;
	return 1;
}

static int put_track(struct perfetto *perfetto, UtfsPerfetto__TrackDescriptor *track)
{
	UtfsPerfetto__TracePacket packet = UTFS_PERFETTO__TRACE_PACKET__INIT;

	track->has_uuid = true;
	packet.track_descriptor = track;
	return put_packet(perfetto, &packet);
}

static char *string_of(struct perfetto *perfetto, const char *text)
{
	return text ? utfs_scratch_utf8(&perfetto->scratch, text, strlen(text)) : NULL;
}

static int describe_process(struct perfetto *perfetto, int32_t pid)
{
	UtfsPerfetto__ProcessDescriptor process = UTFS_PERFETTO__PROCESS_DESCRIPTOR__INIT;
	UtfsPerfetto__TrackDescriptor track = UTFS_PERFETTO__TRACK_DESCRIPTOR__INIT;
	int ret = is_new(perfetto, PROCESS_UUID + (uint32_t)pid);

	if (ret <= 0)
		return ret;
	process.has_pid = true;
	process.pid = pid;
	process.process_name =
		string_of(perfetto, utfs_recording_comm(perfetto->export->recording, pid));
	track.uuid = PROCESS_UUID + (uint32_t)pid;
	track.process = &process;
	return put_track(perfetto, &track);
}

static int describe_thread(struct perfetto *perfetto, const struct utfs_track *of)
{
	UtfsPerfetto__ThreadDescriptor thread = UTFS_PERFETTO__THREAD_DESCRIPTOR__INIT;
	UtfsPerfetto__TrackDescriptor track = UTFS_PERFETTO__TRACK_DESCRIPTOR__INIT;
	int ret = is_new(perfetto, THREAD_UUID + (uint32_t)of->id);

	if (ret <= 0)
		return ret;
	thread.has_pid = thread.has_tid = true;
	thread.tid = (int32_t)of->id;
	thread.pid = utfs_export_process(of->tgid, thread.tid);
	thread.thread_name = string_of(perfetto, of->comm);
	track.uuid = THREAD_UUID + (uint32_t)of->id;
	track.thread = &thread;
	ret = describe_process(perfetto, thread.pid);
	return ret ? ret : put_track(perfetto, &track);
}

/* What a track is called that belongs neither to a thread nor to a process. */
static char *loose_name(struct perfetto *perfetto, const struct utfs_track *of)
{
	char text[256];

	snprintf(text, sizeof(text), "%.160s (%.60s %lld)", of->name,
		 of->scope == UTFS_SCOPE_CPU ? "CPU" : of->group + sizeof("scope"),
		 (long long)of->id);
	return string_of(perfetto, text);
}

static int describe_other(struct perfetto *perfetto, const struct utfs_track *of)
{
	UtfsPerfetto__CounterDescriptor counter = UTFS_PERFETTO__COUNTER_DESCRIPTOR__INIT;
	UtfsPerfetto__TrackDescriptor track = UTFS_PERFETTO__TRACK_DESCRIPTOR__INIT;
	int ret = is_new(perfetto, TRACK_UUID + of->index);

	if (ret <= 0)
		return ret;
	ret = 0;
	track.uuid = TRACK_UUID + of->index;
	track.has_parent_uuid = of->scope == UTFS_SCOPE_THREAD || of->scope == UTFS_SCOPE_PROCESS;
	if (of->scope == UTFS_SCOPE_THREAD) {
		track.parent_uuid = THREAD_UUID + (uint32_t)of->id;
		ret = describe_thread(perfetto, of);
	} else if (of->scope == UTFS_SCOPE_PROCESS) {
		track.parent_uuid = PROCESS_UUID + (uint32_t)of->id;
		ret = describe_process(perfetto, (int32_t)of->id);
	}
	track.name =
		track.has_parent_uuid ? string_of(perfetto, of->name) : loose_name(perfetto, of);
	if (of->is_counter)
		track.counter = &counter;
	return ret ? ret : put_track(perfetto, &track);
}

static bool is_thread(const struct utfs_track *track)
{
	return track->scope == UTFS_SCOPE_THREAD && !track->name;
}

/* ------------------------------------------------------------------------------------------------
 * Names
 */

static int numbers_of(struct perfetto *perfetto, const struct utfs_recording_type *type,
		      struct numbers **numbers)
{
	struct numbers *grown;
	size_t nr;

	if (type->index >= perfetto->nr_numbers) {
		nr = type->index + 64;
		grown = reallocarray(perfetto->numbers, nr, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		memset(grown + perfetto->nr_numbers, 0,
		       (nr - perfetto->nr_numbers) * sizeof(*grown));
		perfetto->numbers = grown;
		perfetto->nr_numbers = nr;
	}
	*numbers = &perfetto->numbers[type->index];
	return 0;
}

/* Numbers for a type's names, which are written with the packet. Return: NULL: out of memory. */
static UtfsPerfetto__InternedData *
intern(struct perfetto *perfetto, const struct utfs_recording_type *type, struct numbers *numbers)
{
	const struct utfs_event_format *format = type->format;
	const size_t nr = format->nr_fields - UTFS_NR_COMMON;
	struct {
		UtfsPerfetto__InternedData data;
		UtfsPerfetto__EventCategory category, *categories[1];
		UtfsPerfetto__EventName event, *events[1];
	} *made = utfs_scratch_take(&perfetto->scratch, sizeof(*made));
	UtfsPerfetto__DebugAnnotationName *fields =
		utfs_scratch_take(&perfetto->scratch, nr * sizeof(*fields));
	UtfsPerfetto__DebugAnnotationName **pointers =
		utfs_scratch_take(&perfetto->scratch, nr * sizeof(void *));

	if (perfetto->scratch.error)
		return NULL;
	utfs_perfetto__interned_data__init(&made->data);
	utfs_perfetto__event_category__init(&made->category);
	utfs_perfetto__event_name__init(&made->event);
	numbers->event = ++perfetto->last_number;
	numbers->first_field = perfetto->last_number + 1;
	made->category.has_iid = made->event.has_iid = true;
	made->category.iid = made->event.iid = numbers->event;
	made->category.name = string_of(perfetto, type->system);
	made->event.name = string_of(perfetto, type->name);
	made->categories[0] = &made->category;
	made->events[0] = &made->event;
	made->data.n_event_categories = made->data.n_event_names = 1;
	made->data.event_categories = made->categories;
	made->data.event_names = made->events;
	for (size_t i = 0; i < nr; i++) {
		utfs_perfetto__debug_annotation_name__init(&fields[i]);
		fields[i].has_iid = true;
		fields[i].iid = ++perfetto->last_number;
		fields[i].name = string_of(perfetto, format->fields[UTFS_NR_COMMON + i].name);
		pointers[i] = &fields[i];
	}
	made->data.n_debug_annotation_names = nr;
	made->data.debug_annotation_names = pointers;
	return perfetto->scratch.error ? NULL : &made->data;
}

/* ------------------------------------------------------------------------------------------------
 * Events
 */

static UtfsPerfetto__DebugAnnotation **annotations_of(struct perfetto *perfetto, size_t nr);

static void set_value(struct perfetto *perfetto, UtfsPerfetto__DebugAnnotation *annotation,
		      const struct utfs_recording_value *value, bool is_pointer)
{
	struct utfs_recording_value element;

	switch (value->kind) {
	case UTFS_RECORDING_SIGNED:
		annotation->has_int_value = true;
		annotation->int_value = value->i;
		break;
	case UTFS_RECORDING_UNSIGNED:
		annotation->has_pointer_value = is_pointer;
		annotation->has_uint_value = !is_pointer;
		annotation->pointer_value = annotation->uint_value = value->u;
		break;
	case UTFS_RECORDING_FLOAT:
		annotation->has_double_value = true;
		annotation->double_value = value->f;
		break;
	case UTFS_RECORDING_ARRAY:
		annotation->array_values = annotations_of(perfetto, value->count);
		annotation->n_array_values = annotation->array_values ? value->count : 0;
		for (size_t i = 0; i < annotation->n_array_values; i++)
			set_value(perfetto, annotation->array_values[i],
				  utfs_recording_element(value, i, &element), false);
		break;
	case UTFS_RECORDING_STRING:
	case UTFS_RECORDING_OPAQUE:
		annotation->string_value = utfs_scratch_utf8(
			&perfetto->scratch, (const char *)value->data, value->bytes);
		break;
	default:
		annotation->string_value = string_of(perfetto, "");
		break;
	}
}

/* Return: so many of them; NULL: out of memory. */
static UtfsPerfetto__DebugAnnotation **annotations_of(struct perfetto *perfetto, size_t nr)
{
	UtfsPerfetto__DebugAnnotation **pointers =
		utfs_scratch_take(&perfetto->scratch, nr * sizeof(void *));
	UtfsPerfetto__DebugAnnotation *annotations =
		utfs_scratch_take(&perfetto->scratch, nr * sizeof(*annotations));

	for (size_t i = 0; i < nr && annotations && pointers; i++) {
		utfs_perfetto__debug_annotation__init(&annotations[i]);
		pointers[i] = &annotations[i];
	}
	return annotations ? pointers : NULL;
}

static void annotate(struct perfetto *perfetto, const struct utfs_recording_event *event,
		     uint64_t first_field, UtfsPerfetto__TrackEvent *track_event)
{
	const struct utfs_event_format *format = event->type->format;
	const size_t nr = format->nr_fields - UTFS_NR_COMMON;
	struct utfs_recording_value value;

	track_event->debug_annotations = annotations_of(perfetto, nr);
	track_event->n_debug_annotations = track_event->debug_annotations ? nr : 0;
	for (size_t i = 0; i < track_event->n_debug_annotations; i++) {
		const struct utfs_field *field = &format->fields[UTFS_NR_COMMON + i];
		UtfsPerfetto__DebugAnnotation *annotation = track_event->debug_annotations[i];

		annotation->has_name_iid = true;
		annotation->name_iid = first_field + i;
		set_value(perfetto, annotation, utfs_recording_value(event, field, &value),
			  field->is_pointer);
	}
}

static void set_counter(const struct utfs_span *span, UtfsPerfetto__TrackEvent *track_event)
{
	track_event->has_double_counter_value = span->value.kind == UTFS_RECORDING_FLOAT;
	track_event->has_counter_value = !track_event->has_double_counter_value;
	if (track_event->has_counter_value)
		track_event->counter_value = span->value.i;
	else
		track_event->double_counter_value = span->value.f;
}

/* Whole slices are put as a begin here. */
static UtfsPerfetto__TrackEvent__Type type_of(enum utfs_span_kind kind)
{
	switch (kind) {
	case UTFS_SPAN_BEGIN:
	case UTFS_SPAN_WHOLE:
		return UTFS_PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN;
	case UTFS_SPAN_END:
		return UTFS_PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_END;
	case UTFS_SPAN_COUNTER:
		return UTFS_PERFETTO__TRACK_EVENT__TYPE__TYPE_COUNTER;
	default:
		return UTFS_PERFETTO__TRACK_EVENT__TYPE__TYPE_INSTANT;
	}
}

static int put_end(struct perfetto *perfetto, uint64_t timestamp, uint64_t uuid)
{
	UtfsPerfetto__TracePacket packet = UTFS_PERFETTO__TRACE_PACKET__INIT;
	UtfsPerfetto__TrackEvent track_event = UTFS_PERFETTO__TRACK_EVENT__INIT;

	packet.has_timestamp = track_event.has_type = track_event.has_track_uuid = true;
	packet.timestamp = timestamp;
	packet.track_event = &track_event;
	track_event.type = type_of(UTFS_SPAN_END);
	track_event.track_uuid = uuid;
	return put_packet(perfetto, &packet);
}

static int put_span(struct perfetto *perfetto, const struct utfs_recording_event *event,
		    const struct utfs_span *span)
{
	UtfsPerfetto__TracePacket packet = UTFS_PERFETTO__TRACE_PACKET__INIT;
	UtfsPerfetto__TrackEvent track_event = UTFS_PERFETTO__TRACK_EVENT__INIT;
	const bool is_whole = span->kind == UTFS_SPAN_WHOLE;
	struct numbers *numbers;
	int ret = numbers_of(perfetto, event->type, &numbers);

	if (ret)
		return ret;
	packet.has_timestamp = track_event.has_type = track_event.has_track_uuid = true;
	packet.timestamp = is_whole ? span->begin : event->timestamp;
	packet.track_event = &track_event;
	track_event.type = type_of(span->kind);
	track_event.track_uuid = is_thread(span->track) ? THREAD_UUID + (uint32_t)span->track->id
							: TRACK_UUID + span->track->index;
	if (span->kind == UTFS_SPAN_COUNTER) {
		set_counter(span, &track_event);
		return put_packet(perfetto, &packet);
	}
	if (!numbers->event)
		packet.interned_data = intern(perfetto, event->type, numbers);
	if (span->kind != UTFS_SPAN_END) {
		track_event.n_category_iids = 1;
		track_event.category_iids = &numbers->event;
		if (span->name == event->type->name) {
			track_event.has_name_iid = true;
			track_event.name_iid = numbers->event;
		} else {
			track_event.name =
				utfs_scratch_utf8(&perfetto->scratch, span->name, span->name_bytes);
		}
	}
	annotate(perfetto, event, numbers->first_field, &track_event);
	ret = perfetto->scratch.error ? perfetto->scratch.error : put_packet(perfetto, &packet);
	return ret || !is_whole ? ret : put_end(perfetto, event->timestamp, track_event.track_uuid);
}

/* Says what the times are, where they are not what readers take them for. */
static int put_clock(struct perfetto *perfetto)
{
	UtfsPerfetto__TracePacket packet = UTFS_PERFETTO__TRACE_PACKET__INIT;
	UtfsPerfetto__ChromeEventBundle bundle = UTFS_PERFETTO__CHROME_EVENT_BUNDLE__INIT;
	UtfsPerfetto__ChromeMetadata note = UTFS_PERFETTO__CHROME_METADATA__INIT;
	UtfsPerfetto__ChromeMetadata *metadata = &note;
	char text[UTFS_EXPORT_NOTE_BYTES];
	int ret = 0;

	if (utfs_export_clock_note(perfetto->export->recording, text)) {
		note.name = string_of(perfetto, "clock");
		note.string_value = string_of(perfetto, text);
		bundle.n_metadata = 1;
		bundle.metadata = &metadata;
		packet.chrome_events = &bundle;
		ret = perfetto->scratch.error ? perfetto->scratch.error
					      : put_packet(perfetto, &packet);
	}
	return ret;
}

static int put_events(struct perfetto *perfetto)
{
	struct utfs_recording_event event;
	struct utfs_span span;
	int ret = 0;

	while (!ferror(perfetto->export->out) &&
	       (ret = utfs_export_next(perfetto->export, &event)) > 0) {
		utfs_scratch_reset(&perfetto->scratch);
		ret = utfs_spans_take(perfetto->spans, &event, &span);
		if (!ret)
			ret = is_thread(span.track) ? describe_thread(perfetto, span.track)
						    : describe_other(perfetto, span.track);
		if (!ret)
			ret = put_span(perfetto, &event, &span);
		if (ret)
			break;
	}
	return ret;
}

int utfs_export_perfetto(struct utfs_export *export, struct utfs_recording_failure *failure)
{
	struct perfetto perfetto = {.export = export};
	int ret = utfs_export_learn(export, &perfetto.spans, failure);

	if (!ret)
		ret = put_clock(&perfetto);
	if (!ret)
		ret = put_events(&perfetto);
	utfs_spans_free(perfetto.spans);
	utfs_scratch_fini(&perfetto.scratch);
	free(perfetto.packed);
	free(perfetto.numbers);
	free(perfetto.described);
	return ret;
}
