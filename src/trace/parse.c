/* SPDX-License-Identifier: MIT */
/* What people write into files: numbers and words, read as the kernel reads them. */
#include "trace/internal.h"

bool utfs_parse_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int utfs_parse_ulong(const char *text, size_t bytes, uint64_t *value)
{
	uint64_t result = 0;
	size_t i = 0;

	if (bytes && text[bytes - 1] == '\n')
		bytes--;
	if (i < bytes && text[i] == '+')
		i++;
	if (i == bytes)
		return -EINVAL;
	for (; i < bytes; i++) {
		unsigned int digit = (unsigned int)(unsigned char)text[i] - '0';

		if (digit > 9)
			return -EINVAL;
		if (__builtin_mul_overflow(result, 10, &result) ||
		    __builtin_add_overflow(result, digit, &result))
			return -ERANGE;
	}
	*value = result;
	return 0;
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
