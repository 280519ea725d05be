/* SPDX-License-Identifier: MIT */
/* What the arena layer keeps, in a dump. Refusals are counted without a transaction: their number is not in it. */
#include <stdlib.h>
#include <string.h>

#include "crash.h"

#define ULL(x) ((unsigned long long)(x))

static int extent_order(const void *a, const void *b)
{
	const struct utfs_extent *x = a, *y = b;

	return x->first_page < y->first_page ? -1 : x->first_page > y->first_page;
}

/* Sorted and joined: how free pages are split is nobody's business. */
static void dump_extents(struct utfs_arena *arena, struct crash_text *text)
{
	const uint64_t n = arena->header->nr_extents;
	const uint64_t end = arena->header->heap_end / UTFS_PAGE_BYTES;
	struct utfs_extent *sorted = calloc(n + 1, sizeof(*sorted)), run = {0, 0};
	size_t m = 0;

	for (uint64_t i = 0; sorted && i < n; i++) {
		const struct utfs_extent *extent =
			utfs_arena_element(arena, UTFS_REGION_EXTENTS, i, sizeof(*extent));

		if (extent->nr_pages)
			sorted[m++] = *extent;
	}
	if (sorted)
		qsort(sorted, m, sizeof(*sorted), extent_order);
	crash_print(text, "heap_end %llu\n", ULL(arena->header->heap_end));
	for (size_t i = 0; i < m; i++) {
		if (run.nr_pages && sorted[i].first_page < run.first_page + run.nr_pages)
			crash_broken(text, "free pages %llu overlap", ULL(sorted[i].first_page));
		if (run.nr_pages && sorted[i].first_page == run.first_page + run.nr_pages) {
			run.nr_pages += sorted[i].nr_pages;
			continue;
		}
		if (run.nr_pages)
			crash_print(text, "free pages %llu + %llu\n", ULL(run.first_page),
				    ULL(run.nr_pages));
		run = sorted[i];
	}
	if (run.nr_pages)
		crash_print(text, "free pages %llu + %llu\n", ULL(run.first_page),
			    ULL(run.nr_pages));
	if (run.first_page + run.nr_pages > end)
		crash_broken(text, "free pages behind the heap's end");
	free(sorted);
}

#define SECTIONS_BYTES (UTFS_SECTIONS * sizeof(struct utfs_section))

static void dump_blobs(struct utfs_arena *arena, struct crash_text *text)
{
	for (unsigned int class = 0; class < UTFS_BLOB_CLASSES; class ++) {
		uint64_t at = arena->header->free_blobs[class], hash = 0, n = 0;
		const size_t bytes = (size_t)32 << class;

		while (at && n < 100000) {
			const uint64_t *blob = utfs_arena_heap_at(arena, at, 32ULL << class);

			if (!blob || at % 16) {
				crash_broken(text, "blob list %u is damaged", class);
				break;
			}
			hash = hash * 31 + at;
			n++;
			at = *blob;
		}
		/* Who takes over the slot of a dead application has its own sections before that one's are free. */
		if (n)
			crash_print(text, "blobs %u: %llu\n%sthey are %llx\n", 32U << class, ULL(n),
				    bytes == SECTIONS_BYTES ? "~" : "", ULL(hash));
		if (n == 100000)
			crash_broken(text, "blob list %u is a ring", class);
	}
}

static void dump_uses(struct utfs_arena *arena, struct crash_text *text,
		      const struct utfs_proc *proc)
{
	const uint64_t *map = utfs_arena_heap_at(arena, proc->uses_offset, proc->uses_bytes);

	if (!proc->uses_offset)
		return;
	if (!map) {
		crash_broken(text, "bitmap out of the heap");
		return;
	}
	crash_print(text, " uses %llu bytes at %llx:", ULL(proc->uses_bytes),
		    ULL(proc->uses_offset));
	for (uint64_t id = 0; id < proc->uses_bytes * 8; id++)
		if (map[id / 64] & UINT64_C(1) << id % 64)
			crash_print(text, " %llu", ULL(id));
}

