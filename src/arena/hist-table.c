/* SPDX-License-Identifier: MIT */
/*
 * Histograms: what hist triggers do (plans) and what they count in (maps), in blocks. A trigger leads to a plan, a plan to its map;
 * the plans of triggers that share a name lead to one map.
 */
#include <string.h>

#include "arena/hist-map.h"
#include "arena/internal.h"
#include "arena/mapping.h"

const struct utfs_hist_plan *utfs_hist_plan_get(const struct utfs_arena *arena, uint64_t reference,
						uint64_t *bytes)
{
	const struct utfs_hist_plan *plan = utfs_block_get(arena, reference, UTFS_MAGIC_HIST_PLAN);
	uint64_t room;

	if (!plan)
		return NULL;
	room = (uint64_t)plan->block.nr_pages * UTFS_PAGE_BYTES;
	*bytes = plan->bytes;
	return *bytes >= sizeof(*plan) && *bytes <= room &&
			       plan->nr_keys - 1U < UTFS_HIST_KEYS_MAX && plan->nr_vals &&
			       plan->nr_vals <= UTFS_HIST_VALS_MAX + UTFS_HIST_VARS_MAX
		       ? plan
		       : NULL;
}

static struct utfs_hist_plan *plan_at(const struct utfs_arena *arena, uint64_t reference)
{
	return utfs_block_get(arena, reference, UTFS_MAGIC_HIST_PLAN);
}

bool utfs_hist_plan_next(const struct utfs_arena *arena, uint64_t *reference)
{
	const struct utfs_hist_plan *plan = *reference ? plan_at(arena, *reference) : NULL;

	if (*reference)
		*reference = plan ? plan->block.next : 0;
	else
		*reference = arena->header->hist_plans;
	return *reference && plan_at(arena, *reference);
}

/* Does a live plan, other than one, count in a map? */
static bool map_used(const struct utfs_arena *arena, uint64_t map, uint64_t not_by)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t left = arena->size_bytes / UTFS_PAGE_BYTES;

	for (uint64_t at = 0; left && utfs_hist_plan_next(arena, &at); left--)
		if (at != not_by && plan_at(arena, at)->map == map)
			return true;
	return false;
}

static int map_make(struct utfs_arena *arena, const struct utfs_hist_plan *plan,
		    uint64_t *reference) UTFS_REQUIRES(arena->event_mutex)
{
	bool has_comm = false;
	struct utfs_hist_map *map;
	void *made;
	int ret;

	if (plan->map_bits < UTFS_HIST_BITS_MIN || plan->map_bits > UTFS_HIST_BITS_MAX ||
	    plan->key_bytes > UTFS_HIST_KEY_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < (unsigned int)plan->nr_vals + plan->nr_keys; i++)
		has_comm = has_comm || plan->fields[i].flags & UTFS_HIST_EXECNAME;
	ret = utfs_block_make(
		arena, UTFS_MAGIC_HIST_MAP,
		utfs_hist_map_bytes(plan->map_bits,
				    utfs_hist_element_bytes(utfs_hist_nr_values(plan), has_comm,
							    plan->nr_strings, plan->key_bytes)),
		reference, &made);
	if (ret)
		return ret;
	map = made;
	map->map_bits = plan->map_bits;
	map->nr_values = utfs_hist_nr_values(plan);
	map->nr_strings = plan->nr_strings;
	map->key_bytes = plan->key_bytes;
	map->has_comm = has_comm;
	return 0;
}

/* Of functions: what is mapped where is to be kept. */
static bool wants_names(const struct utfs_hist_plan *plan)
{
	uint32_t flags = 0;

	for (unsigned int i = 0; i < UTFS_HIST_FIELDS_MAX; i++)
		flags |= plan->fields[i].flags;
	return flags & (UTFS_HIST_STACKTRACE | UTFS_HIST_SYM | UTFS_HIST_SYM_OFFSET);
}

int utfs_hist_make(struct utfs_arena *arena, const struct utfs_hist_plan *plan, uint64_t share,
		   uint64_t *reference)
{
	const struct utfs_hist_plan *other = share ? plan_at(arena, share) : NULL;
	struct utfs_hist_plan *own;
	uint64_t map = 0;
	void *made;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (plan->bytes < sizeof(*plan) || (share && !other))
		return -EINVAL;
	ret = wants_names(plan) ? utfs_mappings_ensure(arena) : 0;
	if (!ret)
		ret = utfs_block_make(arena, UTFS_MAGIC_HIST_PLAN, plan->bytes, reference, &made);
	if (!ret && !share)
		ret = map_make(arena, plan, &map);
	if (ret)
		return ret;
	own = made;
	memcpy((char *)own + sizeof(own->block), (const char *)plan + sizeof(plan->block),
	       plan->bytes - sizeof(plan->block));
	own->map = share ? other->map : map;
	/* Somebody may be in them before the caller commits: until then they are retired ones. */
	return utfs_tx_checkpoint(arena);
}

