/* SPDX-License-Identifier: MIT */
#include "app/hist-internal.h"

#include <string.h>
#include <sys/prctl.h>

#include "app/stack.h"
#include "arena/inject.h"

static uint64_t clock_value(const struct utfs_hist_counting *c)
{
	const struct utfs_arena *arena = c->subject->writer->arena;
	uint64_t config =
		__atomic_load_n(&utfs_recorder_at(arena, c->recorder)->config, __ATOMIC_RELAXED);
	enum utfs_clock clock = config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK;
	uint64_t now = utfs_clock_read(arena, clock);

	return c->plan->flags & UTFS_HIST_PLAN_USECS && utfs_clock_in_ns(clock) ? now / 1000 : now;
}

/* Return: 0 where the field does not lie in the record. */
static inline __attribute__((always_inline)) uint64_t
number_load(const struct utfs_hist_counting *c, const struct utfs_hist_field *field)
{
	const struct utfs_filter_subject *subject = c->subject;
	const uint32_t offset = field->offset, bytes = field->bytes;
	const unsigned int shift = 64 - 8 * bytes;
	uint64_t value = 0;
	uint32_t half;

	if (bytes - 1 >= sizeof(value) || offset > subject->bytes ||
	    bytes > subject->bytes - offset)
		return 0;
	/* The common sizes without a call, and none of them through memory that the next load would have to wait for. */
	if (bytes == sizeof(half)) {
		memcpy(&half, subject->record + offset, sizeof(half));
		value = half;
	} else if (bytes == sizeof(value)) {
		memcpy(&value, subject->record + offset, sizeof(value));
	} else {
		memcpy(&value, subject->record + offset, bytes);
	}
	return field->is_signed ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
}

static inline uint64_t value_get(const struct utfs_hist_counting *c,
				 const struct utfs_hist_field *field)
{
	const uint64_t operand = field->operand;
	uint64_t value = 0;

	switch (field->source) {
	case UTFS_HIST_FROM_CONSTANT:
		return operand;
	case UTFS_HIST_FROM_NUMBER:
		value = number_load(c, field);
		break;
	case UTFS_HIST_FROM_CPU:
		value = utfs_filter_cpu(c->subject);
		break;
	case UTFS_HIST_FROM_CLOCK:
		value = clock_value(c);
		break;
	default:
		break;
	}
	if (field->flags & UTFS_HIST_LOG2)
		value = value > 1 ? 64 - (uint64_t)__builtin_clzll(value - 1) : 0;
	else if (field->flags & UTFS_HIST_BUCKET)
		value = operand ? value / operand * operand : value;
	return value;
}

bool utfs_hist_string_find(const struct utfs_hist_counting *c, const struct utfs_hist_field *field,
			   const char **text, size_t *room)
{
	const struct utfs_filter_subject *subject = c->subject;
	size_t at = field->offset, length = field->bytes;
	uint32_t word;

	if (field->source != UTFS_HIST_FROM_CHARS) {
		if (at > subject->bytes || sizeof(word) > subject->bytes - at)
			return false;
		memcpy(&word, subject->record + at, sizeof(word));
		at = (word & 0xffff) +
		     (field->source == UTFS_HIST_FROM_RELATIVE ? at + sizeof(word) : 0);
		length = word >> 16;
	}
	*text = subject->record + at;
	*room = length;
	return at <= subject->bytes && length <= subject->bytes - at;
}

void utfs_hist_stack_load(const struct utfs_hist_counting *c, const struct utfs_hist_field *field,
			  struct utfs_hist_stack *stack)
{
	uint64_t word = 1;
	const char *at;
	size_t room;

	*stack = (struct utfs_hist_stack){.tgid = (uint32_t)c->subject->tgid};
	if (field->source == UTFS_HIST_FROM_STACK) {
		(void)utfs_stack_capture(c->subject, stack->callers, UTFS_HIST_STACK_DEPTH);
	} else if (utfs_hist_string_find(c, field, &at, &room)) {
		for (size_t i = 0; word && i < room / sizeof(word); i++) {
			memcpy(&word, at + i * sizeof(word), sizeof(word));
			if (word && i < UTFS_HIST_STACK_DEPTH)
				stack->callers[i] = word;
			else if (!word && (i + 2) * sizeof(word) <= room)
				memcpy(&stack->tgid, at + (i + 1) * sizeof(word), sizeof(word));
		}
	}
}

