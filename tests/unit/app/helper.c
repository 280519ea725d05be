/* SPDX-License-Identifier: MIT */
/*
 * A program with events, for helper.sh: does what an application does, then says on standard output how that went.
 *	helper status     "STATE ERROR TEXT", after events and messages
 *	helper fds        the number of open descriptors
 *	helper no-rseq    executes itself as "status" in a sandbox without restartable sequences; UTRACEFS=off
 *	                  counts for the time before that
 */
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utracefs/utracefs.h>

UTFS_EVENT(helper, work, UTFS_FIELDS(UTFS_FIELD(int, n), UTFS_STRING(text)));

static int say_status(void)
{
	struct utfs_runtime_event event = {0};
	struct utfs_status status;
	int registered, written, message;

	errno = 77;
	for (int i = 0; i < 10; i++)
		trace_helper_work(i, "text");
	registered = utfs_runtime_event_register(&event, "helper_runtime u32 n");
	written = utfs_runtime_event_write(&event, "abcd", 4);
	message = utfs_printf("message %d", 1);
	utfs_status_get(&status);
	utfs_runtime_event_unregister(&event);
	printf("%d %d %s\n", (int)status.state, status.error, status.text);
	printf("event %d runtime %d written %d message %d errno %d\n", trace_helper_work_status(),
	       registered, written, message, errno);
	return 0;
}

static int say_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int n = 0;

	if (!directory)
		return 1;
	while (readdir(directory))
		n++;
	closedir(directory);
	printf("%d\n", n);
	return 0;
}

static int without_rseq(char *program)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rseq, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog)) {
		perror("seccomp");
		return 77;
	}
	unsetenv("UTRACEFS");
	execl(program, program, "status", (char *)NULL);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "status"))
		return say_status();
	if (!strcmp(argv[1], "fds"))
		return say_fds();
	if (!strcmp(argv[1], "no-rseq"))
		return without_rseq(argv[0]);
	return 2;
}
