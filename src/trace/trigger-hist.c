/* SPDX-License-Identifier: MIT */
/* The trigger command `hist`: histograms are made, paused, emptied and removed by it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hist-scope.h"
#include "trace/trigger.h"

/* What a write asks for. */
struct hist {
	struct utfs_hist_attributes attributes;
	struct utfs_hist_failures failures;
	struct utfs_hist_plan *plan;
	struct utfs_filter_program *program;
	struct utfs_hist_helpers helpers;
	struct utfs_filter_program *helper_programs[UTFS_HIST_REFS_MAX];
	const struct utfs_hist_scope *scope;
	char *location; /* "hist:SYSTEM:EVENT" */
};

/* What failed so far goes to error_log. Return: ret; -ENOMEM. */
static int refuse(struct utfs_trigger_request *request, int ret)
{
	struct hist *hist = request->private_data;

	for (unsigned int i = 0; i < hist->failures.n && ret != -ENOMEM; i++)
		ret = utfs_trigger_refuse(request, ret, hist->location,
					  utfs_hist_error_text(hist->failures.list[i].error),
					  hist->attributes.command,
					  hist->failures.list[i].position);
	hist->failures.n = 0;
	return ret;
}

/* The filters of histograms that are there, for those that are made after them. */
static int helpers_filter(const struct utfs_trigger_request *request)
{
	struct hist *hist = request->private_data;
	struct utfs_filter_failure failure;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < hist->helpers.n; i++) {
		const struct utfs_hist_helper *helper = &hist->helpers.list[i];

		if (helper->plan->filter)
			ret = utfs_filter_compile(
				helper->format,
				utfs_hist_plan_string(helper->plan, helper->plan->filter),
				request->trace->arena.nr_cpus, &hist->helper_programs[i], &failure);
	}
	return ret;
}

static int hist_parse(struct utfs_trigger_request *request)
{
	struct hist *hist = calloc(1, sizeof(*hist));
	char *filter;
	int ret;

	request->private_data = hist;
	if (!hist || asprintf(&hist->location, "hist:%s:%s", request->system, request->name) < 0)
		return -ENOMEM;
	if (!request->arguments)
		return -EINVAL;
	ret = utfs_hist_parse(request->arguments, &hist->attributes, &hist->failures);
	if (!ret)
		ret = utfs_hist_scope_make(request->trace, request->instance, request->system,
					   request->name, &hist->scope);
	hist->attributes.scope = hist->scope;
	hist->attributes.removes = request->remove || hist->attributes.pause ||
				   hist->attributes.cont || hist->attributes.clear;
	if (!ret)
		ret = utfs_hist_compile(request->format, &hist->attributes, &hist->plan,
					&hist->helpers, &hist->failures);
	if (!ret)
		ret = helpers_filter(request);
	if (ret)
		return refuse(request, ret);
	/* What is there was complained of when it was made. */
	if (hist->attributes.removes)
		hist->failures.n = 0;
	if (!hist->attributes.filter)
		return 0;
	filter = strdup(hist->attributes.filter);
	ret = filter ? utfs_trigger_filter(request, filter, &hist->program) : -ENOMEM;
	free(filter);
	return ret;
}

static void hist_free(struct utfs_trigger_request *request)
{
	struct hist *hist = request->private_data;

	if (!hist)
		return;
	utfs_hist_attributes_free(&hist->attributes);
	utfs_hist_helpers_free(&hist->helpers);
	for (unsigned int i = 0; i < UTFS_HIST_REFS_MAX; i++)
		free(hist->helper_programs[i]);
	utfs_hist_scope_free(hist->scope);
	free(hist->plan);
	free(hist->program);
	free(hist->location);
	free(hist);
}

static const struct utfs_hist_plan *plan_of(const struct utfs_trigger_place *place,
					    const struct utfs_trigger *trigger)
{
	uint64_t bytes;

	return trigger->kind == UTFS_TRIGGER_HIST
		       ? utfs_hist_plan_get(&place->trace->arena, trigger->operands[0], &bytes)
		       : NULL;
}

/* A histogram of this name, wherever it is. Return: its plan's reference; 0: there is none. */
static uint64_t name_find(const struct utfs_trace *trace, const char *name)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t left = trace->arena.size_bytes / UTFS_PAGE_BYTES, bytes;

	for (uint64_t at = 0; name && left && utfs_hist_plan_next(&trace->arena, &at); left--) {
		const struct utfs_hist_plan *plan = utfs_hist_plan_get(&trace->arena, at, &bytes);

		if (plan && !strcmp(utfs_hist_plan_string(plan, plan->name), name))
			return at;
	}
	return 0;
}

