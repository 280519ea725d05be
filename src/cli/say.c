/* SPDX-License-Identifier: MIT */
/* What commands say: errors in words, usage, help, and what else could have been meant. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

int utfs_cli_complain(const char *subject, int error)
{
	fprintf(stderr, "utracefs: %s: %s\n", subject, strerror(abs(error)));
	return UTFS_CLI_FAILED;
}

int utfs_cli_complain_in(const struct utfs_trace *trace, const char *subject, int error)
{
	char holder[UTFS_TRACE_HOLDER_BYTES];

	if (abs(error) != ETIMEDOUT || !utfs_trace_holder(trace, holder))
		return utfs_cli_complain(subject, error);
	fprintf(stderr, "utracefs: %s: %s has a lock of the tree and does not go on\n", subject,
		holder);
	return UTFS_CLI_FAILED;
}

int utfs_cli_usage(const struct utfs_command *command)
{
	fprintf(stderr, "usage: utracefs %s %s\n", command->name, command->arguments);
	return UTFS_CLI_USAGE;
}

int utfs_cli_flushed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return utfs_cli_complain("standard output", errno);
}

/* Insertions, removals, replacements, and two neighbours that are exchanged: each counts one. */
static unsigned int distance_of(const char *a, const char *b)
{
	size_t n_a = strlen(a), n_b = strlen(b);
	unsigned int rows[3][UTFS_CLI_GUESS_BYTES];
	unsigned int *before = rows[0], *last = rows[1], *now = rows[2], *oldest;

	if (n_a >= UTFS_CLI_GUESS_BYTES || n_b >= UTFS_CLI_GUESS_BYTES)
		return UINT_MAX;
	for (unsigned int j = 0; j <= n_b; j++)
		last[j] = j;
	for (unsigned int i = 1; i <= n_a; i++) {
		now[0] = i;
		for (unsigned int j = 1; j <= n_b; j++) {
			unsigned int best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (best > last[j] + 1)
				best = last[j] + 1;
			if (best > now[j - 1] + 1)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    best > before[j - 2] + 1)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		oldest = before;
		before = last;
		last = now;
		now = oldest;
	}
	return last[n_b];
}

void utfs_cli_guess(struct utfs_cli_guess *guess, const char *name)
{
	unsigned int distance = distance_of(guess->word, name);

	/* A third of it may be wrong. */
	if (distance > (strlen(guess->word) + 2) / 3)
		return;
	if (*guess->best && distance >= guess->distance)
		return;
	guess->distance = distance;
	snprintf(guess->best, sizeof(guess->best), "%s", name);
}

void utfs_cli_did_you_mean(const struct utfs_cli_guess *guess)
{
	if (*guess->best)
		fprintf(stderr, "; did you mean '%s'?", guess->best);
}
