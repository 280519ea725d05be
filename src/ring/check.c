/* SPDX-License-Identifier: MIT */
/* Recorders, and the words of their CPU buffers that say where pages lie. */
#include "ring/buffer.h"
#include "ring/check.h"

static struct utfs_instance *instance_of(const struct utfs_arena *arena, unsigned int recorder)
{
	for (uint64_t slot = 0; slot < arena->header->nr_instances; slot++) {
		struct utfs_instance *instance = utfs_instance_at(arena, slot);

		if ((!slot || instance->serial) && instance->recorder == recorder + 1)
			return instance;
	}
	return NULL;
}

/* A word of an event's table, for a recorder; NULL: it has no such table. */
static uint64_t *table_word(const struct utfs_arena *arena, uint64_t reference, uint32_t magic,
			    uint64_t table_bytes, uint64_t offset)
{
	uint32_t bytes;

	if (!utfs_object_get(arena, reference, magic, &bytes) || bytes != table_bytes)
		return NULL;
	return utfs_arena_heap_at(arena, (reference & UTFS_REFERENCE_MASK) + offset, 8);
}

/* What events have for a recorder: references only, their memory is nobody's then. */
static void events_forget(struct utfs_arena *arena, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	const uint64_t bit = UINT64_C(1) << recorder;

	for (uint64_t id = 0; id < arena->header->nr_events; id++) {
		struct utfs_event_state *state = utfs_event_state_at(arena, id);
		uint64_t *const words[] = {
			table_word(arena, state->filters, UTFS_MAGIC_TABLE,
				   sizeof(struct utfs_filter_table),
				   offsetof(struct utfs_filter_table, programs[recorder])),
			table_word(arena, state->triggers, UTFS_MAGIC_TRIGGER_TABLE,
				   sizeof(struct utfs_trigger_table),
				   offsetof(struct utfs_trigger_table, lists[recorder])),
			table_word(arena, state->triggers, UTFS_MAGIC_TRIGGER_TABLE,
				   sizeof(struct utfs_trigger_table),
				   offsetof(struct utfs_trigger_table, soft[recorder])),
		};

		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (words[i])
				utfs_tx_set(arena, words[i], 0);
		utfs_tx_set(arena, &state->filtered, state->filtered & ~bit);
	}
	for (unsigned int gate = 0; gate < UTFS_NR_GATES; gate++)
		utfs_tx_set(arena, &utfs_recorder_at(arena, recorder)->gates[gate], 0);
	utfs_tx_set(arena, &arena->header->gated, arena->header->gated & ~bit);
}

static void buffer_forget(struct utfs_arena *arena, struct utfs_cpu_buffer *cb)
	UTFS_REQUIRES(arena->event_mutex)
{
	utfs_tx_set(arena, &cb->tail, 0);
	for (unsigned int i = 0; i < UTFS_NR_SIDES; i++) {
		struct utfs_ring_side *side = &cb->sides[i];

		utfs_tx_set(arena, &side->nr_pages, 0);
		utfs_tx_set(arena, &side->first_page, 0);
		utfs_tx_set(arena, &side->meta_offset, 0);
		utfs_tx_set(arena, &side->parked, 0);
	}
}

