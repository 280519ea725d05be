# SPDX-License-Identifier: MIT
"""Events from Python: what arrives, what is refused."""

import array
import errno
import os
import unittest

import utracefs
from support import Case, cli
from utracefs import _event


class Arriving(Case):
    """What is written is read."""

    def test_every_type(self):
        event = utracefs.Event(
            "py",
            "types",
            "int8_t a; uint8_t b; short c; u16 d; int e; unsigned int f; long long g; u64 h; bool i; float j; double k;"
            "char l; int[3] m; u8[4] n; char[6] o; char[] p; s16[] q; double[] r",
        )
        self.enable("py/types")
        event(-128, 255, -2, 65535, -(2**31), 2**32 - 1, -(2**63), 2**64 - 1, "yes", 0.5, -0.25, 65,
              [1, -2, 3], b"\1\2\3\4", "cut here", "süß", range(3), array.array("d", [1.5]))  # fmt: skip
        self.assertEqual(
            self.texts(),
            ["a=-128 b=255 c=-2 d=65535 e=-2147483648 f=4294967295 g=-9223372036854775808 h=18446744073709551615 i=1 "
             "j=0.500000 k=-0.250000 l=A m={0x1,0xfffffffe,0x3} n={0x1,0x2,0x3,0x4} o=cut h p=süß q={0x0,0x1,0x2} "
             "r={0x3ff8000000000000}"],
        )  # fmt: skip

    def test_print_format_and_names(self):
        event = utracefs.Event("py", "named", "int number; char[] name", '"%s is %d", __get_str(name), REC->number')
        self.enable("py/named")
        event(name="x", number=1)
        event.write(2, name="y")
        event.write(3, "z")
        self.assertEqual(self.texts(), ["x is 1", "y is 2", "z is 3"])

    def test_what_is_not_there(self):
        event = utracefs.Event("py", "none", "int[2] a; char[4] b; char[] c; int[] d")
        self.enable("py/none")
        event(None, None, None, None)
        event([1, 2], "", "", [])
        self.assertEqual(self.texts(), ["a={0x0,0x0} b= c=(null) d={}", "a={0x1,0x2} b= c= d={}"])

    def test_text_of_any_kind(self):
        event = utracefs.Event("py", "text", "char[] t; char[12] u")
        self.enable("py/text")
        event(b"bytes", b"bytes")
        event(os.fsdecode(b"a\xff"), "\ud800")
        event("x" * 10000, "y" * 10000)
        first, second, third = self.texts()
        self.assertEqual(first, "t=bytes u=bytes")
        self.assertIn("u=\\ud800", second)
        self.assertRegex(third, "^t=x{4000,4060} u=y{11}$")

    def test_no_fields(self):
        event = utracefs.Event("py", "bare")
        self.enable("py/bare")
        event()
        event.write()
        self.assertEqual([name for _, name, _ in self.trace()], ["bare", "bare"])

    def test_as_many_fields_as_there_may_be(self):
        fields = "; ".join(f"char[] f{i}" for i in range(32))
        event = utracefs.Event("py", "many", fields)
        self.enable("py/many")
        event(*[str(i) for i in range(32)])
        event(**{f"f{i}": "x" * 1000 for i in range(32)})
        self.assertEqual(self.texts()[0], " ".join(f"f{i}={i}" for i in range(32)))
        self.assertEqual(len(self.texts()), 2)
        with self.assertRaises(ValueError):
            utracefs.Event("py", "more", fields + "; int last")

    def test_turned_on_and_off_while_it_runs(self):
        event = utracefs.Event("py", "live", "int i")
        event(1)
        self.assertFalse(event.enabled)
        self.enable("py/live")
        self.assertTrue(event.enabled)
        event(2)
        self.enable("py/live", False)
        self.assertFalse(event.enabled)
        event(3)
        self.assertEqual(self.texts(), ["i=2"])

    def test_filters(self):
        event = utracefs.Event("py", "filtered", "int i; char[] s; double d")
        self.enable("py/filtered")
        cli("write", "events/py/filtered/filter", '(i > 5 && s == "yes") || d > 99.5')
        for i in range(10):
            event(i, "yes" if i % 2 else "no", i * 12.5)
        self.assertEqual([text.split()[0] for text in self.texts()], ["i=7", "i=8", "i=9"])
        cli("write", "events/py/filtered/filter", "0")

    def test_the_same_as_in_c(self):
        """examples/hello.c"""
        event = utracefs.Event(
            "hello", "greeting", "int number; char[] name", '"hello %s, this is number %d", __get_str(name), REC->number'
        )
        self.enable("hello/greeting")
        event(0, "Python")
        cli_done = os.spawnl(os.P_WAIT, os.environ["UTFS_HELLO"], "hello", "C")
        self.assertEqual((cli_done, event.status), (0, 0))
        self.assertEqual(self.texts()[:2], ["hello Python, this is number 0", "hello C, this is number 0"])

    def test_messages(self):
        self.assertTrue(utracefs.message("a message"))
        self.assertTrue(utracefs.marker("a marker"))
        self.assertEqual(self.trace()[0][1:], ("utfs_printf", "a message"))
        self.assertEqual(self.trace()[1][1:], ("tracing_mark_write", "a marker"))
        with self.assertRaises(TypeError):
            utracefs.marker(1)


