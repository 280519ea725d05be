/* SPDX-License-Identifier: MIT */
/*
 * What time stamps count. Some clocks count ns; `uptime` counts hundredths of a second; counters of the CPU count at a rate that a file may tell, and is then the same for all files
 * of that clock; `counter` counts how often it was read, and others are not known. What can be turned into ns is.
 */
#include <string.h>

#include "recording/internal.h"

/* USER_HZ, on every machine that there are recordings of. */
#define UPTIME_TICK_NS 10000000

static bool is_among(const char *clock, const char *const *clocks)
{
	while (*clocks && strcmp(clock, *clocks) != 0)
		clocks++;
	return *clocks;
}

/* Files that say nothing are of the default, "local". */
static bool counts_ns(const char *clock)
{
	static const char *const in_ns[] = {"",	    "local",	"global", "perf", "mono",
					    "boot", "mono_raw", "tai",	  NULL};

	return is_among(clock, in_ns);
}

/* Clocks of these names are the same whoever reads them; others are their maker's own. */
static bool same_clock(const struct utfs_recording_about *a, const struct utfs_recording_about *b)
{
	static const char *const shared[] = {"mono", "mono_raw", "boot", "tai", "x86-tsc", NULL};

	if (!*a->clock || strcmp(a->clock, b->clock) != 0)
		return false;
	return is_among(a->clock, shared) || a->is_ours == b->is_ours;
}

static bool is_scale(const struct utfs_trace_scale *a, const struct utfs_trace_scale *b)
{
	return a->mult == b->mult && a->shift == b->shift;
}

int utfs_clocks_agree(struct utfs_recording *recording, struct utfs_recording_failure *failure)
{
	const struct utfs_recording_about *first = &recording->sources[0]->about;
	struct utfs_trace_scale scale = {0};
	const bool in_ns = counts_ns(first->clock);

	for (size_t i = 1; i < recording->nr_sources; i++) {
		const struct utfs_recording_about *other = &recording->sources[i]->about;

		if (!same_clock(first, other))
			return utfs_recording_fail(failure, NULL, -EXDEV,
						   "'%s' of %s and '%s' of %s are not one clock; "
						   "record both with -C mono",
						   first->clock, first->path, other->clock,
						   other->path);
	}
	/* Each file's rate was measured by its maker; with two of them one time would be told as two. */
	if (strcmp(first->clock, "uptime") == 0)
		scale.mult = UPTIME_TICK_NS;
	for (size_t i = 0; i < recording->nr_sources && !scale.mult; i++)
		scale = recording->sources[i]->scale;
	for (size_t i = 0; i < recording->nr_sources; i++) {
		struct utfs_source *source = recording->sources[i];

		source->scale = in_ns ? source->applied : scale;
		source->about.clock_in_ns = in_ns || scale.mult;
	}
	return 0;
}

uint64_t utfs_clock_time(const struct utfs_source *source, uint64_t timestamp)
{
	const struct utfs_trace_scale *applied = &source->applied, *scale = &source->scale;
	unsigned __int128 count = timestamp;

	if (is_scale(applied, scale))
		return timestamp;
	/* The lowest count that was made this time. */
	if (applied->mult)
		count = ((count << applied->shift) + applied->mult - 1) / applied->mult;
	return (uint64_t)(count * scale->mult >> scale->shift);
}
