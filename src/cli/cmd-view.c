/* SPDX-License-Identifier: MIT */
/* utracefs view: what was recorded, or is being recorded, as a page in the browser. */
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
#include "cli/live.h"
#include "view/view.h"

#define PROGRESS_EVENTS (1 << 18)

/* Live: events that are kept unless it is said how many. About 120 MB where records have 30 bytes. */
#define KEPT_EVENTS 2000000
#define KEPT_LEAST  1000

struct viewing {
	struct utfs_view_wish wish;
	struct utfs_session_wish session;
	const char *const *paths;
	size_t nr_paths;
	char *title;		     /* what the wish's one points into */
	struct utfs_live *live;	     /* NULL: files */
	struct utfs_recording *file; /* they, as one */
	struct utfs_view_store store;
	struct utfs_view *view;
	uint32_t kept;
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

static int load(struct viewing *viewing)
{
	struct utfs_recording_failure failure;
	struct utfs_recording_event event;
	int ret = utfs_recording_open(viewing->paths, viewing->nr_paths, &viewing->file, &failure);

	if (ret) {
		fprintf(stderr, "utracefs: %s%s%s\n", failure.path ? failure.path : "",
			failure.path ? ": " : "", failure.text);
		return UTFS_CLI_FAILED;
	}
	do {
		ret = utfs_recording_next(viewing->file, &event);
		if (ret == 1)
			ret = utfs_view_store_add(&viewing->store, &event);
		else if (!ret)
			ret = 1;
		show_progress(viewing->store.nr, ret);
	} while (!ret);
	viewing->wish.recording = viewing->file;
	return ret < 0 ? utfs_cli_complain(viewing->paths[0], ret) : 0;
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
	if (viewing->live && utfs_live_start(viewing->live, viewing->view, &viewing->store))
		return UTFS_CLI_FAILED;
	printf("%s\n", utfs_view_address(viewing->view));
	if (fflush(stdout))
		return utfs_cli_complain("standard output", errno);
	if (isatty(STDERR_FILENO))
		fputs("Open it in a browser on this machine. Ctrl-C ends it.\n", stderr);
	if (viewing->opens)
		open_browser(utfs_view_address(viewing->view));
	sigwait(signals, &number);
	return viewing->live ? utfs_live_stop(viewing->live) : 0;
}

static bool parse_number(const char *text, unsigned long most, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number <= most;
}

static bool parse_option(struct viewing *viewing, int opt, size_t *nr_patterns, char **patterns)
{
	unsigned long number;
	bool ok = true;

	switch (opt) {
	case 'b':
		viewing->session.buffer_kb = optarg;
		break;
	case 'e':
		patterns[(*nr_patterns)++] = optarg;
		break;
	case 'k':
		ok = parse_number(optarg, UINT32_MAX - 2, &number) && number >= KEPT_LEAST;
		viewing->kept = (uint32_t)number;
		break;
	case 'L':
		viewing->wish.is_live = true;
		break;
	case 'O':
		viewing->opens = true;
		break;
	case 'p':
		ok = parse_number(optarg, UINT16_MAX, &number);
		viewing->wish.port = (uint16_t)number;
		break;
	default:
		ok = false;
	}
	return ok;
}

static bool parse(struct viewing *viewing, char **patterns, int argc, char **argv)
{
	static const struct option longs[] = {
		{"buffer-size", required_argument, NULL, 'b'},
		{"event", required_argument, NULL, 'e'},
		{"keep", required_argument, NULL, 'k'},
		{"live", no_argument, NULL, 'L'},
		{"open", no_argument, NULL, 'O'},
		{"port", required_argument, NULL, 'p'},
		{0},
	};
	static const char *const unnamed[] = {"trace.dat"};
	static char all[] = "*:*";
	size_t nr_patterns = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "b:e:k:p:", longs, NULL)) != -1) {
		if (!parse_option(viewing, opt, &nr_patterns, patterns))
			return false;
	}
	viewing->paths = optind < argc ? (const char *const *)argv + optind : unnamed;
	viewing->nr_paths = optind < argc ? (size_t)(argc - optind) : 1;
	if (!viewing->wish.is_live)
		return !nr_patterns && !viewing->kept && !viewing->session.buffer_kb;
	if (!nr_patterns)
		patterns[0] = all;
	viewing->session.patterns = patterns;
	return optind == argc;
}

/* What is to be served. */
static int prepare(struct viewing *viewing)
{
	int status;

	if (viewing->wish.is_live) {
		viewing->wish.title = "live";
		utfs_view_store_limit(&viewing->store, viewing->kept ? viewing->kept : KEPT_EVENTS);
		status = utfs_live_open(&viewing->session, &viewing->live);
		if (!status)
			viewing->wish.recording = utfs_live_recording(viewing->live);
		return status;
	}
	viewing->title = strdup(viewing->paths[0]);
	if (!viewing->title)
		return utfs_cli_complain("view", ENOMEM);
	viewing->wish.title = basename(viewing->title);
	return load(viewing);
}

static int view(struct viewing *viewing)
{
	sigset_t signals;
	int status = 0;

	/* An instance of our own goes however we are told to end; a file may be left in the middle. */
	if (viewing->wish.is_live)
		hold_signals(&signals);
	status = prepare(viewing);
	if (!status) {
		hold_signals(&signals);
		status = serve(viewing, &signals);
	}
	utfs_view_close(viewing->view);
	utfs_view_store_fini(&viewing->store);
	utfs_recording_close(viewing->file);
	utfs_live_close(viewing->live);
	free(viewing->title);
	return status;
}

int utfs_cmd_view(const struct utfs_command *command, int argc, char **argv)
{
	struct viewing viewing = {0};
	char **patterns = calloc((size_t)argc + 2, sizeof(*patterns));
	int status;

	if (!patterns)
		return utfs_cli_complain(command->name, ENOMEM);
	status = parse(&viewing, patterns, argc, argv) ? view(&viewing) : utfs_cli_usage(command);
	free(patterns);
	return status;
}
