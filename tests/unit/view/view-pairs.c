/* SPDX-License-Identifier: MIT */
/* Pairs of events, their latencies and their places, beside the same found event by event. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/pairs.h"

struct found {
	uint32_t begin, end;
};

/* The last one that began with the same value before `end` and that no other end has taken. */
static uint32_t find_pairs(const struct fixture *fixture, uint32_t begin, uint32_t end,
			   const char *field, struct found *found)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < fixture->nr; i++) {
		const struct plain *last = &fixture->plain[i];

		if (last->type != end)
			continue;
		for (uint32_t j = i; j--;) {
			const struct plain *first = &fixture->plain[j];

			if (first->type != begin && first->type != end)
				continue;
			if (!*field ? first->tid != last->tid
			    : !strcmp(field, "id")
				    ? first->record.id != last->record.id
				    : strcmp(first->record.text, last->record.text) != 0)
				continue;
			if (first->type == begin)
				found[nr++] = (struct found){j, i};
			break;
		}
	}
	return nr;
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void compare_latencies(const struct fixture *fixture, const struct utfs_view_pairs *pairs,
			      const struct found *found, uint32_t nr,
			      const struct utfs_view_latency_wish *wish)
{
	static struct utfs_view_latencies latencies;
	uint64_t *sorted = calloc(nr + 1, sizeof(*sorted)), counts[UTFS_VIEW_CLASSES] = {0};
	uint64_t sum = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < nr; i++) {
		const uint64_t begin = fixture->plain[found[i].begin].time;
		const uint64_t latency = fixture->plain[found[i].end].time - begin;

		if (begin < wish->from || begin >= wish->to || latency < wish->shortest ||
		    latency > wish->longest)
			continue;
		if (wish->filter && fixture->plain[found[i].begin].record.id != 7 &&
		    fixture->plain[found[i].end].record.id != 7)
			continue;
		sorted[n++] = latency;
		sum += latency;
		counts[utfs_view_class_of(latency)]++;
	}
	qsort(sorted, n, sizeof(*sorted), compare_numbers);
	assert_int_equal(utfs_view_latencies(pairs, &fixture->store, wish, &latencies), 0);
	assert_int_equal(latencies.nr, n);
	assert_int_equal(latencies.sum, sum);
	assert_memory_equal(latencies.counts, counts, sizeof(counts));
	assert_int_equal(latencies.nr_slowest, n < UTFS_VIEW_SLOWEST ? n : UTFS_VIEW_SLOWEST);
	for (uint32_t i = 0; i < latencies.nr_slowest; i++) {
		const struct utfs_view_span span = latencies.slowest[i];

		assert_int_equal(fixture->plain[span.end].time - fixture->plain[span.begin].time,
				 sorted[n - 1 - i]);
	}
	if (n) {
		assert_int_equal(latencies.shortest, sorted[0]);
		assert_int_equal(latencies.longest, sorted[n - 1]);
		assert_int_equal(latencies.p50, sorted[(n + 1) / 2 - 1]);
		assert_int_equal(latencies.p99, sorted[(n * 99 + 99) / 100 - 1]);
	}
	free(sorted);
}

/* How long the spans of a thread are between two times, all together. */
static uint64_t busy_plain(const struct fixture *fixture, const struct found *found, uint32_t nr,
			   int32_t tid, uint64_t from, uint64_t to)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nr; i++) {
		uint64_t begin = fixture->plain[found[i].begin].time;
		uint64_t end = fixture->plain[found[i].end].time;

		begin = begin < from ? from : begin;
		end = end > to ? to : end;
		if (fixture->plain[found[i].begin].tid == tid && end > begin)
			sum += end - begin;
	}
	return sum;
}

