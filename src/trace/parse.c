/* SPDX-License-Identifier: MIT */
/* What people write into files: numbers and words, read as the kernel reads them. */
#include "trace/internal.h"

bool utfs_parse_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : UINT32_MAX;
}

/* 0x and a digit, 0, or neither stand in front. *prefix: characters that are no digits. */
static unsigned int base_of(const char *text, size_t bytes, size_t *prefix)
{
	*prefix = 0;
	if (!bytes || text[0] != '0')
		return 10;
	if (bytes < 3 || (text[1] | 0x20) != 'x' || digit_of(text[2]) > 15)
		return 8;
	*prefix = 2;
	return 16;
}

/* base 0: as the number begins. */
static int number_parse(const char *text, size_t bytes, unsigned int base, uint64_t *value)
{
	uint64_t result = 0;
	size_t i = 0, prefix = 0;

	if (bytes && text[bytes - 1] == '\n')
		bytes--;
	if (i < bytes && text[i] == '+')
		i++;
	if (!base)
		base = base_of(text + i, bytes - i, &prefix);
	i += prefix;
	if (i == bytes)
		return -EINVAL;
	for (; i < bytes; i++) {
		unsigned int digit = digit_of(text[i]);

		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(result, base, &result) ||
		    __builtin_add_overflow(result, digit, &result))
			return -ERANGE;
	}
	*value = result;
	return 0;
}

int utfs_parse_ulong(const char *text, size_t bytes, uint64_t *value)
{
	return number_parse(text, bytes, 10, value);
}

int utfs_parse_ulong_any(const char *text, size_t bytes, uint64_t *value)
{
	return number_parse(text, bytes, 0, value);
}

int utfs_parse_bool(const char *text, size_t bytes, bool *value)
{
	uint64_t number;
	int ret = utfs_parse_ulong(text, bytes, &number);

	if (ret)
		return ret;
	if (number > 1)
		return -EINVAL;
	*value = number;
	return 0;
}

const char *utfs_parse_strip(const char *text, size_t *bytes)
{
	while (*bytes && utfs_parse_is_space(*text)) {
		text++;
		--*bytes;
	}
	while (*bytes && utfs_parse_is_space(text[*bytes - 1]))
		--*bytes;
	return text;
}
