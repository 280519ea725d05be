/* SPDX-License-Identifier: MIT */
/*
 * Every kind of damage: made in an arena that holds everything there is, found by its name in each of the three ways in which a file is
 * looked at, repaired beside others and alone, after which the arena is clean and works.
 */
#include "trace/check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../pin.h"
#include "ring/internal.h"
#include "tree.h"

#define HOPELESS 1U
/* Repaired beside others as well, in which more is at stake: writers, mutexes, a mapping that stays. */
#define LIVE 2U
/* None where nobody lives. */
#define ONLY_LIVE 4U

struct damage {
	const char *name;
	enum utfs_damage kind;
	unsigned int flags;
	void (*make)(struct utfs_arena *arena);
};

static struct utfs_header *h(struct utfs_arena *arena)
{
	return arena->header;
}

static uint32_t event_id(struct utfs_arena *arena, const char *name)
{
	for (uint32_t id = UTFS_EVENT_ID_FIRST; id < arena->header->nr_events; id++) {
		const struct utfs_event_description *d = utfs_arena_heap_at(
			arena, utfs_event_at(arena, id)->description, sizeof(*d));

		if (utfs_event_at(arena, id)->serial &&
		    !strcmp(d->strings + d->system_bytes + 1, name))
			return id;
	}
	fail_msg("no event %s", name);
	return 0;
}

static struct utfs_event_entry *cat(struct utfs_arena *arena)
{
	return utfs_event_at(arena, event_id(arena, "cat"));
}

static struct utfs_event_description *description(struct utfs_arena *arena)
{
	return utfs_arena_heap_at(arena, cat(arena)->description,
				  sizeof(struct utfs_event_description));
}

static struct utfs_event_state *cat_state(struct utfs_arena *arena)
{
	return utfs_event_state_at(arena, event_id(arena, "cat"));
}

static struct utfs_instance *one(struct utfs_arena *arena)
{
	return utfs_instance_at(arena, 1);
}

static struct utfs_system *zoo(struct utfs_arena *arena)
{
	return utfs_system_at(arena, cat(arena)->system);
}

static struct utfs_recorder *recorder(struct utfs_arena *arena)
{
	return utfs_recorder_at(arena, (unsigned int)utfs_instance_at(arena, 0)->recorder - 1);
}

/* The root's first CPU. */
static struct utfs_cpu_buffer *cpu_buffer(struct utfs_arena *arena)
{
	return utfs_cpu_buffer_at(arena, (unsigned int)utfs_instance_at(arena, 0)->recorder - 1, 0);
}

static struct utfs_ring_side *side(struct utfs_arena *arena)
{
	struct utfs_cpu_buffer *cb = cpu_buffer(arena);

	return &cb->sides[utfs_tail_side(cb, cb->tail)];
}

static struct utfs_geometry geometry(struct utfs_arena *arena)
{
	struct utfs_geometry g;

	assert_true(utfs_geometry_get(arena, side(arena), &g));
	return g;
}

static void *object(struct utfs_arena *arena, uint64_t reference)
{
	assert_true(reference);
	return utfs_arena_heap_at(arena, reference & UTFS_REFERENCE_MASK, 8);
}

static struct utfs_filter_table *filters(struct utfs_arena *arena)
{
	return object(arena, cat_state(arena)->filters);
}

static struct utfs_filter_program *filter(struct utfs_arena *arena)
{
	return object(arena, filters(arena)->programs[utfs_instance_at(arena, 0)->recorder - 1]);
}

static struct utfs_event_state *dog_state(struct utfs_arena *arena)
{
	return utfs_event_state_at(arena, event_id(arena, "dog"));
}

static struct utfs_trigger_table *trigger_table(struct utfs_arena *arena)
{
	return object(arena, dog_state(arena)->triggers);
}

static struct utfs_cell *soft_cell(struct utfs_arena *arena)
{
	return utfs_cell_at(arena,
			    trigger_table(arena)->soft[utfs_instance_at(arena, 0)->recorder - 1]);
}

static struct utfs_hist_plan *plan(struct utfs_arena *arena)
{
	return utfs_block_get(arena, arena->header->hist_plans, UTFS_MAGIC_HIST_PLAN);
}

static struct utfs_trigger_list *triggers(struct utfs_arena *arena)
{
	return object(arena, trigger_table(arena)->lists[utfs_instance_at(arena, 0)->recorder - 1]);
}

