/* SPDX-License-Identifier: MIT */
/* The changes of the ring layer: recorders that come, go, and change their size; readers' positions. */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../pin.h"
#include "crash.h"
#include "ring/ring.h"

#define TRIES 20
#define SLOT  1 /* of the instance that all kinds use */

static int make_instance(struct utfs_arena *arena)
{
	static const struct utfs_event_strings event = {.system = "sys",
							.system_bytes = 3,
							.name = "event",
							.name_bytes = 5,
							.fields = "f",
							.fields_bytes = 1,
							.print_fmt = "p",
							.print_bytes = 1,
							.record_bytes = 8};
	uint32_t slot = 0, id;
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_instance_add(arena, "traced", 6, &slot);
	if (!ret)
		ret = utfs_event_register(arena, &event, &id);
	if (!ret)
		utfs_tx_set(arena, &utfs_instance_at(arena, slot)->buffer_kb, 12);
	if (!ret && slot != SLOT)
		ret = -EBADMSG;
	return utfs_tx_end(arena, ret);
}

static int create(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_ring_create(arena, SLOT));
}

static int unpublish(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_ring_unpublish(arena, SLOT));
}

static int reap(struct utfs_arena *arena)
{
	int ret = 0;

	/* As with resize(). */
	for (int i = 0; (!ret || ret == -EBUSY) && i < TRIES; i++)
		ret = utfs_ring_reap(arena);
	return ret < 0 ? ret : 0;
}

static bool write_one(const struct utfs_writer *writer, unsigned int recorder, uint32_t number)
{
	struct {
		unsigned char headroom[UTFS_RECORD_HEADROOM];
		uint32_t words[16];
	} __attribute__((aligned(8))) buffer = {.words = {number}};

	return utfs_ring_write(writer, recorder, &buffer, 40, NULL, 0);
}

/* So many events on every CPU that this process may run on. */
static int write_events(struct utfs_arena *arena, unsigned int nr)
{
	unsigned int recorder = (unsigned int)utfs_instance_at(arena, SLOT)->recorder - 1;
	struct utfs_writer writer = {0};
	int ret = utfs_writer_init(&writer, arena, (pid_t)syscall(SYS_gettid));

	for (unsigned int cpu = 0; !ret && cpu < arena->nr_cpus && cpu < CPU_SETSIZE; cpu++) {
		if (pin_cpu(cpu))
			continue;
		for (unsigned int i = 1; i <= nr; i++)
			if (!write_one(&writer, recorder, i))
				ret = -EIO;
	}
	return ret;
}

/* Two pages and a bit of the three. */
static int recorded(struct utfs_arena *arena)
{
	int ret = make_instance(arena);

	if (!ret)
		ret = create(arena);
	if (!ret)
		ret = write_events(arena, 250);
	if (!ret)
		ret = utfs_tx_begin(arena);
	if (ret)
		return ret;
	utfs_tx_set(arena, utfs_event_mask(arena, UTFS_EVENT_ID_FIRST), 1);
	return utfs_tx_end(arena, 0);
}

/* What a reader has copied, and how far it will then have read. */
static struct {
	struct utfs_page_copy copy;
	struct utfs_cursor cursor;
} reading;

static int copy(struct utfs_arena *arena)
{
	unsigned int recorder = (unsigned int)utfs_instance_at(arena, SLOT)->recorder - 1;
	struct utfs_event_iter iter;
	int ret = utfs_reader_lock(arena, recorder, 0);

	if (ret)
		return ret;
	utfs_reader_cursor(arena, recorder, 0, 0, &reading.cursor);
	if (utfs_reader_copy(arena, recorder, 0, &reading.cursor, &reading.copy) != 1)
		ret = -ENODATA;
	utfs_reader_unlock(arena, recorder, 0);
	if (ret)
		return ret;
	utfs_event_iter_init(&iter, &reading.copy);
	for (int i = 0; i < 20; i++)
		(void)utfs_event_iter_next(&iter);
	utfs_cursor_advance(&reading.cursor, &reading.copy, iter.next, 20);
	return 0;
}

static int consume(struct utfs_arena *arena)
{
	unsigned int recorder = (unsigned int)utfs_instance_at(arena, SLOT)->recorder - 1;
	int ret = utfs_reader_lock(arena, recorder, 0);

	if (ret)
		return ret;
	utfs_reader_consume(arena, recorder, 0, &reading.cursor, 20, reading.copy.lost);
	utfs_reader_unlock(arena, recorder, 0);
	return 0;
}

/* Some of it overwritten, some of it read. */
static int recorded_and_lost(struct utfs_arena *arena)
{
	int ret = recorded(arena);

	if (!ret)
		ret = write_events(arena, 1000);
	if (!ret)
		ret = copy(arena);
	return ret ? ret : consume(arena);
}

static int reset(struct utfs_arena *arena)
{
	unsigned int recorder = (unsigned int)utfs_instance_at(arena, SLOT)->recorder - 1;
	int ret = utfs_reader_lock(arena, recorder, 0);

	if (ret)
		return ret;
	utfs_reader_reset(arena, recorder, 0, 0);
	utfs_reader_unlock(arena, recorder, 0);
	return 0;
}

static int resize(struct utfs_arena *arena, uint32_t cpu, uint64_t nr_pages)
{
	int ret = -EBUSY;

	/* A machine under load may not let the grace period's helper run in time: nothing has changed then. */
	for (int i = 0; ret == -EBUSY && i < TRIES; i++) {
		ret = utfs_tx_begin(arena);
		if (!ret)
			ret = utfs_tx_end(arena, utfs_ring_resize(arena, SLOT, cpu, nr_pages));
	}
	return ret;
}

