/* SPDX-License-Identifier: MIT */
/* Between the files of the filter compiler. */
#ifndef UTFS_TRACE_FILTER_INTERNAL_H
#define UTFS_TRACE_FILTER_INTERNAL_H

#include "trace/filter.h"

/* Longest pattern, with its NUL, and longest number, with its NUL. */
#define UTFS_FILTER_PATTERN_MAX 256
#define UTFS_FILTER_NUMBER_MAX	24

struct utfs_filter_parser {
	const struct utfs_event_format *format;
	const char *text;
	uint32_t nr_cpus;
	struct utfs_filter_failure failure;
	struct utfs_filter_op *ops;
	uint32_t nr_ops, room_ops;
	char *operands; /* what ops refer to, in 8-byte steps; op->operand counts from its start */
	size_t operand_bytes, operand_room;
};

/* Notes what is wrong where. Return: ret. */
int utfs_filter_fail(struct utfs_filter_parser *parser, enum utfs_filter_error error,
		     size_t position, int ret);
/* Adds an operand. Return: 0, op set; -ENOMEM. */
int utfs_filter_operand(struct utfs_filter_parser *parser, struct utfs_filter_op *op,
			const void *data, size_t bytes);
/*
 * One comparison, "field op value", at text + at. A position in an error is one behind the kernel's own counting, as there.
 * Return: 0, *op, *end: behind it; -EINVAL, -EPERM no field's name begins here, -ENOMEM.
 */
int utfs_filter_predicate(struct utfs_filter_parser *parser, size_t at, struct utfs_filter_op *op,
			  size_t *end);

/* What kind of field it is: enum utfs_filter_what, before its size is looked at. */
uint8_t utfs_filter_field_what(const struct utfs_field *field);

/* isspace() and isalnum() whatever the locale. */
static inline bool utfs_filter_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool utfs_filter_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline bool utfs_filter_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || utfs_filter_digit(c);
}

#endif
