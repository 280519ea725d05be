/* SPDX-License-Identifier: MIT */
#include "app/filter.h"

#include <string.h>
#include <sys/prctl.h>

#include <sys/uio.h>
#include <unistd.h>

#include "arena/match.h"

/* A filter that changes under every evaluation: the event is dropped. */
#define MAX_ROUNDS 8
/* What is looked at of a string in the program's memory. */
#define POINTER_STRING_MAX 1024
#define SMALLEST_PAGE	   4096

/* One op under evaluation; `op` is a copy. */
struct evaluation {
	const struct utfs_filter_program *program;
	uint32_t bytes;
	const struct utfs_filter_subject *subject;
	struct utfs_filter_op op;
};

/* Loads a field, extended to 64 bits. Return: false it does not lie in the record. */
static inline __attribute__((always_inline)) bool field_load(const struct evaluation *e,
							     uint64_t *value)
{
	const struct utfs_filter_op *op = &e->op;
	unsigned int shift = 64 - 8 * (unsigned int)op->bytes;

	*value = 0;
	if (op->bytes > sizeof(*value) || !op->bytes || op->offset > e->subject->bytes ||
	    op->bytes > e->subject->bytes - op->offset)
		return false;
	memcpy(value, e->subject->record + op->offset, op->bytes);
	/* Little-endian, as are all that this runs on. */
	if (op->flags & UTFS_FILTER_SIGNED)
		*value = (uint64_t)((int64_t)(*value << shift) >> shift);
	return true;
}

/* The constant as a number of the field's size. */
static uint64_t constant_get(const struct utfs_filter_op *op)
{
	unsigned int shift = op->bytes && op->bytes < 8 ? 64 - 8 * (unsigned int)op->bytes : 0;

	if (op->flags & UTFS_FILTER_SIGNED)
		return (uint64_t)((int64_t)(op->value << shift) >> shift);
	return op->value << shift >> shift;
}

static int cpus_match(const struct evaluation *e, uint64_t cpu)
{
	const struct utfs_filter_op *op = &e->op;
	const char *words = (const char *)e->program + op->operand;
	uint64_t word;

	if (op->operand_bytes > e->bytes || op->operand > e->bytes - op->operand_bytes)
		return -EBADMSG;
	if (cpu / 64 >= op->operand_bytes / sizeof(word))
		return 0;
	memcpy(&word, words + cpu / 64 * sizeof(word), sizeof(word));
	return word >> cpu % 64 & 1;
}

static int number_match(const struct evaluation *e, uint64_t value)
{
	const uint64_t constant = constant_get(&e->op);
	const bool is_signed = e->op.flags & UTFS_FILTER_SIGNED;
	const bool less = is_signed ? (int64_t)value < (int64_t)constant : value < constant;

	switch (e->op.compare) {
	case UTFS_COMPARE_EQ:
		return value == constant;
	case UTFS_COMPARE_NE:
		return value != constant;
	case UTFS_COMPARE_LT:
		return less;
	case UTFS_COMPARE_LE:
		return less || value == constant;
	case UTFS_COMPARE_GT:
		return !less && value != constant;
	case UTFS_COMPARE_GE:
		return !less;
	case UTFS_COMPARE_AND:
		return (value & constant) != 0;
	case UTFS_COMPARE_CPUS:
		return cpus_match(e, value);
	default:
		return -EBADMSG;
	}
}

static int float_match(const struct evaluation *e)
{
	double value, constant;
	float small;
	uint64_t bits;

	if (!field_load(e, &bits))
		return 0;
	memcpy(&constant, &e->op.value, sizeof(constant));
	memcpy(&value, &bits, sizeof(value));
	if (e->op.bytes == sizeof(small)) {
		memcpy(&small, &bits, sizeof(small));
		value = (double)small;
	}
	switch (e->op.compare) {
	case UTFS_COMPARE_EQ:
		return value == constant;
	case UTFS_COMPARE_NE:
		return value != constant;
	case UTFS_COMPARE_LT:
		return value < constant;
	case UTFS_COMPARE_LE:
		return value <= constant;
	case UTFS_COMPARE_GT:
		return value > constant;
	case UTFS_COMPARE_GE:
		return value >= constant;
	default:
		return -EBADMSG;
	}
}

/* `room`: bytes that the string may take, at most; its NUL ends it before. */
static int string_match(const struct evaluation *e, const char *text, size_t room)
{
	const struct utfs_filter_op *op = &e->op;
	const char *pattern = (const char *)e->program + op->operand;
	const size_t n = op->operand_bytes, bytes = strnlen(text, room);
	int match;

	if (n > e->bytes || op->operand > e->bytes - n)
		return -EBADMSG;
	switch (op->match) {
	case UTFS_MATCH_FULL:
		/* An array that the text fills is compared as far as it goes, as in the kernel. */
		match = bytes == n || (room && bytes == room && bytes < n);
		match = match && !memcmp(text, pattern, bytes);
		break;
	case UTFS_MATCH_FRONT:
		match = utfs_match_front(text, bytes, pattern, n);
		break;
	case UTFS_MATCH_MIDDLE:
		match = utfs_match_middle(text, bytes, pattern, n);
		break;
	case UTFS_MATCH_END:
		match = utfs_match_end(text, bytes, pattern, n);
		break;
	case UTFS_MATCH_GLOB:
		match = utfs_match_glob(text, bytes, pattern, n);
		break;
	default:
		return -EBADMSG;
	}
	return match != !!(op->flags & UTFS_FILTER_NOT);
}

