/* SPDX-License-Identifier: MIT */
#include "arena/match.h"

#include <string.h>

bool utfs_match_front(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes)
{
	return bytes >= pattern_bytes && !memcmp(text, pattern, pattern_bytes);
}

bool utfs_match_middle(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes)
{
	for (size_t i = 0; pattern_bytes <= bytes && i <= bytes - pattern_bytes; i++)
		if (!memcmp(text + i, pattern, pattern_bytes))
			return true;
	return false;
}

bool utfs_match_end(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes)
{
	return bytes >= pattern_bytes &&
	       !memcmp(text + bytes - pattern_bytes, pattern, pattern_bytes);
}

/* A class behind its '['. Return: its length up to and with the ']'; 0: it is none, the '[' means itself. */
static size_t class_match(const char *pattern, size_t bytes, unsigned char c, bool *match)
{
	bool inverted = bytes && pattern[0] == '!';
	size_t i = inverted;

	*match = false;
	/* A ']' that comes first is one of its characters. */
	do {
		unsigned char from, to;

		if (i >= bytes)
			return 0;
		from = to = (unsigned char)pattern[i++];
		if (i + 1 < bytes && pattern[i] == '-' && pattern[i + 1] != ']') {
			to = (unsigned char)pattern[i + 1];
			i += 2;
		}
		*match = *match || (from <= c && c <= to);
		if (i >= bytes)
			return 0;
	} while (pattern[i] != ']');
	*match = *match != inverted;
	return i + 1;
}

/* One character of the text against what stands at the pattern's *at. */
static bool step_match(char c, const char *pattern, size_t bytes, size_t *at)
{
	char wanted = pattern[(*at)++];
	size_t length;
	bool match;

	if (wanted == '?')
		return true;
	if (wanted == '[') {
		length = class_match(pattern + *at, bytes - *at, (unsigned char)c, &match);
		*at += length;
		if (length)
			return match;
	}
	if (wanted == '\\' && *at < bytes)
		wanted = pattern[(*at)++];
	return c == wanted;
}

bool utfs_match_glob(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes)
{
	size_t at = 0, i = 0, star = pattern_bytes, star_text = 0;
	bool starred = false;

	/* Where it fails, the last star takes one character more: no earlier star needs to be tried again. */
	for (;;) {
		if (at < pattern_bytes && pattern[at] == '*') {
			starred = true;
			star = ++at;
			star_text = i;
			continue;
		}
		if (i == bytes)
			return at == pattern_bytes;
		if (at < pattern_bytes && step_match(text[i], pattern, pattern_bytes, &at)) {
			i++;
			continue;
		}
		if (!starred)
			return false;
		at = star;
		i = ++star_text;
	}
}
