/* SPDX-License-Identifier: MIT */
/*
 * A trace.dat by way of libtracecmd: it finds the pages of each CPU in each buffer, uncompressed, with their times corrected. Formats come from the file's own
 * text where that can be read (dat-head.c), else they are put together from what libtraceevent has understood.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <trace-cmd/trace-cmd.h>

#include "recording/internal.h"

/* What a source has of its own. */
struct dat_file {
	struct tracecmd_input *input;
	struct tracecmd_input **buffers; /* of instances, which are to be closed as well */
	int nr_buffers;
	struct tep_handle *tep;
	struct trace_seq seq;
};

/* ------------------------------------------------------------------------------------------------
 * Reading
 */

static void dat_drop(struct utfs_stream *stream)
{
	if (stream->held)
		tracecmd_free_record(stream->held);
	stream->held = NULL;
}

static int dat_read(struct utfs_stream *stream)
{
	struct tep_record *record;

	dat_drop(stream);
	record = tracecmd_read_data(stream->buffer, (int)stream->cpu);
	stream->held = record;
	if (!record)
		return 0;
	if (record->size < 0 || !record->data)
		return -EIO;
	stream->entry = (struct utfs_entry){
		.timestamp = record->ts,
		.lost = record->missed_events < 0 ? UTFS_RECORDING_LOST_SOME
						  : (uint64_t)record->missed_events,
		.record = record->data,
		.record_bytes = (uint32_t)record->size,
		.cpu = (uint32_t)record->cpu,
	};
	return 1;
}

static void dat_text(const struct utfs_type *type, const struct utfs_recording_event *event,
		     struct eventfs_text *text)
{
	struct dat_file *file = type->source->file;
	struct tep_record record = {
		.ts = event->timestamp,
		.size = (int)event->record_bytes,
		.cpu = (int)event->cpu,
		.data = (void *)(uintptr_t)event->record,
	};

	trace_seq_reset(&file->seq);
	tep_print_event(file->tep, &file->seq, &record, "%s", TEP_PRINT_INFO);
	eventfs_text_write(text, file->seq.buffer, file->seq.len);
}

static const char *dat_comm(const struct utfs_source *source, int32_t tid)
{
	const struct dat_file *file = source->file;

	/* It makes up a name for those that it does not know. */
	if (tid != 0 && !tep_is_pid_registered(file->tep, tid))
		return NULL;
	return tep_data_comm_from_pid(file->tep, tid);
}

static int tid_against(const void *key, const void *element)
{
	const int32_t *tid = key;
	const struct utfs_dat_thread *thread = element;

	return (*tid > thread->tid) - (*tid < thread->tid);
}

static int32_t dat_tgid(const struct utfs_source *source, int32_t tid)
{
	const struct utfs_dat_head *head = &source->head;
	const struct utfs_dat_thread *found =
		head->nr_threads ? bsearch(&tid, head->threads, head->nr_threads,
					   sizeof(*head->threads), tid_against)
				 : NULL;

	return found ? found->tgid : 0;
}

static void dat_close(struct utfs_source *source)
{
	struct dat_file *file = source->file;

	if (!file)
		return;
	for (int i = 0; i < file->nr_buffers; i++)
		tracecmd_close(file->buffers[i]);
	tracecmd_close(file->input);
	if (file->seq.buffer)
		trace_seq_destroy(&file->seq);
	free(file->buffers);
	free(file);
}

static const struct utfs_source_ops dat_ops = {
	.read = dat_read,
	.text = dat_text,
	.comm = dat_comm,
	.tgid = dat_tgid,
	.drop = dat_drop,
	.close = dat_close,
};

/* ------------------------------------------------------------------------------------------------
 * Types
 */

/* The lines of a format file, from what libtraceevent has made of them. */
static void put_fields(struct eventfs_text *text, const struct tep_event *event)
{
	for (const struct tep_format_field *field = event->format.fields; field;
	     field = field->next) {
		const char *bracket = strchr(field->type, '[');
		size_t bytes = strlen(field->type);

		/* An array's brackets stand behind the name, but not those of __data_loc. */
		if (!bracket || field->flags & TEP_FIELD_IS_DYNAMIC)
			bracket = field->type + bytes;
		eventfs_text_printf(text, "\tfield:%.*s %s%s;\toffset:%d;\tsize:%d;\tsigned:%d;\n",
				    (int)(bracket - field->type), field->type, field->name, bracket,
				    field->offset, field->size,
				    (field->flags & TEP_FIELD_IS_SIGNED) != 0);
	}
}

static int add_from_tep(struct utfs_recording *recording, struct utfs_source *source,
			struct tep_event *event)
{
	struct eventfs_text fields = {0};
	struct utfs_type_wish wish = {
		.system = event->system,
		.name = event->name,
		.id = (uint16_t)event->id,
		.foreign = event,
	};
	int ret;

	put_fields(&fields, event);
	wish.fields = fields.data ? fields.data : "";
	wish.fields_bytes = fields.len_bytes;
	ret = fields.error ? fields.error : utfs_recording_add_type(recording, source, &wish);
	eventfs_text_fini(&fields);
	return ret;
}

