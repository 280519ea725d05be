/* SPDX-License-Identifier: MIT */
/*
 * Recordings: events out of trace.dat files, ours, trace-cmd's and the kernel's, or of an instance while it records or as it is, one after the other in the order of
 * their time.
 *
 * What it is for: all that shows or converts what was recorded (utracefs export, utracefs view). A recording is one file or several that were made
 * with the same clock; each CPU of each buffer of each file is a stream, and what comes first of all streams is the next event. Memory does
 * not grow with the length of a file; what an instance holds is copied. What describes the events is read when the recording is opened, or when the first of them comes.
 *
 * May use trace (formats, print plans, what follows an instance), eventfs (texts), libtracecmd and libtraceevent; never the arena, never a mount. It is not built where there
 * is no libtracecmd. Never prints. Files are other people's: what they say is checked before it is used here; of the
 * libraries one knows less.
 */
#ifndef UTFS_RECORDING_RECORDING_H
#define UTFS_RECORDING_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/format.h"

struct utfs_recording;

/* What went wrong, in words: of which file, and what. */
struct utfs_recording_failure {
	const char *path; /* one of those that were given; NULL: all of them */
	char text[256];
};

/* A kind of event of one of the files. The same event of two files is two types. */
struct utfs_recording_type {
	const char *system, *name; /* "unknown", "77" where the file has no format for it */
	uint32_t index;		   /* of all types of the recording, from 0 on: for tables */
	uint16_t id;		   /* common_type, in its file */
	uint16_t file;		   /* number of the file */
	const struct utfs_event_format *format; /* its fields, the common ones first */
};

struct utfs_recording_event {
	uint64_t timestamp; /* ns, or what else the clock counts: about->clock_in_ns */
	const struct utfs_recording_type *type;
	const unsigned char *record; /* from the common fields on; for a filter's program as well */
	uint32_t record_bytes;
	uint32_t cpu;
	uint32_t
		stream; /* the CPU of a buffer, of all of the recording, from 0 on: `lost` counts its events */
	int32_t tid;	      /* the thread; 0: the CPU was idle */
	int32_t tgid;	      /* its process; 0: the file does not say */
	const char *comm;     /* the thread's name; NULL: not known */
	const char *instance; /* whose buffer it was in; NULL: the root's */
	uint64_t
		lost; /* events of this stream that are missing before this one; UTFS_RECORDING_LOST_SOME: some */
};
#define UTFS_RECORDING_LOST_SOME UINT64_MAX

/* What a file says of itself. */
struct utfs_recording_about {
	const char *path;
	const char *clock; /* as in trace_clock: "local", "mono"; "": it does not say */
	bool clock_in_ns;  /* false: it counts something else that cannot be turned into ns */
	bool is_ours;	   /* made by utracefs: its threads are known by process */
	uint32_t nr_cpus;
};

/*
 * utfs_recording_open - open files as one recording
 *
 * *recording belongs to the caller: utfs_recording_close(). The paths are not kept; the failure's one is theirs.
 *
 * Return: 0; negative errno with *failure: of opening; -ENOENT no files were given; -EINVAL not a trace.dat, or one that ends in its middle; -ENOTSUP of a big-endian machine, or
 * of a version that is not known here; -EXDEV the files' clocks are not one; -ENOMEM.
 * Locks: none. Context: any thread.
 */
int utfs_recording_open(const char *const *paths, size_t nr_paths,
			struct utfs_recording **recording, struct utfs_recording_failure *failure);
/*
 * utfs_recording_follow - the events of an instance while they come, as a recording that is never at its end
 *
 * *recording belongs to the caller: utfs_recording_close(), before the follow is closed. path: what it is called; it is not kept.
 *
 * Return: 0; -ENOMEM. Locks: none. Context: any thread.
 */
struct utfs_follow;
int utfs_recording_follow(struct utfs_follow *follow, const char *path,
			  struct utfs_recording **recording);
/*
 * utfs_recording_held - the events of a follow that has an end (utfs_follow_held()), as a recording like that of a file
 *
 * They are copied, so that they are the same however often they are read; types are those of all events that there are. *recording, path: as above, but the follow may be closed first.
 *
 * Return: 0; -ENOMEM; errno of utfs_follow_next() and utfs_follow_type(). Locks: none held by the caller. Context: one thread per follow.
 */
