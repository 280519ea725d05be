/* SPDX-License-Identifier: MIT */
/* An instance while it records. Its events come in the order of time already, so it is one stream; types are learned with their first event. */
#include <stdlib.h>
#include <string.h>

#include "recording/internal.h"
#include "trace/follow.h"

/* What a source has of its own. */
struct live_file {
	struct utfs_follow *follow; /* its opener's */
	char comm[17];		    /* the last that was asked for */
};

static int live_read(struct utfs_stream *stream)
{
	const struct live_file *file = stream->source->file;
	struct utfs_follow_event event;
	int ret = utfs_follow_next(file->follow, &event);

	if (ret == 1)
		stream->entry = (struct utfs_entry){
			.timestamp = event.timestamp,
			.lost = event.lost,
			.record = event.record,
			.record_bytes = event.bytes,
			.cpu = event.cpu,
		};
	return ret;
}

int utfs_live_learn(struct utfs_recording *recording, struct utfs_source *source,
		    const struct utfs_follow *follow, uint16_t id)
{
	struct utfs_follow_type type;
	struct utfs_type_wish wish = {.id = id};
	int ret = utfs_follow_type(follow, id, &type);

	/* Gone before it was asked for. */
	if (ret == -ENOENT)
		return 0;
	if (ret)
		return ret;
	wish.system = type.system;
	wish.name = type.name;
	wish.fields = type.fields;
	wish.fields_bytes = type.fields_bytes;
	wish.print_fmt = type.print_fmt;
	wish.print_fmt_bytes = type.print_fmt_bytes;
	ret = utfs_recording_add_type(recording, source, &wish);
	free(type.memory);
	return ret;
}

static int live_learn(struct utfs_recording *recording, struct utfs_source *source, uint16_t id)
{
	const struct live_file *file = source->file;

	return utfs_live_learn(recording, source, file->follow, id);
}

static const char *live_comm(const struct utfs_source *source, int32_t tid)
{
	struct live_file *file = source->file;
	int32_t tgid;

	return !utfs_follow_thread(file->follow, tid, file->comm, &tgid) && *file->comm ? file->comm
											: NULL;
}

static int32_t live_tgid(const struct utfs_source *source, int32_t tid)
{
	const struct live_file *file = source->file;
	char comm[17];
	int32_t tgid = 0;

	return utfs_follow_thread(file->follow, tid, comm, &tgid) ? 0 : tgid;
}

/* The follow keeps what an entry lives in. */
static void live_drop(struct utfs_stream *stream)
{
	(void)stream;
}

static void live_close(struct utfs_source *source)
{
	free(source->file);
}

static const struct utfs_source_ops live_ops = {
	.learn = live_learn,
	.read = live_read,
	.comm = live_comm,
	.tgid = live_tgid,
	.drop = live_drop,
	.close = live_close,
};

int utfs_live_create(struct utfs_follow *follow, const char *path,
		     const struct utfs_source_ops *ops, struct utfs_recording **recording,
		     struct utfs_source **source)
{
	const struct utfs_follow_about about = utfs_follow_about(follow);
	struct utfs_recording *made = utfs_recording_create(1);
	int ret = made ? utfs_recording_add_source(made, ops, path, source) : -ENOMEM;

	*recording = NULL;
	if (!ret) {
		(*source)->about = (struct utfs_recording_about){
			.path = (*source)->path,
			.clock = about.clock,
			.is_ours = true,
			.nr_cpus = about.nr_cpus,
		};
		(*source)->scale = about.scale;
		ret = utfs_clocks_agree(made, NULL);
	}
	if (ret)
		utfs_recording_close(made);
	else
		*recording = made;
	return ret;
}

int utfs_recording_follow(struct utfs_follow *follow, const char *path,
			  struct utfs_recording **recording)
{
	struct utfs_stream stream = {0};
	struct live_file *file;
	int ret = utfs_live_create(follow, path, &live_ops, recording, &stream.source);

	if (ret)
		return ret;
	file = calloc(1, sizeof(*file));
	stream.source->file = file;
	if (file) {
		file->follow = follow;
		(*recording)->is_live = true;
	}
	ret = file ? utfs_recording_add_stream(*recording, &stream) : -ENOMEM;
	if (ret) {
		utfs_recording_close(*recording);
		*recording = NULL;
	}
	return ret;
}
