/* SPDX-License-Identifier: MIT */
/* The program that export and view are. */
#ifndef UTFS_CLI_RECORDINGS_H
#define UTFS_CLI_RECORDINGS_H

#include <limits.h>

#include "cli/cli.h"

/* utfs_recordings_find - where it is. Return: 0; -ENOENT it is not here; errno of readlink(2). */
int utfs_recordings_find(char path[PATH_MAX]);

#endif
