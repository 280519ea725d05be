/* SPDX-License-Identifier: MIT */
/*
 * Triggers: what an event makes happen in the application that writes it, by event and recorder. A recorder's triggers of one
 * event are one object, which another one replaces at each change.
 */
#include <string.h>

#include "arena/internal.h"
#include "arena/mapping.h"

static struct utfs_trigger_table *table_get(const struct utfs_arena *arena, uint32_t id)
{
	uint64_t reference = utfs_event_state_at(arena, id)->triggers;
	uint32_t bytes;

	if (!utfs_object_get(arena, reference, UTFS_MAGIC_TRIGGER_TABLE, &bytes) ||
	    bytes != sizeof(struct utfs_trigger_table))
		return NULL;
	return utfs_arena_heap_at(arena, reference & UTFS_REFERENCE_MASK, bytes);
}

/* Return: 0 and the event's table, made if there is none. */
static int table_ensure(struct utfs_arena *arena, uint32_t id, struct utfs_trigger_table **table)
	UTFS_REQUIRES(arena->event_mutex)
{
	void *made;
	int ret = 0;

	*table = table_get(arena, id);
	if (*table)
		return 0;
	ret = utfs_object_make(arena, &utfs_event_state_at(arena, id)->triggers,
			       UTFS_MAGIC_TRIGGER_TABLE, sizeof(**table), &made);
	if (!ret)
		*table = made;
	return ret;
}

/* One that says nothing (any more) goes. */
static int table_drop(struct utfs_arena *arena, uint32_t id) UTFS_REQUIRES(arena->event_mutex)
{
	const struct utfs_trigger_table *table = table_get(arena, id);

	for (unsigned int r = 0; table && r < UTFS_MAX_RECORDERS; r++)
		if (table->lists[r] || table->soft[r])
			return 0;
	return utfs_object_replace(arena, &utfs_event_state_at(arena, id)->triggers, NULL);
}

bool utfs_triggers_any(const struct utfs_arena *arena, uint32_t id, unsigned int recorder)
{
	const struct utfs_trigger_table *table = table_get(arena, id);

	return table && (table->lists[recorder] || table->soft[recorder]);
}

const struct utfs_trigger_list *utfs_triggers_get(const struct utfs_arena *arena, uint32_t id,
						  unsigned int recorder)
{
	const struct utfs_trigger_table *table = table_get(arena, id);
	const struct utfs_trigger_list *list;
	uint32_t bytes;

	list = table ? utfs_object_get(arena, table->lists[recorder], UTFS_MAGIC_TRIGGERS, &bytes)
		     : NULL;
	return list && utfs_trigger_list_holds(list, bytes) ? list : NULL;
}

bool utfs_trigger_list_holds(const struct utfs_trigger_list *list, uint32_t bytes)
{
	uint32_t n;

	if (bytes < sizeof(*list))
		return false;
	n = __atomic_load_n(&list->nr_triggers, __ATOMIC_RELAXED);
	return n <= UTFS_MAX_TRIGGERS && n <= (bytes - sizeof(*list)) / sizeof(struct utfs_trigger);
}

const struct utfs_filter_program *utfs_trigger_program(const struct utfs_trigger_list *list,
						       uint32_t list_bytes,
						       const struct utfs_trigger *trigger,
						       uint32_t *bytes)
{
	const uint64_t at = trigger->program;
	const struct utfs_filter_program *program =
		(const struct utfs_filter_program *)(const void *)((const char *)list + at);

	if (!at || at % 8 || at > list_bytes || list_bytes - at < sizeof(*program))
		return NULL;
	*bytes = __atomic_load_n(&program->object.bytes, __ATOMIC_RELAXED);
	return *bytes >= sizeof(*program) && *bytes <= list_bytes - at ? program : NULL;
}

/* ------------------------------------------------------------------------------------------------
 * Is an event recorded? The kernel's SOFT_MODE: triggers say so, too.
 */

struct utfs_event_recording utfs_event_recording_get(const struct utfs_arena *arena, uint32_t id,
						     unsigned int recorder)
{
	const struct utfs_trigger_table *table = table_get(arena, id);
	struct utfs_event_recording recording = {
		.asked = *utfs_event_mask(arena, id) >> recorder & 1,
	};
	uint64_t value;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	recording.soft = table && utfs_cell_read(arena, table->soft[recorder], &value);
	recording.disabled = recording.soft && value;
	return recording;
}

static int mask_set(struct utfs_arena *arena, uint32_t id, unsigned int recorder, bool asked)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t *mask = utfs_event_mask(arena, id);
	const uint64_t bit = UINT64_C(1) << recorder;
	int ret = utfs_tx_reserve(arena, 1);

	if (!ret)
		utfs_tx_set(arena, mask, asked ? *mask | bit : *mask & ~bit);
	return ret;
}

