#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A trace.dat, version 6, of what an instance of the kernel's tracefs holds, as trace-cmd extract makes it. For machines that do not let
trace-cmd itself do it: only what any tracefs has is read here.

    kernel-dat.py TRACEFS INSTANCE SYSTEM... >FILE
"""
import os
import struct
import sys

PAGE = 4096


def read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def sized(data, form="<Q"):
    return struct.pack(form, len(data)) + data


def formats(tracefs, system):
    folder = os.path.join(tracefs, "events", system)
    texts = [read(folder, name, "format") for name in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, name))]
    return struct.pack("<I", len(texts)) + b"".join(map(sized, texts))


def pages(instance, cpu):
    data = b""
    fd = os.open(os.path.join(instance, "per_cpu", cpu, "trace_pipe_raw"), os.O_RDONLY | os.O_NONBLOCK)
    try:
        while page := os.read(fd, PAGE):
            data += page.ljust(PAGE, b"\0")
    except BlockingIOError:
        pass
    os.close(fd)
    return data


def option(number, data):
    return struct.pack("<H", number) + sized(data, "<I")


def main(tracefs, instance, *systems):
    cpus = sorted(os.listdir(os.path.join(instance, "per_cpu")), key=lambda name: int(name[3:]))
    data = [pages(instance, cpu) for cpu in cpus]
    out = b"\x17\x08\x44tracing6\0" + struct.pack("<BBI", 0, 8, PAGE)
    for name in "header_page", "header_event":
        out += name.encode() + b"\0" + sized(read(tracefs, "events", name))
    out += formats(tracefs, "ftrace") + struct.pack("<I", len(systems))
    for system in systems:
        out += system.encode() + b"\0" + formats(tracefs, system)
    out += sized(b"", "<I") * 2 + sized(read(tracefs, "saved_cmdlines")) + struct.pack("<I", len(cpus))
    out += b"options  \0" + option(4, read(instance, "trace_clock") + b"\0") + option(9, b"3.1.6\0") + struct.pack("<H", 0)
    out += b"flyrecord\0"
    at = len(out) + 16 * len(cpus)
    start = at = (at + PAGE - 1) // PAGE * PAGE
    for part in data:
        out += struct.pack("<QQ", at, len(part))
        at += len(part)
    sys.stdout.buffer.write(out.ljust(start, b"\0") + b"".join(data))


main(*sys.argv[1:])
