/* SPDX-License-Identifier: MIT */
/* error_log: what was wrong with the last few things that were written, with a caret below the place. */
#include "trace/internal.h"

static void entry_show(const struct utfs_error_entry *error, struct eventfs_text *out)
{
	const char *message = error->texts + error->location_bytes;

	eventfs_text_printf(out, "[%5llu.%06llu] %.*s: error: %.*s\n  Command: ",
			    (unsigned long long)(error->time_ns / 1000000000),
			    (unsigned long long)(error->time_ns % 1000000000 / 1000),
			    (int)error->location_bytes, error->texts, (int)error->message_bytes,
			    message);
	eventfs_text_write(out, message + error->message_bytes, error->command_bytes);
	/* A wild position makes no wild text. */
	eventfs_text_printf(out, "\n           %*s\n",
			    (int)(error->position < UTFS_BLOB_MAX ? error->position + 1 : 1), "^");
}

static int error_log_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	const struct utfs_error_entry *error;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	for (unsigned int n = 0; (error = utfs_errors_get(&trace->arena, slot, n)); n++)
		entry_show(error, out);
	return utfs_tx_end(&trace->arena, 0);
}

/* Whoever opens it to write wants it empty; what is written means nothing. */
static ssize_t error_log_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			       const char *buf, size_t len_bytes, off_t off)
{
	(void)ctx;
	(void)key;
	(void)req;
	(void)buf;
	(void)off;
	return (ssize_t)len_bytes;
}

static int error_log_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	(void)req;
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, utfs_errors_clear(&trace->arena, slot));
}

const struct eventfs_file_ops utfs_file_error_log = {
	.show = error_log_show,
	.store = error_log_store,
	.truncate_open = error_log_truncate,
};
