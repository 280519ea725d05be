/* SPDX-License-Identifier: MIT */
/* Opening the tree, and what front ends wait for: events, and changes of names. */
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ring/section.h"
#include "trace/internal.h"

static_assert(UTFS_TRACE_WHY_BYTES >= UTFS_WHY_BYTES, "any reason fits");

/* What is done for a new front end: the root's mode, which is not that of an instance; what a dead one left paused. */
static int root_begin(struct utfs_trace *trace, char *why)
{
	struct eventfs_attr attr = {.mode = 0700};
	int ret = eventfs_setattr(trace->fs, EVENTFS_ROOT_ID, EVENTFS_SET_MODE, &attr);

	if (!ret)
		ret = utfs_array_unpause(trace);
	/* Memory of instances and histograms whose remover died, or could not wait. */
	if (!ret) {
		(void)utfs_ring_reap(&trace->arena);
		(void)utfs_section_reap(&trace->arena);
	}
	if (ret)
		snprintf(why, UTFS_TRACE_WHY_BYTES, "%s: %s", trace->directory, strerror(-ret));
	return ret;
}

/* Somebody else's, and it is held. */
static bool is_held(const struct utfs_trace *trace, const struct utfs_lock *lock)
{
	uint64_t word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	return word && word >> 1 != trace->arena.serial;
}

bool utfs_trace_holder(const struct utfs_trace *trace, char text[UTFS_TRACE_HOLDER_BYTES])
{
	const struct utfs_arena *arena = &trace->arena;
	const struct utfs_lock *lock = &arena->header->event;
	uint64_t per_recorder = utfs_layout_bytes(UTFS_REGION_CPUBUFS, arena->nr_cpus, 1);
	uint64_t present = arena->header->present[UTFS_REGION_CPUBUFS] / per_recorder;
	char comm[17];
	pid_t pid;

	for (unsigned int i = 0; !is_held(trace, lock) && i < present * arena->nr_cpus; i++)
		lock = &utfs_cpu_buffer_at(arena, i / arena->nr_cpus, i % arena->nr_cpus)->reader;
	pid = is_held(trace, lock) ? utfs_lock_holder(arena, lock, comm) : 0;
	if (pid)
		snprintf(text, UTFS_TRACE_HOLDER_BYTES, "%s (process %ld)", comm, (long)pid);
	return pid;
}

#ifdef UTFS_DEBUG
static void watch_eventfs(bool is_leaf, bool taken)
{
	enum utfs_lock_level level = is_leaf ? UTFS_LEVEL_LEAF : UTFS_LEVEL_HANDLE;

	if (taken)
		utfs_lock_order_take(level);
	else
		utfs_lock_order_drop(level);
}
#endif

int utfs_trace_open(const char *directory, struct utfs_trace **trace_out,
		    char why[UTFS_TRACE_WHY_BYTES])
{
	const struct utfs_arena_options options = {
		.kind = UTFS_PROC_FRONT_END,
		.directory = directory,
		.create = true,
		.rseq_usable = utfs_rseq_usable(),
		.repair = utfs_ring_repair,
	};
	struct utfs_trace *trace = calloc(1, sizeof(*trace));
	struct eventfs_config config = {
		.types = utfs_tree_types,
		.n_types = UTFS_NR_TREE_TYPES,
		.ops = &utfs_tree_ops,
		.ctx = trace,
		.uid = geteuid(),
		.gid = getegid(),
	};
	int ret = trace ? utfs_arena_open(&trace->arena, &options, why) : -ENOMEM;

#ifdef UTFS_DEBUG
	eventfs_lock_watch = watch_eventfs;
#endif

	if (!trace) {
		strcpy(why, "out of memory");
		return ret;
	}
	if (ret)
		utfs_arena_explain(&options, ret, why);
	if (!ret) {
		trace->directory = strdup(trace->arena.path);
		ret = trace->directory ? eventfs_create(&config, &trace->fs) : -ENOMEM;
		if (ret)
			strcpy(why, "out of memory");
	}
	if (!ret)
		ret = root_begin(trace, why);
	if (ret) {
		utfs_trace_close(trace);
		return ret;
	}
	*strrchr(trace->directory, '/') = '\0';
	*trace_out = trace;
	return 0;
}

int utfs_trace_arena_init(const struct utfs_trace_init *init, char path[4096],
			  char why[UTFS_TRACE_WHY_BYTES])
{
	const struct utfs_arena_options options = {
		.kind = UTFS_PROC_FRONT_END,
		.rseq_usable = utfs_rseq_usable(),
		.size_bytes = init->size_bytes,
		.locked = init->locked,
		.shared = init->shared,
		.gid = init->gid,
	};

	return utfs_arena_init(&options, path, why);
}

void utfs_trace_close(struct utfs_trace *trace)
{
	if (!trace)
		return;
	eventfs_destroy(trace->fs);
	utfs_arena_close(&trace->arena);
	free(trace->directory);
	free(trace);
}

struct eventfs *utfs_trace_fs(const struct utfs_trace *trace)
{
	return trace->fs;
}

