/* SPDX-License-Identifier: MIT */
#include "trace/follow.h"

#include <stdlib.h>
#include <string.h>

#include "trace/merge.h"
#include "trace/plans.h"

/* What is taken out of the buffers at once. A record alone may be larger. */
#define BATCH_EVENTS 2048
#define BATCH_BYTES  (256 * 1024)

struct utfs_follow {
	struct utfs_trace *trace;
	struct eventfs_key key;
	struct utfs_array_state state;
	struct utfs_merge *merge; /* NULL: nothing was ever recorded */
	enum utfs_which which;
	bool holds; /* what is there at the beginning, which stays there */
	/* Keeps the instance: as the one reader of trace_pipe, or as a file that is open. */
	enum utfs_pin_kind pin;
	uint32_t pin_cpu;
	unsigned char *records; /* of the events */
	size_t bytes, cap;
	uint32_t nr, given;
	struct utfs_follow_event events[BATCH_EVENTS];
};

/* How the instance is set up now. It keeps the recorder that it once got. */
static int look_again(struct utfs_follow *follow)
{
	int ret = utfs_array_state_get(follow->trace, follow->key, &follow->state);

	if (!ret && !follow->merge && follow->state.recorder != UTFS_NO_RECORDER)
		ret = utfs_merge_create(&follow->trace->arena, follow->state.recorder,
					UTFS_PIN_ALL_CPUS, follow->which, &follow->merge);
	return ret;
}

static int open_as(struct utfs_trace *trace, const char *instance, bool holds,
		   enum utfs_which which, struct utfs_follow **follow)
{
	struct utfs_follow *made = calloc(1, sizeof(*made));
	struct utfs_merge_totals totals;
	int ret = made ? 0 : -ENOMEM;

	*follow = NULL;
	if (!ret) {
		made->trace = trace;
		made->holds = holds;
		made->which = which;
		made->pin = holds ? UTFS_PIN_OPEN : UTFS_PIN_PIPE;
		made->pin_cpu = holds ? 0 : UTFS_PIN_ALL_CPUS;
		made->cap = BATCH_BYTES;
		made->records = malloc(made->cap);
		ret = made->records ? utfs_array_find(trace, instance, &made->key) : -ENOMEM;
	}
	if (!ret)
		ret = utfs_pin_take(&trace->arena, made->key.a, made->pin, made->pin_cpu);
	if (ret) {
		if (made)
			free(made->records);
		free(made);
		return ret;
	}
	ret = look_again(made);
	if (!ret && holds && made->merge)
		ret = utfs_merge_iterate(made->merge, &totals);
	if (ret)
		utfs_follow_close(made);
	else
		*follow = made;
	return ret;
}

int utfs_follow_open(struct utfs_trace *trace, const char *instance, struct utfs_follow **follow)
{
	return open_as(trace, instance, false, UTFS_MAIN, follow);
}

int utfs_follow_held(struct utfs_trace *trace, const char *instance, bool snapshot,
		     struct utfs_follow **follow)
{
	return open_as(trace, instance, true, snapshot ? UTFS_SNAPSHOT : UTFS_MAIN, follow);
}

void utfs_follow_close(struct utfs_follow *follow)
{
	if (!follow)
		return;
	(void)utfs_pin_drop(&follow->trace->arena, follow->key.a, follow->pin, follow->pin_cpu);
	utfs_merge_free(follow->merge);
	free(follow->records);
	free(follow);
}

/* Copies an event, as far as there is room. Return: 0; -ENOBUFS, -ENOMEM it was not copied. */
static int keep(struct utfs_follow *follow, const struct utfs_merge_event *event)
{
	unsigned char *grown;

	if (event->bytes > follow->cap - follow->bytes) {
		if (follow->nr)
			return -ENOBUFS;
		grown = realloc(follow->records, event->bytes);
		if (!grown)
			return -ENOMEM;
		follow->records = grown;
		follow->cap = event->bytes;
	}
	memcpy(follow->records + follow->bytes, event->record, event->bytes);
	follow->events[follow->nr++] = (struct utfs_follow_event){
		.timestamp = event->time_stamp,
		.lost = event->lost,
		.record = follow->records + follow->bytes,
		.bytes = (uint32_t)event->bytes,
		.cpu = event->cpu,
	};
	follow->bytes += event->bytes;
	return 0;
}

