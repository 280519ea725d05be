/* SPDX-License-Identifier: MIT */
/* available_events and set_event: events by their names. */
#include <string.h>

#include "trace/internal.h"

/* Longest word that set_event takes, as in the kernel. */
#define WORD_MAX 127

/* "system:event", one per line: all, or those enabled in an instance. */
static void events_list(const struct utfs_trace *trace, struct eventfs_text *out,
			const uint32_t *enabled_in) UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;

	while (utfs_event_walk_next(trace, 0, &walk)) {
		if (enabled_in && !utfs_event_recording_of(trace, *enabled_in, walk.id).asked)
			continue;
		if (utfs_event_strings_get(&trace->arena, walk.id, &event))
			continue;
		eventfs_text_write(out, event.system, event.system_bytes);
		eventfs_text_putc(out, ':');
		eventfs_text_write(out, event.name, event.name_bytes);
		eventfs_text_putc(out, '\n');
	}
}

static int available_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	events_list(trace, out, NULL);
	return utfs_tx_end(&trace->arena, 0);
}

const struct eventfs_file_ops utfs_file_available_events = {.show = available_show};

static int set_event_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	events_list(trace, out, &slot);
	return utfs_tx_end(&trace->arena, 0);
}

/* A part of a pattern: any of nothing, "*", or the name itself. */
struct part {
	const char *text;
	size_t bytes;
};

static bool part_matches(struct part part, const char *name, size_t bytes)
{
	if (!part.bytes || (part.bytes == 1 && part.text[0] == '*'))
		return true;
	return part.bytes == bytes && !memcmp(part.text, name, bytes);
}

/* "system:event" with either part open, or one word that is a system's or an event's name. */
static bool pattern_matches(struct part word, const struct utfs_event_strings *event)
{
	const char *colon = memchr(word.text, ':', word.bytes);
	struct part system, name;

	if (!colon)
		return (word.bytes == event->system_bytes &&
			!memcmp(word.text, event->system, word.bytes)) ||
		       (word.bytes == event->name_bytes &&
			!memcmp(word.text, event->name, word.bytes));
	system = (struct part){word.text, (size_t)(colon - word.text)};
	name = (struct part){colon + 1, word.bytes - system.bytes - 1};
	return part_matches(system, event->system, event->system_bytes) &&
	       part_matches(name, event->name, event->name_bytes);
}

static int pattern_apply(struct utfs_trace *trace, uint32_t slot, struct part word, bool enable)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	struct utfs_event_strings event;
	int matched = -EINVAL;

	while (utfs_event_walk_next(trace, 0, &walk)) {
		int ret = utfs_event_strings_get(&trace->arena, walk.id, &event);

		if (ret || !pattern_matches(word, &event))
			continue;
		ret = utfs_event_enable(trace, slot, walk.id, enable);
		if (ret)
			return ret;
		matched = 0;
	}
	return matched;
}

/*
 * The first word of what was written. *consumed: with the space around it.
 * Return: 0 (word->bytes may be 0: nothing but space); -EINVAL too long.
 */
static int word_take(const char *buf, size_t len_bytes, struct part *word, size_t *consumed)
{
	size_t i = 0;

	while (i < len_bytes && utfs_parse_is_space(buf[i]))
		i++;
	word->text = buf + i;
	while (i < len_bytes && !utfs_parse_is_space(buf[i]) && buf[i])
		i++;
	word->bytes = (size_t)(buf + i - word->text);
	*consumed = i < len_bytes ? i + 1 : i;
	return word->bytes > WORD_MAX ? -EINVAL : 0;
}

/* As in the kernel, one write takes one word; the writer comes again with the rest. */
static ssize_t set_event_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			       const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	struct part word;
	size_t consumed;
	bool enable = true;
	uint32_t slot;
	int ret = word_take(buf, len_bytes, &word, &consumed);

	(void)req;
	(void)off;
	if (ret || !word.bytes)
		return ret ? ret : (ssize_t)consumed;
	if (word.text[0] == '!') {
		enable = false;
		word.text++;
		word.bytes--;
	}
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, pattern_apply(trace, slot, word, enable));
	return ret ? ret : (ssize_t)consumed;
}

static int set_event_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	struct utfs_trace *trace = ctx;
	struct utfs_event_walk walk = {0};
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	(void)req;
	if (ret)
		return ret;
	while (!ret && utfs_event_walk_next(trace, 0, &walk))
		ret = utfs_event_enable(trace, slot, walk.id, false);
	return utfs_tx_end(&trace->arena, ret);
}

const struct eventfs_file_ops utfs_file_set_event = {
	.show = set_event_show,
	.store = set_event_store,
	.truncate_open = set_event_truncate,
};