static struct utfs_pin *pin(struct utfs_arena *arena)
{
	/* Not one that the tree has: it is released at its end. */
	h(arena)->nr_pins = 8;
	return utfs_arena_element(arena, UTFS_REGION_PINS, 7, sizeof(struct utfs_pin));
}

static void pin_set(struct utfs_arena *arena, uint64_t proc, uint64_t instance, uint64_t what,
		    uint64_t count)
{
	*pin(arena) = (struct utfs_pin){proc, instance, what, count};
}

static struct utfs_extent *extent(struct utfs_arena *arena)
{
	for (uint64_t i = 0; i < h(arena)->nr_extents; i++) {
		struct utfs_extent *e =
			utfs_arena_element(arena, UTFS_REGION_EXTENTS, i, sizeof(*e));

		if (e->nr_pages)
			return e;
	}
	fail_msg("no free extent");
	return NULL;
}

static unsigned int class_with_blobs(struct utfs_arena *arena)
{
	unsigned int class = 0;

	while (!h(arena)->free_blobs[class])
		class ++;
	return class;
}

static uint64_t *bucket_of_cat(struct utfs_arena *arena)
{
	const struct utfs_header *header = h(arena);
	uint64_t *buckets = utfs_arena_element(arena, UTFS_REGION_HASHES,
					       UTFS_INSTANCE_BUCKETS + UTFS_SYSTEM_BUCKETS, 8);

	(void)header;
	for (uint32_t i = 0; i < UTFS_EVENT_BUCKETS; i++)
		if (buckets[i] == event_id(arena, "cat"))
			return &buckets[i];
	fail_msg("no bucket");
	return NULL;
}

/* Each damage: DAMAGE(name, what is done to the arena `a`). */
#define DAMAGE(name, ...)                                                                          \
	static void name(struct utfs_arena *a)                                                     \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}

DAMAGE(magic, h(a)->magic++)
DAMAGE(mode, h(a)->mode = 9)
DAMAGE(cpus, h(a)->nr_cpus = 0)
DAMAGE(version, h(a)->abi_version = 77)
DAMAGE(regions, h(a)->region_offset[UTFS_REGION_PINS] += 8)
DAMAGE(present_large, h(a)->present[UTFS_REGION_PINS] = UINT64_MAX)
DAMAGE(present_odd, h(a)->present[UTFS_REGION_SYSTEMS] += 5)
DAMAGE(present_log, h(a)->present[UTFS_REGION_UNDO] = 0)
DAMAGE(events_many, h(a)->nr_events = UINT64_C(1) << 40)
DAMAGE(instances_none, h(a)->nr_instances = 0)
DAMAGE(instances_few, h(a)->nr_instances = 2)
DAMAGE(events_few, h(a)->nr_events--)
DAMAGE(extents_many, h(a)->nr_extents = UTFS_MAX_EXTENTS + 1)
DAMAGE(pins_many, h(a)->nr_pins = UINT64_MAX)
DAMAGE(heap_end_odd, h(a)->heap_end++)
DAMAGE(heap_end_low, h(a)->heap_end = a->region_offset[UTFS_REGION_HEAP] + UTFS_PAGE_BYTES)
DAMAGE(heap_end_high, h(a)->heap_end = a->size_bytes + UTFS_PAGE_BYTES)
DAMAGE(instance_serial, one(a)->serial ^= 0x100000)
DAMAGE(instance_generation, one(a)->generation = 1 << 20)
DAMAGE(event_serial, cat(a)->serial++)
DAMAGE(system_serial, zoo(a)->serial |= 0x8000000)
DAMAGE(root_serial, utfs_instance_at(a, 0)->serial = 7)
DAMAGE(chain_out, *bucket_of_cat(a) = 60000)
DAMAGE(chain_lost, *bucket_of_cat(a) = 0)
DAMAGE(chain_round, cat(a)->hash_next = event_id(a, "cat"))
DAMAGE(chain_wrong, bucket_of_cat(a)[1] = event_id(a, "cat"))
DAMAGE(free_list_live, h(a)->free_instances = 2)
DAMAGE(free_list_lost, h(a)->free_instances = 0)
DAMAGE(list_count, zoo(a)->nr_events = 77)
DAMAGE(list_first, zoo(a)->first_event = 0)
DAMAGE(list_round, cat(a)->sys_next = event_id(a, "cat"))
DAMAGE(list_system, cat(a)->system = 900)
DAMAGE(system_name, zoo(a)->name_offset = 8)
DAMAGE(system_name_long, zoo(a)->name_bytes = 3000)
DAMAGE(instance_name, one(a)->name[0] = '/')
DAMAGE(instance_name_long, one(a)->name_bytes = 1000)
DAMAGE(instance_name_twice, strcpy(utfs_instance_at(a, 2)->name, one(a)->name);
       utfs_instance_at(a, 2)->name_bytes = one(a)->name_bytes)
