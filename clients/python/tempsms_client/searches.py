"""How a wait is shared out among requests: what it looks for, and how much of its time is left."""

import time
from typing import Generic, TypeVar

from tempsms_client import calls
from tempsms_client.errors import NoMessage
from tempsms_client.shapes import Message, WaitResult

Found = TypeVar("Found", bound=Message)


class Search(Generic[Found]):
    """A wait of so many seconds, in several requests."""

    def __init__(self, seconds: float, error: type[NoMessage]) -> None:
        """`error` is what it ends with when nothing came."""
        self._seconds, self._error = seconds, error
        self.until = time.monotonic() + seconds
        self._asked = False
        self._seen: list[Found] = []

    def next_wait(self) -> float | None:
        """How long the next request may wait; None when the time is over. The first one is always made."""
        left = max(0.0, self.until - time.monotonic())
        if self._asked and not left:
            return None
        self._asked = True
        return min(left, calls.LONGEST_WAIT)

    def take(self, waited: WaitResult[Found]) -> Found | None:
        """The message, if there is one."""
        self._seen = waited.seen or self._seen
        return waited.message

    def give_up(self) -> NoMessage:
        """What to raise in the end."""
        return self._error(self._seconds, [message.body for message in self._seen])