/* Takes the events until a time out of the buffers. Return: 0; negative errno: what was taken before is kept. */
static int fill(struct utfs_follow *follow, uint64_t until)
{
	struct utfs_merge_event event;
	int ret = follow->holds ? 0 : utfs_merge_consume(follow->merge);

	if (ret)
		return ret == -ENODEV ? 0 : ret;
	while (follow->nr < BATCH_EVENTS) {
		ret = utfs_merge_peek(follow->merge, &event);
		if (ret <= 0 || event.time_stamp > until)
			break;
		ret = keep(follow, &event);
		if (ret)
			break;
		utfs_merge_take(follow->merge);
	}
	if (!follow->holds)
		utfs_merge_consumed(follow->merge);
	return ret < 0 && ret != -ENOBUFS ? ret : 0;
}

/* The time that no event is before which is not in the buffers yet; that is looked at before the buffers are. */
static uint64_t settled(const struct utfs_follow *follow)
{
	uint64_t now;

	if (follow->holds || !utfs_clock_in_ns(follow->state.clock))
		return UINT64_MAX;
	now = utfs_clock_read(&follow->trace->arena, follow->state.clock);
	return now > UTFS_FOLLOW_HOLD_NS ? now - UTFS_FOLLOW_HOLD_NS : 0;
}

int utfs_follow_next(struct utfs_follow *follow, struct utfs_follow_event *event)
{
	int ret = 0;

	if (follow->given == follow->nr) {
		follow->given = follow->nr = 0;
		follow->bytes = 0;
		if (!follow->holds)
			ret = look_again(follow);
		if (!ret && follow->merge)
			ret = fill(follow, settled(follow));
	}
	if (follow->given == follow->nr)
		return ret;
	*event = follow->events[follow->given++];
	return 1;
}

bool utfs_follow_is_empty(const struct utfs_follow *follow)
{
	return follow->given == follow->nr &&
	       (!follow->merge || utfs_merge_still_empty(follow->merge));
}

int utfs_follow_type(const struct utfs_follow *follow, uint16_t id, struct utfs_follow_type *type)
{
	struct utfs_event_strings strings;
	char *copy;
	int ret = utfs_event_strings_copy(follow->trace, id, &strings, &copy);

	if (ret)
		return ret;
	*type = (struct utfs_follow_type){
		.system = strings.system,
		.name = strings.name,
		.fields = strings.fields,
		.print_fmt = strings.print_fmt,
		.fields_bytes = strings.fields_bytes,
		.print_fmt_bytes = strings.print_bytes,
		.memory = copy,
	};
	return 0;
}

int utfs_follow_thread(const struct utfs_follow *follow, int32_t tid, char comm[17], int32_t *tgid)
{
	return utfs_cmdline_find(&follow->trace->arena, tid, comm, tgid);
}

int utfs_follow_thread_next(const struct utfs_follow *follow, uint32_t *index, int32_t *tid,
			    int32_t *tgid, char comm[17])
{
	return utfs_cmdline_next(&follow->trace->arena, index, tid, tgid, comm);
}

struct utfs_follow_about utfs_follow_about(const struct utfs_follow *follow)
{
	const bool is_counter = follow->state.clock == UTFS_CLOCK_CPU;

	return (struct utfs_follow_about){
		.clock = utfs_clock_name(follow->state.clock),
		.clock_in_ns = utfs_clock_in_ns(follow->state.clock),
		.scale = is_counter ? utfs_trace_counter_scale(follow->trace)
				    : (struct utfs_trace_scale){0},
		.nr_cpus = follow->trace->arena.nr_cpus,
	};
}
