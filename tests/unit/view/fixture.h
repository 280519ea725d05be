/* SPDX-License-Identifier: MIT */
/* Random events in a store, and the same in a plain array to compare with. */
#ifndef UTFS_TEST_VIEW_FIXTURE_H
#define UTFS_TEST_VIEW_FIXTURE_H

/* clang-format off: cmocka's header needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "view/window.h"

#define NR_TYPES   6
#define NR_THREADS 9

/* What a record of every type begins with. The types differ in their names, and in what they call `value`. */
struct record {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint64_t id;
	int32_t value;
	uint32_t name; /* __data_loc */
	char text[8];
} __attribute__((packed));

struct plain {
	uint64_t time;
	uint32_t type, cpu;
	int32_t tid;
	uint64_t lost; /* before it */
	struct record record;
};

struct fixture {
	struct utfs_view_store store;
	struct utfs_recording_type types[NR_TYPES];
	struct plain *plain;
	uint32_t nr;
	uint64_t state; /* of random numbers */
	bool is_lossy; /* some events are missing: of every CPU, of both files, sometimes it is not known how many */
	bool has_names; /* work_begin and work_end in turns, two of each id */
};

/* The number of events of a test: UTFS_TEST_EVENTS for the long form. */
uint32_t fixture_events(void);
void fixture_init(struct fixture *fixture, uint64_t seed);
void fixture_fini(struct fixture *fixture);
/* Adds that many random events, some of them at the same time, with pauses between. */
void fixture_add(struct fixture *fixture, uint32_t nr);
uint32_t fixture_random(struct fixture *fixture, uint32_t below);
/* Whether events are missing before number `place`, and of a CPU of a file since when: the time of the event before it, 0: of none. */
bool fixture_gap(const struct fixture *fixture, uint32_t place, uint64_t *since);
/* The number of a thread in the store. */
uint32_t fixture_thread(const struct fixture *fixture, int32_t tid);

#endif
