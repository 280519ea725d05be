/* SPDX-License-Identifier: MIT */
/*
 * events/ and events/SYSTEM/: systems and events that programs have registered, and the `ftrace` system, which is always
 * there. An event shows in every instance; its key says which one is meant.
 */
#include <string.h>

#include "trace/ftrace-formats.h"
#include "trace/internal.h"

static int instance_alive(const struct utfs_trace *trace, uint32_t serial)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t slot;

	return utfs_instance_find_serial(&trace->arena, serial, &slot);
}

/* ------------------------------------------------------------------------------------------------
 * Systems
 */

static int system_find_locked(struct utfs_trace *trace, struct eventfs_key dir, const char *name,
			      size_t len_bytes, struct eventfs_key *child)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t index;
	int ret = instance_alive(trace, dir.a);

	*child = (struct eventfs_key){.a = dir.a, .b = UTFS_FTRACE_SYSTEM};
	if (ret || (len_bytes == 6 && !memcmp(name, "ftrace", 6)))
		return ret;
	ret = utfs_system_find(&trace->arena, name, len_bytes, &index);
	if (!ret)
		child->b = (uint32_t)utfs_system_at(&trace->arena, index)->serial;
	return ret;
}

static int systems_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
			struct eventfs_key *child)
{
	struct utfs_trace *trace = ctx;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, system_find_locked(trace, dir, name, len_bytes, child));
}

static int system_name_locked(const struct utfs_trace *trace, uint32_t index,
			      char name[EVENTFS_NAME_MAX + 1])
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	size_t bytes;
	const char *in_arena = utfs_system_name(&trace->arena, index, &bytes);

	if (!in_arena)
		return -ENOENT;
	memcpy(name, in_arena, bytes);
	name[bytes] = '\0';
	return 0;
}

/* Cookie 1 is `ftrace`, index + 1 the others. */
static int system_next_locked(struct utfs_trace *trace, struct eventfs_key dir, uint64_t cursor,
			      struct eventfs_dirent *out) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t index = cursor ? (uint32_t)cursor - 1 : 0;
	int ret = instance_alive(trace, dir.a);

	if (ret)
		return ret;
	if (!cursor) {
		strcpy(out->name, "ftrace");
		out->key = (struct eventfs_key){.a = dir.a, .b = UTFS_FTRACE_SYSTEM};
		out->cookie = 1;
		return 1;
	}
	do {
		if (!utfs_system_next(&trace->arena, index, &index))
			return 0;
	} while (system_name_locked(trace, index, out->name));
	out->key = (struct eventfs_key){
		.a = dir.a, .b = (uint32_t)utfs_system_at(&trace->arena, index)->serial};
	out->cookie = (uint64_t)index + 1;
	return 1;
}

static int systems_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
			struct eventfs_dirent *out)
{
	struct utfs_trace *trace = ctx;
	int found, ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	found = cursor > UTFS_MAX_SYSTEMS ? 0 : system_next_locked(trace, dir, cursor, out);
	ret = utfs_tx_end(&trace->arena, found < 0 ? found : 0);
	return ret ? ret : found;
}

static int system_valid_locked(const struct utfs_trace *trace, struct eventfs_key key,
			       uint32_t *index) UTFS_REQUIRES(trace->arena.event_mutex)
{
	int ret = instance_alive(trace, key.a);

	*index = 0;
	if (ret || key.b == UTFS_FTRACE_SYSTEM)
		return ret;
	return utfs_system_find_serial(&trace->arena, key.b, index);
}

static int systems_valid(void *ctx, struct eventfs_key key)
{
	struct utfs_trace *trace = ctx;
	uint32_t index;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, system_valid_locked(trace, key, &index));
}

static int systems_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	struct utfs_trace *trace = ctx;
	uint32_t index;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = system_valid_locked(trace, key, &index);
	if (!ret && index)
		ret = system_name_locked(trace, index, name);
	else if (!ret)
		strcpy(name, "ftrace");
	return utfs_tx_end(&trace->arena, ret);
}

static int systems_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	(void)ctx;
	*dir = (struct eventfs_key){.a = key.a};
	return 0;
}

const struct eventfs_provider utfs_systems_provider = {
	.find = systems_find,
	.next = systems_next,
	.valid = systems_valid,
	.name = systems_name,
	.parent = systems_parent,
};

/* ------------------------------------------------------------------------------------------------
 * Events
 */

/* The place of an event of the ftrace system with an id above `after`, in the order of ids; NULL: none. */
static const struct utfs_ftrace_event *ftrace_next(unsigned int after)
{
	const struct utfs_ftrace_event *next = NULL;

	for (size_t i = 0; i < utfs_nr_ftrace_events; i++)
		if (utfs_ftrace_events[i].id > after &&
		    (!next || utfs_ftrace_events[i].id < next->id))
			next = &utfs_ftrace_events[i];
	return next;
}

