/* SPDX-License-Identifier: MIT */
/*
 * The FUSE front end: serves an eventfs at a mount point until it is unmounted.
 *
 * What it is for: programs that want files. Node ids go to the kernel as they are, so no node is kept here; what is kept are
 * open handles, and reads and polls that wait. May use eventfs and, in one file (mount-trace.c), the trace layer; everything
 * else reaches the data through struct utfs_mount_ops, so that any eventfs can be mounted. Never prints, never holds a thread
 * for a read that waits, never sends a notification while it holds a lock.
 *
 * Threads of a mount: some workers that answer requests; a waiter that owns the reads and polls that wait for data; one that tells
 * the kernel which names have gone; and the caller of utfs_mount_run(), which starts and stops the others.
 */
#ifndef UTFS_FUSE_MOUNT_H
#define UTFS_FUSE_MOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "eventfs/eventfs.h"

struct utfs_trace;

/* Bytes that hold any reason given here. */
#define UTFS_MOUNT_WHY_BYTES 512

/* A name that came or went. */
struct utfs_mount_change {
	uint64_t parent; /* node id of the directory */
	uint64_t child;	 /* node id of what came or went */
	bool removed;
	char name[EVENTFS_NAME_MAX + 1];
};

/*
 * What an eventfs cannot say: when there may be more to read, and which names changed behind the mount's back. All are
 * required. data_wait and change_wait are called by one thread each, the others by any.
 */
struct utfs_mount_ops {
	/* Counts up whenever a stream that said -EAGAIN may say something else. */
	uint32_t (*data_sequence)(void *ctx);
	/* Sleeps until the sequence is no longer `seen`. Return: 0, -ETIMEDOUT, -EINTR. */
	int (*data_wait)(void *ctx, uint32_t seen, int timeout_ms);
	/* Counts up and wakes who sleeps in data_wait. */
	void (*data_kick)(void *ctx);
	/* The next change that has not been asked for yet. Return: 1, 0 none now, -EOVERFLOW some were missed. */
	int (*change_next)(void *ctx, struct utfs_mount_change *change);
	/* Sleeps until there is one. Return: 0, -ETIMEDOUT, -EINTR. */
	int (*change_wait)(void *ctx, int timeout_ms);
	/* Wakes who sleeps in change_wait; may be lost if nobody sleeps yet. */
	void (*change_kick)(void *ctx);
	/*
	 * Is this a thing that people make and remove, under one name again and again? A notification comes a moment late, so the kernel
	 * keeps no name of these and asks at every use. Cheap, without a lock.
	 */
	bool (*is_fleeting)(void *ctx, uint64_t id);
};

/* How to mount. (uid_t)-1, (gid_t)-1, (mode_t)-1: as the tree has it. */
struct utfs_mount_options {
	uid_t uid;	  /* owner of all nodes */
	gid_t gid;	  /* group of all nodes */
	mode_t mode;	  /* permission bits of the root directory */
	char fuse[256];	  /* for libfuse: allow_other, ro, ...; may be empty */
	const char *type; /* the mount shows as fuse.TYPE; NULL: utracefs */
};

/*
 * utfs_mount_options_parse - the argument of -o: uid=, gid= (number or name), mode= (octal), and what libfuse understands
 *
 * Sets all of *options. Root's mounts get allow_other: the permission bits guard them, as they guard the kernel's tracefs.
 * Return: 0; -EINVAL with *why. Locks: none. Context: any thread.
 */
int utfs_mount_options_parse(const char *text, struct utfs_mount_options *options,
			     char why[UTFS_MOUNT_WHY_BYTES]);

/*
 * utfs_mount_run - mount fs at mountpoint and serve it until it is unmounted, SIGINT, SIGTERM or SIGHUP comes, or UTFS_MOUNT_STOP
 *
 * A mount left there by a killed server is removed first. ready(ready_arg) is called once the mount answers. Blocks the three
 * signals in the calling thread meanwhile; the process must have no other threads that take them. fs, ops and ctx must outlive the call; on return every handle
 * is closed and nobody uses fs any more. fs is changed: owner and mode by the options.
 *
 * Return: 0 it was unmounted or told to end; negative errno with *why: it was never mounted (-ENOENT, -ENOTDIR, -EACCES, -EBUSY already a
 * utracefs there, -ENODEV no /dev/fuse, -EIO libfuse refused).
 * Locks: none. Context: one mount per process at a time.
 */
int utfs_mount_run(struct eventfs *fs, const struct utfs_mount_ops *ops, void *ctx,
		   const char *mountpoint, const struct utfs_mount_options *options,
		   void (*ready)(void *arg), void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES]);

/*
 * utfs_mount_serve - utfs_mount_run() for a mount that somebody else makes, perhaps in another mount namespace
 *
 * fd: /dev/fuse, mounted already or by the time that this is called; it is taken over. The mount's options (allow_other, ...) are its maker's;
 * of *options uid, gid and mode are used. Ends when nobody has the mount any more, as when the last process of its namespace has ended.
 *
 * Return: 0 it was unmounted or told to end; negative errno with *why.
 * Locks: none. Context: one mount per process at a time.
 */
int utfs_mount_serve(struct eventfs *fs, const struct utfs_mount_ops *ops, void *ctx, int fd,
		     const struct utfs_mount_options *options, void (*ready)(void *arg),
		     void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES]);

/*
 * utfs_mount_trace, utfs_mount_trace_serve - utfs_mount_run(), utfs_mount_serve() for a trace
 * Return, locks, context: as utfs_mount_run().
 */
int utfs_mount_trace(struct utfs_trace *trace, const char *mountpoint,
		     const struct utfs_mount_options *options, void (*ready)(void *arg),
		     void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES]);
int utfs_mount_trace_serve(struct utfs_trace *trace, int fd,
			   const struct utfs_mount_options *options, void (*ready)(void *arg),
			   void *ready_arg, char why[UTFS_MOUNT_WHY_BYTES]);

/*
 * utfs_mount_end - unmount what utfs_mount_run() of some process serves at mountpoint, and end that server
 *
 * Reads that wait there end with ENODEV; whoever has files open gets an error at their next use. Also removes what a killed server left.
 * Return: 0; -EINVAL no utracefs is mounted there; -EPERM it is somebody else's; -ENOENT; -ENAMETOOLONG; what umount2(2) said.
 * Locks: none. Context: any thread.
 */
int utfs_mount_end(const char *mountpoint);

#endif
