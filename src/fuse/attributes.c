/* SPDX-License-Identifier: MIT */
/* Requests about attributes. The kernel keeps them for ever; whoever changes them does it through the kernel. */
#include <errno.h>
#include <sys/statvfs.h>

#include "fuse/internal.h"

#define BLOCK_BYTES 4096

void utfs_fuse_stat(const struct eventfs_attr *attr, struct stat *st)
{
	uint64_t id = attr->flags & EVENTFS_ALIAS ? eventfs_id_alias(attr->id, 0) : attr->id;

	*st = (struct stat){
		.st_ino = id,
		.st_mode = attr->mode,
		.st_nlink = attr->nlink,
		.st_uid = attr->uid,
		.st_gid = attr->gid,
		.st_size = (off_t)attr->size_bytes,
		.st_blksize = BLOCK_BYTES,
		.st_atim = attr->time,
		.st_mtim = attr->time,
		.st_ctim = attr->time,
	};
}

static void reply_attr(fuse_req_t req, int ret, const struct eventfs_attr *attr)
{
	struct stat st;

	if (ret) {
		fuse_reply_err(req, -ret);
		return;
	}
	utfs_fuse_stat(attr, &st);
	fuse_reply_attr(req, &st, UTFS_FUSE_FOREVER_S);
}

void utfs_fuse_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct eventfs_attr attr;
	int ret = eventfs_getattr(utfs_fuse_mount_of(req)->fs, ino, &attr);

	reply_attr(req, ret, &attr);
}

static unsigned int what_to_set(int what)
{
	const int times = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |
			  FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME;
	unsigned int set = 0;

	if (what & FUSE_SET_ATTR_MODE)
		set |= EVENTFS_SET_MODE;
	if (what & FUSE_SET_ATTR_UID)
		set |= EVENTFS_SET_UID;
	if (what & FUSE_SET_ATTR_GID)
		set |= EVENTFS_SET_GID;
	if (what & FUSE_SET_ATTR_SIZE)
		set |= EVENTFS_SET_SIZE;
	if (what & times)
		set |= EVENTFS_SET_TIME;
	return set;
}

void utfs_fuse_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int what,
		       struct fuse_file_info *fi)
{
	struct eventfs_attr attr = {
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size_bytes = (uint64_t)st->st_size,
	};
	int ret = eventfs_setattr(utfs_fuse_mount_of(req)->fs, ino, what_to_set(what), &attr);

	reply_attr(req, ret, &attr);
}

void utfs_fuse_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct statvfs st = {
		.f_bsize = BLOCK_BYTES,
		.f_frsize = BLOCK_BYTES,
		.f_namemax = EVENTFS_NAME_MAX,
	};

	fuse_reply_statfs(req, &st);
}

/*
 * There are none. The refusal that ends all further questions (no operation at all) is no answer to one who asks for access control lists: the
 * kernel then says that a file has none, and `ls -l` asks for each; this one tells it that the file system does not have them.
 */
void utfs_fuse_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size_bytes)
{
	fuse_reply_err(req, EOPNOTSUPP);
}
