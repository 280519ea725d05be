/* SPDX-License-Identifier: MIT */
/*
 * Children: how they begin, how they end, who waits for them.
 *
 * Some run on their parent's memory: the thread's rseq area is the parent's, and the kernel does not keep it for the
 * child. An event that the child wrote could damage a buffer, so it writes none until it has memory of its own.
 */
#include <stdarg.h>

#include "wrap.h"

enum fork_how { FORK, VFORK, CLONE };

UTFS_EVENT(libc, fork,
	   UTFS_FIELDS(UTFS_FIELD(enum fork_how, how), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("how=%s ret=%d duration_ns=%llu",
		      __print_symbolic(REC->how, {FORK, "fork"}, {VFORK, "vfork"},
				       {CLONE, "clone"}),
		      REC->ret, REC->duration_ns),
	   UTFS_SYMBOLS(FORK, VFORK, CLONE));
UTFS_EVENT(libc, wait,
	   UTFS_FIELDS(UTFS_FIELD(int, pid), UTFS_FIELD(int, options), UTFS_FIELD(int, ret),
		       UTFS_FIELD(int, status), UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("pid=%d options=0x%x ret=%d exit=%d signal=%d duration_ns=%llu", REC->pid,
		      REC->options, REC->ret, REC->status >> 8 & 255, REC->status & 127,
		      REC->duration_ns));
UTFS_EVENT(libc, exit, UTFS_FIELDS(UTFS_FIELD(int, status)), UTFS_PRINT("status=%d", REC->status));

WRAP_COLD static void fork_emit(enum fork_how how, pid_t ret, uint64_t duration_ns)
{
	WRAP_EMIT(fork, how, (int)wrap_result(ret), duration_ns);
}

WRAP_COLD static void exit_emit(int status)
{
	WRAP_EMIT(exit, status);
}

/* `status`: what was found out of a child, if there was one. */
WRAP_COLD static void wait_emit(pid_t pid, int options, pid_t ret, const int *status,
				uint64_t begin_ns)
{
	WRAP_EMIT(wait, pid, options, (int)wrap_result(ret), ret > 0 ? *status : 0,
		  wrap_now_ns() - begin_ns);
}

/* In both: the child's event is its first, and has the time since the parent's call. */
WRAP_AROUND(pid_t, fork, fork, WRAP_PROCESS, (void), (),
	    fork_emit(FORK, ret, wrap_now_ns() - begin_ns))

/* Handlers of pthread_atfork() do not run, so the library does not know of this child: it writes nothing until it execs. */
WRAP_EXPORT pid_t _Fork(void)
{
	uint64_t begin_ns = WRAP_TRACED(fork, WRAP_PROCESS) ? wrap_now_ns() : 0;
	pid_t ret = wrap_real._Fork();

	if (!ret)
		wrap_vforked = 1;
	else if (begin_ns)
		fork_emit(FORK, ret, wrap_now_ns() - begin_ns);
	return ret;
}

WRAP_EXPORT int clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	bool shared = (flags & CLONE_VM) && !(flags & CLONE_SETTLS);
	bool traced = WRAP_TRACED(fork, WRAP_PROCESS);
	int was_vforked = wrap_vforked;
	uint64_t begin_ns;
	va_list rest;
	void *parent_tid, *tls, *child_tid;
	int ret;

	/* Those that the flags do not ask for are not there, and are not looked at: as in libc's own clone(). */
	va_start(rest, argument);
	parent_tid = va_arg(rest, void *);
	tls = va_arg(rest, void *);
	child_tid = va_arg(rest, void *);
	va_end(rest);
	begin_ns = traced ? wrap_now_ns() : 0;
	if (shared)
		wrap_vforked = 1;
	ret = wrap_real.clone(function, stack, flags, argument, parent_tid, tls, child_tid);
	/* A parent that does not wait for such a child shares its memory with it from now on. */
	if (ret < 0 || (flags & CLONE_VFORK))
		wrap_vforked = was_vforked;
	if (traced && !wrap_vforked)
		fork_emit(CLONE, ret, wrap_now_ns() - begin_ns);
	return ret;
}

/* A vfork() whose child has gone or called exec, or that failed. */
pid_t wrap_vfork_done(long ret)
{
	if (ret < 0) {
		errno = (int)-ret;
		ret = -1;
	}
	if (WRAP_TRACED(fork, WRAP_PROCESS))
		fork_emit(VFORK, (pid_t)ret, 0);
	return (pid_t)ret;
}

/* clang-format off */
/* A status that nobody asked for is asked for. */
#define WAIT_WRAPPER(name, parameters, plain, arguments, pid, options)                             \
	WRAP_EXPORT pid_t name parameters                                                          \
	{                                                                                          \
		uint64_t begin_ns;                                                                 \
		int own, *at = status ? status : &own;                                             \
		pid_t ret;                                                                         \
                                                                                                   \
		if (!WRAP_TRACED(wait, WRAP_PROCESS))                                              \
			return wrap_real.name plain;                                               \
		begin_ns = wrap_now_ns();                                                          \
		ret = wrap_real.name arguments;                                                    \
		wait_emit(pid, options, ret, at, begin_ns);                                        \
		return ret;                                                                        \
	}

WAIT_WRAPPER(wait, (int *status), (status), (at), -1, 0)
WAIT_WRAPPER(waitpid, (pid_t pid, int *status, int options), (pid, status, options), (pid, at, options), pid, options)
WAIT_WRAPPER(wait3, (int *status, int options, struct rusage *usage), (status, options, usage), (at, options, usage),
	     -1, options)
WAIT_WRAPPER(wait4, (pid_t pid, int *status, int options, struct rusage *usage), (pid, status, options, usage),
	     (pid, at, options, usage), pid, options)
/* clang-format on */

/* As waitpid() would have told it. */
static int status_of(const siginfo_t *info)
{
	int status = info->si_status;

	switch (info->si_code) {
	case CLD_EXITED:
		return status << 8;
	case CLD_DUMPED:
		return status | 128;
	case CLD_STOPPED:
	case CLD_TRAPPED:
		return status << 8 | 127;
	case CLD_CONTINUED:
		return 0xffff;
	default:
		return status;
	}
}

WRAP_COLD static void waitid_emit(idtype_t type, id_t id, int options, int ret,
				  const siginfo_t *info, uint64_t begin_ns)
{
	int status = ret ? 0 : status_of(info);

	wait_emit(type == P_PID ? (pid_t)id : -1, options, ret ? ret : info->si_pid, &status,
		  begin_ns);
}

WRAP_EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	siginfo_t own, *at = info ? info : &own;
	uint64_t begin_ns;
	int ret;

	if (!WRAP_TRACED(wait, WRAP_PROCESS))
		return wrap_real.waitid(type, id, info, options);
	begin_ns = wrap_now_ns();
	ret = wrap_real.waitid(type, id, at, options);
	waitid_emit(type, id, options, ret, at, begin_ns);
	return ret;
}

/* clang-format off */
WRAP_END(_exit, exit, WRAP_PROCESS, (int status), (status), exit_emit(status))
WRAP_END(_Exit, exit, WRAP_PROCESS, (int status), (status), exit_emit(status))
WRAP_END(quick_exit, exit, WRAP_PROCESS, (int status), (status), exit_emit(status))
/* clang-format on */

/* exit(), or main() has returned. The caller is libc. */
static void on_end(int status, void *unused)
{
	if (trace_libc_exit_enabled() && wrap_wanted(WRAP_PROCESS, NULL))
		exit_emit(status);
}

static wrap_main *program_main;

static int main_watched(int argc, char **argv, char **envp)
{
	(void)on_exit(on_end, NULL);
	return program_main(argc, argv, envp);
}

/*
 * What the program's first instructions call. To be told the status at the end the handler must be registered after libc's own,
 * behind which this library's events have been taken back: at the beginning of main().
 */
WRAP_EXPORT int __libc_start_main(wrap_main *entry, int argc, char **argv, void (*init)(void),
				  void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
	program_main = entry;
	return wrap_real.__libc_start_main(wrap_state.groups & WRAP_PROCESS ? main_watched : entry,
					   argc, argv, init, fini, loader_fini, stack_end);
}
