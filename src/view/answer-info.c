/* SPDX-License-Identifier: MIT */
/* What there is: types, threads, pairs that suggest themselves. */
#include <errno.h>
#include <string.h>

#include "recording/pair.h"
#include "view/answer.h"

/* Fields that say which of several it is. */
static const char *const identities[] = {
	"id",	  "request_id", "req_id", "req", "request", "seq",  "sequence", "cookie",
	"handle", "tag",	"key",	  "ptr", "address", "addr", "fd",
};

static const char *identity_of(const struct utfs_recording_type *begin,
			       const struct utfs_recording_type *end)
{
	for (size_t i = 0; begin->format && i < sizeof(identities) / sizeof(identities[0]); i++) {
		const struct utfs_field *field = utfs_event_format_field(
			begin->format, identities[i], strlen(identities[i]));

		if (field && utfs_view_pairs_field_fits(begin, end, field))
			return identities[i];
	}
	return "";
}

/* What can end `begin`, if its name is understood so. */
static void put_ends(struct utfs_json *json, const struct utfs_view_store *store, uint32_t begin,
		     const struct utfs_pair_name *name)
{
	const struct utfs_recording_type *of_begin = store->types[begin].known;

	for (uint32_t i = 0; i < store->nr_types; i++) {
		const struct utfs_recording_type *end = store->types[i].known;

		if (!end || end->file != of_begin->file ||
		    strcmp(end->system, of_begin->system) != 0 ||
		    !utfs_pair_matches(name, end->name))
			continue;
		utfs_json_object(json, NULL);
		utfs_json_number(json, "begin", begin);
		utfs_json_number(json, "end", i);
		utfs_json_string(json, "field", identity_of(of_begin, end));
		utfs_json_object_end(json);
	}
}

static void put_pairs(struct utfs_json *json, const struct utfs_view_store *store)
{
	struct utfs_pair_name name;

	utfs_json_array(json, "pairs");
	for (uint32_t i = 0; i < store->nr_types; i++) {
		const struct utfs_recording_type *begin = store->types[i].known;

		for (size_t n = 0; begin && utfs_pair_name(begin->name, n, &name); n++) {
			if (name.begins)
				put_ends(json, store, i, &name);
		}
	}
	utfs_json_array_end(json);
}

static void put_types(struct utfs_json *json, const struct utfs_view_store *store)
{
	utfs_json_array(json, "types");
	for (uint32_t i = 0; i < store->nr_types; i++) {
		const struct utfs_recording_type *type = store->types[i].known;

		if (!type)
			continue;
		utfs_json_object(json, NULL);
		utfs_json_number(json, "id", i);
		utfs_json_string(json, "system", type->system);
		utfs_json_string(json, "name", type->name);
		utfs_json_number(json, "file", type->file);
		utfs_json_number(json, "events", store->types[i].places.nr);
		utfs_json_array(json, "fields");
		for (size_t j = 0; type->format && j < type->format->nr_fields; j++)
			utfs_json_string(json, NULL, type->format->fields[j].name);
		utfs_json_array_end(json);
		utfs_json_object_end(json);
	}
	utfs_json_array_end(json);
}

static void put_threads(struct utfs_json *json, const struct utfs_view_desk *desk)
{
	const struct utfs_view_store *store = desk->store;

	utfs_json_array(json, "threads");
	for (uint32_t i = 0; i < store->nr_threads; i++) {
		const struct utfs_view_thread *thread = &store->threads[i];

		if (thread->is_spare)
			continue;
		utfs_json_object(json, NULL);
		utfs_json_number(json, "id", i);
		utfs_json_signed(json, "tid", thread->tid);
		utfs_json_signed(json, "pid", thread->tgid);
		utfs_json_string(json, "name", *thread->comm ? thread->comm : NULL);
		utfs_json_string(json, "process",
				 thread->tgid ? utfs_recording_comm(desk->recording, thread->tgid)
					      : NULL);
		utfs_json_number(json, "events", thread->nr_events);
		utfs_json_object_end(json);
	}
	utfs_json_array_end(json);
}

int utfs_view_answer_info(struct utfs_view_work *work)
{
	const struct utfs_view_desk *desk = work->desk;
	const struct utfs_view_store *store = desk->store;
	const struct utfs_recording_about *about = utfs_recording_about(desk->recording, 0);
	struct utfs_json *json = &work->json;
	char origin[32];

	/* It may be more than the page's numbers hold. */
	snprintf(origin, sizeof(origin), "%llu", (unsigned long long)store->origin);
	utfs_json_object(json, NULL);
	utfs_json_string(json, "title", desk->title);
	utfs_json_bool(json, "live", desk->is_live);
	utfs_json_bool(json, "nanoseconds", !about || about->clock_in_ns);
	utfs_json_string(json, "clock", about ? about->clock : "");
	utfs_json_string(json, "origin", origin);
	utfs_json_number(json, "begin", store->nr ? store->time[0] : 0);
	utfs_json_number(json, "end", store->nr ? store->time[store->nr - 1] : 0);
	utfs_json_number(json, "events", store->nr);
	utfs_json_number(json, "dropped", store->dropped);
	utfs_json_number(json, "lost", store->nr_lost);
	utfs_json_bool(json, "lost_exactly", !store->has_lost_some);
	put_types(json, store);
	put_threads(json, desk);
	put_pairs(json, store);
	utfs_json_object_end(json);
	utfs_json_end(json);
	return 0;
}

int utfs_view_answer_filter(struct utfs_view_work *work)
{
	const struct utfs_view_filter *filter;
	int ret = utfs_view_work_filter(work, &filter);

	if (ret)
		return ret;
	utfs_json_object(&work->json, NULL);
	utfs_json_number(&work->json, "accepted",
			 filter ? filter->nr_accepted : work->desk->store->nr);
	utfs_json_object_end(&work->json);
	utfs_json_end(&work->json);
	return 0;
}
