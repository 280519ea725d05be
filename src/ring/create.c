/* SPDX-License-Identifier: MIT */
/*
 * Making a recorder. First everything is allocated and entered, in one transaction, with all tails stopped: no writer gets in.
 * Then, that being committed, the tails are published one by one. Whoever dies in between leaves either no recorder, or one
 * whose missing tails utfs_ring_create() and utfs_ring_repair() publish.
 */
#include <string.h>

#include "ring/buffer.h"

/* Words of the undo log for one CPU: its fields, and those of two allocations. */
#define WORDS_PER_CPU 16

uint64_t utfs_ring_pages_for_kb(uint64_t kb, unsigned int order)
{
	const uint64_t room = utfs_page_room(order);
	uint64_t pages;

	if (kb > UINT64_MAX / 1024 - room)
		return UINT64_MAX;
	pages = (kb * 1024 + room - 1) / room;
	return pages < 2 ? 2 : pages;
}

uint64_t utfs_ring_kb_of_pages(uint64_t nr_pages, unsigned int order)
{
	return nr_pages * utfs_page_room(order) / 1024;
}

unsigned int utfs_ring_order(const struct utfs_arena *arena, uint32_t instance_slot)
{
	uint64_t order = utfs_load(&utfs_instance_at(arena, instance_slot)->page_order);

	return order < UTFS_PAGE_ORDER_MAX ? (unsigned int)order : UTFS_PAGE_ORDER_MAX;
}

/* All but UTFS_CONFIG_ON. */
uint64_t utfs_config_of(const struct utfs_instance *instance)
{
	uint64_t config = (instance->clock & UTFS_CONFIG_CLOCK_MASK) << UTFS_CONFIG_CLOCK_SHIFT;

	config |= (instance->page_order & UTFS_CONFIG_ORDER_MASK) << UTFS_CONFIG_ORDER_SHIFT;
	if (instance->paused)
		config |= UTFS_CONFIG_PAUSED;
	if (instance->options & UINT64_C(1) << UTFS_OPTION_OVERWRITE)
		config |= UTFS_CONFIG_OVERWRITE;
	return config;
}

void utfs_ring_configure(struct utfs_arena *arena, uint32_t instance_slot)
{
	struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);

	if (!instance->recorder || instance->recorder > UTFS_MAX_RECORDERS)
		return;
	utfs_tx_set_bits(arena,
			 &utfs_recorder_at(arena, (unsigned int)instance->recorder - 1)->config,
			 UTFS_CONFIG_HOW_MASK & ~UTFS_CONFIG_ON, utfs_config_of(instance));
}

bool utfs_ring_is_on(const struct utfs_arena *arena, uint32_t instance_slot)
{
	const struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	uint64_t recorder = utfs_load(&instance->recorder);

	if (!recorder || recorder > UTFS_MAX_RECORDERS)
		return utfs_load(&instance->tracing_on);
	return utfs_load(&utfs_recorder_at(arena, (unsigned int)recorder - 1)->config) &
	       UTFS_CONFIG_ON;
}

void utfs_ring_set_on(struct utfs_arena *arena, uint32_t instance_slot, bool on)
{
	struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	uint64_t recorder = instance->recorder;

	utfs_tx_set(arena, &instance->tracing_on, on);
	if (recorder && recorder <= UTFS_MAX_RECORDERS)
		utfs_tx_set_bits(arena,
				 &utfs_recorder_at(arena, (unsigned int)recorder - 1)->config,
				 UTFS_CONFIG_ON, on ? UTFS_CONFIG_ON : 0);
}

/* Return: 0 and a free recorder whose tables may be touched; -EMFILE, -ENOSPC. */
static int recorder_find(struct utfs_arena *arena, unsigned int *recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	for (unsigned int i = 0; i < UTFS_MAX_RECORDERS; i++) {
		int ret = utfs_region_ensure(
			arena, UTFS_REGION_RECORDERS,
			utfs_layout_bytes(UTFS_REGION_RECORDERS, arena->nr_cpus, i + 1));

		if (!ret)
			ret = utfs_region_ensure(
				arena, UTFS_REGION_CPUBUFS,
				utfs_layout_bytes(UTFS_REGION_CPUBUFS, arena->nr_cpus, i + 1));
		if (ret)
			return ret;
		*recorder = i;
		if (utfs_recorder_at(arena, i)->state == UTFS_RECORDER_FREE)
			return 0;
	}
	return -EMFILE;
}

