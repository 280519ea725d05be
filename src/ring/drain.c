/* SPDX-License-Identifier: MIT */
/*
 * The end of a recorder, and the repair of what somebody left half done.
 *
 *   ACTIVE --unpublish--> DRAINING --reap--> FREE
 *
 * unpublish is part of its caller's transaction: nothing is stopped yet, but every word that lets a writer in is taken back. reap
 * stops the tails and waits, without the lock while it waits; who dies there leaves a recorder that drains on, for the next.
 */
#include "ring/buffer.h"

/* Words of the undo log for one CPU: for each side its fields and two frees. */
#define WORDS_PER_CPU 40
#define REAP_ROUNDS   3

/* The events that the table may name; a damaged count must not lead us out of it. */
static uint64_t nr_masks(const struct utfs_arena *arena)
{
	uint64_t present =
		arena->header->present[UTFS_REGION_MASKS] / sizeof(struct utfs_event_state);
	uint64_t n = utfs_load(&arena->header->nr_events);

	return n < present ? n : present;
}

int utfs_masks_clear(struct utfs_arena *arena, unsigned int recorder)
{
	const uint64_t bit = UINT64_C(1) << recorder;
	uint64_t set = 0;
	int ret;

	for (uint64_t id = 0; id < nr_masks(arena); id++)
		set += (utfs_load(utfs_event_mask(arena, id)) & bit) != 0;
	ret = utfs_tx_reserve(arena, set);
	for (uint64_t id = 0; !ret && id < nr_masks(arena); id++) {
		uint64_t *mask = utfs_event_mask(arena, id);

		if (*mask & bit)
			utfs_tx_set(arena, mask, *mask & ~bit);
	}
	return ret;
}

int utfs_ring_unpublish(struct utfs_arena *arena, uint32_t instance_slot)
{
	struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	unsigned int index = (unsigned int)instance->recorder - 1;
	struct utfs_recorder *recorder;
	uint64_t life;
	int ret;

	if (!instance->recorder)
		return 0;
	if (instance->recorder > UTFS_MAX_RECORDERS)
		return -EBADMSG;
	ret = utfs_masks_clear(arena, index);
	if (!ret)
		ret = utfs_filters_forget_recorder(arena, index);
	if (!ret)
		ret = utfs_triggers_forget_recorder(arena, index);
	if (!ret)
		ret = utfs_tx_reserve(arena, 8);
	if (ret)
		return ret;
	recorder = utfs_recorder_at(arena, index);
	utfs_tx_set(arena, &arena->header->grace_started, arena->header->grace_started + 1);
	utfs_tx_set(arena, &recorder->drain_epoch, arena->header->grace_started);
	/* A trigger that is still being evaluated finds the next life begun. */
	life = (utfs_load(&recorder->config) >> UTFS_CONFIG_LIFE_SHIFT) + 1;
	utfs_tx_set_bits(arena, &recorder->config, UINT64_MAX, life << UTFS_CONFIG_LIFE_SHIFT);
	utfs_tx_set(arena, &recorder->state, UTFS_RECORDER_DRAINING);
	utfs_tx_set(arena, &instance->recorder, 0);
	return 0;
}

/* The recorders that drain, by the epochs that tell one life from another; 0: does not. */
struct draining {
	uint64_t epoch[UTFS_MAX_RECORDERS];
	unsigned int n;
};

static unsigned int nr_recorders(const struct utfs_arena *arena)
{
	uint64_t present =
		arena->header->present[UTFS_REGION_RECORDERS] / sizeof(struct utfs_recorder);

	return present < UTFS_MAX_RECORDERS ? (unsigned int)present : UTFS_MAX_RECORDERS;
}

static bool drains(const struct utfs_arena *arena, unsigned int recorder, uint64_t epoch)
{
	const struct utfs_recorder *at = utfs_recorder_at(arena, recorder);

	return epoch && at->state == UTFS_RECORDER_DRAINING && at->drain_epoch == epoch;
}

static void drain_begin(struct utfs_arena *arena, struct draining *draining)
	UTFS_REQUIRES(arena->event_mutex)
{
	*draining = (struct draining){0};
	for (unsigned int r = 0; r < nr_recorders(arena); r++) {
		if (utfs_recorder_at(arena, r)->state != UTFS_RECORDER_DRAINING)
			continue;
		draining->epoch[r] = utfs_recorder_at(arena, r)->drain_epoch;
		draining->n++;
		/* Not stopped: found so below, and tried again. */
		for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
			(void)utfs_buffer_stop(arena, r, cpu);
	}
}

