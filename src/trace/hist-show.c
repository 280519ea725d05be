/* SPDX-License-Identifier: MIT */
/* Histograms as text: what a map has counted, in order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-internal.h"
#include "trace/symbols.h"

#define BAR_CHARS 20

/* What the whole of a value is, for percentages and bars. */
struct value_stat {
	uint64_t max, total;
};

struct sort_context {
	const struct utfs_hist_plan *plan;
	const struct utfs_hist_copy *copy;
};

uint64_t utfs_hist_hits(const struct utfs_hist_view *view)
{
	uint64_t hits = 0;

	for (uint32_t i = 0; i < view->nr_slots; i++) {
		uint64_t slot = __atomic_load_n(&view->map->slots[i], __ATOMIC_ACQUIRE);
		const struct utfs_hist_element *element = utfs_hist_slot_element(view, slot);

		hits += element ? __atomic_load_n(&element->values[0], __ATOMIC_RELAXED) : 0;
	}
	return hits;
}

int utfs_hist_copy_map(const struct utfs_hist_view *view, struct utfs_hist_copy *copy)
{
	const uint64_t snapshot = __atomic_load_n(&view->map->snapshot_element, __ATOMIC_RELAXED);

	*copy = (struct utfs_hist_copy){
		.element_bytes = view->element_bytes,
		.comm = view->comm,
		.key = view->key,
		.strings = view->strings,
		.nr_strings = view->nr_strings,
		.snapshot_value = __atomic_load_n(&view->map->snapshot_value, __ATOMIC_RELAXED),
		.snapshot_entry = view->nr_elements,
		.drops = __atomic_load_n(&view->map->drops, __ATOMIC_RELAXED),
		.elements = malloc(((size_t)view->nr_elements + 1) * view->element_bytes),
	};
	if (!copy->elements)
		return -ENOMEM;
	if (snapshot && snapshot <= view->nr_elements) {
		memcpy(copy->elements + (size_t)view->nr_elements * view->element_bytes,
		       utfs_hist_element_at(view, (uint32_t)snapshot - 1), view->element_bytes);
		copy->snapshot_taken = true;
	}
	for (uint32_t i = 0; i < view->nr_slots && copy->nr_entries < view->nr_elements; i++) {
		uint64_t slot = __atomic_load_n(&view->map->slots[i], __ATOMIC_ACQUIRE);
		const struct utfs_hist_element *element = utfs_hist_slot_element(view, slot);

		if (!element)
			continue;
		memcpy(copy->elements + (size_t)copy->nr_entries++ * view->element_bytes, element,
		       view->element_bytes);
		copy->hits += element->values[0];
	}
	return 0;
}

static const struct utfs_hist_element *entry_at(const struct utfs_hist_copy *copy, uint32_t i)
{
	return (const struct utfs_hist_element *)(const void *)(copy->elements +
								(size_t)i * copy->element_bytes);
}

static const char *entry_key(const struct utfs_hist_copy *copy,
			     const struct utfs_hist_element *entry)
{
	return (const char *)entry + copy->key;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* As numbers of the field's own size; a key without one is as long as a key is. */
static int compare_number(const struct utfs_hist_field *field, const char *a, const char *b)
{
	unsigned int bytes = field->is_field && field->bytes < 8 && field->bytes ? field->bytes : 8;
	unsigned int shift = 64 - 8 * bytes;
	uint64_t one, other;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	one <<= shift;
	other <<= shift;
	if (!field->is_signed)
		return compare_u64(one, other);
	return (int64_t)one < (int64_t)other ? -1 : (int64_t)one > (int64_t)other;
}

static int compare_field(const struct sort_context *context, const struct utfs_hist_field *field,
			 const struct utfs_hist_element *a, const struct utfs_hist_element *b)
{
	const struct utfs_hist_plan *plan = context->plan;
	const char *one = entry_key(context->copy, a) + field->key_offset;
	const char *other = entry_key(context->copy, b) + field->key_offset;

	if (!(field->flags & UTFS_HIST_KEY))
		return compare_u64(a->values[field - plan->fields],
				   b->values[field - plan->fields]);
	if (field->flags & UTFS_HIST_STACKTRACE)
		return 0;
	if (field->flags & UTFS_HIST_STRING)
		return strncmp(one, other, field->key_bytes);
	return compare_number(field, one, other);
}

/* Where all that is asked for is equal, the whole key decides: so the order does not depend on who came first. */
static int compare_entries(const void *a, const void *b, void *arg)
{
	const struct sort_context *context = arg;
	const struct utfs_hist_plan *plan = context->plan;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < plan->nr_sorts && i < UTFS_HIST_SORTS_MAX; i++) {
		const struct utfs_hist_field *field = utfs_hist_sort_field(plan, i);

		ret = field ? compare_field(context, field, a, b) : 0;
		ret = plan->sort_descending[i] ? -ret : ret;
	}
	for (unsigned int i = 0; !ret && i < plan->nr_keys; i++)
		ret = compare_field(context, &plan->fields[plan->nr_vals + i], a, b);
	return ret ? ret
		   : memcmp(entry_key(context->copy, a), entry_key(context->copy, b),
			    plan->key_bytes);
}

