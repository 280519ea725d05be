/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording/internal.h"

int utfs_recording_fail(struct utfs_recording_failure *failure, const char *path, int error,
			const char *format, ...)
{
	va_list args;

	failure->path = path;
	va_start(args, format);
	vsnprintf(failure->text, sizeof(failure->text), format, args);
	va_end(args);
	return error;
}

int utfs_recording_grow(void **array, size_t *cap, size_t nr, size_t element_bytes)
{
	size_t wanted = *cap ? *cap * 2 : 16;
	void *grown;

	if (nr < *cap)
		return 0;
	grown = reallocarray(*array, wanted, element_bytes);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = wanted;
	return 0;
}

/* ------------------------------------------------------------------------------------------------
 * Types
 */

static void type_free(struct utfs_type *type)
{
	if (!type)
		return;
	utfs_plan_free(type->plan);
	utfs_event_format_free(type->format);
	free(type->system);
	free(type->name);
	free(type);
}

static int parse_type(struct utfs_type *type, const struct utfs_type_wish *wish)
{
	const bool is_ftrace = strcmp(wish->system, "ftrace") == 0;
	int ret = utfs_event_format_parse(wish->fields, wish->fields_bytes, &type->format, NULL);

	if (ret == -EINVAL || ret == -E2BIG)
		ret = utfs_event_format_parse("", 0, &type->format, NULL);
	if (ret)
		return ret;
	if (is_ftrace && strcmp(wish->name, "print") == 0)
		type->message = utfs_event_format_field(type->format, "buf", 3);
	if (!wish->print_fmt)
		return 0;
	if (strcmp(wish->system, "synthetic") == 0)
		return utfs_plan_synthetic(type->format, &type->plan);
	ret = utfs_plan_compile(type->format, wish->print_fmt, wish->print_fmt_bytes, &type->plan,
				NULL);
	/* The source may understand it, else it is printed by its fields. */
	if ((ret == -EINVAL || ret == -E2BIG) && wish->foreign)
		return 0;
	return ret == -EINVAL || ret == -E2BIG ? utfs_plan_fields(type->format, &type->plan) : ret;
}

int utfs_recording_add_type(struct utfs_recording *recording, struct utfs_source *source,
			    const struct utfs_type_wish *wish)
{
	struct utfs_type *type = calloc(1, sizeof(*type));
	int ret = -ENOMEM;

	if (!type || utfs_recording_grow((void **)&recording->types, &recording->cap_types,
					 recording->nr_types, sizeof(struct utfs_type *)))
		goto out;
	type->source = source;
	type->foreign = wish->foreign;
	type->system = strdup(wish->system);
	type->name = strdup(wish->name);
	if (!type->system || !type->name)
		goto out;
	ret = parse_type(type, wish);
	if (ret)
		goto out;
	type->known = (struct utfs_recording_type){
		.system = type->system,
		.name = type->name,
		.index = (uint32_t)recording->nr_types,
		.id = wish->id,
		.file = source->number,
		.format = type->format,
	};
	recording->types[recording->nr_types++] = type;
	source->by_id[wish->id] = type;
out:
	if (ret)
		type_free(type);
	return ret;
}

const struct utfs_recording_type *utfs_recording_type(const struct utfs_recording *recording,
						      size_t index)
{
	return index < recording->nr_types ? &recording->types[index]->known : NULL;
}

