/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "app/known.h"

void utfs_known_keep(uint64_t *sequence, uint64_t *words, const uint64_t *from, size_t n)
{
	uint64_t before = __atomic_load_n(sequence, __ATOMIC_RELAXED) & ~UINT64_C(1);

	if (!__atomic_compare_exchange_n(sequence, &before, before + 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (size_t i = 0; i < n; i++)
		__atomic_store_n(&words[i], from[i], __ATOMIC_RELAXED);
	__atomic_store_n(sequence, before + 2, __ATOMIC_RELEASE);
}
