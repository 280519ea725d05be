/* SPDX-License-Identifier: MIT */
/*
 * Readers of trace_pipe_raw that try hard to see a page twice, a stale one, or none.
 *
 *	raw storm TREE READERS EMITTER WRITERS COUNT
 *		runs EMITTER, and on each CPU so many readers, each with a descriptor of its own; even ones splice, odd ones read. Meanwhile
 *		pages are thrown out of the page cache and the files are looked up more often than they have ids. Every event is seen once, or
 *		is one of those that the pages say were lost.
 *	raw calls TREE
 *		single system calls on cpu 0's file, one line for each: "what: result"
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES	  4096
#define PAGE_HEADER_BYTES 16
#define MAX_THREADS	  64
#define LOOKUPS		  20000 /* two ids each, of 32768 */

struct page {
	uint64_t time_stamp;
	uint64_t commit;
	unsigned char data[PAGE_BYTES - PAGE_HEADER_BYTES];
};

struct storm {
	const char *tree;
	unsigned int tick_id;
	unsigned int writers;
	uint64_t count;
	atomic_uchar *seen; /* [writer][seq] */
	atomic_ullong events;
	atomic_ullong lost;
	atomic_ullong bad;
	atomic_bool written; /* no more will come */
	int fds[MAX_THREADS];
	unsigned int n_fds;
};

struct reader {
	struct storm *storm;
	int fd;
	bool splices;
	pthread_t thread;
};

static void sleep_ms(long ms)
{
	const struct timespec pause = {.tv_sec = 0, .tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

static int open_at(const char *tree, unsigned int cpu, const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/%s", tree, cpu, name);
	return open(path, flags | O_CLOEXEC);
}

static int put(const char *tree, const char *name, const char *text)
{
	char path[4096];
	int ret;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return ret;
}

/* Pages -------------------------------------------------------------------------------------------- */

static void take_event(struct storm *storm, const unsigned char *record, uint32_t bytes)
{
	uint16_t type;
	uint32_t writer;
	uint64_t seq;

	memcpy(&type, record, sizeof(type));
	if (type != storm->tick_id || bytes < 24)
		return;
	memcpy(&writer, record + 8, sizeof(writer));
	memcpy(&seq, record + 16, sizeof(seq));
	if (writer >= storm->writers || seq >= storm->count ||
	    atomic_fetch_add(&storm->seen[writer * storm->count + seq], 1) != 0)
		atomic_fetch_add(&storm->bad, 1);
	atomic_fetch_add(&storm->events, 1);
}

/* The kernel's page format: each entry begins with 5 bits of type or length and 27 bits of time. */
static void take_page(struct storm *storm, const struct page *page)
{
	uint64_t bytes = page->commit & 0xfffff;
	uint64_t lost = 0;
	uint64_t at = 0;

	if (bytes > sizeof(page->data)) {
		atomic_fetch_add(&storm->bad, 1);
		return;
	}
	if (page->commit & (UINT64_C(1) << 30)) {
		memcpy(&lost, page->data + bytes, sizeof(lost));
		atomic_fetch_add(&storm->lost, lost);
	} else if (page->commit & (UINT64_C(1) << 31)) {
		atomic_fetch_add(&storm->bad,
				 1); /* no room for the number: not with these events */
	}
	while (at + 4 <= bytes) {
		uint32_t head;
		uint32_t length;

		memcpy(&head, page->data + at, sizeof(head));
		switch (head & 31) {
		case 29: /* padding */
			return;
		case 30: /* time extend, time stamp */
		case 31:
			at += 8;
			break;
		case 0:
			memcpy(&length, page->data + at + 4, sizeof(length));
			take_event(storm, page->data + at + 8, length - 4);
			at += 4 + length;
			break;
		default:
			length = (head & 31) * 4;
			take_event(storm, page->data + at + 4, length);
			at += 4 + length;
		}
	}
}

/* Return: pages taken; -errno. */
static int splice_pages(const struct reader *reader, const int pipes[2])
{
	ssize_t n = splice(reader->fd, NULL, pipes[1], NULL, 16L * PAGE_BYTES, SPLICE_F_MOVE);
	struct page page;
	int pages = 0;

	if (n < 0)
		return -errno;
	if (n % PAGE_BYTES)
		atomic_fetch_add(&reader->storm->bad, 1);
	for (; n >= PAGE_BYTES; n -= PAGE_BYTES, pages++) {
		if (read(pipes[0], &page, sizeof(page)) != sizeof(page))
			return -EIO;
		take_page(reader->storm, &page);
	}
	return pages;
}

static int read_page(const struct reader *reader)
{
	struct page page;
	ssize_t n = read(reader->fd, &page, sizeof(page));

	if (n < 0)
		return -errno;
	if (n != sizeof(page)) {
		atomic_fetch_add(&reader->storm->bad, 1);
		return -EIO;
	}
	take_page(reader->storm, &page);
	return 1;
}

static void *run_reader(void *arg)
{
	struct reader *reader = arg;
	struct storm *storm = reader->storm;
	struct pollfd poll_fd = {.fd = reader->fd, .events = POLLIN};
	bool last = false;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC)) {
		atomic_fetch_add(&storm->bad, 1);
		return NULL;
	}
	/* One more round after the last event was written; the rest of a page is for read(2). */
	for (;;) {
		int ret;

		poll(&poll_fd, 1, 20);
		while ((ret = reader->splices ? splice_pages(reader, pipes) : read_page(reader)) >
		       0)
			;
		if (ret != -EAGAIN) {
			fprintf(stderr, "reader: %s\n", strerror(-ret));
			atomic_fetch_add(&storm->bad, 1);
			break;
		}
		if (last)
			break;
		last = atomic_load(&storm->written);
	}
	while (read_page(reader) > 0)
		;
	close(pipes[0]);
	close(pipes[1]);
	return NULL;
}

