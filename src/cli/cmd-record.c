/* SPDX-License-Identifier: MIT */
/*
 * utracefs record: what a command does, or all programs do until Ctrl-C, into a trace.dat.
 *
 * The first SIGINT, SIGTERM or SIGHUP goes to the command, too, and recording goes on until that has ended: how it ends is part of its trace. A
 * second one ends recording at once. Either way the file is completed.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/recorder.h"

#define WAIT_MS	    200 /* between two looks at what nobody wakes us for */
#define PROGRESS_MS 500

struct recording {
	struct utfs_recorder_wish wish;
	struct utfs_trace *trace;
	struct utfs_recorder *recorder;
	char **command; /* NULL: until a signal */
	bool is_quiet, shows_progress, failed;
	uint64_t shown_ms;
	int wait_status; /* of the command */
};

static volatile sig_atomic_t nr_signals, last_signal;
static _Atomic(pid_t) child;
static struct utfs_trace *waiting_on;

static void on_signal(int number, siginfo_t *info, void *context)
{
	const int saved = errno;
	const pid_t pid = child;

	(void)context;
	if (number != SIGCHLD) {
		nr_signals = nr_signals + 1;
		last_signal = number;
		/* From the terminal it has got it as we have. */
		if (pid > 0 && info->si_code != SI_KERNEL)
			kill(pid, number);
	}
	utfs_trace_data_kick(waiting_on);
	errno = saved;
}

static void catch_signals(struct utfs_trace *trace)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct sigaction old;

	waiting_on = trace;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], NULL, &old);
		/* Scripts start us in the background, where the shell has SIGINT ignored, and end us with it. */
		if (old.sa_handler != SIG_IGN || numbers[i] != SIGHUP)
			sigaction(numbers[i], &action, NULL);
	}
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void print_counts(const struct utfs_recorder_counts *counts)
{
	static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
	double size = (double)counts->bytes;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		size /= 1024;
	fprintf(stderr, "%llu events, %.*f %s, %llu lost", (unsigned long long)counts->events,
		unit ? 1 : 0, size, units[unit], (unsigned long long)counts->lost);
}

static int show_progress(struct recording *recording)
{
	struct utfs_recorder_counts counts;
	uint64_t now = now_ms();

	if (!recording->shows_progress || now - recording->shown_ms < PROGRESS_MS)
		return 0;
	recording->shown_ms = now;
	if (utfs_recorder_count(recording->recorder, &counts))
		return UTFS_CLI_FAILED;
	fputs("\r\033[K", stderr);
	print_counts(&counts);
	return 0;
}

/* Has the command ended, or were we told to? */
static bool is_over(struct recording *recording)
{
	pid_t pid = child;

	if (pid > 0 && waitpid(pid, &recording->wait_status, WNOHANG) == pid)
		child = 0;
	return recording->command ? !child || nr_signals > 1 : nr_signals > 0;
}

static int record(struct recording *recording)
{
	bool moved, over;
	int status = 0;

	do {
		uint32_t seen = utfs_trace_data_sequence(recording->trace);

		over = is_over(recording);
		status = utfs_recorder_move(recording->recorder, &moved);
		if (!status)
			status = show_progress(recording);
		if (!status && !moved && !over)
			(void)utfs_trace_data_wait(recording->trace, seen, WAIT_MS);
	} while (!status && !over);
	if (recording->shows_progress)
		fputs("\r\033[K", stderr);
	return status;
}

static int finish(const struct recording *recording)
{
	struct utfs_recorder_counts counts;

	if (utfs_recorder_finish(recording->recorder))
		return UTFS_CLI_FAILED;
	if (recording->is_quiet)
		return 0;
	if (utfs_recorder_count(recording->recorder, &counts))
		return UTFS_CLI_FAILED;
	fprintf(stderr, "%s: ", recording->wish.output);
	print_counts(&counts);
	fputc('\n', stderr);
	return 0;
}

static int start(const struct recording *recording)
{
	pid_t pid;
	int error;

	if (!recording->command)
		return 0;
	error = posix_spawnp(&pid, recording->command[0], NULL, NULL, recording->command, environ);
	if (!error) {
		child = pid;
		return 0;
	}
	utfs_cli_complain(recording->command[0], error);
	return error == ENOENT ? UTFS_CLI_NOT_FOUND : UTFS_CLI_NOT_EXECUTABLE;
}

/* Return: the command's; ours where there was none. */
static int status_of(const struct recording *recording)
{
	if (!recording->command)
		return 0;
	if (child)
		return UTFS_CLI_SIGNAL + last_signal;
	return WIFSIGNALED(recording->wait_status)
		       ? UTFS_CLI_SIGNAL + WTERMSIG(recording->wait_status)
		       : WEXITSTATUS(recording->wait_status);
}

static int run(struct recording *recording)
{
	int status = utfs_recorder_open(recording->trace, &recording->wish, &recording->recorder);

	if (status)
		return status;
	status = start(recording);
	if (!status) {
		status = record(recording);
		/* What could not be moved is not in it, what was is. */
		if (finish(recording))
			status = UTFS_CLI_FAILED;
		if (!status)
			status = status_of(recording);
	}
	utfs_recorder_close(recording->recorder);
	return status;
}

static bool parse(struct recording *recording, char **patterns, int argc, char **argv)
{
	static const struct option longs[] = {
		{"instance", required_argument, NULL, 'B'},
		{"buffer-size", required_argument, NULL, 'b'},
		{"clock", required_argument, NULL, 'C'},
		{"event", required_argument, NULL, 'e'},
		{"output", required_argument, NULL, 'o'},
		{"quiet", no_argument, NULL, 'q'},
		{0},
	};
	static char all[] = "*:*";
	size_t n = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "+B:b:C:e:o:q", longs, NULL)) != -1) {
		switch (opt) {
		case 'B':
			recording->wish.session.instance = optarg;
			break;
		case 'b':
			recording->wish.session.buffer_kb = optarg;
			break;
		case 'C':
			recording->wish.session.clock = optarg;
			break;
		case 'e':
			patterns[n++] = optarg;
			break;
		case 'o':
			recording->wish.output = optarg;
			break;
		case 'q':
			recording->is_quiet = true;
			break;
		default:
			return false;
		}
	}
	/* An instance that was there is recorded as it was set up. */
	if (!n && !recording->wish.session.instance)
		patterns[n] = all;
	if (optind < argc)
		recording->command = argv + optind;
	return true;
}

int utfs_cmd_record(const struct utfs_command *command, int argc, char **argv)
{
	struct recording recording = {.wish.output = "trace.dat"};
	char **patterns = calloc((size_t)argc + 2, sizeof(*patterns));
	int status;

	if (!patterns)
		return utfs_cli_complain(command->name, ENOMEM);
	recording.wish.session.patterns = patterns;
	if (!parse(&recording, patterns, argc, argv)) {
		status = utfs_cli_usage(command);
	} else if (utfs_cli_open(&recording.trace)) {
		status = UTFS_CLI_FAILED;
	} else {
		recording.shows_progress = !recording.is_quiet && isatty(STDERR_FILENO);
		catch_signals(recording.trace);
		status = run(&recording);
		signal(SIGCHLD, SIG_DFL);
		utfs_trace_close(recording.trace);
	}
	free(patterns);
	return status;
}
