/* SPDX-License-Identifier: MIT */
/* Snapshots: the two sides of a buffer, their swap, their memory. */
#include "domain.h"

#define PER_PAGE 204 /* events of domain_write() */

static bool locked;

static void start(struct domain *d, uint64_t buffer_kb)
{
	if (!locked && !utfs_rseq_usable())
		skip();
	domain_init(d, locked, buffer_kb);
	assert_int_equal(domain_create(&d->arena, 0), 0);
	domain_pin(0);
}

static int take(struct domain *d, uint32_t cpu)
{
	int ret = utfs_tx_begin(&d->arena);

	return ret ? ret : utfs_tx_end(&d->arena, utfs_ring_snapshot_take(&d->arena, 0, cpu));
}

static int allocate(struct domain *d)
{
	int ret = utfs_tx_begin(&d->arena);

	return ret ? ret : utfs_tx_end(&d->arena, utfs_ring_snapshot_allocate(&d->arena, 0));
}

/* A machine under load may not let the grace period's helper run in time: nothing has changed then. */
static int free_snapshot(struct domain *d)
{
	int ret = -EBUSY;

	for (int i = 0; ret == -EBUSY && i < 20; i++) {
		ret = utfs_tx_begin(&d->arena);
		if (!ret)
			ret = utfs_tx_end(&d->arena, utfs_ring_snapshot_free(&d->arena, 0));
	}
	return ret;
}

static void write_n(const struct domain *d, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		assert_true(domain_write(&d->writer, 0, i));
}

static unsigned int side_of(const struct domain *d, unsigned int cpu, enum utfs_which which)
{
	return utfs_ring_side(&d->arena, 0, cpu, which);
}

/* What one side holds must be these runs of values: first, number, first, number, ... 0, 0. */
static void check(const struct domain *d, unsigned int cpu, enum utfs_which which,
		  const uint32_t *runs)
{
	static struct utfs_page_copy copy;
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	uint32_t done = 0, value;
	int ret;

	assert_int_equal(utfs_reader_lock(&d->arena, 0, cpu), 0);
	utfs_reader_cursor(&d->arena, 0, cpu, side_of(d, cpu, which), &cursor);
	while ((ret = utfs_reader_copy(&d->arena, 0, cpu, &cursor, &copy)) == 1) {
		assert_int_equal(copy.lost, 0);
		utfs_event_iter_init(&iter, &copy);
		while (utfs_event_iter_next(&iter)) {
			memcpy(&value, iter.record, sizeof(value));
			if (done == runs[1]) {
				runs += 2;
				done = 0;
			}
			assert_true(runs[1]);
			assert_int_equal(value, runs[0] + done);
			done++;
		}
		utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
	}
	assert_int_equal(ret, 0);
	assert_int_equal(done, runs[1]);
	assert_true(!runs[1] || !runs[3]);
	utfs_reader_unlock(&d->arena, 0, cpu);
}

#define CHECK(d, cpu, which, ...)  check(d, cpu, which, (const uint32_t[]){__VA_ARGS__, 0, 0, 0, 0})
#define CHECK_EMPTY(d, cpu, which) CHECK(d, cpu, which, 0, 0)

static void a_snapshot_swaps_the_sides(void **state)
{
	struct domain d;

	start(&d, 40);
	write_n(&d, 0, 10);
	assert_false(utfs_ring_snapshot_allocated(&d.arena, 0));
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	assert_true(utfs_ring_snapshot_allocated(&d.arena, 0));
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 10);
	CHECK_EMPTY(&d, 0, UTFS_MAIN);
	write_n(&d, 10, 500);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 10);
	CHECK(&d, 0, UTFS_MAIN, 10, 500);
	/* As in the kernel: what the snapshot held is in the main buffer again. */
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	write_n(&d, 600, 3);
	CHECK(&d, 0, UTFS_SNAPSHOT, 10, 500);
	CHECK(&d, 0, UTFS_MAIN, 0, 10, 600, 3);
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	write_n(&d, 700, 300);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 10, 600, 3);
	CHECK(&d, 0, UTFS_MAIN, 10, 500, 700, 300);
	domain_fini(&d);
}

