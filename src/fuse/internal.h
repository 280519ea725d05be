/* SPDX-License-Identifier: MIT */
/* What the files of the FUSE front end share. Nothing outside src/fuse includes this. */
#ifndef UTFS_FUSE_INTERNAL_H
#define UTFS_FUSE_INTERNAL_H

#define FUSE_USE_VERSION 35

#include <fuse_lowlevel.h>
#include <linux/ioctl.h>
#include <stdatomic.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "fuse/list.h"
#include "fuse/lock.h"
#include "fuse/mount.h"

/* Long enough never to expire; what makes a name wrong is told to the kernel (changes.c). */
#define UTFS_FUSE_FOREVER_S 1e8

/* ioctl on the root directory: unmount and end. Only for the server's user and root. */
#define UTFS_FUSE_IOC_STOP _IO('u', 0x7e)

#define UTFS_FUSE_MAX_WORKERS 16

struct utfs_mount;

/* An open file. Owned by the kernel's open file until RELEASE, and by who uses it meanwhile. */
struct utfs_handle {
	struct utfs_mount *mount;
	struct eventfs_file *file;
	fuse_ino_t ino;	     /* what it was opened by */
	atomic_bool spliced; /* the kernel's page cache has some of it */
	/* A splice that may wait; under mount->lock: */
	off_t asked_off;    /* the page that was asked for last */
	unsigned int asked; /* how often */
	/* Under mount->lock: */
	struct utfs_link link; /* in mount->handles */
	struct utfs_link poll_link;
	struct fuse_pollhandle *poll; /* whom to tell that the file is ready; NULL: nobody */
	unsigned int references;
};

/* Reads and polls that wait for data. */
struct utfs_park {
	pthread_t thread;
	bool running;
	atomic_bool stopping; /* set under mount->lock */
	/* Under mount->lock: */
	struct utfs_link reads; /* struct parked_read */
	struct utfs_link polls; /* struct utfs_handle with poll set */
};

struct utfs_worker {
	pthread_t thread;
	struct utfs_mount *mount;
	struct fuse_buf buffer;
};

struct utfs_mount {
	struct eventfs *fs;
	const struct utfs_mount_ops *ops;
	void *ctx;
	const char *mountpoint; /* absolute, without links */
	const char *type;
	struct fuse_session *session;
	bool is_elsewhere; /* others made the mount; the mount point is not ours to look at */
	dev_t device; /* of the mount, to tell it from another one at the same place; 0: not known */
	atomic_bool detached; /* by us */
	int stop_fd;	      /* eventfd: the mount shall end */

	struct utfs_fuse_lock lock;
	struct utfs_link handles; /* under lock: every open one */
	struct utfs_park park;
	uint64_t releases;	/* under lock: handles that were closed */
	unsigned int n_patient; /* under lock: requests in utfs_busy_wait() */

	pthread_t changes_thread;
	atomic_bool changes_stopping;
	bool changes_running;

	struct utfs_worker workers[UTFS_FUSE_MAX_WORKERS];
	unsigned int n_workers; /* changed under lock, and by the caller of utfs_mount_run() only */
	bool initialised;	/* INIT was answered */
	bool keeps_listings;	/* the kernel does; set before the first request */
	atomic_uint aliases;	/* ids given to files that must not share one */
	char log[UTFS_MOUNT_WHY_BYTES]; /* what libfuse said last */
};

/*
 * utfs_fuse_mount_of, utfs_fuse_request - of a request: its mount; who asks.
 * Return: as named. Locks: none. Context: a worker.
 */
struct utfs_mount *utfs_fuse_mount_of(fuse_req_t req);
struct eventfs_request utfs_fuse_request(fuse_req_t req, const struct fuse_file_info *fi);

/*
 * utfs_fuse_stat, utfs_fuse_entry - what the kernel wants to know of a node.
 * Return: nothing. Locks: none. Context: any thread.
 */
void utfs_fuse_stat(const struct eventfs_attr *attr, struct stat *st);
void utfs_fuse_entry(struct utfs_mount *mount, const struct eventfs_attr *attr,
		     struct fuse_entry_param *entry);

/*
 * utfs_handle_create - a handle for an open file, which it takes over. utfs_handle_put() gives one reference back; the last
 * one closes the file. utfs_handle_get() takes one more.
 * Return: the handle with one reference; NULL: out of memory (file is released). Locks: mount->lock. Context: any thread.
 */
struct utfs_handle *utfs_handle_create(struct utfs_mount *mount, struct eventfs_file *file,
				       fuse_ino_t ino) UTFS_FUSE_EXCLUDES(mount->lock);
void utfs_handle_get_locked(struct utfs_mount *mount, struct utfs_handle *handle)
	UTFS_FUSE_REQUIRES(mount->lock);
void utfs_handle_put(struct utfs_handle *handle) UTFS_FUSE_EXCLUDES(handle->mount->lock);
/* Closes every handle that is left. Return: nothing. Context: no other thread any more. */
void utfs_handle_put_all(struct utfs_mount *mount) UTFS_FUSE_EXCLUDES(mount->lock);

/*
 * utfs_handle_is_open - is a file open by this id?
 * Return: so. Locks: mount->lock. Context: any thread.
 */
bool utfs_handle_is_open(struct utfs_mount *mount, fuse_ino_t ino) UTFS_FUSE_EXCLUDES(mount->lock);

/* What a parked read needs to be tried again. */
struct utfs_park_read {
	struct utfs_handle *handle;
	struct eventfs_request who;
	size_t size_bytes;
	off_t off;
};

/*
 * utfs_park_start, utfs_park_stop - the waiter thread. Stop answers what waits with -ENODEV; later utfs_park_add() fails so.
 * Return: start 0, -EAGAIN. Locks: mount->lock. Context: one thread.
 */
