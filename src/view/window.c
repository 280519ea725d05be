/* SPDX-License-Identifier: MIT */
#include "view/window.h"

#include <string.h>

static bool is_hidden(const struct utfs_view_eye *eye, uint32_t type)
{
	return eye->hidden && eye->hidden[type];
}

void utfs_view_edges(const struct utfs_view_store *store, uint64_t from, uint64_t to,
		     uint32_t nr_bins, uint32_t *edges)
{
	for (uint32_t i = 0; i <= nr_bins; i++) {
		uint64_t offset = (uint64_t)((unsigned __int128)(to - from) * i / nr_bins);

		edges[i] = utfs_view_store_find(store, from + offset);
	}
}

/* The first of places from `at` on that is not before `place`: it is near more often than far. */
static uint32_t gallop(const struct utfs_view_places *places, uint32_t at, uint32_t place)
{
	uint32_t step = 1, low = at;

	while (at < places->nr && places->at[at] < place) {
		low = at + 1;
		at = places->nr - at > step ? at + step : places->nr;
		step *= 2;
	}
	return utfs_view_places_between(places, low, at, place);
}

/* How many places, of those whose bit is set, lie between the edges of each bin. Return: in all bins. */
static uint64_t count(const struct utfs_view_places *places, const struct utfs_bits *bits,
		      const uint32_t *edges, uint32_t nr_bins, uint32_t *counts)
{
	uint32_t at = utfs_view_places_find(places, edges[0]);
	uint64_t all = 0;

	for (uint32_t i = 0; i < nr_bins; i++) {
		uint32_t end = gallop(places, at, edges[i + 1]);

		counts[i] = bits ? utfs_bits_rank(bits, end) - utfs_bits_rank(bits, at) : end - at;
		all += counts[i];
		at = end;
	}
	return all;
}

void utfs_view_bins(const struct utfs_view_eye *eye, uint32_t thread, const uint32_t *edges,
		    uint32_t nr_bins, struct utfs_view_bin *bins, uint32_t *scratch)
{
	const struct utfs_view_thread *of = &eye->store->threads[thread];
	uint32_t counts[256];

	for (uint32_t i = 0; i < nr_bins; i++)
		bins[i] = (struct utfs_view_bin){0, UTFS_VIEW_NO_TYPE};
	memset(scratch, 0, nr_bins * sizeof(*scratch));
	for (uint32_t i = 0; i < of->nr_lanes; i++) {
		const struct utfs_view_lane *lane = &eye->store->lanes[of->lanes[i]];
		const struct utfs_bits *bits =
			eye->filter ? &eye->filter->by_lane[of->lanes[i]] : NULL;

		if (is_hidden(eye, lane->type))
			continue;
		for (uint32_t first = 0; first < nr_bins; first += 256) {
			uint32_t nr = nr_bins - first < 256 ? nr_bins - first : 256;

			if (!count(&lane->places, bits, edges + first, nr, counts))
				continue;
			for (uint32_t j = 0; j < nr; j++) {
				struct utfs_view_bin *bin = &bins[first + j];
				uint32_t *most = &scratch[first + j];

				bin->count += counts[j];
				if (counts[j] > *most ||
				    (counts[j] && counts[j] == *most && lane->type < bin->type)) {
					*most = counts[j];
					bin->type = lane->type;
				}
			}
		}
	}
}

uint64_t utfs_view_counts(const struct utfs_view_eye *eye, uint32_t type, const uint32_t *edges,
			  uint32_t nr_bins, uint32_t *counts)
{
	const struct utfs_view_type *of = &eye->store->types[type];
	const struct utfs_bits *bits = eye->filter ? &eye->filter->by_type[type] : NULL;

	return is_hidden(eye, type) ? 0 : count(&of->places, bits, edges, nr_bins, counts);
}

uint32_t utfs_view_next(const struct utfs_view_eye *eye, uint32_t thread, uint32_t place)
{
	const struct utfs_view_thread *of = &eye->store->threads[thread];
	uint32_t found = UTFS_VIEW_NO_PLACE;

	for (uint32_t i = 0; i < of->nr_lanes; i++) {
		const struct utfs_view_lane *lane = &eye->store->lanes[of->lanes[i]];
		size_t at = utfs_view_places_find(&lane->places, place);

		if (is_hidden(eye, lane->type))
			continue;
		if (eye->filter)
			at = utfs_bits_next(&eye->filter->by_lane[of->lanes[i]], at);
		if (at < lane->places.nr && lane->places.at[at] < found)
			found = lane->places.at[at];
	}
	return found;
}

uint32_t utfs_view_previous(const struct utfs_view_eye *eye, uint32_t thread, uint32_t place)
{
	const struct utfs_view_thread *of = &eye->store->threads[thread];
	uint32_t found = UTFS_VIEW_NO_PLACE;

	for (uint32_t i = 0; i < of->nr_lanes; i++) {
		const struct utfs_view_lane *lane = &eye->store->lanes[of->lanes[i]];
		size_t at = utfs_view_places_find(&lane->places, place);

		if (is_hidden(eye, lane->type))
			continue;
		at = eye->filter ? utfs_bits_previous(&eye->filter->by_lane[of->lanes[i]], at)
				 : at - 1;
		if (at != SIZE_MAX && (found == UTFS_VIEW_NO_PLACE || lane->places.at[at] > found))
			found = lane->places.at[at];
	}
	return found;
}

uint32_t utfs_view_nearest(const struct utfs_view_eye *eye, uint32_t thread, uint64_t time)
{
	const struct utfs_view_store *store = eye->store;
	uint32_t at = utfs_view_store_find(store, time);
	uint32_t before = utfs_view_previous(eye, thread, at);
	uint32_t after = utfs_view_next(eye, thread, at);

	if (before == UTFS_VIEW_NO_PLACE || after == UTFS_VIEW_NO_PLACE)
		return before == UTFS_VIEW_NO_PLACE ? after : before;
	return time - store->time[before] <= store->time[after] - time ? before : after;
}
