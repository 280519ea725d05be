/* SPDX-License-Identifier: MIT */
/* utracefs fsck: what is wrong with an arena, and repairing it. Exit statuses are those of fsck(8). */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "trace/check.h"

#define STATUS_REPAIRED 1
#define STATUS_LEFT	4
#define STATUS_FAILED	8

static const char *const states[] = {
	[UTFS_FINDING_MENDABLE] = "repairable",
	[UTFS_FINDING_MENDED] = "repaired",
	[UTFS_FINDING_LEFT] = "not repaired",
	[UTFS_FINDING_HOPELESS] = "cannot be repaired",
};

static const char *const ways[] = {
	[UTFS_CHECK_LIVE] = "in use",
	[UTFS_CHECK_COPY] = "read only",
	[UTFS_CHECK_ALONE] = "alone",
};

static void finding_print(const struct utfs_finding *finding)
{
	printf("%#" PRIx64 ": %s: %s\n  %s: %s\n", finding->offset, finding->kind, finding->text,
	       states[finding->state],
	       finding->state == UTFS_FINDING_LEFT ? strerror(-finding->error) : finding->remedy);
}

static void text_print(const struct utfs_trace_check *result)
{
	const struct utfs_check_seen *seen = &result->seen;

	for (uint64_t i = 0; i < result->nr_findings; i++)
		finding_print(&result->findings[i]);
	printf("%s: %" PRIu64 " instances, %" PRIu64 " events of %" PRIu64 " systems, %" PRIu64
	       " objects, %" PRIu64 " recorders, %" PRIu64 " pages, %" PRIu64 " processes (%" PRIu64
	       " dead), %" PRIu64 " pins (%" PRIu64 " of dead ones)\n",
	       result->path, seen->instances, seen->events, seen->systems, seen->objects,
	       seen->recorders, seen->pages, seen->procs, seen->dead_procs, seen->pins,
	       seen->dead_pins);
	if (!result->nr_findings)
		printf("%s: clean\n", result->path);
	else
		printf("%s: %" PRIu64 " findings, %" PRIu64 " repaired, %" PRIu64 " left\n",
		       result->path, result->nr_findings, result->nr_findings - result->nr_left,
		       result->nr_left);
}

static void json_string(const char *name, const char *text)
{
	printf("\"%s\":\"", name);
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void json_number(const char *name, uint64_t number)
{
	printf(",\"%s\":%" PRIu64, name, number);
}

static void json_finding(const struct utfs_finding *finding)
{
	putchar('{');
	json_string("kind", finding->kind);
	json_number("offset", finding->offset);
	putchar(',');
	json_string("text", finding->text);
	putchar(',');
	json_string("state", states[finding->state]);
	putchar(',');
	json_string("remedy", finding->remedy);
	if (finding->state == UTFS_FINDING_LEFT) {
		putchar(',');
		json_string("error", strerror(-finding->error));
	}
	putchar('}');
}

static void json_print(const struct utfs_trace_check *result)
{
	const struct utfs_check_seen *seen = &result->seen;

	putchar('{');
	json_string("path", result->path);
	putchar(',');
	json_string("way", ways[result->way]);
	json_number("instances", seen->instances);
	json_number("systems", seen->systems);
	json_number("events", seen->events);
	json_number("objects", seen->objects);
	json_number("recorders", seen->recorders);
	json_number("pages", seen->pages);
	json_number("processes", seen->procs);
	json_number("dead_processes", seen->dead_procs);
	json_number("pins", seen->pins);
	json_number("dead_pins", seen->dead_pins);
	json_number("found", result->nr_findings);
	json_number("left", result->nr_left);
	printf(",\"findings\":[");
	for (uint64_t i = 0; i < result->nr_findings; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		json_finding(&result->findings[i]);
	}
	puts("]}");
}

static int check_make(const char *path, bool repair, bool json)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES] = "";
	int status = 0;

	if (utfs_trace_check(path, repair, &result, why)) {
		fprintf(stderr, "utracefs: %s\n", why);
		status = STATUS_FAILED;
	} else if (result.nr_left) {
		status = STATUS_LEFT;
	} else if (result.nr_findings) {
		status = STATUS_REPAIRED;
	}
	if (status != STATUS_FAILED && json)
		json_print(&result);
	else if (status != STATUS_FAILED)
		text_print(&result);
	utfs_trace_check_free(&result);
	return utfs_cli_flushed() ? STATUS_FAILED : status;
}

int utfs_cmd_fsck(const struct utfs_command *command, int argc, char **argv)
{
	static const struct option longs[] = {
		{"repair", no_argument, NULL, 'r'}, {"json", no_argument, NULL, 'j'}, {0}};
	bool repair = false, json = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == '?')
			return utfs_cli_usage(command);
		repair |= opt == 'r';
		json |= opt == 'j';
	}
	if (argc - optind > 1)
		return utfs_cli_usage(command);
	return check_make(argv[optind], repair, json);
}
