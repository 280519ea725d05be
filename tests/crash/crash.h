/* SPDX-License-Identifier: MIT */
/*
 * The crash test: a process is killed at every injection point of every kind of change, and whoever comes next must find
 * the state from before or the state from after, whole.
 *
 * To add kinds: write kinds-LAYER.c with a struct crash_layer and list it in layers.c. Every UTFS_INJECT() in src/LAYER must
 * then be passed by one of the kinds, and every place there that begins a transaction (transactions.c).
 *
 * What happens, per kind:
 *   1. setup() in a process of its own, on a fresh arena; that process is killed. The file is kept: S.
 *   2. on copies of S: a process attaches and is killed -> dump D0; attaches, runs operate(), is killed -> dump D1.
 *   3. for k = 1, 2, ..: on a copy of S a process attaches, runs operate() and dies at its k-th injection point. The next
 *      owner of the lock recovers. Its dump must equal D0 or D1; after D0 operate() must lead to D1.
 *   4. for some k the recovery itself is killed at each of its injection points, and recovered again.
 */
#ifndef UTFS_TESTS_CRASH_H
#define UTFS_TESTS_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "arena/internal.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

/* Attaching is part of the operation: D0 is S as it is. */
#define CRASH_ATTACH 1U
/* As if the machine had been started anew after setup, the lock being left locked. Implies CRASH_ATTACH. */
#define CRASH_REBOOT 2U
/*
 * Several transactions, each whole, or a change that is begun again from its start when it was interrupted: states in
 * between are allowed, but operate() must lead from each to D1.
 */
#define CRASH_AGAIN 4U
/* The arena is in locked mode. */
#define CRASH_LOCKED 8U
/* What setup and operate put there is of the test's making (bits of events that there are not, programs that filter nothing): a check finds it. */
#define CRASH_MADE_UP 16U

struct crash_kind {
	const char *name;
	unsigned int flags;
	/* Brings a fresh arena to the state before; NULL: fresh is right. Return: 0 or what failed. */
	int (*setup)(struct utfs_arena *arena);
	/* In the process that will operate, before it counts its points; part of D0. NULL: nothing. Return: as setup. */
	int (*prepare)(struct utfs_arena *arena);
	/* The change; NULL: only what attaching does. Return: 0 or what failed. */
	int (*operate)(struct utfs_arena *arena);
};

/* A dump: lines of text. Lines that begin with '~' count neither in comparisons after a second try. */
struct crash_text {
	char *text;
	size_t bytes, room;
	unsigned int broken; /* invariants that do not hold */
	char finding[256]; /* the first thing that a check (arena/check.h) finds; empty: nothing */
};

