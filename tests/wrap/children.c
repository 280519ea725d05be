/* SPDX-License-Identifier: MIT */
/*
 * Calls every wrapped function that makes, waits for, or ends processes, and that loads libraries.
 *	children EXPECTATIONS
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

pid_t _Fork(void);

static char *const environment[] = {"NOTHING=1", NULL};

static void expect_wait(pid_t asked, int options, int ret, int code, int signal)
{
	expect("wait: pid=%d options=0x%x ret=%d exit=%d signal=%d duration_ns=N", asked, options,
	       ret, code, signal);
}

static void expect_exit(int status)
{
	expect("exit: status=%d", status);
}

/* A child that does what `which` says, and ends with the status 20 + which where nothing else is said. */
static pid_t child(int which, void (*what)(int))
{
	pid_t pid = fork();

	if (!pid) {
		what(which);
		_exit(20 + which);
	}
	expect("fork: how=fork ret=%d duration_ns=N", pid);
	expect("fork: how=fork ret=0 duration_ns=N");
	return pid;
}

static void end(int which)
{
	switch (which) {
	case 0:
		expect_save("/dev/null");
		exit(20);
	case 1:
		_Exit(21);
	case 2:
		quick_exit(22);
	case 3:
		_exit(23);
	default:
		raise(SIGKILL);
	}
}

static void try_waits(void)
{
	struct rusage usage;
	siginfo_t info;
	int status = -1;
	pid_t pid = child(0, end);

	expect_exit(20);
	check(wait(&status) == pid && WEXITSTATUS(status) == 20, "wait");
	expect_wait(-1, 0, pid, 20, 0);
	pid = child(1, end);
	expect_exit(21);
	check(waitpid(pid, NULL, 0) == pid, "waitpid");
	expect_wait(pid, 0, pid, 21, 0);
	pid = child(2, end);
	expect_exit(22);
	check(wait3(&status, 0, &usage) == pid && WEXITSTATUS(status) == 22, "wait3");
	expect_wait(-1, 0, pid, 22, 0);
	pid = child(3, end);
	expect_exit(23);
	check(wait4(pid, &status, 0, &usage) == pid && WEXITSTATUS(status) == 23, "wait4");
	expect_wait(pid, 0, pid, 23, 0);
	pid = child(4, end);
	check(!waitid(P_PID, (id_t)pid, &info, WEXITED) && info.si_code == CLD_KILLED &&
		      info.si_status == SIGKILL,
	      "waitid");
	expect_wait(pid, WEXITED, pid, 0, SIGKILL);
	pid = child(5, _exit);
	expect_exit(5);
	check(!waitid(P_ALL, 0, NULL, WEXITED), "waitid: NULL");
	expect_wait(-1, WEXITED, pid, 5, 0);
	errno = 0;
	check(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD, "waitpid: ECHILD");
	expect_wait(-1, WNOHANG, -ECHILD, 0, 0);
	/* Without handlers nothing is known of this child: it writes nothing. */
	pid = _Fork();
	if (!pid)
		_exit(9);
	expect("fork: how=fork ret=%d duration_ns=N", pid);
	check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 9, "_Fork");
	expect_wait(pid, 0, pid, 9, 0);
	pid = vfork();
	if (!pid)
		_exit(10);
	expect("fork: how=vfork ret=%d duration_ns=N", pid);
	check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 10, "vfork");
	expect_wait(pid, 0, pid, 10, 0);
}

static char *const arguments[] = {"sh", "-c", "exit 7\n", NULL};

static void execute(int which)
{
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);

	switch (which) {
	case 0:
		execve("/bin/sh", arguments, environment);
		break;
	case 1:
		execv("/bin/sh", arguments);
		break;
	case 2:
		execvp("sh", arguments);
		break;
	case 3:
		execvpe("sh", arguments, environment);
		break;
	case 4:
		fexecve(fd, arguments, environment);
		break;
	case 5:
		execveat(AT_FDCWD, "/bin/sh", arguments, environment, 0);
		break;
	case 6:
		execl("/bin/sh", "sh", "-c", "exit 7\n", NULL);
		break;
	case 7:
		execlp("sh", "sh", "-c", "exit 7\n", NULL);
		break;
	case 8:
		execle("/bin/sh", "sh", "-c", "test \"$NOTHING\" = 1 && exit 7\n", NULL,
		       environment);
		break;
	}
}

