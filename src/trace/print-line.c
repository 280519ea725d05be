/* SPDX-License-Identifier: MIT */
/* What stands around the events in `trace` and `trace_pipe`, byte for byte the kernel's. */
#include <assert.h>
#include <stdlib.h>

#include "trace/print-internal.h"

/* Bits of common_flags. */
enum {
	FLAG_IRQS_OFF = 0x01,
	FLAG_NEED_RESCHED_LAZY = 0x02,
	FLAG_NEED_RESCHED = 0x04,
	FLAG_HARDIRQ = 0x08,
	FLAG_SOFTIRQ = 0x10,
	FLAG_PREEMPT_RESCHED = 0x20,
	FLAG_NMI = 0x40,
	FLAG_BH_OFF = 0x80,
};

/* Longest context but for the task's name. */
#define CONTEXT_BYTES 128
#define COMM_COLUMNS  16
#define HEAD_PIECE    16

struct utfs_common utfs_line_common(const struct utfs_line *line)
{
	struct utfs_common common = {0};

	memcpy(&common, line->record,
	       line->record_bytes < sizeof(common) ? line->record_bytes : sizeof(common));
	return common;
}

int32_t utfs_line_process(const struct utfs_line *line)
{
	return line->tgid > 0 ? line->tgid : utfs_line_common(line).pid;
}

const char *utfs_line_comm(const struct utfs_line *line, const struct utfs_common *common)
{
	return line->comm ? line->comm : common->pid == 0 ? "<idle>" : "<...>";
}

bool utfs_line_known(const struct utfs_line *line, const struct utfs_common *common)
{
	return line->plan || common->type == UTFS_PRINT_ID || common->type == UTFS_RAW_DATA_ID;
}

uint64_t utfs_line_ip(const struct utfs_line *line)
{
	uint64_t ip = 0;

	if (line->record_bytes >= UTFS_COMMON_BYTES + sizeof(ip))
		memcpy(&ip, (const char *)line->record + UTFS_COMMON_BYTES, sizeof(ip));
	return ip;
}

static char *put_spaces(char *p, size_t n)
{
	while (n-- > 0)
		*p++ = ' ';
	return p;
}

/* A number in at least so many columns, like %7d or, filled with zeros, %03d. */
static char *put_padded(char *p, uint64_t value, unsigned int columns, char fill)
{
	for (unsigned int n = utfs_count_digits(value); n < columns; n++)
		*p++ = fill;
	return utfs_write_dec(p, value);
}

/* "-%-7d " */
static char *put_pid(char *p, int32_t pid)
{
	char *start;

	*p++ = '-';
	start = p;
	if (pid < 0)
		*p++ = '-';
	p = utfs_write_dec(p, pid < 0 ? -(uint64_t)pid : (uint64_t)pid);
	if (p < start + 7)
		p = put_spaces(p, (size_t)(start + 7 - p));
	*p++ = ' ';
	return p;
}

static char *put_tgid(char *p, int32_t tgid)
{
	if (tgid <= 0) {
		static const char unknown[] = "(-------) ";

		memcpy(p, unknown, sizeof(unknown));
		return p + sizeof(unknown) - 1;
	}
	*p++ = '(';
	p = put_padded(p, (uint64_t)tgid, 7, ' ');
	*p++ = ')';
	*p++ = ' ';
	return p;
}

static char resched_letter(uint8_t flags)
{
	bool need = flags & FLAG_NEED_RESCHED, lazy = flags & FLAG_NEED_RESCHED_LAZY;

	if (flags & FLAG_PREEMPT_RESCHED)
		return need ? (lazy ? 'B' : 'N') : (lazy ? 'L' : 'p');
	return need ? (lazy ? 'b' : 'n') : (lazy ? 'l' : '.');
}

static char irq_letter(uint8_t flags)
{
	bool hardirq = flags & FLAG_HARDIRQ;

	if (flags & FLAG_NMI)
		return hardirq ? 'Z' : 'z';
	if (flags & FLAG_SOFTIRQ)
		return hardirq ? 'H' : 's';
	return hardirq ? 'h' : '.';
}

char *utfs_put_irq_info(char *p, const struct utfs_common *common)
{
	static const char hex[] = ".123456789abcdef";
	bool irqs_off = common->flags & FLAG_IRQS_OFF, bh_off = common->flags & FLAG_BH_OFF;

	*p++ = irqs_off ? (bh_off ? 'D' : 'd') : (bh_off ? 'b' : '.');
	*p++ = resched_letter(common->flags);
	*p++ = irq_letter(common->flags);
	*p++ = hex[common->preempt_count & 15];
	*p++ = hex[common->preempt_count >> 4];
	return p;
}

