/* SPDX-License-Identifier: MIT */
/*
 * Histories of what front ends and applications did at the same time, and the search for a serial order that explains them.
 *
 * What is compared: instances that are made and removed by name, open `enable` files that pin them, the values of these, and
 * an event that applications register and others remove. The rules are in rules.c, the search in search.c.
 */
#ifndef UTFS_TESTS_LINEAR_HISTORY_H
#define UTFS_TESTS_LINEAR_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LINEAR_NAMES  3
#define LINEAR_ACTORS 8
#define LINEAR_MAX    512 /* operations of one history */

enum linear_kind {
	LINEAR_MKDIR, /* name */
	LINEAR_RMDIR, /* name */
	LINEAR_OPEN, /* instances/NAME/events/lin/{stays,goes}/enable; by an actor that has none open */
	LINEAR_READ,  /* what the actor has open; result: the value */
	LINEAR_WRITE, /* value */
	LINEAR_CLOSE,
	LINEAR_REGISTER,   /* the event `goes`; by an actor that has not */
	LINEAR_UNREGISTER, /* by one that has */
	LINEAR_REMOVE,	   /* -:lin/goes to dynamic_events */
};

struct linear_op {
	uint64_t start_ns, end_ns;
	uint8_t actor;
	uint8_t kind; /* enum linear_kind */
	uint8_t name;
	uint8_t event;	 /* OPEN: 0 stays, 1 goes */
	uint8_t value;	 /* WRITE */
	uint8_t lingers; /* CLOSE: close(2) returned, but the mount may not have heard of it yet */
	int16_t result;	 /* 0 or what was read; -errno */
};

/* What is there, in 64 bits, so that the search can remember it. */
struct linear_state {
	struct {
		uint16_t exists : 1;
		uint16_t enabled : 2; /* bit 0 stays, bit 1 goes */
		uint16_t pins : 4;
		uint16_t lingering : 4; /* closed, perhaps not yet for everybody */
	} names[LINEAR_NAMES];
	uint16_t event_exists : 1;
	uint16_t event_uses : 4;
	struct {
		uint8_t open : 1;
		uint8_t name : 2;
		uint8_t event : 1;
		uint8_t stale : 1; /* the event it belongs to was removed */
	} handles[LINEAR_ACTORS];
};

/* Does the operation, with this result, follow from the state? Changes it if so. */
bool linear_apply(struct linear_state *state, const struct linear_op *op);
/* Does it change nothing, whatever the state? */
bool linear_only_looks(const struct linear_op *op);
void linear_print(FILE *file, const struct linear_op *op);

/*
 * Is there an order of the operations, each taking effect between its start and its end, that explains all results, from a
 * state where nothing is there? *states: how many were looked at.
 */
bool linear_search(const struct linear_op *ops, size_t n, size_t *states);
/*
 * The shortest history in one that has no order: up to the first answer that nothing explains, without what only looks and
 * does not matter. Return: its length.
 */
size_t linear_shorten(const struct linear_op *ops, size_t n, struct linear_op *out);

#endif