/* What makes it hard ------------------------------------------------------------------------------- */

static void *run_evictions(void *arg)
{
	struct storm *storm = arg;

	while (!atomic_load(&storm->written)) {
		for (unsigned int i = 0; i < storm->n_fds; i++)
			posix_fadvise(storm->fds[i], 0, 0, POSIX_FADV_DONTNEED);
		sleep_ms(1);
	}
	return NULL;
}

static void *run_lookups(void *arg)
{
	struct storm *storm = arg;
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/per_cpu/cpu0/trace_pipe_raw", storm->tree);
	for (int i = 0; i < LOOKUPS; i++)
		stat(path, &st);
	return NULL;
}

static int run_emitter(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execl(argv[0], argv[0], "ticks", argv[1], argv[2], (char *)NULL);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status ? -1 : 0;
}

static unsigned int read_number(const char *tree, const char *name)
{
	char path[4096];
	unsigned int number = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree, name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%u", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

/* Return: readers that run. */
static unsigned int start_readers(struct storm *storm, struct reader *readers, unsigned int each)
{
	for (unsigned int cpu = 0;; cpu++) {
		for (unsigned int i = 0; i < each && storm->n_fds < MAX_THREADS; i++) {
			int fd = open_at(storm->tree, cpu, "trace_pipe_raw", O_RDONLY | O_NONBLOCK);

			if (fd < 0)
				return storm->n_fds;
			readers[storm->n_fds] =
				(struct reader){.storm = storm, .fd = fd, .splices = i % 2 == 0};
			storm->fds[storm->n_fds] = fd;
			pthread_create(&readers[storm->n_fds].thread, NULL, run_reader,
				       &readers[storm->n_fds]);
			storm->n_fds++;
		}
	}
}

static int run_storm(const char *tree, unsigned int each, char **emitter)
{
	struct reader readers[MAX_THREADS];
	struct storm storm = {
		.tree = tree,
		.tick_id = read_number(tree, "events/load/tick/id"),
		.writers = (unsigned int)strtoul(emitter[1], NULL, 10),
		.count = strtoull(emitter[2], NULL, 10),
	};
	pthread_t evictions;
	pthread_t lookups;
	unsigned int n;
	int failed;

	storm.seen = calloc(storm.writers * storm.count, 1);
	if (!storm.seen || !storm.tick_id || put(tree, "events/load/tick/enable", "1")) {
		fprintf(stderr, "raw: no tree at %s, or no event load:tick\n", tree);
		free(storm.seen);
		return 1;
	}
	n = start_readers(&storm, readers, each);
	pthread_create(&evictions, NULL, run_evictions, &storm);
	pthread_create(&lookups, NULL, run_lookups, &storm);
	failed = run_emitter(emitter);
	pthread_join(lookups, NULL);
	atomic_store(&storm.written, true);
	pthread_join(evictions, NULL);
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(readers[i].thread, NULL);
		close(readers[i].fd);
	}
	put(tree, "events/load/tick/enable", "0");
	printf("readers %u events %llu lost %llu bad %llu of %llu\n", n,
	       (unsigned long long)atomic_load(&storm.events),
	       (unsigned long long)atomic_load(&storm.lost),
	       (unsigned long long)atomic_load(&storm.bad),
	       (unsigned long long)storm.writers * storm.count);
	failed |= atomic_load(&storm.bad) != 0 ||
		  atomic_load(&storm.events) + atomic_load(&storm.lost) !=
			  storm.writers * storm.count;
	free(storm.seen);
	return failed;
}

