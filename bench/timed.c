/* SPDX-License-Identifier: MIT */
/*
 * How long a command takes, its standard output thrown away. Arguments: a name, a number, and the command. Prints its nanoseconds,
 * divided by that number of things that it does; with NAME.cpu, what it used of CPUs.
 */
#include "bench.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double cpu_ns(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e9 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1e3;
}

int main(int argc, char **argv)
{
	double things = argc > 3 ? strtod(argv[2], NULL) : 0;
	struct rusage usage;
	uint64_t start_ns, took_ns;
	char name[128];
	int status;
	pid_t pid;

	if (things <= 0)
		return 2;
	start_ns = bench_now_ns();
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0)
			dup2(null, STDOUT_FILENO);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status) {
		fprintf(stderr, "timed: %s failed\n", argv[3]);
		return 1;
	}
	took_ns = bench_now_ns() - start_ns;
	bench_print(argv[1], (double)took_ns / things);
	snprintf(name, sizeof(name), "%s.cpu", argv[1]);
	bench_print(name, cpu_ns(&usage) / things);
	return 0;
}