static uint64_t key_number(const char *key)
{
	uint64_t value;

	memcpy(&value, key, sizeof(value));
	return value;
}

/* What a key is shown with. */
struct key_context {
	const char *comm;
	int32_t tgid; /* whose addresses are in the key */
	struct utfs_symbols *symbols;
};

static void function_write(struct eventfs_text *out, const struct key_context *context,
			   uint64_t address)
{
	static const struct utfs_line_style style = {.sym_offset = true};

	if (context->symbols)
		utfs_symbols_print(context->symbols, &style, context->tgid, address, out);
	else
		eventfs_text_printf(out, "0x%llx", (unsigned long long)address);
}

/* "name+0x12/0x40 [object]" becomes "name [object]". */
static void offset_drop(struct eventfs_text *text, size_t begin)
{
	size_t at = begin, end;

	for (size_t i = begin; i + 2 < text->len_bytes; i++)
		if (!memcmp(text->data + i, "+0x", 3))
			at = i;
	if (at == begin)
		return;
	for (end = at; end < text->len_bytes && text->data[end] != ' ';)
		end++;
	memmove(text->data + at, text->data + end, text->len_bytes - end);
	text->len_bytes -= end - at;
}

/* "[4010a0] main+0x12/0x40", or the name alone; filled up with spaces. */
static void symbol_write(struct eventfs_text *out, const struct key_context *context,
			 uint64_t address, bool with_offset)
{
	const size_t width = with_offset ? 55 : 45;
	size_t begin;

	eventfs_text_printf(out, "[%llx] ", (unsigned long long)address);
	begin = out->len_bytes;
	function_write(out, context, address);
	if (!with_offset)
		offset_drop(out, begin);
	while (!out->error && out->len_bytes - begin < width)
		eventfs_text_putc(out, ' ');
}

static void stack_write(struct eventfs_text *out, const struct key_context *context,
			const char *key)
{
	for (unsigned int i = 0; i < UTFS_HIST_STACK_DEPTH; i++) {
		uint64_t address = key_number(key + i * sizeof(address));

		if (!address)
			break;
		eventfs_text_puts(out, "         ");
		function_write(out, context, address);
		eventfs_text_putc(out, '\n');
	}
}

/* Return: does it take lines of its own? */
static bool key_field_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			    const struct utfs_hist_field *field, const char *key,
			    const struct key_context *context)
{
	const char *name = utfs_hist_plan_string(plan, field->name);
	const unsigned long long value = key_number(key);

	if (field->flags & UTFS_HIST_HEX) {
		eventfs_text_printf(out, "%s: %llx", name, value);
	} else if (field->flags & (UTFS_HIST_SYM | UTFS_HIST_SYM_OFFSET)) {
		eventfs_text_printf(out, "%s: ", name);
		symbol_write(out, context, value, !(field->flags & UTFS_HIST_SYM));
	} else if (field->flags & UTFS_HIST_EXECNAME) {
		eventfs_text_printf(out, "%s: %-16.16s[%10llu]", name, context->comm, value);
	} else if (field->flags & UTFS_HIST_SYSCALL) {
		eventfs_text_printf(out, "%s: %-30s[%3llu]", name, "unknown_syscall", value);
	} else if (field->flags & UTFS_HIST_STACKTRACE) {
		/* A field of the event has no line of its own. */
		eventfs_text_printf(out, field->is_field ? "%s.stacktrace" : "%s:\n", name);
		stack_write(out, context, key);
		return true;
	} else if (field->flags & UTFS_HIST_LOG2) {
		eventfs_text_printf(out, "%s: ~ 2^%-2llu", name, value);
	} else if (field->flags & UTFS_HIST_BUCKET) {
		eventfs_text_printf(out, "%s: ~ %llu-%llu", name, value,
				    value + (unsigned long long)field->operand - 1);
	} else if (field->flags & UTFS_HIST_STRING) {
		eventfs_text_printf(out, "%s: %-50.*s", name, (int)field->key_bytes, key);
	} else {
		eventfs_text_printf(out, "%s: %10llu", name, value);
	}
	return false;
}

