/* SPDX-License-Identifier: MIT */
/* Columns, filters and bins, beside the same counted event by event. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/losses.h"

#define NR_BINS 97

struct bins {
	uint32_t counts[NR_BINS][NR_TYPES]; /* of one thread */
};

/* The bin of a time. Return: NR_BINS: none. */
static uint32_t bin_of(uint64_t time, uint64_t from, uint64_t to)
{
	uint32_t bin = NR_BINS;

	if (time < from || time >= to)
		return NR_BINS;
	/* The last edge that is not after it. */
	while (bin && from + (to - from) * bin / NR_BINS > time)
		bin--;
	/* Edges that lie together: the last of them is the one that counts. */
	return bin == NR_BINS ? NR_BINS - 1 : bin;
}

static bool accepts_all(const struct plain *plain)
{
	return plain != NULL;
}

static bool accepts_value(const struct plain *plain)
{
	return plain->type % 2 == 0 && plain->record.value > 50;
}

static bool accepts_mixed(const struct plain *plain)
{
	return (plain->record.id == 7 && plain->cpu != 1) || plain->tid == 1003 ||
	       !strcmp(plain->record.text, "n12");
}

static const struct {
	const char *text;
	bool (*accepts)(const struct plain *plain);
} filters[] = {
	{NULL, accepts_all},
	{"value > 50", accepts_value},
	{"(id == 7 && CPU != 1) || COMM == \"worker-1003\" || name ~ \"n12\"", accepts_mixed},
	{"common_pid == 1003 || id == 7 && CPU & CPUS{0,2-3} || name == 'n12'", accepts_mixed},
};

static void count_plain(const struct fixture *fixture, uint32_t first, int32_t tid, uint64_t from,
			uint64_t to, bool (*accepts)(const struct plain *), struct bins *bins)
{
	memset(bins, 0, sizeof(*bins));
	for (uint32_t i = first; i < fixture->nr; i++) {
		const struct plain *plain = &fixture->plain[i];
		uint32_t bin = bin_of(plain->time, from, to);

		if (bin < NR_BINS && (!tid || plain->tid == tid) && accepts(plain))
			bins->counts[bin][plain->type]++;
	}
}

/* All threads and types of a part of the time. */
static void compare_window(const struct fixture *fixture, const struct utfs_view_eye *eye,
			   bool (*accepts)(const struct plain *), uint64_t from, uint64_t to)
{
	const uint32_t first = (uint32_t)fixture->store.dropped;
	uint32_t edges[NR_BINS + 1], scratch[NR_BINS], counts[NR_BINS];
	struct utfs_view_bin bins[NR_BINS];
	struct bins wanted;

	utfs_view_edges(&fixture->store, from, to, NR_BINS, edges);
	for (int32_t tid = 1000; tid < 1000 + NR_THREADS; tid++) {
		count_plain(fixture, first, tid, from, to, accepts, &wanted);
		utfs_view_bins(eye, fixture_thread(fixture, tid), edges, NR_BINS, bins, scratch);
		for (uint32_t i = 0; i < NR_BINS; i++) {
			uint32_t sum = 0, most = 0, type = UTFS_VIEW_NO_TYPE;

			for (uint32_t j = 0; j < NR_TYPES; j++) {
				if (eye->hidden && eye->hidden[j])
					continue;
				sum += wanted.counts[i][j];
				if (wanted.counts[i][j] > most) {
					most = wanted.counts[i][j];
					type = j;
				}
			}
			assert_int_equal(bins[i].count, sum);
			assert_int_equal(bins[i].type, type);
		}
	}
	count_plain(fixture, first, 0, from, to, accepts, &wanted);
	for (uint32_t j = 0; j < NR_TYPES; j++) {
		uint64_t sum = utfs_view_counts(eye, j, edges, NR_BINS, counts);

		for (uint32_t i = 0; i < NR_BINS && sum; i++) {
			assert_int_equal(counts[i], wanted.counts[i][j]);
			sum -= counts[i];
		}
		assert_int_equal(sum, 0);
	}
}

