/* SPDX-License-Identifier: MIT */
/*
 * json: Chrome's trace event format. Times are microseconds there, with digits for the ns. A track that is no thread is a thread with a number
 * that no thread has.
 */
#include <stdlib.h>

#include "export/internal.h"
#include "export/span.h"

#define FIRST_TRACK (INT64_C(1) << 32) /* thread numbers of tracks that are none, from here on */

struct chrome {
	struct utfs_export *export;
	struct utfs_spans *spans;
	struct utfs_json json;
	uint32_t nr_known; /* tracks that were described */
};

/* Tracks of CPUs and of numbers that events give have no process. */
static int64_t process_of(const struct utfs_track *track)
{
	return track->scope == UTFS_SCOPE_THREAD || track->scope == UTFS_SCOPE_PROCESS
		       ? utfs_export_process(track->tgid, (int32_t)track->id)
		       : 0;
}

static int64_t thread_of(const struct utfs_track *track)
{
	return track->scope == UTFS_SCOPE_THREAD && !track->name ? track->id
								 : FIRST_TRACK + track->index;
}

static void begin_event(struct chrome *chrome, const char *phase, const struct utfs_track *track)
{
	utfs_json_object(&chrome->json, NULL);
	utfs_json_string(&chrome->json, "ph", phase);
	utfs_json_signed(&chrome->json, "pid", process_of(track));
	utfs_json_signed(&chrome->json, "tid", thread_of(track));
}

static void end_event(struct chrome *chrome)
{
	utfs_json_object_end(&chrome->json);
	fputc('\n', chrome->export->out);
}

/* Names a process or a thread. */
static void put_name(struct chrome *chrome, const struct utfs_track *track, const char *what,
		     const char *name)
{
	begin_event(chrome, "M", track);
	utfs_json_string(&chrome->json, "name", what);
	utfs_json_object(&chrome->json, "args");
	utfs_json_string(&chrome->json, "name", name);
	utfs_json_object_end(&chrome->json);
	end_event(chrome);
}

static void describe(struct chrome *chrome, const struct utfs_track *track)
{
	const int32_t pid = (int32_t)process_of(track);
	const char *process = pid ? utfs_recording_comm(chrome->export->recording, pid) : NULL;
	char text[160];

	if (process)
		put_name(chrome, track, "process_name", process);
	if (track->is_counter)
		return;
	if (!track->name) {
		if (track->comm)
			put_name(chrome, track, "thread_name", track->comm);
		return;
	}
	if (track->scope == UTFS_SCOPE_THREAD && track->comm)
		snprintf(text, sizeof(text), "%.64s (%.64s)", track->name, track->comm);
	else if (track->scope == UTFS_SCOPE_PROCESS)
		snprintf(text, sizeof(text), "%.64s", track->name);
	else
		snprintf(text, sizeof(text), "%.64s (%s %lld)", track->name,
			 track->scope == UTFS_SCOPE_THREAD ? "thread"
			 : track->scope == UTFS_SCOPE_CPU  ? "CPU"
							   : track->group + sizeof("scope"),
			 (long long)track->id);
	put_name(chrome, track, "thread_name", text);
}

static void put_counter(struct chrome *chrome, const struct utfs_recording_event *event,
			const struct utfs_span *span)
{
	const struct utfs_track *track = span->track;
	char id[32];

	begin_event(chrome, "C", track);
	utfs_json_us(&chrome->json, "ts", event->timestamp);
	utfs_json_string(&chrome->json, "name", track->name);
	/* Counters of a name in a process are told apart by it. */
	if (track->scope != UTFS_SCOPE_PROCESS) {
		snprintf(id, sizeof(id), "%lld", (long long)track->id);
		utfs_json_string(&chrome->json, "id", id);
	}
	utfs_json_object(&chrome->json, "args");
	utfs_export_put_value(&chrome->json, "value", &span->value);
	utfs_json_object_end(&chrome->json);
	end_event(chrome);
}

static void put_slice(struct chrome *chrome, const struct utfs_recording_event *event,
		      const struct utfs_span *span)
{
	static const char *const phases[] = {
		[UTFS_SPAN_INSTANT] = "i",
		[UTFS_SPAN_BEGIN] = "B",
		[UTFS_SPAN_END] = "E",
		[UTFS_SPAN_WHOLE] = "X",
	};
	const bool is_whole = span->kind == UTFS_SPAN_WHOLE;

	begin_event(chrome, phases[span->kind], span->track);
	utfs_json_us(&chrome->json, "ts", is_whole ? span->begin : event->timestamp);
	if (is_whole)
		utfs_json_us(&chrome->json, "dur", event->timestamp - span->begin);
	if (span->kind != UTFS_SPAN_END) {
		utfs_json_text(&chrome->json, "name", span->name, span->name_bytes);
		utfs_json_string(&chrome->json, "cat", event->type->system);
	}
	if (span->kind == UTFS_SPAN_INSTANT)
		utfs_json_string(&chrome->json, "s", "t");
	utfs_export_put_fields(&chrome->json, "args", event);
	end_event(chrome);
}

static int put_events(struct chrome *chrome)
{
	struct utfs_recording_event event;
	struct utfs_span span;
	int ret = 0;

	while (!ferror(chrome->export->out) &&
	       (ret = utfs_export_next(chrome->export, &event)) > 0) {
		ret = utfs_spans_take(chrome->spans, &event, &span);
		if (ret)
			break;
		if (span.track->index >= chrome->nr_known) {
			describe(chrome, span.track);
			chrome->nr_known = span.track->index + 1;
		}
		if (span.kind == UTFS_SPAN_COUNTER)
			put_counter(chrome, &event, &span);
		else
			put_slice(chrome, &event, &span);
	}
	return ret;
}

/* What is shown of a trace as a whole. */
static void put_clock(struct chrome *chrome)
{
	const struct utfs_recording *recording = chrome->export->recording;
	char text[UTFS_EXPORT_NOTE_BYTES];
	const char *note = utfs_export_clock_note(recording, text);

	utfs_json_object(&chrome->json, "otherData");
	utfs_json_string(&chrome->json, "clock", utfs_recording_about(recording, 0)->clock);
	if (note)
		utfs_json_string(&chrome->json, "note", note);
	utfs_json_object_end(&chrome->json);
}

int utfs_export_chrome(struct utfs_export *export, struct utfs_recording_failure *failure)
{
	struct chrome chrome = {.export = export, .json.out = export->out};
	int ret = utfs_export_learn(export, &chrome.spans, failure);

	if (!ret) {
		utfs_json_object(&chrome.json, NULL);
		utfs_json_string(&chrome.json, "displayTimeUnit", "ns");
		put_clock(&chrome);
		utfs_json_array(&chrome.json, "traceEvents");
		ret = put_events(&chrome);
		utfs_json_array_end(&chrome.json);
		utfs_json_object_end(&chrome.json);
		utfs_json_end(&chrome.json);
	}
	utfs_spans_free(chrome.spans);
	return ret;
}
