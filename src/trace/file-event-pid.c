/* SPDX-License-Identifier: MIT */
/*
 * set_event_pid and set_event_notrace_pid: which threads an instance records, and which it does not. The lists are gates of the
 * instance's recorder; the application looks at them before it writes.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/internal.h"

/* Longest word, as in the kernel. */
#define WORD_MAX 126
#define PIDS_MAX ((UTFS_BLOB_MAX - sizeof(struct utfs_pid_list)) / sizeof(uint32_t))

/* One word: a number in any of C's bases. Return: 0; -EINVAL none; -EPERM no thread can have it. */
static int pid_parse(const char *word, size_t bytes, uint32_t *pid)
{
	char text[WORD_MAX + 1], *end;
	unsigned long value;

	if (bytes > WORD_MAX)
		return -EINVAL;
	memcpy(text, word, bytes);
	text[bytes] = '\0';
	if (text[text[0] == '+'] < '0' || text[text[0] == '+'] > '9')
		return -EINVAL;
	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end)
		return -EINVAL;
	*pid = (uint32_t)value;
	return *pid < UTFS_PID_MAX ? 0 : -EPERM;
}

static int pid_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a & ~UTFS_PID_INHERITED;
	uint32_t y = *(const uint32_t *)b & ~UTFS_PID_INHERITED;

	return x < y ? -1 : x > y;
}

/* In order, each once. */
static void list_finish(struct utfs_pid_list *list)
{
	uint32_t n = 0;

	qsort(list->pids, list->nr_pids, sizeof(*list->pids), pid_order);
	for (uint32_t i = 0; i < list->nr_pids; i++)
		if (!n || pid_order(&list->pids[n - 1], &list->pids[i]))
			list->pids[n++] = list->pids[i];
	list->nr_pids = n;
	list->object = (struct utfs_object){UTFS_MAGIC_PIDS,
					    (uint32_t)(sizeof(*list) + n * sizeof(*list->pids))};
}

static int list_add(struct utfs_pid_list *list, uint32_t pid)
{
	if (list->nr_pids == PIDS_MAX) {
		list_finish(list);
		if (list->nr_pids == PIDS_MAX)
			return -ENOMEM;
	}
	list->pids[list->nr_pids++] = pid;
	return 0;
}

/* The words of what was written. */
static int list_parse(struct utfs_pid_list *list, const char *buf, size_t len_bytes)
{
	size_t i = 0;
	int ret = 0;

	while (!ret) {
		size_t start;
		uint32_t pid;

		while (i < len_bytes && (utfs_parse_is_space(buf[i]) || !buf[i]))
			i++;
		start = i;
		while (i < len_bytes && !utfs_parse_is_space(buf[i]) && buf[i])
			i++;
		if (start == i)
			break;
		ret = pid_parse(buf + start, i - start, &pid);
		if (!ret)
			ret = list_add(list, pid);
	}
	return ret;
}

/* The list of a gate, checked; NULL: none. */
static const struct utfs_pid_list *list_get(const struct utfs_trace *trace, uint32_t slot,
					    enum utfs_gate gate)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t recorder = utfs_instance_at(&trace->arena, slot)->recorder;
	const struct utfs_pid_list *list;
	uint32_t bytes;

	if (!recorder || recorder > UTFS_MAX_RECORDERS)
		return NULL;
	list = utfs_object_get(
		&trace->arena,
		utfs_recorder_at(&trace->arena, (unsigned int)recorder - 1)->gates[gate],
		UTFS_MAGIC_PIDS, &bytes);
	if (!list || bytes < sizeof(*list) ||
	    list->nr_pids > (bytes - sizeof(*list)) / sizeof(*list->pids))
		return NULL;
	return list;
}

/* What is in the list already stays in it. */
static int list_install(struct utfs_trace *trace, uint32_t slot, enum utfs_gate gate,
			struct utfs_pid_list *list) UTFS_REQUIRES(trace->arena.event_mutex)
{
	const struct utfs_pid_list *known = list_get(trace, slot, gate);
	int ret = 0;

	for (uint32_t i = 0; !ret && known && i < known->nr_pids; i++)
		ret = list_add(list, known->pids[i]);
	if (ret || !list->nr_pids)
		return ret;
	list_finish(list);
	ret = utfs_ring_create(&trace->arena, slot);
	if (ret)
		return ret;
	return utfs_gate_set(&trace->arena,
			     (unsigned int)utfs_instance_at(&trace->arena, slot)->recorder - 1,
			     gate, &list->object);
}

static int list_set(struct utfs_trace *trace, struct eventfs_key key, enum utfs_gate gate,
		    struct utfs_pid_list *list)
{
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, list_install(trace, slot, gate, list));
}

static ssize_t pids_store(struct utfs_trace *trace, struct eventfs_key key, enum utfs_gate gate,
			  const char *buf, size_t len_bytes)
{
	struct utfs_pid_list *list = calloc(1, UTFS_BLOB_MAX);
	int ret = list ? list_parse(list, buf, len_bytes) : -ENOMEM;

	if (!ret)
		ret = list_set(trace, key, gate, list);
	free(list);
	return ret ? ret : (ssize_t)len_bytes;
}

static int pids_truncate(struct utfs_trace *trace, struct eventfs_key key, enum utfs_gate gate)
{
	uint64_t recorder;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	recorder = utfs_instance_at(&trace->arena, slot)->recorder;
	if (recorder && recorder <= UTFS_MAX_RECORDERS)
		ret = utfs_gate_set(&trace->arena, (unsigned int)recorder - 1, gate, NULL);
	return utfs_tx_end(&trace->arena, ret);
}

static int pids_show(struct utfs_trace *trace, struct eventfs_key key, enum utfs_gate gate,
		     struct eventfs_text *out)
{
	const struct utfs_pid_list *list;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	list = list_get(trace, slot, gate);
	for (uint32_t i = 0; list && i < list->nr_pids; i++)
		eventfs_text_printf(out, "%u\n", list->pids[i] & ~UTFS_PID_INHERITED);
	return utfs_tx_end(&trace->arena, 0);
}

static int only_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	return pids_show(ctx, key, UTFS_GATE_PIDS, out);
}

static ssize_t only_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			  const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return pids_store(ctx, key, UTFS_GATE_PIDS, buf, len_bytes);
}

static int only_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	(void)req;
	return pids_truncate(ctx, key, UTFS_GATE_PIDS);
}

static int not_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	return pids_show(ctx, key, UTFS_GATE_NO_PIDS, out);
}

static ssize_t not_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			 const char *buf, size_t len_bytes, off_t off)
{
	(void)req;
	(void)off;
	return pids_store(ctx, key, UTFS_GATE_NO_PIDS, buf, len_bytes);
}

static int not_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	(void)req;
	return pids_truncate(ctx, key, UTFS_GATE_NO_PIDS);
}

const struct eventfs_file_ops utfs_file_set_event_pid = {
	.show = only_show,
	.store = only_store,
	.truncate_open = only_truncate,
};
const struct eventfs_file_ops utfs_file_set_event_notrace_pid = {
	.show = not_show,
	.store = not_store,
	.truncate_open = not_truncate,
};
