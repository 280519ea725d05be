/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU ring buffers in the arena. Writers never wait and take no lock (rseq mode) or the CPU's lock word
 * (locked mode); readers run beside them and notice when a page was overwritten under their eyes.
 *
 * May use the arena. Never prints, never allocates on the event path, knows nothing of what a record means beyond
 * its length.
 *
 * A buffer is a sequence of pages, numbered without end; page n of a CPU lies in slot (n - base_sequence) % nr_pages.
 * Events are numbered without end, too: a page's meta names its first one. So whatever is overwritten before it was read
 * is counted exactly, by subtraction. A CPU's buffer has two such sides: the one that is written, and the snapshot (swap.c).
 *
 *                 | other writers, same CPU | writers, other CPUs | consuming reader | iterating reader | create, resize, drain
 *  writer         | rseq                    | nothing shared      | sequence check   | sequence check   | stop, then a grace period
 *  consuming rd.  |                         |                     | reader mutex     | none needed      | reader mutex
 *  iterating rd.  |                         |                     |                  | none needed      | reader mutex while copying
 *  create, resize |                         |                     |                  |                  | event_mutex
 */
#ifndef UTFS_RING_RING_H
#define UTFS_RING_RING_H

#include "arena/arena.h"

/* clock.c ------------------------------------------------------------------------------------------------ */

/* Nanoseconds, or for COUNTER and CPU plain numbers. `counter` is header->counter. Context: any, signal handlers included. */
uint64_t utfs_clock_read(const struct utfs_arena *arena, enum utfs_clock clock);
/* The name in trace_clock; NULL beyond the last. "x86-tsc" or "arm64-cntvct" for UTFS_CLOCK_CPU. */
const char *utfs_clock_name(unsigned int clock);
/* False for COUNTER, UPTIME (1/100 s, as the kernel's) and CPU. */
bool utfs_clock_in_ns(enum utfs_clock clock);

/* writer.c ----------------------------------------------------------------------------------------------- */

/*
 * What one thread needs to write. One per thread; zero-initialised, then utfs_writer_init(); in a forked child once more.
 * A vfork child shares its parent's and has no rseq registration of its own: it must not write.
 */
struct utfs_writer {
	const struct utfs_arena *arena;
	struct rseq *rseq; /* rseq mode: this thread's registered area */
	/* from the arena, at hand for write-fast.h: */
	struct utfs_recorder *recorders;
	struct utfs_cpu_buffer *cpu_buffers;
	char *heap;
	uint32_t heap_first_page; /* its page number */
	uint32_t heap_pages;
	uint64_t base_cycles, base_ns, factor; /* the local clock; see utfs_counter_scale() */
	uint32_t nr_cpus; /* set last, for signal handlers; 0: nothing is written there */
	uint64_t owner;	  /* locked mode: names this thread in a lock word (cpu-lock.c) */
	/*
	 * Called after this thread moved a buffer on to its next page, NULL: nobody cares. A slow path that comes by every few
	 * dozen events: the place to refresh what should not grow too old. Context: inside utfs_ring_write(); signal handlers.
	 */
	void (*switched)(void);
};

/*
 * Finds (glibc's registration) or makes (own area, libc without rseq) the thread's rseq area.
 * Return: 0; -ENOTSUP the kernel or a sandbox refuses rseq and the arena is in rseq mode.
 * Context: the thread itself; a signal handler too.
 */
int utfs_writer_init(struct utfs_writer *writer, const struct utfs_arena *arena, pid_t tid);
/* Can this thread use rseq (registering it if the libc does not)? */
bool utfs_rseq_usable(void);
/*
 * Gives back an area that the thread registered itself; afterwards the thread cannot write in rseq mode. For libcs that
 * unmap a detached thread's TLS before its last instruction. Context: the thread itself, at its end.
 */
void utfs_rseq_release(void);

/*
 * Room in front of a record for the event header and a time extend, so that all is contiguous:
 * the caller fills record[UTFS_RECORD_HEADROOM ...] and passes the whole buffer.
 */
#define UTFS_RECORD_HEADROOM 16
/* Longest record, common fields included: what the kernel allows on a 4 KiB page. */
#define UTFS_RECORD_MAX 4072

