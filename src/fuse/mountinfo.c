/* SPDX-License-Identifier: MIT */
/* What is mounted where, and taking it away. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuse/internal.h"

#define STALE_MAX 64 /* dead mounts upon each other that are removed at most */

/* In place: the kernel writes space, tab, newline and backslash as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* Text behind the next n fields. Return: NULL: there are not so many. */
static char *skip_fields(char *text, int n)
{
	while (text && n-- > 0) {
		text = strchr(text, ' ');
		if (text)
			text++;
	}
	return text;
}

/* "36 35 98:0 /root /mount/point options - type source options": the mount point if the line is well-formed. */
static char *parse_line(char *line, struct utfs_mountinfo *info)
{
	char *device = skip_fields(line, 2);
	char *point = skip_fields(line, 4);
	char *end = point ? strchr(point, ' ') : NULL;
	char *type = end ? strstr(end, " - ") : NULL;
	unsigned long numbers[2];
	char *colon;

	if (!type)
		return NULL;
	numbers[0] = strtoul(device, &colon, 10);
	if (*colon != ':')
		return NULL;
	numbers[1] = strtoul(colon + 1, NULL, 10);
	*end = '\0';
	type += strlen(" - ");
	type[strcspn(type, " \n")] = '\0';
	unescape(point);
	info->device = makedev((unsigned int)numbers[0], (unsigned int)numbers[1]);
	snprintf(info->type, sizeof(info->type), "%s", type);
	return point;
}

int utfs_mountinfo_find(const char *path, struct utfs_mountinfo *info)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct utfs_mountinfo one;
	char *line = NULL;
	size_t size_bytes = 0;
	int ret = -ENOENT;

	if (!file)
		return -errno;
	while (getline(&line, &size_bytes, file) > 0) {
		const char *point = parse_line(line, &one);

		/* The last one lies on top. */
		if (point && strcmp(point, path) == 0) {
			*info = one;
			ret = 0;
		}
	}
	free(line);
	fclose(file);
	return ret;
}

int utfs_mountinfo_resolve(const char *path, char **resolved)
{
	char *copy = NULL;
	char *parent = NULL;
	char *slash;
	int ret = 0;

	*resolved = realpath(path, NULL);
	if (*resolved || (errno != ENOTCONN && errno != ECONNABORTED && errno != EACCES))
		return *resolved ? 0 : -errno;
	/* The last part cannot be looked at: it is a mount without a server, or another user's. */
	ret = -ENOMEM;
	copy = strdup(path);
	if (!copy)
		goto out;
	while (strlen(copy) > 1 && copy[strlen(copy) - 1] == '/')
		copy[strlen(copy) - 1] = '\0';
	slash = strrchr(copy, '/');
	if (slash)
		*slash = '\0';
	parent = realpath(slash ? (slash == copy ? "/" : copy) : ".", NULL);
	ret = -errno;
	if (parent)
		ret = 0;
	if (parent && asprintf(resolved, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent,
			       slash ? slash + 1 : copy) < 0)
		ret = -ENOMEM;
	if (ret)
		*resolved = NULL;
out:
	free(parent);
	free(copy);
	return ret;
}

/* The helper that unmounts for users; its complaints are not ours to print. */
static int detach_by_helper(const char *path)
{
	char *const argv[] = {"fusermount3", "-u", "-z", "-q", "--", (char *)path, NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	int ret;

	ret = -posix_spawn_file_actions_init(&actions);
	if (ret)
		return ret;
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	ret = -posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (ret)
		return ret;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

int utfs_mountinfo_detach(const char *path)
{
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	return errno == EPERM ? detach_by_helper(path) : -errno;
}

/* Asks the server: attributes the kernel would give without it. */
static bool is_dead(const char *path)
{
	struct statfs st;

	return statfs(path, &st) && (errno == ENOTCONN || errno == ECONNABORTED);
}

int utfs_mountinfo_heal(const char *path, const char *type)
{
	struct utfs_mountinfo info;
	char full[sizeof(info.type)];
	int ret;

	snprintf(full, sizeof(full), "fuse.%s", type);
	for (int i = 0; i < STALE_MAX; i++) {
		ret = utfs_mountinfo_find(path, &info);
		if (ret)
			return ret == -ENOENT ? 0 : ret;
		if (strcmp(info.type, full) != 0)
			return 0;
		if (!is_dead(path))
			return -EBUSY;
		ret = utfs_mountinfo_detach(path);
		if (ret)
			return ret;
	}
	return -EBUSY;
}

/* Does the server there answer, and end? */
static int ask_to_stop(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, UTFS_FUSE_IOC_STOP) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int end_mount(const char *path)
{
	static const char prefix[] = "fuse.utracefs";
	struct utfs_mountinfo info = {0};
	struct utfs_mountinfo after = {0};
	int ret;

	ret = utfs_mountinfo_find(path, &info);
	if (ret)
		return ret == -ENOENT ? -EINVAL : ret;
	if (strncmp(info.type, prefix, sizeof(prefix) - 1) != 0)
		return -EINVAL;
	ask_to_stop(path);
	/* It took itself away, if it lives and sees the same mounts as we do. */
	ret = utfs_mountinfo_find(path, &after);
	if (ret == 0 && after.device == info.device)
		return utfs_mountinfo_detach(path);
	return ret == -ENOENT ? 0 : ret;
}

int utfs_mount_end(const char *mountpoint)
{
	char *path = NULL;
	int ret;

	ret = utfs_mountinfo_resolve(mountpoint, &path);
	if (ret == 0)
		ret = end_mount(path);
	free(path);
	return ret;
}
