/* SPDX-License-Identifier: MIT */
/*
 * The tracing tree: what the files mean. It opens an arena as a front end and gives an eventfs of it: trace arrays, events,
 * formats, clocks, buffers, text output.
 *
 * May use arena, ring, eventfs. Never prints, never blocks on data (a stream that has nothing answers -EAGAIN), knows nothing of FUSE or the
 * command line. Front ends need this header and eventfs.h, nothing below.
 */
#ifndef UTFS_TRACE_TRACE_H
#define UTFS_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eventfs/eventfs.h"

struct utfs_trace;

/* Bytes that hold any reason utfs_trace_open() gives. */
#define UTFS_TRACE_WHY_BYTES 512

/*
 * Attaches to the arena of a directory (NULL: $UTRACEFS_DIR, else the user's default; made when missing) as a front end.
 * On failure `why` says "path: what is wrong". *trace belongs to the caller: utfs_trace_close().
 * Return: 0, or the errno of utfs_arena_open(), -ENOMEM. Locks: none held by the caller. Context: any thread.
 */
int utfs_trace_open(const char *directory, struct utfs_trace **trace,
		    char why[UTFS_TRACE_WHY_BYTES]);

/*
 * After -ETIMEDOUT, for a message: who has a lock of the arena now, as "NAME (process N)". The number is that of its PID namespace.
 * Return: true with text; false: nobody, any more. Locks: none. Context: any thread.
 */
#define UTFS_TRACE_HOLDER_BYTES 64
bool utfs_trace_holder(const struct utfs_trace *trace, char text[UTFS_TRACE_HOLDER_BYTES]);

/* What a new arena is like. */
struct utfs_trace_init {
	uint64_t size_bytes; /* whole pages; 0: the default */
	bool locked;	     /* locked mode, also where rseq can be used */
	bool shared; /* directory and file are for the members of group gid, not for the user alone */
	gid_t gid;
};

/*
 * Makes the arena of $UTRACEFS_DIR, or of the user's default directory, ahead of use, without attaching to it.
 * `path` receives the directory; `why` is as that of utfs_trace_open().
 * Return: 0, or the errno of utfs_arena_init(): -EEXIST there is one. Locks: none. Context: any thread.
 */
int utfs_trace_arena_init(const struct utfs_trace_init *init, char path[4096],
			  char why[UTFS_TRACE_WHY_BYTES]);

/* Closes what utfs_trace_open() gave; every eventfs_file has been released. NULL is allowed. Return: nothing. Context: no other thread uses it. */
void utfs_trace_close(struct utfs_trace *trace);

/* The tree. Lives as long as the trace. Return: never NULL. Context: anywhere. */
struct eventfs *utfs_trace_fs(const struct utfs_trace *trace);

/* Path of the arena's directory, for messages. Return: lives as long as the trace. Context: anywhere. */
const char *utfs_trace_directory(const struct utfs_trace *trace);

/*
 * Appends a line "TID TGID" for each thread that is known, as in saved_tgids but whether an instance has record-tgid or not.
 * Return: nothing; out of memory is remembered in text->error. Locks: none. Context: any thread.
 */
void utfs_trace_tgids(const struct utfs_trace *trace, struct eventfs_text *text);

/* What turns counts of the CPU's counter into ns, as trace.dat has it: count * mult >> shift; mult is below 2^31, shift at most 32. */
struct utfs_trace_scale {
	uint32_t mult; /* 0: nothing does */
	uint32_t shift;
};
/* utfs_trace_counter_scale - of the clock x86-tsc or arm64-cntvct. Return: so. Locks: none. Context: any thread. */
struct utfs_trace_scale utfs_trace_counter_scale(const struct utfs_trace *trace);

/*
 * Waiting for events. A read or poll of trace_pipe or trace_pipe_raw that finds nothing marks the buffer so that the next writer counts the data
 * sequence up and wakes who sleeps on it:
 *
 *	seen = utfs_trace_data_sequence(trace);
 *	n = eventfs_read(file, ...);
 *	if (n == -EAGAIN)
 *		utfs_trace_data_wait(trace, seen, timeout_ms);      and again
 *
 * No wake-up is lost between the two. Other reasons to look again (tracing_on written, instance removed) count the sequence up, too.
 * Return of wait: 0 look again; -ETIMEDOUT; -EINTR a signal. Locks: none. Context: any thread.
 */
uint32_t utfs_trace_data_sequence(const struct utfs_trace *trace);
int utfs_trace_data_wait(struct utfs_trace *trace, uint32_t seen, int timeout_ms);
/* Wakes every thread that sleeps in utfs_trace_data_wait(), of every process. Return: nothing. Context: any, also a signal handler. */
void utfs_trace_data_kick(struct utfs_trace *trace);

/*
 * How often events are recorded in an instance, by name. Costs writers nothing: it looks at what they have recorded.
 *
 *	ret = utfs_rates_open(trace, NULL, &rates);
 *	utfs_rates_look(rates, &sample);		from here on
 *	sleep(1);
 *	utfs_rates_look(rates, &sample);		what came since then
 */
struct utfs_rates;

struct utfs_rates_line {
	char *name; /* "system:event" */
	uint64_t events;
};

struct utfs_rates_sample {
	uint64_t events, dropped; /* since the look before; exact */
	bool recording;
	bool exact; /* the lines are; else they were estimated from some of the pages */
	const struct utfs_rates_line
		*lines; /* the most frequent first; valid until the next call */
	size_t nr_lines;
};

/*
 * instance: its name, NULL: the root's. *rates belongs to the caller: utfs_rates_close(), which takes NULL as well.
 * Return: 0; -ENOENT no such instance; -ENOMEM; errno of the arena's lock. Locks: none held by the caller. Context: any thread.
 */
int utfs_rates_open(struct utfs_trace *trace, const char *instance, struct utfs_rates **rates);
void utfs_rates_close(struct utfs_rates *rates);
/* Return: 0; -ENODEV the instance has gone; -ENOMEM; errno of the arena's lock. Locks, context: as above; one thread per rates. */
int utfs_rates_look(struct utfs_rates *rates, struct utfs_rates_sample *sample);

/* A name that came or went, whoever did it. */
struct utfs_trace_change {
	uint64_t parent; /* node id of the directory */
	uint64_t child;	 /* node id; of a removed thing what its id was */
	bool removed;
	char name[EVENTFS_NAME_MAX + 1];
};

/*
 * Changes of names, for a front end's caches. Begin with *cursor = utfs_trace_change_now().
 * An event that comes or goes shows in the root and in every instance: one change each.
 * Return of next: 1 a change (cursor advanced); 0 none now; -EOVERFLOW some were missed: forget everything cached.
 * Return of wait: 0, -ETIMEDOUT, -EINTR. Locks: none held by the caller (next takes event_mutex for a moment). Context: any thread.
 */
struct utfs_trace_cursor {
	uint64_t change;
	uint32_t instance; /* within one change: the instance that was told last */
	bool inside;
};
struct utfs_trace_cursor utfs_trace_change_now(const struct utfs_trace *trace);
int utfs_trace_change_next(struct utfs_trace *trace, struct utfs_trace_cursor *cursor,
			   struct utfs_trace_change *change);
int utfs_trace_change_wait(struct utfs_trace *trace, const struct utfs_trace_cursor *cursor,
			   int timeout_ms);
/* Counts up and wakes utfs_trace_change_wait(), for a front end that wants its thread back. Return: nothing. */
void utfs_trace_change_kick(struct utfs_trace *trace);

#endif
