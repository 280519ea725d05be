/* SPDX-License-Identifier: MIT */
/*
 * Sections: who is in one may follow references to blocks (arena/abi.h) and use what they lead to, without a lock.
 *
 *   thread: word + 1                        who frees: takes the words that lead to the block
 *           follow references, use them                membarrier: every thread
 *           word - 1, and one time more left           for every thread that is inside: waits until it has left
 *
 * The membarrier stands in for the barrier that the thread does not have between its store and its loads: a thread that is
 * not seen inside then will not find the references any more. Threads of processes that could not register have one; where
 * who frees cannot call it, a thread of his runs on every CPU instead.
 * A handler's section may lie in one that it interrupts. A handler that never returns (siglongjmp) leaves its thread inside:
 * what is retired after that is freed when the process has ended.
 */
#ifndef UTFS_RING_SECTION_H
#define UTFS_RING_SECTION_H

#include "ring/ring.h"

/* A thread's; NULL in one that has not been in a section. */
struct utfs_section_entry {
	struct utfs_section *section;
	bool shared;
	bool fenced; /* has its own barrier */
};

/* section.c: finds one for this thread. Return: false the process has none. Keeps errno. Context: any, signal handlers included. */
bool utfs_section_claim(const struct utfs_arena *arena, pid_t tid,
			struct utfs_section_entry *entry);
/* The same as enter and leave where several threads share. */
void utfs_section_enter_shared(struct utfs_section *section);
void utfs_section_leave_shared(struct utfs_section *section);

/* A thread that has one of its own. Context: as below. */
static inline void utfs_section_enter_own(const struct utfs_section_entry *entry)
{
	uint64_t *word = &entry->section->word;

	/* A handler that comes in between puts back what it found. */
	__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
	if (__builtin_expect(entry->fenced, 0))
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	else
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void utfs_section_leave_own(const struct utfs_section_entry *entry)
{
	uint64_t *word = &entry->section->word;
	uint64_t value = __atomic_load_n(word, __ATOMIC_RELAXED) - 1;

	if (!(value & UTFS_SECTION_DEPTH))
		value += UTFS_SECTION_LEFT_ONE;
	/* All that was done inside comes before. */
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Return: false this process cannot say that it is inside: it must not go in. Context: any, signal handlers included. */
static inline bool utfs_section_enter(const struct utfs_writer *writer, pid_t tid,
				      struct utfs_section_entry *entry)
{
	if (__builtin_expect(!entry->section, 0) && !utfs_section_claim(writer->arena, tid, entry))
		return false;
	if (__builtin_expect(entry->shared, 0))
		utfs_section_enter_shared(entry->section);
	else
		utfs_section_enter_own(entry);
	return true;
}

static inline void utfs_section_leave(const struct utfs_section_entry *entry)
{
	if (__builtin_expect(entry->shared, 0))
		utfs_section_leave_shared(entry->section);
	else
		utfs_section_leave_own(entry);
}

/*
 * section.c: waits until every thread has left that is in a section now; then what was retired before can be freed
 * (utfs_block_free_retired()). Return: 0; -EBUSY some did not within timeout_ms; errno of utfs_ring_grace().
 * Locks: none held. Context: front ends (may start a helper thread).
 */
int utfs_section_wait(struct utfs_arena *arena, int timeout_ms) UTFS_EXCLUDES(arena->event_mutex);

/*
 * section.c: frees retired blocks. Return: 0, also when there are none; as utfs_section_wait(): later; errno of utfs_tx_begin().
 * Locks: none held; takes event_mutex for a moment. Context: as utfs_section_wait().
 */
int utfs_section_reap(struct utfs_arena *arena) UTFS_EXCLUDES(arena->event_mutex);

#endif
