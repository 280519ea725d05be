/* SPDX-License-Identifier: MIT */
/* instances/: trace arrays that people make with mkdir and remove with rmdir. */
#include <string.h>

#include "ring/section.h"
#include "trace/internal.h"

static int instances_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
			  struct eventfs_key *child)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_tx_begin(&trace->arena);

	(void)dir;
	if (ret)
		return ret;
	ret = utfs_instance_find_name(&trace->arena, name, len_bytes, &slot);
	if (!ret)
		*child = (struct eventfs_key){
			.a = (uint32_t)utfs_instance_at(&trace->arena, slot)->serial};
	return utfs_tx_end(&trace->arena, ret);
}

static int instances_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
			  struct eventfs_dirent *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int found, ret = utfs_tx_begin(&trace->arena);

	(void)dir;
	if (ret)
		return ret;
	found = cursor < UTFS_MAX_INSTANCES &&
		utfs_instance_next(&trace->arena, (uint32_t)cursor, &slot);
	if (found) {
		const struct utfs_instance *instance = utfs_instance_at(&trace->arena, slot);

		memcpy(out->name, instance->name, sizeof(out->name));
		out->name[EVENTFS_NAME_MAX] = '\0';
		out->key = (struct eventfs_key){.a = (uint32_t)instance->serial};
		out->cookie = slot;
	}
	ret = utfs_tx_end(&trace->arena, 0);
	return ret ? ret : found;
}

static int instances_valid(void *ctx, struct eventfs_key key)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret;

	if (key.b)
		return -ENOENT;
	if (key.a == UTFS_ROOT_SERIAL)
		return 0;
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, utfs_instance_find_serial(&trace->arena, key.a, &slot));
}

static int instances_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = utfs_instance_find_serial(&trace->arena, key.a, &slot);
	if (!ret) {
		memcpy(name, utfs_instance_at(&trace->arena, slot)->name, EVENTFS_NAME_MAX + 1);
		name[EVENTFS_NAME_MAX] = '\0';
	}
	return utfs_tx_end(&trace->arena, ret);
}

static int instances_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	(void)ctx;
	(void)key;
	*dir = (struct eventfs_key){0};
	return 0;
}

const struct eventfs_provider utfs_instances_provider = {
	.find = instances_find,
	.next = instances_next,
	.valid = instances_valid,
	.name = instances_name,
	.parent = instances_parent,
};

static int instances_mkdir(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
			   mode_t mode, struct eventfs_key *child)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_tx_begin(&trace->arena);

	(void)dir;
	(void)mode; /* as in the kernel, the mode of an instance is the tree's */
	if (ret)
		return ret;
	ret = utfs_instance_add(&trace->arena, name, len_bytes, &slot);
	if (!ret)
		*child = (struct eventfs_key){
			.a = (uint32_t)utfs_instance_at(&trace->arena, slot)->serial};
	return utfs_tx_end(&trace->arena, ret);
}

/* One transaction decides; who opens a file of the instance comes wholly before or after it. */
static int instance_remove(struct utfs_trace *trace, uint64_t serial, bool *recorded)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint32_t slot;
	int ret = utfs_instance_find_serial(&trace->arena, serial, &slot);

	if (ret)
		return ret;
	ret = utfs_pin_busy(&trace->arena, serial);
	if (ret)
		return ret < 0 ? ret : -EBUSY;
	*recorded = utfs_instance_at(&trace->arena, slot)->recorder != 0;
	if (*recorded)
		ret = utfs_ring_unpublish(&trace->arena, slot);
	return ret ? ret : utfs_instance_remove(&trace->arena, slot);
}

static int instances_rmdir(void *ctx, struct eventfs_key dir, struct eventfs_key child)
{
	struct utfs_trace *trace = ctx;
	bool recorded = false;
	int ret = utfs_tx_begin(&trace->arena);

	(void)dir;
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, instance_remove(trace, child.a, &recorded));
	/* The directory is gone; its memory follows when no writer can be inside any more. What cannot be freed now is later. */
	if (!ret && recorded) {
		(void)utfs_ring_reap(&trace->arena);
		(void)utfs_section_reap(&trace->arena);
	}
	return ret;
}

const struct eventfs_dir_ops utfs_instances_dir_ops = {
	.mkdir = instances_mkdir,
	.rmdir = instances_rmdir,
};