static char *put_time(char *p, const struct utfs_line_style *style, uint64_t timestamp)
{
	*p++ = ' ';
	if (style->clock_in_ns) {
		uint64_t us = (timestamp + 500) / 1000;

		if (timestamp > UINT64_MAX - 500)
			us = timestamp / 1000;
		p = put_padded(p, us / 1000000, 5, ' ');
		*p++ = '.';
		p = utfs_write_dec6(p, (uint32_t)(us % 1000000));
	} else {
		p = put_padded(p, timestamp, 12, ' ');
	}
	*p++ = ':';
	*p++ = ' ';
	return p;
}

/* Up to the time. */
static char *put_head(char *p, const struct utfs_line_style *style, const struct utfs_line *line,
		      const struct utfs_common *common, const char *comm, size_t comm_bytes)
{
	if (comm_bytes < COMM_COLUMNS)
		p = put_spaces(p, COMM_COLUMNS - comm_bytes);
	memcpy(p, comm, comm_bytes);
	p = put_pid(p + comm_bytes, common->pid);
	if (style->tgid)
		p = put_tgid(p, line->tgid);
	*p++ = '[';
	p = put_padded(p, line->cpu, 3, '0');
	*p++ = ']';
	*p++ = ' ';
	return style->irq_info ? utfs_put_irq_info(p, common) : p;
}

/* The same, from the line before if it began so. */
static char *put_known_head(char *p, const struct utfs_line_style *style,
			    const struct utfs_line *line, const struct utfs_common *common,
			    const char *comm, size_t comm_bytes)
{
	struct utfs_line_head *head = style->head, now = {0};
	size_t bytes;
	char *end;

	memcpy(now.comm, comm, comm_bytes);
	if (head->bytes && head->pid == common->pid && head->cpu == line->cpu &&
	    head->flags == common->flags && head->preempt_count == common->preempt_count &&
	    head->tgid == line->tgid && head->comm[0] == now.comm[0] &&
	    head->comm[1] == now.comm[1]) {
		/* In pieces that each are one instruction: of the whole gcc makes the slow "rep movs". */
		for (size_t at = 0; at < head->bytes; at += HEAD_PIECE)
			memcpy(p + at, head->text + at, HEAD_PIECE);
		return p + head->bytes;
	}
	end = put_head(p, style, line, common, comm, comm_bytes);
	bytes = (size_t)(end - p);
	head->bytes = 0;
	static_assert(sizeof(head->text) % HEAD_PIECE == 0, "the last piece is whole");
	if (bytes > sizeof(head->text))
		return end;
	memcpy(head->text, p, bytes);
	memcpy(head->comm, now.comm, sizeof(head->comm));
	head->pid = common->pid;
	head->tgid = line->tgid;
	head->cpu = line->cpu;
	head->flags = common->flags;
	head->preempt_count = common->preempt_count;
	head->bytes = (uint8_t)bytes;
	return end;
}

void utfs_print_context(struct eventfs_text *text, const struct utfs_line_style *style,
			const struct utfs_line *line)
{
	struct utfs_common common = utfs_line_common(line);
	const char *comm = utfs_line_comm(line, &common);
	size_t comm_bytes = strnlen(comm, 4 * COMM_COLUMNS);
	char *p = eventfs_text_reserve(text, comm_bytes + CONTEXT_BYTES);

	if (!p)
		return;
	p = style->head && comm_bytes <= COMM_COLUMNS
		    ? put_known_head(p, style, line, &common, comm, comm_bytes)
		    : put_head(p, style, line, &common, comm, comm_bytes);
	p = put_time(p, style, line->timestamp);
	text->len_bytes = (size_t)(p - text->data);
}

/* The message ends at its NUL or with the record; it brings its newline, or gets one. */
void utfs_print_text(struct eventfs_text *text, const struct utfs_line *line)
{
	size_t start = UTFS_COMMON_BYTES + sizeof(uint64_t), n = 0;
	const char *message = line->record;

	if (line->record_bytes > start) {
		message += start;
		n = strnlen(message, line->record_bytes - start);
		eventfs_text_write(text, message, n);
	}
	if (n == 0 || message[n - 1] != '\n')
		eventfs_text_putc(text, '\n');
}

/* "tracing_mark_write: hello" */
static void print_message(struct eventfs_text *text, const struct utfs_line *line)
{
	uint64_t ip = utfs_line_ip(line);

	if (ip == UTFS_PRINT_IP_MARKER)
		eventfs_text_puts(text, "tracing_mark_write: ");
	else if (ip == UTFS_PRINT_IP_MESSAGE)
		eventfs_text_puts(text, "utfs_printf: ");
	else
		eventfs_text_printf(text, "0x%llx: ", (unsigned long long)ip);
	utfs_print_text(text, line);
}

