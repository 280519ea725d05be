/* SPDX-License-Identifier: MIT */
/*
 * per_cpu/cpuN/trace_pipe_raw, and snapshot_raw, the same of a snapshot: pages as they are, each given out once. A read smaller than a page gets the events that fit; the rest of a
 * page that was not asked for in one go comes with the next reads. A front end's page cache (splice) gets whole pages, by their place.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"

/* A page (subbuffer) as it is handed out. */
struct raw_page {
	struct utfs_page *page; /* NULL: there was none yet */
	size_t bytes;		/* 0: none is there */
	size_t room;
};

struct raw_handle {
	struct utfs_trace *trace;
	struct eventfs_key key;
	uint32_t recorder;
	enum utfs_which which;
	uint64_t position; /* bytes handed out to read(2) */
	size_t given;	   /* bytes of the page handed out */
	struct raw_page page;
	bool whole_only;  /* leave the page alone that is being written */
	off_t cached_off; /* where cached_page lies in the front end's page cache */
	struct raw_page cached_page;
	struct utfs_page_copy copy;
};

static int raw_open(struct utfs_trace *trace, struct eventfs_key key, enum utfs_which which,
		    void **priv)
{
	struct raw_handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return -ENOMEM;
	handle->trace = trace;
	handle->key = key;
	handle->which = which;
	handle->recorder = UTFS_NO_RECORDER;
	*priv = handle;
	return 0;
}

static int main_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
		     int flags, void **priv)
{
	(void)req;
	(void)flags;
	return raw_open(ctx, key, UTFS_MAIN, priv);
}

