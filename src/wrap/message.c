/* SPDX-License-Identifier: MIT */
/* What is sent and received through sockets. */
#include <string.h>

#include "wrap.h"

/* clang-format off */
#define MESSAGE_FLAGS \
	__print_flags(REC->flags, "|", { MSG_OOB, "MSG_OOB" }, { MSG_PEEK, "MSG_PEEK" }, { MSG_DONTROUTE, "MSG_DONTROUTE" }, \
		      { MSG_TRUNC, "MSG_TRUNC" }, { MSG_DONTWAIT, "MSG_DONTWAIT" }, { MSG_EOR, "MSG_EOR" }, \
		      { MSG_WAITALL, "MSG_WAITALL" }, { MSG_NOSIGNAL, "MSG_NOSIGNAL" }, { MSG_MORE, "MSG_MORE" }, \
		      { MSG_WAITFORONE, "MSG_WAITFORONE" }, { MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC" })
#define MESSAGE_SYMBOLS \
	UTFS_SYMBOLS(MSG_OOB, MSG_PEEK, MSG_DONTROUTE, MSG_TRUNC, MSG_DONTWAIT, MSG_EOR, MSG_WAITALL, MSG_NOSIGNAL, MSG_MORE, \
		     MSG_WAITFORONE, MSG_CMSG_CLOEXEC)
/* One message: bytes asked for, the result, and the address if the call has one. */
#define MESSAGE_FIELDS \
	UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, flags), UTFS_FIELD(size_t, count), UTFS_FIELD(int64_t, ret), \
		    UTFS_FIELD(uint64_t, duration_ns), UTFS_STRING(address))
#define MESSAGE_PRINT \
	UTFS_PRINT("fd=%d count=%lu flags=%s address=%s ret=%lld duration_ns=%llu", REC->fd, REC->count, MESSAGE_FLAGS, \
		   __get_str(address), REC->ret, REC->duration_ns)
/* Several in one call; `ret`: how many of them. */
#define MESSAGES_FIELDS \
	UTFS_FIELDS(UTFS_FIELD(int, fd), UTFS_FIELD(int, flags), UTFS_FIELD(unsigned int, messages), UTFS_FIELD(int, ret), \
		    UTFS_FIELD(uint64_t, duration_ns))
#define MESSAGES_PRINT \
	UTFS_PRINT("fd=%d messages=%u flags=%s ret=%d duration_ns=%llu", REC->fd, REC->messages, MESSAGE_FLAGS, REC->ret, \
		   REC->duration_ns)
/* clang-format on */
UTFS_EVENT(libc, send, MESSAGE_FIELDS, MESSAGE_PRINT, MESSAGE_SYMBOLS);
UTFS_EVENT(libc, recv, MESSAGE_FIELDS, MESSAGE_PRINT, MESSAGE_SYMBOLS);
UTFS_EVENT(libc, sendmmsg, MESSAGES_FIELDS, MESSAGES_PRINT, MESSAGE_SYMBOLS);
UTFS_EVENT(libc, recvmmsg, MESSAGES_FIELDS, MESSAGES_PRINT, MESSAGE_SYMBOLS);

/* A call of one message; `begin_ns`: when it began. */
struct message_call {
	int fd;
	int flags;
	size_t count;
	uint64_t begin_ns;
	/* Where a received message's address will be, and how much room is there. */
	const struct sockaddr *address;
	socklen_t room;
};

static const char *address_text(char to[WRAP_TEXT_BYTES], const struct sockaddr *from, size_t bytes)
{
	struct wrap_address address = {.bytes = 0};

	if (from) {
		address.bytes =
			(socklen_t)(bytes < sizeof(address.address) ? bytes
								    : sizeof(address.address));
		memcpy(&address.address, from, address.bytes);
	}
	return wrap_address_text(to, &address);
}

/* Keeps errno. A failed call's address is not looked at. */
WRAP_COLD static void send_emit(const struct message_call *call, ssize_t ret,
				const struct sockaddr *address, socklen_t bytes)
{
	uint64_t duration_ns = wrap_now_ns() - call->begin_ns;
	char text[WRAP_TEXT_BYTES];

	WRAP_EMIT(send, call->fd, call->flags, call->count, wrap_result(ret), duration_ns,
		  address_text(text, ret < 0 ? NULL : address, bytes));
}

WRAP_COLD static void sendmsg_emit(struct message_call *call, ssize_t ret,
				   const struct msghdr *message)
{
	struct msghdr copy;

	if (wrap_copy(&copy, message, sizeof(copy)) != sizeof(copy))
		copy = (struct msghdr){.msg_name = NULL};
	call->count = wrap_parts_bytes(copy.msg_iov, copy.msg_iovlen, ret);
	send_emit(call, ret, copy.msg_name, copy.msg_namelen);
}

/* `bytes`: the address's, of which there are not more than there was room for. */
WRAP_COLD static void recv_emit(const struct message_call *call, ssize_t ret, socklen_t bytes)
{
	uint64_t duration_ns = wrap_now_ns() - call->begin_ns;
	char text[WRAP_TEXT_BYTES];

	WRAP_EMIT(recv, call->fd, call->flags, call->count, wrap_result(ret), duration_ns,
		  address_text(text, ret < 0 ? NULL : call->address,
			       bytes < call->room ? bytes : call->room));
}

