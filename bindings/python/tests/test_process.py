# SPDX-License-Identifier: MIT
"""Forks, threads, the end of the interpreter, tracing that cannot work; scopes and logging."""

import asyncio
import logging
import multiprocessing
import os
import threading
import unittest

import utracefs
import utracefs.log
from support import Case, cli, python


def _in_child(number):
    utracefs.Event("py", "child", "int number")(number)


class Processes(Case):
    """Where Python's processes and threads go, events go along."""

    def test_fork(self):
        event = utracefs.Event("py", "fork", "char[] who")
        self.enable("py/fork")
        event("parent")
        child = os.fork()
        if not child:
            event("child")
            late = utracefs.Event("py", "fork", "char[] who")
            late("child again")
            os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        event("parent again")
        self.assertEqual(
            [(pid, text) for pid, _, text in self.trace()],
            [(os.getpid(), "who=parent"), (child, "who=child"), (child, "who=child again"), (os.getpid(), "who=parent again")],
        )

    def test_multiprocessing(self):
        cli("enable", "-p", "py:child")
        for method in ("fork", "spawn"):
            context = multiprocessing.get_context(method)
            with context.Pool(2) as pool:
                pool.map(_in_child, range(4), chunksize=1)
        self.assertEqual(sorted(self.texts()), sorted(["number=%d" % i for i in range(4)] * 2))
        self.assertNotIn(os.getpid(), [pid for pid, _, _ in self.trace()])

    def test_threads(self):
        event = utracefs.Event("py", "thread", "int thread; int i")
        self.enable("py/thread")

        def work(number):
            for i in range(500):
                event(number, i)
                if i % 50 == 0:
                    utracefs.Event("py", "thread", "int thread; int i")(number, -1)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, thread in enumerate(threads):
            mine = [int(text.split("i=")[1]) for pid, _, text in self.trace() if pid == thread.native_id]
            self.assertEqual([i for i in mine if i >= 0], list(range(500)), number)

    def test_the_end_of_the_interpreter(self):
        cli("enable", "-p", "py:last")
        status, output = python(
            "import atexit, utracefs\n"
            "e = utracefs.Event('py', 'last', 'char[] when')\n"
            "atexit.register(e, 'atexit')\n"
            "class Late:\n"
            "    def __del__(self, e=e): e('finalized')\n"
            "late = Late(); late.itself = late\n"
            "kept = e.write\n"
            "e('running')\n"
        )
        self.assertEqual((status, output), (0, ""))
        self.assertEqual(self.texts()[:2], ["when=running", "when=atexit"])

    def test_tracing_that_cannot_work(self):
        code = (
            "import os, sys\n"
            "os.environ.update(dict([sys.argv[1].split('=', 1)]))\n"
            "import utracefs, utracefs.log, logging\n"
            "e = utracefs.Event('py', 'off', 'int i')\n"
            "e(1); e.write(i=2)\n"
            "with utracefs.Scope('py', 'off')(): pass\n"
            "logging.getLogger().addHandler(utracefs.log.Handler())\n"
            "logging.getLogger().warning('nothing')\n"
            "s = utracefs.status()\n"
            "print(e.enabled, e.status, utracefs.marker('x'), utracefs.message('y'), s.active, s.text)\n"
        )
        status, output = python(code, "UTRACEFS=off")
        self.assertEqual((status, output.split(" off: ")[0]), (0, "False -19 False False False"))
        status, output = python(code, "UTRACEFS_DIR=/nonexistent/deep")
        self.assertEqual((status, output.split(" inactive: ")[0]), (0, "False -19 False False False"))


class Scopes(Case):
    """Two events each."""

    def test_with(self):
        scope = utracefs.Scope("py", "work", "int table; char[] dish")
        with scope(1, "nobody looks"):
            pass
        self.enable("py/work_begin")
        self.enable("py/work_end")
        with scope(2, dish="soup"):
            utracefs.marker("inside")
        with self.assertRaises(KeyError), scope(3, "burnt"):
            raise KeyError
        (begin, inside, end, *rest) = [(name, text) for _, name, text in self.trace()]
        self.assertEqual(begin, ("work_begin", "table=2 dish=soup"))
        self.assertEqual(inside, ("tracing_mark_write", "inside"))
        self.assertEqual(end[0], "work_end")
        self.assertRegex(end[1], "^duration_ns=[1-9][0-9]*$")
        self.assertEqual([name for name, _ in rest], ["work_begin", "work_end"])

    def test_decorator(self):
        @utracefs.traced(system="py")
        def double(x, *, y=1):
            """Twice."""
            return 2 * x * y

        @utracefs.traced(system="py", name="later")
        async def later(x):
            await asyncio.sleep(0)
            return x

        self.assertEqual(double.__doc__, "Twice.")
        self.assertEqual(double(2, y=3), 12)
        name = "Scopes_test_decorator_locals_double"
        self.enable(f"py/{name}_end")
        self.enable("py/later_begin")
        self.enable("py/later_end")
        self.assertEqual(double(2, y=3), 12)
        self.assertEqual(asyncio.run(later(5)), 5)
        self.assertEqual([name for _, name, _ in self.trace()], [f"{name}_end", "later_begin", "later_end"])


class Logging(Case):
    """Records of logging are events."""

    def test_handler(self):
        handler = utracefs.log.Handler(system="py")
        logger = logging.getLogger("shop.till")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        logger.error("nobody looks %d", 1)
        self.enable("py/log")
        logger.info("paid %d of %s", 3, "four")
        logger.debug("too low")
        try:
            raise KeyError("lost")
        except KeyError:
            logger.exception("went wrong")
        logger.log(35, "between")
        first, second, third = [text for _, name, text in self.trace() if name == "log"]
        self.assertEqual(first, "INFO shop.till: paid 3 of four")
        self.assertTrue(second.startswith("ERROR shop.till: went wrong"), second)
        self.assertTrue(third.endswith("shop.till: between"), third)
        cli("write", "events/py/log/filter", 'level >= 40 && function ~ "test_*"')
        self.clear()
        logger.info("no")
        logger.error("yes")
        self.assertEqual(self.texts(), ["ERROR shop.till: yes"])
        cli("write", "events/py/log/filter", "0")


if __name__ == "__main__":
    unittest.main()
