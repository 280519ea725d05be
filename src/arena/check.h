/* SPDX-License-Identifier: MIT */
/*
 * Checking an arena: everything that must always hold, layer by layer, and mending what does not.
 *
 * A check looks at one thing after the other; what is wrong is a finding, of a kind from the table in check.c. With `repair` a finding
 * that can be mended is mended at once, in a transaction of its own:
 *
 *	if (utfs_check_found(check, UTFS_DAMAGE_PIN, pin, "pin %u ...", n)) {
 *		utfs_tx_set(...);
 *		utfs_check_mend(check, 0);
 *	}
 *
 * Mending never frees what is in doubt: it takes references away, and what nobody owns then is given back in the end, when all owners
 * of memory are known (check-memory.c). Each transaction leaves an arena that is no worse than before, whoever dies between two of them.
 *
 * For front ends; nothing of this is part of libutracefs.so.
 */
#ifndef UTFS_ARENA_CHECK_H
#define UTFS_ARENA_CHECK_H

#include "arena/arena.h"

enum utfs_damage {
	UTFS_DAMAGE_IDENTITY,
	UTFS_DAMAGE_TRUNCATED,
	UTFS_DAMAGE_REGIONS,
	UTFS_DAMAGE_COUNT,
	UTFS_DAMAGE_LOCK,
	UTFS_DAMAGE_SERIAL,
	UTFS_DAMAGE_CHAIN,
	UTFS_DAMAGE_SYSTEM_LIST,
	UTFS_DAMAGE_NAME,
	UTFS_DAMAGE_SETTING,
	UTFS_DAMAGE_EVENT,
	UTFS_DAMAGE_EVENT_BITS,
	UTFS_DAMAGE_PROC,
	UTFS_DAMAGE_PIN,
	UTFS_DAMAGE_CHANGE,
	UTFS_DAMAGE_OBJECT,
	UTFS_DAMAGE_CELL,
	UTFS_DAMAGE_RECORDER,
	UTFS_DAMAGE_BUFFER,
	UTFS_DAMAGE_PAGE,
	UTFS_DAMAGE_OVERLAP,
	UTFS_DAMAGE_FREE_MEMORY,
	UTFS_DAMAGE_LEAK,
	UTFS_NR_DAMAGES,
};

enum utfs_finding_state {
	UTFS_FINDING_MENDABLE, /* `remedy`: what a repair would do */
	UTFS_FINDING_MENDED,   /* `remedy`: what was done */
	UTFS_FINDING_LEFT,     /* a repair failed, with `error` */
	UTFS_FINDING_HOPELESS, /* `remedy`: what a person can do */
};

struct utfs_finding {
	const char *kind; /* of utfs_damage_name(): stable, for scripts */
	uint64_t offset;  /* in the file: what is damaged begins there */
	const char *text; /* one sentence without its full stop */
	const char *remedy;
	enum utfs_finding_state state;
	int error;
};

/* How the file is looked at. */
enum utfs_check_way {
	UTFS_CHECK_LIVE,  /* mapped as all others do, with event_mutex: somebody is attached */
	UTFS_CHECK_COPY,  /* a private mapping: the file is only read; nobody is attached */
	UTFS_CHECK_ALONE, /* to be repaired, and kept from all others meanwhile */
};

/* What was looked at. */
struct utfs_check_seen {
	uint64_t instances, systems, events, recorders, pages, objects;
	uint64_t procs, dead_procs, pins, dead_pins;
};

struct utfs_check {
	struct utfs_arena *arena;
	enum utfs_check_way way;
	bool repair;
	void (*report)(void *ctx, const struct utfs_finding *finding);
	void *ctx;
	uint64_t found, left; /* findings; those that are still there */
	int error;	      /* of the checker itself: -ENOMEM */
	struct utfs_check_seen seen;
	char path[4096];	   /* of the file */
	int fd;			   /* of the file */
	uint64_t last_proc_serial; /* before anything was looked at */
	bool halted;		   /* what is wrong keeps the rest from being looked at */
	bool memory_good; /* repair: nothing is wrong with free memory any more, so that some may be taken */
	struct utfs_check_queue *queue;	  /* check.c: findings about to be mended */
	struct utfs_check_claims *claims; /* check-memory.c */
};

