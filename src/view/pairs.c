/* SPDX-License-Identifier: MIT */
#include "view/pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/losses.h"

#define FIRST_SLOTS 256

/* ---- what begins and has not ended ---- */

/* A value by which pairs are found: the thread, a number, or a string. */
struct key {
	uint64_t number;	    /* of a string: its hash */
	const unsigned char *bytes; /* NULL: a number */
	size_t nr_bytes;
};

struct open_slot {
	struct key key;
	uint32_t begin;
	bool is_used,
		is_open; /* !is_open: it has ended; the next one with this key takes the slot */
};

struct opened {
	struct open_slot *slots;
	uint32_t nr, cap;
};

static bool key_equals(const struct key *a, const struct key *b)
{
	return a->number == b->number && a->nr_bytes == b->nr_bytes &&
	       (!a->nr_bytes || !memcmp(a->bytes, b->bytes, a->nr_bytes));
}

/* Where a key is, or goes. The table is never full. */
static struct open_slot *slot_of(const struct opened *opened, const struct key *key)
{
	uint64_t hash = key->number * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t at = (uint32_t)(hash >> 32) & (opened->cap - 1);

	while (opened->slots[at].is_used && !key_equals(&opened->slots[at].key, key))
		at = (at + 1) & (opened->cap - 1);
	return &opened->slots[at];
}

/* What has ended is forgotten on the way. */
static int opened_grow(struct opened *opened)
{
	struct opened grown = {.cap = FIRST_SLOTS};
	uint32_t nr_open = 0;

	if (opened->nr < opened->cap / 2)
		return 0;
	for (uint32_t i = 0; i < opened->cap; i++)
		nr_open += opened->slots[i].is_open;
	while (grown.cap < 4 * (uint64_t)nr_open)
		grown.cap *= 2;
	grown.slots = calloc(grown.cap, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < opened->cap; i++) {
		if (opened->slots[i].is_open)
			*slot_of(&grown, &opened->slots[i].key) = opened->slots[i];
	}
	grown.nr = nr_open;
	free(opened->slots);
	*opened = grown;
	return 0;
}

/* ---- keys ---- */

bool utfs_view_pairs_field_fits(const struct utfs_recording_type *begin,
				const struct utfs_recording_type *end,
				const struct utfs_field *field)
{
	const struct utfs_field *other =
		end->format ? utfs_event_format_field(end->format, field->name, strlen(field->name))
			    : NULL;

	if (!begin->format || !other)
		return false;
	if (field->is_string || other->is_string)
		return field->is_string && other->is_string;
	return field->kind == UTFS_FIELD_INTEGER && other->kind == UTFS_FIELD_INTEGER;
}

static const struct utfs_field *field_of(const struct utfs_recording_type *type, const char *name)
{
	return type->format ? utfs_event_format_field(type->format, name, strlen(name)) : NULL;
}

/* The value of a field. Return: false the record has none. */
static bool key_read(const struct utfs_view_store *store, uint32_t place,
		     const struct utfs_field *field, struct key *key)
{
	struct utfs_recording_event event;
	struct utfs_recording_value value;

	*key = (struct key){0};
	if (!field) {
		key->number = store->lanes[store->lane[place]].thread;
		return true;
	}
	utfs_view_store_event(store, place, &event);
	utfs_recording_value(&event, field, &value);
	switch (value.kind) {
	case UTFS_RECORDING_SIGNED:
		key->number = (uint64_t)value.i;
		return true;
	case UTFS_RECORDING_UNSIGNED:
		key->number = value.u;
		return true;
	case UTFS_RECORDING_STRING:
		key->bytes = value.data;
		key->nr_bytes = value.bytes;
		key->number = UINT64_C(0xcbf29ce484222325);
		for (size_t i = 0; i < value.bytes; i++)
			key->number = (key->number ^ value.data[i]) * UINT64_C(0x100000001b3);
		return true;
	default:
		return false;
	}
}

/* ---- finding pairs ---- */