int utfs_event_recording_set(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
			     bool record)
{
	const struct utfs_trigger_table *table = table_get(arena, id);

	if (table && table->soft[recorder] &&
	    utfs_cell_set(arena, table->soft[recorder], !record) != -ESTALE)
		return mask_set(arena, id, recorder, true);
	return mask_set(arena, id, recorder, record);
}

/* From now on triggers look at the event, or switch it: it goes on recording, or not, as it does now. Return: 0 and the cell. */
static int soft_take(struct utfs_arena *arena, uint32_t id, unsigned int recorder, uint64_t *soft)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_trigger_table *table;
	struct utfs_cell *cell;
	int ret = table_ensure(arena, id, &table);

	if (!ret)
		ret = utfs_tx_reserve(arena, 1);
	if (ret)
		return ret;
	cell = utfs_cell_at(arena, table->soft[recorder]);
	if (cell && utfs_cell_word_is(cell->word, table->soft[recorder])) {
		*soft = table->soft[recorder];
		utfs_tx_set(arena, &cell->link, cell->link + 1);
		return 0;
	}
	ret = utfs_cell_take(arena, !(*utfs_event_mask(arena, id) >> recorder & 1), soft);
	if (!ret)
		ret = utfs_tx_reserve(arena, 1);
	if (ret)
		return ret;
	utfs_tx_set(arena, &table->soft[recorder], *soft);
	/* Who finds the bit set looks at the cell. */
	ret = utfs_filtered_update(arena, id, recorder);
	return ret ? ret : mask_set(arena, id, recorder, true);
}

static int soft_end(struct utfs_arena *arena, uint32_t id, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_trigger_table *table = table_get(arena, id);
	uint64_t disabled;
	int ret = utfs_tx_reserve(arena, 1);

	if (!ret && utfs_cell_read(arena, table->soft[recorder], &disabled) && disabled)
		ret = mask_set(arena, id, recorder, false);
	if (!ret)
		ret = utfs_cell_give(arena, table->soft[recorder]);
	if (ret)
		return ret;
	utfs_tx_set(arena, &table->soft[recorder], 0);
	ret = utfs_filtered_update(arena, id, recorder);
	return ret ? ret : table_drop(arena, id);
}