const char *utfs_trace_directory(const struct utfs_trace *trace)
{
	return trace->directory;
}

uint32_t utfs_trace_data_sequence(const struct utfs_trace *trace)
{
	return __atomic_load_n(&trace->arena.header->data_futex, __ATOMIC_SEQ_CST);
}

int utfs_trace_data_wait(struct utfs_trace *trace, uint32_t seen, int timeout_ms)
{
	return utfs_ring_wait(&trace->arena, seen, timeout_ms);
}

static void futex_kick(uint32_t *word)
{
	__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void utfs_trace_data_kick(struct utfs_trace *trace)
{
	futex_kick(&trace->arena.header->data_futex);
}

struct utfs_trace_cursor utfs_trace_change_now(const struct utfs_trace *trace)
{
	return (struct utfs_trace_cursor){.change = utfs_change_now(&trace->arena)};
}

int utfs_trace_change_wait(struct utfs_trace *trace, const struct utfs_trace_cursor *cursor,
			   int timeout_ms)
{
	if (cursor->inside)
		return 0;
	return utfs_change_wait(&trace->arena, cursor->change, timeout_ms);
}

void utfs_trace_change_kick(struct utfs_trace *trace)
{
	futex_kick(&trace->arena.header->change_futex);
}

/* What a change means in the directory of one instance. */
static void change_translate(const struct utfs_change *change, uint32_t instance,
			     struct utfs_trace_change *out)
{
	struct eventfs_key parent = {0}, child = {.a = (uint32_t)change->serial};
	unsigned int parent_type = UTFS_TREE_INSTANCES, child_type = UTFS_TREE_ARRAY;

	out->removed = change->kind == UTFS_CHANGE_INSTANCE_REMOVED ||
		       change->kind == UTFS_CHANGE_SYSTEM_REMOVED ||
		       change->kind == UTFS_CHANGE_EVENT_REMOVED;
	if (change->kind != UTFS_CHANGE_INSTANCE_ADDED &&
	    change->kind != UTFS_CHANGE_INSTANCE_REMOVED) {
		bool event = change->kind == UTFS_CHANGE_EVENT_ADDED ||
			     change->kind == UTFS_CHANGE_EVENT_REMOVED;

		parent_type = event ? UTFS_TREE_SYSTEM : UTFS_TREE_EVENTS;
		child_type = event ? UTFS_TREE_EVENT : UTFS_TREE_SYSTEM;
		parent = (struct eventfs_key){.a = instance,
					      .b = (uint32_t)change->parent & EVENTFS_KEY_MAX};
		child = (struct eventfs_key){.a = instance, .b = (uint32_t)change->serial};
	}
	child.a &= EVENTFS_KEY_MAX;
	child.b &= EVENTFS_KEY_MAX;
	out->parent = eventfs_id(parent_type, parent);
	out->child = eventfs_id(child_type, child);
	memcpy(out->name, change->name, sizeof(out->name));
}

int utfs_trace_begin(struct utfs_trace *trace, struct eventfs_key key, uint32_t *slot)
{
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	if (utfs_instance_find_serial(&trace->arena, key.a, slot))
		return utfs_tx_end(&trace->arena, -ENODEV);
	/* The reader for whom nothing is recorded may have been killed; if that cannot be changed now, the next one tries. */
	if (utfs_instance_at(&trace->arena, *slot)->paused)
		(void)utfs_array_pause_update(trace, *slot);
	return 0;
}

/* Goes to the next instance that shows the change. Return: 1, *serial; 0 that was the last one; -errno. */
static int change_instance_next(struct utfs_trace *trace, struct utfs_trace_cursor *cursor,
				uint32_t *serial)
{
	uint32_t slot;
	int found, ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	found = utfs_instance_next(&trace->arena, cursor->instance, &slot);
	if (found) {
		cursor->instance = slot;
		*serial = (uint32_t)utfs_instance_at(&trace->arena, slot)->serial;
	}
	ret = utfs_tx_end(&trace->arena, 0);
	return ret ? ret : found;
}

int utfs_trace_change_next(struct utfs_trace *trace, struct utfs_trace_cursor *cursor,
			   struct utfs_trace_change *out)
{
	for (;;) {
		uint64_t after = cursor->change;
		struct utfs_change change;
		uint32_t serial = UTFS_ROOT_SERIAL;
		int ret = utfs_change_next(&trace->arena, &after, &change);

		if (ret <= 0) {
			*cursor = (struct utfs_trace_cursor){.change = after};
			return ret;
		}
		if (change.kind == UTFS_CHANGE_INSTANCE_ADDED ||
		    change.kind == UTFS_CHANGE_INSTANCE_REMOVED) {
			*cursor = (struct utfs_trace_cursor){.change = after};
			change_translate(&change, serial, out);
			return 1;
		}
		/* The root first, then each instance. */
		ret = cursor->inside ? change_instance_next(trace, cursor, &serial) : 1;
		if (ret < 0)
			return ret;
		if (ret) {
			cursor->inside = true;
			change_translate(&change, serial, out);
			return 1;
		}
		*cursor = (struct utfs_trace_cursor){.change = after};
	}
}
