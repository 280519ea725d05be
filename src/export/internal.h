/* SPDX-License-Identifier: MIT */
/*
 * Inside of an export.
 *
 *   export.c     the table of formats; which events; the output, and its name
 *   span.c       what an event is on a timeline: a slice's begin or end, an instant, a counter's value
 *   pair.c       which events begin and end something, by their names
 *   table.c      csv
 *   lines.c      ndjson
 *   chrome.c     json
 *   perfetto.c   perfetto
 *   scratch.c    memory for what is made of one event
 *   ctf.c        ctf: the graph and its messages
 *   ctf-class.c  ctf: events and their fields
 *   values.c     fields as JSON, for those that have it
 */
#ifndef UTFS_EXPORT_INTERNAL_H
#define UTFS_EXPORT_INTERNAL_H

#include <errno.h>
#include <stdio.h>

#include "export/export.h"
#include "json/json.h"

struct utfs_export {
	struct utfs_recording *recording;
	const struct utfs_export_wish *wish;
	FILE *out;		/* NULL for a directory */
	char *made;		/* under which name the output is made; NULL: the standard output */
	signed char *is_wanted; /* by a type's index: 0 not known yet, 1, -1 */
	size_t nr_wanted;
};

/* utfs_export_next - the next event that is wanted. Return: as utfs_recording_next(). */
int utfs_export_next(struct utfs_export *export, struct utfs_recording_event *event);
/* utfs_export_wants - is a type's event wanted? Return: 1, 0; -ENOMEM. */
int utfs_export_wants(struct utfs_export *export, const struct utfs_recording_type *type);
/*
 * utfs_export_scan - call `look` with every event that is wanted, ahead of the export; types are those of the recording by their index and their
 * names, but not the same ones. Return: 0; what look() returned that was not 0; negative errno.
 */
int utfs_export_scan(struct utfs_export *export,
		     int (*look)(void *ctx, const struct utfs_recording_event *event), void *ctx,
		     struct utfs_recording_failure *failure);

/*
 * utfs_export_learn - the spans of the recording, which have looked ahead where that is needed
 * Return: as utfs_export_scan(); *spans is the caller's, whatever is returned.
 */
struct utfs_spans;
int utfs_export_learn(struct utfs_export *export, struct utfs_spans **spans,
		      struct utfs_recording_failure *failure);

/* Puts a field's value; what is not there is null, a struct an array of its bytes. */
void utfs_export_put_value(struct utfs_json *json, const char *name,
			   const struct utfs_recording_value *value);
/* Puts an object `name` with all fields but the common ones. */
void utfs_export_put_fields(struct utfs_json *json, const char *name,
			    const struct utfs_recording_event *event);

/* The process that an event is shown in: where it is not known each thread is its own. */
static inline int32_t utfs_export_process(int32_t tgid, int32_t tid)
{
	return tgid ? tgid : tid;
}

int utfs_export_csv(struct utfs_export *export, struct utfs_recording_failure *failure);
int utfs_export_ndjson(struct utfs_export *export, struct utfs_recording_failure *failure);
int utfs_export_chrome(struct utfs_export *export, struct utfs_recording_failure *failure);
int utfs_export_ctf(struct utfs_export *export, struct utfs_recording_failure *failure);
int utfs_export_perfetto(struct utfs_export *export, struct utfs_recording_failure *failure);

#endif
