/* SPDX-License-Identifier: MIT */
/* Counts, instances, processes, pins, and the ring of changes. */
#include <stdio.h>
#include <string.h>

#include "arena/check-internal.h"

/*
 * A count of elements is what the table can hold at most: those that were never used are free. Return: false: a count is wrong, and
 * what follows would be as well.
 */
static bool counts_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_header *h = check->arena->header;
	const struct {
		const char *name;
		uint64_t *n;
		enum utfs_region region;
		uint64_t least, most;
	} counts[] = {
		{"processes", &h->nr_procs, UTFS_REGION_PROCS, 0, UTFS_MAX_PROCS},
		{"pins", &h->nr_pins, UTFS_REGION_PINS, 0, UTFS_MAX_PINS},
		{"names of threads", &h->nr_cmdlines, UTFS_REGION_CMDLINES, 1, UTFS_MAX_CMDLINES},
		{"instances", &h->nr_instances, UTFS_REGION_INSTANCES, 1, UTFS_MAX_INSTANCES},
		{"systems", &h->nr_systems, UTFS_REGION_SYSTEMS, 1, UTFS_MAX_SYSTEMS},
		{"events", &h->nr_events, UTFS_REGION_EVENTS, UTFS_EVENT_ID_FIRST, UTFS_MAX_EVENTS},
		{"events", &h->nr_events, UTFS_REGION_MASKS, UTFS_EVENT_ID_FIRST, UTFS_MAX_EVENTS},
		{"cells", &h->nr_cells, UTFS_REGION_CELLS, 0, UTFS_MAX_CELLS},
		{"free extents", &h->nr_extents, UTFS_REGION_EXTENTS, 0, UTFS_MAX_EXTENTS},
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		uint64_t most =
			h->present[counts[i].region] / utfs_layout_bytes(counts[i].region, 1, 1);
		bool mend;

		if (most > counts[i].most)
			most = counts[i].most;
		if (*counts[i].n >= counts[i].least && *counts[i].n <= most)
			continue;
		mend = utfs_check_found(
			check, UTFS_DAMAGE_COUNT, counts[i].n, "there are %llu %s, of %llu to %llu",
			(unsigned long long)*counts[i].n, counts[i].name,
			(unsigned long long)counts[i].least, (unsigned long long)most);
		if (mend || check->way == UTFS_CHECK_COPY)
			utfs_tx_set(check->arena, counts[i].n, most);
		else
			good = false;
		utfs_check_mend(check, 0);
	}
	return good;
}

/* The heap's end: how far memory was ever handed out. Return: as above. */
static bool heap_end_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	uint64_t *end = &check->arena->header->heap_end;

	if (*end >= check->arena->region_offset[UTFS_REGION_HEAP] &&
	    *end <= check->arena->size_bytes && *end % UTFS_PAGE_BYTES == 0)
		return true;
	if (!utfs_check_found(check, UTFS_DAMAGE_COUNT, end, "the heap ends at %#llx, of %#llx",
			      (unsigned long long)*end,
			      (unsigned long long)check->arena->size_bytes) &&
	    check->way != UTFS_CHECK_COPY)
		return false;
	utfs_tx_set(check->arena, end, check->arena->size_bytes);
	utfs_check_mend(check, 0);
	return true;
}

static void setting_check(struct utfs_check *check, uint64_t *word, uint64_t most, uint64_t wanted,
			  uint64_t slot, const char *what) UTFS_REQUIRES(check->arena->event_mutex)
{
	if (*word <= most || !utfs_check_found(check, UTFS_DAMAGE_SETTING, word,
					       "%s of instance %llu is %#llx, of %#llx at most",
					       what, (unsigned long long)slot,
					       (unsigned long long)*word, (unsigned long long)most))
		return;
	utfs_tx_set(check->arena, word, wanted);
	utfs_check_mend(check, 0);
}

