/* SPDX-License-Identifier: MIT */
/*
 * Inside of a recording.
 *
 *   recording.c   files and streams into one order; types, threads
 *   clock.c       what the time stamps of all files count: one clock, in ns if that can be
 *   value.c       fields and texts of events
 *   live.c        an instance while it records
 *   held.c        an instance as it is at one moment
 *   pair.c        names of events that begin and end something
 *   dat.c         a trace.dat by way of libtracecmd
 *   unpack.c      parts of it that are compressed
 *   dat-head.c    what libtracecmd does not tell of it: formats as they are, the clock, processes of threads
 */
#ifndef UTFS_RECORDING_INTERNAL_H
#define UTFS_RECORDING_INTERNAL_H

#include <errno.h>

#include "recording/recording.h"
#include "trace/print.h"
#include "trace/trace.h"

#define UTFS_RECORDING_IDS 65536 /* values of common_type */

/* ---- what is known of a file ---- */

/* A thread's process. */
struct utfs_dat_thread {
	int32_t tid, tgid;
};

/* The format of an event, as its file in the tree was. */
struct utfs_dat_format {
	char *system, *text;
	size_t text_bytes;
};

/* The beginning of a trace.dat. */
struct utfs_dat_head {
	unsigned int version;
	bool is_ours;
	char clock[32];
	struct utfs_trace_scale scale; /* makes counts of the clock ns: libtracecmd does so */
	char compression[16];	       /* its name; "": of a version that has none */
	struct utfs_dat_format
		*formats; /* none where they are compressed in a way that is not known here */
	size_t nr_formats, cap_formats;
	struct utfs_dat_thread *threads; /* sorted by tid */
	size_t nr_threads;
};

/*
 * utfs_dat_head_read - *head is to be given to utfs_dat_head_fini(), whatever is returned
 * Return: 0; negative errno with *failure's text, as utfs_recording_open().
 */
int utfs_dat_head_read(const char *path, struct utfs_dat_head *head,
		       struct utfs_recording_failure *failure);
void utfs_dat_head_fini(struct utfs_dat_head *head);

/*
 * utfs_dat_unpack - uncompress a part of a file, which is so many bytes then
 * Return: 0; -ENOTSUP a compression that this was not built with; -EINVAL it is damaged; -ENOMEM.
 */
int utfs_dat_unpack(const char *compression, const char *packed, size_t packed_bytes, char *to,
		    size_t to_bytes);

/* ---- sources ---- */

struct utfs_source;

/* A type and what makes its text. */
struct utfs_type {
	struct utfs_recording_type known;
	struct utfs_source *source;
	char *system, *name; /* what `known` points to */
	struct utfs_event_format *format;
	struct utfs_print_plan *plan;	  /* NULL: the source makes the text */
	const struct utfs_field *message; /* of ftrace:print: what its text is */
	void *foreign;			  /* the source's own idea of it */
};

/* The next record of a stream; its bytes live until the stream is asked for another one. */
struct utfs_entry {
	uint64_t timestamp, lost;
	const unsigned char *record;
	uint32_t record_bytes;
	uint32_t cpu;
};

/* The events of one CPU in one buffer. */
struct utfs_stream {
	struct utfs_source *source;
	const char *instance;
	uint32_t number; /* of all of the recording: decides where times are equal */
	uint32_t cpu;
	void *buffer, *held; /* the source's: where it is read from, what the entry lives in */
	struct utfs_entry entry;
};

struct utfs_source_ops {
	/* Adds the type of an id that comes for the first time, if it is known. NULL: all were added at the beginning. Return: 0; negative errno. */
	int (*learn)(struct utfs_recording *recording, struct utfs_source *source, uint16_t id);
	/* The next entry of a stream. Return: 1; 0 no more; negative errno. */
	int (*read)(struct utfs_stream *stream);
	/* Appends the text of an event whose type has no plan. NULL: all have one. */
	void (*text)(const struct utfs_type *type, const struct utfs_recording_event *event,
		     struct eventfs_text *text);
	/* Return: a thread's name, NULL; its process, 0. */
	const char *(*comm)(const struct utfs_source *source, int32_t tid);
	int32_t (*tgid)(const struct utfs_source *source, int32_t tid);
	/* The streams of the source begin anew. NULL: they cannot. */
	void (*rewind)(struct utfs_source *source);
	/* Frees what a stream holds; then what the source has of its own. The struct is the recording's. */
	void (*drop)(struct utfs_stream *stream);
	void (*close)(struct utfs_source *source);
};