/* What was waited for is in the snapshot now, and the other side's pages have numbers of their own. */
static void a_swap_wakes_who_waits_for_pages(void **state)
{
	struct domain d;
	uint32_t armed;

	start(&d, 40);
	write_n(&d, 0, 5 * PER_PAGE);
	assert_int_equal(allocate(&d), 0);
	(void)utfs_ring_arm_pages(&d.arena, 0, 0, 8);
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	armed = d.arena.header->data_futex;
	assert_int_equal(utfs_ring_wait(&d.arena, armed, 1), -ETIMEDOUT);
	write_n(&d, 0, 1);
	assert_int_equal(utfs_ring_wait(&d.arena, armed, 60000), 0);
	domain_fini(&d);
}

/* Nobody writes on a CPU, or not any more: its readers see the swap all the same. */
static void idle_cpus_need_not_be_waited_for(void **state)
{
	const struct utfs_cpu_buffer *cb;
	struct domain d;
	uint64_t tail;

	start(&d, 40);
	cb = utfs_cpu_buffer_at(&d.arena, 0, 0);
	assert_int_equal(allocate(&d), 0);
	write_n(&d, 0, 10);
	tail = cb->tail;
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	assert_int_equal(cb->tail, tail | UTFS_TAIL_SWAP);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 10);
	CHECK_EMPTY(&d, 0, UTFS_MAIN);
	/* A second one before a writer came by: two swaps with nothing in between. */
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	CHECK(&d, 0, UTFS_MAIN, 0, 10);
	write_n(&d, 10, 10);
	CHECK(&d, 0, UTFS_MAIN, 0, 20);
	CHECK_EMPTY(&d, 0, UTFS_SNAPSHOT);
	assert_false(cb->tail & UTFS_TAIL_SWAP);
	domain_fini(&d);
}

static void one_cpu_alone(void **state)
{
	struct domain d;

	start(&d, 40);
	if (d.arena.nr_cpus < 2 || sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		domain_fini(&d);
		skip();
	}
	write_n(&d, 0, 10);
	domain_pin(1);
	write_n(&d, 1000, 10);
	assert_int_equal(take(&d, d.arena.nr_cpus), -EINVAL);
	assert_int_equal(take(&d, 1), 0);
	CHECK(&d, 0, UTFS_MAIN, 0, 10);
	CHECK(&d, 1, UTFS_SNAPSHOT, 1000, 10);
	write_n(&d, 1010, 10);
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 10);
	CHECK(&d, 1, UTFS_SNAPSHOT, 1010, 10);
	CHECK(&d, 1, UTFS_MAIN, 1000, 10);
	/* Each CPU's other side is freed, whichever that is. */
	assert_int_equal(free_snapshot(&d), 0);
	CHECK_EMPTY(&d, 0, UTFS_MAIN);
	CHECK(&d, 1, UTFS_MAIN, 1000, 10);
	write_n(&d, 1010, 10);
	CHECK(&d, 1, UTFS_MAIN, 1000, 20);
	domain_fini(&d);
}

static void without_a_snapshot_a_request_is_counted(void **state)
{
	uint64_t mask = 2;
	struct domain d;

	start(&d, 40);
	write_n(&d, 0, 10);
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	assert_int_equal(utfs_recorder_at(&d.arena, 0)->snapshots_missed, 1);
	CHECK(&d, 0, UTFS_MAIN, 0, 10);
	assert_int_equal(allocate(&d), 0);
	utfs_ring_snapshot_request(&d.arena, 0, &mask, 1);
	assert_int_equal(utfs_recorder_at(&d.arena, 0)->snapshots_missed, 2);
	CHECK(&d, 0, UTFS_MAIN, 0, 10);
	utfs_ring_snapshot_request(&d.arena, 0, &mask, 2);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 10);
	domain_fini(&d);
}

static void freeing_gives_the_memory_back(void **state)
{
	uint64_t used, more;
	struct domain d;

	start(&d, 400);
	/* Once before: the arena's own tables grow. */
	assert_int_equal(allocate(&d), 0);
	assert_int_equal(free_snapshot(&d), 0);
	used = domain_used_bytes(&d.arena);
	assert_int_equal(free_snapshot(&d), 0);
	write_n(&d, 0, 10);
	assert_int_equal(allocate(&d), 0);
	more = domain_used_bytes(&d.arena) - used;
	assert_true(more >= (uint64_t)d.arena.nr_cpus * 400 * 1024);
	assert_int_equal(allocate(&d), 0);
	assert_int_equal(domain_used_bytes(&d.arena) - used, more);
	CHECK(&d, 0, UTFS_MAIN, 0, 10);
	/* No writer came by since: what is freed are the ten events all the same. */
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	assert_int_equal(free_snapshot(&d), 0);
	assert_false(utfs_ring_snapshot_allocated(&d.arena, 0));
	assert_int_equal(domain_used_bytes(&d.arena), used);
	CHECK_EMPTY(&d, 0, UTFS_MAIN);
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	write_n(&d, 10, 10);
	CHECK(&d, 0, UTFS_MAIN, 10, 10);
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	write_n(&d, 20, 10);
	CHECK(&d, 0, UTFS_SNAPSHOT, 10, 10);
	CHECK(&d, 0, UTFS_MAIN, 20, 10);
	domain_fini(&d);
}

