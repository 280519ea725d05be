/* SPDX-License-Identifier: MIT */
/* Reading, writing, and writing back. */
#include "wrap.h"

#define NO_OFFSET (-1) /* the call goes by the file's own position */

UTFS_EVENT(libc, read,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(size_t, count), UTFS_FIELD(int64_t, offset),
		       UTFS_FIELD(int64_t, ret), UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("fd=%d count=%lu offset=%lld ret=%lld duration_ns=%llu", REC->fd, REC->count,
		      REC->offset, REC->ret, REC->duration_ns));
UTFS_EVENT(libc, write,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(size_t, count), UTFS_FIELD(int64_t, offset),
		       UTFS_FIELD(int64_t, ret), UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("fd=%d count=%lu offset=%lld ret=%lld duration_ns=%llu", REC->fd, REC->count,
		      REC->offset, REC->ret, REC->duration_ns));
UTFS_EVENT(libc, fsync,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, datasync), UTFS_FIELD(int, ret),
		       UTFS_FIELD(uint64_t, duration_ns)),
	   UTFS_PRINT("fd=%d datasync=%d ret=%d duration_ns=%llu", REC->fd, REC->datasync, REC->ret,
		      REC->duration_ns));

WRAP_COLD static void read_emit(int fd, size_t count, int64_t offset, ssize_t ret,
				uint64_t begin_ns)
{
	WRAP_EMIT(read, fd, count, offset, wrap_result(ret), wrap_now_ns() - begin_ns);
}

WRAP_COLD static void write_emit(int fd, size_t count, int64_t offset, ssize_t ret,
				 uint64_t begin_ns)
{
	WRAP_EMIT(write, fd, count, offset, wrap_result(ret), wrap_now_ns() - begin_ns);
}

WRAP_COLD static void fsync_emit(int fd, int datasync, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(fsync, fd, datasync, (int)wrap_result(ret), wrap_now_ns() - begin_ns);
}

size_t wrap_parts_bytes(const struct iovec *parts, size_t n, ssize_t ret)
{
	size_t bytes = 0;

	if (ret == -1 && errno != EAGAIN && errno != EINTR && errno != EIO && errno != ENOSPC &&
	    errno != EDQUOT && errno != EFBIG && errno != EPIPE && errno != ECONNRESET)
		return 0;
	for (size_t i = 0; i < n; i++)
		bytes += parts[i].iov_len;
	return bytes;
}

/* `event`: read or write. The calls with one buffer, of `count` bytes; and those with a list of `n`. */
#define TRANSFER_WRAPPER(event, name, parameters, arguments, offset)                               \
	WRAP_AROUND(ssize_t, name, event, WRAP_IO, parameters, arguments,                          \
		    event##_emit(fd, count, offset, ret, begin_ns))
#define PARTS_WRAPPER(event, name, parameters, arguments, offset)                                  \
	WRAP_AROUND(                                                                               \
		ssize_t, name, event, WRAP_IO, parameters, arguments,                              \
		event##_emit(fd, wrap_parts_bytes(parts, (size_t)n, ret), offset, ret, begin_ns))

/* clang-format off */
TRANSFER_WRAPPER(read, read, (int fd, void *to, size_t count), (fd, to, count), NO_OFFSET)
TRANSFER_WRAPPER(read, __read_chk, (int fd, void *to, size_t count, size_t room), (fd, to, count, room), NO_OFFSET)
TRANSFER_WRAPPER(read, pread, (int fd, void *to, size_t count, off_t offset), (fd, to, count, offset), offset)
TRANSFER_WRAPPER(read, pread64, (int fd, void *to, size_t count, off64_t offset), (fd, to, count, offset), offset)
TRANSFER_WRAPPER(read, __pread_chk, (int fd, void *to, size_t count, off_t offset, size_t room),
		 (fd, to, count, offset, room), offset)
TRANSFER_WRAPPER(read, __pread64_chk, (int fd, void *to, size_t count, off64_t offset, size_t room),
		 (fd, to, count, offset, room), offset)
TRANSFER_WRAPPER(write, write, (int fd, const void *from, size_t count), (fd, from, count), NO_OFFSET)
TRANSFER_WRAPPER(write, pwrite, (int fd, const void *from, size_t count, off_t offset), (fd, from, count, offset), offset)
TRANSFER_WRAPPER(write, pwrite64, (int fd, const void *from, size_t count, off64_t offset), (fd, from, count, offset), offset)

PARTS_WRAPPER(read, readv, (int fd, const struct iovec *parts, int n), (fd, parts, n), NO_OFFSET)
PARTS_WRAPPER(read, preadv, (int fd, const struct iovec *parts, int n, off_t offset), (fd, parts, n, offset), offset)
PARTS_WRAPPER(read, preadv64, (int fd, const struct iovec *parts, int n, off64_t offset), (fd, parts, n, offset), offset)
PARTS_WRAPPER(read, preadv2, (int fd, const struct iovec *parts, int n, off_t offset, int flags),
	      (fd, parts, n, offset, flags), offset)
PARTS_WRAPPER(read, preadv64v2, (int fd, const struct iovec *parts, int n, off64_t offset, int flags),
	      (fd, parts, n, offset, flags), offset)
PARTS_WRAPPER(write, writev, (int fd, const struct iovec *parts, int n), (fd, parts, n), NO_OFFSET)
PARTS_WRAPPER(write, pwritev, (int fd, const struct iovec *parts, int n, off_t offset), (fd, parts, n, offset), offset)
PARTS_WRAPPER(write, pwritev64, (int fd, const struct iovec *parts, int n, off64_t offset), (fd, parts, n, offset), offset)
PARTS_WRAPPER(write, pwritev2, (int fd, const struct iovec *parts, int n, off_t offset, int flags),
	      (fd, parts, n, offset, flags), offset)
PARTS_WRAPPER(write, pwritev64v2, (int fd, const struct iovec *parts, int n, off64_t offset, int flags),
	      (fd, parts, n, offset, flags), offset)
/* clang-format on */

WRAP_AROUND(int, fsync, fsync, WRAP_IO, (int fd), (fd), fsync_emit(fd, 0, ret, begin_ns))
WRAP_AROUND(int, fdatasync, fsync, WRAP_IO, (int fd), (fd), fsync_emit(fd, 1, ret, begin_ns))
