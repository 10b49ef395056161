"""What a captured carrier answers, and how its errors are raised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import orjson


class Fault(Enum):
    """What can be wrong with any request, whatever its carrier: each carrier words it in its own way."""

    NOT_FOUND = auto()
    METHOD = auto()
    TOO_LARGE = auto()
    TOO_SLOW = auto()
    UNREADABLE = auto()
    UNAUTHORIZED = auto()
    UNSTORABLE = auto()
    TOO_MANY = auto()
    UNAVAILABLE = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: bytes go as they are, anything else as JSON, None without a body."""

    status: int
    body: Any = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The body as it is sent."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return orjson.dumps(self.body)


class CarrierRefusal(Exception):
    """A refusal in the carrier's own words: what its SDK raises on the far side."""

    def __init__(self, reply: Reply, text: str) -> None:
        super().__init__(text)
        self.reply = reply
