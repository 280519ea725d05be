/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors.h"
#include "trace/trace.h"
#include "utracefs/runtime.h"

#define REMOVE "-:lin/goes"

static const char *const events[] = {"stays", "goes"};

static const char *instance_path(unsigned int name)
{
	static char path[64];

	snprintf(path, sizeof(path), "instances/%c", 'a' + name);
	return path;
}

static const char *enable_path(unsigned int name, unsigned int event)
{
	static char path[96];

	snprintf(path, sizeof(path), "instances/%c/events/lin/%s/enable", 'a' + name,
		 events[event]);
	return path;
}

/* The core -------------------------------------------------------------------------------------------- */

static struct eventfs *fs;
static struct eventfs_file *file;
static uint64_t instances_id;
static struct eventfs_request request;

static int core_start(const char *mountpoint)
{
	char why[UTFS_TRACE_WHY_BYTES];
	struct utfs_trace *trace;
	struct eventfs_attr attr;
	int ret = utfs_trace_open(NULL, &trace, why);

	(void)mountpoint;
	if (ret)
		return ret;
	request = (struct eventfs_request){
		.tid = gettid(), .uid = geteuid(), .gid = getegid(), .nonblock = true};
	fs = utfs_trace_fs(trace);
	ret = eventfs_walk(fs, "instances", &attr);
	instances_id = attr.id;
	return ret;
}

static int core_mkdir(unsigned int name)
{
	struct eventfs_attr attr;

	return eventfs_mkdir(fs, instances_id, strchr(instance_path(name), '/') + 1, 0750, &attr);
}

static int core_rmdir(unsigned int name)
{
	return eventfs_rmdir(fs, instances_id, strchr(instance_path(name), '/') + 1);
}

static int core_open_path(const char *path, int flags, struct eventfs_file **opened)
{
	struct eventfs_attr attr;
	int ret = eventfs_walk(fs, path, &attr);

	return ret ? ret : eventfs_open(fs, attr.id, &request, flags, opened);
}

static int core_open(unsigned int name, unsigned int event)
{
	return core_open_path(enable_path(name, event), O_RDWR, &file);
}

static int core_read(void)
{
	char text[8] = "";
	ssize_t n = eventfs_read(file, &request, text, sizeof(text) - 1, 0);

	return n < 0 ? (int)n : text[0] - '0';
}

static int core_write(unsigned int value)
{
	ssize_t n = eventfs_write(file, &request, value ? "1" : "0", 1, 0);

	return n < 0 ? (int)n : 0;
}

static int core_close(void)
{
	eventfs_release(file);
	return 0;
}

static int core_remove(void)
{
	struct eventfs_file *dynamic;
	ssize_t n;
	int ret = core_open_path("dynamic_events", O_WRONLY, &dynamic);

	if (ret)
		return ret;
	n = eventfs_write(dynamic, &request, REMOVE, sizeof(REMOVE) - 1, 0);
	eventfs_release(dynamic);
	return n < 0 ? (int)n : 0;
}

const struct linear_way linear_core = {
	.name = "core",
	.start = core_start,
	.mkdir = core_mkdir,
	.rmdir = core_rmdir,
	.open = core_open,
	.read = core_read,
	.write = core_write,
	.close = core_close,
	.remove = core_remove,
};

/* A mount ---------------------------------------------------------------------------------------------- */

static int fd;

static int mount_start(const char *mountpoint)
{
	return chdir(mountpoint) ? -errno : 0;
}

static int mount_mkdir(unsigned int name)
{
	return mkdir(instance_path(name), 0750) ? -errno : 0;
}

static int mount_rmdir(unsigned int name)
{
	return rmdir(instance_path(name)) ? -errno : 0;
}

static int mount_open(unsigned int name, unsigned int event)
{
	fd = open(enable_path(name, event), O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

static int mount_read(void)
{
	char text[8] = "";

	return pread(fd, text, sizeof(text) - 1, 0) < 0 ? -errno : text[0] - '0';
}

static int mount_write(unsigned int value)
{
	return pwrite(fd, value ? "1" : "0", 1, 0) < 0 ? -errno : 0;
}

static int mount_close(void)
{
	return close(fd) ? -errno : 0;
}

static int mount_remove(void)
{
	int dynamic = open("dynamic_events", O_WRONLY | O_CLOEXEC);
	int ret = dynamic < 0 ? -errno : 0;

	if (!ret && write(dynamic, REMOVE, sizeof(REMOVE) - 1) < 0)
		ret = -errno;
	if (dynamic >= 0)
		close(dynamic);
	return ret;
}

const struct linear_way linear_mount = {
	.name = "mount",
	.start = mount_start,
	.mkdir = mount_mkdir,
	.rmdir = mount_rmdir,
	.open = mount_open,
	.read = mount_read,
	.write = mount_write,
	.close = mount_close,
	.remove = mount_remove,
	.close_lingers = true,
	.stays_only = true,
};

/* The command ------------------------------------------------------------------------------------------ */

static const char *command;

static int command_start(const char *mountpoint)
{
	(void)mountpoint;
	command = getenv("UTFS_CLI");
	return command ? 0 : -EINVAL;
}

/* What it says, as an errno. */
static int errno_of(const char *said)
{
	static const int known[] = {ENOENT, EEXIST, EBUSY, ENODEV, ETIMEDOUT};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strstr(said, strerror(known[i])))
			return -known[i];
	return -EIO;
}

static int command_run(char *const argv[])
{
	posix_spawn_file_actions_t actions;
	char said[512] = "";
	int fds[2], status, ret;
	ssize_t n, at = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
	ret = -posix_spawn(&pid, command, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while (!ret && (n = read(fds[0], said + at, sizeof(said) - 1 - (size_t)at)) > 0)
		at += n;
	close(fds[0]);
	if (ret)
		return ret;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? errno_of(said) : 0;
}

static int command_mkdir(unsigned int name)
{
	return command_run((char *[]){(char *)command, "mkdir", (char *)instance_path(name), NULL});
}

static int command_rmdir(unsigned int name)
{
	return command_run((char *[]){(char *)command, "rmdir", (char *)instance_path(name), NULL});
}

static int command_remove(void)
{
	return command_run(
		(char *[]){(char *)command, "write", "-a", "dynamic_events", REMOVE, NULL});
}

const struct linear_way linear_command = {
	.name = "command",
	.start = command_start,
	.mkdir = command_mkdir,
	.rmdir = command_rmdir,
	.remove = command_remove,
};

/* An application ---------------------------------------------------------------------------------------- */

static struct utfs_runtime_event stays, goes;

static int program_start(const char *mountpoint)
{
	(void)mountpoint;
	return utfs_runtime_event_register(&stays, "lin/stays u32 n");
}

static int program_enlist(void)
{
	return utfs_runtime_event_register(&goes, "lin/goes u32 n");
}

static int program_discharge(void)
{
	utfs_runtime_event_unregister(&goes);
	return 0;
}

const struct linear_way linear_program = {
	.name = "program",
	.start = program_start,
	.enlist = program_enlist,
	.discharge = program_discharge,
};
