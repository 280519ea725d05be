/* SPDX-License-Identifier: MIT */
#include "export/pair.h"

#include <string.h>

/* docs/export.md has the same table. */
static const struct {
	const char *begin, *ends;
	bool in_front;
} words[] = {
	{"_begin", "_end", false},	   {"_start", "_end _done _stop _finish", false},
	{"_enter", "_exit _leave", false}, {"_entry", "_exit _return", false},
	{"begin_", "end_", true},	   {"start_", "end_ finish_ stop_", true},
	{"enter_", "exit_ leave_", true},  {"sys_enter_", "sys_exit_", true},
};

#define NR_WORDS (sizeof(words) / sizeof(words[0]))

/* Does the name have this word at its place, and something else? */
static bool has_word(const char *event, const char *word, size_t word_bytes, bool in_front,
		     struct utfs_pair_name *pair)
{
	const size_t bytes = strlen(event);

	if (bytes <= word_bytes)
		return false;
	pair->in_front = in_front;
	pair->stem_bytes = bytes - word_bytes;
	pair->stem = in_front ? event + word_bytes : event;
	return memcmp(in_front ? event : event + pair->stem_bytes, word, word_bytes) == 0;
}

/* The words of a list one by one. Return: false at its end. */
static bool next_word(const char **list, const char **word, size_t *bytes)
{
	*list += strspn(*list, " ");
	*word = *list;
	*bytes = strcspn(*list, " ");
	*list += *bytes;
	return *bytes > 0;
}

static bool ends_with(const char *event, size_t row, struct utfs_pair_name *pair)
{
	const char *list = words[row].ends, *word;
	size_t bytes;

	while (next_word(&list, &word, &bytes)) {
		if (has_word(event, word, bytes, words[row].in_front, pair))
			return true;
	}
	return false;
}

bool utfs_pair_name(const char *event, size_t n, struct utfs_pair_name *pair)
{
	for (size_t row = 0; row < NR_WORDS; row++) {
		const char *begin = words[row].begin;

		if (has_word(event, begin, strlen(begin), words[row].in_front, pair) && n-- == 0) {
			pair->begins = true;
			pair->partners = words[row].ends;
			return true;
		}
		if (ends_with(event, row, pair) && n-- == 0) {
			pair->begins = false;
			pair->partners = begin;
			return true;
		}
	}
	return false;
}

bool utfs_pair_matches(const struct utfs_pair_name *pair, const char *event)
{
	const char *list = pair->partners, *word;
	struct utfs_pair_name other;
	size_t bytes;

	while (next_word(&list, &word, &bytes)) {
		if (has_word(event, word, bytes, pair->in_front, &other) &&
		    other.stem_bytes == pair->stem_bytes &&
		    memcmp(other.stem, pair->stem, pair->stem_bytes) == 0)
			return true;
	}
	return false;
}
