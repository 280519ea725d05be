/* SPDX-License-Identifier: MIT */
/* Opening and closing files, with stdio's functions that do it. */
#include <stdarg.h>
#include <string.h>

#include "wrap.h"

/* clang-format off */
UTFS_EVENT(libc, open,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, dirfd), UTFS_FIELD(int, flags),
		       UTFS_FIELD(unsigned int, mode), UTFS_FIELD(uint64_t, duration_ns),
		       UTFS_FIELD(int, ret), UTFS_STRING(path)),
	   UTFS_PRINT("fd=%d path=%s access=%s flags=%s mode=%03o dirfd=%d ret=%d duration_ns=%llu",
		      REC->fd, __get_str(path),
		      __print_symbolic(REC->flags & O_ACCMODE, { O_RDONLY, "O_RDONLY" },
				       { O_WRONLY, "O_WRONLY" }, { O_RDWR, "O_RDWR" }),
		      __print_flags(REC->flags & ~O_ACCMODE, "|", { O_CREAT, "O_CREAT" },
				    { O_EXCL, "O_EXCL" }, { O_TRUNC, "O_TRUNC" },
				    { O_APPEND, "O_APPEND" }, { O_NONBLOCK, "O_NONBLOCK" },
				    { O_SYNC, "O_SYNC" }, { O_DSYNC, "O_DSYNC" },
				    { O_TMPFILE, "O_TMPFILE" }, { O_DIRECTORY, "O_DIRECTORY" },
				    { O_NOFOLLOW, "O_NOFOLLOW" }, { O_CLOEXEC, "O_CLOEXEC" },
				    { O_PATH, "O_PATH" }, { O_DIRECT, "O_DIRECT" },
				    { O_NOATIME, "O_NOATIME" }, { O_NOCTTY, "O_NOCTTY" }),
		      REC->mode, REC->dirfd, REC->ret, REC->duration_ns));
/* clang-format on */

UTFS_EVENT(libc, close,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("fd=%d ret=%d duration_ns=%llu", REC->fd, REC->ret, REC->duration_ns));

/* What an open call was asked for. */
struct open_call {
	int dirfd;
	const char *path;
	int flags;
	mode_t mode;
	uint64_t begin_ns;
};

/*
 * The path, or NULL where the call failed because there is none, or before it was looked at: then the kernel is asked, on whom
 * a bad pointer makes no impression. Keeps errno.
 */
static const char *path_of(const struct open_call *call, int fd)
{
	const char *path = call->path;

	if (fd != -1)
		return path;
	if (errno == EFAULT)
		return NULL;
	if (errno == EINVAL) {
		if (access(path, F_OK) && errno == EFAULT)
			path = NULL;
		errno = EINVAL;
	}
	return path;
}

/* `fd`: the result, -1 with errno set on failure. Keeps errno. */
WRAP_COLD static void open_emit(const struct open_call *call, int fd)
{
	uint64_t duration_ns = wrap_now_ns() - call->begin_ns;
	const char *path = path_of(call, fd);

	WRAP_EMIT(open, fd, call->dirfd, call->flags, call->mode, duration_ns, (int)wrap_result(fd),
		  path);
}

WRAP_COLD static void close_emit(int fd, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(close, fd, (int)wrap_result(ret), wrap_now_ns() - begin_ns);
}

/* The third argument of open(), where there is one. */
#define OPEN_MODE(flags, mode)                                                                     \
	do {                                                                                       \
		if (wrap_open_has_mode(flags)) {                                                   \
			va_list rest;                                                              \
                                                                                                   \
			va_start(rest, flags);                                                     \
			mode = va_arg(rest, mode_t);                                               \
			va_end(rest);                                                              \
		}                                                                                  \
	} while (0)

