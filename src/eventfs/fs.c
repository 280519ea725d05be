/* SPDX-License-Identifier: MIT */
/* The file system object: its life. */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

#ifdef UTFS_DEBUG
void (*eventfs_lock_watch)(bool is_leaf, bool taken);
#endif

static bool config_is_good(const struct eventfs_config *config)
{
	if (!config->types || config->n_types == 0 || config->n_types > EVENTFS_TYPES_MAX)
		return false;
	return !config->ops || (config->ops->pin && config->ops->unpin);
}

int eventfs_create(const struct eventfs_config *config, struct eventfs **out)
{
	struct eventfs *fs = NULL;
	int ret = -EINVAL;

	if (!config_is_good(config))
		goto out;
	ret = -ENOMEM;
	fs = calloc(1, sizeof(*fs));
	if (!fs)
		goto out;
	fs->types = config->types;
	fs->n_types = (unsigned int)config->n_types;
	fs->ops = config->ops;
	fs->ctx = config->ctx;
	clock_gettime(CLOCK_REALTIME, &fs->time);
	eventfs_set_owner(fs, config->uid, config->gid);
	ret = eventfs_table_build(fs);
	if (ret)
		goto out;
	fs->override_lock.is_leaf = true;
	ret = -pthread_mutex_init(&fs->override_lock.mutex, NULL);
	if (ret)
		goto out;
	*out = fs;
	fs = NULL;
out:
	free(fs);
	return ret;
}

int eventfs_destroy(struct eventfs *fs)
{
	if (!fs)
		return 0;
	if (atomic_load(&fs->n_open) > 0)
		return -EBUSY;
	pthread_mutex_destroy(&fs->override_lock.mutex);
	free(fs->override);
	free(fs);
	return 0;
}
