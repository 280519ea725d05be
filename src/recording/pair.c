/* SPDX-License-Identifier: MIT */
#include "recording/pair.h"

#include <stdlib.h>
#include <string.h>

/* docs/export.md has the same table. Each word begins in one row only. */
static const struct {
	const char *begin, *ends;
	bool is_slice;
} words[] = {
	{"begin", "end done", true},   {"start", "end done stop finish", true},
	{"enter", "exit leave", true}, {"entry", "exit return", true},
	{"call", "return", true},      {"lock", "unlock", false},
	{"acquire", "release", false}, {"issue", "complete", false},
	{"submit", "complete", false}, {"request", "response", false},
	{"send", "receive", false},    {"open", "close", false},
	{"alloc", "free", false},      {"malloc", "free", false},
};

#define NR_WORDS (sizeof(words) / sizeof(words[0]))

/* The words of a list one by one. Return: false at its end. */
static bool next_word(const char **list, const char **word, size_t *bytes)
{
	*list += strspn(*list, " ");
	*word = *list;
	*bytes = strcspn(*list, " ");
	*list += *bytes;
	return *bytes > 0;
}

static bool is_in(const char *list, const char *wanted, size_t wanted_bytes)
{
	const char *word;
	size_t bytes;

	while (next_word(&list, &word, &bytes)) {
		if (bytes == wanted_bytes && memcmp(word, wanted, bytes) == 0)
			return true;
	}
	return false;
}

/* The n-th meaning of one word, or as many less as it has. */
static bool find_meaning(const char *word, size_t bytes, size_t *n, struct utfs_pair_name *pair)
{
	for (size_t row = 0; row < NR_WORDS; row++) {
		pair->begins = is_in(words[row].begin, word, bytes);
		pair->partners = pair->begins ? words[row].ends : words[row].begin;
		pair->is_slice = words[row].is_slice;
		if ((pair->begins || is_in(words[row].ends, word, bytes)) && (*n)-- == 0)
			return true;
	}
	return false;
}

bool utfs_pair_name(const char *event, size_t n, struct utfs_pair_name *pair)
{
	const char *word = event;

	*pair = (struct utfs_pair_name){.event = event};
	for (;;) {
		pair->at = (size_t)(word - event);
		pair->bytes = strcspn(word, "_");
		if (find_meaning(word, pair->bytes, &n, pair))
			return true;
		word += pair->bytes;
		if (!*word++)
			return false;
	}
}

bool utfs_pair_matches(const struct utfs_pair_name *pair, const char *event)
{
	const char *behind = pair->event + pair->at + pair->bytes, *word;
	size_t bytes;

	if (strncmp(event, pair->event, pair->at) != 0)
		return false;
	word = event + pair->at;
	bytes = strcspn(word, "_");
	return is_in(pair->partners, word, bytes) && strcmp(word + bytes, behind) == 0;
}

char *utfs_pair_stem(const struct utfs_pair_name *pair)
{
	const char *behind = pair->event + pair->at + pair->bytes;
	/* One underscore goes with the word. */
	const size_t before = pair->at ? pair->at - 1 : 0;
	char *stem = malloc(strlen(pair->event) + 1);

	if (!stem)
		return NULL;
	if (!pair->at && *behind)
		behind++;
	memcpy(stem, pair->event, before);
	strcpy(stem + before, behind);
	return stem;
}