/* One who took it gives it back; with the last one the event is recorded, or not, as it was then. */
static int soft_drop(struct utfs_arena *arena, uint32_t id, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_trigger_table *table = table_get(arena, id);
	struct utfs_cell *cell = table ? utfs_cell_at(arena, table->soft[recorder]) : NULL;
	int ret;

	if (!table || !table->soft[recorder])
		return 0;
	if (!cell || !utfs_cell_word_is(cell->word, table->soft[recorder]) || cell->link <= 1)
		return soft_end(arena, id, recorder);
	ret = utfs_tx_reserve(arena, 1);
	if (!ret)
		utfs_tx_set(arena, &cell->link, cell->link - 1);
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * What a trigger holds
 */

/* Return: 0 and the trigger with what it holds; else nothing that a rollback would not give back. */
static int trigger_claim(struct utfs_arena *arena, unsigned int recorder,
			 struct utfs_trigger *trigger) UTFS_REQUIRES(arena->event_mutex)
{
	uint32_t other;
	int ret = 0;

	trigger->counter = 0;
	if (trigger->count <= UTFS_CELL_VALUE_MAX)
		ret = utfs_cell_take(arena, trigger->count, &trigger->counter);
	if (ret)
		return ret;
	if (utfs_trigger_is_switch(trigger->kind)) {
		ret = utfs_event_find_serial(arena, trigger->operands[0], &other);
		if (!ret)
			ret = soft_take(arena, other, recorder, &trigger->operands[1]);
	} else if (trigger->kind == UTFS_TRIGGER_STACKTRACE) {
		ret = utfs_mappings_ensure(arena);
	}
	return ret;
}

/* Where the trigger of a plan stands is known by its event. Nothing to do where it has gone before. */
static int hist_trigger_remove(struct utfs_arena *arena, unsigned int recorder, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t bytes;
	const struct utfs_hist_plan *plan = utfs_hist_plan_get(arena, reference, &bytes);
	const struct utfs_trigger_list *list = NULL;
	uint32_t id;

	if (plan && !utfs_event_find_serial(arena, plan->event_serial, &id))
		list = utfs_triggers_get(arena, id, recorder);
	for (uint32_t i = 0; list && i < list->nr_triggers; i++)
		if (list->triggers[i].kind == UTFS_TRIGGER_HIST &&
		    list->triggers[i].operands[0] == reference)
			return utfs_trigger_remove(arena, id, recorder, i);
	return 0;
}

/* With the last one that reads them go the histograms that were made for it. Its own plan is retired, but still there. */
static int hist_release(struct utfs_arena *arena, unsigned int recorder, uint64_t reference)
	UTFS_REQUIRES(arena->event_mutex)
{
	uint64_t bytes;
	const struct utfs_hist_plan *plan = utfs_hist_plan_get(arena, reference, &bytes);
	int ret = utfs_hist_release(arena, reference);

	for (unsigned int i = 0; !ret && plan && i < plan->nr_refs && i < UTFS_HIST_REFS_MAX; i++)
		if (utfs_hist_is_forgotten(arena, plan->refs[i].plan))
			ret = hist_trigger_remove(arena, recorder, plan->refs[i].plan);
	return ret;
}

static int trigger_release(struct utfs_arena *arena, unsigned int recorder,
			   const struct utfs_trigger *trigger) UTFS_REQUIRES(arena->event_mutex)
{
	uint32_t other;
	int ret = utfs_cell_give(arena, trigger->counter);

	if (ret)
		return ret;
	if (trigger->kind == UTFS_TRIGGER_HIST)
		ret = hist_release(arena, recorder, trigger->operands[0]);
	else if (utfs_trigger_is_switch(trigger->kind) &&
		 !utfs_event_find_serial(arena, trigger->operands[0], &other))
		ret = soft_drop(arena, other, recorder);
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * Lists
 */

/* What switches something on and off is of one kind. */
static uint32_t kind_class(uint32_t kind)
{
	static const uint8_t classes[] = {
		[UTFS_TRIGGER_TRACEOFF] = UTFS_TRIGGER_TRACEON,
		[UTFS_TRIGGER_DISABLE_EVENT] = UTFS_TRIGGER_ENABLE_EVENT,
		[UTFS_TRIGGER_DISABLE_HIST] = UTFS_TRIGGER_ENABLE_HIST,
	};

	return kind < sizeof(classes) && classes[kind] ? classes[kind] : kind;
}

bool utfs_triggers_exclude(const struct utfs_trigger *one, const struct utfs_trigger *other)
{
	const uint32_t kind = kind_class(one->kind);

	if (kind != kind_class(other->kind))
		return false;
	return (kind != UTFS_TRIGGER_ENABLE_EVENT && kind != UTFS_TRIGGER_ENABLE_HIST) ||
	       one->operands[0] == other->operands[0];
}

/* A list under construction, or one that is copied from. */
struct draft {
	struct utfs_trigger_list *list;
	uint32_t bytes; /* behind what is in it */
};

static void draft_append(struct draft *draft, const struct utfs_trigger *trigger,
			 const struct utfs_filter_program *program)
{
	struct utfs_trigger *to = &draft->list->triggers[draft->list->nr_triggers++];

	*to = *trigger;
	to->program = 0;
	draft->list->conditional |= program || trigger->kind == UTFS_TRIGGER_STACKTRACE ||
				    trigger->kind == UTFS_TRIGGER_HIST;
	if (!program)
		return;
	to->program = draft->bytes;
	memcpy((char *)draft->list + draft->bytes, program, program->object.bytes);
	draft->bytes += (program->object.bytes + 7) / 8 * 8;
}

/* Bytes that a program takes in a list. */
static uint64_t program_room(const struct utfs_filter_program *program)
{
	return program ? (program->object.bytes + UINT64_C(7)) / 8 * 8 : 0;
}

/* A list with room for `n` triggers and programs of so many bytes in all. Return: 0, *reference; -E2BIG; as utfs_object_draft(). */
static int draft_begin(struct utfs_arena *arena, uint32_t n, uint64_t programs_bytes,
		       struct draft *draft, uint64_t *reference) UTFS_REQUIRES(arena->event_mutex)
{
	const uint64_t head = sizeof(*draft->list) + n * sizeof(struct utfs_trigger);
	void *made;
	int ret = -E2BIG;

	if (head + programs_bytes <= UTFS_BLOB_MAX)
		ret = utfs_object_draft(arena, UTFS_MAGIC_TRIGGERS, head + programs_bytes,
					reference, &made);
	if (ret)
		return ret;
	*draft = (struct draft){made, (uint32_t)head};
	return 0;
}

/* The programs of a list, but for that of one trigger. */
static uint64_t programs_measure(const struct utfs_trigger_list *list, uint32_t without)
{
	uint64_t total = 0;
	uint32_t bytes;

	for (uint32_t i = 0; list && i < list->nr_triggers; i++)
		if (i != without)
			total += program_room(utfs_trigger_program(list, list->object.bytes,
								   &list->triggers[i], &bytes));
	return total;
}

static void draft_copy(struct draft *draft, const struct utfs_trigger_list *list, uint32_t without)
{
	uint32_t bytes;

	for (uint32_t i = 0; list && i < list->nr_triggers; i++)
		if (i != without)
			draft_append(draft, &list->triggers[i],
				     utfs_trigger_program(list, list->object.bytes,
							  &list->triggers[i], &bytes));
}

int utfs_trigger_add(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
		     const struct utfs_trigger *trigger, const struct utfs_filter_program *program,
		     bool last)
{
	const struct utfs_trigger_list *list;
	struct utfs_trigger_table *table;
	struct utfs_trigger claimed = *trigger;
	struct draft draft;
	uint64_t reference, soft;
	int ret;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (recorder >= UTFS_MAX_RECORDERS || id >= utfs_nr_event_states(arena))
		return -EINVAL;
	list = utfs_triggers_get(arena, id, recorder);
	if (list && list->nr_triggers >= UTFS_MAX_TRIGGERS)
		return -EMFILE;
	ret = trigger_claim(arena, recorder, &claimed);
	if (!ret && !list)
		ret = soft_take(arena, id, recorder, &soft);
	if (!ret)
		ret = draft_begin(arena, list ? list->nr_triggers + 1 : 1,
				  programs_measure(list, UINT32_MAX) + program_room(program),
				  &draft, &reference);
	if (ret)
		return ret;
	if (!last)
		draft_append(&draft, &claimed, program);
	draft_copy(&draft, list, UINT32_MAX);
	if (last)
		draft_append(&draft, &claimed, program);
	table = table_get(arena, id);
	return table ? utfs_object_refer(arena, &table->lists[recorder], reference) : -EBADMSG;
}

int utfs_trigger_remove(struct utfs_arena *arena, uint32_t id, unsigned int recorder,
			uint32_t index)
{
	const struct utfs_trigger_list *list = utfs_triggers_get(arena, id, recorder);
	struct utfs_trigger_table *table = table_get(arena, id);
	struct utfs_trigger gone;
	struct draft draft;
	uint64_t reference = 0;
	int ret = 0;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!list || index >= list->nr_triggers)
		return -ENOENT;
	gone = list->triggers[index];
	if (list->nr_triggers > 1) {
		ret = draft_begin(arena, list->nr_triggers - 1, programs_measure(list, index),
				  &draft, &reference);
		if (!ret)
			draft_copy(&draft, list, index);
	}
	if (!ret)
		ret = utfs_object_refer(arena, &table->lists[recorder], reference);
	if (!ret)
		ret = trigger_release(arena, recorder, &gone);
	return ret || reference ? ret : soft_drop(arena, id, recorder);
}

/* Takes all triggers of an event in a recorder away, also where its list is damaged. */
static int list_forget(struct utfs_arena *arena, uint32_t id, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_trigger_table *table;
	int ret = 0;

	while (!ret)
		ret = utfs_trigger_remove(arena, id, recorder, 0);
	if (ret != -ENOENT)
		return ret;
	table = table_get(arena, id);
	if (!table || !table->lists[recorder])
		return 0;
	ret = utfs_object_replace(arena, &table->lists[recorder], NULL);
	return ret ? ret : soft_drop(arena, id, recorder);
}

/* What is left of claims of lists that were damaged. */
static int soft_forget(struct utfs_arena *arena, uint32_t id, unsigned int recorder)
	UTFS_REQUIRES(arena->event_mutex)
{
	const struct utfs_trigger_table *table = table_get(arena, id);

	return table && table->soft[recorder] ? soft_end(arena, id, recorder) : 0;
}

int utfs_triggers_forget_event(struct utfs_arena *arena, uint32_t id)
{
	int ret = 0;

	for (unsigned int r = 0; !ret && table_get(arena, id) && r < UTFS_MAX_RECORDERS; r++) {
		ret = list_forget(arena, id, r);
		if (!ret)
			ret = soft_forget(arena, id, r);
	}
	return ret ? ret
		   : utfs_object_replace(arena, &utfs_event_state_at(arena, id)->triggers, NULL);
}

int utfs_triggers_forget_recorder(struct utfs_arena *arena, unsigned int recorder)
{
	int ret = 0;

	for (uint32_t id = 0; !ret && id < utfs_nr_event_states(arena); id++)
		if (utfs_event_state_at(arena, id)->triggers)
			ret = list_forget(arena, id, recorder);
	for (uint32_t id = 0; !ret && id < utfs_nr_event_states(arena); id++)
		if (utfs_event_state_at(arena, id)->triggers)
			ret = soft_forget(arena, id, recorder);
	return ret;
}

int utfs_triggers_renew(struct utfs_arena *arena, uint32_t id)
{
	const struct utfs_trigger_table *table = table_get(arena, id);
	int ret = 0;

	for (unsigned int r = 0; !ret && table && r < UTFS_MAX_RECORDERS; r++) {
		if (!table->soft[r])
			continue;
		ret = utfs_cell_set(arena, table->soft[r], 1);
		if (!ret || ret == -ESTALE)
			ret = mask_set(arena, id, r, true);
	}
	return ret;
}
