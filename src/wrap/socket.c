/* SPDX-License-Identifier: MIT */
/* Sockets: made, named, connected, accepted, shut down. */
#include "wrap.h"

/* clang-format off */
#define SOCKET_DOMAIN \
	__print_symbolic(REC->domain, { AF_UNIX, "AF_UNIX" }, { AF_INET, "AF_INET" }, { AF_INET6, "AF_INET6" }, \
			 { AF_NETLINK, "AF_NETLINK" }, { AF_PACKET, "AF_PACKET" }, { AF_VSOCK, "AF_VSOCK" })
#define SOCKET_TYPE \
	__print_symbolic(REC->type & 15, { SOCK_STREAM, "SOCK_STREAM" }, { SOCK_DGRAM, "SOCK_DGRAM" }, \
			 { SOCK_RAW, "SOCK_RAW" }, { SOCK_SEQPACKET, "SOCK_SEQPACKET" })
#define SOCKET_FLAGS \
	__print_flags(REC->type & ~15, "|", { SOCK_NONBLOCK, "SOCK_NONBLOCK" }, { SOCK_CLOEXEC, "SOCK_CLOEXEC" })
#define SOCKET_SYMBOLS \
	UTFS_SYMBOLS(SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_NONBLOCK, SOCK_CLOEXEC)
/* clang-format on */

UTFS_EVENT(libc, socket,
	   UTFS_FIELDS(UTFS_FIELD(int, domain), UTFS_FIELD(int, type), UTFS_FIELD(int, protocol),
		       UTFS_FIELD(int, ret)),
	   UTFS_PRINT("domain=%s type=%s flags=%s protocol=%d ret=%d", SOCKET_DOMAIN, SOCKET_TYPE,
		      SOCKET_FLAGS, REC->protocol, REC->ret),
	   SOCKET_SYMBOLS);
UTFS_EVENT(libc, socketpair,
	   UTFS_FIELDS(UTFS_FIELD(int, domain), UTFS_FIELD(int, type), UTFS_FIELD(int, protocol),
		       UTFS_FIELD(int, ret), UTFS_FIELD(int, fd), UTFS_FIELD(int, other)),
	   UTFS_PRINT("domain=%s type=%s flags=%s protocol=%d ret=%d fd=%d other=%d", SOCKET_DOMAIN,
		      SOCKET_TYPE, SOCKET_FLAGS, REC->protocol, REC->ret, REC->fd, REC->other),
	   SOCKET_SYMBOLS);
UTFS_EVENT(libc, bind, UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, ret), UTFS_STRING(address)),
	   UTFS_PRINT("fd=%d address=%s ret=%d", REC->fd, __get_str(address), REC->ret));
UTFS_EVENT(libc, listen,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, backlog), UTFS_FIELD(int, ret)),
	   UTFS_PRINT("fd=%d backlog=%d ret=%d", REC->fd, REC->backlog, REC->ret));
UTFS_EVENT(libc, connect,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, ret), UTFS_FIELD(uint64_t, duration_ns),
		       UTFS_STRING(address)),
	   UTFS_PRINT("fd=%d address=%s ret=%d duration_ns=%llu", REC->fd, __get_str(address),
		      REC->ret, REC->duration_ns));
UTFS_EVENT(libc, accept,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, ret), UTFS_FIELD(uint64_t, duration_ns),
		       UTFS_STRING(address)),
	   UTFS_PRINT("fd=%d address=%s ret=%d duration_ns=%llu", REC->fd, __get_str(address),
		      REC->ret, REC->duration_ns));
UTFS_EVENT(libc, shutdown,
	   UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, how), UTFS_FIELD(int, ret)),
	   UTFS_PRINT("fd=%d how=%s ret=%d", REC->fd,
		      __print_symbolic(REC->how, {SHUT_RD, "SHUT_RD"}, {SHUT_WR, "SHUT_WR"},
				       {SHUT_RDWR, "SHUT_RDWR"}),
		      REC->ret),
	   UTFS_SYMBOLS(SHUT_RD, SHUT_WR, SHUT_RDWR));

WRAP_COLD static void socket_emit(int domain, int type, int protocol, int ret)
{
	WRAP_EMIT(socket, domain, type, protocol, (int)wrap_result(ret));
}

