/* SPDX-License-Identifier: MIT */
/*
 * trace_pipe and per_cpu/cpuN/trace_pipe: events as text, each given out once. One reader at a time: who opens it claims the CPUs, in
 * the arena, so that other front ends see the claim and a dead reader's claim ends.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "trace/output.h"

struct pipe_handle {
	struct utfs_output *output;
	size_t given;  /* bytes of output->text handed out */
	bool consumed; /* anything was read: an end of tracing is an end of the file */
	char *page;    /* of a front end's page cache, the last one; NULL: none was asked for */
	off_t page_off;
};

static int pipe_open(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu, void **priv)
{
	struct pipe_handle *handle = calloc(1, sizeof(*handle));
	int ret = handle ? utfs_pin_take(&trace->arena, key.a, UTFS_PIN_PIPE, cpu) : -ENOMEM;

	if (!ret) {
		ret = utfs_output_create(trace, key, cpu, UTFS_MAIN, &handle->output);
		if (ret)
			(void)utfs_pin_drop(&trace->arena, key.a, UTFS_PIN_PIPE, cpu);
	}
	if (ret) {
		free(handle);
		handle = NULL;
	}
	*priv = handle;
	return ret;
}

static int all_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv)
{
	(void)req;
	(void)flags;
	return pipe_open(ctx, key, UTFS_PIN_ALL_CPUS, priv);
}

static int cpu_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv)
{
	(void)req;
	(void)flags;
	return pipe_open(ctx, key, key.b, priv);
}

static void pipe_release(void *priv)
{
	struct pipe_handle *handle = priv;
	struct utfs_output *output = handle->output;

	(void)utfs_pin_drop(&output->trace->arena, output->key.a, UTFS_PIN_PIPE, output->cpu);
	utfs_output_free(output);
	free(handle->page);
	free(handle);
}

/*
 * Formats events until there is `bytes` of text. What is formatted is consumed, so no more is than was asked for: the text left over
 * is at most part of a line. Holds the reader mutexes, which come last in the lock order: an event whose plan has to be made first ends it.
 * Return: 0, negative errno; 1 and *wanted: make this event's plan and come again.
 */
static int pipe_fill_some(struct pipe_handle *handle, size_t bytes, uint32_t *wanted)
{
	struct utfs_output *output = handle->output;
	struct utfs_merge_event event;
	int ret = utfs_merge_consume(output->merge);

	if (ret)
		return ret == -ENODEV ? 0 : ret;
	while (output->text.len_bytes < bytes) {
		size_t before = output->text.len_bytes;

		ret = utfs_merge_peek(output->merge, &event);
		if (ret <= 0)
			break;
		*wanted = utfs_output_event_id(&event);
		if (!utfs_plans_has(output->plans, *wanted))
			break;
		utfs_output_event(output, &event, event.time_stamp);
		ret = output->text.error;
		if (ret) {
			/* Not printed, so not taken: it is there for the next read. */
			output->text.len_bytes = before;
			output->text.error = 0;
			break;
		}
		utfs_merge_take(output->merge);
		ret = 0;
	}
	utfs_merge_consumed(output->merge);
	return ret;
}

static int pipe_fill(struct pipe_handle *handle, size_t bytes)
{
	struct utfs_output *output = handle->output;
	uint32_t wanted = 0;
	int ret;

	output->index = 1; /* of each read, as in the kernel */
	while ((ret = pipe_fill_some(handle, bytes, &wanted)) == 1) {
		(void)utfs_plans_get(output->plans, output->trace, wanted);
		if (!utfs_plans_has(output->plans, wanted))
			return -ENOMEM;
	}
	return ret;
}

/* Nothing there. Without buffers nobody can write: who makes them counts the sequence up. */
static bool pipe_still_empty(const struct utfs_output *output)
{
	return !output->merge || utfs_merge_still_empty(output->merge);
}

