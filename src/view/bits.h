/* SPDX-License-Identifier: MIT */
/* Bits that are only added to, with the count of those that are set before any of them in constant time. */
#ifndef UTFS_VIEW_BITS_H
#define UTFS_VIEW_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0}: none. */
struct utfs_bits {
	uint64_t *words;
	uint32_t *before; /* set bits before each word */
	size_t nr, cap_words;
	uint32_t nr_set;
};

/* Return: 0; -ENOMEM. */
int utfs_bits_add(struct utfs_bits *bits, bool bit);
void utfs_bits_fini(struct utfs_bits *bits);

static inline bool utfs_bits_get(const struct utfs_bits *bits, size_t at)
{
	return bits->words[at / 64] >> at % 64 & 1;
}

/* How many of the first `at` are set; at <= nr. */
static inline uint32_t utfs_bits_rank(const struct utfs_bits *bits, size_t at)
{
	if (at == bits->nr)
		return bits->nr_set;
	return bits->before[at / 64] +
	       (uint32_t)__builtin_popcountll(bits->words[at / 64] &
					      ((UINT64_C(1) << at % 64) - 1));
}

/* The first that is set from `at` on. Return: its number; nr: none. */
size_t utfs_bits_next(const struct utfs_bits *bits, size_t at);
/* The last that is set before `at`. Return: its number; SIZE_MAX: none. */
size_t utfs_bits_previous(const struct utfs_bits *bits, size_t at);

#endif
