/* SPDX-License-Identifier: MIT */
/* What an arena's file holds, kept apart, so that each input of a fuzz target begins with the same arena. */
#ifndef UTFS_TESTS_FUZZ_IMAGE_H
#define UTFS_TESTS_FUZZ_IMAGE_H

#include "arena/arena.h"

/* Of the arena, its descriptor, its mapping and its size are needed only. */
void fuzz_image_take(const struct utfs_arena *arena);
void fuzz_image_put(const struct utfs_arena *arena);
/* Where a page lies that holds something: any of them, whatever the number. The first is the arena's head. */
uint64_t fuzz_image_page(unsigned int number);

#endif
