/* SPDX-License-Identifier: MIT */
/* Creating, resizing, unpublishing, reaping and repairing buffers in a real arena. */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "domain.h"

#define PER_PAGE 204 /* events of domain_write() */

static bool locked;

static void start(struct domain *d, uint64_t buffer_kb)
{
	if (!locked && !utfs_rseq_usable())
		skip();
	domain_init(d, locked, buffer_kb);
}

static void write_n(const struct domain *d, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		assert_true(domain_write(&d->writer, 0, i));
}

static void sizes_are_the_kernels(void **state)
{
	assert_int_equal(utfs_ring_pages_for_kb(0, 0), 2);
	assert_int_equal(utfs_ring_pages_for_kb(1, 0), 2);
	assert_int_equal(utfs_ring_pages_for_kb(8, 0), 3);
	assert_int_equal(utfs_ring_kb_of_pages(utfs_ring_pages_for_kb(1, 0), 0), 7);
	assert_int_equal(utfs_ring_kb_of_pages(utfs_ring_pages_for_kb(8, 0), 0), 11);
	assert_int_equal(utfs_ring_kb_of_pages(utfs_ring_pages_for_kb(100, 0), 0), 103);
	assert_int_equal(utfs_ring_kb_of_pages(utfs_ring_pages_for_kb(1000, 0), 0), 1000);
	assert_int_equal(utfs_ring_kb_of_pages(utfs_ring_pages_for_kb(1408, 0), 0), 1410);
	assert_int_equal(utfs_ring_pages_for_kb(UINT64_MAX, 0), UINT64_MAX);
}

static void create_gives_every_cpu_a_buffer(void **state)
{
	struct domain_read read;
	struct domain d;

	start(&d, 20);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_int_equal(utfs_instance_at(&d.arena, 0)->recorder, 1);
	for (unsigned int cpu = 0; cpu < d.arena.nr_cpus; cpu++) {
		domain_pin(cpu);
		write_n(&d, 1000 * cpu, 10);
	}
	/* Again: nothing happens. */
	assert_int_equal(domain_create(&d.arena, 0), 0);
	for (unsigned int cpu = 0; cpu < d.arena.nr_cpus; cpu++) {
		assert_int_equal(domain_read(&d.arena, 0, cpu, true, &read), 0);
		assert_int_equal(read.n, 10);
		assert_int_equal(read.first, 1000 * cpu);
	}
	domain_fini(&d);
}

static void create_without_room_changes_nothing(void **state)
{
	uint64_t used;
	struct domain d;

	start(&d, 1024 * 1024);
	used = domain_used_bytes(&d.arena);
	assert_int_equal(domain_create(&d.arena, 0), -ENOMEM);
	assert_int_equal(utfs_instance_at(&d.arena, 0)->recorder, 0);
	/* The tables of recorders may have grown. */
	assert_true(domain_used_bytes(&d.arena) - used <= 64 * 1024);
	utfs_instance_at(&d.arena, 0)->buffer_kb = UINT64_MAX;
	assert_int_equal(domain_create(&d.arena, 0), -EINVAL);
	utfs_instance_at(&d.arena, 0)->buffer_kb = 20;
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_fini(&d);
}

