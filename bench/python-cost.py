# SPDX-License-Identifier: MIT
"""What an event costs in Python, beside a call of an empty function, in nanoseconds; the least of several rounds.

    UTRACEFS_DIR=$(mktemp -d) PATH=build/src/cli:$PATH PYTHONPATH=build/bindings/python python3 bench/python-cost.py
"""

import subprocess
import timeit

import utracefs

ROUNDS, CALLS = 15, 100_000

three = utracefs.Event("cost", "three", "uint64_t id; char[] path; double ms")
one = utracefs.Event("cost", "one", "int i")
scope = utracefs.Scope("cost", "scope")
write_three, write_one = three.write, one.write


def empty_three(_id, _path, _ms):
    """Does nothing."""


def empty_one(_i):
    """Does nothing."""


ROWS = (
    ("empty function, 3 arguments", "empty_three(17, '/index.html', 1.5)"),
    ("event of 3 fields", "three(17, '/index.html', 1.5)"),
    ("the same, by its method write", "write_three(17, '/index.html', 1.5)"),
    ("the same, by name", "three(id=17, path='/index.html', ms=1.5)"),
    ("empty function, 1 argument", "empty_one(1)"),
    ("event of 1 field", "one(1)"),
    ("the same, by its method write", "write_one(1)"),
    ("with scope(): two events", "with scope(): pass"),
)


def cost_ns(statement):
    """Of one execution, without the loop."""
    loop = min(timeit.repeat("pass", number=CALLS, repeat=ROUNDS))
    return (min(timeit.repeat(statement, globals=globals(), number=CALLS, repeat=ROUNDS)) - loop) / CALLS * 1e9


def main():
    """Prints the table."""
    columns = []
    for on in "01":
        subprocess.run(["utracefs", "write", "events/cost/enable", on], check=True)
        columns.append([cost_ns(statement) for _, statement in ROWS])
    print(f"{'':32}{'disabled':>10}{'recorded':>10}")
    for (name, _), disabled, recorded in zip(ROWS, *columns):
        print(f"{name:32}{disabled:10.0f}{recorded:10.0f}")


if __name__ == "__main__":
    main()
