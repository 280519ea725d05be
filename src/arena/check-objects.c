/* SPDX-License-Identifier: MIT */
/*
 * Objects and what refers to them. Two tables say all: the kinds of objects, with what must hold in each and the references that lie
 * in it; and the places where references lie. A new kind is a row in one, or in both.
 */
#include <string.h>

#include "arena/check-internal.h"

/* Return: NULL, or what is wrong with an object whose head is right. */
typedef const char *object_fault(const void *object, uint32_t bytes);

struct kind {
	uint32_t magic;
	const char *name;
	uint32_t bytes; /* at least */
	bool exact;	/* ... and at most */
	object_fault *fault;
	/* References in it: at an offset, so many, all of one kind. */
	uint32_t refs_offset, nr_refs, refs_magic;
};

static const char *op_fault(const struct utfs_filter_op *op, uint32_t at, uint32_t nr_ops,
			    uint32_t bytes)
{
	if (op->when_true <= at || op->when_false <= at || op->when_true > nr_ops + 1 ||
	    op->when_false > nr_ops + 1)
		return "an op that goes backwards or out of the program";
	if (op->what > UTFS_FILTER_NAMED_CPUS || op->compare > UTFS_COMPARE_CPUS ||
	    op->match > UTFS_MATCH_GLOB)
		return "an op of no known kind";
	if (op->operand_bytes > bytes || op->operand > bytes - op->operand_bytes)
		return "an operand outside of it";
	return NULL;
}

static const char *program_fault(const void *object, uint32_t bytes)
{
	const struct utfs_filter_program *program = object;
	const char *fault = NULL;

	if (program->nr_ops > (bytes - sizeof(*program)) / sizeof(struct utfs_filter_op))
		return "more ops than it has room for";
	if (program->text_bytes > bytes || program->text > bytes - program->text_bytes)
		return "its text outside of it";
	for (uint32_t i = 0; !fault && i < program->nr_ops; i++)
		fault = op_fault(&program->ops[i], i, program->nr_ops, bytes);
	return fault;
}

static const char *triggers_fault(const void *object, uint32_t bytes)
{
	const struct utfs_trigger_list *list = object;
	const char *fault = NULL;

	if (!utfs_trigger_list_holds(list, bytes))
		return "more triggers than it has room for";
	for (uint32_t i = 0; !fault && i < list->nr_triggers; i++) {
		const struct utfs_trigger *trigger = &list->triggers[i];
		uint32_t program_bytes;
		const struct utfs_filter_program *program =
			utfs_trigger_program(list, bytes, trigger, &program_bytes);

		if (trigger->kind < UTFS_TRIGGER_TRACEON || trigger->kind >= UTFS_TRIGGER_KINDS_END)
			return "a trigger of no known kind";
		if (trigger->program && !program)
			return "a filter outside of it";
		fault = program ? program_fault(program, program_bytes) : NULL;
	}
	return fault;
}

static const char *pids_fault(const void *object, uint32_t bytes)
{
	const struct utfs_pid_list *list = object;

	if (list->nr_pids > (bytes - sizeof(*list)) / sizeof(uint32_t))
		return "more threads than it has room for";
	for (uint32_t i = 1; i < list->nr_pids; i++)
		if ((list->pids[i - 1] & ~UTFS_PID_INHERITED) >=
		    (list->pids[i] & ~UTFS_PID_INHERITED))
			return "threads that are not in ascending order";
	return NULL;
}

static const char *cpus_fault(const void *object, uint32_t bytes)
{
	(void)object;
	return (bytes - sizeof(struct utfs_cpu_set)) % sizeof(uint64_t) ? "a part of a word" : NULL;
}

static const char *error_fault(const void *object, uint32_t bytes)
{
	const struct utfs_error_entry *entry = object;

	return (uint64_t)entry->location_bytes + entry->message_bytes + entry->command_bytes !=
			       bytes - sizeof(*entry)
		       ? "texts that do not fill it"
		       : NULL;
}

static const char *pending_fault(const void *object, uint32_t bytes)
{
	const struct utfs_pending_rules *rules = object;
	uint64_t at = sizeof(*rules);

	for (uint32_t i = 0; i < rules->nr_rules; i++) {
		const struct utfs_pending_rule *rule = utfs_pending_rule_at(rules, bytes, at);

		if (!rule)
			return "a rule that does not hold together";
		at += rule->bytes;
	}
	return at == bytes ? NULL : "more or less than its rules";
}

