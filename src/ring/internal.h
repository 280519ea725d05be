/* SPDX-License-Identifier: MIT */
/* What the files of the ring layer share with each other; beyond it only by way of write-fast.h. */
#ifndef UTFS_RING_INTERNAL_H
#define UTFS_RING_INTERNAL_H

#include <string.h>

#include "arena/inject.h"
#include "ring/ring.h"

#define utfs_likely(x)	 __builtin_expect(!!(x), 1)
#define utfs_unlikely(x) __builtin_expect(!!(x), 0)

/* The arena may be changed by anybody at any time: every word of it is loaded once, through one of these. */
static inline uint64_t utfs_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline uint64_t utfs_load_acquire(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline void utfs_store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void utfs_store_release(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Does a recorder with this config record? */
static inline bool utfs_config_records(uint64_t config)
{
	return (config & (UTFS_CONFIG_ON | UTFS_CONFIG_PAUSED)) == UTFS_CONFIG_ON;
}

/* The order of a recorder's pages. */
static inline unsigned int utfs_config_order(uint64_t config)
{
	uint64_t order = config >> UTFS_CONFIG_ORDER_SHIFT & UTFS_CONFIG_ORDER_MASK;

	return order < UTFS_PAGE_ORDER_MAX ? (unsigned int)order : UTFS_PAGE_ORDER_MAX;
}

/* The parts of a commit word (abi.h), on a page of this order. */
#define UTFS_COMMIT_LENGTH_MASK ((UINT64_C(1) << UTFS_COMMIT_LENGTH_BITS) - 1)
static inline unsigned int utfs_commit_length_bits(unsigned int order)
{
	return order > UTFS_COMMIT_ORDER_MAX ? UTFS_COMMIT_LENGTH_BITS_L : UTFS_COMMIT_LENGTH_BITS;
}
static inline unsigned int utfs_commit_delta_shift(unsigned int order)
{
	return order > UTFS_COMMIT_ORDER_MAX ? UTFS_COMMIT_LENGTH_BITS_L + UTFS_COMMIT_COUNT_BITS_L
					     : UTFS_COMMIT_DELTA_SHIFT;
}
static inline uint32_t utfs_commit_bytes(uint64_t commit, unsigned int order)
{
	return (uint32_t)(commit & ((1U << utfs_commit_length_bits(order)) - 1)) * 4;
}
static inline uint32_t utfs_commit_count(uint64_t commit, unsigned int order)
{
	uint64_t below = commit & ((UINT64_C(1) << utfs_commit_delta_shift(order)) - 1);

	return (uint32_t)(below >> utfs_commit_length_bits(order));
}
static inline uint64_t utfs_commit_delta(uint64_t commit, unsigned int order)
{
	return commit >> utfs_commit_delta_shift(order);
}
/* This delta, or a longer one. */
static inline uint64_t utfs_commit_delta_max(unsigned int order)
{
	return UINT64_MAX >> utfs_commit_delta_shift(order);
}
static inline uint64_t utfs_commit_make(uint32_t bytes, uint32_t count, uint64_t delta,
					unsigned int order)
{
	if (delta > utfs_commit_delta_max(order))
		delta = utfs_commit_delta_max(order);
	return bytes / 4 | (uint64_t)count << utfs_commit_length_bits(order) |
	       delta << utfs_commit_delta_shift(order);
}

/* Bytes of data on a page of this order. */
static inline uint32_t utfs_page_room(unsigned int order)
{
	return (UTFS_PAGE_BYTES << order) - UTFS_PAGE_HEADER_BYTES;
}

#define UTFS_SEQUENCE_MAX (UINT64_MAX >> UTFS_TAIL_SEQUENCE_SHIFT)

static inline uint64_t utfs_tail_make(uint64_t sequence, uint64_t page_number)
{
	return sequence << UTFS_TAIL_SEQUENCE_SHIFT | page_number;
}
static inline uint64_t utfs_tail_sequence(uint64_t tail)
{
	return tail >> UTFS_TAIL_SEQUENCE_SHIFT;
}
static inline uint64_t utfs_tail_page(uint64_t tail)
{
	return tail & UTFS_TAIL_PAGE_MASK;
}
/* Changes the tail. Return: false it is another one, *expected: which. A full barrier. */
static inline bool utfs_tail_exchange(struct utfs_cpu_buffer *cb, uint64_t *expected, uint64_t tail)
{
	return __atomic_compare_exchange_n(&cb->tail, expected, tail, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}
/* Is anything written by this tail? */
static inline bool utfs_tail_is_live(uint64_t tail)
{
	return utfs_tail_sequence(tail) != 0;
}
/* The side that is written by this tail, or was when it was stopped. */
static inline unsigned int utfs_tail_side(const struct utfs_cpu_buffer *cb, uint64_t tail)
{
	const struct utfs_ring_side *second = &cb->sides[1];

	if (!utfs_tail_is_live(tail))
		return tail & 1;
	return utfs_tail_page(tail) - utfs_load(&second->first_page) <
	       utfs_load(&second->nr_pages) << (utfs_load(&second->page_order) & 7);
}
/* The side that is to be written: the main one, for readers. Until a writer comes by, the tail may still be on the other one. */
static inline unsigned int utfs_side_wanted(const struct utfs_recorder *recorder,
					    const struct utfs_cpu_buffer *cb)
{
	bool second = utfs_load(&recorder->snapshot) & UTFS_SNAPSHOT_SIDE;

	return (second ^ utfs_load(&cb->flipped)) & 1;
}

/* A data page by its number, NULL if it does not lie in the heap. `number` fits a tail: no product of it wraps. */
static inline struct utfs_page *utfs_heap_page(const struct utfs_arena *arena, uint64_t number,
					       unsigned int order)
{
	uint64_t heap = arena->region_offset[UTFS_REGION_HEAP];
	uint64_t offset = number * UTFS_PAGE_BYTES;

	if (utfs_unlikely(offset - heap >= arena->size_bytes - heap ||
			  (uint64_t)UTFS_PAGE_BYTES << order > arena->size_bytes - offset))
		return NULL;
	return (struct utfs_page *)((char *)arena->header + offset);
}

/* What a side says about its pages, loaded once and checked. Constant while it is written. */
struct utfs_geometry {
	uint64_t first_page;
	uint64_t nr_pages;
	uint64_t base_sequence;
	unsigned int order;
	struct utfs_page_meta *meta;
	struct utfs_page *pages; /* utfs_geometry_page() */
};

/* geometry.c. Return: false where the words do not describe pages in the heap. */
bool utfs_geometry_get(const struct utfs_arena *arena, const struct utfs_ring_side *side,
		       struct utfs_geometry *geometry);
/* Does this tail belong to these pages? */
static inline bool utfs_geometry_has_tail(const struct utfs_geometry *geometry, uint64_t tail)
{
	uint64_t page = utfs_tail_page(tail) - geometry->first_page;

	return page >> geometry->order < geometry->nr_pages &&
	       !(page & ((1U << geometry->order) - 1)) &&
	       utfs_tail_sequence(tail) >= geometry->base_sequence;
}
/* The slot of a tail that belongs to them. */
static inline uint64_t utfs_geometry_tail_slot(const struct utfs_geometry *geometry, uint64_t tail)
{
	return (utfs_tail_page(tail) - geometry->first_page) >> geometry->order;
}
static inline struct utfs_page *utfs_geometry_page(const struct utfs_geometry *geometry,
						   uint64_t slot)
{
	return &geometry->pages[slot << geometry->order];
}
/* A slot as a tail. */
static inline uint64_t utfs_geometry_slot_tail(const struct utfs_geometry *geometry,
					       uint64_t sequence, uint64_t slot)
{
	return utfs_tail_make(sequence, geometry->first_page + (slot << geometry->order));
}
/* The slot of a page, sequence >= base_sequence. */
static inline uint64_t utfs_geometry_slot(const struct utfs_geometry *geometry, uint64_t sequence)
{
	return (sequence - geometry->base_sequence) % geometry->nr_pages;
}
/* Where the page with a sequence would lie as a tail. */
static inline uint64_t utfs_geometry_tail(const struct utfs_geometry *geometry, uint64_t sequence)
{
	return utfs_geometry_slot_tail(geometry, sequence, utfs_geometry_slot(geometry, sequence));
}

/* event.c: the events on a page, kernel format ------------------------------------------------------------ */

#define UTFS_TYPE_DATA_MAX                                                                         \
	28 /* up to here type_len counts the words of the record; 0: the first word does */
#define UTFS_TYPE_TIME_EXTEND 30
#define UTFS_TYPE_TIME_STAMP  31
#define UTFS_SMALL_MAX_BYTES  (UTFS_TYPE_DATA_MAX * 4)
#define UTFS_DELTA_BITS	      27
#define UTFS_DELTA_MAX	      ((UINT64_C(1) << UTFS_DELTA_BITS) - 1)
#define UTFS_EXTEND_BITS      59 /* what a time extend and its 27 low bits can express */

/* One entry of a page: an event or a time extend. */
struct utfs_entry {
	uint64_t next;	     /* data offset behind it */
	uint64_t time_stamp; /* after it */
	uint32_t record;     /* data offset of the record */
	uint32_t bytes;	     /* of the record; 0: not an event, only time passed */
};
/* The length in words that stands in an entry's first 4 bytes, or what its type_len says instead (event.c). */
static inline uint32_t utfs_entry_words(const unsigned char *entry)
{
	uint32_t head;

	memcpy(&head, entry, sizeof(head));
	return head & 31;
}
/* Decodes the entry at `offset` of `end` committed bytes. Return: false at the end or where it does not hold together. */
bool utfs_entry_decode(const unsigned char *data, uint64_t offset, uint64_t end,
		       uint64_t page_time_stamp, uint64_t time_stamp, struct utfs_entry *entry);

/* writer-*.c ---------------------------------------------------------------------------------------------- */

/* A clock that went back by more than this (about a millisecond) is another clock: a new page is begun. */
#define UTFS_CLOCK_STEP_BACK (UINT64_C(1) << 20)

/* An event ready to be copied behind what is committed, and the commit word that makes it valid. */
struct utfs_encoded {
	uint64_t commit;
	uint32_t head;	     /* first 4 bytes: event header or time extend */
	uint32_t rest_bytes; /* what follows, a multiple of 4 */
	const void *rest;
	unsigned char *at; /* behind what is committed: where it goes */
};

enum utfs_encode {
	UTFS_ENCODE_FITS,
	UTFS_ENCODE_SWITCH, /* needs a new page */
	UTFS_ENCODE_BAD,    /* fits no page */
};
/* Any event: long ones, time extends, saturated deltas, clocks that step. Writes into the headroom before the record. */
enum utfs_encode utfs_event_encode(struct utfs_page *page, unsigned int order, uint64_t commit,
				   uint64_t now, void *buffer, size_t bytes,
				   struct utfs_encoded *encoded);

/* What the page switch stores, computed before it begins; every value is a function of tail and the page left. */
struct utfs_switch {
	uint64_t *tail_word;
	uint64_t tail;		     /* offset 8: expected */
	const uint64_t *commit_word; /* of the page that is left */
	uint64_t commit;	     /* offset 24: expected */
	struct utfs_page *next;
	struct utfs_page_meta *next_meta;
	uint64_t now;	      /* offset 48: the new page's time stamp */
	uint64_t first_entry; /* offset 56 */
	uint64_t sequence;    /* offset 64: of the new page */
	uint64_t new_tail;    /* offset 72 */
};
static_assert(offsetof(struct utfs_switch, commit) == 24 &&
		      offsetof(struct utfs_switch, new_tail) == 72,
	      "the assembly knows the offsets");

/* Return: false no page is free (no-overwrite), or the buffer is damaged. */
bool utfs_switch_prepare(const struct utfs_arena *arena, struct utfs_cpu_buffer *cb, uint64_t tail,
			 uint64_t commit, uint64_t now, bool overwrite, struct utfs_switch *change);

/* A writer has begun the page with this sequence, or, by UTFS_SEQUENCE_MAX, swapped the sides: wakes who waits for that. Keeps errno. */
void utfs_ring_wake_pages(const struct utfs_arena *arena, struct utfs_cpu_buffer *cb,
			  uint64_t sequence);

/* What the swap of the sides stores (swap.c). */
struct utfs_swap {
	uint64_t *tail_word;
	uint64_t tail; /* offset 8: expected */
	const uint64_t *other_parked;
	uint64_t new_tail; /* offset 24: expected in *other_parked */
	uint64_t *parked;
	uint64_t parked_tail; /* offset 40: what becomes of tail */
};
static_assert(offsetof(struct utfs_swap, new_tail) == 24 &&
		      offsetof(struct utfs_swap, parked_tail) == 40,
	      "the assembly knows the offsets");

/* A writer found UTFS_TAIL_SWAP in the tail. Return: true there is something to swap; false no more: the bit was cleared. */
bool utfs_swap_prepare(const struct utfs_arena *arena, const struct utfs_recorder *recorder,
		       struct utfs_cpu_buffer *cb, uint64_t tail, struct utfs_swap *swap);
/* Sets UTFS_TAIL_SWAP where the tail is not on the side that is wanted. After every change of either. */
void utfs_swap_hint(const struct utfs_recorder *recorder, struct utfs_cpu_buffer *cb);

bool utfs_ring_write_locked(const struct utfs_writer *writer, unsigned int recorder, void *buffer,
			    size_t bytes, const uint64_t *mask, uint64_t bit);

/* cpu-lock.c: the lock word of a CPU buffer in locked mode ------------------------------------------------- */

/* Owner word of a process's thread: serial of the process (low bits), slot + 1, tid. Never 0. */
uint64_t utfs_cpu_lock_owner(const struct utfs_arena *arena, pid_t tid);
/*
 * Takes the lock within about timeout_us; steals it from the dead. Keeps errno.
 * Return: 0; -EDEADLK we hold it ourselves (a signal interrupted the holder); -EBUSY somebody alive has it.
 */
int utfs_cpu_lock(const struct utfs_arena *arena, struct utfs_cpu_buffer *cb, uint64_t owner,
		  uint64_t timeout_us);
void utfs_cpu_unlock(struct utfs_cpu_buffer *cb);

/* reader-*.c ---------------------------------------------------------------------------------------------- */

/* Makes room in a copy for the data of a page of this order. Return: where it goes; NULL out of memory. */
unsigned char *utfs_page_copy_data(struct utfs_page_copy *copy, unsigned int order);

/* A side of a CPU buffer as a reader found it. */
struct utfs_view {
	const struct utfs_cpu_buffer *cb;
	const struct utfs_ring_side *side;
	struct utfs_geometry geometry;
	uint64_t tail;	   /* of this side, written or parked */
	uint64_t sequence; /* of the page being written */
	uint64_t oldest;   /* sequence of the oldest page that may still be there */
};
/* Return: 0; -ENODEV no pages, or stopped; -EBADMSG the words do not hold together. Reader mutex held. */
int utfs_view_get(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		  unsigned int side, struct utfs_view *view);
/* Is the page of a view still the one that its side writes? Acquire. */
bool utfs_view_stands(const struct utfs_view *view);
/* The valid copy of the consuming reader's position. */
void utfs_position_get(const struct utfs_ring_side *side, struct utfs_reader_position *position);

/* The first page of a CPU's main buffer that the consuming reader has still to read; 0: there is no buffer. No lock needed. */
uint64_t utfs_reader_first(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu);

/* wait.c: a full barrier in every thread of the processes that have registered. Return: false the kernel has no such thing. */
bool utfs_ring_membarrier(void);

/* wait.c --------------------------------------------------------------------------------------------------- */

/* A raw futex call: wakes everybody. Keeps errno. */
void utfs_futex_wake(uint32_t *word);

#endif
