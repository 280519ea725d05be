/* SPDX-License-Identifier: MIT */
/*
 * libutracefs, what applications link: attaches the process to the arena, registers its events, writes records.
 *
 * May use arena, ring and libc; no memory allocation, no stdio streams. Never prints, never aborts, starts no thread,
 * keeps no descriptor, leaves errno alone. The event path (write.c) takes no lock; everything else runs under one
 * process-local mutex with all signals blocked, between utfs_app_enter() and utfs_app_leave().
 *
 *   state.c            attaching, the local lock, fork, exit
 *   module.c           registering the declared events of a module, all at once
 *   describe.c         what a declared event looks like in `format`
 *   write.c            the event path
 *   filter.c           what is evaluated on it before a record is written, where it is known; filter-*.c everything else of it
 *   hist*.c            histograms: hist-record.c what is counted, hist-element.c where, hist-match.c variables and actions
 *   trigger.c          what an event makes happen, before or after that; trigger-list.c where it is not known; trigger-act.c does it
 *   known.c            what is known: kept from one event to the next
 *   stack.c, mapping.c by whom it was written
 *   follow.c           set_event_pid follows forks
 *   message.c          utfs_printf(), utfs_marker()
 *   runtime-event.c    events made from them
 *   status.c           does it work, and if not, why
 *
 * Lock order: the local lock comes before event_mutex.
 */
#ifndef UTFS_APP_APP_H
#define UTFS_APP_APP_H

#include <pthread.h>
#include <signal.h>

#define UTFS_P_LIBRARY
#include <utracefs/utracefs.h>

#include "arena/arena.h"
#include "arena/runtime-parse.h"
#include "ring/ring.h"
#include "ring/section.h"

#define UTFS_APP_TEXT_BYTES 32768

static_assert(UTFS_EVENT_RECORD_MAX == UTFS_RECORD_MAX, "the public header repeats it");
static_assert(UTFS_P_HEADROOM == UTFS_RECORD_HEADROOM, "the public header repeats it");
static_assert(UTFS_DESCRIPTION_BYTES == UTFS_RUNTIME_TEXT_BYTES, "the public header repeats it");
static_assert(UTFS_RECORD_MAX == UTFS_RUNTIME_RECORD_MAX, "the arena layer repeats it");

#define utfs_likely(x)	 __builtin_expect(!!(x), 1)
#define utfs_unlikely(x) __builtin_expect(!!(x), 0)

/* The common fields, as at the start of every record. */
#define UTFS_COMMON_BYTES 8

/* Who called fork(). */
struct utfs_app_forker {
	pid_t tid, tgid;
};

struct utfs_app {
	pthread_mutex_t lock;
	enum utfs_state state; /* changes once, under lock; the event path needs it not */
	int error;
	bool handlers_installed;
	bool exiting;		       /* exit() is under way: the process's slot goes by itself */
	struct utfs_app_forker forker; /* between the two sides of a fork() */
	struct utfs_arena arena;
	struct utfs_module *modules;		   /* under lock, as all below */
	struct utfs_runtime_event *runtime_events; /* linked through struct utfs_runtime_private */
	uint64_t conflicts, failures;
	uint64_t lost_messages;	  /* atomic */
	uint64_t refused_threads; /* atomic */
	int message_error; /* atomic: why the root's buffers could not be made, the last time */
	char why[UTFS_WHY_BYTES];
	struct utfs_text fields, print; /* of the event that is described */
	char fields_room[UTFS_APP_TEXT_BYTES], print_room[UTFS_APP_TEXT_BYTES];
};
extern struct utfs_app utfs_app;

enum utfs_thread_state {
	UTFS_THREAD_NEW,
	UTFS_THREAD_READY,
	UTFS_THREAD_REFUSED, /* the arena is in rseq mode and this thread cannot follow */
};

struct utfs_thread {
	struct utfs_writer writer;
	uint64_t common; /* of this thread's records, without the event's id */
	uint32_t state;	 /* enum utfs_thread_state */
	uint32_t pages;	 /* filled by this thread */
	pid_t tgid;
	bool slow; /* this thread is between utfs_app_enter() and utfs_app_leave() */
	struct utfs_section_entry section;
};
extern __thread struct utfs_thread utfs_thread __attribute__((tls_model("initial-exec")));

/* state.c ------------------------------------------------------------------------------------------------ */

/* What utfs_app_enter() changed and utfs_app_leave() puts back. */
struct utfs_app_context {
	int saved_errno;
	int cancel_state;
	sigset_t signals;
};

/*
 * Begins a slow path: errno kept, signals and cancellation held back, local lock taken. Return: 0; -EBUSY this thread
 * is in one already (a synchronous signal's handler, a preloaded wrapper): nothing is held.
 */