/*
 * Writes one record of `bytes` (1 .. UTFS_RECORD_MAX; more is counted as dropped) into a recorder's buffer of the CPU this
 * thread runs on. `buffer`: 8-byte aligned, UTFS_RECORD_HEADROOM scratch bytes, then the record, then room to round up to 4 bytes.
 * `mask` and `bit`: the event's mask word; the record is only written while the bit is set (an old index may meet a recorder's next life).
 * mask NULL: unconditional.
 * Return: true written; false not: recorder off or gone, or full (counted in cpu_buffer.dropped).
 * Context: any thread, signal handlers included. Keeps errno.
 */
bool utfs_ring_write(const struct utfs_writer *writer, unsigned int recorder, void *buffer,
		     size_t bytes, const uint64_t *mask, uint64_t bit);

/*
 * Asks all CPUs of a recorder to swap the sides of their buffers, if it has a snapshot (utfs_ring_snapshot_allocate()); else counts the
 * request as missed. Every event that a thread begins to write after this was called by it or by somebody it knows of goes to the other
 * side. `mask` and `bit`: as for utfs_ring_write().
 * Context: any thread, signal handlers included: no lock, no allocation. Keeps errno.
 */
void utfs_ring_snapshot_request(const struct utfs_arena *arena, unsigned int recorder,
				const uint64_t *mask, uint64_t bit);

/* Counts an event that was not written, in the main buffer of a CPU. Context: any, signal handlers included. Keeps errno. */
void utfs_ring_drop(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu);

/* buffer.c ----------------------------------------------------------------------------------------------- */

static inline struct utfs_recorder *utfs_recorder_at(const struct utfs_arena *arena,
						     unsigned int recorder)
{
	return utfs_arena_element(arena, UTFS_REGION_RECORDERS, recorder,
				  sizeof(struct utfs_recorder));
}
static inline struct utfs_cpu_buffer *utfs_cpu_buffer_at(const struct utfs_arena *arena,
							 unsigned int recorder, unsigned int cpu)
{
	return utfs_arena_element(arena, UTFS_REGION_CPUBUFS,
				  (uint64_t)recorder * arena->nr_cpus + cpu,
				  sizeof(struct utfs_cpu_buffer));
}

/* Kernel arithmetic: data pages of an order for a size asked for in KiB (at least 2), and the size that a number of pages reads as. */
uint64_t utfs_ring_pages_for_kb(uint64_t kb, unsigned int order);
uint64_t utfs_ring_kb_of_pages(uint64_t nr_pages, unsigned int order);
/* The order of an instance's pages (subbuffers): they are UTFS_PAGE_BYTES << it. */
unsigned int utfs_ring_order(const struct utfs_arena *arena, uint32_t instance_slot);

/*
 * Gives the instance a recorder with buffers on every CPU (its buffer_kb, options, clock, tracing_on), unless it has one.
 * Commits what the caller has changed so far (utfs_tx_checkpoint()) before it lets writers in; killed in between, the
 * instance has a recorder that records, or on some CPUs does not yet: this function, called again, or utfs_ring_repair()
 * lets writers in there.
 * Return: 0; -ENOSPC file system full; -ENOMEM arena full; -EMFILE all recorders are in use (utfs_ring_reap() may
 * help); -E2BIG more CPUs than a transaction can hold; -EBADMSG damaged. On an error the caller's transaction must
 * be ended with it.
 * Locks: event_mutex held. Context: any thread; not a signal handler.
 */
int utfs_ring_create(struct utfs_arena *arena, uint32_t instance_slot)
	UTFS_REQUIRES(arena->event_mutex);

/*
 * Copies overwrite, clock, order and a pause of the instance to what writers read. After a change of the clock the caller resets
 * all CPUs (utfs_reader_reset()): time stamps of two clocks do not compare.
 * Locks: event_mutex held; part of the caller's transaction.
 */
void utfs_ring_configure(struct utfs_arena *arena, uint32_t instance_slot)
	UTFS_REQUIRES(arena->event_mutex);
