"""A server to be run by the supervisor, and why one cannot be run here."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """A server to run in the foreground; `ready` raises until it answers."""

    name: str
    argv: list[str]
    ready: Callable[[], None]


class CannotRun(Exception):
    """A server cannot be run here; the text says what to do."""
