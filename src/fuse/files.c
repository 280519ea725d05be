/* SPDX-License-Identifier: MIT */
/* Requests about open files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuse/internal.h"

/* So much of a spliced file stays in the page cache. */
#define PIECE_BYTES (8L << 20)

static struct utfs_handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct utfs_handle *)(uintptr_t)fi->fh;
}

struct utfs_mount *utfs_fuse_mount_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

struct eventfs_request utfs_fuse_request(fuse_req_t req, const struct fuse_file_info *fi)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct eventfs_request){
		.tid = ctx->pid,
		.uid = ctx->uid,
		.gid = ctx->gid,
		.nonblock = fi->flags & O_NONBLOCK,
	};
}

/* libfuse's own reply knows no FOPEN_STREAM: without it, a read that waits keeps other threads from the same descriptor. */
static int reply_open(fuse_req_t req, struct utfs_handle *handle)
{
	uint32_t flags = eventfs_file_flags(handle->file);
	struct fuse_open_out out = {
		.fh = (uint64_t)(uintptr_t)handle,
		.open_flags = FOPEN_DIRECT_IO | FOPEN_NOFLUSH,
	};

	if (flags & EVENTFS_UNSEEKABLE)
		out.open_flags |= FOPEN_NONSEEKABLE;
	/* A file that is spliced and read by the same rules has one position for both. */
	if ((flags & EVENTFS_UNSEEKABLE) && (!(flags & EVENTFS_ALIAS) || (flags & EVENTFS_SPLICE)))
		out.open_flags |= FOPEN_STREAM;
	return fuse_reply_buf(req, (const char *)&out, sizeof(out));
}

void utfs_fuse_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	struct eventfs_request who = utfs_fuse_request(req, fi);
	struct utfs_handle *handle;
	struct utfs_busy busy = {0};
	struct eventfs_file *file;
	int ret;

	do {
		utfs_busy_begin(mount, &busy);
		ret = eventfs_open(mount->fs, ino, &who, fi->flags, &file);
	} while (ret == -EBUSY && utfs_busy_wait(mount, &busy));
	if (ret) {
		fuse_reply_err(req, -ret);
		return;
	}
	handle = utfs_handle_create(mount, file, ino);
	if (!handle)
		fuse_reply_err(req, ENOMEM);
	else if (reply_open(req, handle))
		utfs_handle_put(handle); /* the open was interrupted: no RELEASE will come */
}

/* What was spliced is never asked for again: the page cache need not keep it. Not the last piece, which may be on its way. */
static void forget_old_pages(struct utfs_mount *mount, fuse_ino_t ino, off_t off)
{
	if (off % PIECE_BYTES == 0 && off >= 2 * PIECE_BYTES)
		fuse_lowlevel_notify_inval_inode(mount->session, ino, off - 2 * PIECE_BYTES,
						 PIECE_BYTES);
}

enum step {
	STEP_REFUSE, /* say that there is nothing */
	STEP_TRY,
	STEP_WAIT, /* try, and wait */
};

/*
 * What to do with a page cache's request for a splice that may wait. The kernel asks for a page first in a way that cannot be interrupted, then, when
 * that was refused, as one who waits and can be. Of a page that follows another, both are asked by a call that has something to
 * return already: it returns when they are refused. The next request is another call's, which waits.
 */
static enum step splice_step(struct utfs_handle *handle, off_t off)
{
	struct utfs_mount *mount = handle->mount;
	enum step step;

	utfs_fuse_lock_take(&mount->lock);
	if (off != handle->asked_off) {
		handle->asked_off = off;
		handle->asked = 0;
	}
	if (off == 0)
		step = handle->asked == 0 ? STEP_TRY : STEP_WAIT;
	else
		step = handle->asked < 2 ? STEP_REFUSE : STEP_WAIT;
	handle->asked++;
	utfs_fuse_lock_release(&mount->lock);
	return step;
}

static enum step read_step(const struct utfs_park_read *read)
{
	if (read->who.nonblock)
		return STEP_TRY;
	if (!read->who.for_cache)
		return STEP_WAIT;
	return eventfs_file_flags(read->handle->file) & EVENTFS_SPLICE
		       ? splice_step(read->handle, read->off)
		       : STEP_TRY;
}