DAMAGE(clock_number, one(a)->clock = 99)
DAMAGE(options, one(a)->options |= UINT64_C(1) << 50)
DAMAGE(on, one(a)->tracing_on = 7)
DAMAGE(percent, one(a)->buffer_percent = 1000)
DAMAGE(printk, h(a)->printk_slot = 999)
DAMAGE(printk_option, one(a)->options |= UTFS_OPTION_BIT(UTFS_OPTION_TRACE_PRINTK_DEST))
DAMAGE(event_description, cat(a)->description = 8)
DAMAGE(event_bytes, cat(a)->bytes += 8)
DAMAGE(event_text, description(a)->strings[description(a)->system_bytes] = 'x')
DAMAGE(event_name, description(a)->strings[0] = '*')
DAMAGE(event_hash, description(a)->hash ^= 1)
DAMAGE(event_twice,
       memcpy(utfs_arena_heap_at(a, utfs_event_at(a, event_id(a, "dog"))->description, 8),
	      description(a), cat(a)->bytes))
DAMAGE(mask, cat_state(a)->mask |= UINT64_C(1) << 40)
DAMAGE(mask_of_none, *utfs_event_mask(a, 3) = 1)
DAMAGE(filtered, cat_state(a)->filtered ^= UINT64_C(1) << 33)
DAMAGE(gated, h(a)->gated ^= UINT64_C(1) << 33)
DAMAGE(proc_kind, utfs_proc_at(a, 1)->kind = 9; h(a)->nr_procs = 2)
DAMAGE(proc_uses, utfs_proc_at(a, a->proc)->uses_offset = 24;
       utfs_proc_at(a, a->proc)->uses_bytes = 64)
DAMAGE(proc_uses_word,
       *(uint64_t *)utfs_arena_heap_at(a, utfs_proc_at(a, a->proc)->uses_offset, 8) |= 1)
DAMAGE(proc_uses_free, utfs_proc_at(a, 1)->uses_offset = 24; h(a)->nr_procs = 2)
DAMAGE(pin_proc, pin_set(a, 3000, 0, UINT64_C(1) << 32, 1))
DAMAGE(pin_proc_free, pin_set(a, 2, 0, UINT64_C(1) << 32, 1))
DAMAGE(pin_instance, pin_set(a, a->proc + 1, 4711, UINT64_C(1) << 32, 1))
DAMAGE(pin_what, pin_set(a, a->proc + 1, 0, UINT64_C(9) << 32, 1))
DAMAGE(pin_count, pin_set(a, a->proc + 1, 0, UINT64_C(1) << 32, 0))
DAMAGE(change_kind,
       ((struct utfs_change *)utfs_arena_element(a, UTFS_REGION_CHANGES, 0, 0))->kind = 88)
DAMAGE(filters_nowhere, cat_state(a)->filters = 0x1000)
DAMAGE(filters_magic, filters(a)->object.magic++)
DAMAGE(filters_size, filters(a)->object.bytes -= 8)
DAMAGE(filter_text, filter(a)->text = 60000)
DAMAGE(filter_ops, filter(a)->nr_ops = 60000)
DAMAGE(filter_back, filter(a)->ops[0].when_false = 0)
DAMAGE(filter_what, filter(a)->ops[0].what = 99)
DAMAGE(filter_operand, filter(a)->ops[0].operand = 60000; filter(a)->ops[0].operand_bytes = 8)
DAMAGE(triggers_nowhere, dog_state(a)->triggers = 0x1000)
DAMAGE(triggers_many, triggers(a)->nr_triggers = 1000)
DAMAGE(trigger_kind, triggers(a)->triggers[0].kind = 77)
DAMAGE(trigger_program, triggers(a)->triggers[0].program = 60000)
DAMAGE(cells_lost, h(a)->nr_cells++)
DAMAGE(cells_live, h(a)->free_cells = 1)
DAMAGE(cells_out, h(a)->free_cells = 60000)
DAMAGE(cell_stale, trigger_table(a)->soft[utfs_instance_at(a, 0)->recorder - 1] +=
		   UINT64_C(1) << UTFS_REFERENCE_BITS)
