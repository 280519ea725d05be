/* SPDX-License-Identifier: MIT */
/* What `trace` and `snapshot` have in common: one reads the main buffer, the other one the snapshot. */
#ifndef UTFS_TRACE_SNAPSHOT_H
#define UTFS_TRACE_SNAPSHOT_H

#include "trace/output.h"

/*
 * file-trace.c: a handle that reads one CPU or UTFS_PIN_ALL_CPUS. For writing only it needs no reader.
 * Return: 0, errno of utfs_output_create() and utfs_array_pause().
 */
int utfs_file_trace_open(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu,
			 enum utfs_which which, int flags, void **priv);
ssize_t utfs_file_trace_read(void *priv, const struct eventfs_request *req, char *buf,
			     size_t size_bytes, off_t off);
void utfs_file_trace_release(void *priv);

/* file-snapshot.c: what stands in a snapshot that holds nothing, appended to the text. */
void utfs_snapshot_help(struct utfs_output *output);

#endif
