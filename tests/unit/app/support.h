/* SPDX-License-Identifier: MIT */
/*
 * What the tests of libutracefs share: the other side. A second mapping of the same arena, opened as a front end, turns
 * events on and reads records back, raw. Every function ends the test where something is wrong.
 */
#ifndef TESTS_APP_SUPPORT_H
#define TESTS_APP_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "arena/arena.h"
#include "ring/ring.h"

struct record {
	uint64_t time_stamp;
	unsigned int cpu;
	size_t bytes;
	unsigned char data[UTFS_PAGE_DATA_BYTES];
};

struct domain {
	struct utfs_arena arena;
	struct record *records; /* of the last domain_read(), by time */
	size_t nr_records;
};

/* Opens the arena of $UTRACEFS_DIR (domain.c sets it). */
void domain_open(struct domain *domain);
void domain_close(struct domain *domain);
/* Return: the event's id; fails the test if there is none. */
uint32_t domain_event(struct domain *domain, const char *system, const char *name);
bool domain_event_exists(struct domain *domain, const char *system, const char *name);
/* The event's field lines and print format, to be freed together with the first. */
char *domain_fields(struct domain *domain, const char *system, const char *name, char **print);
/* Records the event in the root instance, or no longer; the root's buffers are made. */
void domain_enable(struct domain *domain, const char *system, const char *name, bool on);
/* Sets or clears a bit of the root's options (enum utfs_option). */
void domain_option(struct domain *domain, enum utfs_option option, bool on);
/* UTFS_EVENT_* of an event. */
uint32_t domain_flags(struct domain *domain, const char *system, const char *name);
void domain_tracing_on(struct domain *domain, bool on);
/* Takes everything out of the root's buffers. */
void domain_read(struct domain *domain);
/* Does a live process use the event? */
bool domain_used(struct domain *domain, const char *system, const char *name);

uint16_t record_type(const struct record *record);
int32_t record_pid(const struct record *record);
/* A field of `bytes` bytes at an offset, zero-extended. */
uint64_t record_number(const struct record *record, size_t offset, size_t bytes);
/* What the __data_loc word at an offset refers to. */
const void *record_dynamic(const struct record *record, size_t offset, size_t *bytes);
const char *record_string(const struct record *record, size_t offset);

#endif