DAMAGE(cell_users, soft_cell(a)->link = 7)
DAMAGE(cell_unused, trigger_table(a)->lists[utfs_instance_at(a, 0)->recorder - 1] = 0)
DAMAGE(plans_out, h(a)->hist_plans = 12345)
DAMAGE(plans_round, plan(a)->block.next = h(a)->hist_plans)
DAMAGE(plan_kind, plan(a)->block.magic++)
DAMAGE(plan_map, plan(a)->map++)
DAMAGE(retired_out, h(a)->retired = 12345)
DAMAGE(pids, ((struct utfs_pid_list *)object(a, recorder(a)->gates[UTFS_GATE_PIDS]))->pids[1] = 1)
DAMAGE(pids_many,
       ((struct utfs_pid_list *)object(a, recorder(a)->gates[UTFS_GATE_NO_PIDS]))->nr_pids = 500)
DAMAGE(cpu_set, recorder(a)->gates[UTFS_GATE_CPUS] |= 1)
DAMAGE(error_log, utfs_instance_at(a, 0)->errors += 32)
DAMAGE(error,
       ((struct utfs_error_entry *)object(
		a, ((struct utfs_error_log *)object(a, utfs_instance_at(a, 0)->errors))->errors[0]))
	       ->message_bytes++)
DAMAGE(pending, ((struct utfs_pending_rules *)object(a, one(a)->pending))->nr_rules = 9)
DAMAGE(pending_count, h(a)->nr_pending = 12)
DAMAGE(dead_reference, utfs_instance_at(a, 3)->errors = utfs_instance_at(a, 0)->errors)
DAMAGE(recorder_state, recorder(a)->state = 7)
DAMAGE(recorder_instance, recorder(a)->instance = 50)
DAMAGE(recorder_serial, recorder(a)->instance_serial = 50)
DAMAGE(recorder_config, recorder(a)->config ^= UTFS_CONFIG_OVERWRITE)
DAMAGE(recorder_other, utfs_instance_at(a, 2)->recorder = 1)
DAMAGE(recorder_none, utfs_instance_at(a, 2)->recorder = 1000)
DAMAGE(buffer_first, side(a)->first_page++)
DAMAGE(buffer_pages, side(a)->nr_pages = UINT64_C(1) << 50)
DAMAGE(buffer_base, side(a)->base_sequence = side(a)->next_sequence + 1000)
DAMAGE(tail, cpu_buffer(a)->tail++)
DAMAGE(tail_none, cpu_buffer(a)->tail = 0)
DAMAGE(reader_which, side(a)->reader_which = 5)
DAMAGE(parked, cpu_buffer(a)->sides[utfs_tail_side(cpu_buffer(a), cpu_buffer(a)->tail) ^ 1].parked =
		       ~UINT64_C(0))
DAMAGE(snapshot, recorder(a)->snapshot |= UTFS_SNAPSHOT_ALLOCATED)
DAMAGE(page_length, geometry(a).pages[0].commit |= UTFS_COMMIT_LENGTH_MASK)
DAMAGE(page_count, geometry(a).pages[1].commit ^= UINT64_C(1) << UTFS_COMMIT_LENGTH_BITS)
DAMAGE(page_event, geometry(a).pages[1].data[0] = 29)
DAMAGE(page_sequence, geometry(a).meta[1].sequence += 1000)
DAMAGE(page_sequence_none, geometry(a).meta[0].sequence = 0)
DAMAGE(page_number, geometry(a).meta[1].first_entry += 1000)
DAMAGE(overlap, utfs_proc_at(a, a->proc)->uses_offset = cat(a)->description)
DAMAGE(overlap_objects, recorder(a)->gates[UTFS_GATE_NO_PIDS] = recorder(a)->gates[UTFS_GATE_PIDS])
DAMAGE(free_blob_live, h(a)->free_blobs[2] = cat(a)->description)
DAMAGE(free_blob_out, h(a)->free_blobs[2] = a->size_bytes)
DAMAGE(free_blob_round, *(uint64_t *)utfs_arena_heap_at(a, h(a)->free_blobs[class_with_blobs(a)],
							8) = h(a)->free_blobs[class_with_blobs(a)])
DAMAGE(extent_out, extent(a)->first_page = 1)
DAMAGE(extent_live, extent(a)->first_page = side(a)->first_page)
DAMAGE(leak_blobs, h(a)->free_blobs[class_with_blobs(a)] = 0)
DAMAGE(leak_pages, extent(a)->nr_pages--)

#define ROW(name, kind, flags)                                                                     \
	{                                                                                          \
#name, UTFS_DAMAGE_##kind, flags, name                                             \
	}
