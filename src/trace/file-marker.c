/* SPDX-License-Identifier: MIT */
/*
 * trace_marker: a line of text becomes a `print` record; trace_marker_raw: bytes become a `raw_data` record. It belongs to the
 * thread that wrote it and to the CPU on which that thread runs, also when it comes through another process (a mount).
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/internal.h"
#include "trace/print.h"

/* A `print` record: common fields, ip, text, newline, NUL. */
#define PRINT_TEXT_OFFSET 16
#define MARKER_TEXT_MAX	  (UTFS_RECORD_MAX - PRINT_TEXT_OFFSET - 2)

/* Reads a small file of /proc. Return: bytes, text is NUL-terminated; 0 on failure. */
static size_t proc_read(pid_t tid, const char *name, char *text, size_t bytes)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, bytes - 1);
		close(fd);
	}
	n = n < 0 ? 0 : n;
	text[n] = '\0';
	return (size_t)n;
}

/* What /proc says of the writer: its name, its process, the CPU it last ran on (-1: unknown). */
static int writer_describe(const struct utfs_trace *trace, pid_t tid)
{
	char text[1024], comm[17] = "";
	const char *open_paren, *at;
	pid_t tgid = tid;
	size_t n;
	int field;

	if (!proc_read(tid, "stat", text, sizeof(text)))
		return -1;
	/* "tid (comm) state ...": the name may hold anything, the last ')' ends it. */
	open_paren = strchr(text, '(');
	at = strrchr(text, ')');
	if (!open_paren || !at || at < open_paren)
		return -1;
	n = (size_t)(at - open_paren - 1);
	memcpy(comm, open_paren + 1, n < 15 ? n : 15);
	/* processor is the 39th field; ')' ends the second. */
	for (field = 2; at && field < 39; field++)
		at = strchr(at + 1, ' ');
	field = at ? (int)strtol(at, NULL, 10) : -1;
	if (proc_read(tid, "status", text, sizeof(text))) {
		const char *line = strstr(text, "\nTgid:");

		if (line)
			tgid = (pid_t)strtol(line + 6, NULL, 10);
	}
	utfs_cmdline_save(&trace->arena, tid, tgid, comm);
	return field;
}

/* Runs on a CPU for one record: a record lies in the buffer of the CPU that writes it. */
static bool record_write_on(const struct utfs_trace *trace, const struct utfs_writer *writer,
			    unsigned int recorder, int cpu, void *buffer, size_t bytes)
{
	cpu_set_t before, there;
	bool moved = false, written;

	if (cpu >= 0 && cpu < CPU_SETSIZE && cpu != sched_getcpu() &&
	    !sched_getaffinity(0, sizeof(before), &before)) {
		CPU_ZERO(&there);
		CPU_SET(cpu, &there);
		moved = !sched_setaffinity(0, sizeof(there), &there);
	}
	written = utfs_array_cpu_traced(trace, recorder, (uint32_t)sched_getcpu()) &&
		  utfs_ring_write(writer, recorder, buffer, bytes, NULL, 0);
	if (moved)
		sched_setaffinity(0, sizeof(before), &before);
	return written;
}

union record_buffer {
	uint64_t aligned;
	char bytes[UTFS_RECORD_HEADROOM + UTFS_RECORD_MAX + 8];
};

static char *record_of(union record_buffer *buffer)
{
	return buffer->bytes + UTFS_RECORD_HEADROOM;
}

/* Fills the common fields and writes. Return: 0; -EBADF nothing is recorded now; errno of utfs_writer_init(). */
static int record_write(struct utfs_trace *trace, unsigned int recorder, pid_t tid, uint16_t id,
			union record_buffer *buffer, size_t bytes)
{
	struct utfs_writer writer = {0};
	char *record = record_of(buffer);
	pid_t self = (pid_t)syscall(SYS_gettid);
	int cpu, ret = utfs_writer_init(&writer, &trace->arena, self);

	if (ret)
		return ret;
	if (!tid)
		tid = self;
	cpu = writer_describe(trace, tid);
	memset(record, 0, 8);
	memcpy(record, &id, sizeof(id));
	memcpy(record + 4, &(int32_t){tid}, 4);
	/* The record is rounded up to words: with zeroes. */
	memset(record + bytes, 0, 4);
	return record_write_on(trace, &writer, recorder, tid == self ? -1 : cpu, buffer->bytes,
			       bytes)
		       ? 0
		       : -EBADF;
}

/* Makes the buffers when this is the first thing to be recorded. */
static int recorder_ensure(struct utfs_trace *trace, struct eventfs_key key,
			   struct utfs_array_state *state)
{
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, utfs_ring_create(&trace->arena, slot));
	return ret ? ret : utfs_array_state_get(trace, key, state);
}

/* Return: 0 and *recorder; -EBADF tracing is off; errno of utfs_ring_create(). */
static int recorder_get(struct utfs_trace *trace, struct eventfs_key key, unsigned int *recorder)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(trace, key, &state);

	if (!ret && !state.tracing_on)
		ret = -EBADF;
	if (!ret && state.recorder == UTFS_NO_RECORDER)
		ret = recorder_ensure(trace, key, &state);
	*recorder = ret ? 0 : state.recorder;
	return ret;
}

static int markers_check(struct utfs_trace *trace, struct eventfs_key key)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(trace, key, &state);

	if (!ret && !(state.options & UTFS_OPTION_BIT(UTFS_OPTION_MARKERS)))
		ret = -EINVAL;
	return ret;
}

static ssize_t marker_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			    const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	union record_buffer buffer;
	char *text = record_of(&buffer) + PRINT_TEXT_OFFSET;
	size_t bytes = len_bytes < MARKER_TEXT_MAX ? len_bytes : MARKER_TEXT_MAX, end = bytes;
	unsigned int recorder;
	int ret = markers_check(trace, key);

	(void)off;
	if (ret || !bytes)
		return ret;
	ret = recorder_get(trace, key, &recorder);
	if (ret)
		return ret;
	memcpy(record_of(&buffer) + 8, &(uint64_t){UTFS_PRINT_IP_MARKER}, 8);
	memcpy(text, buf, bytes);
	if (text[bytes - 1] != '\n')
		text[end++] = '\n';
	text[end++] = '\0';
	ret = record_write(trace, recorder, req->tid, UTFS_PRINT_ID, &buffer,
			   PRINT_TEXT_OFFSET + end);
	return ret ? ret : (ssize_t)bytes;
}

const struct eventfs_file_ops utfs_file_trace_marker = {.store = marker_store};

/* What is written is a tag of 4 bytes and whatever the writer likes; it stays whole or is refused. */
#define RAW_TAG_BYTES 4
#define RAW_MAX	      (UTFS_RECORD_MAX - 8)

static ssize_t marker_raw_store(void *ctx, struct eventfs_key key,
				const struct eventfs_request *req, const char *buf,
				size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	union record_buffer buffer;
	unsigned int recorder;
	int ret = markers_check(trace, key);

	(void)off;
	if (!ret && (len_bytes < RAW_TAG_BYTES || len_bytes > RAW_MAX))
		ret = -EINVAL;
	if (!ret)
		ret = recorder_get(trace, key, &recorder);
	if (ret)
		return ret;
	memcpy(record_of(&buffer) + 8, buf, len_bytes);
	ret = record_write(trace, recorder, req->tid, UTFS_RAW_DATA_ID, &buffer, 8 + len_bytes);
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_trace_marker_raw = {.store = marker_raw_store};