/* tracing_on: says whether the instance records. Locks: event_mutex held; part of the caller's transaction. */
void utfs_ring_set_on(struct utfs_arena *arena, uint32_t instance_slot, bool on)
	UTFS_REQUIRES(arena->event_mutex);
/* What it says, or what triggers have made of it. No lock needed (an answer, not a promise). Context: any. */
bool utfs_ring_is_on(const struct utfs_arena *arena, uint32_t instance_slot);

/*
 * Changes the size of one CPU's buffer (cpu < nr_cpus) or of all (UTFS_PIN_ALL_CPUS), both sides of it, keeping the newest events that fit.
 * Events that arrive meanwhile are counted as dropped. On success everything the caller has changed so far is committed.
 * Return: 0; -ENOSPC, -ENOMEM no room; -EBUSY writers or readers could not be shown to be out (see utfs_ring_grace());
 * -ENODEV the instance has no recorder; -EINVAL fewer than 2 pages, more than an arena can hold, no such cpu; -EBADMSG damaged.
 * On an error nothing has changed once the caller has ended its transaction with it.
 * Locks: event_mutex held; takes reader mutexes. Context: any thread; front ends (starts a helper thread).
 */
int utfs_ring_resize(struct utfs_arena *arena, uint32_t instance_slot, uint32_t cpu,
		     uint64_t nr_pages) UTFS_REQUIRES(arena->event_mutex);

/*
 * Gives the instance a snapshot, unless it has one: each CPU's buffer the pages of a second side, as large as the first. Makes the
 * recorder first if there is none. On success everything the caller has changed so far is committed.
 * Return, Locks: as utfs_ring_create().
 */
int utfs_ring_snapshot_allocate(struct utfs_arena *arena, uint32_t instance_slot)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * Takes a snapshot of one CPU (cpu < nr_cpus) or of all (UTFS_PIN_ALL_CPUS), for which it is allocated first.
 * Return: 0; -EINVAL no such cpu; as utfs_ring_snapshot_allocate().
 */
int utfs_ring_snapshot_take(struct utfs_arena *arena, uint32_t instance_slot, uint32_t cpu)
	UTFS_REQUIRES(arena->event_mutex);
/*
 * Frees the snapshot, if there is one, and commits. Events that arrive on CPUs which have not taken the last one are counted as
 * dropped while these are settled.
 * Return: 0; -EBUSY writers or readers could not be shown to be out; -ENOSPC, -E2BIG no room in the undo log; -EBADMSG damaged.
 * On an error nothing has changed once the caller has ended its transaction with it.
 * Locks: event_mutex held; takes reader mutexes. Context: any thread; front ends (starts a helper thread).
 */
int utfs_ring_snapshot_free(struct utfs_arena *arena, uint32_t instance_slot)
	UTFS_REQUIRES(arena->event_mutex);
/* Has it one? An answer, not a promise. */
bool utfs_ring_snapshot_allocated(const struct utfs_arena *arena, unsigned int recorder);

/*
 * Changes the order of an instance's pages, and of its buffers if it has some: these are about as large as before, and empty.
 * Return: -EINVAL the order is above UTFS_PAGE_ORDER_MAX; else as utfs_ring_resize(). Locks, Context: as there.
 */
int utfs_ring_set_order(struct utfs_arena *arena, uint32_t instance_slot, unsigned int order)
	UTFS_REQUIRES(arena->event_mutex);

/*
 * Takes the recorder from the instance: no new writer gets in, mask bits are cleared; all of it part of the caller's
 * transaction. Its pages are freed by utfs_ring_reap(), later.
 * Return: 0; -ENOSPC, -E2BIG no room in the undo log; -EBADMSG damaged.
 * Locks: event_mutex held.
 */
int utfs_ring_unpublish(struct utfs_arena *arena, uint32_t instance_slot)
	UTFS_REQUIRES(arena->event_mutex);

/*
 * Frees what was unpublished: waits, without any lock, until no writer can be inside (runs once on every CPU; in locked
 * mode passes through every lock word), then takes event_mutex and frees. What cannot be waited for stays quarantined
 * for a later call.
 * Return: number of recorders freed, or -EBUSY none could be waited for, or an error of utfs_tx_begin().
 * Locks: none held; takes event_mutex and reader mutexes. Context: front ends (starts a helper thread).
 */
