/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/recordings.h"

static bool is_installed(const char *program)
{
	const char *path = getenv("PATH");
	char *copy = strdup(path ? path : ""), *rest = copy, *directory;
	char file[4096];
	bool found = false;

	while (!found && copy && (directory = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/%s", directory, program);
		found = access(file, X_OK) == 0;
	}
	free(copy);
	return found;
}

static void look_at_fuse(struct utfs_doctor *doctor)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		utfs_doctor_say(doctor, "fuse", UTFS_HEALTH_BROKEN,
				"load the module (modprobe fuse); in a container: --device "
				"/dev/fuse; list, cat, write, record need none",
				"/dev/fuse: %s: mount and exec do not work", strerror(errno));
	else if (geteuid() != 0 && !is_installed("fusermount3"))
		utfs_doctor_say(doctor, "fuse", UTFS_HEALTH_BROKEN, "install fuse3",
				"fusermount3 is not installed: mount does not work for users");
	else
		utfs_doctor_say(doctor, "fuse", UTFS_HEALTH_OK, NULL, "mount works");
	if (fd >= 0)
		close(fd);
}

/* In a child: what exec does first. Return: errno; 0. */
static int try_namespace(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ? errno : 0;
	if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return errno;
	return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ? errno : 0;
}

static void look_at_namespaces(struct utfs_doctor *doctor)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try_namespace());
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		utfs_doctor_say(doctor, "namespaces", UTFS_HEALTH_OK, NULL,
				"exec can make its namespaces");
	else
		utfs_doctor_say(doctor, "namespaces", UTFS_HEALTH_BROKEN,
				"let users make them (sysctl user.max_user_namespaces, "
				"kernel.unprivileged_userns_clone, "
				"kernel.apparmor_restrict_unprivileged_userns), or be root; in a "
				"container: CAP_SYS_ADMIN",
				"no namespaces for exec: %s",
				strerror(pid < 0	     ? errno
					 : WIFEXITED(status) ? WEXITSTATUS(status)
							     : EINTR));
}

static void look_at_recordings(struct utfs_doctor *doctor)
{
	char path[PATH_MAX];

	if (utfs_recordings_find(path))
		utfs_doctor_say(doctor, "recordings", UTFS_HEALTH_SLOW,
				"install utracefs-recordings, or build where libtracecmd is",
				"utracefs-recordings is not here: export and view do not work, "
				"record does");
	else
		utfs_doctor_say(doctor, "recordings", UTFS_HEALTH_OK, NULL,
				"export and view are here");
}

void utfs_doctor_tools(struct utfs_doctor *doctor)
{
	look_at_fuse(doctor);
	look_at_namespaces(doctor);
	look_at_recordings(doctor);
	if (is_installed("trace-cmd"))
		utfs_doctor_say(doctor, "trace-cmd", UTFS_HEALTH_OK, NULL, "report works");
	else
		utfs_doctor_say(doctor, "trace-cmd", UTFS_HEALTH_SLOW, "install trace-cmd",
				"trace-cmd is not installed: report does not work, record does");
}
