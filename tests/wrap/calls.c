/* SPDX-License-Identifier: MIT */
/*
 * Calls every function that the wrapper stands for, between two calls that mark the beginning and the end, and writes down what
 * each event has to look like ("N" for times).
 *	calls EXPECTATIONS SCRATCH-DIR
 * Exit status 1: a call did not do what it does without the wrapper.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
ssize_t __read_chk(int fd, void *buffer, size_t count, size_t buffer_bytes);
ssize_t __pread_chk(int fd, void *buffer, size_t count, off_t offset, size_t buffer_bytes);
ssize_t __pread64_chk(int fd, void *buffer, size_t count, off64_t offset, size_t buffer_bytes);

#define BEGIN_FD (-1000)
#define END_FD	 (-1001)
#define NONE	 (-1)

static char scratch[512];

static void expect_open(int fd, const char *path, const char *access_flags, unsigned int mode,
			int directory, int ret)
{
	char access_only[32] = "", *flags;

	strcat(access_only, strchr(access_flags, ' ') ? "" : access_flags);
	flags = strchr(access_flags, ' ');
	if (flags)
		snprintf(access_only, sizeof(access_only), "%.*s", (int)(flags - access_flags),
			 access_flags);
	expect("open: fd=%d path=%s access=%s flags=%s mode=%03o dirfd=%d ret=%d duration_ns=N", fd,
	       path, access_only, flags ? flags + 1 : "", mode, directory, ret);
}

static void expect_transfer(const char *event, int fd, size_t count, long offset, ssize_t ret)
{
	expect("%s: fd=%d count=%zu offset=%ld ret=%zd duration_ns=N", event, fd, count, offset,
	       ret);
}

static void expect_close(int fd, int ret)
{
	expect("close: fd=%d ret=%d duration_ns=N", fd, ret);
}

static const char *in_scratch(const char *name)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

static void close_expected(int fd)
{
	check(!close(fd), "close");
	expect_close(fd, 0);
}

/* The descriptor exists and has the mode (if any): the third argument arrived. */
static void opened(int fd, const char *path, const char *flags, unsigned int mode, int directory)
{
	struct stat status;

	check(fd >= 0, path);
	expect_open(fd, path, flags, mode, directory, fd);
	if (mode)
		check(!fstat(fd, &status) && (status.st_mode & 0777) == mode, "mode");
	close_expected(fd);
}

static void try_open(void)
{
	const char *path = in_scratch("open");
	int here = AT_FDCWD;

	opened(open(path, O_CREAT | O_RDWR, 0640), path, "O_RDWR O_CREAT", 0640, here);
	opened(open(path, O_RDONLY | O_CLOEXEC), path, "O_RDONLY O_CLOEXEC", 0, here);
	opened(open64(path, O_WRONLY | O_APPEND), path, "O_WRONLY O_APPEND", 0, here);
	opened(openat(here, path, O_RDONLY), path, "O_RDONLY", 0, here);
	opened(openat64(here, path, O_RDONLY), path, "O_RDONLY", 0, here);
	opened(__open_2(path, O_RDONLY), path, "O_RDONLY", 0, here);
	opened(__open64_2(path, O_RDONLY), path, "O_RDONLY", 0, here);
	opened(__openat_2(here, path, O_RDONLY), path, "O_RDONLY", 0, here);
	opened(__openat64_2(here, path, O_RDONLY), path, "O_RDONLY", 0, here);
	unlink(path);
	opened(open64(path, O_CREAT | O_EXCL | O_RDWR, 0604), path, "O_RDWR O_CREAT|O_EXCL", 0604,
	       here);
	unlink(path);
	opened(openat(here, path, O_CREAT | O_RDWR, 0610), path, "O_RDWR O_CREAT", 0610, here);
	unlink(path);
	opened(openat64(here, path, O_CREAT | O_RDWR, 0601), path, "O_RDWR O_CREAT", 0601, here);
	unlink(path);
	opened(creat(path, 0620), path, "O_WRONLY O_CREAT|O_TRUNC", 0620, here);
	unlink(path);
	opened(creat64(path, 0602), path, "O_WRONLY O_CREAT|O_TRUNC", 0602, here);
	unlink(path);
	opened(open(scratch, O_TMPFILE | O_RDWR, 0660), scratch, "O_RDWR O_TMPFILE", 0660, here);
}

static void try_open_at_directory(void)
{
	int directory = open(scratch, O_DIRECTORY | O_RDONLY);

	expect_open(directory, scratch, "O_RDONLY O_DIRECTORY", 0, AT_FDCWD, directory);
	opened(openat(directory, "at", O_CREAT | O_WRONLY, 0600), "at", "O_WRONLY O_CREAT", 0600,
	       directory);
	close_expected(directory);
}