static int span_add(struct utfs_view_pairs *pairs, struct utfs_view_span span)
{
	if (pairs->nr == pairs->cap) {
		uint32_t cap = pairs->cap ? 2 * pairs->cap : 1024;
		struct utfs_view_span *grown = realloc(pairs->spans, cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		pairs->spans = grown;
		pairs->cap = cap;
	}
	pairs->spans[pairs->nr++] = span;
	return 0;
}

static int match(struct utfs_view_pairs *pairs, const struct utfs_view_store *store)
{
	const struct utfs_view_type *begin = &store->types[pairs->wish.begin],
				    *end = &store->types[pairs->wish.end];
	const bool by_field = *pairs->wish.field;
	const struct utfs_field *of_begin =
					by_field ? field_of(begin->known, pairs->wish.field) : NULL,
				*of_end = by_field ? field_of(end->known, pairs->wish.field) : NULL;
	struct opened opened = {0};
	uint32_t b = 0, e = 0;
	int ret = 0;

	while (e < end->places.nr && !ret) {
		struct open_slot *slot;
		struct key key;
		const bool begins = b < begin->places.nr && begin->places.at[b] < end->places.at[e];
		const uint32_t place = begins ? begin->places.at[b++] : end->places.at[e++];

		if (!key_read(store, place, begins ? of_begin : of_end, &key))
			continue;
		ret = opened_grow(&opened);
		if (ret)
			break;
		slot = slot_of(&opened, &key);
		if (begins) {
			opened.nr += !slot->is_used;
			*slot = (struct open_slot){key, place, true, true};
		} else if (slot->is_open) {
			ret = span_add(pairs, (struct utfs_view_span){slot->begin, place});
			slot->is_open = false;
		}
	}
	free(opened.slots);
	return ret;
}

/* ---- those in doubt ---- */

static int number_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Has a field one value in two events of a type? Strings whose hashes are equal are taken for equal. Return: 0 with *repeats; -ENOMEM. */
static int look_for_repeats(const struct utfs_view_store *store, const struct utfs_view_type *type,
			    const struct utfs_field *field, bool *repeats)
{
	uint64_t *numbers = calloc(type->places.nr + 1, sizeof(*numbers));
	uint32_t nr = 0;
	struct key key;

	*repeats = false;
	if (!numbers)
		return -ENOMEM;
	for (uint32_t i = 0; i < type->places.nr; i++) {
		if (key_read(store, type->places.at[i], field, &key))
			numbers[nr++] = key.number;
	}
	qsort(numbers, nr, sizeof(*numbers), number_compare);
	for (uint32_t i = 1; i < nr && !*repeats; i++)
		*repeats = numbers[i] == numbers[i - 1];
	free(numbers);
	return 0;
}

/* Does what pairs are found by name one thing each? */
static int look_for_names(const struct utfs_view_store *store,
			  const struct utfs_view_pair_wish *wish, bool *are_names)
{
	const struct utfs_view_type *types[] = {&store->types[wish->begin],
						&store->types[wish->end]};
	bool repeats = !*wish->field;
	int ret = 0;

	for (size_t i = 0; i < 2 && !ret && !repeats; i++)
		ret = look_for_repeats(store, types[i], field_of(types[i]->known, wish->field),
				       &repeats);
	*are_names = !repeats;
	return ret;
}

/* Of the spans those between whose ends no event is missing stay. */
static int part_doubtful(struct utfs_view_pairs *pairs, const struct utfs_view_store *store,
			 const struct utfs_view_losses *losses)
{
	uint32_t nr = 0;

	pairs->doubtful = calloc(pairs->nr + 1, sizeof(*pairs->doubtful));
	if (!pairs->doubtful)
		return -ENOMEM;
	for (uint32_t i = 0; i < pairs->nr; i++) {
		const struct utfs_view_span span = pairs->spans[i];

		if (utfs_view_losses_between(losses, store->time[span.begin],
					     store->time[span.end]))
			pairs->doubtful[pairs->nr_doubtful++] = span;
		else
			pairs->spans[nr++] = span;
	}
	pairs->nr = nr;
	return 0;
}

static int doubt(struct utfs_view_pairs *pairs, const struct utfs_view_store *store)
{
	struct utfs_view_losses losses;
	bool are_names;
	int ret;

	if (!store->nr_gaps || !pairs->nr)
		return 0;
	ret = look_for_names(store, &pairs->wish, &are_names);
	if (ret || are_names)
		return ret;
	ret = utfs_view_losses_init(&losses, store, store->types[pairs->wish.begin].known->file,
				    store->types[pairs->wish.end].known->file);
	if (!ret)
		ret = part_doubtful(pairs, store, &losses);
	utfs_view_losses_fini(&losses);
	return ret;
}

/* ---- by thread ---- */

static int span_compare(const void *a, const void *b)
{
	const struct utfs_view_span *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static uint32_t thread_of(const struct utfs_view_store *store, struct utfs_view_span span)
{
	return store->lanes[store->lane[span.begin]].thread;
}

static int sums_make(struct utfs_view_thread_spans *of, const struct utfs_view_store *store)
{
	/* Sums wrap around; their differences do not. */
	of->begins = calloc(of->nr + 1, sizeof(*of->begins));
	of->ends = calloc(of->nr + 1, sizeof(*of->ends));
	of->last = calloc(of->nr + 1, sizeof(*of->last));
	of->sorted = calloc(of->nr + 1, sizeof(*of->sorted));
	if (!of->begins || !of->ends || !of->last || !of->sorted)
		return -ENOMEM;
	qsort(of->spans, of->nr, sizeof(*of->spans), span_compare);
	for (uint32_t i = 0; i < of->nr; i++) {
		const uint64_t end = store->time[of->spans[i].end];

		of->begins[i + 1] = of->begins[i] + store->time[of->spans[i].begin];
		of->last[i + 1] = end > of->last[i] ? end : of->last[i];
		of->sorted[i] = end;
	}
	qsort(of->sorted, of->nr, sizeof(*of->sorted), number_compare);
	for (uint32_t i = 0; i < of->nr; i++)
		of->ends[i + 1] = of->ends[i] + of->sorted[i];
	return 0;
}

static int group(struct utfs_view_pairs *pairs, const struct utfs_view_store *store)
{
	int ret = 0;

	pairs->threads = calloc(store->nr_threads + 1, sizeof(*pairs->threads));
	if (!pairs->threads)
		return -ENOMEM;
	pairs->nr_threads = store->nr_threads;
	for (uint32_t i = 0; i < pairs->nr; i++)
		pairs->threads[thread_of(store, pairs->spans[i])].nr++;
	for (uint32_t i = 0; i < pairs->nr_threads; i++) {
		struct utfs_view_thread_spans *of = &pairs->threads[i];

		of->spans = calloc(of->nr + 1, sizeof(*of->spans));
		if (!of->spans)
			return -ENOMEM;
		of->nr = 0;
	}
	for (uint32_t i = 0; i < pairs->nr; i++) {
		struct utfs_view_thread_spans *of =
			&pairs->threads[thread_of(store, pairs->spans[i])];

		of->spans[of->nr++] = pairs->spans[i];
	}
	for (uint32_t i = 0; i < pairs->nr_threads && !ret; i++)
		ret = sums_make(&pairs->threads[i], store);
	return ret;
}

static bool is_possible(const struct utfs_view_store *store, const struct utfs_view_pair_wish *wish)
{
	const struct utfs_recording_type *begin, *end;
	const struct utfs_field *field;

	if (wish->begin >= store->nr_types || wish->end >= store->nr_types ||
	    wish->begin == wish->end)
		return false;
	begin = store->types[wish->begin].known;
	end = store->types[wish->end].known;
	if (!begin || !end)
		return false;
	if (!*wish->field)
		return true;
	field = field_of(begin, wish->field);
	return field && utfs_view_pairs_field_fits(begin, end, field);
}

int utfs_view_pairs_create(const struct utfs_view_store *store,
			   const struct utfs_view_pair_wish *wish, struct utfs_view_pairs **pairs)
{
	struct utfs_view_pairs *made;
	int ret;

	*pairs = NULL;
	if (!is_possible(store, wish))
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->wish = *wish;
	made->nr_events = store->nr;
	made->dropped = store->dropped;
	ret = match(made, store);
	if (!ret)
		ret = doubt(made, store);
	if (!ret)
		ret = group(made, store);
	if (ret)
		utfs_view_pairs_free(made);
	else
		*pairs = made;
	return ret;
}

void utfs_view_pairs_free(struct utfs_view_pairs *pairs)
{
	if (!pairs)
		return;
	for (uint32_t i = 0; i < pairs->nr_threads; i++) {
		struct utfs_view_thread_spans *of = &pairs->threads[i];

		free(of->spans);
		free(of->begins);
		free(of->ends);
		free(of->last);
		free(of->sorted);
	}
	free(pairs->threads);
	free(pairs->doubtful);
	free(pairs->spans);
	free(pairs);
}