static void configure_reaches_the_writers(void **state)
{
	struct utfs_instance *instance;
	struct domain d;

	start(&d, 20);
	instance = utfs_instance_at(&d.arena, 0);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 1);
	assert_int_equal(utfs_tx_begin(&d.arena), 0);
	utfs_ring_set_on(&d.arena, 0, false);
	assert_int_equal(utfs_tx_end(&d.arena, 0), 0);
	assert_false(domain_write(&d.writer, 0, 1));
	assert_int_equal(utfs_tx_begin(&d.arena), 0);
	utfs_ring_set_on(&d.arena, 0, true);
	assert_int_equal(utfs_tx_end(&d.arena, 0), 0);
	instance->paused = 1;
	assert_int_equal(utfs_tx_begin(&d.arena), 0);
	utfs_ring_configure(&d.arena, 0);
	assert_int_equal(utfs_tx_end(&d.arena, 0), 0);
	assert_true(utfs_ring_is_on(&d.arena, 0));
	assert_false(domain_write(&d.writer, 0, 1));
	instance->paused = 0;
	instance->options = 0;
	instance->clock = UTFS_CLOCK_COUNTER;
	assert_int_equal(utfs_tx_begin(&d.arena), 0);
	utfs_ring_configure(&d.arena, 0);
	assert_int_equal(utfs_tx_end(&d.arena, 0), 0);
	assert_int_equal(utfs_recorder_at(&d.arena, 0)->config,
			 UTFS_CONFIG_ON | UTFS_CLOCK_COUNTER << UTFS_CONFIG_CLOCK_SHIFT);
	domain_fini(&d);
}

static void growing_keeps_everything(void **state)
{
	struct domain_read read;
	struct domain d;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 5 * PER_PAGE + 7);
	assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 100), 0);
	write_n(&d, 5 * PER_PAGE + 7, 20 * PER_PAGE);
	assert_int_equal(domain_stats(&d.arena, 0, 0).nr_pages, 100);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, 25 * PER_PAGE + 7);
	assert_int_equal(read.first, 0);
	assert_int_equal(read.lost, 0);
	domain_fini(&d);
}

static void shrinking_keeps_the_newest(void **state)
{
	struct domain_read read;
	struct domain d;

	start(&d, 100);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 10 * PER_PAGE);
	assert_int_equal(domain_resize(&d.arena, 0, 4), 0);
	assert_int_equal(domain_stats(&d.arena, 0, 0).nr_pages, 4);
	assert_int_equal(domain_stats(&d.arena, 0, 0).entries, 3 * PER_PAGE);
	assert_int_equal(domain_stats(&d.arena, 0, 0).overrun, 7 * PER_PAGE);
	if (d.arena.nr_cpus > 1)
		assert_true(domain_stats(&d.arena, 0, 1).nr_pages > 4);
	write_n(&d, 10 * PER_PAGE, 5);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, 3 * PER_PAGE + 5);
	assert_int_equal(read.last, 10 * PER_PAGE + 4);
	assert_int_equal(read.lost, 7 * PER_PAGE);
	domain_fini(&d);
}

static void a_reader_goes_on_where_it_was(void **state)
{
	static struct utfs_page_copy copy;
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	struct domain_read read;
	struct domain d;

	start(&d, 100);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 3 * PER_PAGE);
	utfs_reader_cursor(&d.arena, 0, 0, 0, &cursor);
	assert_int_equal(utfs_reader_copy(&d.arena, 0, 0, &cursor, &copy), 1);
	utfs_event_iter_init(&iter, &copy);
	for (int i = 0; i < 50; i++)
		assert_true(utfs_event_iter_next(&iter));
	utfs_cursor_advance(&cursor, &copy, iter.next, 50);
	utfs_reader_consume(&d.arena, 0, 0, &cursor, 50, 0);
	for (uint64_t nr_pages = 10; nr_pages < 100; nr_pages += 30)
		assert_int_equal(domain_resize(&d.arena, 0, nr_pages), 0);
	write_n(&d, 3 * PER_PAGE, 1);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.first, 50);
	assert_int_equal(read.n, 3 * PER_PAGE + 1 - 50);
	domain_fini(&d);
}

static void resizing_without_overwrite_makes_room(void **state)
{
	struct domain_read read;
	struct domain d;
	uint32_t n = 0;

	start(&d, 8);
	utfs_instance_at(&d.arena, 0)->options = 0;
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	while (domain_write(&d.writer, 0, n))
		n++;
	assert_int_equal(n, 3 * PER_PAGE);
	assert_int_equal(domain_resize(&d.arena, 0, 10), 0);
	while (domain_write(&d.writer, 0, n))
		n++;
	assert_int_equal(n, 10 * PER_PAGE);
	assert_int_equal(domain_stats(&d.arena, 0, 0).dropped, 2);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, n);
	domain_fini(&d);
}

