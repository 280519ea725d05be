/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the probe share. A fact is one line, "WHAT : RESULT": WHAT names an operation in the same words on every tree, RESULT is
 * its errno or what it gave, without what differs from run to run (times, pids, the number of CPUs).
 *
 * Everything that changes state happens in instances of the probe's own, so that it may be pointed at the kernel's tracefs.
 */
#ifndef TESTS_CONFORMANCE_CONFORMANCE_H
#define TESTS_CONFORMANCE_CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The events that both trees have; on ours, events.c registers them. */
#define SYSTEM	      "sched"
#define EVENT	      "sched_switch"
#define OTHER_EVENT   "sched_waking"
#define THIRD_EVENT   "sched_wakeup"
#define EVENT_DIR     "events/" SYSTEM "/" EVENT
#define OTHER_DIR     "events/" SYSTEM "/" OTHER_EVENT
#define INSTANCE      "conformance"
#define VICTIM	      "conformance-victim"
#define TEXT_MAX      65536
#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* Is a file or option without a meaning for the events of programs? `path` is relative to a trace array. */
bool is_left_out(const char *path);

/* "/x" is x at the root of the tree, "x" is x in the probe's instance. The text is good until the sixteenth call after this one. */
const char *at(const char *path);

/* Prints a fact; control characters in `what` and the result are escaped. A second fact of the same name gets a number. */
__attribute__((format(printf, 2, 3))) void fact(const char *what, const char *result, ...);
/* The same for what returns -1 and errno, or something that is not interesting: OK. */
void fact_rc(const char *what, long rc);
/* The name of errno. */
const char *errno_name(void);
/* format, as vsnprintf prints it; good until the sixteenth call after this one. */
__attribute__((format(printf, 1, 2))) const char *words(const char *format, ...);

/* What a file holds, escaped and with all that varies masked; or "ENOENT" and the like. Good until the next call. */
const char *content(const char *path);
/* The bytes of a file, NUL-terminated, in a buffer of TEXT_MAX bytes. -1 and errno */
ssize_t read_file(const char *path, char *buffer);

/* Opens (with `flags`), writes, closes. Returns "OK", "3 of 5", "open EACCES" or "EINVAL". */
const char *put(const char *path, int flags, const char *text);
/* The fact of writing `text` to `path` after O_TRUNC; then the content of `shown` (NULL: nothing). "@N c": N times c. */
void fact_write(const char *path, const char *text, const char *shown);

/* The parts. */
void probe_tree(void);
void probe_names(void);
void probe_busy(void);
void probe_attributes(void);
void probe_opens(void);
void probe_values(void);
void probe_events(void);
void probe_filters(void);
void probe_triggers(void);
void probe_streams(void);
void probe_raw(void);
void probe_seeks(void);
void probe_configured(void);

#endif
