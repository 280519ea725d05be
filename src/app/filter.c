/* SPDX-License-Identifier: MIT */
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
};

/* Return: 1 the filter accepts or there is none; 0; -EBADMSG; *trail: what was followed. */
static int program_run(const struct utfs_event_state *state, unsigned int recorder,
		       const struct utfs_filter_subject *subject, struct trail *trail)
{
	const struct utfs_arena *arena = subject->writer->arena;
	const struct utfs_filter_table *table;
	const void *program;
	uint32_t bytes;

	trail->program_word = 0;
	trail->table_word = __atomic_load_n(&state->filters, __ATOMIC_ACQUIRE);
	if (!trail->table_word)
		return 1;
	table = utfs_object_follow(arena, trail->table_word, UTFS_MAGIC_TABLE, &bytes);
	if (!table || bytes != sizeof(*table))
		return -EBADMSG;
	trail->program_at = &table->programs[recorder];
	trail->program_word = __atomic_load_n(trail->program_at, __ATOMIC_ACQUIRE);
	if (!trail->program_word)
		return 1;
	program = utfs_object_follow(arena, trail->program_word, UTFS_MAGIC_PROGRAM, &bytes);
	return program ? utfs_filter_run(program, bytes, subject) : -EBADMSG;
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

static inline bool has_gates(const struct utfs_recorder *recorder)
{
	uint64_t any = 0;

	for (unsigned int gate = 0; gate < UTFS_NR_GATES; gate++)
		any |= __atomic_load_n(&recorder->gates[gate], __ATOMIC_RELAXED);
	return any;
}

static void count_dropped(unsigned int recorder, const struct utfs_filter_subject *subject)
{
	const struct utfs_arena *arena = subject->writer->arena;
	uint32_t cpu = utfs_filter_cpu(subject);

	if (cpu < arena->nr_cpus)
		utfs_ring_drop(arena, recorder, cpu);
}

bool utfs_filter_pass(const struct utfs_event_state *state, unsigned int recorder,
		      const struct utfs_filter_subject *subject)
{
	const struct utfs_recorder *at = utfs_recorder_at(subject->writer->arena, recorder);
	int ret = 1;

	if (has_gates(at))
		ret = utfs_filter_gates_pass(at, subject);
	for (int round = 0; ret == 1; round++) {
		struct trail trail;

		ret = program_run(state, recorder, subject, &trail);
		if (ret >= 0 && program_stands(state, &trail))
			return ret;
		/* Changed meanwhile, or damaged: damage may be the memory of what was there before. */
		ret = round < MAX_ROUNDS ? 1 : -EBADMSG;
	}
	if (ret < 0)
		count_dropped(recorder, subject);
	return ret == 1;
}