static int grow(struct utfs_arena *arena)
{
	return resize(arena, UTFS_PIN_ALL_CPUS, 10);
}

static int shrink(struct utfs_arena *arena)
{
	return resize(arena, UTFS_PIN_ALL_CPUS, 2);
}

static int grow_one(struct utfs_arena *arena)
{
	return resize(arena, 0, 7);
}

static int snapshot_allocate(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_ring_snapshot_allocate(arena, SLOT));
}

static int snapshot_take_on(struct utfs_arena *arena, uint32_t cpu)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_ring_snapshot_take(arena, SLOT, cpu));
}

static int snapshot_take(struct utfs_arena *arena)
{
	return snapshot_take_on(arena, UTFS_PIN_ALL_CPUS);
}

static int snapshot_take_one(struct utfs_arena *arena)
{
	return snapshot_take_on(arena, 0);
}

static int snapshot_free(struct utfs_arena *arena)
{
	int ret = -EBUSY;

	/* As with resize(). */
	for (int i = 0; ret == -EBUSY && i < TRIES; i++) {
		ret = utfs_tx_begin(arena);
		if (!ret)
			ret = utfs_tx_end(arena, utfs_ring_snapshot_free(arena, SLOT));
	}
	return ret;
}

/* Both sides hold something. */
static int snapshot_taken(struct utfs_arena *arena)
{
	int ret = recorded_and_lost(arena);

	if (!ret)
		ret = snapshot_allocate(arena);
	if (!ret)
		ret = snapshot_take(arena);
	return ret ? ret : write_events(arena, 150);
}

/* Asked for, and no writer has come by since. */
static int snapshot_pending(struct utfs_arena *arena)
{
	int ret = snapshot_taken(arena);

	return ret ? ret : snapshot_take(arena);
}

static int configure(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	utfs_tx_set(arena, &utfs_instance_at(arena, SLOT)->clock, UTFS_CLOCK_MONO);
	utfs_ring_set_on(arena, SLOT, false);
	utfs_ring_configure(arena, SLOT);
	return utfs_tx_end(arena, 0);
}

static int set_order(struct utfs_arena *arena)
{
	int ret = -EBUSY;

	/* As with resize(). */
	for (int i = 0; ret == -EBUSY && i < TRIES; i++) {
		ret = utfs_tx_begin(arena);
		if (!ret)
			ret = utfs_tx_end(arena, utfs_ring_set_order(arena, SLOT, 1));
	}
	return ret;
}

static int unpublished(struct utfs_arena *arena)
{
	int ret = recorded(arena);

	return ret ? ret : unpublish(arena);
}

static int reaped(struct utfs_arena *arena)
{
	int ret = unpublished(arena);

	return ret ? ret : reap(arena);
}

static int created_again(struct utfs_arena *arena)
{
	int ret = reaped(arena);

	if (!ret)
		ret = create(arena);
	return ret ? ret : unpublish(arena);
}

static int remove_with_recorder(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_ring_unpublish(arena, SLOT);
	if (!ret)
		ret = utfs_instance_remove(arena, SLOT);
	return utfs_tx_end(arena, ret);
}

static const struct crash_kind kinds[] = {
	{"ring-create", 0, make_instance, NULL, create},
	{"ring-create-over-freed", 0, reaped, NULL, create},
	{"ring-create-beside-draining", 0, created_again, NULL, create},
	{"ring-create-locked", CRASH_LOCKED, make_instance, NULL, create},
	{"ring-grow", 0, recorded_and_lost, NULL, grow},
	{"ring-grow-locked", CRASH_LOCKED, recorded_and_lost, NULL, grow},
	{"ring-grow-one", 0, recorded, NULL, grow_one},
	{"ring-shrink", 0, recorded, NULL, shrink},
	{"ring-grow-with-snapshot", 0, snapshot_pending, NULL, grow},
	{"ring-snapshot-allocate", 0, recorded, NULL, snapshot_allocate},
	{"ring-snapshot-take", 0, snapshot_taken, NULL, snapshot_take},
	{"ring-snapshot-take-one", 0, snapshot_taken, NULL, snapshot_take_one},
	{"ring-snapshot-take-again", 0, snapshot_pending, NULL, snapshot_take},
	{"ring-snapshot-free", 0, snapshot_taken, NULL, snapshot_free},
	{"ring-snapshot-free-pending", 0, snapshot_pending, NULL, snapshot_free},
	{"ring-snapshot-free-locked", CRASH_LOCKED, snapshot_pending, NULL, snapshot_free},
	{"ring-set-order", 0, snapshot_taken, NULL, set_order},
	{"ring-configure", 0, recorded, NULL, configure},
	{"ring-consume", 0, recorded_and_lost, copy, consume},
	{"ring-reset", 0, recorded_and_lost, NULL, reset},
	{"ring-unpublish", 0, recorded, NULL, unpublish},
	{"ring-unpublish-and-remove", 0, recorded, NULL, remove_with_recorder},
	{"ring-reap", 0, unpublished, NULL, reap},
	{"ring-reap-locked", CRASH_LOCKED, unpublished, NULL, reap},
	{"ring-reboot-with-snapshot", CRASH_REBOOT | CRASH_AGAIN, snapshot_pending, NULL, NULL},
	{"ring-reboot", CRASH_REBOOT | CRASH_AGAIN, recorded_and_lost, NULL, NULL},
};

const struct crash_layer crash_layer_ring = {
	.name = "ring",
	.kinds = kinds,
	.nr_kinds = sizeof(kinds) / sizeof(*kinds),
	.repair = utfs_ring_repair,
	.dump = crash_dump_ring,
};
