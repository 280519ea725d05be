/* SPDX-License-Identifier: MIT */
/*
 * The events of an instance while they come, as records, each given once: for a program that shows them. Takes the place of the reader of trace_pipe.
 *
 * They come in the order of time over all CPUs. An event gets its time before it is in the buffer, so those of the last moment
 * (UTFS_FOLLOW_HOLD_NS) are left there until no earlier one is to be expected. One whose writer was held up for longer comes late, behind later ones.
 *
 * Or those that an instance holds at one moment, as reading `trace` or `snapshot` gives them: nothing is consumed, and there is an end.
 */
#ifndef UTFS_TRACE_FOLLOW_H
#define UTFS_TRACE_FOLLOW_H

#include "trace/trace.h"

#define UTFS_FOLLOW_HOLD_NS (50 * 1000 * 1000)

struct utfs_follow;

struct utfs_follow_event {
	uint64_t timestamp;
	uint64_t lost; /* events of this CPU that are missing before this one */
	const unsigned char *record;
	uint32_t bytes;
	uint32_t cpu;
};

/* What describes the events of an id; the texts end with NUL. */
struct utfs_follow_type {
	const char *system, *name;
	const char *fields,
		*print_fmt; /* as registered: lines of a format file behind the common ones */
	size_t fields_bytes, print_fmt_bytes;
	char *memory; /* what the texts are in: free() */
};

/*
 * utfs_follow_open - instance: its name. *follow belongs to the caller: utfs_follow_close(), before the trace is closed.
 * Return: 0; -ENOENT no such instance; -EBUSY somebody reads its trace_pipe; -ENOMEM; errno of the arena's lock. Locks: none held by the caller. Context: any thread.
 */
int utfs_follow_open(struct utfs_trace *trace, const char *instance, struct utfs_follow **follow);
/*
 * utfs_follow_held - the same of what the instance's buffers hold now, or its snapshot: nothing is consumed, none is held back, and no events come after those
 * Return: as utfs_follow_open(), but never -EBUSY. Locks, context: as there.
 */
int utfs_follow_held(struct utfs_trace *trace, const char *instance, bool snapshot,
		     struct utfs_follow **follow);
/* utfs_follow_close - NULL is allowed. Return: nothing. Locks: none held by the caller. Context: any thread. */
void utfs_follow_close(struct utfs_follow *follow);

/*
 * utfs_follow_next - the next event; what *event refers to lives until the next call
 * Return: 1; 0 none for now, or for good; -ENODEV the instance has gone; -ENOMEM; errno of the arena's locks. Locks: none held by the caller. Context: one thread per follow.
 */
int utfs_follow_next(struct utfs_follow *follow, struct utfs_follow_event *event);

/*
 * utfs_follow_is_empty - is there nothing, not even what is held back? Then the next event wakes utfs_trace_data_wait().
 * Return: so. Locks: none. Context: as utfs_follow_next().
 */
bool utfs_follow_is_empty(const struct utfs_follow *follow);

/*
 * utfs_follow_type - what describes the events of an id
 * Return: 0; -ENOENT no such event (any more); -ENOMEM; errno of the arena's lock. Locks: none held by the caller. Context: any thread.
 */
int utfs_follow_type(const struct utfs_follow *follow, uint16_t id, struct utfs_follow_type *type);
/*
 * utfs_follow_thread - what is known of a thread
 * Return: 0 with its name ("": not known) and process; -ENOENT. Locks: none. Context: any thread.
 */
int utfs_follow_thread(const struct utfs_follow *follow, int32_t tid, char comm[17], int32_t *tgid);

/*
 * utfs_follow_thread_next - the threads that are known, one after the other; *index: 0 at the beginning
 * Return: 1 with its number, name and process; 0 that were all. Locks: none. Context: any thread.
 */
int utfs_follow_thread_next(const struct utfs_follow *follow, uint32_t *index, int32_t *tid,
			    int32_t *tgid, char comm[17]);

/* What the instance's time stamps count. */
struct utfs_follow_about {
	const char *clock; /* as in trace_clock */
	bool clock_in_ns;
	struct utfs_trace_scale scale; /* makes them ns where the clock is the CPU's counter */
	uint32_t nr_cpus;
};
/* utfs_follow_about - as it was when it was opened. Return: so. Locks: none. Context: any thread. */
struct utfs_follow_about utfs_follow_about(const struct utfs_follow *follow);

#endif