static const struct damage damages[] = {
	ROW(magic, IDENTITY, HOPELESS),
	ROW(mode, IDENTITY, HOPELESS),
	ROW(cpus, IDENTITY, HOPELESS),
	ROW(version, IDENTITY, HOPELESS),
	ROW(regions, REGIONS, 0),
	ROW(present_large, COUNT, 0),
	ROW(present_odd, COUNT, 0),
	ROW(present_log, COUNT, 0),
	ROW(events_many, COUNT, LIVE),
	ROW(instances_none, COUNT, 0),
	ROW(instances_few, COUNT, 0),
	ROW(events_few, COUNT, 0),
	ROW(extents_many, COUNT, 0),
	ROW(pins_many, COUNT, 0),
	ROW(heap_end_odd, COUNT, 0),
	ROW(heap_end_low, COUNT, LIVE),
	ROW(heap_end_high, COUNT, 0),
	ROW(instance_serial, SERIAL, LIVE),
	ROW(instance_generation, SERIAL, 0),
	ROW(event_serial, SERIAL, 0),
	ROW(system_serial, SERIAL, 0),
	ROW(root_serial, SERIAL, 0),
	ROW(chain_out, CHAIN, 0),
	ROW(chain_lost, CHAIN, 0),
	ROW(chain_round, CHAIN, LIVE),
	ROW(chain_wrong, CHAIN, 0),
	ROW(free_list_live, CHAIN, 0),
	ROW(free_list_lost, CHAIN, 0),
	ROW(list_count, SYSTEM_LIST, 0),
	ROW(list_first, SYSTEM_LIST, 0),
	ROW(list_round, SYSTEM_LIST, LIVE),
	ROW(list_system, SYSTEM_LIST, 0),
	ROW(system_name, NAME, LIVE),
	ROW(system_name_long, NAME, 0),
	ROW(instance_name, NAME, 0),
	ROW(instance_name_long, NAME, 0),
	ROW(instance_name_twice, NAME, 0),
	ROW(clock_number, SETTING, 0),
	ROW(options, SETTING, 0),
	ROW(on, SETTING, 0),
	ROW(percent, SETTING, 0),
	ROW(printk, SETTING, 0),
	ROW(printk_option, SETTING, 0),
	ROW(event_description, EVENT, LIVE),
	ROW(event_bytes, EVENT, 0),
	ROW(event_text, EVENT, 0),
	ROW(event_name, EVENT, 0),
	ROW(event_twice, EVENT, 0),
	ROW(event_hash, NAME, 0),
	ROW(mask, EVENT_BITS, LIVE),
	ROW(mask_of_none, EVENT_BITS, 0),
	ROW(filtered, EVENT_BITS, 0),
	ROW(gated, EVENT_BITS, 0),
	ROW(proc_kind, PROC, 0),
	ROW(proc_uses, PROC, LIVE),
	ROW(proc_uses_word, PROC, LIVE | ONLY_LIVE),
	ROW(proc_uses_free, PROC, 0),
	ROW(pin_proc, PIN, 0),
	ROW(pin_proc_free, PIN, LIVE),
	ROW(pin_instance, PIN, 0),
	ROW(pin_what, PIN, 0),
	ROW(pin_count, PIN, 0),
	ROW(change_kind, CHANGE, 0),
	ROW(filters_nowhere, OBJECT, LIVE),
	ROW(filters_magic, OBJECT, 0),
	ROW(filters_size, OBJECT, 0),
	ROW(filter_text, OBJECT, 0),
	ROW(filter_ops, OBJECT, 0),
	ROW(filter_back, OBJECT, 0),
	ROW(filter_what, OBJECT, 0),
	ROW(filter_operand, OBJECT, 0),
	ROW(triggers_nowhere, OBJECT, 0),
	ROW(triggers_many, OBJECT, 0),
	ROW(trigger_kind, OBJECT, 0),
	ROW(trigger_program, OBJECT, 0),
	ROW(cells_lost, CELL, 0),
	ROW(cells_live, CELL, LIVE),
	ROW(cells_out, CELL, 0),
	ROW(cell_stale, CELL, 0),
	ROW(cell_users, CELL, LIVE),
	ROW(cell_unused, CELL, LIVE),
	ROW(plans_out, OBJECT, LIVE),
	ROW(plans_round, OBJECT, LIVE),
	ROW(plan_kind, OBJECT, LIVE),
	ROW(plan_map, OBJECT, LIVE),
	ROW(retired_out, OBJECT, LIVE),
	ROW(pids, OBJECT, LIVE),
	ROW(pids_many, OBJECT, 0),
	ROW(cpu_set, OBJECT, 0),
	ROW(error_log, OBJECT, 0),
	ROW(error, OBJECT, 0),
	ROW(pending, OBJECT, 0),
	ROW(pending_count, COUNT, 0),
	ROW(dead_reference, OBJECT, 0),
	ROW(recorder_state, RECORDER, LIVE),
	ROW(recorder_instance, RECORDER, LIVE),
	ROW(recorder_serial, RECORDER, 0),
	ROW(recorder_config, SETTING, 0),
	ROW(recorder_other, RECORDER, 0),
	ROW(recorder_none, RECORDER, 0),
	ROW(buffer_first, RECORDER, LIVE),
	ROW(buffer_pages, RECORDER, LIVE),
	ROW(buffer_base, RECORDER, 0),
	ROW(tail, BUFFER, LIVE),
	ROW(tail_none, BUFFER, LIVE),
	ROW(reader_which, BUFFER, LIVE),
	ROW(parked, BUFFER, LIVE),
	ROW(snapshot, BUFFER, LIVE),
	ROW(page_length, PAGE, LIVE),
	ROW(page_count, PAGE, 0),
	ROW(page_event, PAGE, LIVE),
	ROW(page_sequence, PAGE, LIVE),
	ROW(page_sequence_none, PAGE, 0),
	ROW(page_number, PAGE, LIVE),
	ROW(overlap, OVERLAP, LIVE),
	ROW(overlap_objects, OVERLAP, LIVE),
	ROW(free_blob_live, FREE_MEMORY, LIVE),
	ROW(free_blob_out, FREE_MEMORY, 0),
	ROW(free_blob_round, FREE_MEMORY, LIVE),
	ROW(extent_out, FREE_MEMORY, 0),
	ROW(extent_live, FREE_MEMORY, LIVE),
	ROW(leak_blobs, LEAK, LIVE),
	ROW(leak_pages, LEAK, LIVE),
};

