/* SPDX-License-Identifier: MIT */
/* An event that has a field of every kind, and a record of it. */
#ifndef UTFS_TEST_RECORDS_H
#define UTFS_TEST_RECORDS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/print.h"

struct record {
	uint16_t common_type;
	uint8_t common_flags;
	uint8_t common_preempt_count;
	int32_t common_pid;
	uint8_t u8v;
	int8_t s8v;
	uint16_t u16v;
	int16_t s16v;
	char letter;
	bool flag;
	uint32_t u32v;
	int32_t s32v;
	uint64_t u64v;
	int64_t s64v;
	void *ptr;
	float f;
	uint32_t hole;
	double d;
	char comm[16];
	int32_t array[4];
	uint8_t bytes[6];
	uint16_t hole2;
	uint32_t str;	/* __data_loc char[] */
	uint32_t words; /* __data_loc u32[] */
	uint32_t rel;	/* __rel_loc char[] */
	uint32_t mask;	/* __data_loc unsigned long[] */
	char *name;
	char tail[48]; /* where the dynamic fields are */
};

extern const char all_fields[]; /* the event's field lines */
extern const struct record
	all_record; /* values that have different looks signed, unsigned, cut and extended */

struct utfs_event_format *parse_fields(const char *fields);
/* What print_fmt makes of a record; "EINVAL" if it does not compile. The caller frees it. */
char *print(const char *fields, const char *print_fmt, const void *record, size_t len_bytes);
/* The same of all_record. */
void check(const char *print_fmt, const char *expected);
/* A text as a string; takes it. */
char *text_string(struct eventfs_text *text);
/* A small generator of numbers, the same on every run. */
uint32_t random_number(uint32_t *state);

#endif
