"""What a program asks of its carrier in the answer to an incoming message."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ProgramAnswer:
    """A program's answer to a webhook at `url`; `owned` are the only numbers that it may send from, or any."""

    url: str
    status: int
    content_type: str
    body: bytes
    owned: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that the program sends by its answer; `sender` and `recipient` are empty for those of the message."""

    body: str
    media: tuple[str, ...] = ()
    sender: str = ""
    recipient: str = ""
    callback: str = ""
    """Where the program is told what becomes of it."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with an answer: the carrier's code and its meaning."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}" if self.code else self.text


@dataclass(frozen=True, slots=True)
class Instructions:
    """An answer as its carrier understands it: it sends `replies`, and asks at `next_url`, if any, how to go on."""

    replies: tuple[Reply, ...] = ()
    next_url: str = ""
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenReply:
    """A reply as its carrier sends it: its id, what only the carrier has, and how its receipts are written.

    A receipt's body is written for a state and, if the message did not arrive, for the carrier's code.
    """

    ref: str
    content_type: str
    write_receipt: Callable[[str, str], str]
    details: Mapping[str, Any] = field(default_factory=dict)