int utfs_ring_reap(struct utfs_arena *arena) UTFS_EXCLUDES(arena->event_mutex);

/*
 * Lets writers in where somebody who died while creating or resizing had kept them out. Cheap when there is nothing to do:
 * front ends call it when they open an arena.
 * Locks: event_mutex held. Context: front ends (starts a helper thread).
 */
void utfs_ring_repair(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);

/*
 * Waits until every sequence that may have been in flight is over. Return: 0; -EBUSY a CPU could not be visited within
 * timeout_ms (hogged by a real-time thread, outside our cpuset); -ENOMEM, -EAGAIN no helper thread.
 * Locks: any. Context: front ends (starts a helper thread).
 */
int utfs_ring_grace(const struct utfs_arena *arena, unsigned int recorder, int timeout_ms);

/* reader.c ----------------------------------------------------------------------------------------------- */

/*
 * A copy of a page (or of the part of it that is new to the reader) with the kernel's header. Zeroed before its first use;
 * utfs_page_copy_fini() after the last.
 */
struct utfs_page_copy {
	struct utfs_page
		page; /* commit: bytes of data, kernel style; the data only where the order is 0 */
	const unsigned char *data; /* committed bytes */
	unsigned int order;
	unsigned int larger_order;
	unsigned char *larger; /* room for the data of larger pages */
	uint64_t sequence;
	uint64_t offset;     /* first byte of data not yet consumed */
	uint64_t entry;	     /* number of the event at offset */
	uint64_t nr_entries; /* events from offset on */
	uint64_t lost;	     /* events lost right before this page since the last one read */
	bool whole;	     /* the writer has left this page */
	/* Where the data is to be copied to, the caller's: NULL, or a page with room for into_bytes. Where these do not suffice it is not used. */
	struct utfs_page *into;
	uint64_t into_bytes;
};

/* A CPU's buffer has two sides (abi.h). Which of them is which changes at any moment: ask once, then stay with it. */
enum utfs_which {
	UTFS_MAIN,     /* what is recorded now, or will be when the CPU's next writer comes */
	UTFS_SNAPSHOT, /* what was, up to the last snapshot */
};
/* Return: the side, for the functions below; without a snapshot it has no buffer (-ENODEV). Locks: none. */
unsigned int utfs_ring_side(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			    enum utfs_which which);

/* Position of a reader that does not consume. */
struct utfs_cursor {
	unsigned int side;
	uint64_t sequence, offset, entry;
};

/*
 * Locks, unlocks a CPU buffer's reader mutex; also when its last holder died.
 * Return: 0; -ETIMEDOUT somebody has had it for 10 seconds; -ESRCH as utfs_tx_begin(); -ENODEV the recorder never had a buffer.
 * Locks: level 4; several of one recorder in ascending order of cpu. Context: any thread; not a signal handler.
 */
int utfs_reader_lock(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu);
void utfs_reader_unlock(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu);

/* Where the consuming reader stands: the start for an iterating one. */
void utfs_reader_cursor(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			unsigned int side, struct utfs_cursor *cursor);

/*
 * Copies what lies at the cursor: the rest of its page as far as committed; moves the cursor to the oldest page that still exists
 * if its own was overwritten (copy->lost counts). Does not advance past what it copied: utfs_cursor_advance() does.
 * Return: 1 something was copied; 0 nothing new; -ENOMEM; -ENODEV the recorder has no buffer now, or one that is damaged; -EBADMSG
 * the page does not hold together (skipped as a whole). The reader mutex of the CPU is held by the caller.
 */
int utfs_reader_copy(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		     struct utfs_cursor *cursor, struct utfs_page_copy *copy);
/* Moves a cursor past `entries` events that end at data offset `offset` of the copied page; on to the next page where that one is finished. */
void utfs_cursor_advance(struct utfs_cursor *cursor, const struct utfs_page_copy *copy,
			 uint64_t offset, uint64_t entries);

