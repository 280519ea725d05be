/* SPDX-License-Identifier: MIT */
/*
 * Rules for events that do not exist yet. They are applied in the transaction in which an event registers, whoever registers
 * it: so the first event of a program's first run is recorded.
 */
#include <string.h>

#include "arena/internal.h"
#include "arena/match.h"

const struct utfs_pending_rule *utfs_pending_rule_at(const struct utfs_pending_rules *rules,
						     uint32_t bytes, uint64_t at)
{
	const struct utfs_pending_rule *rule =
		(const struct utfs_pending_rule *)(const void *)((const char *)rules + at);
	uint64_t program, trigger;

	if (at % 8 || at > bytes || bytes - at < sizeof(*rule) || rule->bytes > bytes - at ||
	    rule->bytes < sizeof(*rule) || rule->bytes % 8)
		return NULL;
	if (rule->text_bytes > rule->bytes - sizeof(*rule) ||
	    (uint64_t)rule->system_bytes + rule->event_bytes + 1 > rule->text_bytes)
		return NULL;
	program = rule->program;
	if (program && (program % 8 || program > rule->bytes ||
			rule->bytes - program < sizeof(struct utfs_filter_program)))
		return NULL;
	trigger = rule->trigger;
	if (trigger && (trigger % 8 || trigger > rule->bytes ||
			rule->bytes - trigger < sizeof(struct utfs_trigger)))
		return NULL;
	return rule;
}

const struct utfs_pending_rule *utfs_pending_next(const struct utfs_arena *arena, uint32_t slot,
						  const struct utfs_pending_rule *after)
{
	uint64_t reference = utfs_instance_at(arena, slot)->pending;
	const struct utfs_pending_rules *rules;
	uint32_t bytes;

	rules = utfs_object_get(arena, reference, UTFS_MAGIC_PENDING, &bytes);
	if (!rules || bytes < sizeof(*rules))
		return NULL;
	if (!after)
		return utfs_pending_rule_at(rules, bytes, sizeof(*rules));
	return utfs_pending_rule_at(
		rules, bytes, (uint64_t)((const char *)after - (const char *)rules) + after->bytes);
}

int utfs_pending_set(struct utfs_arena *arena, uint32_t slot,
		     const struct utfs_pending_rules *rules)
{
	struct utfs_instance *instance = utfs_instance_at(arena, slot);
	bool had = instance->pending;
	int ret = utfs_object_replace(arena, &instance->pending, rules ? &rules->object : NULL);

	if (!ret)
		ret = utfs_tx_reserve(arena, 1);
	if (!ret && had != !!rules)
		utfs_tx_set(arena, &arena->header->nr_pending,
			    arena->header->nr_pending + (rules ? 1 : UINT64_MAX));
	return ret;
}

/* A program that filters nothing, in place of one that cannot be: its text says why. */
static void program_explain(struct utfs_filter_program *program, uint32_t room, const char *why)
{
	static const char caret[] = "\n^\nparse_error: ";
	char *text = (char *)program + sizeof(*program);
	uint32_t n = program->text_bytes;

	/* In front of where it was: ops and operands are no more. */
	memmove(text, (const char *)program + program->text, n);
	if (sizeof(*program) + n + strlen(caret) + strlen(why) + 1 <= room) {
		memcpy(text + n, caret, strlen(caret));
		n += (uint32_t)strlen(caret);
		memcpy(text + n, why, strlen(why));
		n += (uint32_t)strlen(why);
		text[n++] = '\n';
	}
	program->nr_ops = 0;
	program->text = sizeof(*program);
	program->text_bytes = n;
	program->object.bytes = (uint32_t)sizeof(*program) + n;
}

/* A filter of a rule with room to be linked in place, and to explain why it cannot be. */
union linked {
	struct utfs_filter_program program;
	uint64_t words[UTFS_PENDING_PROGRAM_MAX / 8 + 32];
};

/* Copies a rule's filter and links it to an event. Return: false damaged; else true and *why, what is wrong or NULL. */
static bool rule_link(const struct utfs_pending_rule *rule, const struct utfs_event_strings *event,
		      union linked *linked, const char **why)
{
	const struct utfs_filter_program *program =
		(const struct utfs_filter_program *)(const void *)((const char *)rule +
								   rule->program);
	const uint32_t bytes = program->object.bytes;

