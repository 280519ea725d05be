/* SPDX-License-Identifier: MIT */
/* Requests about names: lookup, mkdir, rmdir, listings, and what this file system refuses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/internal.h"

/* They come again after some time, but not while somebody has one open. */
static fuse_ino_t next_alias(struct utfs_mount *mount, uint64_t id)
{
	fuse_ino_t ino = 0;

	for (unsigned int i = 0; i < EVENTFS_ALIASES; i++) {
		ino = eventfs_id_alias(id, 1 + atomic_fetch_add(&mount->aliases, 1) %
							   (EVENTFS_ALIASES - 1));
		if (!utfs_handle_is_open(mount, ino))
			break;
	}
	return ino;
}

void utfs_fuse_entry(struct utfs_mount *mount, const struct eventfs_attr *attr,
		     struct fuse_entry_param *entry)
{
	*entry = (struct fuse_entry_param){
		.ino = attr->id,
		.attr_timeout = UTFS_FUSE_FOREVER_S,
		.entry_timeout = UTFS_FUSE_FOREVER_S,
	};
	utfs_fuse_stat(attr, &entry->attr);
	if (attr->flags & EVENTFS_ALIAS) {
		/* Two openers must not share a page cache: each lookup gives another node. */
		entry->ino = next_alias(mount, attr->id);
		entry->entry_timeout = 0;
	} else if (S_ISDIR(attr->mode) && mount->ops->is_fleeting(mount->ctx, attr->id)) {
		entry->entry_timeout = 0;
	}
}

/* A missing name is not cached: it may come at any time. */
static void reply_entry(fuse_req_t req, int ret, const struct eventfs_attr *attr)
{
	struct fuse_entry_param entry;

	if (ret) {
		fuse_reply_err(req, -ret);
		return;
	}
	utfs_fuse_entry(utfs_fuse_mount_of(req), attr, &entry);
	fuse_reply_entry(req, &entry);
}

void utfs_fuse_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct eventfs_attr attr;
	int ret = eventfs_lookup(utfs_fuse_mount_of(req)->fs, parent, name, &attr);

	reply_entry(req, ret, &attr);
}

void utfs_fuse_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct eventfs_attr attr;
	int ret = eventfs_mkdir(utfs_fuse_mount_of(req)->fs, parent, name, mode, &attr);

	reply_entry(req, ret, &attr);
}

void utfs_fuse_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	struct utfs_busy busy = {0};
	int ret;

	do {
		utfs_busy_begin(mount, &busy);
		ret = eventfs_rmdir(mount->fs, parent, name);
	} while (ret == -EBUSY && utfs_busy_wait(mount, &busy));
	fuse_reply_err(req, -ret);
}

/*
 * A kernel that understands this refusal opens and closes directories without asking from then on, and keeps what it lists: for most directories that is
 * right for ever (list_directory() takes care of the others).
 */
void utfs_fuse_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	struct eventfs_attr attr;
	int ret = mount->keeps_listings ? -ENOSYS : eventfs_getattr(mount->fs, ino, &attr);

	if (ret)
		fuse_reply_err(req, -ret);
	else
		fuse_reply_open(req, fi);
}

struct listing {
	fuse_req_t req;
	bool plus;
	char *buf;
	size_t size_bytes;
	size_t used_bytes;
};

static int add_entry(void *arg, const char *name, const struct eventfs_attr *attr,
		     uint64_t next_cursor)
{
	struct listing *list = arg;
	char *at = list->buf + list->used_bytes;
	size_t room_bytes = list->size_bytes - list->used_bytes;
	struct fuse_entry_param entry;
	size_t len_bytes;

	utfs_fuse_entry(utfs_fuse_mount_of(list->req), attr, &entry);
	/* With no node the kernel takes the name only, and looks it up when it is used. */
	if (attr->flags & EVENTFS_ALIAS)
		entry.ino = 0;
	if (list->plus)
		len_bytes = fuse_add_direntry_plus(list->req, at, room_bytes, name, &entry,
						   (off_t)next_cursor);
	else
		len_bytes = fuse_add_direntry(list->req, at, room_bytes, name, &entry.attr,
					      (off_t)next_cursor);
	if (len_bytes > room_bytes)
		return 1;
	list->used_bytes += len_bytes;
	return 0;
}

static bool is_changing(struct utfs_mount *mount, fuse_ino_t ino)
{
	struct eventfs_attr attr;

	return eventfs_getattr(mount->fs, ino, &attr) || attr.flags & EVENTFS_CHANGING;
}

/*
 * The kernel keeps what it got as the whole listing when an empty answer says that this was all. Where names come and go the end is said by one byte: it is
 * too short for an entry, so the reader comes to the end all the same, but nothing is taken for complete, and the next one who lists asks.
 */
static void list_directory(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off, bool plus)
{
	struct listing list = {.req = req, .plus = plus, .size_bytes = size_bytes};
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	int ret = -ENOMEM;

	list.buf = malloc(size_bytes);
	if (list.buf)
		ret = eventfs_readdir(mount->fs, ino, (uint64_t)off, add_entry, &list);
	if (!ret && list.used_bytes == 0 && mount->keeps_listings && is_changing(mount, ino))
		list.buf[list.used_bytes++] = 0;
	/* What was found before something went wrong counts; the error comes with the next call. */
	if (ret && list.used_bytes == 0)
		fuse_reply_err(req, -ret);
	else
		fuse_reply_buf(req, list.buf, list.used_bytes);
	free(list.buf);
}

void utfs_fuse_readdir(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off,
		       struct fuse_file_info *fi)
{
	list_directory(req, ino, size_bytes, off, false);
}

void utfs_fuse_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off,
			   struct fuse_file_info *fi)
{
	list_directory(req, ino, size_bytes, off, true);
}

void utfs_fuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	fuse_reply_err(req, EPERM);
}

void utfs_fuse_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	fuse_reply_err(req, EACCES);
}

void utfs_fuse_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EPERM);
}

void utfs_fuse_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EPERM);
}

void utfs_fuse_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
		      const char *newname, unsigned int flags)
{
	fuse_reply_err(req, EPERM);
}

void utfs_fuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname)
{
	fuse_reply_err(req, EPERM);
}
