/* SPDX-License-Identifier: MIT */
/*
 * An arena of anonymous shared memory with one recorder, without files, locks or transactions: for tests of writers
 * and readers alone. Children of a test share it.
 */
#ifndef UTFS_TESTS_RING_FIXTURE_H
#define UTFS_TESTS_RING_FIXTURE_H

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../pin.h"
#include "ring/internal.h"

#define FIXTURE_BYTES (UINT64_C(256) << 20)

struct fixture {
	struct utfs_arena arena;
	struct utfs_writer writer;
	uint64_t next_page;
};

static inline uint64_t fixture_pages(struct fixture *f, uint64_t nr_pages)
{
	uint64_t first = f->next_page;

	f->next_page += nr_pages;
	return first;
}

/* Gives every CPU a buffer of nr_pages (mode: enum utfs_mode, config: UTFS_CONFIG_*), pinned to CPU 0. Return: 0 or -1. */
static inline int fixture_init(struct fixture *f, enum utfs_mode mode, uint64_t config,
			       uint64_t nr_pages)
{
	uint64_t offsets[UTFS_NR_REGIONS + 1];
	uint32_t nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);

	memset(f, 0, sizeof(*f));
	if (pin_cpu(0) || utfs_layout_compute(offsets, nr_cpus, FIXTURE_BYTES))
		return -1;
	f->arena.header = mmap(NULL, FIXTURE_BYTES, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f->arena.header == MAP_FAILED)
		return -1;
	memcpy(f->arena.region_offset, offsets, sizeof(offsets));
	f->arena.size_bytes = FIXTURE_BYTES;
	f->arena.nr_cpus = nr_cpus;
	f->arena.mode = mode;
	f->arena.fd = -1;
	/* A clock by the counter, so that common events take their way; a slow one: no pause is too long for that. */
	f->arena.header->local = (struct utfs_clock_scale){.mult = UINT64_C(1) << 24, .shift = 32};
	/* Also of the child of a test. */
	f->arena.serial = 1;
	f->arena.header->last_proc_serial = 2;
	f->next_page = offsets[UTFS_REGION_HEAP] / UTFS_PAGE_BYTES + 1;
	utfs_recorder_at(&f->arena, 0)->config = config;
	utfs_recorder_at(&f->arena, 0)->state = UTFS_RECORDER_ACTIVE;
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
		struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(&f->arena, 0, cpu);
		uint64_t meta = fixture_pages(f, (nr_pages + 255) / 256);
		struct utfs_geometry geometry;

		cb->sides[0] = (struct utfs_ring_side){
			.first_page = fixture_pages(f, nr_pages),
			.nr_pages = nr_pages,
			.meta_offset = meta * UTFS_PAGE_BYTES,
			.base_sequence = 1,
			.position[0].sequence = 1,
		};
		if (!utfs_geometry_get(&f->arena, &cb->sides[0], &geometry))
			return -1;
		geometry.meta[0].sequence = 1;
		geometry.pages[0].time_stamp = utfs_clock_read(
			&f->arena, config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK);
		cb->tail = utfs_tail_make(1, cb->sides[0].first_page);
	}
	return utfs_writer_init(&f->writer, &f->arena, (pid_t)syscall(SYS_gettid)) ? -1 : 0;
}

/* Gives every CPU a second side of as many pages. */
static inline int fixture_snapshot(struct fixture *f)
{
	for (uint32_t cpu = 0; cpu < f->arena.nr_cpus; cpu++) {
		struct utfs_cpu_buffer *cb = utfs_cpu_buffer_at(&f->arena, 0, cpu);
		uint64_t nr_pages = cb->sides[0].nr_pages;
		uint64_t meta = fixture_pages(f, (nr_pages + 255) / 256);
		struct utfs_geometry geometry;

		cb->sides[1] = (struct utfs_ring_side){
			.first_page = fixture_pages(f, nr_pages),
			.nr_pages = nr_pages,
			.meta_offset = meta * UTFS_PAGE_BYTES,
			.base_sequence = 1,
			.position[0].sequence = 1,
		};
		if (!utfs_geometry_get(&f->arena, &cb->sides[1], &geometry))
			return -1;
		geometry.meta[0].sequence = 1;
		geometry.pages[0].time_stamp =
			utfs_clock_read(&f->arena, utfs_recorder_at(&f->arena, 0)->config >>
								   UTFS_CONFIG_CLOCK_SHIFT &
							   UTFS_CONFIG_CLOCK_MASK);
		cb->sides[1].parked = utfs_tail_make(1, cb->sides[1].first_page);
	}
	utfs_recorder_at(&f->arena, 0)->snapshot |= UTFS_SNAPSHOT_ALLOCATED;
	return 0;
}

static inline void fixture_fini(struct fixture *f)
{
	munmap(f->arena.header, FIXTURE_BYTES);
}

static inline struct utfs_cpu_buffer *fixture_cb(const struct fixture *f)
{
	return utfs_cpu_buffer_at(&f->arena, 0, 0);
}

static inline struct utfs_ring_side *fixture_side(const struct fixture *f)
{
	return &fixture_cb(f)->sides[0];
}

/* Writes a record that consists of `value` repeated. */
static inline bool fixture_write(const struct fixture *f, uint32_t value, size_t bytes)
{
	struct {
		unsigned char headroom[UTFS_RECORD_HEADROOM];
		uint32_t words[UTFS_PAGE_BYTES / 4];
	} __attribute__((aligned(8))) buffer;

	for (size_t i = 0; i < (bytes + 3) / 4 && i < UTFS_PAGE_BYTES / 4; i++)
		buffer.words[i] = value;
	return utfs_ring_write(&f->writer, 0, &buffer, bytes, NULL, 0);
}

#endif
