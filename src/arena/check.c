/* SPDX-License-Identifier: MIT */
/* Findings of a check: what kinds there are, and how one is said and mended. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena/check.h"
#include "arena/internal.h"

/* Findings between two calls of utfs_check_mend(): more are mended all the same, but said to be many. */
#define QUEUE_MAX 256

struct utfs_check_queue {
	unsigned int n;
	struct {
		enum utfs_damage damage;
		uint64_t offset;
		char text[256];
	} findings[QUEUE_MAX];
};

static const struct {
	const char *name;
	const char *repair; /* what one does */
	const char *advice; /* where there is none */
} kinds[UTFS_NR_DAMAGES] = {
	[UTFS_DAMAGE_IDENTITY] = {"identity", NULL,
				  "remove the directory, a new arena is made by whoever comes "
				  "next; or put a copy of the file in its place"},
	[UTFS_DAMAGE_TRUNCATED] = {"truncated",
				   "the file gets its size back; what was cut off is lost",
				   "end the programs that use it, then repair"},
	[UTFS_DAMAGE_REGIONS] = {"regions", "the table of regions is written anew", NULL},
	[UTFS_DAMAGE_COUNT] = {"count", "the count is set to what the table can hold",
			       "end the programs that use it, then repair"},
	[UTFS_DAMAGE_LOCK] = {"lock", "the lock is made anew",
			      "end the programs that use it, then repair"},
	[UTFS_DAMAGE_SERIAL] = {"serial", "it gets a new serial; open files of it say ENODEV",
				NULL},
	[UTFS_DAMAGE_CHAIN] = {"chain", "the table's chains and free list are built anew", NULL},
	[UTFS_DAMAGE_SYSTEM_LIST] = {"system-list", "the lists of all systems are built anew",
				     NULL},
	[UTFS_DAMAGE_NAME] = {"name", "it gets a name", NULL},
	[UTFS_DAMAGE_SETTING] = {"setting", "it is set to the value that fits", NULL},
	[UTFS_DAMAGE_EVENT] = {"event",
			       "the event is dropped; programs that have it register it anew when "
			       "they are started",
			       NULL},
	[UTFS_DAMAGE_EVENT_BITS] = {"event-bits", "the bits are set to what the tables say", NULL},
	[UTFS_DAMAGE_PROC] = {"process", "the slot, or its list of events, is emptied", NULL},
	[UTFS_DAMAGE_PIN] = {"pin", "the pin is released", NULL},
	[UTFS_DAMAGE_CHANGE] = {"change", "the entry is emptied; mounts look at everything anew",
				NULL},
	[UTFS_DAMAGE_OBJECT] = {"object", "it is dropped with the reference to it", NULL},
	[UTFS_DAMAGE_CELL] = {"cell", "cells that are nobody's are free again", NULL},
	[UTFS_DAMAGE_RECORDER] = {"recorder",
				  "the recorder is dropped with what it has recorded; its instance "
				  "stays, with no event enabled",
				  "try again when no program hogs a CPU"},
	[UTFS_DAMAGE_BUFFER] = {"buffer",
				"the buffer goes on from what its pages say; what they do not say "
				"is lost",
				"resize it, or remove the instance"},
	[UTFS_DAMAGE_PAGE] = {"page", "the page is cut where it stops to make sense", NULL},
	[UTFS_DAMAGE_OVERLAP] = {"overlap", "the owner that can be spared is dropped",
				 "neither owner can be dropped: save what you need with "
				 "`utracefs cat`, then remove the directory"},
	[UTFS_DAMAGE_FREE_MEMORY] = {"free-memory", "the list of free memory is made anew", NULL},
	[UTFS_DAMAGE_LEAK] = {"leak", "it is given back", NULL},
};

const char *utfs_damage_name(enum utfs_damage damage)
{
	return kinds[damage].name;
}

static void report(struct utfs_check *check, enum utfs_damage damage, uint64_t offset,
		   const char *text, enum utfs_finding_state state, int error)
{
	const struct utfs_finding finding = {
		.kind = kinds[damage].name,
		.offset = offset,
		.text = text,
		.remedy = state == UTFS_FINDING_HOPELESS && kinds[damage].advice
				  ? kinds[damage].advice
				  : kinds[damage].repair,
		.state = state,
		.error = error,
	};

	check->found++;
	check->left += state != UTFS_FINDING_MENDED;
	if (check->report)
		check->report(check->ctx, &finding);
}

/* Writes the sentence; offsets of things that are not in the arena are 0. */
static uint64_t finding_offset(const struct utfs_check *check, const void *at)
{
	return at ? (uint64_t)((const char *)at - (const char *)check->arena->header) : 0;
}

bool utfs_check_found(struct utfs_check *check, enum utfs_damage damage, const void *at,
		      const char *format, ...)
{
	char text[sizeof(check->queue->findings[0].text)];
	uint64_t offset = finding_offset(check, at);
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!check->repair) {
		report(check, damage, offset, text, UTFS_FINDING_MENDABLE, 0);
		return false;
	}
	if (!check->queue)
		check->queue = calloc(1, sizeof(*check->queue));
	if (!check->queue) {
		check->error = -ENOMEM;
		return false;
	}
	if (check->queue->n < QUEUE_MAX) {
		check->queue->findings[check->queue->n].damage = damage;
		check->queue->findings[check->queue->n].offset = offset;
		memcpy(check->queue->findings[check->queue->n].text, text, sizeof(text));
		check->queue->n++;
	}
	return true;
}

void utfs_check_hopeless(struct utfs_check *check, enum utfs_damage damage, const void *at,
			 const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report(check, damage, finding_offset(check, at), text, UTFS_FINDING_HOPELESS, 0);
}

void utfs_check_done(struct utfs_check *check, int ret)
{
	for (unsigned int i = 0; check->queue && i < check->queue->n; i++)
		report(check, check->queue->findings[i].damage, check->queue->findings[i].offset,
		       check->queue->findings[i].text,
		       ret ? UTFS_FINDING_LEFT : UTFS_FINDING_MENDED, ret);
	if (check->queue)
		check->queue->n = 0;
}

void utfs_check_mend(struct utfs_check *check, int ret)
{
	if (!check->repair)
		return;
	if (!ret)
		ret = utfs_tx_checkpoint(check->arena);
	if (ret)
		utfs_tx_rollback(check->arena);
	utfs_check_done(check, ret);
}

bool utfs_check_word(struct utfs_check *check, enum utfs_damage damage, uint64_t *word,
		     uint64_t wanted, const char *what)
{
	int ret;

	if (*word == wanted)
		return false;
	if (!utfs_check_found(check, damage, word, "%s is %#llx, not %#llx", what,
			      (unsigned long long)*word, (unsigned long long)wanted))
		return false;
	ret = utfs_tx_reserve(check->arena, 1);
	if (!ret)
		utfs_tx_set(check->arena, word, wanted);
	utfs_check_mend(check, ret);
	return !ret;
}