/* A shell that has an environment of its own has no wrapper: of those that have, the end is an event. */
static void try_exec(void)
{
	for (int which = 0; which < 9; which++) {
		int by_name = which == 2 || which == 3 || which == 7, status;
		pid_t pid = child(which, execute);

		check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7, "exec");
		if (which == 4)
			expect("exec: path= arguments=sh -c exit 7? dirfd=FD");
		else
			expect("exec: path=%s arguments=sh -c %s? dirfd=%d",
			       by_name ? "sh" : "/bin/sh",
			       which == 8 ? "test \"$NOTHING\" = 1 && exit 7" : "exit 7", AT_FDCWD);
		expect_wait(pid, 0, pid, 7, 0);
		if (getenv("LD_PRELOAD") && (which == 1 || which == 2 || which == 6 || which == 7))
			expect_exit(7);
	}
}

static void try_exec_errors(void)
{
	char *const *volatile nowhere = (char *const *)8;
	const char *volatile no_path = (const char *)8;

	errno = 0;
	check(execv("/nonexistent/program", arguments) == -1 && errno == ENOENT, "execv: ENOENT");
	expect("exec: path=/nonexistent/program arguments=sh -c exit 7? dirfd=-100");
	expect("exec_failed: path=/nonexistent/program ret=%d", -ENOENT);
	errno = 0;
	check(execv(no_path, nowhere) == -1 && errno == EFAULT, "execv: EFAULT");
	expect("exec: path= arguments= dirfd=-100");
	expect("exec_failed: path= ret=%d", -EFAULT);
	errno = 0;
	check(execl("/nonexistent", "a", "b", "c", "d", "e", "f", "g", "h", "i", NULL) == -1 &&
		      errno == ENOENT,
	      "execl: ENOENT");
	expect("exec: path=/nonexistent arguments=a b c d e f g h i dirfd=-100");
	expect("exec_failed: path=/nonexistent ret=%d", -ENOENT);
}

static void try_spawn(void)
{
	pid_t pid;
	int status;

	check(!posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environment), "posix_spawn");
	expect("posix_spawn: path=/bin/sh arguments=sh -c exit 7? child=%d ret=0 duration_ns=N",
	       pid);
	check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7, "posix_spawn");
	expect_wait(pid, 0, pid, 7, 0);
	check(!posix_spawnp(NULL, "sh", NULL, NULL, arguments, environment), "posix_spawnp");
	pid = wait(&status);
	expect("posix_spawn: path=sh arguments=sh -c exit 7? child=%d ret=0 duration_ns=N", pid);
	expect_wait(-1, 0, pid, 7, 0);
	check(posix_spawn(&pid, "/nonexistent", NULL, NULL, arguments, environment) == ENOENT,
	      "posix_spawn: ENOENT");
	expect("posix_spawn: path=/nonexistent arguments=sh -c exit 7? child=0 ret=%d "
	       "duration_ns=N",
	       -ENOENT);
}

/* The library lies beside this program, whose path to search is its own folder. */
static void try_loader(const char *folder)
{
	char path[600];
	void *handle;

	snprintf(path, sizeof(path), "%s/libearly.so", folder);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	check(handle != NULL, "dlopen");
	expect("dlopen: path=%s flags=RTLD_NOW handle=0x%lx duration_ns=N", path, HEX(handle));
	check(!dlclose(handle), "dlclose");
	expect("dlclose: handle=0x%lx ret=0 duration_ns=N", HEX(handle));
	handle = dlopen(NULL, RTLD_LAZY);
	check(handle && dlsym(handle, "getpid"), "dlopen: NULL");
	expect("dlopen: path=(null) flags=RTLD_LAZY handle=0x%lx duration_ns=N", HEX(handle));
	check(!dlopen("/nonexistent.so", RTLD_LAZY | RTLD_GLOBAL) &&
		      strstr(dlerror(), "/nonexistent.so"),
	      "dlopen: an error");
	expect("dlopen: path=/nonexistent.so flags=RTLD_LAZY|RTLD_GLOBAL handle=0x0 duration_ns=N");
	/* Found by this program's own path, and by that only. */
	handle = dlopen("libearly.so", RTLD_NOW);
	check(handle != NULL, "dlopen: by the program's path");
	expect("dlopen_search: name=libearly.so flags=RTLD_NOW");
	handle = dlopen("$ORIGIN/libearly.so", RTLD_NOW);
	check(handle != NULL, "dlopen: $ORIGIN");
	expect("dlopen_search: name=$ORIGIN/libearly.so flags=RTLD_NOW");
	check(!dlopen("libutracefs-no-such.so", RTLD_NOW), "dlopen: no such");
	expect("dlopen_search: name=libutracefs-no-such.so flags=RTLD_NOW");
}

int main(int argc, char **argv)
{
	char folder[512];
	ssize_t bytes = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	if (argc < 2 || bytes < 0)
		return 2;
	folder[bytes] = '\0';
	*strrchr(folder, '/') = '\0';
	try_waits();
	try_exec();
	try_exec_errors();
	try_spawn();
	try_loader(folder);
	expect_exit(0);
	return expect_save(argv[1]);
}
