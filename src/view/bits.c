/* SPDX-License-Identifier: MIT */
#include "view/bits.h"

#include <errno.h>
#include <stdlib.h>

static int grow(struct utfs_bits *bits)
{
	size_t cap = bits->cap_words ? 2 * bits->cap_words : 4;
	uint64_t *words = realloc(bits->words, cap * sizeof(*words));
	uint32_t *before;

	if (!words)
		return -ENOMEM;
	bits->words = words;
	before = realloc(bits->before, cap * sizeof(*before));
	if (!before)
		return -ENOMEM;
	bits->before = before;
	bits->cap_words = cap;
	return 0;
}

int utfs_bits_add(struct utfs_bits *bits, bool bit)
{
	size_t at = bits->nr;

	if (at % 64 == 0) {
		int ret = at / 64 == bits->cap_words ? grow(bits) : 0;

		if (ret)
			return ret;
		bits->words[at / 64] = 0;
		bits->before[at / 64] = bits->nr_set;
	}
	bits->words[at / 64] |= (uint64_t)bit << at % 64;
	bits->nr_set += bit;
	bits->nr++;
	return 0;
}

void utfs_bits_fini(struct utfs_bits *bits)
{
	free(bits->words);
	free(bits->before);
	*bits = (struct utfs_bits){0};
}

size_t utfs_bits_next(const struct utfs_bits *bits, size_t at)
{
	size_t last = (bits->nr + 63) / 64;
	uint64_t word;

	if (at >= bits->nr)
		return bits->nr;
	word = bits->words[at / 64] & ~UINT64_C(0) << at % 64;
	for (size_t i = at / 64; i < last; word = ++i < last ? bits->words[i] : 0) {
		if (word)
			return 64 * i + (size_t)__builtin_ctzll(word);
	}
	return bits->nr;
}

size_t utfs_bits_previous(const struct utfs_bits *bits, size_t at)
{
	size_t i = at / 64;
	uint64_t word = at % 64 ? bits->words[i] & ((UINT64_C(1) << at % 64) - 1) : 0;

	while (!word && i)
		word = bits->words[--i];
	return word ? 64 * i + 63 - (size_t)__builtin_clzll(word) : SIZE_MAX;
}
