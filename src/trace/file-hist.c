/* SPDX-License-Identifier: MIT */
/*
 * events/SYSTEM/EVENT/hist and hist_debug: the event's histograms. What they have counted is copied with the lock held, sorted and put
 * into words without it. poll says whether there is more than the handle has read.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist.h"
#include "trace/symbols.h"
#include "trace/trigger.h"

struct hist_handle {
	struct utfs_trace *trace;
	struct eventfs_key key;
	struct eventfs_text text; /* what is being read */
	bool read;		  /* there is one */
	uint64_t last_read;	  /* hits when it was made */
	uint64_t last_told;	  /* hits that POLLPRI need not tell of */
};

/* One histogram, copied. */
struct hist_copy {
	struct utfs_hist_plan *plan;
	struct utfs_hist_copy map;
};

struct hist_copies {
	unsigned int n;
	struct hist_copy list[UTFS_MAX_TRIGGERS];
};

static void copies_free(struct hist_copies *copies)
{
	for (unsigned int i = 0; i < copies->n; i++) {
		free(copies->list[i].plan);
		free(copies->list[i].map.elements);
	}
}

/* The event's triggers. Return: 0 and *list (NULL: none); -ENODEV. */
static int list_get(struct utfs_trace *trace, struct eventfs_key key, uint32_t slot,
		    const struct utfs_trigger_list **list) UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t recorder = utfs_instance_at(&trace->arena, slot)->recorder;
	uint32_t id;

	*list = NULL;
	if (utfs_event_of_key(trace, key, &id))
		return -ENODEV;
	if (recorder && recorder <= UTFS_MAX_RECORDERS)
		*list = utfs_triggers_get(&trace->arena, id, (unsigned int)recorder - 1);
	return 0;
}

static int copy_make(const struct utfs_arena *arena, uint64_t reference, void *arg)
{
	struct hist_copies *copies = arg;
	struct hist_copy *copy = &copies->list[copies->n];
	const struct utfs_hist_plan *plan;
	struct utfs_hist_view view;
	uint64_t bytes;

	plan = utfs_hist_plan_get(arena, reference, &bytes);
	if (!plan || !utfs_hist_view_get(arena, plan->map, &view))
		return 0;
	copy->plan = malloc(bytes);
	if (!copy->plan)
		return -ENOMEM;
	memcpy(copy->plan, plan, bytes);
	/* As long as what was looked at. */
	copy->plan->bytes = (uint32_t)bytes;
	copies->n++;
	return utfs_hist_copy_map(&view, &copy->map);
}

/* Of one of an event's histograms. Return: 0, or a negative errno, which ends the walk. */
typedef int (*hist_fn)(const struct utfs_arena *arena, uint64_t reference, void *arg);

/* Calls look for each histogram of the event, with the lock held. Return: 0, or the first error. */
static int hists_each(struct utfs_trace *trace, struct eventfs_key key, hist_fn look, void *arg)
{
	const struct utfs_trigger_list *list;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	ret = list_get(trace, key, slot, &list);
	for (uint32_t i = 0; !ret && list && i < list->nr_triggers; i++)
		if (list->triggers[i].kind == UTFS_TRIGGER_HIST)
			ret = look(&trace->arena, list->triggers[i].operands[0], arg);
	return utfs_tx_end(&trace->arena, ret);
}

/* How much the event's histograms have counted. */
struct hits {
	uint64_t nr;
	bool arm; /* who counts next wakes who polls */
};

static int hits_add(const struct utfs_arena *arena, uint64_t reference, void *arg)
{
	struct hits *hits = arg;
	struct utfs_hist_view view;
	uint64_t bytes;
	const struct utfs_hist_plan *plan = utfs_hist_plan_get(arena, reference, &bytes);

	if (!plan || !utfs_hist_view_get(arena, plan->map, &view))
		return 0;
	if (hits->arm)
		utfs_ring_arm_word(&view.map->waiters);
	hits->nr += utfs_hist_hits(&view);
	return 0;
}

static int hist_open(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
		     int flags, void **priv)
{
	struct hist_handle *handle = calloc(1, sizeof(*handle));
	struct hits hits = {0};
	int ret;

	(void)req;
	(void)flags;
	if (!handle)
		return -ENOMEM;
	handle->trace = ctx;
	handle->key = key;
	ret = hists_each(ctx, key, hits_add, &hits);
	if (ret) {
		free(handle);
	} else {
		handle->last_told = hits.nr;
		*priv = handle;
	}
	return ret;
}

static int text_make(struct hist_handle *handle)
{
	struct hist_copies copies = {0};
	struct utfs_symbols *symbols = NULL;
	uint64_t hits = 0;
	int ret = hists_each(handle->trace, handle->key, copy_make, &copies);

	if (!ret)
		ret = utfs_symbols_create(&handle->trace->arena, &symbols);
	handle->text.len_bytes = 0;
	for (unsigned int i = 0; !ret && i < copies.n; i++) {
		if (i)
			eventfs_text_puts(&handle->text, "\n\n");
		hits += copies.list[i].map.hits;
		copies.list[i].map.symbols = symbols;
		ret = utfs_hist_write(&handle->text, copies.list[i].plan, &copies.list[i].map);
	}
	utfs_symbols_free(symbols);
	copies_free(&copies);
	handle->read = !ret;
	handle->last_read = handle->last_told = hits;
	return ret;
}

static ssize_t hist_read(void *priv, const struct eventfs_request *req, char *buf,
			 size_t size_bytes, off_t off)
{
	struct hist_handle *handle = priv;
	int ret = !off || !handle->read ? text_make(handle) : 0;
	size_t left;

	(void)req;
	if (ret || off < 0 || (uint64_t)off >= handle->text.len_bytes)
		return ret;
	left = handle->text.len_bytes - (size_t)off;
	left = left < size_bytes ? left : size_bytes;
	memcpy(buf, handle->text.data + off, left);
	return (ssize_t)left;
}

/* What is new is new until it is read: a front end asks more often than the one who polls. */
static short hist_poll(void *priv)
{
	struct hist_handle *handle = priv;
	struct hits hits = {.arm = true};
	short ready = 0;

	if (hists_each(handle->trace, handle->key, hits_add, &hits))
		return POLLERR;
	if (hits.nr != handle->last_read)
		ready |= POLLIN | POLLRDNORM;
	if (hits.nr != handle->last_told)
		ready |= POLLPRI;
	return ready;
}

static void hist_release(void *priv)
{
	struct hist_handle *handle = priv;

	eventfs_text_fini(&handle->text);
	free(handle);
}

const struct eventfs_file_ops utfs_file_event_hist = {
	.open = hist_open,
	.read = hist_read,
	.poll = hist_poll,
	.release = hist_release,
};

static int debug_write(const struct utfs_arena *arena, uint64_t reference, void *arg)
{
	const struct utfs_hist_plan *read[UTFS_HIST_REFS_MAX] = {NULL}, *plan;
	struct eventfs_text *out = arg;
	uint64_t bytes;

	plan = utfs_hist_plan_get(arena, reference, &bytes);
	for (unsigned int i = 0; plan && i < plan->nr_refs && i < UTFS_HIST_REFS_MAX; i++)
		read[i] = utfs_hist_plan_get(arena, plan->refs[i].plan, &bytes);
	if (!plan)
		return 0;
	if (out->len_bytes)
		eventfs_text_puts(out, "\n\n");
	utfs_hist_debug_write(out, plan, read);
	return 0;
}

static int debug_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	return hists_each(ctx, key, debug_write, out);
}

const struct eventfs_file_ops utfs_file_event_hist_debug = {.show = debug_show};
