/* SPDX-License-Identifier: MIT */
/* What the files of the arena layer share with each other and with nobody else. */
#ifndef UTFS_ARENA_INTERNAL_H
#define UTFS_ARENA_INTERNAL_H

#include <sys/stat.h>

#include "arena/arena.h"
#include "arena/inject.h"

/* open.c: writes "path: reason" for a person to `why` (UTFS_WHY_BYTES). Return: ret. */
int utfs_refuse(char *why, int ret, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int utfs_refuse_errno(char *why, int ret, const char *path);
/* The absolute path of the arena's directory, with room for 32 bytes more in `bytes`. Return: 0, -ENAMETOOLONG, errno of getcwd. */
int utfs_directory_path(const struct utfs_arena_options *options, char *path, size_t bytes);
/* One group's, not one user's alone: set-group-id on the directory says that it is meant to be shared. */
static inline bool utfs_directory_shared(const struct stat *st)
{
	return st->st_mode & S_ISGID && (st->st_mode & 077) == 070;
}

/* tx.c: puts back every word of the log, newest first, and forgets deferred frees. */
void utfs_tx_rollback(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);
/* After the death of an owner: rollback, then give back what it had taken from the file system. */
void utfs_tx_recover(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);
/* Forgets what this process remembers about the transaction under way. */
void utfs_tx_forget(struct utfs_arena *arena);
/* Room for words that any later step of the same transaction may need. */
uint64_t utfs_tx_room(const struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);

/* alloc.c: allocates [offset, offset + bytes) of a file in its file system; on failure part of it may be. Return: 0, -ENOSPC, other errno. */
int utfs_file_allocate(int fd, uint64_t offset, uint64_t bytes);
/*
 * Gives memory back to the file system that nobody uses: of free extents, of what lies behind the heap's end and, recovering, of what lies behind each table,
 * where who died while a table grew may have left some.
 */
void utfs_alloc_give_back(struct utfs_arena *arena, bool recovering)
	UTFS_REQUIRES(arena->event_mutex);

/* proc.c: takes a serial, and the lock that proves who has it alive, on the open file description of fd. Return: 0, -errno of fcntl. */
int utfs_proc_identify(struct utfs_arena *arena, int fd);
/* Does that, and takes a slot. */
int utfs_proc_attach(struct utfs_arena *arena, int fd);
void utfs_proc_detach(struct utfs_arena *arena);
/* Is the slot this process's own, not one that a fork inherited? */
bool utfs_proc_own(const struct utfs_arena *arena);
/* Frees every slot with all that was held, alive or not, in a transaction for each. Return: 0, -ENOSPC, -EBADMSG. */
int utfs_proc_release_all(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);
/* Is anybody attached, seen from a description that holds no slot? Return: true also when it cannot be found out. */
bool utfs_proc_any_alive(const struct utfs_arena *arena, int fd);
/* Tries to lock one byte of the file for this description: F_RDLCK or F_WRLCK. Return: 0, -EAGAIN somebody has it, -errno. */
int utfs_byte_lock(int fd, short type, int64_t byte);
int utfs_byte_unlock(int fd, int64_t byte);

/* change.c: wakes who sleeps in utfs_change_wait(). */
void utfs_change_wake(struct utfs_arena *arena);

/* create.c: fills an empty file. */
int utfs_arena_format(int fd, const struct utfs_arena_options *options);
int utfs_nr_possible_cpus(void);
/* Reads the machine's boot id; an empty string where there is none to read. */
void utfs_boot_id_read(char boot_id[40]);
/* After a reboot: locks, process slots, enable bits and clock scale are made anew. The caller holds the boot lock, nobody is attached. */
int utfs_arena_renew(struct utfs_arena *arena, const char *boot_id);

/* scale.c: measures how the CPU's counter relates to CLOCK_MONOTONIC. */
void utfs_clock_scale_measure(struct utfs_clock_scale *scale);

/* system-table.c: finds or adds a system; removes one that has no event. Room in the log: caller's. */
int utfs_system_get(struct utfs_arena *arena, const char *name, size_t bytes, uint32_t *index)
	UTFS_REQUIRES(arena->event_mutex);
int utfs_system_remove(struct utfs_arena *arena, uint32_t index) UTFS_REQUIRES(arena->event_mutex);

/* The events that have a state: a damaged count must not lead out of the table. */
static inline uint32_t utfs_nr_event_states(const struct utfs_arena *arena)
{
	uint64_t present =
		arena->header->present[UTFS_REGION_MASKS] / sizeof(struct utfs_event_state);
	uint64_t n = arena->header->nr_events;

	return (uint32_t)(n < present ? n : present);
}

/* filter-table.c: sets an event's bit for a recorder as its filter, its triggers and the recorder's gates want it. */
int utfs_filtered_update(struct utfs_arena *arena, uint32_t id, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);
/* filter-table.c: has a recorder gates, or takes it stacks of all events? */
bool utfs_gated_wanted(const struct utfs_arena *arena, unsigned int recorder);
/* trigger-table.c: is there anything about triggers to evaluate? */
bool utfs_triggers_any(const struct utfs_arena *arena, uint32_t id, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);
/* event-table.c: of a description and the chains; what systems and events may be called. */
uint32_t utfs_event_hash(const char *system, size_t system_bytes, const char *name,
			 size_t name_bytes);
bool utfs_event_name_valid(const char *name, size_t bytes);
/* filter-table.c: does an event have something to evaluate for a recorder, by what its filters and the gates say? */
bool utfs_filtered_wanted(const struct utfs_arena *arena, uint32_t id, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex);
/* pending.c: a rule at an offset of the rules' object, checked; NULL: it does not hold together. */
const struct utfs_pending_rule *utfs_pending_rule_at(const struct utfs_pending_rules *rules,
						     uint32_t bytes, uint64_t at);
/* instance.c: may an instance be called so? Return: 0, -EINVAL, -ENAMETOOLONG. */
int utfs_instance_name_check(const char *name, size_t bytes);

/* A free-list and hash-chain step common to the tables. */
uint32_t utfs_hash_bytes(const char *bytes, size_t n, uint32_t seed);
/* Buckets live one after the other in one region. */
enum utfs_hash_table { UTFS_HASH_INSTANCES, UTFS_HASH_SYSTEMS, UTFS_HASH_EVENTS };
uint64_t *utfs_hash_bucket(const struct utfs_arena *arena, enum utfs_hash_table table,
			   uint32_t hash);

#endif
