/* SPDX-License-Identifier: MIT */
/*
 * A trace.dat file, version 6, as trace-cmd.dat.v6(5) describes it: what trace-cmd report and KernelShark read.
 *
 * In the file the pages of a CPU lie together, and how many they are is known at the end. Those of the first CPU that has some are written where they
 * will be; of the others they are kept in a file for each, without a name, beside the one that is being made. What describes them is taken from the tree at the end, too: events that came meanwhile are in it.
 */
#ifndef UTFS_CLI_TRACE_DAT_H
#define UTFS_CLI_TRACE_DAT_H

#include "cli/cli.h"

struct utfs_dat;

/*
 * utfs_dat_create - an empty file at path, for pages of page_bytes of so many CPUs; *dat belongs to the caller: utfs_dat_free()
 * Return: 0; negative errno.
 */
int utfs_dat_create(const char *path, unsigned int nr_cpus, size_t page_bytes,
		    struct utfs_dat **dat);
/* NULL is allowed. What is in the file stays. Return: nothing. */
void utfs_dat_free(struct utfs_dat *dat);

/* utfs_dat_add - whole pages of a CPU, behind those it has. Return: 0; negative errno. */
int utfs_dat_add(struct utfs_dat *dat, unsigned int cpu, const char *pages, size_t bytes);

/* utfs_dat_bytes - Return: bytes of pages, so far. */
uint64_t utfs_dat_bytes(const struct utfs_dat *dat);

/*
 * utfs_dat_finish - write what makes it a trace; instance: where the pages are from, NULL: the root
 * Return: 0; negative errno, *where: what it is about, a path that lives as long as the dat.
 */
int utfs_dat_finish(struct utfs_dat *dat, struct utfs_trace *trace, const char *instance,
		    const char **where);

#endif
