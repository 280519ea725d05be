/* SPDX-License-Identifier: MIT */
/*
 * The extension module utracefs._event: typed events over utracefs/event.h, for one stable ABI of Python (3.11 and later).
 *
 *   module.c   the module: messages, status
 *   event.c    an event: declared, called, given back
 *   values.c   from Python's values to a record
 *
 * Everything runs with the interpreter's lock held; the library never calls back, so waiting for its locks cannot
 * wait for that one.
 */
#ifndef UTRACEFS_PYTHON_BINDING_H
#define UTRACEFS_PYTHON_BINDING_H

#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utracefs/event.h>

/* A field as struct utfs_event_field has it, with what errors and arguments name. */
struct binding_field {
	const char *name, *type;
	PyObject *key; /* the name, as Python has it */
	unsigned int shape, value, offset, bytes, count;
};

/* A record while it is filled, with what its pieces refer to. `buffer`: with the headroom in front of the record. */
struct binding_record {
	unsigned char buffer[UTFS_P_HEADROOM + UTFS_EVENT_RECORD_MAX + 8]
		__attribute__((aligned(8)));
	unsigned char arrays[UTFS_EVENT_RECORD_MAX]; /* elements of dynamic arrays */
	size_t arrays_bytes;
	struct utfs_event_piece pieces[UTFS_P_FIELDS_MAX];
	unsigned int nr_pieces;
	PyObject *texts[UTFS_P_FIELDS_MAX]; /* encoded for this record, to be let go */
	unsigned int nr_texts;
};

/* The fixed part is made all zero, there are no pieces. */
void binding_record_init(struct binding_record *record, size_t fixed_bytes);
/* Lets go of what the pieces refer to. */
void binding_record_release(struct binding_record *record);
/* Puts a value into its field. It must live until the record was written. Return: 0; -1 with an exception set. */
int binding_record_set(struct binding_record *record, const struct binding_field *field,
		       PyObject *value);
/*
 * The bytes of a str (as UTF-8; what cannot be encoded is escaped) or bytes. `*encoded`: what has to be let go with
 * them, or NULL. Return: 0; -1 with an exception set.
 */
int binding_text(PyObject *value, const char **data, Py_ssize_t *bytes, PyObject **encoded);

/* Return: a new reference to the type Event; NULL with an exception set. */
PyObject *binding_event_type(PyObject *module);

#endif
