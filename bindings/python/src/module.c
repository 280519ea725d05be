/* SPDX-License-Identifier: MIT */
/* The module utracefs._event. */
#include "binding.h"

static PyObject *text_write(PyObject *text, int (*write)(const char *data, size_t bytes))
{
	const char *data;
	PyObject *encoded, *result = NULL;
	Py_ssize_t bytes;

	if (!binding_text(text, &data, &bytes, &encoded))
		result = PyBool_FromLong(write(data, (size_t)bytes) > 0);
	Py_XDECREF(encoded);
	return result;
}

static PyObject *marker(PyObject *module, PyObject *text)
{
	return text_write(text, utfs_marker);
}

static int message_write(const char *data, size_t bytes)
{
	return utfs_printf(
		"%.*s", bytes < UTFS_EVENT_RECORD_MAX ? (int)bytes : UTFS_EVENT_RECORD_MAX, data);
}

static PyObject *message(PyObject *module, PyObject *text)
{
	return text_write(text, message_write);
}

static PyObject *status(PyObject *module, PyObject *nothing)
{
	struct utfs_status status;

	utfs_status_get(&status);
	return Py_BuildValue("NisKKK", PyBool_FromLong(status.state == UTFS_STATE_ACTIVE),
			     -status.error, status.text, (unsigned long long)status.events,
			     (unsigned long long)status.conflicts,
			     (unsigned long long)status.failures);
}

static int module_exec(PyObject *module)
{
	PyObject *type = binding_event_type(module);
	int ret = type ? PyModule_AddObjectRef(module, "Event", type) : -1;

	Py_XDECREF(type);
	return ret;
}

PyMODINIT_FUNC PyInit__event(void);
PyMODINIT_FUNC PyInit__event(void)
{
	static PyMethodDef functions[] = {
		{"marker", marker, METH_O, "Writes a text as a write to trace_marker would."},
		{"message", message, METH_O, "Writes a message, as utfs_printf() in C."},
		{"status", status, METH_NOARGS, "What utracefs.status() shows."},
		{NULL, NULL, 0, NULL},
	};
	static PyModuleDef_Slot slots[] = {
		{Py_mod_exec, (void *)module_exec},
		{0, NULL},
	};
	static struct PyModuleDef definition = {
		.m_base = PyModuleDef_HEAD_INIT,
		.m_name = "_event",
		.m_methods = functions,
		.m_slots = slots,
	};

	return PyModuleDef_Init(&definition);
}
