/* SPDX-License-Identifier: MIT */
/* Pages larger than 4 KiB: as many bytes of events as go in, all of them read, by our readers and by libtraceevent. */
#include <kbuffer.h>

#include "domain.h"

static bool locked;

static void start(struct domain *d, uint64_t buffer_kb, unsigned int order)
{
	if (!locked && !utfs_rseq_usable())
		skip();
	domain_init(d, locked, buffer_kb);
	utfs_instance_at(&d->arena, 0)->page_order = order;
	assert_int_equal(domain_create(&d->arena, 0), 0);
	domain_pin(0);
}

static int set_order(struct domain *d, unsigned int order)
{
	int ret = -EBUSY;

	/* A machine under load may not let the grace period's helper run in time. */
	for (int i = 0; ret == -EBUSY && i < 20; i++) {
		ret = utfs_tx_begin(&d->arena);
		if (!ret)
			ret = utfs_tx_end(&d->arena, utfs_ring_set_order(&d->arena, 0, order));
	}
	return ret;
}

static const struct utfs_ring_side *side(const struct domain *d)
{
	return &utfs_cpu_buffer_at(&d->arena, 0, 0)
			->sides[utfs_ring_side(&d->arena, 0, 0, UTFS_MAIN)];
}

/* Writes `value` in a record of so many bytes. */
static bool write_value(const struct domain *d, uint32_t value, size_t bytes)
{
	static union {
		uint64_t aligned;
		unsigned char bytes[UTFS_RECORD_HEADROOM + UTFS_RECORD_MAX + 8];
	} buffer;

	memcpy(buffer.bytes + UTFS_RECORD_HEADROOM, &value, sizeof(value));
	return utfs_ring_write(&d->writer, 0, &buffer, bytes, NULL, 0);
}

struct read {
	uint64_t n, lost, pages;
	uint32_t first, last;
};

/* Consumes all there is; values must count up by one but for what is lost. */
static void read_all(const struct domain *d, struct utfs_page_copy *copy, struct read *read)
{
	unsigned int number = utfs_ring_side(&d->arena, 0, 0, UTFS_MAIN);
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;

	memset(read, 0, sizeof(*read));
	assert_int_equal(utfs_reader_lock(&d->arena, 0, 0), 0);
	utfs_reader_cursor(&d->arena, 0, 0, number, &cursor);
	while (utfs_reader_copy(&d->arena, 0, 0, &cursor, copy) == 1) {
		uint32_t value;

		read->lost += copy->lost;
		utfs_event_iter_init(&iter, copy);
		while (utfs_event_iter_next(&iter)) {
			memcpy(&value, iter.record, sizeof(value));
			if (!read->n++)
				read->first = value;
			else
				assert_int_equal(value, read->last + 1);
			read->last = value;
		}
		utfs_cursor_advance(&cursor, copy, copy->page.commit, copy->nr_entries);
		read->pages++;
	}
	utfs_reader_consume(&d->arena, 0, 0, &cursor, read->n, read->lost);
	utfs_reader_unlock(&d->arena, 0, 0);
}

static void every_order_holds_what_it_says(void **state)
{
	for (unsigned int order = 1; order <= UTFS_PAGE_ORDER_MAX; order++) {
		struct utfs_page_copy copy = {.larger = NULL};
		uint32_t n = 0, per_page = utfs_page_room(order) / 8;
		struct read read;
		struct domain d;

		start(&d, 3 * utfs_page_room(order) / 1024, order);
		assert_true(side(&d)->nr_pages >= 3);
		assert_int_equal(side(&d)->page_order, order);
		/* The smallest events there are: more than a small page's word can count. */
		while (n < per_page + 5)
			assert_true(write_value(&d, n++, 4));
		read_all(&d, &copy, &read);
		assert_int_equal(read.n, n);
		assert_int_equal(read.pages, 2);
		/* All sizes, over the end several times. */
		for (uint32_t i = 0; i < 30 * side(&d)->nr_pages << order; i++)
			assert_true(write_value(&d, n++, 4 + i % 50 * 8 + (i % 97 ? 0 : 3000)));
		read_all(&d, &copy, &read);
		assert_int_equal(read.last, n - 1);
		assert_int_equal(read.lost + read.n, n - per_page - 5);
		assert_true(read.lost > 0);
		assert_int_equal(utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[0].dropped, 0);
		assert_int_equal(domain_stats(&d.arena, 0, 0).entries, 0);
		utfs_page_copy_fini(&copy);
		domain_fini(&d);
	}
}

static void long_silences_fit(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct read read;
	struct domain d;

	start(&d, 3000, 7);
	assert_int_equal(utfs_tx_begin(&d.arena), 0);
	utfs_tx_set(&d.arena, &utfs_instance_at(&d.arena, 0)->clock, UTFS_CLOCK_COUNTER);
	utfs_ring_configure(&d.arena, 0);
	assert_int_equal(utfs_tx_end(&d.arena, 0), 0);
	for (uint32_t i = 0; i < 100; i++) {
		assert_true(write_value(&d, i, 4 + i));
		d.arena.header->counter += UINT64_C(1) << i % 50;
	}
	read_all(&d, &copy, &read);
	assert_int_equal(read.n, 100);
	assert_int_equal(read.lost, 0);
	utfs_page_copy_fini(&copy);
	domain_fini(&d);
}