int utfs_park_start(struct utfs_mount *mount);
void utfs_park_stop(struct utfs_mount *mount);

/*
 * utfs_park_add - let a read wait for data; `seen` is the data sequence from before it found none. On success the request belongs to the waiter.
 * Return: 0; -EINTR interrupted already; -ENODEV the mount ends; -ENOMEM. Locks: mount->lock. Context: a worker.
 */
int utfs_park_add(fuse_req_t req, const struct utfs_park_read *read, uint32_t seen);

/*
 * utfs_park_poll - remember whom to tell when the handle becomes ready. Takes ph over. To be called before the handle is looked at.
 * Return: nothing. Locks: mount->lock. Context: a worker.
 */
void utfs_park_poll(struct utfs_handle *handle, struct fuse_pollhandle *ph);

/*
 * utfs_park_poll_done - after the handle was looked at; `seen` is the data sequence from before.
 * Return: nothing. Locks: none. Context: a worker.
 */
void utfs_park_poll_done(struct utfs_handle *handle, uint32_t seen);

/* A request that was answered -EBUSY, perhaps for a file that is closed already. */
struct utfs_busy {
	uint64_t releases; /* seen before the last try */
	struct timespec until;
	bool began;
};

/*
 * utfs_busy_begin, utfs_busy_wait - try something again that is busy, as long as files are being closed:
 *
 *	do {
 *		utfs_busy_begin(mount, &busy);
 *		ret = ...;
 *	} while (ret == -EBUSY && utfs_busy_wait(mount, &busy));
 *
 * close(2) returns before its RELEASE request is even sent to us. So whoever closes a file and then removes its instance, or opens what only one may
 * have open, would be told that it is busy.
 * Return: begin nothing; wait true: try again. Locks: mount->lock. Context: a worker. busy starts as zeroes.
 */
void utfs_busy_begin(struct utfs_mount *mount, struct utfs_busy *busy)
	UTFS_FUSE_EXCLUDES(mount->lock);
bool utfs_busy_wait(struct utfs_mount *mount, struct utfs_busy *busy)
	UTFS_FUSE_EXCLUDES(mount->lock);
/* A handle was closed. Return: nothing. Locks: mount->lock. Context: any thread. */
void utfs_busy_released(struct utfs_mount *mount) UTFS_FUSE_EXCLUDES(mount->lock);

/*
 * utfs_changes_start, utfs_changes_stop - the thread that tells the kernel of names that have gone. Workers must run until it has stopped:
 * a notification waits for a directory that a request has locked.
 * Return: start 0, -EAGAIN. Locks: none. Context: one thread.
 */
int utfs_changes_start(struct utfs_mount *mount);
void utfs_changes_stop(struct utfs_mount *mount);

/*
 * utfs_threads_create - start a thread that takes no signals.
 * Return: 0, -EAGAIN. Locks: none. Context: any thread.
 */
int utfs_threads_create(pthread_t *thread, void *(*run)(void *), void *arg);

/* What is mounted somewhere: the topmost mount, if several lie upon each other. */
struct utfs_mountinfo {
	dev_t device;
	char type[64];
};

/*
 * utfs_mountinfo_find - the mount at path, which must be absolute and without links.
 * Return: 0; -ENOENT: nothing is mounted there; what opening /proc/self/mountinfo said. Locks: none. Context: any thread.
 */
int utfs_mountinfo_find(const char *path, struct utfs_mountinfo *info);

/*
 * utfs_mountinfo_resolve - an absolute path without links, also of a mount whose server is dead. Free it.
 * Return: 0, errno of realpath(3). Locks: none. Context: any thread.
 */
int utfs_mountinfo_resolve(const char *path, char **resolved);

/*
 * utfs_mountinfo_detach - take the topmost mount at path away, in use or not: umount2(2), or fusermount3 for who may not.
 * Return: 0, negative errno. Locks: none. Context: any thread.
 */
int utfs_mountinfo_detach(const char *path);

/*
 * utfs_mountinfo_heal - remove what killed servers of this type left at path.
 * Return: 0 the place is free or another file system's; -EBUSY a living server of this type is there; -errno. Locks: none. Context: any thread.
 */
int utfs_mountinfo_heal(const char *path, const char *type);

/*
 * utfs_fuse_detach - take this mount away from its mount point, unless somebody did already or it is covered by another.
 * Return: nothing. Locks: none. Context: any thread.
 */
void utfs_fuse_detach(struct utfs_mount *mount);

/* The operations, by file: names.c, attributes.c, files.c. Context: workers. */
void utfs_fuse_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void utfs_fuse_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void utfs_fuse_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void utfs_fuse_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void utfs_fuse_readdir(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off,
		       struct fuse_file_info *fi);
void utfs_fuse_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off,
			   struct fuse_file_info *fi);
void utfs_fuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev);
void utfs_fuse_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi);
void utfs_fuse_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void utfs_fuse_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name);
void utfs_fuse_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
		      const char *newname, unsigned int flags);
void utfs_fuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname);
void utfs_fuse_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void utfs_fuse_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int what,
		       struct fuse_file_info *fi);
void utfs_fuse_statfs(fuse_req_t req, fuse_ino_t ino);
void utfs_fuse_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size_bytes);
void utfs_fuse_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void utfs_fuse_read(fuse_req_t req, fuse_ino_t ino, size_t size_bytes, off_t off,
		    struct fuse_file_info *fi);
void utfs_fuse_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size_bytes, off_t off,
		     struct fuse_file_info *fi);
void utfs_fuse_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void utfs_fuse_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);
void utfs_fuse_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph);
void utfs_fuse_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
		     struct fuse_file_info *fi, unsigned int flags, const void *in, size_t in_bytes,
		     size_t out_bytes);

#endif
