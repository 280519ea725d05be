/* SPDX-License-Identifier: MIT */
/*
 * Nodes: from ids to what they name, and from names to ids. A node is never stored; each step works
 * on a decoded id on the stack.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

int eventfs_node_make(const struct eventfs *fs, unsigned int type, struct eventfs_key key,
		      struct eventfs_node *node)
{
	uint32_t b_max = EVENTFS_KEY_MAX;

	if (fs->types[type].flags & EVENTFS_ALIAS)
		b_max = EVENTFS_ALIAS_KEY_MAX;
	if (key.a > EVENTFS_KEY_MAX || key.b > b_max)
		return -EOVERFLOW;
	*node = (struct eventfs_node){.type = type, .key = key, .id = eventfs_id(type, key)};
	return 0;
}

bool eventfs_node_present(struct eventfs *fs, unsigned int type, struct eventfs_key key)
{
	const struct eventfs_type *t = &fs->types[type];

	return !t->present || t->present(fs->ctx, key);
}

int eventfs_node_check(struct eventfs *fs, const struct eventfs_node *node)
{
	unsigned int base = fs->base[node->type];

	if (base != 0 || node->key.a != 0 || node->key.b != 0) {
		unsigned int owner = fs->owner[base];
		int ret;

		if (owner == EVENTFS_NO_TYPE)
			return -ENOENT;
		ret = fs->types[owner].provider->valid(fs->ctx, node->key);
		if (ret)
			return ret;
	}
	for (unsigned int t = node->type; t != base; t = fs->types[t].parent) {
		if (!eventfs_node_present(fs, t, node->key))
			return -ENOENT;
	}
	return 0;
}

int eventfs_node_get(struct eventfs *fs, uint64_t id, struct eventfs_node *node)
{
	unsigned int type = eventfs_type_of(id);

	if (type >= fs->n_types)
		return -ESTALE;
	*node = (struct eventfs_node){
		.type = type,
		.key = {.a = eventfs_key_a(id), .b = eventfs_key_b(id)},
		.id = id,
	};
	if (fs->types[type].flags & EVENTFS_ALIAS)
		node->key.b &= EVENTFS_ALIAS_KEY_MAX;
	return eventfs_node_check(fs, node);
}

int eventfs_node_parent(struct eventfs *fs, const struct eventfs_node *node,
			struct eventfs_node *parent)
{
	struct eventfs_key key = node->key;
	unsigned int dir;
	int ret;

	if (eventfs_node_is_root(node)) {
		*parent = *node;
		return 0;
	}
	if (eventfs_type_is_fixed(fs, node->type))
		return eventfs_node_make(fs, fs->types[node->type].parent, key, parent);
	dir = fs->owner[node->type];
	if (dir == EVENTFS_NO_TYPE)
		return -ENOENT;
	ret = fs->types[dir].provider->parent(fs->ctx, node->key, &key);
	if (ret)
		return ret;
	return eventfs_node_make(fs, dir, key, parent);
}

int eventfs_name_check(const char *name)
{
	if (!name[0])
		return -ENOENT;
	if (strnlen(name, EVENTFS_NAME_MAX + 1) > EVENTFS_NAME_MAX)
		return -ENAMETOOLONG;
	return strchr(name, '/') ? -EINVAL : 0;
}

int eventfs_node_lookup(struct eventfs *fs, const struct eventfs_node *dir, const char *name,
			struct eventfs_node *child)
{
	const struct eventfs_type *type = &fs->types[dir->type];
	struct eventfs_key key;
	unsigned int fixed;
	int ret;

	if (!S_ISDIR(type->mode))
		return -ENOTDIR;
	ret = eventfs_name_check(name);
	if (ret)
		return ret;
	if (strcmp(name, ".") == 0) {
		*child = *dir;
		return 0;
	}
	if (strcmp(name, "..") == 0)
		return eventfs_node_parent(fs, dir, child);
	fixed = eventfs_table_find(fs, dir->type, name);
	if (fixed != EVENTFS_NO_TYPE && eventfs_node_present(fs, fixed, dir->key))
		return eventfs_node_make(fs, fixed, dir->key, child);
	if (!type->provider)
		return -ENOENT;
	ret = type->provider->find(fs->ctx, dir->key, name, strlen(name), &key);
	if (ret)
		return ret;
	return eventfs_node_make(fs, type->child, key, child);
}

int eventfs_lookup(struct eventfs *fs, uint64_t parent, const char *name, struct eventfs_attr *attr)
{
	struct eventfs_node dir;
	struct eventfs_node child;
	int ret;

	ret = eventfs_node_get(fs, parent, &dir);
	if (ret == 0)
		ret = eventfs_node_lookup(fs, &dir, name, &child);
	if (ret == 0)
		eventfs_attr_fill(fs, &child, attr);
	return ret;
}

/* The next component of *path into name; *path goes on behind it and its slashes. */
static int next_component(const char **path, char name[EVENTFS_NAME_MAX + 1])
{
	size_t len_bytes = strcspn(*path, "/");

	if (len_bytes > EVENTFS_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, *path, len_bytes);
	name[len_bytes] = '\0';
	*path += len_bytes;
	return 0;
}