static void compare_windows(struct fixture *fixture, const struct utfs_view_eye *eye,
			    bool (*accepts)(const struct plain *))
{
	const struct plain *last = &fixture->plain[fixture->nr - 1];

	compare_window(fixture, eye, accepts, 0, last->time + 1);
	compare_window(fixture, eye, accepts, last->time, last->time);
	compare_window(fixture, eye, accepts, last->time + 10, last->time + 1000);
	for (unsigned int i = 0; i < 6; i++) {
		uint64_t from = fixture_random(fixture, (uint32_t)last->time);
		uint64_t width = fixture_random(fixture, (uint32_t)(last->time >> 3 * i)) + 1;

		compare_window(fixture, eye, accepts, from, from + width);
	}
}

static void bins_are_counts(void **state)
{
	static const bool hidden[NR_TYPES] = {[1] = true, [4] = true};
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 1);
	fixture_add(&fixture, fixture_events());
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct utfs_view_eye eye = {.store = &fixture.store};
		struct utfs_view_filter_failure failure;
		struct utfs_view_filter *filter = NULL;

		if (filters[i].text)
			assert_int_equal(utfs_view_filter_create(&fixture.store, filters[i].text,
								 &filter, &failure),
					 0);
		eye.filter = filter;
		compare_windows(&fixture, &eye, filters[i].accepts);
		eye.hidden = hidden;
		compare_windows(&fixture, &eye, filters[i].accepts);
		utfs_view_filter_free(filter);
	}
	fixture_fini(&fixture);
}

/* Events come, the oldest go, and a filter goes along. */
static void oldest_make_way(void **state)
{
	const uint32_t nr = fixture_events() / 10;
	struct utfs_view_filter_failure failure;
	struct utfs_view_filter *filter;
	struct utfs_view_eye eye;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 2);
	utfs_view_store_limit(&fixture.store, nr);
	fixture_add(&fixture, nr / 2);
	assert_int_equal(
		utfs_view_filter_create(&fixture.store, filters[2].text, &filter, &failure), 0);
	for (unsigned int i = 0; i < 12; i++) {
		fixture_add(&fixture, nr / 5);
		assert_true(fixture.store.nr <= nr);
		assert_int_equal(fixture.store.nr + fixture.store.dropped, fixture.nr);
		assert_int_equal(utfs_view_filter_update(filter, &fixture.store), 0);
		eye = (struct utfs_view_eye){&fixture.store, filter, NULL};
		compare_windows(&fixture, &eye, filters[2].accepts);
		eye.filter = NULL;
		compare_windows(&fixture, &eye, accepts_all);
	}
	assert_true(fixture.store.dropped > nr);
	utfs_view_filter_free(filter);
	fixture_fini(&fixture);
}

/* Threads come and go: the tables have those that have events, and numbers that are used again mean who has them now. */
static void gone_threads_make_way(void **state)
{
	const uint32_t limit = 1000, of_each = 10, nr = 40000;
	struct utfs_view_filter_failure failure;
	struct utfs_view_filter *filter = NULL;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 4);
	utfs_view_store_limit(&fixture.store, limit);
	for (uint32_t i = 0; i < nr; i++) {
		const int32_t tid = 1 + (int32_t)(i / of_each);
		struct record record = {.pid = tid, .value = (int32_t)i, .name = 8 << 16 | 24};
		const struct utfs_recording_event event = {
			.timestamp = i,
			.type = &fixture.types[i % 2],
			.record = (const unsigned char *)&record,
			.record_bytes = sizeof(record),
			.tid = tid,
		};

		record.type = event.type->id;
		assert_int_equal(utfs_view_store_add(&fixture.store, &event), 0);
		if (!filter)
			assert_int_equal(utfs_view_filter_create(&fixture.store, "common_pid & 1",
								 &filter, &failure),
					 0);
		if (i % 100 == 0)
			assert_int_equal(utfs_view_filter_update(filter, &fixture.store), 0);
	}
	assert_true(fixture.store.nr_threads <= limit / of_each + 1);
	assert_true(fixture.store.nr_lanes <= 2 * (limit / of_each + 1));
	assert_int_equal(utfs_view_filter_update(filter, &fixture.store), 0);
	for (uint32_t i = 0; i < fixture.store.nr; i++) {
		const uint32_t number = i + (uint32_t)fixture.store.dropped;
		const int32_t tid = 1 + (int32_t)(number / of_each);
		struct utfs_recording_event event;

		utfs_view_store_event(&fixture.store, i, &event);
		assert_int_equal(event.tid, tid);
		assert_ptr_equal(event.type, &fixture.types[number % 2]);
		assert_int_equal(utfs_view_filter_accepts(filter, &fixture.store, i), tid & 1);
	}
	for (uint32_t i = 0; i < fixture.store.nr_threads; i++) {
		const struct utfs_view_thread *thread = &fixture.store.threads[i];

		assert_int_equal(thread->nr_events, thread->is_spare ? 0 : of_each);
		assert_int_equal(thread->nr_lanes, thread->is_spare ? 0 : 2);
	}
	utfs_view_filter_free(filter);
	fixture_fini(&fixture);
}