static void compare_places(struct fixture *fixture, const struct utfs_view_pairs *pairs,
			   const struct found *found, uint32_t nr)
{
	for (unsigned int round = 0; round < 200; round++) {
		const int32_t tid = 1000 + (int32_t)fixture_random(fixture, NR_THREADS);
		const uint32_t thread = fixture_thread(fixture, tid);
		const uint64_t from =
			fixture_random(fixture, (uint32_t)fixture->plain[fixture->nr - 1].time);
		const uint64_t to = from + fixture_random(fixture, 5000);
		uint32_t first, touched = 0, seen = 0;
		uint32_t n = utfs_view_spans_find(pairs, &fixture->store, thread, from, to, &first);

		for (uint32_t i = 0; i < nr; i++)
			touched += fixture->plain[found[i].begin].tid == tid &&
				   fixture->plain[found[i].begin].time < to &&
				   fixture->plain[found[i].end].time >= from;
		for (uint32_t i = first; i < first + n; i++) {
			const struct utfs_view_span span = pairs->threads[thread].spans[i];

			assert_true(fixture->store.time[span.begin] < to);
			seen += fixture->store.time[span.end] >= from;
		}
		assert_int_equal(seen, touched);
		assert_int_equal(utfs_view_spans_busy(pairs, &fixture->store, thread, to) -
					 utfs_view_spans_busy(pairs, &fixture->store, thread, from),
				 busy_plain(fixture, found, nr, tid, from, to));
	}
}

static void pairs_are_found(void **state)
{
	static const struct utfs_view_pair_wish wishes[] = {
		{0, 1, ""}, {2, 3, "id"}, {0, 1, "name"}, {4, 5, "id"}};
	struct utfs_view_filter_failure failure;
	struct utfs_view_filter *filter;
	struct fixture fixture;
	struct found *found;

	(void)state;
	fixture_init(&fixture, 11);
	fixture_add(&fixture, fixture_events() / 4);
	found = calloc(fixture.nr, sizeof(*found));
	assert_int_equal(utfs_view_filter_create(&fixture.store, "id == 7", &filter, &failure), 0);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct utfs_view_latency_wish all = {.to = UINT64_MAX, .longest = UINT64_MAX};
		struct utfs_view_pairs *pairs;
		uint32_t nr = find_pairs(&fixture, wishes[i].begin, wishes[i].end, wishes[i].field,
					 found);

		assert_int_equal(utfs_view_pairs_create(&fixture.store, &wishes[i], &pairs), 0);
		assert_int_equal(pairs->nr, nr);
		for (uint32_t j = 0; j < nr; j++) {
			assert_int_equal(pairs->spans[j].begin, found[j].begin);
			assert_int_equal(pairs->spans[j].end, found[j].end);
		}
		compare_latencies(&fixture, pairs, found, nr, &all);
		compare_latencies(
			&fixture, pairs, found, nr,
			&(struct utfs_view_latency_wish){filter, 0, UINT64_MAX, 0, UINT64_MAX});
		compare_latencies(&fixture, pairs, found, nr,
				  &(struct utfs_view_latency_wish){NULL, 5000, 90000, 100, 1000});
		compare_places(&fixture, pairs, found, nr);
		utfs_view_pairs_free(pairs);
	}
	utfs_view_filter_free(filter);
	free(found);
	fixture_fini(&fixture);
}

/* May an event of the first file be missing between two? */
static bool is_doubtful(const struct fixture *fixture, struct found found)
{
	const uint64_t begin = fixture->plain[found.begin].time,
		       end = fixture->plain[found.end].time;
	uint64_t since;

	for (uint32_t i = 0; i < fixture->nr; i++) {
		if (fixture->types[fixture->plain[i].type].file == 0 &&
		    fixture->plain[i].time > begin && fixture_gap(fixture, i, &since) &&
		    since < end)
			return true;
	}
	return false;
}

