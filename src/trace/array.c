/* SPDX-License-Identifier: MIT */
/* Trace arrays and their events: the few operations that several files share. */
#include <string.h>

#include "trace/internal.h"

int utfs_array_find(struct utfs_trace *trace, const char *name, struct eventfs_key *key)
{
	uint32_t slot = 0;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	if (name)
		ret = utfs_instance_find_name(&trace->arena, name, strlen(name), &slot);
	if (!ret)
		key->a = (uint32_t)utfs_instance_at(&trace->arena, slot)->serial;
	return utfs_tx_end(&trace->arena, ret);
}

int utfs_array_state_get(struct utfs_trace *trace, struct eventfs_key key,
			 struct utfs_array_state *state)
{
	const struct utfs_instance *instance;
	int ret = utfs_trace_begin(trace, key, &state->slot);

	if (ret)
		return ret;
	instance = utfs_instance_at(&trace->arena, state->slot);
	state->recorder = instance->recorder && instance->recorder <= UTFS_MAX_RECORDERS
				  ? (uint32_t)instance->recorder - 1
				  : UTFS_NO_RECORDER;
	state->options = instance->options;
	state->time_start = instance->time_start;
	state->max_latency_ns = instance->max_latency_ns;
	state->buffer_percent = instance->buffer_percent <= 100 ? instance->buffer_percent : 100;
	state->clock = instance->clock < UTFS_NR_CLOCKS ? (enum utfs_clock)instance->clock
							: UTFS_CLOCK_LOCAL;
	state->tracing_on = utfs_ring_is_on(&trace->arena, state->slot);
	return utfs_tx_end(&trace->arena, 0);
}

int utfs_array_reset(struct utfs_trace *trace, uint32_t recorder, uint32_t cpu,
		     enum utfs_which which)
{
	uint32_t first = cpu == UTFS_PIN_ALL_CPUS ? 0 : cpu;
	uint32_t last = cpu == UTFS_PIN_ALL_CPUS ? trace->arena.nr_cpus - 1 : cpu;

	for (uint32_t i = first; i <= last; i++) {
		int ret = utfs_reader_lock(&trace->arena, recorder, i);

		if (ret)
			return ret;
		utfs_reader_reset(&trace->arena, recorder, i,
				  utfs_ring_side(&trace->arena, recorder, i, which));
		utfs_reader_unlock(&trace->arena, recorder, i);
	}
	return 0;
}

bool utfs_array_is_full(const struct utfs_trace *trace, const struct utfs_array_state *state,
			uint32_t cpu)
{
	const struct utfs_arena *arena = &trace->arena;
	uint64_t full_pages = 0, nr_pages = 0, wanted;

	(void)utfs_ring_fill(arena, state->recorder, cpu, &full_pages, &nr_pages);
	/* As in the kernel, the page that is being written counts as full, but is none to wait for. */
	wanted = (state->buffer_percent * nr_pages + 99) / 100;
	wanted = wanted > 1 ? wanted - 1 : 1;
	if (full_pages < wanted) {
		(void)utfs_ring_arm_pages(arena, state->recorder, cpu, wanted);
		(void)utfs_ring_fill(arena, state->recorder, cpu, &full_pages, &nr_pages);
	}
	return full_pages >= wanted;
}

int utfs_array_pause_update(struct utfs_trace *trace, uint32_t slot)
{
	struct utfs_instance *instance = utfs_instance_at(&trace->arena, slot);
	int held = utfs_pin_held(&trace->arena, instance->serial, UTFS_PIN_PAUSE);

	if (held < 0)
		return held;
	if (instance->paused == (uint64_t)held)
		return 0;
	utfs_tx_set(&trace->arena, &instance->paused, (uint64_t)held);
	utfs_ring_configure(&trace->arena, slot);
	return 0;
}

int utfs_array_pause(struct utfs_trace *trace, struct eventfs_key key, bool pause)
{
	uint32_t slot;
	int ret = pause ? utfs_pin_take(&trace->arena, key.a, UTFS_PIN_PAUSE, UTFS_PIN_ALL_CPUS)
			: utfs_pin_drop(&trace->arena, key.a, UTFS_PIN_PAUSE, UTFS_PIN_ALL_CPUS);

	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, utfs_array_pause_update(trace, slot));
}

int utfs_array_unpause(struct utfs_trace *trace)
{
	uint32_t slot = 0;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	do {
		if (utfs_instance_at(&trace->arena, slot)->paused)
			ret = utfs_array_pause_update(trace, slot);
	} while (!ret && utfs_instance_next(&trace->arena, slot, &slot));
	return utfs_tx_end(&trace->arena, ret);
}

struct utfs_event_recording utfs_event_recording_of(const struct utfs_trace *trace, uint32_t slot,
						    uint32_t id)
{
	uint64_t recorder = utfs_instance_at(&trace->arena, slot)->recorder;

	if (!recorder || recorder > UTFS_MAX_RECORDERS)
		return (struct utfs_event_recording){0};
	return utfs_event_recording_get(&trace->arena, id, (unsigned int)recorder - 1);
}

int utfs_event_enable(struct utfs_trace *trace, uint32_t slot, uint32_t id, bool enable)
{
	const uint64_t *recorder = &utfs_instance_at(&trace->arena, slot)->recorder;
	int ret = 0;

	if (!enable && !*recorder)
		return 0;
	if (!*recorder)
		ret = utfs_ring_create(&trace->arena, slot);
	if (ret || *recorder > UTFS_MAX_RECORDERS)
		return ret ? ret : -EBADMSG;
	return utfs_event_recording_set(&trace->arena, id, (unsigned int)*recorder - 1, enable);
}

int utfs_event_walk_next(const struct utfs_trace *trace, uint32_t only_system,
			 struct utfs_event_walk *walk)
{
	if (only_system)
		walk->system = only_system;
	for (;;) {
		if (walk->system &&
		    utfs_event_next(&trace->arena, walk->system, walk->id, &walk->id))
			return 1;
		if (only_system || !utfs_system_next(&trace->arena, walk->system, &walk->system))
			return 0;
		walk->id = 0;
	}
}