static void compare_losses(const struct fixture *fixture, uint64_t from, uint64_t to)
{
	const uint64_t width = (to - from) / NR_BINS;
	uint64_t sum = 0, since;
	uint32_t gaps = 0, wide = 0, nr;
	struct utfs_view_loss *losses;

	for (uint32_t i = (uint32_t)fixture->store.dropped; i < fixture->nr; i++) {
		const struct plain *plain = &fixture->plain[i];

		if (!fixture_gap(fixture, i, &since) || since >= to || plain->time < from)
			continue;
		gaps++;
		wide += since < from || plain->time - since > width;
		sum += plain->lost == UTFS_RECORDING_LOST_SOME ? 0 : plain->lost;
	}
	assert_int_equal(utfs_view_losses_find(&fixture->store, from, to, NR_BINS, &losses, &nr),
			 0);
	assert_true(nr <= wide + 2 * NR_BINS && nr >= wide);
	for (uint32_t i = 0; i < nr; i++) {
		assert_true(losses[i].begin < to && losses[i].end >= from);
		assert_true(losses[i].begin <= losses[i].end);
		assert_true(losses[i].nr_gaps == 1 || losses[i].end - losses[i].begin <= width);
		assert_true(losses[i].nr_gaps > 1 || !losses[i].of_more_cpus);
		assert_true(losses[i].lost || losses[i].has_lost_some);
		gaps -= losses[i].nr_gaps;
		sum -= losses[i].lost;
	}
	assert_int_equal(gaps, 0);
	assert_int_equal(sum, 0);
	free(losses);
}

static void losses_are_told(void **state)
{
	struct fixture fixture;
	uint64_t lost = 0;
	bool some = false;

	(void)state;
	fixture_init(&fixture, 15);
	fixture.is_lossy = true;
	utfs_view_store_limit(&fixture.store, 6000);
	fixture_add(&fixture, 8000);
	for (uint32_t i = 0; i < fixture.nr; i++) {
		some = some || fixture.plain[i].lost == UTFS_RECORDING_LOST_SOME;
		lost += fixture.plain[i].lost == UTFS_RECORDING_LOST_SOME ? 0
									  : fixture.plain[i].lost;
	}
	assert_true(fixture.store.dropped && some);
	assert_int_equal(fixture.store.nr_lost, lost);
	assert_int_equal(fixture.store.has_lost_some, some);
	for (unsigned int i = 0; i < 100; i++) {
		const uint64_t first = fixture.store.time[0];
		const uint64_t length = fixture.plain[fixture.nr - 1].time - first;
		const uint64_t from = first + fixture_random(&fixture, (uint32_t)length);

		compare_losses(&fixture, from, from + (length >> i % 16));
	}
	fixture_fini(&fixture);
}