int utfs_recording_held(struct utfs_follow *follow, const char *path,
			struct utfs_recording **recording);
/*
 * utfs_recording_rewind - the next event is the first one again
 * Return: 0; -ENOTSUP only what utfs_recording_held() has made can do that: open files again. Context: as utfs_recording_next().
 */
int utfs_recording_rewind(struct utfs_recording *recording);
/* NULL is allowed. Return: nothing. Context: what the recording gave is not used any more. */
void utfs_recording_close(struct utfs_recording *recording);

/*
 * utfs_recording_next - the next event by time; where times are equal, in the order of files, buffers and CPUs
 *
 * What *event refers to lives until the next call; types and instance as long as the recording, comm of files too.
 * Return: 1; 0 that was the last one, if it is live: for now; -EIO a file cannot be read on, -ENOMEM; live: errno of utfs_follow_next() and utfs_follow_type(). Context: one thread per recording.
 */
int utfs_recording_next(struct utfs_recording *recording, struct utfs_recording_event *event);

/* utfs_recording_about - what file number `file` says of itself; NULL: there is no such file. Context: any thread. */
const struct utfs_recording_about *utfs_recording_about(const struct utfs_recording *recording,
							size_t file);

/*
 * utfs_recording_type - type number `index`; those that a format is there for are known from the beginning, others come with their first event
 * Return: it lives as long as the recording; NULL: there are not so many. Context: as utfs_recording_next().
 */
const struct utfs_recording_type *utfs_recording_type(const struct utfs_recording *recording,
						      size_t index);

/*
 * utfs_recording_comm, utfs_recording_tgid - what the files know of a thread, whether there are events of it or not
 * Return: its name, which of a live one lives until the next call, NULL; its process, 0. Context: as utfs_recording_next().
 */
const char *utfs_recording_comm(const struct utfs_recording *recording, int32_t tid);
int32_t utfs_recording_tgid(const struct utfs_recording *recording, int32_t tid);

/* The value of a field. */
enum utfs_recording_kind {
	UTFS_RECORDING_NONE,	 /* it lies outside of the record, which was cut or is damaged */
	UTFS_RECORDING_SIGNED,	 /* .i */
	UTFS_RECORDING_UNSIGNED, /* .u; pointers, bool */
	UTFS_RECORDING_FLOAT,	 /* .f */
	UTFS_RECORDING_STRING,	 /* .bytes of .data, without a NUL; any bytes, not UTF-8 always */
	UTFS_RECORDING_ARRAY,	 /* .bytes of .data, elements as below */
	UTFS_RECORDING_OPAQUE,	 /* .bytes of .data: a struct */
};

struct utfs_recording_value {
	enum utfs_recording_kind kind;
	union {
		int64_t i;
		uint64_t u;
		double f;
	};
	const unsigned char *data; /* in the record */
	size_t bytes;
	/* of an array */
	size_t count;
	uint32_t element_bytes;
	enum utfs_recording_kind
		element; /* SIGNED, UNSIGNED or FLOAT; OPAQUE: of a size that is no number's */
};

/*
 * utfs_recording_value - read a field, one of event->type->format->fields
 * Return: *value, also when its kind is UTFS_RECORDING_NONE. Context: any thread.
 */
const struct utfs_recording_value *utfs_recording_value(const struct utfs_recording_event *event,
							const struct utfs_field *field,
							struct utfs_recording_value *value);
/* utfs_recording_element - element number `index` of an array. Return: as utfs_recording_value(). Context: any thread. */
const struct utfs_recording_value *utfs_recording_element(const struct utfs_recording_value *array,
							  size_t index,
							  struct utfs_recording_value *value);

/*
 * utfs_recording_text - append what the event's print format makes of it, in one line, without name and newline: as in `trace`. Of a message (ftrace:print) it is the message.
 * Return: nothing; out of memory is remembered in text->error. Context: as utfs_recording_next().
 */
void utfs_recording_text(struct utfs_recording *recording, const struct utfs_recording_event *event,
			 struct eventfs_text *text);

#endif