/* The type of a record; one without a format is made up. */
static int find_type(struct utfs_recording *recording, struct utfs_source *source,
		     const struct utfs_entry *entry, const struct utfs_recording_type **type)
{
	struct utfs_type_wish wish = {.system = "unknown", .fields = "", .print_fmt = ""};
	char name[8];
	uint16_t id = 0;
	int ret = 0;

	if (entry->record_bytes >= sizeof(id))
		memcpy(&id, entry->record, sizeof(id));
	if (!source->by_id[id] && source->ops->learn)
		ret = source->ops->learn(recording, source, id);
	if (!source->by_id[id] && !ret) {
		snprintf(name, sizeof(name), "%u", id);
		wish.name = name;
		wish.id = id;
		ret = utfs_recording_add_type(recording, source, &wish);
	}
	if (!ret)
		*type = &source->by_id[id]->known;
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * Streams, into one order: a heap of those that have an entry
 */

int utfs_recording_add_stream(struct utfs_recording *recording, const struct utfs_stream *stream)
{
	int ret = utfs_recording_grow((void **)&recording->streams, &recording->cap_streams,
				      recording->nr_streams, sizeof(*recording->streams));

	if (ret)
		return ret;
	recording->streams[recording->nr_streams] = *stream;
	recording->streams[recording->nr_streams].number = (uint32_t)recording->nr_streams;
	recording->nr_streams++;
	return 0;
}

/* The next entry of a stream, with its time as it is told. Return: as its source's read(). */
static int read_entry(struct utfs_stream *stream)
{
	int ret = stream->source->ops->read(stream);

	if (ret > 0)
		stream->entry.timestamp = utfs_clock_time(stream->source, stream->entry.timestamp);
	return ret;
}

static bool is_before(const struct utfs_stream *a, const struct utfs_stream *b)
{
	if (a->entry.timestamp != b->entry.timestamp)
		return a->entry.timestamp < b->entry.timestamp;
	return a->number < b->number;
}

static void sift_down(struct utfs_recording *recording, size_t at)
{
	struct utfs_stream **heap = recording->heap;

	for (;;) {
		size_t first = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
			if (child < recording->nr_heap && is_before(heap[child], heap[first]))
				first = child;
		}
		if (first == at)
			return;
		struct utfs_stream *moved = heap[at];

		heap[at] = heap[first];
		heap[first] = moved;
		at = first;
	}
}

/* Fills the heap with what each stream begins with, or goes on with. */
static int begin(struct utfs_recording *recording)
{
	int ret = 0;

	if (!recording->heap)
		recording->heap = calloc(recording->nr_streams + 1, sizeof(struct utfs_stream *));
	if (!recording->heap)
		return -ENOMEM;
	for (size_t i = 0; i < recording->nr_streams && ret >= 0; i++) {
		struct utfs_stream *stream = &recording->streams[i];

		ret = read_entry(stream);
		if (ret > 0)
			recording->heap[recording->nr_heap++] = stream;
	}
	for (size_t i = recording->nr_heap / 2; i-- > 0;)
		sift_down(recording, i);
	return ret < 0 ? ret : 0;
}

/* What was given by the last call makes way for what follows in its stream. */
static int advance(struct utfs_recording *recording)
{
	struct utfs_stream *stream = recording->heap[0];
	int ret = read_entry(stream);

	if (ret < 0)
		return ret;
	if (!ret)
		recording->heap[0] = recording->heap[--recording->nr_heap];
	sift_down(recording, 0);
	return 0;
}

static int fill(struct utfs_recording *recording, const struct utfs_stream *stream,
		struct utfs_recording_event *event)
{
	const struct utfs_entry *entry = &stream->entry;
	int32_t tid = 0;
	int ret;

	if (entry->record_bytes >= UTFS_COMMON_BYTES)
		memcpy(&tid, entry->record + 4, sizeof(tid));
	*event = (struct utfs_recording_event){
		.timestamp = entry->timestamp,
		.lost = entry->lost,
		.record = entry->record,
		.record_bytes = entry->record_bytes,
		.cpu = entry->cpu,
		/* What is live comes as one, of all CPUs of one buffer. */
		.stream = recording->is_live ? entry->cpu : stream->number,
		.tid = tid,
		.instance = stream->instance,
	};
	ret = find_type(recording, stream->source, entry, &event->type);
	if (ret)
		return ret;
	event->comm = stream->source->ops->comm(stream->source, tid);
	if (!event->comm && recording->nr_sources > 1)
		event->comm = utfs_recording_comm(recording, tid);
	event->tgid = utfs_recording_tgid(recording, tid);
	return 1;
}