int eventfs_walk(struct eventfs *fs, const char *path, struct eventfs_attr *attr)
{
	struct eventfs_node node = {.id = EVENTFS_ROOT_ID};
	char name[EVENTFS_NAME_MAX + 1];
	int ret = 0;

	if (strnlen(path, EVENTFS_PATH_MAX) == EVENTFS_PATH_MAX)
		return -ENAMETOOLONG;
	for (;;) {
		struct eventfs_node dir = node;

		/* Whoever writes a slash behind a name says that it is a directory. */
		if (*path == '/' && !eventfs_type_is_dir(fs, node.type))
			return -ENOTDIR;
		path += strspn(path, "/");
		if (!*path)
			break;
		ret = next_component(&path, name);
		if (ret == 0)
			ret = eventfs_node_lookup(fs, &dir, name, &node);
		if (ret)
			return ret;
	}
	eventfs_attr_fill(fs, &node, attr);
	return 0;
}

static int node_name(struct eventfs *fs, const struct eventfs_node *node,
		     char name[EVENTFS_NAME_MAX + 1])
{
	unsigned int owner = fs->owner[node->type];
	int ret = 0;

	name[0] = '\0';
	if (eventfs_type_is_fixed(fs, node->type))
		memcpy(name, fs->types[node->type].name, strlen(fs->types[node->type].name) + 1);
	else if (owner != EVENTFS_NO_TYPE)
		ret = fs->types[owner].provider->name(fs->ctx, node->key, name);
	if (ret == 0 && !name[0])
		ret = -ENOENT;
	return ret;
}

ssize_t eventfs_path(struct eventfs *fs, uint64_t id, char *buf, size_t size_bytes)
{
	char name[EVENTFS_NAME_MAX + 1];
	struct eventfs_node node;
	size_t at = size_bytes;
	int ret;

	ret = eventfs_node_get(fs, id, &node);
	if (ret)
		return ret;
	if (size_bytes == 0)
		return -ERANGE;
	buf[--at] = '\0';
	/* Each round takes at least one byte, so a provider whose parents go in circles ends it too. */
	while (!eventfs_node_is_root(&node)) {
		size_t slash = buf[at] ? 1 : 0;
		size_t len_bytes;

		ret = node_name(fs, &node, name);
		if (ret == 0)
			ret = eventfs_node_parent(fs, &node, &node);
		if (ret)
			return ret;
		len_bytes = strlen(name);
		if (at < len_bytes + slash)
			return -ERANGE;
		at -= slash;
		if (slash)
			buf[at] = '/';
		at -= len_bytes;
		memcpy(&buf[at], name, len_bytes);
	}
	memmove(buf, &buf[at], size_bytes - at);
	return (ssize_t)(size_bytes - at - 1);
}
