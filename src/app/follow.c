/* SPDX-License-Identifier: MIT */
/*
 * options/event-fork: a forked child is in every list of set_event_pid and set_event_notrace_pid that its parent is in. The child
 * enters itself, before its first event. Threads need no entry: the evaluation takes a process's first thread for all of
 * its threads while the option is set.
 */
#include <unistd.h>

#include "app/app.h"

/* A list under construction lies in the room for texts: nothing is registered meanwhile. */
#define LIST_BYTES sizeof(utfs_app.fields_room)
#define PIDS_MAX   ((LIST_BYTES - sizeof(struct utfs_pid_list)) / sizeof(uint32_t))

static uint32_t pid_of(uint32_t entry)
{
	return entry & ~UTFS_PID_INHERITED;
}

/* An entry of a child that has ended; what people wrote stays. */
static bool is_stale(uint32_t entry)
{
	return entry & UTFS_PID_INHERITED && getpgid((pid_t)pid_of(entry)) < 0 && errno == ESRCH;
}

/*
 * Copies a list with one id more, in its place, leaving out what is stale.
 * Return: the copy; NULL the parent is not in the list, or there is no room.
 */
static struct utfs_pid_list *list_extend(const struct utfs_pid_list *list, uint32_t nr_pids,
					 const struct utfs_app_forker *forker, uint32_t child)
{
	struct utfs_pid_list *copy = (struct utfs_pid_list *)(void *)utfs_app.fields_room;
	bool listed = false, added = false;
	uint32_t n = 0;

	if (nr_pids >= PIDS_MAX)
		return NULL;
	for (uint32_t i = 0; i < nr_pids; i++) {
		uint32_t entry = list->pids[i], pid = pid_of(entry);

		listed = listed || pid == (uint32_t)forker->tid || pid == (uint32_t)forker->tgid;
		if (!added && pid > child) {
			copy->pids[n++] = child | UTFS_PID_INHERITED;
			added = true;
		}
		/* An id that was used before is the child's now. */
		if (pid != child && !is_stale(entry))
			copy->pids[n++] = entry;
	}
	if (!added)
		copy->pids[n++] = child | UTFS_PID_INHERITED;
	copy->nr_pids = n;
	copy->object = (struct utfs_object){UTFS_MAGIC_PIDS,
					    (uint32_t)(sizeof(*copy) + n * sizeof(uint32_t))};
	return listed ? copy : NULL;
}

static int gate_follow(unsigned int recorder, enum utfs_gate gate,
		       const struct utfs_app_forker *forker, uint32_t child)
	UTFS_REQUIRES(utfs_app.arena.event_mutex)
{
	const struct utfs_pid_list *list;
	struct utfs_pid_list *extended;
	uint32_t bytes;

	list = utfs_object_get(&utfs_app.arena,
			       utfs_recorder_at(&utfs_app.arena, recorder)->gates[gate],
			       UTFS_MAGIC_PIDS, &bytes);
	if (!list || bytes < sizeof(*list) ||
	    list->nr_pids > (bytes - sizeof(*list)) / sizeof(uint32_t))
		return 0;
	extended = list_extend(list, list->nr_pids, forker, child);
	return extended ? utfs_gate_set(&utfs_app.arena, recorder, gate, &extended->object) : 0;
}

static bool follows(const struct utfs_recorder *recorder)
{
	return recorder->state == UTFS_RECORDER_ACTIVE && recorder->instance < UTFS_MAX_INSTANCES &&
	       utfs_instance_at(&utfs_app.arena, recorder->instance)->options &
		       UTFS_OPTION_BIT(UTFS_OPTION_EVENT_FORK);
}

void utfs_app_follow(const struct utfs_app_forker *forker, pid_t child)
{
	uint64_t gated = __atomic_load_n(&utfs_app.arena.header->gated, __ATOMIC_RELAXED);
	int ret = 0;

	if (!gated || utfs_tx_begin(&utfs_app.arena))
		return;
	for (unsigned int r = 0; !ret && r < UTFS_MAX_RECORDERS; r++) {
		if (!(gated & UINT64_C(1) << r) || !follows(utfs_recorder_at(&utfs_app.arena, r)))
			continue;
		ret = gate_follow(r, UTFS_GATE_PIDS, forker, (uint32_t)child);
		if (!ret)
			ret = gate_follow(r, UTFS_GATE_NO_PIDS, forker, (uint32_t)child);
	}
	(void)utfs_tx_end(&utfs_app.arena, ret);
}
