/* SPDX-License-Identifier: MIT */
/* A filter as it stands in the arena: followed, checked and evaluated op by op. Those that are short are then known (filter.c). */
#include "app/filter-internal.h"

int utfs_filter_run(const struct utfs_filter_program *program, uint32_t bytes,
		    const struct utfs_filter_subject *subject)
{
	uint32_t nr_ops, at = 0;
	int ret = 1;

	if (bytes < sizeof(*program))
		return -EBADMSG;
	nr_ops = __atomic_load_n(&program->nr_ops, __ATOMIC_RELAXED);
	if (nr_ops > (bytes - sizeof(*program)) / sizeof(struct utfs_filter_op))
		return -EBADMSG;
	while (ret >= 0 && at < nr_ops) {
		const struct utfs_filter_op op = program->ops[at];
		uint64_t value;
		uint32_t next;

		if (op.what != UTFS_FILTER_NUMBER || op.compare == UTFS_COMPARE_CPUS)
			ret = utfs_filter_op_match(program, bytes, subject, &op);
		else if (utfs_filter_number(subject, op.offset, op.bytes,
					    op.flags & UTFS_FILTER_SIGNED, &value))
			ret = utfs_filter_compare(&op, value);
		else
			ret = 0;
		next = ret ? op.when_true : op.when_false;
		/* Only forward: so there are at most as many steps as ops. */
		if (next <= at || next > nr_ops + 1)
			ret = -EBADMSG;
		at = next;
	}
	if (ret < 0)
		return ret;
	return at == nr_ops;
}

/* What was followed to a program. */
struct trail {
	uint64_t table_word, program_word; /* the references */
	const uint64_t *program_at;	   /* where the second one stood */
	const struct utfs_filter_program *program;
	uint32_t bytes; /* of it */
};

/* Return: 1 the filter accepts or there is none; 0; -EBADMSG; *trail: what was followed. */
static int program_run(const struct utfs_event_state *state, unsigned int recorder,
		       const struct utfs_filter_subject *subject, struct trail *trail)
{
	const struct utfs_arena *arena = subject->writer->arena;
	const struct utfs_filter_table *table;
	uint32_t bytes;

	trail->program_word = 0;
	trail->table_word = __atomic_load_n(&state->filters, __ATOMIC_ACQUIRE);
	if (!trail->table_word)
		return 1;
	table = utfs_object_get(arena, trail->table_word, UTFS_MAGIC_TABLE, &bytes);
	if (!table || bytes != sizeof(*table))
		return -EBADMSG;
	trail->program_at = &table->programs[recorder];
	trail->program_word = __atomic_load_n(trail->program_at, __ATOMIC_ACQUIRE);
	if (!trail->program_word)
		return 1;
	trail->program =
		utfs_object_get(arena, trail->program_word, UTFS_MAGIC_PROGRAM, &trail->bytes);
	return trail->program ? utfs_filter_run(trail->program, trail->bytes, subject) : -EBADMSG;
}

/*
 * Is what was evaluated still what is to be evaluated? Where the table's word stands after the program's was read, that one was the table's: references
 * never repeat.
 */
