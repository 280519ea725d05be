/* SPDX-License-Identifier: MIT */
/* per_cpu/cpuN/stats */
#include "trace/internal.h"

static void time_line(struct eventfs_text *out, const char *label, uint64_t time,
		      enum utfs_clock clock)
{
	if (!utfs_clock_in_ns(clock)) {
		eventfs_text_printf(out, "%s: %llu\n", label, (unsigned long long)time);
		return;
	}
	time = (time + 500) / 1000;
	eventfs_text_printf(out, "%s: %5llu.%06llu\n", label, (unsigned long long)(time / 1000000),
			    (unsigned long long)(time % 1000000));
}

static int stats_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	struct utfs_ring_stats stats = {0};
	struct utfs_array_state state;
	int ret = utfs_array_state_get(trace, key, &state);

	if (!ret && state.recorder != UTFS_NO_RECORDER) {
		ret = utfs_reader_lock(&trace->arena, state.recorder, key.b);
		if (!ret) {
			(void)utfs_ring_stats(
				&trace->arena, state.recorder, key.b,
				utfs_ring_side(&trace->arena, state.recorder, key.b, UTFS_MAIN),
				&stats);
			utfs_reader_unlock(&trace->arena, state.recorder, key.b);
		}
	}
	if (ret)
		return ret;
	eventfs_text_printf(out, "entries: %lu\noverrun: %lu\ncommit overrun: 0\nbytes: %lu\n",
			    (unsigned long)stats.entries, (unsigned long)stats.overrun,
			    (unsigned long)stats.bytes);
	time_line(out, "oldest event ts", stats.oldest_ns, state.clock);
	time_line(out, "now ts", utfs_clock_read(&trace->arena, state.clock), state.clock);
	eventfs_text_printf(out, "dropped events: %lu\nread events: %lu\n",
			    (unsigned long)stats.dropped, (unsigned long)stats.read);
	return 0;
}

const struct eventfs_file_ops utfs_file_cpu_stats = {.show = stats_show};