bool utfs_hist_key_build(const struct utfs_hist_counting *c, char *key)
{
	uint64_t tgid = (uint32_t)c->subject->tgid;
	struct utfs_hist_stack stack;

	for (unsigned int i = 0; i < c->nr_keys; i++) {
		const struct utfs_hist_field *field = &c->plan->fields[c->nr_vals + i];
		const uint32_t at = field->key_offset, bytes = field->key_bytes;
		const char *text;
		uint64_t value;
		size_t room;

		if (bytes < sizeof(value) || bytes > c->view.key_bytes ||
		    at > c->view.key_bytes - bytes)
			return false;
		if (field->flags & UTFS_HIST_STACKTRACE) {
			if (bytes < sizeof(stack.callers))
				return false;
			utfs_hist_stack_load(c, field, &stack);
			memcpy(key + at, stack.callers, sizeof(stack.callers));
			tgid = stack.tgid;
		} else if (field->source != UTFS_HIST_FROM_CHARS &&
			   field->source != UTFS_HIST_FROM_DYNAMIC &&
			   field->source != UTFS_HIST_FROM_RELATIVE) {
			value = value_get(c, field);
			memcpy(key + at, &value, sizeof(value));
			if (field->flags & (UTFS_HIST_SYM | UTFS_HIST_SYM_OFFSET))
				utfs_mappings_note(c->subject, &value, 1);
		} else if (utfs_hist_string_find(c, field, &text, &room)) {
			room = room < bytes ? room : bytes - 1;
			memcpy(key + at, text, strnlen(text, room));
		}
	}
	if (c->plan->flags & UTFS_HIST_PLAN_ADDRESSES)
		memcpy(key + c->view.key_bytes - sizeof(tgid), &tgid, sizeof(tgid));
	return true;
}

