/* SPDX-License-Identifier: MIT */
/*
 * Numbers and padding. The kernel's vsnprintf differs from the C library's in details that show: "%#x" of 0 is "0x0",
 * zeros pad also where a precision is given, and precision 0 does not swallow a 0.
 */
#include <stdio.h>

#include "trace/print-internal.h"

static const char digit_pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233"
	"34353637383940414243444546474849505152535455565758596061626364656667"
	"6869707172737475767778798081828384858687888990919293949596979899";

unsigned int utfs_count_digits(uint64_t value)
{
	unsigned int digits = 1;

	for (;;) {
		if (value < 10)
			return digits;
		if (value < 100)
			return digits + 1;
		if (value < 1000)
			return digits + 2;
		if (value < 10000)
			return digits + 3;
		value /= 10000;
		digits += 4;
	}
}

char *utfs_write_dec(char *p, uint64_t value)
{
	char *end = p + utfs_count_digits(value);

	p = end;
	while (value >= 100) {
		unsigned int pair = (unsigned int)(value % 100) * 2;

		value /= 100;
		p -= 2;
		memcpy(p, digit_pairs + pair, 2);
	}
	if (value >= 10)
		memcpy(p - 2, digit_pairs + value * 2, 2);
	else
		p[-1] = (char)('0' + value);
	return end;
}

char *utfs_write_dec6(char *p, uint32_t value)
{
	memcpy(p, digit_pairs + 2 * (size_t)(value / 10000), 2);
	memcpy(p + 2, digit_pairs + 2 * (size_t)(value / 100 % 100), 2);
	memcpy(p + 4, digit_pairs + 2 * (size_t)(value % 100), 2);
	return p + 6;
}

char *utfs_write_hex(char *p, uint64_t value)
{
	unsigned int nibbles = value ? (67 - (unsigned int)__builtin_clzll(value)) / 4 : 1;

	for (unsigned int i = nibbles; i-- > 0;)
		*p++ = "0123456789abcdef"[value >> (4 * i) & 15];
	return p;
}

static unsigned int write_octal(char *p, uint64_t value)
{
	unsigned int digits = 1;

	for (uint64_t rest = value >> 3; rest; rest >>= 3)
		digits++;
	for (unsigned int i = digits; i-- > 0; value >>= 3)
		p[i] = (char)('0' + (value & 7));
	return digits;
}

void utfs_sink_write(struct utfs_sink *sink, const void *data, size_t len_bytes)
{
	size_t room = (size_t)(sink->end - sink->p);

	if (len_bytes > room)
		len_bytes = room;
	if (len_bytes > 0)
		memcpy(sink->p, data, len_bytes);
	sink->p += len_bytes;
}

void utfs_sink_putc(struct utfs_sink *sink, char c, size_t times)
{
	size_t room = (size_t)(sink->end - sink->p);

	if (times > room)
		times = room;
	memset(sink->p, c, times);
	sink->p += times;
}

static unsigned int write_digits(char *digits, uint64_t value, const struct utfs_number_spec *spec)
{
	unsigned int n;

	if (spec->base == 10)
		return (unsigned int)(utfs_write_dec(digits, value) - digits);
	if (spec->base == 8)
		return write_octal(digits, value);
	n = (unsigned int)(utfs_write_hex(digits, value) - digits);
	if (spec->flags & UTFS_SPEC_UPPER)
		for (unsigned int i = 0; i < n; i++)
			if (digits[i] >= 'a')
				digits[i] = (char)(digits[i] - 'a' + 'A');
	return n;
}

