# SPDX-License-Identifier: MIT
"""Reading what was written, from files and while it is written."""

import contextlib
import os
import subprocess
import tempfile
import threading
import unittest

import utracefs
import utracefs.reading
from support import CLI, Case, cli

FIELDS = "int8_t a; u64 b; bool c; float d; double e; int[3] f; char[8] g; char[] h; u16[] i; double[] j; char k"
VALUES = (-1, 2**63, True, 0.5, -0.25, (1, -2, 3), "eight", "süß", (4, 5), (1.5,), 65)
WANTED = {
    "a": -1, "b": 2**63, "c": True, "d": 0.5, "e": -0.25, "f": [1, -2, 3], "g": "eight", "h": "süß", "i": [4, 5], "j": [1.5], "k": 65,
}  # fmt: skip

HAS_EXPORT = subprocess.run([CLI, "help", "export"], capture_output=True, check=False).returncode == 0


class Live(Case):
    """While it is written."""

    def take(self, idle_s=0.5, **options):
        """All that comes until nothing does."""
        return list(utracefs.reading.live(idle_s=idle_s, command=CLI, **options))

    def test_every_type(self):
        event = utracefs.Event("live", "types", FIELDS)
        self.enable("live/types")
        event(*VALUES)
        utracefs.marker("a marker")
        first, second = self.take()
        self.assertEqual((first.system, first.name, first.fields), ("live", "types", WANTED))
        self.assertEqual((first.tid, first.lost), (os.getpid(), 0))
        self.assertTrue(first.task.startswith("python"), first.task)
        self.assertEqual((second.name, second.fields["buf"].strip()), ("print", "a marker"))
        self.assertLess(first.time_ns, second.time_ns)
        self.assertEqual(self.take(idle_s=0.1), [])

    def test_what_comes_while_one_waits(self):
        event = utracefs.Event("live", "later", "int i; char[] padding")
        self.enable("live/later")

        def work():
            for i in range(2000):
                event(i, "x" * (i % 50))

        with contextlib.closing(utracefs.reading.live(idle_s=10, command=CLI)) as events:
            thread = threading.Thread(target=work)
            thread.start()
            got = [next(events).fields["i"] for _ in range(2000)]
            thread.join()
        self.assertEqual(sorted(got), list(range(2000)))

    def test_an_event_that_comes_later_and_an_instance(self):
        cli("mkdir", "instances/py")
        self.addCleanup(cli, "rmdir", "instances/py")
        first = utracefs.Event("live", "first", "int i")
        cli("write", "instances/py/events/live/enable", "1")
        first(1)
        with contextlib.closing(utracefs.reading.live("py", idle_s=10, command=CLI)) as events:
            self.assertEqual(next(events).fields, {"i": 1})
            second = utracefs.Event("live", "second", "char[] s")
            cli("write", "instances/py/events/live/second/enable", "1")
            second("here")
            self.assertEqual(next(events)[5:8], ("live", "second", {"s": "here"}))

    def test_lost_events_are_counted(self):
        event = utracefs.Event("live", "lost", "u64[90] numbers")
        old = cli("cat", "buffer_size_kb").split()[0]
        cli("write", "buffer_size_kb", "8")
        self.addCleanup(cli, "write", "buffer_size_kb", old)
        self.enable("live/lost")
        for _ in range(100):
            event(None)
        events = self.take()
        self.assertTrue(0 < len(events) < 100)
        self.assertEqual(sum(event.lost for event in events) + len(events), 100)

    def test_errors(self):
        with self.assertRaises(utracefs.reading.Error):
            next(utracefs.reading.live("nowhere", command=CLI))
        with self.assertRaises(utracefs.reading.Error):
            next(utracefs.reading.live(command="/nonexistent"))


@unittest.skipUnless(HAS_EXPORT, "this command has no export")
class Files(Case):
    """What was recorded."""

    def test_a_recording(self):
        event = utracefs.Event("file", "types", FIELDS, '"number %d", REC->a')
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "trace.dat")
            with subprocess.Popen(
                [CLI, "record", "-e", "file:*", "-o", path, "--", "sh", "-c", "echo ready; read x"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            ) as record:  # fmt: skip
                self.assertEqual(record.stdout.readline(), b"ready\n")
                event(*VALUES)
                event(*VALUES)
            first, second = utracefs.reading.read(path, command=CLI)
            self.assertEqual((first.system, first.name, first.text), ("file", "types", "number -1"))
            self.assertEqual({name: first.fields[name] for name in WANTED}, WANTED)
            self.assertEqual((first.pid, first.tid), (os.getpid(), os.getpid()))
            self.assertLess(first.time_ns, second.time_ns)
            self.assertEqual(len(list(utracefs.reading.read(path, events=["file:types"], command=CLI))), 2)
            with self.assertRaises(utracefs.reading.Error):
                list(utracefs.reading.read(path, events=["other:*"], command=CLI))
            rows = list(utracefs.reading.to_rows([first]))
            self.assertEqual((rows[0]["name"], rows[0]["f"]), ("types", [1, -2, 3]))

    def test_errors(self):
        with self.assertRaises(utracefs.reading.Error):
            list(utracefs.reading.read("/nonexistent/trace.dat", command=CLI))


class Tables(unittest.TestCase):
    """Rows and pandas."""

    event = utracefs.reading.Event(1, 0, 2, 2, "t", "s", "n", {"x": 5, "name": "taken"}, "text", 0)

    def test_rows(self):
        (row,) = utracefs.reading.to_rows([self.event])
        self.assertEqual((row["x"], row["name"], row["field_name"]), (5, "n", "taken"))

    def test_pandas(self):
        try:
            import pandas  # pylint: disable=unused-import,import-outside-toplevel
        except ImportError:
            with self.assertRaises(ImportError):
                utracefs.reading.to_pandas([self.event])
            return
        frame = utracefs.reading.to_pandas([self.event, self.event])
        self.assertEqual((len(frame), frame["x"].sum()), (2, 10))


if __name__ == "__main__":
    unittest.main()