static void dump_procs(struct utfs_arena *arena, struct crash_text *text)
{
	for (uint64_t i = 0; i < arena->header->nr_procs; i++) {
		const struct utfs_proc *proc = utfs_proc_at(arena, i);

		crash_print(text, "proc %llu kind %llu", ULL(i), ULL(proc->kind));
		dump_uses(arena, text, proc);
		crash_print(text, "\n~proc %llu serial %llu\n", ULL(i), ULL(proc->serial));
		if (proc->kind == UTFS_PROC_FREE && (proc->uses_offset || proc->sections))
			crash_broken(text, "a free slot has a bitmap, or sections");
	}
}

/* What a plan says, but for where it stands: each block that is made has another serial. */
static uint64_t plan_digest(const struct utfs_hist_plan *plan)
{
	const uint32_t begin = offsetof(struct utfs_hist_plan, instance_serial);
	uint64_t digest = UINT64_C(0xcbf29ce484222325);
	struct utfs_hist_plan *copy = malloc(plan->bytes);

	if (!copy)
		return 0;
	memcpy(copy, plan, plan->bytes);
	for (unsigned int i = 0; i < UTFS_HIST_REFS_MAX; i++)
		copy->refs[i].plan &= UTFS_BLOCK_PAGE_MASK;
	for (uint32_t i = begin; i < plan->bytes; i++)
		digest = (digest ^ ((const unsigned char *)copy)[i]) * UINT64_C(0x100000001b3);
	free(copy);
	return digest;
}

/* Histograms by their places and what they count; what is retired is as good as freed. */
static void dump_blocks(struct utfs_arena *arena, struct crash_text *text)
{
	uint64_t at = 0, n = 0;

	while (n++ < 100000 && utfs_hist_plan_next(arena, &at)) {
		const struct utfs_hist_plan *plan = utfs_block_get(arena, at, UTFS_MAGIC_HIST_PLAN);

		crash_print(text,
			    "histogram at page %llu of event %llu says %016llx paused %llu, map at "
			    "%llu\n",
			    ULL(at & UTFS_BLOCK_PAGE_MASK), ULL(plan->event_serial),
			    ULL(plan_digest(plan)), ULL(plan->paused),
			    ULL(plan->map & UTFS_BLOCK_PAGE_MASK));
		if (!utfs_block_get(arena, plan->map, UTFS_MAGIC_HIST_MAP))
			crash_broken(text, "a histogram without a map");
		for (uint64_t gone = arena->header->retired, m = 0; gone && m < 100000; m++) {
			const struct utfs_block *block = utfs_arena_heap_at(
				arena, (gone & UTFS_BLOCK_PAGE_MASK) * UTFS_PAGE_BYTES,
				sizeof(*block));

			if (gone == at || gone == plan->map)
				crash_broken(text, "a histogram that is in use is retired");
			gone = block ? block->next : 0;
		}
	}
	if (n >= 100000)
		crash_broken(text, "the list of histograms is a ring");
	crash_print(text, "retired: %s\n", arena->header->retired ? "some" : "none");
}

static void dump_pins(struct utfs_arena *arena, struct crash_text *text)
{
	for (uint64_t i = 0; i < arena->header->nr_pins; i++) {
		const struct utfs_pin *pin =
			utfs_arena_element(arena, UTFS_REGION_PINS, i, sizeof(*pin));

		if (!pin->proc)
			continue;
		crash_print(text, "pin %llu: proc %llu instance %llx what %llx count %llu\n",
			    ULL(i), ULL(pin->proc - 1), ULL(pin->instance), ULL(pin->what),
			    ULL(pin->count));
		if (utfs_proc_at(arena, pin->proc - 1)->kind == UTFS_PROC_FREE)
			crash_broken(text, "pin %llu belongs to nobody", ULL(i));
	}
}

