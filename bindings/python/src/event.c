/* SPDX-License-Identifier: MIT */
/* The type Event: a declared event with the memory that the library uses until it is given back. */
#include "binding.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES_MAX (UTFS_EVENT_RECORD_MAX - UTFS_P_FIELDS_MAX) /* as UTFS_EVENT() has it */

/* Where the library looks: it stays in place, at a multiple of 64. Text lies in the strings of the declaration. */
struct declared {
	struct utfs_event event;
	struct utfs_module module;
	struct utfs_event_info info;
	struct utfs_event_symbol no_symbols;
	struct utfs_event_field fields[UTFS_P_FIELDS_MAX];
};

struct event_object {
	PyObject ob_base;
	struct declared *declared;
	PyObject *declaration; /* the arguments, which own the names */
	PyObject *names[UTFS_P_FIELDS_MAX];
};

/* Text for the library: no NUL in it. Return: NULL with an exception set. */
static const char *string_get(PyObject *value)
{
	Py_ssize_t bytes;
	const char *string = PyUnicode_AsUTF8AndSize(value, &bytes);

	if (string && strlen(string) != (size_t)bytes) {
		PyErr_SetString(PyExc_ValueError, "a NUL in the declaration of an event");
		return NULL;
	}
	return string;
}

/* (name, type, shape, value, bytes, count): what declare.py makes of a line. */
static int field_get(PyObject *row, struct utfs_event_field *field, PyObject **name)
{
	PyObject *type;

	if (!PyTuple_Check(row) || !PyArg_ParseTuple(row, "UUIIII", name, &type, &field->shape,
						     &field->value, &field->bytes, &field->count))
		return -1;
	/* As the C compiler has it. */
	if (field->value == UTFS_P_CHARACTER && CHAR_MIN < 0)
		field->value |= UTFS_P_SIGNED;
	field->name = string_get(*name);
	field->type = field->name ? string_get(type) : NULL;
	if (!field->type)
		return -1;
	if (field->shape < UTFS_P_SCALAR || field->shape > UTFS_P_DYNAMIC || field->bytes > 8 ||
	    !field->bytes || field->bytes & (field->bytes - 1) ||
	    field->count > UTFS_EVENT_RECORD_MAX) {
		PyErr_SetString(PyExc_ValueError, "what is no field");
		return -1;
	}
	return 0;
}

/* Places a field as a C struct would. Return: what it needs to be aligned to. */
static uint32_t field_place(struct utfs_event_field *field, uint32_t *end)
{
	const bool is_dynamic = field->shape == UTFS_P_STRING || field->shape == UTFS_P_COUNTED ||
				field->shape == UTFS_P_DYNAMIC;
	const uint32_t align = is_dynamic ? 4 : field->bytes;

	field->offset = (*end + align - 1) & ~(align - 1);
	*end = field->offset + (is_dynamic ? 4 : field->bytes * field->count);
	return align;
}

static int fields_get(struct event_object *self, PyObject *rows)
{
	struct utfs_event_info *info = &self->declared->info;
	Py_ssize_t n = PyTuple_Size(rows);
	uint32_t align = 4, end = 8; /* of the common fields */

	if (n > UTFS_P_FIELDS_MAX) {
		PyErr_Format(PyExc_ValueError, "%zd fields, more than %d", n, UTFS_P_FIELDS_MAX);
		return -1;
	}
	for (Py_ssize_t i = 0; i < n; i++) {
		struct utfs_event_field *field = &self->declared->fields[i];
		uint32_t wanted;

		if (field_get(PyTuple_GetItem(rows, i), field, &self->names[i])) {
			if (!PyErr_Occurred())
				PyErr_SetString(PyExc_TypeError, "a field is a tuple");
			return -1;
		}
		wanted = field_place(field, &end);
		align = wanted > align ? wanted : align;
		if (end > RECORD_BYTES_MAX) {
			PyErr_SetString(PyExc_ValueError, "the record is too long");
			return -1;
		}
	}
	info->fields = self->declared->fields;
	info->nr_fields = (uint32_t)n;
	info->record_bytes = (end + align - 1) & ~(align - 1);
	return 0;
}

