/* SPDX-License-Identifier: MIT */
/*
 * Events that compile to nothing, for those who do not have utracefs: a header of its own that a library copies into its sources
 * (docs/howto/optional.md).
 *
 *	#if defined(__has_include)
 *	#if __has_include(<utracefs/utracefs.h>)
 *	#include <utracefs/utracefs.h>
 *	#endif
 *	#endif
 *	#include "stub.h"
 *
 * Behind utracefs/utracefs.h it does nothing. It takes the same declarations, and calls are checked against them; arguments are evaluated as in any
 * call of an inline function. C99 and later, C++11 and later. Run-time events are not here.
 */
#ifndef UTRACEFS_UTRACEFS_H
#define UTRACEFS_UTRACEFS_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTFS_STUB_UNUSED __attribute__((unused))

#define UTFS_EVENT(system, name, ...) UTFS_STUB_EVENT(trace_##system##_##name, __VA_ARGS__, ~)
#define UTFS_STUB_EVENT(function, fields, ...)                                                     \
	UTFS_STUB_UNUSED static inline void function fields                                        \
	{                                                                                          \
	}                                                                                          \
	UTFS_STUB_UNUSED static inline bool function##_enabled(void)                               \
	{                                                                                          \
		return false;                                                                      \
	}                                                                                          \
	UTFS_STUB_UNUSED static inline int function##_status(void)                                 \
	{                                                                                          \
		return -EAGAIN;                                                                    \
	}                                                                                          \
	struct function##_stub

#define UTFS_FIELDS(...)	      (__VA_ARGS__)
#define UTFS_NO_FIELDS		      (void)
#define UTFS_FIELD(type, name)	      UTFS_STUB_UNUSED type name##_
#define UTFS_ARRAY(type, name, count) UTFS_STUB_UNUSED const type *name##_
#define UTFS_CHARS(name, bytes)	      UTFS_STUB_UNUSED const char *name##_
#define UTFS_STRING(name)	      UTFS_STUB_UNUSED const char *name##_
#define UTFS_STRING_LEN(name)                                                                      \
	UTFS_STUB_UNUSED const char *name##_, UTFS_STUB_UNUSED size_t name##_bytes
#define UTFS_DYNAMIC_ARRAY(type, name)                                                             \
	UTFS_STUB_UNUSED const type *name##_, UTFS_STUB_UNUSED size_t name##_count
#define UTFS_PRINT(...)	  ~
#define UTFS_SYMBOLS(...) ~

/* Return: -ENODEV. Locks: none. Context: any. */
__attribute__((format(printf, 1, 2), unused)) static inline int utfs_printf(const char *format, ...)
{
	(void)format;
	return -ENODEV;
}
__attribute__((format(printf, 1, 0), unused)) static inline int utfs_vprintf(const char *format,
									     va_list arguments)
{
	(void)format;
	(void)arguments;
	return -ENODEV;
}
UTFS_STUB_UNUSED static inline int utfs_marker(const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
	return -ENODEV;
}

#endif