/* An arena with everything in it: slots 1 and 2 are instances, 3 is free; three pages of events on the first CPU. */
static void fill(struct tree *tree)
{
	static const char *const writes[][2] = {
		{"events/enable", "1"},
		{"events/zoo/cat/filter", "n > 5 && n != 7"},
		{"events/zoo/dog/filter", "n == 3"},
		{"events/zoo/dog/trigger", "traceoff:3 if n == 999999"},
		{"set_event_pid", "1000000 1000001"},
		{"set_event_notrace_pid", "1000002 1000003"},
		{"tracing_cpumask", "1"},
		{"instances/one/pending_events", "zoo:* enable\n"},
		{"instances/one/events/zoo/cat/enable", "1"},
		{"buffer_size_kb", "64"},
		{"synthetic_events", "made u32 n"},
		{"events/park/tree/trigger", "hist:keys=common_pid:size=128"},
		{"instances/one/snapshot", "1"},
	};
	struct utfs_arena *arena = &tree->trace->arena;
	uint32_t id;

	assert_int_equal(tree_mkdir(tree, "instances/one"), 0);
	assert_int_equal(tree_mkdir(tree, "instances/two"), 0);
	assert_int_equal(tree_mkdir(tree, "instances/three"), 0);
	assert_int_equal(tree_rmdir(tree, "instances/three"), 0);
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++)
		if (tree_write(tree, writes[i][0], writes[i][1]) < 0)
			fail_msg("%s", writes[i][0]);
	assert_true(tree_append(tree, "events/park/tree/filter", "no such") < 0);
	id = event_id(arena, "cat");
	for (uint32_t n = 0; n < 600; n++)
		(void)tree_emit(tree, id, n, -1);
	assert_true(utfs_tail_sequence(cpu_buffer(arena)->tail) > 3);
	assert_int_equal(utfs_tx_begin(arena), 0);
	assert_int_equal(utfs_tx_end(arena, utfs_proc_use_event(arena, id, true)), 0);
}

static bool found(const struct utfs_trace_check *result, enum utfs_damage kind)
{
	for (uint64_t i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].kind, utfs_damage_name(kind)))
			return true;
	return false;
}

static void said(const struct utfs_trace_check *result)
{
	for (uint64_t i = 0; i < result->nr_findings; i++)
		print_message("    %#llx %s: %s (%d)\n",
			      (unsigned long long)result->findings[i].offset,
			      result->findings[i].kind, result->findings[i].text,
			      result->findings[i].state);
}