static void try_open_errors(void)
{
	const char *path = in_scratch("missing/file");
	/* Not a constant: the compiler would complain of what is tested here. */
	const char *volatile nowhere = NULL;

	errno = 0;
	check(open(path, O_RDWR) == -1 && errno == ENOENT, "open: ENOENT");
	expect_open(-1, path, "O_RDWR", 0, AT_FDCWD, -ENOENT);
	errno = 0;
	check(open(nowhere, O_RDONLY) == -1 && errno == EFAULT, "open: EFAULT");
	expect_open(-1, "(null)", "O_RDONLY", 0, AT_FDCWD, -EFAULT);
	/* Refused for its flags, before the path was looked at. */
	errno = 0;
	check(open(nowhere, O_TMPFILE | O_RDONLY, 0600) == -1 && errno == EINVAL, "open: EINVAL");
	expect_open(-1, "(null)", "O_RDONLY O_TMPFILE", 0600, AT_FDCWD, -EINVAL);
	errno = 0;
	check(close(-5) == -1 && errno == EBADF, "close: EBADF");
	expect_close(-5, -EBADF);
}

static void try_temporary(int kind)
{
	char path[600];
	const char *flags = "O_RDWR O_CREAT|O_EXCL";
	int fd = -1;

	snprintf(path, sizeof(path), "%s/t-XXXXXX%s", scratch, kind < 4 ? "" : ".tail");
	switch (kind) {
	case 0:
		fd = mkstemp(path);
		break;
	case 1:
		fd = mkstemp64(path);
		break;
	case 2:
		fd = mkostemp(path, O_APPEND);
		break;
	case 3:
		fd = mkostemp64(path, O_APPEND);
		break;
	case 4:
		fd = mkstemps(path, 5);
		break;
	case 5:
		fd = mkstemps64(path, 5);
		break;
	case 6:
		fd = mkostemps(path, 5, O_APPEND);
		break;
	case 7:
		fd = mkostemps64(path, 5, O_APPEND);
		break;
	}
	if (kind & 2)
		flags = "O_RDWR O_CREAT|O_EXCL|O_APPEND";
	check(!strstr(path, "XXXXXX"), "mkstemp");
	opened(fd, path, flags, 0600, AT_FDCWD);
	unlink(path);
}

/* Streams allocate: what they do to the memory is left out of the window by the script. */
static void try_streams(void)
{
	char path[600];
	FILE *file, *memory;
	int fd;

	snprintf(path, sizeof(path), "%s/stream", scratch);
	file = fopen(path, "w");
	expect_open(fileno(file), path, "O_WRONLY O_CREAT|O_TRUNC", 0666, AT_FDCWD, fileno(file));
	fd = fileno(file);
	check(!fclose(file), "fclose");
	expect_close(fd, 0);
	file = fopen64(path, "r+e");
	fd = fileno(file);
	expect_open(fd, path, "O_RDWR O_CLOEXEC", 0666, AT_FDCWD, fd);
	file = freopen(path, "a", file);
	expect_open(fileno(file), path, "O_WRONLY O_CREAT|O_APPEND", 0666, AT_FDCWD, fileno(file));
	file = freopen64(path, "r", file);
	expect_open(fileno(file), path, "O_RDONLY", 0666, AT_FDCWD, fileno(file));
	memory = fmemopen(path, 5, "r");
	errno = 7;
	check(!fclose(memory) && errno == 7, "fclose of memory");
	fd = fileno(file);
	check(!fclose(file), "fclose");
	expect_close(fd, 0);
	errno = 0;
	check(!fopen(path, "") && errno == EINVAL, "fopen: EINVAL");
	expect_open(-1, path, "O_WRONLY O_CREAT|O_APPEND", 0666, AT_FDCWD, -EINVAL);
	errno = 0;
	check(!fopen(in_scratch("missing/file"), "r") && errno == ENOENT, "fopen: ENOENT");
	expect_open(-1, in_scratch("missing/file"), "O_RDONLY", 0666, AT_FDCWD, -ENOENT);
}