/* Does a trigger of the event do what is asked for? `named`: there is a histogram of the name that was asked for. */
static bool plan_is(const struct hist *hist, const struct utfs_hist_plan *plan, bool named)
{
	const char *filter = utfs_hist_plan_string(plan, plan->filter);
	const char *wanted = utfs_hist_plan_string(hist->plan, hist->plan->filter);
	const char *name = utfs_hist_plan_string(plan, plan->name);

	return !strcmp(name, named ? hist->attributes.name : "") &&
	       !plan->filter == !hist->plan->filter && !strcmp(filter, wanted) &&
	       utfs_hist_plan_matches(hist->plan, plan);
}

/* Return: the index of the event's trigger that does it; UTFS_MAX_TRIGGERS: none. */
static uint32_t trigger_find(const struct utfs_trigger_place *place, const struct hist *hist,
			     bool named) UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct utfs_trigger_list *list = utfs_trigger_list_at(place->trace, place);

	for (uint32_t i = 0; list && i < list->nr_triggers; i++) {
		const struct utfs_hist_plan *plan = plan_of(place, &list->triggers[i]);

		if (plan && plan_is(hist, plan, named))
			return i;
	}
	return UTFS_MAX_TRIGGERS;
}

/* pause, cont, clear of one that is there. */
static int hist_update(const struct utfs_trigger_place *place, const struct hist *hist,
		       uint32_t index) UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const uint64_t plan =
		utfs_trigger_list_at(place->trace, place)->triggers[index].operands[0];

	if (hist->attributes.pause || hist->attributes.cont)
		return utfs_hist_pause(&place->trace->arena, plan, hist->attributes.pause);
	return utfs_hist_clear(&place->trace->arena, plan);
}

static int fail(struct utfs_trigger_request *request, enum utfs_hist_error error, const char *piece,
		int ret)
{
	struct hist *hist = request->private_data;

	return refuse(request,
		      utfs_hist_fail(&hist->failures, &hist->attributes, error, piece, ret));
}

/* Histograms of time stamps set their instance's clock. Return: 0, its number in the plan; -EINVAL there is none of this name. */
static int clock_find(struct utfs_trigger_request *request)
{
	struct hist *hist = request->private_data;
	unsigned int clock = 0;
	const char *name;

	if (!(hist->plan->flags & UTFS_HIST_PLAN_TIMESTAMPS))
		return 0;
	while ((name = utfs_clock_name(clock)) && strcmp(name, hist->attributes.clock) != 0)
		clock++;
	hist->plan->clock = (uint8_t)clock;
	return name ? 0 : fail(request, UTFS_HIST_ERROR_CLOCK, hist->attributes.clock, -EINVAL);
}

/* A plan in the arena. Return: 0 and its reference; as utfs_hist_make(), which commits. */
static int plan_make(const struct utfs_trigger_place *place, struct utfs_hist_plan *plan,
		     uint64_t event_serial, uint64_t named, uint64_t *reference)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	plan->instance_serial = utfs_instance_at(&place->trace->arena, place->slot)->serial;
	plan->event_serial = event_serial;
	return utfs_hist_make(&place->trace->arena, plan, named, reference);
}

/* A trigger that leads to a plan that has been made. */
static int plan_publish(const struct utfs_trigger_place *place, uint64_t event_serial,
			uint64_t reference, const struct utfs_filter_program *program)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct utfs_trigger trigger = {
		.kind = UTFS_TRIGGER_HIST, .count = UINT64_MAX, .operands = {reference}};
	uint32_t id;
	int ret = utfs_event_find_serial(&place->trace->arena, event_serial, &id);

	if (!ret)
		ret = utfs_hist_publish(&place->trace->arena, reference);
	return ret ? ret
		   : utfs_trigger_add(&place->trace->arena, id, place->recorder, &trigger, program,
				      true);
}

