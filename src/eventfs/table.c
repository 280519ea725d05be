/* SPDX-License-Identifier: MIT */
/* The type table: checked once, as a whole, so that no later step has to doubt it. */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define ALL_FLAGS (EVENTFS_PIN | EVENTFS_UNSEEKABLE | EVENTFS_ALIAS | EVENTFS_SPLICE)

static bool name_is_good(const char *name)
{
	return eventfs_name_check(name) == 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool provider_is_good(const struct eventfs *fs, const struct eventfs_type *type)
{
	const struct eventfs_provider *p = type->provider;

	if (!p)
		return type->child == 0 && !type->dir;
	return p->find && p->next && p->valid && p->name && p->parent &&
	       type->child < fs->n_types && !fs->types[type->child].name;
}

static bool file_is_good(const struct eventfs *fs, const struct eventfs_type *type)
{
	const struct eventfs_file_ops *f = type->file;

	if (!f || type->provider || type->dir || type->child != 0 || (type->flags & ~ALL_FLAGS))
		return false;
	if ((type->flags & EVENTFS_PIN) && !fs->ops)
		return false;
	return !(f->show && f->read) && !(f->store && f->write) && !(f->release && !f->open);
}

static bool type_is_good(const struct eventfs *fs, unsigned int t)
{
	const struct eventfs_type *type = &fs->types[t];

	if (type->mode & ~(mode_t)(S_IFMT | 07777))
		return false;
	if (type->name) {
		if (t == 0 || !name_is_good(type->name) || type->parent >= fs->n_types ||
		    !eventfs_type_is_dir(fs, type->parent))
			return false;
	} else if (type->parent != 0 || type->present) {
		return false;
	}
	if (S_ISDIR(type->mode))
		return !type->file && !type->flags && !type->size_bytes &&
		       provider_is_good(fs, type);
	return t != 0 && S_ISREG(type->mode) && file_is_good(fs, type);
}

/* Every dynamic type is the child of one directory type: its ids could not tell two of them apart. */
static int find_owners(struct eventfs *fs)
{
	for (unsigned int t = 0; t < fs->n_types; t++)
		fs->owner[t] = EVENTFS_NO_TYPE;
	for (unsigned int t = 0; t < fs->n_types; t++) {
		uint16_t child = fs->types[t].child;

		if (!fs->types[t].provider)
			continue;
		if (fs->owner[child] != EVENTFS_NO_TYPE)
			return -EINVAL;
		fs->owner[child] = (uint16_t)t;
	}
	return 0;
}

/* Follow the parents of each type up to the root: it is reached, and no circle is on the way. */
static int find_bases(struct eventfs *fs)
{
	for (unsigned int t = 0; t < fs->n_types; t++) {
		unsigned int up = t;
		unsigned int steps = 0;

		fs->base[t] = EVENTFS_NO_TYPE;
		while (up != 0 && steps++ < fs->n_types) {
			if (eventfs_type_is_fixed(fs, up)) {
				up = fs->types[up].parent;
				continue;
			}
			if (fs->base[t] == EVENTFS_NO_TYPE)
				fs->base[t] = (uint16_t)up;
			if (fs->owner[up] == EVENTFS_NO_TYPE)
				return -EINVAL;
			up = fs->owner[up];
		}
		if (up != 0)
			return -EINVAL;
		if (fs->base[t] == EVENTFS_NO_TYPE)
			fs->base[t] = 0;
	}
	return 0;
}

/* Insertion sort: a hundred rows, once. */
static int sort_fixed(struct eventfs *fs)
{
	uint16_t n = 0;

	for (unsigned int dir = 0; dir < fs->n_types; dir++) {
		uint16_t first = n;

		for (unsigned int t = 1; t < fs->n_types; t++) {
			uint16_t at = n;
			int order = -1;

			if (!eventfs_type_is_fixed(fs, t) || fs->types[t].parent != dir)
				continue;
			for (; at > first; at--) {
				order = strcmp(fs->types[fs->fixed[at - 1]].name,
					       fs->types[t].name);
				if (order <= 0)
					break;
				fs->fixed[at] = fs->fixed[at - 1];
			}
			if (at > first && order == 0)
				return -EINVAL;
			fs->fixed[at] = (uint16_t)t;
			n++;
		}
		fs->range[dir] = (struct eventfs_fixed_range){.first = first, .count = n - first};
	}
	return 0;
}

int eventfs_table_build(struct eventfs *fs)
{
	int ret;

	for (unsigned int t = 0; t < fs->n_types; t++) {
		if (!type_is_good(fs, t))
			return -EINVAL;
	}
	ret = find_owners(fs);
	if (ret == 0)
		ret = find_bases(fs);
	if (ret == 0)
		ret = sort_fixed(fs);
	return ret;
}

unsigned int eventfs_table_find(const struct eventfs *fs, unsigned int dir, const char *name)
{
	unsigned int low = fs->range[dir].first;
	unsigned int high = low + fs->range[dir].count;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		int order = strcmp(name, fs->types[fs->fixed[mid]].name);

		if (order == 0)
			return fs->fixed[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return EVENTFS_NO_TYPE;
}