static void without_room_nothing_changes(void **state)
{
	struct domain d;
	uint64_t used;

	start(&d, UINT64_C(300) * 1024 / (uint64_t)sysconf(_SC_NPROCESSORS_CONF));
	used = domain_used_bytes(&d.arena);
	write_n(&d, 0, 10);
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), -ENOMEM);
	assert_false(utfs_ring_snapshot_allocated(&d.arena, 0));
	assert_true(domain_used_bytes(&d.arena) - used <= 64 * 1024);
	CHECK(&d, 0, UTFS_MAIN, 0, 10);
	domain_fini(&d);
}

/* What was read of a side stays read wherever it goes, and a reader that began goes on with it. */
static void positions_go_with_their_side(void **state)
{
	static struct utfs_page_copy copy;
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	struct domain d;

	start(&d, 40);
	assert_int_equal(allocate(&d), 0);
	write_n(&d, 0, 10);
	assert_int_equal(utfs_reader_lock(&d.arena, 0, 0), 0);
	utfs_reader_cursor(&d.arena, 0, 0, side_of(&d, 0, UTFS_MAIN), &cursor);
	assert_int_equal(utfs_reader_copy(&d.arena, 0, 0, &cursor, &copy), 1);
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	write_n(&d, 10, 10);
	utfs_event_iter_init(&iter, &copy);
	for (int i = 0; i < 4; i++)
		assert_true(utfs_event_iter_next(&iter));
	utfs_cursor_advance(&cursor, &copy, iter.next, 4);
	utfs_reader_consume(&d.arena, 0, 0, &cursor, 4, 0);
	utfs_reader_unlock(&d.arena, 0, 0);
	CHECK(&d, 0, UTFS_SNAPSHOT, 4, 6);
	CHECK(&d, 0, UTFS_MAIN, 10, 10);
	/* Clearing the snapshot leaves the main buffer alone, and the other way round. */
	assert_int_equal(utfs_reader_lock(&d.arena, 0, 0), 0);
	utfs_reader_reset(&d.arena, 0, 0, side_of(&d, 0, UTFS_SNAPSHOT));
	utfs_reader_unlock(&d.arena, 0, 0);
	CHECK_EMPTY(&d, 0, UTFS_SNAPSHOT);
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	CHECK_EMPTY(&d, 0, UTFS_MAIN);
	CHECK(&d, 0, UTFS_SNAPSHOT, 10, 10);
	write_n(&d, 20, 10);
	CHECK(&d, 0, UTFS_MAIN, 20, 10);
	domain_fini(&d);
}

static int resize(struct domain *d, uint64_t nr_pages)
{
	int ret = -EBUSY;

	for (int i = 0; ret == -EBUSY && i < 20; i++)
		ret = domain_resize(&d->arena, UTFS_PIN_ALL_CPUS, nr_pages);
	return ret;
}

static void both_sides_are_resized(void **state)
{
	struct domain d;

	start(&d, 40);
	write_n(&d, 0, 5 * PER_PAGE);
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	write_n(&d, 5 * PER_PAGE, 4 * PER_PAGE);
	assert_int_equal(resize(&d, 50), 0);
	for (unsigned int cpu = 0; cpu < d.arena.nr_cpus; cpu++)
		for (int side = 0; side < UTFS_NR_SIDES; side++)
			assert_int_equal(utfs_cpu_buffer_at(&d.arena, 0, cpu)->sides[side].nr_pages,
					 50);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 5 * PER_PAGE);
	CHECK(&d, 0, UTFS_MAIN, 5 * PER_PAGE, 4 * PER_PAGE);
	write_n(&d, 9 * PER_PAGE, 20 * PER_PAGE);
	CHECK(&d, 0, UTFS_MAIN, 5 * PER_PAGE, 24 * PER_PAGE);
	/* A swap that no writer has seen yet is made by the resize. */
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	assert_int_equal(resize(&d, 60), 0);
	write_n(&d, 100000, 10);
	CHECK(&d, 0, UTFS_MAIN, 0, 5 * PER_PAGE, 100000, 10);
	CHECK(&d, 0, UTFS_SNAPSHOT, 5 * PER_PAGE, 24 * PER_PAGE);
	domain_fini(&d);
}

