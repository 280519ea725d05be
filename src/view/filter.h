/* SPDX-License-Identifier: MIT */
/*
 * Which events of a store a filter accepts. The language is that of `filter` files, and so are what compiles it and what evaluates it; an event whose
 * type has not the fields that the filter names is not accepted. The name and the CPU are those of the record; a string that the program had
 * somewhere in its memory is not there any more, so comparing it accepts nothing.
 */
#ifndef UTFS_VIEW_FILTER_H
#define UTFS_VIEW_FILTER_H

#include "trace/filter.h"
#include "view/bits.h"
#include "view/store.h"

/* For the events of a type. */
struct utfs_view_filter_type {
	struct utfs_filter_program *program; /* NULL: it accepts none of them */
	bool is_compiled;
};

/* One bit for each event, in the order of each index of the store. */
struct utfs_view_filter {
	char text[UTFS_FILTER_TEXT_MAX];
	struct utfs_view_filter_type *types;
	uint32_t nr_types;
	struct utfs_bits *by_lane, *by_type;
	uint32_t nr_by_lane, nr_by_type;
	uint32_t nr; /* events that were looked at */
	uint64_t dropped;
	uint64_t nr_accepted;
};

struct utfs_view_filter_failure {
	const char *text; /* "Field not found"; NULL: -ENOMEM or too long, no more is known */
	uint32_t position;
};

/*
 * utfs_view_filter_create - compile text for all types, and look at all events that are there; *filter belongs to the caller: utfs_view_filter_free()
 * Return: 0; -EINVAL, -E2BIG with *failure, as far as there is one: no type takes the filter, and this is what the type says that understood most of it; -ENOMEM.
 */
int utfs_view_filter_create(const struct utfs_view_store *store, const char *text,
			    struct utfs_view_filter **filter,
			    struct utfs_view_filter_failure *failure);
/* utfs_view_filter_update - look at the events that came since. Return: 0; -ENOMEM: it is to be freed. */
int utfs_view_filter_update(struct utfs_view_filter *filter, const struct utfs_view_store *store);
/* NULL is allowed. Return: nothing. */
void utfs_view_filter_free(struct utfs_view_filter *filter);

/* utfs_view_filter_accepts - is this event accepted? filter NULL: all are. */
bool utfs_view_filter_accepts(const struct utfs_view_filter *filter,
			      const struct utfs_view_store *store, uint32_t place);

#endif
