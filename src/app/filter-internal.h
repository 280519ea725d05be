/* SPDX-License-Identifier: MIT */
/* Between filter.c, the way of most events, filter-run.c, filter-op.c and filter-gate.c. */
#ifndef UTFS_APP_FILTER_INTERNAL_H
#define UTFS_APP_FILTER_INTERNAL_H

#include "app/app.h"
#include "app/filter.h"
#include "app/known.h"

/* What changes under every evaluation: the event is dropped. */
#define MAX_ROUNDS 8

/* Compares with the op's constant, as a number of the field's size. Return: 1, 0, -EBADMSG. */
static inline __attribute__((always_inline)) int
utfs_filter_compare(const struct utfs_filter_op *op, uint64_t value)
{
	/* For less, equal, greater: a bit each. */
	static const uint8_t truths[] = {
		[UTFS_COMPARE_EQ] = 2, [UTFS_COMPARE_NE] = 5, [UTFS_COMPARE_LT] = 1,
		[UTFS_COMPARE_LE] = 3, [UTFS_COMPARE_GT] = 4, [UTFS_COMPARE_GE] = 6,
	};
	const unsigned int shift = op->bytes - 1U < 8 ? 64 - 8 * (unsigned int)op->bytes : 0;
	const bool is_signed = op->flags & UTFS_FILTER_SIGNED;
	const uint64_t constant = is_signed ? (uint64_t)((int64_t)(op->value << shift) >> shift)
					    : op->value << shift >> shift;
	const bool less = is_signed ? (int64_t)value < (int64_t)constant : value < constant;
	const unsigned int order = value == constant ? 1 : less ? 0 : 2;

	if (op->compare < sizeof(truths))
		return truths[op->compare] >> order & 1;
	return op->compare == UTFS_COMPARE_AND ? (value & constant) != 0 : -EBADMSG;
}

/* filter-op.c: any op but a comparison of a number of the record. Return: 1, 0, -EBADMSG. */
int utfs_filter_op_match(const struct utfs_filter_program *program, uint32_t bytes,
			 const struct utfs_filter_subject *subject,
			 const struct utfs_filter_op *op);

/* filter-gate.c: all gates of a recorder; damage counts as an event dropped. Return: true it passes them. */
bool utfs_filter_gates_pass(unsigned int recorder, const struct utfs_filter_subject *subject);

/* filter-run.c: the filter of an event that is not a known one, from where it stands; then it may be known. As utfs_filter_pass(). */
bool utfs_filter_pass_unknown(const struct utfs_event_state *state, unsigned int recorder,
			      const struct utfs_filter_subject *subject);
/* filter-run.c: counts a record as dropped. */
void utfs_filter_drop(unsigned int recorder, const struct utfs_filter_subject *subject);

/* ------------------------------------------------------------------------------------------------
 * Known filters: a few comparisons of whole numbers are the rule. What such a filter comes to is kept in the process, so that the way
 * to it is followed and checked once; afterwards the two words that lead to it say whether it is still the one. What is read while
 * another one is kept in its place may be a mixture: nothing that is done with it goes beyond the record, and it means nothing.
 */

#define UTFS_FILTER_TERMS 4
#define UTFS_FILTER_SLOTS 64

/*
 * A number passes that lies in a range. Numbers of 4 bytes are the upper half of one of 8, and the sign is turned, so that all are
 * compared alike.
 */
struct utfs_filter_term {
	uint64_t low, span; /* value - low <= span */
	uint64_t what;	    /* offset in the record, and: */
};
#define UTFS_FILTER_TERM_INSIDE	 16 /* the next term, */
#define UTFS_FILTER_TERM_OUTSIDE 24 /* or that; number of terms: accepted; one more: not */
#define UTFS_FILTER_TERM_WIDE	 (UINT64_C(1) << 32)
#define UTFS_FILTER_TERM_SIGN	 (UINT64_C(1) << 63)

struct utfs_filter_known {
	const struct utfs_event_state *state;
	uint64_t recorder_bit;
	uint64_t table_word, program_word; /* the references that lead to it */
	const uint64_t *program_at;	   /* where the second one stands */
	uint64_t nr_terms;
	struct utfs_filter_term terms[UTFS_FILTER_TERMS];
};

struct utfs_filter_slot {
	uint64_t sequence; /* known.h */
	union {
		struct utfs_filter_known known;
		uint64_t words[sizeof(struct utfs_filter_known) / sizeof(uint64_t)];
	};
};
static_assert(sizeof(struct utfs_filter_known) % sizeof(uint64_t) == 0, "copied by words");

extern struct utfs_filter_slot utfs_filter_slots[UTFS_FILTER_SLOTS];

static inline struct utfs_filter_slot *utfs_filter_slot(const struct utfs_event_state *state)
{
	return &utfs_filter_slots[(uintptr_t)state / sizeof(*state) % UTFS_FILTER_SLOTS];
}

#endif
