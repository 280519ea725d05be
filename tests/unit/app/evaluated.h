/* SPDX-License-Identifier: MIT */
/* What is evaluated before a record is written: the tree where it is set as by a person, and who writes events, in one process. */
#ifndef TESTS_APP_EVALUATED_H
#define TESTS_APP_EVALUATED_H

#include "../trace/tree.h"
#include "support.h"

static struct domain domain;
static struct tree tree;

/* Enables the events of a system; NULL: none. */
static inline void evaluated_open(const char *system)
{
	char why[UTFS_TRACE_WHY_BYTES], path[64];

	domain_open(&domain);
	if (utfs_trace_open(NULL, &tree.trace, why))
		fail_msg("%s", why);
	tree.fs = utfs_trace_fs(tree.trace);
	if (!system)
		return;
	sprintf(path, "events/%.32s/enable", system);
	assert_int_equal(tree_write(&tree, path, "1"), 1);
}

/* A group's teardown. */
static inline int evaluated_close(void **state)
{
	(void)state;
	utfs_trace_close(tree.trace);
	domain_close(&domain);
	return 0;
}

/* How many records have come since the last time. */
static inline size_t taken(void)
{
	domain_read(&domain);
	return domain.nr_records;
}

#endif
