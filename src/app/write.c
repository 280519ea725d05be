/* SPDX-License-Identifier: MIT */
/*
 * The event path: from a record on the stack to every ring buffer that wants it. No lock, no allocation, no system call
 * but for a thread's first event; may be interrupted by a signal whose handler does the same.
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/app.h"
#include "app/filter.h"
#include "app/stack.h"
#include "app/trigger.h"
#include "ring/write-fast.h"

__thread struct utfs_thread utfs_thread __attribute__((tls_model("initial-exec")));

/* One page in so many: two system calls for each page would cost a small event a fifth of its time. */
#define REFRESH_PAGES 32

static void comm_save(const struct utfs_thread *thread)
{
	char comm[16] = "";

	prctl(PR_GET_NAME, comm);
	utfs_cmdline_save(&utfs_app.arena, (pid_t)(thread->common >> 32), thread->tgid, comm);
}

/* A thread may give itself a new name: looked at now and then, when a page is full. */
static void page_switched(void)
{
	struct utfs_thread *thread = &utfs_thread;
	int saved_errno = errno;

	if (!(++thread->pages % REFRESH_PAGES))
		comm_save(thread);
	errno = saved_errno;
}

__attribute__((noinline)) bool utfs_thread_prepare(struct utfs_thread *thread)
{
	int saved_errno = errno;
	pid_t tid = (pid_t)syscall(SYS_gettid);

	if (thread->state == UTFS_THREAD_REFUSED)
		return false;
	/* The writer last: from then on a handler that interrupts this writes events. */
	thread->common = (uint64_t)(uint32_t)tid << 32;
	thread->tgid = getpid();
	thread->writer.switched = page_switched;
	if (utfs_writer_init(&thread->writer, &utfs_app.arena, tid)) {
		thread->state = UTFS_THREAD_REFUSED;
		__atomic_fetch_add(&utfs_app.refused_threads, 1, __ATOMIC_RELAXED);
	} else {
		comm_save(thread);
		/* A handler that interrupts this finds all of it or does it again. */
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		thread->state = UTFS_THREAD_READY;
	}
	errno = saved_errno;
	return thread->state == UTFS_THREAD_READY;
}

/* The words that belong to an event's mask; there are none behind the one that unregistered events point at, which is 0. */
static inline const struct utfs_event_state *state_of(const uint64_t *mask)
{
	static_assert(offsetof(struct utfs_event_state, mask) == 0, "the mask is the first word");
	return (const struct utfs_event_state *)(const void *)mask;
}

/* options/stacktrace and options/userstacktrace */
static void stacks_write(const struct utfs_filter_subject *subject, unsigned int recorder)
{
	const struct utfs_arena *arena = subject->writer->arena;
	uint64_t slot =
		__atomic_load_n(&utfs_recorder_at(arena, recorder)->instance, __ATOMIC_RELAXED);
	uint64_t options;

	if (slot >= UTFS_MAX_INSTANCES)
		return;
	options = __atomic_load_n(&utfs_instance_at(arena, slot)->options, __ATOMIC_RELAXED);
	if (options & UTFS_OPTION_BIT(UTFS_OPTION_STACKTRACE))
		utfs_stack_write(subject, recorder, false);
	if (options & UTFS_OPTION_BIT(UTFS_OPTION_USERSTACKTRACE))
		utfs_stack_write(subject, recorder, true);
}

/*
 * For one recorder, where something is evaluated. `record`: with its headroom before it. Inlined: it is called in one place, and a call is a twentieth
 * of an event that is counted.
 */
static inline __attribute__((always_inline)) void
record_evaluate(const struct utfs_filter_subject *subject, unsigned int recorder, void *record)
{
	const struct utfs_event_state *state = state_of(subject->mask);
	struct utfs_trigger_calls calls;
	/* Loaded once: who comes late to its triggers does without them. */
	const bool triggers = __atomic_load_n(&state->triggers, __ATOMIC_RELAXED);

	if (triggers) {
		calls.inside =
			utfs_section_enter(subject->writer, subject->tid, &utfs_thread.section);
		if (utfs_triggers_evaluate(state, recorder, subject, &calls))
			goto out;
	}
	if (!(triggers && calls.soft && utfs_trigger_disabled(subject->writer->arena, &calls)) &&
	    utfs_filter_pass(state, recorder, subject) &&
	    utfs_ring_write(subject->writer, recorder, (char *)record - UTFS_RECORD_HEADROOM,
			    subject->bytes, subject->mask, UINT64_C(1) << recorder))
		stacks_write(subject, recorder);
	if (!triggers)
		return;
	utfs_triggers_finish(recorder, subject, &calls);
out:
	if (calls.inside)
		utfs_section_leave(&utfs_thread.section);
}

