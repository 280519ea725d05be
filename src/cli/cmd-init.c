/* SPDX-License-Identifier: MIT */
/* utracefs init: an arena ahead of use. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* A name, or a number whether or not a group has it. */
static bool parse_group(const char *text, gid_t *gid)
{
	const struct group *group = getgrnam(text);
	unsigned long long number;
	char *end;

	if (group) {
		*gid = group->gr_gid;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	/* 2^32 - 1 is no id. */
	if (*end || errno || number >= UINT32_MAX)
		return false;
	*gid = (gid_t)number;
	return true;
}

/* Bytes, or with K, M, G. */
static bool parse_size(const char *text, uint64_t *size_bytes)
{
	static const char suffixes[] = "KMG";
	unsigned int shift = 0;
	const char *suffix;
	uint64_t number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		shift = 10 * (unsigned int)(suffix - suffixes + 1);
		end++;
	}
	if (*end || errno || !number || number > UINT64_MAX >> shift)
		return false;
	*size_bytes = number << shift;
	return true;
}

static int bad_value(const char *what, const char *text)
{
	fprintf(stderr, "utracefs: %s '%s'\n", what, text);
	return UTFS_CLI_FAILED;
}

static int make(const struct utfs_trace_init *init)
{
	char why[UTFS_TRACE_WHY_BYTES] = "";
	char path[4096];

	if (utfs_trace_arena_init(init, path, why)) {
		fprintf(stderr, "utracefs: %s\n", why);
		return UTFS_CLI_FAILED;
	}
	if (init->shared && geteuid() != 0)
		fprintf(stderr,
			"utracefs: %s: belongs to user %u, so other members of the group will "
			"refuse "
			"it; only what root makes is shared\n",
			path, (unsigned int)geteuid());
	return 0;
}

int utfs_cmd_init(const struct utfs_command *command, int argc, char **argv)
{
	static const struct option longs[] = {
		{"gid", required_argument, NULL, 'g'},
		{"locked", no_argument, NULL, 'l'},
		{"size", required_argument, NULL, 's'},
		{0},
	};
	struct utfs_trace_init init = {0};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == 'g') {
			init.shared = true;
			if (!parse_group(optarg, &init.gid))
				return bad_value("no group", optarg);
		} else if (opt == 'l') {
			init.locked = true;
		} else if (opt == 's') {
			if (!parse_size(optarg, &init.size_bytes))
				return bad_value("bad size", optarg);
		} else {
			return utfs_cli_usage(command);
		}
	}
	return optind == argc ? make(&init) : utfs_cli_usage(command);
}
