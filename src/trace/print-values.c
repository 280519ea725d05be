/* SPDX-License-Identifier: MIT */
/* What __print_symbolic() and its sisters write, by the rules of the kernel's trace_print_*_seq(). */
#include "trace/print-internal.h"

static void sink_hex_number(struct utfs_sink *sink, uint64_t value)
{
	char digits[UTFS_NUMBER_BYTES] = "0x";
	char *end = utfs_write_hex(digits + 2, value);

	utfs_sink_write(sink, digits, (size_t)(end - digits));
}

void utfs_sink_symbolic(struct utfs_sink *sink, const struct utfs_print_plan *plan, uint32_t table,
			uint64_t value)
{
	const struct utfs_symbol_table *symbols = &plan->tables[table];
	const struct utfs_symbol *first = plan->symbols + symbols->first;
	size_t low = 0, high = symbols->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (first[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	/* A name without letters counts as none, as in the kernel. */
	if (low < symbols->nr && first[low].value == value && first[low].text_bytes > 0)
		utfs_sink_write(sink, plan->pool + first[low].text, first[low].text_bytes);
	else
		sink_hex_number(sink, value);
}

void utfs_sink_flags(struct utfs_sink *sink, const struct utfs_print_plan *plan, uint32_t table,
		     uint64_t flags)
{
	const struct utfs_symbol_table *symbols = &plan->tables[table];
	bool is_first = true;

	for (uint32_t i = 0; i < symbols->nr && flags; i++) {
		const struct utfs_symbol *symbol = &plan->symbols[symbols->first + i];

		if ((flags & symbol->value) != symbol->value)
			continue;
		flags &= ~symbol->value;
		if (!is_first)
			utfs_sink_write(sink, plan->pool + symbols->delim, symbols->delim_bytes);
		is_first = false;
		utfs_sink_write(sink, plan->pool + symbol->text, symbol->text_bytes);
	}
	if (!flags)
		return;
	if (!is_first)
		utfs_sink_write(sink, plan->pool + symbols->delim, symbols->delim_bytes);
	sink_hex_number(sink, flags);
}

void utfs_sink_hex(struct utfs_sink *sink, const uint8_t *bytes, size_t len_bytes,
		   const char *separator)
{
	for (size_t i = 0; i < len_bytes && sink->p < sink->end; i++) {
		char digits[2] = {"0123456789abcdef"[bytes[i] >> 4],
				  "0123456789abcdef"[bytes[i] & 15]};

		if (i > 0)
			utfs_sink_write(sink, separator, strlen(separator));
		utfs_sink_write(sink, digits, sizeof(digits));
	}
}

void utfs_sink_array(struct utfs_sink *sink, const uint8_t *bytes, size_t len_bytes, uint64_t count,
		     uint64_t element_bytes)
{
	static const struct utfs_number_spec size_spec = {.base = 10, .precision = -1};
	size_t end = len_bytes, pos = 0;
	uint64_t wanted;

	/* A negative count is an empty array, as is a product that wraps to something before the start. */
	if (__builtin_mul_overflow(count, element_bytes, &wanted) || (int64_t)wanted < 0)
		wanted = 0;
	if (wanted < end)
		end = wanted;
	utfs_sink_putc(sink, '{', 1);
	while (pos < end && sink->p < sink->end) {
		uint64_t value = 0;

		if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4 &&
		    element_bytes != 8) {
			utfs_sink_write(sink, "BAD SIZE:", 9);
			utfs_sink_number(sink, element_bytes, &size_spec);
			utfs_sink_putc(sink, ' ', 1);
			element_bytes = 1;
		}
		if (element_bytes > len_bytes - pos)
			break;
		if (pos > 0)
			utfs_sink_putc(sink, ',', 1);
		memcpy(&value, bytes + pos, element_bytes);
		sink_hex_number(sink, value);
		pos += element_bytes;
	}
	utfs_sink_putc(sink, '}', 1);
}

void utfs_sink_bitmask(struct utfs_sink *sink, const uint8_t *bytes, size_t len_bytes)
{
	/* Groups of 32 bits, highest first; the first one has as many digits as its bits need. */
	for (size_t group = (len_bytes + 3) / 4; group-- > 0;) {
		size_t first = group * 4;
		size_t n = len_bytes - first < 4 ? len_bytes - first : 4;

		for (size_t i = n; i-- > 0;)
			utfs_sink_hex(sink, bytes + first + i, 1, "");
		if (group > 0)
			utfs_sink_putc(sink, ',', 1);
	}
}
