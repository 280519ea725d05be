/* SPDX-License-Identifier: MIT */
/* What each record of a recorder must pass, whatever its event: set_event_pid, tracing_cpumask. */
#include "app/filter-internal.h"

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

bool utfs_filter_gates_pass(unsigned int recorder, const struct utfs_filter_subject *subject)
{
	const struct utfs_recorder *at = utfs_recorder_at(subject->writer->arena, recorder);
	int ret = 1;

	for (unsigned int gate = 0; ret == 1 && gate < UTFS_NR_GATES; gate++)
		ret = gate_pass(at, gate, subject);
	if (ret < 0)
		utfs_filter_drop(recorder, subject);
	return ret == 1;
}

bool utfs_filter_cpu_pass(unsigned int recorder, const struct utfs_filter_subject *subject)
{
	return gate_pass(utfs_recorder_at(subject->writer->arena, recorder), UTFS_GATE_CPUS,
			 subject) == 1;
}