/* What stands before the digits: a sign, 0x, 0. */
static size_t write_prefix(char *prefix, uint64_t *value, const struct utfs_number_spec *spec)
{
	size_t n = 0;

	if (spec->flags & UTFS_SPEC_SIGNED) {
		if ((int64_t)*value < 0) {
			prefix[n++] = '-';
			*value = -*value;
		} else if (spec->flags & UTFS_SPEC_PLUS) {
			prefix[n++] = '+';
		} else if (spec->flags & UTFS_SPEC_SPACE) {
			prefix[n++] = ' ';
		}
	}
	if (spec->flags & UTFS_SPEC_PREFIX && spec->base == 16) {
		prefix[n++] = '0';
		prefix[n++] = spec->flags & UTFS_SPEC_UPPER ? 'X' : 'x';
	} else if (spec->flags & UTFS_SPEC_PREFIX && spec->base == 8 && *value != 0) {
		prefix[n++] = '0';
	}
	return n;
}

void utfs_sink_number(struct utfs_sink *sink, uint64_t value, const struct utfs_number_spec *spec)
{
	char prefix[4], digits[UTFS_NUMBER_BYTES];
	size_t prefix_bytes = write_prefix(prefix, &value, spec);
	size_t nr_digits = write_digits(digits, value, spec);
	size_t body = nr_digits, padding = 0;
	bool left = spec->flags & UTFS_SPEC_LEFT;
	bool zero = (spec->flags & UTFS_SPEC_ZERO) && !left;

	if (spec->precision > (int)nr_digits)
		body = (size_t)spec->precision;
	if (spec->width > 0 && (size_t)spec->width > body + prefix_bytes)
		padding = (size_t)spec->width - body - prefix_bytes;
	if (!left && !zero)
		utfs_sink_putc(sink, ' ', padding);
	utfs_sink_write(sink, prefix, prefix_bytes);
	if (zero)
		utfs_sink_putc(sink, '0', padding);
	utfs_sink_putc(sink, '0', body - nr_digits);
	utfs_sink_write(sink, digits, nr_digits);
	if (left)
		utfs_sink_putc(sink, ' ', padding);
}

void utfs_sink_string(struct utfs_sink *sink, const char *text, size_t len_bytes,
		      const struct utfs_number_spec *spec)
{
	size_t padding = 0;

	if (spec->precision >= 0 && len_bytes > (size_t)spec->precision)
		len_bytes = (size_t)spec->precision;
	if (spec->width > 0 && (size_t)spec->width > len_bytes)
		padding = (size_t)spec->width - len_bytes;
	if (!(spec->flags & UTFS_SPEC_LEFT))
		utfs_sink_putc(sink, ' ', padding);
	utfs_sink_write(sink, text, len_bytes);
	if (spec->flags & UTFS_SPEC_LEFT)
		utfs_sink_putc(sink, ' ', padding);
}

/* The kernel has no floating point; this is the C library's, in the "C" locale that libraries leave alone. */
void utfs_sink_float(struct utfs_sink *sink, double value, char letter,
		     const struct utfs_number_spec *spec)
{
	char format[16], digits[512];
	size_t n = 0;
	int precision = spec->precision, len;

	format[n++] = '%';
	if (spec->flags & UTFS_SPEC_LEFT)
		format[n++] = '-';
	if (spec->flags & UTFS_SPEC_ZERO)
		format[n++] = '0';
	if (spec->flags & UTFS_SPEC_PLUS)
		format[n++] = '+';
	if (spec->flags & UTFS_SPEC_SPACE)
		format[n++] = ' ';
	if (spec->flags & UTFS_SPEC_PREFIX)
		format[n++] = '#';
	memcpy(format + n, "*.*", 3);
	n += 3;
	format[n++] = letter;
	format[n] = '\0';
	/* The largest double has 309 digits before the point. */
	if (precision > 100)
		precision = 100;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	len = snprintf(digits, sizeof(digits), format, spec->width > 400 ? 400 : spec->width,
		       precision, value);
#pragma GCC diagnostic pop
	if (len > 0)
		utfs_sink_write(sink, digits,
				(size_t)len < sizeof(digits) ? (size_t)len : sizeof(digits) - 1);
}
