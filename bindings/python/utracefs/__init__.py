# SPDX-License-Identifier: MIT
"""utracefs: events of Python programs, in the same trace as those of C, C++ and Rust.

    import utracefs

    request = utracefs.Event("shop", "request", "uint64_t id; char[] path; double ms")
    request(17, "/index.html", 1.5)         # costs an empty call while nobody records it

    serve = utracefs.Scope("shop", "serve", "int table")
    with serve(12):                         # serve_begin; serve_end with duration_ns
        ...

    @utracefs.traced                        # the same around each call of a function
    def cook(dish): ...

utracefs.log has a handler for the module logging, utracefs.reading reads traces. Nothing in here prints, starts a
thread, or fails where tracing cannot work: utracefs.status() tells why it does not.
"""

from collections import namedtuple

from utracefs import _event
from utracefs._event import marker, message
from utracefs.declare import Event
from utracefs.scope import Scope, traced

__all__ = ["Event", "Scope", "Status", "marker", "message", "status", "traced"]
__version__ = "0.1.0"

Status = namedtuple("Status", "active error text events conflicts failures")


def status():
    """Does tracing work in this process, and if not, why? `error` is an errno, `text` for a person."""
    return Status(*_event.status())
