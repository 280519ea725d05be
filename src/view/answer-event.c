/* SPDX-License-Identifier: MIT */
/* One event with all that is known of it; latencies. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/answer.h"

#define MAX_ELEMENTS 64 /* of an array that are shown */

static void put_scalar(struct eventfs_text *text, const struct utfs_recording_value *value)
{
	switch (value->kind) {
	case UTFS_RECORDING_SIGNED:
		eventfs_text_printf(text, "%" PRId64, value->i);
		break;
	case UTFS_RECORDING_UNSIGNED:
		eventfs_text_printf(text, "%" PRIu64, value->u);
		break;
	case UTFS_RECORDING_FLOAT:
		eventfs_text_printf(text, "%.17g", value->f);
		break;
	case UTFS_RECORDING_STRING:
		eventfs_text_write(text, value->data, value->bytes);
		break;
	default:
		eventfs_text_printf(text, "%zu bytes", value->bytes);
		break;
	}
}

static void put_value(struct eventfs_text *text, const struct utfs_recording_value *value)
{
	struct utfs_recording_value element;
	size_t i;

	if (value->kind != UTFS_RECORDING_ARRAY) {
		put_scalar(text, value);
		return;
	}
	eventfs_text_putc(text, '{');
	for (i = 0; i < value->count && i < MAX_ELEMENTS; i++) {
		eventfs_text_puts(text, i ? ", " : "");
		utfs_recording_element(value, i, &element);
		put_scalar(text, &element);
	}
	eventfs_text_puts(text, i < value->count ? ", ...}" : "}");
}

/* Ends a text with a NUL, for one string. Return: 0; -ENOMEM. */
static int put_text(struct utfs_json *json, const char *name, struct eventfs_text *text)
{
	eventfs_text_putc(text, '\0');
	if (text->error)
		return text->error;
	utfs_json_string(json, name, text->data);
	text->len_bytes = 0;
	return 0;
}

static int put_fields(struct utfs_json *json, const struct utfs_recording_event *event,
		      struct eventfs_text *text)
{
	const struct utfs_event_format *format = event->type->format;
	int ret = 0;

	utfs_json_array(json, "fields");
	for (size_t i = 0; format && i < format->nr_fields && !ret; i++) {
		const struct utfs_field *field = &format->fields[i];
		struct utfs_recording_value value;

		utfs_json_object(json, NULL);
		utfs_json_string(json, "name", field->name);
		utfs_json_string(json, "type", field->type);
		utfs_recording_value(event, field, &value);
		if (value.kind == UTFS_RECORDING_NONE) {
			utfs_json_string(json, "value", NULL);
		} else {
			put_value(text, &value);
			ret = put_text(json, "value", text);
		}
		utfs_json_object_end(json);
	}
	utfs_json_array_end(json);
	return ret;
}

static void put_place(struct utfs_json *json, const char *name, const struct utfs_view_store *store,
		      uint32_t place)
{
	if (place == UTFS_VIEW_NO_PLACE)
		utfs_json_string(json, name, NULL);
	else
		utfs_json_number(json, name, store->dropped + place);
}

static int put_event(struct utfs_view_work *work, const struct utfs_view_eye *eye, uint32_t place)
{
	const struct utfs_view_store *store = eye->store;
	const struct utfs_view_lane *lane = &store->lanes[store->lane[place]];
	struct utfs_json *json = &work->json;
	struct utfs_recording_event event;
	struct eventfs_text text = {0};
	int ret;

	utfs_view_store_event(store, place, &event);
	utfs_json_object(json, NULL);
	put_place(json, "id", store, place);
	utfs_json_number(json, "time", store->time[place]);
	utfs_json_number(json, "type", lane->type);
	utfs_json_number(json, "thread", lane->thread);
	utfs_json_number(json, "cpu", store->cpu[place]);
	utfs_recording_text(work->desk->recording, &event, &text);
	ret = put_text(json, "text", &text);
	if (!ret)
		ret = put_fields(json, &event, &text);
	put_place(json, "previous", store, utfs_view_previous(eye, lane->thread, place));
	put_place(json, "next", store, utfs_view_next(eye, lane->thread, place + 1));
	utfs_json_object_end(json);
	utfs_json_end(json);
	eventfs_text_fini(&text);
	return ret;
}

