/* SPDX-License-Identifier: MIT */
/*
 * snapshot and per_cpu/cpuN/snapshot: 1 swaps the main buffer with the snapshot's, which is allocated first if there is none; 0
 * frees it; any other number clears it. Reading them is as reading `trace`.
 */
#include "trace/snapshot.h"

static void help_main(struct eventfs_text *text)
{
	eventfs_text_puts(
		text,
		"# echo 0 > snapshot : Clears and frees snapshot buffer\n"
		"# echo 1 > snapshot : Allocates snapshot buffer, if not already allocated.\n"
		"#                      Takes a snapshot of the main buffer.\n"
		"# echo 2 > snapshot : Clears snapshot buffer (but does not allocate or free)\n"
		"#                      (Doesn't have to be '2' works with any number that\n"
		"#                       is not a '0' or '1')\n");
}

/* As a kernel says it that can swap single CPUs (CONFIG_RING_BUFFER_ALLOW_SWAP). */
static void help_cpu(struct eventfs_text *text)
{
	eventfs_text_puts(
		text,
		"# echo 0 > snapshot : Invalid for per_cpu snapshot file.\n"
		"# echo 1 > snapshot : Allocates snapshot buffer, if not already allocated.\n"
		"#                      Takes a snapshot of the main buffer for this cpu.\n"
		"# echo 2 > snapshot : Clears this cpu's snapshot buffer (but does not allocate)\n"
		"#                      (Doesn't have to be '2' works with any number that\n"
		"#                       is not a '0' or '1')\n");
}

void utfs_snapshot_help(struct utfs_output *output)
{
	uint32_t recorder = output->state.recorder;
	bool allocated = recorder != UTFS_NO_RECORDER &&
			 utfs_ring_snapshot_allocated(&output->trace->arena, recorder);

	eventfs_text_printf(&output->text,
			    "# tracer: nop\n#\n#\n# * Snapshot is %s *\n#\n# Snapshot commands:\n",
			    allocated ? "allocated" : "freed");
	if (output->cpu == UTFS_PIN_ALL_CPUS)
		help_main(&output->text);
	else
		help_cpu(&output->text);
}

static int snapshot_take(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu)
{
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, utfs_ring_snapshot_take(&trace->arena, slot, cpu));
	/* What was the snapshot may hold something for those who wait at the main buffer. */
	utfs_trace_data_kick(trace);
	return ret;
}

static int snapshot_free(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu)
{
	uint32_t slot;
	int ret;

	if (cpu != UTFS_PIN_ALL_CPUS)
		return -EINVAL;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, utfs_ring_snapshot_free(&trace->arena, slot));
}

static int snapshot_clear(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(trace, key, &state);

	if (ret || state.recorder == UTFS_NO_RECORDER)
		return ret;
	return utfs_array_reset(trace, state.recorder, cpu, UTFS_SNAPSHOT);
}

static ssize_t snapshot_write(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu,
			      const char *buf, size_t len_bytes)
{
	uint64_t value;
	int ret = utfs_parse_ulong(buf, len_bytes, &value);

	if (ret)
		return ret;
	if (value == 0)
		ret = snapshot_free(trace, key, cpu);
	else if (value == 1)
		ret = snapshot_take(trace, key, cpu);
	else
		ret = snapshot_clear(trace, key, cpu);
	return ret ? ret : (ssize_t)len_bytes;
}

static int all_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv)
{
	(void)req;
	return utfs_file_trace_open(ctx, key, UTFS_PIN_ALL_CPUS, UTFS_SNAPSHOT, flags, priv);
}

static int cpu_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv)
{
	(void)req;
	return utfs_file_trace_open(ctx, key, key.b, UTFS_SNAPSHOT, flags, priv);
}

static ssize_t all_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			 const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return snapshot_write(ctx, key, UTFS_PIN_ALL_CPUS, buf, len_bytes);
}

static ssize_t cpu_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			 const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return snapshot_write(ctx, key, key.b, buf, len_bytes);
}

const struct eventfs_file_ops utfs_file_snapshot = {
	.open = all_open,
	.read = utfs_file_trace_read,
	.store = all_store,
	.release = utfs_file_trace_release,
};

const struct eventfs_file_ops utfs_file_cpu_snapshot = {
	.open = cpu_open,
	.read = utfs_file_trace_read,
	.store = cpu_store,
	.release = utfs_file_trace_release,
};