static void events_are_kept(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 3);
	utfs_view_store_limit(&fixture.store, 1000);
	fixture_add(&fixture, 2345);
	for (uint32_t i = 0; i < fixture.store.nr; i++) {
		const struct plain *plain = &fixture.plain[i + fixture.store.dropped];
		struct utfs_recording_event event;
		char comm[16];

		utfs_view_store_event(&fixture.store, i, &event);
		snprintf(comm, sizeof(comm), "worker-%d", plain->tid);
		assert_int_equal(event.timestamp, UINT64_C(1700000000000000000) + plain->time);
		assert_ptr_equal(event.type, &fixture.types[plain->type]);
		assert_int_equal(event.cpu, plain->cpu);
		assert_int_equal(event.tid, plain->tid);
		assert_int_equal(event.tgid, plain->tid / 4 * 4);
		assert_string_equal(event.comm, comm);
		assert_int_equal(event.record_bytes, sizeof(plain->record));
		assert_memory_equal(event.record, &plain->record, sizeof(plain->record));
	}
	fixture_fini(&fixture);
}

static void near_and_next(void **state)
{
	struct utfs_view_filter_failure failure;
	struct utfs_view_filter *filter;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 4);
	fixture_add(&fixture, 3000);
	assert_int_equal(
		utfs_view_filter_create(&fixture.store, filters[2].text, &filter, &failure), 0);
	for (unsigned int round = 0; round < 500; round++) {
		const struct utfs_view_eye eye = {&fixture.store, round % 2 ? filter : NULL, NULL};
		const uint32_t place = fixture_random(&fixture, fixture.nr + 1);
		const int32_t tid = 1000 + (int32_t)fixture_random(&fixture, NR_THREADS);
		const uint64_t time = fixture_random(
			&fixture, (uint32_t)fixture.plain[fixture.nr - 1].time + 100);
		uint32_t next = UTFS_VIEW_NO_PLACE, previous = UTFS_VIEW_NO_PLACE;
		uint32_t nearest = UTFS_VIEW_NO_PLACE;
		uint64_t best = UINT64_MAX;

		for (uint32_t i = 0; i < fixture.nr; i++) {
			const struct plain *plain = &fixture.plain[i];
			const uint64_t distance =
				plain->time > time ? plain->time - time : time - plain->time;

			if (plain->tid != tid || (eye.filter && !filters[2].accepts(plain)))
				continue;
			if (i >= place && next == UTFS_VIEW_NO_PLACE)
				next = i;
			if (i < place)
				previous = i;
			if (distance < best) {
				best = distance;
				nearest = i;
			}
		}
		assert_int_equal(utfs_view_next(&eye, fixture_thread(&fixture, tid), place), next);
		assert_int_equal(utfs_view_previous(&eye, fixture_thread(&fixture, tid), place),
				 previous);
		place == 0 ? assert_int_equal(previous, UTFS_VIEW_NO_PLACE) : (void)0;
		/* Of those at one time, any is the nearest. */
		if (nearest != UTFS_VIEW_NO_PLACE) {
			uint32_t found =
				utfs_view_nearest(&eye, fixture_thread(&fixture, tid), time);

			assert_int_equal(fixture.plain[found].time, fixture.plain[nearest].time);
			assert_int_equal(fixture.plain[found].tid, tid);
		}
	}
	utfs_view_filter_free(filter);
	fixture_fini(&fixture);
}

static void wrong_filters(void **state)
{
	static const struct {
		const char *text, *wrong;
		uint32_t position;
	} cases[] = {
		{"value >", "Invalid value (did you forget quotes)?", 8},
		{"nothing == 1", "Field not found", 8},
		{"value == \"x\"", "Expecting numeric field", 10},
		{"(id == 1", "Too many '('", 0},
		{"id == 1 && status = 2", "Invalid operator", 19},
	};
	struct utfs_view_filter_failure failure;
	struct utfs_view_filter *filter;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, 5);
	fixture_add(&fixture, 500);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			utfs_view_filter_create(&fixture.store, cases[i].text, &filter, &failure),
			-EINVAL);
		assert_null(filter);
		assert_string_equal(failure.text, cases[i].wrong);
		assert_int_equal(failure.position, cases[i].position);
	}
	fixture_fini(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bins_are_counts),	 cmocka_unit_test(oldest_make_way),
		cmocka_unit_test(gone_threads_make_way), cmocka_unit_test(events_are_kept),
		cmocka_unit_test(near_and_next),	 cmocka_unit_test(wrong_filters),
		cmocka_unit_test(losses_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
