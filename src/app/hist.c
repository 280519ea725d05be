/* SPDX-License-Identifier: MIT */
#include "app/hist-internal.h"

uint64_t utfs_hist_value(const struct utfs_hist_counting *c, const struct utfs_hist_field *field)
{
	uint64_t value;

	if (utfs_unlikely(field->source != UTFS_HIST_FROM_NUMBER ||
			  field->flags & UTFS_HIST_NO_NUMBER))
		return utfs_hist_value_other(c, field);
	(void)utfs_filter_number(c->subject, field->offset, field->bytes, field->is_signed, &value);
	return value;
}

/* Where a key's element is to be looked for, and what came of it. */
struct place {
	uint32_t hash;
	uint32_t at; /* the empty slot behind which it is not, if `vacant` */
	bool vacant;
};

static inline __attribute__((always_inline)) struct utfs_hist_element *
element_find(const struct utfs_hist_view *view, const char *key, uint32_t key_bytes,
	     struct place *place)
{
	place->hash = utfs_hist_key_hash(key, key_bytes);
	place->vacant = false;
	for (uint32_t i = 0; i < view->nr_slots; i++) {
		const uint32_t at = (place->hash + i) & (view->nr_slots - 1);
		const uint64_t slot = __atomic_load_n(&view->map->slots[at], __ATOMIC_ACQUIRE);
		struct utfs_hist_element *element;

		if (!slot) {
			place->at = at;
			place->vacant = true;
			break;
		}
		if (slot >> 32 != place->hash)
			continue;
		element = utfs_hist_slot_element(view, slot);
		if (element && utfs_hist_key_is(view, key, key_bytes, element))
			return element;
	}
	return NULL;
}

/* A number is the rule, and needs no loops over its key. */
static __attribute__((noinline)) struct utfs_hist_element *
element_place(const struct utfs_hist_view *view, const char *key, struct place *place)
{
	if (utfs_likely(view->key_bytes == sizeof(uint64_t)))
		return element_find(view, key, sizeof(uint64_t), place);
	return element_find(view, key, view->key_bytes, place);
}

struct utfs_hist_element *utfs_hist_element_find(const struct utfs_hist_view *view, const char *key)
{
	struct place place;

	return element_place(view, key, &place);
}

struct utfs_hist_element *utfs_hist_element_count(const struct utfs_hist_counting *c)
{
	struct place place;
	struct utfs_hist_element *element = element_place(c->view, c->key, &place);

	if (utfs_likely(element))
		utfs_hist_element_add(c, element);
	else if (place.vacant)
		element = utfs_hist_element_insert(c, place.hash, place.at);
	return element;
}

static bool record_count(struct utfs_hist_counting *c)
{
	if (c->plan->flags & UTFS_HIST_PLAN_VARIABLES)
		return utfs_hist_match(c);
	if (c->nr_vals != c->view->nr_values)
		return false;
	for (unsigned int i = 1; i < c->nr_vals; i++)
		c->values[i] = utfs_hist_value(c, &c->plan->fields[i]);
	return utfs_hist_element_count(c);
}

bool utfs_hist_target_count(const struct utfs_filter_subject *subject, unsigned int recorder,
			    const struct utfs_hist_target *target)
{
	uint64_t key[UTFS_HIST_KEY_MAX / sizeof(uint64_t)];
	struct utfs_hist_counting c;
	bool counted;

	c.subject = subject;
	c.plan = target->plan;
	c.recorder = recorder;
	c.nr_vals = c.nr_sums = target->nr_vals;
	c.nr_keys = target->nr_keys;
	c.view = &target->view;
	c.values[0] = 1;
	c.key = (const char *)key;
	if (__atomic_load_n(&c.plan->paused, __ATOMIC_RELAXED))
		return false;
	if (target->is_number) {
		key[0] = utfs_hist_value(&c, &c.plan->fields[c.nr_vals]);
	} else {
		memset(key, 0, c.view->key_bytes);
		if (!utfs_hist_key_build(&c, (char *)key))
			return false;
	}
	counted = record_count(&c);
	if (utfs_unlikely(__atomic_load_n(&c.view->map->waiters, __ATOMIC_RELAXED)))
		utfs_ring_wake(subject->writer->arena, &c.view->map->waiters);
	return counted;
}
