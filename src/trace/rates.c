/* SPDX-License-Identifier: MIT */
/*
 * How often events are recorded, by name. Their number comes from the numbers that pages carry anyway, exactly; which they were
 * from the pages written since the last look: from all of them where they are few, else from some, evenly spread. Writers
 * do nothing for it, and nothing is consumed or left behind.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/ftrace-formats.h"
#include "trace/internal.h"

/* Pages of a CPU that one look copies at most: about 60,000 small events, a millisecond. */
#define SAMPLE_PAGES 256

/* One side of a CPU's buffer: events are numbered there, whichever of them a snapshot makes the main one. */
struct side_state {
	struct utfs_cursor end; /* at the last look */
	uint64_t dropped;
	bool known;
};

struct utfs_rates {
	struct utfs_trace *trace;
	struct eventfs_key instance;
	struct utfs_rates_line *lines;
	size_t nr_lines, cap_lines;
	uint64_t *counts; /* by id, of one look; of one CPU: seen */
	uint64_t *seen;
	uint32_t *ids; /* those that counts has */
	uint32_t nr_ids;
	bool exact;
	struct side_state sides[];
};

int utfs_rates_open(struct utfs_trace *trace, const char *instance, struct utfs_rates **rates)
{
	const size_t nr_sides = (size_t)trace->arena.nr_cpus * UTFS_NR_SIDES;
	struct utfs_rates *made = calloc(1, sizeof(*made) + nr_sides * sizeof(made->sides[0]));
	int ret;

	*rates = NULL;
	if (!made)
		return -ENOMEM;
	made->trace = trace;
	made->counts = calloc(UTFS_MAX_EVENTS, sizeof(*made->counts));
	made->seen = calloc(UTFS_MAX_EVENTS, sizeof(*made->seen));
	made->ids = calloc(UTFS_MAX_EVENTS, sizeof(*made->ids));
	ret = made->counts && made->seen && made->ids
		      ? utfs_array_find(trace, instance, &made->instance)
		      : -ENOMEM;
	if (ret)
		utfs_rates_close(made);
	else
		*rates = made;
	return ret;
}

static void lines_free(struct utfs_rates *rates)
{
	for (size_t i = 0; i < rates->nr_lines; i++)
		free(rates->lines[i].name);
	rates->nr_lines = 0;
}

void utfs_rates_close(struct utfs_rates *rates)
{
	if (!rates)
		return;
	lines_free(rates);
	free(rates->lines);
	free(rates->counts);
	free(rates->seen);
	free(rates->ids);
	free(rates);
}

/* Counts the events of a page, from number `first` on. Return: how many. */
static uint64_t page_count(struct utfs_rates *rates, const struct utfs_page_copy *page,
			   uint64_t first)
{
	struct utfs_event_iter iter;
	uint64_t entry = page->entry, n = 0;

	utfs_event_iter_init(&iter, page);
	while (utfs_event_iter_next(&iter)) {
		uint16_t id;

		if (entry++ < first || iter.bytes < sizeof(id))
			continue;
		memcpy(&id, iter.record, sizeof(id));
		rates->seen[id]++;
		n++;
	}
	return n;
}

/* Adds what was seen of a CPU, stretched to all that there was. */
static void seen_add(struct utfs_rates *rates, uint64_t nr_seen, uint64_t nr_events)
{
	for (uint32_t id = 0; id < UTFS_MAX_EVENTS; id++) {
		uint64_t n = rates->seen[id];

		if (!n)
			continue;
		rates->seen[id] = 0;
		if (!rates->counts[id])
			rates->ids[rates->nr_ids++] = id;
		rates->counts[id] +=
			nr_seen == nr_events
				? n
				: (uint64_t)((double)n * (double)nr_events / (double)nr_seen);
	}
}

/* The pages from where the last look ended to `end`, or some of them. Return: how many of their events were looked at. */
static uint64_t pages_look(struct utfs_rates *rates, unsigned int recorder, uint32_t cpu,
			   const struct utfs_cursor *end)
{
	const struct utfs_arena *arena = &rates->trace->arena;
	const struct side_state *state = &rates->sides[cpu * UTFS_NR_SIDES + end->side];
	uint64_t pages = end->sequence - state->end.sequence + 1;
	uint64_t step = (pages + SAMPLE_PAGES - 1) / SAMPLE_PAGES, n = 0;
	struct utfs_page_copy page = {.larger = NULL};

	for (uint64_t at = 0; at < pages; at += step) {
		struct utfs_cursor cursor = *end;

		cursor.sequence = end->sequence - at;
		cursor.offset = 0;
		if (utfs_reader_lock(arena, recorder, cpu))
			break;
		/* One that was overwritten meanwhile gives another one, which counts when its turn comes. */
		if (utfs_reader_copy(arena, recorder, cpu, &cursor, &page) == 1 &&
		    page.sequence == end->sequence - at)
			n += page_count(rates, &page, state->end.entry);
		utfs_reader_unlock(arena, recorder, cpu);
	}
	utfs_page_copy_fini(&page);
	return n;
}

