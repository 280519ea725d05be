/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "arena/abi.h"
#include "arena/internal.h"
#include "cli/doctor.h"
#include "ring/ring.h"
#include "trace/check.h"
#include "trace/trace.h"

#define MB (1024u * 1024u)
/* The buffers of one instance on two CPUs, the root's tables, and a bit. */
#define ROOM_BYTES (16u * MB)

/* The directory, or the nearest one above it that is there. */
static bool find_file_system(const char *path, struct statfs *fs, char place[4096])
{
	char *slash;

	snprintf(place, 4096, "%s", path);
	while (statfs(place, fs)) {
		slash = strrchr(place, '/');
		if (!slash || errno != ENOENT)
			return false;
		slash[slash == place] = '\0';
	}
	return true;
}

static void look_at_room(struct utfs_doctor *doctor, const char *path)
{
	char place[4096];
	struct statfs fs;
	uint64_t free_bytes;
	bool is_memory;

	if (!find_file_system(path, &fs, place)) {
		utfs_doctor_say(
			doctor, "memory", UTFS_HEALTH_BROKEN,
			"mount a tmpfs at /dev/shm, or set UTRACEFS_DIR to a directory in memory",
			"%.300s: %s", place, strerror(errno));
		return;
	}
	free_bytes = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
	is_memory = fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
	if (!is_memory)
		utfs_doctor_say(
			doctor, "memory", UTFS_HEALTH_SLOW,
			"set UTRACEFS_DIR to a directory on a tmpfs, or leave it alone",
			"%.300s is not in memory: the kernel writes what is recorded to a disk",
			place);
	else if (free_bytes < ROOM_BYTES)
		utfs_doctor_say(doctor, "memory", UTFS_HEALTH_BROKEN,
				"make it larger (mount -o remount,size=1G /dev/shm; docker run "
				"--shm-size=1g), or free some",
				"%.300s has %" PRIu64 " MB left", place, free_bytes / MB);
	else
		utfs_doctor_say(doctor, "memory", UTFS_HEALTH_OK, NULL,
				"%.300s has room for %" PRIu64 " MB", place, free_bytes / MB);
}

/* Fast or locked, as it was made. */
static bool is_locked(const char *path)
{
	struct utfs_header header;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool locked = fd >= 0 && pread(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
		      header.mode == UTFS_MODE_LOCKED;

	if (fd >= 0)
		close(fd);
	return locked;
}

static void look_at_mode(struct utfs_doctor *doctor, const char *path)
{
	if (!is_locked(path))
		utfs_doctor_say(doctor, "mode", UTFS_HEALTH_OK, NULL, "events take no lock");
	else if (utfs_rseq_usable())
		utfs_doctor_say(doctor, "mode", UTFS_HEALTH_SLOW,
				"when no program uses it: remove the directory, and it is made "
				"anew; unless --locked was meant",
				"the shared memory was made for programs without restartable "
				"sequences: events take a lock");
	else
		utfs_doctor_say(doctor, "mode", UTFS_HEALTH_OK, NULL,
				"events take a lock, as fits this machine");
}

static void look_at_file(struct utfs_doctor *doctor, const struct utfs_trace_check *check)
{
	char why[UTFS_TRACE_WHY_BYTES] = "";
	struct utfs_trace *trace;

	if (check->nr_left) {
		utfs_doctor_say(doctor, "arena", UTFS_HEALTH_BROKEN,
				"utracefs fsck says what is wrong, utracefs fsck --repair mends it",
				"%.300s: %" PRIu64 " findings, the first: %s", check->path,
				check->nr_left, check->findings[0].text);
		return;
	}
	utfs_doctor_say(doctor, "arena", UTFS_HEALTH_OK, NULL,
			"%.300s is well: %" PRIu64 " events, %" PRIu64 " instances, %" PRIu64
			" programs",
			check->path, check->seen.events, check->seen.instances,
			check->seen.procs - check->seen.dead_procs);
	look_at_mode(doctor, check->path);
	if (utfs_trace_open(NULL, &trace, why))
		utfs_doctor_say(
			doctor, "attach", UTFS_HEALTH_BROKEN,
			"see 'utracefs help init'; or remove the directory when no program uses it",
			"%s", why);
	else
		utfs_trace_close(trace);
}

void utfs_doctor_memory(struct utfs_doctor *doctor)
{
	char why[UTFS_WHY_BYTES] = "";
	struct utfs_trace_check check;
	char directory[4096];
	const struct utfs_arena_options ours = {0};
	int ret = utfs_directory_path(&ours, directory, sizeof(directory));

	if (!ret)
		look_at_room(doctor, directory);
	ret = utfs_trace_check(NULL, false, &check, why);
	if (ret == -ENOENT)
		utfs_doctor_say(doctor, "arena", UTFS_HEALTH_OK, NULL,
				"%.300s: not there yet; the first program makes it", directory);
	else if (ret)
		utfs_doctor_say(doctor, "arena", UTFS_HEALTH_BROKEN,
				"UTRACEFS_DIR has to be a directory of yours, or of a group of "
				"yours (utracefs help init)",
				"%s", why);
	else
		look_at_file(doctor, &check);
	utfs_trace_check_free(&check);
}