int utfs_hist_publish(struct utfs_arena *arena, uint64_t reference)
{
	const struct utfs_hist_plan *plan = plan_at(arena, reference);
	int ret = plan ? utfs_block_take(arena, &arena->header->retired, reference) : -ENOENT;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!ret && !map_used(arena, plan->map, reference))
		ret = utfs_block_take(arena, &arena->header->retired, plan->map);
	return ret ? ret : utfs_block_push(arena, &arena->header->hist_plans, reference);
}

int utfs_hist_release(struct utfs_arena *arena, uint64_t reference)
{
	const struct utfs_hist_plan *plan = plan_at(arena, reference);
	uint64_t map = plan ? plan->map : 0;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!plan)
		return 0;
	ret = utfs_block_take(arena, &arena->header->hist_plans, reference);
	/* One that is in no list is damaged, and lost to the arena. */
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (!map_used(arena, map, reference) && utfs_block_get(arena, map, UTFS_MAGIC_HIST_MAP))
		ret = utfs_block_push(arena, &arena->header->retired, map);
	return ret ? ret : utfs_block_push(arena, &arena->header->retired, reference);
}

int utfs_hist_clear(struct utfs_arena *arena, uint64_t reference)
{
	struct utfs_hist_plan *plan = plan_at(arena, reference);
	uint64_t left = arena->size_bytes / UTFS_PAGE_BYTES;
	const uint64_t before = plan ? plan->map : 0;
	uint64_t map;
	int ret;

	if (!plan)
		return -ENOENT;
	ret = map_make(arena, plan, &map);
	if (!ret)
		ret = utfs_tx_checkpoint(arena);
	if (!ret)
		ret = utfs_block_take(arena, &arena->header->retired, map);
	for (uint64_t at = 0; !ret && left && utfs_hist_plan_next(arena, &at); left--) {
		if (plan_at(arena, at)->map != before)
			continue;
		ret = utfs_tx_reserve(arena, 1);
		if (!ret)
			utfs_tx_set(arena, &plan_at(arena, at)->map, map);
	}
	if (!ret && utfs_block_get(arena, before, UTFS_MAGIC_HIST_MAP))
		ret = utfs_block_push(arena, &arena->header->retired, before);
	return ret;
}

int utfs_hist_pause(struct utfs_arena *arena, uint64_t reference, bool pause)
{
	struct utfs_hist_plan *plan = plan_at(arena, reference);
	int ret = plan ? utfs_tx_reserve(arena, 1) : -ENOENT;

	if (!ret)
		utfs_tx_set(arena, &plan->paused, pause);
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * What plans refer to
 */

static bool plan_is_live(const struct utfs_arena *arena, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t left = arena->size_bytes / UTFS_PAGE_BYTES;

	for (uint64_t at = 0; left && utfs_hist_plan_next(arena, &at); left--)
		if (at == reference)
			return true;
	return false;
}

static bool plan_reads(const struct utfs_hist_plan *plan, uint64_t reference)
{
	for (unsigned int i = 0; i < plan->nr_refs && i < UTFS_HIST_REFS_MAX; i++)
		if (plan->refs[i].plan == reference)
			return true;
	return false;
}

static bool plan_writes(const struct utfs_hist_plan *plan, uint64_t event_serial)
{
	for (unsigned int i = 0; i < plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++)
		if (plan->actions[i].event_serial == event_serial)
			return true;
	return false;
}

bool utfs_hist_stands(const struct utfs_arena *arena, const struct utfs_hist_plan *plan)
{
	uint32_t id;

	for (unsigned int i = 0; i < plan->nr_refs && i < UTFS_HIST_REFS_MAX; i++)
		if (plan->refs[i].plan && !plan_is_live(arena, plan->refs[i].plan))
			return false;
	for (unsigned int i = 0; i < plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++)
		if (plan->actions[i].event_serial &&
		    utfs_event_find_serial(arena, plan->actions[i].event_serial, &id))
			return false;
	return true;
}

bool utfs_hist_is_read(const struct utfs_arena *arena, uint64_t reference)
{
	uint64_t left = arena->size_bytes / UTFS_PAGE_BYTES;

	for (uint64_t at = 0; left && utfs_hist_plan_next(arena, &at); left--)
		if (at != reference && plan_reads(plan_at(arena, at), reference))
			return true;
	return false;
}

bool utfs_hist_is_forgotten(const struct utfs_arena *arena, uint64_t reference)
{
	const struct utfs_hist_plan *plan = plan_at(arena, reference);

	return plan && plan->flags & UTFS_HIST_PLAN_HELPER && !utfs_hist_is_read(arena, reference);
}

bool utfs_hist_is_written(const struct utfs_arena *arena, uint64_t event_serial)
{
	uint64_t left = arena->size_bytes / UTFS_PAGE_BYTES;

	for (uint64_t at = 0; left && utfs_hist_plan_next(arena, &at); left--)
		if (plan_writes(plan_at(arena, at), event_serial))
			return true;
	return false;
}
