/* SPDX-License-Identifier: MIT */
/* malloc() and its relatives. */
#include "wrap.h"

UTFS_EVENT(libc, malloc, UTFS_FIELDS(UTFS_FIELD(size_t, size), UTFS_FIELD(void *, ptr)),
	   UTFS_PRINT("size=%lu ptr=0x%lx", REC->size, REC->ptr));
UTFS_EVENT(libc, calloc,
	   UTFS_FIELDS(UTFS_FIELD(size_t, count), UTFS_FIELD(size_t, size),
		       UTFS_FIELD(void *, ptr)),
	   UTFS_PRINT("count=%lu size=%lu ptr=0x%lx", REC->count, REC->size, REC->ptr));
UTFS_EVENT(libc, realloc,
	   UTFS_FIELDS(UTFS_FIELD(void *, old), UTFS_FIELD(size_t, size), UTFS_FIELD(void *, ptr)),
	   UTFS_PRINT("old=0x%lx size=%lu ptr=0x%lx", REC->old, REC->size, REC->ptr));
UTFS_EVENT(libc, memalign,
	   UTFS_FIELDS(UTFS_FIELD(size_t, alignment), UTFS_FIELD(size_t, size),
		       UTFS_FIELD(void *, ptr)),
	   UTFS_PRINT("alignment=%lu size=%lu ptr=0x%lx", REC->alignment, REC->size, REC->ptr));
UTFS_EVENT(libc, free, UTFS_FIELDS(UTFS_FIELD(void *, ptr)), UTFS_PRINT("ptr=0x%lx", REC->ptr));

WRAP_COLD static void malloc_emit(size_t bytes, void *memory)
{
	WRAP_EMIT(malloc, bytes, memory);
}

WRAP_COLD static void calloc_emit(size_t count, size_t bytes, void *memory)
{
	WRAP_EMIT(calloc, count, bytes, memory);
}

WRAP_COLD static void realloc_emit(void *old, size_t bytes, void *memory)
{
	WRAP_EMIT(realloc, old, bytes, memory);
}

WRAP_COLD static void memalign_emit(size_t alignment, size_t bytes, void *memory)
{
	WRAP_EMIT(memalign, alignment, bytes, memory);
}

WRAP_COLD static void free_emit(void *memory)
{
	WRAP_EMIT(free, memory);
}

WRAP_EXPORT void *malloc(size_t bytes)
{
	void *memory;

	if (!WRAP_TRACED(malloc, WRAP_MEMORY))
		return wrap_real.malloc(bytes);
	memory = wrap_real.malloc(bytes);
	malloc_emit(bytes, memory);
	return memory;
}

WRAP_EXPORT void *calloc(size_t count, size_t bytes)
{
	void *memory;

	if (!WRAP_TRACED(calloc, WRAP_MEMORY))
		return wrap_real.calloc(count, bytes);
	memory = wrap_real.calloc(count, bytes);
	calloc_emit(count, bytes, memory);
	return memory;
}

WRAP_EXPORT void *realloc(void *old, size_t bytes)
{
	void *memory;

	if (__builtin_expect(wrap_early_owns(old), 0))
		return wrap_early_realloc(old, bytes);
	if (!WRAP_TRACED(realloc, WRAP_MEMORY))
		return wrap_real.realloc(old, bytes);
	memory = wrap_real.realloc(old, bytes);
	realloc_emit(old, bytes, memory);
	return memory;
}

/* The event comes before the deed: afterwards the memory may be another thread's, whose event must come later. */
WRAP_EXPORT void free(void *old)
{
	if (__builtin_expect(wrap_early_owns(old), 0))
		return;
	if (WRAP_TRACED(free, WRAP_MEMORY))
		free_emit(old);
	wrap_real.free(old);
}

WRAP_EXPORT void *memalign(size_t alignment, size_t bytes)
{
	void *memory;

	if (!WRAP_TRACED(memalign, WRAP_MEMORY))
		return wrap_real.memalign(alignment, bytes);
	memory = wrap_real.memalign(alignment, bytes);
	memalign_emit(alignment, bytes, memory);
	return memory;
}

WRAP_EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
	void *memory;

	if (!WRAP_TRACED(memalign, WRAP_MEMORY))
		return wrap_real.aligned_alloc(alignment, bytes);
	memory = wrap_real.aligned_alloc(alignment, bytes);
	memalign_emit(alignment, bytes, memory);
	return memory;
}

WRAP_EXPORT int posix_memalign(void **to, size_t alignment, size_t bytes)
{
	int ret;

	if (!WRAP_TRACED(memalign, WRAP_MEMORY))
		return wrap_real.posix_memalign(to, alignment, bytes);
	ret = wrap_real.posix_memalign(to, alignment, bytes);
	memalign_emit(alignment, bytes, ret ? NULL : *to);
	return ret;
}

WRAP_EXPORT void *valloc(size_t bytes)
{
	void *memory;

	if (!WRAP_TRACED(memalign, WRAP_MEMORY))
		return wrap_real.valloc(bytes);
	memory = wrap_real.valloc(bytes);
	memalign_emit((size_t)getpagesize(), bytes, memory);
	return memory;
}

WRAP_EXPORT void *pvalloc(size_t bytes)
{
	void *memory;

	if (!WRAP_TRACED(memalign, WRAP_MEMORY))
		return wrap_real.pvalloc(bytes);
	memory = wrap_real.pvalloc(bytes);
	memalign_emit((size_t)getpagesize(), bytes, memory);
	return memory;
}
