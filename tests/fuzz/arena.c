/* SPDX-License-Identifier: MIT */
/*
 * An arena that changes under everybody's eyes: each eight bytes of an input are a place in it, of any region, and what is written
 * there. Then a front end reads everything, events are written, a check is made, and a repair of what is left. Nothing may crash or go on for
 * ever; what is answered does not matter. Each input begins with the same arena.
 */
#include <string.h>

#include "image.h"
#include "trace/check.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Everything but the head's first part, which nobody reads again once it is open. */
static void damage(struct utfs_arena *arena, const uint8_t *change)
{
	uint64_t page = fuzz_image_page((unsigned int)(change[0] | change[1] << 8));
	uint64_t at = page + (change[2] | change[3] << 8) % UTFS_PAGE_BYTES;

	if (at < offsetof(struct utfs_header, event))
		at = offsetof(struct utfs_header, nr_undo);
	memcpy((char *)arena->header + at / 8 * 8 + change[4] % 5, change + 4, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct utfs_trace *trace;
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];

	if (!trace) {
		trace = fuzz_tree();
		fuzz_write(trace, "events/fuzz/one/filter", "n > 5 && text ~ \"a*\"", 20);
		fuzz_write(trace, "pending_events", "a:* enable\n", 11);
		fuzz_write(trace, "set_event_pid", "1 2 3", 5);
		fuzz_write(trace, "events/fuzz/two/filter", "nonsense", 8);
		fuzz_emit(trace);
		fuzz_image_take(&trace->arena);
	}
	trace->arena.lock_timeout_ms = 50;
	for (size_t at = 0; at + 8 <= bytes; at += 8)
		damage(&trace->arena, data + at);
	fuzz_emit(trace);
	fuzz_walk(trace);
	fuzz_write(trace, "events/fuzz/enable", "1", 1);
	fuzz_write(trace, "events/fuzz/one/filter", "n == 3", 6);
	fuzz_write(trace, "buffer_size_kb", "20", 2);
	(void)utfs_trace_check(utfs_trace_directory(trace), false, &result, why);
	utfs_trace_check_free(&result);
	(void)utfs_trace_check(utfs_trace_directory(trace), true, &result, why);
	utfs_trace_check_free(&result);
	fuzz_image_put(&trace->arena);
	return 0;
}
