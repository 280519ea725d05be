/* SPDX-License-Identifier: MIT */
/*
 * The memory of snapshots, and taking one by hand.
 *
 *   allocate   in a transaction: pages for the other side of every CPU; behind its commit: their tails parked, then ALLOCATED
 *   take       one store (swap.c); allocated first
 *   free       ALLOCATED cleared, so that nobody can ask any more; wait until every CPU is on the wanted side and nobody on
 *              the other one; in a transaction: its pages
 *
 * ALLOCATED follows from the pages: whoever dies in between leaves a side with pages or one without, and
 * utfs_snapshot_repair() sets it or has nothing to do.
 */
#include "ring/buffer.h"

/* Words of the undo log for one CPU: its fields, and those of two allocations or two frees. */
#define WORDS_PER_CPU 24

static struct utfs_ring_side *snapshot_side(const struct utfs_arena *arena, unsigned int recorder,
					    uint32_t cpu)
{
	return &utfs_cpu_buffer_at(arena, recorder, cpu)
			->sides[utfs_ring_side(arena, recorder, cpu, UTFS_SNAPSHOT)];
}

bool utfs_ring_snapshot_allocated(const struct utfs_arena *arena, unsigned int recorder)
{
	return utfs_load(&utfs_recorder_at(arena, recorder)->snapshot) & UTFS_SNAPSHOT_ALLOCATED;
}

/* From here on it may be asked for. */
static void snapshot_open(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++) {
		struct utfs_ring_side *side = snapshot_side(arena, recorder, cpu);

		if (!utfs_load(&side->parked))
			utfs_store_release(&side->parked, utfs_side_tail(arena, recorder, side));
		UTFS_INJECT();
	}
	__atomic_fetch_or(&utfs_recorder_at(arena, recorder)->snapshot, UTFS_SNAPSHOT_ALLOCATED,
			  __ATOMIC_SEQ_CST);
	UTFS_INJECT();
}

static bool has_pages(const struct utfs_arena *arena, unsigned int recorder)
{
	bool all = true;

	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		all = all && utfs_load(&snapshot_side(arena, recorder, cpu)->nr_pages);
	return all;
}

void utfs_snapshot_repair(struct utfs_arena *arena, unsigned int recorder)
{
	if (!utfs_ring_snapshot_allocated(arena, recorder) && has_pages(arena, recorder))
		snapshot_open(arena, recorder);
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		utfs_swap_hint(utfs_recorder_at(arena, recorder),
			       utfs_cpu_buffer_at(arena, recorder, cpu));
}

/* The CPU's main side says how many pages. */
static int side_allocate(struct utfs_arena *arena, unsigned int recorder, uint32_t cpu)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_ring_side *side = snapshot_side(arena, recorder, cpu);
	const struct utfs_ring_side *main =
		&utfs_cpu_buffer_at(arena, recorder, cpu)
			 ->sides[utfs_ring_side(arena, recorder, cpu, UTFS_MAIN)];

	if (utfs_load(&side->nr_pages))
		return 0;
	return utfs_side_make(
		arena, side, utfs_load(&main->nr_pages),
		utfs_config_order(utfs_load(&utfs_recorder_at(arena, recorder)->config)),
		utfs_recorder_now(arena, recorder));
}

int utfs_ring_snapshot_allocate(struct utfs_arena *arena, uint32_t instance_slot)
{
	unsigned int recorder;
	int ret = utfs_ring_create(arena, instance_slot);

	if (ret)
		return ret;
	recorder = (unsigned int)utfs_instance_at(arena, instance_slot)->recorder - 1;
	if (utfs_ring_snapshot_allocated(arena, recorder))
		return utfs_tx_checkpoint(arena);
	ret = utfs_tx_reserve(arena, (uint64_t)arena->nr_cpus * WORDS_PER_CPU);
	for (uint32_t cpu = 0; !ret && cpu < arena->nr_cpus; cpu++)
		ret = side_allocate(arena, recorder, cpu);
	if (!ret)
		ret = utfs_tx_checkpoint(arena);
	if (!ret)
		snapshot_open(arena, recorder);
	return ret;
}