WRAP_EXPORT int open(const char *path, int flags, ...)
{
	struct open_call call;
	mode_t mode = 0;
	int fd;

	OPEN_MODE(flags, mode);
	if (!WRAP_TRACED(open, WRAP_IO))
		return wrap_real.open(path, flags, mode);
	call = (struct open_call){AT_FDCWD, path, flags, mode, wrap_now_ns()};
	fd = wrap_real.open(path, flags, mode);
	open_emit(&call, fd);
	return fd;
}

WRAP_EXPORT int open64(const char *path, int flags, ...)
{
	struct open_call call;
	mode_t mode = 0;
	int fd;

	OPEN_MODE(flags, mode);
	if (!WRAP_TRACED(open, WRAP_IO))
		return wrap_real.open64(path, flags, mode);
	call = (struct open_call){AT_FDCWD, path, flags, mode, wrap_now_ns()};
	fd = wrap_real.open64(path, flags, mode);
	open_emit(&call, fd);
	return fd;
}

WRAP_EXPORT int openat(int directory, const char *path, int flags, ...)
{
	struct open_call call;
	mode_t mode = 0;
	int fd;

	OPEN_MODE(flags, mode);
	if (!WRAP_TRACED(open, WRAP_IO))
		return wrap_real.openat(directory, path, flags, mode);
	call = (struct open_call){directory, path, flags, mode, wrap_now_ns()};
	fd = wrap_real.openat(directory, path, flags, mode);
	open_emit(&call, fd);
	return fd;
}

WRAP_EXPORT int openat64(int directory, const char *path, int flags, ...)
{
	struct open_call call;
	mode_t mode = 0;
	int fd;

	OPEN_MODE(flags, mode);
	if (!WRAP_TRACED(open, WRAP_IO))
		return wrap_real.openat64(directory, path, flags, mode);
	call = (struct open_call){directory, path, flags, mode, wrap_now_ns()};
	fd = wrap_real.openat64(directory, path, flags, mode);
	open_emit(&call, fd);
	return fd;
}

/* The functions that open in another way, all of one shape. */
#define OPEN_WRAPPER(name, parameters, arguments, directory, path, flags, mode)                    \
	WRAP_EXPORT int name parameters                                                            \
	{                                                                                          \
		struct open_call call;                                                             \
		int fd;                                                                            \
                                                                                                   \
		if (!WRAP_TRACED(open, WRAP_IO))                                                   \
			return wrap_real.name arguments;                                           \
		call = (struct open_call){directory, path, flags, mode, wrap_now_ns()};            \
		fd = wrap_real.name arguments;                                                     \
		open_emit(&call, fd);                                                              \
		return fd;                                                                         \
	}

#define CREAT_FLAGS (O_CREAT | O_WRONLY | O_TRUNC)
#define TEMP_FLAGS  (O_RDWR | O_CREAT | O_EXCL)
#define TEMP_MODE   0600

/* clang-format off */
OPEN_WRAPPER(__open_2, (const char *path, int flags), (path, flags), AT_FDCWD, path, flags, 0)
OPEN_WRAPPER(__open64_2, (const char *path, int flags), (path, flags), AT_FDCWD, path, flags, 0)
OPEN_WRAPPER(__openat_2, (int directory, const char *path, int flags), (directory, path, flags), directory, path, flags, 0)
OPEN_WRAPPER(__openat64_2, (int directory, const char *path, int flags), (directory, path, flags), directory, path, flags, 0)
OPEN_WRAPPER(creat, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path, CREAT_FLAGS, mode)
OPEN_WRAPPER(creat64, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path, CREAT_FLAGS, mode)
OPEN_WRAPPER(mkstemp, (char *path), (path), AT_FDCWD, path, TEMP_FLAGS, TEMP_MODE)
OPEN_WRAPPER(mkstemp64, (char *path), (path), AT_FDCWD, path, TEMP_FLAGS, TEMP_MODE)
OPEN_WRAPPER(mkostemp, (char *path, int flags), (path, flags), AT_FDCWD, path, flags | TEMP_FLAGS, TEMP_MODE)
OPEN_WRAPPER(mkostemp64, (char *path, int flags), (path, flags), AT_FDCWD, path, flags | TEMP_FLAGS, TEMP_MODE)
OPEN_WRAPPER(mkstemps, (char *path, int tail), (path, tail), AT_FDCWD, path, TEMP_FLAGS, TEMP_MODE)
OPEN_WRAPPER(mkstemps64, (char *path, int tail), (path, tail), AT_FDCWD, path, TEMP_FLAGS, TEMP_MODE)
OPEN_WRAPPER(mkostemps, (char *path, int tail, int flags), (path, tail, flags), AT_FDCWD, path, flags | TEMP_FLAGS, TEMP_MODE)
OPEN_WRAPPER(mkostemps64, (char *path, int tail, int flags), (path, tail, flags), AT_FDCWD, path, flags | TEMP_FLAGS, TEMP_MODE)
/* clang-format on */

