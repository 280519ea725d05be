/* SPDX-License-Identifier: MIT */
/* Where the kernel's tracefs and debugfs are mounted. */
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exec.h"

static int add(char ***list, size_t *n, const char *path)
{
	char **grown = realloc(*list, (*n + 1) * sizeof(**list));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[*n] = strdup(path);
	if (!grown[*n])
		return -ENOMEM;
	++*n;
	return 0;
}

int utfs_exec_places_read(struct utfs_exec_places *places)
{
	/* Not /proc/mounts: in a namespace of ours that may be a file of ours. */
	FILE *file = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	int ret = 0;

	*places = (struct utfs_exec_places){0};
	if (!file)
		return -errno;
	while (ret == 0 && (entry = getmntent(file))) {
		if (strcmp(entry->mnt_type, "tracefs") == 0)
			ret = add(&places->tracefs, &places->n_tracefs, entry->mnt_dir);
		else if (strcmp(entry->mnt_type, "debugfs") == 0)
			ret = add(&places->debugfs, &places->n_debugfs, entry->mnt_dir);
	}
	endmntent(file);
	if (ret)
		utfs_exec_places_free(places);
	return ret;
}

void utfs_exec_places_free(struct utfs_exec_places *places)
{
	for (size_t i = 0; i < places->n_tracefs; i++)
		free(places->tracefs[i]);
	for (size_t i = 0; i < places->n_debugfs; i++)
		free(places->debugfs[i]);
	free(places->tracefs);
	free(places->debugfs);
	*places = (struct utfs_exec_places){0};
}
