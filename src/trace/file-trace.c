/* SPDX-License-Identifier: MIT */
/*
 * trace and per_cpu/cpuN/trace, and the same for a snapshot (file-snapshot.c): what the buffers hold, as text, without consuming it. Read from the start it begins anew; a read
 * that goes on gets the next lines, however large the whole is: only what was not yet asked for lies in memory.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "trace/snapshot.h"

/* Text made in one go before it is looked at who wants how much of it. */
#define CHUNK_BYTES 65536

struct trace_handle {
	struct utfs_output *output;
	bool begun;	   /* the first read may be anywhere */
	off_t text_offset; /* in the file, of the first byte of output->text */
	uint64_t lines;	   /* events printed */
	bool annotate;
	bool ended;
	bool pausing;		/* it holds recording back */
	unsigned char *started; /* per CPU: its first event was printed */
	unsigned char record
		[UTFS_PAGE_BYTES]; /* latency-format: the event, while the next one is looked at */
};

static void trace_free(struct trace_handle *handle)
{
	utfs_output_free(handle->output);
	free(handle->started);
	free(handle);
}

int utfs_file_trace_open(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu,
			 enum utfs_which which, int flags, void **priv)
{
	struct trace_handle *handle = calloc(1, sizeof(*handle));
	int ret = handle ? 0 : -ENOMEM;

	if (!ret && (flags & O_ACCMODE) != O_WRONLY) {
		handle->started = calloc(1, trace->arena.nr_cpus);
		ret = handle->started ? utfs_output_create(trace, key, cpu, which, &handle->output)
				      : -ENOMEM;
	}
	if (!ret && handle->output && which == UTFS_MAIN &&
	    handle->output->state.options & UTFS_OPTION_BIT(UTFS_OPTION_PAUSE_ON_TRACE)) {
		ret = utfs_array_pause(trace, key, true);
		handle->pausing = !ret;
	}
	if (ret && handle) {
		trace_free(handle);
		handle = NULL;
	}
	*priv = handle;
	return ret;
}

static int all_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv)
{
	(void)req;
	return utfs_file_trace_open(ctx, key, UTFS_PIN_ALL_CPUS, UTFS_MAIN, flags, priv);
}

static int cpu_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req, int flags,
		    void **priv)
{
	(void)req;
	return utfs_file_trace_open(ctx, key, key.b, UTFS_MAIN, flags, priv);
}

void utfs_file_trace_release(void *priv)
{
	struct trace_handle *handle = priv;

	if (handle->pausing)
		(void)utfs_array_pause(handle->output->trace, handle->output->key, false);
	trace_free(handle);
}

static int trace_begin(struct trace_handle *handle)
{
	struct utfs_output *output = handle->output;
	struct utfs_merge_totals totals = {0};
	int ret = utfs_output_refresh(output);

	if (!ret && output->merge)
		ret = utfs_merge_iterate(output->merge, &totals);
	if (ret)
		return ret;
	output->text.len_bytes = 0;
	handle->text_offset = 0;
	handle->lines = 0;
	output->index = 0;
	handle->ended = false;
	handle->annotate =
		totals.overrun && output->state.options & UTFS_OPTION_BIT(UTFS_OPTION_ANNOTATE);
	handle->begun = true;
	memset(handle->started, 0, output->trace->arena.nr_cpus);
	if (output->which == UTFS_SNAPSHOT && !totals.entries)
		utfs_snapshot_help(output);
	else
		utfs_print_header(
			&output->text, &output->style, "nop",
			&(struct utfs_trace_totals){.entries = totals.entries,
						    .written = totals.written,
						    .nr_cpus = output->trace->arena.nr_cpus});
	return 0;
}

/* Where a CPU's events begin later than others', because what came before was overwritten. */
static void cpu_annotate(struct trace_handle *handle, uint32_t cpu)
{
	if (!handle->annotate || handle->started[cpu])
		return;
	handle->started[cpu] = 1;
	if (handle->lines)
		eventfs_text_printf(&handle->output->text, "##### CPU %u buffer started ####\n",
				    cpu);
}

/* Takes the event, and looks when the next one comes. Return: as utfs_merge_peek(). */
static int event_take(struct trace_handle *handle, struct utfs_merge_event *event,
		      uint64_t *next_time_stamp)
{
	struct utfs_output *output = handle->output;
	struct utfs_merge_event next;
	int ret = 1;

	*next_time_stamp = event->time_stamp;
	if (output->style.latency && event->bytes <= sizeof(handle->record)) {
		memcpy(handle->record, event->record, event->bytes);
		event->record = handle->record;
		utfs_merge_take(output->merge);
		ret = utfs_merge_peek(output->merge, &next);
		if (ret > 0)
			*next_time_stamp = next.time_stamp;
	}
	return ret;
}