/* The flags that fopen() opens with; of a mode that it refused, what can be made of it. */
static int mode_flags(const char *mode)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND;

	if (*mode == 'r')
		flags = O_RDONLY;
	else if (*mode == 'w')
		flags = O_WRONLY | O_CREAT | O_TRUNC;
	for (; *mode && *mode != ','; mode++)
		if (*mode == '+')
			flags = (flags & ~O_ACCMODE) | O_RDWR;
		else if (*mode == 'x')
			flags |= O_EXCL;
		else if (*mode == 'e')
			flags |= O_CLOEXEC;
	return flags;
}

/* Keeps errno. */
WRAP_COLD static void fopen_emit(const char *path, const char *mode, FILE *file, uint64_t begin_ns)
{
	int saved_errno = errno;
	struct open_call call = {AT_FDCWD, path, mode_flags(mode), 0666, begin_ns};

	open_emit(&call, file ? fileno_unlocked(file) : -1);
	errno = saved_errno;
}

#define FOPEN_WRAPPER(name, parameters, arguments)                                                 \
	WRAP_EXPORT FILE *name parameters                                                          \
	{                                                                                          \
		uint64_t begin_ns;                                                                 \
		FILE *opened;                                                                      \
                                                                                                   \
		if (!WRAP_TRACED(open, WRAP_IO))                                                   \
			return wrap_real.name arguments;                                           \
		begin_ns = wrap_now_ns();                                                          \
		opened = wrap_real.name arguments;                                                 \
		fopen_emit(path, mode, opened, begin_ns);                                          \
		return opened;                                                                     \
	}

/* clang-format off */
FOPEN_WRAPPER(fopen, (const char *path, const char *mode), (path, mode))
FOPEN_WRAPPER(fopen64, (const char *path, const char *mode), (path, mode))
FOPEN_WRAPPER(freopen, (const char *path, const char *mode, FILE *file), (path, mode, file))
FOPEN_WRAPPER(freopen64, (const char *path, const char *mode, FILE *file), (path, mode, file))
/* clang-format on */

WRAP_EXPORT int close(int fd)
{
	uint64_t begin_ns;
	int ret;

	if (!WRAP_TRACED(close, WRAP_IO))
		return wrap_real.close(fd);
	begin_ns = wrap_now_ns();
	ret = wrap_real.close(fd);
	close_emit(fd, ret, begin_ns);
	return ret;
}

/* A stream that lies in memory has no descriptor, and closing it is no event. */
WRAP_EXPORT int fclose(FILE *file)
{
	int saved_errno = errno;
	uint64_t begin_ns;
	int fd, ret;

	if (!WRAP_TRACED(close, WRAP_IO))
		return wrap_real.fclose(file);
	fd = fileno_unlocked(file);
	errno = saved_errno;
	if (fd < 0)
		return wrap_real.fclose(file);
	begin_ns = wrap_now_ns();
	ret = wrap_real.fclose(file);
	close_emit(fd, ret, begin_ns);
	return ret;
}