static void a_resize_that_fails_changes_nothing(void **state)
{
	struct domain_read read;
	struct domain d;
	uint64_t used;

	start(&d, 40);
	assert_int_equal(domain_resize(&d.arena, 0, 10), -ENODEV);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 100);
	used = domain_used_bytes(&d.arena);
	assert_int_equal(domain_resize(&d.arena, 0, 1), -EINVAL);
	assert_int_equal(domain_resize(&d.arena, d.arena.nr_cpus, 10), -EINVAL);
	assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, UINT64_MAX), -EINVAL);
	assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 500000), -ENOMEM);
	assert_int_equal(domain_used_bytes(&d.arena), used);
	write_n(&d, 100, 100);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, 200);
	domain_fini(&d);
}

static void resizing_leaks_nothing(void **state)
{
	struct domain d;
	uint64_t used;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 50), 0);
	used = domain_used_bytes(&d.arena);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 20), 0);
		assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 50), 0);
	}
	assert_true(domain_used_bytes(&d.arena) <= used + 64 * 1024);
	domain_fini(&d);
}

static void large_buffers_have_their_metas_in_pages(void **state)
{
	struct domain_read read;
	struct domain d;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	assert_int_equal(domain_resize(&d.arena, 0, 5000), 0);
	write_n(&d, 0, 4500 * PER_PAGE);
	assert_int_equal(domain_resize(&d.arena, 0, 4600), 0);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, 4500 * PER_PAGE);
	domain_fini(&d);
}

static void unpublish_and_reap_free_everything(void **state)
{
	uint64_t used, sequence;
	struct domain d;
	uint32_t id;

	start(&d, 40);
	struct utfs_event_strings event = {.system = "s",
					   .name = "n",
					   .fields = "",
					   .print_fmt = "\"\"",
					   .system_bytes = 1,
					   .name_bytes = 1,
					   .print_bytes = 2,
					   .record_bytes = 8};
	assert_int_equal(utfs_tx_begin(&d.arena), 0);
	assert_int_equal(utfs_tx_end(&d.arena, utfs_event_register(&d.arena, &event, &id)), 0);
	/* Once, so that the tables have grown. */
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_int_equal(domain_unpublish(&d.arena, 0), 0);
	assert_int_equal(utfs_ring_reap(&d.arena), 1);
	used = domain_used_bytes(&d.arena);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 3000);
	sequence = utfs_tail_sequence(utfs_cpu_buffer_at(&d.arena, 0, 0)->tail);
	*utfs_event_mask(&d.arena, id) = 7;
	assert_int_equal(domain_unpublish(&d.arena, 0), 0);
	assert_int_equal(*utfs_event_mask(&d.arena, id), 6);
	assert_int_equal(utfs_instance_at(&d.arena, 0)->recorder, 0);
	assert_false(domain_write(&d.writer, 0, 1));
	assert_int_equal(utfs_ring_reap(&d.arena), 1);
	assert_int_equal(utfs_ring_reap(&d.arena), 0);
	assert_int_equal(domain_used_bytes(&d.arena), used);
	/* Its next life never uses a sequence again. */
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_true(utfs_tail_sequence(utfs_cpu_buffer_at(&d.arena, 0, 0)->tail) > sequence);
	assert_int_equal(domain_stats(&d.arena, 0, 0).written, 0);
	domain_fini(&d);
}

