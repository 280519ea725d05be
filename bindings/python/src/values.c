/* SPDX-License-Identifier: MIT */
/* From Python's values to the fields of a record. */
#include "binding.h"

#include <string.h>

void binding_record_init(struct binding_record *record, size_t fixed_bytes)
{
	memset(record->buffer + UTFS_P_HEADROOM, 0, fixed_bytes);
	record->arrays_bytes = 0;
	record->nr_pieces = 0;
	record->nr_texts = 0;
}

void binding_record_release(struct binding_record *record)
{
	while (record->nr_texts)
		Py_DECREF(record->texts[--record->nr_texts]);
}

static unsigned int kind_of(const struct binding_field *field)
{
	return field->value & ~(unsigned int)UTFS_P_SIGNED;
}

static int wrong_range(const struct binding_field *field)
{
	PyErr_Format(PyExc_OverflowError, "%s: out of the range of %s", field->name, field->type);
	return -1;
}

static int signed_get(const struct binding_field *field, PyObject *number, uint64_t *word)
{
	/* A char may be given as either. */
	const int64_t high = kind_of(field) == UTFS_P_CHARACTER
				     ? UINT8_MAX
				     : INT64_MAX >> (64 - 8 * field->bytes);
	const int64_t low = -(INT64_MAX >> (64 - 8 * field->bytes)) - 1;
	long long value;
	int overflow;

	value = PyLong_AsLongLongAndOverflow(number, &overflow);
	if (overflow || value < low || value > high)
		return wrong_range(field);
	*word = (uint64_t)value;
	return 0;
}

static int unsigned_get(const struct binding_field *field, PyObject *number, uint64_t *word)
{
	unsigned long long value = PyLong_AsUnsignedLongLong(number);

	if (value == (unsigned long long)-1 && PyErr_Occurred()) {
		PyErr_Clear();
		return wrong_range(field);
	}
	if (value > UINT64_MAX >> (64 - 8 * field->bytes))
		return wrong_range(field);
	*word = value;
	return 0;
}

static int integer_get(const struct binding_field *field, PyObject *value, uint64_t *word)
{
	PyObject *number = PyNumber_Index(value);
	int ret;

	if (!number) {
		if (PyErr_ExceptionMatches(PyExc_TypeError))
			PyErr_Format(PyExc_TypeError, "%s: an integer is wanted, not %R",
				     field->name, (PyObject *)Py_TYPE(value));
		return -1;
	}
	if (field->value & UTFS_P_SIGNED || kind_of(field) == UTFS_P_CHARACTER)
		ret = signed_get(field, number, word);
	else
		ret = unsigned_get(field, number, word);
	Py_DECREF(number);
	return ret;
}

static int float_get(const struct binding_field *field, PyObject *value, uint64_t *word)
{
	double number = PyFloat_AsDouble(value);
	float single;

	if (number == -1.0 && PyErr_Occurred())
		return -1;
	if (field->bytes == sizeof(single)) {
		single = (float)number;
		memcpy(word, &single, sizeof(single));
	} else {
		memcpy(word, &number, sizeof(number));
	}
	return 0;
}

/* One element. Both architectures are little-endian: a number's low bytes come first. */
static int number_store(const struct binding_field *field, PyObject *value, unsigned char *to)
{
	uint64_t word = 0;
	int ret = 0;

	if (kind_of(field) == UTFS_P_FLOAT) {
		ret = float_get(field, value, &word);
	} else if (kind_of(field) == UTFS_P_BOOL) {
		ret = PyObject_IsTrue(value);
		word = ret > 0;
	} else {
		ret = integer_get(field, value, &word);
	}
	if (ret < 0)
		return -1;
	memcpy(to, &word, field->bytes);
	return 0;
}

/* Elements that lie in memory already: bytes, array.array, memoryview, numpy's arrays. Return: how many there are; -1. */
static Py_ssize_t buffer_store(const struct binding_field *field, PyObject *value,
			       unsigned char *to, Py_ssize_t max)
{
	Py_buffer view;
	Py_ssize_t n = -1;
	bool is_float;

	if (PyObject_GetBuffer(value, &view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS))
		return -1;
	is_float = view.format && strpbrk(view.format, "efd");
	if (view.itemsize != (Py_ssize_t)field->bytes ||
	    is_float != (kind_of(field) == UTFS_P_FLOAT) ||
	    (view.format && strpbrk(view.format, ">!"))) {
		PyErr_Format(PyExc_TypeError, "%s: elements are %s, not '%s'", field->name,
			     field->type, view.format ? view.format : "B");
	} else {
		n = view.len / view.itemsize;
		memcpy(to, view.buf, (size_t)((n < max ? n : max) * view.itemsize));
	}
	PyBuffer_Release(&view);
	return n;
}