static int chars_match(const struct evaluation *e)
{
	const struct utfs_filter_subject *subject = e->subject;
	const struct utfs_filter_op *op = &e->op;

	if (op->offset > subject->bytes || op->bytes > subject->bytes - op->offset)
		return 0;
	return string_match(e, subject->record + op->offset, op->bytes);
}

/* The word of a __data_loc or __rel_loc field: length << 16 | offset. */
static int location_match(const struct evaluation *e)
{
	const struct utfs_filter_subject *subject = e->subject;
	size_t at, length;
	uint64_t word;

	if (e->op.bytes != sizeof(uint32_t) || !field_load(e, &word))
		return 0;
	at = word & 0xffff;
	length = word >> 16 & 0xffff;
	if (e->op.what == UTFS_FILTER_RELATIVE)
		at += (size_t)e->op.offset + sizeof(uint32_t);
	if (length > subject->bytes || at > subject->bytes - length)
		return 0;
	return string_match(e, subject->record + at, length);
}

/* A string somewhere in the program: read by the kernel, which says so where there is nothing to read. */
static int pointer_match(const struct evaluation *e)
{
	char text[POINTER_STRING_MAX];
	int saved_errno = errno;
	const struct iovec local = {text, sizeof(text)};
	struct iovec remote[2];
	uint64_t address;
	size_t first;
	ssize_t n;

	if (e->op.bytes != sizeof(address) || !field_load(e, &address))
		return 0;
	/* In two pieces where a page ends: what is behind may not be there, and then it stops in front. */
	first = SMALLEST_PAGE - (size_t)(address % SMALLEST_PAGE);
	first = first < sizeof(text) ? first : sizeof(text);
	remote[0] = (struct iovec){(void *)(uintptr_t)address, first};
	remote[1] = (struct iovec){(void *)(uintptr_t)(address + first), sizeof(text) - first};
	n = process_vm_readv(e->subject->tgid, &local, 1, remote, first < sizeof(text) ? 2 : 1, 0);
	errno = saved_errno;
	return n <= 0 ? 0 : string_match(e, text, (size_t)n);
}

static int comm_match(const struct evaluation *e)
{
	int saved_errno = errno;
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	errno = saved_errno;
	return string_match(e, comm, sizeof(comm));
}

/* Return: 1, 0, -EBADMSG. */
static int op_match(const struct evaluation *e)
{
	uint64_t value;

	switch (e->op.what) {
	case UTFS_FILTER_NUMBER:
		return field_load(e, &value) ? number_match(e, value) : 0;
	case UTFS_FILTER_FLOAT:
		return float_match(e);
	case UTFS_FILTER_CHARS:
		return chars_match(e);
	case UTFS_FILTER_DYNAMIC:
	case UTFS_FILTER_RELATIVE:
		return location_match(e);
	case UTFS_FILTER_POINTER:
		return pointer_match(e);
	case UTFS_FILTER_COMM:
		return comm_match(e);
	case UTFS_FILTER_CPU:
		return number_match(e, utfs_filter_cpu(e->subject));
	case UTFS_FILTER_NEVER:
		return !!(e->op.flags & UTFS_FILTER_NOT);
	default:
		return -EBADMSG;
	}
}