static void dump_errors(struct utfs_arena *arena, struct crash_text *text, uint32_t slot)
{
	const struct utfs_error_entry *error;

	for (unsigned int n = 0; (error = utfs_errors_get(arena, slot, n)); n++)
		crash_print(
			text, "  error %u: '%.*s' at %u\n", n,
			(int)(error->location_bytes + error->message_bytes + error->command_bytes),
			error->texts, error->position);
	if (utfs_instance_at(arena, slot)->errors)
		crash_print(text, "  an error log\n");
	for (const struct utfs_pending_rule *rule = NULL;
	     (rule = utfs_pending_next(arena, slot, rule));)
		crash_print(text, "  pending '%.*s' %u\n", (int)rule->text_bytes, rule->text,
			    rule->program);
}

static void dump_instances(struct utfs_arena *arena, struct crash_text *text)
{
	uint64_t pending = 0;

	crash_print(text, "free_instances %llu\n", ULL(arena->header->free_instances));
	for (uint32_t i = 0; i < arena->header->nr_instances; i++)
		pending += !!utfs_instance_at(arena, i)->pending;
	if (pending != arena->header->nr_pending)
		crash_broken(text, "%llu instances have rules, not %llu", ULL(pending),
			     ULL(arena->header->nr_pending));
	for (uint32_t i = 0; i < arena->header->nr_instances; i++) {
		const struct utfs_instance *at = utfs_instance_at(arena, i);
		uint32_t slot = 0;

		crash_print(text, "instance %u generation %llu", i, ULL(at->generation));
		if (i && !at->serial) {
			crash_print(text, " free\n");
			continue;
		}
		crash_print(text,
			    " '%.*s' serial %llx recorder %llu kb %llu options %llx clock %llu on "
			    "%llu percent %llu latency %llu paused %llu\n",
			    (int)at->name_bytes, at->name, ULL(at->serial), ULL(at->recorder),
			    ULL(at->buffer_kb), ULL(at->options), ULL(at->clock),
			    ULL(at->tracing_on), ULL(at->buffer_percent), ULL(at->max_latency_ns),
			    ULL(at->paused));
		dump_errors(arena, text, i);
		if (i &&
		    (utfs_instance_find_name(arena, at->name, at->name_bytes, &slot) || slot != i))
			crash_broken(text, "instance %u is not found by its name", i);
		if (utfs_instance_find_serial(arena, at->serial, &slot) || slot != i)
			crash_broken(text, "instance %u is not found by its serial", i);
	}
}

static uint64_t cell_value(struct utfs_arena *arena, struct crash_text *text, uint64_t reference)
{
	uint64_t value = 0;

	if (reference && !utfs_cell_read(arena, reference, &value))
		crash_broken(text, "cell %llx is another one's", ULL(reference));
	return value;
}

/* Of a histogram the place, where dump_blocks() says what there is: who does it again has a block of another serial. */
static uint64_t trigger_operand(const struct utfs_trigger *trigger)
{
	return trigger->kind == UTFS_TRIGGER_HIST ? trigger->operands[0] & UTFS_BLOCK_PAGE_MASK
						  : trigger->operands[0];
}

/* Return: the recorders that have something about triggers to evaluate. */
static uint64_t dump_triggers(struct utfs_arena *arena, struct crash_text *text, uint32_t id)
{
	const uint64_t mask = *utfs_event_mask(arena, id);
	uint64_t any = 0;

	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++) {
		const struct utfs_event_recording recording =
			utfs_event_recording_get(arena, id, r);
		const struct utfs_trigger_list *list = utfs_triggers_get(arena, id, r);

		if (recording.soft)
			crash_print(text, "  soft %u: %s\n", r,
				    recording.disabled ? "disabled" : "enabled");
		if (recording.soft && !(mask >> r & 1))
			crash_broken(text, "event %u has triggers and is not asked", id);
		if (list && !recording.soft)
			crash_broken(text, "event %u has triggers and is not soft", id);
		any |= recording.soft ? UINT64_C(1) << r : 0;
		for (uint32_t i = 0; list && i < list->nr_triggers; i++)
			crash_print(text,
				    "  trigger %u: kind %u count %llu left %llu operand %llx\n", r,
				    list->triggers[i].kind, ULL(list->triggers[i].count),
				    ULL(cell_value(arena, text, list->triggers[i].counter)),
				    ULL(trigger_operand(&list->triggers[i])));
	}
	return any;
}