static Py_ssize_t sequence_store(const struct binding_field *field, PyObject *value,
				 unsigned char *to, Py_ssize_t max)
{
	Py_ssize_t n = PySequence_Size(value);

	for (Py_ssize_t i = 0; i < n && i < max; i++) {
		PyObject *item = PySequence_GetItem(value, i);
		int ret = item ? number_store(field, item, to + (size_t)i * field->bytes) : -1;

		Py_XDECREF(item);
		if (ret)
			return -1;
	}
	return n;
}

/* Stores up to `max` elements. Return: how many there are; -1 with an exception set. */
static Py_ssize_t elements_store(const struct binding_field *field, PyObject *value,
				 unsigned char *to, Py_ssize_t max)
{
	if (PyObject_CheckBuffer(value))
		return buffer_store(field, value, to, max);
	if (PySequence_Check(value))
		return sequence_store(field, value, to, max);
	PyErr_Format(PyExc_TypeError, "%s: a sequence or a buffer is wanted, not %R", field->name,
		     (PyObject *)Py_TYPE(value));
	return -1;
}

static int array_set(const struct binding_field *field, PyObject *value, unsigned char *to)
{
	Py_ssize_t n;

	if (value == Py_None)
		return 0;
	n = elements_store(field, value, to, field->count);
	if (n < 0)
		return -1;
	if (n != (Py_ssize_t)field->count) {
		PyErr_Format(PyExc_ValueError, "%s: %zd elements, where there are %u", field->name,
			     n, field->count);
		return -1;
	}
	return 0;
}

static void piece_add(struct binding_record *record, const struct binding_field *field,
		      const void *data, size_t bytes)
{
	record->pieces[record->nr_pieces++] = (struct utfs_event_piece){
		.data = data,
		.bytes = bytes,
		.offset = field->offset,
		.element_bytes = field->shape == UTFS_P_DYNAMIC ? field->bytes : 0,
	};
}

/* More elements than a record holds would be cut anyway. */
static int dynamic_set(struct binding_record *record, const struct binding_field *field,
		       PyObject *value)
{
	unsigned char *to = record->arrays + record->arrays_bytes;
	Py_ssize_t max =
		(Py_ssize_t)((sizeof(record->arrays) - record->arrays_bytes) / field->bytes);
	Py_ssize_t n = value == Py_None ? 0 : elements_store(field, value, to, max);

	if (n < 0)
		return -1;
	if (n > max)
		n = max;
	piece_add(record, field, to, (size_t)n * field->bytes);
	record->arrays_bytes += (size_t)n * field->bytes;
	return 0;
}

/* UTF-8; bytes that os.fsdecode() could not decode as they were; other surrogates as \udNNN. */
static PyObject *encode(PyObject *value)
{
	PyObject *encoded = PyUnicode_AsEncodedString(value, "utf-8", "surrogateescape");

	if (!encoded && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
		PyErr_Clear();
		encoded = PyUnicode_AsEncodedString(value, "utf-8", "backslashreplace");
	}
	return encoded;
}

int binding_text(PyObject *value, const char **data, Py_ssize_t *bytes, PyObject **encoded)
{
	char *start;

	*encoded = NULL;
	if (PyUnicode_Check(value)) {
		*data = PyUnicode_AsUTF8AndSize(value, bytes);
		if (*data)
			return 0;
		if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
			return -1;
		PyErr_Clear();
		*encoded = value = encode(value);
		if (!value)
			return -1;
	}
	if (!PyBytes_Check(value)) {
		PyErr_Format(PyExc_TypeError, "str or bytes are wanted, not %R",
			     (PyObject *)Py_TYPE(value));
		return -1;
	}
	if (PyBytes_AsStringAndSize(value, &start, bytes))
		return -1;
	*data = start;
	return 0;
}

static int text_set(struct binding_record *record, const struct binding_field *field,
		    PyObject *value, unsigned char *to)
{
	const char *data = "(null)"; /* as in C */
	Py_ssize_t bytes = 6;
	PyObject *encoded = NULL;

	if (value != Py_None && binding_text(value, &data, &bytes, &encoded))
		return -1;
	if (encoded)
		record->texts[record->nr_texts++] = encoded;
	if (field->shape != UTFS_P_CHARS)
		piece_add(record, field, data, (size_t)bytes);
	else if (value != Py_None)
		memcpy(to, data, (size_t)bytes < field->count ? (size_t)bytes : field->count - 1);
	return 0;
}

int binding_record_set(struct binding_record *record, const struct binding_field *field,
		       PyObject *value)
{
	unsigned char *to = record->buffer + UTFS_P_HEADROOM + field->offset;

	switch (field->shape) {
	case UTFS_P_SCALAR:
		return number_store(field, value, to);
	case UTFS_P_ARRAY:
		return array_set(field, value, to);
	case UTFS_P_DYNAMIC:
		return dynamic_set(record, field, value);
	default:
		return text_set(record, field, value, to);
	}
}
