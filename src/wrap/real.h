/* SPDX-License-Identifier: MIT */
/*
 * The functions behind the wrappers. Each pointer begins as a function that finds them all and calls the right one, so
 * that a wrapper needs no test.
 */
#ifndef UTFS_WRAP_REAL_H
#define UTFS_WRAP_REAL_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
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
ssize_t __recv_chk(int fd, void *buffer, size_t count, size_t buffer_bytes, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t count, size_t buffer_bytes, int flags,
		       struct sockaddr *address, socklen_t *address_bytes);

/* What crt1.o calls; no header declares it. */
typedef int wrap_main(int argc, char **argv, char **envp);
int __libc_start_main(wrap_main *entry, int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*loader_fini)(void), void *stack_end);

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

#define WRAP_LOADER_FUNCTIONS(X) \
	X(void *, dlopen, (const char *path, int flags), (path, flags), NULL) \
	X(int, dlclose, (void *handle), (handle), WRAP_FAIL)

#define WRAP_PROCESS_FUNCTIONS(X) \
	X(pid_t, fork, (void), (), WRAP_FAIL) \
	X(pid_t, _Fork, (void), (), WRAP_FAIL) \
	X(int, execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp), WRAP_FAIL) \
	X(int, execv, (const char *path, char *const argv[]), (path, argv), WRAP_FAIL) \
	X(int, execvp, (const char *path, char *const argv[]), (path, argv), WRAP_FAIL) \
	X(int, execvpe, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp), WRAP_FAIL) \
	X(int, fexecve, (int fd, char *const argv[], char *const envp[]), (fd, argv, envp), WRAP_FAIL) \
	X(int, execveat, (int fd, const char *path, char *const argv[], char *const envp[], int flags), \
	  (fd, path, argv, envp, flags), WRAP_FAIL) \
	X(int, posix_spawn, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, \
	  const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]), \
	  (pid, path, actions, attributes, argv, envp), ENOSYS) \
	X(int, posix_spawnp, (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, \
	  const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]), \
	  (pid, path, actions, attributes, argv, envp), ENOSYS) \
	X(pid_t, wait, (int *status), (status), WRAP_FAIL) \
	X(pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options), WRAP_FAIL) \
	X(pid_t, wait3, (int *status, int options, struct rusage *usage), (status, options, usage), WRAP_FAIL) \
	X(pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *usage), \
	  (pid, status, options, usage), WRAP_FAIL) \
	X(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options), (type, id, info, options), WRAP_FAIL) \
	X(void, _exit, (int status), (status), (void)syscall(SYS_exit_group, status)) \
	X(void, _Exit, (int status), (status), (void)syscall(SYS_exit_group, status)) \
	X(void, quick_exit, (int status), (status), (void)syscall(SYS_exit_group, status)) \
	X(int, __libc_start_main, (wrap_main *entry, int argc, char **argv, void (*init)(void), void (*fini)(void), \
	  void (*loader_fini)(void), void *stack_end), (entry, argc, argv, init, fini, loader_fini, stack_end), WRAP_FAIL)

#define WRAP_SOCKET_FUNCTIONS(X) \
	X(int, socket, (int domain, int type, int protocol), (domain, type, protocol), WRAP_FAIL) \
	X(int, socketpair, (int domain, int type, int protocol, int fds[2]), (domain, type, protocol, fds), WRAP_FAIL) \
	X(int, bind, (int fd, const struct sockaddr *address, socklen_t bytes), (fd, address, bytes), WRAP_FAIL) \
	X(int, listen, (int fd, int backlog), (fd, backlog), WRAP_FAIL) \
	X(int, connect, (int fd, const struct sockaddr *address, socklen_t bytes), (fd, address, bytes), WRAP_FAIL) \
	X(int, accept, (int fd, struct sockaddr *address, socklen_t *bytes), (fd, address, bytes), WRAP_FAIL) \
	X(int, accept4, (int fd, struct sockaddr *address, socklen_t *bytes, int flags), \
	  (fd, address, bytes, flags), WRAP_FAIL) \
	X(int, shutdown, (int fd, int how), (fd, how), WRAP_FAIL) \
	X(ssize_t, send, (int fd, const void *from, size_t count, int flags), (fd, from, count, flags), WRAP_FAIL) \
	X(ssize_t, sendto, (int fd, const void *from, size_t count, int flags, const struct sockaddr *address, \
	  socklen_t bytes), (fd, from, count, flags, address, bytes), WRAP_FAIL) \
	X(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), WRAP_FAIL) \
	X(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned int n, int flags), \
	  (fd, messages, n, flags), WRAP_FAIL) \
	X(ssize_t, recv, (int fd, void *to, size_t count, int flags), (fd, to, count, flags), WRAP_FAIL) \
	X(ssize_t, __recv_chk, (int fd, void *to, size_t count, size_t room, int flags), \
	  (fd, to, count, room, flags), WRAP_FAIL) \
	X(ssize_t, recvfrom, (int fd, void *to, size_t count, int flags, struct sockaddr *address, socklen_t *bytes), \
	  (fd, to, count, flags, address, bytes), WRAP_FAIL) \
	X(ssize_t, __recvfrom_chk, (int fd, void *to, size_t count, size_t room, int flags, struct sockaddr *address, \
	  socklen_t *bytes), (fd, to, count, room, flags, address, bytes), WRAP_FAIL) \
	X(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), WRAP_FAIL) \
	X(int, recvmmsg, (int fd, struct mmsghdr *messages, unsigned int n, int flags, struct timespec *limit), \
	  (fd, messages, n, flags, limit), WRAP_FAIL)

