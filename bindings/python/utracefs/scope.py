# SPDX-License-Identifier: MIT
"""Scopes: two events, one when something begins and one, with its duration, when it has ended."""

import functools
import inspect
import re
import time

from utracefs.declare import Event


class _Idle:
    """A scope that nobody records."""

    __slots__ = ()

    def __enter__(self):
        return None

    def __exit__(self, *_exception):
        return None


class _Running:
    __slots__ = ("_scope", "_args", "_by_name", "_start_ns")

    def __init__(self, scope, args, by_name):
        self._scope, self._args, self._by_name = scope, args, by_name

    def __enter__(self):
        self._scope.begin(*self._args, **self._by_name)
        self._start_ns = time.monotonic_ns()

    def __exit__(self, *_exception):
        self._scope.end(time.monotonic_ns() - self._start_ns)


_IDLE = _Idle()


class Scope:
    """The events system:name_begin with `fields`, and system:name_end with duration_ns, as UTFS_CXX_SCOPE() in C++.

    Called with the fields' values it gives what a with statement takes. The end is written, also after an exception, where
    somebody recorded one of the events at the beginning.
    """

    __slots__ = ("begin", "end")

    def __init__(self, system, name, fields=""):
        self.begin = Event(system, name + "_begin", fields)
        self.end = Event(system, name + "_end", "uint64_t duration_ns")

    def __call__(self, *args, **by_name):
        if self.begin.enabled or self.end.enabled:
            return _Running(self, args, by_name)
        return _IDLE


def _word(text):
    word = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return word if word and not word[0].isdigit() else "_" + word


def traced(function=None, *, system=None, name=None):
    """A decorator that makes a scope of each call of a function or coroutine.

    system: the module's name, unless given. name: the function's qualified name; characters other than letters and digits
    become '_'.
    """
    if function is None:
        return functools.partial(traced, system=system, name=name)
    scope = Scope(_word(system or function.__module__), _word(name or function.__qualname__))
    begin, end = scope.begin, scope.end

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def wrapper(*args, **by_name):
            with scope():
                return await function(*args, **by_name)

    else:

        @functools.wraps(function)
        def wrapper(*args, **by_name):
            if not (begin.enabled or end.enabled):
                return function(*args, **by_name)
            with scope():
                return function(*args, **by_name)

    return wrapper
