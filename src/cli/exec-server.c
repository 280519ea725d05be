/* SPDX-License-Identifier: MIT */
/* The process that serves the tree for utracefs exec. It is nobody's child, so that the command meets no child that it did not start. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/exec.h"
#include "fuse/mount.h"

#define SERVER_FD (STDERR_FILENO + 1)

/* One byte that says "so far so good"; a descriptor may come with it. */
static int send_step(int socket, int fd)
{
	char step = '1';
	struct iovec iov = {.iov_base = &step, .iov_len = 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(fd))];
	} control = {0};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(fd)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	do {
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -1;
}

/* Return: 0; -1 the other side has gone. *fd: what came along, or -1. */
static int receive_step(int socket, int *fd)
{
	char step;
	struct iovec iov = {.iov_base = &step, .iov_len = 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(*fd))];
	} control = {0};
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *header;
	ssize_t n;

	*fd = -1;
	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return 0;
}

static void keep_nothing_open(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close(null);
}

static void mounted(void *arg)
{
	const int *socket = arg;

	keep_nothing_open();
	if (chdir("/") || send_step(*socket, -1))
		return; /* the command's side was killed; the mount goes with it */
	close(*socket);
}

static int serve(int socket)
{
	const struct utfs_mount_options options = {
		.uid = geteuid(),
		/* In a user namespace no other group has a name. */
		.gid = getegid(),
		.mode = (mode_t)-1,
	};
	char why[UTFS_MOUNT_WHY_BYTES] = "";
	struct utfs_trace *trace;
	int status = 0;
	int fd;

	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	if (send_step(socket, -1) || receive_step(socket, &fd) || fd < 0) {
		status = UTFS_CLI_FAILED;
	} else if (utfs_mount_trace_serve(trace, fd, &options, mounted, &socket, why)) {
		fprintf(stderr, "utracefs: %s\n", why);
		status = UTFS_CLI_FAILED;
	}
	utfs_trace_close(trace);
	return status;
}

/* Nothing of the command's stays open here, or pipelines would wait for the server. */
static int run_server(int socket)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};

	setsid();
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	if (socket != SERVER_FD)
		dup2(socket, SERVER_FD);
	fcntl(SERVER_FD, F_SETFD, FD_CLOEXEC);
	close_range(SERVER_FD + 1, UINT_MAX, 0);
	return serve(SERVER_FD);
}

/* By way of a child that ends at once. */
static int fork_server(const int sockets[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		close(sockets[0]);
		pid = fork();
		if (pid == 0)
			_exit(run_server(sockets[1]));
		if (pid < 0)
			utfs_cli_complain("exec: fork", errno);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return pid < 0 ? -errno : 0;
}

int utfs_exec_server_start(int *socket)
{
	int sockets[2];
	int none;
	int ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets)) {
		utfs_cli_complain("exec: socketpair", errno);
		return -1;
	}
	ret = fork_server(sockets);
	close(sockets[1]);
	if (ret) {
		utfs_cli_complain("exec: fork", ret);
		goto out;
	}
	/* If not, the server has said why. */
	ret = receive_step(sockets[0], &none);
out:
	if (ret) {
		close(sockets[0]);
		return -1;
	}
	*socket = sockets[0];
	return 0;
}

int utfs_exec_server_serve(int socket, int fuse_fd)
{
	int none;

	if (send_step(socket, fuse_fd) == 0 && receive_step(socket, &none) == 0)
		return 0;
	return -1;
}
