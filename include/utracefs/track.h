/* SPDX-License-Identifier: MIT */
/*
 * Slices, instants and counters: events that viewers draw as what they are, without being told. C (C99 and later) and C++ (C++11 and later).
 *
 *	#include <utracefs/track.h>
 *
 *	UTFS_TRACKS(myapp);					once per source file that uses them
 *
 *	UTFS_SLICE_BEGIN(myapp, "parse");			on this thread, from here
 *	UTFS_INSTANT(myapp, "cache is full");			at this moment
 *	UTFS_COUNTER(myapp, "queue", length);			this value of the process, from here on
 *	UTFS_SLICE_END(myapp);					to here: ends the innermost slice of the thread
 *
 * UTFS_TRACKS(system) declares two events, with what UTFS_EVENT() declares for each:
 *	system:slice	char track_event_type ('B', 'E', 'I'), string slice_name
 *	system:counter	int64_t counter_value, int32_t scope_tgid, string track_name
 * These are the fields of Perfetto's kernel track events: it makes tracks of them where they come with a kernel's trace, and so
 * does utracefs export. Slices of a thread nest.
 *
 * They cost what other events cost; a counter that is recorded asks the kernel for the process's number. Names are copied into the record;
 * they are not looked at where nobody records the event. With UTFS_DISABLE defined all of it compiles to nothing.
 */
#ifndef UTRACEFS_TRACK_H
#define UTRACEFS_TRACK_H

#include <utracefs/utracefs.h>

#include <unistd.h>

#define UTFS_TRACKS(system)                                                                        \
	UTFS_EVENT(system, slice,                                                                  \
		   UTFS_FIELDS(UTFS_FIELD(char, track_event_type), UTFS_STRING(slice_name)),       \
		   UTFS_PRINT("%c %s", REC->track_event_type, __get_str(slice_name)));             \
	UTFS_EVENT(system, counter,                                                                \
		   UTFS_FIELDS(UTFS_FIELD(int64_t, counter_value),                                 \
			       UTFS_FIELD(int32_t, scope_tgid), UTFS_STRING(track_name)),          \
		   UTFS_PRINT("%s=%lld", __get_str(track_name), REC->counter_value))

#define UTFS_SLICE_BEGIN(system, name) trace_##system##_slice('B', name)
#define UTFS_SLICE_END(system)	       trace_##system##_slice('E', "")
#define UTFS_INSTANT(system, name)     trace_##system##_slice('I', name)
#define UTFS_COUNTER(system, name, value)                                                          \
	do {                                                                                       \
		if (trace_##system##_counter_enabled())                                            \
			trace_##system##_counter(value, getpid(), name);                           \
	} while (0)

#endif
