/* SPDX-License-Identifier: MIT */
/*
 * Calls every wrapped function of sockets, over the loopback and through a name in the file system.
 *	sockets EXPECTATIONS SCRATCH-DIR
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "expect.h"

ssize_t __recv_chk(int fd, void *buffer, size_t count, size_t buffer_bytes, int flags);
ssize_t __recvfrom_chk(int fd, void *buffer, size_t count, size_t buffer_bytes, int flags,
		       struct sockaddr *address, socklen_t *address_bytes);

#define ANY(address) ((struct sockaddr *)(address))

static void expect_socket(const char *domain, const char *type, const char *flags, int fd)
{
	expect("socket: domain=%s type=%s flags=%s protocol=0 ret=%d", domain, type, flags, fd);
}

static void expect_message(const char *event, int fd, size_t count, const char *flags,
			   const char *address, ssize_t ret)
{
	expect("%s: fd=%d count=%zu flags=%s address=%s ret=%zd duration_ns=N", event, fd, count,
	       flags, address, ret);
}

/* A socket of a family, bound to a port of the loopback that the kernel chose. Return: the descriptor; its name in `text`. */
static int bound(int type, struct sockaddr_in *address, char *text)
{
	socklen_t bytes = sizeof(*address);
	int fd = socket(AF_INET, type, 0);

	expect_socket("AF_INET", type == SOCK_STREAM ? "SOCK_STREAM" : "SOCK_DGRAM", "", fd);
	*address = (struct sockaddr_in){.sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	check(!bind(fd, ANY(address), bytes), "bind");
	expect("bind: fd=%d address=127.0.0.1:0 ret=0", fd);
	check(!getsockname(fd, ANY(address), &bytes), "getsockname");
	sprintf(text, "127.0.0.1:%d", ntohs(address->sin_port));
	return fd;
}

static void try_stream(void)
{
	struct sockaddr_in address, peer;
	socklen_t bytes = sizeof(peer);
	char text[64], peer_text[64], buffer[16];
	int listener = bound(SOCK_STREAM, &address, text), client, server;

	check(!listen(listener, 7), "listen");
	expect("listen: fd=%d backlog=7 ret=0", listener);
	for (int i = 0; i < 3; i++) {
		client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		expect_socket("AF_INET", "SOCK_STREAM", "SOCK_CLOEXEC", client);
		check(!connect(client, ANY(&address), sizeof(address)), "connect");
		expect("connect: fd=%d address=%s ret=0 duration_ns=N", client, text);
		bytes = sizeof(peer);
		server = i == 0	  ? accept(listener, ANY(&peer), &bytes)
			 : i == 1 ? accept(listener, NULL, NULL)
				  : accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		check(bytes == sizeof(peer), "accept: the address's length");
		bytes = sizeof(peer);
		check(!getsockname(client, ANY(&peer), &bytes), "getsockname");
		sprintf(peer_text, "127.0.0.1:%d", ntohs(peer.sin_port));
		expect("accept: fd=%d address=%s ret=%d duration_ns=N", listener, peer_text,
		       server);
		if (i < 2) {
			close(client);
			close(server);
		}
	}
	errno = 0;
	check(recv(server, buffer, 5, 0) == -1 && errno == EAGAIN, "recv: EAGAIN");
	expect_message("recv", server, 5, "", "", -EAGAIN);
	check(send(client, "hello, world", 12, MSG_NOSIGNAL) == 12, "send");
	expect_message("send", client, 12, "MSG_NOSIGNAL", "", 12);
	check(recv(server, buffer, 5, MSG_PEEK) == 5 && !memcmp(buffer, "hello", 5), "recv");
	expect_message("recv", server, 5, "MSG_PEEK", "", 5);
	check(__recv_chk(server, buffer, 7, sizeof(buffer), 0) == 7, "__recv_chk");
	expect_message("recv", server, 7, "", "", 7);
	check(recvfrom(server, buffer, 5, 0, NULL, NULL) == 5, "recvfrom");
	expect_message("recv", server, 5, "", "", 5);
	check(!shutdown(server, SHUT_WR), "shutdown");
	expect("shutdown: fd=%d how=SHUT_WR ret=0", server);
	check(recv(client, buffer, 5, 0) == 0, "recv: the end");
	expect_message("recv", client, 5, "", "", 0);
	close(client);
	close(server);
	close(listener);
}

static void try_datagrams(void)
{
	struct sockaddr_in address, peer = {.sin_family = AF_INET};
	char text[64], buffer[16];
	struct iovec parts[2] = {{buffer, 6}, {buffer + 8, 4}};
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof(address),
				 .msg_iov = parts,
				 .msg_iovlen = 2};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = parts, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = parts, .msg_iovlen = 1}}};
	socklen_t bytes = sizeof(peer);
	int fd = bound(SOCK_DGRAM, &address, text);

	check(sendto(fd, "abc", 3, 0, ANY(&address), sizeof(address)) == 3, "sendto");
	expect_message("send", fd, 3, "", text, 3);
	check(recvfrom(fd, buffer, 9, 0, ANY(&peer), &bytes) == 3 && bytes == sizeof(peer) &&
		      peer.sin_port == address.sin_port,
	      "recvfrom");
	expect_message("recv", fd, 9, "", text, 3);
	check(sendmsg(fd, &message, 0) == 10, "sendmsg");
	expect_message("send", fd, 10, "", text, 10);
	/* No room for all of the address: none is shown. */
	bytes = 4;
	check(__recvfrom_chk(fd, buffer, 8, sizeof(buffer), MSG_PEEK, ANY(&peer), &bytes) == 8 &&
		      bytes == sizeof(peer),
	      "__recvfrom_chk");
	expect_message("recv", fd, 8, "MSG_PEEK", "family 2", 8);
	message.msg_name = &peer;
	check(recvmsg(fd, &message, 0) == 10 && message.msg_namelen == sizeof(peer), "recvmsg");
	expect_message("recv", fd, 10, "", text, 10);

	check(!connect(fd, ANY(&address), sizeof(address)), "connect");
	expect("connect: fd=%d address=%s ret=0 duration_ns=N", fd, text);
	check(sendmmsg(fd, messages, 2, 0) == 2 && messages[1].msg_len == 6, "sendmmsg");
	expect("sendmmsg: fd=%d messages=2 flags= ret=2 duration_ns=N", fd);
	check(recvmmsg(fd, messages, 2, MSG_WAITFORONE, NULL) == 2, "recvmmsg");
	expect("recvmmsg: fd=%d messages=2 flags=MSG_WAITFORONE ret=2 duration_ns=N", fd);
	close(fd);
}