/*
 * Several recorders at once, with nothing to evaluate: as for one, but that the clock is read once, since reading it takes longer than all
 * the rest. Return: the recorders that are left, because the event is not a common one there.
 */
static inline uint64_t record_write_several(const struct utfs_writer *writer, uint64_t bits,
					    const uint64_t *mask, void *record, size_t bytes)
{
	const uint64_t cycles = utfs_counter_read();
	struct utfs_cpu_buffer *cb;
	uint64_t left = 0;

	while (bits) {
		uint64_t bit = bits & -bits;

		bits ^= bit;
		if (utfs_unlikely(!utfs_ring_write_at(writer, (uint32_t)__builtin_ctzll(bit),
						      record, bytes, mask, bit, &cycles, &cb)))
			left |= bit;
		else if (utfs_unlikely(utfs_load(&cb->waiters) == UTFS_WAITERS_EVENT))
			utfs_ring_wake(&utfs_app.arena, &cb->waiters);
	}
	return left;
}

/*
 * Several recorders at once, a thread's first event, something to evaluate before it is written, or an event that is not
 * a common one. The record begins with the event's id.
 */
static __attribute__((noinline)) void record_write_slow(const uint64_t *mask, void *record,
							size_t bytes, unsigned int depth)
{
	struct utfs_thread *thread = &utfs_thread;
	uint64_t bits = __atomic_load_n(mask, __ATOMIC_RELAXED);
	struct utfs_filter_subject subject;
	uint64_t common, filtered;
	uint32_t id;

	if (!bits || (thread->state != UTFS_THREAD_READY && !utfs_thread_prepare(thread)))
		return;
	filtered = __atomic_load_n(&state_of(mask)->filtered, __ATOMIC_RELAXED);
	memcpy(&id, record, sizeof(id));
	common = thread->common | id;
	memcpy(record, &common, sizeof(common));
	if (bits & (bits - 1) && !(bits & filtered))
		bits = record_write_several(&thread->writer, bits, mask, record, bytes);
	if (!bits)
		return;
	subject = (struct utfs_filter_subject){
		.writer = &thread->writer,
		.tid = (pid_t)(common >> 32),
		.tgid = thread->tgid,
		.record = record,
		.bytes = bytes,
		.mask = mask,
		.frame = __builtin_frame_address(0),
		.depth = depth,
	};
	while (bits) {
		unsigned int recorder = (unsigned int)__builtin_ctzll(bits);

		bits &= bits - 1;
		if (!(filtered & UINT64_C(1) << recorder))
			(void)utfs_ring_write(&thread->writer, recorder,
					      (char *)record - UTFS_RECORD_HEADROOM, bytes, mask,
					      UINT64_C(1) << recorder);
		else
			record_evaluate(&subject, recorder, record);
	}
}

/* Counted in a histogram, and that is all: the rule where there are triggers. `bits`: of one recorder. */
static inline bool record_count(const uint64_t *mask, uint64_t bits, const void *record,
				size_t bytes)
{
	return utfs_triggers_count(state_of(mask), (uint32_t)__builtin_ctzll(bits), record, bytes);
}

/* An entry: where the compiler makes no jump of the call at its end, it is no caller of the event. */
static UTFS_ENTRY __attribute__((noinline)) void record_write_uncommon(const uint64_t *mask,
								       void *record, size_t bytes)
{
	const struct utfs_event_state *state = state_of(mask);
	const uint64_t bits = __atomic_load_n(mask, __ATOMIC_RELAXED);

	if (bits && !(bits & (bits - 1))) {
		if (__atomic_load_n(&state->triggers, __ATOMIC_RELAXED)) {
			if (record_count(mask, bits, record, bytes))
				return;
		} else if (!utfs_filter_has_gates(utfs_recorder_at(
				   &utfs_app.arena, (uint32_t)__builtin_ctzll(bits))) &&
			   !utfs_filter_known(state, bits, record, bytes)) {
			/* Rejected by its filter, and that is all. */
			return;
		}
	}
	record_write_slow(mask, record, bytes, 0);
}

/*
 * One recorder, with nothing to evaluate, is the rule. What the thread knows is not asked for: in one that has not written yet
 * all is zero, and so utfs_ring_write_fast() declines. `record` and not the buffer before it, so that one pointer is enough.
 */