static int cpu_buffer_make(struct utfs_arena *arena, struct utfs_cpu_buffer *cb, uint64_t nr_pages,
			   unsigned int order, uint64_t now) UTFS_REQUIRES(arena->event_mutex)
{
	/* A recorder is freed with its tails stopped; were one not, writers would be let in here. */
	utfs_tx_set(arena, &cb->tail, 0);
	utfs_store(&cb->flipped, 0);
	utfs_store(&cb->waiters, 0);
	UTFS_INJECT();
	return utfs_side_make(arena, &cb->sides[0], nr_pages, order, now);
}

/* A number that no request has seen in an earlier life, and side 0. Nobody looks at a free recorder's: a plain store. */
static void snapshot_begin(struct utfs_recorder *recorder)
{
	const uint64_t flags = UTFS_SNAPSHOT_ALLOCATED | UTFS_SNAPSHOT_SIDE;

	utfs_store(&recorder->snapshot,
		   (utfs_load(&recorder->snapshot) & ~flags) + 2 * UTFS_SNAPSHOT_SWAP);
	utfs_store(&recorder->snapshots_missed, 0);
	UTFS_INJECT();
}

static int recorder_make(struct utfs_arena *arena, uint32_t instance_slot, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	struct utfs_recorder *made = utfs_recorder_at(arena, recorder);
	unsigned int order = utfs_ring_order(arena, instance_slot);
	uint64_t nr_pages = utfs_ring_pages_for_kb(instance->buffer_kb, order);
	uint64_t now = utfs_clock_read(arena, instance->clock & UTFS_CONFIG_CLOCK_MASK);
	int ret = utfs_tx_reserve(arena, (uint64_t)arena->nr_cpus * WORDS_PER_CPU + 16);

	for (uint32_t cpu = 0; !ret && cpu < arena->nr_cpus; cpu++)
		ret = cpu_buffer_make(arena, utfs_cpu_buffer_at(arena, recorder, cpu), nr_pages,
				      order, now);
	if (ret)
		return ret;
	snapshot_begin(made);
	utfs_tx_set_bits(arena, &made->config, UTFS_CONFIG_HOW_MASK,
			 utfs_config_of(instance) | (instance->tracing_on ? UTFS_CONFIG_ON : 0));
	utfs_tx_set(arena, &made->instance, instance_slot);
	utfs_tx_set(arena, &made->instance_serial, instance->serial);
	utfs_tx_set(arena, &made->state, UTFS_RECORDER_ACTIVE);
	utfs_tx_set(arena, &instance->recorder, recorder + 1);
	return utfs_gated_update(arena, recorder);
}

int utfs_ring_create(struct utfs_arena *arena, uint32_t instance_slot)
{
	struct utfs_instance *instance = utfs_instance_at(arena, instance_slot);
	unsigned int recorder;
	int ret;

	if (instance->recorder > UTFS_MAX_RECORDERS)
		return -EBADMSG;
	if (!instance->recorder) {
		ret = recorder_find(arena, &recorder);
		if (!ret)
			ret = recorder_make(arena, instance_slot, recorder);
		/* From then on writers may be inside: a rollback must not take the pages from them. */
		if (!ret)
			ret = utfs_tx_checkpoint(arena);
		if (ret)
			return ret;
	}
	for (uint32_t cpu = 0; cpu < arena->nr_cpus; cpu++)
		utfs_buffer_publish(arena, (unsigned int)instance->recorder - 1, cpu);
	/* Readers that came before there were buffers had none to leave their mark in. */
	__atomic_fetch_add(&arena->header->data_futex, 1, __ATOMIC_SEQ_CST);
	utfs_futex_wake(&arena->header->data_futex);
	return 0;
}