/* What addresses look like: those of a call that fails are shown as well. */
static void try_addresses(void)
{
	static const struct {
		const char *binary, *text;
	} ipv6[] = {
		{"::1", "[::1]:80"},
		{"::", "[::]:80"},
		{"2001:db8::", "[2001:db8::]:80"},
		{"2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:80"},
		{"2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]:80"},
		{"1:0:3:4:5:6:7:8", "[1:0:3:4:5:6:7:8]:80"},
		{"fe80::abcd:12", "[fe80::abcd:12]:80"},
		{"::ffff:192.0.2.33", "[::ffff:192.0.2.33]:80"},
	};
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0an\0abstract"};
	struct sockaddr nothing = {.sa_family = AF_UNSPEC};
	struct sockaddr *volatile nowhere = NULL;

	for (size_t i = 0; i < sizeof(ipv6) / sizeof(ipv6[0]); i++) {
		inet_pton(AF_INET6, ipv6[i].binary, &address.sin6_addr);
		errno = 0;
		check(connect(-7, ANY(&address), sizeof(address)) == -1 && errno == EBADF,
		      "connect: EBADF");
		expect("connect: fd=-7 address=%s ret=%d duration_ns=N", ipv6[i].text, -EBADF);
	}
	check(bind(-8, ANY(&name), 2 + 12) == -1, "bind");
	expect("bind: fd=-8 address=unix:@an@abstract ret=%d", -EBADF);
	check(bind(-8, ANY(&name), 2) == -1, "bind");
	expect("bind: fd=-8 address=unix: ret=%d", -EBADF);
	check(bind(-8, &nothing, sizeof(nothing)) == -1, "bind");
	expect("bind: fd=-8 address=family 0 ret=%d", -EBADF);
	check(bind(-8, nowhere, 16) == -1, "bind");
	expect("bind: fd=-8 address= ret=%d", -EBADF);
}