/* check.c ------------------------------------------------------------------------------------------------ */

/* Return: the kind's name in findings. */
const char *utfs_damage_name(enum utfs_damage damage);
/*
 * Something is wrong at an address of the arena (NULL: the file as a whole).
 * Return: true: to be mended now, then utfs_check_mend(); false: it has been reported.
 */
bool utfs_check_found(struct utfs_check *check, enum utfs_damage damage, const void *at,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same where nothing can be done. */
void utfs_check_hopeless(struct utfs_check *check, enum utfs_damage damage, const void *at,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Commits what mends all findings since the last time, or with `ret` an error, takes it back; reports them. */
void utfs_check_mend(struct utfs_check *check, int ret) UTFS_REQUIRES(check->arena->event_mutex);
/* The same outside of transactions, for what none can hold; `ret` says whether it was mended. */
void utfs_check_done(struct utfs_check *check, int ret);
/* For values: sets one that is wrong. Return: true it was wrong and is right now. */
bool utfs_check_word(struct utfs_check *check, enum utfs_damage damage, uint64_t *word,
		     uint64_t wanted, const char *what) UTFS_REQUIRES(check->arena->event_mutex);

/* check-open.c ------------------------------------------------------------------------------------------- */

/*
 * Opens an arena's file for a check, damaged or not, without taking a slot: of a directory, or the file itself; NULL as
 * utfs_arena_open(). Reports what is wrong with its head. `check` has repair, report and ctx; arena is room for one.
 * Return: 0; -EBADMSG too damaged to go on, which was reported; -ETIMEDOUT see utfs_tx_begin(); -EROFS to be repaired, but cannot be
 * written; -errno of open, with `why`.
 * Locks: none. Context: no other thread uses *check.
 */
int utfs_check_open(struct utfs_check *check, struct utfs_arena *arena, const char *path,
		    char *why);
/* Unmaps, frees. Return: -EAGAIN where others have come to a file that was looked at as if it were alone: what was found may be wrong; 0. */
int utfs_check_close(struct utfs_check *check);

/* check-tables.c, check-chains.c, check-objects.c --------------------------------------------------------- */

/* Everything of the arena layer but memory. Where check->halted is set then, what other layers would look at cannot be found. Locks: event_mutex held. */
void utfs_check_arena(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);
/*
 * Part of a repair: what dead processes held goes back, once nothing is wrong with memory any more. Return: 0, -ENOSPC, -E2BIG.
 * Locks: event_mutex held.
 */
int utfs_check_release(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);

/* check-memory.c ------------------------------------------------------------------------------------------ */

/*
 * Memory of the heap that has an owner. `drop` takes the owner's reference away, so that the memory is nobody's; in the caller's
 * transaction. Return of drop: 0 or a negative errno.
 */
struct utfs_claim {
	uint64_t offset, bytes;
	const char *what; /* "the description of event", a constant */
	uint64_t index;	  /* which one */
	int (*drop)(struct utfs_check *check, uint64_t index);
	uint64_t *word; /* for a reference: what refers to it; drop is NULL */
};
void utfs_check_claim(struct utfs_check *check, const struct utfs_claim *claim);
/* Forgets all claims, for another round. */
void utfs_check_claims_clear(struct utfs_check *check);
/* Bytes of the blob that holds so many. */
uint64_t utfs_blob_bytes(uint64_t bytes);
/* When all owners are known: that none share, that free memory is free, that nothing is lost. Locks: event_mutex held. */
void utfs_check_memory(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex);

#endif