static void an_unpublish_can_be_taken_back(void **state)
{
	struct domain_read read;
	struct domain d;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 10);
	assert_int_equal(utfs_tx_begin(&d.arena), 0);
	assert_int_equal(utfs_ring_unpublish(&d.arena, 0), 0);
	assert_int_equal(utfs_tx_end(&d.arena, -EBUSY), -EBUSY);
	assert_int_equal(utfs_ring_reap(&d.arena), 0);
	write_n(&d, 10, 10);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, 20);
	domain_fini(&d);
}

static void there_are_64_recorders(void **state)
{
	uint32_t slots[UTFS_MAX_RECORDERS + 1];
	struct domain d;
	char name[16];

	start(&d, 8);
	for (unsigned int i = 0; i <= UTFS_MAX_RECORDERS; i++) {
		snprintf(name, sizeof(name), "i%u", i);
		assert_int_equal(utfs_tx_begin(&d.arena), 0);
		assert_int_equal(utfs_tx_end(&d.arena, utfs_instance_add(&d.arena, name,
									 strlen(name), &slots[i])),
				 0);
		utfs_instance_at(&d.arena, slots[i])->buffer_kb = 8;
		assert_int_equal(domain_create(&d.arena, slots[i]),
				 i < UTFS_MAX_RECORDERS ? 0 : -EMFILE);
	}
	for (unsigned int i = 0; i < UTFS_MAX_RECORDERS; i += 2)
		assert_int_equal(domain_unpublish(&d.arena, slots[i]), 0);
	assert_int_equal(domain_create(&d.arena, slots[UTFS_MAX_RECORDERS]), -EMFILE);
	assert_int_equal(utfs_ring_reap(&d.arena), UTFS_MAX_RECORDERS / 2);
	assert_int_equal(domain_create(&d.arena, slots[UTFS_MAX_RECORDERS]), 0);
	domain_fini(&d);
}

static void repair(struct domain *d)
{
	assert_int_equal(utfs_tx_begin(&d->arena), 0);
	utfs_ring_repair(&d->arena);
	assert_int_equal(utfs_tx_end(&d->arena, 0), 0);
}

static void repair_finds_the_tail_in_the_pages(void **state)
{
	struct utfs_geometry geometry;
	struct utfs_cpu_buffer *cb;
	struct domain_read read;
	struct domain d;
	uint64_t tail;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	cb = utfs_cpu_buffer_at(&d.arena, 0, 0);
	for (uint32_t round = 0; round < 30; round++) {
		write_n(&d, round * 100, 100);
		tail = cb->tail;
		cb->tail = 0;
		repair(&d);
		assert_int_equal(cb->tail, tail);
	}
	/* A switch that was prepared, then its page got one more event, then it died. */
	assert_true(utfs_geometry_get(&d.arena, &cb->sides[0], &geometry));
	utfs_page_begin(&geometry, utfs_tail_sequence(cb->tail) + 1, 2999, 0);
	cb->tail = 0;
	repair(&d);
	assert_int_equal(utfs_tail_sequence(cb->tail), utfs_tail_sequence(tail) + 1);
	write_n(&d, 3000, 10);
	assert_int_equal(domain_stats(&d.arena, 0, 0).written, 3010);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.last, 3009);
	assert_int_equal(read.n + read.lost, 3010);
	domain_fini(&d);
}

static void repair_of_damaged_pages_counts_them_as_lost(void **state)
{
	struct utfs_geometry geometry;
	struct utfs_cpu_buffer *cb;
	struct domain_read read;
	struct domain d;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	cb = utfs_cpu_buffer_at(&d.arena, 0, 0);
	write_n(&d, 0, 100);
	assert_true(utfs_geometry_get(&d.arena, &cb->sides[0], &geometry));
	memset(geometry.meta, 0xff, geometry.nr_pages * sizeof(*geometry.meta));
	cb->tail = 0;
	repair(&d);
	assert_true(cb->tail != 0);
	write_n(&d, 5, 10);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, 10);
	domain_fini(&d);
}