/* What must be known before the call: the kernel changes the length. */
WRAP_COLD static void recv_prepare(struct message_call *call, const struct sockaddr *address,
				   const socklen_t *bytes)
{
	if (address && bytes &&
	    wrap_copy(&call->room, bytes, sizeof(call->room)) == sizeof(call->room))
		call->address = address;
	call->begin_ns = wrap_now_ns();
}

WRAP_COLD static void recvmsg_prepare(struct message_call *call, const struct msghdr *message)
{
	struct msghdr copy;

	if (wrap_copy(&copy, message, sizeof(copy)) == sizeof(copy)) {
		call->address = copy.msg_name;
		call->room = copy.msg_namelen;
	}
	call->begin_ns = wrap_now_ns();
}

WRAP_COLD static void recvmsg_emit(struct message_call *call, ssize_t ret,
				   const struct msghdr *message)
{
	struct msghdr copy;

	if (wrap_copy(&copy, message, sizeof(copy)) != sizeof(copy))
		copy = (struct msghdr){.msg_name = NULL};
	call->count = wrap_parts_bytes(copy.msg_iov, copy.msg_iovlen, ret);
	recv_emit(call, ret, copy.msg_namelen);
}

WRAP_COLD static void sendmmsg_emit(int fd, unsigned int n, int flags, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(sendmmsg, fd, flags, n, (int)wrap_result(ret), wrap_now_ns() - begin_ns);
}

WRAP_COLD static void recvmmsg_emit(int fd, unsigned int n, int flags, int ret, uint64_t begin_ns)
{
	WRAP_EMIT(recvmmsg, fd, flags, n, (int)wrap_result(ret), wrap_now_ns() - begin_ns);
}

/* clang-format off */
#define SEND_CALL(asked) (&(struct message_call){.fd = fd, .flags = flags, .count = (asked), .begin_ns = begin_ns})

WRAP_AROUND(ssize_t, send, send, WRAP_SOCKET, (int fd, const void *from, size_t count, int flags), (fd, from, count, flags),
	    send_emit(SEND_CALL(count), ret, NULL, 0))
WRAP_AROUND(ssize_t, sendto, send, WRAP_SOCKET,
	    (int fd, const void *from, size_t count, int flags, const struct sockaddr *address, socklen_t bytes),
	    (fd, from, count, flags, address, bytes), send_emit(SEND_CALL(count), ret, address, bytes))
WRAP_AROUND(ssize_t, sendmsg, send, WRAP_SOCKET, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
	    sendmsg_emit(SEND_CALL(0), ret, message))
WRAP_AROUND(int, sendmmsg, sendmmsg, WRAP_SOCKET, (int fd, struct mmsghdr *messages, unsigned int n, int flags),
	    (fd, messages, n, flags), sendmmsg_emit(fd, n, flags, ret, begin_ns))
WRAP_AROUND(ssize_t, recv, recv, WRAP_SOCKET, (int fd, void *to, size_t count, int flags), (fd, to, count, flags),
	    recv_emit(SEND_CALL(count), ret, 0))
WRAP_AROUND(ssize_t, __recv_chk, recv, WRAP_SOCKET, (int fd, void *to, size_t count, size_t room, int flags),
	    (fd, to, count, room, flags), recv_emit(SEND_CALL(count), ret, 0))
WRAP_AROUND(int, recvmmsg, recvmmsg, WRAP_SOCKET,
	    (int fd, struct mmsghdr *messages, unsigned int n, int flags, struct timespec *limit),
	    (fd, messages, n, flags, limit), recvmmsg_emit(fd, n, flags, ret, begin_ns))

/* Those that bring an address back. */
#define RECVFROM_WRAPPER(name, parameters, arguments)                                              \
	WRAP_EXPORT ssize_t name parameters                                                        \
	{                                                                                          \
		struct message_call call;                                                          \
		ssize_t ret;                                                                       \
                                                                                                   \
		if (!WRAP_TRACED(recv, WRAP_SOCKET))                                               \
			return wrap_real.name arguments;                                           \
		call = (struct message_call){.fd = fd, .flags = flags, .count = count};            \
		recv_prepare(&call, address, bytes);                                               \
		ret = wrap_real.name arguments;                                                    \
		recv_emit(&call, ret, ret < 0 || !call.address ? 0 : *bytes);                      \
		return ret;                                                                        \
	}

RECVFROM_WRAPPER(recvfrom, (int fd, void *to, size_t count, int flags, struct sockaddr *address, socklen_t *bytes),
		 (fd, to, count, flags, address, bytes))
RECVFROM_WRAPPER(__recvfrom_chk, (int fd, void *to, size_t count, size_t room, int flags, struct sockaddr *address,
				  socklen_t *bytes), (fd, to, count, room, flags, address, bytes))
/* clang-format on */

WRAP_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct message_call call;
	ssize_t ret;

	if (!WRAP_TRACED(recv, WRAP_SOCKET))
		return wrap_real.recvmsg(fd, message, flags);
	call = (struct message_call){.fd = fd, .flags = flags};
	recvmsg_prepare(&call, message);
	ret = wrap_real.recvmsg(fd, message, flags);
	recvmsg_emit(&call, ret, message);
	return ret;
}