/* By its name. */
int utfs_view_answer_event(struct utfs_view_work *work)
{
	const struct utfs_view_store *store = work->desk->store;
	struct utfs_view_eye eye = {0};
	uint64_t id;
	int ret = utfs_view_work_number(work, "id", UINT64_MAX, &id);

	if (!ret && (id < store->dropped || id - store->dropped >= store->nr))
		ret = -ENOENT;
	if (!ret)
		ret = utfs_view_work_eye(work, &eye);
	if (!ret)
		ret = put_event(work, &eye, (uint32_t)(id - store->dropped));
	utfs_view_work_eye_fini(&eye);
	return ret;
}

/* The one of a thread that is nearest to a time. */
int utfs_view_answer_near(struct utfs_view_work *work)
{
	const struct utfs_view_store *store = work->desk->store;
	struct utfs_view_eye eye = {0};
	uint32_t place = UTFS_VIEW_NO_PLACE;
	uint64_t thread, time;
	int ret = utfs_view_work_number(work, "row", UINT32_MAX, &thread);

	if (!ret && thread >= store->nr_threads)
		ret = utfs_view_wrong(work, "row");
	if (!ret)
		ret = utfs_view_work_number(work, "time", UINT64_MAX, &time);
	if (!ret)
		ret = utfs_view_work_eye(work, &eye);
	if (!ret) {
		place = utfs_view_nearest(&eye, (uint32_t)thread, time);
		ret = place == UTFS_VIEW_NO_PLACE ? -ENOENT : put_event(work, &eye, place);
	}
	utfs_view_work_eye_fini(&eye);
	return ret;
}

static void put_slowest(struct utfs_json *json, const struct utfs_view_store *store,
			const struct utfs_view_latencies *latencies)
{
	utfs_json_array(json, "slowest");
	for (uint32_t i = 0; i < latencies->nr_slowest; i++) {
		const struct utfs_view_span span = latencies->slowest[i];

		utfs_json_object(json, NULL);
		utfs_json_number(json, "begin", store->time[span.begin]);
		utfs_json_number(json, "end", store->time[span.end]);
		utfs_json_number(json, "id", store->dropped + span.begin);
		utfs_json_number(json, "thread", store->lanes[store->lane[span.begin]].thread);
		utfs_json_object_end(json);
	}
	utfs_json_array_end(json);
}

static void put_classes(struct utfs_json *json, const struct utfs_view_latencies *latencies)
{
	utfs_json_array(json, "classes");
	for (uint32_t i = 0; i < UTFS_VIEW_CLASSES; i++) {
		if (!latencies->counts[i])
			continue;
		utfs_json_array(json, NULL);
		utfs_json_number(json, NULL, utfs_view_class_begin(i));
		utfs_json_number(json, NULL, utfs_view_class_begin(i + 1));
		utfs_json_number(json, NULL, latencies->counts[i]);
		utfs_json_array_end(json);
	}
	utfs_json_array_end(json);
}

int utfs_view_answer_latency(struct utfs_view_work *work)
{
	struct utfs_view_latency_wish wish = {.to = UINT64_MAX, .longest = UINT64_MAX};
	const struct utfs_view_pairs *pairs;
	struct utfs_view_latencies latencies;
	struct utfs_json *json = &work->json;
	int ret = utfs_view_work_maybe(work, "from", UINT64_MAX, &wish.from);

	if (!ret)
		ret = utfs_view_work_maybe(work, "to", UINT64_MAX, &wish.to);
	if (!ret)
		ret = utfs_view_work_maybe(work, "shortest", UINT64_MAX, &wish.shortest);
	if (!ret)
		ret = utfs_view_work_maybe(work, "longest", UINT64_MAX, &wish.longest);
	if (!ret)
		ret = utfs_view_work_filter(work, &wish.filter);
	if (!ret)
		ret = utfs_view_work_pairs(work, &pairs);
	if (!ret)
		ret = utfs_view_latencies(pairs, work->desk->store, &wish, &latencies);
	if (ret)
		return ret;
	utfs_json_object(json, NULL);
	utfs_json_number(json, "count", latencies.nr);
	utfs_json_number(json, "doubtful", latencies.nr_doubtful);
	utfs_json_number(json, "sum", latencies.sum);
	utfs_json_number(json, "shortest", latencies.shortest);
	utfs_json_number(json, "longest", latencies.longest);
	utfs_json_number(json, "p50", latencies.p50);
	utfs_json_number(json, "p90", latencies.p90);
	utfs_json_number(json, "p99", latencies.p99);
	utfs_json_number(json, "p999", latencies.p999);
	put_classes(json, &latencies);
	put_slowest(json, work->desk->store, &latencies);
	utfs_json_object_end(json);
	utfs_json_end(json);
	return ret;
}
