/* SPDX-License-Identifier: MIT */
/*
 * Kills at every injection point of every kind of change (crash.h says how).
 *
 *   test-crash-points [LAYER|KIND...]    only these; points that were not passed are only looked for in whole layers
 *
 * UTFS_CRASH_LONG=1: after each kill the change is done again, and more recoveries are killed. It takes three times as long.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash.h"

/* No kind has so many points: a loop that never ends is a failure. */
#define MAX_POINTS 20000
/* A process costs ten times as much with a sanitizer; what it is to find does not depend on the point. */
#if defined(__SANITIZE_ADDRESS__)
#define KILL_STRIDE 11
#else
#define KILL_STRIDE 1
#endif

/* After so many kills something more is done once. Primes: what repeats in a change does not meet them each time. */
static struct strides {
	unsigned int
		again; /* the state from before, whole: the change leads from it to the new one */
	unsigned int recovery; /* who recovers is killed as well, at each of its points */
	unsigned int
		rare_recovery; /* in layers whose changes are made of those of the layers below */
} strides = {.again = 5, .recovery = 53, .rare_recovery = 307};

struct totals {
	unsigned int kinds, kills, recoveries, failures;
	bool layer_rare; /* of the layer: see crash.h */
};

/* After a second try the change is there, whatever the first one left. */
static bool again_ok(const struct crash_run *run, const struct crash_kind *kind,
		     const struct crash_text *after)
{
	struct crash_text found = {0};
	bool ok = crash_operate(run->work, kind, 0, true) == CRASH_DONE &&
		  !crash_look(run->work, &found) && crash_text_whole(kind, &found);

	if (ok && !crash_text_same(&found, after, true)) {
		crash_text_differ("done again, it comes out differently", &found, after);
		ok = false;
	}
	crash_text_free(&found);
	return ok;
}

/* The arena in work is what a dead process left. */
static bool state_ok(const struct crash_run *run, const struct crash_kind *kind,
		     const struct crash_text *before, const struct crash_text *after,
		     const struct totals *totals)
{
	struct crash_text found = {0};
	bool ok = true, done = false, known = false;

	if (!(kind->flags & CRASH_REBOOT)) {
		ok = !crash_look(run->work, &found) && crash_text_whole(kind, &found);
		done = ok && crash_text_same(&found, after, false);
		if (ok && !done && !(kind->flags & CRASH_AGAIN) &&
		    !crash_text_same(&found, before, false)) {
			crash_text_differ("neither the old state:", &found, before);
			crash_text_differ("nor the new one:", &found, after);
			ok = false;
		}
		/* Nothing at all differs: what the change comes to was seen. */
		known = ok && !(kind->flags & CRASH_AGAIN) &&
			crash_text_same(&found, before, false);
	}
	crash_text_free(&found);
	if (done || (known && (totals->kills + totals->recoveries) % strides.again))
		return ok;
	return ok && again_ok(run, kind, after);
}

/* spare holds what a dead process left; who repairs it dies as well, at each point. */
static bool recovery_ok(const struct crash_run *run, const struct crash_kind *kind,
			const struct crash_text *before, const struct crash_text *after,
			struct totals *totals)
{
	for (unsigned int k = 1; k < MAX_POINTS; k += KILL_STRIDE) {
		enum crash_end end;

		if (crash_copy(run->spare, run->work))
			return false;
		end = crash_recover(run->work, k);
		if (end == CRASH_DONE)
			return true;
		totals->recoveries++;
		if (end == CRASH_FAILED || !state_ok(run, kind, before, after, totals)) {
			fprintf(stderr, "%s: recovery killed at its point %u\n", kind->name, k);
			return false;
		}
	}
	return false;
}

static bool kind_ok(const struct crash_run *run, const struct crash_kind *kind,
		    const struct crash_text *before, const struct crash_text *after,
		    struct totals *totals)
{
	const unsigned int stride = totals->layer_rare ? strides.rare_recovery : strides.recovery;
	unsigned int k;

	for (k = 1; k < MAX_POINTS; k += KILL_STRIDE) {
		enum crash_end end;

		if (crash_copy(run->setup, run->work))
			return false;
		end = crash_operate(run->work, kind, k, true);
		if (end == CRASH_DONE)
			break;
		totals->kills++;
		if (end == CRASH_KILLED && totals->kills % stride == 1 &&
		    !(kind->flags & CRASH_REBOOT) &&
		    (crash_copy(run->work, run->spare) ||
		     !recovery_ok(run, kind, before, after, totals) ||
		     crash_copy(run->spare, run->work)))
			end = CRASH_FAILED;
		if (end == CRASH_FAILED || !state_ok(run, kind, before, after, totals)) {
			fprintf(stderr, "%s: killed at point %u\n", kind->name, k);
			return false;
		}
	}
	/* A change without a point would prove nothing. */
	return k > 1 && k < MAX_POINTS;
}

