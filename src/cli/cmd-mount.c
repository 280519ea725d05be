/* SPDX-License-Identifier: MIT */
/*
 * utracefs mount, umount. A mount in the background is served by a child that says through a pipe how it went: one byte when the
 * mount is there; nothing when it failed, and why on the standard error. It opens the arena itself, because what
 * proves a process alive is not inherited.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "fuse/mount.h"

struct report {
	int fd; /* -1: nobody listens */
};

static void keep_away_from_terminal(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

static void mounted(void *arg)
{
	struct report *report = arg;

	if (report->fd < 0)
		return;
	keep_away_from_terminal();
	if (chdir("/")) /* keep no directory of who started us busy */
		return;
	if (write(report->fd, "1", 1) != 1)
		return; /* the parent was killed; the mount stays */
	close(report->fd);
}

static int serve(const char *directory, const struct utfs_mount_options *options, int report_fd)
{
	struct report report = {.fd = report_fd};
	char why[UTFS_MOUNT_WHY_BYTES] = "";
	struct utfs_trace *trace;
	int ret;

	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	ret = utfs_mount_trace(trace, directory, options, mounted, &report, why);
	if (ret)
		fprintf(stderr, "utracefs: %s\n", why);
	utfs_trace_close(trace);
	return ret ? UTFS_CLI_FAILED : 0;
}

/* Nothing of who started it stays open in a server, or pipelines would wait for it. */
static int serve_in_child(const char *directory, const struct utfs_mount_options *options, int fd)
{
	if (fd != STDERR_FILENO + 1) {
		dup2(fd, STDERR_FILENO + 1);
		fd = STDERR_FILENO + 1;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	close_range((unsigned int)fd + 1, UINT_MAX, 0);
	setsid();
	signal(SIGPIPE, SIG_IGN);
	/* A relative mount point is resolved before anybody could go elsewhere; the server stays where it is until then. */
	return serve(directory, options, fd);
}

static int serve_in_background(const char *directory, const struct utfs_mount_options *options)
{
	int status = 0;
	int fds[2];
	ssize_t n;
	pid_t pid;
	char byte;

	if (pipe2(fds, O_CLOEXEC))
		return utfs_cli_complain("pipe", errno);
	pid = fork();
	if (pid < 0)
		return utfs_cli_complain("fork", errno);
	if (pid == 0) {
		close(fds[0]);
		_exit(serve_in_child(directory, options, fds[1]));
	}
	close(fds[1]);
	do {
		n = read(fds[0], &byte, 1);
	} while (n < 0 && errno == EINTR);
	close(fds[0]);
	if (n == 1)
		return 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return UTFS_CLI_FAILED;
}

int utfs_cmd_mount(const struct utfs_command *command, int argc, char **argv)
{
	struct utfs_mount_options options;
	char why[UTFS_MOUNT_WHY_BYTES];
	bool foreground = false;
	const char *text = "";
	int opt;

	while ((opt = getopt(argc, argv, "fo:")) != -1) {
		if (opt == 'f')
			foreground = true;
		else if (opt == 'o')
			text = optarg;
		else
			return utfs_cli_usage(command);
	}
	if (argc - optind != 1)
		return utfs_cli_usage(command);
	if (utfs_mount_options_parse(text, &options, why)) {
		fprintf(stderr, "utracefs: %s\n", why);
		return UTFS_CLI_USAGE;
	}
	if (foreground)
		return serve(argv[optind], &options, -1);
	return serve_in_background(argv[optind], &options);
}

int utfs_cmd_umount(const struct utfs_command *command, int argc, char **argv)
{
	int ret;

	if (argc != 2 || argv[1][0] == '-')
		return utfs_cli_usage(command);
	ret = utfs_mount_end(argv[1]);
	if (ret == -EINVAL) {
		fprintf(stderr, "utracefs: %s: no utracefs is mounted there\n", argv[1]);
		return UTFS_CLI_FAILED;
	}
	return ret ? utfs_cli_complain(argv[1], ret) : 0;
}
