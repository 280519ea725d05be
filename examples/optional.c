/* SPDX-License-Identifier: MIT */
/* A library that may be built where there is no utracefs: docs/howto/optional.md. */
#if defined(__has_include)
#if __has_include(<utracefs/utracefs.h>)
#include <utracefs/utracefs.h>
#endif
#endif
#include "stub.h" /* does nothing behind the other */

UTFS_EVENT(mylib, parse, UTFS_FIELDS(UTFS_FIELD(int, line), UTFS_STRING(word)));

int mylib_parse(const char *word);

int mylib_parse(const char *word)
{
	trace_mylib_parse(1, word);
	return word[0] == '#';
}
