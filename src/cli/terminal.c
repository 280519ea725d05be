/* SPDX-License-Identifier: MIT */
#include "cli/terminal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t ended_by;

static void end(int number)
{
	ended_by = number;
}

void utfs_terminal_init(void)
{
	struct sigaction action = {.sa_handler = end};
	struct sigaction old;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

void utfs_terminal_look(struct utfs_terminal *terminal)
{
	const char *kind = getenv("TERM"), *no_color = getenv("NO_COLOR");
	struct winsize size;

	*terminal = (struct utfs_terminal){.columns = 80};
	terminal->is_terminal = isatty(STDOUT_FILENO) && kind && strcmp(kind, "dumb") != 0;
	if (!terminal->is_terminal)
		return;
	terminal->has_colors = !no_color || !*no_color;
	terminal->rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
		terminal->rows = size.ws_row;
		terminal->columns = size.ws_col;
	}
}

void utfs_terminal_begin(struct utfs_terminal *terminal, bool is_first)
{
	terminal->shown = 0;
	if (terminal->is_terminal)
		fputs(is_first ? "\033[H\033[2J" : "\033[H", stdout);
	else if (!is_first)
		putchar('\n');
}

size_t utfs_terminal_fit(const char *text, unsigned int *columns)
{
	unsigned int taken = 0;
	size_t bytes = 0;

	/* A character is its first byte and those that go on with it (UTF-8). */
	for (; text[bytes]; bytes++) {
		bool goes_on = ((unsigned char)text[bytes] & 0xc0) == 0x80;

		if (!goes_on && taken == *columns)
			break;
		taken += !goes_on;
	}
	*columns = taken;
	return bytes;
}

void utfs_terminal_row(struct utfs_terminal *terminal, bool is_head, const char *text,
		       unsigned int bar)
{
	/* Not the last column either: behind it, what clears the rest of a row would clear it. */
	unsigned int room = terminal->is_terminal ? terminal->columns - 1 : UINT_MAX;
	unsigned int columns = room;
	const size_t bytes = utfs_terminal_fit(text, &columns);

	if (terminal->is_terminal && terminal->shown + 1 >= terminal->rows)
		return;
	terminal->shown++;
	fputs(terminal->has_colors && is_head ? "\033[1m" : "", stdout);
	for (size_t i = 0; i < bytes; i++)
		putchar((unsigned char)text[i] < ' ' || text[i] == '\177' ? '?' : text[i]);
	if (bar > room - columns)
		bar = room - columns;
	fputs(terminal->has_colors && bar ? "\033[36m" : "", stdout);
	for (unsigned int i = 0; i < bar; i++)
		putchar('#');
	fputs(terminal->has_colors && (is_head || bar) ? "\033[0m" : "", stdout);
	puts(terminal->is_terminal ? "\033[K" : "");
}

int utfs_terminal_end(const struct utfs_terminal *terminal)
{
	/* What is left of a longer picture. */
	if (terminal->is_terminal)
		fputs("\033[J", stdout);
	return fflush(stdout) || ferror(stdout) ? -(errno ? errno : EIO) : 0;
}

bool utfs_terminal_wait(double seconds)
{
	struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	sigset_t held, before;

	/* A signal between the question and the sleep ends the sleep. */
	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&held, numbers[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	if (!ended_by)
		(void)ppoll(NULL, 0, &left, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return !ended_by;
}

void utfs_terminal_fini(void)
{
	if (!ended_by)
		return;
	signal(ended_by, SIG_DFL);
	raise(ended_by);
}

bool utfs_terminal_seconds(const char *text, double *seconds)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*seconds = strtod(text, &end);
	return !*end && *seconds >= 0.01 && *seconds <= 86400;
}