int utfs_ring_snapshot_take(struct utfs_arena *arena, uint32_t instance_slot, uint32_t cpu)
{
	struct utfs_cpu_buffer *cb;
	unsigned int recorder;
	int ret = cpu == UTFS_PIN_ALL_CPUS || cpu < arena->nr_cpus ? 0 : -EINVAL;

	if (!ret)
		ret = utfs_ring_snapshot_allocate(arena, instance_slot);
	if (ret)
		return ret;
	recorder = (unsigned int)utfs_instance_at(arena, instance_slot)->recorder - 1;
	if (cpu == UTFS_PIN_ALL_CPUS) {
		utfs_ring_snapshot_request(arena, recorder, NULL, 0);
		return 0;
	}
	cb = utfs_cpu_buffer_at(arena, recorder, cpu);
	__atomic_store_n(&cb->flipped, utfs_load(&cb->flipped) ^ 1, __ATOMIC_SEQ_CST);
	UTFS_INJECT();
	utfs_swap_hint(utfs_recorder_at(arena, recorder), cb);
	return 0;
}

/*
 * Nobody can ask any more: brings all CPUs to the side that is wanted, and waits until nobody is on the other one, which cannot be
 * read from then on. Return: 0; -EBUSY, -ETIMEDOUT, -ENOTRECOVERABLE.
 */
static int settle(struct utfs_arena *arena, unsigned int recorder) UTFS_REQUIRES(arena->event_mutex)
{
	const struct utfs_recorder *at = utfs_recorder_at(arena, recorder);
	uint32_t cpu;
	int ret = 0;

	for (cpu = 0; !ret && cpu < arena->nr_cpus; cpu++) {
		struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(arena, recorder, cpu);

		if (utfs_tail_side(cb, utfs_load(&cb->tail)) != utfs_side_wanted(at, cb))
			ret = utfs_buffer_stop(arena, recorder, cpu);
	}
	if (!ret)
		ret = utfs_ring_grace(arena, recorder, UTFS_GRACE_TIMEOUT_MS);
	for (cpu = 0; cpu < arena->nr_cpus; cpu++)
		utfs_buffer_publish(arena, recorder, cpu);
	for (cpu = 0; !ret && cpu < arena->nr_cpus; cpu++) {
		utfs_store(&snapshot_side(arena, recorder, cpu)->parked, 0);
		UTFS_INJECT();
		ret = utfs_buffer_readers_out(arena, recorder, cpu);
	}
	return ret;
}

int utfs_ring_snapshot_free(struct utfs_arena *arena, uint32_t instance_slot)
{
	const struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	unsigned int recorder = (unsigned int)instance->recorder - 1;
	struct utfs_geometry geometry;
	uint32_t cpu;
	int ret;

	if (!instance->recorder)
		return 0;
	if (instance->recorder > UTFS_MAX_RECORDERS)
		return -EBADMSG;
	ret = utfs_tx_reserve(arena, (uint64_t)arena->nr_cpus * WORDS_PER_CPU);
	/* They stay as they are until the commit; which side it is on a CPU may change as long as it may be asked for. */
	__atomic_fetch_and(&utfs_recorder_at(arena, recorder)->snapshot, ~UTFS_SNAPSHOT_ALLOCATED,
			   __ATOMIC_SEQ_CST);
	UTFS_INJECT();
	for (cpu = 0; !ret && cpu < arena->nr_cpus; cpu++)
		if (utfs_geometry_get(arena, snapshot_side(arena, recorder, cpu), &geometry))
			ret = utfs_buffer_free(arena, &geometry);
	if (!ret)
		ret = settle(arena, recorder);
	if (ret) {
		utfs_snapshot_repair(arena, recorder);
		return ret;
	}
	for (cpu = 0; cpu < arena->nr_cpus; cpu++)
		utfs_side_clear(arena, snapshot_side(arena, recorder, cpu));
	/* There is room for all of it in the log: it cannot fail. */
	return utfs_tx_checkpoint(arena);
}