static void a_grace_period_ends(void **state)
{
	struct domain d;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_int_equal(utfs_ring_grace(&d.arena, 0, 10000), 0);
	if (locked) {
		utfs_cpu_buffer_at(&d.arena, 0, 0)->lock = d.writer.owner + 1;
		assert_int_equal(utfs_ring_grace(&d.arena, 0, 10), -EBUSY);
		assert_int_equal(domain_resize(&d.arena, 0, 20), -EBUSY);
		/* The dead are not waited for. */
		utfs_cpu_buffer_at(&d.arena, 0, 0)->lock =
			++d.arena.header->last_proc_serial << 22 | 99;
		assert_int_equal(utfs_ring_grace(&d.arena, 0, 10), 0);
		domain_pin(0);
		write_n(&d, 0, 10);
	}
	domain_fini(&d);
}

/* Somebody who lives is inside and does not come out: nothing is freed under him, and later it is. */
static void what_cannot_be_waited_for_is_quarantined(void **state)
{
	struct domain d;
	uint64_t used;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	used = domain_used_bytes(&d.arena);
	utfs_cpu_buffer_at(&d.arena, 0, 0)->lock = d.writer.owner + 1;
	assert_int_equal(domain_unpublish(&d.arena, 0), 0);
	assert_int_equal(utfs_ring_reap(&d.arena), 0);
	assert_int_equal(domain_used_bytes(&d.arena), used);
	assert_int_equal(utfs_recorder_at(&d.arena, 0)->state, UTFS_RECORDER_DRAINING);
	/* Not used again meanwhile. */
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_int_equal(utfs_instance_at(&d.arena, 0)->recorder, 2);
	utfs_cpu_buffer_at(&d.arena, 0, 0)->lock = 0;
	assert_int_equal(utfs_ring_reap(&d.arena), 1);
	assert_int_equal(utfs_recorder_at(&d.arena, 0)->state, UTFS_RECORDER_FREE);
	domain_fini(&d);
}

static void map_id(const char *path, unsigned int id)
{
	char text[32];
	int fd = open(path, O_WRONLY);

	snprintf(text, sizeof(text), "%u %u 1", id, id);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(77);
	close(fd);
}

/* /tmp becomes a small file system of this process's own, and the place for arenas. */
static void small_tmp(void)
{
	unsigned int uid = getuid(), gid = getgid();
	int fd;

	if (unshare(CLONE_NEWNS)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
			_exit(77);
		fd = open("/proc/self/setgroups", O_WRONLY);
		if (fd >= 0 && write(fd, "deny", 4) != 4)
			_exit(77);
		close(fd);
		map_id("/proc/self/uid_map", uid);
		map_id("/proc/self/gid_map", gid);
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("utfs-test", "/tmp", "tmpfs", 0, "size=2m") || setenv("TMPDIR", "/tmp", 1))
		_exit(77);
}

static void full_child(void)
{
	struct domain_read read;
	struct domain d;
	uint64_t used;

	small_tmp();
	start(&d, 10000);
	assert_int_equal(domain_create(&d.arena, 0), -ENOSPC);
	assert_int_equal(utfs_instance_at(&d.arena, 0)->recorder, 0);
	utfs_instance_at(&d.arena, 0)->buffer_kb = 40;
	assert_int_equal(domain_create(&d.arena, 0), 0);
	domain_pin(0);
	write_n(&d, 0, 100);
	used = domain_used_bytes(&d.arena);
	assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 2000), -ENOSPC);
	assert_int_equal(domain_used_bytes(&d.arena), used);
	write_n(&d, 100, 100);
	assert_int_equal(domain_read(&d.arena, 0, 0, true, &read), 0);
	assert_int_equal(read.n, 200);
	domain_fini(&d);
	_exit(0);
}