static int declaration_get(struct event_object *self)
{
	struct utfs_event_info *info = &self->declared->info;
	PyObject *system, *name, *rows, *print;

	if (!PyArg_ParseTuple(self->declaration, "UUO!O", &system, &name, &PyTuple_Type, &rows,
			      &print))
		return -1;
	info->system = string_get(system);
	info->name = info->system ? string_get(name) : NULL;
	if (!info->name)
		return -1;
	if (print != Py_None) {
		info->print = string_get(print);
		if (!info->print)
			return -1;
	}
	info->symbols = &self->declared->no_symbols;
	return fields_get(self, rows);
}

static void event_register(struct declared *declared)
{
	declared->event.mask = &declared->event.never;
	declared->event.status = -EAGAIN;
	declared->event.info = &declared->info;
	declared->module.abi = UTFS_P_HEADER_ABI;
	utfs_module_register(&declared->module, &declared->event, &declared->event + 1);
}

static PyObject *event_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
	struct event_object *self;

	if (keywords && PyDict_Size(keywords)) {
		PyErr_SetString(PyExc_TypeError, "no keyword arguments here");
		return NULL;
	}
	self = (struct event_object *)alloc(type, 0);
	if (!self)
		return NULL;
	self->declaration = Py_NewRef(args);
	self->declared = aligned_alloc(_Alignof(struct declared), sizeof(struct declared));
	if (!self->declared) {
		Py_DECREF(self);
		return PyErr_NoMemory();
	}
	memset(self->declared, 0, sizeof(*self->declared));
	if (declaration_get(self)) {
		Py_DECREF(self);
		return NULL;
	}
	event_register(self->declared);
	return (PyObject *)self;
}

static void event_dealloc(PyObject *object)
{
	struct event_object *self = (struct event_object *)object;
	PyTypeObject *type = Py_TYPE(object);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	if (self->declared) {
		utfs_module_unregister(&self->declared->module);
		free(self->declared);
	}
	Py_XDECREF(self->declaration);
	release(object);
	Py_DECREF(type);
}

/* Puts the arguments in the fields' order. `by_name`: those behind the first `nr_given`, named by the tuple. */
static int arguments_order(const struct event_object *self, PyObject *const *given,
			   Py_ssize_t nr_given, PyObject *by_name,
			   PyObject *values[UTFS_P_FIELDS_MAX])
{
	const Py_ssize_t nr_fields = self->declared->info.nr_fields;

	for (Py_ssize_t i = 0; i < nr_fields; i++)
		values[i] = i < nr_given ? given[i] : NULL;
	for (Py_ssize_t i = nr_given; i < nr_fields; i++) {
		PyObject *name = PyTuple_GetItem(by_name, i - nr_given);
		Py_ssize_t at = 0;

		while (at < nr_fields && name != self->names[at] &&
		       PyUnicode_Compare(name, self->names[at]))
			at++;
		if (at == nr_fields || values[at]) {
			PyErr_Format(PyExc_TypeError, "%s(): %s argument '%U'",
				     self->declared->info.name,
				     at == nr_fields ? "unexpected" : "two values for the", name);
			return -1;
		}
		values[at] = given[i];
	}
	return 0;
}

static int values_write(const struct event_object *self, PyObject *const *values)
{
	const struct utfs_event_info *info = &self->declared->info;
	struct binding_record record;
	int ret = 0;

	binding_record_init(&record, info->record_bytes);
	for (uint32_t i = 0; !ret && i < info->nr_fields; i++)
		ret = binding_record_set(&record, &info->fields[i], values[i]);
	if (!ret && record.nr_pieces)
		utfs_event_write_pieces(&self->declared->event, record.buffer, info->record_bytes,
					record.pieces, record.nr_pieces);
	else if (!ret)
		utfs_event_write(&self->declared->event, record.buffer, info->record_bytes);
	binding_record_release(&record);
	return ret;
}

