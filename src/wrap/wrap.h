/* SPDX-License-Identifier: MIT */
/*
 * libutracefs-libc.so: preloaded into a program that knows nothing of utracefs, it makes the program's calls of the C library
 * events of the system "libc": file I/O, memory, mutexes.
 *
 *	LD_PRELOAD=libutracefs-libc.so program ...
 *	UTRACEFS_WRAP=io,memory,mutex   which groups (all of them unless set; "none": no group)
 *
 * May use libutracefs through its public headers, and libc. Never changes what a call does, returns or leaves in errno;
 * never prints, allocates nothing, takes no lock of its own.
 *
 *   real.c         the functions behind the wrappers: the next ones in the search order, found at the first call
 *   state.c        what is recorded in this process, and from whom
 *   open.c         open, close
 *   transfer.c     read, write, fsync
 *   memory.c       malloc and its relatives
 *   mutex.c        pthread mutexes
 *   process.c      clone(), vfork-*.S vfork(): a child that runs on its parent's memory must not write events
 *
 * A wrapper of an event that nobody records is the event's test and a jump. It may be called at any time: before
 * the constructors, by the dynamic linker, in signal handlers, by a thread about to be cancelled. Not recorded are: calls that libutracefs makes for
 * itself, calls in a vfork() child, and calls that the C library makes inside (what stdio reads and writes).
 */
#ifndef UTFS_WRAP_WRAP_H
#define UTFS_WRAP_WRAP_H

#include <errno.h>
#include <time.h>

#include <utracefs/utracefs.h>

#include "real.h"

enum wrap_group {
	WRAP_IO = 1,
	WRAP_MEMORY = 2,
	WRAP_MUTEX = 4,
};

struct wrap_state {
	unsigned int groups;	 /* enum wrap_group; none until the constructor ran */
	uintptr_t library_begin; /* libutracefs.so's code */
	uintptr_t library_bytes;
};
extern struct wrap_state wrap_state WRAP_HIDDEN;

/*
 * How many events this thread is writing: one, or more where a signal handler's calls interrupt that. Bounded, so that nothing
 * that writing an event might call can recurse for ever. More than two levels, because a handler that leaves by
 * longjmp() leaves its interrupted level behind.
 */
#define WRAP_DEPTH_MAX 8
extern __thread unsigned int wrap_depth WRAP_HIDDEN __attribute__((tls_model("initial-exec")));

/*
 * This thread's memory is in use by a child of vfork() or clone(), which the kernel keeps no rseq area for. Set in the
 * child, put back in the parent: process.c.
 */
extern __thread int wrap_vforked WRAP_HIDDEN __attribute__((tls_model("initial-exec")));

/* Is a call of this group, from this place in the program, to be recorded? Context: any. */
static inline bool wrap_wanted(enum wrap_group group, const void *caller)
{
	return (wrap_state.groups & (unsigned int)group) && !wrap_vforked &&
	       wrap_depth < WRAP_DEPTH_MAX &&
	       (uintptr_t)caller - wrap_state.library_begin >= wrap_state.library_bytes;
}

/* To be asked in the wrapper itself, first: the only cost of an event that nobody records. */
#define WRAP_TRACED(event, group)                                                                  \
	(trace_libc_##event##_enabled() && wrap_wanted(group, __builtin_return_address(0)))

/* Writes an event, in a function of its own that is kept away from the wrappers' short path. */
#define WRAP_EMIT(event, ...)                                                                      \
	do {                                                                                       \
		wrap_depth++;                                                                      \
		trace_libc_##event(__VA_ARGS__);                                                   \
		wrap_depth--;                                                                      \
	} while (0)
#define WRAP_COLD __attribute__((noinline, cold))

static inline uint64_t wrap_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What a call returned, or the errno it left as a negative number. */
static inline int64_t wrap_result(int64_t ret)
{
	return ret == -1 ? -errno : ret;
}

/* Fails a vfork(): called from its assembly. Return: -1, errno set. */
pid_t wrap_vfork_failed(long error);

#endif
