/* SPDX-License-Identifier: MIT */
/* What utracefs doctor looks at. Each check adds one finding, or several. */
#ifndef UTFS_CLI_DOCTOR_H
#define UTFS_CLI_DOCTOR_H

#include <stddef.h>

enum utfs_health {
	UTFS_HEALTH_OK,
	UTFS_HEALTH_SLOW, /* it works, but could be better: does not count for the exit status */
	UTFS_HEALTH_BROKEN,
};

struct utfs_doctor_finding {
	const char *name; /* stable, for programs */
	enum utfs_health health;
	char text[768];
	const char *remedy; /* NULL: there is nothing to do */
};

#define UTFS_DOCTOR_FINDINGS_MAX 16
struct utfs_doctor {
	struct utfs_doctor_finding finding[UTFS_DOCTOR_FINDINGS_MAX];
	size_t nr;
};

/* Adds a finding; the text is as printf's. Return: nothing. */
void utfs_doctor_say(struct utfs_doctor *doctor, const char *name, enum utfs_health health,
		     const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Processor, clock, restartable sequences, environment. Return: nothing, all of them. */
void utfs_doctor_machine(struct utfs_doctor *doctor);
/* The shared memory: the file, if there is one, and the room for it. Makes no file. */
void utfs_doctor_memory(struct utfs_doctor *doctor);
/* What mount and exec need, and which programs are installed. */
void utfs_doctor_tools(struct utfs_doctor *doctor);

#endif
