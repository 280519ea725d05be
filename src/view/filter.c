/* SPDX-License-Identifier: MIT */
#include "view/filter.h"

#include <errno.h>
#include <linux/rseq.h>
#include <stdlib.h>
#include <string.h>

#include "app/filter-internal.h"

/* As many as a record can have come from: sets of CPUs hold no more. */
#define NR_CPUS 4096

/* ---- compiling ---- */

/* For the types of which events came since the last time. */
static int compile(struct utfs_view_filter *filter, const struct utfs_view_store *store,
		   struct utfs_view_filter_failure *failure)
{
	bool any = false;

	for (uint32_t i = 0; i < store->nr_types; i++) {
		struct utfs_view_filter_type *type = &filter->types[i];
		struct utfs_filter_failure why = {0};
		int ret;

		if (!store->types[i].known || type->is_compiled)
			continue;
		ret = utfs_filter_compile(store->types[i].known->format, filter->text, NR_CPUS,
					  &type->program, &why);
		if (ret == -ENOMEM)
			return ret;
		type->is_compiled = true;
		any = any || !ret;
		/* The type that understood most of it says best what is wrong with the rest. */
		if (ret && (!failure->text || why.position > failure->position))
			*failure = (struct utfs_view_filter_failure){
				utfs_filter_error_text(why.error), why.position};
	}
	return any || !failure->text ? 0 : -EINVAL;
}

/* ---- evaluating ---- */

/* The name of the record's thread, compared as an array of characters. */
static int comm_match(const struct utfs_filter_program *program, struct utfs_filter_op op,
		      const struct utfs_recording_event *event)
{
	char comm[17] = "";
	const struct utfs_filter_subject subject = {.record = comm, .bytes = sizeof(comm)};

	if (event->comm)
		strncpy(comm, event->comm, sizeof(comm) - 1);
	op.what = UTFS_FILTER_CHARS;
	op.offset = 0;
	op.bytes = sizeof(comm);
	return utfs_filter_op_match(program, program->object.bytes, &subject, &op);
}

static int op_match(const struct utfs_filter_program *program, const struct utfs_filter_op *op,
		    const struct utfs_recording_event *event,
		    const struct utfs_filter_subject *subject)
{
	uint64_t value;

	if (op->what == UTFS_FILTER_COMM)
		return comm_match(program, *op, event);
	if (op->what == UTFS_FILTER_POINTER)
		return 0;
	if (op->what != UTFS_FILTER_NUMBER || op->compare == UTFS_COMPARE_CPUS)
		return utfs_filter_op_match(program, program->object.bytes, subject, op);
	if (!utfs_filter_number(subject, op->offset, op->bytes, op->flags & UTFS_FILTER_SIGNED,
				&value))
		return 0;
	return utfs_filter_compare(op, value);
}

static bool run(const struct utfs_filter_program *program, const struct utfs_recording_event *event)
{
	struct rseq on_cpu = {.cpu_id = event->cpu};
	const struct utfs_writer writer = {.rseq = &on_cpu};
	const struct utfs_filter_subject subject = {
		.writer = &writer,
		.record = (const char *)event->record,
		.bytes = event->record_bytes,
	};
	uint32_t at = 0;

	/* Compiled here, so its targets lie ahead and within. */
	while (at < program->nr_ops) {
		const struct utfs_filter_op *op = &program->ops[at];

		at = op_match(program, op, event, &subject) > 0 ? op->when_true : op->when_false;
	}
	return at == program->nr_ops;
}

/* An array with `wanted` elements, the new ones zeroed. */
static int widen(void *array_at, uint32_t *nr, uint32_t wanted, size_t element_bytes)
{
	void **array = array_at, *grown;

	if (*array && *nr >= wanted)
		return 0;
	grown = realloc(*array, (wanted + 1) * element_bytes);
	if (!grown)
		return -ENOMEM;
	memset((char *)grown + *nr * element_bytes, 0, (wanted - *nr) * element_bytes);
	*array = grown;
	*nr = wanted;
	return 0;
}

static void forget(struct utfs_view_filter *filter)
{
	for (uint32_t i = 0; i < filter->nr_by_lane; i++)
		utfs_bits_fini(&filter->by_lane[i]);
	for (uint32_t i = 0; i < filter->nr_by_type; i++)
		utfs_bits_fini(&filter->by_type[i]);
	filter->nr = 0;
	filter->nr_accepted = 0;
}

static int look(struct utfs_view_filter *filter, const struct utfs_view_store *store)
{
	int ret = widen(&filter->by_lane, &filter->nr_by_lane, store->nr_lanes,
			sizeof(*filter->by_lane));

	if (!ret)
		ret = widen(&filter->by_type, &filter->nr_by_type, store->nr_types,
			    sizeof(*filter->by_type));
	/* What was dropped has taken its bits along: all places are others now. */
	if (!ret && filter->dropped != store->dropped)
		forget(filter);
	filter->dropped = store->dropped;
	for (; filter->nr < store->nr && !ret; filter->nr++) {
		const uint32_t lane = store->lane[filter->nr], type = store->lanes[lane].type;
		const struct utfs_filter_program *program = filter->types[type].program;
		struct utfs_recording_event event;
		bool accepted = false;

		if (program) {
			utfs_view_store_event(store, filter->nr, &event);
			accepted = run(program, &event);
		}
		filter->nr_accepted += accepted;
		ret = utfs_bits_add(&filter->by_lane[lane], accepted);
		if (!ret)
			ret = utfs_bits_add(&filter->by_type[type], accepted);
	}
	return ret;
}

/* Brings it up to date. */
static int update(struct utfs_view_filter *filter, const struct utfs_view_store *store,
		  struct utfs_view_filter_failure *failure)
{
	int ret = widen(&filter->types, &filter->nr_types, store->nr_types, sizeof(*filter->types));

	if (!ret)
		ret = compile(filter, store, failure);
	/* New types that do not take the filter are no failure of those that do. */
	if (!ret || (ret == -EINVAL && filter->nr))
		ret = look(filter, store);
	return ret;
}

int utfs_view_filter_update(struct utfs_view_filter *filter, const struct utfs_view_store *store)
{
	struct utfs_view_filter_failure failure = {0};

	return update(filter, store, &failure);
}

int utfs_view_filter_create(const struct utfs_view_store *store, const char *text,
			    struct utfs_view_filter **filter,
			    struct utfs_view_filter_failure *failure)
{
	struct utfs_view_filter *made;
	size_t bytes = strlen(text);
	int ret;

	*filter = NULL;
	*failure = (struct utfs_view_filter_failure){0};
	while (bytes && strchr(" \t\n\r\v\f", text[bytes - 1]))
		bytes--;
	if (bytes >= sizeof(made->text))
		return -E2BIG;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	memcpy(made->text, text, bytes);
	ret = update(made, store, failure);
	if (ret)
		utfs_view_filter_free(made);
	else
		*filter = made;
	return ret;
}

void utfs_view_filter_free(struct utfs_view_filter *filter)
{
	if (!filter)
		return;
	forget(filter);
	for (uint32_t i = 0; i < filter->nr_types; i++)
		free(filter->types[i].program);
	free(filter->types);
	free(filter->by_lane);
	free(filter->by_type);
	free(filter);
}

bool utfs_view_filter_accepts(const struct utfs_view_filter *filter,
			      const struct utfs_view_store *store, uint32_t place)
{
	const uint32_t lane = store->lane[place];

	return !filter || utfs_bits_get(&filter->by_lane[lane],
					utfs_view_places_find(&store->lanes[lane].places, place));
}
