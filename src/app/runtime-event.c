/* SPDX-License-Identifier: MIT */
/* Events described at run time, for programs in languages that have no C preprocessor. */
#include <string.h>

#include "app/app.h"
#include "app/stack.h"

static_assert(sizeof(struct utfs_runtime_event) == UTFS_RUNTIME_EVENT_BYTES,
	      "what bindings allocate");

/*
 * The caller's memory may hold anything before it is registered. So a registered event carries its own address, mixed with a number that
 * no program has by chance: a copy of it elsewhere is none.
 */
static uint64_t mark_of(const struct utfs_runtime_event *event)
{
	return (uint64_t)(uintptr_t)event ^ UINT64_C(0x9d39247e33776d41);
}

static bool is_registered(const struct utfs_runtime_event *event)
{
	return utfs_runtime_private(event)->mark == mark_of(event);
}

bool utfs_runtime_event_uses(uint32_t id, const struct utfs_runtime_event *not_this)
{
	for (const struct utfs_runtime_event *at = utfs_app.runtime_events; at;
	     at = utfs_runtime_private(at)->next)
		if (at != not_this && utfs_runtime_private(at)->id == id &&
		    !utfs_runtime_private(at)->status)
			return true;
	return false;
}

uint64_t utfs_runtime_events_count(void)
{
	uint64_t n = 0;

	for (const struct utfs_runtime_event *at = utfs_app.runtime_events; at;
	     at = utfs_runtime_private(at)->next)
		n += !utfs_runtime_private(at)->status;
	return n;
}

/* Parses the event's own copy of the description and puts it into the arena. */
static int event_add(struct utfs_runtime_event *event) UTFS_REQUIRES(utfs_app.arena.event_mutex)
{
	struct utfs_runtime_private *private = utfs_runtime_private(event);
	char description[UTFS_DESCRIPTION_BYTES];
	struct utfs_runtime_layout layout;
	int ret;

	memcpy(description, event->description, sizeof(description));
	utfs_app_texts_begin();
	ret = utfs_runtime_parse(description, &layout, &utfs_app.fields, &utfs_app.print);
	if (ret)
		return ret;
	private->record_bytes = layout.record_bytes;
	private->nr_locations = layout.nr_locations;
	memcpy(private->locations, layout.locations, sizeof(layout.locations));
	return utfs_app_event_add(layout.system, layout.name, layout.record_bytes,
				  UTFS_EVENT_DYNAMIC, &private->id);
}

static void event_publish(struct utfs_runtime_event *event)
{
	struct utfs_runtime_private *private = utfs_runtime_private(event);

	private->serial = utfs_event_at(&utfs_app.arena, private->id)->serial;
	private->status = 0;
	__atomic_store_n(&event->mask, utfs_event_mask(&utfs_app.arena, private->id),
			 __ATOMIC_RELEASE);
}

static int event_add_transaction(struct utfs_runtime_event *event)
{
	int ret = utfs_tx_begin(&utfs_app.arena);

	if (ret)
		return ret;
	return utfs_tx_end(&utfs_app.arena, event_add(event));
}

static void link_event(struct utfs_runtime_event *event)
{
	struct utfs_runtime_private *private = utfs_runtime_private(event);

	private->mark = mark_of(event);
	private->next = utfs_app.runtime_events;
	if (private->next)
		utfs_runtime_private(private->next)->previous = event;
	utfs_app.runtime_events = event;
}

static void unlink_event(struct utfs_runtime_event *event)
{
	struct utfs_runtime_private *private = utfs_runtime_private(event);

	if (private->next)
		utfs_runtime_private(private->next)->previous = private->previous;
	if (private->previous)
		utfs_runtime_private(private->previous)->next = private->next;
	else
		utfs_app.runtime_events = private->next;
}

static int register_locked(struct utfs_runtime_event *event, const char *description)
{
	size_t bytes = strnlen(description, UTFS_DESCRIPTION_BYTES);
	int ret;

	if (is_registered(event))
		return strcmp(event->description, description) ? -EBUSY : 0;
	memset(event, 0, sizeof(*event));
	event->mask = &event->never;
	if (bytes == UTFS_DESCRIPTION_BYTES)
		return -E2BIG;
	memcpy(event->description, description, bytes);
	ret = utfs_app_attach();
	if (!ret)
		ret = event_add_transaction(event);
	if (ret == -EEXIST)
		utfs_app.conflicts++;
	if (ret)
		return ret;
	event_publish(event);
	link_event(event);
	return 0;
}