int utfs_recording_next(struct utfs_recording *recording, struct utfs_recording_event *event)
{
	const struct utfs_stream *first;
	int ret = 0;

	if (recording->nr_heap)
		ret = advance(recording);
	else if (!recording->began || recording->is_live)
		ret = begin(recording);
	if (ret)
		return ret;
	recording->began = true;
	first = recording->nr_heap ? recording->heap[0] : NULL;
	return first ? fill(recording, first, event) : 0;
}

int utfs_recording_rewind(struct utfs_recording *recording)
{
	for (size_t i = 0; i < recording->nr_sources; i++) {
		if (!recording->sources[i]->ops->rewind)
			return -ENOTSUP;
	}
	for (size_t i = 0; i < recording->nr_sources; i++)
		recording->sources[i]->ops->rewind(recording->sources[i]);
	recording->nr_heap = 0;
	recording->began = false;
	return 0;
}

/* ------------------------------------------------------------------------------------------------
 * Threads
 */

const char *utfs_recording_comm(const struct utfs_recording *recording, int32_t tid)
{
	const char *comm = NULL;

	for (size_t i = 0; i < recording->nr_sources && !comm; i++)
		comm = recording->sources[i]->ops->comm(recording->sources[i], tid);
	return comm;
}

int32_t utfs_recording_tgid(const struct utfs_recording *recording, int32_t tid)
{
	int32_t tgid = 0;

	for (size_t i = 0; i < recording->nr_sources && !tgid; i++)
		tgid = recording->sources[i]->ops->tgid(recording->sources[i], tid);
	return tgid;
}

/* ------------------------------------------------------------------------------------------------
 * Sources
 */

const struct utfs_recording_about *utfs_recording_about(const struct utfs_recording *recording,
							size_t file)
{
	return file < recording->nr_sources ? &recording->sources[file]->about : NULL;
}

struct utfs_recording *utfs_recording_create(size_t nr_sources)
{
	struct utfs_recording *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->sources = calloc(nr_sources + 1, sizeof(struct utfs_source *));
	if (!made->sources) {
		free(made);
		made = NULL;
	}
	return made;
}

int utfs_recording_add_source(struct utfs_recording *recording, const struct utfs_source_ops *ops,
			      const char *path, struct utfs_source **source)
{
	struct utfs_source *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->ops = ops;
	made->number = (uint16_t)recording->nr_sources;
	recording->sources[recording->nr_sources++] = made;
	made->path = strdup(path);
	made->by_id = calloc(UTFS_RECORDING_IDS, sizeof(struct utfs_type *));
	*source = made;
	return made->path && made->by_id ? 0 : -ENOMEM;
}

int utfs_recording_open(const char *const *paths, size_t nr_paths,
			struct utfs_recording **recording, struct utfs_recording_failure *failure)
{
	struct utfs_recording *made = utfs_recording_create(nr_paths);
	int ret = 0;

	*recording = NULL;
	if (!made)
		return utfs_recording_fail(failure, NULL, -ENOMEM, "%s", strerror(ENOMEM));
	if (!nr_paths)
		ret = utfs_recording_fail(failure, NULL, -ENOENT, "no file was given");
	for (size_t i = 0; i < nr_paths && !ret; i++)
		ret = utfs_dat_open(made, paths[i], failure);
	if (!ret)
		ret = utfs_clocks_agree(made, failure);
	if (ret)
		utfs_recording_close(made);
	else
		*recording = made;
	return ret;
}

void utfs_recording_close(struct utfs_recording *recording)
{
	if (!recording)
		return;
	/* Sources free what their streams hold. */
	for (size_t i = 0; i < recording->nr_sources; i++) {
		struct utfs_source *source = recording->sources[i];

		for (size_t j = 0; j < recording->nr_streams; j++) {
			if (recording->streams[j].source == source)
				source->ops->drop(&recording->streams[j]);
		}
		source->ops->close(source);
		utfs_dat_head_fini(&source->head);
		free(source->by_id);
		free(source->path);
		free(source);
	}
	for (size_t i = 0; i < recording->nr_types; i++)
		type_free(recording->types[i]);
	free(recording->types);
	free(recording->streams);
	free(recording->heap);
	free(recording->sources);
	free(recording);
}
