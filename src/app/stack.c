/* SPDX-License-Identifier: MIT */
#include "app/stack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define KERNEL_STACK_ID	   4
#define USER_STACK_ID	   12
#define USER_STACK_CALLERS 8

/* Frames of the libc's unwinder, and ours, above the event's writer. */
#define OWN_FRAMES 16
/* No two frames that belong together are further apart, and none returns to the first page. */
#define FRAME_MAX     (UINT64_C(16) << 20)
#define SMALLEST_PAGE 4096

extern const char __start_utfs_entry[] __attribute__((visibility("hidden")));
extern const char __stop_utfs_entry[] __attribute__((visibility("hidden")));

/* Not in every libc, nor in a static program: then stacks are taken by frame pointers. */
extern int backtrace(void **buffer, int size) __attribute__((weak));

static bool tables;

void utfs_stack_prepare(void)
{
	const char *unwind = secure_getenv("UTRACEFS_UNWIND");
	void *frames[2];

	if (!unwind || strcmp(unwind, "tables") || !backtrace)
		return;
	(void)backtrace(frames, 2);
	__atomic_store_n(&tables, true, __ATOMIC_RELAXED);
}

static bool is_entry(uint64_t address)
{
	return address - (uintptr_t)__start_utfs_entry <
	       (uint64_t)(__stop_utfs_entry - __start_utfs_entry);
}

/* What a frame pointer points at, on all that this runs on. */
struct frame {
	uint64_t next; /* frame pointer of the caller */
	uint64_t returns_to;
};

/* A piece of the stack, copied. */
struct window {
	pid_t pid;
	uint64_t base;
	size_t bytes;
	char data[1024];
};

static bool frame_read(struct window *window, uint64_t at, struct frame *frame)
{
	if (at - window->base >= window->bytes ||
	    window->bytes - (at - window->base) < sizeof(*frame)) {
		const struct iovec local = {window->data, sizeof(window->data)};
		size_t first = SMALLEST_PAGE - (size_t)(at % SMALLEST_PAGE);
		struct iovec remote[2];
		ssize_t n;

		/* In two pieces where a page ends: the next one may not be there. */
		first = first < sizeof(window->data) ? first : sizeof(window->data);
		remote[0] = (struct iovec){(void *)(uintptr_t)at, first};
		remote[1] = (struct iovec){(void *)(uintptr_t)(at + first),
					   sizeof(window->data) - first};
		n = process_vm_readv(window->pid, &local, 1, remote,
				     first < sizeof(window->data) ? 2 : 1, 0);
		window->base = at;
		window->bytes = n > 0 ? (size_t)n : 0;
	}
	if (window->bytes - (at - window->base) < sizeof(*frame))
		return false;
	memcpy(frame, window->data + (at - window->base), sizeof(*frame));
	return true;
}

static uint32_t by_frame_pointers(const struct utfs_filter_subject *subject, uint64_t *callers,
				  uint32_t max)
{
	struct window window = {.pid = subject->tgid};
	uint64_t at = (uintptr_t)subject->frame;
	struct frame frame;
	uint32_t n = 0;

	/* Our own frame is there. */
	memcpy(&frame, subject->frame, sizeof(frame));
	/* Upwards only: so there is an end to it, whatever lies there. */
	for (uint32_t steps = 0; n < max && steps < 2 * UTFS_STACK_MAX; steps++) {
		if (frame.returns_to < SMALLEST_PAGE)
			break;
		if (!is_entry(frame.returns_to))
			callers[n++] = frame.returns_to;
		if (frame.next <= at || frame.next - at > FRAME_MAX || frame.next % 8)
			break;
		at = frame.next;
		if (!frame_read(&window, at, &frame))
			break;
	}
	return n;
}

/* Return: how many; 0 the place where the event entered is not among them. */
static uint32_t by_tables(const struct utfs_filter_subject *subject, uint64_t *callers,
			  uint32_t max)
{
	void *frames[UTFS_STACK_MAX + OWN_FRAMES];
	int found = backtrace(frames, UTFS_STACK_MAX + OWN_FRAMES), i = 0;
	struct frame entered;
	uint32_t n = 0;

	memcpy(&entered, subject->frame, sizeof(entered));
	while (i < found && (uintptr_t)frames[i] != entered.returns_to)
		i++;
	for (; i < found && n < max && (uintptr_t)frames[i] >= SMALLEST_PAGE; i++)
		if (!is_entry((uintptr_t)frames[i]))
			callers[n++] = (uintptr_t)frames[i];
	return n;
}

uint32_t utfs_stack_capture(const struct utfs_filter_subject *subject, uint64_t *callers,
			    uint32_t max)
{
	int saved_errno = errno;
	uint32_t n = 0;

	if (max > UTFS_STACK_MAX)
		max = UTFS_STACK_MAX;
	if (__atomic_load_n(&tables, __ATOMIC_RELAXED))
		n = by_tables(subject, callers, max);
	if (!n)
		n = by_frame_pointers(subject, callers, max);
	utfs_mappings_note(subject, callers, n);
	errno = saved_errno;
	return n;
}

struct stack_record {
	unsigned char headroom[UTFS_RECORD_HEADROOM];
	uint64_t common;
	uint64_t head; /* int size; or unsigned int tgid */
	uint64_t callers[UTFS_STACK_MAX];
};
static_assert(offsetof(struct stack_record, callers) == UTFS_RECORD_HEADROOM + 16,
	      "the formats of the two events");

void utfs_stack_write(const struct utfs_filter_subject *subject, unsigned int recorder, bool user)
{
	const uint32_t room = user ? USER_STACK_CALLERS : UTFS_STACK_MAX;
	struct stack_record record;
	uint32_t n = utfs_stack_capture(subject, record.callers, room);

	record.common =
		(uint64_t)(uint32_t)subject->tid << 32 | (user ? USER_STACK_ID : KERNEL_STACK_ID);
	record.head = user ? (uint32_t)subject->tgid : n;
	if (user) {
		memset(record.callers + n, 0, (room - n) * sizeof(*record.callers));
		n = room;
	}
	(void)utfs_ring_write(subject->writer, recorder, &record,
			      offsetof(struct stack_record, callers) - UTFS_RECORD_HEADROOM +
				      n * sizeof(*record.callers),
			      subject->mask, UINT64_C(1) << recorder);
}
