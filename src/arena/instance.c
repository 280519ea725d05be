/* SPDX-License-Identifier: MIT */
/* The table of trace arrays. Slot 0 is the root's; it is always there and has no name. */
#include <string.h>

#include "arena/internal.h"

#define GENERATIONS (UINT64_C(1) << (UTFS_SERIAL_BITS - UTFS_INSTANCE_SLOT_BITS))

static_assert(UTFS_MAX_INSTANCES == 1 << UTFS_INSTANCE_SLOT_BITS, "a slot fits its bits");

static uint32_t nr_instances(const struct utfs_arena *arena)
{
	uint64_t n = arena->header->nr_instances;

	return n < UTFS_MAX_INSTANCES ? (uint32_t)n : UTFS_MAX_INSTANCES;
}

static uint64_t *name_bucket(const struct utfs_arena *arena, const char *name, size_t bytes)
{
	return utfs_hash_bucket(arena, UTFS_HASH_INSTANCES, utfs_hash_bytes(name, bytes, 0));
}

int utfs_instance_find_serial(const struct utfs_arena *arena, uint64_t serial, uint32_t *slot)
{
	uint32_t index = (uint32_t)(serial & (UTFS_MAX_INSTANCES - 1));

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	/* The root's serial is 0, which marks every other slot as free. */
	if (index >= nr_instances(arena) || utfs_instance_at(arena, index)->serial != serial ||
	    (index && !serial))
		return -ENOENT;
	*slot = index;
	return 0;
}

int utfs_instance_find_name(const struct utfs_arena *arena, const char *name, size_t bytes,
			    uint32_t *slot)
{
	uint64_t at = *name_bucket(arena, name, bytes);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	/* A damaged chain ends after as many steps as there are slots. */
	for (uint32_t steps = 0; at && at <= nr_instances(arena) && bytes <= UTFS_NAME_MAX &&
				 steps < UTFS_MAX_INSTANCES;
	     steps++) {
		const struct utfs_instance *instance = utfs_instance_at(arena, at - 1);

		if (instance->name_bytes == bytes && !memcmp(instance->name, name, bytes)) {
			*slot = (uint32_t)at - 1;
			return 0;
		}
		at = instance->hash_next;
	}
	return -ENOENT;
}

int utfs_instance_next(const struct utfs_arena *arena, uint32_t after, uint32_t *slot)
{
	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	for (uint32_t i = after + 1; i && i < nr_instances(arena); i++) {
		if (utfs_instance_at(arena, i)->serial) {
			*slot = i;
			return 1;
		}
	}
	return 0;
}

int utfs_instance_name_check(const char *name, size_t bytes)
{
	if (bytes > UTFS_NAME_MAX)
		return -ENAMETOOLONG;
	if (!bytes || memchr(name, '/', bytes) || memchr(name, '\0', bytes))
		return -EINVAL;
	if (name[0] == '.' && (bytes == 1 || (bytes == 2 && name[1] == '.')))
		return -EINVAL;
	return 0;
}

/* A free slot whose generations are not used up: from the free list, else a new one. */
static int slot_take(struct utfs_arena *arena, uint32_t *slot) UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t free = arena->header->free_instances;
	uint32_t n = nr_instances(arena);
	int ret;

	if (free > 1 && free <= n) {
		*slot = (uint32_t)free - 1;
		utfs_tx_set(arena, &arena->header->free_instances,
			    utfs_instance_at(arena, *slot)->hash_next);
		return 0;
	}
	if (n >= UTFS_MAX_INSTANCES)
		return -EMFILE;
	ret = utfs_region_ensure(arena, UTFS_REGION_INSTANCES,
				 (n + 1) * sizeof(struct utfs_instance));
	if (ret)
		return ret;
	*slot = n;
	utfs_tx_set(arena, &arena->header->nr_instances, n + 1);
	return 0;
}