static PyObject *event_write(PyObject *object, PyObject *const *given, Py_ssize_t nr_given,
			     PyObject *by_name)
{
	const struct event_object *self = (struct event_object *)object;
	Py_ssize_t n = nr_given + (by_name ? PyTuple_Size(by_name) : 0);
	PyObject *values[UTFS_P_FIELDS_MAX];

	if (n != (Py_ssize_t)self->declared->info.nr_fields)
		return PyErr_Format(PyExc_TypeError, "%s() takes %u arguments, %zd were given",
				    self->declared->info.name,
				    (unsigned int)self->declared->info.nr_fields, n);
	if (utfs_p_event_enabled(&self->declared->event)) {
		if (by_name) {
			if (arguments_order(self, given, nr_given, by_name, values))
				return NULL;
			given = values;
		}
		if (values_write(self, given))
			return NULL;
	}
	return Py_NewRef(Py_None);
}

/* As event_write(), called in the general way. */
static PyObject *event_call(PyObject *object, PyObject *args, PyObject *keywords)
{
	const Py_ssize_t nr_given = PyTuple_Size(args);
	Py_ssize_t n = nr_given, at = 0;
	PyObject *given[UTFS_P_FIELDS_MAX];
	PyObject *by_name = NULL, *name, *result;

	for (Py_ssize_t i = 0; i < nr_given && i < UTFS_P_FIELDS_MAX; i++)
		given[i] = PyTuple_GetItem(args, i);
	if (keywords && PyDict_Size(keywords)) {
		by_name = PyTuple_New(PyDict_Size(keywords));
		if (!by_name)
			return NULL;
		while (n < UTFS_P_FIELDS_MAX && PyDict_Next(keywords, &at, &name, &given[n]))
			PyTuple_SetItem(by_name, n++ - nr_given, Py_NewRef(name));
	}
	result = event_write(object, given, nr_given, by_name);
	Py_XDECREF(by_name);
	return result;
}

static PyObject *event_enabled(PyObject *object, void *closure)
{
	const struct event_object *self = (struct event_object *)object;

	return PyBool_FromLong(utfs_p_event_enabled(&self->declared->event));
}

static PyObject *event_status(PyObject *object, void *closure)
{
	const struct event_object *self = (struct event_object *)object;

	return PyLong_FromLong(__atomic_load_n(&self->declared->event.status, __ATOMIC_RELAXED));
}

static PyObject *event_system(PyObject *object, void *closure)
{
	return PyUnicode_FromString(((struct event_object *)object)->declared->info.system);
}

static PyObject *event_name(PyObject *object, void *closure)
{
	return PyUnicode_FromString(((struct event_object *)object)->declared->info.name);
}

PyObject *binding_event_type(PyObject *module)
{
	static PyMethodDef methods[] = {
		{"write", (PyCFunction)(void (*)(void))event_write, METH_FASTCALL | METH_KEYWORDS,
		 "Writes the event; the same as calling it, and a little faster."},
		{NULL, NULL, 0, NULL},
	};
	static PyGetSetDef getters[] = {
		{"enabled", event_enabled, NULL, "Does somebody record it?", NULL},
		{"status", event_status, NULL,
		 "0 registered; -EEXIST another program has declared the name with other fields; "
		 "other errno: utracefs.status()",
		 NULL},
		{"system", event_system, NULL, "The system.", NULL},
		{"name", event_name, NULL, "The name.", NULL},
		{NULL, NULL, NULL, NULL, NULL},
	};
	static PyType_Slot slots[] = {
		{Py_tp_new, (void *)event_new},	  {Py_tp_dealloc, (void *)event_dealloc},
		{Py_tp_call, (void *)event_call}, {Py_tp_methods, methods},
		{Py_tp_getset, getters},	  {0, NULL},
	};
	static PyType_Spec spec = {
		.name = "utracefs._event.Event",
		.basicsize = sizeof(struct event_object),
		.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
		.slots = slots,
	};

	return PyType_FromModuleAndSpec(module, &spec, NULL);
}
