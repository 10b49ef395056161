"""Log lines: without the tokens that addresses contain, of bounded length, and not too many of a kind."""

import logging
import re
import time
from threading import RLock

LONGEST = 2000
LONGEST_TRACEBACK = 8000
EACH, WITHIN = 20, 10.0
"""At most this many lines of a kind in this many seconds; strangers can cause any number of them."""

_TOKEN = re.compile(r"(/r/)[\w%~.-]{16,}")
_KINDS = 1000


class Line(logging.Formatter):
    """A formatter that removes the tokens of private pages, however their addresses are logged."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, with its traceback, if there is one."""
        line = _TOKEN.sub(r"\1…", super().format(record))
        longest = LONGEST_TRACEBACK if record.exc_text else LONGEST
        if len(line) > longest:
            # the end of a traceback is the most useful part
            line = f"{line[: longest // 2]}… {len(line) - longest} characters …{line[-longest // 2 :]}"
        return line


class Sparing(logging.Filter):
    """A filter: of what one line of code logs, `EACH` lines in `WITHIN` seconds, and how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        # reentrant: whatever is collected while it is held may log in its finalizer, in the same thread
        self._lock = RLock()
        self._written: dict[tuple[object, ...], tuple[float, int]] = {}  # since when, and how many

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it. What celery says of each task is the worker's record of work, and is never left out.

        Of what Django answers with 4xx the line is enough: a traceback is for our own bugs.
        """
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        if record.name.startswith("celery"):
            return True
        error = record.exc_info[0] if record.exc_info else None
        kind = (record.name, record.pathname, record.lineno, error)
        with self._lock:
            missing = self._count_line(kind, time.monotonic())
        if missing is None:
            return False
        if missing:
            record.msg, record.args = f"{record.getMessage()} (and {missing} more like it before)", None
        return True

    def _count_line(self, kind: tuple[object, ...], now: float) -> int | None:
        """How many lines were left out since the last one; None if this one is left out too."""
        since, count = self._written.get(kind, (now, 0))
        missing = 0
        if now - since >= WITHIN:
            since, count, missing = now, 0, max(0, count - EACH)
        if len(self._written) >= _KINDS and kind not in self._written:
            # Forgotten as a whole: a few lines too many are better than a table that grows without end
            self._written.clear()
        self._written[kind] = (since, count + 1)
        return missing if count < EACH else None
