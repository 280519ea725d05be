/* SPDX-License-Identifier: MIT */
/*
 * All layers' checks in their order. A repair takes several rounds: what one round drops leaves memory that the next gives back, and
 * what needs memory waits until that is in order. The last round only looks: what it finds is left.
 */
#include "trace/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring/check.h"
#include "ring/ring.h"

#define MAX_ROUNDS 5
#define MAX_TRIES  16

/* What a round's findings are for. */
struct collector {
	struct utfs_trace_check *result;
	bool last;	 /* what is found is left */
	uint64_t mended; /* in this round */
	int error;	 /* of the last thing that could not be mended */
	bool out_of_memory;
};

static void finding_keep(void *ctx, const struct utfs_finding *finding)
{
	struct collector *collector = ctx;
	struct utfs_trace_check *result = collector->result;
	struct utfs_finding *more;
	char *text;

	collector->mended += finding->state == UTFS_FINDING_MENDED;
	if (finding->state == UTFS_FINDING_LEFT)
		collector->error = finding->error;
	/* What is not mended yet is found again. */
	if (!collector->last && finding->state != UTFS_FINDING_MENDED)
		return;
	more = result->findings;
	/* Twice as large whenever it is full, which it is at powers of two. */
	if (!(result->nr_findings & (result->nr_findings - 1)))
		more = realloc(more,
			       (result->nr_findings ? 2 * result->nr_findings : 1) * sizeof(*more));
	text = strdup(finding->text);
	if (more)
		result->findings = more;
	if (!more || !text) {
		free(text);
		collector->out_of_memory = true;
		return;
	}
	more[result->nr_findings] = *finding;
	more[result->nr_findings].text = text;
	if (collector->error && finding->state == UTFS_FINDING_MENDABLE) {
		more[result->nr_findings].state = UTFS_FINDING_LEFT;
		more[result->nr_findings].error = collector->error;
	}
	result->nr_findings++;
	result->nr_left += finding->state != UTFS_FINDING_MENDED;
}

static int round_make(struct utfs_check *check)
{
	int ret = utfs_tx_begin(check->arena);

	if (ret)
		return ret;
	utfs_check_claims_clear(check);
	check->left = 0;
	utfs_check_arena(check);
	if (!check->halted) {
		utfs_check_recorders(check);
		utfs_check_memory(check);
	}
	ret = check->error ? check->error : utfs_check_release(check);
	ret = utfs_tx_end(check->arena, ret);
	if (!ret && !check->halted)
		utfs_check_pages(check);
	return ret ? ret : check->error;
}

static int rounds_make(struct utfs_check *check, struct collector *collector)
{
	const bool repair = check->repair;
	int ret = 0;

	for (int round = 0; !ret && repair && round < MAX_ROUNDS; round++) {
		const bool memory_was_good = check->memory_good;

		collector->mended = 0;
		ret = round_make(check);
		/* Some is left until the memory is known to be good. */
		if (!collector->mended && check->memory_good == memory_was_good)
			break;
	}
	check->repair = false;
	collector->last = true;
	if (!ret)
		ret = round_make(check);
	check->repair = repair;
	return ret;
}

/* Return: as utfs_trace_check(); -EAGAIN to be done again. */
static int check_once(const char *path, bool repair, struct utfs_trace_check *result, char *why)
{
	struct collector collector = {.result = result, .last = true};
	struct utfs_check check = {
		.repair = repair, .report = finding_keep, .ctx = &collector, .fd = -1};
	struct utfs_arena arena;
	int ret = utfs_check_open(&check, &arena, path, why), err;

	memcpy(result->path, check.path, sizeof(result->path));
	result->way = check.way;
	/* Damage with which nothing else can be found. */
	if (ret)
		return ret == -EBADMSG ? 0 : ret;
	collector.last = !repair;
	/* As every front end does after somebody died with the lock. */
	if (check.way != UTFS_CHECK_COPY)
		arena.repair = utfs_ring_repair;
	ret = rounds_make(&check, &collector);
	if (repair && !ret)
		(void)utfs_ring_reap(&arena);
	result->seen = check.seen;
	err = utfs_check_close(&check);
	if (!ret)
		ret = collector.out_of_memory ? -ENOMEM : err;
	if (ret)
		snprintf(why, UTFS_WHY_BYTES, "%.300s: %s", result->path, strerror(-ret));
	return ret;
}

int utfs_trace_check(const char *path, bool repair, struct utfs_trace_check *result, char *why)
{
	int ret = -EAGAIN;

	memset(result, 0, sizeof(*result));
	for (int i = 0; ret == -EAGAIN && i < MAX_TRIES; i++) {
		utfs_trace_check_free(result);
		ret = check_once(path, repair, result, why);
	}
	return ret;
}

void utfs_trace_check_free(struct utfs_trace_check *result)
{
	for (uint64_t i = 0; i < result->nr_findings; i++)
		free((char *)result->findings[i].text);
	free(result->findings);
	result->findings = NULL;
	result->nr_findings = result->nr_left = 0;
}
