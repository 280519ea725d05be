/* SPDX-License-Identifier: MIT */
/* utracefs fsck: what is wrong with an arena, and repairing it. Exit statuses are those of fsck(8). */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "json/json.h"
#include "trace/check.h"

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

static void json_finding(struct utfs_json *json, const struct utfs_finding *finding)
{
	utfs_json_object(json, NULL);
	utfs_json_string(json, "kind", finding->kind);
	utfs_json_number(json, "offset", finding->offset);
	utfs_json_string(json, "text", finding->text);
	utfs_json_string(json, "state", states[finding->state]);
	utfs_json_string(json, "remedy", finding->remedy);
	if (finding->state == UTFS_FINDING_LEFT)
		utfs_json_string(json, "error", strerror(-finding->error));
	utfs_json_object_end(json);
}

static void json_print(const struct utfs_trace_check *result)
{
	const struct utfs_check_seen *seen = &result->seen;
	struct utfs_json json = {0};

	utfs_json_object(&json, NULL);
	utfs_json_string(&json, "path", result->path);
	utfs_json_string(&json, "way", ways[result->way]);
	utfs_json_number(&json, "instances", seen->instances);
	utfs_json_number(&json, "systems", seen->systems);
	utfs_json_number(&json, "events", seen->events);
	utfs_json_number(&json, "objects", seen->objects);
	utfs_json_number(&json, "recorders", seen->recorders);
	utfs_json_number(&json, "pages", seen->pages);
	utfs_json_number(&json, "processes", seen->procs);
	utfs_json_number(&json, "dead_processes", seen->dead_procs);
	utfs_json_number(&json, "pins", seen->pins);
	utfs_json_number(&json, "dead_pins", seen->dead_pins);
	utfs_json_number(&json, "found", result->nr_findings);
	utfs_json_number(&json, "left", result->nr_left);
	utfs_json_array(&json, "findings");
	for (uint64_t i = 0; i < result->nr_findings; i++)
		json_finding(&json, &result->findings[i]);
	utfs_json_array_end(&json);
	utfs_json_object_end(&json);
	utfs_json_end(&json);
}

static int check_make(const char *path, bool repair, bool json)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES] = "";
	int status = 0;

	if (utfs_trace_check(path, repair, &result, why)) {
		fprintf(stderr, "utracefs: %s\n", why);
		status = UTFS_CLI_FSCK_FAILED;
	} else if (result.nr_left) {
		status = UTFS_CLI_FSCK_LEFT;
	} else if (result.nr_findings) {
		status = UTFS_CLI_FSCK_REPAIRED;
	}
	if (status != UTFS_CLI_FSCK_FAILED && json)
		json_print(&result);
	else if (status != UTFS_CLI_FSCK_FAILED)
		text_print(&result);
	utfs_trace_check_free(&result);
	return utfs_cli_flushed() ? UTFS_CLI_FSCK_FAILED : status;
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
