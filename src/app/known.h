/* SPDX-License-Identifier: MIT */
/*
 * What a process keeps of the way to things in the arena, so that it is followed and checked once: slots of words with a sequence lock,
 * since any thread, or a handler, may keep another thing in the same place. Odd while somebody writes.
 *
 *   sequence, the words, sequence again: the same and even, and the words are of one thing
 */
#ifndef UTFS_APP_KNOWN_H
#define UTFS_APP_KNOWN_H

#include <stddef.h>
#include <stdint.h>

/* Who finds somebody at it, a handler that interrupted him for one, leaves it. Context: any, signal handlers included. */
void utfs_known_keep(uint64_t *sequence, uint64_t *words, const uint64_t *from, size_t n);

#endif