static void try_transfers(void)
{
	const char *path = in_scratch("data");
	char bytes[64] = "0123456789abcdefghij", more[8];
	struct iovec parts[2] = {{bytes, 6}, {more, 4}};
	int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);

	expect_open(fd, path, "O_RDWR O_CREAT|O_TRUNC", 0600, AT_FDCWD, fd);
	check(write(fd, bytes, 20) == 20, "write");
	expect_transfer("write", fd, 20, NONE, 20);
	check(pwrite(fd, bytes, 5, 100) == 5, "pwrite");
	expect_transfer("write", fd, 5, 100, 5);
	check(pwrite64(fd, bytes, 6, 0x100000001) == 6, "pwrite64");
	expect_transfer("write", fd, 6, 0x100000001, 6);
	check(writev(fd, parts, 2) == 10, "writev");
	expect_transfer("write", fd, 10, NONE, 10);
	check(pwritev(fd, parts, 1, 7) == 6, "pwritev");
	expect_transfer("write", fd, 6, 7, 6);
	check(pwritev64(fd, parts, 2, 9) == 10, "pwritev64");
	expect_transfer("write", fd, 10, 9, 10);
	check(pwritev2(fd, parts, 2, 11, 0) == 10, "pwritev2");
	expect_transfer("write", fd, 10, 11, 10);
	check(pwritev64v2(fd, parts, 2, 12, 0) == 10, "pwritev64v2");
	expect_transfer("write", fd, 10, 12, 10);

	check(pread(fd, more, 5, 0) == 5 && !memcmp(more, "01234", 5), "pread");
	expect_transfer("read", fd, 5, 0, 5);
	check(pread64(fd, more, 5, 1) == 5 && !memcmp(more, "12345", 5), "pread64");
	expect_transfer("read", fd, 5, 1, 5);
	check(lseek(fd, 2, SEEK_SET) == 2 && read(fd, more, 3) == 3 && !memcmp(more, "234", 3),
	      "read");
	expect_transfer("read", fd, 3, NONE, 3);
	check(__read_chk(fd, more, 1, sizeof(more)) == 1 && more[0] == '5', "__read_chk");
	expect_transfer("read", fd, 1, NONE, 1);
	check(__pread_chk(fd, more, 2, 3, sizeof(more)) == 2 && more[0] == '3', "__pread_chk");
	expect_transfer("read", fd, 2, 3, 2);
	check(__pread64_chk(fd, more, 2, 4, sizeof(more)) == 2 && more[0] == '4', "__pread64_chk");
	expect_transfer("read", fd, 2, 4, 2);
	check(readv(fd, parts, 2) == 10, "readv");
	expect_transfer("read", fd, 10, NONE, 10);
	check(preadv(fd, parts, 2, 100) == 10, "preadv");
	expect_transfer("read", fd, 10, 100, 10);
	check(preadv64(fd, parts, 2, 0x100000001) == 6, "preadv64");
	expect_transfer("read", fd, 10, 0x100000001, 6);
	check(preadv2(fd, parts, 2, 1, 0) == 10, "preadv2");
	expect_transfer("read", fd, 10, 1, 10);
	check(preadv64v2(fd, parts, 2, 2, 0) == 10, "preadv64v2");
	expect_transfer("read", fd, 10, 2, 10);

	check(!fsync(fd), "fsync");
	expect("fsync: fd=%d datasync=0 ret=0 duration_ns=N", fd);
	check(!fdatasync(fd), "fdatasync");
	expect("fsync: fd=%d datasync=1 ret=0 duration_ns=N", fd);
	close_expected(fd);
}

static void try_transfer_errors(void)
{
	char byte = 0;
	struct iovec *volatile nowhere = NULL;

	errno = 0;
	check(read(-3, &byte, 1) == -1 && errno == EBADF, "read: EBADF");
	expect_transfer("read", -3, 1, NONE, -EBADF);
	errno = 0;
	check(pwrite(-4, &byte, 1, 5) == -1 && errno == EBADF, "pwrite: EBADF");
	expect_transfer("write", -4, 1, 5, -EBADF);
	errno = 0;
	check(writev(2, nowhere, 3) == -1 && errno == EFAULT, "writev: EFAULT");
	expect_transfer("write", 2, 0, NONE, -EFAULT);
	errno = 0;
	check(fsync(-6) == -1 && errno == EBADF, "fsync: EBADF");
	expect("fsync: fd=-6 datasync=0 ret=%d duration_ns=N", -EBADF);
}

static void free_expected(void *memory)
{
	expect("free: ptr=0x%lx", HEX(memory));
	free(memory);
}

