/* SPDX-License-Identifier: MIT */
/*
 * The functions behind the wrappers. Each pointer begins as a function that finds them all and calls the right one, so
 * that a wrapper needs no test.
 */
#ifndef UTFS_WRAP_REAL_H
#define UTFS_WRAP_REAL_H

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#define WRAP_EXPORT __attribute__((visibility("default")))
#define WRAP_HIDDEN __attribute__((visibility("hidden")))

/* What programs compiled with _FORTIFY_SOURCE call; no header declares them without it. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
ssize_t __read_chk(int fd, void *buffer, size_t count, size_t buffer_bytes);
ssize_t __pread_chk(int fd, void *buffer, size_t count, off_t offset, size_t buffer_bytes);
ssize_t __pread64_chk(int fd, void *buffer, size_t count, off64_t offset, size_t buffer_bytes);

/* clang-format off */
#define WRAP_FAIL (errno = ENOSYS, -1)

/*
 * X(return type, name, parameters, arguments, the answer while the functions are being looked for, or when libc has no such
 * function). Those with a variable argument stand beside it, in real.c.
 */
#define WRAP_IO_FUNCTIONS(X) \
	X(int, __open_2, (const char *path, int flags), (path, flags), WRAP_FAIL) \
	X(int, __open64_2, (const char *path, int flags), (path, flags), WRAP_FAIL) \
	X(int, __openat_2, (int directory, const char *path, int flags), (directory, path, flags), WRAP_FAIL) \
	X(int, __openat64_2, (int directory, const char *path, int flags), (directory, path, flags), WRAP_FAIL) \
	X(int, creat, (const char *path, mode_t mode), (path, mode), WRAP_FAIL) \
	X(int, creat64, (const char *path, mode_t mode), (path, mode), WRAP_FAIL) \
	X(int, mkstemp, (char *path), (path), WRAP_FAIL) \
	X(int, mkstemp64, (char *path), (path), WRAP_FAIL) \
	X(int, mkostemp, (char *path, int flags), (path, flags), WRAP_FAIL) \
	X(int, mkostemp64, (char *path, int flags), (path, flags), WRAP_FAIL) \
	X(int, mkstemps, (char *path, int tail), (path, tail), WRAP_FAIL) \
	X(int, mkstemps64, (char *path, int tail), (path, tail), WRAP_FAIL) \
	X(int, mkostemps, (char *path, int tail, int flags), (path, tail, flags), WRAP_FAIL) \
	X(int, mkostemps64, (char *path, int tail, int flags), (path, tail, flags), WRAP_FAIL) \
	X(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL) \
	X(FILE *, fopen64, (const char *path, const char *mode), (path, mode), NULL) \
	X(FILE *, freopen, (const char *path, const char *mode, FILE *file), (path, mode, file), NULL) \
	X(FILE *, freopen64, (const char *path, const char *mode, FILE *file), (path, mode, file), NULL) \
	X(int, close, (int fd), (fd), WRAP_FAIL) \
	X(int, fclose, (FILE *file), (file), EOF) \
	X(ssize_t, read, (int fd, void *to, size_t count), (fd, to, count), WRAP_FAIL) \
	X(ssize_t, __read_chk, (int fd, void *to, size_t count, size_t room), (fd, to, count, room), WRAP_FAIL) \
	X(ssize_t, pread, (int fd, void *to, size_t count, off_t offset), (fd, to, count, offset), WRAP_FAIL) \
	X(ssize_t, pread64, (int fd, void *to, size_t count, off64_t offset), (fd, to, count, offset), WRAP_FAIL) \
	X(ssize_t, __pread_chk, (int fd, void *to, size_t count, off_t offset, size_t room), \
	  (fd, to, count, offset, room), WRAP_FAIL) \
	X(ssize_t, __pread64_chk, (int fd, void *to, size_t count, off64_t offset, size_t room), \
	  (fd, to, count, offset, room), WRAP_FAIL) \
	X(ssize_t, readv, (int fd, const struct iovec *parts, int n), (fd, parts, n), WRAP_FAIL) \
	X(ssize_t, preadv, (int fd, const struct iovec *parts, int n, off_t offset), \
	  (fd, parts, n, offset), WRAP_FAIL) \
	X(ssize_t, preadv64, (int fd, const struct iovec *parts, int n, off64_t offset), \
	  (fd, parts, n, offset), WRAP_FAIL) \
	X(ssize_t, preadv2, (int fd, const struct iovec *parts, int n, off_t offset, int flags), \
	  (fd, parts, n, offset, flags), WRAP_FAIL) \
	X(ssize_t, preadv64v2, (int fd, const struct iovec *parts, int n, off64_t offset, int flags), \
	  (fd, parts, n, offset, flags), WRAP_FAIL) \
	X(ssize_t, write, (int fd, const void *from, size_t count), (fd, from, count), WRAP_FAIL) \
	X(ssize_t, pwrite, (int fd, const void *from, size_t count, off_t offset), \
	  (fd, from, count, offset), WRAP_FAIL) \
	X(ssize_t, pwrite64, (int fd, const void *from, size_t count, off64_t offset), \
	  (fd, from, count, offset), WRAP_FAIL) \
	X(ssize_t, writev, (int fd, const struct iovec *parts, int n), (fd, parts, n), WRAP_FAIL) \
	X(ssize_t, pwritev, (int fd, const struct iovec *parts, int n, off_t offset), \
	  (fd, parts, n, offset), WRAP_FAIL) \
	X(ssize_t, pwritev64, (int fd, const struct iovec *parts, int n, off64_t offset), \
	  (fd, parts, n, offset), WRAP_FAIL) \
	X(ssize_t, pwritev2, (int fd, const struct iovec *parts, int n, off_t offset, int flags), \
	  (fd, parts, n, offset, flags), WRAP_FAIL) \
	X(ssize_t, pwritev64v2, (int fd, const struct iovec *parts, int n, off64_t offset, int flags), \
	  (fd, parts, n, offset, flags), WRAP_FAIL) \
	X(int, fsync, (int fd), (fd), WRAP_FAIL) \
	X(int, fdatasync, (int fd), (fd), WRAP_FAIL)

