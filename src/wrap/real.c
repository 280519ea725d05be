/* SPDX-License-Identifier: MIT */
/* Finds the functions behind the wrappers. */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "real.h"

#define EARLY_BYTES 16384
#define EARLY_ALIGN 16

/* What dlsym() of the glibcs seen so far asks for is one calloc() of 32 bytes, if anything. */
static struct {
	_Alignas(EARLY_ALIGN) char memory[EARLY_BYTES];
	size_t used_bytes;
} early;

/* This thread is looking for the functions: a call that arrives meanwhile comes from dlsym(). */
static __thread bool resolving __attribute__((tls_model("initial-exec")));

void *wrap_early_alloc(size_t bytes)
{
	size_t *header;
	size_t need, at;

	if (bytes > EARLY_BYTES)
		goto full;
	/* The length in front of the memory, for realloc(). */
	need = EARLY_ALIGN + (bytes + EARLY_ALIGN - 1) / EARLY_ALIGN * EARLY_ALIGN;
	at = __atomic_fetch_add(&early.used_bytes, need, __ATOMIC_RELAXED);
	if (at > EARLY_BYTES || need > EARLY_BYTES - at)
		goto full;
	header = (size_t *)(void *)(early.memory + at);
	*header = bytes;
	return early.memory + at + EARLY_ALIGN;
full:
	errno = ENOMEM;
	return NULL;
}

void *wrap_early_calloc(size_t count, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	/* Never used before, so zero. */
	return wrap_early_alloc(total);
}

bool wrap_early_owns(const void *memory)
{
	return (uintptr_t)memory - (uintptr_t)early.memory < EARLY_BYTES;
}

void *wrap_early_realloc(void *old, size_t bytes)
{
	void *memory = resolving ? wrap_early_alloc(bytes) : wrap_real.malloc(bytes);

	if (memory && old && wrap_early_owns(old)) {
		size_t old_bytes = *(size_t *)(void *)((char *)old - EARLY_ALIGN);

		memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
	}
	return memory;
}

/* clang-format off */
#define FIRST(type, name, parameters, arguments, early_answer) \
	static type first_##name parameters \
	{ \
		if (wrap_real_resolve() && wrap_real.name != first_##name) \
			return wrap_real.name arguments; \
		return early_answer; \
	}
#define FIRST_OPEN(name, parameters, arguments) \
	static int first_##name parameters \
	{ \
		va_list rest; \
		mode_t mode = 0; \
		\
		va_start(rest, flags); \
		if (wrap_open_has_mode(flags)) \
			mode = va_arg(rest, mode_t); \
		va_end(rest); \
		return wrap_real_resolve() && wrap_real.name != first_##name ? wrap_real.name arguments : WRAP_FAIL; \
	}
#define POINTER(type, name, ...) .name = first_##name,
#define TARGET(type, name, ...) {#name, &wrap_real.name},

WRAP_FUNCTIONS(FIRST)
FIRST_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
FIRST_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
FIRST_OPEN(openat, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
FIRST_OPEN(openat64, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
/* clang-format on */

static int first_clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	va_list rest;
	void *parent_tid, *tls, *child_tid;

	va_start(rest, argument);
	parent_tid = va_arg(rest, void *);
	tls = va_arg(rest, void *);
	child_tid = va_arg(rest, void *);
	va_end(rest);
	if (wrap_real_resolve() && wrap_real.clone != first_clone)
		return wrap_real.clone(function, stack, flags, argument, parent_tid, tls,
				       child_tid);
	return WRAP_FAIL;
}

struct wrap_real wrap_real = {
	.open = first_open,
	.open64 = first_open64,
	.openat = first_openat,
	.openat64 = first_openat64,
	.clone = first_clone,
	// clang-format off
	WRAP_FUNCTIONS(POINTER)
	// clang-format on
};

/* What is to be found: each `pointer` is the address of a function pointer, whatever its type. */
static const struct {
	const char *name;
	void *pointer;
} targets[] = {
	{"open", &wrap_real.open},
	{"open64", &wrap_real.open64},
	{"openat", &wrap_real.openat},
	{"openat64", &wrap_real.openat64},
	{"clone", &wrap_real.clone},
	// clang-format off
	WRAP_FUNCTIONS(TARGET)
	// clang-format on
};

bool wrap_real_resolve(void)
{
	static bool resolved;
	int saved_errno = errno;

	if (__atomic_load_n(&resolved, __ATOMIC_ACQUIRE))
		return true;
	if (resolving)
		return false;
	/* Two threads at once find the same. */
	resolving = true;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		void *function = dlsym(RTLD_NEXT, targets[i].name);

		if (function)
			__atomic_store_n((void **)targets[i].pointer, function, __ATOMIC_RELAXED);
		else
			(void)dlerror(); /* the program must not find our error */
	}
	resolving = false;
	__atomic_store_n(&resolved, true, __ATOMIC_RELEASE);
	errno = saved_errno;
	return true;
}
