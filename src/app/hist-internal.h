/* SPDX-License-Identifier: MIT */
/*
 * Between hist.c, which counts, hist-record.c, which knows what is counted, hist-element.c, which makes room for it, and hist-match.c,
 * which sees to variables and what is done with them.
 */
#ifndef UTFS_APP_HIST_INTERNAL_H
#define UTFS_APP_HIST_INTERNAL_H

#include <string.h>

#include "app/app.h"
#include "app/hist.h"

/* A record on its way into a map. */
struct utfs_hist_counting {
	const struct utfs_filter_subject *subject;
	const struct utfs_hist_plan *plan;
	unsigned int recorder;
	unsigned int nr_vals, nr_keys; /* checked */
	unsigned int nr_sums;	       /* those of the values that are no variables */
	const struct utfs_hist_view *view;
	uint64_t values[UTFS_HIST_FIELDS_MAX];
	const char *key; /* view->key_bytes, 8-byte aligned */
};

/* hist-record.c ------------------------------------------------------------------------------------------------- */

/* Fields with these are no numbers of the record as they stand there. */
#define UTFS_HIST_NO_NUMBER (UTFS_HIST_STRING | UTFS_HIST_LOG2 | UTFS_HIST_BUCKET)

/* As utfs_hist_value(): what is no such number, too. */
uint64_t utfs_hist_value_other(const struct utfs_hist_counting *c,
			       const struct utfs_hist_field *field);
/* A string of the record. Return: false it does not lie there. */
bool utfs_hist_string_find(const struct utfs_hist_counting *c, const struct utfs_hist_field *field,
			   const char **text, size_t *room);
/* A stack: one that is a field of the record, or who writes it. */
void utfs_hist_stack_load(const struct utfs_hist_counting *c, const struct utfs_hist_field *field,
			  struct utfs_hist_stack *stack);
/* The key of several words, or of a string; `key` has been zeroed. Return: false the plan is damaged. */
bool utfs_hist_key_build(const struct utfs_hist_counting *c, char *key);
/* hist-element.c --------------------------------------------------------------------------------------------- */

static inline uint32_t utfs_hist_key_hash(const char *key, uint32_t bytes)
{
	uint64_t hash = 0, word;

	for (uint32_t at = 0; at < bytes; at += sizeof(word)) {
		memcpy(&word, key + at, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static inline bool utfs_hist_key_is(const struct utfs_hist_view *view, const char *wanted,
				    uint32_t bytes, const struct utfs_hist_element *element)
{
	const char *key = (const char *)element + view->key;
	uint64_t one, other;

	for (uint32_t at = 0; at < bytes; at += sizeof(one)) {
		memcpy(&one, key + at, sizeof(one));
		memcpy(&other, wanted + at, sizeof(other));
		if (one != other)
			return false;
	}
	return true;
}

static inline void utfs_hist_element_add(const struct utfs_hist_counting *c,
					 struct utfs_hist_element *element)
{
	for (unsigned int i = 0; i < c->nr_sums; i++)
		if (c->values[i])
			__atomic_fetch_add(&element->values[i], c->values[i], __ATOMIC_RELAXED);
}

/* Makes an element with the record's key, behind the slots that were looked at up to the one at `at`. Return: NULL the map is full. */
struct utfs_hist_element *utfs_hist_element_insert(const struct utfs_hist_counting *c,
						   uint32_t hash, uint32_t at);

/* hist.c ------------------------------------------------------------------------------------------------- */

/* What a field of the record, or of where it comes from, is worth. */
uint64_t utfs_hist_value(const struct utfs_hist_counting *c, const struct utfs_hist_field *field);
/* The element of a map with this key. Return: NULL there is none. */
struct utfs_hist_element *utfs_hist_element_find(const struct utfs_hist_view *view,
						 const char *key);
/* Counts the record in the element with its key, which is made if there is none. Return: it; NULL the map is full. */
struct utfs_hist_element *utfs_hist_element_count(const struct utfs_hist_counting *c);

/* hist-match.c ------------------------------------------------------------------------------------------- */

/* Counts a record of a plan with variables, references or actions; its key is there. Return: as utfs_hist_count(). */
bool utfs_hist_match(struct utfs_hist_counting *c);

#endif