void crash_print(struct crash_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Something that must never be: said in the dump and counted. */
void crash_broken(struct crash_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct crash_layer {
	const char *name; /* folder under src/ */
	const struct crash_kind *kinds;
	size_t nr_kinds;
	/* What a front end does when it opens an arena, with the lock held; NULL: nothing. */
	void (*repair)(struct utfs_arena *arena);
	/*
	 * Appends all that the layer keeps in the arena, in an order that depends on nothing else, and checks what must always
	 * hold. The lock is held. Without what differs from run to run: pids, times. NULL: the layer keeps nothing of its own.
	 */
	void (*dump)(struct utfs_arena *arena, struct crash_text *text);
	/* Its changes are made of those of the layers below, where who recovers is killed after every few points. */
	bool rare_recoveries;
	bool no_points; /* its injection points are not compiled in here: another test passes them */
};

extern const struct crash_layer *const crash_layers[]; /* NULL at the end */
extern const struct crash_layer crash_layer_arena;
extern const struct crash_layer crash_layer_ring;
extern const struct crash_layer crash_layer_trace;
extern const struct crash_layer crash_layer_app;
void crash_dump_arena(struct utfs_arena *arena, struct crash_text *text);
/* In a note of kinds-arena.c: other content of the same pages. */
#define CRASH_NOTE_OTHER (UINT64_C(1) << 40)
void crash_dump_ring(struct utfs_arena *arena, struct crash_text *text);

/* harness.c ---------------------------------------------------------------------------------------------- */

/* Directories of this run, made by crash_start(). */
struct crash_run {
	char base[64];
	char setup[80], work[80], spare[80]; /* each for one arena */
};

int crash_start(struct crash_run *run);
void crash_finish(struct crash_run *run);

/* Empties a directory and gives it a copy of another one's arena, with the same memory allocated. */
int crash_copy(const char *from, const char *to);
void crash_clear(const char *dir);

/* Opens without attaching, so that nothing changes but what taking the lock repairs. The lock is not held. Return: 0 or -errno. */
int crash_look_open(struct utfs_arena *arena, const char *dir);
void crash_look_close(struct utfs_arena *arena);
/* Takes the lock (which recovers), dumps all layers, tries whether a change works. Return: 0 or -errno. */
int crash_look(const char *dir, struct crash_text *text);
void crash_text_free(struct crash_text *text);
/* Is nothing broken, and has a check found nothing that is not of the test's making? Says what. */
bool crash_text_whole(const struct crash_kind *kind, const struct crash_text *text);
/* loose: without the lines that begin with '~'. */
bool crash_text_same(const struct crash_text *a, const struct crash_text *b, bool loose);
/* Says on standard error where two dumps differ. */
void crash_text_differ(const char *what, const struct crash_text *found,
		       const struct crash_text *expected);

enum crash_end {
	CRASH_KILLED, /* at the chosen point */
	CRASH_DONE,   /* there was no such point: the operation is complete */
	CRASH_FAILED, /* the operation said that it failed, or the process ended in another way */
};

/* Makes run->setup the state S of a kind. Return: 0 or a negative errno. */
int crash_setup(const struct crash_run *run, const struct crash_kind *kind);
/* Return: D0 and D1. */
int crash_states(const struct crash_run *run, const struct crash_kind *kind,
		 struct crash_text *before, struct crash_text *after);
/* A process attaches to the arena in dir and operates; it dies at its kill_at-th point (0: at its end). */
enum crash_end crash_operate(const char *dir, const struct crash_kind *kind, unsigned int kill_at,
			     bool operate);
/* A process makes and opens the arena of an empty directory; it dies at its kill_at-th point (0: at its end). */
enum crash_end crash_create(const char *dir, unsigned int kill_at);
/* A process takes the lock and dies at the kill_at-th point of what it repairs. */
enum crash_end crash_recover(const char *dir, unsigned int kill_at);
/* A process that attaches to the arena in dir, does something there and dies of SIGKILL. For setup(). Return: 0 or -errno. */
int crash_dead_process(const char *dir, int (*function)(struct utfs_arena *arena));
/* The directory of an arena that setup() or operate() was given. */
void crash_directory(const struct utfs_arena *arena, char dir[80]);

/* sources.c ---------------------------------------------------------------------------------------------- */

/* "src/LAYER/FILE" of whatever path the compiler was given. */
const char *crash_source_name(const char *file);
/* Looks at one line, counted from 1 in each file, of which file is a name as above's. Return: what is to be summed. */
typedef unsigned int (*crash_line_fn)(const char *file, int line, const char *text, void *arg);
/* Calls look for every line of src/LAYER/ *.c. Return: the sum; what cannot be read is named and counts as 1. */
unsigned int crash_source_lines(const char *layer, crash_line_fn look, void *arg);

/* points.c ----------------------------------------------------------------------------------------------- */

/* Memory shared with the children, which note there what they pass. */
int crash_points_start(void);
/* Arms the hook in this process: counts from 1, dies at the kill_at-th (0: only counts). */
void crash_points_arm(unsigned int kill_at);
unsigned int crash_points_passed(void);
/* Names every UTFS_INJECT() of src/LAYER/ *.c that nobody passed. Return: how many. */
unsigned int crash_points_missing(const char *layer);

/* transactions.c ----------------------------------------------------------------------------------------- */

/* Memory shared with the children, which note there where they begin transactions once they are armed. */
int crash_transactions_start(void);
void crash_transactions_arm(void);
/* Names every place in src/LAYER/ *.c that begins a transaction, changes something, and was passed by nobody. Return: how many. */
unsigned int crash_transactions_missing(const char *layer);

#endif
