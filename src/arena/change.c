/* SPDX-License-Identifier: MIT */
/*
 * The ring of changes of names. Written under event_mutex, read without a lock: an entry is valid when its sequence is the
 * one looked for, before and after it was copied. header.changes counts what is written, header.changes_public what is
 * committed: who reads without the lock must not take a change for one that a rollback then replaces by another.
 */
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arena/internal.h"

static struct utfs_change *change_at(const struct utfs_arena *arena, uint64_t n)
{
	return utfs_arena_element(arena, UTFS_REGION_CHANGES, n % UTFS_MAX_CHANGES,
				  sizeof(struct utfs_change));
}

void utfs_change_note(struct utfs_arena *arena, enum utfs_change_kind kind, uint64_t serial,
		      uint64_t parent, const char *name)
{
	uint64_t n = arena->header->changes;
	struct utfs_change *change = change_at(arena, n);

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	/* The oldest entry goes; nobody sees the new one before header.changes_public says so. */
	__atomic_store_n(&change->sequence, 0, __ATOMIC_RELAXED);
	UTFS_INJECT();
	__atomic_thread_fence(
		__ATOMIC_RELEASE); /* pairs with the acquire fence in utfs_change_next() */
	change->kind = kind;
	change->serial = serial;
	change->parent = parent;
	memset(change->name, 0, sizeof(change->name));
	memcpy(change->name, name, strnlen(name, UTFS_NAME_MAX));
	__atomic_store_n(&change->sequence, n + 1, __ATOMIC_RELEASE);
	UTFS_INJECT();
	utfs_tx_set(arena, &arena->header->changes, n + 1);
	arena->dirty_change = true;
}

uint64_t utfs_change_now(const struct utfs_arena *arena)
{
	return __atomic_load_n(&arena->header->changes_public, __ATOMIC_ACQUIRE);
}

int utfs_change_next(const struct utfs_arena *arena, uint64_t *cursor, struct utfs_change *change)
{
	uint64_t now = utfs_change_now(arena);
	const struct utfs_change *entry = change_at(arena, *cursor);

	if (*cursor >= now) {
		*cursor = now;
		return 0;
	}
	if (now - *cursor > UTFS_MAX_CHANGES) {
		*cursor = now - UTFS_MAX_CHANGES;
		return -EOVERFLOW;
	}
	if (__atomic_load_n(&entry->sequence, __ATOMIC_ACQUIRE) != *cursor + 1)
		goto overtaken;
	*change = *entry;
	__atomic_thread_fence(
		__ATOMIC_ACQUIRE); /* pairs with the release fence in utfs_change_note() */
	if (__atomic_load_n(&entry->sequence, __ATOMIC_RELAXED) != *cursor + 1)
		goto overtaken;
	change->name[UTFS_NAME_MAX] = '\0';
	++*cursor;
	return 1;
overtaken:
	*cursor = utfs_change_now(arena);
	return -EOVERFLOW;
}

static long futex(uint32_t *word, int op, uint32_t value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

void utfs_change_wake(struct utfs_arena *arena)
{
	struct utfs_header *header = arena->header;

	__atomic_fetch_add(&header->change_futex, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&header->change_waiters, __ATOMIC_SEQ_CST))
		futex(&header->change_futex, FUTEX_WAKE, INT32_MAX, NULL);
}

int utfs_change_wait(struct utfs_arena *arena, uint64_t cursor, int timeout_ms)
{
	struct utfs_header *header = arena->header;
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	uint32_t seen = __atomic_load_n(&header->change_futex, __ATOMIC_SEQ_CST);
	int ret = 0;

	/* Set, never cleared: a wake-up call too many per commit costs less than a count that a dead waiter would leave wrong. */
	__atomic_store_n(&header->change_waiters, 1, __ATOMIC_SEQ_CST);
	if (utfs_change_now(arena) != cursor)
		return 0;
	if (futex(&header->change_futex, FUTEX_WAIT, seen, timeout_ms < 0 ? NULL : &timeout) &&
	    errno != EAGAIN)
		ret = -errno;
	return ret;
}
