/* SPDX-License-Identifier: MIT */
/* `enable` at its three levels: events, a system, one event. */
#include "trace/internal.h"

/* What the events of a system (0: of all) say together, as the kernel says it: one that only triggers look at counts as enabled. */
static char enable_summary(const struct utfs_trace *trace, uint32_t slot, uint32_t system)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	unsigned int seen = 0;

	while (utfs_event_walk_next(trace, system, &walk))
		seen |= utfs_event_recording_of(trace, slot, walk.id).asked ? 2 : 1;
	return "?01X"[seen];
}

static int enable_all(struct utfs_trace *trace, uint32_t slot, uint32_t system, bool enable)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	int ret = -EINVAL;

	while (utfs_event_walk_next(trace, system, &walk)) {
		ret = utfs_event_enable(trace, slot, walk.id, enable);
		if (ret)
			break;
	}
	return ret;
}

/* Key b: a system's serial, or 0 in events/. Return: 0, *index (0: all); -ENODEV. */
static int system_of_key(const struct utfs_trace *trace, struct eventfs_key key, uint32_t *index)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	*index = 0;
	return key.b && utfs_system_find_serial(&trace->arena, key.b, index) ? -ENODEV : 0;
}

static int system_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot, system;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = system_of_key(trace, key, &system);
	if (!ret)
		eventfs_text_printf(out, "%c\n", enable_summary(trace, slot, system));
	return utfs_tx_end(&trace->arena, ret);
}

/* What a write of 0 or 1 does to the thing that a key names. Return: 0, -ENODEV it has gone, other errno. */
typedef int enable_apply(struct utfs_trace *trace, uint32_t slot, struct eventfs_key key,
			 bool enable);

static ssize_t enable_store(struct utfs_trace *trace, struct eventfs_key key, const char *buf,
			    size_t len_bytes, enable_apply *apply)
{
	uint32_t slot;
	bool enable;
	int ret = utfs_parse_bool(buf, len_bytes, &enable);

	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, apply(trace, slot, key, enable));
	return ret ? ret : (ssize_t)len_bytes;
}

static int system_apply(struct utfs_trace *trace, uint32_t slot, struct eventfs_key key,
			bool enable) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t system;
	int ret = system_of_key(trace, key, &system);

	return ret ? ret : enable_all(trace, slot, system, enable);
}

static ssize_t system_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			    const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return enable_store(ctx, key, buf, len_bytes, system_apply);
}

const struct eventfs_file_ops utfs_file_events_enable = {.show = system_show,
							 .store = system_store};
const struct eventfs_file_ops utfs_file_system_enable = {.show = system_show,
							 .store = system_store};

static int event_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	struct utfs_event_recording recording;
	uint32_t slot, id;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = utfs_event_of_key(trace, key, &id);
	if (!ret) {
		recording = utfs_event_recording_of(trace, slot, id);
		eventfs_text_printf(out, "%c%s\n",
				    recording.asked && !recording.disabled ? '1' : '0',
				    recording.soft ? "*" : "");
	}
	return utfs_tx_end(&trace->arena, ret == -ENOENT ? -ENODEV : ret);
}

static int event_apply(struct utfs_trace *trace, uint32_t slot, struct eventfs_key key, bool enable)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t id;
	int ret = utfs_event_of_key(trace, key, &id);

	if (!ret)
		ret = utfs_event_enable(trace, slot, id, enable);
	return ret == -ENOENT ? -ENODEV : ret;
}

static ssize_t event_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			   const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return enable_store(ctx, key, buf, len_bytes, event_apply);
}

const struct eventfs_file_ops utfs_file_event_enable = {.show = event_show, .store = event_store};
