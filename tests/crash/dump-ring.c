/* SPDX-License-Identifier: MIT */
/* What the ring layer keeps, in a dump. Without times, and without what writers and readers only use as a hint. */
#include <string.h>

#include "crash.h"
#include "ring/internal.h"

#define ULL(x) ((unsigned long long)(x))

/* The numbers that kinds-ring.c wrote, as far as the reader has not consumed them. */
static void dump_events(struct utfs_arena *arena, struct crash_text *text, unsigned int recorder,
			unsigned int cpu, unsigned int side)
{
	struct utfs_cursor cursor;
	struct utfs_page_copy copy = {.larger = NULL};
	uint32_t number, first = 0, last = 0, n = 0;
	uint64_t lost = 0;

	utfs_reader_cursor(arena, recorder, cpu, side, &cursor);
	while (utfs_reader_copy(arena, recorder, cpu, &cursor, &copy) == 1) {
		struct utfs_event_iter iter;

		lost += copy.lost;
		utfs_event_iter_init(&iter, &copy);
		while (utfs_event_iter_next(&iter)) {
			memcpy(&number, iter.record, sizeof(number));
			if (n && number != last + 1)
				crash_broken(text, "event %u follows event %u", number, last);
			first = n++ ? first : number;
			last = number;
		}
		utfs_cursor_advance(&cursor, &copy, copy.page.commit, copy.nr_entries);
	}
	utfs_page_copy_fini(&copy);
	crash_print(text, "   %u events, %u to %u, %llu lost before\n", n, first, last, ULL(lost));
}

static void dump_side(struct utfs_arena *arena, struct crash_text *text, unsigned int recorder,
		      unsigned int cpu, enum utfs_which which)
{
	unsigned int number = utfs_ring_side(arena, recorder, cpu, which);
	const struct utfs_ring_side *side =
		&utfs_cpu_buffer_at(arena, recorder, cpu)->sides[number];
	struct utfs_reader_position position;
	struct utfs_ring_stats stats;
	struct utfs_view view;
	int ret;

	crash_print(text, "  %s, side %u: %llu pages at %llu, base %llu, next %llu\n",
		    which == UTFS_MAIN ? "main" : "snapshot", number, ULL(side->nr_pages),
		    ULL(side->first_page), ULL(side->base_sequence), ULL(side->next_sequence));
	if (!side->nr_pages)
		return;
	/* Whether a writer has swapped already makes no difference to anybody. */
	ret = utfs_view_get(arena, recorder, cpu, number, &view);
	if (ret)
		crash_broken(text, "the side cannot be read: %d", ret);
	else
		crash_print(text, "   tail %llx\n", ULL(view.tail));
	utfs_position_get(side, &position);
	crash_print(text, "   position %llu + %llu, entry %llu, lost %llu, read %llu, base %llu\n",
		    ULL(position.sequence), ULL(position.offset), ULL(position.entry),
		    ULL(position.lost), ULL(position.read), ULL(position.base));
	if (side->consumed > position.sequence)
		crash_broken(text, "pages are given to writers that the reader has not read");
	ret = utfs_ring_stats(arena, recorder, cpu, number, &stats);
	if (ret)
		crash_broken(text, "no statistics: %d", ret);
	else
		crash_print(text,
			    "   entries %llu overrun %llu bytes %llu dropped %llu read %llu "
			    "written %llu\n",
			    ULL(stats.entries), ULL(stats.overrun), ULL(stats.bytes),
			    ULL(stats.dropped), ULL(stats.read), ULL(stats.written));
	dump_events(arena, text, recorder, cpu, number);
}

static void dump_cpu(struct utfs_arena *arena, struct crash_text *text, unsigned int recorder,
		     unsigned int cpu)
{
	int ret = utfs_reader_lock(arena, recorder, cpu);

	crash_print(text, "  cpu %u\n", cpu);
	if (ret) {
		crash_broken(text, "the reader mutex cannot be taken: %d", ret);
		return;
	}
	dump_side(arena, text, recorder, cpu, UTFS_MAIN);
	dump_side(arena, text, recorder, cpu, UTFS_SNAPSHOT);
	utfs_reader_unlock(arena, recorder, cpu);
}

static void dump_recorder(struct utfs_arena *arena, struct crash_text *text, unsigned int recorder)
{
	const struct utfs_recorder *at = utfs_recorder_at(arena, recorder);
	const struct utfs_instance *instance;

	crash_print(text, "recorder %u state %llu\n", recorder, ULL(at->state));
	if (at->state == UTFS_RECORDER_DRAINING) {
		for (unsigned int cpu = 0; cpu < arena->nr_cpus; cpu++)
			crash_print(
				text, "  cpu %u: %llu and %llu pages\n", cpu,
				ULL(utfs_cpu_buffer_at(arena, recorder, cpu)->sides[0].nr_pages),
				ULL(utfs_cpu_buffer_at(arena, recorder, cpu)->sides[1].nr_pages));
		return;
	}
	if (at->state != UTFS_RECORDER_ACTIVE)
		return;
	crash_print(text, " config %llx instance %llu %llx snapshot %u\n", ULL(at->config),
		    ULL(at->instance), ULL(at->instance_serial),
		    utfs_ring_snapshot_allocated(arena, recorder));
	instance = utfs_instance_at(arena, at->instance);
	if (instance->recorder != recorder + 1 || instance->serial != at->instance_serial)
		crash_broken(text, "recorder %u belongs to nobody", recorder);
	for (unsigned int cpu = 0; cpu < arena->nr_cpus; cpu++)
		dump_cpu(arena, text, recorder, cpu);
}

void crash_dump_ring(struct utfs_arena *arena, struct crash_text *text)
{
	uint64_t present = arena->header->present[UTFS_REGION_CPUBUFS] /
			   (sizeof(struct utfs_cpu_buffer) * arena->nr_cpus);
	uint64_t active = 0;

	for (unsigned int r = 0; r < present && r < UTFS_MAX_RECORDERS; r++) {
		/* Tables grow with the first recorder, also when it is rolled back: free ones say nothing. */
		if (utfs_recorder_at(arena, r)->state == UTFS_RECORDER_FREE)
			continue;
		dump_recorder(arena, text, r);
		if (utfs_recorder_at(arena, r)->state == UTFS_RECORDER_ACTIVE)
			active |= UINT64_C(1) << r;
	}
	for (uint64_t i = 0; i < arena->header->nr_instances; i++) {
		uint64_t recorder = utfs_instance_at(arena, i)->recorder;

		if (recorder && !(active & UINT64_C(1) << (recorder - 1)))
			crash_broken(text, "instance %llu has a recorder that is not active",
				     ULL(i));
	}
	for (uint64_t id = 0; id < arena->header->nr_events; id++)
		if (*utfs_event_mask(arena, id) & ~active)
			crash_broken(text, "event %llu is recorded by nobody", ULL(id));
}