static bool program_stands(const struct utfs_event_state *state, const struct trail *trail)
{
	bool stands = true;

	/* What was read of the object comes before the words that say whether it was one. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (trail->program_word)
		stands =
			__atomic_load_n(trail->program_at, __ATOMIC_ACQUIRE) == trail->program_word;
	return stands && __atomic_load_n(&state->filters, __ATOMIC_RELAXED) == trail->table_word;
}

/* ------------------------------------------------------------------------------------------------
 * What is known
 */

/* Which values pass a comparison: those from the constant on, those up to it, or all others. */
#define FROM	1
#define TO	2
#define OUTSIDE 4

/* An op as a term: a comparison of a whole number. Return: false it is none. */
static bool term_make(const struct utfs_filter_op *op, struct utfs_filter_term *term)
{
	static const uint8_t shapes[] = {
		[UTFS_COMPARE_EQ] = FROM | TO,	    [UTFS_COMPARE_NE] = FROM | TO | OUTSIDE,
		[UTFS_COMPARE_LT] = FROM | OUTSIDE, [UTFS_COMPARE_LE] = TO,
		[UTFS_COMPARE_GT] = TO | OUTSIDE,   [UTFS_COMPARE_GE] = FROM,
	};
	const uint8_t shape = op->compare < sizeof(shapes) ? shapes[op->compare] : 0;
	const bool wide = op->bytes == sizeof(uint64_t);
	const uint64_t sign = op->flags & UTFS_FILTER_SIGNED ? UTFS_FILTER_TERM_SIGN : 0;
	const uint64_t constant = (wide ? op->value : op->value << 32) ^ sign;
	const uint8_t inside = (uint8_t)(shape & OUTSIDE ? op->when_false : op->when_true);
	const uint8_t outside = (uint8_t)(shape & OUTSIDE ? op->when_true : op->when_false);

	if (op->what != UTFS_FILTER_NUMBER || !shape || (!wide && op->bytes != sizeof(uint32_t)) ||
	    op->offset < UTFS_COMMON_BYTES)
		return false;
	term->low = shape & FROM ? constant : 0;
	term->span = (shape & TO ? constant : UINT64_MAX) - term->low;
	term->what = sign | (wide ? UTFS_FILTER_TERM_WIDE : 0) | op->offset |
		     (uint64_t)inside << UTFS_FILTER_TERM_INSIDE |
		     (uint64_t)outside << UTFS_FILTER_TERM_OUTSIDE;
	return true;
}

/* Return: false the program has something else than a few terms. */
static bool terms_make(const struct utfs_filter_program *program, uint32_t bytes,
		       struct utfs_filter_known *known)
{
	const uint32_t nr_ops = __atomic_load_n(&program->nr_ops, __ATOMIC_RELAXED);
	bool simple = nr_ops && nr_ops <= UTFS_FILTER_TERMS &&
		      nr_ops <= (bytes - sizeof(*program)) / sizeof(program->ops[0]);

	known->nr_terms = nr_ops;
	for (uint32_t i = 0; simple && i < nr_ops; i++) {
		const struct utfs_filter_op op = program->ops[i];

		simple = op.when_true <= nr_ops + 1 && op.when_false <= nr_ops + 1 &&
			 op.when_true > i && op.when_false > i && term_make(&op, &known->terms[i]);
	}
	return simple;
}

static void keep(const struct utfs_event_state *state, unsigned int recorder,
		 const struct trail *trail)
{
	struct utfs_filter_slot *slot = utfs_filter_slot(state);
	struct utfs_filter_slot made = {
		.known =
			{
				.state = state,
				.recorder_bit = UINT64_C(1) << recorder,
				.table_word = trail->table_word,
				.program_word = trail->program_word,
				.program_at = trail->program_at,
			},
	};

	if (terms_make(trail->program, trail->bytes, &made.known) && program_stands(state, trail))
		utfs_known_keep(&slot->sequence, slot->words, made.words,
				sizeof(made.words) / sizeof(made.words[0]));
}

void utfs_filter_drop(unsigned int recorder, const struct utfs_filter_subject *subject)
{
	const struct utfs_arena *arena = subject->writer->arena;
	uint32_t cpu = utfs_filter_cpu(subject);

	if (cpu < arena->nr_cpus)
		utfs_ring_drop(arena, recorder, cpu);
}

bool utfs_filter_pass_unknown(const struct utfs_event_state *state, unsigned int recorder,
			      const struct utfs_filter_subject *subject)
{
	int ret = 1;

	for (int round = 0; ret == 1; round++) {
		struct trail trail;

		ret = program_run(state, recorder, subject, &trail);
		if (ret >= 0 && program_stands(state, &trail)) {
			if (trail.program_word)
				keep(state, recorder, &trail);
			return ret;
		}
		/* Changed meanwhile, or damaged: damage may be the memory of what was there before. */
		ret = round < MAX_ROUNDS ? 1 : -EBADMSG;
	}
	if (ret < 0)
		utfs_filter_drop(recorder, subject);
	return ret == 1;
}