static void a_change_of_the_order_empties(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct read read;
	struct domain d;
	int ret;

	start(&d, 1408, 0);
	for (uint32_t i = 0; i < 1000; i++)
		assert_true(write_value(&d, i, 12));
	assert_int_equal(set_order(&d, 8), -EINVAL);
	assert_int_equal(domain_stats(&d.arena, 0, 0).entries, 1000);
	ret = utfs_tx_begin(&d.arena);
	assert_int_equal(ret, 0);
	assert_int_equal(utfs_tx_end(&d.arena, utfs_ring_snapshot_take(&d.arena, 0, 1 - 1)), 0);
	assert_int_equal(set_order(&d, 3), 0);
	assert_int_equal(utfs_ring_order(&d.arena, 0), 3);
	for (int i = 0; i < UTFS_NR_SIDES; i++) {
		const struct utfs_ring_side *at = &utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[i];

		assert_int_equal(at->page_order, 3);
		assert_true(at->nr_pages * utfs_page_room(3) >= 1408 * 1024);
		assert_true((at->nr_pages - 2) * utfs_page_room(3) < 1408 * 1024);
	}
	read_all(&d, &copy, &read);
	assert_int_equal(read.n + read.lost, 0);
	for (uint32_t i = 0; i < 10000; i++)
		assert_true(write_value(&d, i, 12));
	/* With the order as it is, a resize keeps what there is. */
	ret = -EBUSY;
	for (int i = 0; ret == -EBUSY && i < 20; i++)
		ret = domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 20);
	assert_int_equal(ret, 0);
	read_all(&d, &copy, &read);
	assert_int_equal(read.n, 10000);
	assert_int_equal(set_order(&d, 3), 0);
	assert_int_equal(set_order(&d, 0), 0);
	assert_true(write_value(&d, 7, 12));
	read_all(&d, &copy, &read);
	assert_int_equal(read.n, 1);
	assert_int_equal(read.lost, 0);
	utfs_page_copy_fini(&copy);
	domain_fini(&d);
}

static void libtraceevent_reads_them(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct kbuffer *kbuffer = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_LITTLE);
	unsigned long long time_stamp;
	struct utfs_cursor cursor;
	struct utfs_page *page;
	struct domain d;
	uint32_t n = 0, value;
	void *record;

	start(&d, 3000, 5);
	for (; n < 5000; n++)
		assert_true(write_value(&d, n, 12 + n % 100));
	page = malloc(UTFS_PAGE_BYTES << 5);
	assert_non_null(page);
	assert_int_equal(utfs_reader_lock(&d.arena, 0, 0), 0);
	utfs_reader_cursor(&d.arena, 0, 0, 0, &cursor);
	for (n = 0; utfs_reader_copy(&d.arena, 0, 0, &cursor, &copy) == 1;) {
		utfs_page_export(&copy, page);
		assert_int_equal(kbuffer_load_subbuffer(kbuffer, page), 0);
		for (record = kbuffer_read_event(kbuffer, &time_stamp); record;
		     record = kbuffer_next_event(kbuffer, &time_stamp)) {
			memcpy(&value, record, sizeof(value));
			assert_int_equal(value, n++);
		}
		utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
	}
	utfs_reader_unlock(&d.arena, 0, 0);
	assert_int_equal(n, 5000);
	free(page);
	kbuffer_free(kbuffer);
	utfs_page_copy_fini(&copy);
	domain_fini(&d);
}

/* Words that nobody wrote: nothing outside of the heap is touched. */
static void damaged_orders_are_errors(void **state)
{
	struct utfs_page_copy copy = {.larger = NULL};
	struct utfs_ring_side *at;
	struct utfs_cursor cursor;
	struct domain d;

	start(&d, 100, 2);
	at = &utfs_cpu_buffer_at(&d.arena, 0, 0)->sides[0];
	assert_true(write_value(&d, 1, 12));
	utfs_reader_cursor(&d.arena, 0, 0, 0, &cursor);
	for (uint64_t order = 8; order < 80; order += 9) {
		at->page_order = order;
		assert_int_equal(utfs_reader_copy(&d.arena, 0, 0, &cursor, &copy), -ENODEV);
	}
	at->page_order = 2;
	assert_int_equal(utfs_reader_copy(&d.arena, 0, 0, &cursor, &copy), 1);
	/* In the middle of a page. */
	utfs_cpu_buffer_at(&d.arena, 0, 0)->tail += 1;
	assert_int_equal(utfs_reader_copy(&d.arena, 0, 0, &cursor, &copy), -ENODEV);
	/* The last page of the arena, whose end lies behind it. */
	utfs_cpu_buffer_at(&d.arena, 0, 0)->tail =
		utfs_tail_make(9, d.arena.size_bytes / UTFS_PAGE_BYTES - 1);
	assert_false(write_value(&d, 2, 12));
	utfs_page_copy_fini(&copy);
	domain_fini(&d);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_holds_what_it_says),
		cmocka_unit_test(long_silences_fit),
		cmocka_unit_test(a_change_of_the_order_empties),
		cmocka_unit_test(libtraceevent_reads_them),
		cmocka_unit_test(damaged_orders_are_errors),
	};
	int failed = 0;

	for (int i = 0; i < 2; i++) {
		locked = i;
		failed +=
			cmocka_run_group_tests_name(locked ? "locked" : "rseq", tests, NULL, NULL);
	}
	return failed;
}
