/* SPDX-License-Identifier: MIT */
/* Between filter.c, the way of most events, filter-op.c and filter-gate.c. */
#ifndef UTFS_APP_FILTER_INTERNAL_H
#define UTFS_APP_FILTER_INTERNAL_H

#include "app/app.h"
#include "app/filter.h"

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

/* filter-gate.c: all gates of a recorder. Return: 1 passes; 0; -EBADMSG. */
int utfs_filter_gates_pass(const struct utfs_recorder *recorder,
			   const struct utfs_filter_subject *subject);

#endif
