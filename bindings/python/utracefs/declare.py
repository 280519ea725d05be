# SPDX-License-Identifier: MIT
"""Declaring events: from a line of text to what _event.Event takes."""

import re

from utracefs import _event

# enum utfs_p_shape and enum utfs_p_value of utracefs/event.h
_SCALAR, _ARRAY, _CHARS, _COUNTED, _DYNAMIC = 1, 2, 3, 5, 6
_INTEGER, _CHARACTER, _BOOL, _FLOAT, _SIGNED = 0, 1, 2, 3, 16

_TYPES = {
    "bool": (_BOOL, 1),
    "char": (_CHARACTER, 1),
    "float": (_FLOAT | _SIGNED, 4),
    "double": (_FLOAT | _SIGNED, 8),
    "size_t": (_INTEGER, 8),
    "ssize_t": (_INTEGER | _SIGNED, 8),
    "signed char": (_INTEGER | _SIGNED, 1),
    "unsigned char": (_INTEGER, 1),
}
for _name, _bytes in (("short", 2), ("int", 4), ("long", 8), ("long long", 8)):
    _TYPES[_name] = (_INTEGER | _SIGNED, _bytes)
    _TYPES["unsigned " + _name] = (_INTEGER, _bytes)
for _bytes in (1, 2, 4, 8):
    for _signed, _unsigned in (("int%d_t", "uint%d_t"), ("s%d", "u%d")):
        _TYPES[_signed % (8 * _bytes)] = (_INTEGER | _SIGNED, _bytes)
        _TYPES[_unsigned % (8 * _bytes)] = (_INTEGER, _bytes)

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_FIELD = re.compile(r"\s*([A-Za-z_][\w ]*?)\s*(?:\[\s*(\d*)\s*\])?\s+([A-Za-z_]\w*)\s*", re.ASCII)


def _parse_field(text):
    """One field as _event.Event takes it: name, type, shape, value, bytes of an element, count."""
    match = _FIELD.fullmatch(text)
    if not match:
        raise ValueError(f"not a field: {text.strip()!r}; it is 'type name', 'type[N] name' or 'type[] name'")
    type_name, count, name = " ".join(match[1].split()), match[2], match[3]
    if type_name not in _TYPES:
        raise ValueError(f"unknown type of {name}: {type_name!r}")
    value, size = _TYPES[type_name]
    is_text = value == _CHARACTER
    if count is None:
        return name, type_name, _SCALAR, value, size, 1
    if not count:
        return name, type_name, _COUNTED if is_text else _DYNAMIC, value, size, 0
    if int(count) == 0:
        raise ValueError(f"{name} has no elements")
    return name, type_name, _CHARS if is_text else _ARRAY, value, size, int(count)


def element_of(type_name, size, signed):
    """The letter of the module struct for an element of a format file. size: None where only the name tells."""
    value, known_bytes = _TYPES.get(type_name, (_INTEGER, 1))
    size = size or known_bytes
    if value == _CHARACTER and size == 1:
        return "c"
    if value == _BOOL and size == 1:
        return "?"
    if value & ~_SIGNED == _FLOAT:
        return {4: "f", 8: "d"}.get(size, "B")
    letter = {1: "b", 2: "h", 4: "i", 8: "q"}.get(size, "b")
    return letter if signed else letter.upper()


class Event(_event.Event):
    """A typed event, registered while the object lives.

    Event(system, name, fields="", print=None)

    fields: "type name; type name ...", types as C writes them (int, unsigned long, uint64_t, u64, bool, float, double
    ...); "type[N] name" is an array of N elements, "type[] name" one of any length, "char[N] name" and "char[] name"
    are text. print: the text in `trace`, in the language of the kernel's `print fmt`, such as '"id=%llu", REC->id'; None:
    name=value of all fields. A program in another language that declares the same has the same event.

    The object is called with the fields' values, by position or name: numbers; sequences, buffers (bytes, array, numpy)
    or None for arrays; str, bytes or None for text. How many there are is always checked; what they are is looked at
    when somebody records the event: TypeError, ValueError, OverflowError, and nothing is written.
    Where another program has declared the name with other fields the event does nothing: see `status`.
    """

    __slots__ = ()

    def __new__(cls, system, name, fields="", print=None):  # pylint: disable=redefined-builtin
        for word in (system, name):
            if not _WORD.fullmatch(word):
                raise ValueError(f"not a name: {word!r}")
        parsed = tuple(_parse_field(field) for field in fields.split(";") if field.strip())
        names = [field[0] for field in parsed]
        for field in names:
            if names.count(field) > 1:
                raise ValueError(f"two fields have the name {field}")
        return super().__new__(cls, system, name, parsed, print)

    def __repr__(self):
        return f"<utracefs.Event {self.system}:{self.name}{' enabled' if self.enabled else ''}>"
