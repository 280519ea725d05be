/* SPDX-License-Identifier: MIT */
/* What the files that check an arena share. */
#ifndef UTFS_ARENA_CHECK_INTERNAL_H
#define UTFS_ARENA_CHECK_INTERNAL_H

#include "arena/check.h"
#include "arena/internal.h"

/* A table of names: instances, systems, events. */
struct utfs_check_table {
	const char *name; /* of one entry */
	enum utfs_hash_table hash;
	uint32_t nr_buckets;
	uint64_t first, end; /* entries that were ever used */
	uint64_t bias;	     /* what a link has on top of the entry's number */
	uint64_t *free;	     /* head of the free list */
	uint32_t slot_bits;
};

/* check-chains.c */
void utfs_check_table_get(const struct utfs_arena *arena, enum utfs_hash_table hash,
			  struct utfs_check_table *table);
/* That no entry behind a count was ever used. */
void utfs_check_table_ends(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);
void utfs_check_serials(struct utfs_check *check, const struct utfs_check_table *table)
	UTFS_REQUIRES(check->arena->event_mutex);
void utfs_check_chains(struct utfs_check *check, const struct utfs_check_table *table)
	UTFS_REQUIRES(check->arena->event_mutex);

/* check-events.c: systems and events, their lists and bits. */
void utfs_check_events(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);
void utfs_check_event_bits(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);

/* check-objects.c: every reference, and what it leads to; claims their memory. */
void utfs_check_objects(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);

/* check-blocks.c: histograms, and what is retired; claims their memory. */
void utfs_check_blocks(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);

/* check-cells.c: words that applications change. */
void utfs_check_cells(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);

#endif