/* Takes a recorder away from everybody. Where its pages lay is not believed: they become nobody's. */
static int recorder_drop(struct utfs_check *check, uint64_t index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const unsigned int recorder = (unsigned int)index;
	struct utfs_instance *instance = instance_of(check->arena, recorder);
	int ret = utfs_masks_clear(check->arena, recorder);
	uint64_t life;

	if (!ret)
		ret = utfs_tx_reserve(check->arena, 4 * check->arena->header->nr_events +
							    UINT64_C(6) * check->arena->nr_cpus +
							    16);
	if (!ret && check->way == UTFS_CHECK_LIVE)
		ret = utfs_buffer_quiesce(check->arena, recorder, UTFS_PIN_ALL_CPUS);
	if (ret)
		return ret;
	events_forget(check->arena, recorder);
	for (uint32_t cpu = 0; cpu < check->arena->nr_cpus; cpu++)
		buffer_forget(check->arena, utfs_cpu_buffer_at(check->arena, recorder, cpu));
	utfs_tx_set(check->arena, &utfs_recorder_at(check->arena, recorder)->snapshot, 0);
	/* The next life: nobody who comes late changes what is on then. */
	life = (utfs_load(&utfs_recorder_at(check->arena, recorder)->config) >>
		UTFS_CONFIG_LIFE_SHIFT) +
	       1;
	utfs_tx_set_bits(check->arena, &utfs_recorder_at(check->arena, recorder)->config,
			 UINT64_MAX, life << UTFS_CONFIG_LIFE_SHIFT);
	utfs_tx_set(check->arena, &utfs_recorder_at(check->arena, recorder)->state,
		    UTFS_RECORDER_FREE);
	if (instance)
		utfs_tx_set(check->arena, &instance->recorder, 0);
	return 0;
}

/* Return: NULL, or what is wrong with a recorder that is in use. */
static const char *recorder_fault(const struct utfs_arena *arena, unsigned int index)
{
	const struct utfs_recorder *recorder = utfs_recorder_at(arena, index);
	const struct utfs_instance *instance;

	if (recorder->state > UTFS_RECORDER_DRAINING)
		return "is in a state that there is not";
	if (recorder->state == UTFS_RECORDER_DRAINING)
		return instance_of(arena, index) ? "is to be freed, and an instance has it" : NULL;
	if (recorder->instance >= arena->header->nr_instances)
		return "is of an instance that there is not";
	instance = utfs_instance_at(arena, recorder->instance);
	if ((recorder->instance && !instance->serial) ||
	    instance->serial != recorder->instance_serial)
		return "is of an instance that has gone";
	return instance->recorder == index + 1 ? NULL : "is of an instance that does not have it";
}

/* Return: NULL, or what is wrong with where the pages of a side lie. */
static const char *geometry_fault(const struct utfs_arena *arena, unsigned int recorder,
				  const struct utfs_ring_side *side)
{
	const struct utfs_recorder *at = utfs_recorder_at(arena, recorder);
	struct utfs_geometry geometry;

	if (!utfs_geometry_get(arena, side, &geometry))
		return "pages that do not lie in the heap";
	if (at->state == UTFS_RECORDER_ACTIVE &&
	    geometry.order != utfs_ring_order(arena, (uint32_t)at->instance))
		return "pages of another size than its instance's";
	if (side->meta_offset !=
	    (geometry.first_page + (geometry.nr_pages << geometry.order)) * UTFS_PAGE_BYTES)
		return "metas that do not lie behind its pages";
	if (!geometry.base_sequence || geometry.base_sequence >= side->next_sequence)
		return "page numbers that were not given out";
	return NULL;
}

/* Does a tail lead to a page of a side? */
static bool tail_good(const struct utfs_arena *arena, const struct utfs_ring_side *side,
		      uint64_t tail)
{
	struct utfs_geometry geometry;

	tail &= ~UTFS_TAIL_SWAP;
	return utfs_geometry_get(arena, side, &geometry) &&
	       utfs_geometry_has_tail(&geometry, tail) &&
	       utfs_geometry_tail(&geometry, utfs_tail_sequence(tail)) == tail;
}

/* Return: NULL, or what is wrong with where writers are led to. */
static const char *tail_fault(const struct utfs_arena *arena, const struct utfs_cpu_buffer *cb)
{
	const uint64_t tail = utfs_load_acquire(&cb->tail);
	const unsigned int side = utfs_tail_side(cb, tail);
	const uint64_t parked = utfs_load_acquire(&cb->sides[side ^ 1].parked);

	/* Somebody died while writers were kept out: whoever opens the arena next lets them in. */
	if (!utfs_tail_is_live(tail))
		return arena->header->repair_due ? NULL : "are kept out";
	if (!tail_good(arena, &cb->sides[side], tail))
		return "are led to a page that is none of theirs";
	/* They may have swapped the sides meanwhile. */
	if (parked && utfs_load_acquire(&cb->tail) == tail &&
	    !tail_good(arena, &cb->sides[side ^ 1], parked))
		return "would be led to a page that is none of theirs";
	return NULL;
}

