"""Lines of the log, without the tokens that stand in addresses."""

import logging
import re

_TOKEN = re.compile(r"(/r/)[\w%~.-]{16,}")


class Line(logging.Formatter):
    """A formatter: whoever logs an address of a private page, in whatever way, logs no token."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, with its traceback, if there is one."""
        return _TOKEN.sub(r"\1…", super().format(record))