static const struct kind kinds[] = {
	{UTFS_MAGIC_TABLE, "filter table", sizeof(struct utfs_filter_table), true, NULL,
	 offsetof(struct utfs_filter_table, programs), UTFS_MAX_RECORDERS, UTFS_MAGIC_PROGRAM},
	{UTFS_MAGIC_PROGRAM, "filter", sizeof(struct utfs_filter_program), false, program_fault, 0,
	 0, 0},
	{UTFS_MAGIC_TRIGGER_TABLE, "trigger table", sizeof(struct utfs_trigger_table), true, NULL,
	 offsetof(struct utfs_trigger_table, lists), UTFS_MAX_RECORDERS, UTFS_MAGIC_TRIGGERS},
	{UTFS_MAGIC_TRIGGERS, "list of triggers", sizeof(struct utfs_trigger_list), false,
	 triggers_fault, 0, 0, 0},
	{UTFS_MAGIC_PIDS, "list of threads", sizeof(struct utfs_pid_list), false, pids_fault, 0, 0,
	 0},
	{UTFS_MAGIC_CPUS, "set of CPUs", sizeof(struct utfs_cpu_set), false, cpus_fault, 0, 0, 0},
	{UTFS_MAGIC_ERRORS, "error log", sizeof(struct utfs_error_log), true, NULL,
	 offsetof(struct utfs_error_log, errors), UTFS_MAX_ERRORS, UTFS_MAGIC_ERROR},
	{UTFS_MAGIC_ERROR, "error", sizeof(struct utfs_error_entry), false, error_fault, 0, 0, 0},
	{UTFS_MAGIC_PENDING, "list of pending rules", sizeof(struct utfs_pending_rules), false,
	 pending_fault, 0, 0, 0},
};

/* Where references lie: a word of each element of a table. */
struct place {
	const char *of; /* "event" */
	enum utfs_region region;
	uint32_t element_bytes, offset, magic;
};

static const struct place places[] = {
	{"event", UTFS_REGION_MASKS, sizeof(struct utfs_event_state),
	 offsetof(struct utfs_event_state, filters), UTFS_MAGIC_TABLE},
	{"event", UTFS_REGION_MASKS, sizeof(struct utfs_event_state),
	 offsetof(struct utfs_event_state, triggers), UTFS_MAGIC_TRIGGER_TABLE},
	{"recorder", UTFS_REGION_RECORDERS, sizeof(struct utfs_recorder),
	 offsetof(struct utfs_recorder, gates[UTFS_GATE_PIDS]), UTFS_MAGIC_PIDS},
	{"recorder", UTFS_REGION_RECORDERS, sizeof(struct utfs_recorder),
	 offsetof(struct utfs_recorder, gates[UTFS_GATE_NO_PIDS]), UTFS_MAGIC_PIDS},
	{"recorder", UTFS_REGION_RECORDERS, sizeof(struct utfs_recorder),
	 offsetof(struct utfs_recorder, gates[UTFS_GATE_CPUS]), UTFS_MAGIC_CPUS},
	{"instance", UTFS_REGION_INSTANCES, sizeof(struct utfs_instance),
	 offsetof(struct utfs_instance, errors), UTFS_MAGIC_ERRORS},
	{"instance", UTFS_REGION_INSTANCES, sizeof(struct utfs_instance),
	 offsetof(struct utfs_instance, pending), UTFS_MAGIC_PENDING},
};

static const struct kind *kind_find(uint32_t magic)
{
	const struct kind *kind = kinds;

	while (kind->magic != magic)
		kind++;
	return kind;
}

/* Return: NULL, or what is wrong with what a word refers to. */
static const char *reference_fault(const struct utfs_arena *arena, uint64_t reference,
				   const struct kind *kind, const void **object, uint32_t *bytes)
{
	*object = utfs_object_get(arena, reference, kind->magic, bytes);
	if (!*object)
		return "nothing of the kind in its place";
	if (*bytes < kind->bytes || (kind->exact && *bytes != kind->bytes))
		return "another size";
	return kind->fault ? kind->fault(*object, *bytes) : NULL;
}

