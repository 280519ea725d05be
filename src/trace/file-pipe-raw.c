/* SPDX-License-Identifier: MIT */
/*
 * per_cpu/cpuN/trace_pipe_raw: pages as they are, each given out once. A read smaller than a page gets the events that fit; the rest of a
 * page that was not asked for in one go comes with the next reads.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"

struct raw_handle {
	struct utfs_trace *trace;
	struct eventfs_key key;
	uint32_t recorder;
	size_t given; /* bytes of the page handed out; UTFS_PAGE_BYTES: none left */
	struct utfs_page page;
	struct utfs_page_copy copy;
};

static int raw_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv)
{
	struct raw_handle *handle = calloc(1, sizeof(*handle));

	(void)req;
	(void)flags;
	if (!handle)
		return -ENOMEM;
	handle->trace = ctx;
	handle->key = key;
	handle->recorder = UTFS_NO_RECORDER;
	handle->given = UTFS_PAGE_BYTES;
	*priv = handle;
	return 0;
}

/* An instance keeps the recorder it once got; until then there is nothing to read. */
static int raw_refresh(struct raw_handle *handle)
{
	struct utfs_array_state state;
	int ret;

	if (handle->recorder != UTFS_NO_RECORDER)
		return 0;
	ret = utfs_array_state_get(handle->trace, handle->key, &state);
	if (!ret)
		handle->recorder = state.recorder;
	return ret;
}

/* Cuts the copy down to the events that fit into `room` bytes of data. Return: events left. */
static uint64_t copy_cut(struct utfs_page_copy *copy, uint64_t room)
{
	struct utfs_event_iter iter;
	uint64_t end = copy->offset, entries = 0;

	if (copy->page.commit - copy->offset <= room)
		return copy->nr_entries;
	utfs_event_iter_init(&iter, copy);
	while (utfs_event_iter_next(&iter) && iter.next - copy->offset <= room) {
		end = iter.next;
		entries++;
	}
	copy->page.commit = end;
	copy->whole = false;
	return entries;
}

/* Takes the next page, or the part of it that fits. Return: 1; 0 it does not fit; -EAGAIN nothing there; other -errno. Reader mutex held. */
static int raw_take(struct raw_handle *handle, size_t size_bytes)
{
	const struct utfs_arena *arena = &handle->trace->arena;
	struct utfs_page_copy *copy = &handle->copy;
	struct utfs_cursor cursor;
	uint64_t entries, lost;
	int ret;

	utfs_reader_cursor(arena, handle->recorder, handle->key.b, &cursor);
	do {
		ret = utfs_reader_copy(arena, handle->recorder, handle->key.b, &cursor, copy);
	} while (ret == -EBADMSG);
	if (ret != 1)
		return ret && ret != -ENODEV ? ret : -EAGAIN;
	if (size_bytes <= UTFS_PAGE_HEADER_BYTES)
		return 0;
	entries = copy_cut(copy, size_bytes - UTFS_PAGE_HEADER_BYTES);
	if (!entries)
		return 0;
	lost = copy->lost;
	utfs_page_export(copy, &handle->page);
	utfs_cursor_advance(&cursor, copy, copy->page.commit, entries);
	utfs_reader_consume(arena, handle->recorder, handle->key.b, &cursor, entries, lost);
	handle->given = 0;
	return 1;
}

static bool raw_still_empty(const struct raw_handle *handle)
{
	const struct utfs_arena *arena = &handle->trace->arena;

	if (handle->recorder == UTFS_NO_RECORDER)
		return true;
	(void)utfs_ring_arm(arena, handle->recorder, handle->key.b);
	return !utfs_ring_has_data(arena, handle->recorder, handle->key.b);
}

/* Makes a page ready to be given. Return: as raw_take(). */
static int raw_fill(struct raw_handle *handle, size_t size_bytes)
{
	int ret = raw_refresh(handle);

	for (int look = 0; !ret && look < 2; look++) {
		if (handle->recorder == UTFS_NO_RECORDER)
			return -EAGAIN;
		ret = utfs_reader_lock(&handle->trace->arena, handle->recorder, handle->key.b);
		if (ret)
			return ret;
		ret = raw_take(handle, size_bytes);
		utfs_reader_unlock(&handle->trace->arena, handle->recorder, handle->key.b);
		if (ret == -EAGAIN && !look && !raw_still_empty(handle))
			ret = 0;
		else
			break;
	}
	return ret;
}

/* One page at the most, as in the kernel: clients take what a read returns for one page. */
static ssize_t raw_read(void *priv, const struct eventfs_request *req, char *buf, size_t size_bytes,
			off_t off)
{
	struct raw_handle *handle = priv;
	size_t n;
	int ret = handle->given < UTFS_PAGE_BYTES ? 1 : raw_fill(handle, size_bytes);

	(void)req;
	(void)off;
	if (ret <= 0)
		return ret;
	n = UTFS_PAGE_BYTES - handle->given;
	if (n > size_bytes)
		n = size_bytes;
	memcpy(buf, (const char *)&handle->page + handle->given, n);
	handle->given += n;
	return (ssize_t)n;
}

static short raw_poll(void *priv)
{
	struct raw_handle *handle = priv;

	if (handle->given < UTFS_PAGE_BYTES)
		return POLLIN | POLLRDNORM;
	return !raw_refresh(handle) && !raw_still_empty(handle) ? POLLIN | POLLRDNORM : 0;
}

const struct eventfs_file_ops utfs_file_cpu_trace_pipe_raw = {
	.open = raw_open,
	.read = raw_read,
	.poll = raw_poll,
	.release = free,
};
