/* SPDX-License-Identifier: MIT */
/*
 * How costs grow. Arguments: what there is much of (events, instances, processes, cpus), and how many. Prints nanoseconds, named
 * grow.WHAT.COST@COUNT: of adding one (make), of finding one by name (lookup), of enabling an event (enable), of an event
 * (event), and of one entry of a listing (list). The arena ($UTRACEFS_DIR) is new; cpus are what the machine seems to have.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utracefs/runtime.h>

#include "trace/trace.h"

#define TIMES 51

struct subject {
	struct utfs_trace *trace;
	struct eventfs *fs;
	struct utfs_runtime_event *event; /* g/event0: what is enabled and written */
	const char *what;
	unsigned long count;
};

static void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("grow: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void print(const struct subject *subject, const char *cost, double ns)
{
	char name[128];

	snprintf(name, sizeof(name), "grow.%s.%s@%lu", subject->what, cost, subject->count);
	bench_print(name, ns);
}

/* What the command does: open, write, close. */
static void write_file(const struct subject *subject, const char *path, const char *text)
{
	struct eventfs_request who = {.uid = geteuid(), .gid = getegid(), .tid = gettid()};
	struct eventfs_file *file = NULL;
	struct eventfs_attr attr;
	ssize_t n = eventfs_walk(subject->fs, path, &attr);

	if (n == 0)
		n = eventfs_open(subject->fs, attr.id, &who, O_WRONLY, &file);
	if (n == 0)
		n = eventfs_write(file, &who, text, strlen(text), 0);
	eventfs_release(file);
	if (n < 0)
		die("%s: %s", path, strerror((int)-n));
}

/* Making what there is to be much of ----------------------------------------------------------------- */

static void make_events(struct subject *subject, unsigned long count)
{
	char text[64];

	subject->event = calloc(count, sizeof(*subject->event));
	for (unsigned long i = 0; subject->event && i < count; i++) {
		int ret;

		snprintf(text, sizeof(text), "g/event%lu int first; int second", i);
		ret = utfs_runtime_event_register(&subject->event[i], text);
		if (ret)
			die("event %lu: %s", i, strerror(-ret));
	}
}

static void make_instances(const struct subject *subject)
{
	struct eventfs_attr instances, attr;
	char name[32];
	int ret = eventfs_walk(subject->fs, "instances", &instances);

	for (unsigned long i = 0; ret == 0 && i < subject->count; i++) {
		snprintf(name, sizeof(name), "i%lu", i);
		ret = eventfs_mkdir(subject->fs, instances.id, name, 0700, &attr);
	}
	if (ret)
		die("instances: %s", strerror(-ret));
}

/* A process that attaches, says so, and stays until the pipe is closed. */
static void be_one_of_many(int ready_fd, int end_fd)
{
	struct utfs_runtime_event event = {0};
	char byte = 0;

	if (utfs_runtime_event_register(&event, "g/event0 int first; int second"))
		_exit(1);
	if (write(ready_fd, &byte, 1) != 1 || read(end_fd, &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

/* Return: the descriptor that ends them when it is closed. */
static int make_processes(const struct subject *subject)
{
	int ready[2], end[2];
	char byte;

	if (pipe2(ready, O_CLOEXEC) || pipe2(end, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	for (unsigned long i = 0; i < subject->count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (pid == 0) {
			close(end[1]);
			be_one_of_many(ready[1], end[0]);
		}
		if (read(ready[0], &byte, 1) != 1)
			die("process %lu failed", i);
	}
	close(ready[0]);
	close(ready[1]);
	close(end[0]);
	return end[1];
}

/* Measuring ------------------------------------------------------------------------------------------ */

static double time_lookup(const struct subject *subject, const char *directory, const char *format,
			  unsigned long count)
{
	struct eventfs_attr parent, attr;
	double ns[TIMES];
	char name[64];

	if (eventfs_walk(subject->fs, directory, &parent))
		die("%s is not there", directory);
	for (int i = 0; i < TIMES; i++) {
		uint64_t start_ns;

		snprintf(name, sizeof(name), format, (unsigned long)i * count / TIMES);
		start_ns = bench_now_ns();
		for (int j = 0; j < 100; j++) {
			if (eventfs_lookup(subject->fs, parent.id, name, &attr))
				die("%s/%s is not there", directory, name);
		}
		ns[i] = (double)(bench_now_ns() - start_ns) / 100;
	}
	return bench_median(ns, TIMES);
}

static double time_enable(const struct subject *subject, const char *path)
{
	double ns[TIMES];

	/* The first one makes the buffers. */
	write_file(subject, path, "1");
	for (int i = 0; i < TIMES; i++) {
		uint64_t start_ns = bench_now_ns();

		write_file(subject, path, "0");
		write_file(subject, path, "1");
		ns[i] = (double)(bench_now_ns() - start_ns) / 2;
	}
	return bench_median(ns, TIMES);
}

static double time_event(const struct subject *subject)
{
	const int data[2] = {1, 7};
	double ns[TIMES];

	for (int i = 0; i < TIMES; i++) {
		uint64_t start_ns = bench_now_ns();

		for (int j = 0; j < 10000; j++) {
			if (utfs_runtime_event_write(subject->event, data, sizeof(data)))
				die("the event cannot be written");
		}
		ns[i] = (double)(bench_now_ns() - start_ns) / 10000;
	}
	return bench_median(ns, TIMES);
}

static int count_entry(void *arg, const char *name, const struct eventfs_attr *attr,
		       uint64_t next_cursor)
{
	unsigned long *entries = arg;

	++*entries;
	return 0;
}

static double time_list(const struct subject *subject, const char *directory)
{
	struct eventfs_attr attr;
	double ns[5];

	if (eventfs_walk(subject->fs, directory, &attr))
		die("%s is not there", directory);
	for (int i = 0; i < 5; i++) {
		uint64_t start_ns = bench_now_ns();
		unsigned long entries = 0;

		if (eventfs_readdir(subject->fs, attr.id, 0, count_entry, &entries))
			die("%s cannot be listed", directory);
		ns[i] = (double)(bench_now_ns() - start_ns) / (double)entries;
	}
	return bench_median(ns, 5);
}

static void measure_common(const struct subject *subject)
{
	print(subject, "enable", time_enable(subject, "events/g/event0/enable"));
	print(subject, "event", time_event(subject));
}

static void grow_events(struct subject *subject)
{
	uint64_t start_ns = bench_now_ns();

	make_events(subject, subject->count);
	print(subject, "make", (double)(bench_now_ns() - start_ns) / (double)subject->count);
	print(subject, "lookup", time_lookup(subject, "events/g", "event%lu", subject->count));
	print(subject, "list", time_list(subject, "events/g"));
	measure_common(subject);
}

static void grow_instances(struct subject *subject)
{
	uint64_t start_ns;

	make_events(subject, 1);
	start_ns = bench_now_ns();
	make_instances(subject);
	print(subject, "make", (double)(bench_now_ns() - start_ns) / (double)subject->count);
	print(subject, "lookup", time_lookup(subject, "instances", "i%lu", subject->count));
	print(subject, "list", time_list(subject, "instances"));
	measure_common(subject);
}

static void grow_processes(struct subject *subject)
{
	uint64_t start_ns;
	int end_fd;

	make_events(subject, 1);
	start_ns = bench_now_ns();
	end_fd = make_processes(subject);
	print(subject, "make", (double)(bench_now_ns() - start_ns) / (double)subject->count);
	measure_common(subject);
	close(end_fd);
	while (wait(NULL) > 0)
		;
}

/* "make" is making the buffers of the first event. */
static void grow_cpus(struct subject *subject)
{
	uint64_t start_ns;

	make_events(subject, 1);
	start_ns = bench_now_ns();
	write_file(subject, "events/g/event0/enable", "1");
	print(subject, "make", (double)(bench_now_ns() - start_ns) / (double)subject->count);
	measure_common(subject);
}

static const struct {
	const char *what;
	void (*grow)(struct subject *subject);
} kinds[] = {
	{"events", grow_events},
	{"instances", grow_instances},
	{"processes", grow_processes},
	{"cpus", grow_cpus},
};

int main(int argc, char **argv)
{
	struct subject subject = {.count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0};
	char why[UTFS_TRACE_WHY_BYTES];
	void (*grow)(struct subject * subject) = NULL;

	for (size_t i = 0; argc == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].what) == 0)
			grow = kinds[i].grow;
	}
	if (!grow || !subject.count)
		return 2;
	subject.what = argv[1];
	bench_pin();
	if (utfs_trace_open(NULL, &subject.trace, why))
		die("%s", why);
	subject.fs = utfs_trace_fs(subject.trace);
	grow(&subject);
	utfs_trace_close(subject.trace);
	free(subject.event);
	return 0;
}