static void side_look(struct utfs_rates *rates, unsigned int recorder, uint32_t cpu,
		      unsigned int side, struct utfs_rates_sample *sample)
{
	const struct utfs_arena *arena = &rates->trace->arena;
	const uint64_t dropped = __atomic_load_n(
		&utfs_cpu_buffer_at(arena, recorder, cpu)->sides[side].dropped, __ATOMIC_RELAXED);
	struct side_state *state = &rates->sides[cpu * UTFS_NR_SIDES + side];
	struct utfs_cursor end;
	uint64_t events, seen;

	if (utfs_end_get(arena, recorder, cpu, side, &end)) {
		state->known = false;
		return;
	}
	/* Numbers that went back are those of another buffer. */
	if (state->known && end.entry >= state->end.entry && end.sequence >= state->end.sequence) {
		events = end.entry - state->end.entry;
		sample->events += events;
		sample->dropped += dropped - state->dropped;
		seen = events ? pages_look(rates, recorder, cpu, &end) : 0;
		if (seen)
			seen_add(rates, seen, seen > events ? seen : events);
		rates->exact = rates->exact && seen >= events;
	}
	state->end = end;
	state->dropped = dropped;
	state->known = true;
}

static int name_make(const struct utfs_trace *trace, uint32_t id, char **name)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	const struct utfs_ftrace_event *ftrace = utfs_ftrace_event_by_id(id);
	struct utfs_event_strings event;
	struct eventfs_text text = {0};

	if (ftrace)
		eventfs_text_printf(&text, "ftrace:%s", ftrace->name);
	else if (!utfs_event_strings_get(&trace->arena, id, &event))
		eventfs_text_printf(&text, "%.*s:%.*s", (int)event.system_bytes, event.system,
				    (int)event.name_bytes, event.name);
	else
		eventfs_text_printf(&text, "(event %u)", id);
	eventfs_text_putc(&text, '\0');
	*name = text.data;
	return text.error;
}

static int line_compare(const void *a, const void *b)
{
	const struct utfs_rates_line *one = a, *other = b;

	if (one->events != other->events)
		return one->events < other->events ? 1 : -1;
	return strcmp(one->name, other->name);
}

static int lines_make(struct utfs_rates *rates)
{
	struct utfs_trace *trace = rates->trace;
	int ret;

	lines_free(rates);
	if (rates->nr_ids > rates->cap_lines) {
		void *lines = realloc(rates->lines, rates->nr_ids * sizeof(*rates->lines));

		if (!lines)
			return -ENOMEM;
		rates->lines = lines;
		rates->cap_lines = rates->nr_ids;
	}
	ret = utfs_tx_begin(&trace->arena);
	if (ret)
		return ret;
	for (uint32_t i = 0; !ret && i < rates->nr_ids; i++) {
		struct utfs_rates_line *line = &rates->lines[rates->nr_lines];

		line->events = rates->counts[rates->ids[i]];
		ret = name_make(trace, rates->ids[i], &line->name);
		rates->nr_lines += !ret;
	}
	ret = utfs_tx_end(&trace->arena, ret);
	if (!ret && rates->nr_lines)
		qsort(rates->lines, rates->nr_lines, sizeof(*rates->lines), line_compare);
	return ret;
}

int utfs_rates_look(struct utfs_rates *rates, struct utfs_rates_sample *sample)
{
	struct utfs_array_state array;
	int ret = utfs_array_state_get(rates->trace, rates->instance, &array);

	*sample = (struct utfs_rates_sample){0};
	if (ret)
		return ret;
	rates->exact = true;
	for (uint32_t cpu = 0;
	     array.recorder != UTFS_NO_RECORDER && cpu < rates->trace->arena.nr_cpus; cpu++)
		for (unsigned int side = 0; side < UTFS_NR_SIDES; side++)
			side_look(rates, array.recorder, cpu, side, sample);
	ret = lines_make(rates);
	for (uint32_t i = 0; i < rates->nr_ids; i++)
		rates->counts[rates->ids[i]] = 0;
	rates->nr_ids = 0;
	sample->exact = rates->exact;
	sample->recording = array.recorder != UTFS_NO_RECORDER && array.tracing_on;
	sample->lines = rates->lines;
	sample->nr_lines = rates->nr_lines;
	return ret;
}
