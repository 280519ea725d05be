/* SPDX-License-Identifier: MIT */
/* The type Event: a declared event with the memory that the library uses until it is given back. */
#include "binding.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES_MAX (UTFS_EVENT_RECORD_MAX - UTFS_P_FIELDS_MAX) /* as UTFS_EVENT() has it */

/* Where the library looks: it stays in place, at a multiple of 64. */
struct declared {
	struct utfs_event event;
	struct utfs_module module;
};

/* As utracefs/event.h has it, without symbols. */
struct description {
	struct utfs_event_info info;
	int64_t no_symbol;
	struct utfs_event_field fields[]; /* behind them the texts */
};

#define TEXTS_MAX (3 + 2 * UTFS_P_FIELDS_MAX)

struct event_object {
	PyObject ob_base;
	struct declared *declared;
	struct description *description;
	PyObject *declaration; /* the arguments, which own the texts */
	const char *system, *name, *print;
	unsigned int nr_fields, record_bytes;
	struct binding_field fields[UTFS_P_FIELDS_MAX];
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
static int field_get(PyObject *row, struct binding_field *field)
{
	PyObject *type;

	if (!PyTuple_Check(row) ||
	    !PyArg_ParseTuple(row, "UUIIII", &field->key, &type, &field->shape, &field->value,
			      &field->bytes, &field->count))
		return -1;
	field->name = string_get(field->key);
	field->type = field->name ? string_get(type) : NULL;
	if (!field->type)
		return -1;
	if (field->shape < UTFS_P_SCALAR || field->shape > UTFS_P_DYNAMIC ||
	    field->value > (UTFS_P_SIGNED | UTFS_P_POINTER) || field->bytes > 8 || !field->bytes ||
	    field->bytes & (field->bytes - 1) || field->count > UTFS_EVENT_RECORD_MAX ||
	    (field->shape <= UTFS_P_CHARS && !field->count)) {
		PyErr_SetString(PyExc_ValueError, "what is no field");
		return -1;
	}
	/* As the C compiler has it. */
	if (field->value == UTFS_P_CHARACTER && CHAR_MIN < 0)
		field->value |= UTFS_P_SIGNED;
	return 0;
}

/* Places a field as a C struct would. Return: what it needs to be aligned to. */
static unsigned int field_place(struct binding_field *field, unsigned int *end)
{
	const bool is_dynamic = field->shape == UTFS_P_STRING || field->shape == UTFS_P_COUNTED ||
				field->shape == UTFS_P_DYNAMIC;
	const unsigned int align = is_dynamic ? 4 : field->bytes;

	field->offset = (*end + align - 1) & ~(align - 1);
	*end = field->offset + (is_dynamic ? 4 : field->bytes * field->count);
	return align;
}

static int fields_get(struct event_object *self, PyObject *rows)
{
	Py_ssize_t n = PyTuple_Size(rows);
	unsigned int align = 4, end = 8; /* of the common fields */

	if (n > UTFS_P_FIELDS_MAX) {
		PyErr_Format(PyExc_ValueError, "%zd fields, more than %d", n, UTFS_P_FIELDS_MAX);
		return -1;
	}
	for (Py_ssize_t i = 0; i < n; i++) {
		struct binding_field *field = &self->fields[i];
		unsigned int wanted;

		if (field_get(PyTuple_GetItem(rows, i), field)) {
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
	self->nr_fields = (unsigned int)n;
	self->record_bytes = (end + align - 1) & ~(align - 1);
	return 0;
}

static int declaration_get(struct event_object *self)
{
	PyObject *system, *name, *rows, *print;

	if (!PyArg_ParseTuple(self->declaration, "UUO!O", &system, &name, &PyTuple_Type, &rows,
			      &print))
		return -1;
	self->system = string_get(system);
	self->name = self->system ? string_get(name) : NULL;
	if (!self->name)
		return -1;
	self->print = print == Py_None ? "" : string_get(print);
	if (!self->print)
		return -1;
	return fields_get(self, rows);
}

/* The texts behind a description's fields, in their order. Return: how many. */
static unsigned int texts_list(const struct event_object *self, const char *texts[TEXTS_MAX])
{
	unsigned int n = 0;

	texts[n++] = self->print;
	texts[n++] = self->system;
	texts[n++] = self->name;
	for (unsigned int i = 0; i < self->nr_fields; i++) {
		texts[n++] = self->fields[i].type;
		texts[n++] = self->fields[i].name;
	}
	return n;
}

/* Return: memory of the exact size; NULL there is none. */
static struct description *description_make(const struct event_object *self)
{
	const char *texts[TEXTS_MAX];
	const unsigned int nr_texts = texts_list(self, texts);
	size_t bytes =
		sizeof(struct description) + self->nr_fields * sizeof(struct utfs_event_field);
	struct description *description;
	char *to;

	for (unsigned int i = 0; i < nr_texts; i++)
		bytes += strlen(texts[i]) + 1;
	description = malloc(bytes);
	if (!description)
		return NULL;
	description->info.record_bytes = self->record_bytes;
	description->info.nr_fields = (uint16_t)self->nr_fields;
	description->info.nr_symbols = 0;
	description->no_symbol = 0;
	for (unsigned int i = 0; i < self->nr_fields; i++)
		description->fields[i] = (struct utfs_event_field){
			.shape = (uint8_t)self->fields[i].shape,
			.value = (uint8_t)self->fields[i].value,
			.offset = (uint16_t)self->fields[i].offset,
			.bytes = (uint16_t)self->fields[i].bytes,
			.count = (uint16_t)self->fields[i].count,
		};
	to = (char *)&description->fields[self->nr_fields];
	for (unsigned int i = 0; i < nr_texts; i++)
		to = stpcpy(to, texts[i]) + 1;
	return description;
}

/* Return: 0; -1 there is no memory. */
static int event_register(struct event_object *self)
{
	struct declared *declared;

	self->description = description_make(self);
	if (!self->description)
		return -1;
	declared = aligned_alloc(_Alignof(struct declared), sizeof(*declared));
	if (!declared)
		return -1;
	memset(declared, 0, sizeof(*declared));
	declared->event.mask = &declared->event.never;
	declared->event.status = -EAGAIN;
	declared->event.info = &self->description->info;
	declared->module.abi = UTFS_P_HEADER_ABI;
	utfs_module_register(&declared->module, &declared->event, &declared->event + 1);
	self->declared = declared;
	return 0;
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
	if (declaration_get(self)) {
		Py_DECREF(self);
		return NULL;
	}
	if (event_register(self)) {
		Py_DECREF(self);
		return PyErr_NoMemory();
	}
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
	free(self->description);
	Py_XDECREF(self->declaration);
	release(object);
	Py_DECREF(type);
}

/* Puts the arguments in the fields' order. `by_name`: those behind the first `nr_given`, named by the tuple. */
static int arguments_order(const struct event_object *self, PyObject *const *given,
			   Py_ssize_t nr_given, PyObject *by_name,
			   PyObject *values[UTFS_P_FIELDS_MAX])
{
	const Py_ssize_t nr_fields = self->nr_fields;

	for (Py_ssize_t i = 0; i < nr_fields; i++)
		values[i] = i < nr_given ? given[i] : NULL;
	for (Py_ssize_t i = nr_given; i < nr_fields; i++) {
		PyObject *name = PyTuple_GetItem(by_name, i - nr_given);
		Py_ssize_t at = 0;

		while (at < nr_fields && name != self->fields[at].key &&
		       PyUnicode_Compare(name, self->fields[at].key))
			at++;
		if (at == nr_fields || values[at]) {
			PyErr_Format(PyExc_TypeError, "%s(): %s argument '%U'", self->name,
				     at == nr_fields ? "unexpected" : "two values for the", name);
			return -1;
		}
		values[at] = given[i];
	}
	return 0;
}

static int values_write(const struct event_object *self, PyObject *const *values)
{
	const struct utfs_event *event = &self->declared->event;
	struct binding_record record;
	int ret = 0;

	binding_record_init(&record, self->record_bytes);
	for (unsigned int i = 0; !ret && i < self->nr_fields; i++)
		ret = binding_record_set(&record, &self->fields[i], values[i]);
	if (!ret && record.nr_pieces)
		utfs_event_write_pieces(event, record.buffer, self->record_bytes, record.pieces,
					record.nr_pieces);
	else if (!ret)
		utfs_event_write(event, record.buffer, self->record_bytes);
	binding_record_release(&record);
	return ret;
}

static PyObject *event_write(PyObject *object, PyObject *const *given, Py_ssize_t nr_given,
			     PyObject *by_name)
{
	const struct event_object *self = (struct event_object *)object;
	Py_ssize_t n = nr_given + (by_name ? PyTuple_Size(by_name) : 0);
	PyObject *values[UTFS_P_FIELDS_MAX];

	if (n != (Py_ssize_t)self->nr_fields)
		return PyErr_Format(PyExc_TypeError, "%s() takes %u arguments, %zd were given",
				    self->name, self->nr_fields, n);
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
	return PyUnicode_FromString(((struct event_object *)object)->system);
}

static PyObject *event_name(PyObject *object, void *closure)
{
	return PyUnicode_FromString(((struct event_object *)object)->name);
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