WRAP_COLD static void socketpair_emit(int domain, int type, int protocol, const int fds[2], int ret)
{
	WRAP_EMIT(socketpair, domain, type, protocol, (int)wrap_result(ret), ret ? -1 : fds[0],
		  ret ? -1 : fds[1]);
}

/* What a call was given as an address, good or not. */
static const char *given_text(char to[WRAP_TEXT_BYTES], const struct sockaddr *from,
			      socklen_t bytes)
{
	struct wrap_address address = {.bytes = 0};
	size_t room = sizeof(address.address);

	address.bytes = (socklen_t)wrap_copy(&address.address, from, bytes < room ? bytes : room);
	return wrap_address_text(to, &address);
}

WRAP_COLD static void bind_emit(int fd, const struct sockaddr *address, socklen_t bytes, int ret)
{
	char text[WRAP_TEXT_BYTES];

	WRAP_EMIT(bind, fd, (int)wrap_result(ret), given_text(text, address, bytes));
}

WRAP_COLD static void listen_emit(int fd, int backlog, int ret)
{
	WRAP_EMIT(listen, fd, backlog, (int)wrap_result(ret));
}

WRAP_COLD static void connect_emit(int fd, const struct sockaddr *address, socklen_t bytes, int ret,
				   uint64_t begin_ns)
{
	uint64_t duration_ns = wrap_now_ns() - begin_ns;
	char text[WRAP_TEXT_BYTES];

	WRAP_EMIT(connect, fd, (int)wrap_result(ret), duration_ns,
		  given_text(text, address, bytes));
}

/* The kernel is asked for the address: many a program does not want to know it. Keeps errno. */
WRAP_COLD static void accept_emit(int fd, int ret, uint64_t begin_ns)
{
	uint64_t duration_ns = wrap_now_ns() - begin_ns;
	struct wrap_address peer = {.bytes = sizeof(peer.address)};
	int saved_errno = errno;
	char text[WRAP_TEXT_BYTES];

	if (ret < 0 || getpeername(ret, (struct sockaddr *)&peer.address, &peer.bytes))
		peer.bytes = 0;
	errno = saved_errno;
	WRAP_EMIT(accept, fd, (int)wrap_result(ret), duration_ns, wrap_address_text(text, &peer));
}

WRAP_COLD static void shutdown_emit(int fd, int how, int ret)
{
	WRAP_EMIT(shutdown, fd, how, (int)wrap_result(ret));
}

/* clang-format off */
WRAP_AFTER(int, socket, socket, WRAP_SOCKET, (int domain, int type, int protocol), (domain, type, protocol),
	   socket_emit(domain, type, protocol, ret))
WRAP_AFTER(int, socketpair, socketpair, WRAP_SOCKET, (int domain, int type, int protocol, int fds[2]),
	   (domain, type, protocol, fds), socketpair_emit(domain, type, protocol, fds, ret))
WRAP_AFTER(int, bind, bind, WRAP_SOCKET, (int fd, const struct sockaddr *address, socklen_t bytes), (fd, address, bytes),
	   bind_emit(fd, address, bytes, ret))
WRAP_AFTER(int, listen, listen, WRAP_SOCKET, (int fd, int backlog), (fd, backlog), listen_emit(fd, backlog, ret))
WRAP_AROUND(int, connect, connect, WRAP_SOCKET, (int fd, const struct sockaddr *address, socklen_t bytes),
	    (fd, address, bytes), connect_emit(fd, address, bytes, ret, begin_ns))
WRAP_AROUND(int, accept, accept, WRAP_SOCKET, (int fd, struct sockaddr *address, socklen_t *bytes), (fd, address, bytes),
	    accept_emit(fd, ret, begin_ns))
WRAP_AROUND(int, accept4, accept, WRAP_SOCKET, (int fd, struct sockaddr *address, socklen_t *bytes, int flags),
	    (fd, address, bytes, flags), accept_emit(fd, ret, begin_ns))
WRAP_AFTER(int, shutdown, shutdown, WRAP_SOCKET, (int fd, int how), (fd, how), shutdown_emit(fd, how, ret))
/* clang-format on */
