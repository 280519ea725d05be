/* SPDX-License-Identifier: MIT */
#include "view/losses.h"

#include <errno.h>
#include <stdlib.h>

/* The first gap that ends at `time` or later. */
static uint32_t gap_find(const struct utfs_view_store *store, uint64_t time)
{
	uint32_t low = 0, high = store->nr_gaps;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (store->gaps[middle].end < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- for a picture ---- */

static struct utfs_view_loss loss_of(const struct utfs_view_gap *gap)
{
	const bool is_some = gap->lost == UTFS_RECORDING_LOST_SOME;

	return (struct utfs_view_loss){
		.begin = gap->begin,
		.end = gap->end,
		.lost = is_some ? 0 : gap->lost,
		.nr_gaps = 1,
		.cpu = gap->cpu,
		.has_lost_some = is_some,
	};
}

static void loss_add(struct utfs_view_loss *sum, const struct utfs_view_gap *gap)
{
	const struct utfs_view_loss loss = loss_of(gap);

	sum->begin = loss.begin < sum->begin ? loss.begin : sum->begin;
	sum->end = loss.end;
	sum->lost += loss.lost;
	sum->nr_gaps++;
	sum->of_more_cpus = sum->of_more_cpus || sum->cpu != loss.cpu;
	sum->has_lost_some = sum->has_lost_some || loss.has_lost_some;
}

/* The bin of a time that is not before `from`. */
static uint64_t bin_of(uint64_t time, uint64_t from, uint64_t to, uint32_t nr_bins)
{
	return to > from ? (uint64_t)((unsigned __int128)(time - from) * nr_bins / (to - from)) : 0;
}

int utfs_view_losses_find(const struct utfs_view_store *store, uint64_t from, uint64_t to,
			  uint32_t nr_bins, struct utfs_view_loss **losses, uint32_t *nr)
{
	const uint32_t first = gap_find(store, from);
	/* Those that lie in one bin have no others of that kind between them: gaps come by their end. */
	uint64_t bin = UINT64_MAX;
	uint32_t last = 0;

	*nr = 0;
	*losses = calloc(store->nr_gaps - first + 1, sizeof(**losses));
	if (!*losses)
		return -ENOMEM;
	for (uint32_t i = first; i < store->nr_gaps; i++) {
		const struct utfs_view_gap *gap = &store->gaps[i];
		uint64_t end = bin_of(gap->end, from, to, nr_bins);
		bool is_narrow = gap->begin >= from && bin_of(gap->begin, from, to, nr_bins) == end;

		if (gap->begin >= to)
			continue;
		if (is_narrow && end == bin) {
			loss_add(&(*losses)[last], gap);
			continue;
		}
		if (is_narrow) {
			bin = end;
			last = *nr;
		}
		(*losses)[(*nr)++] = loss_of(gap);
	}
	return 0;
}

/* ---- between two events ---- */

int utfs_view_losses_init(struct utfs_view_losses *losses, const struct utfs_view_store *store,
			  uint16_t file, uint16_t other_file)
{
	losses->store = store;
	losses->first = calloc(store->nr_gaps + 1, sizeof(*losses->first));
	if (!losses->first)
		return -ENOMEM;
	losses->first[store->nr_gaps] = UINT64_MAX;
	for (uint32_t i = store->nr_gaps; i-- > 0;) {
		const struct utfs_view_gap *gap = &store->gaps[i];
		const bool is_of_these = gap->file == file || gap->file == other_file;

		losses->first[i] = is_of_these && gap->begin < losses->first[i + 1]
					   ? gap->begin
					   : losses->first[i + 1];
	}
	return 0;
}

void utfs_view_losses_fini(struct utfs_view_losses *losses)
{
	free(losses->first);
	losses->first = NULL;
}

bool utfs_view_losses_between(const struct utfs_view_losses *losses, uint64_t time, uint64_t later)
{
	/* One that ends at `time` was before the event. */
	return losses->first[gap_find(losses->store, time + 1)] < later;
}
