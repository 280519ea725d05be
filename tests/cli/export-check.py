#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads what utracefs export wrote. See export.sh for what is asked."""
import csv
import json
import re
import sys


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said(cpu, event, text):
    """As the emitter says it, who prints arrays as trace-cmd does: 1 2, not {0x1,0x2}."""
    def numbers(match):
        return "list=" + " ".join(str(int(number, 16)) for number in match[1].split(","))

    print(cpu, event + ":", re.sub(r"list=\{(.*?)\}", numbers, text))


def ndjson(path):
    """What the emitter says of each event."""
    for event in lines(path):
        assert event["system"] == "load" and event["comm"] == "emitter", event
        assert event["pid"] == event["tid"], event
        said(event["cpu"], event["event"], event["text"])


def csv_(path):
    for row in table(path):
        assert row["system"] == "load" and row["pid"] == row["tid"] != "", row
        said(row["cpu"], row["event"], row["text"])


def cell(value):
    if isinstance(value, list):
        return " ".join(cell(element) for element in value)
    return value if isinstance(value, str) else repr(value)


def same(csv_path, ndjson_path):
    rows, events = table(csv_path), lines(ndjson_path)
    assert len(rows) == len(events)
    for row, event in zip(rows, events):
        assert row["timestamp"] == str(event["timestamp"])
        fields = {name[7:]: value for name, value in row.items() if name.startswith("fields.")}
        for name, value in fields.items():
            assert value == (cell(event["fields"][name]) if name in event["fields"] else ""), (name, row, event)


def same_table(path, other):
    """Whatever the order of the columns is."""
    assert table(path) == table(other)


def trace_events(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)["traceEvents"]


def chrome(path):
    """Phases with what they need; slices of a thread nest; threads are named before they are used."""
    named, open_slices = set(), {}
    for event in trace_events(path):
        track = event["pid"], event["tid"]
        if event["ph"] == "M":
            assert event["args"]["name"]
            named.add((event["name"], track))
            continue
        assert isinstance(event["ts"], float) and isinstance(event["args"], dict), event
        assert ("process_name", track) in named, event
        if event["ph"] == "C":
            assert event["name"] and isinstance(event["args"]["value"], (int, float)), event
            continue
        assert ("thread_name", track) in named, event
        depth = open_slices.setdefault(track, [])
        if event["ph"] == "B":
            depth.append(event["name"])
        elif event["ph"] == "E":
            depth.pop()
        elif event["ph"] == "X":
            assert event["dur"] >= 0 and event["name"], event
        else:
            assert event["ph"] == "i" and event["s"] == "t" and event["name"], event


def chrome_count(path):
    print(sum(event["ph"] != "M" for event in trace_events(path)))


def chrome_phases(path):
    """Everything but the metadata, in a word each."""
    for event in trace_events(path):
        if event["ph"] != "M":
            print(event["ph"], event.get("name", ""), event["args"].get("value", ""))


def seconds(clock, path):
    """Times as trace-cmd tells them: of counters of the CPU in us, and as they are counted of the others."""
    for event in lines(path):
        time = event["timestamp"]
        if clock == "uptime":
            assert time % 10**7 == 0, event
            print(f"{time // 10**7 / 10**9:.6f}", end=" ")
        elif clock == "counter":
            print(time, end=" ")
        else:
            print(f"{(time + 500) // 1000 / 10**6:.6f}", end=" ")


def sorted_(path):
    stamps = [event["timestamp"] for event in lines(path)]
    assert stamps == sorted(stamps)


def rows(path):
    print(len(table(path)))


COMMANDS = {
    "rows": rows,
    "ndjson": ndjson,
    "csv": csv_,
    "same": same,
    "same-table": same_table,
    "chrome": chrome,
    "chrome-count": chrome_count,
    "chrome-phases": chrome_phases,
    "seconds": seconds,
    "sorted": sorted_,
}
COMMANDS[sys.argv[1]](*sys.argv[2:])
