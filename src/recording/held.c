/* SPDX-License-Identifier: MIT */
/*
 * What an instance holds at one moment: its events are copied when it is opened, with the names of threads, so that all that is told of them is of that moment, and the same
 * however often they are read. They come in the order of time already, so it is one stream.
 */
#include <stdlib.h>
#include <string.h>

#include "recording/internal.h"
#include "trace/follow.h"

#define CHUNK_BYTES (1 << 20) /* of a larger record one of its own */

/* Its record lies behind it. */
struct held_event {
	uint64_t timestamp, lost;
	uint32_t bytes, cpu;
};

struct chunk {
	struct chunk *next;
	size_t used, cap;
	_Alignas(struct held_event) unsigned char bytes[];
};

struct held_thread {
	int32_t tid, tgid;
	char comm[17];
};

/* What a source has of its own. */
struct held_file {
	struct chunk *first, *last;
	struct held_thread *threads; /* sorted by tid */
	size_t nr_threads, cap_threads;
	const struct chunk *at; /* where the next event is */
	size_t offset;
};

/* ------------------------------------------------------------------------------------------------
 * Copying
 */

static size_t room_of(size_t record_bytes)
{
	const size_t unit = _Alignof(struct held_event);

	return sizeof(struct held_event) + (record_bytes + unit - 1) / unit * unit;
}

static int add_chunk(struct held_file *file, size_t bytes)
{
	const size_t cap = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct chunk *made = malloc(sizeof(*made) + cap);

	if (!made)
		return -ENOMEM;
	made->next = NULL;
	made->used = 0;
	made->cap = cap;
	if (file->last)
		file->last->next = made;
	else
		file->first = made;
	file->last = made;
	return 0;
}

static int keep(struct held_file *file, const struct utfs_follow_event *event)
{
	const size_t bytes = room_of(event->bytes);
	struct held_event *held;
	int ret = 0;

	if (!file->last || bytes > file->last->cap - file->last->used)
		ret = add_chunk(file, bytes);
	if (ret)
		return ret;
	held = (struct held_event *)(void *)(file->last->bytes + file->last->used);
	*held = (struct held_event){
		.timestamp = event->timestamp,
		.lost = event->lost,
		.bytes = event->bytes,
		.cpu = event->cpu,
	};
	memcpy(held + 1, event->record, event->bytes);
	file->last->used += bytes;
	return 0;
}

static int by_tid(const void *a, const void *b)
{
	const struct held_thread *left = a, *right = b;

	return (left->tid > right->tid) - (left->tid < right->tid);
}

static int copy_threads(struct held_file *file, const struct utfs_follow *follow)
{
	uint32_t index = 0;
	int ret = 0;

	do {
		ret = utfs_recording_grow((void **)&file->threads, &file->cap_threads,
					  file->nr_threads, sizeof(*file->threads));
		if (!ret) {
			struct held_thread *thread = &file->threads[file->nr_threads];

			ret = utfs_follow_thread_next(follow, &index, &thread->tid, &thread->tgid,
						      thread->comm);
			file->nr_threads += ret > 0;
		}
	} while (ret > 0);
	if (file->nr_threads)
		qsort(file->threads, file->nr_threads, sizeof(*file->threads), by_tid);
	return ret;
}

static int copy_events(struct held_file *file, struct utfs_follow *follow)
{
	struct utfs_follow_event event;
	int ret = 0;

	while (!ret && (ret = utfs_follow_next(follow, &event)) > 0)
		ret = keep(file, &event);
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * Reading
 */

static void held_rewind(struct utfs_source *source)
{
	struct held_file *file = source->file;

	file->at = file->first;
	file->offset = 0;
}

static int held_read(struct utfs_stream *stream)
{
	struct held_file *file = stream->source->file;
	const struct held_event *held;

	if (file->at && file->offset == file->at->used) {
		file->at = file->at->next;
		file->offset = 0;
	}
	if (!file->at)
		return 0;
	held = (const struct held_event *)(const void *)(file->at->bytes + file->offset);
	file->offset += room_of(held->bytes);
	stream->entry = (struct utfs_entry){
		.timestamp = held->timestamp,
		.lost = held->lost,
		.record = (const unsigned char *)(held + 1),
		.record_bytes = held->bytes,
		.cpu = held->cpu,
	};
	return 1;
}

static const struct held_thread *thread_of(const struct utfs_source *source, int32_t tid)
{
	const struct held_file *file = source->file;
	const struct held_thread key = {.tid = tid};

	return file->nr_threads ? bsearch(&key, file->threads, file->nr_threads,
					  sizeof(*file->threads), by_tid)
				: NULL;
}

static const char *held_comm(const struct utfs_source *source, int32_t tid)
{
	const struct held_thread *thread = thread_of(source, tid);

	return thread && *thread->comm ? thread->comm : NULL;
}

static int32_t held_tgid(const struct utfs_source *source, int32_t tid)
{
	const struct held_thread *thread = thread_of(source, tid);

	return thread ? thread->tgid : 0;
}

static void held_drop(struct utfs_stream *stream)
{
	(void)stream;
}

static void held_close(struct utfs_source *source)
{
	struct held_file *file = source->file;

	while (file && file->first) {
		struct chunk *next = file->first->next;

		free(file->first);
		file->first = next;
	}
	if (file)
		free(file->threads);
	free(file);
}

static const struct utfs_source_ops held_ops = {
	.read = held_read,
	.comm = held_comm,
	.tgid = held_tgid,
	.rewind = held_rewind,
	.drop = held_drop,
	.close = held_close,
};

static int copy_all(struct utfs_recording *recording, struct utfs_source *source,
		    struct utfs_follow *follow)
{
	struct held_file *file = calloc(1, sizeof(*file));
	int ret;

	source->file = file;
	if (!file)
		return -ENOMEM;
	ret = copy_events(file, follow);
	/* Names of threads and types after the events, which may be of the newest ones. */
	if (!ret)
		ret = copy_threads(file, follow);
	for (uint32_t id = 0; id < UTFS_RECORDING_IDS && !ret; id++)
		ret = utfs_live_learn(recording, source, follow, (uint16_t)id);
	held_rewind(source);
	return ret;
}

int utfs_recording_held(struct utfs_follow *follow, const char *path,
			struct utfs_recording **recording)
{
	struct utfs_stream stream = {0};
	int ret = utfs_live_create(follow, path, &held_ops, recording, &stream.source);

	if (!ret)
		ret = copy_all(*recording, stream.source, follow);
	if (!ret)
		ret = utfs_recording_add_stream(*recording, &stream);
	if (ret) {
		utfs_recording_close(*recording);
		*recording = NULL;
	}
	return ret;
}
