/* SPDX-License-Identifier: MIT */
/* What describes records: format and id of an event, header_page, header_event, printk_formats. */
#include "trace/format.h"
#include "trace/ftrace-formats.h"
#include "trace/internal.h"

#include <string.h>

static int format_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	struct utfs_event_strings event;
	uint32_t id;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = utfs_event_of_key(trace, key, &id);
	if (!ret && utfs_event_serial_is_ftrace(key.b)) {
		const struct utfs_ftrace_event *ftrace = utfs_ftrace_event_by_id(id);

		utfs_format_write(out, ftrace->name, id, ftrace->fields, strlen(ftrace->fields),
				  ftrace->print_fmt, strlen(ftrace->print_fmt));
	} else if (!ret) {
		ret = utfs_event_strings_get(&trace->arena, id, &event);
		if (!ret)
			utfs_format_write(out, event.name, id, event.fields, event.fields_bytes,
					  event.print_fmt, event.print_bytes);
	}
	return utfs_tx_end(&trace->arena, ret == -ENOENT ? -ENODEV : ret);
}

const struct eventfs_file_ops utfs_file_event_format = {.show = format_show};

static int id_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t id;
	int ret = utfs_tx_begin(&trace->arena);

	if (ret)
		return ret;
	ret = utfs_event_of_key(trace, key, &id);
	if (!ret)
		eventfs_text_printf(out, "%u\n", id);
	return utfs_tx_end(&trace->arena, ret == -ENOENT ? -ENODEV : ret);
}

const struct eventfs_file_ops utfs_file_event_id = {.show = id_show};

static int header_page_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	eventfs_text_printf(out,
			    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
			    "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
			    "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
			    /* The kernel is compiled with unsigned chars. */
			    "\tfield: char data;\toffset:%d;\tsize:%d;\tsigned:0;\n",
			    UTFS_PAGE_HEADER_BYTES,
			    (UTFS_PAGE_BYTES << utfs_ring_order(&trace->arena, slot)) -
				    UTFS_PAGE_HEADER_BYTES);
	return utfs_tx_end(&trace->arena, 0);
}

const struct eventfs_file_ops utfs_file_header_page = {.show = header_page_show};

static int header_event_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	(void)ctx;
	(void)key;
	eventfs_text_puts(out, "# compressed entry header\n"
			       "\ttype_len    :    5 bits\n"
			       "\ttime_delta  :   27 bits\n"
			       "\tarray       :   32 bits\n"
			       "\n"
			       "\tpadding     : type == 29\n"
			       "\ttime_extend : type == 30\n"
			       "\ttime_stamp : type == 31\n"
			       "\tdata max type_len  == 28\n");
	return 0;
}

const struct eventfs_file_ops utfs_file_header_event = {.show = header_event_show};

/* Records hold their strings; none of them points into somebody's memory, so there is nothing to list. */
static int printk_formats_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	(void)ctx;
	(void)key;
	(void)out;
	return 0;
}

const struct eventfs_file_ops utfs_file_printk_formats = {.show = printk_formats_show};
