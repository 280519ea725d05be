/* SPDX-License-Identifier: MIT */
/* Strings and patterns. */
#ifndef UTFS_ARENA_MATCH_H
#define UTFS_ARENA_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Text and patterns are of given lengths: neither needs a NUL, and a text has none. Context: any. */
bool utfs_match_front(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes);
bool utfs_match_middle(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes);
bool utfs_match_end(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes);
/* The kernel's glob: '*', '?', "[a-z]", "[!a-z]", a backslash before a character that means itself. */
bool utfs_match_glob(const char *text, size_t bytes, const char *pattern, size_t pattern_bytes);

#endif