/* Have all tails been stopped? Return: 0 and readers are out as well; -EAGAIN. */
static int drained(const struct utfs_arena *arena, unsigned int recorder)
{
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		if (utfs_tail_is_live(utfs_load(&utfs_cpu_buffer_at(arena, recorder, cpu)->tail)) ||
		    utfs_buffer_readers_out(arena, recorder, cpu))
			return -EAGAIN;
	return 0;
}

/* Damaged words: the pages are lost to the arena, nothing else is touched. */
static int side_free(struct utfs_arena *arena, struct utfs_ring_side *side)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_geometry geometry;
	int ret =
		utfs_geometry_get(arena, side, &geometry) ? utfs_buffer_free(arena, &geometry) : 0;

	if (!ret)
		utfs_side_clear(arena, side);
	return ret;
}

static int recorder_free(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	int ret = utfs_tx_reserve(arena, (uint64_t)arena->nr_cpus * WORDS_PER_CPU);

	for (uint32_t i = 0; !ret && i < arena->nr_cpus * UTFS_NR_SIDES; i++)
		ret = side_free(arena, &utfs_cpu_buffer_at(arena, recorder, i / UTFS_NR_SIDES)
						->sides[i % UTFS_NR_SIDES]);
	if (!ret)
		utfs_tx_set(arena, &utfs_recorder_at(arena, recorder)->state, UTFS_RECORDER_FREE);
	return ret;
}

/* Frees one recorder in a transaction of its own. Return: 1 freed, 0 not yet, -errno. */
static int reap_one(struct utfs_arena *arena, unsigned int recorder, uint64_t epoch)
{
	int freed = 0, ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	if (drains(arena, recorder, epoch) && !drained(arena, recorder)) {
		ret = recorder_free(arena, recorder);
		freed = !ret;
	}
	ret = utfs_tx_end(arena, ret);
	return ret ? ret : freed;
}

/* Without the lock. Return: 0; -EBUSY. In locked mode the stop itself went through the lock words. */
static int drain_wait(const struct utfs_arena *arena)
{
	return arena->mode == UTFS_MODE_RSEQ ? utfs_ring_grace(arena, 0, UTFS_GRACE_TIMEOUT_MS) : 0;
}

/* One round over everything that drains. Return: how many were freed, *left how many were not; -errno. */
static int reap_round(struct utfs_arena *arena, unsigned int *left)
{
	struct draining draining;
	int freed = 0, ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	drain_begin(arena, &draining);
	ret = utfs_tx_end(arena, 0);
	if (!ret && draining.n)
		ret = drain_wait(arena);
	for (unsigned int r = 0; ret >= 0 && r < UTFS_MAX_RECORDERS; r++) {
		if (!draining.epoch[r])
			continue;
		ret = reap_one(arena, r, draining.epoch[r]);
		freed += ret == 1;
	}
	*left = draining.n - (unsigned int)freed;
	return ret < 0 ? ret : freed;
}

int utfs_ring_reap(struct utfs_arena *arena)
{
	unsigned int left = 1;
	int freed = 0, ret = 0;

	for (int round = 0; ret >= 0 && left && round < REAP_ROUNDS; round++) {
		ret = reap_round(arena, &left);
		freed += ret > 0 ? ret : 0;
	}
	return freed || ret >= 0 ? freed : ret;
}

void utfs_ring_repair(struct utfs_arena *arena)
{
	for (unsigned int r = 0; r < nr_recorders(arena); r++) {
		if (utfs_recorder_at(arena, r)->state != UTFS_RECORDER_ACTIVE)
			continue;
		for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++) {
			if (utfs_tail_is_live(utfs_load(&utfs_cpu_buffer_at(arena, r, cpu)->tail)))
				continue;
			/* Who left it may have died before its writers were out; if they cannot be waited for, they still write what is valid. */
			if (arena->mode == UTFS_MODE_RSEQ)
				(void)utfs_grace_cpus(arena, r, cpu, UTFS_GRACE_TIMEOUT_MS);
			utfs_buffer_publish(arena, r, cpu);
		}
		utfs_snapshot_repair(arena, r);
	}
}