/* "# 1 buf: 61 62" */
void utfs_print_raw_data(struct eventfs_text *text, const struct utfs_line *line)
{
	const uint8_t *record = line->record;
	size_t start = UTFS_COMMON_BYTES + sizeof(uint32_t), room;
	struct utfs_sink sink;
	uint32_t id = 0;
	char *p;

	if (line->record_bytes >= start)
		memcpy(&id, record + UTFS_COMMON_BYTES, sizeof(id));
	eventfs_text_printf(text, "# %x buf:", id);
	if (line->record_bytes > start) {
		room = 3 * (line->record_bytes - start);
		p = eventfs_text_reserve(text, room);
		if (!p)
			return;
		sink = (struct utfs_sink){p, p + room};
		utfs_sink_putc(&sink, ' ', 1);
		utfs_sink_hex(&sink, record + start, line->record_bytes - start, " ");
		text->len_bytes += (size_t)(sink.p - p);
	}
	eventfs_text_putc(text, '\n');
}

void utfs_print_line(struct eventfs_text *text, const struct utfs_line_style *style,
		     const struct utfs_line *line)
{
	struct utfs_common common = utfs_line_common(line);

	if (utfs_print_mode(text, style, line))
		return;
	if (style->context_info && style->latency)
		utfs_print_latency_context(text, style, line);
	else if (style->context_info)
		utfs_print_context(text, style, line);
	if (common.type == UTFS_PRINT_ID) {
		print_message(text, line);
		return;
	}
	if (common.type == UTFS_RAW_DATA_ID) {
		utfs_print_raw_data(text, line);
		return;
	}
	if (utfs_print_stack(text, style, line))
		return;
	if (!line->plan) {
		eventfs_text_printf(text, "Unknown type %u\n", common.type);
		return;
	}
	eventfs_text_write(text, line->name, line->name_bytes);
	eventfs_text_putc(text, ':');
	if (!utfs_plan_is_fields(line->plan))
		eventfs_text_putc(text, ' ');
	utfs_print_line_event(text, style, line);
	eventfs_text_putc(text, '\n');
}

void utfs_print_lost(struct eventfs_text *text, unsigned int cpu, uint64_t lost)
{
	if (lost)
		eventfs_text_printf(text, "CPU:%u [LOST %llu EVENTS]\n", cpu,
				    (unsigned long long)lost);
	else
		eventfs_text_printf(text, "CPU:%u [LOST EVENTS]\n", cpu);
}

static void print_columns_irq(struct eventfs_text *text, bool tgid)
{
	static const char *const arrows[] = {
		"  _-----=> irqs-off/BH-disabled", " / _----=> need-resched",
		"| / _---=> hardirq/softirq",	   "|| / _--=> preempt-depth",
		"||| / _-=> migrate-disable",	   "|||| /     delay",
	};
	int indent = tgid ? 12 : 2;

	for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++)
		eventfs_text_printf(text, "#%*s%s\n", 28 + indent, "", arrows[i]);
	eventfs_text_printf(text, "#           TASK-PID  %.*s CPU#  |||||  TIMESTAMP  FUNCTION\n",
			    indent, "     TGID   ");
	eventfs_text_printf(text, "#              | |    %.*s   |   |||||     |         |\n",
			    indent, "       |    ");
}

static void print_columns(struct eventfs_text *text, bool tgid)
{
	eventfs_text_printf(text, "#           TASK-PID    %s CPU#     TIMESTAMP  FUNCTION\n",
			    tgid ? "   TGID   " : "");
	eventfs_text_printf(text, "#              | |      %s   |         |         |\n",
			    tgid ? "     |    " : "");
}

void utfs_print_header(struct eventfs_text *text, const struct utfs_line_style *style,
		       const char *tracer, const struct utfs_trace_totals *totals)
{
	eventfs_text_printf(text, "# tracer: %s\n#\n", tracer);
	if (!style->context_info)
		return;
	if (style->latency) {
		utfs_print_latency_header(text, style, tracer, totals);
		return;
	}
	if (style->verbose)
		return;
	eventfs_text_printf(text, "# entries-in-buffer/entries-written: %llu/%llu   #P:%u\n#\n",
			    (unsigned long long)totals->entries,
			    (unsigned long long)totals->written, totals->nr_cpus);
	if (style->irq_info)
		print_columns_irq(text, style->tgid);
	else
		print_columns(text, style->tgid);
}
