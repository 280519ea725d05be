/* SPDX-License-Identifier: MIT */
/*
 * utracefs cat: files to the standard output. A stream that has nothing yet is waited for. What ends it (Ctrl-C, a closed
 * pipe) first closes the file, so that what it pinned is free at once, and then ends the program as if it had not been caught.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

#define BUFFER_BYTES (128 * 1024)
#define GATHER_MS                                                                                  \
	2 /* what comes in this time comes along: who is woken by each event moves one at a time */
#define WAIT_MS 1000 /* for what a writer killed before its wake-up call left behind */

static volatile sig_atomic_t ended_by;
static struct utfs_trace *waiting_on;

static void end(int number)
{
	int saved = errno;

	ended_by = number;
	/* It may be about to sleep: then the counting up keeps it from it. */
	utfs_trace_data_kick(waiting_on);
	errno = saved;
}

static void catch_signals(struct utfs_trace *trace)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = end};
	struct sigaction old;

	waiting_on = trace;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static void die_of(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

static int put(const char *buf, size_t len_bytes)
{
	while (len_bytes > 0) {
		ssize_t n = write(STDOUT_FILENO, buf, len_bytes);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0 && ended_by)
			return -EINTR;
		if (n > 0) {
			buf += n;
			len_bytes -= (size_t)n;
		}
	}
	return 0;
}

/* Return: nothing; early when a signal comes. */
static void gather(void)
{
	const struct timespec pause = {.tv_nsec = GATHER_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* Return: bytes, 0 at the end, -EINTR told to end, another negative errno. */
static ssize_t read_waiting(struct utfs_trace *trace, struct eventfs_file *file, char *buf,
			    off_t off)
{
	struct eventfs_request who = utfs_cli_request();

	while (!ended_by) {
		uint32_t seen = utfs_trace_data_sequence(trace);
		ssize_t n = eventfs_read(file, &who, buf, BUFFER_BYTES, off);

		if (n != -EAGAIN)
			return n;
		if (!ended_by && utfs_trace_data_wait(trace, seen, WAIT_MS) == 0)
			gather();
	}
	return -EINTR;
}

/* *where: what an error is about. */
static int copy(struct utfs_trace *trace, const char *path, const char **where)
{
	struct eventfs_file *file = NULL;
	char *buf = malloc(BUFFER_BYTES);
	off_t off = 0;
	ssize_t n = 0;
	int ret = -ENOMEM;

	*where = path;
	if (buf)
		ret = utfs_cli_open_file(trace, path, O_RDONLY, &file);
	while (ret == 0 && (n = read_waiting(trace, file, buf, off)) > 0) {
		off += n;
		ret = put(buf, (size_t)n);
		if (ret)
			*where = "standard output";
	}
	if (ret == 0 && n < 0)
		ret = (int)n;
	eventfs_release(file);
	free(buf);
	return ret;
}

int utfs_cmd_cat(const struct utfs_command *command, int argc, char **argv)
{
	struct utfs_trace *trace;
	const char *where;
	int status = 0;
	int ret = 0;

	if (argc < 2 || argv[1][0] == '-')
		return utfs_cli_usage(command);
	if (utfs_cli_open(&trace))
		return UTFS_CLI_FAILED;
	catch_signals(trace);
	for (int i = 1; i < argc && !ended_by && ret != -EPIPE; i++) {
		ret = copy(trace, argv[i], &where);
		if (ret && ret != -EPIPE && !ended_by)
			status = utfs_cli_complain_in(trace, where, ret);
	}
	/* From here on a signal ends us at once. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	utfs_trace_close(trace);
	if (ended_by)
		die_of(ended_by);
	if (ret == -EPIPE)
		die_of(SIGPIPE);
	return status;
}
