/* SPDX-License-Identifier: MIT */
/*
 * Evaluating filters and gates (arena/abi.h) before a record is written: in place, without a lock, an allocation or a loop that the
 * arena's content could make endless. Nothing that lies in the arena is believed: a program that is damaged lets nothing
 * pass.
 */
#ifndef UTFS_APP_FILTER_H
#define UTFS_APP_FILTER_H

#include <linux/rseq.h>
#include <sched.h>
#include <string.h>

#include "ring/ring.h"

/* Who writes a record. */
struct utfs_filter_subject {
	const struct utfs_writer
		*writer; /* arena; rseq: where it runs, NULL: asked of the kernel */
	pid_t tid, tgid;
	const char *record; /* common fields first */
	size_t bytes;
	const uint64_t *mask; /* the event's */
	const void *frame;    /* frame pointer of what its writer called */
	unsigned int depth;   /* of the events whose histograms have written it; 0: a program has */
};

/* The CPU that it runs on. */
static inline uint32_t utfs_filter_cpu(const struct utfs_filter_subject *subject)
{
	if (subject->writer->rseq)
		return __atomic_load_n(&subject->writer->rseq->cpu_id, __ATOMIC_RELAXED);
	return (uint32_t)sched_getcpu();
}

/* A number of a record, extended to 64 bits. Return: false it does not lie there. */
static inline __attribute__((always_inline)) bool
utfs_filter_number(const struct utfs_filter_subject *subject, uint32_t offset, uint32_t bytes,
		   bool is_signed, uint64_t *value)
{
	const unsigned int shift = 64 - 8 * bytes;
	uint32_t half;

	*value = 0;
	if (bytes - 1 >= sizeof(*value) || offset > subject->bytes ||
	    bytes > subject->bytes - offset)
		return false;
	/* The common sizes without a call, and none of them through memory that the next load would have to wait for. */
	if (bytes == sizeof(half)) {
		memcpy(&half, subject->record + offset, sizeof(half));
		*value = half;
	} else if (bytes == sizeof(*value)) {
		memcpy(value, subject->record + offset, sizeof(*value));
	} else {
		memcpy(value, subject->record + offset, bytes);
	}
	/* Little-endian, as are all that this runs on. */
	if (is_signed)
		*value = (uint64_t)((int64_t)(*value << shift) >> shift);
	return true;
}

/*
 * Does a program accept a record? `program` has `bytes` bytes of memory, whatever it holds.
 * Return: 1 yes; 0 no; -EBADMSG the program is damaged. Keeps errno. Locks: none. Context: any, signal handlers included.
 */
int utfs_filter_run(const struct utfs_filter_program *program, uint32_t bytes,
		    const struct utfs_filter_subject *subject);

/*
 * May a record of an event be written for a recorder whose bit in state->filtered is set? Damage counts as an event dropped.
 * Return: true yes. Keeps errno. Locks: none. Context: any, signal handlers included.
 */
bool utfs_filter_pass(const struct utfs_event_state *state, unsigned int recorder,
		      const struct utfs_filter_subject *subject);

/*
 * What a filter that is known says of a record, without asking anything else: the common fields need not be there yet.
 * Return: 1 it accepts; 0 not; -1 it is no known one. Keeps errno. Locks: none. Context: any, signal handlers included.
 */
int utfs_filter_known(const struct utfs_event_state *state, uint64_t recorder_bit,
		      const char *record, size_t bytes);

/* Has a recorder gates at all? */
static inline bool utfs_filter_has_gates(const struct utfs_recorder *recorder)
{
	uint64_t any = 0;

	for (unsigned int gate = 0; gate < UTFS_NR_GATES; gate++)
		any |= __atomic_load_n(&recorder->gates[gate], __ATOMIC_RELAXED);
	return any;
}

/* Only the gate of a recorder that holds for messages, too: its set of CPUs. Return, context: as above. */
bool utfs_filter_cpu_pass(unsigned int recorder, const struct utfs_filter_subject *subject);

#endif
