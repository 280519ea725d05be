/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/doctor.h"
#include "ring/ring.h"

#define CLOCK_SOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static void look_at_rseq(struct utfs_doctor *doctor)
{
	if (utfs_rseq_usable())
		utfs_doctor_say(doctor, "rseq", UTFS_HEALTH_OK, NULL,
				"programs can use restartable sequences: events take no lock");
	else
		utfs_doctor_say(doctor, "rseq", UTFS_HEALTH_SLOW,
				"use Linux 4.18 or later, and let the sandbox allow rseq(2); where "
				"some programs can and others "
				"cannot, make the memory with 'utracefs init --locked'",
				"no restartable sequences here: events are written under a lock "
				"for each CPU");
}

/* Which of the kernel's clocks are read without a system call. */
static void look_at_clock(struct utfs_doctor *doctor)
{
	static const char *const fast[] = {"tsc", "arch_sys_counter", "kvm-clock",
					   "hyperv_clocksource_tsc_page"};
	char name[64] = "";
	FILE *file = fopen(CLOCK_SOURCE, "re");
	bool is_fast = false;

	if (!file || !fgets(name, sizeof(name), file)) {
		utfs_doctor_say(doctor, "clock", UTFS_HEALTH_OK, NULL,
				"the kernel does not say which clock it has");
	} else {
		name[strcspn(name, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
			is_fast = is_fast || strcmp(name, fast[i]) == 0;
		utfs_doctor_say(
			doctor, "clock", is_fast ? UTFS_HEALTH_OK : UTFS_HEALTH_SLOW,
			is_fast ? NULL
				: "see in the kernel's log why it does not trust the processor's "
				  "counter (dmesg | grep -i tsc)",
			"the clock is %s%s", name,
			is_fast ? "" : ": reading the time is a system call for each event");
	}
	if (file)
		fclose(file);
}

void utfs_doctor_machine(struct utfs_doctor *doctor)
{
	const char *off = getenv("UTRACEFS");
	struct utsname names;

	if (uname(&names) == 0)
		utfs_doctor_say(doctor, "system", UTFS_HEALTH_OK, NULL, "%s %s, %s", names.sysname,
				names.release, names.machine);
	look_at_rseq(doctor);
	look_at_clock(doctor);
	if (off && strcmp(off, "off") == 0)
		utfs_doctor_say(doctor, "environment", UTFS_HEALTH_BROKEN, "unset UTRACEFS",
				"UTRACEFS=off: programs that are started from here are not traced");
}