/* The trigger and those that it needs: all are made before the first of them is seen, and then come at once. */
static int plans_add(struct utfs_trigger_request *request, const struct utfs_trigger_place *place,
		     uint64_t named) UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	struct hist *hist = request->private_data;
	const struct utfs_hist_helper *helpers = hist->helpers.list;
	uint64_t own, made[UTFS_HIST_REFS_MAX];
	int ret = 0;

	for (unsigned int i = 0; !ret && i < hist->helpers.n; i++) {
		ret = plan_make(place, helpers[i].plan, helpers[i].event_serial, 0, &made[i]);
		if (!ret)
			hist->plan->refs[helpers[i].ref].plan = made[i];
	}
	if (!ret)
		ret = plan_make(place, hist->plan, request->serial, named, &own);
	for (unsigned int i = 0; !ret && i < hist->helpers.n; i++)
		ret = plan_publish(place, helpers[i].event_serial, made[i],
				   hist->helper_programs[i]);
	if (!ret && hist->plan->flags & UTFS_HIST_PLAN_TIMESTAMPS)
		ret = utfs_array_clock_set(place->trace, place->slot, hist->plan->clock);
	return ret ? ret : plan_publish(place, request->serial, own, hist->program);
}

static int hist_add(struct utfs_trigger_request *request, const struct utfs_trigger_place *place,
		    uint64_t named) UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	struct hist *hist = request->private_data;
	int ret = clock_find(request);

	if (ret)
		return ret;
	for (unsigned int i = 0; !ret && i < hist->plan->nr_actions; i++)
		if (hist->plan->actions[i].kind == UTFS_HIST_SNAPSHOT)
			ret = utfs_ring_snapshot_allocate(&place->trace->arena, place->slot);
	if (ret)
		return ret;
	if (!utfs_hist_stands(&place->trace->arena, hist->plan))
		return fail(request, UTFS_HIST_ERROR_VAR, NULL, -EINVAL);
	hist->plan->paused = hist->attributes.pause;
	ret = plans_add(request, place, named);
	/* As in the kernel, a field that is found with the other event has been missed here, which is said. */
	return ret ? ret : refuse(request, 0);
}

static bool hist_in_use(const struct utfs_trigger_place *place, const struct utfs_trigger *trigger)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	return utfs_hist_is_read(&place->trace->arena, trigger->operands[0]);
}

static int hist_remove(const struct utfs_trigger_place *place, uint32_t index)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	if (hist_in_use(place, &utfs_trigger_list_at(place->trace, place)->triggers[index]))
		return -EBUSY;
	return utfs_trigger_remove(&place->trace->arena, place->id, place->recorder, index);
}

static int hist_apply(struct utfs_trigger_request *request, const struct utfs_trigger_place *place)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct hist *hist = request->private_data;
	const struct utfs_hist_attributes *attributes = &hist->attributes;
	const uint64_t named = name_find(place->trace, attributes->name);
	const uint32_t found = trigger_find(place, hist, named);
	const bool is_there = found < UTFS_MAX_TRIGGERS;
	const struct utfs_hist_plan *owner;
	uint64_t bytes;

	/* As in the kernel, what is not there need not be removed. */
	if (request->remove)
		return is_there ? hist_remove(place, found) : 0;
	owner = utfs_hist_plan_get(&place->trace->arena, named, &bytes);
	if (owner && !utfs_hist_plan_matches(hist->plan, owner))
		return fail(request, UTFS_HIST_ERROR_NAMED_MISMATCH, attributes->name, -EINVAL);
	/* The first of a new name does not look like anything that is there. */
	if (is_there && (named || !attributes->name)) {
		if (attributes->pause || attributes->cont || attributes->clear)
			return hist_update(place, hist, found);
		return fail(request, UTFS_HIST_ERROR_EXISTS, NULL, -EEXIST);
	}
	if (attributes->cont || attributes->clear)
		return fail(request, UTFS_HIST_ERROR_NONE_TO_CLEAR, NULL, -ENOENT);
	return hist_add(request, place, named);
}

static void hist_print(const struct utfs_trigger_place *place, const struct utfs_trigger_list *list,
		       const struct utfs_trigger *trigger, struct eventfs_text *out)
	UTFS_REQUIRES(place->trace->arena.event_mutex)
{
	const struct utfs_hist_plan *plan = plan_of(place, trigger);

	(void)list;
	if (plan)
		utfs_hist_plan_write(out, plan);
}

const struct utfs_trigger_command utfs_trigger_hist = {
	.name = "hist",
	.kind = UTFS_TRIGGER_HIST,
	.parse = hist_parse,
	.apply = hist_apply,
	.free = hist_free,
	.print = hist_print,
	.in_use = hist_in_use,
	.truncates = true,
};