static int add_from_text(struct utfs_recording *recording, struct utfs_source *source,
			 const struct utfs_dat_format *format)
{
	struct utfs_format_parts parts;
	struct utfs_type_wish wish = {.system = format->system};
	struct tep_event *event;
	char *name;
	int ret = utfs_format_split(format->text, format->text_bytes, &parts);

	/* What is not understood here may be there. */
	if (ret || parts.id >= UTFS_RECORDING_IDS || source->by_id[parts.id])
		return 0;
	name = strndup(parts.name, parts.name_bytes);
	if (!name)
		return -ENOMEM;
	event = tep_find_event(((struct dat_file *)source->file)->tep, (int)parts.id);
	wish.name = name;
	wish.id = (uint16_t)parts.id;
	wish.fields = parts.fields;
	wish.fields_bytes = parts.fields_bytes;
	wish.print_fmt = parts.print_fmt;
	wish.print_fmt_bytes = parts.print_fmt_bytes;
	wish.foreign = event && !(event->flags & TEP_EVENT_FL_FAILED) ? event : NULL;
	ret = utfs_recording_add_type(recording, source, &wish);
	free(name);
	return ret;
}

static int add_types(struct utfs_recording *recording, struct utfs_source *source)
{
	struct tep_handle *tep = ((struct dat_file *)source->file)->tep;
	int ret = 0;

	for (size_t i = 0; i < source->head.nr_formats && !ret; i++)
		ret = add_from_text(recording, source, &source->head.formats[i]);
	for (int i = 0; i < tep_get_events_count(tep) && !ret; i++) {
		struct tep_event *event = tep_get_event(tep, i);

		if (event->id >= 0 && event->id < UTFS_RECORDING_IDS && !source->by_id[event->id])
			ret = add_from_tep(recording, source, event);
	}
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * Opening
 */

static int add_streams(struct utfs_recording *recording, struct utfs_source *source,
		       struct tracecmd_input *buffer, const char *instance)
{
	struct utfs_stream stream = {.source = source, .buffer = buffer, .instance = instance};
	int nr_cpus = tep_get_cpus(tracecmd_get_tep(buffer)), ret = 0;

	for (int i = 0; i < nr_cpus && !ret; i++) {
		stream.cpu = (uint32_t)i;
		ret = utfs_recording_add_stream(recording, &stream);
	}
	if (nr_cpus > (int)source->about.nr_cpus)
		source->about.nr_cpus = (uint32_t)nr_cpus;
	return ret;
}

static int add_buffers(struct utfs_recording *recording, struct utfs_source *source)
{
	struct dat_file *file = source->file;
	int nr = tracecmd_buffer_instances(file->input), ret;

	ret = add_streams(recording, source, file->input, NULL);
	if (nr <= 0 || ret)
		return ret;
	file->buffers = calloc((size_t)nr, sizeof(struct tracecmd_input *));
	if (!file->buffers)
		return -ENOMEM;
	for (int i = 0; i < nr && !ret; i++) {
		struct tracecmd_input *buffer = tracecmd_buffer_instance_handle(file->input, i);

		if (!buffer)
			continue;
		file->buffers[file->nr_buffers++] = buffer;
		ret = add_streams(recording, source, buffer,
				  tracecmd_buffer_instance_name(file->input, i));
	}
	return ret;
}

static int open_input(struct dat_file *file, const char *path, const char *compression,
		      struct utfs_recording_failure *failure)
{
	/* Plugins are code from the user's home directory; and the texts are to be the kernel's. */
	const int flags = TRACECMD_FL_LOAD_NO_PLUGINS | TRACECMD_FL_LOAD_NO_SYSTEM_PLUGINS;

	tracecmd_set_loglevel(TEP_LOG_NONE);
	file->input = tracecmd_open(path, flags);
	if (!file->input && *compression && strcmp(compression, "none") != 0)
		return utfs_recording_fail(
			failure, path, -ENOTSUP,
			"libtracecmd cannot read it; it is compressed with %s: does 'trace-cmd "
			"list -c' have that? Else 'trace-cmd convert --compression none' where it "
			"does",
			compression);
	if (!file->input)
		return utfs_recording_fail(failure, path, -EINVAL,
					   "libtracecmd cannot read it; is it damaged?");
	file->tep = tracecmd_get_tep(file->input);
	return 0;
}

int utfs_dat_open(struct utfs_recording *recording, const char *path,
		  struct utfs_recording_failure *failure)
{
	struct utfs_source *source;
	struct dat_file *file;
	int ret = utfs_recording_add_source(recording, &dat_ops, path, &source);

	if (!ret && !(source->file = calloc(1, sizeof(*file))))
		ret = -ENOMEM;
	if (ret)
		return utfs_recording_fail(failure, path, ret, "%s", strerror(-ret));
	file = source->file;
	ret = utfs_dat_head_read(path, &source->head, failure);
	if (!ret)
		ret = open_input(file, path, source->head.compression, failure);
	if (ret)
		return ret;
	trace_seq_init(&file->seq);
	source->about = (struct utfs_recording_about){
		.path = source->path,
		.clock = source->head.clock,
		.is_ours = source->head.is_ours,
	};
	source->scale = source->applied = source->head.scale;
	ret = add_types(recording, source);
	if (!ret)
		ret = add_buffers(recording, source);
	return ret ? utfs_recording_fail(failure, path, ret, "%s", strerror(-ret)) : 0;
}