UTFS_API int utfs_runtime_event_register(struct utfs_runtime_event *event, const char *description)
{
	struct utfs_app_context context;
	int ret;

	if (!event || !description)
		return -EINVAL;
	ret = utfs_app_enter(&context);
	if (ret)
		return ret;
	ret = register_locked(event, description);
	utfs_app_leave(&context);
	return ret;
}

static void drop(const struct utfs_runtime_event *event)
{
	if (utfs_tx_begin(&utfs_app.arena))
		return;
	utfs_app_event_drop(utfs_runtime_private(event)->id, NULL, event);
	(void)utfs_tx_end(&utfs_app.arena, 0);
}

UTFS_API void utfs_runtime_event_unregister(struct utfs_runtime_event *event)
{
	struct utfs_app_context context;

	if (!event || utfs_app_enter(&context))
		return;
	if (is_registered(event)) {
		__atomic_store_n(&event->mask, &event->never, __ATOMIC_RELAXED);
		unlink_event(event);
		if (!utfs_runtime_private(event)->status)
			drop(event);
		memset(event->private_words, 0, sizeof(event->private_words));
		event->description[0] = '\0';
	}
	utfs_app_leave(&context);
}

/* As event_renew() in module.c. */
static int event_renew(struct utfs_runtime_event *event) UTFS_REQUIRES(utfs_app.arena.event_mutex)
{
	struct utfs_runtime_private *private = utfs_runtime_private(event);
	int ret;

	if (private->status)
		return 0;
	if (utfs_event_at(&utfs_app.arena, private->id)->serial == private->serial)
		return utfs_proc_use_event(&utfs_app.arena, private->id, true);
	ret = event_add(event);
	if (!ret) {
		event_publish(event);
	} else {
		private->status = ret;
		__atomic_store_n(&event->mask, &event->never, __ATOMIC_RELAXED);
	}
	return ret;
}

int utfs_runtime_events_renew(void)
{
	int ret = 0;

	for (struct utfs_runtime_event *at = utfs_app.runtime_events; !ret && at;
	     at = utfs_runtime_private(at)->next) {
		ret = event_renew(at);
		if (!ret)
			utfs_tx_checkpoint(&utfs_app.arena);
	}
	return ret;
}

/* Every location must lie in the record, every text end in NUL: who reads relies on it. */
static int locations_check(const struct utfs_runtime_private *private, const char *record,
			   size_t bytes)
{
	for (uint32_t i = 0; i < private->nr_locations; i++) {
		const struct utfs_runtime_location *location = &private->locations[i];
		size_t at, length;
		uint32_t word;

		memcpy(&word, record + location->offset, sizeof(word));
		length = word >> 16;
		at = (word & 0xffff) + (location->relative ? location->offset + sizeof(word) : 0);
		if (length > bytes || at > bytes - length)
			return -EFAULT;
		if (location->text && (!length || record[at + length - 1]))
			return -EFAULT;
	}
	return 0;
}

UTFS_API UTFS_ENTRY int utfs_runtime_event_write(const struct utfs_runtime_event *event,
						 const void *data, size_t bytes)
{
	const struct utfs_runtime_private *private = utfs_runtime_private(event);
	const uint64_t *mask = __atomic_load_n(&event->mask, __ATOMIC_ACQUIRE);
	char *buffer, *record;
	int ret;

	if (!mask || mask == &event->never)
		return -ENODEV;
	if (bytes > UTFS_RECORD_MAX - UTFS_COMMON_BYTES)
		return -E2BIG;
	if (bytes + UTFS_COMMON_BYTES < private->record_bytes)
		return -EINVAL;
	if (!__atomic_load_n(mask, __ATOMIC_RELAXED))
		return 0;
	/* An event without fields may come without data; a record is never empty, it has its common fields. */
	buffer = __builtin_alloca(UTFS_RECORD_HEADROOM + UTFS_COMMON_BYTES + bytes + 8);
	record = buffer + UTFS_RECORD_HEADROOM;
	if (bytes)
		memcpy(record + UTFS_COMMON_BYTES, data, bytes);
	bytes += UTFS_COMMON_BYTES;
	memset(record + bytes, 0, 8);
	ret = locations_check(private, record, bytes);
	if (!ret)
		utfs_app_record_write(private->id, mask, buffer, bytes);
	return ret;
}