/* Return: false: the reference is none that leads on. */
static bool reference_check(struct utfs_check *check, uint64_t *word, const char *of,
			    uint64_t index, const struct kind *kind, const void **object)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	const char *fault;
	uint32_t bytes;
	int ret;

	if (!*word)
		return false;
	fault = reference_fault(check->arena, *word, kind, object, &bytes);
	if (!fault) {
		check->seen.objects++;
		utfs_check_claim(check, &(struct utfs_claim){.offset = *word & UTFS_REFERENCE_MASK,
							     .bytes = utfs_blob_bytes(bytes),
							     .what = kind->name,
							     .index = index,
							     .word = word});
		return true;
	}
	if (!utfs_check_found(check, UTFS_DAMAGE_OBJECT, word, "the %s of %s %llu has %s",
			      kind->name, of, (unsigned long long)index, fault))
		return false;
	ret = utfs_tx_reserve(check->arena, 1);
	if (!ret)
		utfs_tx_set(check->arena, word, 0);
	utfs_check_mend(check, ret);
	return false;
}

static void object_check(struct utfs_check *check, uint64_t *word, const struct place *place,
			 uint64_t index) UTFS_REQUIRES(check->arena->event_mutex)
{
	const struct kind *kind = kind_find(place->magic);
	const void *object;

	if (!reference_check(check, word, place->of, index, kind, &object))
		return;
	for (uint32_t i = 0; i < kind->nr_refs; i++) {
		/* It lies in the arena, where words may be changed. */
		const uint64_t offset =
			(*word & UTFS_REFERENCE_MASK) + kind->refs_offset + i * sizeof(uint64_t);
		const void *inner;

		(void)reference_check(check, utfs_arena_heap_at(check->arena, offset, 8), place->of,
				      index, kind_find(kind->refs_magic), &inner);
	}
}

/* How many elements of a table there are, and whether one is in use. */
static uint64_t nr_elements(const struct utfs_arena *arena, enum utfs_region region)
{
	const struct utfs_header *header = arena->header;

	return region == UTFS_REGION_MASKS ? header->nr_events
	       : region == UTFS_REGION_INSTANCES
		       ? header->nr_instances
		       : header->present[UTFS_REGION_RECORDERS] / sizeof(struct utfs_recorder);
}

static bool element_live(const struct utfs_arena *arena, enum utfs_region region, uint64_t index)
{
	const struct utfs_recorder *recorder;

	if (region == UTFS_REGION_MASKS)
		return utfs_event_at(arena, index)->serial;
	if (region == UTFS_REGION_INSTANCES)
		return !index || utfs_instance_at(arena, index)->serial;
	recorder = utfs_arena_element(arena, region, index, sizeof(*recorder));
	return recorder->state == UTFS_RECORDER_ACTIVE;
}

static void place_check(struct utfs_check *check, const struct place *place)
	UTFS_REQUIRES(check->arena->event_mutex)
{
	uint64_t n = nr_elements(check->arena, place->region);

	if (place->region == UTFS_REGION_RECORDERS && n > UTFS_MAX_RECORDERS)
		n = UTFS_MAX_RECORDERS;
	for (uint64_t i = 0; i < n; i++) {
		char *element =
			utfs_arena_element(check->arena, place->region, i, place->element_bytes);
		uint64_t *word = (uint64_t *)(void *)(element + place->offset);

		if (element_live(check->arena, place->region, i)) {
			object_check(check, word, place, i);
		} else if (*word && utfs_check_found(check, UTFS_DAMAGE_OBJECT, word,
						     "%s %llu, which is not in use, refers to a %s",
						     place->of, (unsigned long long)i,
						     kind_find(place->magic)->name)) {
			utfs_tx_set(check->arena, word, 0);
			utfs_check_mend(check, 0);
		}
	}
}

static void counters_check(struct utfs_check *check) UTFS_REQUIRES(check->arena->event_mutex)
{
	uint64_t pending = 0, gated = 0;

	for (uint64_t i = 0; i < check->arena->header->nr_instances; i++)
		pending += (!i || utfs_instance_at(check->arena, i)->serial) &&
			   utfs_instance_at(check->arena, i)->pending;
	for (unsigned int r = 0; r < UTFS_MAX_RECORDERS; r++)
		gated |= utfs_gated_wanted(check->arena, r) ? UINT64_C(1) << r : 0;
	(void)utfs_check_word(check, UTFS_DAMAGE_COUNT, &check->arena->header->nr_pending, pending,
			      "the number of instances with pending rules");
	(void)utfs_check_word(check, UTFS_DAMAGE_EVENT_BITS, &check->arena->header->gated, gated,
			      "the word of recorders with a gate");
}

void utfs_check_objects(struct utfs_check *check)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		place_check(check, &places[i]);
	counters_check(check);
}
