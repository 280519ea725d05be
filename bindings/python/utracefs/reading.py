# SPDX-License-Identifier: MIT
"""Reading traces as iterators of events, by the command `utracefs`.

    for event in utracefs.reading.read("trace.dat"):            # of `utracefs record`, trace-cmd, the kernel
        print(event.time_ns, event.system, event.name, event.fields)

    for event in utracefs.reading.live(idle_s=5):               # while it is written; takes it out of the buffers
        ...

    frame = utracefs.reading.to_pandas(utracefs.reading.read("trace.dat"))
"""

import collections
import io
import json
import re
import selectors
import struct
import subprocess

from utracefs.declare import element_of

Event = collections.namedtuple("Event", "time_ns cpu pid tid task system name fields text lost")
Event.__doc__ = """One event. fields: a dict of numbers, str and lists of numbers. pid is the process, tid the thread; pid, task and text
(what `trace` would show) are None where they are not known, as pid and text in live(). lost: True or how many events
are missing before it, else 0."""


class Error(Exception):
    """The command could not do it; what it said."""


def _open(command, *args):
    try:
        return subprocess.Popen([command, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    except OSError as error:
        raise Error(f"{command}: {error.strerror}") from error


def _finish(process):
    """Ends it, if it has not. Return: what it said."""
    process.kill()
    return process.communicate()[1].decode(errors="replace").strip()


def _output(command, *args):
    process = _open(command, *args)
    output, errors = process.communicate()
    if process.returncode:
        raise Error(errors.decode(errors="replace").strip())
    return output.decode(errors="replace")


def read(*paths, events=(), command="utracefs"):
    """The events of recorded files, by time. events: patterns as for `utracefs list`; none: all."""
    patterns = [word for pattern in events for word in ("-e", pattern)]
    process = _open(command, "export", "-f", "ndjson", *patterns, "--", *paths)
    try:
        with io.BufferedReader(process.stdout) as lines:
            for line in lines:
                row = json.loads(line)
                yield Event(
                    row["timestamp"], row["cpu"], row["pid"], row["tid"], row["comm"], row["system"], row["event"],
                    row["fields"], row["text"], row.get("lost", 0),
                )  # fmt: skip
        if process.wait():
            raise Error(process.stderr.read().decode(errors="replace").strip())
    finally:
        _finish(process)


_FIELD = re.compile(r"\tfield:(.*);\toffset:(\d+);\tsize:(\d+);\tsigned:([01]);")
_DECLARATION = re.compile(r"(?:(__data_loc|__rel_loc) )?(.*?)(\[\])? ?\b(\w+)(\[(\d*)\])?")


class _Field:
    """A line of a format file."""

    def __init__(self, match):
        self.offset, self.size, self.signed = int(match[2]), int(match[3]), match[4] == "1"
        location, self.type, _, self.name, array, count = _DECLARATION.fullmatch(match[1]).groups()
        self.relative = location == "__rel_loc"
        self.dynamic = location is not None
        self.array = self.dynamic or array is not None
        # Of elements without a number only the type's name tells the size; without a size they go to the record's end.
        one = self.size // int(count) if count and int(count) else None if self.array else self.size
        self.element = element_of(self.type, one, self.signed)

    def value(self, record):
        """From the bytes of a record."""
        start, size = self.offset, self.size
        if self.dynamic:
            (word,) = struct.unpack_from("<I", record, start)
            start = (word & 0xFFFF) + (start + 4 if self.relative else 0)
            size = word >> 16
        data = record[start : start + size] if size or self.dynamic else record[start:]
        if self.element == "c" and self.array:
            return bytes(data).split(b"\0", 1)[0].decode(errors="replace")
        if not self.array:
            value = struct.unpack("<" + self.element, data)[0]
            return value if self.element != "c" else value[0]
        whole = len(data) // struct.calcsize(self.element)
        return list(struct.unpack(f"<{whole}{self.element}", data[: whole * struct.calcsize(self.element)]))


class _Formats:
    """The events of a tree, found by their numbers."""

    def __init__(self, command):
        self.command, self.known = command, {}

    def find(self, number):
        """Return: system, name, fields; None where there is no such event any more."""
        if number not in self.known:
            self._load()
        return self.known.get(number)

    def _load(self):
        names = [line.split(":") for line in _output(self.command, "cat", "available_events").split()]
        names += [("ftrace", name) for name in _output(self.command, "ls", "events/ftrace").split()]
        names = [(system, name) for system, name in names if (system, name) != ("ftrace", "enable")]
        paths = [f"events/{system}/{name}/format" for system, name in names]
        texts = re.split(r"^(?=name: )", _output(self.command, "cat", *paths), flags=re.M)[1:]
        for (system, name), text in zip(names, texts):
            number = int(re.search(r"^ID: (\d+)", text, re.M)[1])
            fields = [_Field(match) for match in _FIELD.finditer(text)]
            self.known[number] = (system, name, [field for field in fields if not field.name.startswith("common_")])


# The ring buffer's page, as events/header_page and events/header_event describe it.
_PAGE = struct.Struct("<QQ")
_WORD = struct.Struct("<I")
_PADDING, _TIME_EXTEND, _TIME_STAMP = 29, 30, 31
_LOST, _LOST_STORED, _LENGTH = 1 << 31, 1 << 30, 0xFFFFF


def _records(page):
    """The records of a page as (time, bytes, lost)."""
    time_ns, commit = _PAGE.unpack_from(page)
    at, end = _PAGE.size, _PAGE.size + (commit & _LENGTH)
    lost = 0
    if commit & _LOST:
        lost = struct.unpack_from("<Q", page, end)[0] if commit & _LOST_STORED else True
    while at < end:
        (head,) = _WORD.unpack_from(page, at)
        kind, delta = head & 31, head >> 5
        (word,) = _WORD.unpack_from(page, at + 4) if at + 8 <= end else (0,)
        if kind == _PADDING:
            if not delta:
                break
            time_ns += delta
            at += 4 + word
        elif kind == _TIME_EXTEND:
            time_ns += delta + (word << 27)
            at += 8
        elif kind == _TIME_STAMP:
            time_ns = delta + (word << 27) | time_ns >> 59 << 59
            at += 8
        else:
            start, length = (at + 8, word - 4) if kind == 0 else (at + 4, kind * 4)
            time_ns += delta
            yield time_ns, page[start : start + length], lost
            lost = 0
            at = start + length


class _Tasks:
    """The names of threads."""

    def __init__(self, command):
        self.command, self.known = command, {}

    def find(self, tid):
        """Return: the name; None where nobody knows it."""
        if tid not in self.known:
            lines = _output(self.command, "cat", "saved_cmdlines").splitlines()
            self.known.update((int(number), name) for number, _, name in (line.partition(" ") for line in lines))
            self.known.setdefault(tid, None)
        return self.known[tid]


def _pages(command, top, idle_s):
    """What the CPUs' buffers give, as lists of (cpu, page): what came together."""
    page_bytes = 1024 * int(_output(command, "cat", top + "buffer_subbuf_size_kb"))
    cpus = [int(name[3:]) for name in _output(command, "ls", top + "per_cpu").split()]
    processes = {cpu: _open(command, "cat", f"{top}per_cpu/cpu{cpu}/trace_pipe_raw") for cpu in cpus}
    partial = {cpu: bytearray() for cpu in cpus}
    try:
        with selectors.DefaultSelector() as selector:
            for cpu, process in processes.items():
                selector.register(process.stdout, selectors.EVENT_READ, cpu)
            while selector.get_map():
                ready = selector.select(idle_s)
                if not ready:
                    return
                for key, _ in ready:
                    chunk = key.fileobj.read(1 << 20)
                    partial[key.data] += chunk
                    if not chunk:
                        selector.unregister(key.fileobj)
                pages = []
                for cpu, data in partial.items():
                    while len(data) >= page_bytes:
                        pages.append((cpu, bytes(data[:page_bytes])))
                        del data[:page_bytes]
                yield pages
        raise Error("; ".join(filter(None, map(_finish, processes.values()))))
    finally:
        for process in processes.values():
            if process.returncode is None:
                _finish(process)


def live(instance=None, *, idle_s=None, command="utracefs"):
    """The events of an instance (None: the root's) while they are written; each is taken out of the buffers.

    Ends when none has come for idle_s seconds; None: never. To end it from outside, close() it (contextlib.closing). Those of one CPU
    come in their order, those of several are sorted as far as they came together.
    """
    top = f"instances/{instance}/" if instance else ""
    formats, tasks = _Formats(command), _Tasks(command)
    pages = _pages(command, top, idle_s)
    try:
        for together in pages:
            rows = [(time_ns, cpu, record, lost) for cpu, page in together for time_ns, record, lost in _records(page)]
            for time_ns, cpu, record, lost in sorted(rows, key=lambda row: row[0]):
                number, tid = struct.unpack_from("<H2xi", record)
                system, name, fields = formats.find(number) or (None, None, [])
                values = {field.name: field.value(record) for field in fields}
                yield Event(time_ns, cpu, None, tid, tasks.find(tid), system, name, values, None, lost)
    finally:
        pages.close()


def to_rows(events):
    """Each event as one dict, its fields beside the rest (as field_NAME, if that is taken)."""
    for event in events:
        row = event._asdict()
        fields = row.pop("fields")
        row.update((f"field_{name}" if name in row else name, value) for name, value in fields.items())
        yield row


def to_pandas(events):
    """The events as a DataFrame; needs pandas."""
    import pandas  # pylint: disable=import-outside-toplevel

    return pandas.DataFrame(to_rows(events))