static void try_memory(void)
{
	volatile size_t huge = SIZE_MAX / 2;
	void *memory = malloc(1234), *old, *aligned;
	uintptr_t was;

	expect("malloc: size=1234 ptr=0x%lx", HEX(memory));
	old = memory;
	was = (uintptr_t)old;
	memory = realloc(memory, 200000);
	expect("realloc: old=0x%lx size=200000 ptr=0x%lx", (unsigned long)was, HEX(memory));
	free_expected(memory);
	memory = calloc(7, 9);
	check(memory && !memcmp(memory, (char[63]){0}, 63), "calloc");
	expect("calloc: count=7 size=9 ptr=0x%lx", HEX(memory));
	free_expected(memory);
	memory = reallocarray(NULL, 3, 5);
	expect("realloc: old=0x0 size=15 ptr=0x%lx", HEX(memory));
	free_expected(memory);
	free_expected(NULL);

	aligned = memalign(128, 40);
	expect("memalign: alignment=128 size=40 ptr=0x%lx", HEX(aligned));
	check(HEX(aligned) % 128 == 0, "memalign");
	free_expected(aligned);
	aligned = aligned_alloc(256, 512);
	expect("memalign: alignment=256 size=512 ptr=0x%lx", HEX(aligned));
	free_expected(aligned);
	check(!posix_memalign(&aligned, 512, 33) && HEX(aligned) % 512 == 0, "posix_memalign");
	expect("memalign: alignment=512 size=33 ptr=0x%lx", HEX(aligned));
	free_expected(aligned);
	check(posix_memalign(&aligned, 3, 33) == EINVAL, "posix_memalign: EINVAL");
	expect("memalign: alignment=3 size=33 ptr=0x0");
	aligned = valloc(11);
	expect("memalign: alignment=%d size=11 ptr=0x%lx", getpagesize(), HEX(aligned));
	free_expected(aligned);
	aligned = pvalloc(12);
	expect("memalign: alignment=%d size=12 ptr=0x%lx", getpagesize(), HEX(aligned));
	free_expected(aligned);

	errno = 0;
	check(!malloc(huge * 2) && errno == ENOMEM, "malloc: ENOMEM");
	expect("malloc: size=%zu ptr=0x0", huge * 2);
	errno = 0;
	check(!calloc(huge, 8) && errno == ENOMEM, "calloc: ENOMEM");
	expect("calloc: count=%zu size=8 ptr=0x0", huge);
	/* errno stays as the function left it: as it was. */
	errno = 4711;
	memory = malloc(3);
	expect("malloc: size=3 ptr=0x%lx", HEX(memory));
	free_expected(memory);
	check(errno == 4711, "malloc, free: errno");
}

static void expect_lock(pthread_mutex_t *mutex, int ret)
{
	expect("mutex_lock: mutex=0x%lx ret=%d wait_ns=N", HEX(mutex), ret);
}

static void expect_unlock(pthread_mutex_t *mutex)
{
	expect("mutex_unlock: mutex=0x%lx", HEX(mutex));
}

static void try_mutex(void)
{
	pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
	pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
	struct timespec past = {0, 0};

	check(!pthread_mutex_lock(&mutex), "lock");
	expect_lock(&mutex, 0);
	check(pthread_mutex_lock(&mutex) == EDEADLK, "lock: EDEADLK");
	expect_lock(&mutex, -EDEADLK);
	check(pthread_mutex_trylock(&mutex) == EBUSY, "trylock: EBUSY");
	expect("mutex_trylock: mutex=0x%lx ret=%d", HEX(&mutex), -EBUSY);
	expect_unlock(&mutex);
	check(!pthread_mutex_unlock(&mutex), "unlock");
	expect_unlock(&mutex);
	check(pthread_mutex_unlock(&mutex) == EPERM, "unlock: EPERM");
	check(!pthread_mutex_trylock(&plain), "trylock");
	expect("mutex_trylock: mutex=0x%lx ret=0", HEX(&plain));
	check(pthread_mutex_timedlock(&plain, &past) == ETIMEDOUT, "timedlock: ETIMEDOUT");
	expect_lock(&plain, -ETIMEDOUT);
	check(pthread_mutex_clocklock(&plain, CLOCK_MONOTONIC, &past) == ETIMEDOUT,
	      "clocklock: ETIMEDOUT");
	expect_lock(&plain, -ETIMEDOUT);
	expect_unlock(&plain);
	check(!pthread_mutex_unlock(&plain), "unlock");
	check(!pthread_mutex_timedlock(&plain, &past), "timedlock");
	expect_lock(&plain, 0);
	expect_unlock(&plain);
	check(!pthread_mutex_unlock(&plain), "unlock");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	umask(0);
	snprintf(scratch, sizeof(scratch), "%s", argv[2]);
	close(BEGIN_FD);
	try_open();
	try_open_at_directory();
	try_open_errors();
	for (int kind = 0; kind < 8; kind++)
		try_temporary(kind);
	try_transfers();
	try_transfer_errors();
	try_mutex();
	try_memory();
	/* From here on the memory is stdio's. */
	close(END_FD);
	close(BEGIN_FD);
	try_streams();
	close(END_FD);
	return expect_save(argv[1]);
}
