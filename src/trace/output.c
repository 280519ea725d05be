/* SPDX-License-Identifier: MIT */
#include "trace/output.h"

#include <stdlib.h>
#include <string.h>

int utfs_output_create(struct utfs_trace *trace, struct eventfs_key key, uint32_t cpu,
		       enum utfs_which which, struct utfs_output **output)
{
	int ret;

	*output = calloc(1, sizeof(**output));
	if (!*output)
		return -ENOMEM;
	(*output)->trace = trace;
	(*output)->key = key;
	(*output)->cpu = cpu;
	(*output)->which = which;
	(*output)->state.recorder = UTFS_NO_RECORDER;
	ret = utfs_plans_create(&(*output)->plans);
	if (!ret)
		ret = utfs_symbols_create(&trace->arena, &(*output)->symbols);
	if (!ret)
		ret = utfs_output_refresh(*output);
	if (ret) {
		utfs_output_free(*output);
		*output = NULL;
	}
	return ret;
}

void utfs_output_free(struct utfs_output *output)
{
	if (!output)
		return;
	utfs_merge_free(output->merge);
	utfs_plans_free(output->plans);
	utfs_symbols_free(output->symbols);
	eventfs_text_fini(&output->text);
	free(output);
}

static bool option(const struct utfs_output *output, unsigned int number)
{
	return output->state.options & UTFS_OPTION_BIT(number);
}

int utfs_output_refresh(struct utfs_output *output)
{
	int ret = utfs_array_state_get(output->trace, output->key, &output->state);

	if (ret)
		return ret;
	output->style = (struct utfs_line_style){
		.context_info = option(output, UTFS_OPTION_CONTEXT_INFO),
		.irq_info = option(output, UTFS_OPTION_IRQ_INFO),
		.tgid = option(output, UTFS_OPTION_RECORD_TGID),
		.clock_in_ns = utfs_clock_in_ns(output->state.clock),
		.raw = option(output, UTFS_OPTION_RAW),
		.hex = option(output, UTFS_OPTION_HEX),
		.bin = option(output, UTFS_OPTION_BIN),
		.messages_bare = option(output, UTFS_OPTION_PRINTK_MSG_ONLY) &&
				 option(output, UTFS_OPTION_TRACE_PRINTK),
		.latency = option(output, UTFS_OPTION_LATENCY_FORMAT),
		.verbose = option(output, UTFS_OPTION_VERBOSE),
		.time_start = output->state.time_start,
		.max_latency_ns = output->state.max_latency_ns,
		.sym_offset = option(output, UTFS_OPTION_SYM_OFFSET),
		.sym_addr = option(output, UTFS_OPTION_SYM_ADDR),
		.sym_userobj = option(output, UTFS_OPTION_SYM_USEROBJ),
		.symbols = utfs_symbols_print,
		.symbols_ctx = output->symbols,
		.head = &output->head,
	};
	output->head.bytes = 0;
	/* An instance keeps the recorder it once got. */
	if (output->merge || output->state.recorder == UTFS_NO_RECORDER)
		return 0;
	return utfs_merge_create(&output->trace->arena, output->state.recorder, output->cpu,
				 output->which, &output->merge);
}

uint32_t utfs_output_event_id(const struct utfs_merge_event *event)
{
	uint16_t id = 0;

	if (event->bytes >= sizeof(id))
		memcpy(&id, event->record, sizeof(id));
	return id;
}

void utfs_output_event(struct utfs_output *output, const struct utfs_merge_event *event,
		       uint64_t next_time_stamp)
{
	struct utfs_line line = {
		.record = event->record,
		.record_bytes = event->bytes,
		.timestamp = event->time_stamp,
		.next_timestamp = next_time_stamp,
		.index = output->index++,
		.cpu = event->cpu,
	};
	const struct utfs_plan_entry *entry;
	char comm[17];
	int32_t pid = 0;
	pid_t tgid = 0;

	if (event->lost)
		utfs_print_lost(&output->text, event->cpu, event->lost);
	if (event->bytes >= UTFS_COMMON_BYTES)
		memcpy(&pid, (const char *)event->record + 4, sizeof(pid));
	if (!utfs_cmdline_find(&output->trace->arena, pid, comm, &tgid)) {
		line.comm = comm[0] ? comm : NULL;
		line.tgid = tgid;
	}
	entry = utfs_plans_get(output->plans, output->trace, utfs_output_event_id(event));
	if (entry) {
		line.name = entry->name;
		line.name_bytes = entry->name_bytes;
		line.plan = option(output, UTFS_OPTION_FIELDS) ? entry->fields : entry->plan;
	}
	utfs_print_line(&output->text, &output->style, &line);
}
