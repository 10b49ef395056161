"""What can go wrong."""

from collections.abc import Mapping
from typing import Any


class TempsmsError(Exception):
    """Any of the errors here."""


class ApiError(TempsmsError):
    """The server refused a request: a problem by RFC 9457, with the server's stable `code`."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.title = str(problem.get("title") or f"the server answered {status}")
        self.detail = str(problem.get("detail") or "")
        self.errors = list(problem.get("errors") or [])
        super().__init__(": ".join(filter(None, [self.title, self.detail])))


class BadAddress(TempsmsError):
    """The server's address cannot be one."""


class BadKey(TempsmsError):
    """The key cannot be one."""


class NoAnswer(TempsmsError):
    """The server could not be reached, or did not answer in time; the text has its address."""


class CannotStart(TempsmsError):
    """The sandbox is not installed, or did not start; the text says why."""


class NoMessage(TempsmsError):
    """No message came in time; `seen` are the texts that came and did not match, oldest first."""

    what = "message"

    def __init__(self, seconds: float, seen: list[str]) -> None:
        self.seen = seen
        came = "; what came: " + " | ".join(seen) if seen else "; nothing came"
        super().__init__(f"no {self.what} within {seconds:g} seconds{came}")


class NoCode(NoMessage):
    """The same of a message with a code."""

    what = "code"