static ssize_t pipe_read_text(struct pipe_handle *handle, const struct eventfs_request *req,
			      char *buf, size_t size_bytes)
{
	struct utfs_output *output = handle->output;
	struct eventfs_text *text = &output->text;
	size_t n;

	if (handle->given == text->len_bytes) {
		int ret = utfs_output_refresh(output);

		handle->given = text->len_bytes = 0;
		/* Pages that do not hold together may look like data that never comes: two looks, then it is the waiter's turn. */
		for (int look = 0; look < 2 && !text->len_bytes; look++) {
			if (!ret && output->merge)
				ret = pipe_fill(handle, size_bytes);
			if (ret < 0)
				return ret;
			if (!text->len_bytes && pipe_still_empty(output))
				break;
		}
	}
	n = text->len_bytes - handle->given < size_bytes ? text->len_bytes - handle->given
							 : size_bytes;
	if (!n) {
		/* As in the kernel: when tracing was turned off, a reader that has seen something is at the end. */
		return !req->nonblock && !output->state.tracing_on && handle->consumed ? 0
										       : -EAGAIN;
	}
	memcpy(buf, text->data + handle->given, n);
	handle->given += n;
	handle->consumed = true;
	return (ssize_t)n;
}

/* Text for a whole page, or what there is: the last line is made as long as it takes. */
static ssize_t page_fill(struct pipe_handle *handle, const struct eventfs_request *req)
{
	size_t filled = 0;
	ssize_t n;

	do {
		n = pipe_read_text(handle, req, handle->page + filled, UTFS_PAGE_BYTES - filled);
		if (n > 0)
			filled += (size_t)n;
	} while (n > 0 && filled < UTFS_PAGE_BYTES);
	if (!filled)
		return n ? n : -ENODATA;
	if (filled < UTFS_PAGE_BYTES) {
		memset(handle->page + filled - 1, ' ', UTFS_PAGE_BYTES - filled);
		handle->page[UTFS_PAGE_BYTES - 1] = '\n';
	}
	return UTFS_PAGE_BYTES;
}

/* splice, by way of a front end's page cache: always a page, and one that was thrown out of the cache unseen comes again. */
static ssize_t pipe_read_page(struct pipe_handle *handle, const struct eventfs_request *req,
			      char *buf, size_t size_bytes, off_t off)
{
	ssize_t n;

	if (size_bytes < UTFS_PAGE_BYTES || off < 0)
		return -EINVAL;
	if (!handle->page) {
		handle->page = malloc(UTFS_PAGE_BYTES);
		handle->page_off = -1;
		if (!handle->page)
			return -ENOMEM;
	}
	if (off != handle->page_off) {
		handle->page_off = -1;
		n = page_fill(handle, req);
		if (n < 0)
			return n;
		handle->page_off = off;
	}
	memcpy(buf, handle->page, UTFS_PAGE_BYTES);
	return UTFS_PAGE_BYTES;
}

static ssize_t pipe_read(void *priv, const struct eventfs_request *req, char *buf,
			 size_t size_bytes, off_t off)
{
	return req->for_cache ? pipe_read_page(priv, req, buf, size_bytes, off)
			      : pipe_read_text(priv, req, buf, size_bytes);
}

static short pipe_poll(void *priv)
{
	struct pipe_handle *handle = priv;
	struct utfs_output *output = handle->output;
	bool ready = handle->given < output->text.len_bytes;

	if (ready || utfs_output_refresh(output))
		goto out;
	/* As in the kernel: one CPU's reader is woken by buffer_percent, who reads all of them by anything. */
	if (output->state.options & UTFS_OPTION_BIT(UTFS_OPTION_BLOCK))
		ready = true;
	else if (output->merge && output->cpu != UTFS_PIN_ALL_CPUS && output->state.buffer_percent)
		ready = utfs_array_is_full(output->trace, &output->state, output->cpu);
	else
		ready = !pipe_still_empty(output);
out:
	return ready ? POLLIN | POLLRDNORM : 0;
}

const struct eventfs_file_ops utfs_file_trace_pipe = {
	.open = all_open,
	.read = pipe_read,
	.poll = pipe_poll,
	.release = pipe_release,
};

const struct eventfs_file_ops utfs_file_cpu_trace_pipe = {
	.open = cpu_open,
	.read = pipe_read,
	.poll = pipe_poll,
	.release = pipe_release,
};