void utfs_instance_printk_set(struct utfs_arena *arena, uint32_t slot)
{
	uint64_t bit = UTFS_OPTION_BIT(UTFS_OPTION_TRACE_PRINTK_DEST);
	uint64_t before = arena->header->printk_slot;
	struct utfs_instance *instance = utfs_instance_at(arena, slot);

	if (before < nr_instances(arena)) {
		uint64_t *options = &utfs_instance_at(arena, before)->options;

		utfs_tx_set(arena, options, *options & ~bit);
	}
	utfs_tx_set(arena, &instance->options, instance->options | bit);
	utfs_tx_set(arena, &arena->header->printk_slot, slot);
}

int utfs_instance_add(struct utfs_arena *arena, const char *name, size_t bytes, uint32_t *slot)
{
	struct utfs_instance *instance;
	uint64_t *bucket;
	int ret = utfs_instance_name_check(name, bytes);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!ret && !utfs_instance_find_name(arena, name, bytes, slot))
		ret = -EEXIST;
	if (!ret)
		ret = utfs_tx_reserve(arena, 32);
	if (!ret)
		ret = slot_take(arena, slot);
	if (ret)
		return ret;
	instance = utfs_instance_at(arena, *slot);
	/* The slot is free: nobody reads its name before the chain leads there. */
	memset(instance->name, 0, sizeof(instance->name));
	memcpy(instance->name, name, bytes);
	UTFS_INJECT();
	bucket = name_bucket(arena, name, bytes);
	utfs_tx_set(arena, &instance->generation, instance->generation + 1);
	utfs_tx_set(arena, &instance->serial,
		    instance->generation << UTFS_INSTANCE_SLOT_BITS | *slot);
	utfs_tx_set(arena, &instance->name_bytes, bytes);
	utfs_tx_set(arena, &instance->recorder, 0);
	utfs_tx_set(arena, &instance->buffer_kb, UTFS_DEFAULT_BUFFER_KB);
	utfs_tx_set(arena, &instance->clock, UTFS_CLOCK_LOCAL);
	utfs_tx_set(arena, &instance->tracing_on, 1);
	utfs_tx_set(arena, &instance->options,
		    utfs_instance_at(arena, 0)->options & ~UTFS_OPTIONS_NOT_INHERITED);
	utfs_tx_set(arena, &instance->buffer_percent, UTFS_DEFAULT_BUFFER_PERCENT);
	utfs_tx_set(arena, &instance->max_latency_ns, 0);
	utfs_tx_set(arena, &instance->time_start, 0);
	utfs_tx_set(arena, &instance->paused, 0);
	utfs_tx_set(arena, &instance->hash_next, *bucket);
	utfs_tx_set(arena, bucket, (uint64_t)*slot + 1);
	utfs_change_note(arena, UTFS_CHANGE_INSTANCE_ADDED, instance->serial, 0, instance->name);
	return 0;
}

int utfs_instance_remove(struct utfs_arena *arena, uint32_t slot)
{
	struct utfs_instance *instance = utfs_instance_at(arena, slot);
	uint64_t *link;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!slot || slot >= nr_instances(arena) || !instance->serial)
		return -ENOENT;
	ret = utfs_errors_clear(arena, slot);
	if (!ret)
		ret = utfs_pending_set(arena, slot, NULL);
	if (!ret)
		ret = utfs_tx_reserve(arena, 16);
	if (ret)
		return ret;
	link = name_bucket(arena, instance->name, instance->name_bytes & UTFS_NAME_MAX);
	for (uint32_t steps = 0; *link != (uint64_t)slot + 1; steps++) {
		if (!*link || *link > nr_instances(arena) || steps >= UTFS_MAX_INSTANCES)
			return -EBADMSG;
		link = &utfs_instance_at(arena, *link - 1)->hash_next;
	}
	utfs_change_note(arena, UTFS_CHANGE_INSTANCE_REMOVED, instance->serial, 0, instance->name);
	utfs_tx_set(arena, link, instance->hash_next);
	utfs_tx_set(arena, &instance->serial, 0);
	if (arena->header->printk_slot == slot)
		utfs_instance_printk_set(arena, 0);
	/* A slot whose generations are used up stays unused: no serial ever names two instances. */
	if (instance->generation + 1 < GENERATIONS) {
		utfs_tx_set(arena, &instance->hash_next, arena->header->free_instances);
		utfs_tx_set(arena, &arena->header->free_instances, (uint64_t)slot + 1);
	}
	return 0;
}
