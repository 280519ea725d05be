/* SPDX-License-Identifier: MIT */
/* buffer_size_kb at the instance and per CPU, buffer_total_size_kb, buffer_subbuf_size_kb, buffer_percent, free_buffer. */
#include <stdlib.h>

#include "trace/internal.h"

/* Size of one CPU's buffer; before anything was recorded, the one that it will have. */
static uint64_t cpu_kb(const struct utfs_trace *trace, uint32_t slot, uint32_t cpu)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	const struct utfs_instance *instance = utfs_instance_at(&trace->arena, slot);
	unsigned int recorder = (unsigned int)instance->recorder - 1;
	unsigned int order = utfs_ring_order(&trace->arena, slot);
	uint64_t pages = utfs_ring_pages_for_kb(instance->buffer_kb, order);

	if (instance->recorder && instance->recorder <= UTFS_MAX_RECORDERS)
		pages = utfs_cpu_buffer_at(&trace->arena, recorder, cpu)
				->sides[utfs_ring_side(&trace->arena, recorder, cpu, UTFS_MAIN)]
				.nr_pages;
	return utfs_ring_kb_of_pages(pages, order);
}

static int size_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	bool same = true;
	uint64_t kb;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	kb = cpu_kb(trace, slot, 0);
	for (uint32_t cpu = 1; cpu < trace->arena.nr_cpus; cpu++)
		same = same && cpu_kb(trace, slot, cpu) == kb;
	if (same)
		eventfs_text_printf(out, "%lu\n", (unsigned long)kb);
	else
		eventfs_text_puts(out, "X\n");
	return utfs_tx_end(&trace->arena, 0);
}

static int total_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint64_t total_kb = 0;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	for (uint32_t cpu = 0; cpu < trace->arena.nr_cpus; cpu++)
		total_kb += cpu_kb(trace, slot, cpu);
	eventfs_text_printf(out, "%lu\n", (unsigned long)total_kb);
	return utfs_tx_end(&trace->arena, 0);
}

static int cpu_size_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	eventfs_text_printf(out, "%lu\n", (unsigned long)cpu_kb(trace, slot, key.b));
	return utfs_tx_end(&trace->arena, 0);
}

/* Who writes a size wants the memory to be there: buffers are made now, not at the first event. */
static int size_set(struct utfs_trace *trace, uint32_t slot, uint32_t cpu, uint64_t kb)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_instance *instance = utfs_instance_at(&trace->arena, slot);
	uint64_t pages = utfs_ring_pages_for_kb(kb, utfs_ring_order(&trace->arena, slot));
	int ret = 0;

	/* First: creating and resizing commit, so that the size asked for and the buffers change together. */
	if (cpu == UTFS_PIN_ALL_CPUS)
		utfs_tx_set(&trace->arena, &instance->buffer_kb, kb);
	if (cpu == UTFS_PIN_ALL_CPUS && !instance->recorder)
		return utfs_ring_create(&trace->arena, slot);
	if (!instance->recorder)
		ret = utfs_ring_create(&trace->arena, slot);
	return ret ? ret : utfs_ring_resize(&trace->arena, slot, cpu, pages);
}

static ssize_t size_store(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu,
			  const char *buf, size_t len_bytes)
{
	uint64_t kb;
	uint32_t slot;
	int ret = utfs_parse_ulong(buf, len_bytes, &kb);

	if (!ret && !kb)
		ret = -EINVAL;
	/* More than the whole arena: the multiplication below must not wrap. */
	if (!ret && kb > trace->arena.size_bytes / 1024)
		ret = -ENOMEM;
	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, size_set(trace, slot, cpu, kb));
	return ret ? ret : (ssize_t)len_bytes;
}

static ssize_t all_size_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			      const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return size_store(ctx, key, UTFS_PIN_ALL_CPUS, buf, len_bytes);
}

static ssize_t cpu_size_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			      const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return size_store(ctx, key, key.b, buf, len_bytes);
}

const struct eventfs_file_ops utfs_file_buffer_size_kb = {
	.show = size_show,
	.store = all_size_store,
};
const struct eventfs_file_ops utfs_file_buffer_total_size_kb = {.show = total_show};
const struct eventfs_file_ops utfs_file_cpu_buffer_size_kb = {
	.show = cpu_size_show,
	.store = cpu_size_store,
};