static void tail_check(struct utfs_check *check, unsigned int recorder, unsigned int cpu)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(check->arena, recorder, cpu);
	const char *fault = tail_fault(check->arena, cb);
	int ret = 0;

	if (!fault ||
	    !utfs_check_found(check, UTFS_DAMAGE_BUFFER, &cb->tail,
			      "writers of recorder %u on CPU %u %s", recorder, cpu, fault))
		return;
	if (check->way == UTFS_CHECK_LIVE)
		ret = utfs_buffer_quiesce(check->arena, recorder, cpu);
	else
		utfs_store_release(&cb->tail, utfs_tail_side(cb, utfs_load(&cb->tail)));
	if (!ret)
		utfs_buffer_publish(check->arena, recorder, cpu);
	utfs_check_mend(check, ret);
}

/* A snapshot's side may have no pages. */
static bool side_used(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu,
		      unsigned int side)
{
	return side == utfs_ring_side(arena, recorder, cpu, UTFS_MAIN) ||
	       utfs_cpu_buffer_at(arena, recorder, cpu)->sides[side].nr_pages;
}

/* Return: false: the recorder was dropped, or is to be. */
static bool buffers_good(struct utfs_check *check, unsigned int recorder)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint32_t i = 0; i < check->arena->nr_cpus * UTFS_NR_SIDES; i++) {
		const uint32_t cpu = i / UTFS_NR_SIDES, number = i % UTFS_NR_SIDES;
		const struct utfs_ring_side *side =
			&utfs_cpu_buffer_at(check->arena, recorder, cpu)->sides[number];
		const char *fault = side_used(check->arena, recorder, cpu, number)
					    ? geometry_fault(check->arena, recorder, side)
					    : NULL;

		if (!fault)
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_RECORDER, side,
				     "recorder %u has on CPU %u %s", recorder, cpu, fault))
			utfs_check_mend(check, recorder_drop(check, recorder));
		return false;
	}
	return true;
}

static void buffers_claim(struct utfs_check *check, unsigned int recorder)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint32_t i = 0; i < check->arena->nr_cpus * UTFS_NR_SIDES; i++) {
		const struct utfs_ring_side *side =
			&utfs_cpu_buffer_at(check->arena, recorder, i / UTFS_NR_SIDES)
				 ->sides[i % UTFS_NR_SIDES];

		if (side->nr_pages)
			utfs_check_claim(check,
					 &(struct utfs_claim){
						 .offset = side->first_page * UTFS_PAGE_BYTES,
						 .bytes = ((side->nr_pages << side->page_order) +
							   utfs_meta_pages(side->nr_pages)) *
							  UTFS_PAGE_BYTES,
						 .what = "a buffer of recorder",
						 .index = recorder,
						 .drop = recorder_drop});
	}
}

/* A snapshot may be asked for where every CPU has pages for it. */
static void snapshot_check(struct utfs_check *check, unsigned int index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_recorder *recorder = utfs_recorder_at(check->arena, index);
	bool pages = true;

	for (uint32_t cpu = 0; cpu < check->arena->nr_cpus; cpu++)
		pages = pages &&
			utfs_cpu_buffer_at(check->arena, index, cpu)
				->sides[utfs_ring_side(check->arena, index, cpu, UTFS_SNAPSHOT)]
				.nr_pages;
	if (pages || !utfs_ring_snapshot_allocated(check->arena, index) ||
	    !utfs_check_found(check, UTFS_DAMAGE_BUFFER, &recorder->snapshot,
			      "recorder %u says that it has a snapshot, and lacks its pages",
			      index))
		return;
	__atomic_fetch_and(&recorder->snapshot, ~UTFS_SNAPSHOT_ALLOCATED, __ATOMIC_SEQ_CST);
	utfs_check_mend(check, 0);
}

