/* SPDX-License-Identifier: MIT */
/* Between hist.c, which counts, and hist-match.c, which sees to variables and what is done with them. */
#ifndef UTFS_APP_HIST_INTERNAL_H
#define UTFS_APP_HIST_INTERNAL_H

#include "app/hist.h"
#include "arena/hist-map.h"

/* A record on its way into a map. */
struct utfs_hist_counting {
	const struct utfs_filter_subject *subject;
	const struct utfs_hist_plan *plan;
	unsigned int recorder;
	unsigned int nr_vals, nr_keys; /* checked */
	unsigned int nr_sums;	       /* those of the values that are no variables */
	struct utfs_hist_view view;
	uint64_t values[UTFS_HIST_FIELDS_MAX];
	const char *key; /* view.key_bytes, 8-byte aligned */
};

/* hist.c ------------------------------------------------------------------------------------------------- */

/* What a field of the record, or of where it comes from, is worth. */
uint64_t utfs_hist_value(const struct utfs_hist_counting *c, const struct utfs_hist_field *field);
/* A string of the record. Return: false it does not lie there. */
bool utfs_hist_string_find(const struct utfs_hist_counting *c, const struct utfs_hist_field *field,
			   const char **text, size_t *room);
/* A stack: one that is a field of the record, or who writes it. */
void utfs_hist_stack_load(const struct utfs_hist_counting *c, const struct utfs_hist_field *field,
			  struct utfs_hist_stack *stack);
/* The key of several words, or of a string; `key` has been zeroed. Return: false the plan is damaged. */
bool utfs_hist_key_build(const struct utfs_hist_counting *c, char *key);
/* The element of a map with this key. Return: NULL there is none. */
struct utfs_hist_element *utfs_hist_element_find(const struct utfs_hist_view *view,
						 const char *key);
/* Counts the record in the element with its key, which is made if there is none. Return: it; NULL the map is full. */
struct utfs_hist_element *utfs_hist_element_count(const struct utfs_hist_counting *c);

/* hist-match.c ------------------------------------------------------------------------------------------- */

/* Counts a record of a plan with variables, references or actions. Return: as utfs_hist_count(). */
bool utfs_hist_match(struct utfs_hist_counting *c);

#endif
