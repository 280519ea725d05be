/* SPDX-License-Identifier: MIT */
/*
 * How long programs take from start to end. Arguments: name path name path ...; each is started in turn, many times;
 * prints the median of each in milliseconds.
 */
#include "bench.h"

#include <spawn.h>
#include <sys/wait.h>

#define SPAWN_TIMES    60
#define SPAWN_PROGRAMS 8

extern char **environ;

/* Return: milliseconds from start to end, or a negative number. */
static double run_ms(char *path)
{
	char *argv[] = {path, NULL};
	uint64_t start_ns = bench_now_ns();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, path, NULL, NULL, argv, environ) || waitpid(pid, &status, 0) != pid ||
	    status)
		return -1;
	return (double)(bench_now_ns() - start_ns) / 1e6;
}

int main(int argc, char **argv)
{
	static double ms[SPAWN_PROGRAMS][SPAWN_TIMES];
	int n = (argc - 1) / 2;

	if (argc % 2 == 0 || n < 1 || n > SPAWN_PROGRAMS)
		return 2;
	bench_pin();
	for (int i = -1; i < SPAWN_TIMES; i++) {
		for (int p = 0; p < n; p++) {
			double took_ms = run_ms(argv[2 + 2 * p]);

			if (took_ms < 0) {
				fprintf(stderr, "spawn: %s failed\n", argv[2 + 2 * p]);
				return 1;
			}
			if (i >= 0)
				ms[p][i] = took_ms;
		}
	}
	for (int p = 0; p < n; p++)
		printf("%s %.4f\n", argv[1 + 2 * p], bench_median(ms[p], SPAWN_TIMES));
	return 0;
}
