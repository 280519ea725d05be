/* SPDX-License-Identifier: MIT */
/* What a machine can do, found out by trying: tests skip where it cannot. */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In a cmocka test: leaves it, saying why, where something does not work. */
#define SKIP_UNLESS(works, why)                                                                    \
	do {                                                                                       \
		if (!(works)) {                                                                    \
			print_message("%s\n", why);                                                \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* Does the kernel know restartable sequences? Registers nothing, so that whoever comes next can. */
static inline bool probe_rseq(void)
{
	return syscall(SYS_rseq, NULL, 0, 0, 0) && errno != ENOSYS;
}

#endif
