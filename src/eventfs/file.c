/* SPDX-License-Identifier: MIT */
/* Open handles: the only objects of eventfs that are allocated, and what is done through them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct eventfs_file {
	struct eventfs *fs;
	struct eventfs_node node;
	const struct eventfs_type *type;
	int flags; /* as given to open(2) */
	bool pinned;
	bool opened; /* the type's open operation was called and has to be undone */
	void *priv;

	struct eventfs_mutex lock; /* lock 2 of the order; guards what follows */
	struct eventfs_text text;  /* what the last show gave */
	bool text_is_valid;
};

static int access_mode(const struct eventfs_file *file)
{
	return file->flags & O_ACCMODE;
}

static int check_open(struct eventfs *fs, uint64_t id, int flags, struct eventfs_node *node)
{
	int ret;

	ret = eventfs_node_get(fs, id, node);
	if (ret)
		return ret;
	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (eventfs_type_is_dir(fs, node->type))
		return -EISDIR;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	return (flags & O_ACCMODE) == O_ACCMODE ? -EINVAL : 0;
}

/* Pin, then open, then truncate; whoever calls undoes what was done. */
static int start_handle(struct eventfs_file *file, const struct eventfs_request *req)
{
	const struct eventfs_file_ops *ops = file->type->file;
	struct eventfs *fs = file->fs;
	int ret;

	if (file->type->flags & EVENTFS_PIN) {
		ret = fs->ops->pin(fs->ctx, file->node.key);
		if (ret)
			return ret;
		file->pinned = true;
	}
	if (ops->open) {
		ret = ops->open(fs->ctx, file->node.key, req, file->flags, &file->priv);
		if (ret)
			return ret;
		file->opened = true;
	}
	if (ops->truncate_open && (file->flags & O_TRUNC) && access_mode(file) != O_RDONLY)
		return ops->truncate_open(fs->ctx, file->node.key, req);
	return 0;
}

int eventfs_open(struct eventfs *fs, uint64_t id, const struct eventfs_request *req, int flags,
		 struct eventfs_file **out)
{
	struct eventfs_file *file = NULL;
	struct eventfs_node node;
	int ret;

	ret = check_open(fs, id, flags, &node);
	if (ret)
		goto out;
	ret = -ENOMEM;
	file = calloc(1, sizeof(*file));
	if (!file)
		goto out;
	file->fs = fs;
	file->node = node;
	file->type = &fs->types[node.type];
	file->flags = flags;
	ret = -pthread_mutex_init(&file->lock.mutex, NULL);
	if (ret) {
		free(file);
		goto out;
	}
	atomic_fetch_add(&fs->n_open, 1);
	ret = start_handle(file, req);
	if (ret)
		eventfs_release(file);
	else
		*out = file;
out:
	return ret;
}

void eventfs_release(struct eventfs_file *file)
{
	struct eventfs *fs;

	if (!file)
		return;
	fs = file->fs;
	if (file->opened && file->type->file->release)
		file->type->file->release(file->priv);
	if (file->pinned)
		fs->ops->unpin(fs->ctx, file->node.key);
	eventfs_text_fini(&file->text);
	pthread_mutex_destroy(&file->lock.mutex);
	free(file);
	atomic_fetch_sub(&fs->n_open, 1);
}

/* A value is asked of something that may have gone since the handle was opened, where nothing pins it. */
static int check_handle(struct eventfs_file *file)
{
	int ret = eventfs_node_check(file->fs, &file->node);

	return ret == -ENOENT ? -ENODEV : ret;
}

static int make_text(struct eventfs_file *file) EVENTFS_REQUIRES(file->lock)
{
	int ret;

	file->text_is_valid = false;
	file->text.len_bytes = 0;
	file->text.error = 0;
	ret = check_handle(file);
	if (ret == 0)
		ret = file->type->file->show(file->fs->ctx, file->node.key, &file->text);
	if (ret == 0)
		ret = file->text.error;
	file->text_is_valid = ret == 0;
	return ret;
}

static ssize_t read_value(struct eventfs_file *file, char *buf, size_t size_bytes, off_t off)
	EVENTFS_REQUIRES(file->lock)
{
	size_t left_bytes;

	if (off == 0 || !file->text_is_valid) {
		int ret = make_text(file);

		if (ret)
			return ret;
	}
	if ((uint64_t)off >= file->text.len_bytes)
		return 0;
	left_bytes = file->text.len_bytes - (size_t)off;
	if (size_bytes > left_bytes)
		size_bytes = left_bytes;
	memcpy(buf, file->text.data + off, size_bytes);
	return (ssize_t)size_bytes;
}

ssize_t eventfs_read(struct eventfs_file *file, const struct eventfs_request *req, char *buf,
		     size_t size_bytes, off_t off)
{
	const struct eventfs_file_ops *ops = file->type->file;
	ssize_t ret = -EINVAL;

	if (access_mode(file) == O_WRONLY)
		return -EBADF;
	if (off < 0)
		return -EINVAL;
	if (size_bytes > SSIZE_MAX)
		size_bytes = SSIZE_MAX;
	eventfs_mutex_lock(&file->lock);
	if (ops->show)
		ret = read_value(file, buf, size_bytes, off);
	else if (ops->read)
		ret = ops->read(file->priv, req, buf, size_bytes, off);
	eventfs_mutex_unlock(&file->lock);
	return ret;
}

static ssize_t write_value(struct eventfs_file *file, const struct eventfs_request *req,
			   const char *buf, size_t len_bytes, off_t off)
	EVENTFS_REQUIRES(file->lock)
{
	int ret = check_handle(file);

	if (ret)
		return ret;
	return file->type->file->store(file->fs->ctx, file->node.key, req, buf, len_bytes, off);
}

ssize_t eventfs_write(struct eventfs_file *file, const struct eventfs_request *req, const char *buf,
		      size_t len_bytes, off_t off)
{
	const struct eventfs_file_ops *ops = file->type->file;
	ssize_t ret = -EINVAL;

	if (access_mode(file) == O_RDONLY)
		return -EBADF;
	if (off < 0)
		return -EINVAL;
	if (len_bytes > SSIZE_MAX)
		len_bytes = SSIZE_MAX;
	eventfs_mutex_lock(&file->lock);
	if (ops->store)
		ret = write_value(file, req, buf, len_bytes, off);
	else if (ops->write)
		ret = ops->write(file->priv, req, buf, len_bytes, off);
	/* A writer who reads what he wrote must not get what was there before. */
	file->text_is_valid = false;
	eventfs_mutex_unlock(&file->lock);
	return ret;
}

short eventfs_poll(struct eventfs_file *file)
{
	const struct eventfs_file_ops *ops = file->type->file;
	short events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

	if (!ops->poll)
		return events;
	eventfs_mutex_lock(&file->lock);
	events = ops->poll(file->priv);
	eventfs_mutex_unlock(&file->lock);
	return events;
}

uint64_t eventfs_file_id(const struct eventfs_file *file)
{
	return file->node.id;
}

uint32_t eventfs_file_flags(const struct eventfs_file *file)
{
	return file->type->flags;
}
