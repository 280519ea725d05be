/* SPDX-License-Identifier: MIT */
/* tracing_max_latency, tracing_thresh: numbers for latency tracers, which a tree of events keeps and shows. */
#include "trace/internal.h"

/* As the kernel's: written in microseconds, kept in nanoseconds, a product that does not fit is cut. */
static int usecs_parse(const char *buf, size_t len_bytes, uint64_t *ns)
{
	int ret = utfs_parse_ulong(buf, len_bytes, ns);

	*ns *= ret ? 0 : 1000;
	return ret;
}

static void usecs_show(struct eventfs_text *out, uint64_t ns)
{
	eventfs_text_printf(out, "%llu\n", (unsigned long long)(ns / 1000));
}

static int max_latency_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	usecs_show(out, utfs_instance_at(&trace->arena, slot)->max_latency_ns);
	return utfs_tx_end(&trace->arena, 0);
}

static ssize_t max_latency_store(void *ctx, struct eventfs_key key,
				 const struct eventfs_request *req, const char *buf,
				 size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	uint64_t ns;
	uint32_t slot;
	int ret = usecs_parse(buf, len_bytes, &ns);

	(void)req;
	(void)off;
	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	utfs_tx_set(&trace->arena, &utfs_instance_at(&trace->arena, slot)->max_latency_ns, ns);
	ret = utfs_tx_end(&trace->arena, 0);
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_tracing_max_latency = {
	.show = max_latency_show,
	.store = max_latency_store,
};

static int thresh_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	int ret = utfs_tx_begin(&trace->arena);

	(void)key;
	if (ret)
		return ret;
	usecs_show(out, trace->arena.header->tracing_thresh_ns);
	return utfs_tx_end(&trace->arena, 0);
}

static ssize_t thresh_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			    const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	uint64_t ns;
	int ret = usecs_parse(buf, len_bytes, &ns);

	(void)key;
	(void)req;
	(void)off;
	if (ret)
		return ret;
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	utfs_tx_set(&trace->arena, &trace->arena.header->tracing_thresh_ns, ns);
	ret = utfs_tx_end(&trace->arena, 0);
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_tracing_thresh = {
	.show = thresh_show,
	.store = thresh_store,
};
