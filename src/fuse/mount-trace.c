/* SPDX-License-Identifier: MIT */
/* The trace layer's waits, as a mount wants them. */
#include <string.h>

#include "fuse/mount.h"
#include "trace/trace.h"

struct trace_mount {
	struct utfs_trace *trace;
	struct utfs_trace_cursor cursor; /* the changes thread's */
};

static uint32_t data_sequence(void *ctx)
{
	const struct trace_mount *mount = ctx;

	return utfs_trace_data_sequence(mount->trace);
}

static int data_wait(void *ctx, uint32_t seen, int timeout_ms)
{
	const struct trace_mount *mount = ctx;

	return utfs_trace_data_wait(mount->trace, seen, timeout_ms);
}

static void data_kick(void *ctx)
{
	const struct trace_mount *mount = ctx;

	utfs_trace_data_kick(mount->trace);
}

static int change_next(void *ctx, struct utfs_mount_change *out)
{
	struct trace_mount *mount = ctx;
	struct utfs_trace_change change;
	int ret = utfs_trace_change_next(mount->trace, &mount->cursor, &change);

	if (ret == 1) {
		out->parent = change.parent;
		out->child = change.child;
		out->removed = change.removed;
		memcpy(out->name, change.name, sizeof(out->name));
	}
	return ret;
}

static int change_wait(void *ctx, int timeout_ms)
{
	const struct trace_mount *mount = ctx;

	return utfs_trace_change_wait(mount->trace, &mount->cursor, timeout_ms);
}

static void change_kick(void *ctx)
{
	const struct trace_mount *mount = ctx;

	utfs_trace_change_kick(mount->trace);
}

/* An instance is a directory of the root's type. */
static bool is_fleeting(void *ctx, uint64_t id)
{
	return eventfs_type_of(id) == eventfs_type_of(EVENTFS_ROOT_ID);
}

static const struct utfs_mount_ops trace_ops = {
	.data_sequence = data_sequence,
	.data_wait = data_wait,
	.data_kick = data_kick,
	.change_next = change_next,
	.change_wait = change_wait,
	.change_kick = change_kick,
	.is_fleeting = is_fleeting,
};

int utfs_mount_trace(struct utfs_trace *trace, const char *mountpoint,
		     const struct utfs_mount_options *options, void (*ready)(void *arg),
		     void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES])
{
	struct trace_mount mount = {.trace = trace, .cursor = utfs_trace_change_now(trace)};

	return utfs_mount_run(utfs_trace_fs(trace), &trace_ops, &mount, mountpoint, options, ready,
			      ready_arg, why);
}

int utfs_mount_trace_serve(struct utfs_trace *trace, int fd,
			   const struct utfs_mount_options *options, void (*ready)(void *arg),
			   void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES])
{
	struct trace_mount mount = {.trace = trace, .cursor = utfs_trace_change_now(trace)};

	return utfs_mount_serve(utfs_trace_fs(trace), &trace_ops, &mount, fd, options, ready,
				ready_arg, why);
}
