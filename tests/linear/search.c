/* SPDX-License-Identifier: MIT */
/*
 * The search of Wing and Gong, with Lowe's memory of what was tried: an operation may come next if none that is left ended before
 * it began. What has been tried (which operations are placed, and the state after them) is not tried again.
 */
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define WORDS	    (LINEAR_MAX / 64)
#define FIRST_SLOTS 4096

struct tried {
	uint64_t placed[WORDS];
	struct linear_state state;
	bool used;
};

/* A hash table that grows. */
struct memory {
	struct tried *slots;
	size_t nr_slots, n;
};

struct entry {
	const struct linear_op *op;
	struct entry *next, *prev;
	struct entry
		*match; /* of a start: its end, NULL if it need not take effect; of an end: NULL */
	uint64_t ns;
	uint16_t number;
	bool is_start;
};

struct search {
	struct entry entries[2 * LINEAR_MAX + 1], head;
	struct {
		struct entry *entry;
		struct linear_state state;
	} stack[LINEAR_MAX];
	struct tried now;
	struct memory memory;
};

static size_t slot_of(const struct memory *memory, const struct tried *tried)
{
	const unsigned char *bytes = (const unsigned char *)tried;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < offsetof(struct tried, used); i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash ^ hash >> 32) & (memory->nr_slots - 1);
}

/* Return: false: it was there. */
static bool memory_put(struct memory *memory, const struct tried *tried)
{
	size_t i = slot_of(memory, tried);

	while (memory->slots[i].used) {
		if (!memcmp(&memory->slots[i], tried, offsetof(struct tried, used)))
			return false;
		i = (i + 1) & (memory->nr_slots - 1);
	}
	memory->slots[i] = *tried;
	memory->slots[i].used = true;
	memory->n++;
	return true;
}

static bool memory_add(struct memory *memory, const struct tried *tried)
{
	struct memory bigger = {.nr_slots = memory->nr_slots * 2};

	if (memory->n * 2 > memory->nr_slots) {
		bigger.slots = calloc(bigger.nr_slots, sizeof(*bigger.slots));
		if (!bigger.slots)
			abort();
		for (size_t i = 0; i < memory->nr_slots; i++)
			if (memory->slots[i].used)
				memory_put(&bigger, &memory->slots[i]);
		free(memory->slots);
		*memory = bigger;
	}
	return memory_put(memory, tried);
}

/* At the same time: starts first, so that two which touch are taken to overlap. */
static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return y->is_start - x->is_start;
}

/* What ends after `horizon` may have taken effect or not. */
static void entries_link(struct search *search, const struct linear_op *ops, size_t n,
			 uint64_t horizon)
{
	struct entry *entries = search->entries, *last = &search->head;
	struct entry *starts[LINEAR_MAX] = {NULL};
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (ops[i].start_ns > horizon)
			continue;
		entries[count++] = (struct entry){.op = &ops[i],
						  .ns = ops[i].start_ns,
						  .number = (uint16_t)i,
						  .is_start = true};
		if (ops[i].end_ns <= horizon)
			entries[count++] = (struct entry){
				.op = &ops[i], .ns = ops[i].end_ns, .number = (uint16_t)i};
	}
	qsort(entries, count, sizeof(*entries), by_time);
	for (size_t i = 0; i < count; i++) {
		if (entries[i].is_start)
			starts[entries[i].number] = &entries[i];
		else
			starts[entries[i].number]->match = &entries[i];
		entries[i].prev = last;
		last->next = &entries[i];
		last = &entries[i];
	}
	last->next = NULL;
}

static void unlink_entry(struct entry *entry)
{
	entry->prev->next = entry->next;
	if (entry->next)
		entry->next->prev = entry->prev;
}

static void relink_entry(struct entry *entry)
{
	entry->prev->next = entry;
	if (entry->next)
		entry->next->prev = entry;
}

static bool search_run(struct search *search)
{
	struct entry *entry = search->head.next;
	size_t depth = 0;

	while (entry) {
		struct linear_state before = search->now.state;
		uint64_t bit = UINT64_C(1) << entry->number % 64;
		uint64_t *word = &search->now.placed[entry->number / 64];

		if (entry->is_start) {
			*word |= bit;
			if (linear_apply(&search->now.state, entry->op) &&
			    memory_add(&search->memory, &search->now)) {
				search->stack[depth].entry = entry;
				search->stack[depth++].state = before;
				unlink_entry(entry);
				if (entry->match)
					unlink_entry(entry->match);
				entry = search->head.next;
				continue;
			}
			*word &= ~bit;
			search->now.state = before;
			entry = entry->next;
			continue;
		}
		/* It has ended and is not placed: something before was wrong. */
		if (!depth)
			return false;
		entry = search->stack[--depth].entry;
		search->now.state = search->stack[depth].state;
		search->now.placed[entry->number / 64] &= ~(UINT64_C(1) << entry->number % 64);
		if (entry->match)
			relink_entry(entry->match);
		relink_entry(entry);
		entry = entry->next;
	}
	return true;
}

static bool search_until(const struct linear_op *ops, size_t n, uint64_t horizon, size_t *states)
{
	struct search *search = calloc(1, sizeof(*search));
	bool found;

	if (!search || n > LINEAR_MAX)
		abort();
	search->memory.nr_slots = FIRST_SLOTS;
	search->memory.slots = calloc(FIRST_SLOTS, sizeof(*search->memory.slots));
	if (!search->memory.slots)
		abort();
	entries_link(search, ops, n, horizon);
	found = search_run(search);
	*states = search->memory.n;
	free(search->memory.slots);
	free(search);
	return found;
}

bool linear_search(const struct linear_op *ops, size_t n, size_t *states)
{
	return search_until(ops, n, UINT64_MAX, states);
}

static int by_end(const void *a, const void *b)
{
	const struct linear_op *x = a, *y = b;

	return x->end_ns < y->end_ns ? -1 : x->end_ns > y->end_ns;
}

size_t linear_shorten(const struct linear_op *ops, size_t n, struct linear_op *out)
{
	size_t states, first = 0, last = n - 1, kept = 0;
	uint64_t horizon;

	memcpy(out, ops, n * sizeof(*ops));
	qsort(out, n, sizeof(*out), by_end);
	/* The first answer that cannot be explained: longer histories have no order either. */
	while (first < last) {
		size_t middle = (first + last) / 2;

		if (search_until(out, n, out[middle].end_ns, &states))
			first = middle + 1;
		else
			last = middle;
	}
	horizon = out[first].end_ns;
	for (size_t i = 0; i < n; i++)
		if (out[i].start_ns <= horizon)
			out[kept++] = out[i];
	/* Without an observation there are more orders, not fewer: what has none without it has none. */
	for (size_t i = kept; i-- > 0;) {
		struct linear_op dropped = out[i];

		if (!linear_only_looks(&dropped))
			continue;
		memmove(&out[i], &out[i + 1], (kept - i - 1) * sizeof(*out));
		if (search_until(out, kept - 1, horizon, &states)) {
			memmove(&out[i + 1], &out[i], (kept - i - 1) * sizeof(*out));
			out[i] = dropped;
		} else {
			kept--;
		}
	}
	return kept;
}
