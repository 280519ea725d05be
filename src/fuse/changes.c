/* SPDX-License-Identifier: MIT */
/*
 * The thread that tells the kernel which names have gone, so that it may keep all others for ever. Names that came need no word: a missing
 * name is never cached, and listings of where they come are not kept (names.c). A notification waits while a request has the directory locked, and so comes after the answer to a lookup that was
 * under way: what it found is forgotten again.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "arena/annotations.h"
#include "fuse/internal.h"

#define CHECK_MS 1000
#define JOIN_MS	 20

static void forget_name(struct utfs_mount *mount, uint64_t parent, uint64_t child, const char *name)
{
	int ret;

	/* It waits for a directory that a request may have locked, which waits for us. */
	utfs_lock_order_none();
	/* -ENOENT: the kernel did not know it. Others mean that the mount is at its end. */
	ret = fuse_lowlevel_notify_delete(mount->session, parent, child, name, strlen(name));

	if (ret == -ENOSYS || ret == -EINVAL)
		fuse_lowlevel_notify_inval_entry(mount->session, parent, name, strlen(name));
}

static int forget_entry(void *arg, const char *name, const struct eventfs_attr *attr,
			uint64_t next_cursor)
{
	struct utfs_mount *mount = arg;

	if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		fuse_lowlevel_notify_inval_entry(mount->session, EVENTFS_ROOT_ID, name,
						 strlen(name));
	return 0;
}

/* Changes were missed: any name may be wrong. With a name the kernel forgets everything below it. */
static void forget_all(struct utfs_mount *mount)
{
	eventfs_readdir(mount->fs, EVENTFS_ROOT_ID, 0, forget_entry, mount);
}

static void *changes_run(void *arg)
{
	struct utfs_mount *mount = arg;
	struct utfs_mount_change change;

	while (!atomic_load(&mount->changes_stopping)) {
		int ret = mount->ops->change_next(mount->ctx, &change);

		if (ret == -EOVERFLOW)
			forget_all(mount);
		else if (ret > 0 && change.removed)
			forget_name(mount, change.parent, change.child, change.name);
		if (ret <= 0 && ret != -EOVERFLOW)
			mount->ops->change_wait(mount->ctx, CHECK_MS);
	}
	return NULL;
}

int utfs_changes_start(struct utfs_mount *mount)
{
	int ret = utfs_threads_create(&mount->changes_thread, changes_run, mount);

	mount->changes_running = ret == 0;
	return ret;
}

void utfs_changes_stop(struct utfs_mount *mount)
{
	struct timespec until;
	int ret;

	if (!mount->changes_running)
		return;
	atomic_store(&mount->changes_stopping, true);
	/* A kick is lost on a thread that is just about to sleep: it is repeated. */
	do {
		mount->ops->change_kick(mount->ctx);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += JOIN_MS * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
		ret = pthread_timedjoin_np(mount->changes_thread, NULL, &until);
	} while (ret == ETIMEDOUT);
	mount->changes_running = false;
}
