/* SPDX-License-Identifier: MIT */
#include "trace/ftrace-formats.h"

/* One line of a format file. */
#define FIELD(decl, offset, size, is_signed)                                                       \
	"\tfield:" decl ";\toffset:" #offset ";\tsize:" #size ";\tsigned:" #is_signed ";\n"

const struct utfs_ftrace_event utfs_ftrace_events[] = {
	{
		.name = "bprint",
		.id = 6,
		.fields = FIELD("unsigned long ip", 8, 8, 0) FIELD("const char * fmt", 16, 8, 0)
			FIELD("u32 buf[]", 24, 0, 0),
		.print_fmt = "\"%ps: %s\", (void *)REC->ip, REC->fmt",
	},
	{
		.name = "bputs",
		.id = 14,
		.fields = FIELD("unsigned long ip", 8, 8, 0) FIELD("const char * str", 16, 8, 0),
		.print_fmt = "\"%ps: %s\", (void *)REC->ip, REC->str",
	},
	{
		.name = "branch",
		.id = 9,
		.fields = FIELD("unsigned int line", 8, 4, 0) FIELD("char func[31]", 12, 31, 0)
			FIELD("char file[21]", 43, 21, 0) FIELD("char correct", 64, 1, 0)
				FIELD("char constant", 65, 1, 0),
		.print_fmt = "\"%u:%s:%s (%u)%s\", REC->line, REC->func, REC->file, "
			     "REC->correct, REC->constant ? \" CONSTANT\" : \"\"",
	},
	{
		.name = "context_switch",
		.id = 2,
		.fields = FIELD("unsigned int prev_pid", 8, 4, 0) FIELD(
			"unsigned int next_pid", 12, 4, 0) FIELD("unsigned int next_cpu", 16, 4, 0)
			FIELD("unsigned char prev_prio", 20, 1, 0)
				FIELD("unsigned char prev_state", 21, 1, 0)
					FIELD("unsigned char next_prio", 22, 1, 0)
						FIELD("unsigned char next_state", 23, 1, 0),
		.print_fmt = "\"%u:%u:%u  ==> %u:%u:%u [%03u]\", REC->prev_pid, REC->prev_prio, "
			     "REC->prev_state, REC->next_pid, REC->next_prio, "
			     "REC->next_state, REC->next_cpu",
	},
	{
		.name = "func_repeats",
		.id = 19,
		.fields = FIELD("unsigned long ip", 8, 8, 0) FIELD("unsigned long parent_ip", 16, 8,
								   0) FIELD("u16 count", 24, 2, 0)
			FIELD("u16 top_delta_ts", 26, 2, 0) FIELD("u32 bottom_delta_ts", 28, 4, 0),
		.print_fmt = "\" %ps <-%ps\\t(repeats:%u  delta: -%llu)\", (void *)REC->ip, "
			     "(void *)REC->parent_ip, REC->count, (((u64)(REC)->top_delta_ts "
			     "<< 32) | (REC)->bottom_delta_ts)",
	},
	{
		.name = "funcgraph_entry",
		.id = 11,
		.fields = FIELD("unsigned long func", 8, 8, 0) FIELD("int depth", 16, 4, 1),
		.print_fmt = "\"--> %ps (%d)\", (void *)REC->func, REC->depth",
	},
	{
		.name = "funcgraph_exit",
		.id = 10,
		.fields = FIELD("unsigned long func", 8, 8, 0) FIELD("int depth", 16, 4, 1)
			FIELD("unsigned int overrun", 20, 4, 0)
				FIELD("unsigned long long calltime", 24, 8, 0)
					FIELD("unsigned long long rettime", 32, 8, 0),
		.print_fmt = "\"<-- %ps (%d) (start: %llx  end: %llx) over: %d\", (void "
			     "*)REC->func, REC->depth, REC->calltime, REC->rettime, REC->depth",
	},
	{
		.name = "function",
		.id = 1,
		.fields = FIELD("unsigned long ip", 8, 8, 0)
			FIELD("unsigned long parent_ip", 16, 8, 0),
		.print_fmt = "\" %ps <-- %ps\", (void *)REC->ip, (void *)REC->parent_ip",
	},
	{
		.name = "hwlat",
		.id = 15,
		.fields = FIELD("u64 duration", 8, 8, 0) FIELD("u64 outer_duration", 16, 8, 0)
			FIELD("u64 nmi_total_ts", 24, 8, 0) FIELD("s64 tv_sec", 32, 8, 1) FIELD(
				"long tv_nsec", 40, 8, 1) FIELD("unsigned int nmi_count", 48, 4, 0)
				FIELD("unsigned int seqnum", 52, 4, 0)
					FIELD("unsigned int count", 56, 4, 0),
		.print_fmt = "\"cnt:%u\\tts:%010llu.%010lu\\tinner:%llu\\touter:%llu\\tcount:%"
			     "d\\tnmi-ts:%llu\\tnmi-count:%u\\n\", "
			     "REC->seqnum, REC->tv_sec, REC->tv_nsec, REC->duration, "
			     "REC->outer_duration, REC->count, REC->nmi_total_ts, "
			     "REC->nmi_count",
	},
	{
		.name = "kernel_stack",
		.id = 4,
		.fields = FIELD("int size", 8, 4, 1) FIELD("unsigned long caller[8]", 16, 64, 0),
		.print_fmt =
			"\"\\t=> %ps\\n\\t=> %ps\\n\\t=> %ps\\n\" \"\\t=> %ps\\n\\t=> %ps\\n\\t=> "
			"%ps\\n\" \"\\t=> %ps\\n\\t=> %ps\\n\", (void *)REC->caller[0], (void "
			"*)REC->caller[1], (void *)REC->caller[2], (void "
			"*)REC->caller[3], (void *)REC->caller[4], (void "
			"*)REC->caller[5], (void *)REC->caller[6], (void *)REC->caller[7]",
	},
	{
		.name = "mmiotrace_map",
		.id = 8,
		.fields = FIELD("resource_size_t phys", 8, 8, 0) FIELD(
			"unsigned long virt", 16, 8, 0) FIELD("unsigned long len", 24, 8, 0)
			FIELD("int map_id", 32, 4, 1) FIELD("unsigned char opcode", 36, 1, 0),
		.print_fmt = "\"%lx %lx %lx %d %x\", (unsigned long)REC->phys, REC->virt, "
			     "REC->len, REC->map_id, REC->opcode",
	},
	{
		.name = "mmiotrace_rw",
		.id = 7,
		.fields = FIELD("resource_size_t phys", 8, 8, 0) FIELD(
			"unsigned long value", 16, 8, 0) FIELD("unsigned long pc", 24, 8, 0)
			FIELD("int map_id", 32, 4, 1) FIELD("unsigned char opcode", 36, 1, 0)
				FIELD("unsigned char width", 37, 1, 0),
		.print_fmt = "\"%lx %lx %lx %d %x %x\", (unsigned long)REC->phys, REC->value, "
			     "REC->pc, REC->map_id, REC->opcode, REC->width",
	},
	{
		.name = "osnoise",
		.id = 16,
		.fields = FIELD("u64 noise", 8, 8, 0) FIELD("u64 runtime", 16, 8, 0)
			FIELD("u64 max_sample", 24, 8, 0) FIELD("unsigned int hw_count", 32, 4, 0)
				FIELD("unsigned int nmi_count", 36, 4,
				      0) FIELD("unsigned int irq_count", 40, 4, 0)
					FIELD("unsigned int softirq_count", 44, 4, 0)
						FIELD("unsigned int thread_count", 48, 4, 0),
		.print_fmt = "\"noise:%llu\\tmax_sample:%llu\\thw:%u\\tnmi:%u\\tirq:%u\\tsoftirq:%"
			     "u\\tthread:%u\\n\", "
			     "REC->noise, REC->max_sample, REC->hw_count, REC->nmi_count, "
			     "REC->irq_count, REC->softirq_count, REC->thread_count",
	},
	{
		.name = "print",
		.id = 5,
		.fields = FIELD("unsigned long ip", 8, 8, 0) FIELD("char buf[]", 16, 0, 0),
		.print_fmt = "\"%ps: %s\", (void *)REC->ip, REC->buf",
	},
	{
		.name = "raw_data",
		.id = 18,
		.fields = FIELD("unsigned int id", 8, 4, 0) FIELD("char buf[]", 12, 0, 0),
		.print_fmt = "\"id:%04x %08x\", REC->id, (int)REC->buf[0]",
	},
	{
		.name = "timerlat",
		.id = 17,
		.fields = FIELD("unsigned int seqnum", 8, 4, 0) FIELD("int context", 12, 4, 1)
			FIELD("u64 timer_latency", 16, 8, 0),
		.print_fmt = "\"seq:%u\\tcontext:%d\\ttimer_latency:%llu\\n\", REC->seqnum, "
			     "REC->context, REC->timer_latency",
	},
	{
		.name = "user_stack",
		.id = 12,
		.fields = FIELD("unsigned int tgid", 8, 4, 0)
			FIELD("unsigned long caller[8]", 16, 64, 0),
		.print_fmt =
			"\"\\t=> %ps\\n\\t=> %ps\\n\\t=> %ps\\n\" \"\\t=> %ps\\n\\t=> %ps\\n\\t=> "
			"%ps\\n\" \"\\t=> %ps\\n\\t=> %ps\\n\", (void *)REC->caller[0], (void "
			"*)REC->caller[1], (void *)REC->caller[2], (void "
			"*)REC->caller[3], (void *)REC->caller[4], (void "
			"*)REC->caller[5], (void *)REC->caller[6], (void *)REC->caller[7]",
	},
	{
		.name = "wakeup",
		.id = 3,
		.fields = FIELD("unsigned int prev_pid", 8, 4, 0) FIELD(
			"unsigned int next_pid", 12, 4, 0) FIELD("unsigned int next_cpu", 16, 4, 0)
			FIELD("unsigned char prev_prio", 20, 1, 0)
				FIELD("unsigned char prev_state", 21, 1, 0)
					FIELD("unsigned char next_prio", 22, 1, 0)
						FIELD("unsigned char next_state", 23, 1, 0),
		.print_fmt = "\"%u:%u:%u  ==+ %u:%u:%u [%03u]\", REC->prev_pid, REC->prev_prio, "
			     "REC->prev_state, REC->next_pid, REC->next_prio, "
			     "REC->next_state, REC->next_cpu",
	},
};

const size_t utfs_nr_ftrace_events = sizeof(utfs_ftrace_events) / sizeof(utfs_ftrace_events[0]);