#define WRAP_MUTEX_FUNCTIONS(X) \
	X(int, pthread_mutex_lock, (pthread_mutex_t *mutex), (mutex), ENOSYS) \
	X(int, pthread_mutex_trylock, (pthread_mutex_t *mutex), (mutex), ENOSYS) \
	X(int, pthread_mutex_timedlock, (pthread_mutex_t *mutex, const struct timespec *until), (mutex, until), ENOSYS) \
	X(int, pthread_mutex_clocklock, (pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until), \
	  (mutex, clock, until), ENOSYS) \
	X(int, pthread_mutex_unlock, (pthread_mutex_t *mutex), (mutex), ENOSYS)

#define WRAP_MEMORY_FUNCTIONS(X) \
	X(void *, malloc, (size_t bytes), (bytes), wrap_early_alloc(bytes)) \
	X(void *, calloc, (size_t count, size_t bytes), (count, bytes), wrap_early_calloc(count, bytes)) \
	X(void *, realloc, (void *old, size_t bytes), (old, bytes), wrap_early_realloc(old, bytes)) \
	X(void, free, (void *old), (old), (void)old) \
	X(void *, memalign, (size_t alignment, size_t bytes), (alignment, bytes), NULL) \
	X(void *, aligned_alloc, (size_t alignment, size_t bytes), (alignment, bytes), NULL) \
	X(int, posix_memalign, (void **to, size_t alignment, size_t bytes), (to, alignment, bytes), ENOMEM) \
	X(void *, valloc, (size_t bytes), (bytes), NULL) \
	X(void *, pvalloc, (size_t bytes), (bytes), NULL)

#define WRAP_POINTER(type, name, ...) __typeof__(name) *name;
/* clang-format on */

/* Does open() with these flags have a third argument? */
static inline bool wrap_open_has_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

struct wrap_real {
	__typeof__(open) *open;
	__typeof__(open64) *open64;
	__typeof__(openat) *openat;
	__typeof__(openat64) *openat64;
	__typeof__(clone) *clone;
	WRAP_IO_FUNCTIONS(WRAP_POINTER)
	WRAP_MUTEX_FUNCTIONS(WRAP_POINTER)
	WRAP_MEMORY_FUNCTIONS(WRAP_POINTER)
};
extern struct wrap_real wrap_real WRAP_HIDDEN;

/*
 * Finds the functions, once. Keeps errno. Return: true they are found; false this thread is just looking for them, which is to
 * say that dlsym() has called a wrapper. Context: any.
 */
bool wrap_real_resolve(void);

/*
 * Memory for what dlsym() allocates while malloc() itself is being looked for: a few hundred bytes, never given back.
 * Return: NULL and ENOMEM when it is used up. Context: any.
 */
void *wrap_early_alloc(size_t bytes);
void *wrap_early_calloc(size_t count, size_t bytes);
void *wrap_early_realloc(void *old, size_t bytes);
/* Does it come from there? Such memory must not reach the real free() and realloc(). */
bool wrap_early_owns(const void *memory);

#endif