	if (bytes < sizeof(*program) || bytes > rule->bytes - rule->program ||
	    bytes > UTFS_PENDING_PROGRAM_MAX || program->text > bytes ||
	    program->text_bytes > bytes - program->text)
		return false;
	memcpy(linked, program, bytes);
	*why = utfs_filter_link(&linked->program, event->fields, event->fields_bytes);
	return true;
}

static int rule_filter(struct utfs_arena *arena, unsigned int recorder,
		       const struct utfs_pending_rule *rule, uint32_t id,
		       const struct utfs_event_strings *event) UTFS_REQUIRES(arena->event_mutex)
{
	union linked linked;
	const char *why;

	/* Damaged: no filter is better than one that nobody has written. */
	if (!rule_link(rule, event, &linked, &why))
		return 0;
	if (why)
		program_explain(&linked.program, sizeof(linked), why);
	return utfs_filter_set(arena, id, recorder, &linked.program);
}

/* Has the event one of this kind? It cannot have two. */
static bool has_trigger(const struct utfs_arena *arena, uint32_t id, unsigned int recorder,
			const struct utfs_trigger *trigger) UTFS_REQUIRES(arena->event_mutex)
{
	const struct utfs_trigger_list *list = utfs_triggers_get(arena, id, recorder);

	for (uint32_t i = 0; list && i < list->nr_triggers; i++)
		if (utfs_triggers_exclude(&list->triggers[i], trigger))
			return true;
	return false;
}

/* An event that the trigger's filter does not fit has no such trigger. */
static int rule_trigger(struct utfs_arena *arena, unsigned int recorder,
			const struct utfs_pending_rule *rule, uint32_t id,
			const struct utfs_event_strings *event) UTFS_REQUIRES(arena->event_mutex)
{
	struct utfs_trigger trigger;
	union linked linked;
	const char *why = NULL;
	int ret;

	memcpy(&trigger, (const char *)rule + rule->trigger, sizeof(trigger));
	if (has_trigger(arena, id, recorder, &trigger) ||
	    (rule->program && (!rule_link(rule, event, &linked, &why) || why)))
		return 0;
	ret = utfs_trigger_add(arena, id, recorder, &trigger,
			       rule->program ? &linked.program : NULL, false);
	/* It has as many as it can have, or what it switches is gone: no reason to refuse the event. */
	return ret == -EMFILE || ret == -ENOENT ? 0 : ret;
}

int utfs_pending_apply_rule(struct utfs_arena *arena, uint32_t slot,
			    const struct utfs_pending_rule *rule, uint32_t id)
{
	const struct utfs_instance *instance = utfs_instance_at(arena, slot);
	const char *name = rule->text + rule->system_bytes + 1;
	struct utfs_event_strings event;

	utfs_lock_order_held(UTFS_LEVEL_EVENT);
	if (!instance->recorder || instance->recorder > UTFS_MAX_RECORDERS ||
	    utfs_event_strings_get(arena, id, &event) ||
	    !utfs_match_glob(event.system, event.system_bytes, rule->text, rule->system_bytes) ||
	    !utfs_match_glob(event.name, event.name_bytes, name, rule->event_bytes))
		return 0;
	if (rule->trigger)
		return rule_trigger(arena, (unsigned int)instance->recorder - 1, rule, id, &event);
	if (rule->program)
		return rule_filter(arena, (unsigned int)instance->recorder - 1, rule, id, &event);
	return utfs_event_recording_set(arena, id, (unsigned int)instance->recorder - 1, true);
}

static int instance_apply(struct utfs_arena *arena, uint32_t slot, uint32_t id)
	UTFS_REQUIRES(arena->event_mutex)
{
	const struct utfs_pending_rule *rule = NULL;
	int ret = 0;

	while (!ret && (rule = utfs_pending_next(arena, slot, rule)))
		ret = utfs_pending_apply_rule(arena, slot, rule, id);
	return ret;
}

int utfs_pending_apply(struct utfs_arena *arena, uint32_t id)
{
	uint64_t left = arena->header->nr_pending;
	uint32_t slot = 0;
	int ret = 0;

	if (!left)
		return 0;
	do {
		if (!utfs_instance_at(arena, slot)->pending)
			continue;
		ret = instance_apply(arena, slot, id);
		left--;
	} while (!ret && left && utfs_instance_next(arena, slot, &slot));
	return ret;
}
