/* SPDX-License-Identifier: MIT */
/*
 * Names of functions: from an address in a process, alive or not, by way of what the arena knows of its mappings, and of the object
 * file if that is still the one that was mapped (its build id says so), or separate debug information.
 */
#ifndef UTFS_TRACE_SYMBOLS_H
#define UTFS_TRACE_SYMBOLS_H

#include "trace/internal.h"
#include "trace/print.h"

struct utfs_symbols;

/* *symbols belongs to the caller: utfs_symbols_free(). Used by one thread at a time. Return: 0, -ENOMEM. */
int utfs_symbols_create(const struct utfs_arena *arena, struct utfs_symbols **symbols);
void utfs_symbols_free(struct utfs_symbols *symbols);

/*
 * For utfs_line_style.symbols: "function+0x12"; with sym-offset also "/0x34", its size; " [object]" behind it where that is not the
 * program itself; with sym-userobj "path[+0x56]" in front. Without a name "object+0x56"; without an object the address.
 * Return: nothing. Locks: none.
 */
void utfs_symbols_print(void *symbols, const struct utfs_line_style *style, int32_t tgid,
			uint64_t address, struct eventfs_text *text);

/* elf-names.c: one object file; elf-names-none.c: where there is no library to read it with, every one is -ENOENT. */
struct utfs_elf;
/*
 * Opens an object file, or the debug information of one, that has this build id. Where `id_bytes` is 0 there is no telling whether it is
 * the right one: none. Return: 0, *elf: utfs_elf_close(); -ENOENT, -ENOMEM. Locks: none.
 */
int utfs_elf_open(const char *path, const unsigned char *id, uint32_t id_bytes,
		  struct utfs_elf **elf);
void utfs_elf_close(struct utfs_elf *elf);
/* Return: the name of the function at an offset in the file, valid until the file is closed, how far behind its start that is and its size; NULL. */
const char *utfs_elf_function(struct utfs_elf *elf, uint64_t offset, uint64_t *behind,
			      uint64_t *size);

#endif
