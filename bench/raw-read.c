/* SPDX-License-Identifier: MIT */
/*
 * How fast raw pages are read. Arguments: a name, the bytes of one read, and files (trace_pipe_raw), which are read one after the other until
 * they are empty. Prints nanoseconds per kilobyte, and under NAME.bytes how many came.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Return: bytes; below 0 something went wrong. */
static double drain(const char *path, char *buf, size_t size_bytes)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	double bytes = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buf, size_bytes)) > 0)
		bytes += (double)n;
	if (n < 0 && errno != EAGAIN)
		bytes = -1;
	close(fd);
	return bytes;
}

int main(int argc, char **argv)
{
	size_t size_bytes = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
	char *buf = size_bytes ? aligned_alloc(4096, (size_bytes + 4095) / 4096 * 4096) : NULL;
	uint64_t start_ns = bench_now_ns();
	double bytes = 0;
	char name[128];

	if (!buf)
		return 2;
	for (int i = 3; i < argc; i++) {
		double n = drain(argv[i], buf, size_bytes);

		if (n < 0) {
			perror(argv[i]);
			return 1;
		}
		bytes += n;
	}
	if (bytes == 0) {
		fprintf(stderr, "raw-read: nothing to read\n");
		return 1;
	}
	bench_print(argv[1], (double)(bench_now_ns() - start_ns) / bytes * 1024);
	snprintf(name, sizeof(name), "%s.bytes", argv[1]);
	bench_print(name, bytes);
	free(buf);
	return 0;
}
