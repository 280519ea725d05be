/* SPDX-License-Identifier: MIT */
/* saved_cmdlines, saved_cmdlines_size, saved_tgids: what is known of threads that wrote events. */
#include "trace/internal.h"

static int cmdlines_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t index = 0;
	pid_t tid, tgid;
	char comm[17];

	(void)key;
	while (utfs_cmdline_next(&trace->arena, &index, &tid, &tgid, comm))
		if (comm[0])
			eventfs_text_printf(out, "%d %s\n", (int)tid, comm);
	return 0;
}

const struct eventfs_file_ops utfs_file_saved_cmdlines = {.show = cmdlines_show};

/* The largest size that is accepted is the kernel's, too: PID_MAX_DEFAULT. */
static_assert(UTFS_MAX_CMDLINES == 0x8000, "as the kernel's");

static int size_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	int ret = utfs_tx_begin(&trace->arena);

	(void)key;
	if (ret)
		return ret;
	eventfs_text_printf(out, "%llu\n", (unsigned long long)trace->arena.header->nr_cmdlines);
	return utfs_tx_end(&trace->arena, 0);
}

static ssize_t size_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			  const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	uint64_t nr_slots;
	int ret = utfs_parse_ulong(buf, len_bytes, &nr_slots);

	(void)key;
	(void)req;
	(void)off;
	if (ret)
		return ret;
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, utfs_cmdline_resize(&trace->arena, nr_slots));
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_saved_cmdlines_size = {
	.show = size_show,
	.store = size_store,
};

/* Does any instance want to know which process a thread belongs to? */
static bool tgids_recorded(const struct utfs_trace *trace) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t options = utfs_instance_at(&trace->arena, 0)->options;

	for (uint32_t slot = 0; utfs_instance_next(&trace->arena, slot, &slot);)
		options |= utfs_instance_at(&trace->arena, slot)->options;
	return options & UTFS_OPTION_BIT(UTFS_OPTION_RECORD_TGID);
}

void utfs_trace_tgids(const struct utfs_trace *trace, struct eventfs_text *text)
{
	uint32_t index = 0;
	pid_t tid, tgid;
	char comm[17];

	while (utfs_cmdline_next(&trace->arena, &index, &tid, &tgid, comm))
		eventfs_text_printf(text, "%d %d\n", (int)tid, (int)tgid);
}

static int tgids_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	bool recorded;
	int ret = utfs_tx_begin(&trace->arena);

	(void)key;
	if (ret)
		return ret;
	recorded = tgids_recorded(trace);
	ret = utfs_tx_end(&trace->arena, 0);
	if (!ret && recorded)
		utfs_trace_tgids(trace, out);
	return ret;
}

const struct eventfs_file_ops utfs_file_saved_tgids = {.show = tgids_show};