#define WRAP_SYNC_FUNCTIONS(X) \
	X(int, pthread_rwlock_rdlock, (pthread_rwlock_t *lock), (lock), ENOSYS) \
	X(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t *lock, const struct timespec *until), (lock, until), ENOSYS) \
	X(int, pthread_rwlock_clockrdlock, (pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until), \
	  (lock, clock, until), ENOSYS) \
	X(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t *lock), (lock), ENOSYS) \
	X(int, pthread_rwlock_wrlock, (pthread_rwlock_t *lock), (lock), ENOSYS) \
	X(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t *lock, const struct timespec *until), (lock, until), ENOSYS) \
	X(int, pthread_rwlock_clockwrlock, (pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until), \
	  (lock, clock, until), ENOSYS) \
	X(int, pthread_rwlock_trywrlock, (pthread_rwlock_t *lock), (lock), ENOSYS) \
	X(int, pthread_rwlock_unlock, (pthread_rwlock_t *lock), (lock), ENOSYS) \
	X(int, pthread_cond_wait, (pthread_cond_t *cond, pthread_mutex_t *mutex), (cond, mutex), ENOSYS) \
	X(int, pthread_cond_timedwait, (pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until), \
	  (cond, mutex, until), ENOSYS) \
	X(int, pthread_cond_clockwait, (pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock, \
	  const struct timespec *until), (cond, mutex, clock, until), ENOSYS) \
	X(int, pthread_cond_signal, (pthread_cond_t *cond), (cond), ENOSYS) \
	X(int, pthread_cond_broadcast, (pthread_cond_t *cond), (cond), ENOSYS) \
	X(int, sem_wait, (sem_t *sem), (sem), WRAP_FAIL) \
	X(int, sem_timedwait, (sem_t *sem, const struct timespec *until), (sem, until), WRAP_FAIL) \
	X(int, sem_clockwait, (sem_t *sem, clockid_t clock, const struct timespec *until), (sem, clock, until), WRAP_FAIL) \
	X(int, sem_trywait, (sem_t *sem), (sem), WRAP_FAIL) \
	X(int, sem_post, (sem_t *sem), (sem), WRAP_FAIL) \
	X(int, pthread_barrier_wait, (pthread_barrier_t *barrier), (barrier), ENOSYS) \
	X(int, pthread_spin_lock, (pthread_spinlock_t *lock), (lock), ENOSYS) \
	X(int, pthread_spin_trylock, (pthread_spinlock_t *lock), (lock), ENOSYS) \
	X(int, pthread_spin_unlock, (pthread_spinlock_t *lock), (lock), ENOSYS)

#define WRAP_THREAD_FUNCTIONS(X) \
	X(int, pthread_create, (pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), \
	  void *argument), (thread, attributes, start, argument), EAGAIN) \
	X(int, pthread_join, (pthread_t thread, void **result), (thread, result), ENOSYS) \
	X(int, pthread_tryjoin_np, (pthread_t thread, void **result), (thread, result), ENOSYS) \
	X(int, pthread_timedjoin_np, (pthread_t thread, void **result, const struct timespec *until), \
	  (thread, result, until), ENOSYS) \
	X(int, pthread_clockjoin_np, (pthread_t thread, void **result, clockid_t clock, const struct timespec *until), \
	  (thread, result, clock, until), ENOSYS) \
	X(int, pthread_detach, (pthread_t thread), (thread), ENOSYS) \
	X(int, pthread_setname_np, (pthread_t thread, const char *name), (thread, name), ENOSYS) \
	X(void, pthread_exit, (void *result), (result), (void)syscall(SYS_exit, 0))

#define WRAP_FUNCTIONS(X) \
	WRAP_IO_FUNCTIONS(X) \
	WRAP_MUTEX_FUNCTIONS(X) \
	WRAP_MEMORY_FUNCTIONS(X) \
	WRAP_LOADER_FUNCTIONS(X) \
	WRAP_PROCESS_FUNCTIONS(X) \
	WRAP_SOCKET_FUNCTIONS(X) \
	WRAP_SYNC_FUNCTIONS(X) \
	WRAP_THREAD_FUNCTIONS(X)

#define WRAP_POINTER(type, name, parameters, ...) type (*name) parameters;
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
	WRAP_FUNCTIONS(WRAP_POINTER)
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