/* Looks without repairing; the damage is among what is found. */
static void look(const struct tree *tree, const struct damage *damage, enum utfs_check_way way)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];
	int ret = utfs_trace_check(tree->directory, false, &result, why);

	if (ret || result.way != way || !found(&result, damage->kind) || !result.nr_left) {
		said(&result);
		fail_msg("%s, way %d: %d %s", damage->name, way, ret, why);
	}
	utfs_trace_check_free(&result);
}

static void clean(const struct tree *tree, const char *name)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];
	int ret = utfs_trace_check(tree->directory, false, &result, why);

	if (ret || result.nr_findings) {
		said(&result);
		fail_msg("%s: not clean: %d %s", name, ret, why);
	}
	utfs_trace_check_free(&result);
}

static void repair(const struct tree *tree, const struct damage *damage, enum utfs_check_way way)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];
	int ret = utfs_trace_check(tree->directory, true, &result, why);

	if (ret || result.way != way || !found(&result, damage->kind) ||
	    !result.nr_left != !(damage->flags & HOPELESS)) {
		said(&result);
		fail_msg("%s, repaired in way %d: %d %s", damage->name, way, ret, why);
	}
	utfs_trace_check_free(&result);
}

/* The arena works: everything that people and programs do. */
static void works(struct tree *tree)
{
	uint32_t id = tree_register(tree, "new", "born", true);

	assert_true(tree_write(tree, "tracing_cpumask", "1") > 0);
	assert_true(tree_write(tree, "set_event_pid", " ") >= 0);
	assert_true(tree_write(tree, "set_event_notrace_pid", " ") >= 0);
	assert_true(tree_write(tree, "trace", "") >= 0);
	assert_true(tree_write(tree, "events/enable", "1") > 0);
	assert_true(tree_emit(tree, id, 77, -1) >= 1);
	assert_int_equal(tree_count(tree, "trace", "n=77"), 1);
	assert_int_equal(tree_mkdir(tree, "instances/works"), 0);
	assert_true(tree_write(tree, "instances/works/events/enable", "1") > 0);
	assert_int_equal(tree_rmdir(tree, "instances/works"), 0);
}

static void reopen(struct tree *tree)
{
	char why[UTFS_TRACE_WHY_BYTES];

	if (utfs_trace_open(tree->directory, &tree->trace, why))
		fail_msg("%s", why);
	tree->fs = utfs_trace_fs(tree->trace);
}

/* A file that only lies there: what a process that is gone has left. */
static void abandon(struct tree *tree)
{
	struct utfs_trace *trace = tree->trace;

	eventfs_destroy(trace->fs);
	munmap(trace->arena.header, trace->arena.size_bytes);
	close(trace->arena.fd);
	free(trace->directory);
	free(trace);
	tree->trace = NULL;
}

/* Of every word that is not 0: what was only allocated reads as zeros, before and after somebody looked at it. */
static uint64_t digest(const struct tree *tree)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325), words[512];
	char path[128];
	off_t at = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/arena", tree->directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		assert_int_equal(pread(fd, words, sizeof(words), at), sizeof(words));
		for (size_t i = 0; i < 512; i++)
			if (words[i])
				hash = (hash ^ words[i] ^ ((uint64_t)at + i)) *
				       UINT64_C(0x100000001b3);
		at += sizeof(words);
	}
	close(fd);
	return hash;
}

static void one_damage(const struct damage *damage, bool live)
{
	struct tree tree;
	uint64_t before;

	tree_open(&tree);
	fill(&tree);
	clean(&tree, "before");
	damage->make(&tree.trace->arena);
	if (live) {
		look(&tree, damage, UTFS_CHECK_LIVE);
		repair(&tree, damage, UTFS_CHECK_LIVE);
	} else {
		abandon(&tree);
		before = digest(&tree);
		look(&tree, damage, UTFS_CHECK_COPY);
		assert_int_equal(digest(&tree), before);
		repair(&tree, damage,
		       damage->flags & HOPELESS ? UTFS_CHECK_COPY : UTFS_CHECK_ALONE);
		if (!(damage->flags & HOPELESS)) {
			clean(&tree, damage->name);
			reopen(&tree);
		}
	}
	if (!(damage->flags & HOPELESS)) {
		clean(&tree, damage->name);
		works(&tree);
		clean(&tree, damage->name);
	}
	if (tree.trace)
		utfs_trace_close(tree.trace);
	tree.trace = NULL;
	tree_close(&tree);
}

static void alone(void **state)
{
	one_damage(*state, false);
}