static int snapshot_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			 int flags, void **priv)
{
	(void)req;
	(void)flags;
	return raw_open(ctx, key, UTFS_SNAPSHOT, priv);
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

static unsigned int raw_side(const struct raw_handle *handle)
{
	return utfs_ring_side(&handle->trace->arena, handle->recorder, handle->key.b,
			      handle->which);
}

/* Room for a page of the copy's order. Return: 0, -ENOMEM. */
static int raw_page_fit(struct raw_page *page, const struct utfs_page_copy *copy)
{
	size_t bytes = (size_t)UTFS_PAGE_BYTES << copy->order;
	struct utfs_page *larger;

	page->bytes = 0;
	if (page->room < bytes) {
		larger = realloc(page->page, bytes);
		if (!larger)
			return -ENOMEM;
		page->page = larger;
		page->room = bytes;
	}
	return 0;
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

/* buffer_percent of the instance. It cannot go while we have it open. */
static unsigned int raw_percent(const struct raw_handle *handle)
{
	uint64_t percent = 0;
	uint32_t slot;

	if (utfs_trace_begin(handle->trace, handle->key, &slot))
		return 0;
	percent = utfs_instance_at(&handle->trace->arena, slot)->buffer_percent;
	(void)utfs_tx_end(&handle->trace->arena, 0);
	return percent < 100 ? (unsigned int)percent : 100;
}

/*
 * Nothing to take: what was passed by (pages without an event that is still to be read) is not passed again, or poll would call them
 * something to read. Reader mutex held.
 */
static int raw_take_none(const struct raw_handle *handle, const struct utfs_cursor *before,
			 const struct utfs_cursor *cursor)
{
	if (cursor->sequence != before->sequence)
		utfs_reader_consume(&handle->trace->arena, handle->recorder, handle->key.b, cursor,
				    0, 0);
	return -EAGAIN;
}

/* Takes the next page, or the part of it that fits. Return: 1; 0 it does not fit; -EAGAIN nothing there; other -errno. Reader mutex held. */
static int raw_take(struct raw_handle *handle, struct raw_page *page, size_t size_bytes)
{
	const struct utfs_arena *arena = &handle->trace->arena;
	struct utfs_page_copy *copy = &handle->copy;
	struct utfs_cursor before, cursor;
	uint64_t entries, lost;
	int ret;

	utfs_reader_cursor(arena, handle->recorder, handle->key.b, raw_side(handle), &cursor);
	before = cursor;
	do {
		ret = utfs_reader_copy(arena, handle->recorder, handle->key.b, &cursor, copy);
	} while (ret == -EBADMSG);
	if (ret < 0)
		return ret == -ENODEV ? -EAGAIN : ret;
	if (!ret || (handle->whole_only && !copy->whole))
		return raw_take_none(handle, &before, &cursor);
	if (size_bytes <= UTFS_PAGE_HEADER_BYTES)
		return 0;
	ret = raw_page_fit(page, copy);
	if (ret)
		return ret;
	entries = copy_cut(copy, size_bytes - UTFS_PAGE_HEADER_BYTES);
	if (!entries)
		return 0;
	lost = copy->lost;
	utfs_page_export(copy, page->page);
	page->bytes = (size_t)UTFS_PAGE_BYTES << copy->order;
	utfs_cursor_advance(&cursor, copy, copy->page.commit, entries);
	utfs_reader_consume(arena, handle->recorder, handle->key.b, &cursor, entries, lost);
	return 1;
}

static bool raw_still_empty(const struct raw_handle *handle)
{
	const struct utfs_arena *arena = &handle->trace->arena;

	if (handle->recorder == UTFS_NO_RECORDER)
		return true;
	(void)utfs_ring_arm(arena, handle->recorder, handle->key.b);
	return !utfs_ring_has_data(arena, handle->recorder, handle->key.b, raw_side(handle));
}

/* Makes a page ready to be given. Return: as raw_take(). */
static int raw_fill(struct raw_handle *handle, struct raw_page *page, size_t size_bytes)
{
	int ret = raw_refresh(handle);

	for (int look = 0; !ret && look < 2; look++) {
		if (handle->recorder == UTFS_NO_RECORDER)
			return -EAGAIN;
		ret = utfs_reader_lock(&handle->trace->arena, handle->recorder, handle->key.b);
		if (ret)
			return ret;
		ret = raw_take(handle, page, size_bytes);
		utfs_reader_unlock(&handle->trace->arena, handle->recorder, handle->key.b);
		if (ret == -EAGAIN && !look && !handle->whole_only && !raw_still_empty(handle))
			ret = 0;
		else
			break;
	}
	return ret;
}

/*
 * splice, by way of a front end's page cache, which asks for 4 KiB at a time: `off` is a place in an endless file. As in the kernel, only pages that the writer
 * has left are given, unless the instance's readers are not to wait for any (buffer_percent 0). A page that was thrown out of the
 * cache before anybody saw it is asked for again.
 */
static ssize_t raw_read_cached(struct raw_handle *handle, char *buf, size_t size_bytes, off_t off)
{
	struct raw_page *cached = &handle->cached_page;
	int ret;

	if (size_bytes < UTFS_PAGE_BYTES || off < 0 || off % UTFS_PAGE_BYTES ||
	    handle->position % UTFS_PAGE_BYTES)
		return -EINVAL;
	if (off < handle->cached_off || off - handle->cached_off >= (off_t)cached->bytes) {
		cached->bytes = 0;
		handle->whole_only = raw_percent(handle) != 0;
		ret = raw_fill(handle, cached, UTFS_PAGE_BYTES << UTFS_PAGE_ORDER_MAX);
		handle->whole_only = false;
		handle->cached_off = off;
		if (ret <= 0)
			return ret;
	}
	memcpy(buf, (const char *)cached->page + (off - handle->cached_off), UTFS_PAGE_BYTES);
	return UTFS_PAGE_BYTES;
}

/*
 * Pages that the writer has left, as many as there are and as fit, each copied once, to where it is to be. They are consumed together: who is killed
 * meanwhile has taken none. Reader mutex held. Return: bytes, -ENOMEM.
 */
static ssize_t raw_take_whole(struct raw_handle *handle, char *buf, size_t size_bytes)
{
	const struct utfs_arena *arena = &handle->trace->arena;
	struct utfs_page_copy *copy = &handle->copy;
	uint64_t entries = 0, lost = 0;
	struct utfs_cursor before, cursor;
	size_t n = 0;
	int ret = 1;

	utfs_reader_cursor(arena, handle->recorder, handle->key.b, raw_side(handle), &before);
	cursor = before;
	while (ret == 1 && size_bytes - n >= UTFS_PAGE_BYTES) {
		copy->into = (struct utfs_page *)(void *)(buf + n);
		copy->into_bytes = size_bytes - n;
		do {
			ret = utfs_reader_copy(arena, handle->recorder, handle->key.b, &cursor,
					       copy);
		} while (ret == -EBADMSG);
		if (ret != 1 || !copy->whole || copy->data != copy->into->data)
			break;
		utfs_page_export(copy, copy->into);
		entries += copy->nr_entries;
		lost += copy->lost;
		utfs_cursor_advance(&cursor, copy, copy->page.commit, copy->nr_entries);
		n += (size_t)UTFS_PAGE_BYTES << copy->order;
	}
	copy->into = NULL;
	if (cursor.sequence != before.sequence)
		utfs_reader_consume(arena, handle->recorder, handle->key.b, &cursor, entries, lost);
	return n || ret != -ENOMEM ? (ssize_t)n : ret;
}

/* Return: bytes, 0 there is no such page, -errno. */
static ssize_t raw_read_whole(struct raw_handle *handle, char *buf, size_t size_bytes)
{
	ssize_t n = raw_refresh(handle);

	if (n || handle->recorder == UTFS_NO_RECORDER || size_bytes < UTFS_PAGE_BYTES ||
	    (uintptr_t)buf % _Alignof(struct utfs_page))
		return n;
	n = utfs_reader_lock(&handle->trace->arena, handle->recorder, handle->key.b);
	if (!n) {
		n = raw_take_whole(handle, buf, size_bytes);
		utfs_reader_unlock(&handle->trace->arena, handle->recorder, handle->key.b);
	}
	return n;
}

/* The next page, also one that is being written, or the part of it that fits. */
static ssize_t raw_read_page(struct raw_handle *handle, char *buf, size_t size_bytes)
{
	size_t n;
	int ret = 1;

	if (handle->given >= handle->page.bytes) {
		handle->given = handle->page.bytes = 0;
		ret = raw_fill(handle, &handle->page, size_bytes);
	}
	if (ret <= 0)
		return ret;
	n = handle->page.bytes - handle->given;
	if (n > size_bytes)
		n = size_bytes;
	memcpy(buf, (const char *)handle->page.page + handle->given, n);
	handle->given += n;
	return (ssize_t)n;
}

/*
 * Clients take what a read returns for one page, and ask for so much; who asks for more gets as many as there are. The kernel gives one whatever is
 * asked for; through a mount each read costs a round trip.
 */
static ssize_t raw_read(void *priv, const struct eventfs_request *req, char *buf, size_t size_bytes,
			off_t off)
{
	struct raw_handle *handle = priv;
	ssize_t n = 0;

	if (req->for_cache)
		return raw_read_cached(handle, buf, size_bytes, off);
	if (handle->given >= handle->page.bytes)
		n = raw_read_whole(handle, buf, size_bytes);
	if (!n && req->whole)
		n = -EAGAIN;
	else if (!n)
		n = raw_read_page(handle, buf, size_bytes);
	if (n > 0)
		handle->position += (uint64_t)n;
	return n;
}

static void raw_release(void *priv)
{
	struct raw_handle *handle = priv;

	utfs_page_copy_fini(&handle->copy);
	free(handle->page.page);
	free(handle->cached_page.page);
	free(handle);
}

static short raw_poll(void *priv)
{
	struct raw_handle *handle = priv;
	struct utfs_array_state state;
	bool ready;

	if (handle->given < handle->page.bytes)
		return POLLIN | POLLRDNORM;
	if (utfs_array_state_get(handle->trace, handle->key, &state))
		return 0;
	handle->recorder = state.recorder;
	if (state.options & UTFS_OPTION_BIT(UTFS_OPTION_BLOCK))
		ready = true;
	else if (state.recorder == UTFS_NO_RECORDER)
		ready = false;
	else if (state.buffer_percent)
		ready = utfs_array_is_full(handle->trace, &state, handle->key.b);
	else
		ready = !raw_still_empty(handle);
	return ready ? POLLIN | POLLRDNORM : 0;
}

const struct eventfs_file_ops utfs_file_cpu_trace_pipe_raw = {
	.open = main_open,
	.read = raw_read,
	.poll = raw_poll,
	.release = raw_release,
};

/* As in the kernel, poll does not wait for a snapshot. */
const struct eventfs_file_ops utfs_file_cpu_snapshot_raw = {
	.open = snapshot_open,
	.read = raw_read,
	.release = raw_release,
};
