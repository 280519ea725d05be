# SPDX-License-Identifier: MIT
"""A handler for the module logging: records become events.

    logging.getLogger().addHandler(utracefs.log.Handler())
"""

import logging

from utracefs.declare import Event

_LEVELS = ", ".join('{ %d, "%s" }' % (level, logging.getLevelName(level)) for level in (10, 20, 30, 40, 50))


class Handler(logging.Handler):
    """Writes each record to the event system:name, with its level, logger, place and formatted message.

    While nobody records the event nothing is formatted. Text that is too long for a record is cut.
    """

    def __init__(self, level=logging.NOTSET, *, system="python", name="log"):
        super().__init__(level)
        self._event = Event(
            system,
            name,
            "int level; int line; char[] logger; char[] file; char[] function; char[] message",
            '"%s %s: %s", __print_symbolic(REC->level, ' + _LEVELS + "), __get_str(logger), __get_str(message)",
        )

    @property
    def event(self):
        """The event that the handler writes."""
        return self._event

    def handle(self, record):
        """As logging's, but nothing at all while nobody looks."""
        if not self._event.enabled:
            return False
        return super().handle(record)

    def emit(self, record):
        """Called by logging."""
        try:
            self._event(
                record.levelno,
                record.lineno or 0,
                record.name,
                record.pathname,
                record.funcName or "",
                self.format(record),
            )
        except Exception:  # pylint: disable=broad-except  # as logging's own handlers do
            self.handleError(record)
