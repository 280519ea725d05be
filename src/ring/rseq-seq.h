/* SPDX-License-Identifier: MIT */
/*
 * The three restartable sequences of the writer. This text is the specification; rseq-x86.h and rseq-arm64.h
 * implement it, instruction by instruction, and nothing else.
 *
 * utfs_seq_commit(rseq, cpu, tail_word, tail, page, commit, e): append one event and make it valid
 *
 *	rseq->rseq_cs = this sequence
 *   begin:
 *	if (rseq->cpu_id != cpu)     goto CHANGED
 *	if (*tail_word != tail)      goto CHANGED       the page was left, or the buffer stopped
 *	if (page->commit != commit)  goto CHANGED       somebody appended before us
 *	copy e->head and e->rest to e->at               behind what is committed: nobody looks there; the caller has checked
 *	                                                that the event fits
 *	page->commit = e->commit                        release; the one store that commits; readers load acquire
 *   end: DONE
 *
 * utfs_seq_switch(rseq, cpu, s): leave a full page for the next one
 *
 *	rseq->rseq_cs = this sequence
 *   begin:
 *	if (rseq->cpu_id != cpu)              goto CHANGED
 *	if (*s->tail_word != s->tail)         goto CHANGED
 *	if (*s->commit_word != s->commit)     goto CHANGED      s->first_entry counts what is on that page
 *	s->next_meta->sequence = 0                              readers of the old content: it is going
 *	store-store barrier                                     pairs with the readers' acquire fence behind the copy
 *	s->next->commit = 0
 *	s->next->time_stamp = s->now
 *	s->next_meta->first_entry = s->first_entry
 *	s->next_meta->sequence = s->sequence                    release; pairs with the readers' first load, acquire
 *	*s->tail_word: s->tail -> s->new_tail, or CHANGED       the one store that switches
 *   end: DONE
 *
 * utfs_seq_swap(rseq, cpu, s): go over to the other side (swap.c)
 *
 *	rseq->rseq_cs = this sequence
 *   begin:
 *	if (rseq->cpu_id != cpu)              goto CHANGED
 *	if (*s->tail_word != s->tail)         goto CHANGED
 *	if (*s->other_parked != s->new_tail)  goto CHANGED      the same tail, but the other side has been written since
 *	*s->parked = s->parked_tail                             means nothing as long as this side is written
 *	*s->tail_word: s->tail -> s->new_tail, or CHANGED       the one store that swaps; pairs with the readers' load, acquire
 *   end: DONE
 *
 * The last store of these two is a compare-and-exchange, a release and a full barrier: other CPUs change the tail as well, to stop
 * the buffer or to ask for a swap.
 *
 * The kernel sends a thread that is preempted, migrated or gets a signal between begin and end to ABORTED. All stores but
 * the last of each sequence go where nobody looks yet, or write what any other attempt from the same state writes, so
 * a sequence that ends early (aborted, or its process killed) leaves nothing to repair. In locked mode, under the CPU
 * buffer's lock word, the same stores are made by the plain C below.
 *
 * rseq->rseq_cs is left pointing at the last sequence: the kernel clears it when it finds the thread outside. It only
 * reads the descriptor when it notifies the thread, and the library is never unmapped (-z nodelete), so the pointer
 * stays good.
 */
#ifndef UTFS_RING_RSEQ_SEQ_H
#define UTFS_RING_RSEQ_SEQ_H

#include <linux/rseq.h>
#include <string.h>

#include "ring/internal.h"

enum utfs_seq {
	UTFS_SEQ_DONE,
	UTFS_SEQ_ABORTED,
	UTFS_SEQ_CHANGED,
};

static_assert(offsetof(struct rseq, cpu_id) == 4, "kernel ABI");
static_assert(offsetof(struct rseq, rseq_cs) == 8, "kernel ABI");
static_assert(offsetof(struct utfs_page, commit) == 8, "the assembly knows the offset");
static_assert(offsetof(struct utfs_page, time_stamp) == 0, "the assembly knows the offset");
static_assert(offsetof(struct utfs_page_meta, sequence) == 0, "the assembly knows the offset");
static_assert(offsetof(struct utfs_page_meta, first_entry) == 8, "the assembly knows the offset");
static_assert(offsetof(struct utfs_switch, next) == 32 &&
		      offsetof(struct utfs_switch, next_meta) == 40,
	      "the assembly knows the offsets");
static_assert(offsetof(struct utfs_switch, now) == 48 &&
		      offsetof(struct utfs_switch, sequence) == 64,
	      "the assembly knows the offsets");
static_assert(offsetof(struct utfs_swap, other_parked) == 16 &&
		      offsetof(struct utfs_swap, parked) == 32,
	      "the assembly knows the offsets");

#if defined(__x86_64__)
#include "ring/rseq-x86.h"
#elif defined(__aarch64__)
#include "ring/rseq-arm64.h"
#else
#error "utracefs supports x86-64 and arm64"
#endif

/* The same stores without rseq: the caller has the CPU buffer's lock word and has compared. */
static inline void utfs_plain_commit(struct utfs_page *page, const struct utfs_encoded *e)
{
	memcpy(e->at, &e->head, sizeof(e->head));
	memcpy(e->at + sizeof(e->head), e->rest, e->rest_bytes);
	utfs_store_release(&page->commit, e->commit);
}

/* Return: false others have changed the tail meanwhile. */
static inline bool utfs_plain_tail(uint64_t *tail_word, uint64_t tail, uint64_t new_tail)
{
	return __atomic_compare_exchange_n(tail_word, &tail, new_tail, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static inline bool utfs_plain_switch(const struct utfs_switch *s)
{
	utfs_store(&s->next_meta->sequence, 0);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	utfs_store(&s->next->commit, 0);
	utfs_store(&s->next->time_stamp, s->now);
	utfs_store(&s->next_meta->first_entry, s->first_entry);
	utfs_store_release(&s->next_meta->sequence, s->sequence);
	return utfs_plain_tail(s->tail_word, s->tail, s->new_tail);
}

static inline bool utfs_plain_swap(const struct utfs_swap *s)
{
	utfs_store(s->parked, s->parked_tail);
	return utfs_plain_tail(s->tail_word, s->tail, s->new_tail);
}

#endif
