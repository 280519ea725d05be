/* SPDX-License-Identifier: MIT */
/* What a record, or who writes it, has for a histogram: values, strings, stacks, and keys of them; and which histogram that is. */
#include <string.h>

#include "app/hist-internal.h"
#include "app/stack.h"

static uint64_t clock_value(const struct utfs_hist_counting *c)
{
	const struct utfs_arena *arena = c->subject->writer->arena;
	uint64_t config =
		__atomic_load_n(&utfs_recorder_at(arena, c->recorder)->config, __ATOMIC_RELAXED);
	enum utfs_clock clock = config >> UTFS_CONFIG_CLOCK_SHIFT & UTFS_CONFIG_CLOCK_MASK;
	uint64_t now = utfs_clock_read(arena, clock);

	return c->plan->flags & UTFS_HIST_PLAN_USECS && utfs_clock_in_ns(clock) ? now / 1000 : now;
}

uint64_t utfs_hist_value_other(const struct utfs_hist_counting *c,
			       const struct utfs_hist_field *field)
{
	const uint64_t operand = field->operand;
	uint64_t value = 0;

	switch (field->source) {
	case UTFS_HIST_FROM_CONSTANT:
		return operand;
	case UTFS_HIST_FROM_NUMBER:
		(void)utfs_filter_number(c->subject, field->offset, field->bytes, field->is_signed,
					 &value);
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

		if (bytes < sizeof(value) || bytes > c->view->key_bytes ||
		    at > c->view->key_bytes - bytes)
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
			value = utfs_hist_value(c, field);
			memcpy(key + at, &value, sizeof(value));
			if (field->flags & (UTFS_HIST_SYM | UTFS_HIST_SYM_OFFSET))
				utfs_mappings_note(c->subject, &value, 1);
		} else if (utfs_hist_string_find(c, field, &text, &room)) {
			room = room < bytes ? room : bytes - 1;
			memcpy(key + at, text, strnlen(text, room));
		}
	}
	if (c->plan->flags & UTFS_HIST_PLAN_ADDRESSES)
		memcpy(key + c->view->key_bytes - sizeof(tgid), &tgid, sizeof(tgid));
	return true;
}

bool utfs_hist_target_get(const struct utfs_arena *arena, uint64_t reference,
			  struct utfs_hist_target *target)
{
	const struct utfs_hist_plan *plan = utfs_block_get(arena, reference, UTFS_MAGIC_HIST_PLAN);

	if (!plan)
		return false;
	target->plan = plan;
	target->map = __atomic_load_n(&plan->map, __ATOMIC_ACQUIRE);
	target->nr_vals = plan->nr_vals;
	target->nr_keys = plan->nr_keys;
	if (!utfs_hist_view_get(arena, target->map, &target->view) ||
	    target->nr_keys - 1U >= UTFS_HIST_KEYS_MAX ||
	    target->nr_vals + target->nr_keys > UTFS_HIST_FIELDS_MAX)
		return false;
	target->is_number = target->view.key_bytes == sizeof(uint64_t) &&
			    !(plan->fields[target->nr_vals].flags & UTFS_HIST_STRING);
	return true;
}

bool utfs_hist_count(const struct utfs_filter_subject *subject, unsigned int recorder,
		     uint64_t reference)
{
	struct utfs_hist_target target;

	return utfs_hist_target_get(subject->writer->arena, reference, &target) &&
	       utfs_hist_target_count(subject, recorder, &target);
}
