# SPDX-License-Identifier: MIT
"""What the tests share: a tracing domain of their own, and the command that looks into it."""

import os
import re
import subprocess
import unittest

CLI = os.environ["UTFS_CLI"]

_LINE = re.compile(r"^.{16}-(\d+)\s+\[(\d+)\] ..... +[\d.]+: (\w+): (.*)$")


def cli(*args, check=True):
    """Runs the command. Return: what it prints."""
    done = subprocess.run([CLI, *args], capture_output=True, encoding="utf-8", errors="surrogateescape", check=False)
    if check and done.returncode:
        raise AssertionError(f"{args}: {done.stderr}")
    return done.stdout


def python(code, *args):
    """Runs code in an interpreter of its own. Return: exit status, output and errors together."""
    import sys

    done = subprocess.run([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


class Case(unittest.TestCase):
    """A test that begins with an empty trace, nothing enabled and no filter."""

    def setUp(self):
        cli("write", "set_event", "")
        self.clear()

    def clear(self):
        """Empties the trace."""
        cli("write", "trace", "")

    def enable(self, name, on=True):
        """name: SYSTEM/EVENT"""
        cli("write", f"events/{name}/enable", "1" if on else "0")

    def trace(self):
        """The lines of the trace as (pid, event, text)."""
        matches = (_LINE.match(line) for line in cli("cat", "trace").splitlines())
        return [(int(m[1]), m[3], m[4]) for m in matches if m]

    def texts(self):
        """The events' texts alone."""
        return [text for _, _, text in self.trace()]
