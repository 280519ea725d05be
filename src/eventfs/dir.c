/* SPDX-License-Identifier: MIT */
/*
 * Directories: listing, mkdir, rmdir.
 *
 * A cursor says after which entry to go on. It is never an ordinal: 1 is behind ".", 2 behind "..",
 * CURSOR_FIXED + t behind the fixed entry of type t, CURSOR_DYNAMIC + c behind the dynamic child with
 * cookie c. So it stays good whatever is removed or added in between.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define CURSOR_DOT     1
#define CURSOR_DOTDOT  2
#define CURSOR_FIXED   3
#define CURSOR_DYNAMIC 256

static_assert(CURSOR_FIXED + EVENTFS_TYPES_MAX <= CURSOR_DYNAMIC, "cursors do not overlap");
static_assert(EVENTFS_COOKIE_MAX <= (uint64_t)INT64_MAX - CURSOR_DYNAMIC, "cursors fit an off_t");

struct listing {
	struct eventfs *fs;
	struct eventfs_node dir;
	uint64_t cursor;
	eventfs_fill *fill;
	void *arg;
};

static bool cursor_is_good(const struct eventfs *fs, uint64_t cursor)
{
	if (cursor < CURSOR_FIXED + fs->n_types)
		return true;
	return cursor >= CURSOR_DYNAMIC && cursor - CURSOR_DYNAMIC <= EVENTFS_COOKIE_MAX;
}

/* Return: 0 to go on, 1: fill wants no more. */
static int list_one(struct listing *list, const char *name, const struct eventfs_node *node,
		    uint64_t next_cursor)
{
	struct eventfs_attr attr;

	if (list->cursor >= next_cursor)
		return 0;
	eventfs_attr_fill(list->fs, node, &attr);
	return list->fill(list->arg, name, &attr, next_cursor) ? 1 : 0;
}

static int list_dots(struct listing *list)
{
	struct eventfs_node parent;
	int ret;

	ret = list_one(list, ".", &list->dir, CURSOR_DOT);
	if (ret || list->cursor >= CURSOR_DOTDOT)
		return ret;
	ret = eventfs_node_parent(list->fs, &list->dir, &parent);
	if (ret)
		return ret;
	return list_one(list, "..", &parent, CURSOR_DOTDOT);
}

static int list_fixed(struct listing *list)
{
	struct eventfs *fs = list->fs;

	for (unsigned int t = 1; t < fs->n_types; t++) {
		struct eventfs_node node;
		int ret;

		if (!eventfs_type_is_fixed(fs, t) || fs->types[t].parent != list->dir.type ||
		    !eventfs_node_present(fs, t, list->dir.key))
			continue;
		ret = eventfs_node_make(fs, t, list->dir.key, &node);
		if (ret == 0)
			ret = list_one(list, fs->types[t].name, &node, CURSOR_FIXED + t);
		if (ret)
			return ret;
	}
	return 0;
}

/* A fixed entry of the same name is the one that lookup finds. */
static bool is_hidden(struct listing *list, const char *name)
{
	unsigned int fixed = eventfs_table_find(list->fs, list->dir.type, name);

	return fixed != EVENTFS_NO_TYPE && eventfs_node_present(list->fs, fixed, list->dir.key);
}

static int list_dynamic(struct listing *list)
{
	struct eventfs *fs = list->fs;
	const struct eventfs_type *type = &fs->types[list->dir.type];
	struct eventfs_dirent child;
	uint64_t cookie = 0;
	int ret;

	if (!type->provider)
		return 0;
	if (list->cursor > CURSOR_DYNAMIC)
		cookie = list->cursor - CURSOR_DYNAMIC;
	while ((ret = type->provider->next(fs->ctx, list->dir.key, cookie, &child)) > 0) {
		struct eventfs_node node;

		/* One that does not advance would make the listing endless. */
		if (child.cookie <= cookie || child.cookie > EVENTFS_COOKIE_MAX)
			return -EOVERFLOW;
		cookie = child.cookie;
		if (is_hidden(list, child.name))
			continue;
		ret = eventfs_node_make(fs, type->child, child.key, &node);
		if (ret == 0)
			ret = list_one(list, child.name, &node, CURSOR_DYNAMIC + cookie);
		if (ret)
			return ret;
	}
	return ret;
}

int eventfs_readdir(struct eventfs *fs, uint64_t id, uint64_t cursor, eventfs_fill *fill, void *arg)
{
	struct listing list = {.fs = fs, .cursor = cursor, .fill = fill, .arg = arg};
	int ret;

	ret = eventfs_node_get(fs, id, &list.dir);
	if (ret)
		return ret;
	if (!eventfs_type_is_dir(fs, list.dir.type))
		return -ENOTDIR;
	if (!cursor_is_good(fs, cursor))
		return -EINVAL;
	ret = list_dots(&list);
	if (ret == 0 && cursor < CURSOR_DYNAMIC)
		ret = list_fixed(&list);
	if (ret == 0)
		ret = list_dynamic(&list);
	return ret > 0 ? 0 : ret;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int eventfs_mkdir(struct eventfs *fs, uint64_t parent, const char *name, mode_t mode,
		  struct eventfs_attr *attr)
{
	const struct eventfs_dir_ops *ops;
	struct eventfs_node dir;
	struct eventfs_node child;
	struct eventfs_key key;
	int ret;

	ret = eventfs_node_get(fs, parent, &dir);
	if (ret)
		return ret;
	ret = eventfs_node_lookup(fs, &dir, name, &child);
	if (ret == 0)
		return -EEXIST;
	/* -ENOENT is what is wanted, except that an empty name cannot be made either. */
	if (ret != -ENOENT || !name[0])
		return ret;
	ops = fs->types[dir.type].dir;
	if (!ops || !ops->mkdir)
		return -EPERM;
	ret = ops->mkdir(fs->ctx, dir.key, name, strlen(name), mode, &key);
	if (ret)
		return ret;
	ret = eventfs_node_make(fs, fs->types[dir.type].child, key, &child);
	if (ret == 0)
		eventfs_attr_fill(fs, &child, attr);
	return ret;
}

int eventfs_rmdir(struct eventfs *fs, uint64_t parent, const char *name)
{
	const struct eventfs_dir_ops *ops;
	struct eventfs_node dir;
	struct eventfs_node child;
	int ret;

	ret = eventfs_node_get(fs, parent, &dir);
	if (ret)
		return ret;
	ret = eventfs_node_lookup(fs, &dir, name, &child);
	if (ret)
		return ret;
	if (is_dots(name))
		return name[1] ? -ENOTEMPTY : -EINVAL;
	if (!eventfs_type_is_dir(fs, child.type))
		return -ENOTDIR;
	ops = fs->types[dir.type].dir;
	if (!ops || !ops->rmdir || eventfs_type_is_fixed(fs, child.type))
		return -EPERM;
	ret = ops->rmdir(fs->ctx, dir.key, child.key);
	if (ret == 0)
		eventfs_override_sweep(fs);
	return ret;
}
