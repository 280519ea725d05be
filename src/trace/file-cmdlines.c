/* SPDX-License-Identifier: MIT */
/* saved_cmdlines: the names of threads that wrote events. */
#include "trace/internal.h"

static int cmdlines_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t index = 0;
	pid_t tid, tgid;
	char comm[17];

	(void)key;
	while (utfs_cmdline_next(&trace->arena, &index, &tid, &tgid, comm))
		eventfs_text_printf(out, "%d %s\n", (int)tid, comm);
	return 0;
}

const struct eventfs_file_ops utfs_file_saved_cmdlines = {.show = cmdlines_show};