static void settings_check(struct utfs_check *check, uint64_t slot)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t options = UTFS_OPTION_BIT(UTFS_NR_OPTIONS) - 1;
	struct utfs_instance *instance = utfs_instance_at(check->arena, slot);

	setting_check(check, &instance->clock, UTFS_NR_CLOCKS - 1, UTFS_CLOCK_LOCAL, slot,
		      "the clock");
	setting_check(check, &instance->tracing_on, 1, 1, slot, "tracing_on");
	setting_check(check, &instance->paused, 1, 0, slot, "the pause");
	setting_check(check, &instance->buffer_percent, 100, UTFS_DEFAULT_BUFFER_PERCENT, slot,
		      "buffer_percent");
	setting_check(check, &instance->options, options, instance->options & options, slot,
		      "the word of options");
}

/* A name that nobody else has, made from the slot. */
static void name_mend(struct utfs_check *check, uint64_t slot)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_instance *instance = utfs_instance_at(check->arena, slot);
	char name[sizeof(instance->name)] = {0};
	const int n = snprintf(name, sizeof(name), "lost-%llu", (unsigned long long)slot);
	int ret = utfs_tx_reserve(check->arena, sizeof(name) / 8 + 1);

	for (size_t i = 0; !ret && i < sizeof(name); i += 8) {
		uint64_t word;

		memcpy(&word, name + i, sizeof(word));
		utfs_tx_set(check->arena, (uint64_t *)(void *)(instance->name + i), word);
	}
	if (!ret)
		utfs_tx_set(check->arena, &instance->name_bytes, (uint64_t)n);
	utfs_check_mend(check, ret);
}

static void instances_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	(void)utfs_check_word(check, UTFS_DAMAGE_SERIAL, &utfs_instance_at(check->arena, 0)->serial,
			      UTFS_ROOT_SERIAL, "the serial of the root's trace array");
	for (uint64_t slot = 0; slot < check->arena->header->nr_instances; slot++) {
		const struct utfs_instance *instance = utfs_instance_at(check->arena, slot);

		if (slot && !instance->serial)
			continue;
		check->seen.instances++;
		settings_check(check, slot);
		if (slot &&
		    (instance->name_bytes > UTFS_NAME_MAX || instance->name[instance->name_bytes] ||
		     utfs_instance_name_check(instance->name, instance->name_bytes)) &&
		    utfs_check_found(check, UTFS_DAMAGE_NAME, instance->name,
				     "instance %llu has no name that can be read",
				     (unsigned long long)slot))
			name_mend(check, slot);
	}
}

/* Two of one name: the second is found by nobody. */
static void instance_names_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint64_t slot = 1; slot < check->arena->header->nr_instances; slot++) {
		const struct utfs_instance *instance = utfs_instance_at(check->arena, slot);
		uint32_t other;

		if (!instance->serial || instance->name_bytes > UTFS_NAME_MAX ||
		    utfs_instance_find_name(check->arena, instance->name, instance->name_bytes,
					    &other) ||
		    other == slot)
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_NAME, instance->name,
				     "instances %u and %llu have the same name", other,
				     (unsigned long long)slot))
			name_mend(check, slot);
	}
}

/* The instance that utfs_printf() writes to says so in its options, and no other. */
static void printk_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	uint64_t *dest = &check->arena->header->printk_slot;
	const uint64_t bit = UTFS_OPTION_BIT(UTFS_OPTION_TRACE_PRINTK_DEST);

	if (*dest >= check->arena->header->nr_instances ||
	    (*dest && !utfs_instance_at(check->arena, *dest)->serial))
		(void)utfs_check_word(check, UTFS_DAMAGE_SETTING, dest, 0,
				      "the instance for utfs_printf()");
	for (uint64_t slot = 0; slot < check->arena->header->nr_instances; slot++) {
		struct utfs_instance *instance = utfs_instance_at(check->arena, slot);

		if (!slot || instance->serial)
			(void)utfs_check_word(check, UTFS_DAMAGE_SETTING, &instance->options,
					      slot == *dest ? instance->options | bit
							    : instance->options & ~bit,
					      "the word of options");
	}
}

static int uses_drop(struct utfs_check *check, uint64_t index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	struct utfs_proc *proc = utfs_proc_at(check->arena, index);

	utfs_tx_set(check->arena, &proc->uses_offset, 0);
	utfs_tx_set(check->arena, &proc->uses_bytes, 0);
	return 0;
}