static void a_full_file_system_changes_nothing(void **state)
{
	int status;
	pid_t pid;

	if (!locked && !utfs_rseq_usable())
		skip();
	pid = fork();
	if (!pid)
		full_child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A child writes without a pause while the parent resizes: what it wrote is there, or counted. */
static void resizing_under_fire(void **state)
{
	volatile uint64_t *written =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct utfs_ring_stats stats;
	struct domain d;
	int status;
	pid_t pid;

	start(&d, 40);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	assert_ptr_not_equal(written, MAP_FAILED);
	domain_pin(0);
	/* written: [0] recorded, [1] not, [2] stop, [3] begun */
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (utfs_arena_after_fork(&d.arena) ||
		    utfs_writer_init(&d.writer, &d.arena, getpid()))
			_exit(1);
		for (uint32_t i = 0; !written[2]; i++) {
			written[!domain_write(&d.writer, 0, i)]++;
			written[3] = 1;
		}
		_exit(0);
	}
	while (!written[3])
		sched_yield();
	for (uint64_t i = 0; i < 30; i++) {
		assert_int_equal(domain_resize(&d.arena, UTFS_PIN_ALL_CPUS, 4 + i % 7 * 9), 0);
		usleep(1000);
	}
	written[2] = 1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	stats = domain_stats(&d.arena, 0, 0);
	assert_int_equal(stats.written, written[0]);
	assert_int_equal(stats.dropped, written[1]);
	assert_true(stats.written > 0);
	domain_fini(&d);
}

static void a_dead_readers_mutex_is_taken_over(void **state)
{
	struct domain d;
	int status;
	pid_t pid;

	start(&d, 40);
	/* No memory for it yet. */
	assert_int_equal(utfs_reader_lock(&d.arena, 5, 0), -ENODEV);
	assert_int_equal(domain_create(&d.arena, 0), 0);
	pid = fork();
	if (!pid)
		_exit(utfs_arena_after_fork(&d.arena) || utfs_reader_lock(&d.arena, 0, 0));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(utfs_cpu_buffer_at(&d.arena, 0, 0)->reader.word);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(utfs_reader_lock(&d.arena, 0, 0), 0);
		utfs_reader_unlock(&d.arena, 0, 0);
		assert_int_equal(utfs_cpu_buffer_at(&d.arena, 0, 0)->reader.word, 0);
	}
	domain_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_the_kernels),
		cmocka_unit_test(create_gives_every_cpu_a_buffer),
		cmocka_unit_test(create_without_room_changes_nothing),
		cmocka_unit_test(configure_reaches_the_writers),
		cmocka_unit_test(growing_keeps_everything),
		cmocka_unit_test(shrinking_keeps_the_newest),
		cmocka_unit_test(a_reader_goes_on_where_it_was),
		cmocka_unit_test(resizing_without_overwrite_makes_room),
		cmocka_unit_test(a_resize_that_fails_changes_nothing),
		cmocka_unit_test(resizing_leaks_nothing),
		cmocka_unit_test(large_buffers_have_their_metas_in_pages),
		cmocka_unit_test(unpublish_and_reap_free_everything),
		cmocka_unit_test(an_unpublish_can_be_taken_back),
		cmocka_unit_test(there_are_64_recorders),
		cmocka_unit_test(repair_finds_the_tail_in_the_pages),
		cmocka_unit_test(repair_of_damaged_pages_counts_them_as_lost),
		cmocka_unit_test(a_grace_period_ends),
		cmocka_unit_test(a_full_file_system_changes_nothing),
		cmocka_unit_test(resizing_under_fire),
		cmocka_unit_test(a_dead_readers_mutex_is_taken_over),
	};
	/* About lock words, which the other mode has not. */
	const struct CMUnitTest locked_tests[] = {
		cmocka_unit_test(what_cannot_be_waited_for_is_quarantined),
	};
	int failed;

	locked = false;
	failed = cmocka_run_group_tests_name("rseq", tests, NULL, NULL);
	locked = true;
	failed += cmocka_run_group_tests_name("locked", tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("lock words", locked_tests, NULL, NULL);
}
