/* SPDX-License-Identifier: MIT */
/* The namespaces of utracefs exec. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/exec.h"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* We stay who we are: the one user and group that a user without privileges can bring along. */
static int map_ids(uid_t uid, gid_t gid)
{
	char map[64];
	int ret;

	/* Since Linux 3.19 a group map needs it; before, the file is not there. */
	ret = write_file("/proc/self/setgroups", "deny");
	if (ret && ret != -ENOENT)
		return ret;
	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	ret = write_file("/proc/self/uid_map", map);
	if (ret)
		return ret;
	snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
	return write_file("/proc/self/gid_map", map);
}

static void say_what_to_do(int error)
{
	fprintf(stderr, "utracefs: exec: cannot make a user namespace: %s\n", strerror(error));
	fputs("utracefs: exec: let users make them (sysctl user.max_user_namespaces, "
	      "kernel.unprivileged_userns_clone, "
	      "kernel.apparmor_restrict_unprivileged_userns), or run this as root; in a container "
	      "with "
	      "CAP_SYS_ADMIN\n",
	      stderr);
}

int utfs_exec_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int ret;

	if (unshare(CLONE_NEWNS)) {
		if (errno != EPERM) {
			utfs_cli_complain("exec: mount namespace", errno);
			return -1;
		}
		ret = unshare(CLONE_NEWUSER | CLONE_NEWNS) ? -errno : map_ids(uid, gid);
		if (ret) {
			say_what_to_do(-ret);
			return -1;
		}
	}
	/* What the system mounts and unmounts still arrives here; nothing gets out. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL)) {
		/* A system may give user namespaces, but nothing that can be done in them. */
		if (errno == EPERM || errno == EACCES)
			say_what_to_do(errno);
		else
			utfs_cli_complain("exec: mounts", errno);
		return -1;
	}
	return 0;
}