/* Return: the file's answer as of read(2); 0 and *parked: it comes later. */
static ssize_t read_file(fuse_req_t req, struct utfs_park_read *read, char *buf, bool *parked)
{
	const struct utfs_mount *mount = read->handle->mount;
	enum step step = read_step(read);
	uint32_t seen;
	ssize_t n;

	read->who.nonblock = step != STEP_WAIT;
	seen = mount->ops->data_sequence(mount->ctx);
	n = step == STEP_REFUSE ? -EAGAIN
				: eventfs_read(read->handle->file, &read->who, buf,
					       read->size_bytes, read->off);
	if (read->who.for_cache) {
		/* Before the answer: after it the handle may be gone. */
		atomic_store(&read->handle->spliced, true);
		if (n == 0)
			n = -EAGAIN;
	}
	if (n == -EAGAIN && step == STEP_WAIT) {
		n = utfs_park_add(req, read, seen);
		*parked = n == 0;
	}
	return n;
}

/*
 * A read that may wait is one that came from read(2) (it has a lock owner) on a blocking descriptor. Of the page cache's requests most
 * cannot be interrupted, so they do not wait; and a short answer would make the kernel believe that the file ends there.
 */
void utfs_fuse_read(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off,
		    struct fuse_file_info *fi)
{
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	struct utfs_park_read read = {
		.handle = handle_of(fi),
		.who = utfs_fuse_request(req, fi),
		.size_bytes = size_bytes,
		.off = off,
	};
	char page[4096]; /* what most files are read by */
	char *buf = size_bytes > sizeof(page) ? malloc(size_bytes) : page;
	ssize_t n = -ENOMEM;
	bool parked = false;

	/* The kernel's identification of who reads is a hash; the page cache has none. */
	read.who.for_cache = fi->lock_owner == 0;
	if (buf)
		n = read_file(req, &read, buf, &parked);
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else if (!parked)
		fuse_reply_buf(req, buf, (size_t)n);
	if (buf != page)
		free(buf);
	if (n > 0 && read.who.for_cache)
		forget_old_pages(mount, ino, off);
}

void utfs_fuse_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size_bytes, off_t off,
		     struct fuse_file_info *fi)
{
	struct eventfs_request who = utfs_fuse_request(req, fi);
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	struct utfs_busy busy = {0};
	ssize_t n;

	do {
		utfs_busy_begin(mount, &busy);
		n = eventfs_write(handle_of(fi)->file, &who, buf, size_bytes, off);
	} while (n == -EBUSY && utfs_busy_wait(mount, &busy));
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_write(req, (size_t)n);
}

void utfs_fuse_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct utfs_handle *handle = handle_of(fi);
	struct utfs_mount *mount = handle->mount;
	bool spliced = atomic_load(&handle->spliced);

	utfs_handle_put(handle);
	fuse_reply_err(req, 0);
	if (spliced)
		fuse_lowlevel_notify_inval_inode(mount->session, ino, 0, 0);
}

void utfs_fuse_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	fuse_reply_err(req, EINVAL);
}

void utfs_fuse_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	struct utfs_handle *handle = handle_of(fi);
	uint32_t seen = mount->ops->data_sequence(mount->ctx);
	short events;

	if (ph)
		utfs_park_poll(handle, ph);
	events = eventfs_poll(handle->file);
	if (ph)
		utfs_park_poll_done(handle, seen);
	fuse_reply_poll(req, (unsigned int)events);
}

/* utfs_mount_end() asks for the end this way, so that waiting reads end with it. */
void utfs_fuse_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
		     struct fuse_file_info *fi, unsigned int flags, const void *in, size_t in_bytes,
		     size_t out_bytes)
{
	struct utfs_mount *mount = utfs_fuse_mount_of(req);
	uid_t uid = fuse_req_ctx(req)->uid;
	const uint64_t one = 1;

	/* trace_pipe_raw's "wake up who waits": readers of ours are woken by the signal that asks them to look. */
	if (cmd == 0 && !(flags & FUSE_IOCTL_DIR) &&
	    eventfs_file_flags(handle_of(fi)->file) & EVENTFS_ALIAS) {
		fuse_reply_ioctl(req, 0, NULL, 0);
		return;
	}
	if (cmd != UTFS_FUSE_IOC_STOP || ino != EVENTFS_ROOT_ID) {
		fuse_reply_err(req, ENOTTY);
		return;
	}
	if (uid != 0 && uid != geteuid()) {
		fuse_reply_err(req, EPERM);
		return;
	}
	/* Before the answer, so that the place is free when the asker goes on. */
	utfs_fuse_detach(mount);
	fuse_reply_ioctl(req, 0, NULL, 0);
	if (write(mount->stop_fd, &one, sizeof(one)) < 0)
		return; /* it is full: somebody else has said so already */
}