/* Single calls ------------------------------------------------------------------------------------- */

static void say(const char *what, ssize_t ret)
{
	if (ret < 0)
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: %zd\n", what, ret);
}

static ssize_t splice_one(int fd, const int pipes[2], size_t bytes)
{
	static char sink[PAGE_BYTES * 16];
	ssize_t n = splice(fd, NULL, pipes[1], NULL, bytes, SPLICE_F_MOVE);

	return n > 0 ? read(pipes[0], sink, sizeof(sink)) : n;
}

static void emit(const char *tree, unsigned int n)
{
	while (n-- > 0)
		put(tree, "trace_marker",
		    "a marker that is so long that a page has room for few of them");
}

static int run_calls(const char *tree)
{
	struct pollfd poll_fd = {.events = POLLIN};
	struct page page;
	int pipes[2];
	int fd = open_at(tree, 0, "trace_pipe_raw", O_RDONLY | O_NONBLOCK);
	int blocking = open_at(tree, 0, "trace_pipe_raw", O_RDONLY);

	if (fd < 0 || blocking < 0 || pipe2(pipes, O_NONBLOCK))
		return 1;
	poll_fd.fd = blocking;
	say("nothing: read", read(fd, &page, sizeof(page)));
	say("nothing: splice", splice_one(fd, pipes, PAGE_BYTES));
	say("nothing: splice, blocking descriptor", splice_one(blocking, pipes, PAGE_BYTES));
	say("nothing: poll", poll(&poll_fd, 1, 0));
	emit(tree, 1);
	say("one event: poll", poll(&poll_fd, 1, 0));
	say("one event: splice", splice_one(fd, pipes, PAGE_BYTES));
	say("one event: blocking read", read(blocking, &page, sizeof(page)));
	say("read again", read(fd, &page, sizeof(page)));
	put(tree, "buffer_percent", "0");
	emit(tree, 1);
	say("buffer_percent 0: poll", poll(&poll_fd, 1, 0));
	say("buffer_percent 0: splice", splice_one(fd, pipes, PAGE_BYTES));
	put(tree, "buffer_percent", "1");
	emit(tree, 250);
	say("pages: poll", poll(&poll_fd, 1, 0));
	say("pages: splice", splice_one(fd, pipes, PAGE_BYTES));
	say("pages: splice of two", splice_one(fd, pipes, PAGE_BYTES * 2L));
	say("ioctl 0", ioctl(blocking, 0));
	say("ioctl 0x5499", ioctl(blocking, 0x5499, 0));
	say("lseek", lseek(fd, 0, SEEK_SET));
	say("pread", pread(fd, &page, sizeof(page), 0));
	say("write", write(fd, "x", 1));
	say("mmap", mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	while (read(blocking, &page, sizeof(page)) > 0 && poll(&poll_fd, 1, 0) > 0)
		;
	while (read(fd, &page, sizeof(page)) > 0)
		;
	emit(tree, 120);
	say("piece of a page: read", read(blocking, &page, 200));
	say("piece of a page: splice", splice_one(blocking, pipes, PAGE_BYTES));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "storm") == 0)
		return run_storm(argv[2], (unsigned int)strtoul(argv[3], NULL, 10), argv + 4);
	if (argc == 3 && strcmp(argv[1], "calls") == 0)
		return run_calls(argv[2]);
	fputs("usage: raw storm TREE READERS EMITTER WRITERS COUNT | raw calls TREE\n", stderr);
	return 2;
}
