/* SPDX-License-Identifier: MIT */
/* utracefs view: what was recorded, as a page in the browser. */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "view/view.h"

#define PROGRESS_EVENTS (1 << 18)

struct viewing {
	struct utfs_view_wish wish;
	struct utfs_recording *recording;
	struct utfs_view_store store;
	struct utfs_view *view;
	bool opens;
};

/* From now on the signals that end us wait until they are waited for. */
static void hold_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	sigprocmask(SIG_BLOCK, signals, NULL);
}

static void show_progress(uint32_t nr, bool is_last)
{
	if (!isatty(STDERR_FILENO) || (!is_last && nr % PROGRESS_EVENTS))
		return;
	fputs("\r\033[K", stderr);
	if (!is_last)
		fprintf(stderr, "%u events", nr);
}

static int load(struct viewing *viewing, const char *const *paths, size_t nr_paths)
{
	struct utfs_recording_failure failure;
	struct utfs_recording_event event;
	int ret = utfs_recording_open(paths, nr_paths, &viewing->recording, &failure);

	if (ret) {
		fprintf(stderr, "utracefs: %s%s%s\n", failure.path ? failure.path : "",
			failure.path ? ": " : "", failure.text);
		return UTFS_CLI_FAILED;
	}
	do {
		ret = utfs_recording_next(viewing->recording, &event);
		if (ret == 1)
			ret = utfs_view_store_add(&viewing->store, &event);
		else if (!ret)
			ret = 1;
		show_progress(viewing->store.nr, ret);
	} while (!ret);
	return ret < 0 ? utfs_cli_complain(paths[0], ret) : 0;
}

static void open_browser(const char *address)
{
	char *const arguments[] = {"xdg-open", (char *)address, NULL};
	pid_t pid;
	int error = posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ);

	if (error)
		utfs_cli_complain(arguments[0], error);
}

/* Until a signal. */
static int serve(struct viewing *viewing, const sigset_t *signals)
{
	int number, ret = utfs_view_open(&viewing->wish, &viewing->store, &viewing->view);
	char port[32];

	if (ret) {
		snprintf(port, sizeof(port), "port %u", viewing->wish.port);
		return utfs_cli_complain(port, ret);
	}
	printf("%s\n", utfs_view_address(viewing->view));
	if (fflush(stdout))
		return utfs_cli_complain("standard output", errno);
	if (isatty(STDERR_FILENO))
		fputs("Open it in a browser on this machine. Ctrl-C ends it.\n", stderr);
	if (viewing->opens)
		open_browser(utfs_view_address(viewing->view));
	sigwait(signals, &number);
	return 0;
}

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	*port = (uint16_t)number;
	return *text >= '0' && *text <= '9' && !*end && number <= UINT16_MAX;
}

static bool parse(struct viewing *viewing, int argc, char **argv)
{
	static const struct option longs[] = {
		{"open", no_argument, NULL, 'O'},
		{"port", required_argument, NULL, 'p'},
		{0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "p:", longs, NULL)) != -1) {
		if (opt == 'O')
			viewing->opens = true;
		else if (opt != 'p' || !parse_port(optarg, &viewing->wish.port))
			return false;
	}
	return true;
}

int utfs_cmd_view(const struct utfs_command *command, int argc, char **argv)
{
	static const char *const unnamed[] = {"trace.dat"};
	struct viewing viewing = {0};
	const char *const *paths = unnamed;
	size_t nr_paths = 1;
	char *copy = NULL;
	sigset_t signals;
	int status;

	if (!parse(&viewing, argc, argv))
		return utfs_cli_usage(command);
	if (optind < argc) {
		paths = (const char *const *)argv + optind;
		nr_paths = (size_t)(argc - optind);
	}
	copy = strdup(paths[0]);
	if (!copy)
		return utfs_cli_complain(command->name, ENOMEM);
	viewing.wish.title = basename(copy);
	status = load(&viewing, paths, nr_paths);
	viewing.wish.recording = viewing.recording;
	if (!status) {
		hold_signals(&signals);
		status = serve(&viewing, &signals);
	}
	utfs_view_close(viewing.view);
	utfs_view_store_fini(&viewing.store);
	utfs_recording_close(viewing.recording);
	free(copy);
	return status;
}
