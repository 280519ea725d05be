/* SPDX-License-Identifier: MIT */
/*
 * Files that stand in for the kernel's in the namespace of utracefs exec. They live in a tmpfs that is mounted for a moment only: what is bound
 * from it stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exec.h"

#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"
#define MOUNTS	       "/proc/mounts"

static int bind_fd(int source_fd, int target_fd)
{
	char source[64];
	char target[64];

	snprintf(source, sizeof(source), "/proc/self/fd/%d", source_fd);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", target_fd);
	return mount(source, target, NULL, MS_BIND, NULL) ? -errno : 0;
}

/* A symbolic link is covered itself, not what it leads to. */
static int cover_file(int source_fd, const char *path)
{
	int target_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int ret;

	if (target_fd < 0)
		return -errno;
	ret = bind_fd(source_fd, target_fd);
	close(target_fd);
	return ret;
}

static int make_file(int directory_fd, const char *name, mode_t mode, const char *content, int *fd)
{
	size_t len_bytes = strlen(content);
	int ret = 0;

	*fd = openat(directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (*fd < 0)
		return -errno;
	if (fchmod(*fd, mode) || write(*fd, content, len_bytes) != (ssize_t)len_bytes)
		ret = -errno;
	if (ret)
		close(*fd);
	return ret;
}

/* trace-cmd writes it and takes no for an answer badly; the kernel's own function tracer is none of its business here. */
static int shadow_ftrace_enabled(int directory_fd)
{
	int fd;
	int ret;

	ret = make_file(directory_fd, "ftrace_enabled", 0644, "1\n", &fd);
	if (ret)
		return ret;
	ret = cover_file(fd, FTRACE_ENABLED);
	close(fd);
	return ret == -ENOENT ? 0 : ret;
}

int utfs_exec_files_make(const char *directory, bool shows_mounts, int *mounts_fd)
{
	int directory_fd;
	int ret = 0;

	*mounts_fd = -1;
	if (mount("utracefs-exec", directory, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0755"))
		return -errno;
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0)
		ret = -errno;
	if (ret == 0)
		ret = shadow_ftrace_enabled(directory_fd);
	if (ret == 0 && shows_mounts) {
		ret = make_file(directory_fd, "mounts", 0644, "", mounts_fd);
		if (ret == 0)
			ret = cover_file(*mounts_fd, MOUNTS);
	}
	if (directory_fd >= 0)
		close(directory_fd);
	if (umount2(directory, MNT_DETACH) && ret == 0)
		ret = -errno;
	return ret;
}

/* As the kernel writes it: what would end a word is in octal. */
static void print_escaped(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (strchr(" \t\n\\#", *text))
			fprintf(file, "\\%03o", (unsigned int)(unsigned char)*text);
		else
			fputc(*text, file);
	}
}

static int copy_file(FILE *to, const char *path)
{
	FILE *from = fopen(path, "re");
	char buf[4096];
	size_t n;

	if (!from)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), from)) > 0)
		fwrite(buf, 1, n, to);
	fclose(from);
	return 0;
}

int utfs_exec_files_show_mounts(int mounts_fd, const char *directory)
{
	FILE *file = fdopen(mounts_fd, "w");
	int ret;

	if (!file) {
		ret = -errno;
		close(mounts_fd);
		return ret;
	}
	fputs("tracefs ", file);
	print_escaped(file, directory);
	fputs(" tracefs rw,nosuid,nodev,noexec,relatime 0 0\n", file);
	ret = copy_file(file, "/proc/self/mounts");
	if (fclose(file) && ret == 0)
		ret = -errno;
	return ret;
}