static void dump_cells(struct utfs_arena *arena, struct crash_text *text)
{
	uint64_t at = arena->header->free_cells, n = 0;

	crash_print(text, "cells %llu, first free %llu\n", ULL(arena->header->nr_cells), ULL(at));
	for (; at && n <= UTFS_MAX_CELLS; n++) {
		const struct utfs_cell *cell;

		if (at > arena->header->nr_cells) {
			crash_broken(text, "the list of free cells is damaged");
			return;
		}
		cell = utfs_arena_element(arena, UTFS_REGION_CELLS, at - 1, sizeof(*cell));
		at = cell->link;
	}
	crash_print(text, "free cells %llu\n", ULL(n));
}

/* What an event's words say of its filters, and that `filtered` says so, too. */
static void dump_filters(struct utfs_arena *arena, struct crash_text *text, uint32_t id)
{
	const struct utfs_event_state *state = utfs_event_state_at(arena, id);
	uint64_t filtered = arena->header->gated;
	uint32_t bytes;

	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++) {
		const struct utfs_filter_program *program = utfs_filter_get(arena, id, r, &bytes);

		filtered |= utfs_triggers_any(arena, id, r) ? UINT64_C(1) << r : 0;
		if (!program)
			continue;
		crash_print(text, "  filter %u: %u ops '%.*s'\n", r, program->nr_ops,
			    (int)program->text_bytes, (const char *)program + program->text);
		filtered |= program->nr_ops ? UINT64_C(1) << r : 0;
	}
	crash_print(text, "  filtered %llx %s\n", ULL(state->filtered),
		    state->filters ? "with a table" : "");
	filtered |= dump_triggers(arena, text, id);
	if (state->filtered != filtered)
		crash_broken(text, "event %u is filtered by %llx", id, ULL(filtered));
}

static void dump_gates(struct utfs_arena *arena, struct crash_text *text)
{
	crash_print(text, "gated %llx\n", ULL(arena->header->gated));
	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++) {
		const struct utfs_recorder *at =
			utfs_arena_element(arena, UTFS_REGION_RECORDERS, r, sizeof(*at));
		uint32_t bytes;

		for (unsigned int gate = 0; gate < UTFS_NR_GATES; gate++) {
			const bool cpus = gate == UTFS_GATE_CPUS;
			const void *list =
				utfs_object_get(arena, at->gates[gate],
						cpus ? UTFS_MAGIC_CPUS : UTFS_MAGIC_PIDS, &bytes);

			if (list && cpus)
				crash_print(text, "gate %u of %u: CPUs %llx\n", gate, r,
					    ULL(((const struct utfs_cpu_set *)list)->words[0]));
			else if (list)
				crash_print(text, "gate %u of %u: %u\n", gate, r,
					    ((const struct utfs_pid_list *)list)->pids[0]);
			if (!list != !at->gates[gate])
				crash_broken(text, "gate %u of %u is damaged", gate, r);
		}
	}
}

static void dump_event(struct utfs_arena *arena, struct crash_text *text, uint32_t id)
{
	const struct utfs_event_entry *at = utfs_event_at(arena, id);
	struct utfs_event_strings s;
	uint32_t found = 0;

	if (utfs_event_strings_get(arena, id, &s)) {
		crash_broken(text, "event %u has no description", id);
		return;
	}
	crash_print(text,
		    "  event %u serial %llx %s:%s '%s' '%s' bytes %u flags %x conflicts %llu mask "
		    "%llx\n",
		    id, ULL(at->serial), s.system, s.name, s.fields, s.print_fmt, s.record_bytes,
		    s.flags, ULL(at->conflicts), ULL(*utfs_event_mask(arena, id)));
	dump_filters(arena, text, id);
	if (utfs_event_find(arena, s.system, s.system_bytes, s.name, s.name_bytes, &found) ||
	    found != id)
		crash_broken(text, "event %u is not found by its name", id);
	if (utfs_event_find_serial(arena, at->serial, &found) || found != id)
		crash_broken(text, "event %u is not found by its serial", id);
}

