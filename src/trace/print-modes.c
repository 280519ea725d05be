/* SPDX-License-Identifier: MIT */
/* Other ways to print a line: options raw, hex, bin, printk-msg-only, latency-format. Byte for byte the kernel's. */
#include <sys/utsname.h>

#include "trace/print-internal.h"

#define NS_PER_US 1000
#define US_PER_MS 1000

/* As the kernel rounds. */
static uint64_t us_of_ns(uint64_t ns)
{
	return (ns + NS_PER_US / 2) / NS_PER_US;
}

/* The bytes of a number as the kernel dumps them: the highest first, and a space. */
static void put_hex_field(struct eventfs_text *text, uint64_t value, int bytes)
{
	eventfs_text_printf(text, "%0*llx ", 2 * bytes, (unsigned long long)value);
}

static void print_raw(struct eventfs_text *text, const struct utfs_line_style *style,
		      const struct utfs_line *line, const struct utfs_common *common)
{
	if (style->context_info)
		eventfs_text_printf(text, "%d %u %llu ", common->pid, line->cpu,
				    (unsigned long long)line->timestamp);
	if (common->type == UTFS_PRINT_ID) {
		uint64_t ip = utfs_line_ip(line);

		eventfs_text_printf(text, "# %llx ", (unsigned long long)ip);
		utfs_print_text(text, line);
	} else if (common->type == UTFS_RAW_DATA_ID) {
		utfs_print_raw_data(text, line);
	} else if (line->plan) {
		eventfs_text_printf(text, "type: %u\n", common->type);
	} else {
		eventfs_text_printf(text, "%u ?\n", common->type);
	}
}

static void print_hex(struct eventfs_text *text, const struct utfs_line_style *style,
		      const struct utfs_line *line, const struct utfs_common *common)
{
	if (style->context_info) {
		put_hex_field(text, (uint32_t)common->pid, 4);
		put_hex_field(text, line->cpu, 4);
		put_hex_field(text, line->timestamp, 8);
	}
	if (utfs_line_known(line, common))
		eventfs_text_printf(text, "type: %u\n", common->type);
	eventfs_text_putc(text, '\n');
}

static void print_bin(struct eventfs_text *text, const struct utfs_line_style *style,
		      const struct utfs_line *line, const struct utfs_common *common)
{
	if (style->context_info) {
		eventfs_text_write(text, &common->pid, sizeof(common->pid));
		eventfs_text_write(text, &(uint32_t){line->cpu}, sizeof(uint32_t));
		eventfs_text_write(text, &line->timestamp, sizeof(line->timestamp));
	}
	if (utfs_line_known(line, common))
		eventfs_text_printf(text, "type: %u\n", common->type);
}

bool utfs_print_mode(struct eventfs_text *text, const struct utfs_line_style *style,
		     const struct utfs_line *line)
{
	struct utfs_common common = utfs_line_common(line);

	if (style->messages_bare && common.type == UTFS_PRINT_ID)
		utfs_print_text(text, line);
	else if (style->bin)
		print_bin(text, style, line, &common);
	else if (style->hex)
		print_hex(text, style, line, &common);
	else if (style->raw)
		print_raw(text, style, line, &common);
	else
		return false;
	return true;
}

/* How long until the next event, for a glance. */
static char delay_mark(uint64_t ns)
{
	static const struct {
		uint64_t above_ns;
		char mark;
	} marks[] = {
		{1000000000, '$'}, {100000000, '@'}, {10000000, '*'},
		{1000000, '#'},	   {100000, '!'},    {10000, '+'},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (ns > marks[i].above_ns)
			return marks[i].mark;
	return ' ';
}

static void print_latency_time(struct eventfs_text *text, const struct utfs_line_style *style,
			       const struct utfs_line *line)
{
	uint64_t since_start = line->timestamp - style->time_start;
	uint64_t to_next = line->next_timestamp - line->timestamp;

	if (style->clock_in_ns) {
		since_start = us_of_ns(since_start);
		to_next = us_of_ns(to_next);
	}
	if (style->verbose && style->clock_in_ns)
		eventfs_text_printf(text, "[%08llx] %llu.%03llums (+%llu.%03llums): ",
				    (unsigned long long)us_of_ns(line->timestamp),
				    (unsigned long long)(since_start / US_PER_MS),
				    (unsigned long long)(since_start % US_PER_MS),
				    (unsigned long long)(to_next / US_PER_MS),
				    (unsigned long long)(to_next % US_PER_MS));
	else if (style->verbose)
		eventfs_text_printf(text,
				    "[%016llx] %lld (+%lld): ", (unsigned long long)line->timestamp,
				    (long long)since_start, (long long)to_next);
	else if (style->clock_in_ns)
		eventfs_text_printf(text, " %4lldus%c: ", (long long)since_start,
				    delay_mark(to_next * NS_PER_US));
	else
		eventfs_text_printf(text, " %4lld: ", (long long)since_start);
}

void utfs_print_latency_context(struct eventfs_text *text, const struct utfs_line_style *style,
				const struct utfs_line *line)
{
	struct utfs_common common = utfs_line_common(line);
	const char *comm = utfs_line_comm(line, &common);
	char *p;

	if (style->verbose) {
		eventfs_text_printf(text, "%16s %7d %3u %d %08x %08lx ", comm, common.pid,
				    line->cpu, common.flags, common.preempt_count & 0xfU,
				    (unsigned long)line->index);
	} else {
		eventfs_text_printf(text, "%8.8s-%-7d %3u", comm, common.pid, line->cpu);
		p = eventfs_text_reserve(text, UTFS_IRQ_INFO_BYTES);
		if (p)
			text->len_bytes += (size_t)(utfs_put_irq_info(p, &common) - p);
	}
	print_latency_time(text, style, line);
}

void utfs_print_latency_header(struct eventfs_text *text, const struct utfs_line_style *style,
			       const char *tracer, const struct utfs_trace_totals *totals)
{
	static const char columns[] = "#                    _------=> CPU#            \n"
				      "#                   / _-----=> irqs-off/BH-disabled\n"
				      "#                  | / _----=> need-resched    \n"
				      "#                  || / _---=> hardirq/softirq \n"
				      "#                  ||| / _--=> preempt-depth   \n"
				      "#                  |||| / _-=> migrate-disable \n"
				      "#                  ||||| /     delay           \n"
				      "#  cmd     pid     |||||| time  |   caller     \n"
				      "#     \\   /        ||||||  \\    |    /       \n";
	struct utsname uts = {.release = "unknown"};

	if (!totals->entries)
		return;
	(void)uname(&uts);
	eventfs_text_printf(
		text,
		"# %s latency trace v1.1.5 on %s\n"
		"# --------------------------------------------------------------------\n"
		"# latency: %llu us, #%llu/%llu, CPU#0 | (M:preempt VP:0, KP:0, SP:0 HP:0 #P:%u)\n"
		"#    -----------------\n"
		"#    | task: -0 (uid:0 nice:0 policy:0 rt_prio:0)\n"
		"#    -----------------\n"
		"#\n",
		tracer, uts.release, (unsigned long long)(style->max_latency_ns / NS_PER_US),
		(unsigned long long)totals->entries, (unsigned long long)totals->written,
		totals->nr_cpus);
	if (!style->verbose)
		eventfs_text_write(text, columns, sizeof(columns) - 1);
}
