/* SPDX-License-Identifier: MIT */
/* What a program that makes calls expects of them, and of the events that they become ("N" for times). */
#ifndef UTFS_TESTS_WRAP_EXPECT_H
#define UTFS_TESTS_WRAP_EXPECT_H

#include <stdint.h>

#define HEX(pointer) (unsigned long)(uintptr_t)(pointer)

/* An event, as `trace` shows it behind the time. Makes no call that would be an event itself, but to the file in the end. */
__attribute__((format(printf, 1, 2))) void expect(const char *format, ...);

/* A call did what it does without the wrapper. */
void check(int good, const char *what);

/* Writes all of it down. Return: the program's exit status, 1 where something was not as without the wrapper. */
int expect_save(const char *path);

#endif
