/* SPDX-License-Identifier: MIT */
/* Blocks: the plans of histograms, their maps, and what is retired; claims their memory. A list that is wrong is emptied. */
#include "arena/check-internal.h"

static int plans_drop(struct utfs_check *check, uint64_t index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	int ret = utfs_tx_reserve(check->arena, 1);

	(void)index;
	if (!ret)
		utfs_tx_set(check->arena, &check->arena->header->hist_plans, 0);
	return ret;
}

static int retired_drop(struct utfs_check *check, uint64_t index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	int ret = utfs_tx_reserve(check->arena, 1);

	(void)index;
	if (!ret)
		utfs_tx_set(check->arena, &check->arena->header->retired, 0);
	return ret;
}

/* Return: the block, claimed; NULL: there is none of this kind (0: of any). */
static const struct utfs_block *block_claim(struct utfs_check *check, uint64_t reference,
					    uint32_t magic, const char *what,
					    int (*drop)(struct utfs_check *check, uint64_t index))
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t offset = (reference & UTFS_BLOCK_PAGE_MASK) * UTFS_PAGE_BYTES;
	const struct utfs_block *block = utfs_arena_heap_at(check->arena, offset, sizeof(*block));

	if (block && !magic)
		magic = block->magic == UTFS_MAGIC_HIST_MAP ? UTFS_MAGIC_HIST_MAP
							    : UTFS_MAGIC_HIST_PLAN;
	block = block ? utfs_block_get(check->arena, reference, magic) : NULL;
	if (block)
		utfs_check_claim(
			check,
			&(struct utfs_claim){.offset = offset,
					     .bytes = (uint64_t)block->nr_pages * UTFS_PAGE_BYTES,
					     .what = what,
					     .index = reference & UTFS_BLOCK_PAGE_MASK,
					     .drop = drop});
	return block;
}

/* Does a plan that comes before another one in the list count in the same map? Then that has been claimed. */
static bool map_seen(const struct utfs_arena *arena, uint64_t plan, uint64_t map)
{
	uint64_t left = arena->size_bytes / UTFS_PAGE_BYTES;

	for (uint64_t at = arena->header->hist_plans; left-- && at && at != plan;) {
		const struct utfs_hist_plan *other =
			utfs_block_get(arena, at, UTFS_MAGIC_HIST_PLAN);

		if (other && other->map == map)
			return true;
		at = other ? other->block.next : 0;
	}
	return false;
}

/* A way along a list, which notices after at most three rounds that it is one (Brent's algorithm). */
struct way {
	uint64_t steps, mark_due;
	uint64_t mark; /* a place where it was */
};

static bool way_was_at(struct way *way, uint64_t at)
{
	if (at == way->mark)
		return true;
	if (way->steps++ == way->mark_due) {
		way->mark = at;
		way->mark_due = 2 * way->steps;
	}
	return false;
}

void utfs_check_blocks(struct utfs_check *check)
{
	struct utfs_header *header = check->arena->header;
	struct way plans = {0}, retired = {0};
	const struct utfs_block *block = NULL;

	for (uint64_t at = header->hist_plans; at; at = block->next) {
		const struct utfs_hist_plan *plan;

		block = way_was_at(&plans, at)
				? NULL
				: block_claim(check, at, UTFS_MAGIC_HIST_PLAN,
					      "the plan of a histogram at page", plans_drop);
		plan = (const struct utfs_hist_plan *)(const void *)block;
		if (block && (map_seen(check->arena, at, plan->map) ||
			      block_claim(check, plan->map, UTFS_MAGIC_HIST_MAP,
					  "the map of a histogram at page", plans_drop)))
			continue;
		if (utfs_check_found(
			    check, UTFS_DAMAGE_OBJECT, &header->hist_plans,
			    "the list of histograms leads to %#llx, which is none or was passed",
			    (unsigned long long)at))
			utfs_check_mend(check, plans_drop(check, 0));
		break;
	}
	for (uint64_t at = header->retired; at; at = block->next) {
		block = way_was_at(&retired, at)
				? NULL
				: block_claim(check, at, 0, "the retired block at page",
					      retired_drop);
		if (block)
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_OBJECT, &header->retired,
				     "the list of retired blocks leads to %#llx, which is none or "
				     "was passed",
				     (unsigned long long)at))
			utfs_check_mend(check, retired_drop(check, 0));
		break;
	}
}
