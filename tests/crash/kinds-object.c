/* SPDX-License-Identifier: MIT */
/* Changes of what is evaluated and kept beside the tables: filters, gates, error logs, pending rules. */
#include <string.h>

#include "kinds-object.h"
#include "ring/ring.h"

/* A program of no ops is a text; one of one op filters. */
static int filter_set(struct utfs_arena *arena, uint32_t id, unsigned int recorder, uint32_t nr_ops,
		      char text)
{
	union {
		struct utfs_filter_program program;
		char bytes[256];
	} filter;
	const uint32_t bytes =
		(uint32_t)(sizeof(filter.program) + nr_ops * sizeof(struct utfs_filter_op) + 8);
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	memset(&filter, text, sizeof(filter));
	filter.program.object = (struct utfs_object){UTFS_MAGIC_PROGRAM, bytes};
	filter.program.nr_ops = nr_ops;
	filter.program.text = bytes - 8;
	filter.program.text_bytes = 8;
	return utfs_tx_end(arena, utfs_filter_set(arena, id, recorder, &filter.program));
}

int crash_filter_first(struct utfs_arena *arena)
{
	return filter_set(arena, 64, 3, 1, 'a');
}

int crash_filters_some(struct utfs_arena *arena)
{
	int ret = crash_events_three(arena);

	if (!ret)
		ret = crash_filter_first(arena);
	if (!ret)
		ret = filter_set(arena, 65, 3, 0, 'b');
	if (!ret)
		ret = filter_set(arena, 65, 0, 1, 'c');
	return ret;
}

int crash_filter_replace(struct utfs_arena *arena)
{
	return filter_set(arena, 64, 3, 0, 'd');
}

int crash_filter_remove(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_filter_set(arena, 64, 3, NULL));
}

static int gate_set(struct utfs_arena *arena, unsigned int recorder, uint32_t pid)
{
	union {
		struct utfs_pid_list list;
		char bytes[sizeof(struct utfs_pid_list) + 4];
	} gate = {.list = {.object = {UTFS_MAGIC_PIDS, sizeof(gate)}, .nr_pids = 1}};
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	memcpy(gate.list.pids, &pid, 4);
	ret = utfs_gate_set(arena, recorder, UTFS_GATE_PIDS, pid ? &gate.list.object : NULL);
	return utfs_tx_end(arena, ret);
}

int crash_gate_first(struct utfs_arena *arena)
{
	return gate_set(arena, 3, 17);
}

int crash_gate_and_filters(struct utfs_arena *arena)
{
	int ret = crash_filters_some(arena);

	return ret ? ret : crash_gate_first(arena);
}

int crash_gate_other(struct utfs_arena *arena)
{
	return gate_set(arena, 3, 18);
}

int crash_gate_open(struct utfs_arena *arena)
{
	return gate_set(arena, 3, 0);
}

int crash_recorder_forgotten(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_filters_forget_recorder(arena, 3));
}

static int error_add_to(struct utfs_arena *arena, uint32_t slot)
{
	const struct utfs_error error = {
		.location = "here",
		.message = "something",
		.command = "do it",
		.command_bytes = 5,
		.position = 3,
		.time_ns = 7,
	};
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_errors_add(arena, slot, &error));
}

int crash_error_add(struct utfs_arena *arena)
{
	return error_add_to(arena, 0);
}

int crash_instance_with_error(struct utfs_arena *arena)
{
	int ret = crash_add_instance(arena, "b");

	return ret ? ret : error_add_to(arena, 1);
}

int crash_errors_many(struct utfs_arena *arena)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < UTFS_MAX_ERRORS; i++)
		ret = crash_error_add(arena);
	return ret;
}

int crash_errors_clear(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_errors_clear(arena, 0));
}

/* A rule without, and one with a filter. */
static int pending_set(struct utfs_arena *arena, uint32_t slot, bool filters)
{
	union {
		struct utfs_pending_rules rules;
		char bytes[256];
	} pending = {.bytes = ""};
	struct utfs_pending_rule *rule =
		(struct utfs_pending_rule *)(void *)(pending.bytes + sizeof(pending.rules));
	struct utfs_filter_program *program =
		(struct utfs_filter_program *)(void *)(rule->text + 16);
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	*rule = (struct utfs_pending_rule){
		.bytes = sizeof(*rule) + 16, .system_bytes = 5, .event_bytes = 1, .text_bytes = 7};
	memcpy(rule->text, "alpha:*", 7);
	if (filters) {
		rule->program = rule->bytes;
		rule->bytes += sizeof(*program) + sizeof(program->ops[0]) + 8;
		*program = (struct utfs_filter_program){
			.object = {UTFS_MAGIC_PROGRAM,
				   sizeof(*program) + sizeof(program->ops[0]) + 8},
			.nr_ops = 1,
			.text = sizeof(*program) + sizeof(program->ops[0]),
			.text_bytes = 8,
		};
		program->ops[0] = (struct utfs_filter_op){.what = UTFS_FILTER_NAMED_NUMBER,
							  .name = program->text,
							  .bytes = 1,
							  .when_true = 1,
							  .when_false = 2};
		memcpy((char *)program + program->text, "a == 0  ", 8);
	}
	pending.rules.nr_rules = 1;
	pending.rules.object = (struct utfs_object){UTFS_MAGIC_PENDING,
						    (uint32_t)sizeof(pending.rules) + rule->bytes};
	return utfs_tx_end(arena, utfs_pending_set(arena, slot, &pending.rules));
}

/* The smallest buffers: a rule needs a recorder, which may be quiet. */
static int recorder_make(struct utfs_arena *arena, uint32_t slot)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	utfs_tx_set(arena, &utfs_instance_at(arena, slot)->buffer_kb, 8);
	return utfs_tx_end(arena, utfs_ring_create(arena, slot));
}

int crash_recorder_and_events(struct utfs_arena *arena)
{
	int ret = crash_events_three(arena);

	return ret ? ret : recorder_make(arena, 0);
}

int crash_pending_enable(struct utfs_arena *arena)
{
	return pending_set(arena, 0, false);
}

int crash_pending_both(struct utfs_arena *arena)
{
	int ret = crash_add_instance(arena, "b");

	for (uint32_t slot = 0; !ret && slot < 2; slot++) {
		ret = recorder_make(arena, slot);
		if (!ret)
			ret = pending_set(arena, slot, slot == 1);
	}
	return ret;
}

int crash_pending_removed(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	ret = utfs_ring_unpublish(arena, 1);
	if (!ret)
		ret = utfs_instance_remove(arena, 1);
	return utfs_tx_end(arena, ret);
}

int crash_pending_clear(struct utfs_arena *arena)
{
	int ret = utfs_tx_begin(arena);

	if (ret)
		return ret;
	return utfs_tx_end(arena, utfs_pending_set(arena, 0, NULL));
}
