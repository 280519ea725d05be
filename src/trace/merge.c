/* SPDX-License-Identifier: MIT */
#include "trace/merge.h"

#include <stdlib.h>

struct merge_cpu {
	struct utfs_cursor cursor; /* where the copy begins; behind it when there is none */
	struct utfs_cursor
		settled; /* up to here every event was taken, or was lost before one that was */
	struct utfs_event_iter iter;
	uint64_t end_entry;		 /* iterating: stop here */
	uint64_t taken;			 /* events of this copy */
	uint64_t taken_offset;		 /* data offset behind the last one taken */
	uint64_t lost;			 /* before the current event */
	uint64_t read_total, lost_total; /* since utfs_merge_consume() */
	bool copied, current;
	struct utfs_page_copy copy;
};

struct utfs_merge {
	const struct utfs_arena *arena;
	unsigned int recorder;
	uint32_t first_cpu, nr_cpus;
	uint32_t chosen;
	enum utfs_which which;
	bool consuming;
	struct merge_cpu cpus[];
};

int utfs_merge_create(const struct utfs_arena *arena, unsigned int recorder, uint32_t cpu,
		      enum utfs_which which, struct utfs_merge **merge)
{
	uint32_t nr_cpus = cpu == UTFS_PIN_ALL_CPUS ? arena->nr_cpus : 1;

	*merge = calloc(1, sizeof(**merge) + nr_cpus * sizeof((*merge)->cpus[0]));
	if (!*merge)
		return -ENOMEM;
	(*merge)->arena = arena;
	(*merge)->recorder = recorder;
	(*merge)->which = which;
	(*merge)->first_cpu = cpu == UTFS_PIN_ALL_CPUS ? 0 : cpu;
	(*merge)->nr_cpus = nr_cpus;
	return 0;
}

void utfs_merge_free(struct utfs_merge *merge)
{
	for (uint32_t i = 0; merge && i < merge->nr_cpus; i++)
		utfs_page_copy_fini(&merge->cpus[i].copy);
	free(merge);
}

static void cpu_begin(struct utfs_merge *merge, uint32_t index)
{
	struct merge_cpu *cpu = &merge->cpus[index];
	unsigned int side = utfs_ring_side(merge->arena, merge->recorder, merge->first_cpu + index,
					   merge->which);

	cpu->copied = cpu->current = false;
	cpu->lost = cpu->read_total = cpu->lost_total = 0;
	cpu->end_entry = UINT64_MAX;
	utfs_reader_cursor(merge->arena, merge->recorder, merge->first_cpu + index, side,
			   &cpu->cursor);
	cpu->settled = cpu->cursor;
}

int utfs_merge_iterate(struct utfs_merge *merge, struct utfs_merge_totals *totals)
{
	merge->consuming = false;
	*totals = (struct utfs_merge_totals){0};
	for (uint32_t i = 0; i < merge->nr_cpus; i++) {
		struct merge_cpu *cpu = &merge->cpus[i];
		struct utfs_ring_stats stats = {0};
		int ret = utfs_reader_lock(merge->arena, merge->recorder, merge->first_cpu + i);

		if (ret)
			return ret;
		cpu_begin(merge, i);
		(void)utfs_ring_stats(merge->arena, merge->recorder, merge->first_cpu + i,
				      cpu->cursor.side, &stats);
		utfs_reader_unlock(merge->arena, merge->recorder, merge->first_cpu + i);
		/* The cursor may stand at events that are overwritten by now: they are between it and the first entry. */
		cpu->end_entry = stats.end_entry;
		totals->entries += stats.entries;
		totals->written += stats.entries + stats.overrun;
		totals->overrun += stats.overrun;
	}
	return 0;
}

UTFS_UNCHECKED int utfs_merge_consume(struct utfs_merge *merge)
{
	merge->consuming = true;
	for (uint32_t i = 0; i < merge->nr_cpus; i++) {
		int ret = utfs_reader_lock(merge->arena, merge->recorder, merge->first_cpu + i);

		if (ret) {
			while (i--)
				utfs_reader_unlock(merge->arena, merge->recorder,
						   merge->first_cpu + i);
			return ret;
		}
		cpu_begin(merge, i);
	}
	return 0;
}

/* Moves the cursor behind what was taken of the copy. */
static void copy_leave(struct merge_cpu *cpu)
{
	if (cpu->copied)
		utfs_cursor_advance(&cpu->cursor, &cpu->copy, cpu->taken_offset, cpu->taken);
	/* Lost before an event that was seen but not taken: it is to be told with that. */
	if (!cpu->lost)
		cpu->settled = cpu->cursor;
	cpu->read_total += cpu->taken;
	cpu->taken = 0;
	cpu->copied = cpu->current = false;
}