const struct utfs_ftrace_event *utfs_ftrace_event_by_id(unsigned int id)
{
	const struct utfs_ftrace_event *event = id ? ftrace_next(id - 1) : NULL;

	return event && event->id == id ? event : NULL;
}

static int event_find_locked(struct utfs_trace *trace, struct eventfs_key dir, const char *name,
			     size_t len_bytes, struct eventfs_key *child)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t system, id;
	size_t bytes;
	const char *system_name;
	int ret = system_valid_locked(trace, dir, &system);

	child->a = dir.a;
	if (ret)
		return ret;
	if (!system) {
		for (size_t i = 0; i < utfs_nr_ftrace_events; i++) {
			if (strlen(utfs_ftrace_events[i].name) == len_bytes &&
			    !memcmp(utfs_ftrace_events[i].name, name, len_bytes)) {
				child->b = utfs_ftrace_events[i].id;
				return 0;
			}
		}
		return -ENOENT;
	}
	system_name = utfs_system_name(&trace->arena, system, &bytes);
	ret = system_name ? utfs_event_find(&trace->arena, system_name, bytes, name, len_bytes, &id)
			  : -ENOENT;
	if (!ret)
		child->b = (uint32_t)utfs_event_at(&trace->arena, id)->serial;
	return ret;
}

static int events_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		       struct eventfs_key *child)
{
	struct utfs_trace *trace = ctx;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, event_find_locked(trace, dir, name, len_bytes, child));
}

/* Cookies are ids: an event keeps its own, and a system's events are listed in their order. */
static int event_next_locked(struct utfs_trace *trace, struct eventfs_key dir, uint32_t after,
			     struct eventfs_dirent *out) UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_strings strings;
	uint32_t system;
	int ret = system_valid_locked(trace, dir, &system);

	if (ret)
		return ret;
	if (!system) {
		const struct utfs_ftrace_event *next = ftrace_next(after);

		if (!next)
			return 0;
		strcpy(out->name, next->name);
		out->key = (struct eventfs_key){.a = dir.a, .b = next->id};
		out->cookie = next->id;
		return 1;
	}
	do {
		if (!utfs_event_next(&trace->arena, system, after, &after))
			return 0;
	} while (utfs_event_strings_get(&trace->arena, after, &strings) ||
		 strings.name_bytes > EVENTFS_NAME_MAX);
	memcpy(out->name, strings.name, strings.name_bytes);
	out->name[strings.name_bytes] = '\0';
	out->key = (struct eventfs_key){.a = dir.a,
					.b = (uint32_t)utfs_event_at(&trace->arena, after)->serial};
	out->cookie = after;
	return 1;
}

static int events_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
		       struct eventfs_dirent *out)
{
	struct utfs_trace *trace = ctx;
	int found, ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	found = cursor >= UTFS_MAX_EVENTS ? 0
					  : event_next_locked(trace, dir, (uint32_t)cursor, out);
	ret = utfs_tx_end(&trace->arena, found < 0 ? found : 0);
	return ret ? ret : found;
}

int utfs_event_of_key(const struct utfs_trace *trace, struct eventfs_key key, uint32_t *id)
{
	int ret = instance_alive(trace, key.a);

	if (ret)
		return ret;
	if (!utfs_event_serial_is_ftrace(key.b))
		return utfs_event_find_serial(&trace->arena, key.b, id);
	*id = key.b;
	return utfs_ftrace_event_by_id(key.b) ? 0 : -ENOENT;
}

static int events_valid(void *ctx, struct eventfs_key key)
{
	struct utfs_trace *trace = ctx;
	uint32_t id;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, utfs_event_of_key(trace, key, &id));
}

static int events_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	struct utfs_trace *trace = ctx;
	struct utfs_event_strings strings;
	uint32_t id;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = utfs_event_of_key(trace, key, &id);
	if (!ret && utfs_event_serial_is_ftrace(key.b)) {
		strcpy(name, utfs_ftrace_event_by_id(id)->name);
	} else if (!ret) {
		ret = utfs_event_strings_get(&trace->arena, id, &strings);
		if (!ret && strings.name_bytes > EVENTFS_NAME_MAX)
			ret = -ENOENT;
		if (!ret)
			memcpy(name, strings.name, strings.name_bytes + 1);
	}
	return utfs_tx_end(&trace->arena, ret);
}

static int events_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	struct utfs_trace *trace = ctx;
	uint32_t id;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = utfs_event_of_key(trace, key, &id);
	*dir = (struct eventfs_key){.a = key.a, .b = UTFS_FTRACE_SYSTEM};
	if (!ret && !utfs_event_serial_is_ftrace(key.b)) {
		uint64_t system = utfs_event_at(&trace->arena, id)->system;

		if (system < UTFS_MAX_SYSTEMS)
			dir->b = (uint32_t)utfs_system_at(&trace->arena, system)->serial;
	}
	return utfs_tx_end(&trace->arena, ret);
}

const struct eventfs_provider utfs_events_provider = {
	.find = events_find,
	.next = events_next,
	.valid = events_valid,
	.name = events_name,
	.parent = events_parent,
};
