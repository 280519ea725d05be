/* SPDX-License-Identifier: MIT */
/* What a machine can do, found out by trying: tests skip where it cannot. */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <errno.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
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

/* Emulators of user space have neither of the following. */
static inline bool probe_ptrace(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* With it strings behind pointers and stacks are read. */
static inline bool probe_process_vm_readv(void)
{
	char from = 'x', to = 0;
	const struct iovec local = {&to, 1}, remote = {&from, 1};

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1;
}

#endif
