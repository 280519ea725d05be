/* SPDX-License-Identifier: MIT */
/* Patience with what is busy because of files that are closed, but whose RELEASE is still on its way. */
#include <errno.h>

#include "fuse/internal.h"

#define PATIENCE_MS 100

void utfs_busy_begin(struct utfs_mount *mount, struct utfs_busy *busy)
{
	utfs_fuse_lock_take(&mount->lock);
	busy->releases = mount->releases;
	utfs_fuse_lock_release(&mount->lock);
}

static void start_clock(struct utfs_busy *busy)
{
	clock_gettime(CLOCK_MONOTONIC, &busy->until);
	busy->until.tv_nsec += PATIENCE_MS * 1000000L;
	if (busy->until.tv_nsec >= 1000000000L) {
		busy->until.tv_nsec -= 1000000000L;
		busy->until.tv_sec++;
	}
	busy->began = true;
}

bool utfs_busy_wait(struct utfs_mount *mount, struct utfs_busy *busy)
{
	int ret = 0;

	if (!busy->began)
		start_clock(busy);
	utfs_fuse_lock_take(&mount->lock);
	/* The RELEASE needs a worker, too. */
	if (mount->n_patient >= mount->n_workers / 2)
		ret = -EBUSY;
	mount->n_patient++;
	while (ret == 0 && mount->releases == busy->releases)
		ret = utfs_fuse_lock_sleep_released(&mount->lock, &busy->until);
	mount->n_patient--;
	utfs_fuse_lock_release(&mount->lock);
	return ret == 0;
}

void utfs_busy_released(struct utfs_mount *mount)
{
	utfs_fuse_lock_take(&mount->lock);
	mount->releases++;
	if (mount->n_patient > 0)
		utfs_fuse_lock_wake_released(&mount->lock);
	utfs_fuse_lock_release(&mount->lock);
}
