/* SPDX-License-Identifier: MIT */
/* A real arena in a directory of its own, for tests of what needs transactions, allocation and other processes. */
#ifndef UTFS_TESTS_RING_DOMAIN_H
#define UTFS_TESTS_RING_DOMAIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../pin.h"
#include "../../place.h"
#include "ring/buffer.h"

/* The tests hold the lock across assertions, which the checker cannot follow. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

struct domain {
	char dir[PLACE_BYTES];
	struct utfs_arena arena;
	struct utfs_writer writer;
};

static inline int domain_open(struct utfs_arena *arena, const char *dir)
{
	struct utfs_arena_options options = {
		.kind = UTFS_PROC_FRONT_END,
		.directory = dir,
		.create = true,
		.rseq_usable = utfs_rseq_usable(),
	};
	char why[UTFS_WHY_BYTES];
	int ret = utfs_arena_open(arena, &options, why);

	if (ret)
		fprintf(stderr, "%s\n", why);
	return ret;
}

/* An arena with a small root instance; locked or rseq. */
static inline void domain_init(struct domain *d, bool locked, uint64_t buffer_kb)
{
	memset(d, 0, sizeof(*d));
	assert_true(place_make(d->dir, "utfs-ring"));
	setenv("UTRACEFS_ARENA_SIZE", "512M", 1);
	if (locked)
		setenv("UTRACEFS_LOCKED", "1", 1);
	else
		unsetenv("UTRACEFS_LOCKED");
	assert_int_equal(domain_open(&d->arena, d->dir), 0);
	assert_int_equal(d->arena.mode, locked ? UTFS_MODE_LOCKED : UTFS_MODE_RSEQ);
	utfs_instance_at(&d->arena, 0)->buffer_kb = buffer_kb;
	assert_int_equal(utfs_writer_init(&d->writer, &d->arena, (pid_t)syscall(SYS_gettid)), 0);
}

static inline void domain_fini(struct domain *d)
{
	char command[128];

	utfs_arena_close(&d->arena);
	snprintf(command, sizeof(command), "rm -rf %s", d->dir);
	assert_int_equal(system(command), 0);
}

static inline int domain_create(struct utfs_arena *arena, uint32_t slot)
{
	int ret = utfs_tx_begin(arena);

	return ret ? ret : utfs_tx_end(arena, utfs_ring_create(arena, slot));
}

static inline int domain_resize(struct utfs_arena *arena, uint32_t cpu, uint64_t nr_pages)
{
	int ret = utfs_tx_begin(arena);

	return ret ? ret : utfs_tx_end(arena, utfs_ring_resize(arena, 0, cpu, nr_pages));
}

static inline int domain_unpublish(struct utfs_arena *arena, uint32_t slot)
{
	int ret = utfs_tx_begin(arena);

	return ret ? ret : utfs_tx_end(arena, utfs_ring_unpublish(arena, slot));
}

static inline uint64_t domain_used_bytes(struct utfs_arena *arena)
{
	uint64_t used;

	assert_int_equal(utfs_tx_begin(arena), 0);
	used = utfs_arena_used_bytes(arena);
	assert_int_equal(utfs_tx_end(arena, 0), 0);
	return used;
}

static inline void domain_pin(unsigned int cpu)
{
	assert_int_equal(pin_cpu(cpu), 0);
}

static inline bool domain_write(const struct utfs_writer *writer, unsigned int recorder,
				uint32_t value)
{
	struct {
		unsigned char headroom[UTFS_RECORD_HEADROOM];
		uint32_t words[4];
	} __attribute__((aligned(8))) buffer = {.words = {value, ~value, value, ~value}};

	return utfs_ring_write(writer, recorder, &buffer, sizeof(buffer.words), NULL, 0);
}

/* What a reader found in one CPU's buffer. */
struct domain_read {
	uint64_t n;
	uint64_t lost;
	uint32_t first, last; /* values */
};

/*
 * Reads everything there is on a CPU, consuming or not, and checks that values of surviving events count up by one.
 * Return: 0 or what utfs_reader_copy() said.
 */
static inline int domain_read(const struct utfs_arena *arena, unsigned int recorder,
			      unsigned int cpu, bool consume, struct domain_read *read)
{
	static struct utfs_page_copy copy;
	struct utfs_event_iter iter;
	struct utfs_cursor cursor;
	int ret;

	memset(read, 0, sizeof(*read));
	assert_int_equal(utfs_reader_lock(arena, recorder, cpu), 0);
	utfs_reader_cursor(arena, recorder, cpu, 0, &cursor);
	while ((ret = utfs_reader_copy(arena, recorder, cpu, &cursor, &copy)) == 1) {
		read->lost += copy.lost;
		utfs_event_iter_init(&iter, &copy);
		while (utfs_event_iter_next(&iter)) {
			uint32_t words[4];

			assert_int_equal(iter.bytes, sizeof(words));
			memcpy(words, iter.record, sizeof(words));
			assert_int_equal(words[0], words[2]);
			assert_int_equal(words[0], ~words[1]);
			assert_int_equal(words[0], ~words[3]);
			if (!read->n)
				read->first = words[0];
			else
				assert_int_equal(words[0], read->last + 1);
			read->last = words[0];
			read->n++;
		}
		utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
	}
	if (consume)
		utfs_reader_consume(arena, recorder, cpu, &cursor, read->n, read->lost);
	utfs_reader_unlock(arena, recorder, cpu);
	return ret;
}

/* Statistics that must add up. */
static inline struct utfs_ring_stats domain_stats(const struct utfs_arena *arena,
						  unsigned int recorder, unsigned int cpu)
{
	struct utfs_ring_stats stats;

	assert_int_equal(utfs_reader_lock(arena, recorder, cpu), 0);
	assert_int_equal(utfs_ring_stats(arena, recorder, cpu, 0, &stats), 0);
	utfs_reader_unlock(arena, recorder, cpu);
	assert_int_equal(stats.entries + stats.overrun + stats.read, stats.written);
	return stats;
}

#endif