static inline uint32_t key_hash(const char *key, uint32_t bytes)
{
	uint64_t hash = 0, word;

	for (uint32_t at = 0; at < bytes; at += sizeof(word)) {
		memcpy(&word, key + at, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static inline bool key_is(const struct utfs_hist_view *view, const char *wanted,
			  const struct utfs_hist_element *element)
{
	const char *key = (const char *)element + view->key;
	uint64_t one, other;

	for (uint32_t at = 0; at < view->key_bytes; at += sizeof(one)) {
		memcpy(&one, key + at, sizeof(one));
		memcpy(&other, wanted + at, sizeof(other));
		if (one != other)
			return false;
	}
	return true;
}

/* An element of one's own: one that somebody gave back, else one that was never used. Return: element + 1; 0: the map is full. */
static uint32_t element_take(const struct utfs_hist_view *view)
{
	struct utfs_hist_map *map = view->map;
	uint64_t head = __atomic_load_n(&map->free_elements, __ATOMIC_ACQUIRE), next;

	while ((uint32_t)head && (uint32_t)head <= view->nr_elements) {
		struct utfs_hist_element *element = utfs_hist_element_at(view, (uint32_t)head - 1);

		next = __atomic_load_n(&element->next, __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | (uint32_t)next;
		if (__atomic_compare_exchange_n(&map->free_elements, &head, next, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return (uint32_t)head;
	}
	next = __atomic_load_n(&map->next_element, __ATOMIC_RELAXED);
	do {
		if (next >= view->nr_elements)
			return 0;
	} while (!__atomic_compare_exchange_n(&map->next_element, &next, next + 1, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return (uint32_t)next + 1;
}

/* Somebody else was faster. Between the two the element belongs to nobody: who dies there takes it along. */
static void element_give(const struct utfs_hist_view *view, uint32_t number)
{
	struct utfs_hist_element *element = utfs_hist_element_at(view, number - 1);
	uint64_t head = __atomic_load_n(&view->map->free_elements, __ATOMIC_RELAXED), next;

	do {
		__atomic_store_n(&element->next, (uint32_t)head, __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | number;
	} while (!__atomic_compare_exchange_n(&view->map->free_elements, &head, next, true,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

static void element_fill(const struct utfs_hist_counting *c, struct utfs_hist_element *element)
{
	memcpy(element->values, c->values, c->nr_sums * sizeof(uint64_t));
	/* Variables and strings; an element may have been another one's for a moment. */
	if (c->view.nr_values > c->nr_sums)
		memset(&element->values[c->nr_sums], 0,
		       c->view.key - offsetof(struct utfs_hist_element, values) -
			       c->nr_sums * sizeof(uint64_t));
	if (c->view.comm) {
		char comm[UTFS_HIST_COMM_BYTES] = "";

		/* Does not fail: errno is safe. */
		prctl(PR_GET_NAME, comm);
		memcpy((char *)element + c->view.comm, comm, sizeof(comm));
	}
	memcpy((char *)element + c->view.key, c->key, c->view.key_bytes);
}

static inline void element_add(const struct utfs_hist_counting *c,
			       struct utfs_hist_element *element)
{
	for (unsigned int i = 0; i < c->nr_sums; i++)
		if (c->values[i])
			__atomic_fetch_add(&element->values[i], c->values[i], __ATOMIC_RELAXED);
}

/* Behind the slots that were looked at, up to the one at `at`, which was empty. Return: NULL the map is full. */
static __attribute__((noinline)) struct utfs_hist_element *
element_insert(const struct utfs_hist_counting *c, uint32_t hash, uint32_t at)
{
	const struct utfs_hist_view *view = &c->view;
	uint32_t number = element_take(view);
	struct utfs_hist_element *element = NULL;

	UTFS_INJECT();
	if (number)
		element_fill(c, utfs_hist_element_at(view, number - 1));
	UTFS_INJECT();
	for (uint32_t i = 0; number && i < view->nr_slots; i++, at++) {
		uint64_t *slot = &view->map->slots[at & (view->nr_slots - 1)];
		uint64_t found = 0;

		/* Pairs with the acquire of who finds the slot: the element is whole. */
		if (__atomic_compare_exchange_n(slot, &found, (uint64_t)hash << 32 | number, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return utfs_hist_element_at(view, number - 1);
		element = found >> 32 == hash ? utfs_hist_slot_element(view, found) : NULL;
		if (element && key_is(view, c->key, element)) {
			element_give(view, number);
			element_add(c, element);
			return element;
		}
	}
	__atomic_fetch_add(&view->map->drops, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Counts the record. Return: in which element; NULL the map is full. */
static inline struct utfs_hist_element *element_count(const struct utfs_hist_counting *c)
{
	const struct utfs_hist_view *view = &c->view;
	const uint32_t hash = key_hash(c->key, view->key_bytes);

	for (uint32_t i = 0; i < view->nr_slots; i++) {
		const uint32_t at = (hash + i) & (view->nr_slots - 1);
		uint64_t slot = __atomic_load_n(&view->map->slots[at], __ATOMIC_ACQUIRE);
		struct utfs_hist_element *element;

		if (!slot)
			return element_insert(c, hash, at);
		if (slot >> 32 != hash)
			continue;
		element = utfs_hist_slot_element(view, slot);
		if (element && key_is(view, c->key, element)) {
			element_add(c, element);
			return element;
		}
	}
	return NULL;
}

struct utfs_hist_element *utfs_hist_element_count(const struct utfs_hist_counting *c)
{
	return element_count(c);
}

struct utfs_hist_element *utfs_hist_element_find(const struct utfs_hist_view *view, const char *key)
{
	const uint32_t hash = key_hash(key, view->key_bytes);

	for (uint32_t i = 0; i < view->nr_slots; i++) {
		uint64_t slot = __atomic_load_n(
			&view->map->slots[(hash + i) & (view->nr_slots - 1)], __ATOMIC_ACQUIRE);
		struct utfs_hist_element *element;

		if (!slot)
			break;
		element = slot >> 32 == hash ? utfs_hist_slot_element(view, slot) : NULL;
		if (element && key_is(view, key, element))
			return element;
	}
	return NULL;
}

uint64_t utfs_hist_value(const struct utfs_hist_counting *c, const struct utfs_hist_field *field)
{
	return value_get(c, field);
}

static __attribute__((noinline)) bool count_compound(struct utfs_hist_counting *c)
{
	uint64_t key[UTFS_HIST_KEY_MAX / sizeof(uint64_t)];
	bool counted;

	memset(key, 0, c->view.key_bytes);
	c->key = (const char *)key;
	counted = utfs_hist_key_build(c, (char *)key) && element_count(c);
	c->key = NULL;
	return counted;
}

/* One number is the rule. */
static inline bool count_number(struct utfs_hist_counting *c)
{
	const uint64_t key = value_get(c, &c->plan->fields[c->nr_vals]);
	bool counted;

	c->key = (const char *)&key;
	counted = element_count(c);
	c->key = NULL;
	return counted;
}

bool utfs_hist_count(const struct utfs_filter_subject *subject, unsigned int recorder,
		     uint64_t reference)
{
	const struct utfs_arena *arena = subject->writer->arena;
	struct utfs_hist_counting c;
	bool counted;

	c.plan = utfs_block_get(arena, reference, UTFS_MAGIC_HIST_PLAN);
	if (!c.plan || __atomic_load_n(&c.plan->paused, __ATOMIC_RELAXED) ||
	    !utfs_hist_view_get(arena, __atomic_load_n(&c.plan->map, __ATOMIC_ACQUIRE), &c.view))
		return false;
	c.subject = subject;
	c.recorder = recorder;
	c.nr_vals = c.plan->nr_vals;
	c.nr_keys = c.plan->nr_keys;
	c.nr_sums = c.nr_vals;
	if (c.nr_keys - 1 >= UTFS_HIST_KEYS_MAX || c.nr_vals + c.nr_keys > UTFS_HIST_FIELDS_MAX)
		return false;
	c.values[0] = 1;
	if (c.plan->flags & UTFS_HIST_PLAN_VARIABLES) {
		counted = utfs_hist_match(&c);
		goto out;
	}
	if (c.nr_vals != c.view.nr_values)
		return false;
	for (unsigned int i = 1; i < c.nr_vals; i++)
		c.values[i] = value_get(&c, &c.plan->fields[i]);
	if (c.view.key_bytes == sizeof(uint64_t) &&
	    !(c.plan->fields[c.nr_vals].flags & UTFS_HIST_STRING))
		counted = count_number(&c);
	else
		counted = count_compound(&c);
out:
	if (__builtin_expect(__atomic_load_n(&c.view.map->waiters, __ATOMIC_RELAXED) != 0, 0))
		utfs_ring_wake(arena, &c.view.map->waiters);
	return counted;
}
