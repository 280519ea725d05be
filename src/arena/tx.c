/* SPDX-License-Identifier: MIT */
/*
 * Transactions: an undo log of 64-bit words.
 *
 * Order within one process is enough: a process that dies has executed a prefix of its stores, in program
 * order, and who takes the mutex after it sees them all. So the compiler must not reorder (signal fences), the CPU may.
 *
 *   set:     log[n] = {offset, old};  n = n + 1;  word = new
 *   commit:  n = 0; then what readers without the lock may know is published (changes_public)
 *   death:   words log[n-1] .. log[0] are put back, n = 0
 *
 * A set that died before `word = new` is undone by writing what is there already. Rollback itself may die and is begun
 * again: it writes the same values and lowers n only after each.
 *
 * Of a word in which applications change bits, only those that the transaction has changed are put back.
 */
#include <string.h>

#include "arena/internal.h"

#ifdef UTFS_TESTING
void (*utfs_inject_hook)(const char *file, int line);
#endif

#define compiler_barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)

static struct utfs_undo *undo_at(const struct utfs_arena *arena, uint64_t n)
{
	return utfs_arena_element(arena, UTFS_REGION_UNDO, n, sizeof(struct utfs_undo));
}

static void nr_undo_set(struct utfs_arena *arena, uint64_t n)
{
	compiler_barrier();
	__atomic_store_n(&arena->header->nr_undo, n, __ATOMIC_RELAXED);
	compiler_barrier();
	UTFS_INJECT();
}

uint64_t utfs_tx_room(const struct utfs_arena *arena)
{
	uint64_t present = arena->header->present[UTFS_REGION_UNDO] / sizeof(struct utfs_undo);

	if (present > UTFS_MAX_UNDO)
		present = UTFS_MAX_UNDO;
	return present > arena->header->nr_undo ? present - arena->header->nr_undo : 0;
}

int utfs_tx_reserve(struct utfs_arena *arena, uint64_t words)
{
	uint64_t need;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	/* The free words stay free for the small steps that do not ask. */
	words += UTFS_TX_FREE_WORDS;
	if (utfs_tx_room(arena) >= words)
		return 0;
	if (words > UTFS_MAX_UNDO || arena->header->nr_undo > UTFS_MAX_UNDO - words)
		return -E2BIG;
	need = arena->header->nr_undo + words;
	return utfs_region_ensure(arena, UTFS_REGION_UNDO, need * sizeof(struct utfs_undo));
}

/* Return: false where the log has no room, and nothing is logged. */
static bool undo_log(struct utfs_arena *arena, uint64_t *word, enum utfs_undo_kind kind,
		     uint64_t old) UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t n = arena->header->nr_undo;
	struct utfs_undo *undo = undo_at(arena, n);

	/* Unreachable when callers reserve; losing the ability to roll back would be worse than losing the change. */
	if (!utfs_tx_room(arena)) {
		arena->tx_overflow = true;
		return false;
	}
	undo->offset = (uint64_t)((char *)word - (char *)arena->header) | kind;
	undo->old = old;
	UTFS_INJECT();
	nr_undo_set(arena, n + 1);
	return true;
}

void utfs_tx_save(struct utfs_arena *arena, uint64_t *word)
{
	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	(void)undo_log(arena, word, UTFS_UNDO_WORD, *word);
}

void utfs_tx_set(struct utfs_arena *arena, uint64_t *word, uint64_t value)
{
	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (*word == value || !undo_log(arena, word, UTFS_UNDO_WORD, *word))
		return;
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	UTFS_INJECT();
}

