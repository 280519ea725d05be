/* SPDX-License-Identifier: MIT */
/* tracing_on: does the instance record? */
#include "trace/internal.h"

static int tracing_on_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(ctx, key, &state);

	if (!ret)
		eventfs_text_puts(out, state.tracing_on ? "1\n" : "0\n");
	return ret;
}

static ssize_t tracing_on_store(void *ctx, struct eventfs_key key,
				const struct eventfs_request *req, const char *buf,
				size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	uint64_t value;
	uint32_t slot;
	int ret = utfs_parse_ulong(buf, len_bytes, &value);

	(void)req;
	(void)off;
	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	utfs_ring_set_on(&trace->arena, slot, value != 0);
	ret = utfs_tx_end(&trace->arena, 0);
	/* Who waits in trace_pipe may have reached the end now. */
	utfs_trace_data_kick(trace);
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_tracing_on = {
	.show = tracing_on_show,
	.store = tracing_on_store,
};