UTFS_UNCHECKED void utfs_merge_consumed(struct utfs_merge *merge)
{
	for (uint32_t i = 0; i < merge->nr_cpus; i++) {
		struct merge_cpu *cpu = &merge->cpus[i];

		copy_leave(cpu);
		if (cpu->read_total || cpu->lost_total)
			utfs_reader_consume(merge->arena, merge->recorder, merge->first_cpu + i,
					    &cpu->settled, cpu->read_total, cpu->lost_total);
	}
	for (uint32_t i = 0; i < merge->nr_cpus; i++)
		utfs_reader_unlock(merge->arena, merge->recorder, merge->first_cpu + i);
	merge->consuming = false;
}

/* Copies what lies at the cursor. Return: 1, 0 nothing, -errno. */
static int copy_next(struct utfs_merge *merge, uint32_t index)
{
	struct merge_cpu *cpu = &merge->cpus[index];
	int ret;

	if (cpu->cursor.entry >= cpu->end_entry)
		return 0;
	if (!merge->consuming) {
		ret = utfs_reader_lock(merge->arena, merge->recorder, merge->first_cpu + index);
		if (ret)
			return ret;
	}
	ret = utfs_reader_copy(merge->arena, merge->recorder, merge->first_cpu + index,
			       &cpu->cursor, &cpu->copy);
	if (!merge->consuming)
		utfs_reader_unlock(merge->arena, merge->recorder, merge->first_cpu + index);
	/* A buffer that went away ends the reading; a page that does not hold together was passed over. */
	if (ret == -ENODEV)
		return 0;
	if (ret < 0 && ret != -EBADMSG)
		return ret;
	if (ret == 1) {
		cpu->copied = true;
		cpu->taken_offset = cpu->copy.offset;
		cpu->lost += cpu->copy.lost;
		utfs_event_iter_init(&cpu->iter, &cpu->copy);
	}
	return ret == -EBADMSG ? 1 : ret;
}

/* Makes the CPU's next event current. Return: 1, 0 no more, -errno. */
static int cpu_load(struct utfs_merge *merge, uint32_t index)
{
	struct merge_cpu *cpu = &merge->cpus[index];

	while (!cpu->current) {
		int ret;

		/* The cursor stands before what was lost ahead of the copy. */
		if (cpu->copied && cpu->copy.entry + cpu->taken < cpu->end_entry &&
		    utfs_event_iter_next(&cpu->iter)) {
			cpu->current = true;
			break;
		}
		/* The events are through; padding behind the last one belongs to what was taken. */
		if (cpu->copied)
			cpu->taken_offset = cpu->copy.page.commit;
		copy_leave(cpu);
		ret = copy_next(merge, index);
		if (ret <= 0)
			return ret;
	}
	return 1;
}

int utfs_merge_peek(struct utfs_merge *merge, struct utfs_merge_event *event)
{
	const struct merge_cpu *earliest = NULL;

	for (uint32_t i = 0; i < merge->nr_cpus; i++) {
		int ret = cpu_load(merge, i);

		if (ret < 0)
			return ret;
		if (ret &&
		    (!earliest || merge->cpus[i].iter.time_stamp < earliest->iter.time_stamp)) {
			earliest = &merge->cpus[i];
			merge->chosen = i;
		}
	}
	if (!earliest)
		return 0;
	*event = (struct utfs_merge_event){
		.record = earliest->iter.record,
		.bytes = earliest->iter.bytes,
		.time_stamp = earliest->iter.time_stamp,
		.cpu = merge->first_cpu + merge->chosen,
		.lost = earliest->lost,
	};
	return 1;
}

void utfs_merge_take(struct utfs_merge *merge)
{
	struct merge_cpu *cpu = &merge->cpus[merge->chosen];

	cpu->taken++;
	cpu->taken_offset = cpu->iter.next;
	cpu->lost_total += cpu->lost;
	cpu->lost = 0;
	cpu->current = false;
}

bool utfs_merge_still_empty(const struct utfs_merge *merge)
{
	const uint32_t cpu = merge->nr_cpus == 1 ? merge->first_cpu : UTFS_PIN_ALL_CPUS;

	(void)utfs_ring_arm(merge->arena, merge->recorder, cpu);
	for (uint32_t i = 0; i < merge->nr_cpus; i++) {
		const uint32_t at = merge->first_cpu + i;

		if (utfs_ring_has_data(
			    merge->arena, merge->recorder, at,
			    utfs_ring_side(merge->arena, merge->recorder, at, merge->which)))
			return false;
	}
	return true;
}