static void a_full_side_does_not_fill_the_other(void **state)
{
	struct domain d;
	uint32_t n = 0;

	start(&d, 8);
	assert_int_equal(allocate(&d), 0);
	utfs_recorder_at(&d.arena, 0)->config &= ~UTFS_CONFIG_OVERWRITE;
	while (domain_write(&d.writer, 0, n))
		n++;
	assert_int_equal(utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[0].dropped, 1);
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	write_n(&d, 5000, 100);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, n);
	CHECK(&d, 0, UTFS_MAIN, 5000, 100);
	assert_int_equal(utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[1].dropped, 0);
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	assert_false(domain_write(&d.writer, 0, 0));
	assert_int_equal(utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[0].dropped, 2);
	domain_fini(&d);
}

static void a_snapshot_ends_with_its_recorder(void **state)
{
	uint64_t used, snapshot;
	struct domain d;

	start(&d, 400);
	used = domain_used_bytes(&d.arena);
	write_n(&d, 0, 10);
	assert_int_equal(take(&d, UTFS_PIN_ALL_CPUS), 0);
	write_n(&d, 0, 10);
	snapshot = utfs_recorder_at(&d.arena, 0)->snapshot;
	assert_int_equal(domain_unpublish(&d.arena, 0), 0);
	for (int i = 0; i < 20 && utfs_recorder_at(&d.arena, 0)->state != UTFS_RECORDER_FREE; i++)
		assert_true(utfs_ring_reap(&d.arena) >= -EBUSY);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_true(domain_used_bytes(&d.arena) - used <= 64 * 1024);
	assert_false(utfs_ring_snapshot_allocated(&d.arena, 0));
	/* Who has still seen the former life's word cannot swap this one. */
	assert_true(utfs_recorder_at(&d.arena, 0)->snapshot > snapshot);
	CHECK_EMPTY(&d, 0, UTFS_MAIN);
	write_n(&d, 0, 10);
	CHECK(&d, 0, UTFS_MAIN, 0, 10);
	domain_fini(&d);
}

/* A parked tail that is none: the events are better kept where they are. */
static void a_damaged_side_is_not_written(void **state)
{
	struct domain d;

	start(&d, 40);
	assert_int_equal(allocate(&d), 0);
	write_n(&d, 0, 10);
	utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[1].parked = 12345;
	utfs_ring_snapshot_request(&d.arena, 0, NULL, 0);
	write_n(&d, 10, 10);
	assert_int_equal(utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[0].dropped, 0);
	/* One that leads elsewhere. */
	utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[1].parked = utfs_tail_make(7, 3);
	utfs_swap_hint(utfs_recorder_at(&d.arena, 0), utfs_cpu_buffer_at(&d.arena, 0, 0));
	write_n(&d, 20, 10);
	CHECK(&d, 0, UTFS_SNAPSHOT, 0, 30);
	domain_fini(&d);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_swaps_the_sides),
		cmocka_unit_test(a_swap_wakes_who_waits_for_pages),
		cmocka_unit_test(idle_cpus_need_not_be_waited_for),
		cmocka_unit_test(one_cpu_alone),
		cmocka_unit_test(without_a_snapshot_a_request_is_counted),
		cmocka_unit_test(freeing_gives_the_memory_back),
		cmocka_unit_test(without_room_nothing_changes),
		cmocka_unit_test(positions_go_with_their_side),
		cmocka_unit_test(both_sides_are_resized),
		cmocka_unit_test(a_full_side_does_not_fill_the_other),
		cmocka_unit_test(a_snapshot_ends_with_its_recorder),
		cmocka_unit_test(a_damaged_side_is_not_written),
	};
	int failed = 0;

	for (int i = 0; i < 2; i++) {
		locked = i;
		failed +=
			cmocka_run_group_tests_name(locked ? "locked" : "rseq", tests, NULL, NULL);
	}
	return failed;
}
