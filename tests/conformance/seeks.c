/* SPDX-License-Identifier: MIT */
/* trace_pipe_raw (read, splice, mmap), ioctl, and positions: lseek, pread, pwrite, fsync and their like. */
#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW "per_cpu/cpu0/trace_pipe_raw"

static const char *number(ssize_t value)
{
	return value < 0 ? errno_name() : words("%zd", value);
}

static int open_raw(bool with_event)
{
	close(open(at("trace"), O_WRONLY | O_TRUNC));
	if (with_event)
		put("trace_marker", O_WRONLY, "hello");
	return open(at(RAW), O_RDONLY | O_NONBLOCK);
}

static void fact_raw_reads(size_t bytes)
{
	char page[16384];
	int fd = open_raw(true);
	const char *first = number(read(fd, page, bytes));
	const char *second = number(read(fd, page, bytes));
	const char *third = number(read(fd, page, bytes));

	fact(words("read " RAW ", one event, %zu bytes, three times", bytes), "%s %s %s", first,
	     second, third);
	close(fd);
}

static void fact_raw_splice(size_t bytes, bool with_event)
{
	int fd = open_raw(with_event);
	int ends[2] = {-1, -1};

	if (!pipe(ends))
		fact(words("splice " RAW ", %s, %zu bytes", with_event ? "one event" : "empty",
			   bytes),
		     "%s", number(splice(fd, NULL, ends[1], NULL, bytes, SPLICE_F_NONBLOCK)));
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

static void fact_ioctl(const char *path, int flags)
{
	int fd = open(at(path), flags | O_NONBLOCK);

	fact_rc(words("ioctl 0x1234 of %s", path), ioctl(fd, 0x1234, 0));
	close(fd);
}

static void probe_raw_poll(void)
{
	struct pollfd entry = {.fd = open_raw(false), .events = POLLIN};
	char page[4096];
	int rc = poll(&entry, 1, 200);

	fact("poll " RAW ", empty", "%d %x", rc, (unsigned int)entry.revents);
	fact("read " RAW ", empty", "%s", number(read(entry.fd, page, sizeof(page))));
	fact("read " RAW ", empty, 100 bytes", "%s", number(read(entry.fd, page, 100)));
	close(entry.fd);
	put("buffer_percent", O_WRONLY, "0");
	entry.fd = open_raw(true);
	rc = poll(&entry, 1, 200);
	fact("poll " RAW ", one event, buffer_percent 0", "%d %x", rc, (unsigned int)entry.revents);
	close(entry.fd);
	put("buffer_percent", O_WRONLY, "50");
}

static void fact_mmap(const char *what, int fd, int flags, int protection, size_t bytes)
{
	void *at_page = mmap(NULL, bytes, protection, flags, fd, 0);

	fact(what, "%s", at_page == MAP_FAILED ? errno_name() : "OK");
	if (at_page != MAP_FAILED)
		munmap(at_page, bytes);
}

static void probe_raw_mmap(void)
{
	int fd = open(at(RAW), O_RDONLY | O_NONBLOCK);

	fact_mmap("mmap " RAW " for reading", fd, MAP_SHARED, PROT_READ, 4096);
	fact_mmap("mmap " RAW " for writing", fd, MAP_SHARED, PROT_READ | PROT_WRITE, 4096);
	fact_mmap("mmap " RAW " of 1 GiB", fd, MAP_SHARED, PROT_READ, 1UL << 30);
	close(fd);
}

void probe_raw(void)
{
	static const size_t reads[] = {4096, 8192, 4095, 100, 16, 1};
	static const size_t splices[] = {4096, 8192, 100, 5000};

	for (size_t i = 0; i < COUNT(reads); i++)
		fact_raw_reads(reads[i]);
	for (size_t i = 0; i < COUNT(splices); i++)
		fact_raw_splice(splices[i], true);
	fact_raw_splice(4096, false);
	probe_raw_poll();
	probe_raw_mmap();
	fact_ioctl(RAW, O_RDONLY);
	fact_ioctl("trace", O_RDONLY);
	fact_ioctl("tracing_on", O_RDONLY);
	fact_ioctl("trace_marker", O_WRONLY);
}

static void fact_seek(const char *path, int fd, const char *from, off_t offset, int whence)
{
	fact(words("lseek %s %s %lld", path, from, (long long)offset), "%s",
	     fd < 0 ? "no such file" : number(lseek(fd, offset, whence)));
}

static void fact_seeks(const char *path)
{
	int fd = open(at(path), (strcmp(path, "trace_marker") ? O_RDONLY : O_WRONLY) | O_NONBLOCK);

	fact_seek(path, fd, "SET", 0, SEEK_SET);
	fact_seek(path, fd, "SET", 5, SEEK_SET);
	fact_seek(path, fd, "SET", -1, SEEK_SET);
	fact_seek(path, fd, "END", 0, SEEK_END);
	if (fd >= 0)
		close(fd);
}

static void fact_pread(const char *path, size_t bytes, off_t offset)
{
	char text[64] = "";
	int fd = open(at(path), O_RDONLY);
	ssize_t got = pread(fd, text, bytes, offset);

	fact(words("pread %s, %zu bytes at %lld", path, bytes, (long long)offset), "'%s'",
	     got < 0 ? errno_name() : text);
	close(fd);
}

static void probe_positions(void)
{
	static const char *const files[] = {
		"trace",
		"trace_pipe",
		RAW,
		"trace_marker",
		"tracing_on",
		EVENT_DIR "/enable",
		EVENT_DIR "/filter",
		EVENT_DIR "/format",
		EVENT_DIR "/id",
		EVENT_DIR "/trigger",
		"set_event",
		"set_event_pid",
		"trace_clock",
		"buffer_size_kb",
		"error_log",
		"trace_options",
		"options/overwrite",
		"current_tracer",
		"available_tracers",
		"per_cpu/cpu0/stats",
		"tracing_cpumask",
		"timestamp_mode",
		"/README",
	};

	for (size_t i = 0; i < COUNT(files); i++)
		fact_seeks(files[i]);
	fact_pread("tracing_on", 8, 0);
	fact_pread("tracing_on", 8, 1);
	fact_pread("tracing_on", 8, 100);
	fact_pread("tracing_on", 8, -1);
	fact_pread(EVENT_DIR "/enable", 8, 1);
	fact_pread("trace_clock", 4, 3);
	fact_pread(EVENT_DIR "/filter", 8, 2);
	fact_pread(EVENT_DIR "/format", 12, 6);
	fact_pread("trace", 8, 2);
	fact_pread("trace_pipe", 8, 0);
}

static void probe_descriptor(void)
{
	char text[16] = "";
	int fd = open(at("tracing_on"), O_RDWR);
	const char *first = number(read(fd, text, sizeof(text)));
	const char *second = number(read(fd, text, sizeof(text)));

	fact("read tracing_on, twice", "%s %s", first, second);
	lseek(fd, 0, SEEK_SET);
	fact("read tracing_on, 1 byte", "%s", number(read(fd, text, 1)));
	fact("read tracing_on, the rest", "%s", number(read(fd, text, sizeof(text))));
	fact("write tracing_on, at the end", "%s", number(write(fd, "1", 1)));
	fact("write tracing_on, again", "%s", number(write(fd, "1", 1)));
	fact("pwrite tracing_on at 10", "%s", number(pwrite(fd, "1", 1, 10)));
	fact_rc("fsync tracing_on", fsync(fd));
	fact_rc("flock tracing_on", flock(fd, LOCK_EX | LOCK_NB));
	fact_rc("ftruncate tracing_on", ftruncate(fd, 0));
	fact("posix_fallocate tracing_on", "%s", strerrorname_np(posix_fallocate(fd, 0, 10)));
	fact_mmap("mmap tracing_on", fd, MAP_SHARED, PROT_READ, 4096);
	fact_mmap("mmap tracing_on, private", fd, MAP_PRIVATE, PROT_READ, 4096);
	close(fd);
	fd = open(at("trace_marker"), O_WRONLY);
	fact("pwrite trace_marker at 10", "%s", number(pwrite(fd, "x", 1, 10)));
	close(fd);
}

static void fact_sendfile(const char *path)
{
	int fd = open(at(path), O_RDONLY | O_NONBLOCK);
	int ends[2];

	if (!pipe(ends)) {
		fact(words("sendfile %s", path), "%s",
		     sendfile(ends[1], fd, NULL, 10) < 0 ? errno_name() : "OK");
		close(ends[0]);
		close(ends[1]);
	}
	close(fd);
}

void probe_seeks(void)
{
	probe_positions();
	probe_descriptor();
	fact_sendfile("/README");
	fact_sendfile("tracing_on");
	fact_sendfile("trace");
}
