/* SPDX-License-Identifier: MIT */
/* What is asked of pairs: their latencies, and where they lie in the time of a thread. */
#include <errno.h>
#include <stdlib.h>

#include "view/pairs.h"

uint32_t utfs_view_class_of(uint64_t latency)
{
	uint32_t power;

	if (latency < 8)
		return (uint32_t)latency;
	power = 63 - (uint32_t)__builtin_clzll(latency);
	return 8 * (power - 2) + (uint32_t)(latency >> (power - 3) & 7);
}

uint64_t utfs_view_class_begin(uint32_t number)
{
	if (number < 8)
		return number;
	if (number >= UTFS_VIEW_CLASSES)
		return UINT64_MAX;
	return (UINT64_C(8) + number % 8) << (number / 8 - 1);
}

static uint64_t latency_of(const struct utfs_view_store *store, struct utfs_view_span span)
{
	return store->time[span.end] - store->time[span.begin];
}

static bool is_wished(const struct utfs_view_store *store,
		      const struct utfs_view_latency_wish *wish, struct utfs_view_span span)
{
	const uint64_t begin = store->time[span.begin], latency = latency_of(store, span);

	return begin >= wish->from && begin < wish->to && latency >= wish->shortest &&
	       latency <= wish->longest &&
	       (utfs_view_filter_accepts(wish->filter, store, span.begin) ||
		utfs_view_filter_accepts(wish->filter, store, span.end));
}

/* Into its place among the slowest, if it has one. */
static void slowest_add(struct utfs_view_latencies *latencies, const struct utfs_view_store *store,
			struct utfs_view_span span)
{
	const uint64_t latency = latency_of(store, span);
	uint32_t at = latencies->nr_slowest;

	while (at && latency_of(store, latencies->slowest[at - 1]) < latency)
		at--;
	if (at == UTFS_VIEW_SLOWEST)
		return;
	if (latencies->nr_slowest < UTFS_VIEW_SLOWEST)
		latencies->nr_slowest++;
	for (uint32_t i = latencies->nr_slowest - 1; i > at; i--)
		latencies->slowest[i] = latencies->slowest[i - 1];
	latencies->slowest[at] = span;
}

static int number_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The smallest of them that at least so many thousandths are not above. */
static uint64_t quantile(const uint64_t *sorted, uint64_t nr, uint64_t thousandths)
{
	return sorted[(nr * thousandths + 999) / 1000 - 1];
}

int utfs_view_latencies(const struct utfs_view_pairs *pairs, const struct utfs_view_store *store,
			const struct utfs_view_latency_wish *wish,
			struct utfs_view_latencies *latencies)
{
	uint64_t *sorted = calloc(pairs->nr + 1, sizeof(*sorted));
	uint64_t nr = 0;

	*latencies = (struct utfs_view_latencies){0};
	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < pairs->nr; i++) {
		const struct utfs_view_span span = pairs->spans[i];

		if (!is_wished(store, wish, span))
			continue;
		sorted[nr] = latency_of(store, span);
		latencies->sum += sorted[nr];
		latencies->counts[utfs_view_class_of(sorted[nr])]++;
		slowest_add(latencies, store, span);
		nr++;
	}
	if (nr) {
		qsort(sorted, nr, sizeof(*sorted), number_compare);
		latencies->shortest = sorted[0];
		latencies->longest = sorted[nr - 1];
		latencies->p50 = quantile(sorted, nr, 500);
		latencies->p90 = quantile(sorted, nr, 900);
		latencies->p99 = quantile(sorted, nr, 990);
		latencies->p999 = quantile(sorted, nr, 999);
	}
	for (uint32_t i = 0; i < pairs->nr_doubtful; i++)
		latencies->nr_doubtful += is_wished(store, wish, pairs->doubtful[i]);
	latencies->nr = nr;
	free(sorted);
	return 0;
}

/* How many of a thread's spans begin before `time`. */
static uint32_t begun(const struct utfs_view_thread_spans *of, const struct utfs_view_store *store,
		      uint64_t time)
{
	uint32_t low = 0, high = of->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (store->time[of->spans[middle].begin] < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How many of ascending numbers are less than `number`. */
static uint32_t below(const uint64_t *numbers, uint32_t nr, uint64_t number)
{
	uint32_t low = 0, high = nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (numbers[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t utfs_view_spans_find(const struct utfs_view_pairs *pairs,
			      const struct utfs_view_store *store, uint32_t thread, uint64_t from,
			      uint64_t to, uint32_t *first)
{
	const struct utfs_view_thread_spans *of;
	uint32_t end;

	*first = 0;
	if (thread >= pairs->nr_threads)
		return 0;
	of = &pairs->threads[thread];
	end = begun(of, store, to);
	/* Of those before it none ends later. */
	*first = below(of->last + 1, of->nr, from);
	return end > *first ? end - *first : 0;
}

uint64_t utfs_view_spans_busy(const struct utfs_view_pairs *pairs,
			      const struct utfs_view_store *store, uint32_t thread, uint64_t until)
{
	const struct utfs_view_thread_spans *of;
	uint32_t nr_begun, nr_ended;

	if (thread >= pairs->nr_threads)
		return 0;
	of = &pairs->threads[thread];
	nr_begun = begun(of, store, until);
	nr_ended = below(of->sorted, of->nr, until);
	return of->ends[nr_ended] + (nr_begun - nr_ended) * until - of->begins[nr_begun];
}
