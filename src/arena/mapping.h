/* SPDX-License-Identifier: MIT */
/* mapping.c: where code of processes lies, as far as stacks led there. Lock-free; no lock, no allocation. */
#ifndef UTFS_ARENA_MAPPING_H
#define UTFS_ARENA_MAPPING_H

#include "arena/arena.h"

/* Makes the table usable: whoever lets stacks be taken does that before. Return: 0, -ENOSPC. */
int utfs_mappings_ensure(struct utfs_arena *arena) UTFS_REQUIRES(arena->event_mutex);
/* Puts an entry in, over the oldest one; `check` and `sequence` are set here. Where there is no table it is lost. Context: any. */
void utfs_mapping_put(const struct utfs_arena *arena, struct utfs_mapping *mapping);
/* The newest entry of a process for an address, copied and whole. Return: true; false there is none (any more). Context: any. */
bool utfs_mapping_find(const struct utfs_arena *arena, pid_t tgid, uint64_t address,
		       struct utfs_mapping *mapping);

#endif
