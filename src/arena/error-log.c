/* SPDX-License-Identifier: MIT */
/* What was wrong with what people wrote, per instance: the last few. */
#include <string.h>

#include "arena/internal.h"

static struct utfs_error_log *log_get(const struct utfs_arena *arena, uint32_t slot)
{
	uint64_t reference = utfs_instance_at(arena, slot)->errors;
	uint32_t bytes;

	if (!utfs_object_get(arena, reference, UTFS_MAGIC_ERRORS, &bytes) ||
	    bytes != sizeof(struct utfs_error_log))
		return NULL;
	return utfs_arena_heap_at(arena, reference & UTFS_REFERENCE_MASK, bytes);
}

static int log_ensure(struct utfs_arena *arena, uint32_t slot, struct utfs_error_log **log)
	UTFS_REQUIRES(arena->event_mutex)
{
	static const struct utfs_error_log empty = {.object = {UTFS_MAGIC_ERRORS, sizeof(empty)}};
	int ret = 0;

	*log = log_get(arena, slot);
	if (*log)
		return 0;
	ret = utfs_object_replace(arena, &utfs_instance_at(arena, slot)->errors, &empty.object);
	if (!ret)
		*log = log_get(arena, slot);
	return ret || *log ? ret : -EBADMSG;
}

int utfs_errors_add(struct utfs_arena *arena, uint32_t slot, const struct utfs_error *error)
{
	const size_t location = strlen(error->location), message = strlen(error->message);
	/* What does not fit is cut: the start says enough. */
	const size_t room = UTFS_BLOB_MAX - sizeof(struct utfs_error_entry) - location - message;
	const size_t command = error->command_bytes < room ? error->command_bytes : room;
	struct utfs_error_entry *entry;
	struct utfs_error_log *log;
	void *object;
	int ret = log_ensure(arena, slot, &log);

	if (!ret)
		ret = utfs_object_make(arena, &log->errors[log->nr_errors % UTFS_MAX_ERRORS],
				       UTFS_MAGIC_ERROR,
				       sizeof(*entry) + location + message + command, &object);
	if (!ret)
		ret = utfs_tx_reserve(arena, 1);
	if (ret)
		return ret;
	entry = object;
	entry->time_ns = error->time_ns;
	entry->position = error->position;
	entry->location_bytes = (uint32_t)location;
	entry->message_bytes = (uint32_t)message;
	entry->command_bytes = (uint32_t)command;
	memcpy(entry->texts, error->location, location);
	memcpy(entry->texts + location, error->message, message);
	memcpy(entry->texts + location + message, error->command, command);
	UTFS_INJECT();
	utfs_tx_set(arena, &log->nr_errors, log->nr_errors + 1);
	return 0;
}

const struct utfs_error_entry *utfs_errors_get(const struct utfs_arena *arena, uint32_t slot,
					       unsigned int n)
{
	const struct utfs_error_log *log = log_get(arena, slot);
	const struct utfs_error_entry *entry;
	uint64_t first;
	uint32_t bytes;

	if (!log)
		return NULL;
	first = log->nr_errors > UTFS_MAX_ERRORS ? log->nr_errors - UTFS_MAX_ERRORS : 0;
	if (n >= log->nr_errors - first)
		return NULL;
	entry = utfs_object_get(arena, log->errors[(first + n) % UTFS_MAX_ERRORS], UTFS_MAGIC_ERROR,
				&bytes);
	if (!entry || bytes < sizeof(*entry) ||
	    (uint64_t)entry->location_bytes + entry->message_bytes + entry->command_bytes !=
		    bytes - sizeof(*entry))
		return NULL;
	return entry;
}

int utfs_errors_clear(struct utfs_arena *arena, uint32_t slot)
{
	struct utfs_error_log *log = log_get(arena, slot);
	int ret = 0;

	for (unsigned int i = 0; !ret && log && i < UTFS_MAX_ERRORS; i++)
		if (log->errors[i])
			ret = utfs_object_replace(arena, &log->errors[i], NULL);
	return ret ? ret : utfs_object_replace(arena, &utfs_instance_at(arena, slot)->errors, NULL);
}