struct utfs_source {
	const struct utfs_source_ops *ops;
	struct utfs_recording_about about;
	struct utfs_trace_scale applied; /* its reader has made ns of counts with it already */
	struct utfs_trace_scale scale;	 /* what makes ns of counts; as trace.h has it */
	uint16_t number;		 /* of the file */
	char *path;
	void *file; /* its own */
	struct utfs_dat_head head;
	struct utfs_type **by_id; /* UTFS_RECORDING_IDS */
};

struct utfs_recording {
	struct utfs_source **sources;
	size_t nr_sources;
	struct utfs_stream *streams;
	size_t nr_streams, cap_streams;
	struct utfs_stream **heap; /* those that have an entry, the earliest first */
	size_t nr_heap;
	bool began, is_live; /* live: after the end it goes on */
	struct utfs_type **types;
	size_t nr_types, cap_types;
};

/*
 * utfs_dat_open - a file as a source, with its types and streams; *source is part of the recording, which closes it, whatever is returned
 * Return: as utfs_recording_open().
 */
int utfs_dat_open(struct utfs_recording *recording, const char *path,
		  struct utfs_recording_failure *failure);

/* ---- clocks ---- */

/*
 * utfs_clocks_agree - checks that the sources count one time, and settles in what it is told: about->clock_in_ns
 * Return: 0; -EXDEV with *failure.
 */
int utfs_clocks_agree(struct utfs_recording *recording, struct utfs_recording_failure *failure);
/* utfs_clock_time - Return: a source's time stamp as it is told. */
uint64_t utfs_clock_time(const struct utfs_source *source, uint64_t timestamp);

/* ---- of instances ---- */

struct utfs_follow;
/* A recording with a source for a follow, which has nothing of its own yet, and no stream. Return: 0 with both; -ENOMEM. */
int utfs_live_create(struct utfs_follow *follow, const char *path,
		     const struct utfs_source_ops *ops, struct utfs_recording **recording,
		     struct utfs_source **source);
/* As learn(). */
int utfs_live_learn(struct utfs_recording *recording, struct utfs_source *source,
		    const struct utfs_follow *follow, uint16_t id);

/* ---- for sources ---- */

/* Adds a source, which the recording closes, whatever is returned. There is room for as many as it was made for. Return: 0 with *source, -ENOMEM. */
int utfs_recording_add_source(struct utfs_recording *recording, const struct utfs_source_ops *ops,
			      const char *path, struct utfs_source **source);
/* A recording for so many sources. Return: it; NULL: out of memory. */
struct utfs_recording *utfs_recording_create(size_t nr_sources);

/* Room for one more element. Return: 0, -ENOMEM. */
int utfs_recording_grow(void **array, size_t *cap, size_t nr, size_t element_bytes);
/* Adds a stream, without an entry. Return: 0, -ENOMEM. */
int utfs_recording_add_stream(struct utfs_recording *recording, const struct utfs_stream *stream);
/*
 * Adds a type. fields: the lines of a format file behind the common ones; print_fmt: NULL, the source makes the text. One that cannot be understood has no fields.
 * Return: 0 with *type, -ENOMEM.
 */
struct utfs_type_wish {
	const char *system, *name;
	uint16_t id;
	const char *fields;
	size_t fields_bytes;
	const char *print_fmt;
	size_t print_fmt_bytes;
	void *foreign;
};
int utfs_recording_add_type(struct utfs_recording *recording, struct utfs_source *source,
			    const struct utfs_type_wish *wish);
/* Says what is wrong. Return: error. */
int utfs_recording_fail(struct utfs_recording_failure *failure, const char *path, int error,
			const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
