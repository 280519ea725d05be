/* SPDX-License-Identifier: MIT */
/* Records of ftrace:kernel_stack and ftrace:user_stack: a line of their own, then one for each function that is under way. */
#include "trace/print-internal.h"

/* Behind the common fields stands a word: the number of addresses, or the process. */
#define CALLERS_AT (UTFS_COMMON_BYTES + 8)

static void print_caller(struct eventfs_text *text, const struct utfs_line_style *style,
			 int32_t tgid, uint64_t address)
{
	eventfs_text_puts(text, " => ");
	if (style->symbols)
		style->symbols(style->symbols_ctx, style, tgid, address, text);
	else
		eventfs_text_printf(text, "0x%08llx", (unsigned long long)address);
	if (style->sym_addr)
		eventfs_text_printf(text, " <%016llx>", (unsigned long long)address);
	eventfs_text_putc(text, '\n');
}

bool utfs_print_stack(struct eventfs_text *text, const struct utfs_line_style *style,
		      const struct utfs_line *line)
{
	const struct utfs_common common = utfs_line_common(line);
	const bool user = common.type == UTFS_USER_STACK_ID;
	int32_t tgid = utfs_line_process(line);
	uint64_t address;

	if (!user && common.type != UTFS_KERNEL_STACK_ID)
		return false;
	if (user && line->record_bytes >= CALLERS_AT)
		memcpy(&tgid, (const char *)line->record + UTFS_COMMON_BYTES, sizeof(tgid));
	eventfs_text_puts(text, user ? "<user stack trace>\n" : "<stack trace>\n");
	for (size_t at = CALLERS_AT; line->record_bytes >= at + sizeof(address);
	     at += sizeof(address)) {
		memcpy(&address, (const char *)line->record + at, sizeof(address));
		if (address == UINT64_MAX || (user && !address))
			break;
		print_caller(text, style, tgid, address);
	}
	return true;
}
