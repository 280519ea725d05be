/* SPDX-License-Identifier: MIT */
/* tracing_cpumask: on which CPUs an instance records. A gate of its recorder; none is needed for all of them. */
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"

static size_t nr_words(const struct utfs_trace *trace)
{
	return (trace->arena.nr_cpus + 63) / 64;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_separator(char c)
{
	return c == ',' || utfs_parse_is_space(c);
}

/* The 32 bits whose last digit is text[end - 1]. Return: where they begin; -EINVAL no digit; -EOVERFLOW more than eight. */
static ssize_t chunk_parse(const char *text, size_t end, uint32_t *chunk)
{
	unsigned int shift = 0;

	*chunk = 0;
	for (; end && !is_separator(text[end - 1]); end--, shift += 4) {
		int digit = hex_digit(text[end - 1]);

		if (digit < 0)
			return -EINVAL;
		if (shift == 32)
			return -EOVERFLOW;
		*chunk |= (uint32_t)digit << shift;
	}
	return (ssize_t)end;
}

/*
 * As the kernel reads a mask: from its end, in chunks of 32 bits with commas or space between them, up to a newline.
 * Return: 0; -EINVAL; -EOVERFLOW a bit or a chunk too many.
 */
static int mask_parse(const char *text, size_t bytes, uint32_t nr_cpus, uint64_t *words)
{
	const char *newline = memchr(text, '\n', bytes);
	uint32_t n = 0, chunk;
	ssize_t end = newline ? newline - text : (ssize_t)bytes;

	for (;;) {
		while (end > 0 && is_separator(text[end - 1]))
			end--;
		if (!end)
			return 0;
		if (n == (nr_cpus + 31) / 32)
			return -EOVERFLOW;
		end = chunk_parse(text, (size_t)end, &chunk);
		if (end < 0)
			return (int)end;
		if (nr_cpus - 32 * n < 32 && chunk >> (nr_cpus - 32 * n))
			return -EOVERFLOW;
		words[n / 2] |= (uint64_t)chunk << 32 * (n % 2);
		n++;
	}
}

static bool mask_is_full(const struct utfs_trace *trace, const uint64_t *words)
{
	for (uint32_t cpu = 0; cpu < trace->arena.nr_cpus; cpu++)
		if (!(words[cpu / 64] >> cpu % 64 & 1))
			return false;
	return true;
}

static int mask_install(struct utfs_trace *trace, uint32_t slot, const struct utfs_cpu_set *set)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	const struct utfs_instance *instance = utfs_instance_at(&trace->arena, slot);
	bool full = mask_is_full(trace, set->words);
	int ret = 0;

	if (!full)
		ret = utfs_ring_create(&trace->arena, slot);
	if (ret || !instance->recorder || instance->recorder > UTFS_MAX_RECORDERS)
		return ret;
	return utfs_gate_set(&trace->arena, (unsigned int)instance->recorder - 1, UTFS_GATE_CPUS,
			     full ? NULL : &set->object);
}

static int mask_set(struct utfs_trace *trace, struct eventfs_key key,
		    const struct utfs_cpu_set *set)
{
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, mask_install(trace, slot, set));
}

static ssize_t cpumask_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			     const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	const size_t bytes = sizeof(struct utfs_cpu_set) + nr_words(trace) * sizeof(uint64_t);
	struct utfs_cpu_set *set;
	int ret;

	(void)req;
	(void)off;
	if (!len_bytes)
		return -EINVAL;
	set = calloc(1, bytes);
	if (!set)
		return -ENOMEM;
	set->object = (struct utfs_object){UTFS_MAGIC_CPUS, (uint32_t)bytes};
	ret = mask_parse(buf, len_bytes, trace->arena.nr_cpus, set->words);
	if (!ret)
		ret = mask_set(trace, key, set);
	free(set);
	return ret ? ret : (ssize_t)len_bytes;
}

/* The mask as it is, for every CPU of the arena. */
static void mask_get(const struct utfs_trace *trace, uint64_t recorder, uint64_t *words)
{
	const struct utfs_cpu_set *set = NULL;
	uint32_t bytes = 0;

	if (recorder && recorder <= UTFS_MAX_RECORDERS)
		set = utfs_object_get(&trace->arena,
				      utfs_recorder_at(&trace->arena, (unsigned int)recorder - 1)
					      ->gates[UTFS_GATE_CPUS],
				      UTFS_MAGIC_CPUS, &bytes);
	for (size_t i = 0; i < nr_words(trace); i++) {
		bool there = set && i < (bytes - sizeof(*set)) / sizeof(uint64_t);

		words[i] = set ? (there ? set->words[i] : 0) : UINT64_MAX;
	}
}

static int cpumask_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	const uint32_t nr_cpus = trace->arena.nr_cpus;
	uint64_t words[UTFS_MAX_CPUS / 64];
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	mask_get(trace, utfs_instance_at(&trace->arena, slot)->recorder, words);
	ret = utfs_tx_end(&trace->arena, 0);
	/* From the highest chunk, which has as many digits as it needs for its CPUs. */
	for (uint32_t n = (nr_cpus + 31) / 32; !ret && n--;) {
		uint32_t cpus = nr_cpus - 32 * n < 32 ? nr_cpus - 32 * n : 32;
		uint32_t chunk = (uint32_t)(words[n / 2] >> 32 * (n % 2));

		if (cpus < 32)
			chunk &= (1U << cpus) - 1;
		eventfs_text_printf(out, "%0*x%c", (int)(cpus + 3) / 4, chunk, n ? ',' : '\n');
	}
	return ret;
}

bool utfs_array_cpu_traced(const struct utfs_trace *trace, uint32_t recorder, uint32_t cpu)
{
	uint64_t words[UTFS_MAX_CPUS / 64];

	if (cpu >= trace->arena.nr_cpus)
		return true;
	mask_get(trace, (uint64_t)recorder + 1, words);
	return words[cpu / 64] >> cpu % 64 & 1;
}

const struct eventfs_file_ops utfs_file_tracing_cpumask = {
	.show = cpumask_show,
	.store = cpumask_store,
};
