/* SPDX-License-Identifier: MIT */
#include "app/hist-internal.h"
#include "app/trigger-internal.h"

struct utfs_trigger_slot utfs_trigger_slots[UTFS_TRIGGER_SLOTS];

#define load(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)

/* Return: is the list a known one? Then *found is it. Context: in a section. */
static inline bool known_find(const struct utfs_event_state *state, unsigned int recorder,
			      struct utfs_trigger_known *found)
{
	uint64_t *words = (uint64_t *)(void *)found;
	const uint64_t table_word = __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE);
	const struct utfs_trigger_slot *slot = utfs_trigger_slot(state, recorder);
	uint64_t sequence;

	/* So that no address is computed anew for each use. */
	__asm__("" : "+r"(slot));
	sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);
	if (load(slot->kept.known.path.table_word) != table_word ||
	    load(slot->kept.known.recorder) != recorder)
		return false;
#pragma GCC unroll 18
	for (size_t i = 0; i < UTFS_TRIGGER_KNOWN_WORDS; i++)
		words[i] = load(slot->words[i]);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return load(slot->sequence) == sequence && !(sequence & 1) && found->path.table &&
	       utfs_trigger_path_stands(state, recorder, &found->path) &&
	       utfs_hist_target_stands(&found->target);
}

/* The number by which is counted. Return: false it does not lie in the record. */
static inline bool plain_key(uint64_t plain, const char *record, size_t bytes, uint64_t *key)
{
	const size_t offset = (uint16_t)plain;
	uint32_t half;

	if (plain & UTFS_TRIGGER_KEY_WIDE) {
		if (offset + sizeof(*key) > bytes)
			return false;
		memcpy(key, record + offset, sizeof(*key));
		return true;
	}
	if (offset + sizeof(half) > bytes)
		return false;
	memcpy(&half, record + offset, sizeof(half));
	*key = plain & UTFS_TRIGGER_KEY_SIGNED ? (uint64_t)(int32_t)half : half;
	return true;
}

/* The element with this key, if it lies where that is looked for first. */
static inline struct utfs_hist_element *plain_find(struct utfs_hist_map *map, uint64_t plain,
						   uint64_t slots, uint64_t key)
{
	const uint32_t hash = utfs_hist_key_hash((const char *)&key, sizeof(key));
	const uint32_t mask = (uint32_t)slots;
	const uint64_t slot = __atomic_load_n(&map->slots[hash & mask], __ATOMIC_ACQUIRE);
	const uint32_t index = (uint32_t)slot - 1;
	char *element;
	uint64_t found;

	/* Half as many elements as slots. */
	if (slot >> 32 != hash || index > mask / 2)
		return NULL;
	element = (char *)&map->slots[(uint64_t)mask + 1] + index * (slots >> 32);
	memcpy(&found, element + (plain >> UTFS_TRIGGER_KEY_ELEMENT), sizeof(found));
	return found == key ? (struct utfs_hist_element *)(void *)element : NULL;
}

bool utfs_triggers_count(const struct utfs_event_state *state, unsigned int recorder,
			 const char *record, size_t bytes)
{
	const struct utfs_trigger_slot *slot = utfs_trigger_slot(state, recorder);
	const struct utfs_trigger_known *known;
	const struct utfs_trigger_plain *rule;
	struct utfs_thread *thread = &utfs_thread;
	struct utfs_hist_element *element = NULL;
	const struct utfs_hist_plan *plan;
	const struct utfs_cell *cell;
	struct utfs_trigger_path path;
	struct utfs_hist_map *map;
	uint64_t sequence, plain, slots, off, map_word, key;

	/* As above. */
	__asm__("" : "+r"(slot), "+r"(thread));
	known = &slot->kept.known;
	rule = &slot->kept.plain;
	sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);
	plain = load(rule->key);
	path.table_word = load(known->path.table_word);
	if (!plain || load(known->recorder) != recorder ||
	    path.table_word != __atomic_load_n(&state->triggers, __ATOMIC_ACQUIRE) ||
	    !thread->section.section || thread->section.shared ||
	    !plain_key(plain, record, bytes, &key))
		return false;
	path.table = load(known->path.table);
	path.list_word = load(known->path.list_word);
	cell = load(known->cell);
	off = load(known->off);
	plan = load(known->target.plan);
	map_word = load(known->target.map);
	map = load(known->target.view.map);
	slots = load(rule->slots);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (load(slot->sequence) != sequence || sequence & 1 || load(cell->word) != off)
		return false;
	utfs_section_enter_own(&thread->section);
	if (utfs_trigger_path_stands(state, recorder, &path) &&
	    __atomic_load_n(&plan->map, __ATOMIC_ACQUIRE) == map_word && !load(plan->paused))
		element = plain_find(map, plain, slots, key);
	if (element)
		__atomic_fetch_add(&element->values[0], 1, __ATOMIC_RELAXED);
	if (utfs_unlikely(element && load(map->waiters)))
		utfs_ring_wake(thread->writer.arena, &map->waiters);
	utfs_section_leave_own(&thread->section);
	return element;
}

bool utfs_triggers_evaluate(const struct utfs_event_state *state, unsigned int recorder,
			    const struct utfs_filter_subject *subject,
			    struct utfs_trigger_calls *calls)
{
	calls->n = 0;
	calls->is_known = calls->inside && known_find(state, recorder, &calls->one);
	if (!calls->is_known) {
		utfs_triggers_evaluate_unknown(state, recorder, subject, calls);
		return false;
	}
	if (calls->one.cell && load(calls->one.cell->word) == calls->one.off) {
		(void)utfs_hist_target_count(subject, recorder, &calls->one.target);
		return true;
	}
	/* It is recorded, or the cell would have said so. */
	calls->soft = 0;
	return false;
}

void utfs_triggers_finish(unsigned int recorder, const struct utfs_filter_subject *subject,
			  struct utfs_trigger_calls *calls)
{
	if (calls->is_known)
		(void)utfs_hist_target_count(subject, recorder, &calls->one.target);
	for (uint32_t i = 0; i < calls->n; i++)
		utfs_trigger_act(&calls->calls[i], recorder, subject, calls);
}

bool utfs_trigger_disabled(const struct utfs_arena *arena, const struct utfs_trigger_calls *calls)
{
	uint64_t value;

	return calls->soft == NOT_FOUND || (utfs_cell_read(arena, calls->soft, &value) && value);
}