static inline __attribute__((always_inline)) void record_write(uint32_t id, const uint64_t *mask,
							       void *record, size_t bytes)
{
	const struct utfs_thread *thread = &utfs_thread;
	uint64_t bits = __atomic_load_n(mask, __ATOMIC_RELAXED);
	uint64_t filtered = __atomic_load_n(&state_of(mask)->filtered, __ATOMIC_RELAXED);
	uint64_t common = thread->common | id;
	struct utfs_cpu_buffer *cb;

	memcpy(record, &common, sizeof(common));
	if (utfs_unlikely(bits & ((bits - 1) | filtered) || !bits ||
			  !utfs_ring_write_fast(&thread->writer, (uint32_t)__builtin_ctzll(bits),
						record, bytes, mask, bits, &cb)))
		record_write_uncommon(mask, record, bytes);
	else if (utfs_unlikely(utfs_load(&cb->waiters) == UTFS_WAITERS_EVENT))
		utfs_ring_wake(&utfs_app.arena, &cb->waiters);
}

UTFS_API UTFS_ENTRY void utfs_event_write(const struct utfs_event *event, void *buffer,
					  size_t bytes)
{
	/* Pairs with event_publish(): the id is the one that belongs to this word. */
	const uint64_t *mask = __atomic_load_n(&event->mask, __ATOMIC_ACQUIRE);

	record_write(event->id, mask, (char *)buffer + UTFS_RECORD_HEADROOM, bytes);
}

/* The same for calls from within, which nobody comes between: the straight line is there once. */
static __typeof__(utfs_event_write) event_write __attribute__((alias("utfs_event_write")));

UTFS_ENTRY void utfs_app_record_write(uint32_t id, const uint64_t *mask, void *buffer, size_t bytes)
{
	struct utfs_event event;

	/* All of it that is looked at. */
	event.mask = mask;
	event.id = id;
	event_write(&event, buffer, bytes);
}

void utfs_app_record_write_nested(uint32_t id, const uint64_t *mask, void *record, size_t bytes,
				  unsigned int depth)
{
	const uint64_t bits = __atomic_load_n(mask, __ATOMIC_RELAXED);
	const uint64_t common = utfs_thread.common | id;

	memcpy(record, &common, sizeof(common));
	if (!bits || bits & (bits - 1) || !record_count(mask, bits, record, bytes))
		record_write_slow(mask, record, bytes, depth);
}

/*
 * How many bytes of each piece go into the record. Earlier pieces come first, but every string keeps room for its NUL.
 * Return: all of them together.
 */
static size_t pieces_measure(const struct utfs_event_piece *pieces, unsigned int nr_pieces,
			     size_t room, uint16_t bytes[UTFS_P_FIELDS_MAX])
{
	size_t total = 0, nuls = 0;

	for (unsigned int i = 0; i < nr_pieces; i++)
		nuls += !pieces[i].element_bytes;
	room -= nuls;
	for (unsigned int i = 0; i < nr_pieces; i++) {
		const struct utfs_event_piece *piece = &pieces[i];
		size_t left = room - total;
		size_t n = piece->bytes;

		if (n == SIZE_MAX) {
			n = strnlen(piece->data, left);
		} else if (n > left) {
			n = left;
			/* Whole elements. */
			if (piece->element_bytes)
				n -= n % piece->element_bytes;
		}
		total += n;
		bytes[i] = (uint16_t)n;
	}
	return total + nuls;
}

UTFS_API UTFS_ENTRY void utfs_event_write_pieces(const struct utfs_event *event, void *buffer,
						 size_t bytes,
						 const struct utfs_event_piece *pieces,
						 unsigned int nr_pieces)
{
	uint16_t lengths[UTFS_P_FIELDS_MAX];
	size_t total, at = bytes;
	char *record;
	void *copy;

	if (nr_pieces > UTFS_P_FIELDS_MAX || bytes > UTFS_RECORD_MAX - UTFS_P_FIELDS_MAX)
		return;
	total = bytes + pieces_measure(pieces, nr_pieces, UTFS_RECORD_MAX - bytes, lengths);
	/* As much stack as the event needs: a handler's stack may be small. */
	copy = __builtin_alloca(UTFS_RECORD_HEADROOM + total + 8);
	record = (char *)copy + UTFS_RECORD_HEADROOM;
	memcpy(record, (char *)buffer + UTFS_RECORD_HEADROOM, bytes);
	for (unsigned int i = 0; i < nr_pieces; i++) {
		bool text = !pieces[i].element_bytes;
		size_t length = lengths[i];
		uint32_t location = (uint32_t)((length + text) << 16 | at);

		memcpy(record + pieces[i].offset, &location, sizeof(location));
		if (length)
			memcpy(record + at, pieces[i].data, length);
		at += length;
		if (text)
			record[at++] = '\0';
	}
	memset(record + total, 0, 8);
	/* It would be rounded up anyway; this way it may be a common event. Not inlined: a call is little beside the copying. */
	event_write(event, copy, (total + 3) & ~(size_t)3);
}
