/* SPDX-License-Identifier: MIT */
/* per_cpu/: one directory for each CPU that the machine can have. */
#include <stdio.h>
#include <string.h>

#include "trace/internal.h"

static int cpus_valid(void *ctx, struct eventfs_key key)
{
	struct utfs_trace *trace = ctx;

	if (key.b >= trace->arena.nr_cpus)
		return -ENOENT;
	return utfs_instances_provider.valid(ctx, (struct eventfs_key){.a = key.a});
}

static int cpus_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	(void)ctx;
	snprintf(name, EVENTFS_NAME_MAX + 1, "cpu%u", key.b);
	return 0;
}

static int cpus_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
		     struct eventfs_key *child)
{
	struct utfs_trace *trace = ctx;
	char canonical[EVENTFS_NAME_MAX + 1];
	uint64_t cpu;

	if (len_bytes < 4 || memcmp(name, "cpu", 3) || name[3] == '+' ||
	    utfs_parse_ulong(name + 3, len_bytes - 3, &cpu) || cpu >= trace->arena.nr_cpus)
		return -ENOENT;
	*child = (struct eventfs_key){.a = dir.a, .b = (uint32_t)cpu};
	/* "cpu01" and "cpu1\n" are no names of cpu1. */
	cpus_name(ctx, *child, canonical);
	return strlen(canonical) == len_bytes && !memcmp(canonical, name, len_bytes) ? 0 : -ENOENT;
}

static int cpus_next(void *ctx, struct eventfs_key dir, uint64_t cursor, struct eventfs_dirent *out)
{
	struct utfs_trace *trace = ctx;

	if (cursor >= trace->arena.nr_cpus)
		return 0;
	out->key = (struct eventfs_key){.a = dir.a, .b = (uint32_t)cursor};
	out->cookie = cursor + 1;
	cpus_name(ctx, out->key, out->name);
	return 1;
}

static int cpus_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	(void)ctx;
	*dir = (struct eventfs_key){.a = key.a};
	return 0;
}

const struct eventfs_provider utfs_cpus_provider = {
	.find = cpus_find,
	.next = cpus_next,
	.valid = cpus_valid,
	.name = cpus_name,
	.parent = cpus_parent,
};