int utfs_filter_run(const struct utfs_filter_program *program, uint32_t bytes,
		    const struct utfs_filter_subject *subject)
{
	struct evaluation e;
	uint32_t nr_ops, at = 0;
	int ret = 1;

	if (bytes < sizeof(*program))
		return -EBADMSG;
	e.program = program;
	e.bytes = bytes;
	e.subject = subject;
	nr_ops = __atomic_load_n(&program->nr_ops, __ATOMIC_RELAXED);
	if (nr_ops > (bytes - sizeof(*program)) / sizeof(e.op))
		return -EBADMSG;
	while (ret >= 0 && at < nr_ops) {
		uint32_t next;

		e.op = program->ops[at];
		ret = op_match(&e);
		next = ret ? e.op.when_true : e.op.when_false;
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
	table = utfs_object_get(arena, trail->table_word, UTFS_MAGIC_TABLE, &bytes);
	if (!table || bytes != sizeof(*table))
		return -EBADMSG;
	trail->program_at = &table->programs[recorder];
	trail->program_word = __atomic_load_n(trail->program_at, __ATOMIC_ACQUIRE);
	if (!trail->program_word)
		return 1;
	program = utfs_object_get(arena, trail->program_word, UTFS_MAGIC_PROGRAM, &bytes);
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

/* Return: 1 the thread is in the list; 0 not; -EBADMSG. With `process`, its process's first thread stands for it, too. */
static int pids_find(const struct utfs_arena *arena, uint64_t reference,
		     const struct utfs_filter_subject *subject, bool process)
{
	const struct utfs_pid_list *list;
	uint32_t bytes, low = 0, high;

	list = utfs_object_get(arena, reference, UTFS_MAGIC_PIDS, &bytes);
	if (!list || bytes < sizeof(*list))
		return -EBADMSG;
	for (int i = 0; i <= process; i++) {
		const uint32_t wanted = (uint32_t)(i ? subject->tgid : subject->tid);

		low = 0;
		high = (bytes - (uint32_t)sizeof(*list)) / 4;
		if (high > __atomic_load_n(&list->nr_pids, __ATOMIC_RELAXED))
			high = __atomic_load_n(&list->nr_pids, __ATOMIC_RELAXED);
		while (low < high) {
			uint32_t middle = low + (high - low) / 2;
			uint32_t pid = __atomic_load_n(&list->pids[middle], __ATOMIC_RELAXED) &
				       ~UTFS_PID_INHERITED;

			if (pid == wanted)
				return 1;
			if (pid < wanted)
				low = middle + 1;
			else
				high = middle;
		}
	}
	return 0;
}

static int cpus_find(const struct utfs_arena *arena, uint64_t reference,
		     const struct utfs_filter_subject *subject)
{
	const struct utfs_cpu_set *set;
	uint32_t bytes, cpu = utfs_filter_cpu(subject);

	set = utfs_object_get(arena, reference, UTFS_MAGIC_CPUS, &bytes);
	if (!set || (uint64_t)cpu / 64 >= (bytes - sizeof(*set)) / sizeof(uint64_t))
		return -EBADMSG;
	return __atomic_load_n(&set->words[cpu / 64], __ATOMIC_RELAXED) >> cpu % 64 & 1;
}

/* With event-fork, the threads of a process that is in a list are in it as well. */
static bool follows_forks(const struct utfs_arena *arena, const struct utfs_recorder *recorder)
{
	uint64_t slot = __atomic_load_n(&recorder->instance, __ATOMIC_RELAXED);

	if (slot >= UTFS_MAX_INSTANCES)
		return false;
	return __atomic_load_n(&utfs_instance_at(arena, slot)->options, __ATOMIC_RELAXED) &
	       UTFS_OPTION_BIT(UTFS_OPTION_EVENT_FORK);
}

/* One gate of a recorder. Return: 1 passes; 0; -EBADMSG. */
static int gate_try(const struct utfs_recorder *recorder, enum utfs_gate gate,
		    const struct utfs_filter_subject *subject, uint64_t reference)
{
	const struct utfs_arena *arena = subject->writer->arena;
	int found;

	if (gate == UTFS_GATE_CPUS)
		return cpus_find(arena, reference, subject);
	found = pids_find(arena, reference, subject, follows_forks(arena, recorder));
	return found < 0 || gate == UTFS_GATE_PIDS ? found : !found;
}

static int gate_pass(const struct utfs_recorder *recorder, enum utfs_gate gate,
		     const struct utfs_filter_subject *subject)
{
	const uint64_t *word = &recorder->gates[gate];
	int ret = -EBADMSG;

	for (int round = 0; round < MAX_ROUNDS; round++) {
		uint64_t reference = __atomic_load_n(word, __ATOMIC_ACQUIRE);

		if (!reference)
			return 1;
		ret = gate_try(recorder, gate, subject, reference);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (ret >= 0 && __atomic_load_n(word, __ATOMIC_RELAXED) == reference)
			return ret;
		ret = -EBADMSG;
	}
	return ret;
}

static inline bool has_gates(const struct utfs_recorder *recorder)
{
	uint64_t any = 0;

	for (unsigned int gate = 0; gate < UTFS_NR_GATES; gate++)
		any |= __atomic_load_n(&recorder->gates[gate], __ATOMIC_RELAXED);
	return any;
}

static __attribute__((noinline)) int gates_pass(const struct utfs_recorder *recorder,
						const struct utfs_filter_subject *subject)
{
	int ret = 1;

	for (unsigned int gate = 0; ret == 1 && gate < UTFS_NR_GATES; gate++)
		ret = gate_pass(recorder, gate, subject);
	return ret;
}

static void count_dropped(unsigned int recorder, const struct utfs_filter_subject *subject)
{
	const struct utfs_arena *arena = subject->writer->arena;
	uint32_t cpu = utfs_filter_cpu(subject);

	if (cpu < arena->nr_cpus)
		utfs_ring_drop(arena, recorder, cpu);
}

bool utfs_filter_cpu_pass(unsigned int recorder, const struct utfs_filter_subject *subject)
{
	return gate_pass(utfs_recorder_at(subject->writer->arena, recorder), UTFS_GATE_CPUS,
			 subject) == 1;
}

bool utfs_filter_pass(const struct utfs_event_state *state, unsigned int recorder,
		      const struct utfs_filter_subject *subject)
{
	const struct utfs_recorder *at = utfs_recorder_at(subject->writer->arena, recorder);
	int ret = 1;

	if (has_gates(at))
		ret = gates_pass(at, subject);
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
