/* SPDX-License-Identifier: MIT */
/* available_tracers, current_tracer: there is nothing to trace in a user-space tree but events, so `nop` is the one. */
#include <string.h>

#include "trace/internal.h"

static int tracer_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	(void)ctx;
	(void)key;
	eventfs_text_puts(out, "nop\n");
	return 0;
}

static ssize_t current_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			     const char *buf, size_t len_bytes, off_t off)
{
	size_t bytes = len_bytes;
	const char *name = utfs_parse_strip(buf, &bytes);

	(void)ctx;
	(void)key;
	(void)req;
	(void)off;
	return bytes == 3 && !memcmp(name, "nop", 3) ? (ssize_t)len_bytes : -EINVAL;
}

const struct eventfs_file_ops utfs_file_available_tracers = {.show = tracer_show};
const struct eventfs_file_ops utfs_file_current_tracer = {
	.show = tracer_show,
	.store = current_store,
};
