/* SPDX-License-Identifier: MIT */
/*
 * The events of the `ftrace` system: what a reader of raw pages needs to know of the kernel's own record types.
 */
#ifndef UTFS_TRACE_FTRACE_FORMATS_H
#define UTFS_TRACE_FTRACE_FORMATS_H

#include <stddef.h>

struct utfs_ftrace_event {
	const char *name;
	unsigned int id;
	const char *fields;    /* as for utfs_event_format_parse() */
	const char *print_fmt; /* as for utfs_plan_compile() */
};

/* In the order of their names; utfs_nr_ftrace_events of them. Constant. */
extern const struct utfs_ftrace_event utfs_ftrace_events[];
extern const size_t utfs_nr_ftrace_events;

#endif