/* What writers are told, but for tracing_on, which only stands there. */
static void config_check(struct utfs_check *check, struct utfs_recorder *recorder)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t bits = UTFS_CONFIG_HOW_MASK & ~UTFS_CONFIG_ON;
	const uint64_t wanted = utfs_config_of(utfs_instance_at(check->arena, recorder->instance));

	if ((utfs_load(&recorder->config) & bits) == wanted ||
	    !utfs_check_found(check, UTFS_DAMAGE_SETTING, &recorder->config,
			      "writers are told %#llx of the settings of instance %llu, which are "
			      "%#llx",
			      (unsigned long long)(utfs_load(&recorder->config) & bits),
			      (unsigned long long)recorder->instance, (unsigned long long)wanted))
		return;
	utfs_tx_set_bits(check->arena, &recorder->config, bits, wanted);
	utfs_check_mend(check, 0);
}

static void recorder_check(struct utfs_check *check, unsigned int index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_recorder *recorder = utfs_recorder_at(check->arena, index);
	const char *fault;

	if (recorder->state == UTFS_RECORDER_FREE)
		return;
	fault = recorder_fault(check->arena, index);
	if (fault) {
		if (utfs_check_found(check, UTFS_DAMAGE_RECORDER, recorder, "recorder %u %s", index,
				     fault))
			utfs_check_mend(check, recorder_drop(check, index));
		return;
	}
	if (!buffers_good(check, index))
		return;
	check->seen.recorders++;
	buffers_claim(check, index);
	if (recorder->state != UTFS_RECORDER_ACTIVE)
		return;
	config_check(check, recorder);
	snapshot_check(check, index);
	for (uint32_t cpu = 0; cpu < check->arena->nr_cpus; cpu++)
		tail_check(check, index, cpu);
}

/* A recorder's bit of an instance, where the recorder is another's or nobody's. */
static void instances_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint64_t slot = 0; slot < check->arena->header->nr_instances; slot++) {
		struct utfs_instance *instance = utfs_instance_at(check->arena, slot);
		const struct utfs_recorder *recorder;

		if ((slot && !instance->serial) || !instance->recorder)
			continue;
		recorder = instance->recorder <= UTFS_MAX_RECORDERS
				   ? utfs_recorder_at(check->arena,
						      (unsigned int)instance->recorder - 1)
				   : NULL;
		if (recorder && recorder->state == UTFS_RECORDER_ACTIVE &&
		    recorder->instance == slot && recorder->instance_serial == instance->serial)
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_RECORDER, &instance->recorder,
				     "instance %llu has recorder %lld, which is not its own",
				     (unsigned long long)slot, (long long)instance->recorder - 1)) {
			utfs_tx_set(check->arena, &instance->recorder, 0);
			utfs_check_mend(check, 0);
		}
	}
}

void utfs_check_recorders(struct utfs_check *check)
{
	const uint64_t present = check->arena->header->present[UTFS_REGION_CPUBUFS];
	unsigned int n = UTFS_MAX_RECORDERS;

	while (n && utfs_layout_bytes(UTFS_REGION_CPUBUFS, check->arena->nr_cpus, n) > present)
		n--;
	for (unsigned int r = 0; r < n; r++)
		recorder_check(check, r);
	for (unsigned int r = n; r < UTFS_MAX_RECORDERS; r++)
		(void)utfs_check_word(check, UTFS_DAMAGE_RECORDER,
				      &utfs_recorder_at(check->arena, r)->state, UTFS_RECORDER_FREE,
				      "the state of a recorder without buffers");
	instances_check(check);
}
