/* SPDX-License-Identifier: MIT */
/* An application's arena with one trigger's plan and map, in which records of one shape are counted. */
#ifndef UTFS_TESTS_APP_HIST_FIXTURE_H
#define UTFS_TESTS_APP_HIST_FIXTURE_H

#include "app/hist.h"
#include "ring/section.h"
#include "support.h"
#include "trace/hist.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

struct record_image {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
	uint64_t key;
	int32_t value;
	char name[8];
	uint32_t text, more;
	char room[32];
} __attribute__((packed, aligned(8)));

struct fixture {
	struct utfs_arena arena; /* as an application */
	struct utfs_writer writer;
	struct utfs_section_entry section;
	struct utfs_event_format *format;
	uint64_t plan; /* reference */
};

extern struct fixture fixture;

/* Opens the arena for this process. Return: nothing; it ends the process otherwise. */
void fixture_open(struct fixture *f);
/* As cmocka wants them. */
int setup(void **state);
int teardown(void **state);
/* The plan of a trigger of this text, with a map, in place of the one before. */
void plan_make(const char *text);
/* Counts a record. Return: was it counted? */
bool count(struct fixture *f, const struct record_image *image);
bool count_key(struct fixture *f, uint64_t key, int32_t value);
/* Return: is the map there, and whole? */
bool view_get(struct utfs_hist_view *view);
/* What `hist` would show, behind the line that describes the trigger. Free it. */
char *shown(void);
void assert_shown(const char *expected);
/* No key is there twice. Return: the map, sorted by key; free its elements. */
struct utfs_hist_copy map_check(void);

#endif