int utfs_app_enter(struct utfs_app_context *context);
void utfs_app_leave(const struct utfs_app_context *context);
/* Attaches on the first call. Local lock held. Return: 0 active; -ENODEV not, utfs_app says why. */
int utfs_app_attach(void);
/* The state as the event path's neighbours may read it. */
static inline bool utfs_app_active(void)
{
	return __atomic_load_n(&utfs_app.state, __ATOMIC_ACQUIRE) == UTFS_STATE_ACTIVE;
}

/* module.c ----------------------------------------------------------------------------------------------- */

/* Empties utfs_app.fields and utfs_app.print, for the next event to be described. Local lock held. */
void utfs_app_texts_begin(void);
/* Registers, as described by these texts, and marks as used. Return: 0 and *id; see utfs_event_register(). */
int utfs_app_event_add(const char *system, const char *name, uint32_t record_bytes, uint32_t flags,
		       uint32_t *id) UTFS_REQUIRES(utfs_app.arena.event_mutex);
/* Marks an event as no longer used, unless somebody else in this process uses it. Local lock held. */
void utfs_app_event_drop(uint32_t id, const struct utfs_module *not_in,
			 const struct utfs_runtime_event *not_this)
	UTFS_REQUIRES(utfs_app.arena.event_mutex);
/* After a fork: the child's own claim on each event. Local lock held. */
void utfs_app_modules_renew(void);

/* describe.c --------------------------------------------------------------------------------------------- */

/* What an event's declaration says, where it lies: behind the info (utracefs/event.h). */
struct utfs_app_declared {
	const struct utfs_event_info *info;
	const int64_t *values;
	const struct utfs_event_field *fields;
	const char *print, *system,
		*name; /* behind it types and names of the fields, then the symbols' */
};

/* Finds the parts of a declaration. Return: nothing. Locks: none. Context: any. */
void utfs_app_declared_get(const struct utfs_event_info *info, struct utfs_app_declared *declared);
/* The texts of a declared event. Return: 0; -EINVAL a type or name that a format cannot hold; -E2BIG too long. */
int utfs_app_describe(const struct utfs_app_declared *declared, struct utfs_text *fields,
		      struct utfs_text *print);

/* runtime-event.c ---------------------------------------------------------------------------------------- */

struct utfs_runtime_private {
	uint32_t id;
	int32_t status;
	uint64_t serial;
	uint32_t record_bytes;
	uint32_t nr_locations;
	struct utfs_runtime_event *next, *previous;
	uint64_t mark; /* of a registered event: mark_of() in runtime-event.c */
	struct utfs_runtime_location locations[UTFS_RUNTIME_LOCATIONS];
};
static_assert(sizeof(struct utfs_runtime_private) <=
		      sizeof(((struct utfs_runtime_event *)0)->private_words),
	      "fits what the public header leaves");

static inline struct utfs_runtime_private *
utfs_runtime_private(const struct utfs_runtime_event *event)
{
	return (struct utfs_runtime_private *)(void *)event->private_words;
}
/* Does another run-time event use this id? Local lock held. */
bool utfs_runtime_event_uses(uint32_t id, const struct utfs_runtime_event *not_this);
/* After a fork. Return: 0; what rolled the transaction back. */
int utfs_runtime_events_renew(void) UTFS_REQUIRES(utfs_app.arena.event_mutex);
uint64_t utfs_runtime_events_count(void);

/* follow.c ----------------------------------------------------------------------------------------------- */

/* In a forked child that is attached: enters it where options/event-fork says so. Local lock held. */
void utfs_app_follow(const struct utfs_app_forker *forker, pid_t child);

/* write.c ------------------------------------------------------------------------------------------------ */

/* Makes this thread able to write. Return: false it cannot. Keeps errno. Context: any; the process is attached. */
bool utfs_thread_prepare(struct utfs_thread *thread);
/* Fills the common fields and writes to every recorder in the mask word. Context: any. */
void utfs_app_record_write(uint32_t id, const uint64_t *mask, void *buffer, size_t bytes);
/* The event of a serial. Return: its mask and *id; NULL there is none. Context: any. */
static inline const uint64_t *utfs_app_event_find(const struct utfs_arena *arena, uint64_t serial,
						  uint32_t *id)
{
	*id = (uint32_t)serial & (UTFS_MAX_EVENTS - 1);
	if (*id < UTFS_EVENT_ID_FIRST ||
	    *id >= __atomic_load_n(&arena->header->nr_events, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&utfs_event_at(arena, *id)->serial, __ATOMIC_RELAXED) != serial)
		return NULL;
	return utfs_event_mask(arena, *id);
}
/* A record that the histogram of another event writes. `record`: with the headroom before it. Context: any. */
void utfs_app_record_write_nested(uint32_t id, const uint64_t *mask, void *record, size_t bytes,
				  unsigned int depth);

#endif