static void kind_run(const struct crash_run *run, const struct crash_kind *kind,
		     struct totals *totals)
{
	struct crash_text before = {0}, after = {0};
	bool ok = !crash_setup(run, kind) && !crash_states(run, kind, &before, &after) &&
		  crash_text_whole(kind, &before) && crash_text_whole(kind, &after);

	if (ok && crash_text_same(&before, &after, false)) {
		fprintf(stderr, "%s: changes nothing\n", kind->name);
		ok = false;
	}
	ok = ok && kind_ok(run, kind, &before, &after, totals);
	totals->kinds++;
	totals->failures += !ok;
	printf("%s %s\n", ok ? "ok  " : "FAIL", kind->name);
	crash_text_free(&before);
	crash_text_free(&after);
}

/* How many files are in a directory, and is one of them an arena? */
static unsigned int files(const char *path, bool *arena)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned int n = 0;

	*arena = false;
	while (dir && (entry = readdir(dir))) {
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
		*arena |= !strcmp(entry->d_name, "arena");
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Making an arena: who dies leaves nothing at all, or a whole arena. */
static bool create_ok(const struct crash_run *run, const struct crash_text *after,
		      struct totals *totals)
{
	struct crash_text found = {0};
	enum crash_end end = CRASH_KILLED;
	bool ok = true, arena;

	for (unsigned int k = 1; ok && end == CRASH_KILLED; k++) {
		crash_clear(run->work);
		end = crash_create(run->work, k);
		totals->kills += end == CRASH_KILLED;
		ok = end != CRASH_FAILED && files(run->work, &arena) == arena;
		/* A dead one may be attached, and the next takes its slot. */
		ok = ok && crash_create(run->work, 0) == CRASH_DONE &&
		     !crash_look(run->work, &found) && !found.broken && !*found.finding;
		if (ok && !crash_text_same(&found, after, true)) {
			crash_text_differ("a new arena differs", &found, after);
			ok = false;
		}
		if (!ok)
			fprintf(stderr, "create: killed at point %u\n", k);
	}
	crash_text_free(&found);
	return ok;
}

static void create_run(const struct crash_run *run, struct totals *totals)
{
	struct crash_text after = {0};
	bool ok;

	crash_clear(run->work);
	ok = crash_create(run->work, 0) == CRASH_DONE && !crash_look(run->work, &after) &&
	     create_ok(run, &after, totals);
	totals->kinds++;
	totals->failures += !ok;
	printf("%s create\n", ok ? "ok  " : "FAIL");
	crash_text_free(&after);
}

/* No arguments: everything. */
static bool wanted(const char *layer, const char *kind, char **names)
{
	if (!*names)
		return true;
	while (*names && strcmp(*names, layer) && (!kind || strcmp(*names, kind)))
		names++;
	return *names;
}

static void layer_run(const struct crash_run *run, const struct crash_layer *layer, char **names,
		      struct totals *totals)
{
	totals->layer_rare = layer->rare_recoveries;
	for (size_t i = 0; i < layer->nr_kinds; i++)
		if (wanted(layer->name, layer->kinds[i].name, names))
			kind_run(run, &layer->kinds[i], totals);
	if (!wanted(layer->name, NULL, names))
		return;
	if (!layer->no_points)
		totals->failures += crash_points_missing(layer->name);
	totals->failures += crash_transactions_missing(layer->name);
}

int main(int argc, char **argv)
{
	struct totals totals = {0};
	struct crash_run run;

	if (argc < 1 || crash_start(&run))
		return 2;
	if (getenv("UTFS_CRASH_LONG"))
		strides = (struct strides){.again = 1, .recovery = 17, .rare_recovery = 101};
	if (wanted("arena", "create", argv + 1))
		create_run(&run, &totals);
	for (int i = 0; crash_layers[i]; i++)
		layer_run(&run, crash_layers[i], argv + 1, &totals);
	crash_finish(&run);
	printf("%u kinds, %u processes killed in a change, %u in a recovery, %u failures\n",
	       totals.kinds, totals.kills, totals.recoveries, totals.failures);
	return totals.failures || !totals.kinds;
}