/* ------------------------------------------------------------------------------------------------
 * buffer_subbuf_size_kb
 */

static int subbuf_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	eventfs_text_printf(out, "%u\n",
			    UTFS_PAGE_BYTES / 1024U << utfs_ring_order(&trace->arena, slot));
	return utfs_tx_end(&trace->arena, 0);
}

/* Return: 0, *order: the smallest power of two of pages that holds so much; -EINVAL there is none, or errno of the number. */
static int subbuf_parse(const char *buf, size_t len_bytes, unsigned int *order)
{
	uint64_t kb;
	int ret = utfs_parse_ulong(buf, len_bytes, &kb);

	*order = 0;
	if (!ret && (!kb || kb > UTFS_PAGE_BYTES / 1024 << UTFS_PAGE_ORDER_MAX))
		ret = -EINVAL;
	while (!ret && UTFS_PAGE_BYTES / 1024U << *order < kb)
		(*order)++;
	return ret;
}

static ssize_t subbuf_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			    const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	unsigned int order;
	uint32_t slot;
	int ret = subbuf_parse(buf, len_bytes, &order);

	(void)req;
	(void)off;
	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, utfs_ring_set_order(&trace->arena, slot, order));
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_buffer_subbuf_size_kb = {
	.show = subbuf_show,
	.store = subbuf_store,
};

/* ------------------------------------------------------------------------------------------------
 * buffer_percent
 */

static int percent_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	eventfs_text_printf(
		out, "%llu\n",
		(unsigned long long)utfs_instance_at(&trace->arena, slot)->buffer_percent);
	return utfs_tx_end(&trace->arena, 0);
}

static ssize_t percent_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			     const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	uint64_t percent;
	uint32_t slot;
	int ret = utfs_parse_ulong(buf, len_bytes, &percent);

	(void)req;
	(void)off;
	if (!ret && percent > 100)
		ret = -EINVAL;
	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	utfs_tx_set(&trace->arena, &utfs_instance_at(&trace->arena, slot)->buffer_percent, percent);
	ret = utfs_tx_end(&trace->arena, 0);
	/* Who waits may have enough now. */
	utfs_trace_data_kick(trace);
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_buffer_percent = {
	.show = percent_show,
	.store = percent_store,
};

/* ------------------------------------------------------------------------------------------------
 * free_buffer: a process that holds it open and dies takes the memory of the trace with it
 */

struct free_handle {
	struct utfs_trace *trace;
	struct eventfs_key key;
};

static int free_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
		     int flags, void **priv)
{
	struct free_handle *handle = malloc(sizeof(*handle));

	(void)req;
	(void)flags;
	*priv = handle;
	if (!handle)
		return -ENOMEM;
	*handle = (struct free_handle){.trace = ctx, .key = key};
	return 0;
}

static ssize_t free_write(void *priv, const struct eventfs_request *req, const char *buf,
			  size_t len_bytes, off_t off)
{
	(void)priv;
	(void)req;
	(void)buf;
	(void)off;
	return (ssize_t)len_bytes;
}

static int buffer_free(struct utfs_trace *trace, uint32_t slot)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_instance *instance = utfs_instance_at(&trace->arena, slot);

	if (instance->options & UTFS_OPTION_BIT(UTFS_OPTION_DISABLE_ON_FREE))
		utfs_ring_set_on(&trace->arena, slot, false);
	utfs_tx_set(&trace->arena, &instance->buffer_kb, 1);
	return instance->recorder
		       ? utfs_ring_resize(
				 &trace->arena, slot, UTFS_PIN_ALL_CPUS,
				 utfs_ring_pages_for_kb(1, utfs_ring_order(&trace->arena, slot)))
		       : 0;
}

static void free_release(void *priv)
{
	struct free_handle *handle = priv;
	struct utfs_trace *trace = handle->trace;
	uint32_t slot;

	/* Nobody is there to hear of an error: then the buffers stay as they are. */
	if (!utfs_trace_begin(trace, handle->key, &slot))
		(void)utfs_tx_end(&trace->arena, buffer_free(trace, slot));
	utfs_trace_data_kick(trace);
	free(handle);
}

const struct eventfs_file_ops utfs_file_free_buffer = {
	.open = free_open,
	.write = free_write,
	.release = free_release,
};