static void key_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
		      const struct utfs_hist_copy *copy, const struct utfs_hist_element *entry)
{
	struct key_context context = {
		.comm = copy->comm ? (const char *)entry + copy->comm : "",
		.symbols = copy->symbols,
	};
	bool lines = false;

	if (plan->flags & UTFS_HIST_PLAN_ADDRESSES)
		context.tgid = (int32_t)key_number(entry_key(copy, entry) + plan->key_bytes -
						   sizeof(uint64_t));
	eventfs_text_puts(out, "{ ");
	for (unsigned int i = 0; i < plan->nr_keys; i++) {
		const struct utfs_hist_field *field = &plan->fields[plan->nr_vals + i];
		const char *key = entry_key(copy, entry) + field->key_offset;

		if (i)
			eventfs_text_puts(out, ", ");
		lines = key_field_write(out, plan, field, key, &context) || lines;
	}
	eventfs_text_puts(out, lines ? "}" : " }");
}

/* Hundredths of a percent; UINT32_MAX: of nothing. */
static uint32_t percentage(uint64_t value, uint64_t total)
{
	if (total && value < UINT64_MAX / 10000)
		return (uint32_t)(value * 10000 / total);
	total /= 10000;
	if (total)
		return (uint32_t)(value / total);
	return value ? UINT32_MAX : 0;
}

static void bar_write(struct eventfs_text *out, const char *name, uint64_t value, uint64_t max)
{
	const uint32_t share = percentage(value, max);
	char bar[BAR_CHARS + 1] = "[ERROR]";

	if (share != UINT32_MAX) {
		uint32_t length = share * BAR_CHARS / 10000;

		memset(bar, ' ', BAR_CHARS);
		memset(bar, '#', length < BAR_CHARS ? length : BAR_CHARS);
		bar[BAR_CHARS] = '\0';
	}
	eventfs_text_printf(out, " %s: %20s", name, bar);
}

static void value_write(struct eventfs_text *out, const char *name, uint32_t flags, uint64_t value,
			const struct value_stat *stat)
{
	uint32_t share;

	if (flags & UTFS_HIST_PERCENT) {
		share = percentage(value, stat->total);
		if (share == UINT32_MAX)
			eventfs_text_printf(out, " %s (%%):[ERROR]", name);
		else
			eventfs_text_printf(out, " %s (%%): %3u.%02u", name, share / 100,
					    share % 100);
	} else if (flags & UTFS_HIST_GRAPH) {
		bar_write(out, name, value, stat->max);
	} else {
		eventfs_text_printf(out, flags & UTFS_HIST_HEX ? " %s: %10llx" : " %s: %10llu",
				    name, (unsigned long long)value);
	}
}

/* What save() has kept. */
static void saved_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			const struct utfs_hist_copy *copy, const struct utfs_hist_element *entry)
{
	for (unsigned int i = plan->first_saved;
	     i && i < (unsigned int)plan->first_saved + plan->nr_saved && i < plan->nr_vals; i++) {
		const struct utfs_hist_field *field = &plan->fields[i];
		const char *name = utfs_hist_plan_string(plan, field->name);

		if (field->string && field->string <= copy->nr_strings)
			eventfs_text_printf(out, "  %s: %-32.*s", name, UTFS_HIST_STRING_MAX - 1,
					    (const char *)entry + copy->strings +
						    (field->string - 1U) * UTFS_HIST_STRING_MAX);
		else
			eventfs_text_printf(out, "  %s: %10llu", name,
					    (unsigned long long)entry->values[i]);
	}
}

/* What onmax() and onchange() have found. */
static void tracked_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			  const struct utfs_hist_copy *copy, const struct utfs_hist_element *entry)
{
	for (unsigned int i = 0; i < plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++) {
		const struct utfs_hist_action *action = &plan->actions[i];

		if (action->handler == UTFS_HIST_ONMATCH || action->kind == UTFS_HIST_SNAPSHOT ||
		    action->value >= plan->nr_vals)
			continue;
		eventfs_text_printf(out, "\n\t%s: %10llu",
				    action->handler == UTFS_HIST_ONMAX ? "max" : "changed",
				    (unsigned long long)entry->values[action->value]);
		saved_write(out, plan, copy, entry);
	}
}

