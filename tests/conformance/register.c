/* SPDX-License-Identifier: MIT */
/* Registers events with the names and fields of those of the kernel that the probe uses. They stay when the program ends. */
#include <stdio.h>
#include <sys/types.h>

#include <utracefs/utracefs.h>

/* The tree lists them as the kernel does when they stand in this order. */
UTFS_EVENT(sched, sched_waking,
	   UTFS_FIELDS(UTFS_CHARS(comm, 16), UTFS_FIELD(pid_t, pid), UTFS_FIELD(int, prio),
		       UTFS_FIELD(int, target_cpu)),
	   UTFS_PRINT("comm=%s pid=%d prio=%d target_cpu=%03d", REC->comm, REC->pid, REC->prio,
		      REC->target_cpu));

UTFS_EVENT(sched, sched_wakeup,
	   UTFS_FIELDS(UTFS_CHARS(comm, 16), UTFS_FIELD(pid_t, pid), UTFS_FIELD(int, prio),
		       UTFS_FIELD(int, target_cpu)),
	   UTFS_PRINT("comm=%s pid=%d prio=%d target_cpu=%03d", REC->comm, REC->pid, REC->prio,
		      REC->target_cpu));

UTFS_EVENT(sched, sched_switch,
	   UTFS_FIELDS(UTFS_CHARS(prev_comm, 16), UTFS_FIELD(pid_t, prev_pid),
		       UTFS_FIELD(int, prev_prio), UTFS_FIELD(long, prev_state),
		       UTFS_CHARS(next_comm, 16), UTFS_FIELD(pid_t, next_pid),
		       UTFS_FIELD(int, next_prio)),
	   UTFS_PRINT("prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%ld ==> next_comm=%s "
		      "next_pid=%d next_prio=%d",
		      REC->prev_comm, REC->prev_pid, REC->prev_prio, REC->prev_state,
		      REC->next_comm, REC->next_pid, REC->next_prio));

int main(void)
{
	int status = trace_sched_sched_switch_status();

	if (!status)
		status = trace_sched_sched_waking_status();
	if (!status)
		status = trace_sched_sched_wakeup_status();
	if (status)
		fprintf(stderr, "not registered: %d\n", status);
	return status ? 1 : 0;
}
