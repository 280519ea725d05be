/* SPDX-License-Identifier: MIT */
#include "app/hist-internal.h"

struct utfs_hist_element *utfs_hist_element_count(const struct utfs_hist_counting *c)
{
	const struct utfs_hist_view *view = c->view;
	const uint32_t hash = utfs_hist_key_hash(c->key, view->key_bytes);

	for (uint32_t i = 0; i < view->nr_slots; i++) {
		const uint32_t at = (hash + i) & (view->nr_slots - 1);
		uint64_t slot = __atomic_load_n(&view->map->slots[at], __ATOMIC_ACQUIRE);
		struct utfs_hist_element *element;

		if (!slot)
			return utfs_hist_element_insert(c, hash, at);
		if (slot >> 32 != hash)
			continue;
		element = utfs_hist_slot_element(view, slot);
		if (element && utfs_hist_key_is(view, c->key, element)) {
			utfs_hist_element_add(c, element);
			return element;
		}
	}
	return NULL;
}

static __attribute__((noinline)) bool count_compound(struct utfs_hist_counting *c)
{
	uint64_t key[UTFS_HIST_KEY_MAX / sizeof(uint64_t)];
	bool counted;

	memset(key, 0, c->view->key_bytes);
	c->key = (const char *)key;
	counted = utfs_hist_key_build(c, (char *)key) && utfs_hist_element_count(c);
	c->key = NULL;
	return counted;
}

/* The element with a key that is a number, if it lies where that is looked for first. */
static inline struct utfs_hist_element *number_find(const struct utfs_hist_view *view, uint64_t key)
{
	const uint32_t hash = utfs_hist_key_hash((const char *)&key, sizeof(key));
	uint64_t slot =
		__atomic_load_n(&view->map->slots[hash & (view->nr_slots - 1)], __ATOMIC_ACQUIRE);
	struct utfs_hist_element *element;
	uint64_t found;

	if (slot >> 32 != hash)
		return NULL;
	element = utfs_hist_slot_element(view, slot);
	if (!element)
		return NULL;
	memcpy(&found, (const char *)element + view->key, sizeof(found));
	return found == key ? element : NULL;
}

static inline bool count_number(struct utfs_hist_counting *c, const struct utfs_hist_target *target)
{
	struct utfs_hist_element *element;
	uint64_t key;

	if (target->key_bytes)
		(void)utfs_filter_number(c->subject, target->key_offset, target->key_bytes,
					 target->key_signed, &key);
	else
		key = utfs_hist_value(c, &c->plan->fields[c->nr_vals]);
	element = number_find(c->view, key);
	if (utfs_likely(element)) {
		utfs_hist_element_add(c, element);
		return true;
	}
	c->key = (const char *)&key;
	element = utfs_hist_element_count(c);
	c->key = NULL;
	return element;
}

bool utfs_hist_target_count(const struct utfs_filter_subject *subject, unsigned int recorder,
			    const struct utfs_hist_target *target)
{
	struct utfs_hist_counting c;
	bool counted;

	c.subject = subject;
	c.plan = target->plan;
	c.recorder = recorder;
	c.nr_vals = c.nr_sums = target->nr_vals;
	c.nr_keys = target->nr_keys;
	c.view = &target->view;
	c.values[0] = 1;
	if (__atomic_load_n(&c.plan->paused, __ATOMIC_RELAXED))
		return false;
	if (c.plan->flags & UTFS_HIST_PLAN_VARIABLES) {
		counted = utfs_hist_match(&c);
		goto out;
	}
	if (c.nr_vals != c.view->nr_values)
		return false;
	for (unsigned int i = 1; i < c.nr_vals; i++)
		c.values[i] = utfs_hist_value(&c, &c.plan->fields[i]);
	if (target->is_number)
		counted = count_number(&c, target);
	else
		counted = count_compound(&c);
out:
	if (utfs_unlikely(__atomic_load_n(&c.view->map->waiters, __ATOMIC_RELAXED)))
		utfs_ring_wake(subject->writer->arena, &c.view->map->waiters);
	return counted;
}