static void snapshot_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			   const struct utfs_hist_copy *copy)
{
	for (unsigned int i = 0;
	     copy->snapshot_taken && i < plan->nr_actions && i < UTFS_HIST_ACTIONS_MAX; i++) {
		if (plan->actions[i].kind != UTFS_HIST_SNAPSHOT)
			continue;
		eventfs_text_printf(out,
				    "\nSnapshot taken (see tracing/snapshot).  Details:\n"
				    "\ttriggering value { %s }: %10llu"
				    "\ttriggered by event with key: ",
				    utfs_hist_plan_string(plan, plan->actions[i].subject),
				    (unsigned long long)copy->snapshot_value);
		key_write(out, plan, copy, entry_at(copy, copy->snapshot_entry));
		eventfs_text_putc(out, '\n');
		break;
	}
}

static void entry_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
			const struct utfs_hist_copy *copy, const struct utfs_hist_element *entry,
			const struct value_stat *stats)
{
	key_write(out, plan, copy, entry);
	if (!(plan->flags & UTFS_HIST_PLAN_NO_HITCOUNT))
		value_write(out, "hitcount", 0, entry->values[0], &stats[0]);
	for (unsigned int i = 1; i < plan->nr_vals; i++) {
		const struct utfs_hist_field *field = &plan->fields[i];

		if (field->flags & (UTFS_HIST_VAR | UTFS_HIST_EXPR))
			continue;
		eventfs_text_putc(out, ' ');
		value_write(out, utfs_hist_plan_string(plan, field->name), field->flags,
			    entry->values[i], &stats[i]);
	}
	tracked_write(out, plan, copy, entry);
	eventfs_text_putc(out, '\n');
}

/* Do a plan and a map agree on where everything lies? Each was checked by itself. */
static bool copy_fits(const struct utfs_hist_plan *plan, const struct utfs_hist_copy *copy)
{
	const uint32_t room = copy->element_bytes - copy->key;
	bool fits =
		sizeof(struct utfs_hist_element) + 8 * (uint32_t)plan->nr_vals <= copy->strings &&
		plan->key_bytes <= room && plan->key_bytes >= sizeof(uint64_t);

	for (unsigned int i = plan->nr_vals; i < (unsigned int)plan->nr_vals + plan->nr_keys; i++) {
		const struct utfs_hist_field *field = &plan->fields[i];
		const uint32_t bytes =
			field->flags & UTFS_HIST_STACKTRACE ? UTFS_HIST_STACK_BYTES : 8;

		fits = fits && field->key_bytes >= bytes && field->key_bytes <= room &&
		       field->key_offset <= room - field->key_bytes;
	}
	return fits;
}

int utfs_hist_write(struct eventfs_text *out, const struct utfs_hist_plan *plan,
		    struct utfs_hist_copy *copy)
{
	struct sort_context context = {plan, copy};
	struct value_stat stats[UTFS_HIST_FIELDS_MAX] = {0};

	if (!copy_fits(plan, copy)) {
		copy->nr_entries = 0;
		copy->snapshot_taken = false;
	}
	eventfs_text_puts(out, "# event histogram\n#\n# trigger info: ");
	utfs_hist_plan_write(out, plan);
	eventfs_text_puts(out, "#\n\n");
	if (copy->nr_entries)
		qsort_r(copy->elements, copy->nr_entries, copy->element_bytes, compare_entries,
			&context);
	for (uint32_t i = 0; i < copy->nr_entries; i++) {
		for (unsigned int j = 0; j < plan->nr_vals; j++) {
			const uint64_t value = entry_at(copy, i)->values[j];

			stats[j].total += value;
			stats[j].max = value > stats[j].max ? value : stats[j].max;
		}
	}
	for (uint32_t i = 0; i < copy->nr_entries; i++)
		entry_write(out, plan, copy, entry_at(copy, i), stats);
	snapshot_write(out, plan, copy);
	eventfs_text_printf(out, "\nTotals:\n    Hits: %llu\n    Entries: %u\n    Dropped: %llu\n",
			    (unsigned long long)copy->hits, copy->nr_entries,
			    (unsigned long long)copy->drops);
	return out->error;
}
