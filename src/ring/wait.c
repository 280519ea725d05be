/* SPDX-License-Identifier: MIT */
/*
 * Readers that sleep until there is something to read.
 *
 *   reader: waiters = EVENT                 writer: page->commit = ...
 *           membarrier: every CPU                   if (waiters == EVENT)  exchange it for 0, data_futex++, wake
 *           look for data
 *           sleep while data_futex is what it was before
 *
 * (A page's sequence in the place of EVENT: with the switch to it in the place of the commit, or a swap of the sides, which have sequences of their own.)
 * The writer has no barrier between its store and its load; the membarrier stands in for it: either the writer sees
 * waiters, or its commit was before the barrier and the reader finds it. Processes that did not register for
 * membarriers are not reached, so callers sleep with a timeout.
 */
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ring/internal.h"

void utfs_futex_wake(uint32_t *word)
{
	int saved_errno = errno;

	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	errno = saved_errno;
}

static bool membarrier_call(int command)
{
	int saved_errno = errno;
	bool done = !syscall(SYS_membarrier, command, 0, 0);

	errno = saved_errno;
	return done;
}

bool utfs_ring_register_membarrier(void)
{
	return membarrier_call(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
}

bool utfs_ring_membarrier(void)
{
	return membarrier_call(MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}

uint32_t utfs_ring_arm(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all)
{
	uint32_t armed = __atomic_load_n(&arena->header->data_futex, __ATOMIC_ACQUIRE);
	uint32_t first = cpu_or_all == UTFS_PIN_ALL_CPUS ? 0 : cpu_or_all;
	uint32_t end = cpu_or_all == UTFS_PIN_ALL_CPUS ? arena->nr_cpus : cpu_or_all + 1;

	for (uint32_t cpu = first; cpu < end && cpu < arena->nr_cpus; cpu++)
		__atomic_store_n(&utfs_cpu_buffer_at(arena, recorder, cpu)->waiters,
				 UTFS_WAITERS_EVENT, __ATOMIC_SEQ_CST);
	(void)utfs_ring_membarrier();
	return armed;
}

void utfs_ring_arm_word(uint64_t *waiters)
{
	__atomic_store_n(waiters, UTFS_WAITERS_EVENT, __ATOMIC_SEQ_CST);
	(void)utfs_ring_membarrier();
}

uint32_t utfs_ring_arm_pages(const struct utfs_arena *arena, unsigned int recorder,
			     unsigned int cpu, uint64_t full_pages)
{
	uint32_t armed = __atomic_load_n(&arena->header->data_futex, __ATOMIC_ACQUIRE);
	uint64_t *waiters = &utfs_cpu_buffer_at(arena, recorder, cpu)->waiters;
	uint64_t sequence = utfs_reader_first(arena, recorder, cpu) + full_pages;
	uint64_t seen = utfs_load(waiters);

	if (sequence < UTFS_WAITERS_PAGE)
		sequence = UTFS_WAITERS_PAGE;
	/* Somebody who is woken earlier will do for us: then everybody looks, and arms, again. */
	while ((seen == UTFS_WAITERS_NONE || seen > sequence) &&
	       !__atomic_compare_exchange_n(waiters, &seen, sequence, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST))
		;
	(void)utfs_ring_membarrier();
	return armed;
}

int utfs_ring_wait(const struct utfs_arena *arena, uint32_t armed, int timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	int saved_errno = errno;
	int ret = 0;

	if (syscall(SYS_futex, &arena->header->data_futex, FUTEX_WAIT, armed,
		    timeout_ms < 0 ? NULL : &timeout, NULL, 0))
		ret = errno == EAGAIN ? 0 : -errno;
	errno = saved_errno;
	return ret;
}
