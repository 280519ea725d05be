/* SPDX-License-Identifier: MIT */
/*
 * Stacks: who wrote an event. By frame pointers, which costs nothing until a stack is wanted; or by unwind tables, for programs that have
 * none, where UTRACEFS_UNWIND=tables is in the environment when the process attaches: the libc's backtrace(), called once ahead,
 * because its first call loads what it needs.
 *
 * Nothing that a frame pointer says is believed: memory is read by the kernel, which says so where there is nothing to read. Of the
 * objects in which the addresses lie, path and build id are kept in the arena (struct utfs_mapping), so that
 * functions can be named when the process has ended.
 */
#ifndef UTFS_APP_STACK_H
#define UTFS_APP_STACK_H

#include "app/filter.h"

#define UTFS_STACK_MAX 64 /* addresses of one stack */

/*
 * Functions in which an event enters the library and that are still on the stack when it is written: where a stack
 * is taken they are left out. Others end with a jump, or are called by these.
 */
#define UTFS_ENTRY __attribute__((section("utfs_entry")))

/*
 * The addresses to which the functions return that are under way, innermost first, from the one that wrote the event on; what the
 * process has mapped there is kept in the arena.
 * Return: how many, at most `max`. Keeps errno. Locks: none. Context: the writing thread, inside the event path; signal handlers
 * included.
 */
uint32_t utfs_stack_capture(const struct utfs_filter_subject *subject, uint64_t *callers,
			    uint32_t max);

/*
 * Writes the stack as a record of ftrace:kernel_stack, or of ftrace:user_stack. Return: nothing. Keeps errno. Locks, context: as above.
 */
void utfs_stack_write(const struct utfs_filter_subject *subject, unsigned int recorder, bool user);

/* Loads what unwinding by tables needs, where the environment asks for it. Context: attaching. */
void utfs_stack_prepare(void);

/* mapping.c: keeps in the arena what the process has mapped at each of the addresses. Keeps errno. Context: any, signal handlers included. */
void utfs_mappings_note(const struct utfs_filter_subject *subject, const uint64_t *addresses,
			uint32_t n);

#endif