/* Makes a cursor the consuming reader's position on its side (with the events it skipped counted as lost, those passed as read). One store commits. Reader mutex held. */
void utfs_reader_consume(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			 const struct utfs_cursor *cursor, uint64_t read, uint64_t lost);
/* Forgets everything recorded so far on a side (`> trace`): the position becomes the end, counts begin at 0. Reader mutex held. */
void utfs_reader_reset(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		       unsigned int side);

struct utfs_ring_stats {
	uint64_t entries, overrun, bytes, dropped, read,
		written; /* events; written: since the last reset */
	uint64_t oldest_ns, now_ns;
	uint64_t
		end_entry; /* number of the next event to be written: where an iteration that starts now ends */
	uint64_t nr_pages;
};
/* Return: 0, -ENODEV. Reader mutex held. */
int utfs_ring_stats(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		    unsigned int side, struct utfs_ring_stats *stats);

/* Where the next event of a side will be: entry number, and its page and offset. Return: 0, -ENODEV, -EBADMSG. No lock needed. */
int utfs_end_get(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		 unsigned int side, struct utfs_cursor *end);

/* Is there an event behind the consuming reader's position? No lock needed (an answer, not a promise). */
bool utfs_ring_has_data(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
			unsigned int side);

/*
 * How full a CPU's main buffer is: pages that the writers have left and the consuming reader has not, of nr_pages.
 * Return: true; false there is no buffer. No lock needed (an answer, not a promise).
 */
bool utfs_ring_fill(const struct utfs_arena *arena, unsigned int recorder, unsigned int cpu,
		    uint64_t *full_pages, uint64_t *nr_pages);

/* What utfs_cpu_buffer.waiters says: what a sleeping reader waits for. */
enum utfs_waiters {
	UTFS_WAITERS_NONE,
	UTFS_WAITERS_EVENT, /* anything */
	UTFS_WAITERS_PAGE, /* this or more: a page with this sequence; any that is left begins one with this or more */
};

/*
 * Sleeping readers: arm() marks the CPU buffer so that the next writer wakes header->data_futex, and orders that against writers under way (membarrier);
 * look for data after it, then wait. Return of wait: 0, -ETIMEDOUT, -EINTR.
 */
/* Applications call it once, at attach: lets arm() reach their CPUs. Return: false the kernel has no such thing. */
bool utfs_ring_register_membarrier(void);
uint32_t utfs_ring_arm(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu_or_all);
/*
 * The same for one CPU, woken only when its writers have left full_pages pages (at least 1) that the consuming reader has not, as utfs_ring_fill()
 * counts them, when its sides are swapped, or by what wakes others.
 */
uint32_t utfs_ring_arm_pages(const struct utfs_arena *arena, unsigned int recorder,
			     unsigned int cpu, uint64_t full_pages);
int utfs_ring_wait(const struct utfs_arena *arena, uint32_t armed, int timeout_ms);
/* Marks another word of waiters: who finds it set after a change wakes with utfs_ring_wake(). */
void utfs_ring_arm_word(uint64_t *waiters);
/* A writer found a word of waiters set. Keeps errno. Context: any, signal handlers included. */
void utfs_ring_wake(const struct utfs_arena *arena, uint64_t *waiters);

/* Iterates over the events of a copied page. */
struct utfs_event_iter {
	const struct utfs_page_copy *copy;
	uint64_t next;	     /* data offset of what comes next */
	uint64_t time_stamp; /* of the current event */
	const void *record;
	size_t bytes;
};
/* Starts at copy->offset (walks from the page's start for the time). */
void utfs_event_iter_init(struct utfs_event_iter *iter, const struct utfs_page_copy *copy);
/* Return: true and time_stamp, record, bytes; false at the end or where the page does not hold together. */
bool utfs_event_iter_next(struct utfs_event_iter *iter);

/*
 * The rest of a copied page from copy->offset on as the kernel's trace_pipe_raw gives it: time stamp of what came before,
 * length in bytes, flags and number of lost events in the commit word and behind the data, the rest zeroed. `out` has room for
 * UTFS_PAGE_BYTES << copy->order, and may be copy->into.
 */
void utfs_page_export(const struct utfs_page_copy *copy, struct utfs_page *out);
/* Gives back what a copy of larger pages holds. */
void utfs_page_copy_fini(struct utfs_page_copy *copy);

#endif
