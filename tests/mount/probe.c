/* SPDX-License-Identifier: MIT */
/*
 * System calls for the shell: probe CALL PATH ARGUMENT... prints "OK", what came out, or the name of the errno.
 * Numbers may be octal or hexadecimal; FLAGS are letters: r w b (read-write), t (O_TRUNC), a (O_APPEND), n (O_NONBLOCK), c (O_CREAT), x (O_EXCL),
 * d (O_DIRECTORY), T (O_TMPFILE).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_BYTES (1 << 20)

static char buffer[MAX_BYTES];
static int n_arguments;
static char **arguments;

static const char *text(int i)
{
	return i < n_arguments ? arguments[i] : "";
}

static long number(int i)
{
	return strtol(text(i), NULL, 0);
}

static int say(long result)
{
	if (result < 0)
		puts(strerrorname_np(errno));
	else
		puts("OK");
	return 0;
}

static int say_number(long result)
{
	if (result < 0)
		return say(result);
	printf("%ld\n", result);
	return 0;
}

static int open_flags(const char *letters)
{
	static const struct {
		char letter;
		int flag;
	} known[] = {
		{'r', O_RDONLY},    {'w', O_WRONLY},   {'b', O_RDWR},  {'t', O_TRUNC},
		{'a', O_APPEND},    {'n', O_NONBLOCK}, {'c', O_CREAT}, {'x', O_EXCL},
		{'d', O_DIRECTORY}, {'T', O_TMPFILE},
	};
	int flags = 0;

	for (; *letters; letters++) {
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (known[i].letter == *letters)
				flags |= known[i].flag;
		}
	}
	return flags;
}

/* Opens argument 0; says why not. */
static int open_or_say(const char *letters)
{
	int fd = open(text(0), open_flags(letters), 0600);

	if (fd < 0)
		say(-1);
	return fd;
}

static int print_bytes(ssize_t n)
{
	if (n < 0)
		return say(n);
	for (ssize_t i = 0; i < n; i++) {
		if (buffer[i] == '\n')
			fputs("\\n", stdout);
		else
			putchar(buffer[i]);
	}
	putchar('\n');
	return 0;
}

static int do_open(void)
{
	int fd = open_or_say(text(1));

	return fd < 0 ? 0 : say(fd);
}

/* read PATH BYTES FLAGS */
static int do_read(void)
{
	int fd = open_or_say(*text(2) ? text(2) : "r");

	return fd < 0 ? 0 : print_bytes(read(fd, buffer, (size_t)number(1)));
}

/* pread PATH OFFSET BYTES */
static int do_pread(void)
{
	int fd = open_or_say("r");

	return fd < 0 ? 0 : print_bytes(pread(fd, buffer, (size_t)number(2), number(1)));
}

/* reads PATH FLAGS BYTES...: one after the other on one descriptor, counts only */
static int do_reads(void)
{
	int fd = open_or_say(text(1));

	for (int i = 2; fd >= 0 && *text(i); i++)
		say_number(read(fd, buffer, (size_t)number(i)));
	return 0;
}

/* write PATH TEXT FLAGS */
static int do_write(void)
{
	int fd = open_or_say(*text(2) ? text(2) : "w");

	return fd < 0 ? 0 : say_number(write(fd, text(1), strlen(text(1))));
}

/* fill PATH BYTES FLAGS: one write of that many */
static int do_fill(void)
{
	int fd = open_or_say(*text(2) ? text(2) : "w");

	memset(buffer, 'f', sizeof(buffer));
	return fd < 0 ? 0 : say_number(write(fd, buffer, (size_t)number(1)));
}

/* pwrite PATH TEXT OFFSET */
static int do_pwrite(void)
{
	int fd = open_or_say("w");

	return fd < 0 ? 0 : say_number(pwrite(fd, text(1), strlen(text(1)), number(2)));
}

/* lseek PATH OFFSET set|cur|end */
static int do_lseek(void)
{
	int whence = *text(2) == 's' ? SEEK_SET : *text(2) == 'c' ? SEEK_CUR : SEEK_END;
	int fd = open_or_say("r");

	return fd < 0 ? 0 : say_number(lseek(fd, number(1), whence));
}

static int do_fsync(void)
{
	int fd = open_or_say("w");

	return fd < 0 ? 0 : say(fsync(fd));
}

static int do_flock(void)
{
	int fd = open_or_say("r");

	return fd < 0 ? 0 : say(flock(fd, LOCK_EX | LOCK_NB));
}

/* ioctl PATH NUMBER */
static int do_ioctl(void)
{
	int fd = open_or_say("r");

	return fd < 0 ? 0 : say(ioctl(fd, (unsigned long)number(1)));
}

/* splice PATH BYTES...: into a pipe, from one descriptor */
static int do_splice(void)
{
	int fd = open_or_say("r");
	int fds[2];

	if (fd < 0 || pipe(fds))
		return 1;
	fcntl(fds[1], F_SETPIPE_SZ, MAX_BYTES);
	for (int i = 1; *text(i); i++)
		say_number(splice(fd, NULL, fds[1], NULL, (size_t)number(i), SPLICE_F_NONBLOCK));
	return 0;
}

static int print_events(int n, int events)
{
	if (n < 0)
		return say(n);
	if (n == 0)
		puts("none");
	else
		printf("%s%s%s\n", events & POLLIN ? "in" : "", events & POLLOUT ? "out" : "",
		       events & POLLERR ? "err" : "");
	return 0;
}

