/* SPDX-License-Identifier: MIT */
/*
 * Attributes. What a node has by its type is computed; what chmod and chown said about it is kept in
 * one small sorted array, which is empty for as good as everybody.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define OVERRIDES_FIRST	   16 /* capacity to begin with */
#define SWEEP_BATCH	   64 /* ids looked at between two takings of the lock */
#define PERMISSION_BITS	   ((mode_t)07777)
#define SET_ATTRIBUTES	   (EVENTFS_SET_MODE | EVENTFS_SET_UID | EVENTFS_SET_GID)
#define SET_WITHOUT_EFFECT (EVENTFS_SET_SIZE | EVENTFS_SET_TIME)

void eventfs_set_owner(struct eventfs *fs, uid_t uid, gid_t gid)
{
	uint64_t old = atomic_load(&fs->owner_ids);
	uint64_t new;

	do {
		uid_t new_uid = uid == (uid_t)-1 ? (uid_t)(old >> 32) : uid;
		gid_t new_gid = gid == (gid_t)-1 ? (gid_t)old : gid;

		new = (uint64_t)new_uid << 32 | new_gid;
	} while (!atomic_compare_exchange_weak(&fs->owner_ids, &old, new));
}

/* The first place whose id is not below id. */
static size_t override_place(struct eventfs *fs, uint64_t id) EVENTFS_REQUIRES(fs->override_lock)
{
	size_t low = 0;
	size_t high = atomic_load_explicit(&fs->n_overrides, memory_order_relaxed);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (fs->override[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void override_apply(struct eventfs *fs, uint64_t id, struct eventfs_attr *attr)
	EVENTFS_EXCLUDES(fs->override_lock)
{
	const struct eventfs_override *o;
	size_t place;

	eventfs_mutex_lock(&fs->override_lock);
	place = override_place(fs, id);
	if (place < atomic_load_explicit(&fs->n_overrides, memory_order_relaxed) &&
	    fs->override[place].id == id) {
		o = &fs->override[place];
		if (o->what & EVENTFS_SET_MODE)
			attr->mode = (attr->mode & S_IFMT) | o->mode;
		if (o->what & EVENTFS_SET_UID)
			attr->uid = o->uid;
		if (o->what & EVENTFS_SET_GID)
			attr->gid = o->gid;
	}
	eventfs_mutex_unlock(&fs->override_lock);
}

void eventfs_attr_fill(struct eventfs *fs, const struct eventfs_node *node,
		       struct eventfs_attr *attr)
{
	const struct eventfs_type *type = &fs->types[node->type];
	uint64_t owner_ids = atomic_load_explicit(&fs->owner_ids, memory_order_relaxed);

	*attr = (struct eventfs_attr){
		.id = node->id,
		.mode = type->mode,
		.nlink = S_ISDIR(type->mode) ? 2 : 1,
		.uid = (uid_t)(owner_ids >> 32),
		.gid = (gid_t)owner_ids,
		.size_bytes = type->size_bytes,
		.time = fs->time,
		.flags = type->flags | (type->provider ? EVENTFS_CHANGING : 0),
	};
	/* Whoever saw a setattr return sees its count, too: both are ordered by what told him so. */
	if (atomic_load_explicit(&fs->n_overrides, memory_order_acquire) > 0)
		override_apply(fs, eventfs_id(node->type, node->key), attr);
}

int eventfs_getattr(struct eventfs *fs, uint64_t id, struct eventfs_attr *attr)
{
	struct eventfs_node node;
	int ret;

	ret = eventfs_node_get(fs, id, &node);
	if (ret == 0)
		eventfs_attr_fill(fs, &node, attr);
	return ret;
}

/* Room for one more. Return: 0, -ENOSPC: full, -ENOMEM. */
static int override_grow(struct eventfs *fs) EVENTFS_REQUIRES(fs->override_lock)
{
	size_t n = atomic_load_explicit(&fs->n_overrides, memory_order_relaxed);
	size_t cap = fs->override_cap ? fs->override_cap * 2 : OVERRIDES_FIRST;
	struct eventfs_override *grown;

	if (n == EVENTFS_OVERRIDES_MAX)
		return -ENOSPC;
	if (n < fs->override_cap)
		return 0;
	grown = reallocarray(fs->override, cap, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	fs->override = grown;
	fs->override_cap = cap;
	return 0;
}

static int override_set(struct eventfs *fs, uint64_t id, unsigned int what,
			const struct eventfs_attr *attr) EVENTFS_EXCLUDES(fs->override_lock)
{
	struct eventfs_override *o;
	size_t place;
	size_t n;
	int ret = 0;

	eventfs_mutex_lock(&fs->override_lock);
	n = atomic_load_explicit(&fs->n_overrides, memory_order_relaxed);
	place = override_place(fs, id);
	if (place == n || fs->override[place].id != id) {
		ret = override_grow(fs);
		if (ret)
			goto out;
		o = &fs->override[place];
		memmove(o + 1, o, (n - place) * sizeof(*o));
		*o = (struct eventfs_override){.id = id};
		atomic_store_explicit(&fs->n_overrides, n + 1, memory_order_release);
	}
	o = &fs->override[place];
	o->what |= what & SET_ATTRIBUTES;
	if (what & EVENTFS_SET_MODE)
		o->mode = attr->mode & PERMISSION_BITS;
	if (what & EVENTFS_SET_UID)
		o->uid = attr->uid;
	if (what & EVENTFS_SET_GID)
		o->gid = attr->gid;
out:
	eventfs_mutex_unlock(&fs->override_lock);
	return ret;
}

/* Up to SWEEP_BATCH ids from *after on. */
static size_t sweep_collect(struct eventfs *fs, uint64_t after, uint64_t ids[SWEEP_BATCH])
	EVENTFS_EXCLUDES(fs->override_lock)
{
	size_t count = 0;
	size_t place;

	eventfs_mutex_lock(&fs->override_lock);
	place = override_place(fs, after);
	while (count < SWEEP_BATCH &&
	       place < atomic_load_explicit(&fs->n_overrides, memory_order_relaxed))
		ids[count++] = fs->override[place++].id;
	eventfs_mutex_unlock(&fs->override_lock);
	return count;
}

static void override_drop(struct eventfs *fs, uint64_t id) EVENTFS_EXCLUDES(fs->override_lock)
{
	size_t place;
	size_t n;

	eventfs_mutex_lock(&fs->override_lock);
	place = override_place(fs, id);
	n = atomic_load_explicit(&fs->n_overrides, memory_order_relaxed);
	if (place < n && fs->override[place].id == id) {
		memmove(&fs->override[place], &fs->override[place + 1],
			(n - place - 1) * sizeof(*fs->override));
		atomic_store_explicit(&fs->n_overrides, n - 1, memory_order_release);
	}
	if (n == 1 && fs->override_cap > 0 &&
	    atomic_load_explicit(&fs->n_overrides, memory_order_relaxed) == 0) {
		free(fs->override);
		fs->override = NULL;
		fs->override_cap = 0;
	}
	eventfs_mutex_unlock(&fs->override_lock);
}

void eventfs_override_sweep(struct eventfs *fs)
{
	uint64_t ids[SWEEP_BATCH];
	uint64_t after = 0;
	size_t count;

	if (atomic_load(&fs->n_overrides) == 0)
		return;
	do {
		count = sweep_collect(fs, after, ids);
		for (size_t i = 0; i < count; i++) {
			struct eventfs_node node;

			if (eventfs_node_get(fs, ids[i], &node) == -ENOENT)
				override_drop(fs, ids[i]);
			after = ids[i] + 1;
		}
	} while (count == SWEEP_BATCH);
}

int eventfs_setattr(struct eventfs *fs, uint64_t id, unsigned int what, struct eventfs_attr *attr)
{
	struct eventfs_node node;
	int ret;

	if (what & ~(SET_ATTRIBUTES | SET_WITHOUT_EFFECT))
		return -EINVAL;
	ret = eventfs_node_get(fs, id, &node);
	if (ret)
		return ret;
	if ((what & EVENTFS_SET_SIZE) && eventfs_type_is_dir(fs, node.type))
		return -EISDIR;
	if (what & SET_ATTRIBUTES) {
		uint64_t plain = eventfs_id(node.type, node.key);

		ret = override_set(fs, plain, what, attr);
		if (ret == -ENOSPC) {
			eventfs_override_sweep(fs);
			ret = override_set(fs, plain, what, attr);
		}
		if (ret)
			return ret;
	}
	eventfs_attr_fill(fs, &node, attr);
	return 0;
}

int eventfs_access(const struct eventfs_attr *attr, const struct eventfs_request *req,
		   bool in_group, unsigned int want)
{
	unsigned int granted;

	if (req->uid == 0) {
		granted = S_ISDIR(attr->mode) || (attr->mode & 0111) ? 07 : 06;
	} else if (req->uid == attr->uid) {
		granted = attr->mode >> 6;
	} else if (in_group || req->gid == attr->gid) {
		granted = attr->mode >> 3;
	} else {
		granted = attr->mode;
	}
	return (want & ~granted & 07) ? -EACCES : 0;
}
