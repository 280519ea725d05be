/* SPDX-License-Identifier: MIT */
/*
 * The locks that lie in the arena: event_mutex and the reader mutexes. Nothing else waits for another process.
 *
 *   word       serial of the holder << 1 | somebody waits; 0: free
 *   sequence   what waiters sleep on: counts the releases that somebody waited for
 *
 *   take:     word 0 -> ours. Else, until it is: note sequence; does the holder live? if not, word -> ours; mark the word as
 *             contended; sleep on sequence. A sleeper looks again, also whether the holder lives, after at most SLICE_MAX_MS.
 *   release:  word -> 0; if it was contended, sequence + 1, and one sleeper is woken
 *
 * A serial belongs to one process for ever, and the dead stay dead: who has found the holder dead and then exchanges the very
 * same word cannot take the lock from anybody else, however long it slept in between. Whoever is killed between two of these
 * steps owes a sleeper at most a wake-up, which comes with the end of its slice.
 *
 * Why not a robust mutex of the libc: its list of held locks runs through the arena, and whoever damages that makes the libc
 * write anywhere; it names its holder by a thread id, which in another PID namespace is somebody else's, so that the death of
 * one who only waits can declare a living holder dead; and its layout differs between the libcs. tests/model/lock.pml proves this one.
 */
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arena/internal.h"

#define SLICE_MIN_MS 1
#define SLICE_MAX_MS 32

#ifdef UTFS_DEBUG
static __thread unsigned int utfs_held[UTFS_NR_LEVELS] __attribute__((tls_model("initial-exec")));

void utfs_lock_order_take(enum utfs_lock_level level)
{
	/* Reader mutexes of one buffer are taken together, in ascending order. */
	unsigned int above = level == UTFS_LEVEL_READER ? level + 1 : level;

	for (; above < UTFS_NR_LEVELS; above++)
		if (utfs_held[above])
			__builtin_trap();
	utfs_held[level]++;
}

void utfs_lock_order_drop(enum utfs_lock_level level)
{
	if (!utfs_held[level])
		__builtin_trap();
	utfs_held[level]--;
}

void utfs_lock_order_held(enum utfs_lock_level level)
{
	if (!utfs_held[level])
		__builtin_trap();
}

void utfs_lock_order_none(void)
{
	for (unsigned int level = 0; level < UTFS_NR_LEVELS; level++)
		if (utfs_held[level])
			__builtin_trap();
}
#endif

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool word_exchange(struct utfs_lock *lock, uint64_t from, uint64_t to)
{
	/*
	 * Acquire: pairs with the release of who had it. What a dead one did is seen as well: the kernel unlocked its byte after
	 * that, and has told us so.
	 */
	return __atomic_compare_exchange_n(&lock->word, &from, to, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Return: true: the time has passed. */
static bool sleep_ms(struct utfs_lock *lock, uint32_t seen, uint64_t ms)
{
	const struct timespec time = {0, (long)ms * 1000000L};

	return syscall(SYS_futex, &lock->sequence, FUTEX_WAIT, seen, &time, NULL, 0) &&
	       errno == ETIMEDOUT;
}

static int lock_wait(const struct utfs_arena *arena, struct utfs_lock *lock,
		     unsigned int timeout_ms)
{
	/* There may be other sleepers: who has waited leaves the mark. */
	const uint64_t mine = arena->serial << 1 | UTFS_LOCK_CONTENDED;
	const uint64_t end = now_ms() + timeout_ms;
	uint64_t slice = SLICE_MIN_MS;
	bool look = true;

	for (;;) {
		/* Before the word: a release that comes after it is then not slept through. */
		uint32_t seen = __atomic_load_n(&lock->sequence, __ATOMIC_ACQUIRE);
		uint64_t word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);
		uint64_t now = now_ms();

		if (!word && word_exchange(lock, 0, mine))
			return 0;
		if (word && (look || now >= end) && !utfs_serial_alive(arena, word >> 1) &&
		    word_exchange(lock, word, mine))
			return -EOWNERDEAD;
		if (now >= end)
			return -ETIMEDOUT;
		look = false;
		if (!word || (!(word & UTFS_LOCK_CONTENDED) &&
			      !word_exchange(lock, word, word | UTFS_LOCK_CONTENDED)))
			continue;
		look = sleep_ms(lock, seen, slice < end - now ? slice : end - now);
		if (look && slice < SLICE_MAX_MS)
			slice *= 2;
	}
}

int utfs_lock_take(const struct utfs_arena *arena, struct utfs_lock *lock, unsigned int timeout_ms)
{
	int saved_errno = errno;
	int ret = 0;

	/* In a forked child the serial is its parent's, whose life says nothing of the child's. */
	if (!arena->serial || arena->serial_pid != getpid())
		return -ESRCH;
	if (!word_exchange(lock, 0, arena->serial << 1))
		ret = lock_wait(arena, lock, timeout_ms);
	if (!ret || ret == -EOWNERDEAD)
		__atomic_store_n(&lock->pid, (uint32_t)arena->serial_pid, __ATOMIC_RELAXED);
	errno = saved_errno;
	return ret;
}

void utfs_lock_drop(const struct utfs_arena *arena, struct utfs_lock *lock)
{
	uint64_t word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);
	int saved_errno = errno;

	/* A damaged word may have made it somebody else's. */
	while (word >> 1 == arena->serial &&
	       !__atomic_compare_exchange_n(&lock->word, &word, 0, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
	if (word & UTFS_LOCK_CONTENDED) {
		__atomic_fetch_add(&lock->sequence, 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &lock->sequence, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	errno = saved_errno;
}

pid_t utfs_lock_holder(const struct utfs_arena *arena, const struct utfs_lock *lock, char comm[17])
{
	uint64_t serial = __atomic_load_n(&lock->word, __ATOMIC_RELAXED) >> 1;
	uint64_t n = __atomic_load_n(&arena->header->nr_procs, __ATOMIC_RELAXED);

	memset(comm, 0, 17);
	for (uint64_t i = 0; serial && i < n && i < UTFS_MAX_PROCS; i++) {
		const struct utfs_proc *proc = utfs_proc_at(arena, i);

		if (proc->serial == serial)
			memcpy(comm, proc->comm, 16);
	}
	return serial ? (pid_t)__atomic_load_n(&lock->pid, __ATOMIC_RELAXED) : 0;
}