static void beside_others(void **state)
{
	one_damage(*state, true);
}

/* Somebody attaches to the arena and has gone again. */
static void visit(const char *directory)
{
	pid_t pid = fork();
	int status = 1;

	if (!pid) {
		char why[UTFS_TRACE_WHY_BYTES];
		struct utfs_trace *trace;

		_exit(utfs_trace_open(directory, &trace, why) != 0);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_int_equal(status, 0);
}

/* Who looks at a copy, because nobody was there, notices those who were there meanwhile. */
static void who_came_and_went_is_noticed(void **state)
{
	struct tree tree;

	(void)state;
	tree_open(&tree);
	abandon(&tree);
	for (int visits = 0; visits < 2; visits++) {
		struct utfs_check check = {.fd = -1};
		struct utfs_arena arena;
		char why[UTFS_WHY_BYTES];

		assert_int_equal(utfs_check_open(&check, &arena, tree.directory, why), 0);
		assert_int_equal(check.way, UTFS_CHECK_COPY);
		if (visits)
			visit(tree.directory);
		assert_int_equal(utfs_check_close(&check), visits ? -EAGAIN : 0);
	}
	tree_close(&tree);
}

/* Triggers of every kind there is, in two lists that share the other event's cell, are no damage. */
static void every_kind_of_trigger_is_good(void **state)
{
	static const char *const triggers[] = {"cat traceon:3",
					       "cat snapshot",
					       "cat stacktrace if n == 3",
					       "cat enable_event:zoo:dog",
					       "cat enable_hist:zoo:dog",
					       "cat hist:keys=n",
					       "dog traceoff",
					       "dog disable_event:zoo:cat:2",
					       "dog disable_hist:zoo:cat"};
	char path[64], text[64];
	struct tree tree;

	(void)state;
	tree_open(&tree);
	for (size_t i = 0, n = sizeof(triggers) / sizeof(*triggers); i < 2 * n; i++) {
		snprintf(path, sizeof(path), "events/zoo/%.3s/trigger", triggers[i % n]);
		snprintf(text, sizeof(text), "%s%s", i < n ? "" : "!", triggers[i % n] + 4);
		if (tree_append(&tree, path, text) != (ssize_t)strlen(text))
			fail_msg("%s", text);
		clean(&tree, text);
	}
	tree_close(&tree);
}

/* An event that only a dead process had can go, and that one still has it in its list. */
static void what_the_dead_had_may_be_gone(void **state)
{
	struct utfs_trace_check result;
	char why[UTFS_WHY_BYTES];
	struct tree tree, other;
	uint32_t id;

	(void)state;
	tree_open(&tree);
	other = tree;
	reopen(&other);
	id = tree_register(&other, "zoo", "dodo", true);
	assert_int_equal(utfs_tx_begin(&other.trace->arena), 0);
	assert_int_equal(utfs_tx_end(&other.trace->arena,
				     utfs_proc_use_event(&other.trace->arena, id, true)),
			 0);
	assert_int_equal(tree_append(&tree, "dynamic_events", "-:zoo/dodo"), -EBUSY);
	abandon(&other);
	assert_int_equal(tree_append(&tree, "dynamic_events", "-:zoo/dodo"), 10);
	assert_int_equal(utfs_trace_check(tree.directory, false, &result, why), 0);
	said(&result);
	assert_int_equal(result.nr_findings, 0);
	assert_int_equal(result.seen.dead_procs, 1);
	utfs_trace_check_free(&result);
	tree_close(&tree);
}

/* A test for each damage, or for each way to repair it. */
static size_t tests_make(struct CMUnitTest *tests)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		const struct damage *damage = &damages[i];

		if (!(damage->flags & ONLY_LIVE))
			tests[n++] = (struct CMUnitTest){.name = damage->name,
							 .test_func = alone,
							 .initial_state = (void *)damage};
		if (damage->flags & LIVE)
			tests[n++] = (struct CMUnitTest){.name = damage->name,
							 .test_func = beside_others,
							 .initial_state = (void *)damage};
	}
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(every_kind_of_trigger_is_good);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(what_the_dead_had_may_be_gone);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(who_came_and_went_is_noticed);
	return n;
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[2 * sizeof(damages) / sizeof(*damages) + 3];
	const size_t n = tests_make(tests);

	/* All events are the first CPU's. */
	if (pin_cpu(0))
		return 77;
	setenv("UTRACEFS_ARENA_SIZE", "64M", 1);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests("damage", tests, n, NULL, NULL);
}