/* The events that a process has: a bitmap, of events that there are. What is in that of a dead one means nothing: its events could be removed. */
static void uses_check(struct utfs_check *check, uint64_t index, bool is_dead)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct utfs_proc *proc = utfs_proc_at(check->arena, index);
	const uint64_t bytes = proc->uses_bytes;
	uint64_t *map = utfs_arena_heap_at(check->arena, proc->uses_offset, bytes);

	if (!proc->uses_offset && !bytes)
		return;
	if (!map || bytes < 64 || bytes > UTFS_MAX_EVENTS / 8 || bytes & (bytes - 1)) {
		if (utfs_check_found(check, UTFS_DAMAGE_PROC, proc,
				     "process slot %llu has its list of events at %#llx, %llu "
				     "bytes, which cannot be",
				     (unsigned long long)index,
				     (unsigned long long)proc->uses_offset,
				     (unsigned long long)bytes))
			utfs_check_mend(check, uses_drop(check, index));
		return;
	}
	utfs_check_claim(check,
			 &(struct utfs_claim){.offset = proc->uses_offset,
					      .bytes = utfs_blob_bytes(bytes),
					      .what = "the list of events of the process in slot",
					      .index = index,
					      .drop = uses_drop});
	/* Until it is known that the memory is nobody else's, nothing is written there. */
	for (uint64_t i = 0; i < bytes / 8 && !is_dead && (!check->repair || check->memory_good);
	     i++) {
		uint64_t wanted = map[i];
		int ret = utfs_tx_reserve(check->arena, 1);

		for (uint64_t bits = wanted; bits; bits &= bits - 1) {
			const uint64_t id = 64 * i + (uint64_t)__builtin_ctzll(bits);

			if (id < UTFS_EVENT_ID_FIRST || id >= check->arena->header->nr_events ||
			    !utfs_event_at(check->arena, id)->serial)
				wanted &= ~(UINT64_C(1) << id % 64);
		}
		if (!ret)
			(void)utfs_check_word(check, UTFS_DAMAGE_PROC, &map[i], wanted,
					      "a word of the events that a process has");
	}
}

static int sections_drop(struct utfs_check *check, uint64_t index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	int ret = utfs_tx_reserve(check->arena, 1);

	if (!ret)
		utfs_tx_set(check->arena, &utfs_proc_at(check->arena, index)->sections, 0);
	return ret;
}

/* Where a process says that it is in a section: memory of its own, of which nothing else is to be held. */
static void sections_check(struct utfs_check *check, uint64_t index)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct utfs_proc *proc = utfs_proc_at(check->arena, index);
	const uint64_t bytes = UTFS_SECTIONS * sizeof(struct utfs_section);

	if (!proc->sections)
		return;
	if (proc->kind != UTFS_PROC_FREE &&
	    utfs_arena_heap_at(check->arena, proc->sections, bytes)) {
		utfs_check_claim(check,
				 &(struct utfs_claim){.offset = proc->sections,
						      .bytes = utfs_blob_bytes(bytes),
						      .what = "the sections of the process in slot",
						      .index = index,
						      .drop = sections_drop});
	} else if (utfs_check_found(check, UTFS_DAMAGE_PROC, proc,
				    "process slot %llu has its sections at %#llx, which cannot be",
				    (unsigned long long)index,
				    (unsigned long long)proc->sections)) {
		utfs_check_mend(check, sections_drop(check, index));
	}
}

static void procs_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint64_t i = 0; i < check->arena->header->nr_procs; i++) {
		struct utfs_proc *proc = utfs_proc_at(check->arena, i);
		const bool is_dead =
			check->way != UTFS_CHECK_LIVE || !utfs_proc_alive(check->arena, i);

		if (proc->kind > UTFS_PROC_FRONT_END) {
			(void)utfs_check_word(check, UTFS_DAMAGE_PROC, &proc->kind, UTFS_PROC_FREE,
					      "the kind of a process");
		} else if (proc->kind != UTFS_PROC_FREE) {
			check->seen.procs++;
			check->seen.dead_procs += is_dead;
		}
		sections_check(check, i);
		if (proc->kind != UTFS_PROC_FREE) {
			uses_check(check, i, is_dead);
		} else if ((proc->uses_offset || proc->uses_bytes) &&
			   utfs_check_found(check, UTFS_DAMAGE_PROC, proc,
					    "process slot %llu is free and has a list of events",
					    (unsigned long long)i)) {
			utfs_check_mend(check, uses_drop(check, i));
		}
	}
}

