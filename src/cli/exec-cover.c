/* SPDX-License-Identifier: MIT */
/*
 * Puts the tree where tools look for the kernel's. Tools differ in where that is: libtracefs takes the first mount of type tracefs in /proc/mounts,
 * whatever lies on top of it; scripts write /sys/kernel/tracing or /sys/kernel/debug/tracing. So the tree goes over all of them.
 * Where no tracefs is mounted and none can be, /proc/mounts is covered by a file that begins with one: for all processes
 * of the namespace, but it tells of no mount that comes later.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/exec.h"

#define TRACING "/sys/kernel/tracing"

/* Directories that any system has, for the tree of a kernel without tracing. Nothing is made for it: it would have to be removed. */
static const char *const last_resorts[] = {TRACING, "/sys/kernel/debug", "/mnt", "/media"};

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Can be reached by name, to be mounted on. What lies in it need not be ours to see. */
static bool can_be_covered(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* debugfs mounts tracefs at its tracing/ when somebody goes there: better now than later, on top of the tree. */
static void provoke_automounts(const struct utfs_exec_places *places)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < places->n_debugfs; i++) {
		if (snprintf(path, sizeof(path), "%s/tracing", places->debugfs[i]) <
		    (int)sizeof(path))
			(void)can_be_covered(path);
	}
}

static int find_places(struct utfs_exec_places *places)
{
	int ret = utfs_exec_places_read(places);

	if (ret)
		return ret;
	provoke_automounts(places);
	utfs_exec_places_free(places);
	ret = utfs_exec_places_read(places);
	if (ret || places->n_tracefs)
		return ret;
	/* Root can have one mounted, in this namespace only. */
	if (mount("tracefs", TRACING, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return 0;
	utfs_exec_places_free(places);
	return utfs_exec_places_read(places);
}

static const char *find_last_resort(void)
{
	for (size_t i = 0; i < sizeof(last_resorts) / sizeof(last_resorts[0]); i++) {
		if (is_directory(last_resorts[i]))
			return last_resorts[i];
	}
	return NULL;
}

static int mount_fuse(const char *directory, int socket)
{
	char options[256];
	int ret = -1;
	int fd;

	/* Here, not earlier: FUSE takes a descriptor of the mount's own user namespace only. */
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		utfs_cli_complain("/dev/fuse", errno);
		fputs("utracefs: exec: without it, `utracefs ls`, `cat` and `write` give the same "
		      "files\n",
		      stderr);
		return -1;
	}
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions,allow_other", fd,
		 geteuid(), getegid());
	if (mount("utracefs", directory, "fuse.utracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  options))
		utfs_cli_complain(directory, errno);
	else
		ret = utfs_exec_server_serve(socket, fd);
	close(fd);
	return ret;
}

/* Opened while nothing is covered yet: it may be one of the places itself. Return: descriptor; -1. */
static int open_tree_at(const char *directory)
{
	int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (fd < 0 || fstatfs(fd, &st)) {
		utfs_cli_complain(directory, errno);
	} else if (st.f_type != FUSE_SUPER_MAGIC || faccessat(fd, "tracing_on", F_OK, 0)) {
		fprintf(stderr, "utracefs: %s: no utracefs is mounted there\n", directory);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* tree_fd: what to bind there; -1: a mount of its own. */
static int mount_tree(int tree_fd, const char *place, int socket)
{
	char tree[64];

	if (tree_fd < 0)
		return mount_fuse(place, socket);
	snprintf(tree, sizeof(tree), "/proc/self/fd/%d", tree_fd);
	if (mount(tree, place, NULL, MS_BIND, NULL)) {
		utfs_cli_complain(place, errno);
		return -1;
	}
	return 0;
}

/* Where a place lies in a directory that is not ours to enter, no tool of ours gets there either. */
static void cover_others(const struct utfs_exec_places *places, const char *place)
{
	bool tracing_covered = strcmp(place, TRACING) == 0;
	char path[PATH_MAX];

	for (size_t i = 0; i < places->n_tracefs; i++) {
		if (strcmp(places->tracefs[i], place) != 0)
			mount(place, places->tracefs[i], NULL, MS_BIND, NULL);
		tracing_covered = tracing_covered || strcmp(places->tracefs[i], TRACING) == 0;
	}
	if (!tracing_covered)
		mount(place, TRACING, NULL, MS_BIND, NULL);
	/* A debugfs without the automount. */
	for (size_t i = 0; i < places->n_debugfs; i++) {
		struct stat there;
		struct stat ours;

		if (snprintf(path, sizeof(path), "%s/tracing", places->debugfs[i]) <
			    (int)sizeof(path) &&
		    stat(path, &there) == 0 && stat(place, &ours) == 0 &&
		    there.st_dev != ours.st_dev)
			mount(place, path, NULL, MS_BIND, NULL);
	}
}

/* A working directory in what is covered now is left for the same one of the tree. */
static void enter_again(void)
{
	char path[PATH_MAX];

	if (getcwd(path, sizeof(path)) && path[0] == '/' && chdir(path))
		return; /* it is only there, then */
}

static int cover(const struct utfs_exec_places *places, int tree_fd, int socket)
{
	const char *place = NULL;
	bool shows_mounts;
	int mounts_fd;
	int ret;

	for (size_t i = 0; i < places->n_tracefs && !place; i++) {
		if (can_be_covered(places->tracefs[i]))
			place = places->tracefs[i];
	}
	shows_mounts = !place || place != places->tracefs[0];
	if (!place)
		place = find_last_resort();
	if (!place) {
		fprintf(stderr,
			"utracefs: exec: no place for the tree: %s is missing; "
			"mount a tracefs somewhere (mount -t tracefs nodev DIR)\n",
			TRACING);
		return -1;
	}
	ret = utfs_exec_files_make(place, shows_mounts, &mounts_fd);
	if (ret) {
		utfs_cli_complain("exec: files that stand in for the kernel's", ret);
		return -1;
	}
	if (mount_tree(tree_fd, place, socket))
		return -1;
	cover_others(places, place);
	if (shows_mounts) {
		ret = utfs_exec_files_show_mounts(mounts_fd, place);
		if (ret) {
			utfs_cli_complain("exec: list of mounts", ret);
			return -1;
		}
	}
	enter_again();
	return 0;
}

int utfs_exec_cover(const char *directory, int socket)
{
	struct utfs_exec_places places;
	int tree_fd = -1;
	int ret;

	if (directory) {
		tree_fd = open_tree_at(directory);
		if (tree_fd < 0)
			return -1;
	}
	ret = find_places(&places);
	if (ret) {
		utfs_cli_complain("/proc/self/mounts", ret);
		ret = -1;
	} else {
		ret = cover(&places, tree_fd, socket);
		utfs_exec_places_free(&places);
	}
	if (tree_fd >= 0)
		close(tree_fd);
	return ret;
}
