/* SPDX-License-Identifier: MIT */
/* What a filter may ask of a record, and of who writes it; numbers of the record: filter.c. */
#include "app/filter-internal.h"

#include <string.h>
#include <sys/prctl.h>

#include <sys/uio.h>
#include <unistd.h>

#include "arena/match.h"

/* What is looked at of a string in the program's memory. */
#define POINTER_STRING_MAX 1024
#define SMALLEST_PAGE	   4096

/* One op under evaluation; `op` is a copy. */
struct evaluation {
	const struct utfs_filter_program *program;
	uint32_t bytes;
	const struct utfs_filter_subject *subject;
	struct utfs_filter_op op;
};

/* Loads a field, extended to 64 bits. Return: false it does not lie in the record. */
static bool field_load(const struct evaluation *e, uint64_t *value)
{
	return utfs_filter_number(e->subject, e->op.offset, e->op.bytes,
				  e->op.flags & UTFS_FILTER_SIGNED, value);
}

static int cpus_match(const struct evaluation *e, uint64_t cpu)
{
	const struct utfs_filter_op *op = &e->op;
	const char *words = (const char *)e->program + op->operand;
	uint64_t word;

	if (op->operand_bytes > e->bytes || op->operand > e->bytes - op->operand_bytes)
		return -EBADMSG;
	if (cpu / 64 >= op->operand_bytes / sizeof(word))
		return 0;
	memcpy(&word, words + cpu / 64 * sizeof(word), sizeof(word));
	return word >> cpu % 64 & 1;
}

static int cpu_match(const struct evaluation *e)
{
	const uint64_t cpu = utfs_filter_cpu(e->subject);

	return e->op.compare == UTFS_COMPARE_CPUS ? cpus_match(e, cpu)
						  : utfs_filter_compare(&e->op, cpu);
}

static int float_match(const struct evaluation *e)
{
	double value, constant;
	float small;
	uint64_t bits;

	if (!field_load(e, &bits))
		return 0;
	memcpy(&constant, &e->op.value, sizeof(constant));
	memcpy(&value, &bits, sizeof(value));
	if (e->op.bytes == sizeof(small)) {
		memcpy(&small, &bits, sizeof(small));
		value = (double)small;
	}
	switch (e->op.compare) {
	case UTFS_COMPARE_EQ:
		return value == constant;
	case UTFS_COMPARE_NE:
		return value != constant;
	case UTFS_COMPARE_LT:
		return value < constant;
	case UTFS_COMPARE_LE:
		return value <= constant;
	case UTFS_COMPARE_GT:
		return value > constant;
	case UTFS_COMPARE_GE:
		return value >= constant;
	default:
		return -EBADMSG;
	}
}

/* `room`: bytes that the string may take, at most; its NUL ends it before. */
static int string_match(const struct evaluation *e, const char *text, size_t room)
{
	const struct utfs_filter_op *op = &e->op;
	const char *pattern = (const char *)e->program + op->operand;
	const size_t n = op->operand_bytes, bytes = strnlen(text, room);
	int match;

	if (n > e->bytes || op->operand > e->bytes - n)
		return -EBADMSG;
	switch (op->match) {
	case UTFS_MATCH_FULL:
		/* An array that the text fills is compared as far as it goes, as in the kernel. */
		match = bytes == n || (room && bytes == room && bytes < n);
		match = match && !memcmp(text, pattern, bytes);
		break;
	case UTFS_MATCH_FRONT:
		match = utfs_match_front(text, bytes, pattern, n);
		break;
	case UTFS_MATCH_MIDDLE:
		match = utfs_match_middle(text, bytes, pattern, n);
		break;
	case UTFS_MATCH_END:
		match = utfs_match_end(text, bytes, pattern, n);
		break;
	case UTFS_MATCH_GLOB:
		match = utfs_match_glob(text, bytes, pattern, n);
		break;
	default:
		return -EBADMSG;
	}
	return match != !!(op->flags & UTFS_FILTER_NOT);
}

static int chars_match(const struct evaluation *e)
{
	const struct utfs_filter_subject *subject = e->subject;
	const struct utfs_filter_op *op = &e->op;

	if (op->offset > subject->bytes || op->bytes > subject->bytes - op->offset)
		return 0;
	return string_match(e, subject->record + op->offset, op->bytes);
}

/* The word of a __data_loc or __rel_loc field: length << 16 | offset. */
static int location_match(const struct evaluation *e)
{
	const struct utfs_filter_subject *subject = e->subject;
	size_t at, length;
	uint64_t word;

	if (e->op.bytes != sizeof(uint32_t) || !field_load(e, &word))
		return 0;
	at = word & 0xffff;
	length = word >> 16 & 0xffff;
	if (e->op.what == UTFS_FILTER_RELATIVE)
		at += (size_t)e->op.offset + sizeof(uint32_t);
	if (length > subject->bytes || at > subject->bytes - length)
		return 0;
	return string_match(e, subject->record + at, length);
}

/* A string somewhere in the program: read by the kernel, which says so where there is nothing to read. */
static int pointer_match(const struct evaluation *e)
{
	char text[POINTER_STRING_MAX];
	int saved_errno = errno;
	const struct iovec local = {text, sizeof(text)};
	struct iovec remote[2];
	uint64_t address;
	size_t first;
	ssize_t n;

	if (e->op.bytes != sizeof(address) || !field_load(e, &address))
		return 0;
	/* In two pieces where a page ends: what is behind may not be there, and then it stops in front. */
	first = SMALLEST_PAGE - (size_t)(address % SMALLEST_PAGE);
	first = first < sizeof(text) ? first : sizeof(text);
	remote[0] = (struct iovec){(void *)(uintptr_t)address, first};
	remote[1] = (struct iovec){(void *)(uintptr_t)(address + first), sizeof(text) - first};
	n = process_vm_readv(e->subject->tgid, &local, 1, remote, first < sizeof(text) ? 2 : 1, 0);
	errno = saved_errno;
	return n <= 0 ? 0 : string_match(e, text, (size_t)n);
}

static int comm_match(const struct evaluation *e)
{
	int saved_errno = errno;
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	errno = saved_errno;
	return string_match(e, comm, sizeof(comm));
}

int utfs_filter_op_match(const struct utfs_filter_program *program, uint32_t bytes,
			 const struct utfs_filter_subject *subject, const struct utfs_filter_op *op)
{
	const struct evaluation copy = {program, bytes, subject, *op}, *e = &copy;
	uint64_t value;

	switch (e->op.what) {
	case UTFS_FILTER_NUMBER:
		return field_load(e, &value) ? cpus_match(e, value) : 0;
	case UTFS_FILTER_FLOAT:
		return float_match(e);
	case UTFS_FILTER_CHARS:
		return chars_match(e);
	case UTFS_FILTER_DYNAMIC:
	case UTFS_FILTER_RELATIVE:
		return location_match(e);
	case UTFS_FILTER_POINTER:
		return pointer_match(e);
	case UTFS_FILTER_COMM:
		return comm_match(e);
	case UTFS_FILTER_CPU:
		return cpu_match(e);
	case UTFS_FILTER_NEVER:
		return !!(e->op.flags & UTFS_FILTER_NOT);
	default:
		return -EBADMSG;
	}
}
