/* SPDX-License-Identifier: MIT */
/* ndjson: each event an object on a line of its own. */
#include "export/internal.h"

static void put_event(struct utfs_export *export, struct utfs_json *json,
		      const struct utfs_recording_event *event, struct eventfs_text *text)
{
	utfs_json_object(json, NULL);
	utfs_json_number(json, "timestamp", event->timestamp);
	utfs_json_number(json, "cpu", event->cpu);
	/* null where it is not known, so that 0 means the idle process. */
	if (event->tgid || !event->tid)
		utfs_json_signed(json, "pid", event->tgid);
	else
		utfs_json_string(json, "pid", NULL);
	utfs_json_signed(json, "tid", event->tid);
	utfs_json_string(json, "comm", event->comm);
	if (event->instance)
		utfs_json_string(json, "instance", event->instance);
	if (event->lost == UTFS_RECORDING_LOST_SOME)
		utfs_json_bool(json, "lost", true);
	else if (event->lost)
		utfs_json_number(json, "lost", event->lost);
	utfs_json_string(json, "system", event->type->system);
	utfs_json_string(json, "event", event->type->name);
	utfs_export_put_fields(json, "fields", event);
	text->len_bytes = 0;
	utfs_recording_text(export->recording, event, text);
	utfs_json_text(json, "text", text->data, text->len_bytes);
	utfs_json_object_end(json);
	utfs_json_end(json);
}

int utfs_export_ndjson(struct utfs_export *export, struct utfs_recording_failure *failure)
{
	struct utfs_json json = {.out = export->out};
	struct eventfs_text text = {0};
	struct utfs_recording_event event;
	int ret = 0;

	(void)failure;
	while (!text.error && !ferror(export->out) && (ret = utfs_export_next(export, &event)) > 0)
		put_event(export, &json, &event, &text);
	if (text.error)
		ret = text.error;
	eventfs_text_fini(&text);
	return ret > 0 ? 0 : ret;
}