/* poll PATH MILLISECONDS */
static int do_poll(void)
{
	struct pollfd pfd = {.fd = open_or_say("r"), .events = POLLIN};
	int n = pfd.fd < 0 ? -1 : poll(&pfd, 1, (int)number(1));

	return pfd.fd < 0 ? 0 : print_events(n, pfd.revents);
}

/* edges PATH COUNT: waits that often for an edge, and reads all there is after each */
static int do_edges(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int fd = open_or_say("rn");
	int epoll = epoll_create1(0);

	if (fd < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		return 1;
	puts("waiting");
	fflush(stdout);
	for (long i = 0; i < number(1); i++) {
		long all = 0;
		ssize_t n;

		if (epoll_wait(epoll, &event, 1, 10000) != 1)
			return 1;
		while ((n = read(fd, buffer, sizeof(buffer))) > 0)
			all += n;
		/* The last part of something that was told before it was read. */
		if (all == 0)
			i--;
		else
			printf("%ld\n", all);
		fflush(stdout);
	}
	return 0;
}

static void *read_once(void *arg)
{
	char byte;

	return read(*(int *)arg, &byte, 1) == 1 ? arg : NULL;
}

/* share PATH: two threads wait in read on one descriptor, a third looks at its position meanwhile */
static int do_share(void)
{
	int fd = open_or_say("r");
	pthread_t threads[2];
	void *result[2];

	if (fd < 0)
		return 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, read_once, &fd);
	usleep(200000);
	puts("waiting");
	fflush(stdout);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], &result[i]);
	puts(result[0] && result[1] ? "OK" : "short");
	return 0;
}

static void on_alarm(int number)
{
}

/* storm PATH COUNT: reads so many bytes, one by one, under a shower of signals; tells if any read was interrupted */
static int do_storm(void)
{
	const struct itimerval often = {{0, 2000}, {0, 2000}};
	const struct sigaction action = {.sa_handler = on_alarm};
	int fd = open_or_say("r");
	bool interrupted = false;
	long bytes = 0;
	char byte;

	if (fd < 0)
		return 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	/* At least until one was interrupted: with what is there already none is. */
	while (bytes < number(1) || !interrupted) {
		ssize_t n = read(fd, &byte, 1);

		if (n == 1)
			bytes++;
		else if (n < 0 && errno == EINTR)
			interrupted = true;
		else
			return say(-1);
	}
	printf("%ld %s\n", bytes, interrupted ? "some" : "none");
	return 0;
}

/* hold PATH FLAGS: keeps it open until killed */
static int do_hold(void)
{
	if (open_or_say(text(1)) < 0)
		return 1;
	puts("open");
	fflush(stdout);
	for (;;)
		pause();
}

/* after PATH FLAGS: opens it, waits for a line on the standard input, reads */
static int do_after(void)
{
	int fd = open_or_say(text(1));
	char line[16];

	if (fd < 0)
		return 0;
	puts("open");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	return print_bytes(read(fd, buffer, 4096));
}

static int do_mkdir(void)
{
	return say(mkdir(text(0), 0750));
}

static int do_rmdir(void)
{
	return say(rmdir(text(0)));
}

static int do_unlink(void)
{
	return say(unlink(text(0)));
}

static int do_rename(void)
{
	return say(rename(text(0), text(1)));
}

static int do_symlink(void)
{
	return say(symlink("target", text(0)));
}

static int do_link(void)
{
	return say(link(text(0), text(1)));
}

static int do_mknod(void)
{
	return say(mknod(text(0), S_IFIFO | 0600, 0));
}

static int do_readlink(void)
{
	return say(readlink(text(0), buffer, sizeof(buffer)));
}

static int do_setxattr(void)
{
	return say(setxattr(text(0), "user.foo", "x", 1, 0));
}

static int do_getxattr(void)
{
	return say(getxattr(text(0), text(1), buffer, sizeof(buffer)));
}

static int do_truncate(void)
{
	return say(truncate(text(0), number(1)));
}

static int do_chmod(void)
{
	return say(chmod(text(0), (mode_t)number(1)));
}

static int do_chown(void)
{
	return say(chown(text(0), (uid_t)number(1), (gid_t)number(2)));
}

static int do_utime(void)
{
	return say(utimensat(AT_FDCWD, text(0), NULL, 0));
}

static int do_access(void)
{
	return say(access(text(0), F_OK));
}

static const struct {
	const char *name;
	int (*run)(void);
} calls[] = {
	{"open", do_open},	   {"read", do_read},	      {"pread", do_pread},
	{"reads", do_reads},	   {"write", do_write},	      {"fill", do_fill},
	{"pwrite", do_pwrite},	   {"lseek", do_lseek},	      {"fsync", do_fsync},
	{"flock", do_flock},	   {"ioctl", do_ioctl},	      {"splice", do_splice},
	{"poll", do_poll},	   {"edges", do_edges},	      {"share", do_share},
	{"storm", do_storm},	   {"hold", do_hold},	      {"after", do_after},
	{"mkdir", do_mkdir},	   {"rmdir", do_rmdir},	      {"unlink", do_unlink},
	{"rename", do_rename},	   {"symlink", do_symlink},   {"link", do_link},
	{"mknod", do_mknod},	   {"readlink", do_readlink}, {"setxattr", do_setxattr},
	{"getxattr", do_getxattr}, {"truncate", do_truncate}, {"chmod", do_chmod},
	{"chown", do_chown},	   {"utime", do_utime},	      {"access", do_access},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 3 && i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, argv[1]) == 0) {
			n_arguments = argc - 2;
			arguments = argv + 2;
			return calls[i].run();
		}
	}
	fprintf(stderr, "usage: probe CALL PATH ARGUMENT...\n");
	return 2;
}
