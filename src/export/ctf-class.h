/* SPDX-License-Identifier: MIT */
/* What events are to babeltrace2: a class for each type, whose payload has its fields. */
#ifndef UTFS_EXPORT_CTF_CLASS_H
#define UTFS_EXPORT_CTF_CLASS_H

#include <babeltrace2/babeltrace.h>

#include "recording/recording.h"

struct utfs_ctf_classes {
	bt_trace_class *trace_class;
	bt_stream_class *stream_class;	/* of CPUs; its packets have the field cpu_id */
	bt_event_class **event_classes; /* by a type's index */
	size_t nr_event_classes;
};

/* *classes is to be given to utfs_ctf_classes_fini(), whatever is returned. Return: 0, -ENOMEM. Context: within a component's methods. */
struct utfs_ctf_clock {
	const char *name, *note; /* NULL: there is nothing to say */
};
int utfs_ctf_classes_init(struct utfs_ctf_classes *classes, bt_self_component *self,
			  const struct utfs_ctf_clock *clock);
void utfs_ctf_classes_fini(struct utfs_ctf_classes *classes);

/* The class of a type, made when it is asked for first. Return: 0, -ENOMEM. */
int utfs_ctf_event_class(struct utfs_ctf_classes *classes, const struct utfs_recording_type *type,
			 const bt_event_class **event_class);

/* Fills an event of that class: its thread and its fields; those that are not in the record are 0 or empty. Return: 0, -ENOMEM. */
int utfs_ctf_fill(const struct utfs_recording_event *event, bt_event *to);

#endif
