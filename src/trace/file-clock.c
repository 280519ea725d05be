/* SPDX-License-Identifier: MIT */
/* trace_clock, timestamp_mode: the clock of an instance's time stamps, and how they stand in the buffer. */
#include <string.h>

#include "ring/clock-read.h"
#include "trace/internal.h"

/* As the kernel's: longer words are no clock. */
#define CLOCK_NAME_MAX 63

static int clock_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(ctx, key, &state);
	const char *name;

	for (unsigned int i = 0; !ret && (name = utfs_clock_name(i)); i++)
		eventfs_text_printf(out, state.clock == i ? "%s[%s]" : "%s%s", i ? " " : "", name);
	eventfs_text_putc(out, '\n');
	return ret;
}

/* Time stamps of two clocks do not compare: what was recorded with the old one goes. */
int utfs_array_clock_set(struct utfs_trace *trace, uint32_t slot, enum utfs_clock clock)
{
	struct utfs_instance *instance = utfs_instance_at(&trace->arena, slot);
	uint32_t recorder = (uint32_t)instance->recorder - 1;
	int ret = 0;

	utfs_tx_set(&trace->arena, &instance->clock, clock);
	utfs_tx_set(&trace->arena, &instance->time_start, utfs_clock_read(&trace->arena, clock));
	utfs_ring_configure(&trace->arena, slot);
	if (instance->recorder)
		ret = utfs_array_reset(trace, recorder, UTFS_PIN_ALL_CPUS, UTFS_MAIN);
	if (instance->recorder && !ret)
		ret = utfs_array_reset(trace, recorder, UTFS_PIN_ALL_CPUS, UTFS_SNAPSHOT);
	return ret;
}

static ssize_t clock_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			   const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	size_t bytes = len_bytes;
	const char *word = utfs_parse_strip(buf, &bytes), *name;
	unsigned int clock = 0;
	uint32_t slot;
	int ret;

	(void)req;
	(void)off;
	while ((name = utfs_clock_name(clock)) &&
	       (strlen(name) != bytes || memcmp(name, word, bytes)))
		clock++;
	if (!name || len_bytes > CLOCK_NAME_MAX)
		return -EINVAL;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, utfs_array_clock_set(trace, slot, (enum utfs_clock)clock));
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_trace_clock = {.show = clock_show, .store = clock_store};

/* As precise as 31 bits of a factor are; the arena's one has 32 behind the point. */
struct utfs_trace_scale utfs_trace_counter_scale(const struct utfs_trace *trace)
{
	const struct utfs_clock_scale *scale = &trace->arena.header->local;
	uint64_t mult = utfs_load(&scale->mult);
	uint32_t shift = UTFS_SCALE_SHIFT;

	if (!utfs_scale_usable(scale))
		return (struct utfs_trace_scale){0};
	for (; mult >> 31 && shift; shift--)
		mult >>= 1;
	return mult >> 31 ? (struct utfs_trace_scale){0}
			  : (struct utfs_trace_scale){.mult = (uint32_t)mult, .shift = shift};
}

/* The kernel goes over to absolute ones for histograms that look at time stamps before they are written; nothing here does. */
static int mode_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	(void)ctx;
	(void)key;
	eventfs_text_puts(out, "[delta] absolute\n");
	return 0;
}

const struct eventfs_file_ops utfs_file_timestamp_mode = {.show = mode_show};