static void dump_systems(struct utfs_arena *arena, struct crash_text *text)
{
	uint64_t live = 0;

	crash_print(text, "free_systems %llu free_events %llu\n", ULL(arena->header->free_systems),
		    ULL(arena->header->free_events));
	for (uint32_t i = 1; i < arena->header->nr_systems; i++) {
		const struct utfs_system *at = utfs_system_at(arena, i);
		uint32_t index = 0, id = 0, last = 0;
		uint64_t n = 0;
		size_t bytes;
		const char *name;

		crash_print(text, "system %u generation %llu", i, ULL(at->generation));
		if (!at->serial) {
			crash_print(text, " free\n");
			continue;
		}
		name = utfs_system_name(arena, i, &bytes);
		crash_print(text, " '%s' serial %llx\n", name ? name : "?", ULL(at->serial));
		if (!name || utfs_system_find(arena, name, bytes, &index) || index != i)
			crash_broken(text, "system %u is not found by its name", i);
		while (utfs_event_next(arena, i, id, &id)) {
			dump_event(arena, text, id);
			if (id <= last)
				crash_broken(text, "events are not in order");
			last = id;
			n++;
		}
		if (n != at->nr_events || last != at->last_event || !n)
			crash_broken(text, "system %u counts %llu events and has %llu", i,
				     ULL(at->nr_events), ULL(n));
		live += n;
	}
	for (uint32_t id = UTFS_EVENT_ID_FIRST; id < arena->header->nr_events; id++) {
		crash_print(text, "id %u generation %llu\n", id,
			    ULL(utfs_event_at(arena, id)->generation));
		live -= !!utfs_event_at(arena, id)->serial;
	}
	if (live)
		crash_broken(text, "events without a system");
}

/* What kinds-arena.c has noted: pages, which hold their own number, and blobs. */
static void dump_notes(struct utfs_arena *arena, struct crash_text *text)
{
	const struct utfs_instance *root = utfs_instance_at(arena, 0);

	for (size_t i = 0; i < sizeof(root->reserved) / sizeof(*root->reserved); i++) {
		uint64_t value = root->reserved[i];
		const uint64_t *page =
			utfs_arena_heap_at(arena, (value & ~CRASH_NOTE_OTHER) * UTFS_PAGE_BYTES, 8);

		if (value)
			crash_print(text, "note %zu: %llu\n", i, ULL(value));
		if (page && *page != value)
			crash_broken(text, "page %llu has lost its content", ULL(value));
	}
}

static void dump_changes(struct utfs_arena *arena, struct crash_text *text)
{
	uint64_t n = arena->header->changes;

	crash_print(text, "changes %llu\n", ULL(n));
	if (arena->header->changes_public != n)
		crash_broken(text, "%llu changes, %llu are public", ULL(n),
			     ULL(arena->header->changes_public));
	/* The oldest may have made way for one that was rolled back. */
	for (uint64_t i = n > 100 ? n - 100 : 0; i < n; i++) {
		uint64_t cursor = i;
		struct utfs_change change;

		if (utfs_change_next(arena, &cursor, &change) != 1)
			crash_broken(text, "change %llu is not to be had", ULL(i));
		else
			crash_print(text, "change %llu: %llu %llx %llx %s\n", ULL(i),
				    ULL(change.kind), ULL(change.serial), ULL(change.parent),
				    change.name);
	}
}

void crash_dump_arena(struct utfs_arena *arena, struct crash_text *text)
{
	const struct utfs_header *header = arena->header;

	crash_print(text, "~transactions %llu\n", ULL(header->transactions));
	crash_print(text, "cmdlines %llu printk %llu thresh %llu grace %llu\n",
		    ULL(header->nr_cmdlines), ULL(header->printk_slot),
		    ULL(header->tracing_thresh_ns), ULL(header->grace_started));
	if (header->nr_undo)
		crash_broken(text, "the log is not empty");
	dump_extents(arena, text);
	dump_blobs(arena, text);
	dump_procs(arena, text);
	dump_blocks(arena, text);
	dump_pins(arena, text);
	dump_instances(arena, text);
	dump_cells(arena, text);
	dump_gates(arena, text);
	dump_systems(arena, text);
	dump_changes(arena, text);
	dump_notes(arena, text);
}