void utfs_tx_set_bits(struct utfs_arena *arena, uint64_t *word, uint64_t bits, uint64_t value)
{
	uint64_t now = __atomic_load_n(word, __ATOMIC_RELAXED);
	const uint64_t set = bits & value & ~now, cleared = bits & ~value & now;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if ((set && !undo_log(arena, word, UTFS_UNDO_CLEAR, set)) ||
	    (cleared && !undo_log(arena, word, UTFS_UNDO_SET, cleared)) || !(set | cleared))
		return;
	while (!__atomic_compare_exchange_n(word, &now, (now & ~bits) | (value & bits), false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	UTFS_INJECT();
}

static void undo_apply(uint64_t *word, enum utfs_undo_kind kind, uint64_t old)
{
	switch (kind) {
	case UTFS_UNDO_WORD:
		__atomic_store_n(word, old, __ATOMIC_RELEASE);
		break;
	case UTFS_UNDO_CLEAR:
		__atomic_fetch_and(word, ~old, __ATOMIC_RELEASE);
		break;
	case UTFS_UNDO_SET:
		__atomic_fetch_or(word, old, __ATOMIC_RELEASE);
		break;
	}
}

void utfs_tx_forget(struct utfs_arena *arena)
{
	arena->dirty_change = arena->pages_taken = arena->pages_freed = arena->tx_overflow = false;
	memset(arena->blobs_freed, 0, sizeof(arena->blobs_freed));
}

/* Readers of the change ring take no lock: they may only learn of what is committed. */
static void changes_publish(struct utfs_arena *arena)
{
	struct utfs_header *header = arena->header;

	if (header->changes_public == header->changes)
		return;
	__atomic_store_n(&header->changes_public, header->changes, __ATOMIC_RELEASE);
	UTFS_INJECT();
}

static UTFS_UNCHECKED int event_mutex_take(struct utfs_arena *arena)
{
	int ret;

	utfs_lock_order_take(UTFS_LEVEL_EVENT);
	ret = utfs_lock_take(arena, &arena->header->event, arena->lock_timeout_ms);
	if (ret == -EOWNERDEAD) {
		UTFS_INJECT();
		utfs_tx_recover(arena);
		UTFS_INJECT();
		ret = 0;
	} else if (!ret && arena->header->nr_undo) {
		/* Nobody leaves with a log that is not empty: the lock's word was damaged. */
		utfs_tx_recover(arena);
	}
	if (ret)
		utfs_lock_order_drop(UTFS_LEVEL_EVENT);
	return ret;
}

static UTFS_UNCHECKED void event_mutex_drop(struct utfs_arena *arena)
{
	utfs_lock_drop(arena, &arena->header->event);
	utfs_lock_order_drop(UTFS_LEVEL_EVENT);
}

UTFS_UNCHECKED int utfs_tx_begin(struct utfs_arena *arena)
{
	int ret = event_mutex_take(arena);

	if (ret)
		return ret;
	arena->slot_own = false;
	ret = utfs_tx_reserve(arena, UTFS_TX_FREE_WORDS);
	if (ret) {
		event_mutex_drop(arena);
	} else if (arena->header->repair_due && arena->repair) {
		arena->repair(arena);
		arena->header->repair_due = 0;
	}
	return ret;
}

UTFS_UNCHECKED int utfs_tx_end(struct utfs_arena *arena, int ret)
{
	bool wake;

	if (!ret)
		ret = utfs_tx_checkpoint(arena);
	if (ret)
		utfs_tx_rollback(arena);
	wake = arena->wake_due;
	arena->wake_due = false;
	event_mutex_drop(arena);
	if (wake)
		utfs_change_wake(arena);
	return ret;
}

int utfs_tx_checkpoint(struct utfs_arena *arena)
{
	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (arena->header->nr_undo)
		utfs_tx_set(arena, &arena->header->transactions, arena->header->transactions + 1);
	if (arena->tx_overflow)
		return -E2BIG;
	if (arena->header->nr_undo)
		nr_undo_set(arena, 0);
	changes_publish(arena);
	arena->wake_due |= arena->dirty_change;
	if (arena->pages_freed)
		utfs_alloc_give_back(arena, false);
	utfs_tx_forget(arena);
	return 0;
}

void utfs_tx_rollback(struct utfs_arena *arena)
{
	struct utfs_header *header = arena->header;
	uint64_t n = header->nr_undo;

	/* A damaged count says nothing of what the log holds: what lies there may be of long ago. */
	if (n > UTFS_MAX_UNDO || n > header->present[UTFS_REGION_UNDO] / sizeof(struct utfs_undo))
		n = 0;
	while (n) {
		struct utfs_undo *undo = undo_at(arena, --n);
		uint64_t kind = undo->offset & UTFS_UNDO_KIND_MASK;
		uint64_t *word = utfs_arena_at(arena, undo->offset - kind, sizeof(*word));

		/* What stands in front is never logged. */
		if (word && word > &header->nr_undo)
			undo_apply(word, (enum utfs_undo_kind)kind, undo->old);
		UTFS_INJECT();
		nr_undo_set(arena, n);
	}
	/* Not the same: the count may have been damaged. */
	if (header->nr_undo)
		nr_undo_set(arena, 0);
	if (arena->pages_taken)
		utfs_alloc_give_back(arena, false);
	utfs_tx_forget(arena);
}

void utfs_tx_recover(struct utfs_arena *arena)
{
	utfs_tx_rollback(arena);
	utfs_alloc_give_back(arena, true);
	/* It may have died between its commit and what follows a commit. */
	changes_publish(arena);
	arena->wake_due = true;
	arena->header->repair_due = 1;
}