class Refused(Case):
    """What is wrong is said, and changes nothing."""

    def test_declarations(self):
        for system, name, fields in (
            ("a b", "x", ""),
            ("", "x", ""),
            ("py", "x/y", ""),
            ("py", "x", "int"),
            ("py", "x", "integer i"),
            ("py", "x", "int i j"),
            ("py", "x", "int[0] i"),
            ("py", "x", "int[x] i"),
            ("py", "x", "int[5000] i"),
            ("py", "x", "int i; int i"),
            ("py", "x\0", ""),
        ):
            with self.assertRaises(ValueError, msg=(system, name, fields)):
                utracefs.Event(system, name, fields)
        with self.assertRaises(ValueError):
            utracefs.Event("py", "x", "int i", '"%d\0", REC->i')
        with self.assertRaises(TypeError):
            utracefs.Event("py", "x", "int i", 5)
        self.assertNotIn("x", cli("ls", "events/py").split() if "py" in cli("ls", "events").split() else [])

    def test_what_no_declaration_makes(self):
        """Numbers that the library's fields have no room for are refused, not cut."""
        good = ("a", "int", 1, 16, 4, 1)
        for at, value in ((2, 0), (2, 7), (2, 257), (3, 272), (4, 0), (4, 3), (4, 65540), (5, 0), (5, 65537)):
            row = list(good)
            row[at] = value
            with self.assertRaisesRegex(ValueError, "^what is no field$", msg=(at, value)):
                _event.Event("py", "x", (tuple(row),), None)
        with self.assertRaisesRegex(ValueError, "^the record is too long$"):
            _event.Event("py", "x", (("a", "long", 2, 16, 8, 4072),), None)
        self.assertEqual(_event.Event("py", "row", (good,), None).status, 0)

    def test_values(self):
        event = utracefs.Event("py", "values", "int8_t a; u64 b; double c; int[2] d; char[] e; s16[] f")
        good = (1, 2, 3.0, (1, 2), "e", ())
        self.enable("py/values")
        for at, value, error in (
            (0, 128, OverflowError),
            (0, -129, OverflowError),
            (0, 2**70, OverflowError),
            (0, "1", TypeError),
            (0, 1.0, TypeError),
            (1, -1, OverflowError),
            (1, 2**64, OverflowError),
            (2, "x", TypeError),
            (3, (1,), ValueError),
            (3, (1, "x"), TypeError),
            (3, 5, TypeError),
            (3, b"12", TypeError),
            (4, 5, TypeError),
            (5, "ab", TypeError),
            (5, array.array("d", [1]), TypeError),
            (5, array.array("b", [1]), TypeError),
        ):
            values = list(good)
            values[at] = value
            with self.assertRaises(error, msg=(at, value)):
                event(*values)
        self.assertEqual(self.texts(), [])
        event(*good)
        self.assertEqual(len(self.texts()), 1)

    def test_numbers_of_arguments(self):
        event = utracefs.Event("py", "count", "int a; int b")
        for enabled in (False, True):
            self.enable("py/count", enabled)
            for args, by_name in (((), {}), ((1,), {}), ((1, 2, 3), {}), ((1, 2), {"b": 1}), ((1,) * 100, {}), ((), {f"n{i}": 1 for i in range(50)})):
                with self.assertRaises(TypeError):
                    event(*args, **by_name)
                with self.assertRaises(TypeError):
                    event.write(*args, **by_name)
        for by_name in ({"c": 1}, {"a": 1}):
            with self.assertRaises(TypeError):
                event(1, **by_name)
        self.assertEqual(self.texts(), [])

    def test_an_exception_from_a_value_passes(self):
        class Bad:
            """Fails where it is asked."""

            def __index__(self):
                raise KeyError("mine")

        event = utracefs.Event("py", "bad", "int a")
        event(Bad())
        self.enable("py/bad")
        with self.assertRaises(KeyError):
            event(Bad())
        self.assertEqual(self.texts(), [])

    def test_another_declaration_of_the_name(self):
        first = utracefs.Event("py", "conflict", "int a")
        second = utracefs.Event("py", "conflict", "long a")
        same = utracefs.Event("py", "conflict", "int a")
        self.assertEqual((first.status, second.status, same.status), (0, -errno.EEXIST, 0))
        self.enable("py/conflict")
        first(1)
        second(2)
        same(3)
        self.assertEqual(self.texts(), ["a=1", "a=3"])
        self.assertFalse(second.enabled)
        self.assertGreater(utracefs.status().conflicts, 0)

    def test_an_event_lives_as_long_as_its_object(self):
        before = utracefs.status().events
        event = utracefs.Event("py", "gone", "int a")
        self.assertEqual(utracefs.status().events, before + 1)
        write = event.write
        del event
        self.assertEqual(utracefs.status().events, before + 1)
        del write
        self.assertEqual(utracefs.status().events, before)


if __name__ == "__main__":
    unittest.main()