static void pairs_across_losses_are_doubtful(void **state)
{
	static const struct utfs_view_pair_wish wishes[] = {{0, 1, ""}, {2, 3, "id"}};
	const struct utfs_view_latency_wish all = {.to = UINT64_MAX, .longest = UINT64_MAX};
	static struct utfs_view_latencies latencies;
	struct fixture fixture;
	struct found *found;

	(void)state;
	fixture_init(&fixture, 13);
	fixture.is_lossy = true;
	fixture_add(&fixture, 6000);
	found = calloc(fixture.nr, sizeof(*found));
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct utfs_view_pairs *pairs;
		uint32_t nr = find_pairs(&fixture, wishes[i].begin, wishes[i].end, wishes[i].field,
					 found);
		uint32_t sure = 0, doubtful = 0;

		assert_int_equal(utfs_view_pairs_create(&fixture.store, &wishes[i], &pairs), 0);
		for (uint32_t j = 0; j < nr; j++) {
			const struct utfs_view_span *span = is_doubtful(&fixture, found[j])
								    ? &pairs->doubtful[doubtful++]
								    : &pairs->spans[sure++];

			assert_int_equal(span->begin, found[j].begin);
			assert_int_equal(span->end, found[j].end);
		}
		assert_true(sure > 100 && doubtful > 100);
		assert_int_equal(pairs->nr, sure);
		assert_int_equal(pairs->nr_doubtful, doubtful);
		assert_int_equal(utfs_view_latencies(pairs, &fixture.store, &all, &latencies), 0);
		assert_int_equal(latencies.nr, sure);
		assert_int_equal(latencies.nr_doubtful, doubtful);
		utfs_view_pairs_free(pairs);
	}
	free(found);
	fixture_fini(&fixture);
}

/* Where a field names one thing each, no loss makes a wrong pair of two things. */
static void names_are_not_doubtful(void **state)
{
	static const struct utfs_view_pair_wish by_name = {0, 1, "id"}, by_thread = {0, 1, ""};
	struct utfs_view_pairs *pairs;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 14);
	fixture.is_lossy = true;
	fixture.has_names = true;
	fixture_add(&fixture, 2000);
	assert_int_equal(utfs_view_pairs_create(&fixture.store, &by_name, &pairs), 0);
	assert_int_equal(pairs->nr, 1000);
	assert_int_equal(pairs->nr_doubtful, 0);
	utfs_view_pairs_free(pairs);
	assert_int_equal(utfs_view_pairs_create(&fixture.store, &by_thread, &pairs), 0);
	assert_true(pairs->nr_doubtful > 0);
	utfs_view_pairs_free(pairs);
	/* Until one comes again. */
	fixture.has_names = false;
	fixture_add(&fixture, 100);
	assert_int_equal(utfs_view_pairs_create(&fixture.store, &by_name, &pairs), 0);
	assert_true(pairs->nr_doubtful > 0);
	utfs_view_pairs_free(pairs);
	fixture_fini(&fixture);
}

static void classes_hold_their_numbers(void **state)
{
	struct fixture fixture = {.state = 77};

	(void)state;
	for (uint32_t i = 0; i + 1 < UTFS_VIEW_CLASSES; i++) {
		assert_int_equal(utfs_view_class_of(utfs_view_class_begin(i)), i);
		assert_int_equal(utfs_view_class_of(utfs_view_class_begin(i + 1) - 1), i);
	}
	assert_int_equal(utfs_view_class_of(UINT64_MAX), UTFS_VIEW_CLASSES - 1);
	assert_int_equal(utfs_view_class_begin(UTFS_VIEW_CLASSES), UINT64_MAX);
	for (unsigned int i = 0; i < 100000; i++) {
		uint64_t number = (uint64_t)fixture_random(&fixture, UINT32_MAX) << 30 >>
				  fixture_random(&fixture, 60);
		uint32_t class = utfs_view_class_of(number);

		assert_true(utfs_view_class_begin(class) <= number);
		assert_true(number < utfs_view_class_begin(class + 1));
	}
}

static void impossible_pairs(void **state)
{
	static const struct utfs_view_pair_wish wishes[] = {
		{0, 0, ""}, {0, NR_TYPES, ""}, {99, 1, ""}, {0, 1, "nothing"}, {0, 1, "value"}};
	struct utfs_view_pairs *pairs;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 12);
	fixture_add(&fixture, 500);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		assert_int_equal(utfs_view_pairs_create(&fixture.store, &wishes[i], &pairs),
				 -EINVAL);
	fixture_fini(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_found),
		cmocka_unit_test(pairs_across_losses_are_doubtful),
		cmocka_unit_test(names_are_not_doubtful),
		cmocka_unit_test(classes_hold_their_numbers),
		cmocka_unit_test(impossible_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
