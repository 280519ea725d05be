/* SPDX-License-Identifier: MIT */
/*
 * What system calls on a file system cost. Arguments: what (open: open, read and close a file; mkdir: make and remove a directory), how
 * many times, and pairs of a name and a path, which are taken in turn, there and back. Prints the median of each in microseconds.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS_MAX 4

static int open_read_close(const char *path)
{
	char buf[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 || read(fd, buf, sizeof(buf)) <= 0 ? -1 : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static int mkdir_rmdir(const char *path)
{
	return mkdir(path, 0700) || rmdir(path) ? -1 : 0;
}

int main(int argc, char **argv)
{
	int (*call)(const char *path) =
		argc > 1 && strcmp(argv[1], "mkdir") == 0 ? mkdir_rmdir : open_read_close;
	unsigned long times = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	int n = (argc - 3) / 2;
	double *us[PATHS_MAX];

	if (argc % 2 == 0 || n < 1 || n > PATHS_MAX || times < 1)
		return 2;
	for (int p = 0; p < n; p++)
		us[p] = calloc(times, sizeof(*us[p]));
	for (unsigned long i = 0; i < times; i++) {
		for (int k = 0; k < n; k++) {
			/* What a call leaves to do (close(2) does not wait) is in the way of the next one: each comes behind itself as often as behind another. */
			int p = i % 2 ? n - 1 - k : k;
			uint64_t start_ns = bench_now_ns();

			if (!us[p] || call(argv[4 + 2 * p])) {
				perror(argv[4 + 2 * p]);
				return 1;
			}
			us[p][i] = (double)(bench_now_ns() - start_ns) / 1e3;
		}
	}
	for (int p = 0; p < n; p++) {
		bench_print(argv[3 + 2 * p], bench_median(us[p], times));
		free(us[p]);
	}
	return 0;
}