static void try_local(const char *scratch)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), fds[2];

	expect_socket("AF_UNIX", "SOCK_SEQPACKET", "", fd);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", scratch);
	check(!bind(fd, ANY(&name), sizeof(name)), "bind");
	expect("bind: fd=%d address=unix:%s ret=0", fd, name.sun_path);
	unlink(name.sun_path);
	close(fd);
	check(!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), "socketpair");
	expect("socketpair: domain=AF_UNIX type=SOCK_DGRAM flags= protocol=0 ret=0 fd=%d other=%d",
	       fds[0], fds[1]);
	close(fds[0]);
	close(fds[1]);
}

/* Bad pointers are the kernel's to refuse. */
static void try_errors(void)
{
	struct msghdr *volatile nowhere = NULL;
	struct sockaddr *volatile bad = (struct sockaddr *)8;
	socklen_t *volatile bad_bytes = (socklen_t *)8;
	int fds[2];

	check(socket(-1, SOCK_STREAM, 0) == -1, "socket");
	expect("socket: domain=0xffffffffffffffff type=SOCK_STREAM flags= protocol=0 ret=%d",
	       -EAFNOSUPPORT);
	check(!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), "socketpair");
	expect("socketpair: domain=AF_UNIX type=SOCK_DGRAM flags= protocol=0 ret=0 fd=%d other=%d",
	       fds[0], fds[1]);
	errno = 0;
	check(sendmsg(fds[0], nowhere, 0) == -1 && errno == EFAULT, "sendmsg: EFAULT");
	expect_message("send", fds[0], 0, "", "", -EFAULT);
	errno = 0;
	check(recvmsg(fds[0], nowhere, MSG_DONTWAIT) == -1 && errno == EFAULT, "recvmsg: EFAULT");
	expect_message("recv", fds[0], 0, "MSG_DONTWAIT", "", -EFAULT);
	errno = 0;
	check(sendto(fds[0], "x", 1, 0, bad, 16) == -1 && errno == EFAULT, "sendto: EFAULT");
	expect_message("send", fds[0], 1, "", "", -EFAULT);
	check(send(fds[0], "x", 1, 0) == 1, "send");
	expect_message("send", fds[0], 1, "", "", 1);
	errno = 0;
	check(recvfrom(fds[1], &(char){0}, 1, 0, bad, bad_bytes) == -1 && errno == EFAULT,
	      "recvfrom: EFAULT");
	expect_message("recv", fds[1], 1, "", "", -EFAULT);
	errno = 0;
	check(accept(fds[0], NULL, NULL) == -1 && errno == EOPNOTSUPP, "accept: EOPNOTSUPP");
	expect("accept: fd=%d address= ret=%d duration_ns=N", fds[0], -EOPNOTSUPP);
	errno = 0;
	check(shutdown(-3, SHUT_RDWR) == -1 && errno == EBADF, "shutdown: EBADF");
	expect("shutdown: fd=-3 how=SHUT_RDWR ret=%d", -EBADF);
	errno = 0;
	check(listen(-3, 1) == -1 && errno == EBADF, "listen: EBADF");
	expect("listen: fd=-3 backlog=1 ret=%d", -EBADF);
	close(fds[0]);
	close(fds[1]);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	try_stream();
	try_datagrams();
	try_addresses();
	try_local(argv[2]);
	try_errors();
	return expect_save(argv[1]);
}