/* Return: NULL, or what is wrong with a pin. */
static const char *pin_fault(const struct utfs_arena *arena, const struct utfs_pin *pin)
	UTFS_REQUIRES(arena->event_mutex)
{
	const uint64_t kind = pin->what >> 32;
	const uint32_t cpu = (uint32_t)pin->what;
	uint32_t slot;

	if (pin->proc > arena->header->nr_procs ||
	    utfs_proc_at(arena, pin->proc - 1)->kind == UTFS_PROC_FREE)
		return "belongs to no process";
	if (utfs_instance_find_serial(arena, pin->instance, &slot))
		return "is of no instance";
	if (kind < UTFS_PIN_OPEN || kind > UTFS_PIN_PAUSE ||
	    (cpu != UTFS_PIN_ALL_CPUS && cpu >= arena->nr_cpus))
		return "is of no known kind";
	return pin->count ? NULL : "is held no time";
}

static void pins_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	for (uint64_t i = 0; i < check->arena->header->nr_pins; i++) {
		struct utfs_pin *pin =
			utfs_arena_element(check->arena, UTFS_REGION_PINS, i, sizeof(*pin));
		const char *fault;

		if (!pin->proc)
			continue;
		fault = pin_fault(check->arena, pin);
		if (!fault) {
			check->seen.pins++;
			check->seen.dead_pins += check->way != UTFS_CHECK_LIVE ||
						 !utfs_proc_alive(check->arena, pin->proc - 1);
		} else if (utfs_check_found(check, UTFS_DAMAGE_PIN, pin, "pin %llu %s",
					    (unsigned long long)i, fault)) {
			utfs_tx_set(check->arena, &pin->proc, 0);
			utfs_check_mend(check, 0);
		}
	}
}

static void changes_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	const uint64_t n = check->arena->header->changes;

	for (uint64_t i = 0; i < UTFS_MAX_CHANGES; i++) {
		struct utfs_change *change = utfs_arena_element(check->arena, UTFS_REGION_CHANGES,
								i, sizeof(struct utfs_change));

		/* A rollback leaves the entry of a change that did not come to be. */
		if (!change->sequence || change->sequence > n ||
		    ((change->sequence - 1) % UTFS_MAX_CHANGES == i &&
		     change->kind >= UTFS_CHANGE_INSTANCE_ADDED &&
		     change->kind <= UTFS_CHANGE_EVENT_REMOVED && !change->name[UTFS_NAME_MAX]))
			continue;
		if (utfs_check_found(check, UTFS_DAMAGE_CHANGE, change,
				     "entry %llu of the changes is none", (unsigned long long)i)) {
			utfs_tx_set(check->arena, &change->sequence, 0);
			utfs_check_mend(check, 0);
		}
	}
}

void utfs_check_arena(struct utfs_check *check)
{
	struct utfs_check_table instances;

	check->seen = (struct utfs_check_seen){0};
	check->halted = !counts_check(check) || !heap_end_check(check);
	if (check->halted)
		return;
	utfs_check_table_ends(check);
	utfs_check_table_get(check->arena, UTFS_HASH_INSTANCES, &instances);
	utfs_check_serials(check, &instances);
	instances_check(check);
	utfs_check_chains(check, &instances);
	instance_names_check(check);
	printk_check(check);
	utfs_check_events(check);
	procs_check(check);
	pins_check(check);
	changes_check(check);
	utfs_check_objects(check);
	utfs_check_cells(check);
	utfs_check_blocks(check);
	utfs_check_event_bits(check);
}

int utfs_check_release(struct utfs_check *check)
{
	if (!check->repair || !check->memory_good || check->left)
		return 0;
	return check->way == UTFS_CHECK_ALONE ? utfs_proc_release_all(check->arena)
					      : utfs_proc_reap(check->arena);
}
