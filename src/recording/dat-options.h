/* SPDX-License-Identifier: MIT */
/* Options of a trace.dat: trace-cmd's numbers, and one of our own. Shared with who writes them (src/cli/trace-dat.c). */
#ifndef UTFS_RECORDING_DAT_OPTIONS_H
#define UTFS_RECORDING_DAT_OPTIONS_H

#include <stdint.h>

enum utfs_dat_option {
	UTFS_DAT_DONE = 0,
	UTFS_DAT_CPUSTAT = 2,
	UTFS_DAT_BUFFER = 3,
	UTFS_DAT_CLOCK = 4,
	UTFS_DAT_UNAME = 5,
	UTFS_DAT_CPUCOUNT = 8,
	UTFS_DAT_VERSION = 9,
	UTFS_DAT_TSC2NSEC = 14,
	/* Of version 7: where these sections are, which have the same numbers. */
	UTFS_DAT_FTRACE_EVENTS = 17,
	UTFS_DAT_EVENT_FORMATS = 18,
	/* Lines "TID TGID". Not trace-cmd's, which passes over what it does not know; far from the numbers that it may give next. */
	UTFS_DAT_TGIDS = 0x7574,
};

/* UTFS_DAT_TSC2NSEC: what turns the time stamps into ns (struct utfs_trace_scale). Its offset is not used by trace-cmd either. */
struct utfs_dat_tsc2nsec {
	uint32_t mult, shift;
	uint64_t offset;
};

/* How the version of what we make begins. */
#define UTFS_DAT_MAKER "utracefs "

#endif
