/* SPDX-License-Identifier: MIT */
/*
 * libutracefs-libc.so: preloaded into a program that knows nothing of utracefs, it makes the program's calls of the C library
 * events of the system "libc": file I/O, memory, locks, threads, processes, sockets, loaded libraries.
 *
 *	LD_PRELOAD=libutracefs-libc.so program ...
 *	UTRACEFS_WRAP=io,socket,...     which groups of enum wrap_group (all of them unless set; "none": no group)
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
 *   sync.c         read-write locks, condition variables, semaphores, barriers, spin locks
 *   thread.c       threads: begin, end, names
 *   process.c      children and the end of a process; clone(), vfork-*.S vfork(): a child that runs on its parent's memory
 *                  must not write events
 *   exec.c         exec and posix_spawn
 *   socket.c       sockets and their connections
 *   message.c      what is sent and received
 *   copy.c         what the program's pointers point at, as text
 *   loader.c       dlopen(), dlclose()
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
	WRAP_LOADER = 8,
	WRAP_PROCESS = 16,
	WRAP_SOCKET = 32,
	WRAP_SYNC = 64,
	WRAP_THREAD = 128,
	WRAP_ALL = 255,
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

/*
 * The wrappers of functions that do the same: `emit` is an expression, evaluated where the event is wanted. AROUND: after the
 * call, with its result as `ret` and the time at which it began as `begin_ns`. AFTER: without the time. BEFORE: before it. END: before a
 * call that does not return.
 */
#define WRAP_AROUND(type, name, event, group, parameters, arguments, emit)                         \
	WRAP_EXPORT type name parameters                                                           \
	{                                                                                          \
		uint64_t begin_ns;                                                                 \
		type ret;                                                                          \
                                                                                                   \
		if (!WRAP_TRACED(event, group))                                                    \
			return wrap_real.name arguments;                                           \
		begin_ns = wrap_now_ns();                                                          \
		ret = wrap_real.name arguments;                                                    \
		emit;                                                                              \
		return ret;                                                                        \
	}
#define WRAP_AFTER(type, name, event, group, parameters, arguments, emit)                          \
	WRAP_EXPORT type name parameters                                                           \
	{                                                                                          \
		type ret;                                                                          \
                                                                                                   \
		if (!WRAP_TRACED(event, group))                                                    \
			return wrap_real.name arguments;                                           \
		ret = wrap_real.name arguments;                                                    \
		emit;                                                                              \
		return ret;                                                                        \
	}
#define WRAP_BEFORE(type, name, event, group, parameters, arguments, emit)                         \
	WRAP_EXPORT type name parameters                                                           \
	{                                                                                          \
		if (WRAP_TRACED(event, group))                                                     \
			emit;                                                                      \
		return wrap_real.name arguments;                                                   \
	}

#define WRAP_END(name, event, group, parameters, arguments, emit)                                  \
	WRAP_EXPORT void name parameters                                                           \
	{                                                                                          \
		if (WRAP_TRACED(event, group))                                                     \
			emit;                                                                      \
		wrap_real.name arguments;                                                          \
		__builtin_unreachable();                                                           \
	}

/*
 * The bytes that a call with several buffers asked for, after it returned `ret`. The kernel has read the list where the call did
 * something, or failed at doing it; after other failures the list may be anything, and counts as 0. Reads errno.
 */
size_t wrap_parts_bytes(const struct iovec *parts, size_t n, ssize_t ret);

/* The end of a vfork() in the parent, called from its assembly: `ret` is the system call's. Return: vfork()'s result, with errno. */
pid_t wrap_vfork_done(long ret);

/*
 * Copies memory that may not be there: what a call that has not been made, or has failed, was given. Return: how many of the bytes
 * could be read. Keeps errno.
 */
size_t wrap_copy(void *to, const void *from, size_t bytes);
/* The same for a string, cut to WRAP_TEXT_BYTES - 1; "(null)" for NULL. Return: `to`. */
#define WRAP_TEXT_BYTES 256
const char *wrap_copy_text(char to[WRAP_TEXT_BYTES], const char *from);

/* A socket's address as text: "127.0.0.1:80", "[::1]:80", "unix:/path", "unix:@abstract", "family 16"; "" for none. Return: `to`. */
struct wrap_address {
	struct sockaddr_storage address;
	socklen_t bytes;
};
const char *wrap_address_text(char to[WRAP_TEXT_BYTES], const struct wrap_address *address);

#endif
