/* SPDX-License-Identifier: MIT */
/*
 * Preloaded behind the wrapper: its constructor runs before the wrapper's and calls what is wrapped; its close() is the next one
 * behind the wrapper's.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int close(int fd)
{
	return fd == -5000 ? 77 : (int)syscall(SYS_close, fd);
}

__attribute__((constructor(101))) static void begin(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	char *memory = malloc(100), bytes[4] = "";
	int fd = open("/proc/self/exe", O_RDONLY);

	memory = realloc(memory, 1000);
	pthread_mutex_lock(&mutex);
	if (!memory || fd < 0 || read(fd, bytes, 4) != 4 || bytes[1] != 'E' ||
	    pread(fd, bytes, 4, 0) != 4)
		_exit(99);
	pthread_mutex_unlock(&mutex);
	free(memory);
	errno = 0;
	if (close(-1) != -1 || errno != EBADF || close(fd))
		_exit(99);
}