/* Appends lines until there is `bytes` of text, or the end. */
static int trace_fill(struct trace_handle *handle, size_t bytes)
{
	struct utfs_output *output = handle->output;
	struct utfs_merge_event event;

	while (!handle->ended && output->text.len_bytes < bytes) {
		int ret = output->merge ? utfs_merge_peek(output->merge, &event) : 0;
		uint64_t next_time_stamp;

		if (ret < 0)
			return ret;
		if (!ret) {
			handle->ended = true;
			break;
		}
		cpu_annotate(handle, event.cpu);
		ret = event_take(handle, &event, &next_time_stamp);
		if (ret < 0)
			return ret;
		utfs_output_event(output, &event, next_time_stamp);
		if (event.record != handle->record)
			utfs_merge_take(output->merge);
		handle->lines++;
		if (output->text.error)
			return output->text.error;
	}
	return output->text.error;
}

ssize_t utfs_file_trace_read(void *priv, const struct eventfs_request *req, char *buf,
			     size_t size_bytes, off_t off)
{
	struct trace_handle *handle = priv;
	struct eventfs_text *text = &handle->output->text;
	size_t skip, n;
	int ret = 0;

	(void)req;
	if (!handle->begun || !off || off < handle->text_offset)
		ret = trace_begin(handle);
	/* What lies before the place is not kept. */
	while (!ret && off > handle->text_offset + (off_t)text->len_bytes && !handle->ended) {
		handle->text_offset += (off_t)text->len_bytes;
		text->len_bytes = 0;
		ret = trace_fill(handle, CHUNK_BYTES);
	}
	if (ret)
		return ret;
	skip = (size_t)(off - handle->text_offset);
	if (skip > text->len_bytes)
		return 0;
	/* What was read goes; who goes back a little still finds it. */
	if (skip >= CHUNK_BYTES) {
		memmove(text->data, text->data + skip, text->len_bytes - skip);
		text->len_bytes -= skip;
		handle->text_offset = off;
		skip = 0;
	}
	ret = trace_fill(handle, skip + size_bytes);
	if (ret)
		return ret;
	n = text->len_bytes - skip < size_bytes ? text->len_bytes - skip : size_bytes;
	if (n)
		memcpy(buf, text->data + skip, n);
	return (ssize_t)n;
}

/* Writing does nothing; opening with O_TRUNC clears. */
static ssize_t trace_write(void *priv, const struct eventfs_request *req, const char *buf,
			   size_t len_bytes, off_t off)
{
	(void)priv;
	(void)req;
	(void)buf;
	(void)off;
	return (ssize_t)len_bytes;
}

/* Times in latency-format are counted from here. */
static int time_start_set(struct utfs_trace *trace, struct eventfs_key key)
{
	struct utfs_instance *instance;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	instance = utfs_instance_at(&trace->arena, slot);
	utfs_tx_set(&trace->arena, &instance->time_start,
		    utfs_clock_read(&trace->arena, instance->clock & UTFS_CONFIG_CLOCK_MASK));
	return utfs_tx_end(&trace->arena, 0);
}

static int trace_clear(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(trace, key, &state);

	if (ret || state.recorder == UTFS_NO_RECORDER)
		return ret;
	ret = utfs_array_reset(trace, state.recorder, cpu, UTFS_MAIN);
	return ret || cpu != UTFS_PIN_ALL_CPUS ? ret : time_start_set(trace, key);
}

static int all_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	(void)req;
	return trace_clear(ctx, key, UTFS_PIN_ALL_CPUS);
}

static int cpu_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	(void)req;
	return trace_clear(ctx, key, key.b);
}

const struct eventfs_file_ops utfs_file_trace = {
	.open = all_open,
	.read = utfs_file_trace_read,
	.write = trace_write,
	.truncate_open = all_truncate,
	.release = utfs_file_trace_release,
};

const struct eventfs_file_ops utfs_file_cpu_trace = {
	.open = cpu_open,
	.read = utfs_file_trace_read,
	.write = trace_write,
	.truncate_open = cpu_truncate,
	.release = utfs_file_trace_release,
};
